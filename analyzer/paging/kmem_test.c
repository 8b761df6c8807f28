// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernel virtual reads through small page tables. */
#include "testdata/machine/expect.h"

#include <elf.h>
#include <inttypes.h>

#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/kmem.h"

/*
 * 256.0.0.0 to .3: frames 0x10, 0x20 (out of order), 0x30 excluded, 0x40 truncated;
 * .4 is a hole; 256.0.1 is a table that is not in the dump.
 */
static const char tables[] = "@0x1800 0x2003  @0x2000 0x3003  @0x3000 0x4003 0x9003\n"
			     "@0x4000 0x20003 0x10003 0x30003 0x40003 0\n"
			     "@0x20ff8 0x0807060504030201\n"
			     "@0x10000 0x100f0e0d0c0b0a09\n"
			     "excluded 0x30000\n"
			     "truncated 0x40000\n"
			     "truncated 0x9000\n";

static const vaddr_t BASE = UINT64_C(0xffff800000000000);

struct setup {
	struct image *image;
	struct paging paging;
	struct kmem kmem;
};

static void setup(struct setup *setup, bool big_endian)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);
	struct facts *facts;

	setup->image = expect_image(tables);
	expect_no_error(facts_parse("SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
				    "NUMBER(phys_base)=0\n",
				    &facts));
	expect_no_error(arch->paging_init(facts, NULL, &setup->paging));
	facts_destroy(facts);
	expect_no_error(kmem_init(&setup->kmem, arch, &setup->paging, image_memory(setup->image),
				  big_endian));
}

static void teardown(struct setup *setup)
{
	kmem_deinit(&setup->kmem);
	image_destroy(setup->image);
}

static void kmem_reads_across_pages(void **state)
{
	static const unsigned char expected[] = { 5, 6, 7, 8, 9, 10, 11, 12 };
	enum memory_state memory_state = MEMORY_ABSENT;
	unsigned char bytes[8];
	struct setup s;

	(void)state;
	setup(&s, false);
	expect_no_error(kmem_read(&s.kmem, BASE + 0xffc, bytes, sizeof(bytes), &memory_state));
	assert_int_equal(memory_state, MEMORY_PRESENT);
	assert_memory_equal(bytes, expected, sizeof(expected));
	teardown(&s);
}

/*
 * The table of the kernel's image is not in the dump, its pages are: they lie where the
 * image was loaded. What a table that is there says comes first.
 */
static void the_image_is_read_by_its_offset_where_its_table_is_missing(void **state)
{
	static const struct {
		const char *tables;
		vaddr_t addr;
		enum memory_state state;
		uint64_t value;
	} cases[] = {
		/* the middle table is missing */
		{ "@0x1ff8 0x2003  @0x2ff0 0x9003  excluded 0x9000\n@0x7010 0x55\n",
		  UINT64_C(0xffffffff80002010), MEMORY_PRESENT, 0x55 },
		/* the page is, too */
		{ "@0x1ff8 0x2003  @0x2ff0 0x9003  excluded 0x9000\nexcluded 0x7000\n",
		  UINT64_C(0xffffffff80002010), MEMORY_EXCLUDED, 0 },
		/* the table is there: and says that there is nothing, or something else */
		{ "@0x1ff8 0x2003  @0x2ff0 0\n@0x7010 0x55\n", UINT64_C(0xffffffff80002010),
		  MEMORY_ABSENT, 0 },
		{ "@0x1ff8 0x2003  @0x2ff0 0x9003  @0x9000 0xa003  @0xa010 0x8003\n@0x8010 0x66\n"
		  "@0x7010 0x55\n",
		  UINT64_C(0xffffffff80002010), MEMORY_PRESENT, 0x66 },
		/* behind the image */
		{ "@0x1ff8 0x2003  @0x2ff0 0x9003  excluded 0x9000\n@0x7010 0x55\n",
		  UINT64_C(0xffffffffa0002010), MEMORY_EXCLUDED, 0 },
	};
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct image *image = expect_image(cases[i].tables);
		enum memory_state memory_state;
		struct paging paging;
		struct facts *facts;
		struct kmem kmem;
		uint64_t value = 0;

		expect_no_error(facts_parse("SYMBOL(swapper_pg_dir)=ffffffff80000000\n"
					    "NUMBER(phys_base)=4096\n"
					    "NUMBER(KERNEL_IMAGE_SIZE)=536870912\n",
					    &facts));
		expect_no_error(arch->paging_init(facts, NULL, &paging));
		facts_destroy(facts);
		paging.image.paddr = 0x5000;
		expect_no_error(kmem_init(&kmem, arch, &paging, image_memory(image), false));
		expect_no_error(kmem_read_uint(&kmem, cases[i].addr, 8, &value, &memory_state));
		if (memory_state != cases[i].state ||
		    (memory_state == MEMORY_PRESENT && value != cases[i].value))
			fail_msg("case %zu: state %d, 0x%" PRIx64, i, memory_state, value);
		kmem_deinit(&kmem);
		image_destroy(image);
	}
}

