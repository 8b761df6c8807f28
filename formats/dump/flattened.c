// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * makedumpfile's flattened format: what a pipe can carry of a file that is not
 * written in order. It is read through a map of its records, or put together in
 * a temporary file for libraries that cannot do the like.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/dump/file_map.h"
#include "formats/dump/format.h"
#include "formats/dump/temporary.h"
#include "include/bytes.h"
#include "include/error.h"
#include "include/vector.h"

static const char signature[] = "makedumpfile";

/* All numbers are big-endian. */
enum { HEADER_TYPE = 16, HEADER_VERSION = 24, HEADER_BYTES = 4096 };
enum { KNOWN_TYPE = 1, KNOWN_VERSION = 1 };
enum { RECORD_OFFSET = 0, RECORD_SIZE = 8, RECORD_BYTES = 16 };

/* No dump is larger; sums of two such numbers cannot overflow. */
static const uint64_t file_size_max = UINT64_C(1) << 46;

bool flattened_probe(const uint8_t *head, size_t len)
{
	return len >= HEADER_VERSION + 8 && memcmp(head, signature, sizeof(signature)) == 0;
}

static struct error *check_header(const struct dump_file *file)
{
	uint8_t header[HEADER_VERSION + 8];
	struct error *err =
		dump_file_read_exact(file, 0, header, sizeof(header), "flattened header");
	if (err)
		return err;

	uint64_t type = load_u64(header + HEADER_TYPE, true);
	uint64_t version = load_u64(header + HEADER_VERSION, true);
	if (type == KNOWN_TYPE && version == KNOWN_VERSION)
		return NULL;
	return error_new(ERROR_UNSUPPORTED,
			 "'%s' is in an unknown flattened format (type %llu, version %llu); put it "
			 "together with 'makedumpfile -R'",
			 file->path, (unsigned long long)type, (unsigned long long)version);
}

/* --- records --- */

/* Walks the records. */
struct walk {
	struct dump_file stored; /* the file as if it were not flattened; borrowed */
	uint64_t next;		 /* where the next record begins */
	bool finished, truncated;
};

static struct walk walk_start(const struct dump_file *file)
{
	struct walk walk = { .stored = *file, .next = HEADER_BYTES };
	off_t end = lseek(file->fd, 0, SEEK_END);

	walk.stored.map = NULL;
	walk.stored.size = end > 0 ? (uint64_t)end : 0;
	return walk;
}

static struct error *check_record(const struct walk *walk, const struct file_record *record)
{
	if (record->len && record->len <= file_size_max && record->target <= file_size_max &&
	    record->len <= file_size_max - record->target)
		return NULL;
	return error_new(ERROR_CORRUPT,
			 "'%s': the flattened record at offset 0x%llx is damaged (offset 0x%llx, "
			 "size 0x%llx)",
			 walk->stored.path, (unsigned long long)walk->next,
			 (unsigned long long)record->target, (unsigned long long)record->len);
}

/*
 * Sets walk->finished when there is no further record; *ret is one otherwise, as
 * much as the file has of it.
 */
static struct error *walk_next(struct walk *walk, struct file_record *ret)
{
	uint8_t raw[RECORD_BYTES];
	size_t got;
	struct error *err = dump_file_read(&walk->stored, walk->next, raw, sizeof(raw), &got);

	if (err)
		return err;
	walk->truncated |= got < sizeof(raw);
	walk->finished = walk->truncated || load_u64(raw + RECORD_OFFSET, true) == UINT64_MAX;
	if (walk->finished)
		return NULL;

	*ret = (struct file_record){
		.source = walk->next + RECORD_BYTES,
		.target = load_u64(raw + RECORD_OFFSET, true),
		.len = load_u64(raw + RECORD_SIZE, true),
	};
	err = check_record(walk, ret);
	if (err)
		return err;
	walk->next = ret->source + ret->len;
	if (!dump_file_holds(&walk->stored, ret->source, ret->len)) {
		walk->truncated = true;
		ret->len = walk->stored.size > ret->source ? walk->stored.size - ret->source : 0;
	}
	return NULL;
}

static struct error *count_bytes(const struct dump_file *file, uint64_t *ret)
{
	struct walk walk = walk_start(file);
	uint64_t total = 0;

