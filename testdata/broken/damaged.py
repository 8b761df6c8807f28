# SPDX-License-Identifier: LGPL-2.1-or-later
"""Damaged and hostile dumps: each must be survived, most of them refused in a line.

An edit gets the Machine of a golden dump. What is expected of the run is a set of
exit statuses, and for some a function of the report.
"""
import collections
import json
import struct

from elfdump import ABSENT, EXCLUDED, EXTENTS_HEAD, PAGE, TRUNCATED
import oddities
from images import frame_excluded, hstate_of, optimized
from machine import ADDRESS, PER_PAGE, RW

Damage = collections.namedtuple("Damage", "golden name statuses edit look")

U64 = (1 << 64) - 1
FLAGS = 0x63  # present, writable, accessed, dirty

# What a report of a dump with holes must say.


# Checks that cannot know how much there was: of the frames of a page that nobody could read,
# and of the nodes, zones and pools.
UNCOUNTED = ("hugetlb-contents", "dax-contents", "hugetlb-pool-counters", "hugetlb-zone-tails")


def things(check):
    return check["checked"] + check["not_checked"] + check.get("out_of_reach", 0)


def tells_of_fewer(report, golden):
    """What is lost turns from checked to not checked, and does not vanish from the counts."""
    whole = {check["id"]: check for check in oddities.report(golden)["checks"]}
    return [f"{check['id']} tells of {things(check)} {check['unit']}, not of "
            f"{things(whole[check['id']])}: {check['status']}"
            for check in report["checks"]
            if check["unit"] == whole[check["id"]]["unit"] and check["id"] not in UNCOUNTED
            and things(check) < things(whole[check["id"]])]


def tells_of_unchecked(report, golden):
    """Nothing of what could not be looked at may count as fine."""
    found = tells_of_fewer(report, golden)
    if not any(check["not_checked"] for check in report["checks"]):
        found.append("no check says that it left anything out")
    for check in report["checks"]:
        if check["not_checked"] and not check.get("reason"):
            found.append(f"{check['id']} does not say why")
        if check["not_checked"] and not check["checked"] and check["status"] == "pass":
            found.append(f"{check['id']} passes though it saw nothing")
    for finding in report["findings"]:
        if finding["severity"] != "note" and not oddities.is_odd(finding, golden):
            found.append(f"{finding['check']} finds fault with a hole: {finding['message']}")
    return found


def tells_of_gaps(report, golden):
    complete = report["coverage"]["complete"]
    return tells_of_unchecked(report, golden) + (["coverage.complete is true"] if complete else [])


def tells_of_lost_tables(report, golden):
    found = tells_of_gaps(report, golden)
    if not report["vmemmap"]["unreadable_pages"]:
        found.append("no vmemmap page is unreadable")
    return found


def tells_of_lost_device_tables(report, golden):
    found = tells_of_lost_tables(report, golden)
    if not report["savings"]["dax"]["at_least"]:
        found.append("what devices save is no lower bound")
    return found


def tells_of_lost_heads(report, golden):
    found = tells_of_gaps(report, golden)
    if not report["coverage"]["candidates_unreadable"]:
        found.append("no struct page is unreadable")
    return found


# Pages that are not there.


def root_dropped(machine):
    machine.dump.drop_page(machine.root, EXCLUDED)


def root_absent(machine):
    machine.dump.drop_page(machine.root, ABSENT)


