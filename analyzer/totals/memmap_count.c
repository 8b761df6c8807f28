// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Counts frames behind the vmemmap, in the order of frames. A section that was plugged in
 * has none from memblock. Of boot sections, what a larger leaf maps is as it was at
 * boot; single pages may have been given back and replaced, which PG_reserved of the
 * frame tells, and it is what the kernel goes by (free_vmemmap_page()).
 */
#include "analyzer/totals/memmap_count.h"
#include "analyzer/devices/device.h"

#include "analyzer/parallel/parallel.h"
#include "analyzer/pages/survey.h"
#include "include/bytes.h"
#include "include/error.h"

enum { TAIL_FRAMES_MAX = 512, PART_INTERVALS = 1 << 10 };

/* The shared tail frames, and what the parts of the work come to. */
struct tails {
	pfn_t frames[TAIL_FRAMES_MAX];
	unsigned count;
	pfn_t least, most; /* of them */
	bool unreadable;
};

struct part {
	struct memmap_count count;
	uint64_t device_frames; /* of sections that are never online */
};

struct work {
	const struct tails *tails;
	struct part *parts;
};

struct counting {
	const struct survey *survey; /* a thread's view */
	const struct tails *tails;
	struct part *part;

	/* Struct pages of the frames [chunk, chunk_end). */
	pfn_t chunk, chunk_end;
	enum memory_state chunk_state;
	const unsigned char *bytes;
	struct page_buffer buffer;
};

/* --- shared tail frames ------------------------------------------------------ */

static void tail_add(struct tails *tails, pfn_t frame)
{
	if (!tails->count || frame < tails->least)
		tails->least = frame;
	if (!tails->count || frame > tails->most)
		tails->most = frame;
	tails->frames[tails->count++] = frame;
}

static void tails_collect(const struct target *target, struct tails *tails)
{
	const struct kernel *kernel = &target->kernel;

	for (size_t i = 0; i < kernel->zone_count; i++)
		for (unsigned slot = 0; slot < kernel->zones[i].tail_count; slot++) {
			enum tail_state state;
			pfn_t frame;

			state = kernel_shared_tail(kernel, kernel->zones[i].node,
						   kernel->zones[i].index,
						   slot + kernel->tails_min_order, &frame);
			if (state == TAIL_UNREADABLE || tails->count == TAIL_FRAMES_MAX)
				tails->unreadable = true;
			else if (state == TAIL_KNOWN)
				tail_add(tails, frame);
		}
	if (kernel->nodes_unreadable && layout_has(&target->layout, LAYOUT_ZONE_VMEMMAP_TAILS))
		tails->unreadable = true;
}

static bool is_zone_tail(const struct tails *tails, pfn_t frame)
{
	if (frame < tails->least || frame > tails->most)
		return false;
	for (unsigned i = 0; i < tails->count; i++)
		if (tails->frames[i] == frame)
			return true;
	return false;
}

/* --- frames ------------------------------------------------------------------ */

/* The vmemmap page with the struct page of @frame. */
static struct error *chunk_read(struct counting *counting, pfn_t frame)
{
	const struct survey *survey = counting->survey;
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t per_chunk = kernel->page_size / kernel->struct_page_size;

	if (frame >= counting->chunk && frame < counting->chunk_end)
		return NULL;
	counting->chunk = frame / per_chunk * per_chunk;
	counting->chunk_end = counting->chunk + per_chunk;
	return vmemmap_look(kernel, survey->map, survey->target->memory, &counting->buffer,
			    counting->chunk, per_chunk * kernel->struct_page_size, &counting->bytes,
			    &counting->chunk_state);
}

static bool is_reserved(const struct counting *counting, pfn_t frame)
{
	const struct survey *survey = counting->survey;
	uint64_t at = (frame - counting->chunk) * survey->target->kernel.struct_page_size +
		      layout_get(&survey->target->layout, LAYOUT_PAGE_FLAGS);
	uint64_t flags = load_u64(counting->bytes + at, survey->target->kernel.big_endian);

	return flags >> layout_get(&survey->target->layout, LAYOUT_PG_RESERVED) & 1;
}

/* A frame behind a single page of a boot section. */
static struct error *count_by_flag(struct counting *counting, pfn_t frame)
{
	struct memmap_count *count = &counting->part->count;
	struct error *err = chunk_read(counting, frame);

	if (err)
		return err;
	if (counting->chunk_state != MEMORY_PRESENT) {
		count->untold++;
		count->untold_state = counting->chunk_state;
	} else if (is_reserved(counting, frame)) {
		count->boot++;
	} else {
		count->buddy++;
	}
	return NULL;
}

static void count_plugged(struct counting *counting, pfn_t pfn, pfn_t frame)
{
	const struct devices *devices = counting->survey->devices;
	const struct device *device = devices->count ? devices_find(devices, frame) : NULL;

	counting->part->count.buddy++;
	counting->part->count.on_device += device && device == devices_find(devices, pfn);
}

/* @frame, at the first vmemmap page that it is behind. */
static struct error *count_frame(struct counting *counting, const struct frame_interval *interval,
				 pfn_t frame)
{
	const struct kernel *kernel = &counting->survey->target->kernel;
	const struct vmemmap_map *map = counting->survey->map;
	uint64_t index = frame_interval_place(map, interval, frame).index;
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	const struct section *section = kernel_section_of(kernel, pfn);

	if (!section || is_zone_tail(counting->tails, frame))
		return NULL;
	counting->part->device_frames += !section->early && !section->online;
	if (!section->early)
		count_plugged(counting, pfn, frame);
	else if (map->rows[interval->row].backing == BACKING_LEAF)
		counting->part->count.boot++;
	else
		return count_by_flag(counting, frame);
	return NULL;
}

