#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows that ./dev installs all that it needs: runs it in a new Debian that has
# nothing but apt. Needs root, debootstrap and the network.
#
#     clean-tree.sh DIR [VERB [ARG...]]      without a verb: test
#
# DIR keeps an untouched Debian in DIR/base, made once, and what came of the last
# run in DIR/tree. SUITE and MIRROR choose another Debian than bookworm.
set -euo pipefail

suite=${SUITE-bookworm}
mirror=${MIRROR-http://deb.debian.org/debian}
source_dir=$(readlink -f -- "$(dirname -- "$0")/../..")

if (($# == 0)); then
	echo "usage: clean-tree.sh DIR [VERB [ARG...]]" >&2
	exit 64
fi
mkdir -p "$1"
dir=$(readlink -f -- "$1")
shift
(($#)) || set -- test

if [[ ! -e $dir/base/etc/os-release ]]; then
	rm -rf "$dir/base" "$dir/base.new"
	debootstrap --variant=minbase "$suite" "$dir/base.new" "$mirror"
	mv "$dir/base.new" "$dir/base"
fi

rm -rf --one-file-system "$dir/tree"
cp -a "$dir/base" "$dir/tree"
cp -L /etc/resolv.conf "$dir/tree/etc/resolv.conf"
mkdir "$dir/tree/vmemscope"
tar -C "$source_dir" --exclude=./build --exclude=./.git -cf - . |
	tar -C "$dir/tree/vmemscope" --no-same-owner -xf -

# The mounts live in a namespace of their own and go away with it.
# shellcheck disable=SC2016 # the inner shell is to expand it
exec unshare --mount --pid --fork --mount-proc="$dir/tree/proc" bash -c '
	mount --rbind /dev "$1/dev"
	exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
		/vmemscope/dev "${@:2}"
' bash "$dir/tree" "$@"
