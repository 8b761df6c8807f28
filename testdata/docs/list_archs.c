// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Prints JSON: the tables of architectures, of machines and of schemes, and the described
 * machines as the analyzer sees them. testdata/docs/support_matrix.py makes
 * docs/support-matrix.md of it, testdata/docs/machines.py and schemes.py hold pages against
 * the tables, which are all that they get with an argument.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/arch/arch.h"
#include "include/error.h"
#include "testdata/machine/machine_specs.h"

static const char *yes_no(bool value)
{
	return value ? "true" : "false";
}

static void print_archs(void)
{
	for (const struct arch_info *const *arch = arch_table; *arch; arch++)
		printf("%s\n  {\"name\": \"%s\", \"little_name\": \"%s\", \"readonly_tails\": %s, "
		       "\"shares_devices\": %s, \"gigantic_pages\": %s}",
		       arch == arch_table ? "" : ",", arch_name(*arch),
		       arch_machine_name(*arch, false), yes_no((*arch)->has_readonly_tails),
		       yes_no((*arch)->shares_devices), yes_no((*arch)->has_gigantic_pages));
}

/* As in uname -m, those of one machine one after the other. */
static void print_names(void)
{
	for (const struct uts_machine *machine = uts_machines; machine->name; machine++) {
		const char *names[] = { machine->little, machine->big };

		for (unsigned i = 0; i < 2; i++)
			if (names[i])
				printf("%s\"%s\"", machine == uts_machines && i == 0 ? "" : ", ",
				       names[i]);
	}
}

/* One that several rows have comes several times. */
static void print_schemes(void)
{
	for (unsigned i = 0; i < scheme_count; i++)
		printf("%s\"%s\"", i ? ", " : "", scheme_table[i].id);
}

static struct error *print_machine(const struct machine_spec *spec)
{
	struct machine *machine = machine_spec_create(spec);
	struct analysis *analysis = NULL;
	struct error *err = machine_analyze(machine, ANALYSIS_FULL, &analysis);

	if (!err)
		printf("\n  {\"arch\": \"%s\", \"page_size\": %" PRIu64 ", \"levels\": %u, "
		       "\"big_endian\": %s, \"hugetlb\": \"%s\", \"dax\": \"%s\", "
		       "\"has_device\": %s}",
		       arch_name(analysis->target.arch), analysis->target.kernel.page_size,
		       analysis->target.paging.levels, yes_no(spec->kernel.big_endian),
		       analysis->scheme.hugetlb->id, analysis->scheme.dax->id,
		       yes_no(spec->device_order));
	analysis_destroy(analysis);
	machine_destroy(machine);
	return err;
}

int main(int argc, char **argv)
{
	(void)argv;
	printf("{\"archs\": [");
	print_archs();
	printf("\n],\n\"names\": [");
	print_names();
	printf("],\n\"schemes\": [");
	print_schemes();
	printf("],\n\"machines\": [");
	for (size_t i = 0; i < machine_spec_count && argc == 1; i++) {
		struct error *err = print_machine(&machine_specs[i]);

		if (err) {
			fprintf(stderr, "%s: %s\n", machine_specs[i].name, error_message(err));
			error_destroy(err);
			return EXIT_FAILURE;
		}
		if (i + 1 < machine_spec_count)
			printf(",");
	}
	printf("\n]}\n");
	return EXIT_SUCCESS;
}
