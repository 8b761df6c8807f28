// SPDX-License-Identifier: LGPL-2.1-or-later
/* Packed files are unpacked once, before anything else is done with them. */
#include "formats/dump/packed_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump/format.h"
#include "formats/dump/packers.h"
#include "formats/dump/tar.h"
#include "formats/dump/temporary.h"
#include "formats/dump/unpacker.h"
#include "include/error.h"

enum { BUFFER_BYTES = 1 << 20 };

static void unpacker_destroyp(struct unpacker **unpacker)
{
	unpacker_destroy(*unpacker);
}

/* --- what it holds --- */

struct head {
	uint8_t bytes[DUMP_HEAD_BYTES];
	size_t len;
};

static struct error *begin(const struct dump_file *file, struct unpacker **ret, struct head *head)
{
	struct error *err = unpacker_create(file->fd, file->is_stream, file->path, ret);

	return err ? err : unpacker_read(*ret, head->bytes, sizeof(head->bytes), &head->len);
}

static struct error *refuse_damaged(const struct dump_file *file, const struct unpacker *unpacker)
{
	char state[PACKED_TEXT_BYTES];

	return error_new(
		ERROR_CORRUPT, "'%s', packed with %s, %s: nothing of a dump is left", file->path,
		unpacker_packer(unpacker)->name,
		packed_state_text(unpacker_state(unpacker), unpacker_offset(unpacker), state));
}

static struct error *refuse_packed_twice(const char *path, const struct packer *outer,
					 const struct packer *inner)
{
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is packed twice, with %s and inside that with %s; unpack it first "
			 "with '%s'",
			 path, outer->name, inner->name, outer->undo);
}

static struct error *refuse_tar(const struct dump_file *file, const char *subject,
				struct unpacker *unpacker, const struct head *head,
				is_dump_fn *is_dump)
{
	const struct tar_archive archive = {
		.path = file->path,
		.subject = subject,
		.is_packed = unpacker_packer(unpacker),
		.is_dump = is_dump,
		.unpacker = unpacker,
		.head = head->bytes,
		.head_len = head->len,
	};

	return tar_refuse(&archive);
}

/* What begins with @head is no dump: it says what it is. */
static struct error *refuse(const struct dump_file *file, struct unpacker *unpacker,
			    const struct head *head, is_dump_fn *is_dump)
{
	const struct packer *packer = unpacker_packer(unpacker);
	const struct packer *inner = packer ? packer_of(head->bytes, head->len) : NULL;
	_cleanup_free_ char *subject = NULL;

	if (unpacker_state(unpacker) != PACKED_WHOLE && head->len < sizeof(head->bytes))
		return refuse_damaged(file, unpacker);
	if (inner)
		return refuse_packed_twice(file->path, packer, inner);
	if (asprintf(&subject, "'%s'%s%s%s", file->path, packer ? ", unpacked with " : "",
		     packer ? packer->name : "", packer ? "," : "") < 0) {
		subject = NULL;
		return error_nomem();
	}
	if (tar_probe(head->bytes, head->len))
		return refuse_tar(file, subject, unpacker, head, is_dump);
	return refuse_kind(subject, head->bytes, head->len);
}

struct error *packed_probe(const struct dump_file *file, is_dump_fn *is_dump, bool *ret)
{
	_cleanup_(unpacker_destroyp) struct unpacker *unpacker = NULL;
	struct head head = { .len = 0 };
	struct error *err = begin(file, &unpacker, &head);

	if (!err)
		*ret = is_dump(head.bytes, head.len);
	return err;
}

/* --- unpacking all of it --- */

struct unpacking {
	struct unpacker *unpacker;
	const struct dump_file *file;
	const struct dump_options *options;
	struct temporary_file to;
	uint64_t size_max;
};

