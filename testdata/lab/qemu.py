# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine: what it consists of, its control, and its dump.

3 GiB of RAM on two nodes. Node 0 has 1 GiB below 4 GiB and the rest from 4 GiB on, so
that an aligned 1 GiB page is free when the kernel starts; node 1 follows it.
"""
import json
import os
import subprocess
import time

MIB, GIB = 1 << 20, 1 << 30
LOW = GIB
NODES = (2304 * MIB, 768 * MIB)
RAM_END = 4 * GIB + sum(NODES) - LOW
# On node 1, which starts at 0x150000000. While a memmap= of this kind is given, kernels
# take no random physical address.
SOFT_RESERVED = "memmap=128M%0x158000000-1+0xefffffff"
NVDIMM_SIZE = {2 * MIB: 256 * MIB, GIB: 2 * GIB}  # a namespace spends one unit on its header


class Failed(Exception):
    """One line: what the machine did not do."""


def nvdimm_arguments(number, align, place):
    path = place / f"nvdimm{number}"
    size = NVDIMM_SIZE[align]
    with open(path, "wb") as file:
        file.truncate(size)
    return ["-object", f"memory-backend-file,id=nv{number},share=on,mem-path={path},"
                       f"size={size},align={align}",
            "-device", f"nvdimm,id=nvdimm{number},memdev=nv{number},"
                       f"node={number % len(NODES)}"]


def machine_arguments(aligns, four_level, place, accelerator="tcg,thread=multi"):
    with_kvm = accelerator == "kvm"
    # KVM inside of a virtual machine: not every host takes this feature's register.
    arguments = ["-accel", accelerator, "-smp", "2", "-nodefaults", "-no-user-config",
                 "-display", "none", "-no-reboot",
                 "-cpu", "max" + (",la57=off" if four_level else "")
                 + (",-arch-capabilities" if with_kvm else ""),
                 "-machine", f"q35,nvdimm=on,max-ram-below-4g={LOW}",
                 "-m", f"{sum(NODES) // MIB}M,slots=8,maxmem=32G",
                 "-device", "vmcoreinfo", "-qmp", "stdio",
                 "-serial", f"file:{place / 'console.log'}", "-serial", f"file:{place / 'told'}"]
    for node, size in enumerate(NODES):
        arguments += ["-object", f"memory-backend-ram,id=ram{node},size={size}",
                      "-numa", f"node,nodeid={node},memdev=ram{node},cpus={node}"]
    for number, align in enumerate(aligns):
        arguments += nvdimm_arguments(number, align, place)
    return arguments


def disk_arguments(path, size):
    """A disk, as /dev/vda."""
    with open(path, "wb") as file:
        file.truncate(size)
    return ["-drive", f"file={path},if=none,format=raw,id=disk",
            "-device", "virtio-blk-pci,drive=disk"]


class Guest:
    """Runs from entry to exit of a with statement."""

    def __init__(self, arguments, place):
        self.arguments, self.place, self.process = arguments, place, None

    def __enter__(self):
        with open(self.place / "qemu.log", "wb") as log:
            self.process = subprocess.Popen(
                ["qemu-system-x86_64", *map(str, self.arguments)], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def _log(self, name):
        path = self.place / name
        return path.read_text(errors="replace").strip() if path.exists() else ""

    def told(self):
        return self._log("told")

    def last_words(self):
        lines = (self._log("console.log") or self._log("qemu.log")).splitlines()
        panics = [line for line in lines if "Kernel panic" in line]
        return (panics or lines or ["nothing was printed"])[-1].strip()

    def wait(self, seconds):
        """Until the guest has told all."""
        self.wait_for(lambda: "end" in self.told().splitlines()[-1:], seconds,
                      "the guest was not ready")

    def wait_for(self, is_there, seconds, what):
        """@is_there: asked again and again."""
        end = time.monotonic() + seconds
        while not is_there():
            if self.process.poll() is not None:
                raise Failed(f"QEMU ended: {self.last_words()}")
            if time.monotonic() > end:
                raise Failed(f"{what} after {seconds} seconds: {self.last_words()}")
            time.sleep(0.5)

    def console(self):
        return self._log("console.log")

    def _answer(self):
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise Failed(f"QEMU ended: {self.last_words()}")
            answer = json.loads(line)
            if not {"event", "QMP"} & answer.keys():
                return answer

    def command(self, name, **arguments):
        json.dump({"execute": name, "arguments": arguments}, self.process.stdin)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise Failed(f"QEMU refuses {name}: {answer['error']['desc']}")

    def dump(self, path):
        """Stops the machine; RAM only, without the NVDIMMs."""
        self.command("qmp_capabilities")
        self.command("stop")
        self.command("dump-guest-memory", paging=False, protocol=f"file:{path}", begin=0,
                     length=RAM_END)
        if os.path.getsize(path) < sum(NODES):
            raise Failed("QEMU wrote less than the whole memory")