	for (;;) {
		struct file_record record;
		struct error *err = walk_next(&walk, &record);

		if (err)
			return err;
		if (walk.finished)
			break;
		total += record.len;
	}
	*ret = total;
	return NULL;
}

/* --- the map --- */

struct records {
	struct file_record *array;
	size_t count, room;
};

static void records_deinit(struct records *records)
{
	free(records->array);
}

static struct error *records_add(struct records *records, const struct file_record *record)
{
	return vector_push(records->array, records->count, records->room, *record);
}

/* All of them, or as many as a map can have and one more. */
static struct error *collect_records(struct walk *walk, struct records *records)
{
	while (records->count <= FILE_MAP_RECORDS_MAX) {
		struct file_record record;
		struct error *err = walk_next(walk, &record);

		if (err || walk->finished)
			return err;
		err = records_add(records, &record);
		if (err)
			return err;
	}
	return NULL;
}

struct error *flattened_open(struct dump_file *file)
{
	_cleanup_(records_deinit) struct records records = { 0 };
	struct walk walk = walk_start(file);
	struct error *err = check_header(file);

	if (!err)
		err = collect_records(&walk, &records);
	if (err)
		return err;
	if (records.count > FILE_MAP_RECORDS_MAX)
		return flattened_put_together(file);

	err = file_map_create(records.array, records.count, &file->map);
	if (err)
		return err;
	file->size = file_map_end(file->map);
	file->flattened = true;
	file->truncated = walk.truncated;
	return NULL;
}

/* --- the file that is put together --- */

static struct error *check_space(const struct dump_file *file,
				 const struct temporary_file *temporary, uint64_t needed)
{
	uint64_t room = temporary_room(temporary);

	if (needed <= room)
		return NULL;
	return error_new(ERROR_OS,
			 "'%s' is flattened and needs %llu MiB in '%s' to be put together, where "
			 "%llu MiB are free; set TMPDIR to a directory with more",
			 file->path, (unsigned long long)(needed >> 20) + 1, temporary->dir,
			 (unsigned long long)(room >> 20));
}

enum { BUFFER_BYTES = 1 << 20 };

static struct error *copy_record(struct walk *walk, const struct file_record *record,
				 struct temporary_file *to, uint8_t *buf)
{
	for (uint64_t done = 0; done < record->len;) {
		uint64_t left = record->len - done;
		size_t got, len = left < BUFFER_BYTES ? (size_t)left : BUFFER_BYTES;
		struct error *err =
			dump_file_read(&walk->stored, record->source + done, buf, len, &got);

		if (!err)
			err = temporary_write(to, record->target + done, buf, got);
		if (err)
			return err;
		if (got < len) {
			walk->truncated = walk->finished = true;
			return NULL;
		}
		done += len;
	}
	return NULL;
}

static struct error *copy_records(const struct dump_file *file, struct temporary_file *to,
				  bool *truncated_ret)
{
	struct walk walk = walk_start(file);

	_cleanup_free_ uint8_t *buf = malloc(BUFFER_BYTES);
	if (!buf)
		return error_nomem();

	while (!walk.finished) {
		struct file_record record;
		struct error *err = walk_next(&walk, &record);

		if (!err && !walk.finished)
			err = copy_record(&walk, &record, to, buf);
		if (err)
			return err;
	}
	*truncated_ret = walk.truncated;
	return NULL;
}

static struct error *put_together(const struct dump_file *file, struct temporary_file *temporary,
				  bool *truncated_ret)
{
	uint64_t needed;
	struct error *err = count_bytes(file, &needed);

	if (!err)
		err = temporary_create(temporary);
	if (!err)
		err = check_space(file, temporary, needed);
	return err ? err : copy_records(file, temporary, truncated_ret);
}

struct error *flattened_put_together(struct dump_file *file)
{
	_cleanup_(temporary_deinit) struct temporary_file temporary = { .fd = -1 };
	bool truncated;
	int fd;
	struct error *err = put_together(file, &temporary, &truncated);

	if (!err)
		err = temporary_finish(&temporary, &fd);
	if (err)
		return err;
	close(file->fd);
	dump_file_set_fd(file, fd);
	file->size = temporary.end;
	file->flattened = true;
	file->truncated = truncated;
	file_map_destroy(file->map);
	file->map = NULL;
	return NULL;
}
