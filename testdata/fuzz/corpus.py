#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the files that fuzzing starts from, a few KB each.

    corpus.py DIRECTORY DUMPS

DIRECTORY gets one directory for each target. DUMPS are the unpacked golden dumps.
"""
import pathlib
import struct
import subprocess
import sys
import tempfile

TESTDATA = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTDATA / "broken"), str(TESTDATA / "log")]
from elfdump import EXCLUDED, PAGE, Dump  # noqa: E402
from ring import RESERVED, Ring  # noqa: E402

GOLDEN = "7.3-hvo.elf"
PAGES_KEPT = 3
MEMORY_START = 0xFFFFFFFF81000000
KERNEL_OFFSET = 0x1000000
INT, PTR, ARRAY, STRUCT, UNION, ENUM, TYPEDEF = 1, 2, 3, 4, 5, 6, 8


class Btf:
    """Documentation/bpf/btf.rst."""

    def __init__(self, order):
        self.order, self.types, self.strings = order, b"", b"\0"

    def name(self, text):
        if not text:
            return 0
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def add(self, kind, name, size_or_type, *words, vlen=0):
        words = (self.name(name), kind << 24 | vlen, size_or_type, *words)
        self.types += struct.pack(f"{self.order}{len(words)}I", *words)

    def record(self, kind, name, size, *members):
        """Members: name, type, bits from the start."""
        words = [word for member, type_, at in members for word in (self.name(member), type_, at)]
        self.add(kind, name, size, *words, vlen=len(members))

    def packed(self):
        head = struct.pack(f"{self.order}HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types),
                           len(self.types), len(self.strings))
        return head + self.types + self.strings


def small_btf(order):
    btf = Btf(order)
    btf.add(INT, "unsigned long", 8, 64)                                        # 1
    btf.record(STRUCT, "list_head", 16, ("next", 3, 0), ("prev", 3, 64))        # 2
    btf.add(PTR, "", 2)                                                         # 3
    btf.record(STRUCT, "page", 64, ("flags", 9, 0), ("", 5, 64), ("_refcount", 1, 416))  # 4
    btf.record(UNION, "", 40, ("lru", 2, 0), ("compound_head", 1, 0))           # 5
    btf.add(ENUM, "pageflags", 4, btf.name("PG_locked"), 0, btf.name("PG_head"), 6, vlen=2)  # 6
    btf.add(ARRAY, "", 0, 2, 1, 4)                                              # 7
    btf.record(STRUCT, "hstate", 96, ("order", 1, 0), ("hugepage_freelists", 7, 64))  # 8
    btf.add(TYPEDEF, "memdesc_flags_t", 10)                                     # 9
    btf.record(STRUCT, "", 8, ("f", 1, 0))                                      # 10
    btf.record(STRUCT, "mem_section", 16, ("section_mem_map", 1, 0), ("usage", 3, 64))  # 11
    return btf.packed()


class Memory:
    def __init__(self):
        self.data = b""

    def add(self, data):
        address = MEMORY_START + len(self.data)
        self.data += data.ljust((len(data) + 7) // 8 * 8, b"\0")
        return address


def tokens():
    """Each byte stands for itself but one, which is a whole word."""
    return [b"kall" if i == 1 else bytes([i if 32 < i < 127 else 63]) for i in range(256)]


def packed_name(text):
    codes = text.replace(b"kall", b"\1")
    size = len(codes)
    return (bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])) + codes


def offsets(order, encoding, base, at, addresses):
    numbers = {
        "relative": lambda i, address: address - base,
        "place": lambda i, address: address - at - 4 * i,
        "percpu": lambda i, address: address if address < base else base - 1 - address,
    }[encoding]
    signed = "I" if encoding == "relative" else "i"
    return b"".join(struct.pack(order + signed, numbers(i, a)) for i, a in enumerate(addresses))


def kernel(order, encoding):
    """testdata/fuzz/kernel_target.c tells what it consists of."""
    memory = Memory()
    btf = small_btf(order)
    start = memory.add(btf)
    symbols = {b"A__per_cpu_start": 0, b"T_text": MEMORY_START, b"D__start_BTF": start,
               b"D__stop_BTF": start + len(btf), b"bhstates": MEMORY_START + 8,
               b"dkallsyms_" + b"long" * 40: MEMORY_START + 16,
               b"Bmem_section": MEMORY_START + 24}
    if encoding in ("relative", "place"):
        del symbols[b"A__per_cpu_start"]
    texts = tokens()
    places = [sum(len(text) + 1 for text in texts[:i]) for i in range(256)]
    where = {
        "names": memory.add(b"".join(map(packed_name, symbols))),
        "num_syms": memory.add(struct.pack(order + "I", len(symbols))),
        "token_table": memory.add(b"\0".join(texts) + b"\0"),
        "token_index": memory.add(struct.pack(order + "256H", *places)),
    }
    numbers_at = MEMORY_START + len(memory.data)
    relative_base = 0
    where["offsets"] = where["addresses"] = 0
    if encoding == "absolute":
        where["addresses"] = memory.add(struct.pack(f"{order}{len(symbols)}Q", *symbols.values()))
    else:
        where["offsets"] = memory.add(
            offsets(order, encoding, MEMORY_START, numbers_at, symbols.values()))
    if encoding in ("relative", "percpu"):
        relative_base = memory.add(struct.pack(order + "Q", MEMORY_START))
    # The token table is read as far as its last token may reach.
    memory.add(bytes(PAGE))
    header = struct.pack("<8Q", where["names"], where["num_syms"], where["token_table"],
                         where["token_index"], where["offsets"], relative_base,
                         where["addresses"], KERNEL_OFFSET | (order == ">"))
    size = (MEMORY_START + len(memory.data)) % PAGE
    return header + memory.data + bytes(PAGE - size)


def kernels():
    for encoding in ("relative", "place", "percpu", "absolute"):
        yield encoding, kernel("<", encoding)
    yield "big-endian", kernel(">", "relative")


def log_memory(order, info_size):
    """testdata/fuzz/log_target.c tells what it consists of: a small ring."""
    ring = Ring(order, info_size, 3, 8, begun=40)
    for text in (b"Linux version", b"two\nlines", b"", b"x" * 120, b"behind the end", b"the last"):
        ring.add(text, 6, 10**9, 42)
    ring.add(b"torn", state=RESERVED)
    return bytes([(order == ">") | (info_size == 112) << 1]) + ring.memory(MEMORY_START)


def logs():
    for name, order in (("little-endian", "<"), ("big-endian", ">")):
        yield name, log_memory(order, 88)
        yield name + "-large", log_memory(order, 112)


def build(program, *flags):
    """The stand-in for a kernel, as the tests of formats/typeinfo/ build it."""
    sources = [TESTDATA / "typeinfo" / name for name in ("standin.c", "standin_other.c")]
    subprocess.run(
        ["cc", "-nostdlib", "-static", "-fno-pie", "-O0", "-fno-stack-protector",
         "-fno-asynchronous-unwind-tables", "-fno-eliminate-unused-debug-types",
         "-Wl,--build-id=sha1", *flags, "-o", program, *sources], check=True)


def btfs():
    yield "little-endian", small_btf("<")
    yield "big-endian", small_btf(">")
    with tempfile.TemporaryDirectory(prefix="vmemscope-corpus-") as place:
        blob, program = pathlib.Path(place, "blob"), pathlib.Path(place, "program")
        blob.write_bytes(small_btf("<"))
        build(program)
        subprocess.run(["objcopy", "--strip-debug", "--add-section", f".BTF={blob}", program],
                       check=True)
        yield "elf", program.read_bytes()


def near(**functions):
    """Flags that give the functions names which lead to the units to read first."""
    return [f"-Wl,--defsym={name}={function}" for name, function in functions.items()]


def vmlinuxes():
    units = near(hugetlb_add_hstate="standin_init", sparse_init="standin_other")
    linked = near(hugetlb_add_hstate="standin_init", sparse_init="imports_elsewhere")
    with tempfile.TemporaryDirectory(prefix="vmemscope-corpus-") as place:
        program = pathlib.Path(place, "program")
        for name, *flags in (
                ("dwarf-4", "-gdwarf-4"),
                ("dwarf-5", "-gdwarf-5"),
                ("dwarf-4-near", "-gdwarf-4", *units),
                ("dwarf-5-near", "-gdwarf-5", *units),
                ("dwarf-4-refs", "-gdwarf-4", *linked, TESTDATA / "typeinfo/standin_refs.s")):
            build(program, *flags)
            yield name, program.read_bytes()


def flattened(data):
    """makedumpfile's format for pipes."""
    head = struct.pack(">16sQQ", b"makedumpfile", 1, 1).ljust(4096, b"\0")
    half = len(data) // 2
    pieces = ((half, data[half:]), (0, data[:half]))
    body = b"".join(struct.pack(">qq", at, len(piece)) + piece for at, piece in pieces)
    return head + body + struct.pack(">qq", -1, -1)


def small_dump(dumps):
    dump = Dump.load(dumps / GOLDEN)
    for address in sorted(dump.pages)[PAGES_KEPT:]:
        dump.drop_page(address, EXCLUDED)
    dump.extents.list = dump.extents.list[: 2 * PAGES_KEPT]
    return dump


def contents(dumps):
    dump = small_dump(dumps)
    yield "kernel", kernels()
    yield "log", logs()
    yield "btf", btfs()
    yield "vmlinux", vmlinuxes()
    yield "profile", [("saved", dump.profile_note.body.rstrip(b"\0"))]
    yield "system_map", [("small", b"ffffffff81000000 T _text\nffffffff82000000 b hstates\n"
                          b"ffffffff82000040 B mem_section\n0000000000000000 A per_cpu\n")]
    yield "report", [(path.parent.name, path.read_bytes())
                     for path in sorted(TESTDATA.glob("golden/*/report.json"))]
    yield "dump", [("elf", dump.packed()), ("flattened", flattened(dump.packed()))]


def main():
    directory, dumps = map(pathlib.Path, sys.argv[1:])
    for target, files in contents(dumps):
        place = directory / target
        place.mkdir(parents=True, exist_ok=True)
        for name, data in files:
            (place / name).write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
