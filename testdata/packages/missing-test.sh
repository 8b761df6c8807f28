#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What ./dev does where packages are missing, shown by stand-ins for the commands
# that it asks and that it would install with.
set -euo pipefail

source_dir=$(dirname -- "$(readlink -f -- "$0")")/../..
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
failures=0

# Only these of the machine's own commands are to be found.
mkdir "$stage/bin" "$stage/tree"
cp "$source_dir/dev" "$stage/tree/dev"
for tool in bash cat dirname env mkdir readlink; do
	ln -s "$(command -v "$tool")" "$stage/bin/$tool"
done

# NAME BODY: a stand-in for a command.
stand_in() {
	printf '#!%s\n%s\n' "$stage/bin/bash" "$2" >"$stage/bin/$1"
	chmod +x "$stage/bin/$1"
}

# MISSING...: a Debian where all packages but these are installed.
debian_without() {
	stand_in apt-get 'exit 100'
	stand_in dpkg-query "for package; do
		[[ ' $* ' == *\" \$package \"* ]] || echo \"installed:\$package\"
	done"
}

# BEHAVIOUR PATTERN: ./dev run ends with status 2, and its last line is so.
expect() {
	local status=0 output

	output=$(PATH=$stage/bin "$stage/tree/dev" run --version 2>&1 <&-) || status=$?
	# shellcheck disable=SC2053 # a pattern is meant
	if [[ $status != 2 || ${output##*$'\n'} != $2 ]]; then
		printf '%s: exit status %s, said:\n%s\n' "$1" "$status" "$output"
		failures=$((failures + 1))
	fi
}

stand_in id 'echo 1000'
expect "another system: names what it looks for" \
	"dev: these are missing, please install them: command:cc *module:libdeflate *"

debian_without zstd libelf-dev
expect "no root, no sudo: prints the command" \
	"sudo apt-get install --no-install-recommends libelf-dev zstd"

stand_in sudo 'exit 1'
expect "sudo asks for a password: prints the command" \
	"sudo apt-get install --no-install-recommends libelf-dev zstd"

# shellcheck disable=SC2016 # the stand-in is to expand it
stand_in sudo 'shift; [[ $1 != true ]] || exit 0; exec "$@"'
expect "sudo asks nothing: installs through it, reports a failure" \
	"dev: failed with status 100: sudo -n env *apt-get * install * libelf-dev zstd"

stand_in id 'echo 0'
expect "root: installs, reports a failure" \
	"dev: failed with status 100: env *apt-get * install * libelf-dev zstd"

stand_in zstd 'exit 0'
expect "a command counts wherever it comes from" \
	"dev: failed with status 100: * install --no-install-recommends libelf-dev"

exit $((failures > 0))
