// SPDX-License-Identifier: LGPL-2.1-or-later
/* A machine that changes from look to look: what stays is a finding, the rest is not. */
#include "testdata/machine/expect.h"

#include <elf.h>

#include "analyzer/reports/reports.h"

/* Vmemmap page 0x801 is of ordinary memory, and may share no frame. */
enum { ORDINARY = 0x801, HUGE = 0x10000 };

/* The machine's memory; each look begins with a question about its root. */
struct restless {
	struct memory memory;
	struct machine *machine;
	unsigned looks;
	void (*change)(struct machine *machine, unsigned look);
};

static struct error *restless_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				   enum memory_state *state_ret)
{
	struct memory *source = image_memory(machine_image(((struct restless *)memory)->machine));

	return source->ops->read(source, addr, len, buf, state_ret);
}

static struct error *restless_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	struct restless *self = (struct restless *)memory;
	struct memory *source = image_memory(machine_image(self->machine));

	if (addr == machine_table(self->machine, MACHINE_VMEMMAP, 3))
		self->change(self->machine, ++self->looks);
	return source->ops->extent(source, addr, ret);
}

static const struct memory_ops restless_ops = {
	.read = restless_read,
	.extent = restless_extent,
};

static struct error *try_live(void (*change)(struct machine *machine, unsigned look),
			      unsigned *looks_ret, struct analysis **ret)
{
	struct machine *machine =
		machine_create(&(struct machine_kernel){ .scheme = MACHINE_B, .mark = MARK_DTOR });
	struct restless restless = {
		.memory = { .ops = &restless_ops,
			    .page_shift = image_memory(machine_image(machine))->page_shift },
		.machine = machine,
		.change = change,
	};

	machine_populate(machine);
	struct error *err = analysis_run_live(
		&restless.memory, EM_X86_64, false, machine_vmcoreinfo(machine),
		machine_types(machine), &(struct analysis_options){ .depth = ANALYSIS_FULL }, ret);
	*looks_ret = restless.looks;
	if (!err)
		expect_no_error(machine_show(machine, *ret));
	machine_destroy(machine);
	return err;
}

static struct analysis *look_at(void (*change)(struct machine *machine, unsigned look))
{
	struct analysis *analysis = NULL;
	unsigned looks;

	expect_no_error(try_live(change, &looks, &analysis));
	assert_true(analysis->live.is_live);
	assert_int_equal(analysis->live.looks, looks);
	return analysis;
}

/* A page of ordinary memory behind the frame of a huge page's head, and back. */
static void fault_set(struct machine *machine, bool on)
{
	static pfn_t own;

	if (!own)
		own = machine_frame(machine, ORDINARY);
	machine_map(machine, ORDINARY, on ? machine_frame(machine, machine_index(HUGE)) : own,
		    true);
}

/* --- what changes --------------------------------------------------------------- */

static void nothing(struct machine *machine, unsigned look)
{
	(void)machine;
	(void)look;
}

static void fault_always(struct machine *machine, unsigned look)
{
	(void)look;
	fault_set(machine, true);
}

static void fault_at_first(struct machine *machine, unsigned look)
{
	fault_set(machine, look == 1);
}

static void fault_now_and_then(struct machine *machine, unsigned look)
{
	fault_set(machine, look % 4 != 0);
}

static void root_gone(struct machine *machine, unsigned times)
{
	const paddr_t root = machine_table(machine, MACHINE_VMEMMAP, 3);

	image_set_state(machine_image(machine), root, 1, times ? MEMORY_ABSENT : MEMORY_PRESENT);
}

static void failure_at_first(struct machine *machine, unsigned look)
{
	root_gone(machine, look == 1);
}

static void failure_always(struct machine *machine, unsigned look)
{
	(void)look;
	root_gone(machine, 1);
}

/* --- what comes of it ------------------------------------------------------------ */

static void a_quiet_machine_is_looked_at_once(void **state)
{
	struct analysis *analysis = look_at(nothing);

	(void)state;
	assert_int_equal(analysis->live.looks, 1);
	assert_true(analysis->live.settled);
	assert_int_equal(analysis->live.changed_findings, 0);
	assert_int_equal(analysis->live.changed_pages, 0);
	expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
}

