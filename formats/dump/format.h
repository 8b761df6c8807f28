// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the formats share: the seam between dump.c and one file per format. */
#ifndef VMEMSCOPE_DUMP_FORMAT_H
#define VMEMSCOPE_DUMP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/dump/file.h"
#include "include/dump.h"

struct dump_format {
	const char *name;
	const char *flattened_name; /* the name when it came flattened; NULL: the same */
	/* Which files are one dump together, for messages: "the parts of ..."; NULL: none are. */
	const char *set_files;
	bool takes_flattened; /* open() can do with files that are not put together */

	/* Whether @file, which begins with @head, is one; the first row that returns true is used.
	 */
	bool (*probe)(const struct dump_file *file, const uint8_t *head, size_t len);

	/*
	 * Fills everything of @dump but path, format, file_count and size_bytes.
	 * What it keeps of @files (their fd) it takes out of them. @dump is closed
	 * by the caller when this fails.
	 */
	struct error *(*open)(struct dump *dump, struct dump_file *files, size_t file_count);
	struct error *(*check)(const struct dump *dump); /* as dump_check(); NULL: nothing to say */
};

extern const struct dump_format dump_format_elf;
extern const struct dump_format dump_format_kdump;
extern const struct dump_format dump_format_kcore;
/* By libkdumpfile, where it was there when this was built. */
extern const struct dump_format dump_format_lkcd;
extern const struct dump_format dump_format_s390;
extern const struct dump_format dump_format_sadump;

/* True if @head begins an ELF core. */
bool elf_head_probe(const uint8_t *head, size_t len);

/* How much of a file's beginning dump_format.probe gets, if the file has it. */
enum { DUMP_HEAD_BYTES = 4096 };

/*
 * ERROR_UNSUPPORTED that says what kind of file @head begins, and what to do. @subject: the file,
 * in quotes.
 */
struct error *refuse_kind(const char *subject, const uint8_t *head, size_t len)
	__attribute__((returns_nonnull, warn_unused_result));

/* ERROR_UNSUPPORTED for a dump without VMCOREINFO. */
struct error *refuse_without_vmcoreinfo(const char *path, bool made_by_qemu)
	__attribute__((returns_nonnull, warn_unused_result));
struct error *refuse_truncated_without_vmcoreinfo(const char *path)
	__attribute__((returns_nonnull, warn_unused_result));

struct error *refuse_xen(const char *path) __attribute__((returns_nonnull, warn_unused_result));

/* ERROR_OS: bytes of the dump's file went away while they were read. */
struct error *dump_lost(const struct dump *dump)
	__attribute__((returns_nonnull, warn_unused_result));

/* True if @head begins a makedumpfile flattened file. */
bool flattened_probe(const uint8_t *head, size_t len);

/*
 * From here on reads of the flattened @file go through a map of its records. A
 * file that ends early has the records that are there. One with too many records
 * for a map is put together.
 */
struct error *flattened_open(struct dump_file *file);

/*
 * Puts the flattened @file together in an unlinked temporary file, which then
 * takes its place: @file has no map any more, and reads the same.
 */
struct error *flattened_put_together(struct dump_file *file);

#endif
