// SPDX-License-Identifier: LGPL-2.1-or-later
/* Walks the vmemmap of every valid section into runs, and indexes their frames. */
#include "include/vmemmap.h"

#include <string.h>
#include <sys/mman.h>

#include "analyzer/parallel.h"
#include "analyzer/table_set.h"
#include "include/analysis.h"
#include "include/bytes.h"
#include "include/error.h"

struct builder {
	const struct kernel *kernel;
	struct vmemmap_map *map;
	size_t capacity;
	bool valid_known;
	struct table_set tables;
};

/* --- memory ---------------------------------------------------------------- */

enum { HUGE_PAGE = 2 << 20 };

/* For millions of elements: with fewer page faults, where the system can do that. */
static void *large_array(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE)
		return NULL;
	if (bytes < HUGE_PAGE)
		return malloc(bytes ? bytes : 1);
	bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	void *array = aligned_alloc(HUGE_PAGE, bytes);
	if (array)
		(void)madvise(array, bytes, MADV_HUGEPAGE);
	return array;
}

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

/* True if @piece goes on where the last run ends. */
static bool run_extend(struct vmemmap_run *last, const struct vmemmap_run *piece)
{
	if (!run_alike(last, piece) || piece->count > UINT32_MAX - last->count)
		return false;
	if (!vmemmap_run_mapped(last)) {
		last->count += piece->count;
		return true;
	}
	if (!last->constant && !piece->constant && last->frame + last->count == piece->frame) {
		last->count += piece->count;
		return true;
	}
	if ((piece->constant || piece->count == 1) && last->frame == piece->frame &&
	    (last->constant || last->count == 1)) {
		last->constant = true;
		last->count += piece->count;
		return true;
	}
	return false;
}

