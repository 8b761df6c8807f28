// SPDX-License-Identifier: LGPL-2.1-or-later
/* A small dump that is written gives, when it is read, what the full one gave. */
#include "formats/dump/distilled.h"
#include "formats/dump/test_files.h"

enum { PAGE = 4096, RAM = 0x60000 };

static const struct test_load loads[] = {
	{ 0x10000, 6 * PAGE, 8 * PAGE },
	{ 0x20000, 16 * PAGE, 16 * PAGE },
};
static const struct test_elf full = {
	.vmcoreinfo = test_vmcoreinfo,
	.loads = loads,
	.load_count = COUNT_OF(loads),
};

/* The last page of the last segment is cut off. */
static struct dump *open_full(void)
{
	const char *path = test_write_elf("full", &full);
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - 100), 0);
	return test_open(path);
}

static const pfn_t kept[] = { 0x10, 0x11, 0x13, 0x20, 0x21, 0x22, 0x2e };

static bool is_kept(paddr_t addr)
{
	for (size_t i = 0; i < COUNT_OF(kept); i++) {
		if (kept[i] == addr / PAGE)
			return true;
	}
	return false;
}

/* All extents below RAM, as the full dump tells them. */
static size_t collect_extents(const struct dump *dump, struct memory_extent *to, size_t room)
{
	size_t count = 0;

	for (paddr_t addr = 0; addr < RAM; addr = to[count++].end) {
		assert_true(count < room);
		to[count] = test_extent(dump, addr);
		if (to[count].end > RAM)
			to[count].end = RAM;
	}
	return count;
}

static struct memory_extent extents[32];

static struct dump_image image_of(const struct dump *dump)
{
	return (struct dump_image){
		.memory = dump->memory,
		.elf_machine = dump->elf_machine,
		.big_endian = dump->big_endian,
		.vmcoreinfo = dump->vmcoreinfo,
		.profile = "{\"page\": 64}",
		.pages = kept,
		.page_count = COUNT_OF(kept),
		.extents = extents,
		.extent_count = collect_extents(dump, extents, COUNT_OF(extents)),
		.omits_zero_pages = dump->omits_zero_pages,
		.truncated = dump->truncated,
		.missing_bytes = dump->missing_bytes,
	};
}

/* What the tests write; those of both ways run twice. */
static enum dump_image_format written_as;
static const char *const format_names[] = { "elf", "kdump" };

static int write_elf(void **state)
{
	(void)state;
	written_as = DUMP_IMAGE_ELF;
	return 0;
}

static int write_kdump(void **state)
{
	(void)state;
	written_as = DUMP_IMAGE_KDUMP;
	return 0;
}

static void write_image(const char *path, bool replace, const struct dump_image *image)
{
	struct error *err = dump_write(path, replace, written_as, image);

	if (err)
		fail_msg("%s", error_message(err));
}

/* What the small dump says of a page, given what the full one said. */
static void check_page(const struct dump *small, const struct dump *big, paddr_t addr)
{
	uint8_t page[PAGE];
	enum memory_state full_state = test_extent(big, addr).state;
	enum memory_state expected = full_state;

	if (is_kept(addr)) {
		test_page_is(small, addr, MEMORY_PRESENT, NULL);
		return;
	}
	if (expected == MEMORY_PRESENT)
		expected = MEMORY_EXCLUDED;
	assert_int_equal(test_extent(small, addr).state, full_state);
	assert_int_equal(test_read(small, addr, PAGE, page), expected);
}

static void a_small_dump_answers_as_the_full_one(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	const char *path = test_path("small");

	(void)state;
	assert_true(big->truncated && big->omits_zero_pages);
	write_image(path, false, &image);
	struct dump *small = test_open(path);
	assert_string_equal(small->format, format_names[written_as]);
	assert_true(small->distilled);
	assert_string_equal(small->vmcoreinfo, big->vmcoreinfo);
	assert_string_equal(small->profile, image.profile);
	assert_int_equal(small->elf_machine, big->elf_machine);
	assert_int_equal(small->memory->page_shift, big->memory->page_shift);
	assert_true(small->truncated);
	assert_int_equal(small->missing_bytes, big->missing_bytes);
	assert_true(small->omits_zero_pages);
	for (paddr_t addr = 0; addr < RAM + 0x10000; addr += PAGE)
		check_page(small, big, addr);

	struct memory_extent again[32];
	assert_int_equal(collect_extents(small, again, COUNT_OF(again)), image.extent_count);
	for (size_t i = 0; i < image.extent_count; i++) {
		assert_int_equal(again[i].start, extents[i].start);
		assert_int_equal(again[i].end, extents[i].end);
		assert_int_equal(again[i].state, extents[i].state);
	}
	dump_close(small);
	dump_close(big);
	test_dir_empty();
}

