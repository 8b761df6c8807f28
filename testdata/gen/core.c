// SPDX-License-Identifier: LGPL-2.1-or-later
/* The memory of the kernel itself: its image, the page tables, what it has allocated. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "include/error.h"
#include "testdata/gen/gen.h"

static const uint64_t TABLE_FLAGS = 0x067; /* present, writable, accessed, dirty */

static uint64_t core_bytes(const struct gen *gen)
{
	return gen->plan.core_pages << PAGE_SHIFT;
}

struct error *core_init(struct gen *gen)
{
	void *core = mmap(NULL, core_bytes(gen), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (core == MAP_FAILED)
		return error_nomem();
	gen->core = core;
	gen->core_used = IMAGE_BYTES;
	return NULL;
}

void core_deinit(struct gen *gen)
{
	if (gen->core)
		munmap(gen->core, core_bytes(gen));
}

/* What does not fit is a mistake in the plan. */
static uint8_t *core_at(const struct gen *gen, vaddr_t addr)
{
	bool image = addr >= IMAGE_BASE;
	uint64_t at = addr - (image ? IMAGE_BASE : gen->origin.page_offset);

	if (at >= (image ? IMAGE_BYTES : core_bytes(gen)) - 8) {
		fprintf(stderr, "gen-dump: 0x%" PRIx64 " is outside the kernel's memory\n", addr);
		abort();
	}
	return gen->core + at;
}

vaddr_t core_alloc(struct gen *gen, uint64_t bytes, uint64_t align)
{
	uint64_t at = (gen->core_used + align - 1) / align * align;

	gen->core_used = at + bytes;
	if (gen->core_used > core_bytes(gen)) {
		fprintf(stderr, "gen-dump: the kernel's memory is used up\n");
		abort();
	}
	return gen->origin.page_offset + at;
}

void core_store(struct gen *gen, vaddr_t addr, unsigned size, uint64_t value)
{
	memcpy(core_at(gen, addr), &value, size);
}

uint64_t core_load(const struct gen *gen, vaddr_t addr)
{
	uint64_t value;

	memcpy(&value, core_at(gen, addr), sizeof(value));
	return value;
}

vaddr_t core_text(struct gen *gen, const char *text)
{
	size_t size = strlen(text) + 1;
	vaddr_t at = core_alloc(gen, size, 8);

	memcpy(core_at(gen, at), text, size);
	return at;
}

void core_member(struct gen *gen, vaddr_t base, enum layout_id member, unsigned size,
		 uint64_t value)
{
	if (layout_has(&gen->origin.layout, member))
		core_store(gen, base + layout_get(&gen->origin.layout, member), size, value);
}

void core_symbol(struct gen *gen, enum layout_id symbol, unsigned size, uint64_t value)
{
	if (layout_has(&gen->origin.layout, symbol))
		core_store(gen, layout_symbol(&gen->origin.layout, symbol), size, value);
}

/* --- page tables ------------------------------------------------------------------ */

static uint64_t *table_of(struct gen *gen, uint64_t *entry)
{
	if (!*entry) {
		vaddr_t table = core_alloc(gen, PAGE_BYTES, PAGE_BYTES);

		*entry = (table - gen->origin.page_offset) | TABLE_FLAGS;
	}
	return (uint64_t *)(gen->core + (*entry & ~UINT64_C(0xfff)));
}

uint64_t *core_entry(struct gen *gen, vaddr_t addr, unsigned level)
{
	uint64_t *table = (uint64_t *)core_at(gen, SWAPPER);

	for (unsigned at = gen->settings->levels - 1;; at--) {
		uint64_t *entry = table + (addr >> (PAGE_SHIFT + 9 * at) & 511);

		if (at == level)
			return entry;
		table = table_of(gen, entry);
	}
}
