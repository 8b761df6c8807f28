#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=dash disable=SC2154 # read by guest_init.sh, whose names it uses
# Looks at the guest by its own /proc/kcore: at rest, in many rounds while pools and
# devices change all the time, and at rest again. live-test reads what it tells:
#
#   rest NAME                          the state told since the last one is what NAME.json saw
#   round NUMBER STATUS BEGIN END      seconds since the start
#   load CYCLES                        what changed meanwhile
#   watched STATUS
#   tried NAME STATUS WORDS       who may look and who may not
#
# The reports go to the host in an archive, over the third serial port.

program=/vmemscope/vmemscope
out=/out
pool_0=$nodes/node0/hugepages/hugepages-2048kB/nr_hugepages
pool_1=$nodes/node1/hugepages/hugepages-2048kB/nr_hugepages

now() {
	cut -d ' ' -f 1 /proc/uptime
}

# BELOW: a number from 0 on.
random() {
	echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}

# FILE NUMBER
set_pool() {
	echo "$2" >"$1" 2>/dev/null
}

# Grows and shrinks both pools, with pages that are optimised and such that are not; uses
# some; takes a device away and brings it back.
load() {
	local cycles=0 first second device

	first=$(cat "$pool_0") second=$(cat "$pool_1") device=$(parameter load_device)
	while [ ! -e /stop ]; do
		set_pool "$pool_0" $((first + $(random 60)))
		[ "$(parameter load_switch)" = 0 ] || echo $(($(random 4) > 0)) >"$optimize"
		set_pool "$pool_1" $((second + $(random 40)))
		hugepages use 0 "$size_2m" 1 2>/dev/null
		[ $((cycles % 8)) != 7 ] || [ -z "$device" ] || {
			echo "$device" >"$dax"/drivers/device_dax/unbind
			echo "$device" >"$dax"/drivers/device_dax/bind
		}
		cycles=$((cycles + 1))
		echo $cycles >/cycles
	done
	echo 1 >"$optimize"
	set_pool "$pool_0" "$first"
	set_pool "$pool_1" "$second"
	echo >/stopped
}

# NAME
look() {
	$program live --quiet --format json >"$out/$1.json" 2>"$out/$1.err"
}

look_at_rest() {
	local begin

	begin=$(now)
	look "$1"
	tell "round $1 $? $begin $(now)"
	tell "rest $1"
}

rounds() {
	local number=0 begin status

	while [ $number -lt "$1" ]; do
		number=$((number + 1))
		begin=$(now)
		look $number
		status=$?
		tell "round $number $status $begin $(now)"
		[ $((number % 20)) != 0 ] || echo "round $number"
	done
}

watch_start() {
	$program live --watch 1 --format ndjson >$out/watch.ndjson 2>$out/watch.err &
	watcher=$!
}

watch_stop() {
	kill -TERM "$watcher"
	wait "$watcher"
	tell "watched $?"
}

# NAME COMMAND...
try() {
	local name=$1 status words
	shift

	words=$("$@" 2>&1 >/dev/null)
	status=$?
	tell "tried $name $status $words"
}

# The last of them cannot be taken back.
try_all() {
	local lockdown=/sys/kernel/security/lockdown

	mkdir -p /etc
	echo "nobody:x:65534:65534::/:/bin/sh" >/etc/passwd
	try files $program live --btf /sys/kernel/btf/vmlinux
	try user su -s /bin/sh nobody -c "$program live"
	try namespace unshare -U -r $program live
	try masked unshare -m sh -c "mount --bind /dev/null /proc/kcore && $program live"
	mount -t securityfs securityfs /sys/kernel/security
	if [ -e $lockdown ]; then
		echo integrity >$lockdown
		try integrity $program live
		echo confidentiality >$lockdown
		try confidentiality $program live
	fi
}

mkdir -p $out
look_at_rest before
watch_start
load &
rounds "$(parameter live)"
echo >/stop
wait_until test -e /stopped || problem "the load does not stop"
tell "load $(cat /cycles)"
sleep 2
watch_stop
sleep 1
$program live --quiet >$out/after.txt
tell "again"
tell_pools
tell_devices
tell_counters
look_at_rest after
try_all
stty -F /dev/ttyS2 raw
tar -C $out -cf - . | gzip >/dev/ttyS2
sleep 1
