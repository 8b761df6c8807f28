// SPDX-License-Identifier: LGPL-2.1-or-later
/* Prints all symbols of the symbol table in a dump, addresses as linked, as nm does. */
#include <inttypes.h>
#include <stdio.h>

#include "formats/typeinfo/kallsyms.h"
#include "analyzer/analysis/analysis.h"
#include "include/dump.h"
#include "include/error.h"

struct memory_view {
	struct kernel_view view; /* first: the embedded contract */
	struct kmem kmem;
	struct facts *facts;
};

static struct error *view_read(struct kernel_view *view, uint64_t addr, void *buf, size_t len,
			       bool *present_ret)
{
	enum memory_state state = MEMORY_ABSENT;
	struct error *err = kmem_read(&((struct memory_view *)view)->kmem, addr, buf, len, &state);

	*present_ret = !err && state == MEMORY_PRESENT;
	return err;
}

static bool view_fact(struct kernel_view *view, const char *kind, const char *name, uint64_t *ret)
{
	return facts_value(((struct memory_view *)view)->facts, kind, name, ret);
}

static void print_symbol(const char *name, char type, uint64_t address, void *context)
{
	fprintf(context, "%016" PRIx64 " %c %s\n", address, type, name);
}

static struct error *list(const struct dump *dump, struct memory_view *self)
{
	struct kallsyms *kallsyms = NULL;
	struct error *err = kallsyms_read(dump->path, &self->view, &kallsyms);

	if (!err)
		kallsyms_each(kallsyms, print_symbol, stdout);
	kallsyms_free(kallsyms);
	return err;
}

static struct error *list_through_tables(const struct dump *dump, struct memory_view *self)
{
	const struct arch_info *arch = arch_by_elf_machine(dump->elf_machine);
	struct paging paging;
	struct error *err = facts_parse(dump->vmcoreinfo, &self->facts);

	if (!err)
		err = arch->paging_init(self->facts, dump->memory, &paging);
	if (!err)
		err = kmem_init(&self->kmem, arch, &paging, dump->memory, dump->big_endian);
	if (err)
		return err;
	self->view.kernel_offset = facts_kernel_offset(self->facts);
	err = list(dump, self);
	kmem_deinit(&self->kmem);
	return err;
}

int main(int argc, char **argv)
{
	struct memory_view self = { .view = { .read = view_read, .fact = view_fact } };
	struct dump *dump = NULL;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DUMP...\n", argv[0]);
		return 64;
	}
	struct error *err = dump_open((const char *const *)argv + 1, (size_t)argc - 1, &dump);
	if (!err) {
		self.view.big_endian = dump->big_endian;
		err = list_through_tables(dump, &self);
	}
	facts_destroy(self.facts);
	dump_close(dump);
	if (err)
		fprintf(stderr, "%s\n", error_message(err));
	bool failed = err;
	error_destroy(err);
	return failed;
}
