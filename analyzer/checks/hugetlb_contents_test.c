// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Struct pages of huge pages with one thing wrong, or odd and legal: which check
 * says so, by which signature, and that no other does.
 */
#include "testdata/machine/expect.h"
#include "analyzer/checks/check_table.h"

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	const char *check; /* NULL: all are silent */
	enum check_status status;
	uint64_t violations;
	const char *signature, *part; /* of the first finding */
};

// clang-format off
#define KERNEL_A   { .scheme = MACHINE_A, .mark = MARK_DTOR, .no_switch = true }
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_612 { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }
#define KERNEL_C   { .scheme = MACHINE_C, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
#define KERNEL_E1  { .scheme = MACHINE_E1, .mark = MARK_TYPE_BYTE }
#define KERNEL_E2  { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE }
// clang-format on

static void expect_signature(const struct analysis *analysis, const struct scenario *scenario)
{
	const char *signature = expect_run(analysis, scenario->check)->findings[0].signature;

	if (!scenario->signature)
		assert_null(signature);
	else
		assert_string_equal(signature ? signature : "none", scenario->signature);
}

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	machine_populate(machine);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->check) {
		expect_only(analysis, scenario->check, scenario->status, scenario->violations,
			    scenario->part);
		expect_signature(analysis, scenario);
	} else {
		expect_others_silent(analysis, NULL);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- struct pages in a frame, whoever maps it ------------------------------------ */

enum { OPTIMIZED = 0x10000, PLAIN = 0x18000, GIGANTIC = 0x80000 };

static void poke(struct machine *machine, pfn_t frame, unsigned number, unsigned offset,
		 uint64_t value, size_t size)
{
	image_write(machine_image(machine), (frame << 12) + 64 * number + offset, value, size);
}

static void fill(struct machine *machine, pfn_t frame, unsigned char byte)
{
	unsigned char bytes[4096];

	memset(bytes, byte, sizeof(bytes));
	image_write_page(machine_image(machine), frame, bytes);
}

/* The frame that the 2 MiB pages of node 0 share. */
static pfn_t shared(struct machine *machine)
{
	return machine_huge_target(machine, OPTIMIZED, 9);
}

/* One struct page of a page that is not optimised: pfn 0x18085, 5 into its third frame. */
static void spoil(struct machine *machine, unsigned offset, uint64_t value, size_t size)
{
	machine_write_page(machine, PLAIN + 0x85, offset, value, size);
}

/* --- broken: not optimised --------------------------------------------------------- */

static void link_of_another_folio(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_HEAD, (MACHINE_VMEMMAP + 64 * 0x10200) | 1, 8);
}

static void mask_of_another_order(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_HEAD, UINT64_MAX << 24 | 1, 8);
}

static void no_mapping(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_MAPPING, 0, 8);
}

static void a_map_count(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_MAPCOUNT, 2, 4);
}

static void a_reference(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_REFCOUNT, 1, 4);
}

static void another_node(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_FLAGS, machine_page_flags(1, MACHINE_ZONE_NORMAL, 0), 8);
}

/* HPG_vmemmap_optimized, where only the rest of a head was overwritten. */
static void flags_of_a_head(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_PRIVATE, 1 << MACHINE_HPG_OPTIMIZED, 8);
}

/* NR_RESET_STRUCT_PAGE: a copy of the head was left where a fake head was. */
static void head_left_after_restoring(struct machine *machine)
{
	machine_write_page(machine, PLAIN + 0x40, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_HEAD), 8);
	machine_write_page(machine, PLAIN + 0x40, MACHINE_PAGE_HEAD, 0, 8);
	machine_write_page(machine, PLAIN + 0x40, MACHINE_PAGE_MAPPING, 0, 8);
}

/* The first struct pages of the head's frame, where the vmemmap was restored. */
static void restored_as_copies(struct machine *machine, unsigned first, unsigned end)
{
	machine_huge_restore(machine, PLAIN, 9, first, end);
	for (unsigned page = first; page < end; page++)
		for (unsigned i = 0; i < 4; i++)
			for (unsigned at = 0; at < 64; at += 8)
				machine_write_page(machine, PLAIN + 64 * page + i, at,
						   machine_read_page(machine, PLAIN + i, at, 8), 8);
}

static void restored_as_copies_of_the_head(struct machine *machine)
{
	restored_as_copies(machine, 1, 8);
}

static void one_restored_as_copy_of_the_head(struct machine *machine)
{
	restored_as_copies(machine, 5, 6);
}

/* Beside the copy a tail is wrong as well, which is reported by itself. */
static void copies_and_a_reference(struct machine *machine)
{
	restored_as_copies(machine, 1, 8);
	machine_write_page(machine, PLAIN + 64 * 2 + 9, MACHINE_PAGE_REFCOUNT, 1, 4);
}

/* As 6.15-rc did: struct page 3 of the head served the folio, and was copied all the same. */
static void restored_without_mapping(struct machine *machine)
{
	static const uint64_t left[] = { 0, MACHINE_VMEMMAP + 64 * PLAIN + 0x90, 0 };

	machine_huge_restore(machine, PLAIN, 9, 1, 8);
	for (unsigned page = 1; page < 8; page++)
		for (unsigned i = 0; i < COUNT_OF(left); i++)
			machine_write_page(machine, PLAIN + 64 * page + i, MACHINE_PAGE_MAPPING,
					   left[i], 8);
}

static void a_locked_tail(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_FLAGS, machine_page_flags(0, MACHINE_ZONE_NORMAL, 1), 8);
}

static void blank_frame(struct machine *machine)
{
	fill(machine, machine_frame(machine, machine_index(PLAIN) + 3), 0);
}

static void poisoned_struct_pages(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		spoil(machine, i, UINT64_MAX, 8);
}

static void struct_page_of_text(struct machine *machine)
{
	static const char text[64] =
		"no struct page, but text that somebody wrote too far, or again";
	uint64_t word;

	for (unsigned i = 0; i < sizeof(text); i += 8) {
		memcpy(&word, text + i, sizeof(word));
		spoil(machine, i, word, 8);
	}
}

