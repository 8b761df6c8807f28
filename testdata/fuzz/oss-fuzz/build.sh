#!/bin/bash -eu
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the fuzz targets with the compiler, flags and engine that the environment names, and
# puts them into $OUT, with the libraries that they load and what they start from.

tree=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
[[ -e $tree/dev ]] || tree=$SRC/vmemscope
work=${WORK:-$tree/build}/oss-fuzz

cmake -S "$tree" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=None -DVMEMSCOPE_TESTS=ON \
	-DVMEMSCOPE_FUZZ=ON -DVMEMSCOPE_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$work"

"$tree/dev" unpack "$work/dumps"
/usr/bin/python3 -B "$tree/testdata/fuzz/corpus.py" "$work/seeds" "$work/dumps" \
	"$work/bench-kdumpwrite"

mkdir -p "$OUT/lib"
for program in "$work"/fuzz-*; do
	[[ -f $program && -x $program ]] || continue
	name=${program##*/fuzz-}
	cp "$program" "$OUT/fuzz-$name"
	ldd "$program" | grep -o '/[^ ]*' | grep -v '/ld-linux\|/libc\.so\|/libm\.so' |
		xargs -r -I{} cp -nL {} "$OUT/lib/"
	patchelf --set-rpath "\$ORIGIN/lib" "$OUT/fuzz-$name"
	(cd "$work/seeds/$name" && zip -q -r "$OUT/fuzz-${name}_seed_corpus.zip" .)
done
# The target that analyses changed dumps looks for them beside itself.
mkdir -p "$OUT/dumps"
cp "$work"/dumps/*.elf "$OUT/dumps/"
