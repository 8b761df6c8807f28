// SPDX-License-Identifier: LGPL-2.1-or-later
/* Options, and the steps in order. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"
#include "testdata/gen/gen.h"

enum {
	KEY_DEVICE = 256,
	KEY_DEVICES,
	KEY_OPTIMIZED,
	KEY_PLAIN,
	KEY_MIXED,
	KEY_IN_USE,
	KEY_GIGANTIC,
	KEY_LEVELS,
	KEY_KEPT,
	KEY_DENSE,
	KEY_SCATTER,
	KEY_UNLINKED,
	KEY_FAULTS,
	KEY_SEED,
};

static const struct argp_option options[] = {
	{ "memory", 'm', "SIZE", 0, "Memory, such as 64G or 1T (default: 8G)", 0 },
	{ "output", 'o', "FILE", 0, "The dump to write", 0 },
	{ "device", KEY_DEVICE, "SIZE", 0, "Size of each DAX device (default: 1/64 of memory)", 0 },
	{ "devices", KEY_DEVICES, "N", 0, "How many DAX devices (default: 2)", 0 },
	{ "optimized", KEY_OPTIMIZED, "PERCENT", 0, "Memory in optimised 2 MiB pages (default: 80)",
	  0 },
	{ "plain", KEY_PLAIN, "PERCENT", 0, "In 2 MiB pages that are not optimised (default: 4)",
	  0 },
	{ "mixed", KEY_MIXED, "PERCENT", 0,
	  "In sections half of which are such pages (default: 4); the rest is free", 0 },
	{ "in-use", KEY_IN_USE, "PERCENT", 0, "Of the optimised pages in use (default: 50)", 0 },
	{ "gigantic", KEY_GIGANTIC, "N", 0, "1 GiB pages (default: one for each 64 GiB, or 1)", 0 },
	{ "levels", KEY_LEVELS, "4|5", 0, "Of page tables (default: 5)", 0 },
	{ "kept", KEY_KEPT, "1|2", 0,
	  "Vmemmap pages that an optimised page keeps; 2: as kernels before 5.18 (default: 1)", 0 },
	{ "dense", KEY_DENSE, NULL, 0, "Give each frame bytes of its own in the file", 0 },
	{ "scatter", KEY_SCATTER, NULL, 0, "Head frames in no order, as on an old machine", 0 },
	{ "unlinked", KEY_UNLINKED, NULL, 0,
	  "Leave the links of heads 0, so that these can be one piece of the file", 0 },
	{ "faults", KEY_FAULTS, "N", 0,
	  "Plant N faults and print them: check, pfn, vmemmap page, kind", 0 },
	{ "seed", KEY_SEED, "N", 0, "Of what is drawn by lot (default: 1)", 0 },
	{ 0 },
};

static uint64_t number_of(struct argp_state *state, const char *text, uint64_t most)
{
	static const char units[] = "KMGT";
	char *end;
	uint64_t value = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (end == text || (*end && (!unit || end[1])) || value > most >> shift)
		argp_error(state, "'%s' is no number here, or too large", text);
	return value << shift;
}

static error_t number_parse(int key, uint64_t value, struct settings *settings)
{
	const struct {
		int key;
		unsigned *to;
	} numbers[] = {
		{ KEY_DEVICES, &settings->devices },
		{ KEY_OPTIMIZED, &settings->optimized_percent },
		{ KEY_PLAIN, &settings->plain_percent },
		{ KEY_MIXED, &settings->mixed_percent },
		{ KEY_IN_USE, &settings->in_use_percent },
		{ KEY_LEVELS, &settings->levels },
		{ KEY_KEPT, &settings->kept },
		{ KEY_FAULTS, &settings->faults },
	};

	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (numbers[i].key == key) {
			*numbers[i].to = (unsigned)value;
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'm':
		settings->memory_bytes = number_of(state, arg, UINT64_C(1) << 45);
		return 0;
	case 'o':
		settings->output = arg;
		return 0;
	case KEY_DEVICE:
		settings->device_bytes = number_of(state, arg, UINT64_C(1) << 44);
		return 0;
	case KEY_GIGANTIC:
		settings->gigantic = number_of(state, arg, 1 << 15);
		return 0;
	case KEY_SEED:
		settings->seed = number_of(state, arg, UINT64_MAX);
		return 0;
	case KEY_DENSE:
		settings->dense = true;
		return 0;
	case KEY_SCATTER:
		settings->scatter = true;
		return 0;
	case KEY_UNLINKED:
		settings->unlinked = true;
		return 0;
	case ARGP_KEY_ARG:
		if (settings->kernel)
			return ARGP_ERR_UNKNOWN;
		settings->kernel = arg;
		return 0;
	case ARGP_KEY_END:
		if (!settings->kernel || !settings->output)
			argp_error(state,
				   "a dump to take the kernel from, and --output, are needed");
		return 0;
	default:
		return arg ? number_parse(key, number_of(state, arg, 1000000), settings)
			   : ARGP_ERR_UNKNOWN;
	}
}

static const char *complaint(const struct settings *settings)
{
	if (settings->levels != 4 && settings->levels != 5)
		return "page tables have 4 or 5 levels";
	if (settings->kept != 1 && settings->kept != 2)
		return "an optimised page keeps 1 or 2 vmemmap pages";
	if (settings->devices > DEVICES_LIMIT)
		return "there may be 16 devices at most";
	if (settings->optimized_percent + settings->plain_percent + settings->mixed_percent > 100 ||
	    settings->in_use_percent > 100)
		return "the shares of memory are more than all of it";
	if (settings->memory_bytes < UINT64_C(2) << 30)
		return "the memory is too small to hold anything";
	return NULL;
}

static void defaults_fill(struct settings *settings)
{
	if (settings->device_bytes == UINT64_MAX)
		settings->device_bytes = settings->memory_bytes / 64;
	if (settings->gigantic == UINT64_MAX)
		settings->gigantic =
			settings->memory_bytes >> 36 ? settings->memory_bytes >> 36 : 1;
}

static void say(const struct gen *gen)
{
	const struct plan *plan = &gen->plan;

	fprintf(stderr,
		"%s, %s: %" PRIu64 " sections, of them %" PRIu64
		" by one leaf; 2 MiB pages: %" PRIu64 " optimised, %" PRIu64
		" not; 1 GiB pages: %" PRIu64 "; of devices: %" PRIu64 "\n",
		gen->origin.scheme.hugetlb->id, gen->origin.scheme.dax->id, plan->sections,
		plan->leaf_count - plan->mixed_count, plan->huge_count, plan->plain_count,
		plan->gigantic_count, plan->device_compounds);
}

static struct error *run(struct gen *gen)
{
	struct error *err = origin_read(gen);

	if (!err)
		err = plan_make(gen);
	if (!err)
		err = core_init(gen);
	if (err)
		return err;
	say(gen);
	objects_make(gen);
	tables_make(gen);
	err = faults_plant(gen);
	if (!err)
		err = runs_make(gen);
	return err ? err : image_write(gen);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		options,
		parse,
		"DUMP",
		"Write a dump of an invented machine whose kernel is that "
		"of DUMP, a small dump with a profile.",
		NULL,
		NULL,
		NULL
	};
	struct settings settings = {
		.memory_bytes = UINT64_C(8) << 30,
		.device_bytes = UINT64_MAX,
		.devices = 2,
		.optimized_percent = 80,
		.plain_percent = 4,
		.mixed_percent = 4,
		.in_use_percent = 50,
		.gigantic = UINT64_MAX,
		.levels = 5,
		.kept = 1,
		.seed = 1,
	};

	argp_parse(&argp, argc, argv, 0, NULL, &settings);
	defaults_fill(&settings);
	struct gen gen = { .settings = &settings };
	struct error *err = complaint(&settings)
				    ? error_new(ERROR_USAGE, "%s", complaint(&settings))
				    : run(&gen);

	core_deinit(&gen);
	plan_deinit(&gen.plan);
	origin_deinit(&gen.origin);
	free(gen.runs);
	free(gen.edits);
	if (!err)
		return 0;
	fprintf(stderr, "gen-dump: %s\n", error_message(err));
	error_destroy(err);
	return 1;
}
