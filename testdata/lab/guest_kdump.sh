#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The only process of the crash kernel: copies the memory of the one that died to the disk,
# and tells over the second serial port how many bytes that is:
#
#   kdump BYTES
set -u

/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs devtmpfs /dev
mount -t proc proc /proc
for module in /modules/*.ko; do
	insmod "$module"
done
stty -F /dev/ttyS1 raw
until [ -e /dev/vda ]; do sleep 0.1; done
if dd if=/proc/vmcore of=/dev/vda bs=1M; then
	sync
	echo "kdump $(stat -c %s /proc/vmcore)" >/dev/ttyS1
else
	echo "problem /proc/vmcore cannot be copied" >/dev/ttyS1
fi
while :; do
	sleep 3600
done
