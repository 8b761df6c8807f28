// SPDX-License-Identifier: LGPL-2.1-or-later
/* The catalogue of known faults, and which of them the findings look like. */
#include "include/known_bug.h"

#include <string.h>

#include "include/analysis.h"

/* --- what must hold besides ------------------------------------------------------- */

static bool has_fake_heads(const struct analysis *analysis)
{
	return analysis->scheme.hugetlb->fake_heads;
}

static bool has_zone_tails(const struct analysis *analysis)
{
	return analysis->scheme.hugetlb->target == SHARE_ZONE_TAIL;
}

static bool dax_keeps_two(const struct analysis *analysis)
{
	return analysis->scheme.dax->target == SHARE_TAIL_PAGE;
}

/*
 * Writable from where a number of pages, taken for one of bytes, ends: 64 vmemmap
 * pages of a page of 1 GiB.
 */
static bool is_protected_short(const struct analysis *analysis, const struct finding *finding)
{
	const struct kernel *kernel = &analysis->kernel;
	struct huge_page page;

	if (!finding->signature || strcmp(finding->signature, "writable-tail") != 0 ||
	    !huge_pages_find(&analysis->inventory.pages, finding->pfn, &page))
		return false;
	uint64_t first = vmemmap_index_of(kernel, page.pfn);
	uint64_t protected = (UINT64_C(1) << page.order) >> kernel->page_shift;
	return protected && finding->index == first + protected &&
	       finding->index + finding->count == first + page.mapping.pages;
}

static bool any_protected_short(const struct analysis *analysis)
{
	for (size_t i = 0; i < analysis->checks.run_count; i++)
		for (size_t k = 0; k < analysis->checks.runs[i].finding_count; k++)
			if (is_protected_short(analysis, &analysis->checks.runs[i].findings[k]))
				return true;
	return false;
}

static bool none_protected_short(const struct analysis *analysis)
{
	return !any_protected_short(analysis);
}

static bool has_masks(const struct analysis *analysis)
{
	return layout_has(&analysis->layout, LAYOUT_PAGE_COMPOUND_INFO);
}

/* --- the table ---------------------------------------------------------------------- */

#define STABLE_SIX "in 7.2 at the latest, and on stable branches"

