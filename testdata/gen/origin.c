// SPDX-License-Identifier: LGPL-2.1-or-later
/* Borrows types, symbols and VMCOREINFO of a real dump, and moves what has to move. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "include/array.h"
#include "include/dump.h"
#include "analyzer/arch/arch.h"
#include "include/error.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/typeinfo.h"
#include "testdata/gen/gen.h"

const vaddr_t IMAGE_BASE = UINT64_C(0xffffffff80000000);
/* Below all symbols of a kernel that is linked at 16 MiB and has not moved. */
const vaddr_t STEXT = UINT64_C(0xffffffff81000000);
const vaddr_t SWAPPER = UINT64_C(0xffffffff80400000);
const vaddr_t NODE_DATA = UINT64_C(0xffffffff80410000);

/* Where kernels have the direct map and the vmemmap that do not move them. */
static void addresses_choose(unsigned levels, struct origin *origin)
{
	bool five = levels == 5;

	origin->page_offset = five ? UINT64_C(0xff11000000000000) : UINT64_C(0xffff888000000000);
	origin->vmemmap = five ? UINT64_C(0xffd4000000000000) : UINT64_C(0xffffea0000000000);
	origin->roots = origin->page_offset + IMAGE_BYTES;
}

/* Lines of VMCOREINFO that name places, or a kernel that has moved. */
static bool line_is_of_place(const char *line)
{
	static const char *const places[] = { "SYMBOL(", "KERNELOFFSET=", "NUMBER(phys_base)=",
					      "NUMBER(pgtable_l5_enabled)=",
					      "NUMBER(VMALLOC_START)=" };

	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (strncmp(line, places[i], strlen(places[i])) == 0)
			return true;
	return false;
}

static void lines_copy(const char *from, FILE *to)
{
	while (*from) {
		size_t len = strcspn(from, "\n");

		if (len && !line_is_of_place(from))
			fprintf(to, "%.*s\n", (int)len, from);
		from += len + (from[len] == '\n');
	}
}

static void places_put(const struct origin *origin, unsigned levels, FILE *to)
{
	const struct {
		const char *name;
		vaddr_t at;
	} symbols[] = {
		{ "swapper_pg_dir", SWAPPER },
		{ "init_top_pgt", SWAPPER },
		{ "_stext", STEXT },
		{ "node_data", NODE_DATA },
		{ "mem_section", origin->roots },
		{ "vmemmap", origin->vmemmap },
	};

	for (size_t i = 0; i < COUNT_OF(symbols); i++)
		fprintf(to, "SYMBOL(%s)=%" PRIx64 "\n", symbols[i].name, symbols[i].at);
	fprintf(to, "KERNELOFFSET=0\nNUMBER(phys_base)=0\nNUMBER(pgtable_l5_enabled)=%d\n",
		levels == 5);
}

static struct error *vmcoreinfo_make(struct origin *origin, unsigned levels)
{
	size_t len;
	FILE *stream = open_memstream(&origin->vmcoreinfo, &len);

	if (!stream)
		return error_nomem();
	lines_copy(origin->dump->vmcoreinfo, stream);
	places_put(origin, levels, stream);
	return fclose(stream) ? error_nomem() : NULL;
}

static unsigned bits_for(uint64_t count)
{
	unsigned bits = 0;

	while (UINT64_C(1) << bits < count)
		bits++;
	return bits;
}

static void bits_choose(struct origin *origin)
{
	uint64_t nodes = 1, zones = layout_get(&origin->layout, LAYOUT_PGDAT_NODE_ZONES_LENGTH);

	facts_value(origin->facts, "LENGTH", "node_data", &nodes);
	origin->node_bits = bits_for(nodes);
	origin->zone_shift = 64 - origin->node_bits - bits_for(zones);
	origin->device_zone = (unsigned)layout_get(&origin->layout, LAYOUT_ZONE_DEVICE);
	origin->normal_zone = zones > 4 ? 2 : 1;
}

/* What the invented machine is built for. */
static struct error *kernel_check(const struct origin *origin, const char *path)
{
	const struct layout *layout = &origin->layout;
	const struct scheme *hugetlb = origin->scheme.hugetlb;
	bool known = strcmp(hugetlb->id, "hugetlb-d") == 0 || hugetlb->target == TARGET_HEAD_PAGE;

	if (!known || origin->scheme.dax->target != TARGET_TAIL_PAGE)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is of a kernel with the schemes %s and %s: give one with "
				 "hugetlb-b, -c or -d and dax-b",
				 path, hugetlb->id, origin->scheme.dax->id);
	if (layout_get(layout, LAYOUT_PAGE_SIZE) != STRUCT_PAGE_BYTES ||
	    !layout_has(layout, LAYOUT_ZONE_DEVICE))
		return error_new(ERROR_UNSUPPORTED,
				 "'%s' is not of x86-64, has struct pages of another size than %d "
				 "bytes, or no ZONE_DEVICE",
				 path, STRUCT_PAGE_BYTES);
	if (!origin->page.hugetlb.mask || !origin->page.buddy.mask || !origin->page.order.length)
		return error_new(ERROR_UNSUPPORTED,
				 "'%s': its types do not say what marks a huge or a free page",
				 path);
	return NULL;
}

struct error *origin_read(struct gen *gen)
{
	struct origin *origin = &gen->origin;
	const char *path = gen->settings->kernel;
	struct error *err = dump_open(&path, 1, &origin->dump);

	if (err)
		return err;
	if (!origin->dump->profile)
		return error_new(ERROR_UNSUPPORTED, "'%s' has no profile: distil the dump first",
				 path);
	addresses_choose(gen->settings->levels, origin);
	err = vmcoreinfo_make(origin, gen->settings->levels);
	if (!err)
		err = facts_parse(origin->vmcoreinfo, &origin->facts);
	if (!err)
		err = typeinfo_open_profile(path, origin->dump->profile, &origin->types);
	if (!err)
		err = layout_resolve(origin->types, origin->facts, &origin->layout);
	if (err)
		return err;
	scheme_detect(&origin->layout, arch_by_name("x86_64"), &origin->scheme);
	origin->zone_tails = origin->scheme.hugetlb->target == TARGET_ZONE_TAIL;
	origin->masks = layout_has(&origin->layout, LAYOUT_PAGE_COMPOUND_INFO);
	page_format_resolve(&origin->layout, origin->facts, false, &origin->page);
	bits_choose(origin);
	if (origin->zone_tails && gen->settings->kept > 1)
		return error_new(ERROR_USAGE, "--kept 2: the kernel of '%s' keeps one page", path);
	return kernel_check(origin, path);
}

void origin_deinit(struct origin *origin)
{
	typeinfo_close(origin->types);
	facts_destroy(origin->facts);
	free(origin->vmcoreinfo);
	dump_close(origin->dump);
}