def tables_dropped(machine, level, state=EXCLUDED):
    """All tables of one level on the way to the huge pages."""
    for head in machine.heads:
        way = list(machine.tables(machine.vmemmap + head.pfn // PER_PAGE * PAGE))
        if len(way) >= machine.levels - level:
            yield way[machine.levels - 1 - level].address // PAGE * PAGE, state


def drop(machine, pages):
    for page, state in set(pages):
        machine.dump.drop_page(page, state)


def lowest_tables_dropped(machine):
    drop(machine, tables_dropped(machine, 0))


def lowest_tables_truncated(machine):
    drop(machine, tables_dropped(machine, 0, TRUNCATED))


def one_lowest_table_dropped(machine):
    where = machine.head_entry(optimized(machine)).address
    machine.dump.drop_page(where, EXCLUDED)


def middle_table_dropped(machine):
    drop(machine, tables_dropped(machine, 1))


def entry_of_pools_lost(machine):
    """Of the kernel's image, where the pools and the heads of their lists are."""
    *_, entry = machine.tables(machine.symbol("hstates"))
    entry.raw = 0


def device_lists_dropped(machine):
    """What names devices: the array of their ranges, and the tree of resources."""
    for name in ("pgmap_array", "iomem_resource"):
        machine.dump.drop_page(machine.physical(machine.symbol(name)), EXCLUDED)


def tells_of_unseen_devices(report, golden):
    found = tells_of_gaps(report, golden)
    return found + [f"{check['id']} does not say that there may be more devices"
                    for check in report["checks"]
                    if check["id"].startswith("dax-") and not check["not_checked"]]


def resources_dropped(machine):
    machine.dump.drop_page(machine.physical(machine.symbol("iomem_resource")), EXCLUDED)


def tells_of_untold_data(report, golden):
    found = tells_of_gaps(report, golden)
    if not report["coverage"]["devices_data_unknown"]:
        found.append("of all devices it is known which part is their own")
    return found


def device_tables_dropped(machine):
    for device in machine.devices:
        way = list(machine.tables(machine.vmemmap + device.start // PER_PAGE * PAGE))
        if device.memmap == "ram":
            machine.dump.drop_page(way[-1].address, EXCLUDED)


def heads_dropped(machine):
    for head in machine.heads:
        machine.dump.drop_page(machine.struct_page(head.pfn), EXCLUDED)


def one_head_dropped(machine):
    machine.dump.drop_page(machine.struct_page(optimized(machine).pfn), EXCLUDED)


def hstates_dropped(machine):
    machine.dump.drop_page(machine.physical(hstate_of(machine)), EXCLUDED)


def all_hstates_dropped(machine):
    where = machine.symbol("hstates")
    for at in range(where, where + 2 * machine.size("hstate"), 512):
        machine.dump.drop_page(machine.physical(at), EXCLUDED)


def sections_dropped(machine):
    for page in {where // PAGE * PAGE for _, where, _ in list(machine.sections())}:
        machine.dump.drop_page(page, EXCLUDED)


def one_section_table_dropped(machine):
    _, where, _ = list(machine.sections())[-1]
    machine.dump.drop_page(where, EXCLUDED)


def nodes_dropped(machine):
    machine.dump.drop_page(machine.physical(int(machine.facts["SYMBOL(node_data)"], 16)))


def shared_tails_of_a_node_dropped(machine):
    """The frames that the tails of its zones should map are unknown."""
    array = machine.physical(int(machine.facts["SYMBOL(node_data)"], 16))
    zones = machine.dump.read_u64(array + 8) + machine.offset("pglist_data", "node_zones")
    for i in range(5):
        at = zones + i * machine.size("zone") + machine.offset("zone", "vmemmap_tails")
        machine.dump.drop_page(machine.physical(at), EXCLUDED)


def everything_dropped(machine):
    machine.dump.pages.clear()
    machine.dump.add_page(0)


# Values that no kernel has.


def sections_are_noise(machine):
    for _, where, _ in list(machine.sections()):
        machine.dump.write(where // PAGE * PAGE, bytes(range(256)) * 16)


def section_maps_are_ones(machine):
    for _, where, _ in list(machine.sections()):
        machine.dump.write_u64(where, U64)


def section_maps_differ(machine):
    for number, where, value in list(machine.sections()):
        machine.dump.write_u64(where, value ^ number << 24)


def section_roots_are_noise(machine):
    roots = machine.physical(int(machine.facts["SYMBOL(mem_section)"], 16))
    for at in range(roots, roots // PAGE * PAGE + PAGE, 8):
        machine.dump.write_u64(at, 0xFFFF888000000000 + at * 0x1001)


def hstate_order_200(machine):
    machine.dump.write_u32(
        machine.physical(hstate_of(machine) + machine.offset("hstate", "order")), 200)


def hstate_order_0(machine):
    machine.dump.write_u32(
        machine.physical(hstate_of(machine) + machine.offset("hstate", "order")), 0)


def max_hstate_huge(machine):
    machine.dump.write_u32(machine.physical(machine.symbol("hugetlb_max_hstate")), 0xFFFFFFFF)


def hstates_are_ones(machine):
    for member, size in [("nr_huge_pages", 8), ("free_huge_pages", 8), ("nr_huge_pages_node", 4),
                         ("free_huge_pages_node", 4), ("surplus_huge_pages", 8)]:
        where = machine.physical(hstate_of(machine) + machine.offset("hstate", member))
        machine.dump.write(where, b"\xff" * size)


def hstate_name_is_noise(machine):
    where = machine.physical(hstate_of(machine) + machine.offset("hstate", "name"))
    machine.dump.write(where, b"\x1b[2J\"\\\n\x80\xff" + b"%s%n" * 6)


def zone_names_are_noise(machine):
    array = machine.physical(int(machine.facts["SYMBOL(node_data)"], 16))
    zones = machine.dump.read_u64(array) + machine.offset("pglist_data", "node_zones")
    for i in range(4):
        at = zones + i * machine.size("zone") + machine.offset("zone", "name")
        machine.dump.write_u64(machine.physical(at), machine.vmemmap + 7)


def node_data_is_noise(machine):
    where = machine.physical(int(machine.facts["SYMBOL(node_data)"], 16))
    for at in range(where, where // PAGE * PAGE + PAGE, 8):
        machine.dump.write_u64(at, 0xFFFFFFFF00000000 + at)


def nodes_are_one(machine):
    """Every node is node 0: a thousand nodes of five zones."""
    where = machine.physical(int(machine.facts["SYMBOL(node_data)"], 16))
    first = machine.dump.read_u64(where)
    for at in range(where, where // PAGE * PAGE + PAGE, 8):
        machine.dump.write_u64(at, first)


def heads_of_every_order(machine):
    """Orders that overlap, do not fit their place, or are absurd."""
    for number, head in enumerate(machine.heads):
        where = machine.struct_page(head.pfn) + 64
        machine.dump.write_u64(where, machine.dump.read_u64(where) & ~0xFF | number * 5 & 0xFF)


def heads_of_absurd_nodes(machine):
    for head in machine.heads:
        where = machine.struct_page(head.pfn)
        machine.dump.write_u64(where, machine.dump.read_u64(where) | 0xFFF << 52)


# Page tables.


def loop(machine, level):
    """An entry on the way to a huge page becomes its own table."""
    way = list(machine.tables(machine.vmemmap + machine.heads[0].pfn // PER_PAGE * PAGE))
    entry = way[machine.levels - 1 - level]
    entry.raw = entry.address & ~0xFFF | FLAGS


def root_loops(machine):
    loop(machine, machine.levels - 1)


def upper_table_loops(machine):
    loop(machine, 2)


def middle_table_loops(machine):
    loop(machine, 1)


def all_tables_loop(machine):
    """Every address there is ends in the root itself."""
    for i in range(512):
        machine.dump.write_u64(machine.root + 8 * i, machine.root | FLAGS)


def tables_far_away(machine):
    for head in machine.heads:
        entry = machine.head_entry(head)
        entry.raw = entry.raw | ADDRESS


def all_frames_one(machine):
    """All ordinary memory and all huge pages in one frame."""
    for index in list(machine.boot_vmemmap()):
        entry = machine.vmemmap_entry(index)
        if entry.level == 0:
            entry.map_to(machine.heads[0].pfn)


def frames_interleave(machine):
    """Frames that share and repeat without order, all of them writable."""
    for index in list(machine.boot_vmemmap()):
        entry = machine.vmemmap_entry(index)
        if entry.level == 0 and index % 8:
            entry.map_to(0x100000 + index * 7919 % 5)
            entry.raw |= RW


def leaf_everywhere(machine, at, page):
    """Two tables from @at on, by which 1 GiB of addresses ends in one page."""
    for i, target in enumerate((page, at)):
        machine.dump.add_page(at + i * PAGE, struct.pack("<Q", target | FLAGS) * 512)
    return at + PAGE


def endless_sections(machine):
    """Six pages that look like 2^32 sections, all of them present."""
    dump, at = machine.dump, machine.heads[0].pfn << 12
    roots = int(machine.facts["SYMBOL(mem_section)"], 16) >> 30 << 30
    sections = roots + (1 << 30)
    one = struct.pack("<Q", machine.vmemmap | 0xF).ljust(machine.size("mem_section"), b"\0")
    dump.add_page(at, struct.pack("<Q", sections) * 512)
    dump.add_page(at + PAGE, one * (PAGE // len(one)))
    for address, page, tables in ((roots, at, at + 2 * PAGE),
                                  (sections, at + PAGE, at + 4 * PAGE)):
        entry = next(e for e in machine.tables(address) if e.level == 2)
        entry.raw = leaf_everywhere(machine, tables, page) | FLAGS
    highest = machine.physical(machine.symbol("__highest_present_section_nr"))
    dump.write_u64(highest, 1 << 32)
    dump.set_fact("SYMBOL(mem_section)", f"{roots:x}")
    dump.set_fact("LENGTH(mem_section)", 1 << 25)


# VMCOREINFO: key and value; None removes the key.
FACTS = [
    ("PAGESIZE", 3, {2}),
    ("PAGESIZE", 0, {2}),
    ("PAGESIZE", 1 << 40, {2}),
    ("PAGESIZE", -4096, {2}),
    ("PAGESIZE", 65536, {2}),
    ("PAGESIZE", None, {0, 2}),
    ("SIZE(page)", 0, {2}),
    ("SIZE(page)", 1 << 63, {2}),
    ("SIZE(mem_section)", 0, {2}),
    ("SIZE(zone)", 0, {2}),
    ("OFFSET(page.flags)", 1 << 62, {2}),
    ("NUMBER(SECTION_SIZE_BITS)", 99, {2}),
    ("NUMBER(SECTION_SIZE_BITS)", 0, {2}),
    ("NUMBER(SECTION_SIZE_BITS)", -1, {2}),
    ("NUMBER(SECTION_SIZE_BITS)", 40, {0, 1, 2}),
    ("NUMBER(SECTION_SIZE_BITS)", 21, {0, 1, 2}),
    ("NUMBER(MAX_PHYSMEM_BITS)", 4096, {0, 2}),
    ("LENGTH(mem_section)", 1 << 60, {2}),
    ("LENGTH(mem_section)", 0, {0, 2}),
    ("LENGTH(mem_section)", 1 << 25, {0, 2}),
    ("LENGTH(mem_section)", None, {0, 2}),
    ("LENGTH(node_data)", 1 << 40, {2}),
    ("LENGTH(node_data)", 1 << 16, {0, 1, 2}),
    ("LENGTH(node_data)", 0, {0, 1, 2}),
    ("SYMBOL(mem_section)", "0", {0}),
    ("SYMBOL(mem_section)", "ffffffffffffffff", {2}),
    ("SYMBOL(mem_section)", "not a number", {0, 2}),
    ("SYMBOL(node_data)", "fffffffffffffff9", {0, 1, 2}),
    ("SYMBOL(vmemmap)", "1000", {2}),
    ("SYMBOL(vmemmap)", "fffffffffffff000", {0, 1, 2}),
    ("SYMBOL(vmemmap)", "8000000000000001", {0, 1, 2}),
    ("SYMBOL(swapper_pg_dir)", "0", {2}),
    ("SYMBOL(swapper_pg_dir)", "ffffffffffffffff", {2}),
    ("NUMBER(phys_base)", 1 << 62, {2}),
    ("NUMBER(phys_base)", 7, {2}),
    ("NUMBER(phys_base)", None, {2}),
    ("NUMBER(pgtable_l5_enabled)", 0, {0, 2}),
    ("NUMBER(sme_mask)", U64, {2}),
    ("NUMBER(sme_mask)", 1 << 47, {0, 1, 2}),
    ("KERNELOFFSET", "ffffffffffffffff", {0, 1, 2}),
    ("KERNELOFFSET", "zz", {0, 1, 2}),
    ("NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)", 1 << 70, {0, 1, 2}),
    ("NUMBER(PG_hugetlb)", 1 << 20, {0, 1, 2}),
    ("NUMBER(HUGETLB_PAGE_DTOR)", U64, {0, 1, 2}),
    ("NUMBER(PG_head_mask)", 0, {0, 1, 2}),
    ("BUILD-ID", "x" * 70000, {2}),
    ("BUILD-ID", "", {0, 2}),
    ("BUILD-ID", "\x1b[2J\x1b]0;title\a", {2}),
    ("OSRELEASE", "\x1b[31m" + "%n" * 100, {0, 2}),
]


def with_fact(key, value):
    def edit(machine):
        machine.dump.set_fact(key, value)
    return edit


def vmcoreinfo_empty(machine):
    machine.dump.vmcoreinfo_note.body = b""


def vmcoreinfo_zeros(machine):
    machine.dump.vmcoreinfo_note.body = bytes(4096)


def vmcoreinfo_noise(machine):
    machine.dump.vmcoreinfo_note.body = bytes(range(1, 256)) * 40


def vmcoreinfo_one_line(machine):
    machine.dump.vmcoreinfo_note.body = b"A" * (1 << 20)


def vmcoreinfo_without_end(machine):
    machine.dump.vmcoreinfo_note.body = machine.dump.vmcoreinfo_note.body.rstrip(b"\n\0")


def vmcoreinfo_many_lines(machine):
    machine.dump.vmcoreinfo_note.body += b"NUMBER(x)=1\n" * 200000


# The profile: a path of keys, and the value to put there.
PROFILE = [
    (("structs", "page", "size"), 0),
    (("structs", "page", "size"), 1 << 62),
    (("structs", "page", "members", "private", "offset"), 60),
    (("structs", "page", "members", "private", "offset"), 1 << 62),
    (("structs", "page", "members", "_mapcount", "offset"), 63),
    (("structs", "page", "members", "flags", "offset"), -8),
    (("structs", "page", "members", "flags", "offset"), 4),
    (("structs", "page", "members", "_refcount", "offset"), 511),
    (("structs", "hstate", "size"), 0),
    (("structs", "hstate", "size"), (1 << 63) - 1),
    (("structs", "hstate", "members", "order", "offset"), (1 << 63) - 1),
    (("structs", "hstate", "members", "name", "size"), 1 << 40),
    (("structs", "hstate", "members", "nr_huge_pages_node", "length"), 0),
    (("structs", "pglist_data", "members", "node_zones", "length"), 1 << 40),
    (("structs", "zone", "size"), (1 << 63) - 1),
    (("structs", "zone", "members", "free_area", "length"), 1 << 50),
    (("structs", "zone", "members", "vmemmap_tails", "length"), 1 << 50),
    (("structs", "mem_section", "size"), 4096),
    (("structs", "mem_section", "size"), 4104),
    (("structs", "mem_section", "members", "section_mem_map", "offset"), 1 << 62),
    (("structs", "mem_section", "members", "usage", "offset"), 28),
    (("structs", "mem_section_usage", "members", "subsection_map", "offset"), 1 << 62),
    (("structs", "mem_section_usage", "members", "subsection_map", "size"), 1 << 62),
    (("enums", "pageflags", "PG_head", "value"), 64),
    (("enums", "pagetype", "PGTY_hugetlb", "value"), 0),
    (("enums", "hugetlb_page_flags", "HPG_vmemmap_optimized", "value"), 1 << 40),
    (("enums", "zone_type", "ZONE_DEVICE", "value"), -1),
    (("enumerators", "SECTION_HAS_MEM_MAP_BIT", "value"), 200),
    (("enumerators", "SECTION_MAP_LAST_BIT", "value"), 64),
    (("enumerators", "SECTION_MAP_LAST_BIT", "value"), 0),
    (("symbols", "hstates", "address"), "0xffffffffffffffff"),
    (("symbols", "hstates", "address"), "0x0"),
    (("symbols", "hugetlb_max_hstate", "address"), "garbage"),
    (("symbols",), []),
    (("structs",), None),
    (("structs", "page", "size"), "64"),
    (("structs", "page", "size"), 1e300),
    (("schema_version",), 99),
    (("kernel", "build_id"), "00" * 20),
]


def vmcoreinfo_twin(path):
    """The same fact in VMCOREINFO, which must agree or all is refused at once."""
    if path[0] != "structs" or len(path) < 3:
        return None
    kind = {"size": "SIZE", "offset": "OFFSET", "length": "LENGTH"}[path[-1]]
    return f"{kind}({path[1]}.{path[3]})" if len(path) == 5 else f"{kind}({path[1]})"


def with_profile(path, value):
    def edit(machine):
        twin = vmcoreinfo_twin(path)
        if twin in machine.facts:
            machine.dump.set_fact(twin, value)
        place = machine.profile
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        machine.dump.profile_note.body = json.dumps(machine.profile).encode()
    return edit


def members_beyond_struct_page(machine):
    """The reference count of a frame that is looked at closely lies outside."""
    frame_excluded(machine)
    with_profile(("structs", "page", "members", "_refcount", "offset"), 511)(machine)


def sections_without_end(machine):
    """No length and no highest section: nothing says where the array ends."""
    del machine.profile["symbols"]["__highest_present_section_nr"]
    machine.dump.profile_note.body = json.dumps(machine.profile).encode()
    machine.dump.set_fact("LENGTH(mem_section)", 0)


def profile_deep(machine):
    machine.dump.profile_note.body = b'{"a":' * 100000


def profile_cut(machine):
    note = machine.dump.profile_note
    note.body = note.body[: len(note.body) // 2]


def profile_is_a_list(machine):
    machine.dump.profile_note.body = b"{}"


# The note of extents, as bytes: Dump would put it right.


def with_extents(change):
    def edit(machine):
        extents = machine.dump.extents
        body = change(bytearray(extents.packed()))
        extents.packed = lambda: bytes(body)
    return edit


def word(number, value):
    def change(body):
        struct.pack_into("<Q", body, 8 * number, value)
        return body
    return change


EXTENTS = [
    ("version", word(0, 99), {2}),
    ("count-too-large", word(3, 1 << 60), {2}),
    ("count-too-small", word(3, 0), {2}),
    ("state-unknown", word(6, 9), {2}),
    ("overlap", word(5, U64 - 0xFFF), {2}),
    ("not-aligned", word(5, 0x1001), {2}),
    ("missing-huge", word(2, U64), {0, 2}),
    ("truncated", word(1, 2), {0}),
    ("cut", lambda body: body[:-8], {2}),
    ("short", lambda body: body[: EXTENTS_HEAD.size - 8], {2}),
    ("empty", lambda body: b"", {2}),
]

GONE = [
    (root_dropped, {2}, None),
    (root_absent, {2}, None),
    (one_lowest_table_dropped, {0}, tells_of_lost_tables),
    (lowest_tables_dropped, {0}, tells_of_lost_tables),
    (lowest_tables_truncated, {0}, tells_of_lost_tables),
    (middle_table_dropped, {0}, tells_of_lost_tables),
    (entry_of_pools_lost, {0}, None),
    (device_tables_dropped, {0}, tells_of_lost_device_tables),
    (device_lists_dropped, {0}, tells_of_unseen_devices),
    (resources_dropped, {0}, tells_of_untold_data),
    (one_head_dropped, {0}, tells_of_lost_heads),
    (heads_dropped, {0}, tells_of_lost_heads),
    (hstates_dropped, {0}, tells_of_gaps),
    (all_hstates_dropped, {0}, tells_of_gaps),
    (sections_dropped, {0, 2}, tells_of_gaps),
    (one_section_table_dropped, {0, 2}, None),
    (nodes_dropped, {0}, tells_of_gaps),
    (everything_dropped, {2}, None),
]

HOSTILE = [
    sections_are_noise, section_maps_are_ones, section_maps_differ, section_roots_are_noise,
    hstate_order_200, hstate_order_0, max_hstate_huge, hstates_are_ones, hstate_name_is_noise,
    zone_names_are_noise, node_data_is_noise, nodes_are_one, heads_of_every_order,
    heads_of_absurd_nodes, root_loops, upper_table_loops, middle_table_loops, all_tables_loop,
    tables_far_away, all_frames_one, frames_interleave, endless_sections,
    sections_without_end, members_beyond_struct_page,
    vmcoreinfo_empty, vmcoreinfo_zeros, vmcoreinfo_noise, vmcoreinfo_one_line,
    vmcoreinfo_without_end, vmcoreinfo_many_lines, profile_deep, profile_cut, profile_is_a_list,
]


def named(edit):
    return edit.__name__.replace("_", "-")


def fact_name(key, value):
    return f"vmcoreinfo {key}={str(value)[:24]!r}"


DAMAGES = (
    [Damage(golden, named(edit), statuses, edit, look)
     for edit, statuses, look in GONE for golden in ("7.3-hvo", "6.1-hvo")]
    + [Damage("7.3-hvo", named(shared_tails_of_a_node_dropped), {0},
              shared_tails_of_a_node_dropped, tells_of_unchecked)]
    + [Damage(golden, named(edit), {0, 1, 2}, edit, None)
       for edit in HOSTILE for golden in ("7.3-hvo", "6.1-hvo")]
    + [Damage("7.3-hvo", fact_name(key, value), statuses, with_fact(key, value), None)
       for key, value, statuses in FACTS]
    + [Damage("7.3-hvo", f"profile {'.'.join(path)}={value!r}", {0, 1, 2},
              with_profile(path, value), None) for path, value in PROFILE]
    + [Damage("7.3-hvo", f"extents {name}", statuses, with_extents(change), None)
       for name, change, statuses in EXTENTS]
)
