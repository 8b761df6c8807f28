// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packed dumps are read like plain ones, as far as they go, or refused in words. */
#include <lz4frame.h>
#include <lzma.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <zlib.h>
#include <zstd.h>

#include "formats/dump/temporary.h"
#include "formats/dump/test_small.h"

/* --- packing --- */

enum { ROOM = 1 << 16 }; /* more than any packer adds */

static void pack_gzip(const uint8_t *data, size_t len, struct test_bytes *to)
{
	z_stream stream = { 0 };
	size_t before = to->len;
	uint8_t *out = test_grow(to, len + ROOM);

	assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	stream.next_in = (uint8_t *)data;
	stream.avail_in = (uInt)len;
	stream.next_out = out;
	stream.avail_out = (uInt)len + ROOM;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	to->len = before + stream.total_out;
	deflateEnd(&stream);
}

static void pack_xz(const uint8_t *data, size_t len, struct test_bytes *to)
{
	size_t before = to->len, done = 0;
	uint8_t *out = test_grow(to, len + ROOM);

	assert_int_equal(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, out, &done,
						 len + ROOM),
			 LZMA_OK);
	to->len = before + done;
}

static void pack_zstd(const uint8_t *data, size_t len, struct test_bytes *to)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t before = to->len;
	uint8_t *out = test_grow(to, len + ROOM);

	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	size_t done = ZSTD_compress2(context, out, len + ROOM, data, len);
	assert_false(ZSTD_isError(done));
	ZSTD_freeCCtx(context);
	to->len = before + done;
}

static void pack_lz4(const uint8_t *data, size_t len, struct test_bytes *to)
{
	const LZ4F_preferences_t preferences = {
		.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled,
	};
	size_t before = to->len;
	uint8_t *out = test_grow(to, len + ROOM);
	size_t done = LZ4F_compressFrame(out, len + ROOM, data, len, &preferences);

	assert_false(LZ4F_isError(done));
	to->len = before + done;
}

static const struct packing {
	const char *name;
	void (*pack)(const uint8_t *data, size_t len, struct test_bytes *to);
	bool has_skippable;
} packings[] = {
	{ "gzip", pack_gzip, false },
	{ "xz", pack_xz, false },
	{ "zstd", pack_zstd, true },
	{ "lz4", pack_lz4, true },
};

static struct test_bytes packed(const struct packing *packing, const struct test_bytes *file)
{
	struct test_bytes to = { 0 };

	packing->pack(file->data, file->len, &to);
	return to;
}

/* --- whole files --- */

static void check_whole(const char *path, const char *format, const char *packer, size_t size,
			size_t packed_size)
{
	size_t file_count = test_dir_count();
	struct dump *dump = test_open(path);

	assert_string_equal(dump->format, format);
	assert_string_equal(dump->path, path);
	assert_int_equal(dump->size_bytes, size);
	assert_string_equal(dump->packed.name, packer);
	assert_int_equal(dump->packed.size_bytes, packed_size);
	assert_int_equal(dump->packed.state, PACKED_WHOLE);
	assert_false(dump->truncated);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_of(addr), NULL);
	assert_int_equal(test_dir_count(), file_count);
	dump_close(dump);
}

static void check_format(struct test_bytes *file, const char *format)
{
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = packed(&packings[i], file);
		const char *path = test_write("whole", bytes.data, bytes.len);

		check_whole(path, format, packings[i].name, file->len, bytes.len);
		test_bytes_free(&bytes);
	}
}

static void packed_dumps_read_as_plain_ones(void **state)
{
	struct test_bytes elf_file = test_elf_bytes(&elf), kdump_file = test_kdump_bytes(&kdump);
	struct test_bytes flat = test_flatten(&elf_file, 1000);

	(void)state;
	check_format(&elf_file, "elf");
	check_format(&kdump_file, "kdump");
	check_format(&flat, "flattened elf");
	test_bytes_free(&elf_file);
	test_bytes_free(&kdump_file);
	test_bytes_free(&flat);
}

static void add_skippable(struct test_bytes *to, size_t len)
{
	uint8_t *frame = test_grow(to, 8 + len);

	memcpy(frame, "\x5b\x2a\x4d\x18", 4);
	store32(frame + 4, (uint32_t)len, false);
	memset(frame + 8, 0x5b, len);
}

