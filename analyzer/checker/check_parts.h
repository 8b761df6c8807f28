// SPDX-License-Identifier: LGPL-2.1-or-later
/* Checks in parts: each finds what it finds, and the sum is as if one had done all. */
#ifndef VMEMSCOPE_CHECKS_PARTS_H
#define VMEMSCOPE_CHECKS_PARTS_H

#include "analyzer/parallel/parallel.h"
#include "analyzer/checker/check.h"
#include "analyzer/devices/device.h"
#include "analyzer/pages/survey.h"

/*
 * Does parts 0 to @count - 1 on the threads of @survey, each with a check_run of its
 * own, and adds these to @run in their order.
 */
struct error *check_in_parts(const struct survey *survey, struct check_run *run, size_t count,
			     struct error *(*check)(const struct survey *view,
						    struct check_run *part, void *data,
						    size_t number),
			     void *data);

/* --- huge pages and compound pages of devices -- */

/* Those whose head is in [start, end). */
struct pages_part {
	const struct device *device; /* NULL: of HugeTLB */
	pfn_t start, end;
};

struct pages_parts {
	struct pages_part *list;
	size_t count;
};

/* All pages of a family; the same parts whatever the number of threads. */
struct error *pages_parts_init(const struct survey *survey, enum scheme_family family,
			       struct pages_parts *ret);
void pages_parts_deinit(struct pages_parts *parts);

static inline const struct huge_pages *family_pages(const struct survey *survey,
						    enum scheme_family family)
{
	return family == FAMILY_DAX ? &survey->devices->pages : &survey->inventory->pages;
}

struct pages_walk {
	const struct huge_pages *pages;
	const struct device *device;
	pfn_t end;
	struct huge_cursor cursor;
};
struct pages_walk pages_walk_begin(const struct survey *view, const struct pages_part *part);
/* Good until the next call; NULL at the end. */
const struct huge_page *pages_walk_next(struct pages_walk *walk);
/* The same, and how many from that one on are alike; and past @count of those. */
const struct huge_page *pages_walk_next_alike(struct pages_walk *walk, uint32_t *count_ret);
void pages_walk_skip(struct pages_walk *walk, uint32_t count);

/* --- rows of the map, and intervals of frames -- */

enum { PART_ROWS = 1 << 10 };

static inline size_t parts_of_rows(size_t rows)
{
	return (rows + PART_ROWS - 1) / PART_ROWS;
}

#endif
