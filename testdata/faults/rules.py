# SPDX-License-Identifier: LGPL-2.1-or-later
"""Faults that nothing has to be said of, and why: rules of hardware and kernel.

(class, group, field, why), the first three as fnmatch has them; fields are separated by '|'.
"""
import fnmatch

ANY = "bit *|random|zero|ones|plausible"


def of(names, ways=ANY):
    """Fields: each of the names changed in each of the ways."""
    return "|".join(f"{name} {way}" for name in names.split() for way in ways.split("|"))


def bits(*ranges):
    return "|".join(f"bit {bit}" for first, last in ranges for bit in range(first, last + 1))


# Bits of entries that the processor ignores or sets itself, or that change no more than speed.
IGNORED = (
    ("entry*", "*", "bit 5|bit 6",
     "accessed, dirty: the processor sets them as it likes"),
    ("entry*", "*", bits((9, 11), (52, 58)),
     "left to software; Linux uses none of them for the kernel's own memory, the processor ignores "
     "them"),
    ("entry*", "*", bits((59, 62)),
     "protection keys: for pages of programs only"),
    ("entry*", "*", "bit 3|bit 4",
     "write-through, uncached: slower, and the same memory"),
    ("entry*", "*", "bit 8",
     "global: it stays in the TLB, or not; ignored above leaves"),
    ("entry*", "*", "bit 63",
     "no execution: nobody runs struct pages"),
    ("entry: flags", "*, entry", "bit 7",
     "of the lowest level: the type of caching (PAT)"),
)

# Harmless: what the machine does is the same, or the kernel promises nothing of it.
HARMLESS = IGNORED + (
    ("entry above", "*", "bit 2",
     "for programs: only if the entries of all levels say so"),
    ("struct page: head", "device page*", of("flags _mapcount _refcount lru.prev mapping index private "
                                  "memcg_data"),
     "of a page that a driver uses: it decides"),
    ("struct page: head", "HugeTLB page", of("flags _mapcount _refcount lru.prev mapping index private "
                                             "memcg_data"),
     "of a page in use: its users decide"),
    ("struct page: head", "HugeTLB page, free", of("index memcg_data"),
     "left by the last user; nothing reads them of a free page"),
    ("struct page: head", "HugeTLB page, free", of("flags", bits((1, 17), (18, 50))),
     "dirty, active and the like, as the last user left them; bits that no flag has; the last CPU"),
    ("struct page: head", "HugeTLB page, free", of("private", "plausible|" + bits((0, 6))),
     "one of the flags that hugetlb keeps there, of which any may be set"),
    ("struct page: near tail", "*, tail [123]",
     of("flags lru.prev mapping index private _mapcount memcg_data"),
     "the first tails hold what the folio's head has no room for"),
    ("struct page: * tail", "*", of("lru.prev index memcg_data"),
     "prep_compound_tail() leaves them as they were when the page was used before"),
    ("struct page: near tail", "*", of("private"),
     "in the head's own frame, or of a page that is not optimised: left by former users"),
    ("struct page: far tail", "*own frame*", of("private flags"),
     "in the head's own frame, or of a page that is not optimised: left by former users"),
    ("struct page: * tail", "HugeTLB page*", of("flags", bits((0, 17))),
     "flags of former use that say nothing about a user; those that do are checked"),
    ("struct page: far tail", "HugeTLB page, shared*", of("private", "bit *"),
     "of old kernels the flags that hugetlb kept there, copied with the struct page"),
    ("struct page: far tail", "*first four", of("mapping private _mapcount"),
     "copies of the first tails, which hold what the folio's head has no room for"),
    ("struct page: * tail", "*", of("flags", bits((18, 50))),
     "bits that no flag of this kernel has, or the last CPU, a hint for NUMA balancing"),
    ("struct page: * tail", "*device*", of("flags", bits((0, 17))),
     "flags of a device's tails: drivers and get_user_pages() mark single pages"),
    ("section", "*", of("section_mem_map", "bit 4"),
     "a hint that the section has pages of a device: asked only of one that boot memory shares"),
    ("dev_pagemap", "ram", of("altmap"),
     "without PGMAP_ALTMAP_VALID nobody reads it"),
    ("dev_pagemap", "*", of("flags", bits((1, 31))),
     "no kernel reads these bits"),
    ("pool", "hstate", of("max_huge_pages"),
     "what was asked for: there may be fewer pages, or more that are in use"),
    ("pool", "hstate", of("nr_overcommit_huge_pages"),
     "a limit that root may set to any number"),
)

# Wrong, perhaps, but nothing in one dump can tell.
UNKNOWABLE = (
    ("section", "of boot", of("usage"),
     "of boot memory all parts of a section are valid; its usage holds the page allocator's "
     "block types, which nothing contradicts"),
    ("section", "plugged in", of("usage"),
     "it leads to other memory that is there, and whose bits may be a map of valid parts"),
    ("section", "plugged in", of("section_mem_map", "bit 3"),
     "a plugged section that is said to be of boot: as long as it is whole, the same pages are valid"),
    ("dev_pagemap", "*", of("type"),
     "another type that a later kernel could know; types without compound pages are told apart"),
    ("entry: frame", "*dev_pagemap unknown*", "*",
     "the types do not tell whether the device holds its own struct pages: a frame in it may be right"),
    ("struct page: head", "HugeTLB page*", of("link", "bit *"),
     "a list goes on where a small dump has kept nothing: whether it comes back is not to be seen"),
    ("pool", "hstate", of("resv_huge_pages"),
     "how many free pages are promised to mappings only the mappings know"),
)


# Where nothing shows what was damaged, a count that does not agree does.
EFFECTS = {
    "section": ("memmap-counters", "dax-altmap"),
    "struct page: head": ("hugetlb-pool-counters",),
}


def rule_of(fault, rules):
    """The number of the first rule that fits, or None."""
    for number, (cls, group, field, _) in enumerate(rules):
        if (fnmatch.fnmatchcase(fault.cls, cls) and fnmatch.fnmatchcase(fault.group, group)
                and any(fnmatch.fnmatchcase(fault.field, one) for one in field.split("|"))):
            return number
    return None
