// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages that are packed in each way, whole and damaged. */
#include "formats/dump/kdump_unpack.h"

#include "formats/dump/snappy.h"
#include "formats/dump/test_files.h"
#include "formats/dump/test_packed.h"

enum { PAGE = TEST_PAGE, ROOM = TEST_PACKED_ROOM };

static void fill(uint8_t *page)
{
	test_repeat(page, 0x123000);
}

/* The packed bytes end where the heap knows it: no read goes beyond them. */
static bool unpack(struct kdump_unpacker *unpacker, uint32_t flags, const uint8_t *packed,
		   size_t len, uint8_t *page)
{
	uint8_t *copy = malloc(len + !len);
	bool is_page = true;

	memcpy(copy, packed, len);
	assert_null(kdump_unpack(unpacker, flags, copy, len, page, PAGE, &is_page));
	free(copy);
	return is_page;
}

static void a_page_is_unpacked_as_it_was(void **state)
{
	struct kdump_unpacker unpacker = { 0 };
	uint8_t page[PAGE], packed[ROOM], again[PAGE];

	(void)state;
	fill(page);
	for (size_t i = 0; i < 2 * COUNT_OF(test_ways); i++) {
		size_t len = test_ways[i / 2].pack(page, packed);

		memset(again, 0, PAGE);
		assert_true(len < PAGE);
		assert_true(unpack(&unpacker, test_ways[i / 2].flags, packed, len, again));
		assert_memory_equal(page, again, PAGE);
	}
	assert_true(unpack(&unpacker, 0, page, PAGE, again));
	kdump_unpacker_deinit(&unpacker);
}

static void bytes_that_are_no_page_are_refused(void **state)
{
	struct kdump_unpacker unpacker = { 0 };
	uint8_t page[PAGE], packed[ROOM], out[PAGE];

	(void)state;
	fill(page);
	assert_false(unpack(&unpacker, 0, page, PAGE - 1, out));
	for (size_t i = 0; i < COUNT_OF(test_ways); i++) {
		size_t len = test_ways[i].pack(page, packed);

		for (size_t cut = 0; cut < len; cut += cut < 32 ? 1 : 37)
			assert_false(unpack(&unpacker, test_ways[i].flags, packed, cut, out));
		for (size_t k = 0; k < COUNT_OF(test_ways); k++)
			if (k != i)
				assert_false(
					unpack(&unpacker, test_ways[k].flags, packed, len, out));
		assert_false(unpack(&unpacker, test_ways[i].flags | 0x40, packed, len, out));
		assert_false(unpack(&unpacker, test_ways[i].flags | 0x1000, packed, len, out));
		assert_true(unpack(&unpacker, test_ways[i].flags, packed, len, out));
	}
	kdump_unpacker_deinit(&unpacker);
}

/* Less or more than a page. */
static void a_page_of_another_size_is_refused(void **state)
{
	struct kdump_unpacker unpacker = { 0 };
	uint8_t page[PAGE], packed[ROOM], out[PAGE];

	(void)state;
	fill(page);
	for (size_t i = 0; i < COUNT_OF(test_ways); i++) {
		size_t len = test_ways[i].pack(page, packed);

		for (size_t size = PAGE / 2; size <= 2 * PAGE; size *= 4) {
			uint8_t *to = malloc(size);
			bool is_page = true;

			assert_null(kdump_unpack(&unpacker, test_ways[i].flags, packed, len, to,
						 size, &is_page));
			assert_false(is_page);
			free(to);
		}
		assert_true(unpack(&unpacker, test_ways[i].flags, packed, len, out));
	}
	kdump_unpacker_deinit(&unpacker);
}

static void damaged_bytes_do_no_harm(void **state)
{
	struct kdump_unpacker unpacker = { 0 };
	uint8_t page[PAGE], packed[ROOM], out[PAGE];

	(void)state;
	fill(page);
	for (size_t i = 0; i < COUNT_OF(test_ways); i++) {
		size_t len = test_ways[i].pack(page, packed);

		for (size_t bit = 0; bit < 8 * len; bit++) {
			packed[bit / 8] ^= (uint8_t)(1U << bit % 8);
			if (unpack(&unpacker, test_ways[i].flags, packed, len, out) &&
			    test_ways[i].has_sum)
				assert_memory_equal(page, out, PAGE);
			packed[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
	kdump_unpacker_deinit(&unpacker);
}

static void a_block_of_snappy_has_the_size_that_is_asked_for(void **state)
{
	static const uint8_t block[] = { 3, 2 << 2, 'a', 'b', 'c' };
	static const struct {
		size_t len, size;
		bool is_block;
	} cases[] = {
		{ sizeof(block), 3, true },
		{ sizeof(block), 2, false },
		{ sizeof(block), 4, false },
		{ sizeof(block) - 1, 3, false },
		{ 1, 3, false },
		{ 0, 3, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t out[8] = { 0 };
		bool is_block;

		assert_null(snappy_unpack(block, cases[i].len, out, cases[i].size, &is_block));
		if (is_block != cases[i].is_block)
			fail_msg("block %zu is taken for %s", i, is_block ? "one" : "none");
		if (is_block)
			assert_memory_equal(out, "abc", 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_unpacked_as_it_was),
		cmocka_unit_test(bytes_that_are_no_page_are_refused),
		cmocka_unit_test(a_page_of_another_size_is_refused),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(a_block_of_snappy_has_the_size_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
