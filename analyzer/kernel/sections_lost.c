// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections that mem_section is wrong about. Its word stands against that of page tables and
 * struct pages: a section that is being added has page tables, and no struct page in use yet;
 * one that is being removed has no page in use any more, unless it is a device's. Linux kernel
 * mm/sparse.c, section_activate(), section_deactivate(); mm/memory_hotplug.c, offline_pages().
 */
#include "analyzer/kernel/section_reader.h"
#include "analyzer/kernel/section_origin.h"
#include "analyzer/kernel/section_use.h"
#include "analyzer/kernel/sections.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

#include <string.h>

/* Sections that are asked: more without a memory section behind them is a ruin. */
enum { SECTIONS_ASKED_MAX = 1 << 14 };

struct search {
	struct section_reader reader;
	size_t known;		/* sections before the search */
	uint64_t section_bytes; /* of vmemmap */
	unsigned asked;
	uint64_t empty_root; /* the one that was looked at last */
	bool is_empty;
};

static struct error *use_read(struct search *search, uint64_t nr, uint32_t enough,
			      struct section_witness *ret)
{
	const struct section_reader *reader = &search->reader;

	return section_use_read(reader->layout, reader->kmem, reader->kernel, nr, enough, ret);
}

/* --- those that mem_section denies ------------------------------------------- */

static struct error *section_push(struct search *search, const struct section *section)
{
	struct kernel *kernel = search->reader.kernel;
	struct error *err = vector_push(kernel->sections, kernel->section_count,
					search->reader.capacity, *section);

	if (err)
		return err;
	kernel->sections_inferred++;
	kernel->sections_faulty++;
	return NULL;
}

/* As inferred from page tables: its struct pages are asked which they belong to. */
static void doubt(struct section *section, enum section_fault fault)
{
	section->has_mem_map = section->online = section->device = section->inferred = true;
	section->early = section->preinit = section->page_ext = false;
	section->subsections_known = section->usage_empty = false;
	section->usage = 0;
	section->preinit_order = 0;
	section->subsections = SUBSECTIONS_ALL;
	section->fault = fault;
}

/* @bytes, a struct mem_section above the highest one: present, and as all others are. */
static struct error *hidden_add(struct search *search, uint64_t nr, const unsigned char *bytes,
				bool *ret)
{
	struct kernel *kernel = search->reader.kernel;
	size_t count = kernel->section_count;
	struct error *err = section_add(&search->reader, nr, bytes);

	*ret = !err && kernel->section_count > count;
	if (!*ret)
		return err;
	struct section *added = &kernel->sections[count];

	*ret = added->has_mem_map && (added->map & kernel->section_map_mask) == kernel->vmemmap;
	kernel->section_count -= !*ret;
	if (!*ret)
		return NULL;
	added->fault = SECTION_HIDDEN;
	kernel->sections_faulty++;
	return NULL;
}

static uint64_t map_at(const struct section_reader *reader, uint64_t i)
{
	const unsigned char *bytes =
		reader->root + i * layout_get(reader->layout, LAYOUT_SECTION_SIZE);

	return load_u64(bytes + layout_get(reader->layout, LAYOUT_SECTION_MEM_MAP),
			reader->kernel->big_endian);
}

static struct error *entry_ask(struct search *search, uint64_t nr, enum section_fault *fault_ret,
			       uint64_t *map_ret, bool *done_ret)
{
	const struct section_reader *reader = &search->reader;
	const struct layout *layout = reader->layout;
	enum root_state state;
	struct error *err = section_root_load(&search->reader, nr / reader->per_root, &state);

	*map_ret = 0;
	*done_ret = err || state == ROOT_UNREADABLE;
	*fault_ret = state == ROOT_NULL ? SECTION_NO_ROOT : SECTION_ROOT_ASTRAY;
	if (err || state != ROOT_READ)
		return err;
	const unsigned char *bytes =
		reader->root + nr % reader->per_root * layout_get(layout, LAYOUT_SECTION_SIZE);

	*fault_ret = SECTION_NOT_PRESENT;
	*map_ret = map_at(reader, nr % reader->per_root);
	return nr > reader->highest ? hidden_add(search, nr, bytes, done_ret) : NULL;
}