static void kmem_reads_numbers_of_any_size_and_order(void **state)
{
	static const struct {
		size_t size;
		bool big_endian;
		uint64_t value;
	} cases[] = {
		{ 1, false, 1 },	  { 2, false, 0x0201 },
		{ 4, false, 0x04030201 }, { 8, false, UINT64_C(0x0807060504030201) },
		{ 2, true, 0x0102 },	  { 8, true, UINT64_C(0x0102030405060708) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum memory_state memory_state;
		struct setup s;
		uint64_t value;

		setup(&s, cases[i].big_endian);
		expect_no_error(kmem_read_uint(&s.kmem, BASE + 0xff8, cases[i].size, &value,
					       &memory_state));
		assert_int_equal(memory_state, MEMORY_PRESENT);
		assert_int_equal(value, cases[i].value);
		teardown(&s);
	}
}

static void kmem_says_why_it_cannot_read(void **state)
{
	static const struct {
		uint64_t offset;
		enum memory_state expected;
	} cases[] = {
		{ 0x1000, MEMORY_PRESENT },
		{ 0x1ffc, MEMORY_EXCLUDED }, /* begins well, ends in the excluded page */
		{ 0x2000, MEMORY_EXCLUDED },
		{ 0x3000, MEMORY_TRUNCATED },
		{ 0x4000, MEMORY_ABSENT },	/* a hole */
		{ 0x200000, MEMORY_TRUNCATED }, /* its table is cut off */
		{ 0x40000000, MEMORY_ABSENT },
	};
	struct setup s;

	(void)state;
	setup(&s, false);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum memory_state memory_state;
		uint64_t value = 7;

		expect_no_error(
			kmem_read_uint(&s.kmem, BASE + cases[i].offset, 8, &value, &memory_state));
		assert_int_equal(memory_state, cases[i].expected);
		assert_true(memory_state == MEMORY_PRESENT || value == 7);
		assert_non_null(memory_state_text(memory_state));
	}
	teardown(&s);
}

static void kmem_reads_text(void **state)
{
	static const struct {
		const char *name, *text;
		uint64_t at;
		size_t size;
		const char *expected;
	} cases[] = {
		{ "whole", "Normal", 0x100, 16, "Normal" },
		{ "cut at the size", "Normal", 0x100, 4, "Nor" },
		{ "no room", "Normal", 0x100, 1, "" },
		{ "not printable",
		  "a\x01"
		  "b\xff\n",
		  0x100, 16, "a?b??" },
		{ "empty", "", 0x100, 16, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[32] = "junk junk junk junk junk";
		struct setup s;

		setup(&s, false);
		image_write_text(s.image, 0x20000 + cases[i].at, cases[i].text);
		expect_no_error(kmem_read_text(&s.kmem, BASE + cases[i].at, buf, cases[i].size));
		assert_string_equal(buf, cases[i].expected);
		teardown(&s);
	}
}

static void kmem_reads_text_across_pages(void **state)
{
	char buf[16];
	struct setup s;

	(void)state;
	setup(&s, false);
	image_write_text(s.image, 0x20ffc, "Nor");
	image_write(s.image, 0x20fff, 'm', 1);
	image_write_text(s.image, 0x10000, "al");
	expect_no_error(kmem_read_text(&s.kmem, BASE + 0xffc, buf, sizeof(buf)));
	assert_string_equal(buf, "Normal");

	/* What follows the end is of no account, even if it cannot be read. */
	image_write_text(s.image, 0x10ffa, "Zone");
	expect_no_error(kmem_read_text(&s.kmem, BASE + 0x1ffa, buf, sizeof(buf)));
	assert_string_equal(buf, "Zone");

	expect_no_error(kmem_read_text(&s.kmem, BASE + 0x4000, buf, sizeof(buf)));
	assert_string_equal(buf, "");
	teardown(&s);
}

static void kmem_passes_failures_on_with_the_address(void **state)
{
	enum memory_state memory_state;
	uint64_t value;
	char buf[8];
	struct setup s;

	(void)state;
	setup(&s, false);
	image_fail_after(s.image, 2);
	expect_error(kmem_read_uint(&s.kmem, BASE, 8, &value, &memory_state), ERROR_OS,
		     "kernel address 0xffff800000000000");
	image_fail_after(s.image, 0);
	expect_error(kmem_read_text(&s.kmem, BASE, buf, sizeof(buf)), ERROR_OS, NULL);
	teardown(&s);
}

/* LoongArch maps addresses linearly that no page table knows of. */
static void kmem_reads_through_a_window(void **state)
{
	enum memory_state memory_state = MEMORY_ABSENT;
	struct setup s;
	uint64_t value;

	(void)state;
	setup(&s, false);
	image_write(s.image, 0x7010, UINT64_C(0x1122334455667788), 8);
	s.paging.window[1].start = UINT64_C(0x9000000000000000);
	s.paging.window[1].size = UINT64_C(0x10000);
	expect_no_error(
		kmem_read_uint(&s.kmem, UINT64_C(0x9000000000007010), 8, &value, &memory_state));
	assert_int_equal(memory_state, MEMORY_PRESENT);
	assert_int_equal(value, UINT64_C(0x1122334455667788));
	expect_no_error(
		kmem_read_uint(&s.kmem, UINT64_C(0x9000000000010000), 8, &value, &memory_state));
	assert_int_equal(memory_state, MEMORY_ABSENT);
	teardown(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kmem_reads_through_a_window),
		cmocka_unit_test(kmem_reads_across_pages),
		cmocka_unit_test(the_image_is_read_by_its_offset_where_its_table_is_missing),
		cmocka_unit_test(kmem_reads_numbers_of_any_size_and_order),
		cmocka_unit_test(kmem_says_why_it_cannot_read),
		cmocka_unit_test(kmem_reads_text),
		cmocka_unit_test(kmem_reads_text_across_pages),
		cmocka_unit_test(kmem_passes_failures_on_with_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
