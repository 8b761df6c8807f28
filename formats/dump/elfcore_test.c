// SPDX-License-Identifier: LGPL-2.1-or-later
/* ELF dumps answer for every page, however they are built, cut off or damaged. */
#include "formats/dump/test_files.h"

enum { PAGE = 4096, RAM = 0x100000 };

static const struct test_load three_loads[] = {
	{ 0x10000, 4 * PAGE, 4 * PAGE },
	{ 0x20000, 2 * PAGE, 5 * PAGE }, /* three pages left out */
	{ 0x40000, 0, 2 * PAGE },	 /* all left out */
};
static const struct test_elf three = {
	.vmcoreinfo = test_vmcoreinfo,
	.loads = three_loads,
	.load_count = COUNT_OF(three_loads),
};

static enum memory_state state_in_three(paddr_t addr)
{
	if ((addr >= 0x10000 && addr < 0x14000) || (addr >= 0x20000 && addr < 0x22000))
		return MEMORY_PRESENT;
	if ((addr >= 0x22000 && addr < 0x25000) || (addr >= 0x40000 && addr < 0x42000))
		return MEMORY_EXCLUDED;
	return MEMORY_ABSENT;
}

static void pages_are_present_excluded_or_absent(void **state)
{
	struct dump *dump = test_open(test_write_elf("three", &three));

	(void)state;
	assert_string_equal(dump->format, "elf");
	assert_int_equal(dump->file_count, 1);
	assert_int_equal(dump->elf_machine, EM_X86_64);
	assert_false(dump->big_endian);
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	assert_null(dump->profile);
	assert_false(dump->truncated);
	assert_true(dump->omits_zero_pages);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_in_three(addr), NULL);
	dump_close(dump);
}

static void extents_are_as_long_as_the_state_lasts(void **state)
{
	static const struct memory_extent expected[] = {
		{ 0, 0x10000, MEMORY_ABSENT },
		{ 0x10000, 0x14000, MEMORY_PRESENT },
		{ 0x14000, 0x20000, MEMORY_ABSENT },
		{ 0x20000, 0x22000, MEMORY_PRESENT },
		{ 0x22000, 0x25000, MEMORY_EXCLUDED },
		{ 0x25000, 0x40000, MEMORY_ABSENT },
		{ 0x40000, 0x42000, MEMORY_EXCLUDED },
		{ 0x42000, UINT64_MAX - PAGE + 1, MEMORY_ABSENT },
	};
	struct dump *dump = test_open(test_write_elf("extents", &three));
	paddr_t addr = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		struct memory_extent extent = test_extent(dump, addr + 17);

		assert_int_equal(extent.start, expected[i].start);
		assert_int_equal(extent.end, expected[i].end);
		assert_int_equal(extent.state, expected[i].state);
		addr = extent.end;
	}
	dump_close(dump);
}

static void pieces_of_a_page_are_read(void **state)
{
	struct dump *dump = test_open(test_write_elf("pieces", &three));
	uint8_t buf[16];

	(void)state;
	assert_int_equal(test_read(dump, 0x11ff0, sizeof(buf), buf), MEMORY_PRESENT);
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], test_byte_at(0x11ff0 + i));
	assert_int_equal(test_read(dump, 0x22008, 8, buf), MEMORY_EXCLUDED);
	assert_int_equal(buf[0], test_byte_at(0x11ff0));
	dump_close(dump);
}

static void a_dump_with_no_gap_omits_no_zero_pages(void **state)
{
	static const struct test_load load = { 0x10000, PAGE, PAGE };
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .loads = &load,
				      .load_count = 1 };
	struct dump *dump = test_open(test_write_elf("nogap", &elf));

	(void)state;
	assert_false(dump->omits_zero_pages);
	dump_close(dump);
}

static void big_endian_dumps_are_read(void **state)
{
	struct test_elf elf = three;
	elf.big_endian = true;
	elf.machine = EM_S390;
	struct dump *dump = test_open(test_write_elf("s390", &elf));

	(void)state;
	assert_true(dump->big_endian);
	assert_int_equal(dump->elf_machine, EM_S390);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_in_three(addr), NULL);
	dump_close(dump);
}

