// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of schemes and the evidence that chooses a row. */
#include "include/scheme.h"

#include "include/layout.h"

#define BIT(evidence) (UINT32_C(1) << EVIDENCE_##evidence)

/*
 * A: Linux kernel commit f41f2ed43ca5 ("mm: hugetlb: free the vmemmap pages
 *    associated with each HugeTLB page") (in v5.14).
 * B: Linux kernel commit e7d324850bfc ("mm: hugetlb: free the 2nd vmemmap page
 *    associated with each HugeTLB page") (in v5.18): tails show copies of the head.
 * C: B and boot-time optimisation, SECTION_IS_VMEMMAP_PREINIT (in v6.15).
 * D: mm/hugetlb_vmemmap.c of v7.2: struct page.compound_info and one shared frame
 *    for each zone and order, zone->vmemmap_tails[].
 */
const struct scheme scheme_table[] = {
	{
		.id = "none",
		.title = "no HugeTLB vmemmap optimisation in this kernel",
		.releases = "any",
		.forbidden = BIT(HVO),
		.target = SHARE_NOTHING,
		.known = true,
	},
	{
		.id = "hugetlb-a",
		.title = "two vmemmap pages kept, the other tails map the second one's frame",
		.releases = "5.14 to 5.17",
		.required = BIT(HVO) | BIT(HSTATE_NR_FREE_VMEMMAP),
		.forbidden = BIT(FAKE_HEAD_KEY) | BIT(COMPOUND_INFO),
		.pages_kept = 2,
		.target = SHARE_TAIL_PAGE,
		.known = true,
	},
	{
		.id = "hugetlb-b",
		.title = "one vmemmap page kept, all tails map its frame (fake heads)",
		.releases = "5.18 to 7.0",
		.required = BIT(HVO) | BIT(COMPOUND_HEAD) | BIT(FAKE_HEAD_KEY),
		.forbidden = BIT(PREINIT) | BIT(COMPOUND_INFO),
		.pages_kept = 1,
		.target = SHARE_HEAD_PAGE,
		.fake_heads = true,
		.known = true,
	},
	{
		.id = "hugetlb-c",
		.title = "as hugetlb-b, and gigantic pages optimised while booting",
		.releases = "6.15 to 7.0",
		.required = BIT(HVO) | BIT(COMPOUND_HEAD) | BIT(FAKE_HEAD_KEY) | BIT(PREINIT),
		.forbidden = BIT(COMPOUND_INFO),
		.pages_kept = 1,
		.target = SHARE_HEAD_PAGE,
		.fake_heads = true,
		.known = true,
	},
	{
		.id = "hugetlb-d",
		.title =
			"one vmemmap page kept, all tails map the frame shared by the zone and order",
		.releases = "7.1 to 7.3",
		.required = BIT(HVO) | BIT(COMPOUND_INFO) | BIT(ZONE_TAILS),
		.forbidden = BIT(ZONE_TAILS_POINTER) | BIT(SECTION_ORDER),
		.pages_kept = 1,
		.target = SHARE_ZONE_TAIL,
		.known = true,
	},
	/* Last: whatever no row above fits. */
	{
		.id = "unknown",
		.title = "this kernel's evidence fits no scheme known here",
		.releases = "?",
		.target = SHARE_NOTHING,
	},
};
const unsigned scheme_count = sizeof(scheme_table) / sizeof(scheme_table[0]);

#undef BIT

static bool has(const struct layout *layout, enum layout_id id)
{
	return layout_has(layout, id);
}

static void evidence_collect(const struct layout *l, struct evidence evidence[EVIDENCE_COUNT])
{
	bool tails = has(l, LAYOUT_ZONE_VMEMMAP_TAILS);
	bool array = tails && has(l, LAYOUT_ZONE_VMEMMAP_TAILS_LENGTH);
	const struct evidence all[EVIDENCE_COUNT] = {
		[EVIDENCE_HVO] = { has(l, LAYOUT_SYM_OPTIMIZE_ENABLED) ||
					   has(l, LAYOUT_SYM_OPTIMIZE_KEY) ||
					   has(l, LAYOUT_SYM_FREE_KEY) ||
					   has(l, LAYOUT_HSTATE_NR_FREE_VMEMMAP),
				   "the kernel has the HVO switch (vmemmap_optimize_enabled or a "
				   "static key)" },
		[EVIDENCE_HSTATE_NR_FREE_VMEMMAP] = { has(l, LAYOUT_HSTATE_NR_FREE_VMEMMAP),
						      "struct hstate has nr_free_vmemmap_pages" },
		[EVIDENCE_COMPOUND_HEAD] = { has(l, LAYOUT_PAGE_COMPOUND_HEAD),
					     "struct page has compound_head" },
		[EVIDENCE_COMPOUND_INFO] = { has(l, LAYOUT_PAGE_COMPOUND_INFO),
					     "struct page has compound_info" },
		[EVIDENCE_FAKE_HEAD_KEY] = { has(l, LAYOUT_SYM_OPTIMIZE_KEY) ||
						     has(l, LAYOUT_SYM_FREE_KEY),
					     "the fake-head static key exists" },
		[EVIDENCE_PREINIT] = { has(l, LAYOUT_SECTION_PREINIT_BIT),
				       "SECTION_IS_VMEMMAP_PREINIT exists" },
		[EVIDENCE_ZONE_TAILS] = { array, "struct zone has the array vmemmap_tails" },
		[EVIDENCE_ZONE_TAILS_POINTER] = { tails && !array,
						  "struct zone has the pointer vmemmap_tails" },
		[EVIDENCE_SECTION_ORDER] = { has(l, LAYOUT_SECTION_ORDER) ||
						     has(l, LAYOUT_SECTION_COMPOUND_ORDER),
					     "struct mem_section has a compound page order" },
	};

	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		evidence[i] = all[i];
}

void scheme_detect(const struct layout *layout, struct scheme_choice *ret)
{
	uint32_t present = 0;

	evidence_collect(layout, ret->evidence);
	for (unsigned i = 0; i < EVIDENCE_COUNT; i++)
		present |= (uint32_t)ret->evidence[i].present << i;

	ret->scheme = &scheme_table[scheme_count - 1];
	for (unsigned i = scheme_count - 1; i-- > 0;)
		if ((present & scheme_table[i].required) == scheme_table[i].required &&
		    !(present & scheme_table[i].forbidden))
			ret->scheme = &scheme_table[i];
}
