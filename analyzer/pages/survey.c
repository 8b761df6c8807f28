// SPDX-License-Identifier: LGPL-2.1-or-later
/* A survey for each thread. */
#include "analyzer/pages/survey.h"

#include "include/error.h"

struct job {
	const struct survey *survey;
	struct error *(*run)(const struct survey *view, void *data, size_t part);
	void *data;
};

static struct error *run_part(struct memory *memory, void *data, size_t part)
{
	const struct job *job = data;
	struct survey view = *job->survey;
	struct vmemmap_map map = *view.map;
	struct kmem kmem = { 0 };
	struct target target;
	size_t last = 0;
	struct error *err = target_copy(view.target, memory, &kmem, &target);

	map.last = &last;
	view.target = &target;
	view.map = &map;
	if (!err)
		err = job->run(&view, job->data, part);
	kmem_deinit(&kmem);
	return err;
}

struct error *survey_in_parts(const struct survey *survey, size_t count,
			      struct error *(*run)(const struct survey *view, void *data,
						   size_t part),
			      void *data)
{
	struct job job = { survey, run, data };

	return parallel_run(survey->threads, count, run_part, &job);
}
