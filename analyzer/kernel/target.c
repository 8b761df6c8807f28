// SPDX-License-Identifier: LGPL-2.1-or-later
/* VMCOREINFO, page tables, types and the kernel, in this order. */
#include "analyzer/kernel/target.h"

#include <stdlib.h>

#include "analyzer/paging/paging_check.h"
#include "include/error.h"

struct error *target_init(struct target *target, struct memory *memory, uint16_t elf_machine,
			  bool big_endian, const char *vmcoreinfo)
{
	*target = (struct target){ .memory = memory };
	struct error *err = facts_parse(vmcoreinfo, &target->facts);

	if (err)
		return err;
	target->arch = arch_by_elf_machine(elf_machine);
	if (!target->arch)
		return error_new(ERROR_UNSUPPORTED,
				 "ELF machine %u: dumps of such machines cannot be analysed",
				 elf_machine);
	err = target->arch->paging_init(target->facts, memory, &target->paging);
	if (err)
		return err;
	target->kmem = calloc(1, sizeof(*target->kmem));
	if (!target->kmem)
		return error_nomem();
	return kmem_init(target->kmem, target->arch, &target->paging, memory, big_endian);
}

struct error *target_types_read(struct target *target, struct typeinfo *ti)
{
	struct error *err = layout_resolve(ti, target->facts, &target->layout);

	return err ? err : paging_check_root(target->memory, &target->paging);
}

struct error *target_kernel_read(struct target *target)
{
	return kernel_read(target->facts, &target->layout, target->kmem, target->arch,
			   &target->kernel);
}

struct error *target_move(struct target *target, struct memory *memory)
{
	bool big_endian = target->kmem->big_endian;

	kernel_deinit(&target->kernel);
	kmem_deinit(target->kmem);
	target->memory = memory;
	return kmem_init(target->kmem, target->arch, &target->paging, memory, big_endian);
}

void target_deinit(struct target *target)
{
	kernel_deinit(&target->kernel);
	if (target->kmem)
		kmem_deinit(target->kmem);
	free(target->kmem);
	facts_destroy(target->facts);
	*target = (struct target){ 0 };
}

struct error *target_copy(const struct target *target, struct memory *memory, struct kmem *kmem,
			  struct target *ret)
{
	*ret = *target;
	ret->memory = memory;
	ret->kmem = kmem;
	return kmem_init(kmem, ret->arch, &target->paging, memory, target->kmem->big_endian);
}

/* One past the last pfn whose struct page can be nothing else than that. */
static uint64_t pfns_with_room(const struct target *target)
{
	const struct kernel *kernel = &target->kernel;
	uint64_t bits, end, pfns = kernel_last_pfn(kernel) + 1;

	/* arm64 and riscv64 say where the region ends. */
	if (facts_value(target->facts, "NUMBER", "VMEMMAP_END", &end) && end > kernel->vmemmap)
		return (end - kernel->vmemmap) / kernel->struct_page_size;
	if (target->arch->has_room_for_vmemmap &&
	    facts_value(target->facts, "NUMBER", "MAX_PHYSMEM_BITS", &bits) &&
	    bits > kernel->page_shift && bits < 64)
		return UINT64_C(1) << (bits - kernel->page_shift);
	return pfns;
}

bool target_has_vmemmap_at(const struct target *target, uint64_t address)
{
	const struct kernel *kernel = &target->kernel;

	return address >= kernel->vmemmap &&
	       (address - kernel->vmemmap) / kernel->struct_page_size < pfns_with_room(target);
}