static bool outside_ragged_ram(paddr_t addr)
{
	return addr < 0x10800 || addr >= 0x12c00;
}

static void ragged_edges_of_ram_read_as_zero(void **state)
{
	static const struct test_load loads[] = { { 0x10800, 0x1100, 0x1100 },
						  { 0x11900, 0x1300, 0x1300 } };
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .loads = loads,
				      .load_count = COUNT_OF(loads) };
	struct dump *dump = test_open(test_write_elf("ragged", &elf));

	(void)state;
	test_page_is(dump, 0xf000, MEMORY_ABSENT, NULL);
	test_page_is(dump, 0x10000, MEMORY_PRESENT, outside_ragged_ram);
	test_page_is(dump, 0x11000, MEMORY_PRESENT, outside_ragged_ram);
	test_page_is(dump, 0x12000, MEMORY_PRESENT, outside_ragged_ram);
	test_page_is(dump, 0x13000, MEMORY_ABSENT, NULL);
	dump_close(dump);
}

static void overlapping_and_bogus_segments_do_no_harm(void **state)
{
	static const struct test_load loads[] = {
		{ 0x11000, 2 * PAGE, 3 * PAGE },    /* kernel text ... */
		{ 0x10000, 6 * PAGE, 6 * PAGE },    /* ... and the same in the direct mapping */
		{ UINT64_MAX, 2 * PAGE, 2 * PAGE }, /* has no physical address */
		{ UINT64_MAX - PAGE + 1, 0, 2 * PAGE },
	};
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .loads = loads,
				      .load_count = COUNT_OF(loads) };
	struct dump *dump = test_open(test_write_elf("overlap", &elf));

	(void)state;
	for (paddr_t addr = 0x10000; addr < 0x16000; addr += PAGE)
		test_page_is(dump, addr, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x16000, MEMORY_ABSENT, NULL);
	assert_int_equal(test_extent(dump, 0x16000).end, UINT64_MAX - PAGE + 1);
	dump_close(dump);
}

/* The page at 0x12000 is in no segment, yet in the file: before that at 0x13000. */
static const struct test_load cut_loads[] = {
	{ 0x10000, 2 * PAGE, 6 * PAGE },
	{ 0x80000, PAGE, PAGE },
	{ 0x13000, PAGE, PAGE },
};

static void what_qemu_cuts_off_a_segment_is_found_behind_it(void **state)
{
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .other_owner = "QEMU",
				      .loads = cut_loads,
				      .load_count = COUNT_OF(cut_loads) };
	struct dump *dump = test_open(test_write_elf("qemu-cut", &elf));
	uint8_t found[16], expected[16];
	enum memory_state found_state;

	(void)state;
	test_fill(expected, 0x80000, sizeof(expected));
	assert_null(
		dump->memory->ops->read(dump->memory, 0x12000, sizeof(found), found, &found_state));
	assert_int_equal(found_state, MEMORY_PRESENT);
	assert_memory_equal(found, expected, sizeof(found));
	test_page_is(dump, 0x13000, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x14000, MEMORY_EXCLUDED, NULL);
	dump_close(dump);
}

static void what_others_leave_out_of_a_segment_is_excluded(void **state)
{
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .loads = cut_loads,
				      .load_count = COUNT_OF(cut_loads) };
	struct dump *dump = test_open(test_write_elf("not-qemu-cut", &elf));

	(void)state;
	test_page_is(dump, 0x12000, MEMORY_EXCLUDED, NULL);
	dump_close(dump);
}

