// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opens dump files: recognises the format by their first bytes. */
#include "include/array.h"
#include "include/dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/dump/elfnotes.h"
#include "formats/dump/format.h"
#include "formats/dump/kcore.h"
#include "formats/dump/packed_file.h"
#include "formats/dump/packers.h"
#include "include/error.h"

static const struct dump_format *const dump_formats[] = {
	&dump_format_kcore, /* an ELF core, too */
	&dump_format_elf,   &dump_format_kdump,
#ifdef KDUMPFILE_SONAME
	&dump_format_lkcd,  &dump_format_s390,	&dump_format_sadump,
#endif
};

/* --- what the formats are, in words --- */

enum { LIST_BYTES = 512 };

/* What @words_of returns for each format, but NULL, with @between. */
static void list_formats(const char *(*words_of)(const struct dump_format *), const char *between,
			 char ret[static LIST_BYTES])
{
	int len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(dump_formats); i++) {
		const char *words = words_of(dump_formats[i]);

		if (words && len < LIST_BYTES)
			len += snprintf(ret + len, (size_t)(LIST_BYTES - len), "%s%s",
					len ? between : "", words);
	}
}

/* --- the files of one dump --- */

struct file_set {
	struct dump_file *files;
	size_t count;
	uint64_t size_bytes;
};

static void file_set_deinit(struct file_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		dump_file_close(&set->files[i]);
	free(set->files);
}

/* --- recognising the format --- */

struct head {
	uint8_t bytes[DUMP_HEAD_BYTES];
	size_t len;
};

static struct error *read_head(const struct dump_file *file, struct head *head)
{
	return dump_file_read(file, 0, head->bytes, sizeof(head->bytes), &head->len);
}

static const struct dump_format *find_format(const struct dump_file *file, const struct head *head)
{
	for (size_t i = 0; i < COUNT_OF(dump_formats); i++) {
		if (dump_formats[i]->probe(file, head->bytes, head->len))
			return dump_formats[i];
	}
	return NULL;
}

/* Of any file but those that the kernel makes up. */
static bool is_dump(const uint8_t *bytes, size_t len)
{
	const struct dump_file nowhere = { .fd = -1 };
	struct head head = { .len = len < DUMP_HEAD_BYTES ? len : DUMP_HEAD_BYTES };

	memcpy(head.bytes, bytes, head.len);
	return flattened_probe(head.bytes, head.len) || find_format(&nowhere, &head);
}

static struct error *refuse(const struct dump_file *file, const struct head *head)
{
	_cleanup_free_ char *subject = NULL;

	if (file->truncated)
		return error_new(ERROR_CORRUPT,
				 "'%s' was cut off while it was being written: its headers are "
				 "not complete, so nothing can be read of it",
				 file->path);
	if (asprintf(&subject, "'%s'", file->path) < 0) {
		subject = NULL;
		return error_nomem();
	}
	return refuse_kind(subject, head->bytes, head->len);
}

static struct error *identify(struct dump_file *file, const struct dump_format **ret)
{
	struct head head;
	struct error *err = read_head(file, &head);

	if (!err && flattened_probe(head.bytes, head.len)) {
		err = flattened_open(file);
		if (!err)
			err = read_head(file, &head);
	}
	if (err)
		return err;
	*ret = find_format(file, &head);
	if (!*ret)
		return refuse(file, &head);
	return file->map && !(*ret)->takes_flattened ? flattened_put_together(file) : NULL;
}

static const char *set_files_of(const struct dump_format *format)
{
	return format->set_files;
}

static struct error *refuse_set(const struct dump_file *first, const struct dump_file *other)
{
	char sets[LIST_BYTES];

	list_formats(set_files_of, ", or ", sets);
	return error_new(ERROR_USAGE,
			 "'%s' and '%s' are not one dump: several files can only be given if they "
			 "are %s",
			 first->path, other->path, sets);
}

/* Whether files in which these were recognised can be one dump; open() looks closer. */
static bool are_one_dump(const struct dump_format *first, const struct dump_format *other)
{
	return other == first && first->set_files;
}

static struct error *identify_all(const struct file_set *set, const struct dump_format **ret)
{
	struct error *err = identify(&set->files[0], ret);

	for (size_t i = 1; i < set->count && !err; i++) {
		const struct dump_format *format = NULL;

		err = identify(&set->files[i], &format);
		if (!err && !are_one_dump(*ret, format))
			err = refuse_set(&set->files[0], &set->files[i]);
	}
	return err;
}

struct error *dump_probe(const char *path, bool *ret)
{
	struct dump_file file;
	struct head head;
	struct error *err = dump_file_open(path, &file);

	if (err)
		return err;
	err = read_head(&file, &head);
	*ret = !err && (flattened_probe(head.bytes, head.len) || find_format(&file, &head));
	if (!err && !*ret && !file.in_procfs)
		err = packed_probe(&file, is_dump, ret);
	dump_file_close(&file);
	return err;
}

/* --- opening files --- */