/* Poison that is a letter is no text. */
static void struct_page_partly_poisoned(struct machine *machine)
{
	for (unsigned i = 16; i < 48; i += 8)
		spoil(machine, i, UINT64_C(0x5a5a5a5a5a5a5a5a), 8);
}

/* Each of its words could be a pointer. */
static void struct_page_of_one_number(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		spoil(machine, i, UINT64_C(0xffff888012345678), 8);
}

static void written_across(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		spoil(machine, i, UINT64_C(0x9e3779b97f4a7c15) * (i + 1), 8);
	machine_write_page(machine, PLAIN + 0x84, MACHINE_PAGE_REFCOUNT, 0x7f4a7c15, 4);
	machine_write_page(machine, PLAIN + 0x86, MACHINE_PAGE_MAPPING, 0x7f4a7c15, 4);
}

/* What a restore leaves is no garbage, though no member is a tail's. */
static void copy_of_head(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i += 8)
		machine_write_page(machine, PLAIN + 0x80, i,
				   machine_read_page(machine, PLAIN, i, 8), 8);
}

/* Two kinds of fault in one frame, two findings; not one for each struct page. */
static void many_faults_in_one_frame(struct machine *machine)
{
	for (unsigned i = 0; i < 10; i++) {
		machine_write_page(machine, PLAIN + 0x85 + i, MACHINE_PAGE_MAPPING, 1, 8);
		machine_write_page(machine, PLAIN + 0x85 + i, MACHINE_PAGE_REFCOUNT, 1, 4);
	}
}

/* --- broken: heads ------------------------------------------------------------------ */

static void head_of_no_zone(struct machine *machine)
{
	for (pfn_t i = 0; i < 512; i++)
		machine_write_page(
			machine, PLAIN + i, MACHINE_PAGE_FLAGS,
			machine_page_flags(0, MACHINE_ZONE_MOVABLE, 0) |
				(machine_read_page(machine, PLAIN + i, MACHINE_PAGE_FLAGS, 8) &
				 UINT32_MAX),
			8);
}

/* What its tails say is right. */
static void head_alone_of_no_zone(struct machine *machine)
{
	machine_write_page(
		machine, PLAIN, MACHINE_PAGE_FLAGS,
		machine_page_flags(0, MACHINE_ZONE_MOVABLE, 0) |
			(machine_read_page(machine, PLAIN, MACHINE_PAGE_FLAGS, 8) & UINT32_MAX),
		8);
}

/* Then nothing else shows the order of a 2 MiB page. */
static void last_tail_lost(struct machine *machine, pfn_t head)
{
	machine_write_page(machine, head + 511, MACHINE_PAGE_HEAD, 0, 8);
}

static void impossible_order(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20001, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 3), 8);
	last_tail_lost(machine, 0x20000);
}

static void order_that_the_place_forbids(struct machine *machine)
{
	machine_huge_page(machine, 0x20200, 9, HUGE_UNCOUNTED);
	machine_write_page(machine, 0x20201, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 18), 8);
	last_tail_lost(machine, 0x20200);
}

/* --- broken: what tails share ---------------------------------------------------------- */

static void shared_frame_blank(struct machine *machine)
{
	fill(machine, shared(machine), 0);
}

static void shared_frame_of_another_order(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i++)
		poke(machine, shared(machine), i, MACHINE_PAGE_HEAD, UINT64_MAX << 24 | 1, 8);
}

static void shared_frame_written_to(struct machine *machine)
{
	poke(machine, shared(machine), 17, MACHINE_PAGE_HEAD, 0x1234, 8);
}

static void shared_frame_without_mapping(struct machine *machine)
{
	poke(machine, shared(machine), 17, MACHINE_PAGE_MAPPING, 0, 8);
}

static void shared_frame_of_another_zone(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i++)
		poke(machine, shared(machine), i, MACHINE_PAGE_FLAGS,
		     machine_page_flags(1, MACHINE_ZONE_NORMAL, 0), 8);
}

static void shared_frame_referenced(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i++)
		poke(machine, shared(machine), i, MACHINE_PAGE_REFCOUNT, 1, 4);
}

static void shared_frame_mapped(struct machine *machine)
{
	poke(machine, shared(machine), 9, MACHINE_PAGE_MAPCOUNT, 0, 4);
}

static void shared_frame_private(struct machine *machine)
{
	poke(machine, shared(machine), 9, MACHINE_PAGE_PRIVATE, 7, 8);
}

static void shared_frame_with_a_head(struct machine *machine)
{
	poke(machine, shared(machine), 9, MACHINE_PAGE_FLAGS,
	     machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_HEAD), 8);
}

static void shared_frame_poisoned(struct machine *machine)
{
	poke(machine, shared(machine), 9, MACHINE_PAGE_FLAGS,
	     machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_HWPOISON), 8);
}

/* No page of that zone and order is optimised now; the next one will show it. */
static void unused_shared_frame_blank(struct machine *machine)
{
	fill(machine, machine_zone_tail(machine, 1, MACHINE_ZONE_MOVABLE, 9), 0);
}

static void tail_of_optimized_page_poisoned(struct machine *machine)
{
	machine_write_page(machine, OPTIMIZED + 9, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_HWPOISON), 8);
}

/* Whoever owns the frame that the tails of a 2 MiB page show: one struct page of it. */
static void shared_tail(struct machine *machine, unsigned offset, uint64_t value)
{
	poke(machine, machine_huge_target(machine, OPTIMIZED, 9), 9, offset, value, 8);
}

static void shared_tail_locked(struct machine *machine)
{
	shared_tail(machine, MACHINE_PAGE_FLAGS, machine_page_flags(0, MACHINE_ZONE_NORMAL, 1));
}

static void shared_tail_dirty_and_lru(struct machine *machine)
{
	shared_tail(machine, MACHINE_PAGE_FLAGS,
		    machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_LRU | 1 << 3));
}

