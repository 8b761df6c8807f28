// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells device memory from the rest. */
#include "analyzer/checks/checks.h"

#include "include/bytes.h"

/*
 * Sections of device memory are never online. Where devices share a section with
 * boot memory it is tainted, and the struct pages say ZONE_DEVICE.
 */
struct error *vmemmap_of_device(const struct analysis *analysis, uint64_t index, bool *ret,
				enum memory_state *state_ret)
{
	const struct kernel *kernel = &analysis->kernel;
	const struct layout *layout = &analysis->layout;
	pfn_t pfn = vmemmap_first_pfn(kernel, index);
	const struct section *section = kernel_section_of(kernel, pfn);
	unsigned char flags[8];

	*state_ret = MEMORY_PRESENT;
	*ret = section && !section->online;
	if (*ret || !section || !section->device || !layout_has(layout, LAYOUT_ZONE_DEVICE))
		return NULL;
	struct error *err = vmemmap_read(kernel, &analysis->map, analysis->memory, pfn, flags,
					 sizeof(flags), state_ret);
	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = page_flags_zone(kernel, load_u64(flags, kernel->big_endian)) ==
		       layout_get(layout, LAYOUT_ZONE_DEVICE);
	return err;
}
