// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory that runs out at the n-th allocation, for every n. */
#include "analyzer/distill/recorder.h"
#include "testdata/machine/expect.h"

#include <elf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* How many allocations of the analyzer still succeed. */
static uint64_t budget = UINT64_MAX;

static bool spend(void)
{
	if (budget == 0)
		return false;
	budget -= budget != UINT64_MAX;
	return true;
}

/* The linker puts these in place of what the analyzer calls (--wrap). */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
void *__real_reallocarray(void *pointer, size_t count, size_t size);
void *__wrap_reallocarray(void *pointer, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);
int __real_vasprintf(char **ret, const char *format, va_list args);
int __wrap_vasprintf(char **ret, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

void *__wrap_malloc(size_t size)
{
	return spend() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return spend() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *pointer, size_t size)
{
	return spend() ? __real_realloc(pointer, size) : NULL;
}

void *__wrap_reallocarray(void *pointer, size_t count, size_t size)
{
	return spend() ? __real_reallocarray(pointer, count, size) : NULL;
}

char *__wrap_strdup(const char *text)
{
	return spend() ? __real_strdup(text) : NULL;
}

int __wrap_vasprintf(char **ret, const char *format, va_list args)
{
	return spend() ? __real_vasprintf(ret, format, args) : -1;
}

/* Something of everything: many runs, findings of most checks, reasons. */
static struct machine *machine_full(void)
{
	struct machine *machine = machine_create(&(struct machine_kernel){
		.scheme = MACHINE_D, .mark = MARK_TYPE_BYTE, .no_vmemmap_symbol = true });
	pfn_t stray = machine_frame_new(machine);

	machine_huge_page(machine, 0x10000, 9, HUGE_OPTIMIZED | HUGE_FREE);
	machine_huge_page(machine, 0x48000, 9, HUGE_OPTIMIZED);
	machine_section_add(machine, 30, SECTION_ONLINE, 0xff);
	for (unsigned i = 0; i < 600; i += 2)
		machine_map(machine, 5 * 512 + i, machine_frame_new(machine), true);
	machine_map(machine, 4 * 512 + 3, stray, false);
	machine_map(machine, 4 * 512 + 4, stray, true);
	machine_unmap(machine, 4 * 512 + 5);
	for (pfn_t pfn = 0x18200; pfn < 0x20000; pfn += 512)
		machine_huge_page(machine, pfn, 9, HUGE_FLAG);
	machine_hide(machine, machine_table(machine, machine_vmemmap_address(9 * 512), 0), 1,
		     MEMORY_EXCLUDED);
	return machine;
}

static void analysis_survives_any_allocation_that_fails(void **state)
{
	struct machine *machine = machine_full();
	struct analysis *analysis = NULL;
	uint64_t n = 0;

	(void)state;
	for (;; n++) {
		budget = n;
		struct error *err = machine_analyze(machine, ANALYSIS_FULL, &analysis);
		bool spent = budget == 0;
		budget = UINT64_MAX;
		if (!err)
			break;
		assert_true(spent);
		if (error_code(err) != ERROR_NOMEM)
			fail_msg("allocation %" PRIu64 ": %s", n, error_message(err));
		error_destroy(err);
	}
	assert_true(n > 20);
	analysis_destroy(analysis);
	machine_destroy(machine);
}

static void recorder_survives_any_allocation_that_fails(void **state)
{
	struct machine *machine = machine_full();
	uint64_t n = 0;

	(void)state;
	for (bool done = false; !done; n++) {
		struct recorder *recorder = NULL;
		struct analysis *analysis = NULL;

		budget = n;
		struct error *err =
			recorder_create(image_memory(machine_image(machine)), &recorder);
		if (!err)
			err = analysis_run(
				recorder_memory(recorder), EM_X86_64, false,
				machine_vmcoreinfo(machine), machine_types(machine),
				&(struct analysis_options){ .depth = ANALYSIS_INVENTORY },
				&analysis);
		budget = UINT64_MAX;
		done = !err;
		if (err && error_code(err) != ERROR_NOMEM)
			fail_msg("allocation %" PRIu64 ": %s", n, error_message(err));
		error_destroy(err);
		analysis_destroy(analysis);
		recorder_destroy(recorder);
	}
	assert_true(n > 20);
	machine_destroy(machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(analysis_survives_any_allocation_that_fails),
		cmocka_unit_test(recorder_survives_any_allocation_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
