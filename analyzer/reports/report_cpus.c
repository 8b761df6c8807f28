// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where each CPU was when the machine ended, by the notes of the dump. */
#include "analyzer/reports/report_parts.h"

#include <stdlib.h>

#include "analyzer/kernel/code_place.h"
#include "analyzer/oops/cpu_registers.h"
#include "include/dump.h"
#include "include/error.h"

enum { LISTED_MAX = 64 };

struct cpu_line {
	struct cpu_registers registers;
	bool known;
};

static void add_function(struct document_node *node, const struct code_place *place)
{
	if (!place->symbol[0] && !place->module[0])
		document_null(node, "symbol", "FUNCTION");
	else
		document_string(node, "symbol", "FUNCTION", place->module[0] ? "%s [%s]" : "%s",
				place->symbol[0] ? place->symbol : "?", place->module);
}

static void add_cpu(struct document_node *list, size_t number, const struct cpu_line *line,
		    const struct code_place *place, bool from_qemu)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_count(node, "note", "NOTE", number);
	if (from_qemu || !line->known)
		document_null(node, "pid", "PID");
	else
		document_count(node, "pid", "PID", line->registers.pid);
	if (!line->known) {
		document_null(node, "pc", "AT");
		document_null(node, "symbol", "FUNCTION");
		return;
	}
	document_hex(node, "pc", "AT", line->registers.pc);
	add_function(node, place);
}

struct error *report_add_cpus(struct document_node *root, const struct report_source *source)
{
	const struct target *target = &source->analysis->target;
	const struct dump *dump = source->dump;
	size_t count = dump->cpu_count < LISTED_MAX ? dump->cpu_count : LISTED_MAX;
	_cleanup_free_ struct cpu_line *lines = calloc(count + 1, sizeof(*lines));
	_cleanup_free_ struct code_place *places = calloc(count + 1, sizeof(*places));

	if (!lines || !places)
		return error_nomem();
	for (size_t i = 0; i < count; i++) {
		lines[i].known = cpu_registers_read(&dump->cpus[i], target->arch->elf_machine,
						    dump->cpus[i].big_endian, &lines[i].registers);
		places[i].address = lines[i].registers.pc;
	}
	struct error *err = code_places_find(target, source->typeinfo, places, count);
	if (err)
		return err;
	struct document_node *list = document_array(root, "cpus", count ? "CPUs" : NULL);
	for (size_t i = 0; i < count; i++)
		add_cpu(list, i + 1, &lines[i], &places[i], dump->from_qemu);
	document_count(root, "cpus_not_listed", NULL, dump->cpu_count - count);
	if (dump->cpu_count > count)
		document_text(root, STYLE_NOTE, "The dump has notes of %zu more CPUs.",
			      dump->cpu_count - count);
	return NULL;
}
