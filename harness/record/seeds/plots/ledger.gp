# Written by fwbench 0.1.0 from a record. To draw it again: gnuplot ledger.gp
reset session
set encoding utf8
set terminal svg noenhanced size 1000,600 font 'sans-serif,11' fontscale 1.333 background rgb '#ffffff'
set output 'ledger.svg'
set border 3 lc rgb '#444444'
set tics nomirror out
set grid ytics lt 1 lw 1 lc rgb '#dddddd'
set style fill border lc rgb '#222222'
set lmargin at screen 0.085
set rmargin at screen 0.975
set tmargin at screen 0.86
set label 1 'smoke: where the frames went' at screen 0.5,0.955 center font ',16'
set label 2 '2026-11-26T11:26:09Z, Linux 6.18.44-fc-v657, AMD EPYC, 2 CPUs' at screen 0.5,0.905 center font ',11' textcolor rgb '#555555'
set xtics ('null-drop' 0, 'null-pass' 1) scale 0
set xrange [-0.6:1.6]
set yrange [0:107]
set ytics 0,20,100
set ylabel 'share of the frames planned, %'
set style histogram rowstacked
set boxwidth 0.62
set bmargin at screen 0.205
set key at screen 0.5,0.012 bottom center horizontal Left reverse samplen 2.5 spacing 1.25 width 1 maxcols 3
plot 'ledger.dat' using 2 with histograms lc rgb '#009E73' fs solid 1.0 title 'passed', \
     'ledger.dat' using 3 with histograms lc rgb '#B3DDF5' fs solid 1.0 title 'dropped by rule', \
     'ledger.dat' using 4 with histograms lc rgb '#D55E00' fs pattern 2 title 'lost: ring', \
     'ledger.dat' using 5 with histograms lc rgb '#E69F00' fs pattern 5 title 'lost: AF_XDP rings', \
     'ledger.dat' using 6 with histograms lc rgb '#CC79A7' fs pattern 4 title 'lost: egress', \
     'ledger.dat' using 7 with histograms lc rgb '#000000' fs solid 1.0 title 'other', \
     'ledger.dat' using 1:(100):($9 == 0 ? 'no loss' : sprintf('%.2g %% lost', $10)) with labels center offset 0,0.8 font ',12' notitle
set terminal pngcairo noenhanced size 1000,600 font 'sans-serif,11' background rgb '#ffffff'
set output 'ledger.png'
replot
unset output
