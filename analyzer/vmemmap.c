// SPDX-License-Identifier: LGPL-2.1-or-later
/* Walks the vmemmap of every valid section into runs, and indexes their frames. */
#include "include/vmemmap.h"

#include <string.h>

#include "analyzer/table_set.h"
#include "include/bytes.h"
#include "include/error.h"

struct builder {
	const struct kernel *kernel;
	struct vmemmap_map *map;
	size_t capacity;
	bool valid_known;
	struct table_set tables;
};

/* --- runs ----------------------------------------------------------------- */

static struct error *run_push(struct builder *builder, const struct vmemmap_run *run)
{
	struct vmemmap_map *map = builder->map;

	if (map->run_count == builder->capacity) {
		size_t capacity = builder->capacity ? 2 * builder->capacity : 256;
		struct vmemmap_run *grown = reallocarray(map->runs, capacity, sizeof(*grown));

		if (!grown)
			return error_nomem();
		map->runs = grown;
		builder->capacity = capacity;
	}
	map->runs[map->run_count++] = *run;
	return NULL;
}

static bool run_alike(const struct vmemmap_run *a, const struct vmemmap_run *b)
{
	return a->first + a->count == b->first && a->backing == b->backing &&
	       a->level == b->level && a->state == b->state && a->writable == b->writable &&
	       a->valid_known == b->valid_known;
}

/* True if @piece (linear, or one page) goes on where the last run ends. */
static bool run_extend(struct vmemmap_run *last, const struct vmemmap_run *piece)
{
	if (!run_alike(last, piece))
		return false;
	if (!vmemmap_run_mapped(last)) {
		last->count += piece->count;
		return true;
	}
	if (!last->constant && last->frame + last->count == piece->frame) {
		last->count += piece->count;
		return true;
	}
	if (piece->count == 1 && last->frame == piece->frame &&
	    (last->constant || last->count == 1)) {
		last->constant = true;
		last->count++;
		return true;
	}
	return false;
}

/* [a, b, c] then c again: the run of c begins one page earlier. */
static bool run_split_tail(struct vmemmap_run *last, const struct vmemmap_run *piece)
{
	return run_alike(last, piece) && vmemmap_run_mapped(last) && !last->constant &&
	       last->count > 1 && piece->count == 1 &&
	       last->frame + last->count - 1 == piece->frame;
}

static struct error *run_add(struct builder *builder, struct vmemmap_run piece)
{
	struct vmemmap_map *map = builder->map;
	struct vmemmap_run *last = map->run_count ? &map->runs[map->run_count - 1] : NULL;

	if (last && run_extend(last, &piece))
		return NULL;
	if (last && run_split_tail(last, &piece)) {
		last->count--;
		piece.first--;
		piece.count = 2;
		piece.constant = true;
	}
	return run_push(builder, &piece);
}

static const struct {
	enum backing leaf, base;
} backing_of[] = {
	[MAPPING_NONE] = { BACKING_HOLE, BACKING_HOLE },
	[MAPPING_PRESENT] = { BACKING_LEAF, BACKING_BASE },
	[MAPPING_UNREADABLE] = { BACKING_UNREADABLE, BACKING_UNREADABLE },
	[MAPPING_INVALID] = { BACKING_INVALID, BACKING_INVALID },
};

/* The part of @mapping that lies in [va, end) as a run. */
static struct vmemmap_run run_of(const struct builder *builder, const struct mapping *mapping,
				 vaddr_t va, vaddr_t end)
{
	const struct kernel *kernel = builder->kernel;
	vaddr_t stop = mapping->va.end < end && mapping->va.end > va ? mapping->va.end : end;
	enum backing backing = mapping->level == 0 ? backing_of[mapping->state].base
						   : backing_of[mapping->state].leaf;

	return (struct vmemmap_run){
		.first = (va - kernel->vmemmap) >> kernel->page_shift,
		.count = (stop - va) >> kernel->page_shift,
		.frame = (mapping->pa + (va - mapping->va.start)) >> kernel->page_shift,
		.backing = (uint8_t)backing,
		.level = (uint8_t)mapping->level,
		.state = (uint8_t)mapping->memory_state,
		.writable = mapping->writable,
		.valid_known = builder->valid_known,
	};
}

static void run_count(struct vmemmap_map *map, const struct vmemmap_run *run)
{
	map->pages += run->count;
	if (run->backing == BACKING_UNREADABLE || run->backing == BACKING_INVALID)
		map->pages_unreadable += run->count;
	else if (run->backing == BACKING_HOLE && run->valid_known)
		map->pages_hole += run->count;
}

static struct error *walk_range(struct builder *builder, struct pgwalk *walk, vaddr_t start,
				vaddr_t end)
{
	struct mapping mapping;
	struct error *err;

	walk->next = start;
	walk->end = end;
	for (vaddr_t va = start; pgwalk_next(walk, &mapping, &err); va = walk->next) {
		struct vmemmap_run run = run_of(builder, &mapping, va, end);

		run_count(builder->map, &run);
		err = run_add(builder, run);
		if (!err)
			err = table_set_add(&builder->tables, walk->paging, &mapping);
		if (err)
			return err;
	}
	return err;
}

