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

static struct error *file_set_init(struct file_set *set, const char *const *paths, size_t count)
{
	set->files = calloc(count, sizeof(set->files[0]));
	if (!set->files)
		return error_nomem();

	for (size_t i = 0; i < count; i++) {
		struct error *err =
			strcmp(paths[i], DUMP_LIVE_PATH) == 0 ? kcore_refuse(paths[i], "") : NULL;

		if (!err)
			err = dump_file_open(paths[i], &set->files[i]);

		if (err)
			return err;
		set->count++;
		set->size_bytes += set->files[i].size;
	}
	return NULL;
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

static struct error *refuse(const struct dump_file *file, const struct head *head)
{
	if (file->truncated)
		return error_new(ERROR_CORRUPT,
				 "'%s' was cut off while it was being written: its headers are "
				 "not complete, so nothing can be read of it",
				 file->path);
	return refuse_kind(file->path, head->bytes, head->len);
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
	if (!err)
		*ret = flattened_probe(head.bytes, head.len) || find_format(&file, &head);
	dump_file_close(&file);
	return err;
}

/* --- dumps --- */

static void dump_closep(struct dump **dump)
{
	dump_close(*dump);
}

static struct error *open_files(struct dump *dump, struct file_set *set)
{
	const struct dump_format *format = NULL;
	struct error *err = identify_all(set, &format);

	if (err)
		return err;

	dump->format = set->files[0].flattened && format->flattened_name ? format->flattened_name
									 : format->name;
	dump->file_count = set->count;
	dump->size_bytes = set->size_bytes;
	dump->reader = format;
	return format->open(dump, set->files, set->count);
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
	dump->path = strdup(paths[0]);
	if (!dump->path)
		return error_nomem();

	_cleanup_(file_set_deinit) struct file_set set = { 0 };
	struct error *err = file_set_init(&set, paths, path_count);
	if (!err)
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
