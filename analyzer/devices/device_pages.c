// SPDX-License-Identifier: LGPL-2.1-or-later
/* Compound pages of devices: which there are, how they are mapped, and why not shared. */
#include "analyzer/devices/devices.h"
#include "analyzer/devices/device.h"
#include "analyzer/pages/huge_stripe.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- one compound page ------------------------------------------------------ */

bool device_has_compounds(const struct device *device)
{
	return device->kind != DEVICE_SYSTEM_RAM && device->order_known && device->order > 0 &&
	       device->order < 32;
}

bool device_is_untold(const struct device *device)
{
	return !device->order_known &&
	       (device->kind == DEVICE_DAX || device->kind == DEVICE_KIND_UNKNOWN);
}

unsigned devices_data_untold(const struct devices *devices)
{
	unsigned count = 0;

	for (size_t i = 0; i < devices->count; i++)
		count += device_has_compounds(&devices->list[i]) && !devices->list[i].data_known;
	return count;
}

uint64_t devices_unseen(const struct survey *survey)
{
	const struct devices *devices = survey->devices;
	const struct kernel *kernel = &survey->target->kernel;

	if (devices->pgmaps_known || devices->resources_known ||
	    !(devices->array_lost || devices->resources_lost))
		return 0;
	if (!devices->unfound_pages)
		return kernel->sections_inferred || kernel->sections_unreadable;
	return devices->unfound_pages;
}

uint64_t devices_unseen_ranges(const struct survey *survey)
{
	uint64_t ranges = survey->devices->unfound_ranges;

	return devices_unseen(survey) == 0 ? 0 : ranges ? ranges : 1;
}

/* Counted from the start of the range, as memremap_pages() populates them. */
static bool compound_at(const struct survey *survey, const struct device *device, pfn_t pfn,
			struct huge_mapping_memo *memo, struct huge_page *ret)
{
	uint64_t pages;
	pfn_t head;

	if (!device_has_compounds(device) || pfn < device->start || pfn >= device->end)
		return false;
	pages = UINT64_C(1) << device->order;
	head = device->start + (pfn - device->start) / pages * pages;
	if (device->end - head < pages)
		return false;
	*ret = (struct huge_page){
		.pfn = head,
		.family = FAMILY_DAX,
		.node = (uint16_t)device->node,
		.zone = (uint8_t)survey->devices->device_zone,
		.order = (uint8_t)device->order,
		.hstate = -1,
	};
	huge_mapping_recall(survey, ret, memo, &ret->mapping);
	ret->optimized =
		ret->mapping.kind != MAPPED_UNSHARED && ret->mapping.kind != MAPPED_UNKNOWN;
	return true;
}

bool device_compound(const struct survey *survey, const struct device *device, pfn_t pfn,
		     struct huge_page *ret)
{
	return compound_at(survey, device, pfn, &(struct huge_mapping_memo){ 0 }, ret);
}

/* --- why not ----------------------------------------------------------------- */

/* The same for all pages of a device; DEVICE_BLOCKER_UNTOLD if nothing holds. */
static enum device_blocker blocker_of_device(const struct survey *survey,
					     const struct device *device)
{
	const struct scheme *scheme = survey->scheme->dax;
	const struct kernel *kernel = &survey->target->kernel;

	if (device->kind == DEVICE_SYSTEM_RAM)
		return DEVICE_BLOCKER_SYSTEM_RAM;
	if (device->kind != DEVICE_DAX && device->kind != DEVICE_KIND_UNKNOWN)
		return DEVICE_BLOCKER_KIND;
	if (!scheme->known)
		return DEVICE_BLOCKER_UNKNOWN_SCHEME;
	if (scheme->target == TARGET_NONE)
		return DEVICE_BLOCKER_NOT_BUILT;
	if (!kernel_can_share(kernel))
		return DEVICE_BLOCKER_SIZE;
	if (device->altmap || device->memmap == MEMMAP_DEVICE)
		return DEVICE_BLOCKER_ALTMAP;
	if (device->order_known && device->order == 0)
		return DEVICE_BLOCKER_BASE_PAGES;
	if (device->order_known &&
	    kernel_vmemmap_pages(kernel, device->order) <= scheme->pages_kept)
		return DEVICE_BLOCKER_TOO_SMALL;
	return DEVICE_BLOCKER_UNTOLD;
}