/* --- sections ------------------------------------------------------------- */

/* Vmemmap addresses of pfns [start, end), widened to whole pages. */
static struct range vmemmap_range(const struct kernel *kernel, pfn_t start, pfn_t end)
{
	uint64_t mask = kernel->page_size - 1;

	return (struct range){
		.start = kernel_struct_page(kernel, start) & ~mask,
		.end = (kernel_struct_page(kernel, end) + mask) & ~mask,
	};
}

static struct error *walk_section(struct builder *builder, struct pgwalk *walk,
				  const struct section *section, vaddr_t *done)
{
	const struct kernel *kernel = builder->kernel;
	uint64_t count = kernel->subsections_per_section;
	uint64_t pages = kernel->pages_per_section / count;
	pfn_t first = section->nr * kernel->pages_per_section;

	builder->valid_known = section->subsections_known;
	for (uint64_t i = 0; i < count;) {
		uint64_t end = i;

		while (end < count && section_subsection_valid(section, end))
			end++;
		if (end == i) {
			i++;
			continue;
		}
		struct range range = vmemmap_range(kernel, first + i * pages, first + end * pages);
		if (range.start < *done) /* a vmemmap page that two pieces share */
			range.start = *done;
		struct error *err = range.start < range.end
					    ? walk_range(builder, walk, range.start, range.end)
					    : NULL;
		if (err)
			return error_context(err, "vmemmap of section %lu", section->nr);
		*done = range.end;
		i = end;
	}
	return NULL;
}

static bool section_is_device(const struct section *section)
{
	return !section->online;
}

static struct error *walk_sections(struct builder *builder, struct pgwalk *walk)
{
	const struct kernel *kernel = builder->kernel;
	struct vmemmap_map *map = builder->map;
	vaddr_t done = 0;

	for (size_t i = 0; i < kernel->section_count; i++) {
		const struct section *section = &kernel->sections[i];
		uint64_t tables = walk->base_tables_read, pages = map->pages;
		struct error *err =
			section->has_mem_map ? walk_section(builder, walk, section, &done) : NULL;
		if (err)
			return err;
		if (section_is_device(section)) {
			map->device_table_pages += walk->base_tables_read - tables;
			map->device_pages += map->pages - pages;
		} else {
			map->table_pages += walk->base_tables_read - tables;
		}
	}
	return NULL;
}

/* --- frames --------------------------------------------------------------- */

static int interval_compare(const void *a, const void *b)
{
	const struct frame_interval *left = a, *right = b;

	if (left->start != right->start)
		return left->start < right->start ? -1 : 1;
	return left->run < right->run ? -1 : left->run > right->run;
}

static pfn_t run_frame_end(const struct vmemmap_run *run)
{
	return run->frame + (run->constant ? 1 : run->count);
}

/* A run is shared if its frames overlap those of another, or repeat. */
static void mark_shared(struct vmemmap_map *map)
{
	pfn_t reach = 0;
	uint32_t holder = 0;

	for (size_t i = 0; i < map->frame_count; i++) {
		struct frame_interval *interval = &map->frames[i];

		map->runs[interval->run].shared |= map->runs[interval->run].constant;
		if (i > 0 && interval->start < reach) {
			map->runs[interval->run].shared = true;
			map->runs[holder].shared = true;
		}
		if (interval->end > reach) {
			reach = interval->end;
			holder = interval->run;
		}
		interval->reach = reach;
	}
}

static struct error *index_frames(struct vmemmap_map *map)
{
	if (map->run_count > UINT32_MAX)
		return error_new(ERROR_UNSUPPORTED, "the vmemmap is in more than 2^32 pieces");
	map->frames = calloc(map->run_count ? map->run_count : 1, sizeof(*map->frames));
	map->last = calloc(1, sizeof(*map->last));
	if (!map->frames || !map->last)
		return error_nomem();
	for (size_t i = 0; i < map->run_count; i++)
		if (vmemmap_run_mapped(&map->runs[i]))
			map->frames[map->frame_count++] = (struct frame_interval){
				.start = map->runs[i].frame,
				.end = run_frame_end(&map->runs[i]),
				.run = (uint32_t)i,
			};
	qsort(map->frames, map->frame_count, sizeof(*map->frames), interval_compare);
	mark_shared(map);
	return NULL;
}

struct error *vmemmap_map_build(const struct kernel *kernel, struct pgwalk *walk,
				struct vmemmap_map *ret)
{
	*ret = (struct vmemmap_map){ 0 };
	struct builder builder = { .kernel = kernel, .map = ret };
	struct error *err = walk_sections(&builder, walk);

