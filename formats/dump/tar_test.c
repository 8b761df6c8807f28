// SPDX-License-Identifier: LGPL-2.1-or-later
/* Archives are refused in one line that names what in them looks like a dump. */
#include "formats/dump/tar.h"

#include "formats/dump/test_files.h"

enum { BLOCK = 512 };

static const struct test_elf elf = { .vmcoreinfo = test_vmcoreinfo };

/* As tar writes it: the sum of all bytes, those of the sum itself as blanks. */
static void set_checksum(uint8_t *header)
{
	unsigned sum = 0;

	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

static size_t add_header(struct test_bytes *to, const char *name, char type, size_t size)
{
	uint8_t *header = test_grow(to, BLOCK);

	memcpy(header, name, strlen(name));
	snprintf((char *)header + 124, 12, "%011zo", size);
	header[156] = (uint8_t)type;
	memcpy(header + 257, "ustar\00000", 8);
	set_checksum(header);
	return to->len - BLOCK;
}

static void add_content(struct test_bytes *to, const void *data, size_t len)
{
	memcpy(test_grow(to, len), data, len);
	test_pad_to(to, BLOCK);
}

static void add_member(struct test_bytes *to, const char *name, char type, const void *data,
		       size_t len)
{
	add_header(to, name, type, len);
	add_content(to, data, len);
}

static void add_end(struct test_bytes *to)
{
	test_grow(to, 2 * BLOCK);
}

/* Text, a link, then a dump. */
static struct test_bytes archive(void)
{
	struct test_bytes file = test_elf_bytes(&elf), to = { 0 };

	add_member(&to, "readme", '0', "hello", 5);
	add_header(&to, "link", '2', 0);
	add_member(&to, "crash/vmcore", '0', file.data, file.len);
	add_end(&to);
	test_bytes_free(&file);
	return to;
}

static void check(struct test_bytes *bytes, const char *words)
{
	test_refused(test_write("tar", bytes->data, bytes->len), ERROR_UNSUPPORTED, words);
	test_bytes_free(bytes);
}

static void members_that_look_like_dumps_are_named(void **state)
{
	struct test_bytes bytes = archive(), none = { 0 };

	(void)state;
	check(&bytes, "is a tar archive; its members that look like dumps: 'crash/vmcore'; unpack "
		      "it first");
	add_member(&none, "readme", '0', "hello", 5);
	add_end(&none);
	check(&none, "is a tar archive; none of its members looks like a dump");
}

static void directories_are_part_of_the_name(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), bytes = { 0 };
	size_t header = add_header(&bytes, "vmcore", '0', file.len);

	(void)state;
	memcpy(bytes.data + header + 345, "var/crash", 9);
	set_checksum(bytes.data + header);
	add_content(&bytes, file.data, file.len);
	check(&bytes, ": 'var/crash/vmcore';");
	test_bytes_free(&file);
}

static void names_and_sizes_may_come_before_a_member(void **state)
{
	static const char attributes[] = "14 path=pax/d\n12 size=512\n";
	struct test_bytes file = test_elf_bytes(&elf), pax = { 0 }, gnu = { 0 };

	(void)state;
	add_member(&pax, "attributes", 'x', attributes, strlen(attributes));
	add_member(&pax, "short", '0', "hello", 0);
	memset(test_grow(&pax, BLOCK), 'x', BLOCK);
	add_member(&pax, "behind", '0', file.data, file.len);
	/* Had the size been passed over, the next header would be missed. */
	check(&pax, ": 'behind';");
	add_member(&gnu, "long", 'L', "gnu/e\033", 6);
	add_member(&gnu, "short", '0', file.data, file.len);
	check(&gnu, ": 'gnu/e?';");
	test_bytes_free(&file);
}

static void large_sizes_are_bytes(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), bytes = { 0 };
	size_t header = add_header(&bytes, "large", '0', 0);

	(void)state;
	/* 4 TiB, of which the archive has but the beginning. */
	memset(bytes.data + header + 124, 0, 12);
	bytes.data[header + 124] = 0x80;
	bytes.data[header + 124 + 6] = 4;
	set_checksum(bytes.data + header);
	add_content(&bytes, file.data, file.len);
	check(&bytes, ": 'large';");
	test_bytes_free(&file);
}

static void many_members_are_not_all_named(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), bytes = { 0 };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		add_member(&bytes, "dump", '0', file.data, file.len);
	check(&bytes, ": 'dump', 'dump', 'dump', 'dump' and more;");
	test_bytes_free(&file);
}

/* Whatever it is taken for then. */
static void refused_in_one_line(const struct test_bytes *bytes, size_t len)
{
	const char *path = test_write("damaged", bytes->data, len);
	struct dump *dump = NULL;
	struct error *err = dump_open(&path, 1, &dump);

	assert_non_null(err);
	for (const char *at = error_message(err); *at; at++)
		assert_true(*at >= ' ' && *at <= '~');
	error_destroy(err);
}

/* The name's end, and all of the fields behind it that are looked at. */
static bool is_read(size_t at)
{
	return (at > 96 && at < 160) || (at >= 257 && at < 265) || (at >= 345 && at < 347);
}

/* With a sum that is right all the same, or without. */
static void check_flipped(struct test_bytes *bytes, size_t header, size_t at, bool has_sum)
{
	static const uint8_t flips[] = { 0x01, 0x80, 0xff };

	for (size_t i = 0; i < COUNT_OF(flips); i++) {
		uint8_t kept[BLOCK];

		memcpy(kept, bytes->data + header, BLOCK);
		bytes->data[header + at] ^= flips[i];
		if (has_sum)
			set_checksum(bytes->data + header);
		refused_in_one_line(bytes, bytes->len);
		memcpy(bytes->data + header, kept, BLOCK);
	}
}

static void damaged_archives_are_refused_in_one_line(void **state)
{
	static const size_t headers[] = { 0, 2 * BLOCK, 3 * BLOCK };
	struct test_bytes bytes = archive();

	(void)state;
	for (size_t cut = 0; cut < bytes.len; cut += 1 + cut % 61)
		refused_in_one_line(&bytes, cut);
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		for (size_t at = 0; at < BLOCK; at++) {
			if (!is_read(at))
				continue;
			check_flipped(&bytes, headers[i], at, true);
			check_flipped(&bytes, headers[i], at, false);
		}
	}
	test_bytes_free(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_that_look_like_dumps_are_named),
		cmocka_unit_test(directories_are_part_of_the_name),
		cmocka_unit_test(names_and_sizes_may_come_before_a_member),
		cmocka_unit_test(large_sizes_are_bytes),
		cmocka_unit_test(many_members_are_not_all_named),
		cmocka_unit_test(damaged_archives_are_refused_in_one_line),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
