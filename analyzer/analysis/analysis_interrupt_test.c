// SPDX-License-Identifier: LGPL-2.1-or-later
/* An analysis that is to end early, asked for at the n-th read, for every n. */
#include "testdata/machine/expect.h"

#include <elf.h>
#include <string.h>

#define KERNEL(scheme_, mark_)                                                                     \
	(&(const struct machine_kernel){ .scheme = (scheme_), .mark = (mark_) })

/* Memory that asks for the end once it was read some times. */
struct impatient {
	struct memory memory;
	struct memory *source;
	uint64_t reads, patience;
	struct analysis_progress progress;
};

static struct error *impatient_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				    enum memory_state *state_ret)
{
	struct impatient *self = (struct impatient *)memory;

	if (self->reads++ == self->patience)
		self->progress.cancel = true;
	return self->source->ops->read(self->source, addr, len, buf, state_ret);
}

static struct error *impatient_extent(struct memory *memory, paddr_t addr,
				      struct memory_extent *ret)
{
	struct impatient *self = (struct impatient *)memory;

	return self->source->ops->extent(self->source, addr, ret);
}

static const struct memory_ops impatient_ops = {
	.read = impatient_read,
	.extent = impatient_extent,
};

static struct impatient impatient_for(struct machine *machine, uint64_t patience)
{
	struct memory *source = image_memory(machine_image(machine));

	return (struct impatient){
		.memory = { .ops = &impatient_ops, .page_shift = source->page_shift },
		.source = source,
		.patience = patience,
	};
}

static struct analysis *analyse(struct machine *machine, struct impatient *impatient)
{
	struct analysis *analysis;

	expect_no_error(analysis_run(&impatient->memory, EM_X86_64, false,
				     machine_vmcoreinfo(machine), machine_types(machine),
				     &(struct analysis_options){ .depth = ANALYSIS_FULL,
								 .progress = &impatient->progress },
				     &analysis));
	return analysis;
}

static bool is_interrupted(const struct check_run *run)
{
	return run->status == STATUS_NOT_CHECKED && run->reason &&
	       strcmp(run->reason, "interrupted") == 0;
}

/* Checks up to some point are as they would be, and all after it are not checked. */
static void expect_beginning(const struct check_results *part, const struct check_results *whole)
{
	bool ended = false;

	assert_int_equal(part->run_count, whole->run_count);
	for (size_t i = 0; i < part->run_count; i++) {
		ended |= is_interrupted(&part->runs[i]);
		if (ended) {
			assert_true(is_interrupted(&part->runs[i]));
			assert_int_equal(part->runs[i].violations, 0);
			continue;
		}
		assert_int_equal(part->runs[i].status, whole->runs[i].status);
		assert_int_equal(part->runs[i].checked, whole->runs[i].checked);
	}
	assert_int_equal(part->interrupted, ended);
}

static void what_was_done_by_then_counts(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_populate(machine);
	struct impatient patient = impatient_for(machine, UINT64_MAX);
	struct analysis *whole = analyse(machine, &patient);
	assert_false(whole->checks.interrupted);
	for (uint64_t reads = 0; reads < patient.reads; reads += 1 + reads / 64) {
		struct impatient impatient = impatient_for(machine, reads);
		struct analysis *part = analyse(machine, &impatient);

		expect_beginning(&part->checks, &whole->checks);
		assert_true(impatient.reads <= patient.reads);
		analysis_destroy(part);
	}
	analysis_destroy(whole);
	machine_destroy(machine);
}

static void an_end_before_pages_were_found_tells_of_none(void **state)
{
	struct machine *machine = machine_create(KERNEL(MACHINE_D, MARK_TYPE_BYTE));

	(void)state;
	machine_populate(machine);
	struct impatient impatient = impatient_for(machine, 0);
	struct analysis *analysis = analyse(machine, &impatient);
	assert_true(analysis->interrupted);
	assert_true(analysis->checks.interrupted);
	assert_string_equal(analysis->inventory.mark_missing, "interrupted");
	assert_int_equal(analysis->inventory.pages.count, 0);
	assert_int_equal(analysis->map.run_count, 0);
	expect_no_error(machine_show(machine, analysis));
	analysis_destroy(analysis);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_done_by_then_counts),
		cmocka_unit_test(an_end_before_pages_were_found_tells_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
