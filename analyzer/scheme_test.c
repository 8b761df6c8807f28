// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each scheme by its evidence, and by nothing less. */
#include "testdata/machine/expect.h"

#include "include/layout.h"
#include "include/scheme.h"

enum { IDS_MAX = 12 };

/* What the types have; the list ends with the first 0, which is the size of struct page. */
static const struct {
	const char *name;
	enum layout_id ids[IDS_MAX];
	const char *scheme;
} kernels[] = {
	{ "nothing of the kind", { LAYOUT_PAGE_COMPOUND_HEAD }, "none" },
	{ "nothing of the kind, masks", { LAYOUT_PAGE_COMPOUND_INFO }, "none" },
	{ "no evidence at all", { 0 }, "none" },

	{ "5.14: nr_free_vmemmap_pages",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_HSTATE_NR_FREE_VMEMMAP },
	  "hugetlb-a" },
	{ "5.14 with a switch",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_HSTATE_NR_FREE_VMEMMAP, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "hugetlb-a" },

	{ "5.18: the first name of the key",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_FREE_KEY, LAYOUT_HSTATE_OPTIMIZE_VMEMMAP },
	  "hugetlb-b" },
	{ "6.1: the second name of the key",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "hugetlb-b" },
	{ "the key alone tells of the optimisation",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY },
	  "hugetlb-b" },

	{ "6.15",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY, LAYOUT_SYM_OPTIMIZE_ENABLED,
	    LAYOUT_SECTION_PREINIT_BIT },
	  "hugetlb-c" },
	{ "6.15 without the optimisation",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SECTION_PREINIT_BIT },
	  "none" },

	{ "7.2",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_SECTION_PREINIT_BIT,
	    LAYOUT_ZONE_VMEMMAP_TAILS, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH },
	  "hugetlb-d" },
	{ "7.2 for an architecture without boot-time optimisation",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH },
	  "hugetlb-d" },

	{ "the section has an order, by its first name",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH, LAYOUT_SECTION_ORDER },
	  "unknown" },
	{ "the section has an order, by its second name",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH, LAYOUT_SECTION_COMPOUND_ORDER },
	  "unknown" },
	{ "the zone has a pointer to tails",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS },
	  "unknown" },
	{ "masks, and the zone has no tails",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "unknown" },
	{ "pointers, and neither key nor count",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "unknown" },
	{ "both links",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_KEY },
	  "unknown" },
};

static void scheme_is_told_by_evidence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct layout layout = { .kernel_offset = 0 };
		struct scheme_choice choice;

		for (unsigned k = 0; k < IDS_MAX && kernels[i].ids[k]; k++)
			layout.answer[kernels[i].ids[k]].found = true;
		scheme_detect(&layout, &choice);
		if (strcmp(choice.scheme->id, kernels[i].scheme) != 0)
			fail_msg("%s: %s", kernels[i].name, choice.scheme->id);
		assert_int_equal(choice.scheme->known, strcmp(kernels[i].scheme, "unknown") != 0);
		for (unsigned e = 0; e < EVIDENCE_COUNT; e++)
			assert_non_null(choice.evidence[e].text);
	}
}

/* However evidence is put together, at most one known row fits: no order decides. */
static void scheme_rows_exclude_each_other(void **state)
{
	(void)state;
	for (uint32_t present = 0; present < UINT32_C(1) << EVIDENCE_COUNT; present++) {
		unsigned fits = 0;

		for (unsigned i = 0; i + 1 < scheme_count; i++)
			fits += (present & scheme_table[i].required) == scheme_table[i].required &&
				!(present & scheme_table[i].forbidden);
		assert_true(fits <= 1);
	}
}

static void scheme_rows_say_what_is_shared(void **state)
{
	static const struct {
		const char *id;
		unsigned kept;
		enum share_target target;
		bool fake_heads;
	} expected[] = {
		{ "none", 0, SHARE_NOTHING, false },
		{ "hugetlb-a", 2, SHARE_TAIL_PAGE, false },
		{ "hugetlb-b", 1, SHARE_HEAD_PAGE, true },
		{ "hugetlb-c", 1, SHARE_HEAD_PAGE, true },
		{ "hugetlb-d", 1, SHARE_ZONE_TAIL, false },
		{ "unknown", 0, SHARE_NOTHING, false },
	};

	(void)state;
	assert_int_equal(scheme_count, COUNT_OF(expected));
	for (unsigned i = 0; i < scheme_count; i++) {
		assert_string_equal(scheme_table[i].id, expected[i].id);
		assert_int_equal(scheme_table[i].pages_kept, expected[i].kept);
		assert_int_equal(scheme_table[i].target, expected[i].target);
		assert_int_equal(scheme_table[i].fake_heads, expected[i].fake_heads);
		assert_non_null(scheme_table[i].title);
		assert_non_null(scheme_table[i].releases);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheme_is_told_by_evidence),
		cmocka_unit_test(scheme_rows_exclude_each_other),
		cmocka_unit_test(scheme_rows_say_what_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
