// SPDX-License-Identifier: LGPL-2.1-or-later
/* Chosen pages keep what they need, others go with what only they need. */
#include "testdata/machine/expect.h"
#include "analyzer/distill/recorder.h"

#include <elf.h>

#include "analyzer/distill/selection.h"
#include "testdata/machine/machine_device.h"

struct world {
	struct machine *machine;
	struct recorder *recorder;
	struct analysis *analysis;
};

static struct world world_make(bool broken)
{
	struct world world = { .machine = machine_create(&(struct machine_kernel){
				       .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }) };

	machine_populate(world.machine);
	machine_populate_devices(world.machine);
	if (broken)
		machine_map(world.machine, machine_index(0x48000) + 3,
			    machine_frame_new(world.machine), false);
	expect_no_error(
		recorder_create(image_memory(machine_image(world.machine)), &world.recorder));
	expect_no_error(analysis_run(
		recorder_memory(world.recorder), EM_X86_64, false,
		machine_vmcoreinfo(world.machine), machine_types(world.machine),
		&(struct analysis_options){ .depth = ANALYSIS_FULL }, &world.analysis));
	return world;
}

static void world_end(struct world *world)
{
	analysis_destroy(world->analysis);
	recorder_destroy(world->recorder);
	machine_destroy(world->machine);
}

struct kept {
	pfn_t *frames;
	size_t count;
};

static struct kept keep(const struct world *world, const struct selection *selection)
{
	const pfn_t *frames;
	struct kept kept;
	size_t count;

	expect_no_error(recorder_pages(world->recorder, &frames, &count));
	expect_no_error(selection_frames(world->analysis, selection, frames, count, &kept.frames,
					 &kept.count));
	for (size_t i = 1; i < kept.count; i++)
		assert_true(kept.frames[i - 1] < kept.frames[i]);
	return kept;
}

static bool has(const struct kept *kept, pfn_t frame)
{
	for (size_t i = 0; i < kept->count; i++)
		if (kept->frames[i] == frame)
			return true;
	return false;
}

/* The frame with the head of the page at @pfn. */
static pfn_t head_frame(const struct world *world, pfn_t pfn)
{
	return machine_frame(world->machine, machine_index(pfn));
}

static void everything_is_kept_if_nothing_is_chosen(void **state)
{
	struct world world = world_make(false);
	struct kept kept = keep(&world, &selection_all);
	const pfn_t *frames;
	size_t count;

	(void)state;
	assert_true(selection_is_all(&selection_all));
	expect_no_error(recorder_pages(world.recorder, &frames, &count));
	assert_true(kept.count <= count);
	assert_true(has(&kept, head_frame(&world, 0x10000)));
	assert_true(has(&kept, head_frame(&world, 0x140200)));
	free(kept.frames);
	world_end(&world);
}

static void one_of_a_kind_is_kept(void **state)
{
	struct world world = world_make(false);
	struct selection selection = selection_all;

	(void)state;
	selection.sample = 1;
	struct kept kept = keep(&world, &selection);
	assert_true(has(&kept, head_frame(&world, 0x10000)));
	assert_false(has(&kept, head_frame(&world, 0x10200)));
	assert_true(has(&kept, head_frame(&world, 0x48000)));
	assert_true(has(&kept, head_frame(&world, 0x80000)));
	assert_true(has(&kept, head_frame(&world, 0x140000)));
	assert_false(has(&kept, head_frame(&world, 0x140400)));
	free(kept.frames);
	world_end(&world);
}

static void only_what_is_asked_for_is_kept(void **state)
{
	static const struct {
		struct selection selection;
		bool small_node0, small_node1, device;
	} rows[] = {
		{ { true, false, -1, 0, UINT64_MAX, UINT64_MAX }, true, true, false },
		{ { false, true, -1, 0, UINT64_MAX, UINT64_MAX }, false, false, true },
		{ { true, true, 1, 0, UINT64_MAX, UINT64_MAX }, false, true, true },
		{ { true, true, 0, 0, UINT64_MAX, UINT64_MAX }, true, false, false },
		{ { true, true, -1, 0x10000, 0x20000, UINT64_MAX }, true, false, false },
	};
	struct world world = world_make(false);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct kept kept = keep(&world, &rows[i].selection);

		assert_false(selection_is_all(&rows[i].selection));
		assert_int_equal(has(&kept, head_frame(&world, 0x10000)), rows[i].small_node0);
		assert_int_equal(has(&kept, head_frame(&world, 0x48000)), rows[i].small_node1);
		assert_int_equal(has(&kept, head_frame(&world, 0x140200)), rows[i].device);
		free(kept.frames);
	}
	world_end(&world);
}

static void pages_with_findings_are_kept_whatever_is_asked_for(void **state)
{
	struct world world = world_make(true);
	struct selection selection = selection_all;

	(void)state;
	selection.hugetlb = false;
	struct kept kept = keep(&world, &selection);
	assert_true(has(&kept, head_frame(&world, 0x48000)));
	assert_false(has(&kept, head_frame(&world, 0x10000)));
	free(kept.frames);
	world_end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_kept_if_nothing_is_chosen),
		cmocka_unit_test(one_of_a_kind_is_kept),
		cmocka_unit_test(only_what_is_asked_for_is_kept),
		cmocka_unit_test(pages_with_findings_are_kept_whatever_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
