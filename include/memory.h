// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Physical memory as a dump has it. Knows no file format and no virtual
 * address. Absence is an answer here, never a failure.
 */
#ifndef VMEMSCOPE_MEMORY_H
#define VMEMSCOPE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "include/types.h"

struct error;

/* What a dump can say of a page. */
enum memory_state {
	MEMORY_PRESENT,
	/*
	 * The machine has the page and the dump left it out: filtered, or, where
	 * dump.omits_zero_pages says so, perhaps merely all zero.
	 */
	MEMORY_EXCLUDED,
	MEMORY_ABSENT,	  /* the dump knows no such physical address */
	MEMORY_TRUNCATED, /* the dump file ends before the page's bytes */
	/*
	 * The dump has bytes for the page, and they cannot be unpacked: some of them were
	 * lost. Only read() detects it: extent(), which reads no contents, may return PRESENT.
	 */
	MEMORY_DAMAGED,
	/*
	 * The dump has the page as another kernel left it: see analyzer/overwritten. No dump says
	 * so of itself.
	 */
	MEMORY_OVERWRITTEN,
};

/* Pages [start, end), both page aligned, that are all in one state. */
struct memory_extent {
	paddr_t start, end;
	enum memory_state state;
};

enum { DAMAGED_LISTED_MAX = 8 };

/* Pages that read() found to be DAMAGED so far, each counted once. */
struct memory_damage {
	uint64_t count;
	pfn_t first[DAMAGED_LISTED_MAX]; /* ascending; the lowest of them */
	unsigned listed;
};

struct memory;

/* Room for a page, for one who looks through many. All zero is empty. */
struct page_buffer {
	unsigned char *bytes; /* once there is need */
};

struct memory_ops {
	/*
	 * Reads a piece that does not cross a page boundary. @buf is written only
	 * when *state_ret becomes MEMORY_PRESENT. An error means that the file
	 * could not be read (I/O) or breaks its own format, not that the page is
	 * missing.
	 */
	struct error *(*read)(struct memory *memory, paddr_t addr, size_t len, void *buf,
			      enum memory_state *state_ret);

	/*
	 * The extent that @addr lies in, without reading contents. It starts at
	 * the page of @addr and is as long as is cheap to determine; never empty. An
	 * address beyond everything gives an ABSENT extent that ends at
	 * UINT64_MAX rounded down to a page.
	 */
	struct error *(*extent)(struct memory *memory, paddr_t addr, struct memory_extent *ret);

	/*
	 * Where the byte at @addr, and what follows it in its page, is in this process
	 * as it is in the machine: no copy. NULL where that is not so; call read() then.
	 * Valid until destroy(). The op is NULL in a backend that never can.
	 */
	const unsigned char *(*direct)(struct memory *memory, paddr_t addr);

	/*
	 * One more memory with the same answers, for another thread; destroyed before
	 * this one. The op is NULL in a backend that one thread alone can use.
	 */
	struct error *(*fork)(struct memory *memory, struct memory **ret);

	/*
	 * The damaged pages that this memory and its forks have met, while no other thread
	 * reads. The op is NULL in a backend whose pages need no unpacking.
	 */
	void (*damage)(const struct memory *memory, struct memory_damage *ret);

	void (*destroy)(struct memory *memory);
};

/* Embedded first in every backend's own struct. Used by one thread at a time. */
struct memory {
	const struct memory_ops *ops;
	unsigned page_shift;
	/* A page has what some analysis read of it, and zeros: see cmd 'distill'. */
	bool distilled;
	/* Of what was asked for through the functions below; any thread may look. */
	_Atomic uint64_t asked_bytes;
};

static inline void memory_asked(struct memory *memory, size_t len)
{
	uint64_t before = atomic_load_explicit(&memory->asked_bytes, memory_order_relaxed);

	/* One thread writes: no addition in one step is needed. */
	atomic_store_explicit(&memory->asked_bytes, before + len, memory_order_relaxed);
}

static inline struct error *memory_read(struct memory *memory, paddr_t addr, size_t len, void *buf,
					enum memory_state *state_ret)
{
	memory_asked(memory, len);
	return memory->ops->read(memory, addr, len, buf, state_ret);
}

/* Counts pages [pfn, pfn + count) that were not counted before. */
void memory_damage_add(struct memory_damage *damage, pfn_t pfn, uint64_t count);

static inline struct memory_damage memory_damage(const struct memory *memory)
{
	struct memory_damage damage = { 0 };

	if (memory && memory->ops->damage)
		memory->ops->damage(memory, &damage);
	return damage;
}

void page_buffer_deinit(struct page_buffer *buffer);
/* Makes room for a page of @memory, if there is none. */
struct error *page_buffer_prepare(struct page_buffer *buffer, const struct memory *memory);

/*
 * memory_read() without a copy where there is need of none: *ret is @buf or the bytes
 * themselves, and only good if *state_ret is MEMORY_PRESENT.
 */
static inline struct error *memory_view(struct memory *memory, paddr_t addr, size_t len, void *buf,
					const unsigned char **ret, enum memory_state *state_ret)
{
	const unsigned char *direct =
		memory->ops->direct ? memory->ops->direct(memory, addr) : NULL;

	*ret = direct ? direct : buf;
	*state_ret = MEMORY_PRESENT;
	if (!direct)
		return memory_read(memory, addr, len, buf, state_ret);
	memory_asked(memory, len);
	return NULL;
}

/* The same with the room of @buffer: *ret is good until @buffer is used again. */
static inline struct error *memory_look(struct memory *memory, struct page_buffer *buffer,
					paddr_t addr, size_t len, const unsigned char **ret,
					enum memory_state *state_ret)
{
	struct error *err = page_buffer_prepare(buffer, memory);

	return err ? err : memory_view(memory, addr, len, buffer->bytes, ret, state_ret);
}

#endif