/* [a, b, c] then c again: the run of c begins one page earlier. */
static bool run_split_tail(const struct vmemmap_run *last, const struct vmemmap_run *piece)
{
	return run_alike(last, piece) && vmemmap_run_mapped(last) && !last->constant &&
	       last->count > 1 && (piece->constant || piece->count == 1) &&
	       last->frame + last->count - 1 == piece->frame && piece->count < UINT32_MAX;
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
		piece.count++;
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
		.count = (uint32_t)((stop - va) >> kernel->page_shift),
		.frame = (mapping->pa + (va - mapping->va.start)) >> kernel->page_shift,
		.backing = (uint8_t)backing & 7,
		.level = (uint8_t)mapping->level & 7,
		.state = (uint8_t)mapping->memory_state & 3,
		.constant = mapping->state == MAPPING_PRESENT && mapping->equal > 1,
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
	for (vaddr_t va = start; pgwalk_next_equal(walk, &mapping, &err); va = walk->next) {
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

static struct error *walk_sections(struct builder *builder, struct pgwalk *walk, size_t first,
				   size_t end)
{
	const struct kernel *kernel = builder->kernel;
	struct vmemmap_map *map = builder->map;
	vaddr_t done = 0;

	for (size_t i = first; i < end; i++) {
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

/* --- in parts ------------------------------------------------------------- */

/* Sections [first, end), and what they come to. */
struct part {
	size_t first, end;
	struct vmemmap_map map;
	struct table_set tables;
};

struct parts {
	struct part *list;
	size_t count;
};

static struct error *walk_part(const struct analysis *view, void *data, size_t number)
{
	struct part *part = &((struct parts *)data)->list[number];
	struct builder builder = { .kernel = &view->kernel, .map = &part->map };
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, view->arch, &view->paging, view->memory);

	if (err)
		return err;
	err = walk_sections(&builder, &walk, part->first, part->end);
	part->tables = builder.tables;
	pgwalk_deinit(&walk);
	return err;
}

static vaddr_t section_address(const struct kernel *kernel, size_t i)
{
	return kernel_struct_page(kernel, kernel->sections[i].nr * kernel->pages_per_section);
}

/*
 * Each begins where a lowest-level table does, so that each table and each vmemmap
 * page is in one part. The same parts whatever the number of threads.
 */
static void parts_cut(const struct analysis *analysis, struct parts *parts)
{
	const struct kernel *kernel = &analysis->kernel;
	const struct paging *paging = &analysis->paging;
	uint64_t table = UINT64_C(1) << (paging->level[0].shift + paging->level[0].bits);
	struct part *last = &parts->list[0];

	*last = (struct part){ .end = kernel->section_count };
	parts->count = 1;
	for (size_t i = PART_SECTIONS; i < kernel->section_count; i++) {
		if (i - last->first < PART_SECTIONS || section_address(kernel, i) % table)
			continue;
		last->end = i;
		last = &parts->list[parts->count++];
		*last = (struct part){ .first = i, .end = kernel->section_count };
	}
}

static void part_deinit(struct part *part)
{
	table_set_deinit(&part->tables);
	vmemmap_map_deinit(&part->map);
}

static void counts_add(struct vmemmap_map *to, const struct vmemmap_map *from)
{
	to->pages += from->pages;
	to->pages_unreadable += from->pages_unreadable;
	to->pages_hole += from->pages_hole;
	to->device_pages += from->device_pages;
	to->table_pages += from->table_pages;
	to->device_table_pages += from->device_table_pages;
}

/* Adds what @part found to what those before it did: only the first run may go on with one. */
static struct error *part_join(struct builder *builder, struct part *part)
{
	struct vmemmap_map *to = builder->map, *from = &part->map;
	struct error *err = table_set_join(&builder->tables, &part->tables);

	counts_add(to, from);
	if (!err && from->run_count) {
		err = run_add(builder, from->runs[0]);
		if (!err) {
			memcpy(to->runs + to->run_count, from->runs + 1,
			       (from->run_count - 1) * sizeof(*from->runs));
			to->run_count += from->run_count - 1;
		}
	}
	part_deinit(part);
	return err;
}

/* Room for the runs of all parts at once. */
static struct error *runs_reserve(struct builder *builder, const struct parts *parts)
{
	size_t count = 1;

	for (size_t i = 0; i < parts->count; i++)
		count += parts->list[i].map.run_count;
	builder->map->runs = large_array(count, sizeof(*builder->map->runs));
	if (!builder->map->runs)
		return error_nomem();
	builder->capacity = count;
	return NULL;
}

static struct error *walk_all(const struct analysis *analysis, struct builder *builder)
{
	size_t most = analysis->kernel.section_count / PART_SECTIONS + 1;
	struct parts parts = { .list = calloc(most, sizeof(*parts.list)) };

	if (!parts.list)
		return error_nomem();
	parts_cut(analysis, &parts);
	struct error *err = parallel_run(analysis, parts.count, walk_part, &parts);
	if (!err)
		err = runs_reserve(builder, &parts);
	for (size_t i = 0; !err && i < parts.count; i++)
		err = part_join(builder, &parts.list[i]);
	for (size_t i = 0; i < parts.count; i++)
		part_deinit(&parts.list[i]);
	free(parts.list);
	return err;
}

/* --- frames --------------------------------------------------------------- */

/* A frame, and the number of the run that begins with it in the lowest bits. */
typedef uint64_t frame_key_t;

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* One pass of a radix sort; keeps the order of equals. */
static void sort_digit(const frame_key_t *from, frame_key_t *to, size_t count, unsigned shift)
{
	size_t starts[DIGITS] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i] >> shift & (DIGITS - 1)]++;
	for (size_t digit = 0; digit < DIGITS; digit++) {
		size_t here = starts[digit];

		starts[digit] = sum;
		sum += here;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

/* By frame; of equals, by run, as @keys are. Returns where the result is. */
static frame_key_t *sort_keys(frame_key_t *keys, frame_key_t *other, size_t count,
			      unsigned run_bits, unsigned bits)
{
	for (unsigned shift = run_bits; shift < bits; shift += DIGIT_BITS) {
		frame_key_t *from = keys;

		sort_digit(from, other, count, shift);
		keys = other;
		other = from;
	}
	return keys;
}

static unsigned bits_of(uint64_t number)
{
	return number ? 64 - (unsigned)__builtin_clzll(number) : 0;
}

static pfn_t frames_most(const struct vmemmap_map *map)
{
	pfn_t most = 0;

	for (size_t i = 0; i < map->run_count; i++)
		if (vmemmap_run_mapped(&map->runs[i]) && map->runs[i].frame > most)
			most = map->runs[i].frame;
	return most;
}

static struct error *order_frames(struct vmemmap_map *map)
{
	size_t count = map->frame_count, filled = 0;
	unsigned run_bits = bits_of(map->run_count), bits = run_bits + bits_of(frames_most(map));

	/* 2^24 runs at the end of the largest address space: 16 TiB in no order at all. */
	if (bits > 64)
		return error_new(ERROR_UNSUPPORTED, "the vmemmap is in more than %zu pieces",
				 map->run_count);
	frame_key_t *keys = large_array(2 * (count + 1), sizeof(*keys));
	if (!keys)
		return error_nomem();
	for (size_t i = 0; i < map->run_count; i++)
		if (vmemmap_run_mapped(&map->runs[i]))
			keys[filled++] = map->runs[i].frame << run_bits | i;
	const frame_key_t *sorted = sort_keys(keys, keys + count + 1, count, run_bits, bits);
	for (size_t i = 0; i < count; i++)
		map->by_frame[i] = (uint32_t)(sorted[i] & ((UINT64_C(1) << run_bits) - 1));
	free(keys);
	return NULL;
}

/* A run is shared if its frames overlap those of another, or repeat. */
static void mark_shared(struct vmemmap_map *map)
{
	struct vmemmap_run *holder = NULL;
	pfn_t reach = 0;

	for (size_t i = 0; i < map->frame_count; i++) {
		struct vmemmap_run *run = &map->runs[map->by_frame[i]];
		struct frame_interval interval = vmemmap_interval(map, i);

		run->shared |= run->constant;
		if (holder && interval.start < reach) {
			run->shared = true;
			holder->shared = true;
		}
		if (interval.end > reach) {
			reach = interval.end;
			holder = run;
		}
		map->reach[i / FRAME_BLOCK] = reach;
	}
}

static struct error *index_frames(struct vmemmap_map *map)
{
	if (map->run_count > UINT32_MAX)
		return error_new(ERROR_UNSUPPORTED, "the vmemmap is in more than 2^32 pieces");
	for (size_t i = 0; i < map->run_count; i++)
		map->frame_count += vmemmap_run_mapped(&map->runs[i]);
	map->by_frame = calloc(map->frame_count + 1, sizeof(*map->by_frame));
	map->reach = calloc(map->frame_count / FRAME_BLOCK + 1, sizeof(*map->reach));
	map->last = calloc(1, sizeof(*map->last));
	if (!map->by_frame || !map->reach || !map->last)
		return error_nomem();
	struct error *err = order_frames(map);
	if (!err)
		mark_shared(map);
	return err;
}

struct error *vmemmap_map_build(const struct analysis *analysis, struct vmemmap_map *ret)
{
	*ret = (struct vmemmap_map){ 0 };
	struct builder builder = { .kernel = &analysis->kernel, .map = ret };
	struct error *err = walk_all(analysis, &builder);

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
	free(map->by_frame);
	free(map->reach);
	free(map->last);
	*map = (struct vmemmap_map){ 0 };
}

/* --- questions ------------------------------------------------------------ */

enum { NEAR_RUNS = 4 };

/* The answer if it is one of the runs from @last on; run_count if not. */
static size_t run_near(const struct vmemmap_map *map, size_t last, uint64_t index)
{
	if (last >= map->run_count || (last > 0 && vmemmap_run_end(&map->runs[last - 1]) > index))
		return map->run_count;
	for (size_t i = last; i < map->run_count && i < last + NEAR_RUNS; i++)
		if (vmemmap_run_end(&map->runs[i]) > index)
			return i;
	return map->run_count;
}

const struct vmemmap_run *vmemmap_run_from(const struct vmemmap_map *map, uint64_t index)
{
	size_t low = 0, high = map->run_count;
	size_t near = map->last ? run_near(map, *map->last, index) : high;

	if (near < map->run_count) {
		*map->last = near;
		return map->runs + near;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (vmemmap_run_end(&map->runs[middle]) <= index)
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

/* All intervals before the one returned end at or before @frame. */
static size_t interval_from(const struct vmemmap_map *map, pfn_t frame)
{
	size_t low = 0, high = (map->frame_count + FRAME_BLOCK - 1) / FRAME_BLOCK;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->reach[middle] <= frame)
			low = middle + 1;
		else
			high = middle;
	}
	return low * FRAME_BLOCK;
}

bool vmemmap_users_next(const struct vmemmap_map *map, pfn_t frame, size_t *cursor,
			uint64_t *index_ret, uint64_t *count_ret)
{
	for (size_t i = *cursor ? *cursor : interval_from(map, frame); i < map->frame_count; i++) {
		struct frame_interval interval = vmemmap_interval(map, i);
		const struct vmemmap_run *run = interval.run;

		if (interval.start > frame)
			return false;
		if (interval.end <= frame)
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
		struct error *err = memory_read(memory, addr, piece, (char *)buf + done, state_ret);
		if (err)
			return error_context(err, "struct page of pfn 0x%lx",
					     at / kernel->struct_page_size);
		done += piece;
	}
	return NULL;
}

/* The physical address of the @len bytes at @at, if they are in one page that is mapped. */
static bool place_of(const struct kernel *kernel, const struct vmemmap_map *map, uint64_t at,
		     size_t len, paddr_t *ret)
{
	uint64_t in_page = at & (kernel->page_size - 1);

	if (in_page + len > kernel->page_size)
		return false;
	const struct vmemmap_run *run = vmemmap_run_at(map, at >> kernel->page_shift);
	if (!run || !vmemmap_run_mapped(run))
		return false;
	*ret = (vmemmap_run_frame(run, at >> kernel->page_shift) << kernel->page_shift) + in_page;
	return true;
}

/* A line or two: the processor sees by itself how it goes on. */
enum { PREFETCH_BYTES = 128 };

void vmemmap_prefetch(const struct kernel *kernel, const struct vmemmap_map *map,
		      struct memory *memory, pfn_t pfn)
{
	/* Whoever looks at what is before @pfn goes on from where the cursor is. */
	size_t last = map->last ? *map->last : 0;
	paddr_t addr;

	if (!memory->ops->direct ||
	    !place_of(kernel, map, pfn * kernel->struct_page_size, 1, &addr))
		return;
	const unsigned char *bytes = memory->ops->direct(memory, addr);
	if (map->last)
		*map->last = last;
	if (!bytes)
		return;
	for (unsigned at = 0; at < PREFETCH_BYTES; at += 64)
		__builtin_prefetch(bytes + at);
}

struct error *vmemmap_look(const struct kernel *kernel, const struct vmemmap_map *map,
			   struct memory *memory, struct page_buffer *buffer, pfn_t pfn, size_t len,
			   const unsigned char **ret, enum memory_state *state_ret)
{
	uint64_t at = pfn * kernel->struct_page_size;
	paddr_t addr;

	if (place_of(kernel, map, at, len, &addr))
		return memory_look(memory, buffer, addr, len, ret, state_ret);
	struct error *err = page_buffer_prepare(buffer, memory);
	if (err)
		return err;
	*ret = buffer->bytes;
	return read_bytes(kernel, map, memory, at, buffer->bytes, len, state_ret);
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
	uint64_t at = pfn * kernel->struct_page_size + offset;
	unsigned char buf[8];
	const unsigned char *bytes = buf;
	struct error *err;
	paddr_t addr;

	if (place_of(kernel, map, at, sizeof(buf), &addr))
		err = memory_view(memory, addr, sizeof(buf), buf, &bytes, state_ret);
	else
		err = read_bytes(kernel, map, memory, at, buf, sizeof(buf), state_ret);

	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = load_u64(bytes, kernel->big_endian);
	return err;
}
