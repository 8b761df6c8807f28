// SPDX-License-Identifier: LGPL-2.1-or-later
/* What huge pages leave in the vmemmap when they are given back, and what only looks so. */
#include "testdata/machine/expect.h"

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	uint64_t violations;
	const char *signature, *part; /* of the first finding */
};

// clang-format off
#define KERNEL_A   { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true }
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_66  { .scheme = MACHINE_B, .mark = MARK_TAIL_FLAG }
#define KERNEL_69  { .scheme = MACHINE_B, .mark = MARK_INVERTED_LOW }
#define KERNEL_612 { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }
#define KERNEL_C   { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
#define KERNEL_E2  { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE }
// clang-format on

/* In sections of node 0 that have no huge page. */
enum { FREED = 0x20000, GIGANTIC = 0x40000 };

/* --- making a mess -------------------------------------------------------------- */

static void copy(struct machine *machine, pfn_t from, pfn_t to)
{
	for (unsigned i = 0; i < 64; i += 8)
		machine_write_page(machine, to, i, machine_read_page(machine, from, i, 8), 8);
}

static void flags(struct machine *machine, pfn_t pfn, unsigned node, uint64_t bits)
{
	machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS,
			   machine_page_flags(node, MACHINE_ZONE_NORMAL, bits), 8);
}

/* As the page allocator leaves a page that it does not use: nothing in it says what it was. */
static void plain(struct machine *machine, pfn_t pfn)
{
	flags(machine, pfn, 0, 0);
	machine_write_page(machine, pfn, MACHINE_PAGE_HEAD, 0, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPPING, 0, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, 0, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_DTOR, 0, 1);
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 0, 4);
}

/* A huge page whose vmemmap is restored, each page of it full of tails. */
static void restored(struct machine *machine, pfn_t pfn)
{
	machine_huge_page(machine, pfn, 9, HUGE_UNCOUNTED);
	machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 0, 4);
	machine_huge_restore(machine, pfn, 9, 1, 8);
}

/* The same, given back: restored as plain copies of the head's frame. */
static void freed(struct machine *machine, pfn_t pfn)
{
	restored(machine, pfn);
	for (unsigned page = 1; page < 8; page++)
		for (unsigned i = 0; i < 2; i++)
			copy(machine, pfn + i, pfn + 64 * page + i);
	for (unsigned i = 0; i < 512; i++)
		if (i < 64 || i % 64 > 1)
			plain(machine, pfn + i);
}

static void two_pages_freed(struct machine *machine)
{
	freed(machine, FREED);
	freed(machine, FREED + 512);
}

/* More rows of the map than are looked at in one part. */
static void many_pages_freed(struct machine *machine)
{
	for (pfn_t i = 0; i < 160; i++)
		freed(machine, 0x1a000 + 512 * i);
}

static void pages_freed_here_and_there(struct machine *machine)
{
	freed(machine, FREED);
	freed(machine, FREED + 4 * 512);
}

/* One copy in ordinary memory, whose vmemmap a huge page beside it has split. */
static void one_copy(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	copy(machine, 0x18000, FREED + 64);
	copy(machine, 0x18001, FREED + 65);
}

static void one_copy_of_no_pool(struct machine *machine)
{
	one_copy(machine);
	flags(machine, FREED + 65, 0, 5);
}

/* What marked the head is gone, its flags are not. */
static void one_copy_without_the_mark(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	plain(machine, FREED + 64);
	flags(machine, FREED + 64, 0, 1 << MACHINE_PG_HEAD);
	machine_write_page(machine, FREED + 64, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED,
			   8);
}

/* PG_head is gone as well, the mark is not; nothing shows an order. */
static void one_mark_alone(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	plain(machine, FREED + 64);
	plain(machine, FREED + 65);
	machine_write_page(machine, FREED + 64, MACHINE_PAGE_MAPCOUNT,
			   machine_read_page(machine, 0x18000, MACHINE_PAGE_MAPCOUNT, 4), 4);
}

/* The struct pages of a head and its first tail, but PG_head. */
static void one_copy_without_pg_head(struct machine *machine)
{
	one_copy(machine);
	flags(machine, FREED + 64, 0, 0);
}

static void pages_freed_without_pg_head(struct machine *machine)
{
	two_pages_freed(machine);
	for (unsigned page = 1; page < 16; page++)
		if (page != 8)
			flags(machine, FREED + 64 * page, 0, 0);
}

/* Neighbours, of which one had another flag. */
static void pages_freed_with_other_flags(struct machine *machine)
{
	two_pages_freed(machine);
	for (unsigned page = 9; page < 16; page++)
		machine_write_page(machine, FREED + 64 * page, MACHINE_PAGE_PRIVATE,
				   1 << MACHINE_HPG_OPTIMIZED | 1, 8);
}