static void more_than_65535_segments_are_read(void **state)
{
	enum { COUNT = 70000, STRIDE = 0x4000 };
	struct test_load *loads = calloc(COUNT, sizeof(*loads));
	struct test_elf elf = {
		.vmcoreinfo = test_vmcoreinfo, .loads = loads, .load_count = COUNT, .many = true
	};

	(void)state;
	assert_non_null(loads);
	for (size_t i = 0; i < COUNT; i++)
		loads[i] = (struct test_load){ (COUNT - i) * STRIDE, 0, PAGE };
	loads[0].filesz = PAGE;
	loads[COUNT - 1].filesz = PAGE;

	const char *path = test_write_elf("many", &elf);
	struct dump *dump = test_open(path);
	test_page_is(dump, STRIDE, MEMORY_PRESENT, NULL);
	test_page_is(dump, 2 * STRIDE, MEMORY_EXCLUDED, NULL);
	test_page_is(dump, 2 * STRIDE + PAGE, MEMORY_ABSENT, NULL);
	test_page_is(dump, (paddr_t)COUNT * STRIDE, MEMORY_PRESENT, NULL);
	dump_close(dump);

	assert_int_equal(truncate(path, 70000 * 40), 0);
	test_refused(path, ERROR_CORRUPT, "ends inside its program headers");
	free(loads);
}

static void wrong_count_in_section_zero_is_refused(void **state)
{
	struct test_elf elf = three;
	elf.many = true;
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	store32(file.data + sizeof(Elf64_Ehdr) + offsetof(Elf64_Shdr, sh_info), UINT32_MAX, false);
	test_refused(test_write("xnum", file.data, file.len), ERROR_CORRUPT,
		     "ends inside its program headers");
	test_bytes_free(&file);
}

/* Where in the file of three_loads a page begins; 0 if nowhere. */
static uint64_t offset_in_three(const struct test_bytes *file, paddr_t addr)
{
	if (addr >= 0x10000 && addr < 0x14000)
		return file->len - 6 * PAGE + (addr - 0x10000);
	if (addr >= 0x20000 && addr < 0x22000)
		return file->len - 2 * PAGE + (addr - 0x20000);
	return 0;
}

static void check_truncated(const struct test_bytes *file, size_t len, const char *path)
{
	struct dump *dump = test_open(path);

	assert_true(dump->truncated);
	assert_int_equal(dump->missing_bytes, file->len - len);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE) {
		uint64_t offset = offset_in_three(file, addr);
		enum memory_state expected = state_in_three(addr);

		if (offset && offset + PAGE > len)
			expected = MEMORY_TRUNCATED;
		test_page_is(dump, addr, expected, NULL);
	}
	dump_close(dump);
}

static void a_truncated_dump_is_read_as_far_as_it_goes(void **state)
{
	struct test_bytes file = test_elf_bytes(&three);
	size_t headers = file.len - 6 * PAGE;

	(void)state;
	/* A shorter file is not even known to be ELF. */
	for (size_t len = 18; len < file.len; len += len < headers + 8 ? 1 : 509) {
		const char *path = test_write("cut", file.data, len);

		if (len >= headers)
			check_truncated(&file, len, path);
		else
			test_refused(path, ERROR_CORRUPT, path);
	}
	test_bytes_free(&file);
}

static void a_file_that_shrinks_while_open_is_truncated(void **state)
{
	const char *path = test_write_elf("shrink", &three);
	struct dump *dump = test_open(path);
	uint8_t byte = 0xee;

	(void)state;
	assert_int_equal(truncate(path, 1000), 0);
	assert_int_equal(test_read(dump, 0x12000, 1, &byte), MEMORY_TRUNCATED);
	assert_int_equal(byte, 0xee);
	dump_close(dump);
}

static const unsigned char *direct(const struct dump *dump, paddr_t addr)
{
	return dump->memory->ops->direct(dump->memory, addr);
}