static void shared_tail_private(struct machine *machine)
{
	shared_tail(machine, MACHINE_PAGE_PRIVATE, 0x1234);
}

static void shared_frame_from_boot_referenced(struct machine *machine)
{
	shared_frame_referenced(machine);
	machine_write_page(machine, shared(machine), MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_RESERVED), 8);
}

/* The frame of a head may be boot memory: that explains no reference. */
static void head_frame_from_boot_referenced(struct machine *machine)
{
	pfn_t frame = machine_huge_target(machine, OPTIMIZED, 9);

	machine_write_page(machine, OPTIMIZED + 9, MACHINE_PAGE_REFCOUNT, 1, 4);
	machine_write_page(machine, frame, MACHINE_PAGE_FLAGS,
			   machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_RESERVED), 8);
}

/* Where tails show the head's frame, the frame's own tails are theirs too. */
static void head_frame_tail_referenced(struct machine *machine)
{
	machine_write_page(machine, OPTIMIZED + 9, MACHINE_PAGE_REFCOUNT, 1, 4);
}

static const struct scenario broken[] = {
	{ "a link to another folio, 5.14", KERNEL_A, link_of_another_folio, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "tails of the 2 MiB page 0x18000: 1 of 64 struct pages" },
	{ "a link to another folio, 6.1", KERNEL_B1, link_of_another_folio, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL,
	  "from that of pfn 0x18085 on, have the link 0xffffea0000408001, not "
	  "0xffffea0000600001" },
	{ "a pointer instead of a mask, 7.2", KERNEL_D, link_of_another_folio, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "not 0xffffffffffff8001" },
	{ "the mask of another order, 7.2", KERNEL_D, mask_of_another_order, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "have the mask of order 18, not 9" },
	{ "no mapping, 6.1", KERNEL_B1, no_mapping, "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "have mapping 0x0, not 0xdead000000000400" },
	{ "no mapping, 7.2", KERNEL_D, no_mapping, "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "have mapping 0x0" },
	{ "a map count, 6.12", KERNEL_612, a_map_count, "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "have _mapcount 2, not -1" },
	{ "a reference, 6.1", KERNEL_B1, a_reference, "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "have _refcount 1, not 0" },
	{ "another node, 7.2", KERNEL_D, another_node, "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "are of zone 2 of node 1, not zone 2 of node 0" },
	{ "a head left after restoring, 6.1", KERNEL_B1, head_left_after_restoring,
	  "hugetlb-contents", STATUS_FAIL, 1, "stale-pg-head", "have PG_head set, not clear" },
	{ "a head left after restoring, 6.15", KERNEL_C, head_left_after_restoring,
	  "hugetlb-contents", STATUS_FAIL, 1, "stale-pg-head", "from that of pfn 0x18040 on" },
#define AS_COPIES(name, kernel)                                                                    \
	{ "restored as copies of the head, " name,                                                 \
	  kernel,                                                                                  \
	  restored_as_copies_of_the_head,                                                          \
	  "hugetlb-contents",                                                                      \
	  STATUS_FAIL,                                                                             \
	  1,                                                                                       \
	  "restored-head-copies",                                                                  \
	  "7 of the 8 vmemmap pages of the 2 MiB page 0x18000, from that of pfn 0x18040 on, "      \
	  "begin with a copy of its head (PG_head, private 0x" },                                  \
	{                                                                                          \
		"one restored as a copy, " name, kernel, one_restored_as_copy_of_the_head,         \
			"hugetlb-contents", STATUS_FAIL, 1, "restored-head-copies",                \
			"1 of the 8 vmemmap pages of the 2 MiB page 0x18000, from that of pfn "    \
			"0x18140 on"                                                               \
	}
	AS_COPIES("5.14", KERNEL_A),
	AS_COPIES("6.1", KERNEL_B1),
	AS_COPIES("6.12", KERNEL_612),
	AS_COPIES("6.15", KERNEL_C),
	AS_COPIES("7.2", KERNEL_D),
	{ "copies and a reference, 6.12", KERNEL_612, copies_and_a_reference, "hugetlb-contents",
	  STATUS_FAIL, 2, NULL, "from that of pfn 0x18089 on, have _refcount 1" },
#define WITHOUT_MAPPING(name, kernel)                                                                     \
	{                                                                                                 \
		"restored without mapping, " name, kernel, restored_without_mapping,                      \
			"hugetlb-contents", STATUS_FAIL, 7, NULL,                                         \
			"3 of 64 struct pages, from that of pfn 0x18040 on, have mapping 0x0, not 0xdead" \
	}
	WITHOUT_MAPPING("5.14", KERNEL_A),
	WITHOUT_MAPPING("6.1", KERNEL_B1),
	WITHOUT_MAPPING("6.12", KERNEL_612),
	WITHOUT_MAPPING("6.15", KERNEL_C),
	WITHOUT_MAPPING("7.2", KERNEL_D),
	{ "a locked tail, 6.12", KERNEL_612, a_locked_tail, "hugetlb-contents", STATUS_FAIL, 1,
	  NULL, "have the flags 0x1 (PG_locked), not 0x0" },
	{ "a blank frame, 5.14", KERNEL_A, blank_frame, "hugetlb-contents", STATUS_FAIL, 1,
	  "uninitialised-hugetlb-tail", "64 of 64 struct pages, from that of pfn 0x180c0 on" },
	{ "a struct page all ones, 7.2", KERNEL_D, poisoned_struct_pages, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "pfn 0x18085 was overwritten with 0xff in every byte" },
	{ "a struct page of text, 6.12", KERNEL_612, struct_page_of_text, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "was overwritten with the text \"no struct page, but text\"" },
	{ "a struct page of text, 5.14", KERNEL_A, struct_page_of_text, "hugetlb-contents",
	  STATUS_FAIL, 1, NULL, "was overwritten with the text \"no struct page, but text\"" },
	{ "a struct page with 32 bytes of poison, 7.2", KERNEL_D, struct_page_partly_poisoned,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "was overwritten with 0x5a in 32 bytes, from byte 16 on" },
	{ "a struct page of one number, 7.2", KERNEL_D, struct_page_of_one_number,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "was overwritten with 0xffff888012345678 again and again" },
	{ "a struct page and parts of those beside it, 7.2", KERNEL_D, written_across,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL,
	  "3 of 64 struct pages, from that of pfn 0x18084 on, were overwritten, the first with" },
	{ "a copy of the head, 6.12", KERNEL_612, copy_of_head, "hugetlb-contents", STATUS_FAIL, 1,
	  "restored-head-copies", "1 of the 8 vmemmap pages of the 2 MiB page 0x18000" },
	{ "two kinds of fault in a frame, 7.2", KERNEL_D, many_faults_in_one_frame,
	  "hugetlb-contents", STATUS_FAIL, 2, NULL,
	  "10 of 64 struct pages, from that of pfn 0x18085 on, have mapping 0x1" },

	{ "a head of a zone that is elsewhere, 6.12", KERNEL_612, head_of_no_zone,
	  "hugetlb-contents", STATUS_FAIL, 1, "zone-mismatch",
	  "the head of the 2 MiB page 0x18000 names zone Movable of node 0" },
	{ "a head alone of a zone that is elsewhere, 6.12", KERNEL_612, head_alone_of_no_zone,
	  "hugetlb-contents", STATUS_FAIL, 1, "zone-mismatch",
	  "the head of the 2 MiB page 0x18000 names zone Movable of node 0" },
	{ "an impossible order, 7.2", KERNEL_D, impossible_order, "hugetlb-head-sound", STATUS_FAIL,
	  1, "head-order",
	  "the struct page of pfn 0x20000 is marked as the head of a huge page of order 3 (32 KiB), "
	  "which no pool has" },
	{ "an order that the place forbids, 6.12", KERNEL_612, order_that_the_place_forbids,
	  "hugetlb-head-sound", STATUS_FAIL, 1, "head-order",
	  "pfn 0x20200 is marked as the head of a huge page of order 18 (1 GiB), which cannot begin "
	  "there" },

	{ "a shared frame that is blank, 7.2", KERNEL_D, shared_frame_blank, "hugetlb-contents",
	  STATUS_FAIL, 1, "uninitialised-shared-frame",
	  "shared by the tails of 2 MiB pages in zone Normal on node 0: 64 of 64 struct pages" },
	{ "a shared frame that is blank, E1", KERNEL_E1, shared_frame_blank, "hugetlb-contents",
	  STATUS_FAIL, 1, "uninitialised-shared-frame", "every byte is 0x0" },
	{ "a shared frame that is blank, E2", KERNEL_E2, shared_frame_blank, "hugetlb-contents",
	  STATUS_FAIL, 1, "uninitialised-shared-frame", "every byte is 0x0" },
	{ "a shared frame of another order, 7.2", KERNEL_D, shared_frame_of_another_order,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-order", "order 18, not 9" },
	{ "a shared frame that was written to, 7.2", KERNEL_D, shared_frame_written_to,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-contents", "have the link 0x1234" },
	{ "a shared frame without mapping, 7.2", KERNEL_D, shared_frame_without_mapping,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-contents", "have mapping 0x0" },
	{ "a shared frame of another node, 7.2", KERNEL_D, shared_frame_of_another_zone,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-zone",
	  "64 of 64 struct pages, from that of pfn 0x10040 on, are of zone 2 of node 1" },
	{ "a shared frame with references, 7.2", KERNEL_D, shared_frame_referenced,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-refcount", "a speculative reference" },
	{ "a shared frame from boot with references, 7.2", KERNEL_D,
	  shared_frame_from_boot_referenced, "hugetlb-contents", STATUS_WARN, 1,
	  "boot-frame-refcount",
	  "left over from boot: a speculative reference to such a tail is a "
	  "write to it, and faults where the tail is read-only" },
#define SHARED_TAIL(name, kernel)                                                                  \
	{ "a locked shared tail, " name,                                                           \
	  kernel,                                                                                  \
	  shared_tail_locked,                                                                      \
	  "hugetlb-contents",                                                                      \
	  STATUS_FAIL,                                                                             \
	  1,                                                                                       \
	  "shared-frame-contents",                                                                 \
	  "have the flags 0x1 (PG_locked), not 0x0" },                                             \
	{                                                                                          \
		"a shared tail with other flags, " name, kernel, shared_tail_dirty_and_lru,        \
			"hugetlb-contents", STATUS_FAIL, 1, "shared-frame-contents",               \
			"have the flags 0x18"                                                      \
	}
	SHARED_TAIL("5.14", KERNEL_A),
	SHARED_TAIL("6.1", KERNEL_B1),
	SHARED_TAIL("6.12", KERNEL_612),
	SHARED_TAIL("6.15", KERNEL_C),
	SHARED_TAIL("7.2", KERNEL_D),
	SHARED_TAIL("E2", KERNEL_E2),
	{ "a shared tail with private, 5.14", KERNEL_A, shared_tail_private, "hugetlb-contents",
	  STATUS_PASS, 1, NULL,
	  "have private 0x1234, not 0x0; it may be older than the huge page" },
	{ "a shared tail with private, 6.1", KERNEL_B1, shared_tail_private, "hugetlb-contents",
	  STATUS_FAIL, 1, "shared-frame-contents", "have private 0x1234, not 0x0" },
	{ "a shared tail with private, 6.12", KERNEL_612, shared_tail_private, "hugetlb-contents",
	  STATUS_FAIL, 1, "shared-frame-contents", "have private 0x1234, not 0x0" },
	{ "a shared frame with a map count, 7.2", KERNEL_D, shared_frame_mapped, "hugetlb-contents",
	  STATUS_FAIL, 1, "shared-frame-contents", "have _mapcount 0, not -1" },
	{ "a shared frame with private, 7.2", KERNEL_D, shared_frame_private, "hugetlb-contents",
	  STATUS_FAIL, 1, "shared-frame-contents", "have private 0x7" },
	{ "a shared frame with PG_head, 7.2", KERNEL_D, shared_frame_with_a_head,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-contents", "have PG_head set" },
	{ "a shared frame with PG_hwpoison, 7.2", KERNEL_D, shared_frame_poisoned,
	  "hugetlb-contents", STATUS_FAIL, 1, "hwpoison-in-tail", "have PG_hwpoison set" },
	{ "a shared frame that none uses yet, 7.2", KERNEL_D, unused_shared_frame_blank,
	  "hugetlb-contents", STATUS_FAIL, 1, "uninitialised-shared-frame",
	  "shared by the tails of 2 MiB pages in zone Movable on node 1" },
	{ "flags of a head in private of a tail, 6.1", KERNEL_B1, flags_of_a_head,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL, "have private 0x40, not 0x0" },
	{ "flags of a head in private of a tail, 7.2", KERNEL_D, flags_of_a_head,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL, "have private 0x40, not 0x0" },
	{ "PG_hwpoison in a kept tail, 6.1", KERNEL_B1, tail_of_optimized_page_poisoned,
	  "hugetlb-contents", STATUS_FAIL, 1, "hwpoison-in-tail", "pfn 0x10009" },
	{ "PG_hwpoison in a kept tail, 7.2", KERNEL_D, tail_of_optimized_page_poisoned,
	  "hugetlb-contents", STATUS_FAIL, 1, "hwpoison-in-tail", "pfn 0x10009" },
	{ "a reference in what tails show, 6.1", KERNEL_B1, head_frame_from_boot_referenced,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-refcount",
	  "have _refcount 1, not 0; a speculative reference to such a tail is a write to it" },
	{ "a reference in what tails show, 6.15", KERNEL_C, head_frame_tail_referenced,
	  "hugetlb-contents", STATUS_FAIL, 1, "shared-frame-refcount", "pfn 0x10009" },
	{ "a reference in the head's own frame, 7.2", KERNEL_D, head_frame_tail_referenced,
	  "hugetlb-contents", STATUS_FAIL, 1, NULL, "have _refcount 1" },
};

/* --- broken: heads --------------------------------------------------------------------- */

enum { USED_HEAD = 0x10200, FREE_HEAD = 0x48200 };

static void head_flags(struct machine *machine, pfn_t pfn, uint64_t flags)
{
	unsigned node = pfn == FREE_HEAD ? 1 : 0;

	machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS,
			   machine_page_flags(node, MACHINE_ZONE_NORMAL,
					      flags | UINT64_C(1) << MACHINE_PG_HEAD),
			   8);
}

static void free_head_locked(struct machine *machine)
{
	head_flags(machine, FREE_HEAD, 1);
}

static void used_head_reserved(struct machine *machine)
{
	head_flags(machine, USED_HEAD, UINT64_C(1) << MACHINE_PG_RESERVED);
}

static void used_head_on_lru(struct machine *machine)
{
	head_flags(machine, USED_HEAD, UINT64_C(1) << MACHINE_PG_LRU);
}

static void used_head_of_a_slab(struct machine *machine)
{
	head_flags(machine, USED_HEAD, UINT64_C(1) << MACHINE_PG_SLAB);
}

static void free_head_in_a_file(struct machine *machine)
{
	machine_write_page(machine, FREE_HEAD, MACHINE_PAGE_MAPPING, MACHINE_VMEMMAP, 8);
}

static void used_head_of_a_ksm_page(struct machine *machine)
{
	machine_write_page(machine, USED_HEAD, MACHINE_PAGE_MAPPING, MACHINE_VMEMMAP | 3, 8);
}

static void used_head_of_an_address_that_is_not_mapped(struct machine *machine)
{
	machine_write_page(machine, USED_HEAD, MACHINE_PAGE_MAPPING, 0xffff111122223330, 8);
}

static void used_head_of_no_kernel_address(struct machine *machine)
{
	machine_write_page(machine, USED_HEAD, MACHINE_PAGE_MAPPING, 0x4242424242424240, 8);
}

static void head_private_overwritten(struct machine *machine)
{
	machine_write_page(machine, USED_HEAD, MACHINE_PAGE_PRIVATE, 0x1234567800000000, 8);
}

static void first_tail_referenced(struct machine *machine)
{
	machine_write_page(machine, PLAIN + 1, MACHINE_PAGE_REFCOUNT, 1, 4);
}

#define HEAD_FAULT(name, kernel, arrange, words)                                                   \
	{                                                                                          \
		name, kernel, arrange, "hugetlb-contents", STATUS_FAIL, 1, NULL, words             \
	}

static const struct scenario broken_heads[] = {
	HEAD_FAULT("a free head that is locked, 6.1", KERNEL_B1, free_head_locked,
		   "the head of the 2 MiB page 0x48200 is free and has PG_locked"),
	HEAD_FAULT("a free head that is locked, 7.2", KERNEL_D, free_head_locked, "PG_locked"),
	HEAD_FAULT("a reserved head", KERNEL_B1, used_head_reserved, "PG_reserved, PG_lru"),
	HEAD_FAULT("a head on the lru", KERNEL_612, used_head_on_lru, "PG_reserved, PG_lru"),
	HEAD_FAULT("a head of a slab", KERNEL_A, used_head_of_a_slab, "PG_reserved, PG_lru"),
	HEAD_FAULT("a free head in a file", KERNEL_D, free_head_in_a_file,
		   "though a free page has none"),
	HEAD_FAULT("a mapping of KSM", KERNEL_B1, used_head_of_a_ksm_page,
		   "which is no pointer to an address_space or anon_vma"),
	HEAD_FAULT("a mapping where nothing is mapped", KERNEL_B1,
		   used_head_of_an_address_that_is_not_mapped, "mapping 0xffff111122223330, which"),
	HEAD_FAULT("a mapping of no kernel address", KERNEL_C, used_head_of_no_kernel_address,
		   "which is no pointer to an address_space or anon_vma"),
	HEAD_FAULT("private that holds no flags, 6.1", KERNEL_B1, head_private_overwritten,
		   "has private 0x1234567800000000"),
	HEAD_FAULT("private that holds no flags, 7.2", KERNEL_D, head_private_overwritten,
		   "has private 0x1234567800000000"),
	HEAD_FAULT("a reference of the first tail, 6.1", KERNEL_B1, first_tail_referenced,
		   "have _refcount 1, not 0"),
	HEAD_FAULT("a reference of the first tail, 7.2", KERNEL_D, first_tail_referenced,
		   "have _refcount 1, not 0"),
};

/* --- odd and legal ---------------------------------------------------------------------- */

static void nothing(struct machine *machine)
{
	(void)machine;
}

/* Struct pages 1 to 3 serve the folio: mapping, private and counts are other things. */
static void overlay(struct machine *machine, pfn_t first)
{
	for (pfn_t pfn = first; pfn < first + 3; pfn++) {
		machine_write_page(machine, pfn, MACHINE_PAGE_MAPPING, 0x4000000000000, 8);
		machine_write_page(machine, pfn, MACHINE_PAGE_PRIVATE, 0x1000, 8);
		machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT, 5, 4);
	}
}

static void first_tails_overlaid(struct machine *machine)
{
	overlay(machine, PLAIN + 1);
	overlay(machine, OPTIMIZED + 1);
	overlay(machine, GIGANTIC + 1);
}

/*
 * A restored vmemmap page begins with copies of the head's tails 3 to 5, of which up to 6.2
 * two serve the folio with their private. Linux kernel include/linux/hugetlb.h,
 * SUBPAGE_INDEX_CGROUP_RSVD, SUBPAGE_INDEX_HWPOISON.
 */
static void restored_from_the_head(struct machine *machine)
{
	machine_huge_restore(machine, PLAIN, 9, 1, 8);
	for (unsigned i = 1; i < 8; i++) {
		machine_write_page(machine, PLAIN + 64 * i, MACHINE_PAGE_PRIVATE, 0x1000, 8);
		machine_write_page(machine, PLAIN + 64 * i + 1, MACHINE_PAGE_PRIVATE, 0x2000, 8);
	}
}

/* Page 4 of the folio, in the frame that the tails show. */
static void poison_list_in_the_fourth_tail(struct machine *machine)
{
	machine_write_page(machine, OPTIMIZED + 4, MACHINE_PAGE_PRIVATE, 0x1000, 8);
}

/* PG_arch_1, right before PG_reserved: the architecture's own. */
static void arch_flag_in_a_shared_tail(struct machine *machine)
{
	shared_tail(machine, MACHINE_PAGE_FLAGS,
		    machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << (MACHINE_PG_RESERVED - 1)));
}

static void head_poisoned(struct machine *machine)
{
	machine_huge_page(machine, 0x20000, 9, HUGE_OPTIMIZED | HUGE_POISON);
}

static void plain_tail_poisoned(struct machine *machine)
{
	spoil(machine, MACHINE_PAGE_FLAGS,
	      machine_page_flags(0, MACHINE_ZONE_NORMAL, 1 << MACHINE_PG_HWPOISON), 8);
}

/* prep_compound_gigantic_page() of 6.1 leaves mapping alone. */
static void gigantic_without_mapping(struct machine *machine)
{
	for (pfn_t i = 1; i < 64; i++)
		machine_write_page(machine, GIGANTIC + i, MACHINE_PAGE_MAPPING, 0, 8);
}

/* Stale pointers, last_cpupid: a frame that was filled while booting. */
static void shared_frame_from_boot(struct machine *machine)
{
	for (unsigned i = 0; i < 64; i++) {
		poke(machine, shared(machine), i, MACHINE_PAGE_LRU + 8, MACHINE_VMEMMAP + 64 * i,
		     8);
		poke(machine, shared(machine), i, MACHINE_PAGE_FLAGS,
		     machine_page_flags(0, MACHINE_ZONE_NORMAL, UINT64_C(0x1fffff) << 30), 8);
	}
}

/* Locked, referenced, up to date, dirty, active, waited for: whoever uses it does that. */
static void used_head_of_many_flags(struct machine *machine)
{
	head_flags(machine, USED_HEAD, 0x4f);
}

/* Nothing clears what its users left, but the lock. */
static void free_head_of_old_flags(struct machine *machine)
{
	head_flags(machine, FREE_HEAD, 0x0e);
}

/* memory_failure() locks the page to find out that nobody uses it. */
static void free_head_with_an_error(struct machine *machine)
{
	head_flags(machine, FREE_HEAD, 1 | UINT64_C(1) << MACHINE_PG_HWPOISON);
}

static void used_head_of_anonymous_memory(struct machine *machine)
{
	machine_write_page(machine, USED_HEAD, MACHINE_PAGE_MAPPING, MACHINE_VMEMMAP | 1, 8);
}

#define LEGAL_HEAD(name, kernel, arrange)                                                          \
	{                                                                                          \
		name, kernel, arrange, NULL, STATUS_PASS, 0, NULL, NULL                            \
	}

static const struct scenario odd_heads[] = {
	LEGAL_HEAD("many flags of a head in use, 6.1", KERNEL_B1, used_head_of_many_flags),
	LEGAL_HEAD("many flags of a head in use, 7.2", KERNEL_D, used_head_of_many_flags),
	LEGAL_HEAD("old flags of a free head", KERNEL_B1, free_head_of_old_flags),
	LEGAL_HEAD("a free head with a memory error", KERNEL_D, free_head_with_an_error),
	LEGAL_HEAD("a head of anonymous memory", KERNEL_B1, used_head_of_anonymous_memory),
};

static const struct scenario odd[] = {
	{ "nothing odd, 5.14", KERNEL_A, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "nothing odd, 6.1", KERNEL_B1, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "nothing odd, 6.15", KERNEL_C, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "nothing odd, E1", KERNEL_E1, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "nothing odd, E2", KERNEL_E2, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "the first tails overlaid, 6.12", KERNEL_612, first_tails_overlaid, NULL, STATUS_PASS, 0,
	  NULL, NULL },
	{ "the first tails overlaid, 7.2", KERNEL_D, first_tails_overlaid, NULL, STATUS_PASS, 0,
	  NULL, NULL },
	{ "restored from the head's frame, 6.1", KERNEL_B1, restored_from_the_head, NULL,
	  STATUS_PASS, 0, NULL, NULL },
	{ "a list of poisoned pages in the fourth tail, 6.1", KERNEL_B1,
	  poison_list_in_the_fourth_tail, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "what was in private of a tail before, 5.14", KERNEL_A, flags_of_a_head, NULL,
	  STATUS_PASS, 0, NULL, NULL },
	{ "a flag of the architecture in a shared tail, 6.1", KERNEL_B1, arch_flag_in_a_shared_tail,
	  NULL, STATUS_PASS, 0, NULL, NULL },
	{ "a flag of the architecture in a shared tail, 7.2", KERNEL_D, arch_flag_in_a_shared_tail,
	  NULL, STATUS_PASS, 0, NULL, NULL },
	{ "a poisoned head, 7.2", KERNEL_D, head_poisoned, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "a poisoned tail of a page that is not optimised", KERNEL_B1, plain_tail_poisoned, NULL,
	  STATUS_PASS, 0, NULL, NULL },
	{ "a gigantic page without mapping, 6.1", KERNEL_B1, gigantic_without_mapping, NULL,
	  STATUS_PASS, 0, NULL, NULL },
	{ "a shared frame from boot, 7.2", KERNEL_D, shared_frame_from_boot, NULL, STATUS_PASS, 0,
	  NULL, NULL },
};

/* --- pages in transition --------------------------------------------------------------- */

/* The crash came between: frames that are no longer, or not yet, mapped for good. */
static void own_frames_in_transition(void **state)
{
	static const struct machine_kernel kernels[] = { KERNEL_C, KERNEL_D };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(kernels); i++) {
		struct machine *machine = machine_create(&kernels[i]);

		machine_populate(machine);
		machine_huge_page(machine, 0x20000, 9, HUGE_FLAG | HUGE_UNCOUNTED);
		machine_huge_share(machine, 0x20000, 9, 0, 4);
		machine_write_page(machine, 0x20000 + 0x145, MACHINE_PAGE_REFCOUNT, 1, 4);
		machine_write_page(machine, 0x20000 + 0x146, MACHINE_PAGE_MAPPING, 0, 8);
		struct analysis *analysis = expect_analysis(machine);
		expect_status(analysis, "hugetlb-contents", STATUS_PASS, 0);
		expect_status(analysis, "hugetlb-savings-agree", STATUS_PASS, 1);
		assert_int_equal(analysis->checks.errors + analysis->checks.warnings, 0);
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

/* --- more than one page ------------------------------------------------------------------- */

static void gigantic_mapping_is_poisoned_since_masks(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	gigantic_without_mapping(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-contents", STATUS_FAIL, 1, "60 of 64 struct pages");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* Of a gigantic page no mapping is told from the first tail's; its flags, the order, are. */
static void a_copy_of_the_first_tail_is_no_tail(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_612);

	(void)state;
	machine_huge_page(machine, GIGANTIC, 18, 0);
	machine_write_page(machine, GIGANTIC + 0x41, MACHINE_PAGE_FLAGS,
			   machine_page_flags(1, MACHINE_ZONE_NORMAL, 18), 8);
	machine_write_page(machine, GIGANTIC + 0x41, MACHINE_PAGE_MAPPING, 0, 8);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-contents", STATUS_FAIL, 1,
		    "from that of pfn 0x80041 on, have the flags 0x12, not 0x0");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void each_frame_is_looked_at_once(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	/* Four heads, two pages of eight frames, three frames of zones. */
	assert_int_equal(expect_run(analysis, "hugetlb-contents")->checked, 4 + 2 * 8 + 3);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void frames_that_the_dump_lacks_are_not_checked(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	machine_hide(machine, shared(machine) << 12, 1, MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "hugetlb-contents");
	assert_int_equal(run->status, STATUS_PASS);
	assert_int_equal(run->not_checked, 1);
	assert_string_equal(run->reason, "frames with struct pages are excluded from the dump");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* The vmemmap page with the frame's own struct page is not in the dump. */
static void references_of_unknown_origin_are_no_error(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	shared_frame_from_boot_referenced(machine);
	machine_hide(machine, machine_frame(machine, machine_index(shared(machine))) << 12, 1,
		     MEMORY_EXCLUDED);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-contents", STATUS_WARN, 1);
	const struct finding *finding = &expect_run(analysis, "hugetlb-contents")->findings[0];
	assert_non_null(strstr(finding->message, "which cannot be read, would tell whether they "
						 "are left over from boot"));
	assert_null(finding->signature);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* The address of the vmemmap is the kernel's choice: say that it is another. */
static void a_vmemmap_that_masks_do_not_fit_is_reported(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct check *check = check_by_id("vmemmap-mask-alignment");
	/* Aligned to so much: how severe for the vmemmap, how many pages are misled. */
	static const struct {
		unsigned shift;
		enum severity severity;
		uint64_t misled;
	} cases[] = {
		{ 24, SEVERITY_WARNING, 0 }, /* arm64 with memory from 1 GiB on: up to 1 GiB */
		{ 23, SEVERITY_WARNING, 1 }, /* the page of 1 GiB */
		{ 15, SEVERITY_ERROR, 1 },   /* orders of the page allocator */
		{ 12, SEVERITY_ERROR, 6 },
	};

	expect_status(analysis, "vmemmap-mask-alignment", STATUS_PASS, 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct check_run run = { .check = check, .unit = "", .finding_max = 10 };

		analysis->target.kernel.vmemmap += UINT64_C(1) << cases[i].shift;
		expect_no_error(check->run(&analysis->survey, &run));
		assert_int_equal(run.findings[0].severity, cases[i].severity);
		/* Where no page that there is can be hit, nothing has come of the fault. */
		if (cases[i].severity == SEVERITY_WARNING)
			assert_null(run.findings[0].signature);
		else
			assert_string_equal(run.findings[0].signature, "mask-alignment");
		assert_int_equal(run.violations, 1 + cases[i].misled);
		check_run_deinit(&run);
		analysis->target.kernel.vmemmap -= UINT64_C(1) << cases[i].shift;
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* A kernel without gigantic pages needs less: its array of shared tails ends earlier. */
static void the_vmemmap_is_aligned_as_the_largest_folio_needs_it(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);
	const struct check *check = check_by_id("vmemmap-mask-alignment");
	struct check_run run = { .check = check, .unit = "", .finding_max = 1 };

	(void)state;
	machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED);
	machine_type_set(machine, TYPE_MEMBER_LENGTH, "zone", "vmemmap_tails", 5);
	struct analysis *analysis = expect_analysis(machine);

	assert_int_equal(analysis->target.kernel.max_folio_order, 11);
	analysis->target.kernel.vmemmap += 1 << 17;
	expect_no_error(check->run(&analysis->survey, &run));
	assert_int_equal(run.violations, 0);
	free(run.covered);
	analysis->target.kernel.vmemmap -= 1 << 17;
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void pointers_need_no_alignment(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_C);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "vmemmap-mask-alignment", STATUS_NOT_APPLICABLE, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* compound_info without the optimisation holds pointers: the tails themselves tell. */
static void pointers_in_compound_info_are_told_by_value(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	(void)state;
	machine_huge_page(machine, PLAIN, 9, 0);
	for (pfn_t pfn = PLAIN + 1; pfn < PLAIN + 512; pfn++)
		machine_write_page(machine, pfn, MACHINE_PAGE_HEAD,
				   (MACHINE_VMEMMAP + 64 * PLAIN) | 1, 8);
	struct analysis *analysis = expect_analysis(machine);
	expect_status(analysis, "hugetlb-contents", STATUS_PASS, 0);
	expect_status(analysis, "vmemmap-mask-alignment", STATUS_NOT_APPLICABLE, 0);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* A huge page whose struct pages fill a quarter of a vmemmap page. */
static void small_page_write(struct machine *machine, pfn_t pfn)
{
	uint64_t flags = machine_page_flags(0, MACHINE_ZONE_NORMAL, 0);

	for (pfn_t tail = pfn + 1; tail < pfn + 16; tail++) {
		machine_write_page(machine, tail, MACHINE_PAGE_FLAGS, flags, 8);
		machine_write_page(machine, tail, MACHINE_PAGE_HEAD, UINT64_MAX << 10 | 1, 8);
		machine_write_page(machine, tail, MACHINE_PAGE_MAPPING,
				   UINT64_C(0xdead000000000400), 8);
		machine_write_page(machine, tail, MACHINE_PAGE_MAPCOUNT, UINT32_MAX, 4);
	}
	machine_write_page(machine, pfn, MACHINE_PAGE_FLAGS, flags | 1 << MACHINE_PG_HEAD, 8);
	machine_write_page(machine, pfn, MACHINE_PAGE_MAPCOUNT,
			   (uint32_t)MACHINE_PGTY_HUGETLB << 24, 4);
	machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 1, 4);
	machine_write_page(machine, pfn + 1, MACHINE_PAGE_FLAGS, flags | 4, 8);
}

static void neighbours_in_a_frame_are_each_looked_at(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);
	paddr_t pool = machine_hstate(machine, 0);

	(void)state;
	machine_hstate_order(machine, 0, 4);
	image_write(machine_image(machine), pool + MACHINE_HSTATE_NR, 2, 8);
	image_write(machine_image(machine), pool + MACHINE_HSTATE_NR_NODE, 2, 4);
	small_page_write(machine, 0x20010);
	small_page_write(machine, 0x20020);
	struct analysis *analysis = expect_analysis(machine);
	expect_others_silent(analysis, NULL);
	assert_int_equal(expect_run(analysis, "hugetlb-contents")->checked, 1);
	analysis_destroy(analysis);
	machine_write_page(machine, 0x2002f, MACHINE_PAGE_REFCOUNT, 1, 4);
	analysis = expect_analysis(machine);
	expect_only(analysis, "hugetlb-contents", STATUS_FAIL, 1,
		    "tails of the 64 KiB page 0x20020: 1 of 64 struct pages, from that of pfn "
		    "0x2002f on, have _refcount 1");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(gigantic_mapping_is_poisoned_since_masks),
		cmocka_unit_test(a_copy_of_the_first_tail_is_no_tail),
		cmocka_unit_test(own_frames_in_transition),
		cmocka_unit_test(each_frame_is_looked_at_once),
		cmocka_unit_test(frames_that_the_dump_lacks_are_not_checked),
		cmocka_unit_test(references_of_unknown_origin_are_no_error),
		cmocka_unit_test(a_vmemmap_that_masks_do_not_fit_is_reported),
		cmocka_unit_test(the_vmemmap_is_aligned_as_the_largest_folio_needs_it),
		cmocka_unit_test(pointers_need_no_alignment),
		cmocka_unit_test(pointers_in_compound_info_are_told_by_value),
		cmocka_unit_test(neighbours_in_a_frame_are_each_looked_at),
	};
	struct CMUnitTest tests[COUNT_OF(broken) + COUNT_OF(broken_heads) + COUNT_OF(odd) +
				COUNT_OF(odd_heads) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, run_scenario, broken);

	used = EXPECT_EACH(tests, used, run_scenario, broken_heads);
	used = EXPECT_EACH(tests, used, run_scenario, odd);
	used = EXPECT_EACH(tests, used, run_scenario, odd_heads);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