const struct known_bug known_bug_table[] = {
	{
		.id = "memmap-underflow",
		.title = "a memmap that could not be allocated is taken off the counter all "
			 "the same",
		.fix = "\"mm/sparse-vmemmap: fix vmemmap accounting underflow\", of a "
		       "fault of commit c3576889d87b; " STABLE_SIX,
		.symptom = "nr_memmap_pages is lower than the frames behind the vmemmap, by "
			   "the vmemmap pages of sections or sub-sections, or negative. Only "
			   "the counter is wrong.",
		.signatures = { "memmap-underflow" },
		.checks = { "memmap-counters" },
	},
	{
		.id = "altmap-error-path",
		.title = "a memmap in the device is freed as if it were in RAM when adding "
			 "it fails",
		.fix = "\"mm/memory_hotplug: fix incorrect altmap passing in error "
		       "path\"; " STABLE_SIX,
		.symptom = "The altmap has given out more or fewer frames than the device's "
			   "vmemmap maps, or the vmemmap maps frames outside the part set "
			   "aside for it. The frames of the device may turn up on a free list.",
		.signatures = { "altmap-outside" },
		.checks = { "dax-altmap" },
	},
	{
		.id = "memmap-removal",
		.title = "a device's memmap is removed as if its pages shared nothing",
		.fix = "\"mm/sparse-vmemmap: pass @pgmap argument to memory deactivation "
		       "paths\"; " STABLE_SIX,
		.symptom = "After a device was removed, nr_memmap_pages is lower than the "
			   "frames behind the vmemmap, by what its compound pages saved.",
		.signatures = { "memmap-underflow" },
		.checks = { "memmap-counters" },
		.fits = dax_keeps_two,
	},
	{
		.id = "dax-memmap-overcount",
		.title = "the memmap of device DAX is counted as if its pages shared nothing",
		.fix = "\"mm/sparse-vmemmap: fix DAX vmemmap accounting with "
		       "optimization\"; " STABLE_SIX,
		.symptom = "nr_memmap_pages is higher than the frames behind the vmemmap by "
			   "all that optimised compound pages of devices save. Only the "
			   "counter is wrong.",
		.signatures = { "dax-memmap-overcount" },
		.checks = { "memmap-counters" },
		.fits = dax_keeps_two,
	},
	{
		.id = "dax-pageblocks",
		.title = "pageblocks inside large compound pages of devices have no migrate type",
		.fix = "\"mm/mm_init: fix pageblock migratetype for ZONE_DEVICE compound "
		       "pages\"; " STABLE_SIX,
		.symptom = "Only the first pageblock of a 1 GiB device page is marked movable.",
		.why_not = "a pageblock that was never marked has bits that are legal, those "
			   "of \"unmovable\"; pages of devices never reach the page "
			   "allocator, which alone looks at them; and no type tells the size "
			   "of a pageblock or of its bits",
	},
	{
		.id = "dax-tails-uninitialised",
		.title = "device memory in a boot section gets all but its first tails "
			 "uninitialised",
		.fix = "\"mm/mm_init: fix uninitialized struct pages for ZONE_DEVICE\"; " STABLE_SIX,
		.symptom = "A range that fills only part of a boot section keeps the memmap "
			   "from boot, which is not shared; of each compound page only as "
			   "many struct pages as two shared vmemmap pages hold were written. "
			   "The later tails are poison or zero.",
		.signatures = { "uninitialised-dax-tail" },
		.checks = { "dax-contents" },
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
		.signatures = { "shared-frame-refcount" },
		.checks = { "hugetlb-contents" },
	},
	{
		.id = "boot-frame-referenced",
		.title = "tails of gigantic pages from boot begin with reference count 1",
		.fix = "not known; seen in 7.2.11 and 7.3.4, though not at every boot",
		.symptom = "The frame that the tails of a zone's gigantic pages share was filled "
			   "while booting, and its struct pages have a reference. Nothing "
			   "drops it, and nothing breaks, until somebody takes a speculative "
			   "reference: that writes to a read-only mapping.",
		.signatures = { "boot-frame-refcount" },
		.checks = { "hugetlb-contents" },
	},
	{
		.id = "boot-tails-unprotected",
		.title = "of a gigantic page from boot only the first tails are write-protected",
		.fix = "not known by name; seen in 6.17.13 and 6.18.12, in 7.2 at the latest it is gone",
		.symptom = "Of a page of 1 GiB that was optimised while booting, the vmemmap "
			   "pages from number 64 on are writable: the end of what is to be "
			   "protected was reckoned in pages where bytes were meant. A stray "
			   "write there is not caught.",
		.signatures = { "writable-tail" },
		.checks = { "hugetlb-tail-readonly" },
		.fits = any_protected_short,
	},
	{
		.id = "writable-tails",
		.title = "shared tails stay writable",
		.fix = "not known; riscv64 and loongarch64 have no read-only kernel "
		       "mappings, and there it is no fault",
		.symptom = "Tails that share a frame are mapped writable: gigantic pages from "
			   "boot that were not write-protected at the end of it, or an entry "
			   "that was changed.",
		.signatures = { "writable-tail" },
		.checks = { "hugetlb-tail-readonly", "dax-tail-permission" },
		.fits = none_protected_short,
	},
	{
		.id = "shared-frame-overwritten",
		.title = "the frame behind shared tails is overwritten",
		.fix = "none: a stray write, through the direct map or another mapping",
		.symptom = "Tails lead to no head, or to another order. Where a zone has one "
			   "frame, all its huge pages of that order are hit at once.",
		.signatures = { "shared-frame-contents", "shared-frame-order" },
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
		.fix = "not known as one change; the order of freeing was put right in "
		       "6.6 and 6.7",
		.symptom = "Shared or read-only vmemmap that belongs to no huge page and to "
			   "no device: the first write to such a struct page oopses or "
			   "changes many.",
		.signatures = { "orphan-sharing" },
		.checks = { "vmemmap-orphan-sharing" },
	},
	{
		.id = "flag-order",
		.title = "a huge page is optimised before it is marked as one, or keeps old "
			 "tail flags",
		.fix = "\"hugetlb: set hugetlb page flag before optimizing vmemmap\" (in "
		       "v6.7); \"hugetlb: clear flags in tail pages that will be freed "
		       "individually\" (in v6.5)",
		.symptom = "Vmemmap is shared and HPG_vmemmap_optimized is clear, or nothing "
			   "marks the huge page. Old flags in tails show only until these are "
			   "handed out.",
		.signatures = { "flag-missing", "orphan-sharing" },
		.checks = { "hugetlb-flag-agrees", "vmemmap-orphan-sharing" },
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
		.signatures = { "stale-pg-head" },
		.checks = { "hugetlb-contents" },
		.fits = has_fake_heads,
	},
	{
		.id = "rollback-head",
		.title = "undoing a failed optimisation puts the old head back",
		.fix = "in 7.2 at the latest, and on stable branches: only entries that "
		       "map the shared tail are undone; the subject is not known",
		.symptom = "Two frames hold the head; what was written to the copy is lost.",
		.why_not = "the frame that lost is no part of the vmemmap any more, nothing "
			   "leads to it, and neither of the two says which was written last",
	},
	{
		.id = "shared-frame-zone",
		.title = "tails share the frame of another zone or node",
		.fix = "not known; frames were for a node first, and are for a zone in "
		       "the releases",
		.symptom = "The zone in the shared frame's struct pages is not that of the "
			   "huge page, or the head's zone does not span it: pages are counted "
			   "and freed in the wrong zone.",
		.signatures = { "shared-frame-zone", "zone-mismatch" },
		.checks = { "hugetlb-contents", "dax-contents" },
	},
	{
		.id = "shared-frame-uninitialised",
		.title = "a zone's shared frame is never initialised",
		.fix = "not known; frames from boot are filled by "
		       "hugetlb_bootmem_struct_page_init()",
		.symptom = "The shared frame is zero or poison: every tail that shows it "
			   "looks like a page of its own. In the dump the page may be left "
			   "out as all zero.",
		.signatures = { "uninitialised-shared-frame" },
		.checks = { "hugetlb-contents", "dax-contents" },
		.fits = has_zone_tails,
	},
	{
		.id = "mask-alignment",
		.title = "masks in tails lead to a wrong head, as the vmemmap is not aligned",
		.fix = "not known; the kernel only warns at boot",
		.symptom = "The vmemmap does not begin at a multiple of the struct pages of "
			   "the largest folio, or a head is not aligned to its order.",
		.signatures = { "mask-alignment" },
		.checks = { "vmemmap-mask-alignment" },
		.fits = has_masks,
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
		.symptom = "A head has an impossible order, or a device's head does not lead to "
			   "its device.",
		.signatures = { "head-order", "dax-head" },
		.checks = { "hugetlb-head-sound", "dax-contents" },
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
const unsigned known_bug_count = sizeof(known_bug_table) / sizeof(known_bug_table[0]);

const struct known_bug *known_bug_by_id(const char *id)
{
	for (unsigned i = 0; i < known_bug_count; i++)
		if (strcmp(known_bug_table[i].id, id) == 0)
			return &known_bug_table[i];
	return NULL;
}

/* --- matching ------------------------------------------------------------------------- */

static bool has_signature(const struct known_bug *bug, const char *signature)
{
	for (unsigned i = 0; i < SIGNATURES_MAX && bug->signatures[i]; i++)
		if (strcmp(bug->signatures[i], signature) == 0)
			return true;
	return false;
}

static struct known_bug_match match_of(const struct analysis *analysis, const struct known_bug *bug)
{
	struct known_bug_match match = { .bug = bug };

	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		for (size_t k = 0; k < run->finding_count; k++) {
			if (!run->findings[k].signature ||
			    !has_signature(bug, run->findings[k].signature))
				continue;
			match.findings++;
			if (!match.check)
				match.check = run->check->id;
		}
	}
	return match;
}

size_t known_bugs_match(const struct analysis *analysis, struct known_bug_match *ret, size_t max)
{
	size_t count = 0;

	for (unsigned i = 0; i < known_bug_count; i++) {
		const struct known_bug *bug = &known_bug_table[i];
		struct known_bug_match match = match_of(analysis, bug);

		if (match.findings == 0 || (bug->fits && !bug->fits(analysis)))
			continue;
		if (count < max)
			ret[count] = match;
		count++;
	}
	return count;
}
