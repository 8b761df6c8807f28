#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes lab_crash.ko for one kernel:
#
#   build.sh HEADERS RELEASE FILE.ko
#
# HEADERS: a directory into which the packages linux-headers-RELEASE, its -common and
# linux-kbuild-* were unpacked. If it is a whole system with a compiler of its own (there
# is HEADERS/usr/bin/make), that is used, by root; else the one of this system.
set -eu

headers=$1 release=$2 target=$3
here=$(dirname -- "$(readlink -f -- "$0")")
common=${release%-*}-common

# COMMAND...: where HEADERS/usr/src is $sources and the module in $module.
inside() {
	if [ -n "$root" ]; then
		mount -t proc proc "$root/proc"
		chroot "$root" "$@" || status=$?
		umount "$root/proc"
	else
		"$@" || status=$?
	fi
}

[ -d "$headers/usr/src/linux-headers-$common" ] || {
	echo "build.sh: there is no $headers/usr/src/linux-headers-$common" >&2
	exit 2
}
headers=$(readlink -f -- "$headers")
root='' prefix=$headers status=0
[ ! -x "$headers/usr/bin/make" ] || root=$headers prefix=''
place=$headers/lab_crash
mkdir "$place"
trap 'rm -rf "$place"' EXIT
cp "$here/Kbuild" "$here/lab_crash.c" "$place"
inside make -C "$prefix/usr/src/linux-headers-$common" \
	O="$prefix/usr/src/linux-headers-$release" M="$prefix/${place##*/}" modules
[ "$status" = 0 ] || exit "$status"
cp "$place/lab_crash.ko" "$target"