/* Vmemmap page 0 was filled like the others when the optimisation was undone. */
static void head_gone(struct machine *machine)
{
	restored(machine, FREED);
	copy(machine, FREED + 7, FREED);
	copy(machine, FREED + 7, FREED + 1);
}

/* The kernel goes on with it, and links it into a list. */
static void head_gone_and_listed(struct machine *machine)
{
	head_gone(machine);
	machine_write_page(machine, FREED, MACHINE_PAGE_HEAD, MACHINE_VMEMMAP + 8, 8);
}

/* Of a page of 1 GiB; every eighth copy is where the head of a 2 MiB page could be. */
static void gigantic_page_freed(struct machine *machine)
{
	machine_huge_page(machine, GIGANTIC, 18, HUGE_UNCOUNTED);
	machine_write_page(machine, GIGANTIC, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED, 8);
	machine_write_page(machine, GIGANTIC, MACHINE_PAGE_REFCOUNT, 0, 4);
	machine_huge_restore(machine, GIGANTIC, 18, 1, 64);
	for (unsigned page = 1; page < 64; page++)
		for (unsigned i = 0; i < 2; i++)
			copy(machine, GIGANTIC + i, GIGANTIC + 64 * page + i);
	for (unsigned i = 0; i < 0x40000; i++)
		if (i < 64 || i >= 64 * 64 || i % 64 > 1)
			plain(machine, GIGANTIC + i);
}

/* A compound page of somebody else: of 2 MiB, or of as many pages as there are in a vmemmap page.
 */
static void compound(struct machine *machine, pfn_t pfn, unsigned order)
{
	restored(machine, pfn);
	for (pfn_t i = 0; i < 512; i++)
		plain(machine, pfn + i);
	flags(machine, pfn, 0, 1 << MACHINE_PG_HEAD);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 1, 4);
	for (pfn_t i = 1; i < UINT64_C(1) << order; i++)
		machine_write_page(machine, pfn + i, MACHINE_PAGE_HEAD,
				   machine_link(machine, pfn, order), 8);
}

/* __prep_compound_gigantic_folio() marks the head when all tails lead to it. */
static void gigantic_page_in_the_making(struct machine *machine)
{
	machine_split(machine, machine_index(GIGANTIC));
	for (pfn_t i = 0; i < 512; i++)
		plain(machine, GIGANTIC + i);
	for (pfn_t i = 1; i < 512; i++)
		machine_write_page(machine, GIGANTIC + i, MACHINE_PAGE_HEAD,
				   (MACHINE_VMEMMAP + 64 * GIGANTIC) | 1, 8);
	machine_write_page(machine, GIGANTIC, MACHINE_PAGE_REFCOUNT, 1, 4);
}

/* As that, but a part of the gigantic page would be free. */
static void tails_of_no_gigantic_page(struct machine *machine)
{
	gigantic_page_in_the_making(machine);
	machine_buddy(machine, GIGANTIC + 4 * 512, 9);
}

/* Nothing is left of the head but zeros. */
static void head_zeroed(struct machine *machine)
{
	restored(machine, FREED);
	for (unsigned i = 0; i < 64; i += 8)
		machine_write_page(machine, FREED, i, 0, 8);
}

/* Tails that lead to a struct page at which no huge page could begin. */
static void tails_of_any_page(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	for (pfn_t i = 0; i < 512; i++)
		plain(machine, FREED + i);
	for (pfn_t i = 64; i < 3 * 64; i++)
		machine_write_page(machine, FREED + i, MACHINE_PAGE_HEAD,
				   (MACHINE_VMEMMAP + 64 * (FREED + 3)) | 1, 8);
}

/* A compound page of @order; its tails go on for as long as those of one of order 7. */
static void tails_of_order_7(struct machine *machine, unsigned order)
{
	compound(machine, FREED, 7);
	flags(machine, FREED + 1, 0, order);
}

static void tails_beyond_their_page(struct machine *machine)
{
	tails_of_order_7(machine, 6);
}

static void tails_of_their_page(struct machine *machine)
{
	tails_of_order_7(machine, 7);
}

/* The order is written last. */
static void page_without_its_order_yet(struct machine *machine)
{
	tails_of_order_7(machine, 0);
}

