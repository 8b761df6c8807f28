// SPDX-License-Identifier: LGPL-2.1-or-later
/* What tests of an architecture's row say: page tables written down as text. */
#ifndef VMEMSCOPE_TESTDATA_ARCH_EXPECT_H
#define VMEMSCOPE_TESTDATA_ARCH_EXPECT_H

#include "testdata/machine/expect.h"

#include "analyzer/arch/arch.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/pgwalk.h"

/* What VMCOREINFO says (and memory, where it is asked), and what must come of it. */
struct paging_case {
	const char *name;
	const char *facts;
	const char *image; /* NULL: nothing is read */
	struct paging expected;
};

struct refusal_case {
	const char *name;
	const char *facts;
	const char *image;
	enum error_code code;
	const char *part; /* of the message */
};

/* One address; what is behind it. */
struct walk_case {
	const char *name;
	const char *facts;
	const char *image;
	struct mapping expected;
	vaddr_t va; /* 0: expected.va.start */
};

static inline struct error *expect_paging_of(uint16_t machine, const char *text,
					     struct image *image, struct paging *ret)
{
	struct facts *facts;

	expect_no_error(facts_parse(text, &facts));
	struct error *err =
		arch_by_elf_machine(machine)->paging_init(facts, image_memory(image), ret);
	facts_destroy(facts);
	return err;
}

static inline void expect_paging(uint16_t machine, const struct paging_case *test)
{
	struct image *image = expect_image(test->image ? test->image : "");
	const struct paging *expected = &test->expected;
	struct paging got;

	expect_no_error(expect_paging_of(machine, test->facts, image, &got));
	assert_int_equal(got.root, expected->root);
	assert_int_equal(got.page_shift, expected->page_shift);
	assert_int_equal(got.big_endian, expected->big_endian);
	assert_int_equal(got.levels, expected->levels);
	for (unsigned level = 0; level < got.levels; level++) {
		assert_int_equal(got.level[level].shift, expected->level[level].shift);
		assert_int_equal(got.level[level].bits, expected->level[level].bits);
	}
	image_destroy(image);
}

static inline void expect_refusal(uint16_t machine, const struct refusal_case *test)
{
	struct image *image = expect_image(test->image ? test->image : "");
	struct paging got;

	expect_error(expect_paging_of(machine, test->facts, image, &got), test->code, test->part);
	image_destroy(image);
}

static inline void expect_walk(uint16_t machine, const struct walk_case *test)
{
	struct image *image = expect_image(test->image);
	const struct mapping *expected = &test->expected;
	struct mapping got;
	struct paging paging;
	struct pgwalk walk;

	expect_no_error(expect_paging_of(machine, test->facts, image, &paging));
	expect_no_error(
		pgwalk_init(&walk, arch_by_elf_machine(machine), &paging, image_memory(image)));
	expect_no_error(pgwalk_at(&walk, test->va ? test->va : expected->va.start, &got));
	assert_int_equal(got.state, expected->state);
	assert_int_equal(got.va.start, expected->va.start);
	assert_int_equal(got.va.end, expected->va.end);
	assert_int_equal(got.level, expected->level);
	assert_int_equal(got.entry_addr, expected->entry_addr);
	assert_int_equal(got.raw, expected->raw);
	if (expected->state == MAPPING_PRESENT) {
		assert_int_equal(got.pa, expected->pa);
		assert_int_equal(got.writable, expected->writable);
	}
	pgwalk_deinit(&walk);
	image_destroy(image);
}

/* The three kinds of tests of ARCH_ELF_MACHINE, which the including file defines. */
static void arch_paging(void **state)
{
	expect_paging(ARCH_ELF_MACHINE, *state);
}

static void arch_refuses(void **state)
{
	expect_refusal(ARCH_ELF_MACHINE, *state);
}

static void arch_walks(void **state)
{
	expect_walk(ARCH_ELF_MACHINE, *state);
}

/* Each case of the three tables of one architecture is a test. */
#define ARCH_TESTS_MAIN(name)                                                                      \
	int main(void)                                                                             \
	{                                                                                          \
		struct CMUnitTest tests[COUNT_OF(pagings) + COUNT_OF(refusals) + COUNT_OF(walks)]; \
		size_t count = 0;                                                                  \
                                                                                                   \
		count = EXPECT_EACH(tests, count, arch_paging, pagings);                           \
		count = EXPECT_EACH(tests, count, arch_refuses, refusals);                         \
		count = EXPECT_EACH(tests, count, arch_walks, walks);                              \
		return _cmocka_run_group_tests(name, tests, count, NULL, NULL);                    \
	}

#endif
