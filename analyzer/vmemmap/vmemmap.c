// SPDX-License-Identifier: LGPL-2.1-or-later
/* The vmemmap map's runs, and struct pages read through it. */
#include "analyzer/vmemmap/vmemmap.h"

#include <inttypes.h>

#include "include/bisect.h"
#include "include/bytes.h"
#include "include/error.h"

/* --- rows ------------------------------------------------------------------ */

enum { NEAR_ROWS = 4 };

/* The answer if it is one of the rows from @last on; row_count if not. */
static size_t row_near(const struct vmemmap_map *map, size_t last, uint64_t index)
{
	if (last >= map->row_count || (last > 0 && vmemmap_row_end(&map->rows[last - 1]) > index))
		return map->row_count;
	for (size_t i = last; i < map->row_count && i < last + NEAR_ROWS; i++)
		if (vmemmap_row_end(&map->rows[i]) > index)
			return i;
	return map->row_count;
}

/* True if it is the row of the last answer, as mostly. */
static inline bool is_in_last(const struct vmemmap_map *map, uint64_t index)
{
	if (!map->last || *map->last >= map->row_count)
		return false;
	const struct vmemmap_row *row = &map->rows[*map->last];
	return row->first <= index && vmemmap_row_end(row) > index;
}

size_t vmemmap_row_from(const struct vmemmap_map *map, uint64_t index)
{
	if (is_in_last(map, index))
		return *map->last;
	size_t row = map->last ? row_near(map, *map->last, index) : map->row_count;

	if (row == map->row_count)
		row = bisect(map->row_count, i, vmemmap_row_end(&map->rows[i]) <= index);
	if (map->last)
		*map->last = row;
	return row;
}

/* --- runs ------------------------------------------------------------------ */

/* The run of @row, a stripe, that holds @index. */
static void run_of_stripe(const struct vmemmap_map *map, const struct vmemmap_row *row,
			  uint64_t index, struct vmemmap_run *ret)
{
	uint32_t group = (uint32_t)(index - row->first) / row->period;
	uint64_t first = row->first + (uint64_t)group * row->period;

	if (index == first) {
		ret->first = first;
		ret->count = 1;
		ret->frame = stripe_head(map, row, group);
		ret->constant = false;
		ret->writable = row->head_writable;
		ret->shared = row->tails == STRIPE_TAILS_HEAD ||
			      (row->shared && vmemmap_users(map, ret->frame) > 1);
		return;
	}
	ret->first = first + 1;
	ret->count = row->period - 1;
	ret->frame = stripe_tail(map, row, group);
	ret->constant = true;
	ret->writable = row->writable;
	ret->shared = true;
}

static void run_of_row(const struct vmemmap_map *map, const struct vmemmap_row *row, uint64_t index,
		       struct vmemmap_run *ret)
{
	*ret = vmemmap_row_run(row);
	if (row->period)
		run_of_stripe(map, row, index, ret);
}

bool vmemmap_run_from(const struct vmemmap_map *map, uint64_t index, struct vmemmap_run *ret)
{
	size_t number = vmemmap_row_from(map, index);

	if (number == map->row_count)
		return false;
	const struct vmemmap_row *row = &map->rows[number];
	run_of_row(map, row, index > row->first ? index : row->first, ret);
	return true;
}

bool vmemmap_run_at(const struct vmemmap_map *map, uint64_t index, struct vmemmap_run *ret)
{
	size_t number = vmemmap_row_from(map, index);

	if (number == map->row_count || map->rows[number].first > index) {
		*ret = (struct vmemmap_run){ .first = index, .backing = BACKING_HOLE };
		return false;
	}
	run_of_row(map, &map->rows[number], index, ret);
	return true;
}

bool vmemmap_frame_at(const struct vmemmap_map *map, uint64_t index, pfn_t *ret)
{
	size_t number = vmemmap_row_from(map, index);

	if (number == map->row_count)
		return false;
	const struct vmemmap_row *row = &map->rows[number];
	if (row->first > index || !vmemmap_row_mapped(row))
		return false;
	if (row->period) {
		uint32_t beyond = (uint32_t)(index - row->first), group = beyond / row->period;

		*ret = beyond % row->period ? stripe_tail(map, row, group)
					    : stripe_head(map, row, group);
	} else {
		*ret = row->constant ? row->frame : row->frame + (index - row->first);
	}
	return true;
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
		struct vmemmap_run run;
		size_t piece = kernel->page_size - ((at + done) & mask);

		vmemmap_run_at(map, index, &run);
		if (!vmemmap_run_mapped(&run)) {
			*state_ret = run.backing == BACKING_UNREADABLE ? run.state : MEMORY_ABSENT;
			return NULL;
		}
		if (piece > len - done)
			piece = len - done;
		paddr_t addr = (vmemmap_run_frame(&run, index) << kernel->page_shift) +
			       ((at + done) & mask);
		struct error *err = memory_read(memory, addr, piece, (char *)buf + done, state_ret);
		if (err)
			return error_context(err, "struct page of pfn 0x%" PRIx64,
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
	pfn_t frame;

	if (in_page + len > kernel->page_size)
		return false;
	if (!vmemmap_frame_at(map, at >> kernel->page_shift, &frame))
		return false;
	*ret = (frame << kernel->page_shift) + in_page;
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
