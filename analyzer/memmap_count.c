// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Counts frames behind the vmemmap, section by section. A section that was plugged in
 * has none from memblock. Of boot sections, what a larger leaf maps is as it was at
 * boot; single pages may have been given back and replaced, which PG_reserved of the
 * frame tells, and it is what the kernel goes by (free_vmemmap_page()).
 */
#include "analyzer/memmap_count.h"

#include "include/analysis.h"
#include "include/bytes.h"
#include "include/error.h"

enum { TAIL_FRAMES_MAX = 512, CHUNK_BYTES = 4096 };

struct counting {
	const struct analysis *analysis;
	struct memmap_count *count;
	const struct section *section;
	uint64_t done; /* vmemmap pages below are counted */

	pfn_t tails[TAIL_FRAMES_MAX];
	unsigned tail_count;

	/* Struct pages of the frames [chunk, chunk_end). */
	pfn_t chunk, chunk_end;
	enum memory_state chunk_state;
	unsigned char bytes[CHUNK_BYTES];
};

/* --- shared tail frames ------------------------------------------------------ */

static void tails_collect(struct counting *counting)
{
	const struct kernel *kernel = &counting->analysis->kernel;

	for (size_t i = 0; i < kernel->zone_count; i++)
		for (unsigned slot = 0; slot < kernel->zones[i].tail_count; slot++) {
			enum tail_state state;
			pfn_t frame;

			state = kernel_shared_tail(kernel, kernel->zones[i].node,
						   kernel->zones[i].index,
						   slot + kernel->tails_min_order, &frame);
			if (state == TAIL_UNREADABLE || counting->tail_count == TAIL_FRAMES_MAX)
				counting->count->tails_unreadable = true;
			else if (state == TAIL_KNOWN)
				counting->tails[counting->tail_count++] = frame;
		}
	if (kernel->nodes_unreadable &&
	    layout_has(&counting->analysis->layout, LAYOUT_ZONE_VMEMMAP_TAILS))
		counting->count->tails_unreadable = true;
}

static bool is_zone_tail(const struct counting *counting, pfn_t frame)
{
	for (unsigned i = 0; i < counting->tail_count; i++)
		if (counting->tails[i] == frame)
			return true;
	return false;
}

/* --- frames ------------------------------------------------------------------ */

/* Whether @frame is to be counted at vmemmap page @index: there only, if at all. */
static bool counts_here(const struct counting *counting, const struct vmemmap_run *run,
			uint64_t index)
{
	pfn_t frame = vmemmap_run_frame(run, index);
	uint64_t first, count;
	size_t cursor = 0;

	if (is_zone_tail(counting, frame))
		return false;
	if (!run->shared)
		return true;
	return vmemmap_users_next(&counting->analysis->map, frame, &cursor, &first, &count) &&
	       first == index;
}

static struct error *chunk_read(struct counting *counting, pfn_t frame)
{
	const struct analysis *analysis = counting->analysis;
	const struct kernel *kernel = &analysis->kernel;
	uint64_t per_chunk = sizeof(counting->bytes) / kernel->struct_page_size;

	if (frame >= counting->chunk && frame < counting->chunk_end)
		return NULL;
	counting->chunk = frame / per_chunk * per_chunk;
	counting->chunk_end = counting->chunk + per_chunk;
	return vmemmap_read(kernel, &analysis->map, analysis->memory, counting->chunk,
			    counting->bytes, per_chunk * kernel->struct_page_size,
			    &counting->chunk_state);
}

static bool is_reserved(const struct counting *counting, pfn_t frame)
{
	const struct analysis *analysis = counting->analysis;
	uint64_t at = (frame - counting->chunk) * analysis->kernel.struct_page_size +
		      layout_get(&analysis->layout, LAYOUT_PAGE_FLAGS);
	uint64_t flags = load_u64(counting->bytes + at, analysis->kernel.big_endian);

	return flags >> layout_get(&analysis->layout, LAYOUT_PG_RESERVED) & 1;
}

/* A frame behind a single page of a boot section. */
static struct error *count_by_flag(struct counting *counting, pfn_t frame)
{
	struct memmap_count *count = counting->count;
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

static void count_plugged(struct counting *counting, uint64_t index, pfn_t frame)
{
	const struct devices *devices = &counting->analysis->devices;
	pfn_t pfn = vmemmap_first_pfn(&counting->analysis->kernel, index);
	const struct device *device = devices->count ? devices_find(devices, frame) : NULL;

	counting->count->buddy++;
	counting->count->on_device += device && device == devices_find(devices, pfn);
}

/* Vmemmap pages [index, end) of @run; *counted_ret of them have a frame to count. */
static struct error *count_frames(struct counting *counting, const struct vmemmap_run *run,
				  uint64_t index, uint64_t end, uint64_t *counted_ret)
{
	struct error *err = NULL;

	*counted_ret = 0;
	/* One frame: it is counted where it begins, or nowhere. */
	if (run->constant)
		end = index == run->first ? index + 1 : index;
	for (; !err && index < end; index++) {
		pfn_t frame = vmemmap_run_frame(run, index);

		if (!counts_here(counting, run, index))
			continue;
		++*counted_ret;
		if (!counting->section->early)
			count_plugged(counting, index, frame);
		else if (run->backing == BACKING_LEAF)
			counting->count->boot++;
		else
			err = count_by_flag(counting, frame);
	}
	return err;
}

/* --- sections ---------------------------------------------------------------- */

static struct error *count_piece(struct counting *counting, const struct vmemmap_run *run,
				 uint64_t index, uint64_t end)
{
	struct memmap_count *count = counting->count;
	uint64_t counted;

	if (!vmemmap_run_mapped(run)) {
		count->unmapped += run->valid_known ? end - index : 0;
		return NULL;
	}
	struct error *err = count_frames(counting, run, index, end, &counted);
	if (!counting->section->early && !counting->section->online)
		count->device_saved += end - index - counted;
	return err;
}

static struct error *count_section(struct counting *counting, const struct section *section)
{
	const struct kernel *kernel = &counting->analysis->kernel;
	const struct vmemmap_map *map = &counting->analysis->map;
	uint64_t index = vmemmap_index_of(kernel, section->nr * kernel->pages_per_section);
	uint64_t end = vmemmap_index_of(kernel, (section->nr + 1) * kernel->pages_per_section);
	struct error *err = NULL;

	counting->section = section;
	if (index < counting->done)
		index = counting->done;
	counting->done = end;
	for (const struct vmemmap_run *run = vmemmap_run_from(map, index);
	     !err && run < map->runs + map->run_count && run->first < end; run++) {
		uint64_t stop = run->first + run->count;

		if (index < run->first)
			index = run->first;
		err = count_piece(counting, run, index, stop < end ? stop : end);
	}
	return err;
}

struct error *memmap_count_read(const struct analysis *analysis, struct memmap_count *ret)
{
	const struct kernel *kernel = &analysis->kernel;
	struct counting *counting = calloc(1, sizeof(*counting));
	struct error *err = NULL;

	*ret = (struct memmap_count){ 0 };
	if (!counting)
		return error_nomem();
	counting->analysis = analysis;
	counting->count = ret;
	tails_collect(counting);
	for (size_t i = 0; !err && i < kernel->section_count; i++) {
		ret->page_ext += kernel->sections[i].page_ext;
		if (kernel->sections[i].has_mem_map)
			err = count_section(counting, &kernel->sections[i]);
	}
	free(counting);
	return err;
}