static void whole_pages_are_seen_where_they_are(void **state)
{
	static const struct test_load loads[] = {
		{ 0x10000, 3 * 4096, 3 * 4096 },
		{ 0x20000, 4096 + 100, 2 * 4096 },
	};
	static const struct test_elf elf = {
		.vmcoreinfo = test_vmcoreinfo,
		.loads = loads,
		.load_count = COUNT_OF(loads),
	};
	struct dump *dump = test_open(test_write_elf("direct", &elf));

	(void)state;
	assert_int_equal(*direct(dump, 0x12fff), test_byte_at(0x12fff));
	assert_int_equal(*direct(dump, 0x10008), test_byte_at(0x10008));
	assert_int_equal(*direct(dump, 0x20000), test_byte_at(0x20000));
	assert_null(direct(dump, 0x21000));
	assert_null(direct(dump, 0x13000));
	assert_null(direct(dump, 0xffff));
	assert_null(dump_check(dump));
	dump_close(dump);
}

/* Looks at a page without a copy, if that can be, and compares with what reading tells. */
static void check_look(const struct dump *dump, struct page_buffer *buffer, paddr_t addr)
{
	const unsigned char *seen;
	uint8_t page[4096];
	enum memory_state one, other;

	assert_null(memory_look(dump->memory, buffer, addr, sizeof(page), &seen, &one));
	assert_null(memory_read(dump->memory, addr, sizeof(page), page, &other));
	assert_int_equal(one, other);
	if (one == MEMORY_PRESENT)
		assert_memory_equal(seen, page, sizeof(page));
}

static void looking_shows_what_reading_tells(void **state)
{
	static const struct test_load loads[] = {
		{ 0x10000, 64 * 4096, 64 * 4096 },
		{ 0x80000, 4096 + 100, 2 * 4096 },
		{ 0x90000, 3 * 4096, 3 * 4096 },
	};
	static const struct test_elf elf = {
		.vmcoreinfo = test_vmcoreinfo,
		.loads = loads,
		.load_count = COUNT_OF(loads),
	};
	static const unsigned strides[] = { 1, 2, 7, 33 };
	struct dump *dump = test_open(test_write_elf("look", &elf));
	struct page_buffer buffer = { 0 };

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(strides); i++)
		for (paddr_t addr = 0; addr < 0x98000; addr += strides[i] * 4096)
			check_look(dump, &buffer, addr);
	for (paddr_t addr = 0x98000; addr > 0; addr -= 4096)
		check_look(dump, &buffer, addr - 4096);
	page_buffer_deinit(&buffer);
	dump_close(dump);
}

static void bytes_seen_where_they_are_may_go_away(void **state)
{
	static const struct test_load load = { 0x10000, 16 * 4096, 16 * 4096 };
	static const struct test_elf elf = {
		.vmcoreinfo = test_vmcoreinfo,
		.loads = &load,
		.load_count = 1,
	};
	const char *path = test_write_elf("gone", &elf);
	struct dump *dump = test_open(path);
	const unsigned char *last = direct(dump, 0x1f000);

	(void)state;
	assert_int_equal(truncate(path, 5 * 4096), 0);
	assert_int_equal(*direct(dump, 0x11000), test_byte_at(0x11000));
	assert_null(dump_check(dump));
	assert_int_equal(*last, 0);
	struct error *err = dump_check(dump);
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "became shorter while it was read"));
	error_destroy(err);
	dump_close(dump);
}

static void a_fork_answers_as_its_origin(void **state)
{
	struct dump *dump = test_open(test_write_elf("fork", &three));
	struct memory *fork;

	(void)state;
	assert_null(dump->memory->ops->fork(dump->memory, &fork));
	for (paddr_t addr = 0; addr < 0x40000; addr += 4096) {
		enum memory_state one, other;
		struct memory_extent here, there;
		uint8_t a[4096] = { 0 }, b[4096] = { 0 };

		assert_null(dump->memory->ops->read(dump->memory, addr, sizeof(a), a, &one));
		assert_null(fork->ops->read(fork, addr, sizeof(b), b, &other));
		assert_int_equal(one, other);
		assert_memory_equal(a, b, sizeof(a));
		assert_null(dump->memory->ops->extent(dump->memory, addr, &here));
		assert_null(fork->ops->extent(fork, addr, &there));
		assert_int_equal(here.end, there.end);
		assert_int_equal(here.state, there.state);
	}
	fork->ops->destroy(fork);
	dump_close(dump);
}