/* True if the device's range fills every section that the page touches. */
static bool fills_sections(const struct target *target, const struct device *device,
			   const struct huge_page *page)
{
	uint64_t per_section = target->kernel.pages_per_section;
	pfn_t start = page->pfn / per_section * per_section;
	pfn_t end = page->pfn + (UINT64_C(1) << page->order);

	end = (end + per_section - 1) / per_section * per_section;
	return device->start <= start && device->end >= end;
}

enum device_blocker device_blocker_of(const struct survey *survey, const struct device *device,
				      const struct huge_page *page)
{
	enum device_blocker blocker = blocker_of_device(survey, device);
	const struct section *section = kernel_section_of(&survey->target->kernel, page->pfn);

	if (blocker != DEVICE_BLOCKER_UNTOLD)
		return blocker;
	if (section && section->early)
		return DEVICE_BLOCKER_EARLY;
	if (survey->target->arch->devices_keep_leaves && page->mapping.leaf)
		return DEVICE_BLOCKER_LEAF;
	if (survey->scheme->dax->target == TARGET_ZONE_TAIL &&
	    !fills_sections(survey->target, device, page))
		return DEVICE_BLOCKER_SUBSECTION;
	return DEVICE_BLOCKER_UNTOLD;
}

/* --- what page tables show ---------------------------------------------------- */

/* Vmemmap pages in a row behind one frame, from @index on or after it, and before @end. */
static bool next_shared(const struct vmemmap_map *map, uint64_t index, uint64_t end,
			uint64_t *first_ret, uint64_t *end_ret)
{
	struct vmemmap_run run;
	bool more = vmemmap_run_from(map, index, &run);

	while (more && !(run.constant && vmemmap_run_mapped(&run)) && run.first < end)
		more = vmemmap_run_next(map, &run);
	if (!more || run.first >= end)
		return false;
	pfn_t frame = run.frame;

	*first_ret = run.first > index ? run.first : index;
	do {
		*end_ret = vmemmap_run_end(&run);
		more = vmemmap_run_next(map, &run);
	} while (more && run.first == *end_ret && vmemmap_run_mapped(&run) && run.frame == frame &&
		 (run.constant || run.count == 1));
	return true;
}

/*
 * From one compound page's shared tails to the next page's it is as many vmemmap pages
 * as one has; or what one has kept, and shares, fills the device.
 */
bool device_order_of_tables(const struct survey *survey, const struct device *device, unsigned *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t start = vmemmap_index_of(kernel, device->start), first, stop, next, ignored;
	uint64_t end = vmemmap_index_of(kernel, device->end);

	if (!next_shared(survey->map, start, end, &first, &stop))
		return false;
	uint64_t pages =
		next_shared(survey->map, stop, end, &next, &ignored) ? next - first : stop - start;
	uint64_t structs = (pages << kernel->page_shift) / kernel->struct_page_size;

	if (structs == 0 || (structs & (structs - 1)))
		return false;
	*ret = (unsigned)__builtin_ctzll(structs);
	return true;
}

/* --- tallies ------------------------------------------------------------------ */

/* @count pages of one kind; those that share nothing only one by one, as each has its reason. */
static void tally_add(const struct survey *survey, const struct device *device,
		      const struct huge_page *page, uint64_t count, struct device_tally *tally)
{
	const struct huge_mapping *mapping = &page->mapping;
	uint64_t saved = huge_page_saving(page), kept = survey->scheme->dax->pages_kept;
	uint64_t tails = mapping->at_target;

	tally->compound_pages += count;
	tally->saved_pages += saved * count;
	tally->tails_writable += mapping->writable_tails * count;
	tally->tails_readonly += (tails - mapping->writable_tails) * count;
	switch ((enum share_kind)mapping->kind) {
	case MAPPED_FULL:
		tally->optimized += count;
		tally->next_pages += kept > 1 ? (kept - 1) * count : 0;
		return;
	case MAPPED_PARTIAL:
	case MAPPED_WRONG:
		if (huge_mapping_keeps_leaves(survey, page))
			tally->optimized += count;
		else
			tally->wrong += count;
		return;
	case MAPPED_UNKNOWN:
		tally->unknown += count;
		return;
	case MAPPED_UNSHARED:
		break;
	}

	enum device_blocker blocker = device_blocker_of(survey, device, page);
	tally->not_optimized++;
	tally->blocked[blocker]++;
	if (blocker == DEVICE_BLOCKER_UNTOLD && mapping->pages > kept)
		tally->possible_pages += mapping->pages - kept;
}

