// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each scheme by its evidence, and by nothing less. */
#include "testdata/machine/expect.h"

#include "analyzer/kernel/layout.h"
#include "analyzer/kernel/scheme.h"

enum { IDS_MAX = 12 };

/* What the types have; the list ends with the first 0, which is the size of struct page. */
static const struct {
	const char *name;
	enum layout_id ids[IDS_MAX];
	const char *scheme, *dax;
} kernels[] = {
	{ "nothing of the kind", { LAYOUT_PAGE_COMPOUND_HEAD }, "none", "none" },
	{ "nothing of the kind, masks", { LAYOUT_PAGE_COMPOUND_INFO }, "none", "none" },
	{ "no evidence at all", { 0 }, "none", "none" },

	{ "5.14: nr_free_vmemmap_pages",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_HSTATE_NR_FREE_VMEMMAP },
	  "hugetlb-a",
	  "none" },
	{ "5.14 with a switch",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_HSTATE_NR_FREE_VMEMMAP, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "hugetlb-a",
	  "none" },

	{ "5.18: the first name of the key",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_FREE_KEY, LAYOUT_HSTATE_OPTIMIZE_VMEMMAP },
	  "hugetlb-b",
	  "none" },
	{ "6.1: the second name of the key",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "hugetlb-b",
	  "none" },
	{ "the key alone tells of the optimisation",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY },
	  "hugetlb-b",
	  "none" },

	{ "6.15",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY, LAYOUT_SYM_OPTIMIZE_ENABLED,
	    LAYOUT_SECTION_PREINIT_BIT },
	  "hugetlb-c",
	  "none" },
	{ "6.15 without the optimisation",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SECTION_PREINIT_BIT },
	  "none",
	  "none" },

	{ "7.2",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_SECTION_PREINIT_BIT,
	    LAYOUT_ZONE_VMEMMAP_TAILS, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH },
	  "hugetlb-d",
	  "none" },
	{ "7.2 for an architecture without boot-time optimisation",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH },
	  "hugetlb-d",
	  "none" },

	{ "the section has an order, by its first name",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH, LAYOUT_SECTION_ORDER },
	  "hugetlb-e1",
	  "none" },
	{ "the section has an order, by its second name",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH, LAYOUT_SECTION_COMPOUND_ORDER },
	  "hugetlb-e1",
	  "none" },
	{ "the zone has a pointer to tails",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS },
	  "hugetlb-e2",
	  "none" },
	{ "the zone has a pointer to tails, the section an order, devices compound pages",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_SECTION_COMPOUND_ORDER, LAYOUT_DEV_PAGEMAP_SHIFT },
	  "hugetlb-e2",
	  "dax-e2" },
	{ "devices have compound pages, pointers",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_KEY, LAYOUT_DEV_PAGEMAP_SHIFT },
	  "hugetlb-b",
	  "dax-b" },
	{ "devices have compound pages, masks",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED, LAYOUT_ZONE_VMEMMAP_TAILS,
	    LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH, LAYOUT_DEV_PAGEMAP_SHIFT },
	  "hugetlb-d",
	  "dax-b" },
	{ "devices share in a kernel whose HugeTLB does not",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_ZONE_VMEMMAP_TAILS, LAYOUT_DEV_PAGEMAP_SHIFT },
	  "none",
	  "dax-e2" },
	{ "masks, and the zone has no tails",
	  { LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "unknown",
	  "none" },
	{ "pointers, and neither key nor count",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_SYM_OPTIMIZE_ENABLED },
	  "unknown",
	  "none" },
	{ "both links",
	  { LAYOUT_PAGE_COMPOUND_HEAD, LAYOUT_PAGE_COMPOUND_INFO, LAYOUT_SYM_OPTIMIZE_KEY },
	  "unknown",
	  "none" },
};

static void scheme_is_told_by_evidence(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct layout layout = { .kernel_offset = 0 };
		struct scheme_choice choice;

		for (unsigned k = 0; k < IDS_MAX && kernels[i].ids[k]; k++)
			layout.answer[kernels[i].ids[k]].found = true;
		scheme_detect(&layout, arch_by_name("x86_64"), &choice);
		if (strcmp(choice.hugetlb->id, kernels[i].scheme) != 0)
			fail_msg("%s: %s", kernels[i].name, choice.hugetlb->id);
		if (strcmp(choice.dax->id, kernels[i].dax) != 0)
			fail_msg("%s: %s", kernels[i].name, choice.dax->id);
		assert_int_equal(choice.hugetlb->known, strcmp(kernels[i].scheme, "unknown") != 0);
		for (unsigned e = 0; e < EVIDENCE_COUNT; e++)
			assert_non_null(choice.evidence[e].text);
	}
}