static void what_the_full_dump_did_not_say_is_not_said(void **state)
{
	struct dump *big = test_open(test_write_elf("full", &full));
	struct dump_image image = image_of(big);
	const char *path = test_path("small");

	(void)state;
	image.profile = NULL;
	image.omits_zero_pages = false;
	image.page_count = 0;
	image.extent_count = 0;
	write_image(path, false, &image);
	struct dump *small = test_open(path);
	assert_null(small->profile);
	assert_false(small->truncated);
	assert_false(small->omits_zero_pages);
	test_page_is(small, 0x10000, MEMORY_ABSENT, NULL);
	assert_int_equal(test_extent(small, 0).end, UINT64_MAX - PAGE + 1);
	dump_close(small);
	dump_close(big);
	test_dir_empty();
}

static void big_endian_machines_get_big_endian_files(void **state)
{
	struct test_elf s390 = full;
	s390.big_endian = true;
	s390.machine = EM_S390;
	struct dump *big = test_open(test_write_elf("s390", &s390));
	struct dump_image image = image_of(big);

	(void)state;
	write_image(test_path("small"), false, &image);
	struct dump *small = test_open(test_path("small"));
	assert_true(small->big_endian);
	assert_int_equal(small->elf_machine, EM_S390);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		check_page(small, big, addr);
	dump_close(small);
	dump_close(big);
	test_dir_empty();
}

static void a_small_dump_of_a_small_dump_is_the_same(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);

	(void)state;
	write_image(test_path("once"), false, &image);
	struct dump *small = test_open(test_path("once"));
	image = image_of(small);
	image.profile = small->profile;
	write_image(test_path("twice"), false, &image);

	struct dump *smaller = test_open(test_path("twice"));
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		check_page(smaller, big, addr);
	assert_int_equal(smaller->size_bytes, small->size_bytes);
	dump_close(smaller);
	dump_close(small);
	dump_close(big);
	test_dir_empty();
}

static struct test_bytes read_file(const char *path)
{
	struct test_bytes file = { 0 };
	struct stat status;
	FILE *stream = fopen(path, "r");

	assert_non_null(stream);
	assert_int_equal(fstat(fileno(stream), &status), 0);
	uint8_t *to = test_grow(&file, (size_t)status.st_size);
	assert_int_equal(fread(to, 1, (size_t)status.st_size, stream), status.st_size);
	fclose(stream);
	return file;
}

static void the_same_image_gives_the_same_bytes(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);

	(void)state;
	write_image(test_path("one"), false, &image);
	write_image(test_path("two"), false, &image);
	struct test_bytes one = read_file(test_path("one")), two = read_file(test_path("two"));
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data, two.data, one.len);
	test_bytes_free(&one);
	test_bytes_free(&two);
	dump_close(big);
	test_dir_empty();
}

/* crash takes a file whose segments have an alignment for one of another format. */
static void other_tools_find_what_they_look_for(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	size_t gaps = 0, excluded = 0;

	(void)state;
	write_image(test_path("small"), false, &image);
	struct test_bytes file = read_file(test_path("small"));
	const Elf64_Ehdr *ehdr = (const void *)file.data;
	const Elf64_Phdr *phdrs = (const void *)(file.data + ehdr->e_phoff);
	assert_int_equal(ehdr->e_type, ET_CORE);
	assert_int_equal(phdrs[0].p_type, PT_NOTE);
	for (size_t i = 1; i < ehdr->e_phnum; i++) {
		assert_int_equal(phdrs[i].p_type, PT_LOAD);
		assert_int_equal(phdrs[i].p_align, 0);
		assert_int_equal(phdrs[i].p_offset % PAGE, 0);
		assert_int_equal(phdrs[i].p_vaddr, phdrs[i].p_paddr);
		gaps += !phdrs[i].p_filesz && phdrs[i].p_memsz;
	}
	for (size_t i = 0; i < image.extent_count; i++)
		excluded += extents[i].state == MEMORY_EXCLUDED;
	assert_true(excluded > 0);
	assert_int_equal(gaps, excluded);
	test_bytes_free(&file);
	dump_close(big);
	test_dir_empty();
}