static bool array_is_empty(const struct section_reader *reader)
{
	for (uint64_t i = 0; i < reader->per_root; i++)
		if (section_flag(reader->layout, LAYOUT_SECTION_PRESENT_BIT, 0, map_at(reader, i)))
			return false;
	return true;
}

/* All of the array of @nr is lost: what one of its sections shows is true of the others. */
static bool array_is_lost(struct search *search, uint64_t nr, enum section_fault fault)
{
	uint64_t root = nr / search->reader.per_root;

	if (fault != SECTION_NOT_PRESENT)
		return true;
	if (search->empty_root != root)
		search->is_empty = array_is_empty(&search->reader);
	search->empty_root = root;
	return search->is_empty;
}

static struct error *section_ask(struct search *search, uint64_t nr)
{
	struct section section = { .nr = nr };
	enum section_fault fault;
	bool done;
	struct error *err = entry_ask(search, nr, &fault, &section.map, &done);

	search->asked++;
	if (!err && !done)
		err = use_read(search, nr, UINT32_MAX, &section.witness);
	if (err || done || !(section.witness.in_use || array_is_lost(search, nr, fault)))
		return err;
	doubt(&section, fault);
	return section_push(search, &section);
}

/* Sections [@first, @end) found in one array; they stay if any is in use. */
static bool array_is_used(const struct kernel *kernel, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++)
		if (kernel->sections[i].witness.in_use || !kernel->sections[i].inferred)
			return true;
	return false;
}

/* Takes back those of lost arrays of which nothing is in use. */
static void unused_drop(struct search *search)
{
	struct kernel *kernel = search->reader.kernel;
	size_t kept = search->known, end;

	for (size_t i = search->known; i < kernel->section_count; i = end) {
		uint64_t root = kernel->sections[i].nr / search->reader.per_root;

		end = i + 1;
		while (end < kernel->section_count &&
		       kernel->sections[end].nr / search->reader.per_root == root)
			end++;
		if (array_is_used(kernel, i, end)) {
			memmove(&kernel->sections[kept], &kernel->sections[i],
				(end - i) * sizeof(*kernel->sections));
			kept += end - i;
			continue;
		}
		kernel->sections_inferred -= end - i;
		kernel->sections_faulty -= end - i;
	}
	kernel->section_count = kept;
}

static bool may_ask(const struct search *search)
{
	const struct kernel *kernel = search->reader.kernel;

	return search->asked < SECTIONS_ASKED_MAX && kernel->section_count < sections_max(kernel);
}

/* Sections [@first, @end) that a mapping reaches into; none twice. */
static struct error *gap_look(struct search *search, uint64_t first, uint64_t end)
{
	const struct kernel *kernel = search->reader.kernel;
	struct pgwalk *walk = &search->reader.kmem->walk;
	uint64_t pages = kernel->pages_per_section;
	vaddr_t limit = kernel_struct_page(kernel, end * pages);
	struct mapping mapping;
	struct error *err = NULL;

	for (vaddr_t va = kernel_struct_page(kernel, first * pages);
	     !err && va < limit && may_ask(search);) {
		/* Asking moves the walk. */
		walk->next = va;
		walk->end = limit;
		if (!pgwalk_next_equal(walk, &mapping, &err) || mapping.va.end <= va)
			break;
		uint64_t nr = (va - kernel->vmemmap) / search->section_bytes;

		va = mapping.va.end;
		if (mapping.state != MAPPING_PRESENT)
			continue;
		uint64_t last = (va - 1 - kernel->vmemmap) / search->section_bytes;

		for (; !err && nr <= last && nr < end && may_ask(search); nr++)
			err = section_ask(search, nr);
		va = kernel_struct_page(kernel, nr * pages);
	}
	return err;
}

