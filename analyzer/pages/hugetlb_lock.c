// SPDX-License-Identifier: LGPL-2.1-or-later
/* The word of a spinlock that holds its state comes first, whatever debugging adds. */
#include "analyzer/pages/hugetlb_lock.h"

#include "include/error.h"

/*
 * Queued spinlocks and words with the owner's number are 0 while free; ticket locks have
 * both halves alike. Linux kernel include/asm-generic/{qspinlock_types,ticket_spinlock}.h.
 */
static bool is_held(uint32_t word)
{
	return word && word >> 16 != (word & 0xffff);
}

struct error *hugetlb_lock_read(const struct target *target, enum lock_state *ret)
{
	enum memory_state state = MEMORY_ABSENT;
	uint64_t word = 0;

	*ret = LOCK_UNKNOWN;
	if (!layout_has(&target->layout, LAYOUT_SYM_HUGETLB_LOCK))
		return NULL;
	struct error *err = kmem_read_uint(target->kmem,
					   layout_symbol(&target->layout, LAYOUT_SYM_HUGETLB_LOCK),
					   sizeof(uint32_t), &word, &state);
	if (!err && state == MEMORY_PRESENT)
		*ret = is_held((uint32_t)word) ? LOCK_HELD : LOCK_FREE;
	return err;
}
