// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The XArray pgmap_array: which pfns belong to which dev_pagemap. Linux kernel
 * mm/memremap.c, include/linux/xarray.h.
 */
#include "analyzer/devices/devices.h"

#include "include/array.h"
#include "include/bytes.h"
#include "include/vector.h"

enum {
	XA_DEPTH_MAX = 16,
	XA_SLOTS_MAX = 64,
	XA_SHIFT_MAX = 60,
	XA_NODES_MAX = 1 << 16,
	XA_NODE_FIRST = 4096, /* internal entries above it are nodes */
};

struct xa_frame {
	vaddr_t slots_at;
	uint64_t base; /* index of slot 0 */
	unsigned shift, next;
	uint64_t slots[XA_SLOTS_MAX];
};

struct xa_walk {
	struct device_finder *finder;
	unsigned slots, chunk_shift;
	unsigned depth;
	uint64_t nodes;
	struct array_fault at; /* the slot that is looked at */
	struct xa_frame frames[XA_DEPTH_MAX];
};

static void missing(struct xa_walk *walk, const char *why)
{
	struct devices *devices = walk->finder->devices;

	devices->pgmaps_known = false;
	devices->array_lost = true;
	if (!devices->pgmaps_missing)
		devices->pgmaps_missing = why;
}

static void damaged(struct xa_walk *walk)
{
	array_fault_add(walk->finder->devices, &walk->at);
	missing(walk, "pgmap_array is damaged");
}

static bool is_internal(uint64_t entry)
{
	return (entry & 3) == 2;
}

static bool is_pointer(uint64_t entry)
{
	return entry && (entry & 3) == 0;
}

/* --- nodes ------------------------------------------------------------------ */

/* A node may lie in two pages, of which one is in the dump: *whole_ret is false then. */
static struct error *slots_read(struct xa_walk *walk, vaddr_t node, struct xa_frame *frame,
				bool *whole_ret)
{
	const struct survey *survey = walk->finder->survey;
	vaddr_t at = node + layout_get(&survey->target->layout, LAYOUT_XA_NODE_SLOTS);
	unsigned char bytes[8 * XA_SLOTS_MAX];
	enum memory_state state;
	struct error *err = kmem_read(survey->target->kmem, at, bytes, 8 * walk->slots, &state);

	*whole_ret = !err && state == MEMORY_PRESENT;
	for (unsigned i = 0; !err && i < walk->slots; i++) {
		struct member_reader reader = { .survey = survey };

		frame->slots[i] =
			*whole_ret ? load_u64(bytes + 8 * i, survey->target->kernel.big_endian)
				   : number_read(&reader, at + 8 * i, 8);
		err = reader.err;
	}
	return err;
}

/* Every level resolves as many bits as there are slots, and none is left out. */
static bool shift_fits(const struct xa_walk *walk, uint64_t shift)
{
	if (walk->depth == 0)
		return shift <= XA_SHIFT_MAX && shift % walk->chunk_shift == 0;
	return shift + walk->chunk_shift == walk->frames[walk->depth - 1].shift;
}

/* The shift of the node at @node: if that part is not in the dump, the one that fits. */
static struct error *shift_read(struct xa_walk *walk, vaddr_t node, uint64_t *ret, bool *read_ret)
{
	struct member_reader reader = { .survey = walk->finder->survey };

	*ret = member_read(&reader, node, LAYOUT_XA_NODE_SHIFT, 1);
	*read_ret = !reader.unreadable;
	if (reader.unreadable && walk->depth > 0)
		*ret = walk->frames[walk->depth - 1].shift - walk->chunk_shift;
	return reader.err;
}

static void node_lost(struct xa_walk *walk)
{
	walk->finder->devices->nodes_unreadable++;
	missing(walk, "a node of pgmap_array is not in the dump");
}

static struct error *node_push(struct xa_walk *walk, vaddr_t node, uint64_t base)
{
	struct xa_frame *frame = &walk->frames[walk->depth];
	uint64_t shift;
	bool read, whole;