/* Before, between and after those that are known, as far as zones reach. */
static struct error *gaps_look(struct search *search)
{
	const struct kernel *kernel = search->reader.kernel;
	uint64_t pages = kernel->pages_per_section, next = 0;
	uint64_t end = (kernel_zones_end(kernel) + pages - 1) / pages;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < search->known; i++) {
		uint64_t nr = kernel->sections[i].nr, limit = nr < end ? nr : end;

		if (next < limit)
			err = gap_look(search, next, limit);
		next = nr + 1;
	}
	return !err && next < end ? gap_look(search, next, end) : err;
}

/* --- those that mem_section has -------------------------------------------------- */

/* A bit more or less in the address leaves the marks as they were. */
static bool is_garbled(const struct kernel *kernel, const struct section *section)
{
	uint64_t base = section->map & kernel->section_map_mask, differs = base ^ kernel->vmemmap;

	return differs && (section->has_mem_map || base) && __builtin_popcountll(differs) > 1;
}

/*
 * Present, and marked as without struct pages. That is so for a moment while it is added, with
 * struct pages that nobody has written; and while it is removed, with no sub-section left.
 */
static struct error *without_map_ask(struct search *search, struct section *section)
{
	struct error *err = use_read(search, section->nr, UINT32_MAX, &section->witness);

	if (err || !section->witness.in_use || (!section->early && section->usage_empty))
		return err;
	doubt(section, SECTION_WITHOUT_MAP);
	return NULL;
}

static struct error *garbled_ask(struct search *search, struct section *section)
{
	struct error *err = use_read(search, section->nr, UINT32_MAX, &section->witness);

	doubt(section, SECTION_GARBLED);
	/* Garbage may name sections that no memory is behind. */
	section->has_mem_map = section->witness.looked > 0;
	return err;
}

/* Two marks say that it is a device's: nobody need be asked. */
static bool is_marked_device(const struct search *search, const struct section *section)
{
	return section->device && layout_has(search->reader.layout, LAYOUT_SECTION_DEVICE_BIT);
}

/*
 * Not online, as are devices and memory that nobody may use yet. While it is put online its pages
 * are free or referenced already. Linux kernel mm/memory_hotplug.c, online_pages().
 */
static struct error *offline_ask(struct search *search, struct section *section)
{
	if (is_marked_device(search, section))
		return NULL;
	struct error *err = use_read(search, section->nr, 1, &section->witness);

	if (!err && section->witness.in_use && !section->witness.of_devices &&
	    !section->witness.of_users)
		err = use_read(search, section->nr, UINT32_MAX, &section->witness);
	if (err || !section->witness.of_users)
		return err;
	section->online = true;
	section->fault = SECTION_NOT_ONLINE;
	return NULL;
}

/* What lies within the span of a ZONE_DEVICE is a device's, or memory between devices. */
static bool is_among_devices(const struct search *search, const struct section *section)
{
	const struct section_reader *reader = &search->reader;
	const struct kernel *kernel = reader->kernel;
	pfn_t pfn = section->nr * kernel->pages_per_section;

	if (!layout_has(reader->layout, LAYOUT_ZONE_DEVICE) ||
	    !layout_has(reader->layout, LAYOUT_SECTION_DEVICE_BIT))
		return false;
	for (size_t i = 0; i < kernel->zone_count; i++)
		if (kernel->zones[i].index == layout_get(reader->layout, LAYOUT_ZONE_DEVICE) &&
		    (zone_spans(&kernel->zones[i], pfn) ||
		     zone_spans(&kernel->zones[i], pfn + kernel->pages_per_section - 1)))
			return true;
	return false;
}

/* The mark is set before the first struct page of a device is written. */
static struct error *online_ask(struct search *search, struct section *section)
{
	if (section->device || !is_among_devices(search, section))
		return NULL;
	struct error *err = use_read(search, section->nr, UINT32_MAX, &section->witness);

	if (err || !section->witness.of_devices)
		return err;
	section->device = true;
	section->fault = SECTION_NOT_TAINTED;
	return NULL;
}

static struct error *frames_ask(struct search *search, struct section *section, bool all)
{
	const struct section_reader *reader = &search->reader;
	struct section_frames frames;
	struct error *err = section_frames_read(reader->layout, reader->kmem, reader->kernel,
						section->nr, all, &frames);

