// SPDX-License-Identifier: LGPL-2.1-or-later
/* Headers of POSIX and GNU tar: https://www.gnu.org/software/tar/manual/html_node/Standard.html */
#include "formats/dump/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/format.h"
#include "formats/dump/unpacker.h"
#include "include/error.h"
#include "include/plain_text.h"

enum {
	NAME = 0,
	NAME_BYTES = 100,
	SIZE = 124,
	SIZE_BYTES = 12,
	CHECKSUM = 148,
	CHECKSUM_BYTES = 8,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_BYTES = 155,
	BLOCK = 512,
};

enum {
	NAMES_SHOWN = 4,
	SHOWN_BYTES = 100, /* of a name */
	MEMBERS_MAX = 10000,
	META_MAX = 16 << 10, /* of a long name, or of a member's attributes */
};
/* Of a packed archive, where all that is passed over is unpacked. */
static const uint64_t unpacked_max = 256 << 20;

struct walk {
	const struct tar_archive *archive;
	uint64_t at; /* in the archive */
	bool ended;  /* there are no more members, or none that can be read */
	bool gave_up;

	/* Of the next member, from what is written before it. */
	char long_name[SHOWN_BYTES + 1];
	uint64_t long_size; /* 0: its header has it */

	size_t members, dumps;
	char names[NAMES_SHOWN * (SHOWN_BYTES + 4)];
};

/* --- bytes --- */

static struct error *read_bytes(struct walk *walk, void *buf, size_t len, size_t *got_ret)
{
	const struct tar_archive *archive = walk->archive;
	size_t from_head = 0, got = 0;

	if (walk->at < archive->head_len) {
		from_head = archive->head_len - (size_t)walk->at;
		if (from_head > len)
			from_head = len;
		memcpy(buf, archive->head + walk->at, from_head);
	}
	struct error *err =
		unpacker_read(archive->unpacker, (uint8_t *)buf + from_head, len - from_head, &got);
	*got_ret = from_head + got;
	walk->at += *got_ret;
	return err;
}

static struct error *skip_to(struct walk *walk, uint64_t offset)
{
	const struct tar_archive *archive = walk->archive;
	uint64_t from = walk->at > archive->head_len ? walk->at : archive->head_len;
	uint64_t skipped = 0;
	struct error *err = NULL;

	if (archive->is_packed && offset > unpacked_max)
		walk->gave_up = walk->ended = true;
	else if (offset > from)
		err = unpacker_skip(archive->unpacker, offset - from, &skipped);
	walk->at = offset;
	return err;
}

/* --- headers --- */

/* Octal digits; or, of a large number, bytes behind one that is 0x80. */
static uint64_t number_of(const uint8_t *field, size_t len)
{
	uint64_t value = 0;

	if (field[0] == 0x80) {
		for (size_t i = 1; i < len; i++)
			value = value >> 55 ? UINT64_MAX >> 1 : value << 8 | field[i];
		return value;
	}
	for (size_t i = 0; i < len && value >> 60 == 0; i++) {
		if (field[i] >= '0' && field[i] <= '7')
			value = value << 3 | (uint64_t)(field[i] - '0');
		else if (field[i] != ' ')
			break;
	}
	return value;
}

static bool has_checksum(const uint8_t *header)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		bool is_sum = i >= CHECKSUM && i < CHECKSUM + CHECKSUM_BYTES;

		sum += is_sum ? ' ' : header[i];
	}
	return sum == number_of(header + CHECKSUM, CHECKSUM_BYTES);
}

bool tar_probe(const uint8_t *head, size_t len)
{
	return len >= BLOCK && memcmp(head + MAGIC, "ustar", 5) == 0;
}

/* Of a long name the end, which tells more. What is not plain is shown as '?'. */
static void name_set(char *name, const char *bytes, size_t max)
{
	const size_t len = strnlen(bytes, max);

	if (len <= SHOWN_BYTES)
		snprintf(name, SHOWN_BYTES + 1, "%.*s", (int)len, bytes);
	else
		snprintf(name, SHOWN_BYTES + 1, "...%.*s", SHOWN_BYTES - 3,
			 bytes + len - (SHOWN_BYTES - 3));
	text_make_plain(name, SHOWN_BYTES);
}

static void name_of(const struct walk *walk, const uint8_t *header, char *name)
{
	const char *prefix = (const char *)header + PREFIX, *own = (const char *)header + NAME;
	bool is_gnu = header[MAGIC + 5] == ' ';
	char whole[PREFIX_BYTES + 1 + NAME_BYTES + 1];

	if (walk->long_name[0]) {
		name_set(name, walk->long_name, SHOWN_BYTES);
		return;
	}
	snprintf(whole, sizeof(whole), "%.*s%s%.*s", is_gnu ? 0 : PREFIX_BYTES, prefix,
		 !is_gnu && *prefix ? "/" : "", NAME_BYTES, own);
	name_set(name, whole, sizeof(whole));
}

/* --- what is written before a member --- */

