#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long a report takes, as a ratio to reading the same file once with cat: the
# medians of 9 runs in turn. VMEMSCOPE and DUMPS come from ./dev bench; dumps of
# your own can be given as arguments, with VMLINUX naming their vmlinux.
set -euo pipefail

runs=9
(($#)) || set -- "$DUMPS"/*.elf

microseconds() {
	local start=${EPOCHREALTIME/./}

	"$@" >/dev/null
	echo $((${EPOCHREALTIME/./} - start))
}

median() {
	sort -n | sed -n "$((runs / 2 + 1))p"
}

printf '%-28s %10s %10s %7s\n' dump 'report ms' 'cat ms' ratio
for dump; do
	reports='' cats=''
	for ((i = 0; i < runs; i++)); do
		cats+=$(microseconds cat "$dump")$'\n'
		reports+=$(microseconds "$VMEMSCOPE" report ${VMLINUX:+--vmlinux "$VMLINUX"} "$dump")$'\n'
	done
	report=$(printf %s "$reports" | median)
	cat=$(printf %s "$cats" | median)
	printf '%-28s %10s %10s %7s\n' "$(basename "$dump")" "$((report / 1000)).$((report % 1000 / 100))" \
		"$((cat / 1000)).$((cat % 1000 / 100))" "$((report / cat)).$((report * 10 / cat % 10))"
done
