// SPDX-License-Identifier: LGPL-2.1-or-later
/* Makes a machine: how large it is, and what is done in which order. */
#include "testdata/machine/machine_parts.h"

#include <elf.h>
#include <stdlib.h>

static const paddr_t MIB = 1 << 20;
static const paddr_t GIB = 1 << 30;

/* What the zeros of a description stand for. */
static struct machine_kernel kernel_complete(const struct machine_kernel *kernel)
{
	struct machine_kernel ret = *kernel;

	if (!ret.elf_machine)
		ret.elf_machine = EM_X86_64;
	if (!ret.page_shift)
		ret.page_shift = 12;
	if (!ret.section_bits)
		ret.section_bits = 27;
	if (!ret.struct_page_size)
		ret.struct_page_size = 64;
	return ret;
}

/* Two nodes and two pools, which tests know by their numbers. */
static struct machine_layout usual_layout(void)
{
	return (struct machine_layout){
		.ram = (paddr_t)MACHINE_SECTIONS * MACHINE_SECTION_PAGES << 12,
		.vmemmap = (paddr_t)MACHINE_VMEMMAP_FRAMES << 12,
		.fresh = (paddr_t)MACHINE_FRESH_FRAMES << 12,
		.mapped = 4 * GIB,
		.mapped_level = 2,
		.section_roots = 2,
		.node_1 = 8,
		.nodes = 2,
	};
}

/* One node; memory ends with a section, and has room for four huge pages. */
static struct machine_layout described_layout(const struct machine_kernel *kernel)
{
	uint64_t huge = UINT64_C(1) << (kernel->page_shift + kernel->huge_order);

	return (struct machine_layout){
		.ram = 4 * huge > GIB ? 4 * huge : GIB,
		.vmemmap = 64 * MIB,
		.fresh = 128 * MIB,
		.mapped = 256 * MIB,
		.mapped_level = 1,
		.base_pages = true,
		.section_roots = (UINT64_C(1) << kernel->page_shift) / 8,
		.node_1 = UINT64_MAX,
		.nodes = 1,
	};
}

static void size_up(struct machine *machine)
{
	const struct machine_kernel *kernel = &machine->kernel;

	machine->layout = kernel->huge_order ? described_layout(kernel) : usual_layout();
	machine->pools = kernel->huge_order ? 1 : 2;
	machine->pool_orders[0] = kernel->huge_order ? kernel->huge_order : 9;
	machine->pool_orders[1] = 18;
	machine->next_table = TABLES;
	machine->next_object = OBJECTS;
	machine->next_frame = machine->layout.fresh >> kernel->page_shift;
	machine->next_symbol = ADDED_SYMBOLS_AT;
}

/* Not where addresses tell what they map. */
static void direct_map(struct machine *machine)
{
	unsigned level = machine->layout.mapped_level;
	paddr_t step = (paddr_t)1 << machine->paging.level[level].shift;

	if (machine->paging.window[0].size)
		return;
	for (paddr_t addr = 0; addr < machine->layout.mapped; addr += step)
		machine_map_at(machine, machine->direct + addr, addr, level, true);
}

/* Where symbols are not in the direct map. */
static void image_map(struct machine *machine)
{
	if (machine->symbols != machine->direct)
		machine_map_at(machine, machine_symbol(machine, 0), IMAGE_PHYS, 1, true);
}

struct machine *machine_create(const struct machine_kernel *kernel)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		abort();
	machine->kernel = kernel_complete(kernel);
	machine->arch = machine_arch_find(machine->kernel.elf_machine);
	machine->image = image_create();
	image_set_pages(machine->image, machine->kernel.page_shift);
	image_set_big_endian(machine->image, machine->kernel.big_endian);
	size_up(machine);
	image_set_state(machine->image, 0, machine->layout.ram >> machine->kernel.page_shift,
			MEMORY_PRESENT);
	machine_facts_init(machine);
	machine_kernel_types_init(machine);
	machine_tables_init(machine);
	image_map(machine);
	direct_map(machine);
	machine_sections_init(machine);
	machine_zones_init(machine);
	machine_pools_init(machine);
	return machine;
}

void machine_destroy(struct machine *machine)
{
	if (!machine)
		return;
	image_destroy(machine->image);
	machine_types_deinit(&machine->types);
	free(machine->vmcoreinfo);
	free(machine);
}

struct image *machine_image(struct machine *machine)
{
	return machine->image;
}

const struct machine_kernel *machine_kernel(const struct machine *machine)
{
	return &machine->kernel;
}

void machine_hide(struct machine *machine, paddr_t addr, uint64_t count, enum memory_state state)
{
	image_set_state(machine->image, addr, count, state);
}
