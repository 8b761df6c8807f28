// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * VMCOREINFO, and page tables over any memory: the input is a byte that chooses the machine,
 * one whose lowest bit says big endian, the length of a VMCOREINFO (two bytes, little endian),
 * that text, then what memory holds: the same again and again, with holes.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/kernel/target.h"
#include "analyzer/paging/paging_check.h"
#include "analyzer/paging/pgwalk.h"
#include "analyzer/paging/vmcoreinfo_judge.h"
#include "include/array.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

enum { HEAD_BYTES = 4, MAPPINGS_MAX = 400, HOLE_ONE_IN = 13 };

struct input {
	struct memory memory; /* first: the embedded contract */
	const uint8_t *bytes;
	size_t size;
};

/* The same page is there or not each time. */
static enum memory_state state_of(const struct input *input, paddr_t addr)
{
	uint64_t pfn = addr >> input->memory.page_shift;

	if (pfn >> 32)
		return MEMORY_ABSENT;
	return pfn % HOLE_ONE_IN == HOLE_ONE_IN - 1 ? MEMORY_EXCLUDED : MEMORY_PRESENT;
}

static struct error *input_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				enum memory_state *state_ret)
{
	const struct input *input = (struct input *)memory;
	uint8_t *to = buf;

	*state_ret = state_of(input, addr);
	for (size_t done = 0; *state_ret == MEMORY_PRESENT && done < len;) {
		size_t at = (addr + done) % input->size, count = input->size - at;

		count = count < len - done ? count : len - done;
		memcpy(to + done, input->bytes + at, count);
		done += count;
	}
	return NULL;
}

static struct error *input_extent(struct memory *memory, paddr_t addr, struct memory_extent *ret)
{
	const uint64_t page = UINT64_C(1) << memory->page_shift;

	ret->start = addr / page * page;
	ret->end = ret->start + page;
	ret->state = state_of((struct input *)memory, addr);
	if (ret->state == MEMORY_ABSENT)
		ret->end = UINT64_MAX / page * page;
	return NULL;
}

static const struct memory_ops input_ops = { .read = input_read, .extent = input_extent };

/* From @start on, for so many mappings. */
static void walk_from(const struct target *target, vaddr_t start, vaddr_t end)
{
	struct pgwalk walk;
	struct mapping mapping;
	struct error *err = pgwalk_init(&walk, target->arch, &target->paging, target->memory);

	walk.next = start;
	walk.end = end;
	mapping.va.end = start;
	for (unsigned i = 0;
	     !err && i < MAPPINGS_MAX && mapping.va.end && /* 0: the last there is */
	     pgwalk_next_equal(&walk, &mapping, &err);
	     i++)
		if (mapping.va.end && mapping.va.end <= mapping.va.start)
			abort();
	error_destroy(err);
	err = pgwalk_reach(&walk, start);
	if (!err)
		err = pgwalk_at(&walk, start, &mapping);
	error_destroy(err);
	pgwalk_deinit(&walk);
}

/* At the addresses that VMCOREINFO names. */
static void look_at_symbols(const struct target *target)
{
	char name[64], byte;
	uint64_t address;
	size_t at = 0;
	enum memory_state state;

	while (facts_next(target->facts, "SYMBOL", &at, name, sizeof(name), &address)) {
		error_destroy(kmem_read(target->kmem, address, &byte, 1, &state));
		walk_from(target, address, UINT64_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct target target = { 0 };
	struct input input = { .memory = { .ops = &input_ops, .page_shift = 12 } };

	if (size < HEAD_BYTES + 1)
		return 0;
	size_t len = data[2] | (size_t)data[3] << 8;
	if (len > size - HEAD_BYTES - 1)
		len = size - HEAD_BYTES - 1;
	_cleanup_free_ char *text = strndup((const char *)data + HEAD_BYTES, len);
	input.bytes = data + HEAD_BYTES + len;
	input.size = size - HEAD_BYTES - len;
	uint16_t machine = fuzz_machine(data[0]);
	if (!text)
		return 0;
	(void)vmcoreinfo_judge(&input.memory, machine, data[1] & 1, text);
	struct error *err = target_init(&target, &input.memory, machine, data[1] & 1, text);
	if (!err) {
		fuzz_taken++;
		look_at_symbols(&target);
		err = paging_check_tables(target.kmem, target.facts);
	}
	error_destroy(err);
	target_deinit(&target);
	return 0;
}