/* Where frames are that are behind the vmemmap of a range. */
struct whereabouts {
	bool ram, own;
};

static void where_is(const struct device *device, pfn_t frame, struct whereabouts *where)
{
	bool within = frame >= device->start && frame < device->end;

	where->own |= within;
	where->ram |= !within;
}

/* The first frame of each run of @row; of consecutive ones, the first and the last. */
static void where_is_row(const struct survey *survey, const struct device *device,
			 const struct vmemmap_row *row, struct whereabouts *where)
{
	uint32_t groups = row->period ? row->count / row->period : 1;
	uint32_t step = row->linear && groups > 1 ? groups - 1 : 1;
	uint64_t first = vmemmap_index_of(&survey->target->kernel, device->start);
	pfn_t frame;

	if (!row->period &&
	    vmemmap_frame_at(survey->map, row->first < first ? first : row->first, &frame))
		where_is(device, frame, where);
	for (uint32_t group = 0; row->period && group < groups; group += step) {
		where_is(device, stripe_head(survey->map, row, group), where);
		where_is(device, stripe_tail(survey->map, row, group), where);
	}
}

enum device_memmap device_memmap_of(const struct survey *survey, const struct device *device)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct vmemmap_map *map = survey->map;
	uint64_t end = vmemmap_index_of(kernel, device->end);
	struct whereabouts where = { 0 };

	for (size_t i = vmemmap_row_from(map, vmemmap_index_of(kernel, device->start));
	     i < map->row_count && map->rows[i].first < end; i++)
		if (vmemmap_row_mapped(&map->rows[i]))
			where_is_row(survey, device, &map->rows[i], &where);
	if (where.ram && where.own)
		return MEMMAP_MIXED;
	return where.own ? MEMMAP_DEVICE : where.ram ? MEMMAP_RAM : MEMMAP_UNKNOWN;
}

static bool is_data(const struct device *device, const struct huge_page *page, uint64_t count)
{
	return page->pfn >= device->data_start &&
	       page->pfn + (count << page->order) <= device->data_end;
}

static void device_tally(const struct survey *survey, struct device *device)
{
	const struct huge_pages *pages = &survey->devices->pages;
	struct huge_cursor cursor = huge_pages_from(pages, device->start);
	const struct huge_page *page;
	uint32_t count;

	memset(&device->data, 0, sizeof(device->data));
	memset(&device->whole, 0, sizeof(device->whole));
	while ((page = huge_pages_next_alike(pages, &cursor, device->end, &count))) {
		if (page->mapping.kind == MAPPED_UNSHARED || !is_data(device, page, count))
			count = 1;
		/* Those that hold the device's own memmap were never made. */
		if (!device->altmap || page->pfn >= device->data_start)
			tally_add(survey, device, page, count, &device->whole);
		if (is_data(device, page, count))
			tally_add(survey, device, page, count, &device->data);
		huge_pages_skip(pages, &cursor, count - 1);
	}
}

/* How many compound pages of @device from @page on are groups of the stripe that it is one of. */
static uint32_t pages_alike(const struct target *target, const struct device *device,
			    const struct huge_page *page, const struct vmemmap_row *row)
{
	uint64_t index = vmemmap_index_of(&target->kernel, page->pfn);
	uint64_t groups = row ? (vmemmap_row_end(row) - index) / row->period : 1;
	uint64_t left = (device->end - page->pfn) >> page->order;

	return (uint32_t)(groups < left ? groups : left);
}

static struct error *device_list(const struct survey *survey, const struct device *device,
				 struct huge_list *list)
{
	struct huge_mapping_memo memo = { 0 };
	struct error *err = NULL;
	struct huge_page page;
	uint32_t count;