	if (++walk->nodes > XA_NODES_MAX) {
		missing(walk, "pgmap_array has more nodes than any machine needs");
		walk->depth = 0;
		return NULL;
	}
	struct error *err = shift_read(walk, node, &shift, &read);
	if (err)
		return err;
	if (walk->depth == XA_DEPTH_MAX || !shift_fits(walk, shift)) {
		damaged(walk);
		return NULL;
	}
	err = slots_read(walk, node, frame, &whole);
	if (err)
		return err;
	if (!read || !whole)
		node_lost(walk);
	/* Nothing shows how high a tree is but its top. */
	if (!read && walk->depth == 0)
		return NULL;
	frame->slots_at =
		node + layout_get(&walk->finder->survey->target->layout, LAYOUT_XA_NODE_SLOTS);
	frame->base = base;
	frame->shift = (unsigned)shift;
	frame->next = 0;
	walk->depth++;
	return NULL;
}

/* --- entries ---------------------------------------------------------------- */

static struct error *interval_add(struct xa_walk *walk, vaddr_t pgmap, pfn_t start, pfn_t end)
{
	struct device_finder *finder = walk->finder;
	struct pgmap_interval *last =
		finder->interval_count ? &finder->intervals[finder->interval_count - 1] : NULL;

	if (last && last->pgmap == pgmap && last->end == start) {
		last->end = end;
		return NULL;
	}
	if (finder->interval_count >= DEVICES_MAX) {
		missing(walk, "pgmap_array has more ranges than any machine has");
		walk->depth = 0;
		return NULL;
	}
	return vector_push(
		finder->intervals, finder->interval_count, finder->interval_room,
		(struct pgmap_interval){
			.pgmap = pgmap, .start = start, .end = end, .slot = walk->at.slot });
}

/*
 * The entry that slot @slot stands for: an entry that covers several slots is
 * followed by siblings, which name the slot that it is in.
 */
static uint64_t entry_at(struct xa_walk *walk, const struct xa_frame *frame, unsigned slot)
{
	uint64_t entry = frame->slots[slot], canonical = entry >> 2;

	if (!is_internal(entry) || entry > XA_NODE_FIRST || canonical >= walk->slots)
		return entry;
	if (canonical < slot && is_pointer(frame->slots[canonical]) &&
	    (canonical + 1 == slot || frame->slots[slot - 1] == entry))
		return frame->slots[canonical];
	if (canonical < slot && !frame->slots[canonical]) {
		walk->at.kind = ARRAY_EMPTIED;
		walk->at.slot = frame->slots_at + 8 * canonical;
		walk->at.entry = 0;
		walk->at.start -= (slot - canonical) << frame->shift;
	}
	damaged(walk);
	return 0;
}

/* The slot, for what may be said of it. */
static void slot_note(struct xa_walk *walk, const struct xa_frame *frame, unsigned slot)
{
	walk->at = (struct array_fault){
		.kind = ARRAY_GARBAGE,
		.slot = frame->slots_at + 8 * slot,
		.entry = frame->slots[slot],
		.start = frame->base + ((uint64_t)slot << frame->shift),
		.end = frame->base + ((uint64_t)(slot + 1) << frame->shift),
	};
}

/* No page table maps a node there: garbage, and not what the dump left out. */
static struct error *node_is_nowhere(struct xa_walk *walk, vaddr_t node, bool *ret)
{
	enum memory_state state;
	paddr_t ignored;
	struct error *err =
		kmem_translate(walk->finder->survey->target->kmem, node, &ignored, &state);

	*ret = !err && state == MEMORY_ABSENT;
	return err;
}

static struct error *node_visit(struct xa_walk *walk, vaddr_t node, uint64_t base)
{
	bool nowhere;
	struct error *err = node_is_nowhere(walk, node, &nowhere);

	if (!err && nowhere)
		damaged(walk);
	return err || nowhere ? err : node_push(walk, node, base);
}