/* Unpacks it where it is packed. */
static struct error *open_file(const char *path, const struct dump_options *options,
			       struct dump_file *ret)
{
	struct error *err = strcmp(path, DUMP_LIVE_PATH) == 0 ? kcore_refuse(path, "") : NULL;

	if (!err)
		err = dump_file_open(path, ret);
	if (err || ret->in_procfs)
		return err;
	err = packed_open(ret, is_dump, options);
	if (err)
		dump_file_close(ret);
	return err;
}

static struct error *check_standard_input(const char *const *paths, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		found += strcmp(paths[i], DUMP_STDIN_PATH) == 0;
	return found < 2 ? NULL
			 : error_new(ERROR_USAGE, "standard input can be one file only, not %zu",
				     found);
}

static struct error *file_set_init(struct file_set *set, const char *const *paths, size_t count,
				   const struct dump_options *options)
{
	struct error *err = check_standard_input(paths, count);

	if (err)
		return err;
	set->files = calloc(count, sizeof(set->files[0]));
	if (!set->files)
		return error_nomem();

	for (size_t i = 0; i < count; i++) {
		err = open_file(paths[i], options, &set->files[i]);
		if (err)
			return err;
		set->count++;
		set->size_bytes += set->files[i].size;
	}
	return NULL;
}

/* What is said of the packed files of one dump. */
static struct dump_packed packed_of(const struct file_set *set)
{
	struct dump_packed packed = { .name = NULL };

	for (size_t i = 0; i < set->count; i++) {
		const struct dump_packed *one = &set->files[i].packed;

		packed.size_bytes += one->name ? one->size_bytes : set->files[i].size;
		if (!packed.name)
			packed.name = one->name;
		if (packed.state != PACKED_WHOLE)
			continue;
		packed.state = one->state;
		packed.state_offset = one->state_offset;
	}
	return packed;
}

/* Why a file that is not whole could not be opened. */
static struct error *packed_context(const struct dump *dump, struct error *err)
{
	const struct dump_packed *packed = &dump->packed;
	char state[PACKED_TEXT_BYTES];

	if (packed->state == PACKED_WHOLE)
		return err;
	return error_context(err, "what is packed with %s %s", packed->name,
			     packed_state_text(packed->state, packed->state_offset, state));
}

bool dump_is_packed(const char *path)
{
	uint8_t head[64];
	struct dump_file file;
	size_t len = 0;

	if (strcmp(path, DUMP_STDIN_PATH) == 0)
		return true;
	struct error *err = dump_file_open(path, &file);
	if (!err) {
		err = dump_file_read(&file, 0, head, sizeof(head), &len);
		dump_file_close(&file);
	}
	error_destroy(err);
	return packer_of(head, len);
}

/* --- dumps --- */

static void dump_closep(struct dump **dump)
{
	dump_close(*dump);
}

static struct error *open_files(struct dump *dump, struct file_set *set)
{
	const struct dump_format *format = NULL;

	dump->packed = packed_of(set);
	struct error *err = identify_all(set, &format);
	if (err)
		return err;

	dump->format = set->files[0].flattened && format->flattened_name ? format->flattened_name
									 : format->name;
	dump->file_count = set->count;
	dump->size_bytes = set->size_bytes;
	dump->reader = format;
	err = format->open(dump, set->files, set->count);
	return err ? packed_context(dump, err) : NULL;
}

struct error *dump_open(const char *const *paths, size_t path_count, struct dump **ret)
{
	return dump_open_with(paths, path_count, &(const struct dump_options){ 0 }, ret);
}

struct error *dump_open_with(const char *const *paths, size_t path_count,
			     const struct dump_options *options, struct dump **ret)
{
	if (!path_count)
		return error_new(ERROR_USAGE, "no dump file given");

	_cleanup_(dump_closep) struct dump *dump = calloc(1, sizeof(*dump));
	if (!dump)
		return error_nomem();
	dump->options = *options;

	_cleanup_(file_set_deinit) struct file_set set = { 0 };
	struct error *err = file_set_init(&set, paths, path_count, options);
	if (err)
		return err;
	dump->path = strdup(set.files[0].path);
	if (!dump->path)
		return error_nomem();
	err = open_files(dump, &set);
	if (err)
		return err;

	*ret = take_ptr(dump);
	return NULL;
}

struct error *dump_lost(const struct dump *dump)
{
	return error_new(ERROR_OS,
			 "'%s' became shorter while it was read, or its disk fails: is it still "
			 "being copied?",
			 dump->path);
}

struct error *dump_check(const struct dump *dump)
{
	return dump->reader->check ? dump->reader->check(dump) : NULL;
}

void dump_close(struct dump *dump)
{
	if (!dump)
		return;
	if (dump->memory)
		dump->memory->ops->destroy(dump->memory);
	dump_cpus_free(dump->cpus, dump->cpu_count);
	free(dump->vmcoreinfo);
	free(dump->profile);
	free(dump->sample);
	free(dump->crash);
	free(dump->path);
	free(dump);
}
