// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel's log: the input is a byte (its lowest bit says big endian, the next one that
 * printk_info has 112 bytes), then a piece of kernel memory that begins at MEMORY_START with
 * the pointer to the ring buffer.
 */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "include/error.h"
#include "testdata/fuzz/fuzz.h"

#define MEMORY_START UINT64_C(0xffffffff81000000)
enum { BIG_ENDIAN_BIT = 1, LARGE_INFO_BIT = 2, PAGE_SHIFT = 12 };

static const char vmcoreinfo[] = "SYMBOL(swapper_pg_dir)=ffffffff80001000\n"
				 "NUMBER(phys_base)=0\n"
				 "SYMBOL(prb)=ffffffff81000000\n"
				 "OFFSET(printk_ringbuffer.desc_ring)=0\n"
				 "OFFSET(printk_ringbuffer.text_data_ring)=48\n"
				 "OFFSET(prb_desc_ring.count_bits)=0\n"
				 "OFFSET(prb_desc_ring.descs)=8\n"
				 "OFFSET(prb_desc_ring.infos)=16\n"
				 "OFFSET(prb_desc_ring.head_id)=24\n"
				 "OFFSET(prb_desc_ring.tail_id)=32\n"
				 "OFFSET(prb_data_ring.size_bits)=0\n"
				 "OFFSET(prb_data_ring.data)=8\n"
				 "OFFSET(prb_data_blk_lpos.begin)=0\n"
				 "OFFSET(prb_data_blk_lpos.next)=8\n"
				 "SIZE(prb_desc)=24\n"
				 "OFFSET(prb_desc.state_var)=0\n"
				 "OFFSET(prb_desc.text_blk_lpos)=8\n"
				 "OFFSET(printk_info.seq)=0\n"
				 "OFFSET(printk_info.ts_nsec)=8\n"
				 "OFFSET(printk_info.text_len)=16\n"
				 "OFFSET(printk_info.caller_id)=20\n";

struct input {
	struct memory memory; /* first: the embedded contract */
	const uint8_t *bytes;
	size_t size;
};

static struct error *input_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
				enum memory_state *state_ret)
{
	const struct input *input = (struct input *)memory;

	*state_ret = MEMORY_ABSENT;
	if (addr > input->size || len > input->size - addr)
		return NULL;
	memcpy(buf, input->bytes + addr, len);
	*state_ret = MEMORY_PRESENT;
	return NULL;
}

static const struct memory_ops input_ops = { .read = input_read };

static size_t text_sum(const struct kernel_log *log)
{
	size_t sum = 0;

	for (size_t i = 0; i < log->count; i++)
		sum += strlen(log_text(log, i)) + log->records[i].level;
	return sum;
}

/* Page tables are not asked: all of the memory is in a window. */
static struct error *read_log(struct memory *memory, const struct facts *facts, bool big_endian)
{
	const struct arch_info *arch = arch_by_elf_machine(EM_X86_64);
	struct kernel_log log = { 0 };
	struct paging paging;
	struct kmem kmem;
	struct error *err = arch->paging_init(facts, NULL, &paging);

	if (err)
		return err;
	paging.window[0].start = MEMORY_START;
	paging.window[0].size = ((struct input *)memory)->size;
	paging.window[0].paddr = 0;
	err = kmem_init(&kmem, arch, &paging, memory, big_endian);
	if (!err)
		err = kernel_log_read(&kmem, facts, &log);
	fuzz_taken += text_sum(&log) > 0;
	kernel_log_deinit(&log);
	kmem_deinit(&kmem);
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts *facts = NULL;
	char text[sizeof(vmcoreinfo) + 32];

	if (size < 1)
		return 0;
	snprintf(text, sizeof(text), "%sSIZE(printk_info)=%d\n", vmcoreinfo,
		 data[0] & LARGE_INFO_BIT ? 112 : 88);
	struct input input = {
		.memory = { .ops = &input_ops, .page_shift = PAGE_SHIFT },
		.bytes = data + 1,
		.size = size - 1,
	};
	struct error *err = facts_parse(text, &facts);
	if (!err)
		err = read_log(&input.memory, facts, data[0] & BIG_ENDIAN_BIT);
	error_destroy(err);
	facts_destroy(facts);
	return 0;
}
