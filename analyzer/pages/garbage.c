// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tells garbage from what a struct page can hold, and says what it is. */
#include "analyzer/pages/garbage.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/kernel/target.h"
#include "include/bytes.h"

/* So many words that are no value: a bit that flipped, or one member, is told by itself. */
enum { GARBAGE_MIN = 3 };

/* Of two numbers in a word: counts, and types of pages, which are above. */
static const uint32_t COUNT_BELOW = 0x01000000, TYPE_FROM = 0xf0000000;
/* Poison of lists and tails lies close above CONFIG_ILLEGAL_POINTER_VALUE. */
static const uint64_t POISON_BELOW = 0x1000;

bool is_kernel_address(const struct target *target, vaddr_t addr)
{
	const struct paging *paging = &target->paging;
	unsigned top = paging->levels - 1;
	unsigned bits = paging->level[top].shift + paging->level[top].bits;
	uint64_t differs = bits < 64 ? (addr ^ target->kernel.vmemmap) >> bits : 0;

	return !differs || (bits < 56 && !(differs & ((UINT64_C(1) << (56 - bits)) - 1)));
}

static bool is_in_window(const struct target *target, vaddr_t addr)
{
	for (unsigned i = 0; i < PAGING_WINDOWS; i++)
		if (addr - target->paging.window[i].start < target->paging.window[i].size)
			return true;
	return false;
}

static bool is_count(uint32_t half)
{
	return half < COUNT_BELOW || half >= TYPE_FROM;
}

/* A pointer, poison, a small number, or two of these. */
static bool is_value(const struct target *target, uint64_t word)
{
	return (is_count((uint32_t)word) && is_count((uint32_t)(word >> 32))) ||
	       is_kernel_address(target, word) || is_in_window(target, word) ||
	       word - target->arch->poison_delta < POISON_BELOW;
}

static bool is_flags(const struct target *target, uint64_t flags)
{
	const struct kernel *kernel = &target->kernel;
	const struct zone_info *zone =
		kernel_zone(kernel, page_flags_node(kernel, flags), page_flags_zone(kernel, flags));

	return kernel->nodes_unreadable || (zone && zone->spanned_pages);
}

/* One word again and again. */
static bool is_repeated(const unsigned char *bytes, uint64_t size)
{
	return memcmp(bytes, bytes + 8, 8) == 0 && memcmp(bytes, bytes + 8, size - 8) == 0;
}

bool struct_page_is_garbage(const struct target *target, const unsigned char *bytes)
{
	const struct page_format *format = &target->kernel.page;
	unsigned wrong = 0;

	if (is_repeated(bytes, format->size)) {
		if (bytes[0] != 0 && bytes[0] != 0xff)
			return true;
		if (bytes_are_one(bytes, format->size))
			return false;
	}
	for (uint64_t at = 0; at + 8 <= format->size; at += 8)
		wrong += at != format->flags.at &&
			 !is_value(target, load_u64(bytes + at, format->big_endian));
	/* Flags take longer to judge, and seldom decide. */
	if (wrong == GARBAGE_MIN - 1)
		wrong += !is_flags(target, page_flags(format, bytes));
	return wrong >= GARBAGE_MIN;
}

bool struct_page_is_overwritten(const struct target *target, const unsigned char *bytes)
{
	return bytes_are_one(bytes, target->kernel.page.size) ||
	       struct_page_is_garbage(target, bytes);
}

/* --- words ---------------------------------------------------------------------------- */

/* So many characters in a row are no accident, and so many are shown. */
enum { TEXT_MIN = 12, TEXT_SHOWN = 24 };

static bool is_printable(unsigned char byte)
{
	return byte >= ' ' && byte <= '~' && byte != '"' && byte != '\\';
}

/* The first text in a struct page; its length is 0 if there is none. */
static unsigned text_find(const unsigned char *bytes, uint64_t size, unsigned *at_ret)
{
	unsigned length = 0;

	for (unsigned i = 0; i < size; i++) {
		length = is_printable(bytes[i]) ? length + 1 : 0;
		*at_ret = i + 1 - length;
		if (length == TEXT_SHOWN)
			return length;
		if (length >= TEXT_MIN && (i + 1 == size || !is_printable(bytes[i + 1])))
			return length;
	}
	return 0;
}

/* How many bytes from @at on are the same. */
static unsigned same_from(const unsigned char *bytes, uint64_t size, unsigned at)
{
	unsigned end = at;

	while (end < size && bytes[end] == bytes[at])
		end++;
	return end - at;
}

const char *garbage_text(const struct target *target, const unsigned char *bytes,
			 char buf[GARBAGE_TEXT_MAX])
{
	const struct page_format *format = &target->kernel.page;
	unsigned at, length = text_find(bytes, format->size, &at);
	unsigned same = length ? same_from(bytes, format->size, at) : 0;
	uint64_t first = load_u64(bytes, format->big_endian);

	if (bytes_are_one(bytes, format->size))
		snprintf(buf, GARBAGE_TEXT_MAX, "with 0x%02x in every byte", bytes[0]);
	else if (length && same >= length) /* poison may be printable: 0x5a, 0x6b */
		snprintf(buf, GARBAGE_TEXT_MAX, "with 0x%02x in %u bytes, from byte %u on",
			 bytes[at], same, at);
	else if (length)
		snprintf(buf, GARBAGE_TEXT_MAX, "with the text \"%.*s\"", (int)length,
			 (const char *)bytes + at);
	else if (is_repeated(bytes, format->size))
		snprintf(buf, GARBAGE_TEXT_MAX, "with 0x%016" PRIx64 " again and again", first);
	else
		snprintf(buf, GARBAGE_TEXT_MAX,
			 "with what begins with 0x%016" PRIx64 " 0x%016" PRIx64, first,
			 load_u64(bytes + 8, format->big_endian));
	return buf;
}