/* "LENGTH KEY=VALUE\n": the length is that of all this. */
static void attribute_take(struct walk *walk, const char *text, size_t len)
{
	static const char path[] = "path=", size[] = "size=";

	if (len > strlen(path) && memcmp(text, path, strlen(path)) == 0)
		name_set(walk->long_name, text + strlen(path), len - strlen(path));
	if (len > strlen(size) && memcmp(text, size, strlen(size)) == 0)
		walk->long_size = strtoull(text + strlen(size), NULL, 10);
}

static void attributes_take(struct walk *walk, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		char *key;
		uint64_t record = strtoull(text + at, &key, 10);
		size_t digits = (size_t)(key - (text + at));

		if (!digits || *key != ' ' || record > len - at || record <= digits + 2)
			return;
		attribute_take(walk, key + 1, (size_t)record - digits - 2);
		at += (size_t)record;
	}
}

static struct error *meta_read(struct walk *walk, uint8_t type, uint64_t size)
{
	const size_t wanted = size < META_MAX ? (size_t)size : META_MAX;
	size_t got = 0;

	_cleanup_free_ char *text = calloc(1, META_MAX + 1);
	if (!text)
		return error_nomem();
	struct error *err = read_bytes(walk, text, wanted, &got);
	if (err)
		return err;
	if (type == 'L')
		name_set(walk->long_name, text, got);
	if (type == 'x')
		attributes_take(walk, text, got);
	return NULL;
}

/* --- members --- */

/* A member's content: what of it is still to be read. */
struct content {
	struct walk *walk;
	uint64_t left;
};

static struct error *content_read(void *context, uint8_t *buf, size_t len, size_t *got_ret)
{
	struct content *content = context;
	struct error *err = read_bytes(content->walk, buf,
				       content->left < len ? (size_t)content->left : len, got_ret);

	content->left -= *got_ret;
	return err;
}

/* Whether it begins as a dump, packed or not. */
static struct error *looks_like_dump(struct content *content, bool *ret)
{
	uint8_t head[DUMP_HEAD_BYTES];
	struct unpacker *unpacker = NULL;
	size_t got = 0;
	struct error *err = unpacker_create_inner(content_read, content,
						  content->walk->archive->path, &unpacker);

	if (!err)
		err = unpacker_read(unpacker, head, sizeof(head), &got);
	*ret = !err && content->walk->archive->is_dump(head, got);
	unpacker_destroy(unpacker);
	/* One that cannot be unpacked here is none that could be given. */
	error_catch(&err, ERROR_UNSUPPORTED);
	return err;
}

static void dump_found(struct walk *walk, const char *name)
{
	size_t used = strlen(walk->names);

	if (walk->dumps++ < NAMES_SHOWN)
		snprintf(walk->names + used, sizeof(walk->names) - used, "%s'%s'", used ? ", " : "",
			 name);
}

static bool is_regular(uint8_t type)
{
	return type == '0' || type == '\0' || type == '7' || type == 'S';
}

static bool is_meta(uint8_t type)
{
	return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

static struct error *member_look(struct walk *walk, const uint8_t *header, uint64_t size)
{
	struct content content = { walk, size };
	char name[SHOWN_BYTES + 1];
	bool is_dump;
	struct error *err = looks_like_dump(&content, &is_dump);

	if (err || !is_dump)
		return err;
	name_of(walk, header, name);
	dump_found(walk, name);
	return NULL;
}

static struct error *content_look(struct walk *walk, const uint8_t *header, uint64_t size)
{
	const uint8_t type = header[TYPE];
	struct error *err = NULL;

	if (is_meta(type))
		return meta_read(walk, type, size);
	if (is_regular(type))
		err = member_look(walk, header, size);
	walk->long_name[0] = '\0';
	walk->long_size = 0;
	return err;
}

static struct error *walk_next(struct walk *walk)
{
	uint8_t header[BLOCK];
	size_t got;
	struct error *err = read_bytes(walk, header, sizeof(header), &got);

	if (err)
		return err;
	/* Two blocks of zeroes end it, and have no checksum either. */
	if (got < BLOCK || !has_checksum(header)) {
		walk->ended = true;
		return NULL;
	}
	const uint64_t size = walk->long_size && is_regular(header[TYPE])
				      ? walk->long_size
				      : number_of(header + SIZE, SIZE_BYTES);
	if (size > INT64_MAX - BLOCK - walk->at) {
		walk->ended = true;
		return NULL;
	}
	const uint64_t next = walk->at + (size + BLOCK - 1) / BLOCK * BLOCK;
	err = content_look(walk, header, size);
	return err ? err : skip_to(walk, next);
}

struct error *tar_refuse(const struct tar_archive *archive)
{
	struct walk walk = { .archive = archive };
	struct error *err = NULL;

	while (!err && !walk.ended && walk.members++ < MEMBERS_MAX)
		err = walk_next(&walk);
	if (err)
		return err;
	walk.gave_up |= !walk.ended;
	if (!walk.dumps)
		return error_new(ERROR_UNSUPPORTED,
				 "%s is a tar archive; none of its %smembers looks like a dump",
				 archive->subject, walk.gave_up ? "first " : "");
	return error_new(ERROR_UNSUPPORTED,
			 "%s is a tar archive; its %smembers that look like dumps: %s%s; unpack it "
			 "first",
			 archive->subject, walk.gave_up ? "first " : "", walk.names,
			 walk.dumps > NAMES_SHOWN ? " and more" : "");
}
