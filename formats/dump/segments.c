// SPDX-License-Identifier: LGPL-2.1-or-later
/* A sorted table of disjoint pieces of physical memory. */
#include "formats/dump/segments.h"

#include <stdbool.h>
#include <stdlib.h>

#include "include/array.h"
#include "include/bisect.h"
#include "include/error.h"

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* The order in which states win where pieces overlap. */
static const enum memory_state layers[] = { MEMORY_PRESENT, MEMORY_TRUNCATED, MEMORY_EXCLUDED };

static int compare(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* Any rule will do for equals, but it has to be one: qsort is not stable. */
	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* As most files have them, and then a qsort() of them takes longer than all else here. */
static bool is_sorted(const struct segment *raw, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare(&raw[i - 1], &raw[i]) > 0)
			return false;
	return true;
}

static bool continues(const struct segment *last, const struct segment *next)
{
	if (last->end != next->start || last->state != next->state)
		return false;
	return next->state != MEMORY_PRESENT ||
	       next->offset == last->offset + (last->end - last->start);
}

static void append(struct segments *to, struct segment piece)
{
	struct segment *last = to->count ? &to->entries[to->count - 1] : NULL;

	if (last && continues(last, &piece))
		last->end = piece.end;
	else
		to->entries[to->count++] = piece;
}

static void drop_front(struct segment *piece, paddr_t start)
{
	if (start > piece->start) {
		piece->offset += start - piece->start;
		piece->start = start;
	}
}

/*
 * Appends to @out what of @piece is in no segment of @below from *next on,
 * and on the way those segments themselves.
 */
static void append_uncovered(struct segments *out, struct segment piece,
			     const struct segments *below, size_t *next)
{
	while (piece.start < piece.end) {
		bool more = *next < below->count;
		const struct segment *under = more ? &below->entries[*next] : NULL;

		if (under && under->start <= piece.start) {
			drop_front(&piece, MIN(under->end, piece.end));
			if (under->end > piece.end)
				return;
			append(out, *under);
			++*next;
			continue;
		}

		struct segment part = piece;
		part.end = under ? MIN(piece.end, under->start) : piece.end;
		append(out, part);
		drop_front(&piece, part.end);
	}
}

static size_t count_in(const struct segment *raw, size_t count, enum memory_state state)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += raw[i].state == state;
	return found;
}

/* Adds the pieces of @raw that are in @state and not yet covered by @segments. */
static struct error *add_layer(struct segments *segments, const struct segment *raw, size_t count,
			       enum memory_state state)
{
	size_t pieces = count_in(raw, count, state);
	struct segments out = { 0 };

	if (!pieces)
		return NULL;
	/* Each segment below can cut one piece in two. */
	out.entries = reallocarray(NULL, 2 * segments->count + pieces + 1, sizeof(out.entries[0]));
	if (!out.entries)
		return error_nomem();

	size_t next = 0;
	paddr_t covered_to = 0;
	for (size_t i = 0; i < count; i++) {
		struct segment piece = raw[i];

		if (piece.state != state || piece.end <= covered_to)
			continue;
		drop_front(&piece, covered_to);
		covered_to = piece.end;
		/* Segments that end before the piece come before it. */
		while (next < segments->count && segments->entries[next].end <= piece.start)
			append(&out, segments->entries[next++]);
		append_uncovered(&out, piece, segments, &next);
	}
	while (next < segments->count)
		append(&out, segments->entries[next++]);

	free(segments->entries);
	*segments = out;
	return NULL;
}

/* Once, from the end: a dump of a large machine has many pieces, and each page asks. */
static struct error *run_ends_find(struct segments *segments)
{
	const struct segment *entries = segments->entries;

	segments->run_ends = calloc(segments->count + 1, sizeof(*segments->run_ends));
	if (!segments->run_ends)
		return error_nomem();
	for (size_t i = segments->count; i-- > 0;) {
		bool goes_on = i + 1 < segments->count && entries[i + 1].start == entries[i].end &&
			       entries[i + 1].state == entries[i].state;

		segments->run_ends[i] = goes_on ? segments->run_ends[i + 1] : entries[i].end;
	}
	return NULL;
}

struct error *segments_init(struct segment *raw, size_t count, struct segments *ret)
{
	struct segments segments = { 0 };

	if (count > SIZE_MAX / sizeof(*raw) / 16)
		return error_nomem();
	if (!is_sorted(raw, count))
		qsort(raw, count, sizeof(*raw), compare);
	for (size_t i = 0; i < COUNT_OF(layers); i++) {
		struct error *err = add_layer(&segments, raw, count, layers[i]);

		if (err) {
			segments_deinit(&segments);
			return err;
		}
	}
	struct error *err = run_ends_find(&segments);
	if (err) {
		segments_deinit(&segments);
		return err;
	}
	*ret = segments;
	return NULL;
}

void segments_deinit(struct segments *segments)
{
	free(segments->entries);
	free(segments->run_ends);
	*segments = (struct segments){ 0 };
}

size_t segments_find(const struct segments *segments, paddr_t addr)
{
	return bisect(segments->count, i, segments->entries[i].end <= addr);
}

/* The state of the page [start, end), whose first segment is @i or a later one. */
static enum memory_state page_state(const struct segments *segments, size_t i, paddr_t start,
				    paddr_t end)
{
	/* From bad to worse. */
	static const int badness[] = {
		[MEMORY_ABSENT] = 0,	[MEMORY_PRESENT] = 1, [MEMORY_EXCLUDED] = 2,
		[MEMORY_TRUNCATED] = 3, [MEMORY_DAMAGED] = 4,
	};
	enum memory_state worst = MEMORY_ABSENT;

	for (; i < segments->count && segments->entries[i].start < end; i++) {
		const struct segment *segment = &segments->entries[i];

		if (segment->end > start && badness[segment->state] > badness[worst])
			worst = segment->state;
	}
	return worst;
}

struct memory_extent segments_extent(const struct segments *segments, paddr_t addr,
				     unsigned page_shift)
{
	const uint64_t mask = ~((UINT64_C(1) << page_shift) - 1);
	const paddr_t start = addr & mask;
	/* The last page of all has no end that a paddr_t can hold. */
	const paddr_t page_end = start == (UINT64_MAX & mask) ? UINT64_MAX : start + ~mask + 1;
	size_t i = segments_find(segments, start);

	if (i == segments->count)
		return (struct memory_extent){ start, MAX(page_end, UINT64_MAX & mask),
					       MEMORY_ABSENT };

	const struct segment *segment = &segments->entries[i];
	if (segment->start >= page_end)
		return (struct memory_extent){ start, segment->start & mask, MEMORY_ABSENT };

	paddr_t end = segments->run_ends[i] & mask;
	if (segment->start <= start && end >= page_end)
		return (struct memory_extent){ start, end, segment->state };
	return (struct memory_extent){ start, page_end, page_state(segments, i, start, page_end) };
}
