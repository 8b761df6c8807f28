// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernel virtual reads. */
#include "analyzer/paging/kmem.h"

#include <inttypes.h>
#include <string.h>

#include "include/bytes.h"
#include "include/error.h"
#include "include/plain_text.h"

struct error *kmem_init(struct kmem *kmem, const struct arch_info *arch,
			const struct paging *paging, struct memory *memory, bool big_endian)
{
	kmem->big_endian = big_endian;
	return pgwalk_init(&kmem->walk, arch, paging, memory);
}

void kmem_deinit(struct kmem *kmem)
{
	pgwalk_deinit(&kmem->walk);
}

static bool window_find(const struct paging *paging, vaddr_t addr, paddr_t *ret)
{
	for (unsigned i = 0; i < PAGING_WINDOWS; i++)
		if (addr - paging->window[i].start < paging->window[i].size) {
			*ret = paging->window[i].paddr + (addr - paging->window[i].start);
			return true;
		}
	return false;
}

/* A system call for each word would cost more than all else that is done with it. */
static struct error *copy(struct memory *memory, paddr_t addr, size_t len, void *buf,
			  enum memory_state *state_ret)
{
	const unsigned char *bytes;
	struct error *err = memory_view(memory, addr, len, buf, &bytes, state_ret);

	if (!err && *state_ret == MEMORY_PRESENT && bytes != buf)
		memcpy(buf, bytes, len);
	return err;
}

/* The address of what the tables would say of the kernel's image, if they were there. */
static bool image_find(const struct paging *paging, vaddr_t addr, paddr_t *ret)
{
	if (addr - paging->image.start >= paging->image.size)
		return false;
	*ret = paging->image.paddr + (addr - paging->image.start);
	return true;
}

bool kmem_image_find(const struct kmem *kmem, vaddr_t addr, paddr_t *ret)
{
	return image_find(kmem->walk.paging, addr, ret);
}

/* Whoever uses one that cannot be an address faults, whatever page tables say of some bits. */
static bool can_be_address(const struct pgwalk *walk, vaddr_t addr)
{
	const struct paging *paging = walk->paging;
	unsigned top = paging->levels - 1;
	unsigned bits = paging->level[top].shift + paging->level[top].bits;
	uint64_t above = addr >> (bits - 1);

	return !walk->arch->extends_sign || bits > 63 || above == 0 ||
	       above == UINT64_MAX >> (bits - 1);
}

struct error *kmem_translate(struct kmem *kmem, vaddr_t addr, paddr_t *ret,
			     enum memory_state *state_ret)
{
	struct mapping mapping;

	*state_ret = MEMORY_PRESENT;
	if (window_find(kmem->walk.paging, addr, ret))
		return NULL;
	if (!can_be_address(&kmem->walk, addr)) {
		*state_ret = MEMORY_ABSENT;
		return NULL;
	}
	struct error *err = pgwalk_at(&kmem->walk, addr, &mapping);
	if (err)
		return err;

	if (mapping.state == MAPPING_UNREADABLE && image_find(kmem->walk.paging, addr, ret))
		return NULL;
	if (mapping.state == MAPPING_PRESENT)
		*ret = mapping.pa + (addr - mapping.va.start);
	else
		*state_ret =
			mapping.state == MAPPING_UNREADABLE ? mapping.memory_state : MEMORY_ABSENT;
	return NULL;
}

struct error *kmem_is_unmapped(struct kmem *kmem, vaddr_t addr, bool *ret)
{
	struct mapping mapping;
	paddr_t ignored;

	*ret = !can_be_address(&kmem->walk, addr);
	if (*ret || window_find(kmem->walk.paging, addr, &ignored))
		return NULL;
	struct error *err = pgwalk_at(&kmem->walk, addr, &mapping);
	if (!err)
		*ret = mapping.state != MAPPING_PRESENT && mapping.state != MAPPING_UNREADABLE;
	return err;
}

/* Reads a piece that lies in one page. */
static struct error *kmem_read_piece(struct kmem *kmem, vaddr_t addr, void *buf, size_t len,
				     enum memory_state *state_ret)
{
	paddr_t paddr = 0;
	struct error *err = kmem_translate(kmem, addr, &paddr, state_ret);

	if (err || *state_ret != MEMORY_PRESENT)
		return err;
	return copy(kmem->walk.memory, paddr, len, buf, state_ret);
}

struct error *kmem_read(struct kmem *kmem, vaddr_t addr, void *buf, size_t len,
			enum memory_state *state_ret)
{
	size_t page = (size_t)1 << kmem->walk.memory->page_shift;

	*state_ret = MEMORY_PRESENT;
	for (size_t done = 0; done < len && *state_ret == MEMORY_PRESENT;) {
		size_t piece = page - ((addr + done) & (page - 1));

		if (piece > len - done)
			piece = len - done;
		struct error *err =
			kmem_read_piece(kmem, addr + done, (char *)buf + done, piece, state_ret);
		if (err)
			return error_context(err, "kernel address 0x%" PRIx64, addr + done);
		done += piece;
	}
	return NULL;
}

struct error *kmem_read_uint(struct kmem *kmem, vaddr_t addr, size_t size, uint64_t *ret,
			     enum memory_state *state_ret)
{
	unsigned char bytes[8];
	struct error *err = kmem_read(kmem, addr, bytes, size, state_ret);

	if (!err && *state_ret == MEMORY_PRESENT)
		*ret = load_uint(bytes, size, kmem->big_endian);
	return err;
}

/* Printable bytes up to the first NUL; true if there was one. */
static bool text_clean(char *buf, size_t len)
{
	return text_make_plain(buf, len) < len;
}

enum { TEXT_PIECE = 8 };

struct error *kmem_read_text(struct kmem *kmem, vaddr_t addr, char *buf, size_t size)
{
	memset(buf, 0, size);
	for (size_t done = 0; done < size - 1;) {
		/* Little at a time: what lies behind the text is not needed. */
		size_t piece = TEXT_PIECE - ((addr + done) & (TEXT_PIECE - 1));
		enum memory_state state;

		if (piece > size - 1 - done)
			piece = size - 1 - done;
		struct error *err = kmem_read(kmem, addr + done, buf + done, piece, &state);
		if (err)
			return err;
		if (state != MEMORY_PRESENT) {
			buf[done] = '\0';
			return NULL;
		}
		if (text_clean(buf + done, piece))
			return NULL;
		done += piece;
	}
	return NULL;
}

const char *memory_state_text(enum memory_state state)
{
	static const char *const text[] = {
		[MEMORY_PRESENT] = "in the dump",
		[MEMORY_EXCLUDED] = "excluded from the dump",
		[MEMORY_ABSENT] = "not in the dump",
		[MEMORY_TRUNCATED] = "beyond the end of the truncated dump",
		[MEMORY_DAMAGED] = "damaged in the dump",
		[MEMORY_OVERWRITTEN] = "overwritten by another kernel",
	};

	return text[state];
}
