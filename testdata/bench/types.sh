#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# How long it takes to learn the types of a kernel, next to drgn and pahole: medians
# of RUNS (5) runs in turn, and the peak of memory.
#
#     types.sh DUMP VMLINUX
#
# VMEMSCOPE comes from ./dev bench, which gives no dump; then TYPES_DUMP and
# TYPES_VMLINUX name them.
#
# The dump is read with each source of types; what is there without any (the dump
# opened, its profile or a saved one used) is the row "profile", and what is over it
# is the column "types". drgn has no dump: it loads a vmlinux and looks types up.
set -euo pipefail

runs=${RUNS-5}
dump=${1-${TYPES_DUMP-}}
vmlinux=${2-${TYPES_VMLINUX-}}
python=/usr/bin/python3

if [[ ! -r $dump || ! -r $vmlinux ]]; then
	echo "types: left out; TYPES_DUMP=DUMP TYPES_VMLINUX=VMLINUX ./dev bench measures them"
	exit 0
fi

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
# The rows of the table: names in their order, and the words of their commands.
names=()
declare -A commands microseconds memory

cat >"$place/lookup.py" <<'END'
import sys
import drgn
program = drgn.Program()
program.load_debug_info([sys.argv[1]])
for name in ("page", "hstate", "mem_section", "pglist_data", "folio"):
    try:
        [(member.name, member.bit_offset) for member in program.type("struct " + name).members]
    except LookupError:
        pass
for name in ("hstates", "mem_section", "node_data"):
    program.symbol(name)
END

# What the kernel keeps of a file goes, but for what is mapped or not yet written.
cat >"$place/forget.py" <<'END'
import os
import sys
for path in sys.argv[1:]:
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
END

# Runs a command and prints microseconds, and the most memory it had, in KiB.
cat >"$place/measure.py" <<'END'
import os
import sys
import time
output = os.open(os.devnull, os.O_WRONLY)
start = time.monotonic()
actions = [(os.POSIX_SPAWN_DUP2, output, 1)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, usage = os.wait4(child, 0)
print(round((time.monotonic() - start) * 1e6), usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
END

# NAME COMMAND...: a row, unless the command does not work here.
row() {
	local name=$1
	shift
	if ! "$@" >/dev/null 2>"$place/complaint"; then
		echo "left out: $name: $(tail -n 1 "$place/complaint")" >&2
		return 0
	fi
	names+=("$name")
	commands[$name]=$(printf '%q ' "$@")
}

# NAME: one run of it.
measure() {
	local -a words result

	eval "words=(${commands[$1]})"
	[[ $1 != *' cold' ]] || "$python" "$place/forget.py" "$dump" "$vmlinux"
	read -r -a result < <("$python" "$place/measure.py" "${words[@]}" 2>/dev/null)
	microseconds[$1]+="${result[0]} "
	memory[$1]+="${result[1]} "
}

# Numbers of one row: the middle one.
median() {
	tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -n | sed -n "$((runs / 2 + 1))p"
}

scope=("$VMEMSCOPE" types --allow-mismatch)
"$VMEMSCOPE" profile --vmlinux "$vmlinux" -o "$place/profile.json"
row 'profile' "${scope[@]}" --profile "$place/profile.json" "$dump"
row 'dump BTF' "${scope[@]}" --types btf "$dump"
row 'dump BTF cold' "${scope[@]}" --types btf "$dump"
row 'vmlinux BTF' "${scope[@]}" --btf "$vmlinux" "$dump"
row 'vmlinux DWARF' "${scope[@]}" --vmlinux "$vmlinux" "$dump"
row 'vmlinux DWARF cold' "${scope[@]}" --vmlinux "$vmlinux" "$dump"
row 'drgn' "$python" "$place/lookup.py" "$vmlinux"
row 'drgn cold' "$python" "$place/lookup.py" "$vmlinux"
row 'pahole BTF' pahole -F btf -C page "$vmlinux"
row 'pahole DWARF' pahole -F dwarf -C page "$vmlinux"

# Cold ones apart: they would leave the files half read for the next.
for cold in '' ' cold'; do
	cat "$dump" "$vmlinux" >/dev/null
	for ((i = 0; i < runs; i++)); do
		for name in "${names[@]}"; do
			[[ $name != "${name% cold}$cold" ]] || measure "$name"
		done
	done
done

# NUMERATOR DENOMINATOR
ratio() {
	printf '%d.%d' $(($1 / $2)) $(($1 * 10 / $2 % 10))
}

base=$(median "${microseconds[profile]-0 }")
printf '%-20s %10s %10s %10s %14s\n' "$(basename "$dump")" ms 'types ms' 'peak MiB' 'drgn takes, x'
for name in "${names[@]}"; do
	time=$(median "${microseconds[$name]}")
	peak=$(median "${memory[$name]}")
	drgn=${microseconds[drgn]-}
	[[ $name != *' cold' ]] || drgn=${microseconds[drgn cold]-}
	types=-
	if [[ $name == dump* || $name == vmlinux* ]]; then
		types=$(ratio $((time > base ? time - base : 0)) 1000)
	fi
	printf '%-20s %10s %10s %10s %14s\n' "$name" "$(ratio "$time" 1000)" "$types" \
		"$(ratio "$peak" 1024)" \
		"$([[ $drgn ]] && ratio "$(median "$drgn")" "$time" || echo -)"
done