/* Read-only tails are seen, not told: only the walk makes it the read-only row. */
static void scheme_of_devices_is_chosen_again_when_their_tails_are_seen(void **state)
{
	static const struct {
		bool pointer;
		const char *before, *after;
	} rows[] = {
		{ true, "dax-e2", "dax-e2-ro" },
		{ false, "dax-b", "dax-b" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct layout layout = { .kernel_offset = 0 };
		struct scheme_choice choice;

		layout.answer[LAYOUT_DEV_PAGEMAP_SHIFT].found = true;
		layout.answer[LAYOUT_ZONE_VMEMMAP_TAILS].found = true;
		layout.answer[LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH].found = !rows[i].pointer;
		scheme_detect(&layout, arch_by_name("x86_64"), &choice);
		assert_string_equal(choice.dax->id, rows[i].before);
		scheme_evidence_add(&choice, FAMILY_DAX, EVIDENCE_DAX_READONLY);
		assert_string_equal(choice.dax->id, rows[i].after);
	}
}

/* Types alone do not tell: dev_pagemap.vmemmap_shift is there on every architecture. */
static void sharing_of_devices_is_told_by_architecture(void **state)
{
	static const struct {
		const char *arch, *dax, *dax_of_pointer;
	} archs[] = {
		{ "x86_64", "dax-b", "dax-e2" }, { "riscv64", "dax-b", "dax-e2" },
		{ "ppc64", "dax-b", "dax-e2" },	 { "aarch64", "none", "dax-e2" },
		{ "s390x", "none", "dax-e2" },	 { "loongarch64", "none", "dax-e2" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(archs); i++) {
		struct layout layout = { .kernel_offset = 0 };
		struct scheme_choice choice;

		layout.answer[LAYOUT_DEV_PAGEMAP_SHIFT].found = true;
		scheme_detect(&layout, arch_by_name(archs[i].arch), &choice);
		assert_string_equal(choice.dax->id, archs[i].dax);
		layout.answer[LAYOUT_ZONE_VMEMMAP_TAILS].found = true;
		scheme_detect(&layout, arch_by_name(archs[i].arch), &choice);
		assert_string_equal(choice.dax->id, archs[i].dax_of_pointer);
	}
}

/* However evidence is put together, at most one known row of a family fits: no order decides. */
static void scheme_rows_exclude_each_other(void **state)
{
	(void)state;
	for (uint32_t present = 0; present < UINT32_C(1) << EVIDENCE_COUNT; present++) {
		unsigned fits[2] = { 0 };

		for (unsigned i = 0; i < scheme_count; i++) {
			const struct scheme *row = &scheme_table[i];

			fits[row->family] += row->known &&
					     (present & row->required) == row->required &&
					     !(present & row->forbidden);
		}
		assert_true(fits[FAMILY_HUGETLB] <= 1 && fits[FAMILY_DAX] <= 1);
	}
}

static void scheme_rows_say_what_is_shared(void **state)
{
	static const struct {
		const char *id;
		unsigned kept;
		enum share_target target;
		bool fake_heads;
		enum tail_permission permission;
	} expected[] = {
		{ "none", 0, TARGET_NONE, false, PERMISSION_READONLY },
		{ "hugetlb-a", 2, TARGET_TAIL_PAGE, false, PERMISSION_READONLY },
		{ "hugetlb-b", 1, TARGET_HEAD_PAGE, true, PERMISSION_READONLY },
		{ "hugetlb-c", 1, TARGET_HEAD_PAGE, true, PERMISSION_READONLY },
		{ "hugetlb-d", 1, TARGET_ZONE_TAIL, false, PERMISSION_READONLY },
		{ "hugetlb-e1", 1, TARGET_ZONE_TAIL, false, PERMISSION_READONLY },
		{ "hugetlb-e2", 1, TARGET_ZONE_TAIL, false, PERMISSION_READONLY },
		{ "unknown", 0, TARGET_NONE, false, PERMISSION_READONLY },
		{ "none", 0, TARGET_NONE, false, PERMISSION_READONLY },
		{ "none", 0, TARGET_NONE, false, PERMISSION_READONLY },
		{ "none", 0, TARGET_NONE, false, PERMISSION_READONLY },
		{ "dax-b", 2, TARGET_TAIL_PAGE, false, PERMISSION_WRITABLE },
		{ "dax-e2", 1, TARGET_ZONE_TAIL, false, PERMISSION_WRITABLE },
		{ "dax-e2-ro", 1, TARGET_ZONE_TAIL, false, PERMISSION_READONLY },
		{ "unknown", 0, TARGET_NONE, false, PERMISSION_READONLY },
	};

	(void)state;
	assert_int_equal(scheme_count, COUNT_OF(expected));
	for (unsigned i = 0; i < scheme_count; i++) {
		assert_string_equal(scheme_table[i].id, expected[i].id);
		assert_int_equal(scheme_table[i].pages_kept, expected[i].kept);
		assert_int_equal(scheme_table[i].target, expected[i].target);
		assert_int_equal(scheme_table[i].fake_heads, expected[i].fake_heads);
		assert_int_equal(scheme_table[i].permission, expected[i].permission);
		assert_non_null(scheme_table[i].title);
		assert_non_null(scheme_table[i].releases);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scheme_is_told_by_evidence),
		cmocka_unit_test(sharing_of_devices_is_told_by_architecture),
		cmocka_unit_test(scheme_of_devices_is_chosen_again_when_their_tails_are_seen),
		cmocka_unit_test(scheme_rows_exclude_each_other),
		cmocka_unit_test(scheme_rows_say_what_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