/* Three members; zeroes behind each, and before each and at the end a frame without data. */
static struct test_bytes in_members(const struct packing *packing, const struct test_bytes *file,
				    size_t zeroes, size_t skippable)
{
	struct test_bytes to = { 0 };

	for (size_t i = 0; i < 3; i++) {
		size_t from = file->len * i / 3, end = file->len * (i + 1) / 3;

		if (skippable && packing->has_skippable)
			add_skippable(&to, skippable);
		packing->pack(file->data + from, end - from, &to);
		test_grow(&to, zeroes);
	}
	/* As zstd's seekable format has its table. */
	if (skippable && packing->has_skippable)
		add_skippable(&to, skippable);
	return to;
}

static void members_behind_each_other_are_one_dump(void **state)
{
	static const struct {
		size_t zeroes, skippable;
	} ways[] = { { 0, 0 }, { 4, 0 }, { 4000, 4 }, { 0, 12 }, { 3 << 20, 100 } };
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings) * COUNT_OF(ways); i++) {
		const struct packing *packing = &packings[i % COUNT_OF(packings)];
		size_t way = i / COUNT_OF(packings);
		struct test_bytes bytes =
			in_members(packing, &file, ways[way].zeroes, ways[way].skippable);
		const char *path = test_write("members", bytes.data, bytes.len);

		check_whole(path, "elf", packing->name, file.len, bytes.len);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

static void packed_files_are_recognised_as_dumps(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), text = { 0 };

	(void)state;
	memset(test_grow(&text, 10000), 'x', 10000);
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes dump = packed(&packings[i], &file);
		struct test_bytes other = packed(&packings[i], &text);
		bool is_dump = false;

		assert_null(dump_probe(test_write("dump", dump.data, dump.len), &is_dump));
		assert_true(is_dump);
		assert_null(dump_probe(test_write("other", other.data, other.len), &is_dump));
		assert_false(is_dump);
		test_bytes_free(&dump);
		test_bytes_free(&other);
	}
	test_bytes_free(&file);
	test_bytes_free(&text);
}

static void files_of_a_split_set_may_be_packed(void **state)
{
	struct test_kdump half = kdump;
	const char *paths[2];
	uint64_t packed_size = 0;

	(void)state;
	half.is_split = true;
	for (size_t i = 0; i < 2; i++) {
		half.start_pfn = i ? 18 : 0;
		half.end_pfn = i ? strlen(half.pages) : 18;
		struct test_bytes file = test_kdump_bytes(&half);
		struct test_bytes bytes = packed(&packings[i], &file);

		/* One of three sizes that add up. */
		packed_size += bytes.len;
		paths[i] = test_write(i ? "second" : "first", bytes.data, bytes.len);
		test_bytes_free(&bytes);
		test_bytes_free(&file);
	}
	struct dump *dump = NULL;
	struct error *err = dump_open(paths, 2, &dump);
	if (err)
		fail_msg("%s", error_message(err));
	assert_string_equal(dump->packed.name, "gzip");
	assert_int_equal(dump->packed.size_bytes, packed_size);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, state_of(addr), NULL);
	dump_close(dump);
}

/* --- cut and damaged files --- */

/* What is left of a cut file is told by the packer alone, so the dump's bytes are checked. */
static void check_prefix(struct dump *dump)
{
	for (paddr_t addr = 0; addr < RAM; addr += PAGE) {
		enum memory_state state = test_extent(dump, addr).state;

		if (state == MEMORY_PRESENT)
			test_page_is(dump, addr, state, NULL);
		else
			assert_true(state == MEMORY_TRUNCATED || state == state_of(addr));
	}
}

static bool open_cut(const char *path, size_t cut, enum packed_state state)
{
	struct dump *dump = NULL;
	struct error *err = dump_open(&path, 1, &dump);

	if (err) {
		assert_true(error_code(err) == ERROR_CORRUPT ||
			    error_code(err) == ERROR_UNSUPPORTED);
		assert_null(strchr(error_message(err), '\n'));
		assert_non_null(strstr(error_message(err), path));
		error_destroy(err);
		return false;
	}
	assert_int_equal(dump->packed.state, state);
	assert_int_equal(dump->packed.state_offset, cut);
	check_prefix(dump);
	bool truncated = dump->truncated;
	dump_close(dump);
	return truncated;
}

