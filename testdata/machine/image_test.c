// SPDX-License-Identifier: LGPL-2.1-or-later
/* The text that images are described in. */
#include "testdata/machine/expect.h"

static enum memory_state state_of(struct image *image, paddr_t addr, struct memory_extent *extent)
{
	struct memory *memory = image_memory(image);

	expect_no_error(memory->ops->extent(memory, addr, extent));
	return extent->state;
}

static void image_text_gives_words_and_states(void **state)
{
	struct image *image = expect_image("# a comment\n"
					   "@0x1ff8 0x1122334455667788 7*2 # over the page's end\n"
					   "\n"
					   "zero 0x5000 2\n"
					   "excluded 0x5000\n"
					   "truncated 0x9000\n"
					   "absent 0x2000\n");
	struct memory_extent extent;

	(void)state;
	assert_int_equal(image_read(image, 0x1ff8, 8), UINT64_C(0x1122334455667788));
	assert_int_equal(image_read(image, 0x1ff8, 1), 0x88);
	assert_int_equal(image_read(image, 0x2000, 8), 7);
	assert_int_equal(image_read(image, 0x2008, 8), 7);
	assert_int_equal(state_of(image, 0x1000, &extent), MEMORY_PRESENT);
	assert_int_equal(state_of(image, 0x2fff, &extent), MEMORY_ABSENT);
	assert_int_equal(state_of(image, 0x5000, &extent), MEMORY_EXCLUDED);
	assert_int_equal(state_of(image, 0x6000, &extent), MEMORY_PRESENT);
	assert_int_equal(extent.start, 0x6000);
	assert_int_equal(extent.end, 0x7000);
	assert_int_equal(state_of(image, 0x9fff, &extent), MEMORY_TRUNCATED);
	assert_int_equal(extent.start, 0x9000);
	assert_int_equal(state_of(image, 0xa000, &extent), MEMORY_ABSENT);
	assert_int_equal(extent.end, UINT64_MAX - 0xfff);
	image_destroy(image);
}

static void image_text_is_refused_where_it_is_wrong(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "@0x1000 1\nhello", "line 2: 'hello'" },
		{ "@ 1", "line 1: '@'" },
		{ "@0x1000 1*x", "'1*x'" },
		{ "@0x1000 1*2*3", "'1*2*3'" },
		{ "@0x1000 -1", "'-1'" },
		{ "excluded", "the end of the line" },
		{ "zero 0x1000 many", "'many'" },
		{ "@0x1000 99999999999999999999", "'99999999999999999999'" },
	};
	struct image *image;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_error(image_parse(cases[i].text, &image), ERROR_CORRUPT, cases[i].complaint);
}

static void image_holds_words_of_either_byte_order(void **state)
{
	struct image *image = expect_image("@0x1000 0x1 big-endian 0x2 little-endian 0x3");

	(void)state;
	assert_int_equal(image_read(image, 0x1000, 1), 1);
	assert_int_equal(image_read(image, 0x1008, 1), 0);
	assert_int_equal(image_read(image, 0x100f, 1), 2);
	assert_int_equal(image_read(image, 0x1010, 1), 3);
	image_set_big_endian(image, true);
	assert_int_equal(image_read(image, 0x1008, 8), 2);
	image_write(image, 0x1018, 0x1234, 2);
	assert_int_equal(image_read(image, 0x1018, 1), 0x12);
	image_destroy(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_holds_words_of_either_byte_order),
		cmocka_unit_test(image_text_gives_words_and_states),
		cmocka_unit_test(image_text_is_refused_where_it_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