static void what_stays_is_a_finding(void **state)
{
	struct analysis *analysis = look_at(fault_always);

	(void)state;
	assert_int_equal(analysis->live.looks, 5);
	assert_true(analysis->live.settled);
	assert_int_equal(analysis->live.changed_findings, 0);
	assert_int_equal(analysis->checks.errors, 1);
	analysis_destroy(analysis);
}

static void what_is_gone_at_the_second_look_is_none(void **state)
{
	struct analysis *analysis = look_at(fault_at_first);

	(void)state;
	assert_int_equal(analysis->live.looks, 2);
	assert_int_equal(analysis->live.changed_findings, 1);
	expect_others_silent(analysis, NULL);
	analysis_destroy(analysis);
}

static void what_comes_and_goes_is_not_checked(void **state)
{
	struct analysis *analysis = look_at(fault_now_and_then);
	unsigned told = 0;

	(void)state;
	assert_int_equal(analysis->checks.errors, 0);
	assert_true(analysis->live.changed_findings > 0);
	for (size_t i = 0; i < analysis->checks.run_count; i++) {
		const struct check_run *run = &analysis->checks.runs[i];

		assert_int_equal(run->violations, 0);
		assert_int_not_equal(run->status, STATUS_FAIL);
		told += run->not_checked && run->reason &&
			strcmp(run->reason, "changed while looking") == 0;
	}
	assert_int_equal(told, !analysis->live.settled);
	analysis_destroy(analysis);
}

static void a_failure_is_one_only_if_it_stays(void **state)
{
	struct analysis *analysis = NULL;
	unsigned looks;

	(void)state;
	expect_no_error(try_live(failure_at_first, &looks, &analysis));
	assert_int_equal(looks, 2);
	assert_int_equal(analysis->live.looks, 1);
	analysis_destroy(analysis);
	expect_error(try_live(failure_always, &looks, &analysis), ERROR_NOT_FOUND, "page table");
	assert_int_equal(looks, 5);
}

static const struct document_node *member(const struct document_node *object, const char *key)
{
	const struct document_node *node = object->first;

	while (node && !(node->key && strcmp(node->key, key) == 0))
		node = node->next;
	assert_non_null(node);
	return node;
}

static void pools_and_savings_are_watched_in_one_line(void **state)
{
	struct analysis *analysis = look_at(nothing);
	const struct report_source source = { .version = "0", .analysis = analysis };
	const struct document_node *node;
	struct document *report;
	unsigned lines = 0;

	(void)state;
	expect_no_error(report_watch(&source, "2026-01-31T12:00:00Z", &report));
	const struct document_node *root = document_root(report);
	assert_int_equal(member(root, "net_bytes")->bytes, analysis->savings.total.net_bytes);
	assert_true(member(root, "settled")->boolean);
	node = member(root, "pools")->first;
	for (size_t i = 0; i < analysis->savings.pool_count; i++, node = node->next) {
		assert_int_equal(member(node, "pages")->number, analysis->savings.pools[i].pages);
		assert_int_equal(member(node, "optimized")->number,
				 analysis->savings.pools[i].optimized);
	}
	assert_null(node);
	for (node = root->first; node; node = node->next) {
		lines += node->label || node->type == NODE_TEXT;
		assert_true(node->type != NODE_TEXT ||
			    strstr(node->string, "2026-01-31T12:00:00Z"));
	}
	assert_int_equal(lines, 1);
	document_destroy(report);
	analysis_destroy(analysis);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_machine_is_looked_at_once),
		cmocka_unit_test(what_stays_is_a_finding),
		cmocka_unit_test(what_is_gone_at_the_second_look_is_none),
		cmocka_unit_test(what_comes_and_goes_is_not_checked),
		cmocka_unit_test(a_failure_is_one_only_if_it_stays),
		cmocka_unit_test(pools_and_savings_are_watched_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