static void a_file_that_ends_early_is_used_as_far_as_it_goes(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = in_members(&packings[i], &file, 0, 0);
		size_t used = 0;

		/* At 1: too short to be recognised. */
		for (size_t cut = 8; cut < bytes.len; cut += 1 + cut % 31) {
			const char *path = test_write("cut", bytes.data, cut);

			used += open_cut(path, cut, PACKED_ENDS_EARLY);
		}
		/* The first third has all that is needed to begin. */
		assert_true(used > 100);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

static bool is_same_dump(struct dump *dump)
{
	uint8_t page[PAGE], expected[PAGE];

	for (paddr_t addr = 0x10000; addr < 0x14000; addr += PAGE) {
		test_fill(expected, addr, PAGE);
		if (test_read(dump, addr, PAGE, page) != MEMORY_PRESENT ||
		    memcmp(page, expected, PAGE) != 0)
			return false;
	}
	return true;
}

/* A flipped bit is told, or it changed nothing. */
static void check_flipped(const struct test_bytes *bytes, size_t at)
{
	struct dump *dump = NULL;

	bytes->data[at] ^= 1 << at % 8;
	const char *path = test_write("flipped", bytes->data, bytes->len);
	struct error *err = dump_open(&path, 1, &dump);
	if (!err && dump->packed.name && dump->packed.state == PACKED_WHOLE)
		assert_true(is_same_dump(dump));
	if (err)
		assert_null(strchr(error_message(err), '\n'));
	error_destroy(err);
	dump_close(dump);
	bytes->data[at] ^= 1 << at % 8;
}

static void damage_is_noticed_wherever_it_is(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = in_members(&packings[i], &file, 0, 4);

		for (size_t at = 0; at < bytes.len; at += at < 200 || at + 100 > bytes.len ? 1 : 37)
			check_flipped(&bytes, at);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

/* A frame that a library could unpack at once is given all the same. */
static void a_wrong_checksum_is_told_of_what_is_used(void **state)
{
	static const size_t from_end[] = { 5, 28, 1, 1 };
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = packed(&packings[i], &file);

		bytes.data[bytes.len - from_end[i]] ^= 0xff;
		struct dump *dump = test_open(test_write("sum", bytes.data, bytes.len));
		assert_int_equal(dump->packed.state, PACKED_DAMAGED);
		assert_true(dump->packed.state_offset <= bytes.len);
		assert_int_equal(dump->size_bytes, file.len);
		assert_false(dump->truncated);
		assert_true(is_same_dump(dump));
		dump_close(dump);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

static void what_follows_the_last_member_is_damage_unless_it_is_zeroes(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = packed(&packings[i], &file);
		size_t len = bytes.len;

		memset(test_grow(&bytes, 100), 'x', 100);
		struct dump *dump = test_open(test_write("more", bytes.data, bytes.len));
		assert_int_equal(dump->packed.state, PACKED_DAMAGED);
		assert_int_equal(dump->packed.state_offset, len);
		assert_true(is_same_dump(dump));
		dump_close(dump);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

/* --- what is refused --- */

static void what_holds_no_dump_is_refused_by_what_it_holds(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), text = { 0 };
	char words[100];

	(void)state;
	memset(test_grow(&text, 10000), 'x', 10000);
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		const struct packing *inner = &packings[(i + 1) % COUNT_OF(packings)];
		struct test_bytes once = packed(inner, &file);
		struct test_bytes twice = packed(&packings[i], &once);
		struct test_bytes other = packed(&packings[i], &text);

		snprintf(words, sizeof(words), "is packed twice, with %s and inside that with %s;",
			 packings[i].name, inner->name);
		test_refused(test_write("twice", twice.data, twice.len), ERROR_UNSUPPORTED, words);
		snprintf(words, sizeof(words), "', unpacked with %s, is text, not a dump",
			 packings[i].name);
		test_refused(test_write("text", other.data, other.len), ERROR_UNSUPPORTED, words);
		snprintf(words, sizeof(words),
			 "', packed with %s, ends early, at byte 9:", packings[i].name);
		test_refused(test_write("early", other.data, 9), ERROR_CORRUPT, words);
		test_bytes_free(&once);
		test_bytes_free(&twice);
		test_bytes_free(&other);
	}
	test_bytes_free(&file);
	test_bytes_free(&text);
}

/* The dictionary of 1.5 GiB that "xz --lzma2=dict=1536MiB" writes into the first block. */
static void set_dictionary(struct test_bytes *bytes)
{
	enum { BLOCK = 12, LARGEST = 39 };
	uint8_t *block = bytes->data + BLOCK;
	size_t len = 4U * block[0];

	for (size_t i = 2; i + 2 < len; i++) {
		if (block[i] == 0x21 && block[i + 1] == 1) {
			block[i + 2] = LARGEST;
			store32(block + len, lzma_crc32(block, len, 0), false);
			return;
		}
	}
	fail();
}

static void what_takes_much_memory_to_unpack_is_refused(void **state)
{
	/* A window of 1 GiB, and an empty last block. */
	static const uint8_t large_window[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0 };
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes bytes = packed(&packings[1], &file);

	(void)state;
	set_dictionary(&bytes);
	test_refused(test_write("xz", bytes.data, bytes.len), ERROR_UNSUPPORTED,
		     "is packed with xz in a way that takes more than 512 MiB");
	test_refused(test_write("zstd", large_window, sizeof(large_window)), ERROR_UNSUPPORTED,
		     "is packed with zstd in a way that takes more than 512 MiB");
	test_bytes_free(&bytes);
	test_bytes_free(&file);
}

/* --- how large it may become --- */

/* A dump with a segment of zeroes, packed small. */
static struct test_bytes bomb(const struct packing *packing, size_t *size_ret)
{
	static const struct test_load large[] = { { 0x100000, 32 << 20, 32 << 20 } };
	struct test_elf bomb_elf = elf;
	bomb_elf.loads = large;
	struct test_bytes file = test_elf_bytes(&bomb_elf);

	memset(file.data + file.len - (32 << 20), 0, 32 << 20);
	struct test_bytes bytes = packed(packing, &file);
	*size_ret = file.len;
	test_bytes_free(&file);
	return bytes;
}

static void a_file_that_becomes_too_large_is_refused(void **state)
{
	const struct dump_options options = { .unpacked_max = 32 << 20 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		size_t size;
		struct test_bytes bytes = bomb(&packings[i], &size);
		const char *path = test_write("bomb", bytes.data, bytes.len);
		struct dump *dump = NULL;

		assert_true(bytes.len < size / 100);
		struct error *err = dump_open_with(&path, 1, &options, &dump);
		assert_non_null(err);
		assert_non_null(strstr(error_message(err), "is more than 32 MiB when unpacked"));
		assert_non_null(strstr(error_message(err), "--max-unpacked"));
		error_destroy(err);
		dump_close(test_open(path));
		test_bytes_free(&bytes);
	}
}

static bool refuse_soon(void *context, const struct unpack_progress *progress)
{
	unsigned *asked = context;

	assert_true(progress->packed_bytes <= progress->packed_size);
	return ++*asked < 5;
}

static void unpacking_can_be_ended(void **state)
{
	unsigned asked = 0;
	const struct dump_options options = { .unpacking = refuse_soon,
					      .unpacking_context = &asked };
	size_t size;
	struct test_bytes bytes = bomb(&packings[0], &size);
	const char *path = test_write("bomb", bytes.data, bytes.len);
	struct dump *dump = NULL;

	(void)state;
	struct error *err = dump_open_with(&path, 1, &options, &dump);
	assert_true(error_catch(&err, ERROR_INTERRUPTED));
	assert_int_equal(asked, 5);
	test_bytes_free(&bytes);
}

static void a_temporary_file_without_room_is_an_error_that_names_tmpdir(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);
	struct test_bytes bytes = packed(&packings[2], &file);
	const char *path = test_write("full", bytes.data, bytes.len);
	struct rlimit before, small;
	struct dump *dump = NULL;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 2 * PAGE;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	struct error *err = dump_open(&path, 1, &dump);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_non_null(err);
	assert_int_equal(error_code(err), ERROR_OS);
	assert_non_null(strstr(error_message(err), "cannot write a temporary file in '"));
	assert_non_null(strstr(error_message(err), "TMPDIR"));
	error_destroy(err);
	test_bytes_free(&bytes);
	test_bytes_free(&file);
}

static void zeroes_take_no_room(void **state)
{
	enum { BLOCK = 4096, BLOCKS = 256 };
	static uint8_t data[BLOCKS * BLOCK], back[BLOCKS * BLOCK];
	struct temporary_file file;
	struct stat status;
	int fd;

	(void)state;
	data[7 * BLOCK + 5] = 1;
	data[BLOCKS * BLOCK / 2] = 2;
	assert_null(temporary_create(&file));
	assert_null(temporary_write(&file, 0, data, sizeof(data)));
	assert_int_equal(file.written, 2 * BLOCK);
	/* Zeroes over what was written are written. */
	memset(data + 7 * BLOCK, 0, BLOCK);
	assert_null(temporary_write(&file, 7 * BLOCK, data, BLOCK));
	assert_null(temporary_finish(&file, &fd));
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, sizeof(data));
	assert_int_equal(pread(fd, back, sizeof(back), 0), sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	close(fd);
	temporary_deinit(&file);
}

/* --- standard input --- */

/* Standard input is @fd, which is closed, while "-" is opened. */
static struct error *open_input(int fd, struct dump **ret)
{
	static const char *const path = "-";
	int before = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	struct error *err = dump_open(&path, 1, ret);
	if (before >= 0)
		dup2(before, STDIN_FILENO);
	else
		close(STDIN_FILENO);
	close(before);
	return err;
}

/* The end of a pipe into which a child writes @bytes in pieces. */
static int pipe_of(const struct test_bytes *bytes)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	if (fork() == 0) {
		for (size_t at = 0; at < bytes->len;) {
			size_t piece = bytes->len - at < 777 ? bytes->len - at : 777;
			ssize_t n = write(ends[1], bytes->data + at, piece);

			if (n <= 0)
				break;
			at += (size_t)n;
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void check_input(int fd, const char *packer, size_t size)
{
	struct dump *dump = NULL;
	struct error *err = open_input(fd, &dump);

	if (err)
		fail_msg("%s", error_message(err));
	assert_string_equal(dump->path, "standard input");
	assert_int_equal(dump->size_bytes, size);
	if (packer)
		assert_string_equal(dump->packed.name, packer);
	else
		assert_null(dump->packed.name);
	assert_true(is_same_dump(dump));
	dump_close(dump);
	while (wait(NULL) > 0)
		;
}

static void a_dump_may_come_through_standard_input(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf);

	(void)state;
	check_input(pipe_of(&file), NULL, file.len);
	check_input(open(test_write("plain", file.data, file.len), O_RDONLY), NULL, file.len);
	for (size_t i = 0; i < COUNT_OF(packings); i++) {
		struct test_bytes bytes = in_members(&packings[i], &file, 4, 20);
		const char *path = test_write("input", bytes.data, bytes.len);

		check_input(pipe_of(&bytes), packings[i].name, file.len);
		check_input(open(path, O_RDONLY), packings[i].name, file.len);
		test_bytes_free(&bytes);
	}
	test_bytes_free(&file);
}

static void standard_input_is_read_from_where_it_is(void **state)
{
	struct test_bytes file = test_elf_bytes(&elf), more = { 0 };

	(void)state;
	memcpy(test_grow(&more, 100 + file.len) + 100, file.data, file.len);
	int fd = open(test_write("later", more.data, more.len), O_RDONLY);
	assert_int_equal(lseek(fd, 100, SEEK_SET), 100);
	check_input(fd, NULL, file.len);
	test_bytes_free(&file);
	test_bytes_free(&more);
}

static void an_input_that_is_no_dump_is_refused_in_words(void **state)
{
	static const char *const twice[] = { "-", "-" };
	struct dump *dump = NULL;
	struct error *err = open_input(open("/dev/null", O_RDONLY), &dump);

	(void)state;
	assert_string_equal(error_message(err), "'standard input' is a device, not a dump file");
	error_destroy(err);
	err = open_input(pipe_of(&(struct test_bytes){ 0 }), &dump);
	assert_string_equal(error_message(err), "'standard input' is empty");
	error_destroy(err);
	err = dump_open(twice, 2, &dump);
	assert_int_equal(error_code(err), ERROR_USAGE);
	error_destroy(err);
	while (wait(NULL) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_dumps_read_as_plain_ones),
		cmocka_unit_test(members_behind_each_other_are_one_dump),
		cmocka_unit_test(packed_files_are_recognised_as_dumps),
		cmocka_unit_test(files_of_a_split_set_may_be_packed),
		cmocka_unit_test(a_file_that_ends_early_is_used_as_far_as_it_goes),
		cmocka_unit_test(damage_is_noticed_wherever_it_is),
		cmocka_unit_test(a_wrong_checksum_is_told_of_what_is_used),
		cmocka_unit_test(what_follows_the_last_member_is_damage_unless_it_is_zeroes),
		cmocka_unit_test(what_holds_no_dump_is_refused_by_what_it_holds),
		cmocka_unit_test(what_takes_much_memory_to_unpack_is_refused),
		cmocka_unit_test(a_file_that_becomes_too_large_is_refused),
		cmocka_unit_test(unpacking_can_be_ended),
		cmocka_unit_test(a_temporary_file_without_room_is_an_error_that_names_tmpdir),
		cmocka_unit_test(zeroes_take_no_room),
		cmocka_unit_test(a_dump_may_come_through_standard_input),
		cmocka_unit_test(standard_input_is_read_from_where_it_is),
		cmocka_unit_test(an_input_that_is_no_dump_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, test_dir_setup, test_dir_teardown);
}