static void a_dump_that_cannot_be_used_is_refused_in_words(void **state)
{
	static const struct {
		struct test_elf elf;
		enum error_code code;
		const char *words;
	} cases[] = {
		{ { 0 },
		  ERROR_UNSUPPORTED,
		  "neither as a note nor in its memory: dump with kdump or makedumpfile" },
		{ { .other_owner = "QEMU" }, ERROR_UNSUPPORTED, "'-device vmcoreinfo'" },
		{ { .other_owner = "CORE", .other_type = NT_AUXV },
		  ERROR_UNSUPPORTED,
		  "core file of a program" },
		{ { .vmcoreinfo = test_vmcoreinfo, .other_owner = "Xen" },
		  ERROR_UNSUPPORTED,
		  "Xen dumps are not supported" },
		{ { .vmcoreinfo = test_vmcoreinfo, .other_owner = "VMCOREINFO_XEN" },
		  ERROR_UNSUPPORTED,
		  "Xen dumps are not supported" },
		{ { .vmcoreinfo = test_vmcoreinfo, .machine = EM_SPARCV9 },
		  ERROR_UNSUPPORTED,
		  "unknown machine (ELF machine 43)" },
		{ { .vmcoreinfo = test_vmcoreinfo, .machine = EM_AARCH64, .note_cut = 20 },
		  ERROR_CORRUPT,
		  "sve=off" },
		{ { .vmcoreinfo = "OSRELEASE=6.1\n" }, ERROR_CORRUPT, "lacks the page size" },
		{ { .vmcoreinfo = "XPAGESIZE=4096\n" }, ERROR_CORRUPT, "lacks the page size" },
		{ { .vmcoreinfo = "PAGESIZE=0\n" },
		  ERROR_CORRUPT,
		  "impossible page size (PAGESIZE=0)" },
		{ { .vmcoreinfo = "PAGESIZE=4097\n" }, ERROR_CORRUPT, "impossible page size" },
		{ { .vmcoreinfo = "PAGESIZE=131072" }, ERROR_CORRUPT, "impossible page size" },
		{ { .vmcoreinfo = "PAGESIZE=99999999999999999999999999\n" },
		  ERROR_CORRUPT,
		  "impossible page size" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		test_refused(test_write_elf("refused", &cases[i].elf), cases[i].code,
			     cases[i].words);
}

/* A guest's memory with notes like the kernel's own, at the beginning of pages. */
static const char *write_guest(bool big_endian, bool big_file, const char *first,
			       const char *second)
{
	static const struct test_load load = { 0x8000, 0x4000, 0x4000 };
	const struct test_elf elf = {
		.big_endian = big_file,
		.machine = big_file ? EM_PPC64 : EM_X86_64,
		.other_owner = "QEMU",
		.loads = &load,
		.load_count = 1,
	};
	const char *texts[] = { first, second };
	struct test_bytes file = test_elf_bytes(&elf);

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct test_bytes note = { 0 };
		size_t at = file.len - load.filesz + 0x1000 + 0x2000 * i;

		if (!texts[i])
			continue;
		test_add_note(&note, big_endian, "VMCOREINFO", 0, texts[i], strlen(texts[i]));
		memcpy(file.data + at, note.data, note.len);
		test_bytes_free(&note);
	}
	const char *path = test_write("guest", file.data, file.len);

	test_bytes_free(&file);
	return path;
}

static void vmcoreinfo_is_found_in_the_memory_of_a_guest(void **state)
{
	static const struct {
		bool big_endian, big_file;
		const char *second;
	} cases[] = {
		{ false, false, NULL },
		{ true, true, NULL },
		{ false, true, NULL }, /* QEMU does that to ppc64le */
		{ false, false, test_vmcoreinfo },
		{ false, false, "PAGESIZE=65536\n" }, /* is none */
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *path = write_guest(cases[i].big_endian, cases[i].big_file,
					       test_vmcoreinfo, cases[i].second);
		struct dump *dump = test_open(path);

		assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
		assert_int_equal(dump->big_endian, cases[i].big_endian);
		dump_close(dump);
	}
}

static void two_vmcoreinfos_in_memory_are_refused(void **state)
{
	(void)state;
	test_refused(write_guest(false, false, test_vmcoreinfo,
				 "OSRELEASE=5.10\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=0\n"),
		     ERROR_UNSUPPORTED, "several in its memory that differ");
}

static void headers_that_were_never_written_are_told_of(void **state)
{
	struct test_bytes file = test_elf_bytes(&three);

	(void)state;
	memset(file.data + sizeof(Elf64_Ehdr), 0, 4 * sizeof(Elf64_Phdr));
	test_refused(test_write("unwritten", file.data, file.len), ERROR_CORRUPT,
		     "cut off while it was being written");
	test_bytes_free(&file);
}

static void large_pages_are_read(void **state)
{
	static const struct test_load load = { 0x10000, 0x20000, 0x30000 };
	const struct test_elf elf = { .machine = EM_PPC64,
				      .vmcoreinfo = "PAGESIZE=65536\n",
				      .loads = &load,
				      .load_count = 1 };
	struct dump *dump = test_open(test_write_elf("large", &elf));

	(void)state;
	assert_int_equal(dump->memory->page_shift, 16);
	test_page_is(dump, 0x00000, MEMORY_ABSENT, NULL);
	test_page_is(dump, 0x10000, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x20000, MEMORY_PRESENT, NULL);
	test_page_is(dump, 0x30000, MEMORY_EXCLUDED, NULL);
	dump_close(dump);
}

static void damaged_headers_and_notes_never_crash(void **state)
{
	struct test_bytes file = test_elf_bytes(&three);

	(void)state;
	test_flip_bytes("flip", &file, file.len - 6 * PAGE, 0x50000);
	test_bytes_free(&file);
}

static void damaged_count_of_many_segments_never_crashes(void **state)
{
	struct test_elf elf = three;
	elf.many = true;
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	test_flip_bytes("flip", &file, sizeof(Elf64_Ehdr) + sizeof(Elf64_Shdr), 0x50000);
	test_bytes_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_present_excluded_or_absent),
		cmocka_unit_test(extents_are_as_long_as_the_state_lasts),
		cmocka_unit_test(pieces_of_a_page_are_read),
		cmocka_unit_test(a_dump_with_no_gap_omits_no_zero_pages),
		cmocka_unit_test(big_endian_dumps_are_read),
		cmocka_unit_test(ragged_edges_of_ram_read_as_zero),
		cmocka_unit_test(overlapping_and_bogus_segments_do_no_harm),
		cmocka_unit_test(what_qemu_cuts_off_a_segment_is_found_behind_it),
		cmocka_unit_test(what_others_leave_out_of_a_segment_is_excluded),
		cmocka_unit_test(more_than_65535_segments_are_read),
		cmocka_unit_test(wrong_count_in_section_zero_is_refused),
		cmocka_unit_test(a_truncated_dump_is_read_as_far_as_it_goes),
		cmocka_unit_test(a_file_that_shrinks_while_open_is_truncated),
		cmocka_unit_test(whole_pages_are_seen_where_they_are),
		cmocka_unit_test(looking_shows_what_reading_tells),
		cmocka_unit_test(bytes_seen_where_they_are_may_go_away),
		cmocka_unit_test(a_fork_answers_as_its_origin),
		cmocka_unit_test(a_dump_that_cannot_be_used_is_refused_in_words),
		cmocka_unit_test(vmcoreinfo_is_found_in_the_memory_of_a_guest),
		cmocka_unit_test(two_vmcoreinfos_in_memory_are_refused),
		cmocka_unit_test(headers_that_were_never_written_are_told_of),
		cmocka_unit_test(large_pages_are_read),
		cmocka_unit_test(damaged_headers_and_notes_never_crash),
		cmocka_unit_test(damaged_count_of_many_segments_never_crashes),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