/* --- in parts ------------------------------------------------------------------ */

static struct error *count_intervals(struct counting *counting, size_t first, size_t end)
{
	struct frame_walk walk = vmemmap_frames(counting->survey->map, first, end);
	struct error *err = NULL;

	while (!err && frame_walk_next(&walk))
		for (pfn_t frame = walk.start; !err && frame < walk.end; frame++)
			err = count_frame(counting, walk.interval, frame);
	return err;
}

static struct error *count_part(const struct survey *view, void *data, size_t number)
{
	const struct work *work = data;
	size_t first = number * PART_INTERVALS, count = view->map->interval_count;
	struct counting counting = {
		.survey = view,
		.tails = work->tails,
		.part = &work->parts[number],
	};
	struct error *err = count_intervals(
		&counting, first, count - first > PART_INTERVALS ? first + PART_INTERVALS : count);

	page_buffer_deinit(&counting.buffer);
	return err;
}

static void part_add(const struct part *part, struct memmap_count *to)
{
	to->boot += part->count.boot;
	to->buddy += part->count.buddy;
	to->on_device += part->count.on_device;
	if (!to->untold)
		to->untold_state = part->count.untold_state;
	to->untold += part->count.untold;
	to->device_saved -= part->device_frames;
}

static struct error *count_parts(const struct survey *survey, const struct tails *tails,
				 struct memmap_count *ret)
{
	size_t count = (survey->map->interval_count + PART_INTERVALS - 1) / PART_INTERVALS;
	struct work work = { tails, calloc(count + 1, sizeof(*work.parts)) };
	struct error *err =
		work.parts ? survey_in_parts(survey, count, count_part, &work) : error_nomem();

	for (size_t i = 0; !err && i < count; i++)
		part_add(&work.parts[i], ret);
	free(work.parts);
	return err;
}

/* --- vmemmap pages --------------------------------------------------------------- */

/* Vmemmap pages of @section that something is behind. */
static uint64_t mapped_pages(const struct survey *survey, const struct section *section)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct vmemmap_map *map = survey->map;
	uint64_t index = vmemmap_index_of(kernel, section->nr * kernel->pages_per_section);
	uint64_t end = vmemmap_index_of(kernel, (section->nr + 1) * kernel->pages_per_section);
	uint64_t pages = 0;

	for (size_t i = vmemmap_row_from(map, index);
	     i < map->row_count && map->rows[i].first < end; i++) {
		const struct vmemmap_row *row = &map->rows[i];
		uint64_t first = row->first > index ? row->first : index;
		uint64_t stop = vmemmap_row_end(row) < end ? vmemmap_row_end(row) : end;

		pages += vmemmap_row_mapped(row) ? stop - first : 0;
	}
	return pages;
}

/* --- small sections --------------------------------------------------------------- */

/* Where the memmap of a section fills no page, several share one: ppc64 with 64 KiB. */
static bool sections_share_pages(const struct kernel *kernel)
{
	return kernel->pages_per_section * kernel->struct_page_size < kernel->page_size;
}

/* The device whose compound pages the section holds, and whose memmap is shared; else NULL. */
static const struct device *shared_device(const struct survey *survey, pfn_t pfn)
{
	const struct device *device =
		survey->devices->count ? devices_find(survey->devices, pfn) : NULL;
	uint64_t pages = device && device->order_known
				 ? kernel_vmemmap_pages(&survey->target->kernel, device->order)
				 : 0;

	return device && device->memmap == MEMMAP_RAM && pages > survey->scheme->dax->pages_kept
		       ? device
		       : NULL;
}

/*
 * The kernel does not count such pages, but sections: one page each; of a section in a
 * device whose compound pages share, what is kept where one begins.
 */
static void count_small_section(const struct survey *survey, const struct section *section,
				struct memmap_count *count)
{
	pfn_t pfn = section->nr * survey->target->kernel.pages_per_section;
	const struct device *device = section->early ? NULL : shared_device(survey, pfn);
	uint64_t kept = survey->scheme->dax->pages_kept;

	if (section->early) {
		count->boot++;
	} else if (!device) {
		count->buddy++;
	} else {
		uint64_t counted = pfn & ((UINT64_C(1) << device->order) - 1) ? 0 : kept;

		count->buddy += counted;
		count->device_saved += 1 - counted; /* the first takes from the next ones */
	}
}

static struct error *count_small_sections(const struct survey *survey, struct memmap_count *count)
{
	for (size_t i = 0; i < survey->target->kernel.section_count; i++)
		if (survey->target->kernel.sections[i].has_mem_map)
			count_small_section(survey, &survey->target->kernel.sections[i], count);
	return NULL;
}

/* --- all of it ---------------------------------------------------------------------- */

/* Pages that sharing saves are those that are mapped and no frame was counted for. */
struct error *memmap_count_read(const struct survey *survey, struct memmap_count *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	const struct vmemmap_map *map = survey->map;
	struct tails tails = { 0 };

	*ret = (struct memmap_count){ 0 };
	tails_collect(survey->target, &tails);
	ret->tails_unreadable = tails.unreadable;
	for (size_t i = 0; i < map->row_count; i++)
		if (!vmemmap_row_mapped(&map->rows[i]) && map->rows[i].valid_known)
			ret->unmapped += map->rows[i].count;
	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];

		ret->page_ext += section->page_ext;
		if (section->has_mem_map && !section->early && !section->online &&
		    !sections_share_pages(kernel))
			ret->device_saved += mapped_pages(survey, section);
	}
	return sections_share_pages(kernel) ? count_small_sections(survey, ret)
					    : count_parts(survey, &tails, ret);
}