static const struct scenario broken[] = {
#define FREED_PAGES(name, kernel, marks)                                                                         \
	{                                                                                                        \
		"freed as copies of the head, " name, kernel, two_pages_freed, 1, "leftover-head",               \
			"14 struct pages of pfn 0x20040 to 0x203c0, each the first of a vmemmap page, are each " \
			"a copy of the head of a 2 MiB page: PG_head, private 0x" marks                          \
			"; no huge page can "                                                                    \
			"begin there. 2 pages of 2 MiB, pfn 0x20000 to 0x203ff, came back to the page "          \
			"allocator like that: it does not take such pages, and their memory, 4 MiB, is lost"     \
	}
	FREED_PAGES("6.1", KERNEL_B1, "40, page type 0xffffffff, _refcount 0"),
	FREED_PAGES("6.6", KERNEL_66, "40, page type 0xffffffff, _refcount 0"),
	FREED_PAGES("6.9", KERNEL_69, "40, page type 0xfffff7ff, _refcount 0"),
	FREED_PAGES("6.12", KERNEL_612, "40, page type 0xf7000000, _refcount 0"),
	FREED_PAGES("6.15", KERNEL_C, "40, page type 0xf7000000, _refcount 0"),
	FREED_PAGES("7.2", KERNEL_D, "40, page type 0xf7000000, _refcount 0"),
	FREED_PAGES("E2", KERNEL_E2, "40, page type 0xf7000000, _refcount 0"),
	{ "freed, with others between", KERNEL_612, pages_freed_here_and_there, 2, "leftover-head",
	  "1 page of 2 MiB, pfn 0x20000 to 0x201ff" },
	{ "freed by the hundred", KERNEL_612, many_pages_freed, 1, "leftover-head",
	  "160 pages of 2 MiB, pfn 0x1a000 to 0x2dfff" },
	{ "one copy, 5.14", KERNEL_A, one_copy, 1, "leftover-head",
	  "the struct page of pfn 0x20040 is a copy of the head of a 2 MiB page: PG_head, private" },
	{ "one copy, 6.1", KERNEL_B1, one_copy, 1, "leftover-head", "pfn 0x20040" },
	{ "one copy, 6.12", KERNEL_612, one_copy, 1, "leftover-head",
	  "_refcount 1; no huge page can begin there" },
	{ "one copy, 7.2", KERNEL_D, one_copy, 1, "leftover-head", "pfn 0x20040" },
	{ "one copy of an order of no pool, 6.12", KERNEL_612, one_copy_of_no_pool, 1,
	  "leftover-head", "a copy of the head of a huge page (of order 5, which no pool has)" },
	{ "one copy without the mark, 6.1", KERNEL_B1, one_copy_without_the_mark, 1,
	  "leftover-head", "pfn 0x20040 is a copy of the head" },
	{ "one copy without the mark, 6.12", KERNEL_612, one_copy_without_the_mark, 1,
	  "leftover-head", "page type 0xffffffff, _refcount 0" },
#define WITHOUT_PG_HEAD(name, kernel)                                                              \
	{ "one copy without PG_head, " name,                                                       \
	  kernel,                                                                                  \
	  one_copy_without_pg_head,                                                                \
	  1,                                                                                       \
	  "leftover-head",                                                                         \
	  "pfn 0x20040 is a copy of the head of a 2 MiB page: PG_head clear, private 0x" },        \
	{                                                                                          \
		"freed without PG_head, " name, kernel, pages_freed_without_pg_head, 1,            \
			"leftover-head",                                                           \
			"14 struct pages of pfn 0x20040 to 0x203c0, each the first of a vmemmap "  \
			"page, are each a copy of the head of a 2 MiB page: PG_head clear"         \
	}
	WITHOUT_PG_HEAD("6.1", KERNEL_B1),
	WITHOUT_PG_HEAD("6.6", KERNEL_66),
	WITHOUT_PG_HEAD("6.9", KERNEL_69),
	WITHOUT_PG_HEAD("6.12", KERNEL_612),
	WITHOUT_PG_HEAD("7.2", KERNEL_D),
	{ "a mark alone, 6.9", KERNEL_69, one_mark_alone, 1, "leftover-head",
	  "pfn 0x20040 is a copy of the head of a huge page: PG_head clear" },
	{ "a mark alone, 6.12", KERNEL_612, one_mark_alone, 1, "leftover-head",
	  "pfn 0x20040 is a copy of the head of a huge page: PG_head clear" },
	{ "freed with other flags, 6.12", KERNEL_612, pages_freed_with_other_flags, 1,
	  "leftover-head", "_refcount 0 in the first, and other numbers in others; no huge page" },
	{ "a head that is gone, 6.12", KERNEL_612, head_gone, 1, "lost-head",
	  "8 vmemmap pages from that of pfn 0x20000 on hold tails, and what they lead to is no "
	  "head: the head is gone of 1 page of 2 MiB, pfn 0x20000 to 0x201ff" },
	{ "a head of zeros, 6.1", KERNEL_B1, head_zeroed, 1, "lost-head",
	  "7 vmemmap pages from that of pfn 0x20040 on" },
	{ "a head of zeros, 7.2", KERNEL_D, head_zeroed, 1, "lost-head", "7 vmemmap pages" },
	{ "tails of no gigantic page, 6.1", KERNEL_B1, tails_of_no_gigantic_page, 1, "lost-head",
	  "7 vmemmap pages from that of pfn 0x40040 on" },
	{ "tails of no gigantic page, 6.12", KERNEL_612, tails_of_no_gigantic_page, 1, "lost-head",
	  "7 vmemmap pages from that of pfn 0x40040 on" },
	{ "tails of any page, 6.1", KERNEL_B1, tails_of_any_page, 1, "lost-head",
	  "2 vmemmap pages from that of pfn 0x20040 on begin with tails, and what they lead to, "
	  "pfn 0x20003, is no head" },
	{ "tails beyond their page, 6.12", KERNEL_612, tails_beyond_their_page, 1, "stray-tails",
	  "1 vmemmap page from that of pfn 0x20040 on begins with tails, and what they lead to, "
	  "pfn 0x20000, is the head of a page that ends before them" },
	{ "tails beyond their page, 7.2", KERNEL_D, tails_beyond_their_page, 1, "stray-tails",
	  "pfn 0x20000, is the head of a page that ends before them" },
	{ "a head that is gone, 7.2", KERNEL_D, head_gone, 1, "lost-head", "8 vmemmap pages" },
	{ "a head that is gone and listed, 6.12", KERNEL_612, head_gone_and_listed, 1, "lost-head",
	  "7 vmemmap pages from that of pfn 0x20040 on" },
	{ "a head that is gone and listed, 7.2", KERNEL_D, head_gone_and_listed, 1, "lost-head",
	  "7 vmemmap pages from that of pfn 0x20040 on" },
};

