# SPDX-License-Identifier: LGPL-2.1-or-later
"""Types and symbols of a golden dump's kernel as other files: made from the profile in it."""
import json
import struct

BTF_INT, BTF_ARRAY, BTF_STRUCT, BTF_ENUM = 1, 3, 4, 6
# A file with fewer symbols is not held to have the last one.
SYMBOLS_OF_A_KERNEL = 8192
# Of VMCOREINFO: not the addresses of what they are called after.
NO_ADDRESSES = ("mem_section", "vmemmap", "node_online_map", "swapper_pg_dir")


class Btf:
    """Linux kernel Documentation/bpf/btf.rst."""

    def __init__(self, byte_order):
        self.order, self.types, self.count = byte_order, b"", 0
        self.strings = b"\0"
        self.byte = self.add("unsigned char", BTF_INT, 0, 1, (8,))

    def name(self, text):
        at = len(self.strings)
        self.strings += text.encode() + b"\0"
        return at if text else 0

    def add(self, name, kind, length, size, words):
        self.types += struct.pack(f"{self.order}III{len(words)}I", self.name(name),
                                  kind << 24 | length, size, *words)
        self.count += 1
        return self.count

    def array(self, length):
        return self.add("", BTF_ARRAY, 0, 0, (self.byte, self.byte, length))

    def member(self, name, member):
        length = member.get("length") or member.get("size")
        kind = self.array(length) if length else self.byte
        return self.name(name), kind, 8 * member.get("offset", 0)

    def struct(self, name, told):
        members = [self.member(*item) for item in told.get("members", {}).items()]
        self.add(name, BTF_STRUCT, len(members), told.get("size", 0), sum(members, ()))

    def enum(self, name, told):
        words = [word for item, value in told.items()
                 for word in (self.name(item), value["value"])]
        self.add(name, BTF_ENUM, len(told), 4, words)

    def packed(self):
        return struct.pack(f"{self.order}HBBIIIII", 0xEB9F, 1, 0, 24, 0, len(self.types),
                           len(self.types), len(self.strings)) + self.types + self.strings


def btf(profile, byte_order):
    """The bytes of section .BTF."""
    types = Btf(byte_order)
    for name, told in profile["structs"].items():
        types.struct(name, told)
    for name, told in profile["enums"].items():
        types.enum(name, told)
    types.enum("", profile["enumerators"])
    return types.packed()


def linked_symbols(profile, facts):
    """Names and addresses, ascending."""
    offset = int(facts.get("KERNELOFFSET", "0"), 16)
    symbols = {name: int(told["address"], 16) for name, told in profile["symbols"].items()}
    for key, value in facts.items():
        name = key[7:-1] if key.startswith("SYMBOL(") else ""
        if name and name not in NO_ADDRESSES:
            symbols[name] = int(value, 16) - offset
    return sorted(symbols.items(), key=lambda symbol: symbol[1]), offset


def system_map(profile, facts, which):
    """
    as-linked    System.map
    this-boot    /proc/kallsyms of the boot that was dumped
    other-boot   of another boot
    hidden       as others than root see it
    other-build  System.map of a build with 64 bytes more of data
    cut          the first part of a large file
    half         that of a small one, in which hstates are missing
    """
    symbols, offset = linked_symbols(profile, facts)
    text_end = dict(symbols)["_stext"] + 0x100000
    place = {
        "as-linked": lambda address: address,
        "this-boot": lambda address: address + offset,
        "other-boot": lambda address: address + offset + 0x200000,
        "hidden": lambda address: 0,
        "other-build": lambda address: address + (64 if address > text_end else 0),
        "cut": lambda address: address,
        "half": lambda address: address,
    }[which]
    if which == "cut":
        more = [(f"function_{i}", symbols[0][1] + i) for i in range(SYMBOLS_OF_A_KERNEL)]
        symbols = more + symbols[:-8]
    if which == "half":
        symbols = symbols[:len(symbols) // 2]
    return "".join(f"{place(address):016x} D {name}\n" for name, address in symbols).encode()


def profile_without_build_id(profile, moved):
    """The same, which does not say of which build it is; with its symbols @moved."""
    changed = json.loads(json.dumps(profile))
    del changed["kernel"]["build_id"]
    for symbol in changed["symbols"].values():
        symbol["address"] = hex(int(symbol["address"], 16) + moved)
    return json.dumps(changed).encode()
