// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the stages have made of a target so far, for the stages after them. */
#ifndef VMEMSCOPE_SURVEY_H
#define VMEMSCOPE_SURVEY_H

#include "analyzer/kernel/target.h"
#include "analyzer/pages/inventory.h"
#include "analyzer/parallel/parallel.h"
#include "analyzer/vmemmap/vmemmap.h"

struct check_focus;
struct check_results;
struct devices;
struct overwritten;
struct savings;

/* Borrows all of it. What a stage has not made yet is there, and empty. */
struct survey {
	const struct target *target;
	struct thread_pool *threads;
	/* Only what page tables show, and the heads of pages that they show as shared. */
	bool quick;
	bool checks_follow; /* struct pages will be checked: look while they are at hand */
	/*
	 * Checks judge each page by itself, and report on those that are right, too: what is
	 * found is the same. For tests, which hold them to it.
	 */
	bool each_page;
	const struct check_focus *focus; /* checks keep all that they find of it; or NULL */

	const struct scheme_choice *scheme;
	const struct vmemmap_map *map;
	const struct inventory *inventory;
	const struct devices *devices;
	const struct huge_pages *device_pages; /* their compound pages */
	const struct savings *savings;
	const struct check_results *checks;
	const struct overwritten *overwritten;
};

/*
 * parallel_run() for stages: @view is @survey with a memory and a cursor of the map that are
 * the thread's own.
 */
struct error *survey_in_parts(const struct survey *survey, size_t count,
			      struct error *(*job)(const struct survey *view, void *data,
						   size_t part),
			      void *data);

#endif
