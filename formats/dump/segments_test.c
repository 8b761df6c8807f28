// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pieces of memory in any order become one table that answers for every page. */
#include "formats/dump/segments.h"

#include "formats/dump/test_files.h"

enum { PAGE_SHIFT = 4, PAGE = 1 << PAGE_SHIFT };
#define P MEMORY_PRESENT
#define X MEMORY_EXCLUDED
#define A MEMORY_ABSENT
#define T MEMORY_TRUNCATED

static struct segments make(const struct segment *raw, size_t count)
{
	struct segment copy[64];
	struct segments segments;

	assert_true(count <= COUNT_OF(copy));
	if (count)
		memcpy(copy, raw, count * sizeof(*raw));
	assert_null(segments_init(copy, count, &segments));
	return segments;
}

static void a_table_of_nothing_is_absent_everywhere(void **state)
{
	struct segments segments = make(NULL, 0);
	struct memory_extent extent = segments_extent(&segments, 0x123, PAGE_SHIFT);

	(void)state;
	assert_int_equal(extent.start, 0x120);
	assert_int_equal(extent.end, UINT64_MAX - PAGE + 1);
	assert_int_equal(extent.state, MEMORY_ABSENT);

	extent = segments_extent(&segments, UINT64_MAX, PAGE_SHIFT);
	assert_int_equal(extent.start, UINT64_MAX - PAGE + 1);
	assert_int_equal(extent.end, UINT64_MAX);
	segments_deinit(&segments);
}

static void present_wins_over_truncated_over_excluded(void **state)
{
	static const struct segment raw[] = {
		{ 0x00, 0x80, 0, X },
		{ 0x20, 0x60, 0, T },
		{ 0x30, 0x50, 1000, P },
	};
	static const struct segment expected[] = {
		{ 0x00, 0x20, 0, X }, { 0x20, 0x30, 0, T }, { 0x30, 0x50, 1000, P },
		{ 0x50, 0x60, 0, T }, { 0x60, 0x80, 0, X },
	};
	struct segments segments = make(raw, COUNT_OF(raw));

	(void)state;
	assert_int_equal(segments.count, COUNT_OF(expected));
	for (size_t i = 0; i < segments.count; i++) {
		assert_int_equal(segments.entries[i].start, expected[i].start);
		assert_int_equal(segments.entries[i].end, expected[i].end);
		assert_int_equal(segments.entries[i].state, expected[i].state);
	}
	assert_int_equal(segments.entries[2].offset, 1000);
	segments_deinit(&segments);
}

static void an_overlap_is_read_where_the_first_one_has_it(void **state)
{
	static const struct segment raw[] = {
		{ 0x10, 0x40, 100, P },
		{ 0x00, 0x20, 500, P },
	};
	struct segments segments = make(raw, COUNT_OF(raw));

	(void)state;
	assert_int_equal(segments.count, 2);
	assert_int_equal(segments.entries[0].offset, 500);
	assert_int_equal(segments.entries[1].start, 0x20);
	assert_int_equal(segments.entries[1].offset, 116);
	segments_deinit(&segments);
}

static void pieces_that_follow_each_other_are_one_extent(void **state)
{
	static const struct segment raw[] = { { 0x20, 0x30, 0, P },
					      { 0x10, 0x20, 77, P },
					      { 0x30, 0x40, 500, P } };
	struct segments segments = make(raw, COUNT_OF(raw));
	struct memory_extent extent = segments_extent(&segments, 0x10, PAGE_SHIFT);

	(void)state;
	assert_int_equal(extent.start, 0x10);
	assert_int_equal(extent.end, 0x40);
	segments_deinit(&segments);
}

/* What a page is when its bytes differ. */
static void a_mixed_page_is_what_its_worst_byte_is(void **state)
{
	static const struct {
		struct segment raw[2];
		enum memory_state expected;
	} cases[] = {
		{ { { 0x10, 0x18, 0, P }, { 0x18, 0x20, 0, X } }, X },
		{ { { 0x10, 0x18, 0, P }, { 0x18, 0x20, 0, T } }, T },
		{ { { 0x10, 0x18, 0, X }, { 0x18, 0x20, 0, T } }, T },
		{ { { 0x10, 0x14, 0, P }, { 0x18, 0x20, 0, P } }, P },
		{ { { 0x14, 0x18, 0, P }, { 0x30, 0x40, 0, P } }, P },
		{ { { 0x14, 0x18, 0, X }, { 0x30, 0x40, 0, P } }, X },
		{ { { 0x08, 0x10, 0, X }, { 0x20, 0x40, 0, P } }, A },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct segments segments = make(cases[i].raw, 2);
		struct memory_extent extent = segments_extent(&segments, 0x11, PAGE_SHIFT);

		assert_int_equal(extent.start, 0x10);
		assert_int_equal(extent.end, 0x20);
		assert_int_equal(extent.state, cases[i].expected);
		segments_deinit(&segments);
	}
}

/* A small generator of numbers that is the same everywhere. */
static unsigned next_random(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 16) % below;
}

enum { SPACE = 256 };

/* Byte by byte what segments_init() promises, but for which of equals wins. */
static enum memory_state expected_byte(const struct segment *raw, size_t count, paddr_t addr)
{
	static const enum memory_state order[] = { P, T, X };

	for (size_t i = 0; i < COUNT_OF(order); i++) {
		for (size_t j = 0; j < count; j++) {
			if (raw[j].state == order[i] && raw[j].start <= addr && addr < raw[j].end)
				return order[i];
		}
	}
	return A;
}

static void check_bytes(const struct segments *segments, const struct segment *raw, size_t count)
{
	for (paddr_t addr = 0; addr < SPACE; addr++) {
		size_t i = segments_find(segments, addr);
		enum memory_state found = A;

		if (i < segments->count && segments->entries[i].start <= addr)
			found = segments->entries[i].state;
		assert_int_equal(found, expected_byte(raw, count, addr));
		/* Every raw piece has its bytes at an offset that is its address. */
		if (found == P)
			assert_int_equal(segments->entries[i].offset +
						 (addr - segments->entries[i].start),
					 addr + 5000);
	}
	for (size_t i = 1; i < segments->count; i++)
		assert_true(segments->entries[i - 1].end <= segments->entries[i].start);
}

static void random_pieces_answer_as_a_byte_map_does(void **state)
{
	static const enum memory_state states[] = { P, P, X, T };
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct segment raw[12];
		size_t count = next_random(&seed, COUNT_OF(raw) + 1);

		for (size_t i = 0; i < count; i++) {
			paddr_t start = next_random(&seed, SPACE - 1);
			paddr_t end =
				start + 1 + next_random(&seed, (unsigned)(SPACE - start - 1) + 1);

			raw[i] = (struct segment){ start, end, start + 5000,
						   states[next_random(&seed, 4)] };
		}
		struct segments segments = make(raw, count);
		check_bytes(&segments, raw, count);
		segments_deinit(&segments);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_of_nothing_is_absent_everywhere),
		cmocka_unit_test(present_wins_over_truncated_over_excluded),
		cmocka_unit_test(an_overlap_is_read_where_the_first_one_has_it),
		cmocka_unit_test(pieces_that_follow_each_other_are_one_extent),
		cmocka_unit_test(a_mixed_page_is_what_its_worst_byte_is),
		cmocka_unit_test(random_pieces_answer_as_a_byte_map_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
