// SPDX-License-Identifier: LGPL-2.1-or-later
/* A bit for each page frame, in chunks that are made when the first of their bits is set. */
#include "formats/dump/damaged_pages.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "include/error.h"

enum { CHUNK_BYTES = 4096, CHUNK_PAGES = CHUNK_BYTES * 8 };

struct damaged_pages {
	pthread_mutex_t lock;
	bool any;
	size_t chunk_count;
	uint8_t *chunks[]; /* NULL: no page of it is damaged */
};

struct error *damaged_pages_create(uint64_t max_pfn, struct damaged_pages **ret)
{
	size_t chunk_count = (size_t)(max_pfn / CHUNK_PAGES) + 1, bytes;
	struct damaged_pages *pages = NULL;

	if (!__builtin_mul_overflow(chunk_count, sizeof(pages->chunks[0]), &bytes) &&
	    !__builtin_add_overflow(bytes, sizeof(*pages), &bytes))
		pages = calloc(1, bytes);
	if (!pages)
		return error_nomem();
	pages->chunk_count = chunk_count;
	pthread_mutex_init(&pages->lock, NULL);
	*ret = pages;
	return NULL;
}

void damaged_pages_destroy(struct damaged_pages *pages)
{
	if (!pages)
		return;
	for (size_t i = 0; i < pages->chunk_count; i++)
		free(pages->chunks[i]);
	pthread_mutex_destroy(&pages->lock);
	free(pages);
}

static struct error *set_bit(struct damaged_pages *pages, pfn_t pfn)
{
	uint8_t **chunk = &pages->chunks[pfn / CHUNK_PAGES];
	const size_t bit = pfn % CHUNK_PAGES;

	if (!*chunk)
		*chunk = calloc(1, CHUNK_BYTES);
	if (!*chunk)
		return error_nomem();
	(*chunk)[bit / 8] |= (uint8_t)(1U << bit % 8);
	pages->any = true;
	return NULL;
}

struct error *damaged_pages_add(struct damaged_pages *pages, pfn_t pfn)
{
	pthread_mutex_lock(&pages->lock);
	struct error *err = set_bit(pages, pfn);
	pthread_mutex_unlock(&pages->lock);
	return err;
}

static void tell_chunk(const uint8_t *chunk, pfn_t first, struct memory_damage *damage)
{
	for (size_t bit = 0; bit < CHUNK_PAGES; bit++)
		if (chunk[bit / 8] >> bit % 8 & 1)
			memory_damage_add(damage, first + bit, 1);
}

void damaged_pages_tell(struct damaged_pages *pages, struct memory_damage *ret)
{
	pthread_mutex_lock(&pages->lock);
	for (size_t i = 0; pages->any && i < pages->chunk_count; i++) {
		if (pages->chunks[i])
			tell_chunk(pages->chunks[i], (pfn_t)i * CHUNK_PAGES, ret);
	}
	pthread_mutex_unlock(&pages->lock);
}