static struct error *refuse_size(const struct unpacking *unpacking)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = { { "TiB", UINT64_C(1) << 40 },
		      { "GiB", 1 << 30 },
		      { "MiB", 1 << 20 },
		      { "KiB", 1 << 10 },
		      { "bytes", 1 } };
	unsigned i = 0;

	while (unpacking->size_max % units[i].bytes)
		i++;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is more than %llu %s when unpacked: if that is right, allow more "
			 "with --max-unpacked",
			 unpacking->file->path,
			 (unsigned long long)(unpacking->size_max / units[i].bytes), units[i].name);
}

/* Tells how far it is. */
static struct error *tell(const struct unpacking *unpacking)
{
	const struct dump_options *options = unpacking->options;
	const struct unpack_progress progress = {
		.packed_bytes = unpacker_offset(unpacking->unpacker),
		.packed_size = unpacking->file->size,
		.unpacked_bytes = unpacking->to.end,
	};

	if (!options->unpacking || options->unpacking(options->unpacking_context, &progress))
		return NULL;
	return error_new(ERROR_INTERRUPTED, "interrupted while '%s' was unpacked",
			 unpacking->file->path);
}

static struct error *put(struct unpacking *unpacking, const uint8_t *data, size_t len)
{
	if (len > unpacking->size_max - unpacking->to.end)
		return refuse_size(unpacking);
	struct error *err = temporary_write(&unpacking->to, unpacking->to.end, data, len);
	return err ? err : tell(unpacking);
}

/* With @head, which was read before. */
static struct error *unpack_all(struct unpacking *unpacking, const struct head *head)
{
	_cleanup_free_ uint8_t *buf = malloc(BUFFER_BYTES);
	size_t before = head->len, got;
	struct error *err = NULL;

	if (!buf)
		return error_nomem();
	memcpy(buf, head->bytes, head->len);
	do {
		err = unpacker_read(unpacking->unpacker, buf + before, BUFFER_BYTES - before, &got);
		got += before;
		before = 0;
		if (!err)
			err = put(unpacking, buf, got);
	} while (!err && got == BUFFER_BYTES);
	return err;
}

static void take_place(struct dump_file *file, int fd, uint64_t size,
		       const struct unpacker *unpacker)
{
	const struct packer *packer = unpacker_packer(unpacker);

	if (packer)
		file->packed = (struct dump_packed){
			.name = packer->name,
			.size_bytes = unpacker_offset(unpacker),
			.state = unpacker_state(unpacker),
			.state_offset = unpacker_offset(unpacker),
		};
	close(file->fd);
	dump_file_set_fd(file, fd);
	file->size = size;
	file->is_stream = false;
}

static struct error *unpack(struct dump_file *file, struct unpacker *unpacker,
			    const struct head *head, const struct dump_options *options)
{
	struct unpacking unpacking = {
		.unpacker = unpacker,
		.file = file,
		.options = options,
		.to = { .fd = -1 },
		.size_max = options->unpacked_max ? options->unpacked_max : DUMP_UNPACKED_MAX,
	};
	int fd = -1;
	struct error *err = temporary_create(&unpacking.to);

	if (!err)
		err = unpack_all(&unpacking, head);
	if (!err)
		err = temporary_finish(&unpacking.to, &fd);
	if (!err)
		take_place(file, fd, unpacking.to.end, unpacker);
	temporary_deinit(&unpacking.to);
	return err;
}

struct error *packed_open(struct dump_file *file, is_dump_fn *is_dump,
			  const struct dump_options *options)
{
	_cleanup_(unpacker_destroyp) struct unpacker *unpacker = NULL;
	struct head head = { .len = 0 };
	struct error *err = begin(file, &unpacker, &head);

	if (err)
		return err;
	if (!is_dump(head.bytes, head.len))
		return refuse(file, unpacker, &head, is_dump);
	if (!unpacker_packer(unpacker) && !file->is_stream)
		return NULL;
	return unpack(file, unpacker, &head, options);
}
