# SPDX-License-Identifier: LGPL-2.1-or-later
"""The rooms of the house, from the ground up: a room includes and calls those below it."""

FROM_THE_GROUND = [
    "include",
    "formats",
    "formats/dump",
    "formats/typeinfo",
    "formats/document",
    "analyzer/vmcoreinfo",
    "analyzer/arch",
    "analyzer/paging",
    "analyzer/log",
    "analyzer/oops",
    "analyzer/kernel",
    "analyzer/parallel",
    "analyzer/vmemmap",
    "analyzer/pages",
    "analyzer/observe",
    "analyzer/devices",
    "analyzer/known_bugs",
    "analyzer/totals",
    "analyzer/checker",
    "analyzer/overwritten",
    "analyzer/checks",
    "analyzer/crash",
    "analyzer/analysis",
    "analyzer/reports",
    "analyzer/distill",
    "cmd/jail",
    "cmd",
]

# Libraries beside the C library; of other rooms nothing but that is included.
LIBRARIES = {
    "formats/dump": ["libelf.h", "gelf.h", "libdeflate.h", "lz4frame.h", "lzma.h", "lzo/", "snappy-c.h",
                     "libkdumpfile/", "zlib.h", "zstd.h", "zstd_errors.h"],
    "formats/typeinfo": ["libelf.h", "gelf.h", "libdwarf.h", "dwarf.h", "jansson.h", "bpf/", "linux/btf.h"],
    "cmd/jail": ["linux/audit.h", "linux/capability.h", "linux/filter.h", "linux/landlock.h",
                 "linux/sched.h", "linux/seccomp.h"],
    "formats/document": ["jansson.h", "libsmartcols.h", "libsmartcols/", "locale.h", "wchar.h"],
}


def room_of(path):
    """The innermost room of a path, or None."""
    found = [room for room in FROM_THE_GROUND if path.startswith(room + "/")]
    return max(found, key=len, default=None)


def wing_of(room):
    """analyzer/ and formats/ are two wings: neither knows the other."""
    return room.split("/")[0]


def may_use(room, other):
    """True if a file of @room may include a header of @other."""
    level = FROM_THE_GROUND.index
    if other is None or level(other) > level(room):
        return False
    if room == other or other == "include" or room == "cmd":
        return True
    # Kinds of formats do not know each other.
    return wing_of(other) == wing_of(room) and (other == "formats" or wing_of(room) == "analyzer")
