// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The catalogue of known faults. Of faults that findings of one signature may be, the one
 * that a release is known to have is taken, so that what any kernel can suffer comes last.
 */
#include "analyzer/known_bugs/known_bug.h"
#include "include/array.h"

#include <string.h>

/* Where a stable series says nothing, its kernels may have what mainline has. */
#define BEFORE(major, minor, patch)                                                                \
	{                                                                                          \
		major, minor, patch, false                                                         \
	}
#define FROM(major, minor, patch)                                                                  \
	{                                                                                          \
		major, minor, patch, false                                                         \
	}

const struct known_bug known_bug_table[] = {
	{
		.id = "memmap-underflow",
		.title = "a memmap that could not be allocated is taken off the counter all "
			 "the same",
		.fix = "\"mm/sparse-vmemmap: fix vmemmap accounting underflow\", of a "
		       "fault of commit c3576889d87b",
		.symptom = "nr_memmap_pages is lower than the frames behind the vmemmap, by "
			   "the vmemmap pages of sections or sub-sections, or negative. Only "
			   "the counter is wrong.",
		.signatures = { "memmap-underflow" },
		.checks = { "memmap-counters" },
		/* 6.17 has the fault from its beginning, 6.12 since it was brought there. */
		.affected = { { FROM(6, 16, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 12, 46), BEFORE(6, 12, 101) } },
	},
	{
		.id = "altmap-error-path",
		.title = "a memmap in the device is freed as if it were in RAM when adding "
			 "it fails",
		.fix = "\"mm/memory_hotplug: fix incorrect altmap passing in error "
		       "path\"",
		.symptom = "The altmap has given out more or fewer frames than the device's "
			   "vmemmap maps, or the vmemmap maps frames outside the part set "
			   "aside for it. The frames of the device may turn up on a free list.",
		.signatures = { "altmap-outside" },
		.checks = { "dax-altmap" },
		.affected = { { FROM(5, 19, 0), BEFORE(7, 2, 0) } },
	},
	{
		.id = "memmap-removal",
		.title = "a device's memmap is removed as if its pages shared nothing",
		.fix = "\"mm/sparse-vmemmap: pass @pgmap argument to memory deactivation "
		       "paths\"",
		.symptom = "After a device was removed, nr_memmap_pages is lower than the "
			   "frames behind the vmemmap, by what its compound pages saved.",
		.signatures = { "memmap-underflow" },
		.checks = { "memmap-counters" },
		.schemes = { "dax-b" },
		.affected = { { FROM(5, 19, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 12, 0), BEFORE(6, 12, 107) } },
	},
	{
		.id = "dax-memmap-overcount",
		.title = "the memmap of device DAX is counted as if its pages shared nothing",
		.fix = "\"mm/sparse-vmemmap: fix DAX vmemmap accounting with "
		       "optimization\"",
		.symptom = "nr_memmap_pages is higher than the frames behind the vmemmap by "
			   "all that optimised compound pages of devices save. Only the "
			   "counter is wrong.",
		.signatures = { "dax-memmap-overcount" },
		.checks = { "memmap-counters" },
		.schemes = { "dax-b" },
		.affected = { { FROM(6, 9, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 12, 0), BEFORE(6, 12, 107) } },
	},
	{
		.id = "dax-pageblocks",
		.title = "pageblocks inside large compound pages of devices have no migrate type",
		.fix = "\"mm/mm_init: fix pageblock migratetype for ZONE_DEVICE compound "
		       "pages\"",
		.symptom = "Only the first pageblock of a 1 GiB device page is marked movable.",
		/*
		 * mem_section_usage.pageblock_flags of 1 GiB devices, with the memmap in RAM and
		 * in the device: each byte 0x11 (6.1.192 of Debian, 6.12.118) or 0x01 (7.2,
		 * 7.3.4). A block is four bits wide in the former and eight in the latter.
		 */
		.why_not = "there was no kernel with the fault to hold a check against: in dumps "
			   "of 6.1.192, 6.12.118, 7.2 and 7.3.4 all pageblocks of 1 GiB devices "
			   "are marked. A pageblock that was never marked has bits that are legal, "
			   "those of \"unmovable\", and a distilled dump may have zeros in their "
			   "place; pages of devices never reach the page allocator, which alone "
			   "looks at them; and no type shows the size of a pageblock or of its "
			   "bits",
		.affected = { { FROM(5, 17, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 12, 0), BEFORE(6, 12, 107) } },
	},
	{
		.id = "dax-tails-uninitialised",
		.title = "device memory in a boot section gets all but its first tails "
			 "uninitialised",
		.fix = "\"mm/mm_init: fix uninitialized struct pages for ZONE_DEVICE\"",
		.symptom = "A range that fills only part of a boot section keeps the memmap "
			   "from boot, which is not shared; of each compound page only as "
			   "many struct pages as two shared vmemmap pages hold were written. "
			   "The later tails are poison or zero.",
		.signatures = { "uninitialised-dax-tail-from-boot" },
		.checks = { "dax-contents" },
		.affected = { { FROM(5, 19, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 12, 0), BEFORE(6, 12, 107) } },
	},
	{
		.id = "dax-tails-unwritten",
		.title = "a device whose memmap is not shared gets all but its first tails "
			 "uninitialised",
		.fix = "\"mm/vmemmap/devdax: fix kernel crash when probing devdax devices\", of "
		       "a fault of commit 4917f55b4ef9",
		.symptom = "The kernel shares nothing of this device, and writes of each compound "
			   "page only as many struct pages as two shared vmemmap pages hold. The "
			   "later tails of the whole device are poison or zero.",
		.signatures = { "uninitialised-dax-tail" },
		.checks = { "dax-contents" },
		.affected = { { FROM(5, 19, 0), BEFORE(6, 4, 0) },
			      { FROM(6, 1, 0), BEFORE(6, 1, 185) } },
	},
	{
		.id = "ppc64-compound-memmap",
		.title = "radix kernels of ppc64 reckon the wrong frames for compound pages of "
			 "devices",
		.fix = "\"powerpc/mm: fix wrong addr_pfn tracking in compound vmemmap "
		       "population\", of a fault of commit f2b79c0d7968",
		.symptom =
			"With base pages of 4 KiB the tails of a compound page that is larger than "
			"a memory section show, section by section, the frames of its first "
			"section, where all should show the second of these; smaller pages share "
			"nothing. The tails from number 128 on are zero, and never written. The "
			"sections are no boot sections. With base pages of 64 KiB a section has "
			"less than one vmemmap page, and nothing goes wrong.",
		.signatures = { "compound-frames-by-section", "uninitialised-dax-tail" },
		.checks = { "dax-tail-target", "dax-contents" },
		.archs = { "ppc64" },
		.page_shift = 12,
		.spoils_alignment = true,
		.affected = { { FROM(6, 6, 0), { 0 } },
			      { FROM(6, 12, 0), BEFORE(6, 12, 110) },
			      { FROM(6, 18, 0), BEFORE(6, 18, 51) } },
	},
	{
		.id = "speculative-reference",
		.title = "a speculative reference writes to a read-only tail",
		.fix = "for tails that show the head: in 6.11, an RCU grace period before "
		       "remapping; from 7.1 on shared tails have reference count 0, which "
		       "nobody raises",
		.symptom = "The machine oopsed with a write to a vmemmap address, "
			   "\"permissions violation\". The dump shows it in part: where a "
			   "shared tail's reference count is not 0, such a write is possible. "
			   "Whether it happened is in the kernel log.",
		.events = { "tail-referenced" },
		.signatures = { "shared-frame-refcount" },
		.checks = { "hugetlb-contents" },
		.affected = { { FROM(5, 14, 0), BEFORE(6, 11, 0) }, { FROM(7, 1, 0), { 0 } } },
	},
	{
		.id = "boot-frame-referenced",
		.title = "tails of gigantic pages from boot have references: a speculative one "
			 "writes to a read-only page",
		.fix = "commit 057847a7faa3, on its way to 7.4",
		.symptom = "The frame that the tails of a zone's gigantic pages share was filled "
			   "while booting, and its struct pages have a reference, which nothing "
			   "drops. A walker that takes a reference only where there is one (GUP, "
			   "compaction, page_idle, memory failure) relies on tails having none: "
			   "here it writes to a read-only page, and that is an oops. Not every "
			   "boot leaves it so.",
		.events = { "tail-referenced" },
		.signatures = { "boot-frame-refcount" },
		.checks = { "hugetlb-contents" },
		.schemes = { "hugetlb-d" },
		.affected = { { FROM(7, 1, 0), BEFORE(7, 4, 0) } },
	},
	{
		.id = "boot-tails-unprotected",
		.title = "of a gigantic page from boot only the first tails are write-protected",
		.fix = "\"mm/hugetlb_vmemmap: fix __hugetlb_vmemmap_optimize_folios()\", of a "
		       "fault of commit 752fe17af693",
		.symptom = "Of a page of 1 GiB that was optimised while booting, the vmemmap "
			   "pages from number 64 on are writable: the end of what is to be "
			   "protected was reckoned in pages where bytes were meant. A stray "
			   "write there is not caught.",
		.signatures = { "protected-too-short" },
		.checks = { "hugetlb-tail-readonly" },
		.schemes = { "hugetlb-c", "hugetlb-d" },
		.affected = { { FROM(6, 15, 0), BEFORE(7, 2, 0) },
			      { FROM(6, 18, 0), BEFORE(6, 18, 51) } },
	},
	{
		.id = "writable-tails",
		.title = "shared tails stay writable",
		.fix = "not known; riscv64 and loongarch64 have no read-only kernel "
		       "mappings, and there it is no fault",
		.symptom = "Tails that share a frame are mapped writable: gigantic pages from "
			   "boot that were not write-protected at the end of it, or an entry "
			   "that was changed.",
		.signatures = { "writable-tail", "protected-too-short" },
		.checks = { "hugetlb-tail-readonly", "dax-tail-permission" },
	},
	{
		.id = "shared-frame-overwritten",
		.title = "the frame behind shared tails is overwritten",
		.fix = "none: a stray write, through the direct map or another mapping",
		.symptom = "Tails lead to no head, or to another order. Where a zone has one "
			   "frame, all its huge pages of that order are hit at once.",
		.events = { "bad-pages-alike" },
		.signatures = { "shared-frame-contents", "shared-frame-order",
				"uninitialised-shared-frame" },
		.checks = { "hugetlb-contents", "dax-contents" },
	},
	{
		.id = "hwpoison-in-tail",
		.title = "a poisoned page is marked in a shared tail",
		.fix = "not known",
		.symptom = "PG_hwpoison is set in a struct page that others show too, so that "
			   "many pages look poisoned. Only the head may have it while the "
			   "page is optimised; which base page is meant is in a list that "
			   "hangs from the head.",
		.signatures = { "hwpoison-in-tail" },
		.checks = { "hugetlb-contents", "dax-contents" },
	},
	{
		.id = "vmemmap-frame-freed",
		.title = "a frame is freed while the vmemmap still maps it",
		.fix = "not known",
		.symptom = "A frame behind the vmemmap is on a free list, or has a new owner: "
			   "slab, page table, a process. A filtered dump may lack it.",
		.signatures = { "vmemmap-frame-free", "vmemmap-frame-reused" },
		.checks = { "vmemmap-frame-in-dump", "vmemmap-frame-owner" },
	},
	{
		.id = "freed-without-restore",
		.title = "a huge page is given back while its tails are still shared",
		.fix = "\"hugetlb: do not clear hugetlb dtor until allocating vmemmap\", of a "
		       "fault of commit ad2fa3717b74",
		.symptom = "Shared or read-only vmemmap that belongs to no huge page and to "
			   "no device: the first write to such a struct page oopses or "
			   "changes many.",
		.signatures = { "orphan-sharing" },
		.checks = { "vmemmap-orphan-sharing" },
		.affected = { { FROM(5, 14, 0), BEFORE(6, 4, 11) },
			      { FROM(6, 1, 0), BEFORE(6, 1, 47) } },
	},
	{
		.id = "flag-order",
		.title = "a huge page is optimised before it is marked as one, or keeps old "
			 "tail flags",
		.fix = "\"hugetlb: set hugetlb page flag before optimizing vmemmap\"; "
		       "\"hugetlb: clear flags in tail pages that will be freed individually\"",
		.symptom = "Vmemmap is shared and HPG_vmemmap_optimized is clear, or nothing "
			   "marks the huge page. Old flags in tails show only until these are "
			   "handed out.",
		.signatures = { "flag-missing", "orphan-sharing" },
		.checks = { "hugetlb-flag-agrees", "vmemmap-orphan-sharing" },
		.affected = { { FROM(5, 14, 0), BEFORE(6, 7, 0) } },
	},
	{
		.id = "fake-head-left",
		.title = "a restored vmemmap page begins with copies of the head",
		.fix = "not known; the first three struct pages of each restored vmemmap "
		       "page are to be overwritten with copies of tails "
		       "(NR_RESET_STRUCT_PAGE)",
		.symptom = "PG_head is set in a tail at the start of a vmemmap page that has "
			   "a frame of its own: code that walks struct pages finds a huge "
			   "page inside the huge page.",
		.events = { "bad-pages-heads" },
		.signatures = { "stale-pg-head", "restored-head-copies" },
		.checks = { "hugetlb-contents" },
		.schemes = { "hugetlb-b", "hugetlb-c" },
	},
	{
		.id = "restore-copies-head",
		.title = "freed huge pages get copies of the head into their vmemmap",
		.fix = "not known; \"mm/hugetlb: refactor code around vmemmap_walk\" and "
		       "\"mm/hugetlb_vmemmap: fix incorrect vmemmap restore in rollback\" "
		       "were taken into stable series whose tails show the head's frame: a "
		       "restore copies that frame as it is, and reset_struct_pages() is gone",
		.symptom =
			"Each restored vmemmap page of a freed huge page begins with a copy of the "
			"head: PG_head, HPG_vmemmap_optimized in private, the page type of "
			"hugetlb, reference count 0. The log is full of \"Bad page state\" "
			"(\"corrupted mapping in tail page\", \"nonzero mapcount\"), and all "
			"memory of such pages is lost. With the optimisation off, or as long as "
			"no huge page is given back, nothing happens. A page that was restored and "
			"is not given back yet shows it, too.",
		.events = { "bad-pages-heads" },
		.signatures = { "leftover-head", "restored-head-copies" },
		.checks = { "hugetlb-leftovers", "hugetlb-contents" },
		.schemes = { "hugetlb-b", "hugetlb-c" },
		.affected = { { FROM(6, 12, 114), BEFORE(6, 13, 0) },
			      { FROM(6, 18, 51), BEFORE(6, 19, 0) } },
	},
	{
		.id = "rollback-head",
		.title = "undoing a failed optimisation overwrites the head with a tail",
		.fix = "\"mm/hugetlb_vmemmap: fix incorrect vmemmap restore in rollback\", of a "
		       "fault of commit c0b495b91a47",
		.symptom =
			"The first vmemmap page of a huge page is filled from the template of "
			"tails: the head, its flags and its reference count are gone, and nothing "
			"marks the huge page any more. Its tails lead to a struct page that is no "
			"head. The pool still counts it, and the scan finds one page less.",
		.signatures = { "pool-page-lost", "lost-head" },
		.checks = { "vmemmap-orphan-sharing", "hugetlb-pool-counters",
			    "hugetlb-leftovers" },
		.schemes = { "hugetlb-d", "hugetlb-e1", "hugetlb-e2" },
		.affected = { { FROM(7, 1, 0), BEFORE(7, 2, 0) } },
	},
	{
		.id = "shared-frame-zone",
		.title = "tails share the frame of another zone or node",
		.fix = "not known; frames were for a node first, and are for a zone in "
		       "the releases",
		.symptom = "The zone in the shared frame's struct pages is not that of the "
			   "huge page: pages are counted and freed in the wrong zone.",
		.signatures = { "shared-frame-zone" },
		.checks = { "hugetlb-contents", "dax-contents" },
	},
	{
		.id = "shared-frame-uninitialised",
		.title = "a zone's shared frame is never initialised",
		.fix = "commit 622026e87c40; frames from boot are filled by "
		       "hugetlb_bootmem_struct_page_init()",
		.symptom = "The shared frame is zero or poison: every tail that shows it "
			   "looks like a page of its own. In the dump the page may be left "
			   "out as all zero.",
		.signatures = { "uninitialised-shared-frame" },
		.checks = { "hugetlb-contents", "dax-contents" },
		.schemes = { "hugetlb-d", "hugetlb-e1", "hugetlb-e2", "dax-e2", "dax-e2-ro" },
		.affected = { { FROM(7, 1, 0), BEFORE(7, 2, 0) } },
	},
	{
		.id = "mask-alignment",
		.title = "masks in tails lead to a wrong head, as the vmemmap is not aligned",
		.fix = "not known; the kernel only warns at boot",
		.symptom = "The vmemmap does not begin at a multiple of the struct pages of "
			   "the largest folio, or a head is not aligned to its order.",
		.signatures = { "mask-alignment" },
		.checks = { "vmemmap-mask-alignment" },
	},
	{
		.id = "dax-tail-references",
		.title = "references to a device's tail frame are lost or left behind",
		.fix = "not known",
		.symptom = "The reference count of the frame is not the number of entries "
			   "that map it: it is freed too early, or never, when the device "
			   "goes.",
		.signatures = { "dax-tail-refcount" },
		.checks = { "dax-tail-refcount" },
	},
	{
		.id = "stale-tlb",
		.title = "a CPU writes to the old head through a translation that was not "
			 "flushed",
		.fix = "none known; flushes are put off to the end of a batch on purpose",
		.symptom = "A change of the head is lost: it went to a frame that is free.",
		.why_not = "a dump has no TLB, and the lost write is in a frame that nothing "
			   "leads to",
	},
	{
		.id = "task-table-behind",
		.title = "a task's page tables lack a part of the vmemmap that the kernel's have",
		.fix = "arch_sync_kernel_mappings() for the vmemmap, in 6.17",
		.symptom = "The machine oopsed at a vmemmap address that the kernel's own page "
			   "tables map: after memory was added, the top-level table of the task "
			   "that ran had not been brought up to date.",
		.events = { "entry-missed" },
		.why_not =
			"the dump is read through the kernel's own tables, which have the entry; only "
			"the log shows it: a fault where nothing was mapped, at a struct page that "
			"these tables map",
		.archs = { "x86_64" },
		.affected = { { FROM(5, 13, 0), BEFORE(6, 17, 0) },
			      { FROM(6, 12, 0), BEFORE(6, 12, 46) },
			      { FROM(6, 1, 0), BEFORE(6, 1, 151) } },
	},
	{
		.id = "leaf-frames-lost",
		.title = "of the frames behind a leaf of the vmemmap only the first is freed",
		.fix = "\"x86/mm: fix freeing of PMD-sized vmemmap pages\", of a fault of commit "
		       "bf9e4e30f353",
		.symptom =
			"When memory is unplugged whose vmemmap a leaf of 2 MiB maps, 511 of its "
			"512 frames stay without an owner.",
		.why_not = "nothing maps these frames, or names them, any more",
		.archs = { "x86_64" },
		.affected = { { { 0 }, BEFORE(7, 1, 0) } },
	},
	{
		.id = "fsdev-over-sharing",
		.title = "a device is given to file systems while its memmap is still shared",
		.fix = "not known; seen as possible when a device changes its driver in 7.x",
		.symptom = "A range of file-system DAX, which has no compound pages, has "
			   "shared vmemmap: clearing one struct page clears many.",
		.signatures = { "fsdax-shared" },
		.checks = { "vmemmap-orphan-sharing" },
	},
	{
		.id = "tails-uninitialised",
		.title = "tails of a huge page are uninitialised",
		.fix = "not known",
		.symptom = "Struct pages of a huge page that is not optimised are zero, poison, or "
			   "name no head: they were never made tails, or were overwritten.",
		.signatures = { "uninitialised-hugetlb-tail" },
		.checks = { "hugetlb-contents" },
	},
	{
		.id = "head-overwritten",
		.title = "the head of a huge page is overwritten",
		.fix = "none: a stray write, or a page that was freed and is in use again",
		.symptom =
			"A head has an impossible order, a pool counts a page that has no head, or a device's head does not lead to "
			"its device.",
		.signatures = { "head-order", "dax-head", "pool-page-lost" },
		.checks = { "hugetlb-head-sound", "vmemmap-orphan-sharing", "dax-contents",
			    "hugetlb-pool-counters" },
	},
	{
		.id = "crash-kernel-onlined",
		.title = "the capture kernel put hot-plugged memory online, and overwrote it",
		.fix = "acpi_no_memhotplug among the parameters of the capture kernel: \"ACPI / "
		       "memhotplug: add parameter to disable memory hotplug\"; kdump's scripts of "
		       "some distributions add it",
		.symptom = "Hot-plugged memory holds struct pages, page tables and objects of "
			   "another kernel, or zeros. The kernel that crashed had no fault there: "
			   "what it had is not in the dump.",
		.signatures = { "memory-overwritten", "usage-overwritten" },
		.checks = { "memory-overwritten", "section-usage" },
	},
	{
		.id = "self-hosted-optimised",
		.title = "a memmap that lies in its own hot-plugged block is optimised",
		.fix = "not known; the kernel refuses such pages (PageVmemmapSelfHosted)",
		.symptom = "A huge page is optimised in a block that holds its own memmap: "
			   "frames of the block were given to the page allocator.",
		.signatures = { "self-hosted-optimised" },
		.checks = { "hugetlb-self-hosted" },
	},
};
_Static_assert(COUNT_OF(known_bug_table) <= KNOWN_BUGS_MAX, "matches have a place for each");
const unsigned known_bug_count = COUNT_OF(known_bug_table);

const struct known_bug *known_bug_by_id(const char *id)
{
	for (unsigned i = 0; i < known_bug_count; i++)
		if (strcmp(known_bug_table[i].id, id) == 0)
			return &known_bug_table[i];
	return NULL;
}
