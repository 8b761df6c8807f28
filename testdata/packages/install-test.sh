#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What `cmake --install` puts into a directory, and that completion for bash works there.
#
#     install-test.sh BUILD-DIRECTORY
# shellcheck disable=SC2317 # expect() calls the functions below
set -euo pipefail

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
failures=0

cmake --install "$1" --prefix "$stage" >"$stage/log" || {
	cat "$stage/log"
	exit 1
}

# WHAT COMMAND...
expect() {
	local what=$1
	shift
	"$@" >/dev/null || {
		echo "FAILED: $what"
		failures=$((failures + 1))
	}
}

for file in bin/vmemscope share/man/man1/vmemscope.1 share/bash-completion/completions/vmemscope \
	share/zsh/site-functions/_vmemscope share/vmemscope/report.schema.json \
	share/doc/vmemscope/LICENSE share/doc/vmemscope/README.md share/doc/vmemscope/docs/report.md; do
	expect "$file is installed" test -s "$stage/$file"
done

PATH=$stage/bin:$PATH
# shellcheck disable=SC1091 # it was installed just now
source "$stage/share/bash-completion/completions/vmemscope"
compopt() { :; }

# WORD...: what the last of them can become, one a line.
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	_vmemscope
	printf '%s\n' "${COMPREPLY[@]}"
}

# LINE WORD...
offers() {
	local line=$1
	shift
	# All of it is read: a pipe that closes early would be a failure.
	complete_words "$@" | grep -xF -- "$line"
}

for command in $(vmemscope --help | sed -n '/^Commands/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
	expect "bash completes the command $command" offers "$command" vmemscope "${command:0:1}"
	expect "bash completes options of $command" offers --usage vmemscope "$command" --us
done
expect "bash completes an option with a value" offers --max-findings= vmemscope report --max
expect "bash completes a format" offers ndjson vmemscope report --format nd
expect "bash completes a format behind =" offers ndjson vmemscope report --format = nd
expect "bash completes a check" offers hugetlb-contents vmemscope explain hugetlb-c
expect "bash completes what is listed" offers vmemmap vmemscope list vm

exit $((failures > 0))
