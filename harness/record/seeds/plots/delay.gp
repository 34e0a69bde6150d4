# Written by fwbench 0.1.0 from a record. To draw it again: gnuplot delay.gp
reset session
set encoding utf8
set terminal svg noenhanced size 1000,600 font 'sans-serif,11' fontscale 1.333 background rgb '#ffffff'
set output 'delay.svg'
set border 3 lc rgb '#444444'
set tics nomirror out
set grid ytics lt 1 lw 1 lc rgb '#dddddd'
set style fill border lc rgb '#222222'
set lmargin at screen 0.085
set rmargin at screen 0.975
set tmargin at screen 0.86
set label 1 'smoke: one-way delay of permitted probes' at screen 0.5,0.955 center font ',16'
set label 2 '2026-11-26T11:26:09Z, Linux 6.18.44-fc-v657, AMD EPYC, 2 CPUs' at screen 0.5,0.905 center font ',11' textcolor rgb '#555555'
set logscale xy
set xrange [1:6000]
set xtics ('0%%' 1, '50%%' 2, '90%%' 10, '99%%' 100, '99.9%%' 1000, '99.99%%' 10000, '99.999%%' 100000)
set grid xtics ytics lt 1 lw 1 lc rgb '#dddddd'
set xlabel 'percentile of the probes'
set ylabel 'delay from the scheduled time, us'
set format y '%g'
set bmargin at screen 0.205
set key at screen 0.5,0.012 bottom center horizontal Left reverse samplen 2.5 spacing 1.25 width 1 maxcols 6
plot 'delay.dat' index 0 using 1:2 with lines lw 2.5 dt 1 lc rgb '#D55E00' notitle, \
     'delay.dat' index 1 using 1:2 with points pt 5 ps 1.1 lc rgb '#D55E00' notitle, \
     keyentry with linespoints lw 2.5 pt 5 ps 1.1 lc rgb '#D55E00' title 'null-pass', \
     'delay.dat' index 2 using 1:2 with lines lw 1.5 dt 2 lc rgb '#D55E00' notitle, \
     'delay.dat' index 3 using 1:2 with points pt 4 ps 1.1 lc rgb '#D55E00' notitle, \
     keyentry with lines lw 2.5 dt 1 lc rgb '#444444' title 'loaded', \
     keyentry with lines lw 1.5 dt 2 lc rgb '#444444' title 'idle'
set terminal pngcairo noenhanced size 1000,600 font 'sans-serif,11' background rgb '#ffffff'
set output 'delay.png'
replot
unset output
