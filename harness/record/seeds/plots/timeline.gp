# Written by fwbench 0.1.0 from a record. To draw it again: gnuplot timeline.gp
reset session
set encoding utf8
set terminal svg noenhanced size 1000,600 font 'sans-serif,11' fontscale 1.333 background rgb '#ffffff'
set output 'timeline.svg'
set border 3 lc rgb '#444444'
set tics nomirror out
set grid ytics lt 1 lw 1 lc rgb '#dddddd'
set style fill border lc rgb '#222222'
set lmargin at screen 0.085
set rmargin at screen 0.975
set tmargin at screen 0.86
set label 1 'smoke: rate within the MRR trials' at screen 0.5,0.955 center font ',16'
set label 2 '2026-11-26T11:26:09Z, Linux 6.18.44-fc-v657, AMD EPYC, 2 CPUs' at screen 0.5,0.905 center font ',11' textcolor rgb '#555555'
set label 'round 1' at 0,graph 0.98 left offset 0.5,0 font ',11' textcolor rgb '#555555'
set xrange [0:0.103168464]
set yrange [0:*]
set offsets graph 0, 0, graph 0.08, 0
set xlabel 'seconds of load, rounds end to end'
set ylabel 'frames decided, Mpps'
set bmargin at screen 0.205
set key at screen 0.5,0.012 bottom center horizontal Left reverse samplen 2.5 spacing 1.25 width 1 maxcols 6
plot 'timeline.dat' index 0 using 1:2 with linespoints lw 2 pt 7 pi 5 ps 0.8 lc rgb '#0072B2' title 'null-drop'
set terminal pngcairo noenhanced size 1000,600 font 'sans-serif,11' background rgb '#ffffff'
set output 'timeline.png'
replot
unset output