	table_set_deinit(&builder.tables);
	if (!err)
		err = index_frames(ret);
	if (err)
		vmemmap_map_deinit(ret);
	return err;
}

void vmemmap_map_deinit(struct vmemmap_map *map)
{
	free(map->runs);
	free(map->frames);
	free(map->last);
	*map = (struct vmemmap_map){ 0 };
}

/* --- questions ------------------------------------------------------------ */

/* True if no run before @i ends after @index, and run @i does. */
static bool is_first_after(const struct vmemmap_map *map, size_t i, uint64_t index)
{
	const struct vmemmap_run *run = &map->runs[i];

	return run->first + run->count > index &&
	       (i == 0 || run[-1].first + run[-1].count <= index);
}

const struct vmemmap_run *vmemmap_run_from(const struct vmemmap_map *map, uint64_t index)
{
	size_t low = 0, high = map->run_count, last = map->last ? *map->last : high;

	if (last < map->run_count && is_first_after(map, last, index))
		return map->runs + last;
	if (last + 1 < map->run_count && is_first_after(map, last + 1, index))
		return map->runs + (*map->last = last + 1);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->runs[middle].first + map->runs[middle].count <= index)
			low = middle + 1;
		else
			high = middle;
	}
	if (map->last)
		*map->last = low;
	return map->runs + low;
}

const struct vmemmap_run *vmemmap_run_at(const struct vmemmap_map *map, uint64_t index)
{
	const struct vmemmap_run *run = vmemmap_run_from(map, index);

	return run < map->runs + map->run_count && run->first <= index ? run : NULL;
}

/* The first interval that could hold @frame: all before end at or before it. */
static size_t interval_from(const struct vmemmap_map *map, pfn_t frame)
{
	size_t low = 0, high = map->frame_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->frames[middle].reach <= frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool vmemmap_users_next(const struct vmemmap_map *map, pfn_t frame, size_t *cursor,
			uint64_t *index_ret, uint64_t *count_ret)
{
	size_t i = *cursor ? *cursor : interval_from(map, frame);

	for (; i < map->frame_count && map->frames[i].start <= frame; i++) {
		const struct vmemmap_run *run = &map->runs[map->frames[i].run];

		if (map->frames[i].end <= frame)
			continue;
		*index_ret = run->constant ? run->first : run->first + (frame - run->frame);
		*count_ret = run->constant ? run->count : 1;
		*cursor = i + 1;
		return true;
	}
	return false;
}

uint64_t vmemmap_users(const struct vmemmap_map *map, pfn_t frame)
{
	uint64_t index, count, total = 0;

	for (size_t cursor = 0; vmemmap_users_next(map, frame, &cursor, &index, &count);)
		total += count;
	return total;
}

/* --- contents ------------------------------------------------------------- */

/* @at: bytes from the vmemmap's start. */
static struct error *read_bytes(const struct kernel *kernel, const struct vmemmap_map *map,
				struct memory *memory, uint64_t at, void *buf, size_t len,
				enum memory_state *state_ret)
{
	uint64_t mask = kernel->page_size - 1;

	*state_ret = MEMORY_PRESENT;
	for (size_t done = 0; done < len && *state_ret == MEMORY_PRESENT;) {
		uint64_t index = (at + done) >> kernel->page_shift;
		const struct vmemmap_run *run = vmemmap_run_at(map, index);
		size_t piece = kernel->page_size - ((at + done) & mask);

		if (!run || !vmemmap_run_mapped(run)) {
			*state_ret = run && run->backing == BACKING_UNREADABLE
					     ? (enum memory_state)run->state
					     : MEMORY_ABSENT;
			return NULL;
		}
		if (piece > len - done)
			piece = len - done;
		paddr_t addr = (vmemmap_run_frame(run, index) << kernel->page_shift) +
			       ((at + done) & mask);
		struct error *err =
			memory->ops->read(memory, addr, piece, (char *)buf + done, state_ret);
		if (err)
			return error_context(err, "struct page of pfn 0x%lx",
					     at / kernel->struct_page_size);
		done += piece;
	}
	return NULL;
}

struct error *vmemmap_read(const struct kernel *kernel, const struct vmemmap_map *map,
			   struct memory *memory, pfn_t pfn, void *buf, size_t len,
			   enum memory_state *state_ret)
{
	return read_bytes(kernel, map, memory, pfn * kernel->struct_page_size, buf, len, state_ret);
}

struct error *vmemmap_read_u64(const struct kernel *kernel, const struct vmemmap_map *map,
			       struct memory *memory, pfn_t pfn, uint64_t offset, uint64_t *ret,
			       enum memory_state *state_ret)
{
	unsigned char bytes[8];
	struct error *err = read_bytes(kernel, map, memory, pfn * kernel->struct_page_size + offset,
				       bytes, sizeof(bytes), state_ret);

	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = load_u64(bytes, kernel->big_endian);
	return err;
}
