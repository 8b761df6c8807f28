// SPDX-License-Identifier: LGPL-2.1-or-later
/* Cuts what there is to check, and puts together what was found. */
#include "analyzer/checker/check_parts.h"

#include <pthread.h>

#include "analyzer/checker/checks.h"

/* --- putting together ---------------------------------------------------------- */

struct sum {
	struct check_run *run;
	struct error *(*check)(const struct survey *view, struct check_run *part, void *data,
			       size_t number);
	void *data;

	pthread_mutex_t lock; /* of all that follows, and of @run */
	struct check_run *parts;
	bool *done;
	size_t count, added; /* parts that @run has */
};

/* Parts are added as soon as all before them are: findings beyond the cap are not kept. */
static struct error *parts_add(struct sum *sum, size_t number)
{
	struct error *err = NULL;

	sum->done[number] = true;
	for (; !err && sum->added < sum->count && sum->done[sum->added]; sum->added++) {
		struct check_run *part = &sum->parts[sum->added];

		err = check_run_join(sum->run, part);
		check_run_deinit(part);
	}
	return err;
}

static struct error *part_check(const struct survey *view, void *data, size_t number)
{
	struct sum *sum = data;
	struct check_run *part = &sum->parts[number];

	pthread_mutex_lock(&sum->lock);
	check_run_begin(part, sum->run);
	pthread_mutex_unlock(&sum->lock);

	struct error *err = sum->check(view, part, sum->data, number);
	if (err)
		return err;
	pthread_mutex_lock(&sum->lock);
	err = parts_add(sum, number);
	pthread_mutex_unlock(&sum->lock);
	return err;
}

struct error *check_in_parts(const struct survey *survey, struct check_run *run, size_t count,
			     struct error *(*check)(const struct survey *view,
						    struct check_run *part, void *data,
						    size_t number),
			     void *data)
{
	struct sum sum = {
		.run = run,
		.check = check,
		.data = data,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.parts = calloc(count + 1, sizeof(*sum.parts)),
		.done = calloc(count + 1, sizeof(*sum.done)),
		.count = count,
	};
	struct error *err = sum.parts && sum.done ? survey_in_parts(survey, count, part_check, &sum)
						  : error_nomem();

	for (size_t i = 0; sum.parts && i < count; i++)
		check_run_deinit(&sum.parts[i]);
	free(sum.parts);
	free(sum.done);
	pthread_mutex_destroy(&sum.lock);
	return err;
}

/* --- cutting -------------------------------------------------------------------- */

enum { PART_COMPOUNDS = 4096 };

static void cut_sections(const struct target *target, struct pages_parts *parts)
{
	const struct kernel *kernel = &target->kernel;
	pfn_t start = 0;

	for (size_t i = PART_SECTIONS; i < kernel->section_count; i += PART_SECTIONS) {
		pfn_t end = kernel->sections[i].nr * kernel->pages_per_section;

		parts->list[parts->count++] = (struct pages_part){ NULL, start, end };
		start = end;
	}
	parts->list[parts->count++] = (struct pages_part){ NULL, start, UINT64_MAX };
}

static struct error *sections_init(const struct target *target, struct pages_parts *parts)
{
	parts->list =
		calloc(target->kernel.section_count / PART_SECTIONS + 1, sizeof(*parts->list));
	if (!parts->list)
		return error_nomem();
	cut_sections(target, parts);
	return NULL;
}

static uint64_t part_pages(const struct device *device)
{
	return (uint64_t)PART_COMPOUNDS << (device->order < 32 ? device->order : 0);
}

static size_t parts_of_device(const struct device *device)
{
	return (size_t)((device->end - device->start) / part_pages(device)) + 1;
}

static void cut_device(const struct device *device, struct pages_parts *parts)
{
	for (pfn_t start = device->start; start < device->end; start += part_pages(device)) {
		pfn_t end = device->end - start > part_pages(device) ? start + part_pages(device)
								     : device->end;

		parts->list[parts->count++] = (struct pages_part){ device, start, end };
		if (end == device->end)
			return;
	}
}

static struct error *devices_init(const struct survey *survey, struct pages_parts *parts)
{
	const struct devices *devices = survey->devices;
	size_t count = 1;

	for (size_t i = 0; i < devices->count; i++)
		if (device_has_compounds(&devices->list[i]))
			count += parts_of_device(&devices->list[i]);
	parts->list = calloc(count, sizeof(*parts->list));
	if (!parts->list)
		return error_nomem();
	for (size_t i = 0; i < devices->count; i++)
		if (device_has_compounds(&devices->list[i]))
			cut_device(&devices->list[i], parts);
	return NULL;
}

struct error *pages_parts_init(const struct survey *survey, enum scheme_family family,
			       struct pages_parts *ret)
{
	*ret = (struct pages_parts){ 0 };
	return family == FAMILY_DAX ? devices_init(survey, ret)
				    : sections_init(survey->target, ret);
}

void pages_parts_deinit(struct pages_parts *parts)
{
	free(parts->list);
	*parts = (struct pages_parts){ 0 };
}

struct pages_walk pages_walk_begin(const struct survey *view, const struct pages_part *part)
{
	const struct huge_pages *pages =
		family_pages(view, part->device ? FAMILY_DAX : FAMILY_HUGETLB);

	return (struct pages_walk){
		.pages = pages,
		.device = part->device,
		.end = part->end,
		.cursor = huge_pages_from(pages, part->start),
	};
}

const struct huge_page *pages_walk_next(struct pages_walk *walk)
{
	uint32_t ignored;

	return pages_walk_next_alike(walk, &ignored);
}

const struct huge_page *pages_walk_next_alike(struct pages_walk *walk, uint32_t *count_ret)
{
	return huge_pages_next_alike(walk->pages, &walk->cursor, walk->end, count_ret);
}

void pages_walk_skip(struct pages_walk *walk, uint32_t count)
{
	huge_pages_skip(walk->pages, &walk->cursor, count);
}