static void run_broken(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-leftovers", STATUS_FAIL, scenario->violations,
		    scenario->part);
	assert_string_equal(expect_run(analysis, "hugetlb-leftovers")->findings[0].signature,
			    scenario->signature);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- legal ------------------------------------------------------------------------ */

static void transparent_huge_page(struct machine *machine)
{
	compound(machine, FREED, 9);
}

/* Its private is somebody's own number, which flags of a huge page would be, too. */
static void compound_page_with_private(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	for (pfn_t i = 64; i < 128; i++)
		plain(machine, FREED + i);
	flags(machine, FREED + 64, 0, 1 << MACHINE_PG_HEAD);
	machine_write_page(machine, FREED + 64, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED,
			   8);
	for (pfn_t i = 65; i < 128; i++)
		machine_write_page(machine, FREED + i, MACHINE_PAGE_HEAD,
				   machine_link(machine, FREED + 64, 6), 8);
}

static void free_blocks(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	for (pfn_t i = 0; i < 512; i++)
		plain(machine, FREED + i);
	machine_buddy(machine, FREED, 6);
	machine_buddy(machine, FREED + 128, 7);
}

/* On its way into the pool: marked as a compound page of no special kind. */
static void huge_page_in_the_making(struct machine *machine)
{
	transparent_huge_page(machine);
	machine_write_page(machine, FREED, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED, 8);
}

/* Struct pages that boot never wrote. */
static void struct_pages_poisoned(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	for (pfn_t pfn = FREED; pfn < FREED + 512; pfn++)
		for (unsigned i = 0; i < 64; i += 8)
			machine_write_page(machine, pfn, i, UINT64_MAX, 8);
}

/* A page of a pool that lost PG_head, or is on its way out: its mark is at the right place. */
static void mark_where_a_page_can_begin(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	plain(machine, FREED);
	plain(machine, FREED + 1);
	machine_write_page(machine, FREED, MACHINE_PAGE_MAPCOUNT,
			   machine_read_page(machine, 0x18000, MACHINE_PAGE_MAPCOUNT, 4), 4);
}

/* What the kernel counts there is no type. */
static void pages_mapped_by_processes(struct machine *machine)
{
	machine_split(machine, machine_index(FREED));
	for (unsigned i = 0; i < 512; i++) {
		plain(machine, FREED + i);
		machine_write_page(machine, FREED + i, MACHINE_PAGE_MAPCOUNT, i * 0x100, 4);
		machine_write_page(machine, FREED + i, MACHINE_PAGE_DTOR, MACHINE_HUGETLB_DTOR, 1);
	}
}

