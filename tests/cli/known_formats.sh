# What is not read here but known by its first bytes, and what to do about it. The
# signatures are those of the formats' own specifications.
try() { # NAME BYTES
    { printf "$2"; head -c 80 /dev/zero; } >"$1"
    dsinspect info -q "$1" 2>&1
}
try cut.npz 'PK\003\004'
try a.gif 'GIF89a'
try a.webp 'RIFF\020\000\000\000WEBPVP8 '
try a.bmp 'BM'
try little.tif 'II*\000'
try big.tif 'MM\000*'
try a.parquet 'PAR1'
try a.pkl '\200\004\225'
try a.bz2 'BZh9'
try a.xz '\3757zXZ\000'
try a.zst '\050\265\057\375'
try unknown 'what\000'
printf '%%PDF-1.4\nplain text, as far as the first bytes tell\n' >a.pdf
dsinspect info -q a.pdf 2>&1
printf 'label\ncat\n' | gzip -n >a.csv.gz
dsinspect info -q a.csv.gz 2>&1
printf 'BMI,label\n1,2\n' >bmi.csv
dsinspect info bmi.csv

# A zip archive is an .npz by its members.
/usr/bin/python3 - <<'END'
import zipfile
with zipfile.ZipFile("a.docx", "w") as z:
    z.writestr("word/document.xml", "<w/>")
END
dsinspect info -q a.docx 2>&1

# Where a scan fails, its message names the file.
/usr/bin/python3 - <<'END'
import numpy
numpy.save("odd.npy", numpy.zeros(3, "complex64"))
END
dsinspect balance odd.npy 2>&1
