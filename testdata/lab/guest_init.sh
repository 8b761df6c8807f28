#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=dash
# The first and only process of the guest: sets up huge pages and device DAX, tells
# the host what there is, and waits to be dumped.
#
# To the host go lines of words over the second serial port; guest.py reads them:
#
#   kernel RELEASE
#   made SIZE yes|no             huge pages of this size were made, optimised or not;
#   head PFN                     a head that is there now, at a multiple of this size
#   pool NODE SIZE PAGES FREE
#   device NAME START SIZE ALIGN NODE ram|device
#   counter NAME VALUE
#   problem TEXT
#   end
set -u

optimize=/proc/sys/vm/hugetlb_optimize_vmemmap
nodes=/sys/devices/system/node
nvdimm=/sys/bus/nd
dax=/sys/bus/dax
size_2m=2097152
size_1g=1073741824

mount_all() {
	mount -t devtmpfs devtmpfs /dev
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
}

tell() {
	echo "$*" >&3
}

problem() {
	echo "problem: $*"
	tell "problem $*"
}

# NAME: the value of lab.NAME on the kernel's command line.
parameter() {
	sed -n "s/.*[ ]lab\.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

# TEST...: waits until it holds, at most some seconds.
wait_until() {
	local tries=0

	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || return 1
		sleep 0.1
	done
}

load_modules() {
	local module

	for module in /modules/*.ko; do
		insmod "$module" || problem "module ${module##*/} cannot be loaded"
	done
}

# Huge pages.

# Whether a page that is made now will be optimised: the switch, where there is none what
# the kernel was started with.
optimized() {
	local on

	if on=$(cat $optimize 2>/dev/null); then
		[ "$on" = 1 ]
	else
		grep -q 'hugetlb_free_vmemmap=on' /proc/cmdline
	fi
}

# SIZE
tell_heads() {
	if optimized; then tell "made $1 yes"; else tell "made $1 no"; fi
	hugepages heads "$1" >&3 || problem "no list of huge pages"
}

# NODE COUNT
make_pages() {
	local file=$nodes/node$1/hugepages/hugepages-2048kB/nr_hugepages

	echo "$2" >"$file"
	[ "$(cat "$file")" = "$2" ] || problem "node $1 has $(cat "$file") pages of 2 MiB, not $2"
}

make_hugetlb() {
	local first second without

	first=$(parameter first) second=$(parameter second) without=$(parameter without)
	tell_heads $size_1g
	make_pages 0 "$first"
	make_pages 1 "$second"
	tell_heads $size_2m
	if [ "$without" -gt 0 ] && [ "$(cat $optimize 2>/dev/null)" = 1 ]; then
		echo 0 >$optimize
		make_pages 0 $((first + without))
		tell_heads $size_2m
		echo 1 >$optimize
	fi
	hugepages hold 0 $size_2m $((first / 2)) || problem "node 0: pages cannot be used"
	hugepages hold 1 $size_2m $((second / 2)) || problem "node 1: pages cannot be used"
	[ "$(parameter gigantic)" = 0 ] || hugepages hold 0 $size_1g 1 ||
		problem "node 0: there is no 1 GiB page; try again, or --no-gigantic"
}

tell_pools() {
	local pool node size

	for pool in "$nodes"/node*/hugepages/hugepages-*kB; do
		node=${pool#"$nodes"/node} node=${node%%/*}
		size=${pool##*/hugepages-} size=${size%kB}
		tell "pool $node $((size * 1024)) $(cat "$pool/nr_hugepages") $(cat "$pool/free_hugepages")"
	done
}

# Device DAX.

# Regions, by their physical address: "ADDRESS NUMBER"
regions() {
	local region

	for region in "$nvdimm"/devices/region*; do
		[ ! -e "$region/resource" ] || echo "$(cat "$region/resource") ${region##*/region}"
	done | sort
}

regions_are_ready() {
	local number

	[ "$(regions | wc -l)" = "$1" ] || return 1
	for number in $(regions | cut -d ' ' -f 2); do
		[ -e "$nvdimm/devices/namespace$number.0" ] || return 1
		[ -n "$(cat "$nvdimm/devices/region$number/dax_seed")" ] || return 1
	done
}

# REGION ALIGN ram|pmem: makes its one namespace a DAX device, as ndctl would.
make_device() {
	local seed

	seed=$(cat "$nvdimm/devices/region$1/dax_seed")
	cat /proc/sys/kernel/random/uuid >"$nvdimm/devices/$seed/uuid" &&
		echo "$3" >"$nvdimm/devices/$seed/mode" &&
		echo "$2" >"$nvdimm/devices/$seed/align" &&
		echo "namespace$1.0" >"$nvdimm/devices/$seed/namespace" &&
		echo "$seed" >"$nvdimm/drivers/dax_pmem/bind"
}

# lab.dax=ALIGN:MODE,...: one for each region.
make_devices() {
	local wanted device

	# shellcheck disable=SC2046 # words are wanted
	set -- $(parameter dax | tr ',' ' ')
	wait_until regions_are_ready $# || problem "not $# NVDIMMs: $(regions | tr '\n' ' ')"
	for wanted; do
		echo "$wanted"
	done >/wanted
	regions | cut -d ' ' -f 2 | paste -d ' ' - /wanted | tr ':' ' ' >/devices
	while read -r region align mode; do
		make_device "$region" "$align" "$mode" || problem "region $region is no DAX device"
	done </devices
}

driver_is_bound() {
	[ -e "$1/driver" ]
}

# Since 6.2 the device of soft-reserved memory waits to become RAM.
bind_devices() {
	local device

	for device in "$dax"/devices/*; do
		[ -e "$device" ] || return 0
		[ -e "$device/driver" ] || echo "${device##*/}" >$dax/drivers/device_dax/new_id
		wait_until driver_is_bound "$device" || problem "${device##*/} has no driver"
	done
}

# DEVICE: where its memmap lies.
memmap_of() {
	local mode

	mode=$(cat "$(readlink -f "$1")/../mode" 2>/dev/null)
	if [ "$mode" = pmem ]; then echo device; else echo ram; fi
}

tell_devices() {
	local device

	for device in "$dax"/devices/*; do
		[ -e "$device" ] || return 0
		tell "device ${device##*/} $(cat "$device/resource") $(cat "$device/size")" \
			"$(cat "$device/align") $(cat "$device/numa_node") $(memmap_of "$device")"
	done
}

tell_counters() {
	sed -n 's/^\(nr_memmap[a-z_]*\) /counter \1 /p' /proc/vmstat >&3
}

/bin/busybox --install -s /bin
export PATH=/bin
mount_all
stty -F /dev/ttyS1 raw
exec 3>/dev/ttyS1
tell "kernel $(uname -r)"
load_modules
make_hugetlb
make_devices
bind_devices
sleep 1 # what the kernel put off shall be done
tell_pools
tell_devices
tell_counters
# shellcheck source=guest_live.sh disable=SC1091
[ ! -e /live.sh ] || . /live.sh
# shellcheck source=guest_crash.sh disable=SC1091
[ ! -e /crash.sh ] || . /crash.sh
tell end
while :; do
	sleep 3600
done