static void more_than_65535_segments_are_written(void **state)
{
	enum { COUNT = 66000 };
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	static const struct test_load load = { 0, COUNT * 2 * PAGE, COUNT * 2 * PAGE };
	const struct test_elf wide = { .vmcoreinfo = test_vmcoreinfo,
				       .loads = &load,
				       .load_count = 1 };
	pfn_t *pages = calloc(COUNT, sizeof(*pages));

	(void)state;
	dump_close(big);
	assert_non_null(pages);
	for (size_t i = 0; i < COUNT; i++)
		pages[i] = 2 * i;
	big = test_open(test_write_elf("wide", &wide));
	image.memory = big->memory;
	image.vmcoreinfo = big->vmcoreinfo;
	image.pages = pages;
	image.page_count = COUNT;
	image.extent_count = 0;
	write_image(test_path("small"), false, &image);

	struct dump *small = test_open(test_path("small"));
	test_page_is(small, 0, MEMORY_PRESENT, NULL);
	test_page_is(small, PAGE, MEMORY_ABSENT, NULL);
	test_page_is(small, (paddr_t)(COUNT - 1) * 2 * PAGE, MEMORY_PRESENT, NULL);
	dump_close(small);
	dump_close(big);
	free(pages);
	test_dir_empty();
}

static void fails(const char *path, bool replace, const struct dump_image *image,
		  enum error_code code, const char *words)
{
	struct error *err = dump_write(path, replace, DUMP_IMAGE_ELF, image);

	assert_non_null(err);
	if (!strstr(error_message(err), words))
		fail_msg("'%s' is not the message: %s", words, error_message(err));
	assert_int_equal(error_code(err), code);
	error_destroy(err);
}

static void a_file_is_whole_or_not_there(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	const pfn_t not_present[] = { 0x10, 0x17 };
	const char *path = test_path("small");
	size_t file_count = test_dir_count();

	(void)state;
	image.pages = not_present;
	image.page_count = 2;
	fails(path, false, &image, ERROR_CORRUPT, "the page at 0x17000 is not in the dump");
	assert_int_equal(test_dir_count(), file_count);

	fails("/nonexistent/small", false, &image, ERROR_OS, "cannot write '/nonexistent/small'");
	fails(test_dir, true, &image, ERROR_OS, "it is no regular file");
	dump_close(big);
	test_dir_empty();
}

static void an_existing_file_is_replaced_only_on_request(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	const char *path = test_write("small", "precious", 8);
	size_t file_count = test_dir_count();

	(void)state;
	fails(path, false, &image, ERROR_OS, "it exists");
	struct test_bytes file = read_file(path);
	assert_int_equal(file.len, 8);
	test_bytes_free(&file);

	write_image(path, true, &image);
	dump_close(test_open(path));
	assert_int_equal(test_dir_count(), file_count);
	dump_close(big);
	test_dir_empty();
}

static void a_directory_that_cannot_be_written_is_told_of(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);

	(void)state;
	/* Not even the superuser makes files there. */
	fails("/proc/small", false, &image, ERROR_OS, "cannot write '/proc/small'");
	fails("/dev/null", true, &image, ERROR_OS, "it is no regular file");
	dump_close(big);
	test_dir_empty();
}

/* --- notes from others --- */

