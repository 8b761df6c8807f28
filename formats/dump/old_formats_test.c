// SPDX-License-Identifier: LGPL-2.1-or-later
/* A stand-alone dump of s390, and files that only begin like what libkdumpfile reads. */
#include "formats/dump/test_files.h"

/* libkdumpfile loses some of its objects when it refuses a file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile.so";
}

enum { PAGE = 4096, PAGES = 64, NOTE_PAGE = 9, END_MARK_BYTES = 16 };

static const char vmcoreinfo[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n"
				 "SYMBOL(swapper_pg_dir)=1000000\n";

/* Linux kernel drivers/s390/char/zcore.c and s390-tools' struct df_s390_hdr. */
static void put_header(uint8_t *to, uint64_t bytes)
{
	store64(to, UINT64_C(0xa8190173618f23fd), true);
	store32(to + 0x08, 5, true);	 /* version */
	store32(to + 0x0c, PAGE, true);	 /* of this header */
	store32(to + 0x10, 4, true);	 /* level: all memory */
	store32(to + 0x14, PAGE, true);	 /* page size */
	store64(to + 0x18, bytes, true); /* memory */
	store64(to + 0x28, bytes, true); /* its end */
	store32(to + 0x30, PAGES, true);
	store32(to + 0x48, 2, true); /* 64-bit */
	store32(to + 0x50, 2, true);
	store64(to + 0x54, bytes, true);
}

static struct test_bytes s390_bytes(void)
{
	struct test_bytes bytes = { 0 }, note = { 0 };

	put_header(test_grow(&bytes, PAGE), PAGES * PAGE);
	for (size_t i = 0; i < PAGES; i++)
		test_fill(test_grow(&bytes, PAGE), i * PAGE, PAGE);
	test_add_note(&note, true, "VMCOREINFO", 0, vmcoreinfo, strlen(vmcoreinfo));
	memcpy(bytes.data + (1 + NOTE_PAGE) * PAGE, note.data, note.len);
	memcpy(test_grow(&bytes, END_MARK_BYTES), "DUMP_END", 8);
	test_bytes_free(&note);
	return bytes;
}

static void a_stand_alone_dump_of_s390_is_read(void **state)
{
	struct test_bytes bytes = s390_bytes();
	struct dump *dump = test_open(test_write("s390", bytes.data, bytes.len));

	(void)state;
	assert_string_equal(dump->format, "s390 stand-alone");
	assert_int_equal(dump->elf_machine, EM_S390);
	assert_true(dump->big_endian);
	assert_string_equal(dump->vmcoreinfo, vmcoreinfo);
	for (paddr_t addr = 0; addr < PAGES * PAGE; addr += PAGE) {
		uint8_t page[PAGE];

		assert_int_equal(test_read(dump, addr, PAGE, page), MEMORY_PRESENT);
		assert_memory_equal(page, bytes.data + PAGE + addr, PAGE);
	}
	assert_int_equal(test_extent(dump, PAGES * PAGE).state, MEMORY_ABSENT);
	dump_close(dump);
	test_bytes_free(&bytes);
}

static void what_the_library_refuses_is_named(void **state)
{
	static const struct {
		const char *magic;
		const char *advice;
	} files[] = {
		{ "sadump\0\0", "'makedumpfile -d 31 SADUMP OUT'" },
		{ "\xed\x23\x8f\x61\x73\x01\x19\xa8", "LKCD" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		uint8_t head[2 * PAGE] = { 0 };
		const char *path;
		struct dump *dump = NULL;

		memcpy(head, files[i].magic, 8);
		store32(head + 20, PAGE, false); /* LKCD's page size: room is made for one */
		path = test_write("head", head, sizeof(head));
		struct error *err = dump_open(&path, 1, &dump);
		assert_non_null(err);
		assert_non_null(strstr(error_message(err), files[i].advice));
		error_destroy(err);
	}
}

static void a_stand_alone_dump_that_was_cut_is_refused_in_words(void **state)
{
	struct test_bytes bytes = s390_bytes();
	const char *path = test_write("cut", bytes.data, bytes.len / 2);
	struct dump *dump = NULL;
	struct error *err = dump_open(&path, 1, &dump);

	(void)state;
	assert_non_null(err);
	assert_non_null(strstr(error_message(err), "cannot be read"));
	assert_non_null(strstr(error_message(err), "'zgetdump -f elf'"));
	error_destroy(err);
	test_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stand_alone_dump_of_s390_is_read),
		cmocka_unit_test(what_the_library_refuses_is_named),
		cmocka_unit_test(a_stand_alone_dump_that_was_cut_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
