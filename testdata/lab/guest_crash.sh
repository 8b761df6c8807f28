#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=dash disable=SC2154 # read by guest_init.sh, whose names it uses
# The end of the guest: chooses a page, tells the host what will happen to it, and dies of
# it. make-crash reads what it tells:
#
#   crash NAME VALUE
#   end                  what follows is the crash
#   problem TEXT         it did not happen
#
# lab.module, lab.page, lab.tail: what lab_crash.ko does, and to which page; lab.act: what
# is done else; lab.sysctl: NAME=VALUE,... before; lab.wait: seconds until sysrq ends it,
# or, with lab.sysrq=0, the machine has survived.

crash_file=/proc/lab_crash

# Candidates: pfns of heads, or the parameter itself.
crash_pages() {
	case $(parameter page) in
	used | unused) hugepages "$(parameter page)" "$size_2m" ;;
	*) parameter page ;;
	esac
}

# Modules cannot call it by its name.
address_of() {
	sed -n "s/^\([0-9a-f]*\) . $1\$/0x\1/p" /proc/kallsyms
}

# The module takes the first page that is as it must be.
arm() {
	local page

	for page in $(crash_pages); do
		insmod /lab_crash.ko kind="$(parameter module)" pfn="$page" \
			tail="$(parameter tail)" \
			set_memory_ro="$(address_of set_memory_ro)" 2>/dev/null && break
	done
	cat $crash_file >&3 || problem "no page is as this crash needs it"
}

set_sysctls() {
	local setting

	for setting in $(parameter sysctl | tr ',' ' '); do
		echo "${setting#*=}" >"/proc/sys/$(echo "${setting%%=*}" | tr '.' '/')" ||
			problem "there is no sysctl ${setting%%=*}"
	done
}

# Memory failure of the page that was told.
poison() {
	mount -t debugfs debugfs /sys/kernel/debug
	sed -n 's/^crash pfn //p' $crash_file >/sys/kernel/debug/hwpoison/corrupt-pfn
}

# All huge pages of 2 MiB that nobody uses.
give_back() {
	local pool

	for pool in "$nodes"/node*/hugepages/hugepages-2048kB/nr_hugepages; do
		echo 0 >"$pool"
	done
}

eat_memory() {
	mkdir /mnt
	mount -t ramfs ramfs /mnt
	dd if=/dev/zero of=/mnt/all bs=1M
}

load_crash_kernel() {
	kexec_crash /kdump/vmlinuz /kdump/initramfs "console=ttyS0 nr_cpus=1 reset_devices panic=-1" ||
		problem "the crash kernel cannot be loaded"
	rm -r /kdump
}

# A process of its own: an oops ends whoever does it.
die() {
	local act

	[ -z "$(parameter module)" ] || sh -c "echo now >$crash_file"
	for act in $(parameter act | tr ',' ' '); do
		$act
	done
	sleep "$(parameter wait)"
	[ "$(parameter sysrq)" = 1 ] || problem "the machine lives on"
	echo c >/proc/sysrq-trigger
}

[ ! -e /kdump ] || load_crash_kernel
[ -z "$(parameter module)" ] || arm
set_sysctls
tell end
die