	section->witness.frames = frames.looked;
	section->witness.from_boot = frames.from_boot;
	return err;
}

enum { FRAMES_ENOUGH = 2 }; /* one flag alone may be wrong */

/* Memory without the mark of boot: most of the frames behind it are what only boot allocates. */
static struct error *plugged_ask(struct search *search, struct section *section)
{
	const struct section_witness *witness = &section->witness;
	struct error *err = frames_ask(search, section, false);

	if (err || witness->from_boot < FRAMES_ENOUGH || 2 * witness->from_boot <= witness->frames)
		return err;
	section->early = true;
	section->fault = SECTION_NOT_EARLY;
	return section_usage_read(&search->reader, section);
}

/*
 * Never online, with struct pages of devices, and with the mark of boot. A device may share a
 * section with memory of boot: then that is behind its struct pages.
 */
static struct error *early_device_ask(struct search *search, struct section *section)
{
	struct section_witness *witness = &section->witness;
	struct error *err = use_read(search, section->nr, 1, witness);

	if (!err && witness->of_devices)
		err = frames_ask(search, section, true);
	if (err || witness->from_boot || witness->frames < FRAMES_ENOUGH)
		return err;
	section->early = false;
	section->fault = SECTION_NOT_OF_BOOT;
	return section_usage_read(&search->reader, section);
}

static struct error *origin_ask(struct search *search, struct section *section)
{
	if (section->early)
		return section->online ? NULL : early_device_ask(search, section);
	return section->online && !section->device ? plugged_ask(search, section) : NULL;
}

static struct error *known_ask(struct search *search, struct section *section)
{
	if (is_garbled(search->reader.kernel, section))
		return garbled_ask(search, section);
	if (!section->has_mem_map)
		return without_map_ask(search, section);
	struct error *err =
		section->online ? online_ask(search, section) : offline_ask(search, section);

	return err || section->fault != SECTION_SOUND ? err : origin_ask(search, section);
}

static struct error *known_look(struct search *search)
{
	struct kernel *kernel = search->reader.kernel;
	struct error *err = NULL;

	for (size_t i = 0; !err && i < search->known; i++) {
		struct section *section = &kernel->sections[i];

		if (section->inferred)
			continue;
		err = known_ask(search, section);
		kernel->sections_faulty += section->fault != SECTION_SOUND;
		kernel->sections_inferred += section->inferred;
	}
	return err;
}

/*
 * The number never goes down, and arrays never go away: without the array of its section it was
 * overwritten. Where zones reach that far it is the array that is lost.
 */
static struct error *highest_ask(struct search *search)
{
	struct section_reader *reader = &search->reader;
	struct kernel *kernel = reader->kernel;
	enum root_state state = ROOT_NULL;
	struct error *err = NULL;

	if (kernel->section_highest < kernel_zones_end(kernel) / kernel->pages_per_section)
		return NULL;
	if (kernel->section_highest / reader->per_root < reader->root_count)
		err = section_root_load(reader, kernel->section_highest / reader->per_root, &state);
	kernel->section_highest_absurd = !err && state == ROOT_NULL;
	return err;
}

/* --- all of it --------------------------------------------------------------------- */

struct error *sections_find_lost(const struct facts *facts, const struct layout *layout,
				 struct kmem *kmem, struct kernel *kernel)
{
	struct search search = {
		.known = kernel->section_count,
		.section_bytes = kernel->pages_per_section * kernel->struct_page_size,
		.empty_root = UINT64_MAX,
	};
	struct error *err = section_reader_init(facts, layout, kmem, kernel, &search.reader);

	if (!err)
		err = known_look(&search);
	if (!err)
		err = gaps_look(&search);
	if (!err)
		err = highest_ask(&search);
	unused_drop(&search);
	if (kernel->section_count > search.known)
		qsort(kernel->sections, kernel->section_count, sizeof(*kernel->sections),
		      section_compare);
	section_reader_deinit(&search.reader);
	return err;
}
