# Written by fwbench 0.1.0 from a record. To draw it again: gnuplot mrr.gp
reset session
set encoding utf8
set terminal svg noenhanced size 1000,600 font 'sans-serif,11' fontscale 1.333 background rgb '#ffffff'
set output 'mrr.svg'
set border 3 lc rgb '#444444'
set tics nomirror out
set grid ytics lt 1 lw 1 lc rgb '#dddddd'
set style fill border lc rgb '#222222'
set lmargin at screen 0.085
set rmargin at screen 0.975
set tmargin at screen 0.86
set label 1 'smoke: maximum receive rate' at screen 0.5,0.955 center font ',16'
set label 2 '2026-11-26T11:26:09Z, Linux 6.18.44-fc-v657, AMD EPYC, 2 CPUs' at screen 0.5,0.905 center font ',11' textcolor rgb '#555555'
set xtics ('null-drop' 0, 'null-pass' 1) scale 0
set xrange [-0.6:1.6]
set yrange [0:4.716543159689819]
set ylabel 'MRR, million packets per second (Mpps)'
set boxwidth 0.62
set bmargin at screen 0.205
set key at screen 0.5,0.012 bottom center horizontal Left reverse samplen 2.5 spacing 1.25 width 1 maxcols 2
plot 'mrr.dat' index 0 every ::0::0 using 1:2 with boxes lc rgb '#0072B2' fs pattern 4 notitle, \
     'mrr.dat' index 0 every ::1::1 using 1:2 with boxes lc rgb '#D55E00' fs solid 1.0 notitle, \
     keyentry with boxes lc rgb '#666666' fs solid 1.0 title 'firewall', \
     keyentry with boxes lc rgb '#666666' fs pattern 4 title 'null device', \
     'mrr.dat' index 1 using 1:2 with points pt 7 ps 0.8 lc rgb '#ffffff' notitle, \
     'mrr.dat' index 1 using 1:2 with points pt 6 ps 0.8 lc rgb '#222222' title 'one round', \
     'mrr.dat' index 0 using ($1 + 0.2):3:(0):($4 - $3) with vectors heads size screen 0.007,90 lw 2 lc rgb '#000000' title 'range of 3 rounds (covers the median with 75 %)', \
     'mrr.dat' index 0 using 1:6:(sprintf('%.2f', $2)) with labels center offset 0,0.9 font ',13' notitle
set terminal pngcairo noenhanced size 1000,600 font 'sans-serif,11' background rgb '#ffffff'
set output 'mrr.png'
replot
unset output
