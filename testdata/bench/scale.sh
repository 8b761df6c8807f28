#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How the cost of a report grows with the machine: invented ones of 64 GiB and 1 TiB,
# and of 16 TiB with SCALE_16T=1. Medians of RUNS (5) runs with the file in memory.
#
#     scale.sh [DUMP...]
#
# VMEMSCOPE, GEN_DUMP and DUMPS come from ./dev bench. DUMP is a small dump that lends
# its kernel (default: one of 7.3). Dumps are made in TMPDIR, one at a time: 5 GiB for
# the dense one of 1 TiB, which is left out if there is no room, else much less.
#
# "sparse" frames with the same bytes share them in the file; "scatter": those that
# pages keep are in no order; "dense": each frame has bytes of its own. There, "cat"
# is one sequential read of the whole file, and "ratio" how many of these a report
# takes. "read" is what the report has asked the kernel for.
set -euo pipefail

runs=${RUNS-5}
(($#)) || set -- "$DUMPS/7.3-hvo.elf"
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# Runs a command and prints microseconds, the most memory it had in KiB, and the bytes
# that it has read: those are told only as long as nobody has waited for it.
cat >"$place/measure.py" <<'END'
import os
import sys
import time
start = time.monotonic()
output = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=output)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
end = time.monotonic()
with open(f"/proc/{child}/io") as counters:
    read = next(line.split()[1] for line in counters if line.startswith("rchar"))
_, status, usage = os.wait4(child, 0)
print(round((end - start) * 1e6), usage.ru_maxrss, read)
sys.exit(os.waitstatus_to_exitcode(status))
END

# Numbers: the middle one.
median() {
	tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -n | sed -n "$((runs / 2 + 1))p"
}

# NUMERATOR DENOMINATOR DIGITS
quotient() {
	awk -v a="$1" -v b="$2" -v digits="$3" 'BEGIN { printf "%.*f", digits, b ? a / b : 0 }'
}

# COMMAND...: sets microseconds, memory and bytes.
measure() {
	local all='' time peak read i

	for ((i = 0; i < runs; i++)); do
		read -r time peak read < <(/usr/bin/python3 "$place/measure.py" "$@")
		all+="$time "
		memory=$peak bytes=$read
	done
	microseconds=$(median "$all")
}

room_for() {
	(($(df --output=avail -k "$place" | tail -n 1) > $1))
}

# KERNEL SIZE KIND [OPTION...]: prints a row, and sets microseconds to the report's.
row() {
	local kernel=$1 size=$2 kind=$3 dump=$place/machine.elf cat=- ratio=- report
	shift 3

	"$GEN_DUMP" "$kernel" --memory "$size" "$@" --output "$dump" 2>/dev/null
	cat "$dump" >/dev/null
	if [[ $kind == dense* ]]; then
		measure cat "$dump"
		cat=$microseconds
	fi
	measure "$VMEMSCOPE" report "$dump"
	report=$microseconds
	[[ $cat == - ]] || ratio=$(quotient "$report" "$cat" 1) cat=$(quotient "$cat" 1e6 3)
	printf '%-10s %5s %-14s %9s %9s %9s %9s %9s %6s\n' "$(basename "$kernel" .elf)" "$size" "$kind" \
		"$(($(du -k "$dump" | cut -f 1) / 1024))" "$(quotient "$report" 1e6 3)" \
		"$((memory / 1024))" "$((bytes >> 20))" "$cat" "$ratio"
	rm -f "$dump"
}

# KERNEL KIND [OPTION...]: the machines of one kind, and how the time grows.
rows() {
	local kernel=$1 kind=$2 small
	shift 2

	row "$kernel" 64G "$kind" "$@"
	small=$microseconds
	if [[ $kind == dense* ]] && ! room_for $((6 << 20)); then
		echo "left out: 1T $kind: $place has no room for it"
		return
	fi
	row "$kernel" 1T "$kind" "$@"
	echo "  64 GiB to 1 TiB, 16 times the memory: $(quotient "$microseconds" "$small" 1) times as long"
	[[ ${SCALE_16T-} && $kind != dense* ]] || return 0
	small=$microseconds
	row "$kernel" 16T "$kind" "$@"
	echo "  1 TiB to 16 TiB, 16 times the memory: $(quotient "$microseconds" "$small" 1) times as long"
}

printf '%-10s %5s %-14s %9s %9s %9s %9s %9s %6s\n' kernel size file 'disk MiB' 'report s' \
	'peak MiB' 'read MiB' 'cat s' ratio
for kernel; do
	rows "$kernel" sparse
	rows "$kernel" scatter --scatter
	rows "$kernel" dense --dense
	rows "$kernel" dense-scatter --dense --scatter
done
