// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Struct pages that no kernel wrote: most of what is in one has no value that a member of
 * struct page can have. What one of its flags says then means nothing.
 */
#ifndef VMEMSCOPE_GARBAGE_H
#define VMEMSCOPE_GARBAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "include/types.h"

struct target;

/* Above what page tables distinguish, as in other kernel addresses; the top byte may be a tag. */
bool is_kernel_address(const struct target *target, vaddr_t addr);

/*
 * True if the struct page at @bytes holds text, one number again and again, or garbage. One
 * that is all zero, or all ones, may never have been written: that is for who looks at it.
 */
bool struct_page_is_garbage(const struct target *target, const unsigned char *bytes);

/* The same, and zero or all ones. */
bool struct_page_is_overwritten(const struct target *target, const unsigned char *bytes);

/* 'with 0x5a in every byte', 'with the text "The quick brown fox"'; into @buf. */
enum { GARBAGE_TEXT_MAX = 80 };
const char *garbage_text(const struct target *target, const unsigned char *bytes,
			 char buf[GARBAGE_TEXT_MAX]);

#endif
