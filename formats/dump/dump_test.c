// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is no dump is told so in one line that names the file and says what to do. */
#include "formats/dump/test_files.h"

#define BYTES(text) text, sizeof(text) - 1

static void files_of_other_kinds_are_refused_in_words(void **state)
{
	static const struct {
		const char *bytes;
		size_t len, offset;
		const char *words;
	} cases[] = {
		{ BYTES(""), 0, "is empty" },
		{ BYTES("hello, world\n"), 0, "is text" },
		{ BYTES("BZh9"), 0, "is compressed with bzip2" },
		{ BYTES("\x02\x21\x4c\x18"), 0, "is compressed with lz4 in its old format" },
		{ BYTES("PK\x03\x04"), 0, "is a zip archive" },
		{ BYTES("ustar"), 257, "is a tar archive" },
		{ BYTES("HdrS\x0f\x02rest"), 0x202, "compressed kernel image (bzImage)" },
		{ BYTES("ARM\x64rest"), 56, "arm64 kernel image" },
		{ BYTES("MZ"), 0, "EFI program" },
		{ BYTES("QFI\xfb"), 0, "qcow2" },
		{ BYTES("QEVM\0\0\0\x03"), 0, "QEMU migration stream" },
		{ BYTES("LibvirtQemudSave"), 0, "virsh dump --memory-only" },
		{ BYTES("\xd2\xbe\xd2\xbe"), 0, "VMware" },
		{ BYTES("EMiL"), 0, "LiME" },
		{ BYTES("AVML"), 0, "AVML" },
		{ BYTES("LibvirtQemudPart"), 0, "was not finished" },
		{ BYTES("ProblemType: KernelCrash\n"), 0, "'apport-unpack'" },
		{ BYTES("7z\xbc\xaf\x27\x1c"), 0, "7-Zip" },
		{ BYTES("\x1f\x9d\x90"), 0, "'uncompress' or 'gzip -d'" },
		{ BYTES("LZIP\1"), 0, "lzip" },
		{ BYTES("LRZI\0"), 0, "lrzip" },
		{ BYTES("\x5d\0\0\x80\0"), 0, "lzma" },
		{ BYTES("Rar!\x1a\x07\1"), 0, "RAR" },
		{ BYTES("!<arch>\ndebian-binary"), 0, "ar(1)" },
		{ BYTES("PAGEDU64"), 0, "Windows" },
		{ BYTES("LibxlFmt"), 0, "Xen is not supported" },
		{ BYTES("\0\0\0\0"), 0, "begins with zeroes only" },
		{ BYTES("\x80\x01\x02\x03"), 0, "is in no dump format known here" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t file[1024] = { 0 };
		size_t len = cases[i].offset ? sizeof(file) : cases[i].len;

		memcpy(file + cases[i].offset, cases[i].bytes, cases[i].len);
		test_refused(test_write("kind", file, len), ERROR_UNSUPPORTED, cases[i].words);
	}
}

static void elf_files_of_other_kinds_are_refused_in_words(void **state)
{
	static const struct {
		uint16_t type;
		uint8_t class;
		const char *words;
	} cases[] = {
		{ ET_EXEC, ELFCLASS64, "is a vmlinux, not a dump; give it with --vmlinux" },
		{ ET_DYN, ELFCLASS64, "is a vmlinux, not a dump; give it with --vmlinux" },
		{ ET_REL, ELFCLASS64, "kernel module" },
		{ ET_CORE, ELFCLASS32, "32-bit" },
		{ ET_NONE, ELFCLASS64, "not ET_CORE" },
	};

	(void)state;
	for (int big = 0; big < 2; big++) {
		for (size_t i = 0; i < COUNT_OF(cases); i++) {
			const struct test_elf elf = { .big_endian = big };
			struct test_bytes file = test_elf_bytes(&elf);

			store16(file.data + offsetof(Elf64_Ehdr, e_type), cases[i].type, big);
			file.data[EI_CLASS] = cases[i].class;
			test_refused(test_write("elf", file.data, file.len), ERROR_UNSUPPORTED,
				     cases[i].words);
			test_bytes_free(&file);
		}
	}
}

static void what_is_no_file_is_refused_in_words(void **state)
{
	const char *pipe_path = test_path("pipe");
	const char *missing = test_path("missing");

	(void)state;
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	test_refused(pipe_path, ERROR_UNSUPPORTED, "is a pipe");
	test_refused(test_dir, ERROR_UNSUPPORTED, "is a directory; name the dump file in it");
	test_refused(missing, ERROR_NOT_FOUND, "No such file or directory");
}

static void a_core_that_xen_wrote_is_told_by_its_sections(void **state)
{
	static const char names[] = "\0.shstrtab\0.note.Xen";
	enum { NAMES = 64, SECTIONS = 128, COUNT = 3 };
	uint8_t file[SECTIONS + COUNT * sizeof(Elf64_Shdr)] = { 0 };
	const struct test_elf elf = { 0 };
	Elf64_Shdr sections[COUNT] = {
		{ 0 },
		{ .sh_name = 1,
		  .sh_type = SHT_STRTAB,
		  .sh_offset = NAMES,
		  .sh_size = sizeof(names) },
		{ .sh_name = 11, .sh_type = SHT_NOTE },
	};

	(void)state;
	test_elf_ehdr(&elf, file);
	store16(file + offsetof(Elf64_Ehdr, e_phnum), 0, false);
	store64(file + offsetof(Elf64_Ehdr, e_phoff), 0, false);
	store64(file + offsetof(Elf64_Ehdr, e_shoff), SECTIONS, false);
	store16(file + offsetof(Elf64_Ehdr, e_shnum), COUNT, false);
	store16(file + offsetof(Elf64_Ehdr, e_shstrndx), 1, false);
	memcpy(file + NAMES, names, sizeof(names));
	memcpy(file + SECTIONS, sections, sizeof(sections));
	test_refused(test_write("xen", file, sizeof(file)), ERROR_UNSUPPORTED,
		     "Xen dumps are not supported");
}

static void several_files_that_are_not_one_dump_are_refused(void **state)
{
	static const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo };
	const struct test_kdump kdump = { .machine = "x86_64",
					  .vmcoreinfo = test_vmcoreinfo,
					  .pages = "PP" };
	const char *paths[] = { test_write_elf("elf", &elf), test_write_kdump("kdump", &kdump) };

	(void)state;
	test_refused_set(paths, 2, ERROR_USAGE,
			 "are not one dump: several files can only be given if they are the parts "
			 "of one kdump-compressed dump");
	paths[1] = paths[0];
	test_refused_set(paths, 2, ERROR_USAGE,
			 "are not one dump: several files can only be given if they are the parts "
			 "of one kdump-compressed dump");
	paths[0] = test_path("kdump");
	paths[1] = test_path("missing");
	test_refused_set(paths, 2, ERROR_NOT_FOUND, "missing");
}

static void no_file_is_refused(void **state)
{
	struct dump *dump = NULL;
	struct error *err = dump_open(NULL, 0, &dump);

	(void)state;
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_USAGE);
	error_destroy(err);
	dump_close(NULL);
}

static void paths_need_not_outlive_the_call(void **state)
{
	static const struct test_load load = { 0x1000, 4096, 4096 };
	const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo,
				      .loads = &load,
				      .load_count = 1 };
	char *path = strdup(test_write_elf("owned", &elf));
	struct dump *dump = test_open(path);

	(void)state;
	memset(path, 'x', strlen(path));
	free(path);
	assert_string_equal(dump->path, test_path("owned"));
	test_page_is(dump, 0x1000, MEMORY_PRESENT, NULL);
	dump_close(dump);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_other_kinds_are_refused_in_words),
		cmocka_unit_test(elf_files_of_other_kinds_are_refused_in_words),
		cmocka_unit_test(what_is_no_file_is_refused_in_words),
		cmocka_unit_test(a_core_that_xen_wrote_is_told_by_its_sections),
		cmocka_unit_test(several_files_that_are_not_one_dump_are_refused),
		cmocka_unit_test(no_file_is_refused),
		cmocka_unit_test(paths_need_not_outlive_the_call),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