/* A leaf was never split: nothing was optimised there, and nobody looks. */
static void copy_under_a_leaf(struct machine *machine)
{
	copy(machine, 0x18000, FREED + 64);
}

static const struct scenario legal[] = {
	{ "a transparent huge page, 6.1", KERNEL_B1, transparent_huge_page, 0, NULL, NULL },
	{ "a transparent huge page, 6.12", KERNEL_612, transparent_huge_page, 0, NULL, NULL },
	{ "a transparent huge page, 7.2", KERNEL_D, transparent_huge_page, 0, NULL, NULL },
	{ "a compound page with a private, 6.1", KERNEL_B1, compound_page_with_private, 0, NULL,
	  NULL },
	{ "a compound page with a private, 7.2", KERNEL_D, compound_page_with_private, 0, NULL,
	  NULL },
	{ "tails of their page, 6.12", KERNEL_612, tails_of_their_page, 0, NULL, NULL },
	{ "tails of their page, 7.2", KERNEL_D, tails_of_their_page, 0, NULL, NULL },
	{ "a page without its order yet, 7.2", KERNEL_D, page_without_its_order_yet, 0, NULL,
	  NULL },
	{ "free blocks, 6.1", KERNEL_B1, free_blocks, 0, NULL, NULL },
	{ "free blocks, 6.12", KERNEL_612, free_blocks, 0, NULL, NULL },
	{ "a huge page in the making, 6.1", KERNEL_B1, huge_page_in_the_making, 0, NULL, NULL },
	{ "poisoned struct pages, 7.2", KERNEL_D, struct_pages_poisoned, 0, NULL, NULL },
	{ "a mark where a page can begin, 6.9", KERNEL_69, mark_where_a_page_can_begin, 0, NULL,
	  NULL },
	{ "a mark where a page can begin, 7.2", KERNEL_D, mark_where_a_page_can_begin, 0, NULL,
	  NULL },
	{ "mapped pages, 6.1", KERNEL_B1, pages_mapped_by_processes, 0, NULL, NULL },
	{ "mapped pages, 6.6", KERNEL_66, pages_mapped_by_processes, 0, NULL, NULL },
	{ "mapped pages, 6.9", KERNEL_69, pages_mapped_by_processes, 0, NULL, NULL },
	{ "mapped pages, 7.2", KERNEL_D, pages_mapped_by_processes, 0, NULL, NULL },
	{ "a copy under a leaf, 6.12", KERNEL_612, copy_under_a_leaf, 0, NULL, NULL },
};

static void run_legal(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- what is looked at --------------------------------------------------------------- */

/* Links that are pointers lead to a head that is marked last; nobody else has the memory. */
static void a_gigantic_page_may_be_in_the_making(void **state)
{
	static const struct machine_kernel kernels[] = { KERNEL_B1, KERNEL_612 };

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);

		machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
		machine_huge_page(machine, 0x80000, 18, HUGE_OPTIMIZED);
		gigantic_page_in_the_making(machine);
		struct analysis *analysis = expect_analysis(machine);
		expect_others_silent(analysis, NULL);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void copies_where_smaller_pages_begin_are_of_the_same_run(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_612);

	(void)state;
	gigantic_page_freed(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-leftovers", STATUS_FAIL, 1,
		    "63 struct pages of pfn 0x40040 to 0x40fc0 are each a copy of the head of a "
		    "1 GiB page");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void what_the_dump_lacks_is_not_checked(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_612);

	(void)state;
	machine_populate(machine);
	restored(machine, FREED);
	transparent_huge_page(machine);
	machine_hide(machine, machine_frame(machine, machine_index(FREED) + 3) << 12, 1,
		     MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "hugetlb-leftovers");
	assert_int_equal(run->not_checked, 1);
	assert_int_equal(run->violations, 0);
	assert_string_equal(run->reason, "struct pages are excluded from the dump");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void a_kernel_without_the_optimisation_leaves_nothing(void **state)
{
	struct machine *machine = machine_create(
		&(struct machine_kernel){ .scheme = MACHINE_NONE, .mark = MARK_TYPE_BYTE });

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-leftovers", STATUS_NOT_APPLICABLE, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(a_gigantic_page_may_be_in_the_making),
		cmocka_unit_test(copies_where_smaller_pages_begin_are_of_the_same_run),
		cmocka_unit_test(what_the_dump_lacks_is_not_checked),
		cmocka_unit_test(a_kernel_without_the_optimisation_leaves_nothing),
	};
	struct CMUnitTest tests[COUNT_OF(broken) + COUNT_OF(legal) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, run_broken, broken);

	used = EXPECT_EACH(tests, used, run_legal, legal);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
