// SPDX-License-Identifier: LGPL-2.1-or-later
/* For the tests of this room only: writes small dumps from lists of what is in them. */
#ifndef VMEMSCOPE_DUMP_TEST_FILES_H
#define VMEMSCOPE_DUMP_TEST_FILES_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/dump/file_bytes.h"
#include "include/array.h"
#include "include/bytes.h"
#include "include/dump.h"
#include "include/error.h"

#define TEST_UNUSED __attribute__((unused))

/* --- a directory for each test program --- */

static char test_dir[256];

static TEST_UNUSED int test_dir_setup(void **state)
{
	(void)state;
	snprintf(test_dir, sizeof(test_dir), "%s/dump-test.XXXXXX", TEST_BINARY_DIR);
	return mkdtemp(test_dir) ? 0 : -1;
}

/* How many files are in the directory. */
static TEST_UNUSED size_t test_dir_count(void)
{
	size_t count = 0;
	DIR *dir = opendir(test_dir);

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static TEST_UNUSED void test_dir_empty(void)
{
	DIR *dir = opendir(test_dir);

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	closedir(dir);
}

static TEST_UNUSED int test_dir_teardown(void **state)
{
	(void)state;
	test_dir_empty();
	return rmdir(test_dir);
}

/* The path of a file in the directory; good until the eighth call after this one. */
static TEST_UNUSED const char *test_path(const char *name)
{
	static char paths[8][512];
	static size_t next;
	char *path = paths[next++ % COUNT_OF(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", test_dir, name);
	return path;
}

static TEST_UNUSED const char *test_write(const char *name, const void *data, size_t len)
{
	const char *path = test_path(name);
	FILE *stream = fopen(path, "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(data, 1, len, stream), len);
	assert_int_equal(fclose(stream), 0);
	return path;
}

/* --- bytes that grow --- */

struct test_bytes {
	uint8_t *data;
	size_t len, room;
};

/* Zeroed room for @len bytes at the end. */
static TEST_UNUSED uint8_t *test_grow(struct test_bytes *bytes, size_t len)
{
	if (bytes->len + len >= bytes->room) {
		bytes->room = 2 * (bytes->len + len + 1);
		bytes->data = realloc(bytes->data, bytes->room);
		assert_non_null(bytes->data);
	}
	memset(bytes->data + bytes->len, 0, len + 1);
	bytes->len += len;
	return bytes->data + bytes->len - len;
}

static TEST_UNUSED void test_pad_to(struct test_bytes *bytes, size_t multiple)
{
	test_grow(bytes, (multiple - bytes->len % multiple) % multiple);
}

static TEST_UNUSED void test_bytes_free(struct test_bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct test_bytes){ 0 };
}

static TEST_UNUSED void test_add_note(struct test_bytes *bytes, bool big, const char *owner,
				      uint32_t type, const void *desc, size_t desc_len)
{
	size_t owner_len = strlen(owner) + 1;
	uint8_t *to = test_grow(bytes, 12);

	store32(to, (uint32_t)owner_len, big);
	store32(to + 4, (uint32_t)desc_len, big);
	store32(to + 8, type, big);
	memcpy(test_grow(bytes, owner_len), owner, owner_len);
	test_pad_to(bytes, 4);
	to = test_grow(bytes, desc_len);
	if (desc_len)
		memcpy(to, desc, desc_len);
	test_pad_to(bytes, 4);
}

/* What the byte at a physical address is in every dump made here. */
static TEST_UNUSED uint8_t test_byte_at(paddr_t addr)
{
	return (uint8_t)((addr * UINT64_C(0x9e3779b97f4a7c15)) >> 56 | 1);
}

static TEST_UNUSED void test_fill(uint8_t *to, paddr_t addr, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = test_byte_at(addr + i);
}

static const char test_vmcoreinfo[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n"
				      "SYMBOL(init_top_pgt)=ffffffff82000000\n";

/* --- ELF dumps --- */

struct test_load {
	paddr_t paddr;
	uint64_t filesz, memsz;
};

struct test_elf {
	bool big_endian;
	uint16_t machine, type;	 /* 0: x86-64, ET_CORE */
	const char *vmcoreinfo;	 /* NULL: no such note */
	const char *other_owner; /* of one more note, if not NULL, ... */
	uint32_t other_type;
	const void *other_desc; /* ... of this */
	size_t other_len;
	size_t note_cut; /* this much less is said to be in the notes */

	const struct test_load *loads;
	size_t load_count;
	bool many; /* write the number of segments as if it were too large */
};

static TEST_UNUSED void test_elf_ehdr(const struct test_elf *elf, uint8_t *to)
{
	const bool big = elf->big_endian, many = elf->many;

	memcpy(to, ELFMAG, SELFMAG);
	to[EI_CLASS] = ELFCLASS64;
	to[EI_DATA] = big ? ELFDATA2MSB : ELFDATA2LSB;
	to[EI_VERSION] = EV_CURRENT;
	store16(to + offsetof(Elf64_Ehdr, e_type), elf->type ? elf->type : ET_CORE, big);
	store16(to + offsetof(Elf64_Ehdr, e_machine), elf->machine ? elf->machine : EM_X86_64, big);
	store32(to + offsetof(Elf64_Ehdr, e_version), EV_CURRENT, big);
	store64(to + offsetof(Elf64_Ehdr, e_phoff),
		sizeof(Elf64_Ehdr) + (many ? sizeof(Elf64_Shdr) : 0), big);
	store64(to + offsetof(Elf64_Ehdr, e_shoff), many ? sizeof(Elf64_Ehdr) : 0, big);
	store16(to + offsetof(Elf64_Ehdr, e_phentsize), sizeof(Elf64_Phdr), big);
	store16(to + offsetof(Elf64_Ehdr, e_phnum),
		(uint16_t)(many ? PN_XNUM : elf->load_count + 1), big);
	store16(to + offsetof(Elf64_Ehdr, e_shentsize), sizeof(Elf64_Shdr), big);
	store16(to + offsetof(Elf64_Ehdr, e_shnum), many, big);
}

static TEST_UNUSED void test_elf_phdr(uint8_t *to, bool big, uint32_t type, uint64_t offset,
				      struct test_load load)
{
	store32(to + offsetof(Elf64_Phdr, p_type), type, big);
	store64(to + offsetof(Elf64_Phdr, p_offset), offset, big);
	store64(to + offsetof(Elf64_Phdr, p_paddr), load.paddr, big);
	store64(to + offsetof(Elf64_Phdr, p_filesz), load.filesz, big);
	store64(to + offsetof(Elf64_Phdr, p_memsz), load.memsz, big);
}

static TEST_UNUSED struct test_bytes test_elf_bytes(const struct test_elf *elf)
{
	struct test_bytes file = { 0 }, notes = { 0 };
	const bool big = elf->big_endian;

	if (elf->vmcoreinfo)
		test_add_note(&notes, big, "VMCOREINFO", 0, elf->vmcoreinfo,
			      strlen(elf->vmcoreinfo));
	if (elf->other_owner)
		test_add_note(&notes, big, elf->other_owner, elf->other_type, elf->other_desc,
			      elf->other_len);

	test_elf_ehdr(elf, test_grow(&file, sizeof(Elf64_Ehdr)));
	if (elf->many)
		store32(test_grow(&file, sizeof(Elf64_Shdr)) + offsetof(Elf64_Shdr, sh_info),
			(uint32_t)elf->load_count + 1, big);

	size_t phdrs = file.len;
	test_grow(&file, (elf->load_count + 1) * sizeof(Elf64_Phdr));
	test_elf_phdr(file.data + phdrs, big, PT_NOTE, file.len,
		      (struct test_load){ 0, notes.len - elf->note_cut, 0 });
	if (notes.len)
		memcpy(test_grow(&file, notes.len), notes.data, notes.len);
	test_bytes_free(&notes);

	for (size_t i = 0; i < elf->load_count; i++) {
		uint64_t offset = file.len;

		test_elf_phdr(file.data + phdrs + (i + 1) * sizeof(Elf64_Phdr), big, PT_LOAD,
			      offset, elf->loads[i]);
		test_fill(test_grow(&file, elf->loads[i].filesz), elf->loads[i].paddr,
			  elf->loads[i].filesz);
	}
	return file;
}

static TEST_UNUSED const char *test_write_elf(const char *name, const struct test_elf *elf)
{
	struct test_bytes file = test_elf_bytes(elf);
	const char *path = test_write(name, file.data, file.len);

	test_bytes_free(&file);
	return path;
}

/* --- kdump-compressed dumps --- */

struct test_kdump {
	bool big_endian;
	const char *machine; /* of utsname */
	const char *release;
	const char *vmcoreinfo; /* NULL: none */
	const char *note_owner; /* of a note besides, if not NULL */

	/* One letter for each page frame: Present, eXcluded, Absent, Zero: one for all of them. */
	const char *pages;
	bool is_split;
	bool has_room_for_all; /* descriptors: as makedumpfile's parts of a split set */
	uint64_t start_pfn, end_pfn;

	uint32_t block_size;  /* that the header tells of; 0: what is true */
	uint32_t block_bytes; /* 0: 4096 */
	uint32_t status;

	/* What is in a page; NULL: test_fill(). */
	void (*fill)(uint8_t *page, paddr_t addr);
	/* Packs a page to less than its size, and the flags of its descriptor; NULL: not packed. */
	size_t (*pack)(const uint8_t *page, uint8_t *to);
	uint32_t flags;
};

enum {
	TEST_KDUMP_PAGE = 4096,
	TEST_KDUMP_BLOCK_MAX = 65536,
	TEST_KDUMP_SUB_BLOCKS = 2,
	TEST_KDUMP_BITMAP_BLOCKS = 2,
};

static TEST_UNUSED uint32_t test_kdump_block(const struct test_kdump *kdump)
{
	return kdump->block_bytes ? kdump->block_bytes : TEST_KDUMP_PAGE;
}

static TEST_UNUSED void test_kdump_header(const struct test_kdump *kdump, uint8_t *to)
{
	const bool big = kdump->big_endian;

	memcpy(to, "KDUMP   ", 8);
	store32(to + 8, 6, big);
	strcpy((char *)to + 12, "Linux");
	strcpy((char *)to + 12 + 2 * 65, kdump->release ? kdump->release : "6.1.0-test");
	strcpy((char *)to + 12 + 4 * 65, kdump->machine);
	store32(to + 424, kdump->status, big);
	store32(to + 428, kdump->block_size ? kdump->block_size : test_kdump_block(kdump), big);
	store32(to + 432, TEST_KDUMP_SUB_BLOCKS, big);
	store32(to + 436, TEST_KDUMP_BITMAP_BLOCKS, big);
	store32(to + 440, (uint32_t)strlen(kdump->pages), big);
}

/* @sub begins the second block, and so do offsets in @file. */
static TEST_UNUSED void test_kdump_sub_header(const struct test_kdump *kdump, uint8_t *sub)
{
	enum { NOTES_AT = 512 };
	const bool big = kdump->big_endian;
	struct test_bytes notes = { 0 };

	store32(sub + 12, kdump->is_split, big);
	store64(sub + 80, kdump->start_pfn, big);
	store64(sub + 88, kdump->end_pfn, big);
	store64(sub + 96, strlen(kdump->pages), big);
	if (kdump->note_owner)
		test_add_note(&notes, big, kdump->note_owner, 1, "x", 1);
	if (kdump->vmcoreinfo) {
		store64(sub + 40, strlen(kdump->vmcoreinfo), big);
		test_add_note(&notes, big, "VMCOREINFO", 0, kdump->vmcoreinfo,
			      strlen(kdump->vmcoreinfo));
		store64(sub + 32,
			test_kdump_block(kdump) + NOTES_AT + notes.len -
				(strlen(kdump->vmcoreinfo) + 3) / 4 * 4,
			big);
	}
	if (notes.len) {
		store64(sub + 48, test_kdump_block(kdump) + NOTES_AT, big);
		store64(sub + 56, notes.len, big);
		memcpy(sub + NOTES_AT, notes.data, notes.len);
	}
	test_bytes_free(&notes);
}

static TEST_UNUSED bool test_kdump_has(const struct test_kdump *kdump, size_t pfn)
{
	if (kdump->pages[pfn] != 'P' && kdump->pages[pfn] != 'Z')
		return false;
	return !kdump->is_split || (pfn >= kdump->start_pfn && pfn < kdump->end_pfn);
}

/* Returns the bytes that it takes. */
static TEST_UNUSED size_t test_kdump_put_page(const struct test_kdump *kdump,
					      struct test_bytes *file, paddr_t addr)
{
	uint8_t page[TEST_KDUMP_BLOCK_MAX], packed[2 * TEST_KDUMP_BLOCK_MAX];
	size_t size = test_kdump_block(kdump), len = size;

	if (kdump->pages[addr / test_kdump_block(kdump)] == 'Z')
		memset(page, 0, size);
	else if (kdump->fill)
		kdump->fill(page, addr);
	else
		test_fill(page, addr, size);
	if (kdump->pack)
		len = kdump->pack(page, packed);
	memcpy(test_grow(file, len), kdump->pack ? packed : page, len);
	return len;
}

static TEST_UNUSED struct test_bytes test_kdump_bytes(const struct test_kdump *kdump)
{
	const bool big = kdump->big_endian;
	const size_t count = strlen(kdump->pages);
	struct test_bytes file = { 0 };

	test_grow(&file,
		  (1 + TEST_KDUMP_SUB_BLOCKS + TEST_KDUMP_BITMAP_BLOCKS) * test_kdump_block(kdump));
	test_kdump_header(kdump, file.data);
	test_kdump_sub_header(kdump, file.data + test_kdump_block(kdump));

	uint8_t *machine = file.data + (1 + TEST_KDUMP_SUB_BLOCKS) * test_kdump_block(kdump);
	uint8_t *present = machine + test_kdump_block(kdump);
	size_t in_file = 0, zero_page = 0;
	for (size_t pfn = 0; pfn < count; pfn++) {
		bool is_present = strchr("PZ", kdump->pages[pfn]);

		machine[pfn / 8] |= (uint8_t)((kdump->pages[pfn] != 'A') << pfn % 8);
		present[pfn / 8] |= (uint8_t)(is_present << pfn % 8);
		in_file += kdump->has_room_for_all ? is_present : test_kdump_has(kdump, pfn);
	}

	size_t descriptor = file.len;
	test_grow(&file, in_file * 24);
	for (size_t pfn = 0; pfn < count; pfn++) {
		if (!test_kdump_has(kdump, pfn))
			continue;
		bool is_again = kdump->pages[pfn] == 'Z' && zero_page;
		uint64_t offset = is_again ? zero_page : file.len;
		size_t len =
			is_again ? test_kdump_block(kdump)
				 : test_kdump_put_page(kdump, &file, pfn * test_kdump_block(kdump));

		if (kdump->pages[pfn] == 'Z')
			zero_page = offset;
		store64(file.data + descriptor, offset, big);
		store32(file.data + descriptor + 8, (uint32_t)len, big);
		store32(file.data + descriptor + 12, kdump->flags, big);
		descriptor += 24;
	}
	return file;
}

static TEST_UNUSED const char *test_write_kdump(const char *name, const struct test_kdump *kdump)
{
	struct test_bytes file = test_kdump_bytes(kdump);
	const char *path = test_write(name, file.data, file.len);

	test_bytes_free(&file);
	return path;
}

/* --- flattened files --- */

static TEST_UNUSED void test_flatten_start(struct test_bytes *flat)
{
	uint8_t *header = test_grow(flat, 4096);

	strcpy((char *)header, "makedumpfile");
	store64(header + 16, 1, true);
	store64(header + 24, 1, true);
}

static TEST_UNUSED void test_flatten_add(struct test_bytes *flat, uint64_t offset, const void *data,
					 size_t len)
{
	uint8_t *to = test_grow(flat, 16 + len);

	store64(to, offset, true);
	store64(to + 8, len, true);
	memcpy(to + 16, data, len);
}

static TEST_UNUSED void test_flatten_end(struct test_bytes *flat)
{
	memset(test_grow(flat, 16), 0xff, 16);
}

/* @file in pieces of @piece bytes, the odd ones first, with an end record. */
static TEST_UNUSED struct test_bytes test_flatten(const struct test_bytes *file, size_t piece)
{
	struct test_bytes flat = { 0 };

	test_flatten_start(&flat);
	for (size_t odd = 2; odd-- > 0;) {
		for (size_t at = odd * piece; at < file->len; at += 2 * piece) {
			size_t len = file->len - at < piece ? file->len - at : piece;

			test_flatten_add(&flat, at, file->data + at, len);
		}
	}
	test_flatten_end(&flat);
	return flat;
}

/* --- questions to a dump --- */

static TEST_UNUSED struct dump *test_open(const char *path)
{
	struct dump *dump = NULL;
	struct error *err = dump_open(&path, 1, &dump);

	if (err)
		fail_msg("%s", error_message(err));
	return dump;
}

/* Opening has to fail with @code and a message of one line that has @path and @words. */
static TEST_UNUSED void test_refused_set(const char *const *paths, size_t count,
					 enum error_code code, const char *words)
{
	struct dump *dump = NULL;
	struct error *err = dump_open(paths, count, &dump);

	assert_non_null(err);
	assert_null(dump);
	if (!strstr(error_message(err), words) || !strstr(error_message(err), test_dir) ||
	    strchr(error_message(err), '\n'))
		fail_msg("'%s' is not the message: %s", words, error_message(err));
	assert_int_equal(error_code(err), code);
	error_destroy(err);
}

static TEST_UNUSED void test_refused(const char *path, enum error_code code, const char *words)
{
	test_refused_set(&path, 1, code, words);
}

static TEST_UNUSED struct memory_extent test_extent(const struct dump *dump, paddr_t addr)
{
	struct memory_extent extent;
	struct error *err = dump->memory->ops->extent(dump->memory, addr, &extent);

	if (err)
		fail_msg("%s", error_message(err));
	assert_true(extent.start < extent.end);
	assert_true(extent.start <= addr && addr <= extent.end);
	return extent;
}

static TEST_UNUSED enum memory_state test_read(const struct dump *dump, paddr_t addr, size_t len,
					       void *buf)
{
	enum memory_state state;
	struct error *err = dump->memory->ops->read(dump->memory, addr, len, buf, &state);

	if (err)
		fail_msg("%s", error_message(err));
	return state;
}

/*
 * The page at @addr is in @state, by extent() and by read(); if it is PRESENT,
 * then its bytes are right but for those that @is_zero says are zero (NULL: none).
 */
static TEST_UNUSED void test_page_is(const struct dump *dump, paddr_t addr, enum memory_state state,
				     bool (*is_zero)(paddr_t))
{
	static uint8_t page[65536];
	const size_t size = (size_t)1 << dump->memory->page_shift;

	memset(page, 0xee, size);
	assert_int_equal(test_extent(dump, addr).state, state);
	assert_int_equal(test_read(dump, addr, size, page), state);
	for (size_t i = 0; i < size; i++) {
		uint8_t expected = 0xee;

		if (state == MEMORY_PRESENT)
			expected = is_zero && is_zero(addr + i) ? 0 : test_byte_at(addr + i);
		if (page[i] != expected)
			fail_msg("byte at 0x%llx is 0x%02x, not 0x%02x",
				 (unsigned long long)(addr + i), page[i], expected);
	}
}

/* Looks at a byte as one who goes through memory does, and where it is. */
static TEST_UNUSED void test_look(struct memory *memory, struct page_buffer *buffer, paddr_t addr)
{
	const unsigned char *seen;
	enum memory_state state;
	struct error *err = memory_look(memory, buffer, addr, 1, &seen, &state);
	unsigned sum = !err && state == MEMORY_PRESENT ? *seen : 0;

	error_destroy(err);
	seen = memory->ops->direct(memory, addr);
	sum += seen ? *seen : 0;
	assert_true(sum <= 2 * UINT8_MAX);
}

/* Asks everything of a file that may be damaged; what it answers does not matter. */
static TEST_UNUSED void test_exercise(const char *const *paths, size_t count, paddr_t limit)
{
	struct dump *dump = NULL;
	struct error *err = dump_open(paths, count, &dump);

	if (err) {
		assert_null(strchr(error_message(err), '\n'));
		error_destroy(err);
		return;
	}

	assert_non_null(dump->vmcoreinfo);
	const uint64_t size = UINT64_C(1) << dump->memory->page_shift;
	struct page_buffer buffer = { 0 };
	for (paddr_t addr = 0; addr < limit; addr += size) {
		struct memory_extent extent;
		enum memory_state state;
		uint8_t word[8];

		err = dump->memory->ops->extent(dump->memory, addr, &extent);
		if (!err)
			assert_true(extent.start == addr && extent.end > addr);
		error_destroy(err);
		err = dump->memory->ops->read(dump->memory, addr + 8, sizeof(word), word, &state);
		error_destroy(err);
		test_look(dump->memory, &buffer, addr);
	}
	page_buffer_deinit(&buffer);
	dump_close(dump);
}

/* For every byte of the file: each of a few changes to it. */
static TEST_UNUSED void test_flip_bytes(const char *name, const struct test_bytes *file,
					size_t limit, paddr_t memory_limit)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };

	for (size_t i = 0; i < file->len && i < limit; i++) {
		for (size_t j = 0; j < COUNT_OF(flips); j++) {
			file->data[i] ^= flips[j];
			const char *path = test_write(name, file->data, file->len);
			test_exercise(&path, 1, memory_limit);
			file->data[i] ^= flips[j];
		}
	}
}

#endif
