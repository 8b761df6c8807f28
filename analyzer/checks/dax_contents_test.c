// SPDX-License-Identifier: LGPL-2.1-or-later
/* Struct pages of devices with one thing wrong: which check says so, and by what sign. */
#include "testdata/machine/expect.h"

#include <inttypes.h>

#include "testdata/machine/machine_device.h"

enum { HEAD = 0x140200, TAIL_FRAME_PFN = HEAD + 64 };

/* What stands for a usual device: 64 pages of 2 MiB. */
#define SHARED	 0
#define UNSHARED DAX_UNSHARED

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	unsigned flags; /* of the device */
	void (*arrange)(struct machine *machine);
	const char *check; /* NULL: all are silent */
	enum check_status status;
	uint64_t violations;
	const char *signature, *part; /* of the first finding */
};

// clang-format off
#define KERNEL_B1  { .scheme = MACHINE_B, .mark = MARK_DTOR }
#define KERNEL_612 { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
#define KERNEL_E1  { .scheme = MACHINE_E1, .mark = MARK_TYPE_BYTE }
#define KERNEL_E2  { .scheme = MACHINE_E2, .mark = MARK_TYPE_BYTE }
// clang-format on

static void device_add(struct machine *machine, unsigned flags)
{
	const struct machine_dax spec = {
		.name = "dax0.0",
		.region = "Persistent Memory",
		.start = 0x140000,
		.end = 0x148000,
		.data = flags & DAX_ALTMAP ? 0x140400 : 0x140200,
		.order = 9,
		.node = 1,
		.flags = flags,
	};

	machine_dax(machine, &spec);
}

