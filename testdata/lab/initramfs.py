# SPDX-License-Identifier: LGPL-2.1-or-later
"""A kernel package, unpacked, and the initramfs that its guest starts with."""
import gzip
import lzma
import pathlib
import re
import shutil
import stat
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
# QEMU's channel for VMCOREINFO, NVDIMMs, and device DAX on them and on soft-reserved memory.
MODULES = ("qemu_fw_cfg", "nfit", "dax_pmem", "device_dax", "dax_hmem")
# The disk that a crash kernel writes to.
KDUMP_MODULES = ("virtio_pci", "virtio_blk")
DIRECTORIES = ("bin", "dev", "proc", "sys", "modules")
DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


class Unusable(Exception):
    """One line: what is wrong with what was given, and what to do."""


class Kernel:
    """Found in directories that look like unpacked packages of one kernel; @where: what
    messages call them."""

    def __init__(self, directories, where):
        trees = {tree.name: tree for top in directories for usr in ("lib", "usr/lib")
                 for tree in (top / usr / "modules").glob("*") if (tree / "kernel").is_dir()}
        images = {image for top in directories for pattern in
                  ("boot/vmlinuz*", "usr/lib/modules/*/vmlinuz", "lib/modules/*/vmlinuz")
                  for image in top.glob(pattern)}
        if len(trees) > 1 or len(images) > 1:
            raise Unusable(f"{where}: more than one kernel; give the packages of one")
        if not trees or not images:
            raise Unusable(f"{where}: no {'modules' if images else 'kernel image'}; newer kernels "
                           "need two packages, linux-binary-* and linux-modules-*")
        self.image, = images
        (self.release, self.tree), = trees.items()
        self.files = {module_name(path.name): path for path in (self.tree / "kernel").rglob("*.ko*")}

    def module(self, name):
        """What insmod takes; None where it is built in or there is none."""
        path = self.files.get(name)
        return decompressed(path) if path else None


def module_name(name):
    return name.split(".ko")[0].replace("-", "_")


def decompressed(path):
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dcq", path], stdout=subprocess.PIPE, check=True).stdout
    content = path.read_bytes()
    unpack = {".xz": lzma.decompress, ".gz": gzip.decompress}.get(path.suffix)
    return unpack(content) if unpack else content


def depends(content):
    found = DEPENDS.search(content)
    return [module_name(name) for name in found[1].decode().split(",") if name] if found else []


def in_load_order(wanted, module):
    """[(name, content)], each after those that it depends on. @module: content by name."""
    order, taken = [], set()

    def take(name):
        if name in taken:
            return
        taken.add(name)
        content = module(name)
        if content is None:
            return
        for other in depends(content):
            take(other)
        order.append((name, content))

    for name in wanted:
        take(name)
    return order


def cpio_entry(number, name, mode, content=b""):
    """The format that the kernel calls newc."""
    def padded(data):
        return data + bytes(-len(data) % 4)

    fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields)
    return padded(head + name.encode() + b"\0") + padded(content)


def cpio(files):
    """@files: {name: content}, executable all; directories are made for them."""
    parents = {str(parent) for name in files for parent in pathlib.PurePath(name).parents}
    directories = [*DIRECTORIES, *sorted(parents - {".", *DIRECTORIES})]
    entries = [(name, stat.S_IFDIR | 0o755, b"") for name in directories]
    entries += [(name, stat.S_IFREG | 0o755, content) for name, content in files.items()]
    archive = b"".join(cpio_entry(number, *entry) for number, entry in enumerate(entries, 1))
    return archive + cpio_entry(0, "TRAILER!!!", 0)


def compiled(source, place):
    program = place / source.stem
    subprocess.run(["gcc", "-O2", "-static", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64",
                    "-o", program, source], check=True)
    return program.read_bytes()


def module_files(kernel, wanted):
    return {f"modules/{number:02}-{name}.ko": content for number, (name, content)
            in enumerate(in_load_order(wanted, kernel.module))}


def shell_files(init):
    busybox = pathlib.Path(shutil.which("busybox")).read_bytes()
    return {"init": init.read_bytes(), "bin/sh": busybox, "bin/busybox": busybox}


def written(files, path):
    path.write_bytes(gzip.compress(cpio(files), 1))
    return path


def build(kernel, place, more=None, more_modules=()):
    """Writes the archive, with the files @more, into the directory; returns its path."""
    files = {
        **shell_files(HERE / "guest_init.sh"),
        "bin/hugepages": compiled(HERE / "guest_hugepages.c", place),
        **module_files(kernel, (*MODULES, *more_modules)),
        **(more or {}),
    }
    return written(files, place / "initramfs.gz")


def build_kdump(kernel, place):
    """The same for the kernel that runs after a crash."""
    files = {**shell_files(HERE / "guest_kdump.sh"), **module_files(kernel, KDUMP_MODULES)}
    return written(files, place / "initramfs-kdump.gz")