	for (pfn_t pfn = device->start; !err && compound_at(survey, device, pfn, &memo, &page);
	     pfn = page.pfn + ((uint64_t)count << page.order)) {
		count = pages_alike(survey->target, device, &page, memo.row);
		err = memo.row ? huge_groups_add(survey, memo.row, &page, count, list)
			       : huge_list_add(list, &page);
	}
	return err;
}

/* Lists the compound pages of all devices. */
static struct error *pages_list(const struct survey *survey, struct devices *devices)
{
	struct huge_list list = { 0 };
	struct error *err = NULL;

	for (size_t i = 0; !err && i < devices->count; i++)
		err = device_list(survey, &devices->list[i], &list);
	huge_pages_deinit(&devices->pages);
	huge_list_take(&list, &devices->pages);
	return err;
}

/*
 * What could share, and nothing of it does: a kernel that does not. One page of few tails
 * would not do to say so.
 */
static bool nothing_shares(const struct survey *survey, uint64_t *pages_ret)
{
	enum { PAGES_ENOUGH = 2, TAILS_ENOUGH = 64 };
	const struct devices *devices = survey->devices;
	uint64_t untold = 0, tails = 0;

	for (size_t i = 0; i < devices->count; i++) {
		const struct device *device = &devices->list[i];
		const struct device_tally *tally = &device->whole;
		uint64_t could = tally->blocked[DEVICE_BLOCKER_UNTOLD];

		if (tally->optimized || tally->wrong || tally->unknown)
			return false;
		untold += could;
		tails += could * kernel_vmemmap_pages(&survey->target->kernel, device->order);
	}
	*pages_ret = untold;
	return untold >= PAGES_ENOUGH || tails >= TAILS_ENOUGH;
}

bool devices_share_nothing(const struct survey *survey, struct scheme_choice *choice)
{
	const struct evidence *evidence = &choice->evidence[EVIDENCE_HSTATE_NR_FREE_VMEMMAP];
	struct scheme_seen *seen = &choice->seen[FAMILY_DAX];
	uint64_t untold;

	if (choice->dax->target == TARGET_NONE || !nothing_shares(survey, &untold))
		return false;
	scheme_evidence_add(choice, FAMILY_DAX, EVIDENCE_DAX_UNSHARED);
	seen->observed = true;
	snprintf(seen->text, sizeof(seen->text),
		 "none of the %" PRIu64
		 " compound pages of devices that nothing prevents from sharing does%s%s",
		 untold, evidence->present ? "; " : "", evidence->present ? evidence->text : "");
	return true;
}

struct error *device_pages_read(const struct survey *survey, struct devices *devices)
{
	struct error *err = pages_list(survey, devices);

	for (size_t i = 0; !err && i < devices->count; i++)
		devices->list[i].memmap = device_memmap_of(survey, &devices->list[i]);
	for (size_t i = 0; !err && i < devices->count; i++)
		device_tally(survey, &devices->list[i]);
	return err;
}

/*
 * Linux kernel mm/sparse-vmemmap.c, altmap_alloc_block_buf(); drivers/nvdimm/pfn_devs.c,
 * __nvdimm_setup_pfn(): the part for the memmap begins with the range, and ends before the data.
 */
enum altmap_fault device_altmap_fault(const struct kernel *kernel, const struct device *device)
{
	uint64_t pages = device->end - device->start;
	uint64_t subsection = kernel->pages_per_section / kernel->subsections_per_section;
	pfn_t limit = device->data_start > device->start ? device->data_start : device->end;
	pfn_t start = device->altmap_base + device->altmap_reserve;

	/* It is one for all ranges. */
	if (device->range_index || device->range_count > 1)
		return ALTMAP_SOUND;
	if (device->altmap_base > device->start ||
	    device->start - device->altmap_base >= subsection)
		return ALTMAP_BASE;
	if (device->altmap_reserve >= pages)
		return ALTMAP_RESERVE;
	if (device->altmap_free > pages || start + device->altmap_free > limit)
		return ALTMAP_FREE;
	if (device->altmap_alloc > device->altmap_free ||
	    device->altmap_align > device->altmap_free - device->altmap_alloc)
		return ALTMAP_ALLOC;
	return ALTMAP_SOUND;
}

