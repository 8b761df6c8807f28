// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which of several VMCOREINFOs in a dump's memory is of the kernel that ran: after a start
 * of one kernel by another (kexec) the former one's is still there.
 */
#include <string.h>

#include "analyzer/paging/vmcoreinfo_judge.h"
#include "include/memory.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/paging/kmem.h"
#include "include/error.h"

enum { UTS_FIELD_BYTES = 65, UTS_RELEASE = 2 };

/* A table of nothing but zeroes maps nothing. */
static bool has_root(struct memory *memory, const struct paging *paging)
{
	unsigned char entries[4096];
	enum memory_state state;
	bool any = false;
	struct error *err = memory_read(memory, paging->root & ~(paddr_t)(sizeof(entries) - 1),
					sizeof(entries), entries, &state);

	for (size_t i = 0; !err && state == MEMORY_PRESENT && i < sizeof(entries); i++)
		any |= entries[i];
	error_destroy(err);
	return any;
}

/* The tables map the address of their own root to where it was found. */
static bool maps_root(struct kmem *kmem, const struct facts *facts)
{
	struct mapping mapping;
	uint64_t root;

	if (!facts_value(facts, "SYMBOL", "swapper_pg_dir", &root))
		return false;
	struct error *err = pgwalk_at(&kmem->walk, root, &mapping);
	bool is_so = !err && mapping.state == MAPPING_PRESENT &&
		     mapping.pa + (root - mapping.va.start) == kmem->walk.paging->root;

	error_destroy(err);
	return is_so;
}

/* What the kernel's memory says that uname -r is. Linux kernel kernel/vmcore_info.c. */
static bool has_release(struct kmem *kmem, const struct facts *facts)
{
	char release[UTS_FIELD_BYTES] = "";
	const char *expected = facts_text(facts, "OSRELEASE");
	uint64_t uts, name;

	if (!expected || !facts_value(facts, "SYMBOL", "init_uts_ns", &uts) ||
	    !facts_value(facts, "OFFSET", "uts_namespace.name", &name))
		return false;
	struct error *err = kmem_read_text(kmem, uts + name + UTS_RELEASE * UTS_FIELD_BYTES,
					   release, sizeof(release));
	bool is_so = !err && *release && strcmp(release, expected) == 0;

	error_destroy(err);
	return is_so;
}

/* Each witness by itself counts, since a filtered dump may lack what the others need. */
static unsigned count_witnesses(struct kmem *kmem, const struct facts *facts)
{
	return 1U + maps_root(kmem, facts) + has_release(kmem, facts);
}

static unsigned judge_facts(struct memory *memory, const struct arch_info *arch, bool big_endian,
			    const struct facts *facts)
{
	struct paging paging;
	struct kmem kmem;
	struct error *err = arch->paging_init(facts, memory, &paging);
	bool is_usable = !err && has_root(memory, &paging);

	if (is_usable)
		err = kmem_init(&kmem, arch, &paging, memory, big_endian);
	unsigned witnesses = is_usable && !err ? count_witnesses(&kmem, facts) : 0;
	if (is_usable && !err)
		kmem_deinit(&kmem);
	error_destroy(err);
	return witnesses;
}

unsigned vmcoreinfo_judge(struct memory *memory, uint16_t elf_machine, bool big_endian,
			  const char *vmcoreinfo)
{
	const struct arch_info *arch = arch_by_elf_machine(elf_machine);
	struct facts *facts = NULL;
	struct error *err = facts_parse(vmcoreinfo, &facts);
	unsigned witnesses = !err && arch ? judge_facts(memory, arch, big_endian, facts) : 0;

	facts_destroy(facts);
	error_destroy(err);
	return witnesses;
}
