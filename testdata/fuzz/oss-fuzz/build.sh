#!/bin/bash -eu
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds the fuzz targets with the compiler, flags and engine that the environment names, and
# puts them into $OUT, with the libraries that they load and what they start from.

tree=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." && pwd)
[[ -e $tree/testdata/fuzz ]] || tree=$SRC/vmemscope
work=${WORK:-$tree/build}/oss-fuzz

cmake -S "$tree" -B "$work" -G Ninja -DCMAKE_BUILD_TYPE=None -DVMEMSCOPE_TESTS=ON \
	-DVMEMSCOPE_FUZZ=ON -DVMEMSCOPE_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$work" --target fuzz-programs
# It runs here, and its libraries are as they are: not with the flags of the targets.
cc -std=gnu17 -O1 -I "$tree" -o "$work/kdumpwrite" "$tree/testdata/bench/kdumpwrite.c" \
	-lz -lzstd -llzo2

"$tree/dev" unpack "$work/dumps"
/usr/bin/python3 -B "$tree/testdata/fuzz/corpus.py" "$work/seeds" "$work/dumps" \
	"$work/kdumpwrite"

# PROGRAM: what it loads at its start, or when a dump needs it (the notes of
# include/dlopen_note.h), but not what every runner has.
libraries_of() {
	local later

	later=$(grep -ao '"soname":\["[^"]*' "$1" | sed 's/.*"//' | tr '\n' ' ')
	LD_PRELOAD=$later ldd "$1" | grep -o '/[^ ]*' | grep -v '/ld-linux\|/libc\.so\|/libm\.so'
}

mkdir -p "$OUT/lib"
for program in "$work"/fuzz-*; do
	[[ -f $program && -x $program ]] || continue
	name=${program##*/fuzz-}
	cp "$program" "$OUT/fuzz-$name"
	libraries_of "$program" | xargs -r -I{} cp -nL {} "$OUT/lib/"
	# Of the old kind, which counts for the libraries of libraries, too.
	patchelf --force-rpath --set-rpath "\$ORIGIN/lib" "$OUT/fuzz-$name"
	(cd "$work/seeds/$name" && zip -q -r "$OUT/fuzz-${name}_seed_corpus.zip" .)
done
# The target that analyses changed dumps looks for them beside itself.
mkdir -p "$OUT/dumps"
cp "$work"/dumps/*.elf "$OUT/dumps/"
