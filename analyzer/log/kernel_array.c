// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages are copied once, and those that nobody asks for never. */
#include "analyzer/log/kernel_array.h"

#include <stdlib.h>

#include "analyzer/paging/kmem.h"
#include "include/error.h"

enum page_known { PAGE_NEW, PAGE_COPIED, PAGE_MISSING };

/* Bytes of the array from the start of the page that its first byte is in. */
static size_t page_offset(const struct kernel_array *array)
{
	return array->start & (((vaddr_t)1 << array->kmem->walk.memory->page_shift) - 1);
}

static size_t page_of(const struct kernel_array *array, size_t at)
{
	return (page_offset(array) + at) >> array->kmem->walk.memory->page_shift;
}

struct error *kernel_array_open(struct kmem *kmem, vaddr_t start, size_t bytes,
				struct kernel_array *ret)
{
	*ret = (struct kernel_array){ .kmem = kmem, .start = start, .bytes = bytes };
	ret->copy = malloc(bytes);
	ret->pages = calloc(page_of(ret, bytes) + 1, 1);
	return ret->copy && ret->pages ? NULL : error_nomem();
}

void kernel_array_close(struct kernel_array *array)
{
	free(array->copy);
	free(array->pages);
	*array = (struct kernel_array){ 0 };
}

/* What of @page belongs to the array. */
static struct error *page_copy(struct kernel_array *array, size_t page)
{
	unsigned shift = array->kmem->walk.memory->page_shift;
	size_t before = page_offset(array);
	size_t from = page ? (page << shift) - before : 0;
	size_t end = ((page + 1) << shift) - before;
	enum memory_state state;

	if (end > array->bytes)
		end = array->bytes;
	struct error *err =
		kmem_read(array->kmem, array->start + from, array->copy + from, end - from, &state);
	if (!err)
		array->pages[page] = state == MEMORY_PRESENT ? PAGE_COPIED : PAGE_MISSING;
	return err;
}

struct error *kernel_array_look(struct kernel_array *array, size_t at, size_t len,
				const unsigned char **ret)
{
	size_t last = page_of(array, at + len - 1);

	*ret = NULL;
	for (size_t page = page_of(array, at); page <= last; page++) {
		struct error *err = array->pages[page] == PAGE_NEW ? page_copy(array, page) : NULL;

		if (err || array->pages[page] == PAGE_MISSING)
			return err;
	}
	*ret = array->copy + at;
	return NULL;
}
