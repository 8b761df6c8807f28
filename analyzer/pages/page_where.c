// SPDX-License-Identifier: LGPL-2.1-or-later
/* Finds the page that a number names. */
#include "analyzer/pages/page_where.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/pages/survey.h"
#include "include/error.h"

/* --- reading ---------------------------------------------------------------------- */

static const struct {
	const char *prefix;
	enum page_where_kind kind;
} prefixes[] = {
	{ "pfn:", WHERE_PFN },
	{ "phys:", WHERE_PHYS },
	{ "", WHERE_NUMBER },
};

/* As an oops prints an address: 16 digits, without 0x. No pfn has so many. */
static bool is_bare_address(const char *number)
{
	enum { ADDRESS_DIGITS = 16 };

	return strspn(number, "0123456789abcdefABCDEF") == ADDRESS_DIGITS &&
	       !number[ADDRESS_DIGITS];
}

struct error *page_where_parse(const char *text, struct page_where *ret)
{
	size_t i = 0;
	char *end;

	while (strncmp(text, prefixes[i].prefix, strlen(prefixes[i].prefix)) != 0)
		i++;
	const char *number = text + strlen(prefixes[i].prefix);

	bool is_bare = is_bare_address(number);

	errno = 0;
	*ret = (struct page_where){
		.kind = prefixes[i].kind,
		.is_hex = is_bare || (number[0] == '0' && (number[1] == 'x' || number[1] == 'X')),
		.number = strtoull(number, &end, is_bare ? 16 : 0),
	};
	if (!errno && end != number && !*end && (is_bare || (*number >= '0' && *number <= '9')))
		return NULL;
	return error_new(ERROR_USAGE,
			 "'%s' is neither a pfn nor an address: give a number, decimal or 0x…, an "
			 "address as an oops prints it (16 digits), pfn:NUMBER, or phys:ADDRESS",
			 text);
}

/* --- finding ---------------------------------------------------------------------- */

static struct error *by_pfn(const struct target *target, uint64_t number, struct page_found *ret)
{
	*ret = (struct page_found){ .pfn = number, .by = NAMED_PFN };
	if (kernel_pfn_valid(&target->kernel, number))
		return NULL;
	return error_new(ERROR_USAGE, "0x%" PRIx64 " is no valid pfn (up to 0x%" PRIx64 ")", number,
			 kernel_last_pfn(&target->kernel));
}

/* Whose struct pages lie in @frame: the first page that the vmemmap shows there. */
static struct page_found by_frame(const struct survey *survey, paddr_t addr)
{
	const struct kernel *kernel = &survey->target->kernel;
	pfn_t frame = addr >> kernel->page_shift;
	struct page_found found = { .pfn = frame, .by = NAMED_FRAME, .frame = frame };
	uint64_t index, count;
	size_t cursor = 0;

	if (!vmemmap_users_next(survey->map, frame, &cursor, &index, &count))
		return found;
	found.by = NAMED_STRUCT_PAGE_COPY;
	found.pfn = ((index << kernel->page_shift) + (addr & (kernel->page_size - 1))) /
		    kernel->struct_page_size;
	return found;
}

static struct error *by_address(const struct survey *survey, uint64_t number, bool *found_ret,
				struct page_found *ret)
{
	enum memory_state state = MEMORY_ABSENT;
	paddr_t addr = 0;
	struct error *err = kmem_translate(survey->target->kmem, number, &addr, &state);

	*found_ret = false;
	if (err || state != MEMORY_PRESENT)
		return err;
	*ret = by_frame(survey, addr);
	*found_ret = kernel_pfn_valid(&survey->target->kernel, ret->pfn);
	return NULL;
}

/* A folio is as large as so many struct pages, from which its members' offsets are. */
enum { OFFSETS_IN = 4 };

/* An address in an oops may be a member's offset from no page at all. */
static struct error *refuse_offset(uint64_t number)
{
	return error_new(ERROR_USAGE,
			 "0x%" PRIx64 " is what an oops shows of a pointer that is NULL, plus the "
			 "offset of a member: no page's address. If page frame 0x%" PRIx64
			 " is meant, say pfn:0x%" PRIx64,
			 number, number, number);
}

static struct error *by_number(const struct survey *survey, const struct page_where *where,
			       struct page_found *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	uint64_t number = where->number;
	bool found;

	if (target_has_vmemmap_at(survey->target, number)) {
		*ret = (struct page_found){
			.pfn = (number - kernel->vmemmap) / kernel->struct_page_size,
			.by = NAMED_STRUCT_PAGE,
		};
		if (kernel_pfn_valid(kernel, ret->pfn))
			return NULL;
		return error_new(ERROR_USAGE,
				 "0x%" PRIx64 " would be in the struct page of pfn 0x%" PRIx64
				 ", which is no page of this machine: %s",
				 number, ret->pfn,
				 kernel_section_of(kernel, ret->pfn)
					 ? "its section has no such part"
					 : "there is no such memory section");
	}
	if (where->is_hex && number < OFFSETS_IN * kernel->struct_page_size)
		return refuse_offset(number);
	if (kernel_pfn_valid(kernel, number))
		return by_pfn(survey->target, number, ret);
	struct error *err = by_address(survey, number, &found, ret);
	if (err || found)
		return err;
	return error_new(ERROR_USAGE,
			 "0x%" PRIx64 " is neither a valid pfn (up to 0x%" PRIx64
			 "), nor the address of a struct page (0x%" PRIx64 " to 0x%" PRIx64
			 "), nor a kernel address of memory that has one (a physical address is "
			 "given as phys:ADDRESS)",
			 number, kernel_last_pfn(kernel), kernel->vmemmap,
			 kernel_struct_page(kernel, kernel_last_pfn(kernel) + 1) - 1);
}

struct error *page_where_find(const struct survey *survey, const struct page_where *where,
			      struct page_found *ret)
{
	switch (where->kind) {
	case WHERE_PFN:
		return by_pfn(survey->target, where->number, ret);
	case WHERE_PHYS:
		*ret = by_frame(survey, where->number);
		if (kernel_pfn_valid(&survey->target->kernel, ret->pfn))
			return NULL;
		return error_new(ERROR_USAGE,
				 "physical address 0x%" PRIx64
				 " is in no page that has a struct page",
				 where->number);
	case WHERE_NUMBER:
		break;
	}
	return by_number(survey, where, ret);
}

const char *page_named_id(enum page_named_by by)
{
	static const char *const ids[] = {
		[NAMED_PFN] = "pfn",
		[NAMED_STRUCT_PAGE] = "struct-page",
		[NAMED_STRUCT_PAGE_COPY] = "struct-page-frame",
		[NAMED_FRAME] = "frame",
	};

	return ids[by];
}