pfn_t device_first_compound(const struct kernel *kernel, const struct device *device)
{
	if (device->altmap_known && !device->altmap)
		return device->start;
	if (device->altmap_read && device_altmap_fault(kernel, device) <= ALTMAP_SOUND)
		return device->altmap_base + device->altmap_reserve + device->altmap_free;
	return device->memmap == MEMMAP_RAM ? device->start : device->data_start;
}

/* --- names -------------------------------------------------------------------- */

static const char *const source_ids[] = {
	[DEVICE_FROM_PGMAP] = "pgmap",
	[DEVICE_FROM_XARRAY] = "pgmap-array",
	[DEVICE_FROM_RESOURCE] = "resource",
	[DEVICE_FROM_MAP] = "struct-pages",
};

const char *device_source_id(enum device_source source)
{
	return source_ids[source];
}

static const char *const kind_ids[] = {
	[DEVICE_DAX] = "devdax",	   [DEVICE_FSDAX] = "fsdax",
	[DEVICE_PRIVATE] = "private",	   [DEVICE_COHERENT] = "coherent",
	[DEVICE_P2PDMA] = "p2pdma",	   [DEVICE_SYSTEM_RAM] = "system-ram",
	[DEVICE_KIND_UNKNOWN] = "unknown",
};

const char *device_kind_id(enum device_kind kind)
{
	return kind_ids[kind];
}

static const char *const medium_ids[] = {
	[MEDIUM_PMEM] = "pmem",
	[MEDIUM_SOFT_RESERVED] = "soft-reserved",
	[MEDIUM_OTHER] = "other",
	[MEDIUM_UNKNOWN] = "unknown",
};

const char *device_medium_id(enum device_medium medium)
{
	return medium_ids[medium];
}

static const char *const memmap_ids[] = {
	[MEMMAP_RAM] = "ram",
	[MEMMAP_DEVICE] = "device",
	[MEMMAP_MIXED] = "mixed",
	[MEMMAP_UNKNOWN] = "unknown",
};

const char *device_memmap_id(enum device_memmap memmap)
{
	return memmap_ids[memmap];
}

static const struct {
	const char *id, *text;
} blockers[] = {
	[DEVICE_BLOCKER_SYSTEM_RAM] = { "system-ram",
					"ordinary memory (dax_kmem): nothing of it is "
					"a device's" },
	[DEVICE_BLOCKER_KIND] = { "not-devdax", "only device DAX has compound pages" },
	[DEVICE_BLOCKER_NOT_BUILT] = { "not-built-in",
				       "this kernel does not share the vmemmap of devices" },
	[DEVICE_BLOCKER_UNKNOWN_SCHEME] = { "unknown-scheme",
					    "how this kernel shares the vmemmap of "
					    "devices is not known here" },
	[DEVICE_BLOCKER_SIZE] = { "struct-page-size",
				  "the size of struct page is no power of two: such are never "
				  "shared" },
	[DEVICE_BLOCKER_ALTMAP] = { "altmap", "the memmap lies in the device itself (altmap)" },
	[DEVICE_BLOCKER_BASE_PAGES] = { "base-pages", "the device is aligned to base pages" },
	[DEVICE_BLOCKER_TOO_SMALL] = { "too-small",
				       "the struct pages of a compound page fill too few "
				       "vmemmap pages" },
	[DEVICE_BLOCKER_EARLY] = { "early-section",
				   "in a section of boot memory: its memmap is used "
				   "as it was" },
	[DEVICE_BLOCKER_LEAF] = { "larger-leaf",
				  "a larger leaf of the page tables was there before, and stays" },
	[DEVICE_BLOCKER_SUBSECTION] = { "part-of-a-section",
					"the range does not fill the section" },
	[DEVICE_BLOCKER_UNTOLD] = { "unknown", "nothing that is known prevents it" },
};

const char *device_blocker_id(enum device_blocker blocker)
{
	return blockers[blocker].id;
}

const char *device_blocker_text(enum device_blocker blocker)
{
	return blockers[blocker].text;
}