static struct error *entry_visit(struct xa_walk *walk, struct xa_frame *frame, unsigned slot)
{
	slot_note(walk, frame, slot);
	uint64_t entry = entry_at(walk, frame, slot),
		 limit = pfn_limit(walk->finder->survey->target);
	uint64_t size = UINT64_C(1) << frame->shift;

	if (!entry)
		return NULL;
	/* Then neither the product nor the sum below wraps. */
	if (slot > 0 && (size >= limit || frame->base + slot * size >= limit)) {
		damaged(walk);
		return NULL;
	}
	uint64_t index = frame->base + slot * size;
	if (is_internal(entry) && entry > XA_NODE_FIRST && frame->shift > 0)
		return node_visit(walk, entry - 2, index);
	if (is_pointer(entry) && is_kernel_pointer(walk->finder->survey->target, entry) &&
	    size <= limit - index)
		return interval_add(walk, entry, index, index + size);
	/* What is left is of no use here: a value, or an entry that is being changed. */
	damaged(walk);
	return NULL;
}

static struct error *nodes_walk(struct xa_walk *walk)
{
	struct error *err = NULL;

	while (!err && walk->depth > 0) {
		struct xa_frame *frame = &walk->frames[walk->depth - 1];

		if (frame->next == walk->slots)
			walk->depth--;
		else
			err = entry_visit(walk, frame, frame->next++);
	}
	return err;
}

static struct error *walk_from(struct device_finder *finder, uint64_t head, uint64_t slots)
{
	struct xa_walk walk = {
		.finder = finder,
		.slots = (unsigned)slots,
		.chunk_shift = slots == 16 ? 4 : 6,
	};

	walk.at = (struct array_fault){
		.kind = ARRAY_GARBAGE,
		.slot = layout_symbol(&finder->survey->target->layout, LAYOUT_SYM_PGMAP_ARRAY) +
			layout_get(&finder->survey->target->layout, LAYOUT_XARRAY_HEAD),
		.entry = head,
		.end = pfn_limit(finder->survey->target),
	};
	finder->devices->pgmaps_known = true;
	if (!head)
		return NULL;
	/* No device has one page only. */
	if (is_pointer(head) && is_kernel_pointer(finder->survey->target, head)) {
		walk.at.kind = ARRAY_NO_NODE;
		walk.at.end = 1;
	}
	if (!is_internal(head) || head <= XA_NODE_FIRST) {
		damaged(&walk);
		return NULL;
	}
	struct error *err = node_visit(&walk, head - 2, 0);
	return err ? err : nodes_walk(&walk);
}

struct error *pgmap_array_read(struct device_finder *finder)
{
	static const enum layout_id needed[] = {
		LAYOUT_SYM_PGMAP_ARRAY, LAYOUT_XARRAY_HEAD,	     LAYOUT_XA_NODE_SHIFT,
		LAYOUT_XA_NODE_SLOTS,	LAYOUT_XA_NODE_SLOTS_LENGTH,
	};
	const struct layout *layout = &finder->survey->target->layout;
	struct devices *devices = finder->devices;
	struct member_reader reader = { .survey = finder->survey };
	uint64_t slots = layout_get(layout, LAYOUT_XA_NODE_SLOTS_LENGTH);

	if (!layout_has_all(layout, needed, COUNT_OF(needed))) {
		devices->pgmaps_missing = "the types or symbols lack pgmap_array";
		return NULL;
	}
	if (slots != 16 && slots != 64) {
		devices->pgmaps_missing = "struct xa_node is of a kind not known here";
		return NULL;
	}
	uint64_t head = member_read(&reader, layout_symbol(layout, LAYOUT_SYM_PGMAP_ARRAY),
				    LAYOUT_XARRAY_HEAD, 8);
	if (reader.err)
		return reader.err;
	if (reader.unreadable) {
		devices->array_lost = true;
		devices->pgmaps_missing = "pgmap_array is not in the dump";
		return NULL;
	}
	return walk_from(finder, head, slots);
}