static void run_scenario(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	device_add(machine, scenario->flags);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	if (scenario->check) {
		expect_only(analysis, scenario->check, scenario->status, scenario->violations,
			    scenario->part);
		const char *signature =
			expect_run(analysis, scenario->check)->findings[0].signature;
		assert_string_equal(signature ? signature : "none", scenario->signature);
	} else {
		expect_others_silent(analysis, NULL);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void nothing(struct machine *machine)
{
	(void)machine;
}

static uint64_t device_flags(uint64_t bits)
{
	return machine_page_flags(1, MACHINE_ZONE_DEVICE, bits);
}

static void fill(struct machine *machine, pfn_t pfn, unsigned char byte)
{
	unsigned char bytes[4096];

	memset(bytes, byte, sizeof(bytes));
	image_write_page(machine_image(machine), machine_frame(machine, machine_index(pfn)), bytes);
}

/* --- heads --------------------------------------------------------------------------- */

static void head_without_flag(struct machine *machine)
{
	machine_write_page(machine, HEAD, MACHINE_PAGE_FLAGS,
			   device_flags(1 << MACHINE_PG_RESERVED), 8);
}

static void head_not_reserved(struct machine *machine)
{
	machine_write_page(machine, HEAD, MACHINE_PAGE_FLAGS, device_flags(1 << MACHINE_PG_HEAD),
			   8);
}

static void head_of_another_pgmap(struct machine *machine)
{
	machine_write_page(machine, HEAD, MACHINE_PAGE_PGMAP, MACHINE_DIRECT_MAP + 0x1000, 8);
}

static void head_of_another_order(struct machine *machine)
{
	machine_write_page(machine, HEAD + 1, MACHINE_PAGE_FLAGS,
			   device_flags(1 << MACHINE_PG_RESERVED | 10), 8);
}

static void head_without_reference(struct machine *machine)
{
	machine_write_page(machine, HEAD, MACHINE_PAGE_REFCOUNT, 0, 4);
}

/* --- tails --------------------------------------------------------------------------- */

static void tail_not_reserved(struct machine *machine)
{
	machine_write_page(machine, HEAD + 9, MACHINE_PAGE_FLAGS, device_flags(0), 8);
}

static void tail_of_another_zone(struct machine *machine)
{
	machine_write_page(
		machine, HEAD + 9, MACHINE_PAGE_FLAGS,
		machine_page_flags(1, MACHINE_ZONE_NORMAL, UINT64_C(1) << MACHINE_PG_RESERVED), 8);
}

static void shared_tail_poisoned(struct machine *machine)
{
	machine_write_page(machine, TAIL_FRAME_PFN + 5, MACHINE_PAGE_FLAGS,
			   device_flags(1 << MACHINE_PG_RESERVED | 1 << MACHINE_PG_HWPOISON), 8);
}

static void shared_tails_blank(struct machine *machine)
{
	fill(machine, TAIL_FRAME_PFN, 0);
}

static void shared_tail_not_reserved(struct machine *machine)
{
	machine_write_page(machine, TAIL_FRAME_PFN + 5, MACHINE_PAGE_FLAGS, device_flags(0), 8);
}

/* Only the first two frames were filled, as if the tails were shared. */
static void later_frames_blank(struct machine *machine)
{
	for (unsigned i = 2; i < 8; i++)
		fill(machine, HEAD + 64 * i, 0);
}

/* They were made ordinary pages while booting, and nothing since. */
static void later_frames_ordinary(struct machine *machine)
{
	for (pfn_t pfn = HEAD + 128; pfn < HEAD + 192; pfn++) {
		machine_write_page(machine, pfn, MACHINE_PAGE_HEAD,
				   MACHINE_VMEMMAP + 64 * pfn + MACHINE_PAGE_HEAD, 8);
		machine_write_page(machine, pfn, MACHINE_PAGE_MAPPING, 0, 8);
		machine_write_page(machine, pfn, MACHINE_PAGE_REFCOUNT, 1, 4);
	}
}

static const struct scenario scenarios[] = {
	{ "healthy, 6.1", KERNEL_B1, SHARED, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "healthy, 6.12", KERNEL_612, SHARED, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "healthy, 7.2", KERNEL_D, SHARED, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "healthy, E1", KERNEL_E1, SHARED, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "healthy, E2", KERNEL_E2, SHARED, nothing, NULL, STATUS_PASS, 0, NULL, NULL },
	{ "healthy, memmap in the device", KERNEL_D, DAX_ALTMAP, nothing, NULL, STATUS_PASS, 0,
	  NULL, NULL },

	{ "a head without PG_head, 6.1", KERNEL_B1, SHARED, head_without_flag, "dax-contents",
	  STATUS_FAIL, 1, "dax-head",
	  "the head of the 2 MiB page 0x140200 of dax0.0: PG_head is clear" },
	{ "a head without PG_reserved, 7.2", KERNEL_D, SHARED, head_not_reserved, "dax-contents",
	  STATUS_FAIL, 1, "dax-head", "PG_reserved is clear" },
	{ "a head of another device, 6.12", KERNEL_612, SHARED, head_of_another_pgmap,
	  "dax-contents", STATUS_FAIL, 1, "dax-head", "its pgmap is 0xffff888000001000, not" },
	{ "a head of another order, 7.2", KERNEL_D, SHARED, head_of_another_order, "dax-contents",
	  STATUS_FAIL, 1, "dax-head", "its first tail says order 10, not 9" },
	{ "a head without reference, 7.2", KERNEL_D, SHARED, head_without_reference, "dax-contents",
	  STATUS_PASS, 1, "none", "0x140200 of dax0.0 has no reference" },

	{ "a tail without PG_reserved, 6.1", KERNEL_B1, SHARED, tail_not_reserved, "dax-contents",
	  STATUS_FAIL, 1, "none", "from that of pfn 0x140209 on, have PG_reserved clear, not set" },
	{ "a tail of another zone, 7.2", KERNEL_D, SHARED, tail_of_another_zone, "dax-contents",
	  STATUS_FAIL, 1, "none", "are of zone 2 of node 1, not zone 4 of node 1" },
	{ "a poisoned shared tail, 7.2", KERNEL_D, SHARED, shared_tail_poisoned, "dax-contents",
	  STATUS_FAIL, 1, "hwpoison-in-tail", "pfn 0x140245" },
	{ "a poisoned shared tail, E2", KERNEL_E2, SHARED, shared_tail_poisoned, "dax-contents",
	  STATUS_FAIL, 1, "hwpoison-in-tail", "pages in zone Device on node 1" },
	{ "blank shared tails, 6.1", KERNEL_B1, SHARED, shared_tails_blank, "dax-contents",
	  STATUS_FAIL, 1, "uninitialised-shared-frame", "every byte is 0x0" },
	{ "blank shared tails, E2", KERNEL_E2, SHARED, shared_tails_blank, "dax-contents",
	  STATUS_FAIL, 1, "uninitialised-shared-frame", "every byte is 0x0" },
	{ "a shared tail without PG_reserved, E2", KERNEL_E2, SHARED, shared_tail_not_reserved,
	  "dax-contents", STATUS_FAIL, 1, "shared-frame-contents", "have PG_reserved clear" },
};

/* Devices whose tails share nothing are a matter of dax-sharing, too. */
static const struct scenario unshared[] = {
	{ "frames never filled, 6.12", KERNEL_612, UNSHARED, later_frames_blank, "dax-contents",
	  STATUS_FAIL, 6, "uninitialised-dax-tail",
	  "tails of the 2 MiB page 0x140200 of dax0.0: 64 of 64 struct pages, from that of pfn "
	  "0x140280 on" },
	{ "frames of ordinary pages, 7.2", KERNEL_D, UNSHARED, later_frames_ordinary,
	  "dax-contents", STATUS_FAIL, 1, "uninitialised-dax-tail",
	  "from that of pfn 0x140280 on" },
};

static void run_unshared(void **state)
{
	const struct scenario *scenario = *state;
	struct machine *machine = machine_create(&scenario->kernel);

	device_add(machine, scenario->flags);
	scenario->arrange(machine);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, scenario->check);
	expect_status(analysis, scenario->check, scenario->status, scenario->violations);
	assert_string_equal(run->findings[0].signature, scenario->signature);
	if (!strstr(run->findings[0].message, scenario->part))
		fail_msg("'%s'", run->findings[0].message);
	assert_int_equal(analysis->checks.errors, scenario->violations);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* What is hidden of a device that holds its own memmap, and what is then said of it. */
static const struct loss {
	const char *what;
	enum memory_state first, rest; /* of its pages */
	bool out_of_reach;	       /* else not checked */
} losses[] = {
	{ "a dump of RAM", MEMORY_ABSENT, MEMORY_ABSENT, true },
	{ "left out of a dump of all memory", MEMORY_EXCLUDED, MEMORY_EXCLUDED, false },
	{ "a file that ends early", MEMORY_TRUNCATED, MEMORY_TRUNCATED, false },
	{ "a dump that knows of the device", MEMORY_EXCLUDED, MEMORY_ABSENT, false },
};

static void run_loss(const struct loss *loss)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);

	device_add(machine, DAX_ALTMAP);
	machine_hide(machine, UINT64_C(0x140000) << 12, 0x8000, loss->rest);
	machine_hide(machine, UINT64_C(0x140000) << 12, 1, loss->first);
	struct analysis *analysis = expect_analysis(machine);
	const struct check_run *run = expect_run(analysis, "dax-contents");
	if ((run->out_of_reach > 0) != loss->out_of_reach ||
	    (run->not_checked > 0) == loss->out_of_reach)
		fail_msg("%s: %" PRIu64 " not checked, %" PRIu64 " out of reach", loss->what,
			 run->not_checked, run->out_of_reach);
	assert_int_equal(run->status,
			 loss->out_of_reach ? STATUS_NOT_APPLICABLE : STATUS_NOT_CHECKED);
	if (loss->out_of_reach)
		assert_string_equal(run->reach_reason, "where the memmap lies in the device, no "
						       "dump of RAM holds it");
	else
		assert_non_null(strstr(run->reason, "the memmap of dax0.0 lies in the device"));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void what_a_dump_of_ram_cannot_hold_is_told_from_what_it_lacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(losses); i++)
		run_loss(&losses[i]);
}

/* 8 MiB pages from a place that is aligned to 2 MiB only. */
static void a_device_that_masks_do_not_fit_is_reported(void **state)
{
	struct machine *machine = machine_create(&(struct machine_kernel)KERNEL_D);
	const struct machine_dax spec = {
		.name = "dax0.0",
		.region = "Persistent Memory",
		.start = 0x140200,
		.end = 0x141200,
		.order = 11,
		.node = 1,
	};

	(void)state;
	machine_dax(machine, &spec);
	struct analysis *analysis = expect_analysis(machine);
	expect_only(analysis, "vmemmap-mask-alignment", STATUS_FAIL, 1,
		    "the struct pages of the 8 MiB page 0x140200 of dax0.0 are not aligned");
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(what_a_dump_of_ram_cannot_hold_is_told_from_what_it_lacks),
		cmocka_unit_test(a_device_that_masks_do_not_fit_is_reported),
	};
	struct CMUnitTest tests[COUNT_OF(scenarios) + COUNT_OF(unshared) + COUNT_OF(others)];
	size_t used = EXPECT_EACH(tests, 0, run_scenario, scenarios);

	used = EXPECT_EACH(tests, used, run_unshared, unshared);
	memcpy(tests + used, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