static void damaged_extents_are_refused_in_words(void **state)
{
	static const struct {
		uint64_t words[10];
		size_t count;
		enum error_code code;
		const char *message;
	} cases[] = {
		{ { 1, 0, 0 }, 3, ERROR_CORRUPT, "too short" },
		{ { 2, 0, 0, 0 }, 4, ERROR_UNSUPPORTED, "newer vmemscope" },
		{ { 1, 0, 0, 1 }, 4, ERROR_CORRUPT, "wrong length" },
		{ { 1, 0, 0, 0, 0, 4096, 0 }, 7, ERROR_CORRUPT, "wrong length" },
		{ { 1, 0, 0, UINT64_MAX, 0, 4096, 0 }, 7, ERROR_CORRUPT, "wrong length" },
		{ { 1, 0, 0, 0, 1 }, 5, ERROR_CORRUPT, "wrong length" },
		{ { 1, 0, 0, 1, 4096, 4096, 0 }, 7, ERROR_CORRUPT, "extent 0" },
		{ { 1, 0, 0, 1, 8192, 4096, 0 }, 7, ERROR_CORRUPT, "extent 0" },
		{ { 1, 0, 0, 1, 0, 100, 0 }, 7, ERROR_CORRUPT, "extent 0" },
		{ { 1, 0, 0, 1, 0, 4096, 5 }, 7, ERROR_CORRUPT, "extent 0" },
		{ { 1, 0, 0, 2, 0, 8192, 0, 4096, 12288, 0 }, 10, ERROR_CORRUPT, "extent 1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t note[sizeof(cases[i].words)];
		struct test_elf elf = full;

		for (size_t word = 0; word < cases[i].count; word++)
			store64(note + 8 * word, cases[i].words[word], false);
		elf.other_owner = DISTILLED_NOTE_OWNER;
		elf.other_type = DISTILLED_NOTE_EXTENTS;
		elf.other_desc = note;
		elf.other_len = 8 * cases[i].count;
		test_refused(test_write_elf("note", &elf), cases[i].code, cases[i].message);
	}
	test_dir_empty();
}

static void a_truncated_small_dump_says_so_of_what_it_lost(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);
	const char *path = test_path("small");
	struct stat status;

	(void)state;
	write_image(path, false, &image);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(truncate(path, status.st_size - 2 * PAGE), 0);
	struct dump *small = test_open(path);
	assert_true(small->truncated);
	assert_int_equal(small->missing_bytes, 2 * PAGE);
	test_page_is(small, 0x21000, MEMORY_PRESENT, NULL);
	test_page_is(small, 0x22000, MEMORY_TRUNCATED, NULL);
	test_page_is(small, 0x2e000, MEMORY_TRUNCATED, NULL);
	check_page(small, big, 0x23000);
	assert_int_equal(test_extent(small, 0x21000).end, 0x22000);
	dump_close(small);
	dump_close(big);
	test_dir_empty();
}

static void a_damaged_small_dump_never_crashes(void **state)
{
	struct dump *big = open_full();
	struct dump_image image = image_of(big);

	(void)state;
	write_image(test_path("small"), false, &image);
	struct test_bytes file = read_file(test_path("small"));
	test_flip_bytes("flip", &file, 1000, RAM);
	test_bytes_free(&file);
	dump_close(big);
	test_dir_empty();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_small_dump_answers_as_the_full_one, write_elf),
		cmocka_unit_test_setup(a_small_dump_answers_as_the_full_one, write_kdump),
		cmocka_unit_test_setup(what_the_full_dump_did_not_say_is_not_said, write_elf),
		cmocka_unit_test_setup(what_the_full_dump_did_not_say_is_not_said, write_kdump),
		cmocka_unit_test_setup(big_endian_machines_get_big_endian_files, write_elf),
		cmocka_unit_test_setup(big_endian_machines_get_big_endian_files, write_kdump),
		cmocka_unit_test_setup(a_small_dump_of_a_small_dump_is_the_same, write_elf),
		cmocka_unit_test_setup(a_small_dump_of_a_small_dump_is_the_same, write_kdump),
		cmocka_unit_test_setup(the_same_image_gives_the_same_bytes, write_elf),
		cmocka_unit_test_setup(the_same_image_gives_the_same_bytes, write_kdump),
		cmocka_unit_test_setup(other_tools_find_what_they_look_for, write_elf),
		cmocka_unit_test(more_than_65535_segments_are_written),
		cmocka_unit_test(a_file_is_whole_or_not_there),
		cmocka_unit_test(an_existing_file_is_replaced_only_on_request),
		cmocka_unit_test(a_directory_that_cannot_be_written_is_told_of),
		cmocka_unit_test(damaged_extents_are_refused_in_words),
		cmocka_unit_test(a_truncated_small_dump_says_so_of_what_it_lost),
		cmocka_unit_test(a_damaged_small_dump_never_crashes),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
