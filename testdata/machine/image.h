// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Physical memory for tests, sparse: written in C, or described in text.
 *
 *     # a comment, to the end of the line
 *     @0x1000            what follows begins at this physical address
 *     0x2003 0*511       words of 8 bytes, little endian; VALUE*COUNT repeats
 *     big-endian         from here on words are; little-endian goes back
 *     zero 0x5000 16     16 pages from there on, present and zero
 *     excluded 0x3000    one page (or as many as a second number says) in a state
 *     absent 0x4000
 *     truncated 0x6000 2
 *     damaged 0x5000     as read() tells; extent() says that it is present
 *
 * A page that nothing names is absent. What comes later wins.
 */
#ifndef VMEMSCOPE_TESTDATA_IMAGE_H
#define VMEMSCOPE_TESTDATA_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "include/memory.h"

struct image;

/* Running out of memory ends the program. */
struct image *image_create(void);
void image_destroy(struct image *image); /* NULL is allowed */

/* ERROR_CORRUPT names the line and the word that cannot be understood. */
struct error *image_parse(const char *text, struct image **ret);

/* As the analyzer wants it; lives as long as @image. */
struct memory *image_memory(struct image *image);

/* From now on pages [addr, addr + count pages) are in @state; contents are kept. */
void image_set_state(struct image *image, paddr_t addr, uint64_t count, enum memory_state state);

/*
 * As it is made, an image has pages of 4 KiB and is little-endian. Before anything is
 * written: pages of 1 << @page_shift bytes (12 to 16), and what image_write() and
 * image_read() take numbers for.
 */
void image_set_pages(struct image *image, unsigned page_shift);
void image_set_big_endian(struct image *image, bool big_endian);

/* A page that is in no state yet becomes present. */
void image_write(struct image *image, paddr_t addr, uint64_t value, size_t size);
void image_write_bytes(struct image *image, paddr_t addr, const void *bytes, size_t size);
void image_write_page(struct image *image, pfn_t pfn, const void *bytes); /* all of it */
void image_write_text(struct image *image, paddr_t addr, const char *text);
uint64_t image_read(const struct image *image, paddr_t addr, size_t size);

/* How many pieces were read through image_memory() so far. */
uint64_t image_reads(const struct image *image);
/* The read after @count more fails with ERROR_OS; UINT64_MAX: none does. */
void image_fail_after(struct image *image, uint64_t count);

#endif
