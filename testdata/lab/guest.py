# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a guest says of itself, and the files of testdata/truth that this makes.

guest_init.sh tells the lines.
"""
import collections

PAGE = 4096
Head = collections.namedtuple("Head", "pfn optimized size")
Pool = collections.namedtuple("Pool", "node size pages free")
Device = collections.namedtuple("Device", "name start size align node memmap")


class Told:
    """All that a guest told, in order of physical address."""

    def __init__(self, text):
        self.release, self.complete = None, False
        self.problems, self.counters = [], {}
        self.heads, self.pools, self.devices = [], [], []
        self._size, self._optimized = 0, False
        for line in text.splitlines():
            self._take(line.strip())
        self.heads.sort()
        self.pools.sort(key=lambda pool: (pool.size, pool.node))
        self.devices.sort(key=lambda device: device.start)

    def _take(self, line):
        word, _, rest = line.partition(" ")
        try:
            getattr(self, f"_take_{word}")(rest)
        except (AttributeError, TypeError, ValueError):
            self.problems.append(f"cannot be understood: '{line}'")

    def _take_kernel(self, rest):
        self.release = rest

    def _take_problem(self, rest):
        self.problems.append(rest)

    def _take_end(self, _):
        self.complete = True

    def _take_made(self, rest):
        size, optimized = rest.split()
        self._size, self._optimized = int(size), optimized == "yes"

    def _take_head(self, rest):
        """All that are there now are told each time, with copies inside of larger ones."""
        pfn = int(rest, 16)
        if not any(head.pfn <= pfn < head.pfn + head.size // PAGE for head in self.heads):
            self.heads.append(Head(pfn, self._optimized, self._size))

    def _take_pool(self, rest):
        self.pools.append(Pool(*map(int, rest.split())))

    def _take_device(self, rest):
        name, start, size, align, node, memmap = rest.split()
        self.devices.append(Device(name, int(start, 16), int(size), int(align), int(node), memmap))

    def _take_counter(self, rest):
        name, value = rest.split()
        self.counters[name] = int(value)


def heads_text(told):
    lines = ["# pfn optimised size: as the guest listed them by /proc/kpageflags while it made "
             "them; aligned ones, as some kernels list the copies of heads in tails, too"]
    lines += [f"{head.pfn:#x} {'yes' if head.optimized else 'no'} {head.size}"
              for head in told.heads]
    return lines


def pools_text(told):
    return ["# node size pages free: the guest's /sys/devices/system/node"] + [
        f"{pool.node} {pool.size} {pool.pages} {pool.free}" for pool in told.pools]


def devices_text(told):
    return ["# name start size align node memmap: the guest's /sys/bus/dax/devices, and the mode "
            "of its namespace"] + [
        f"{device.name} {device.start:#x} {device.size} {device.align} {device.node} "
        f"{device.memmap}" for device in told.devices]


def counters_text(told):
    if not told.counters:
        return None
    return ["# the guest's /proc/vmstat"] + [
        f"{name} {value}" for name, value in told.counters.items()]


FILES = {"heads.txt": heads_text, "pools.txt": pools_text, "devices.txt": devices_text,
         "counters.txt": counters_text}


def write(told, directory):
    for name, text_of in FILES.items():
        lines = text_of(told)
        if lines:
            (directory / name).write_text("\n".join(lines) + "\n", encoding="ascii")
