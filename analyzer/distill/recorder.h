// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a distilled dump must hold: a memory that remembers what it was asked. */
#ifndef VMEMSCOPE_RECORDER_H
#define VMEMSCOPE_RECORDER_H

#include <stddef.h>

#include "include/memory.h"
#include "include/types.h"

struct error;
struct recorder;

/* A memory that answers like @source, which it borrows. */
struct error *recorder_create(struct memory *source, struct recorder **ret);
struct memory *recorder_memory(struct recorder *recorder);
/*
 * The source again, but of each page only the bytes that were read through
 * recorder_memory() so far; the others read as zero. Borrowed.
 */
struct memory *recorder_masked(struct recorder *recorder);
/* Ascending, each once; borrowed until the next call. */
struct error *recorder_pages(struct recorder *recorder, const pfn_t **ret, size_t *count_ret);
/* From now on the answer about page @pfn is that the dump left it out. */
struct error *recorder_exclude(struct recorder *recorder, pfn_t pfn);
/* Ascending and disjoint; includes the answers of reads that found nothing. */
const struct memory_extent *recorder_extents(struct recorder *recorder, size_t *count_ret);
void recorder_destroy(struct recorder *recorder);

#endif
