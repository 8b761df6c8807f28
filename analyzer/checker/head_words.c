// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names the first thing that no head of a huge page has. */
#include "analyzer/checker/head_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/pages/garbage.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/page_owner.h"
#include "analyzer/pages/survey.h"
#include "include/error.h"

#define say(buf, ...) snprintf(buf, HEAD_WORDS_MAX, __VA_ARGS__)

/* "is zero", "is all ones", "is filled with 0x6b" */
static void say_filled(const unsigned char *bytes, bool frame, char buf[HEAD_WORDS_MAX])
{
	const char *also = frame ? ", as is all of its vmemmap page" : "";

	if (bytes[0] == 0 || bytes[0] == 0xff)
		say(buf, "is %s%s", bytes[0] ? "all ones" : "zero", also);
	else
		say(buf, "is filled with 0x%02x%s", bytes[0], also);
}

/* @orders: so many has the page allocator. */
static void say_owner(enum page_owner owner, uint64_t value, unsigned orders,
		      char buf[HEAD_WORDS_MAX])
{
	static const char *const owners[] = {
		[OWNER_TABLE] = "a page table",
		[OWNER_SLAB] = "a slab page",
		[OWNER_MAPPED] = "a page that is mapped by a process",
		[OWNER_LRU] = "a page of a file or a process",
		[OWNER_RESERVED] = "a reserved page (PG_reserved)",
	};

	if (owner == OWNER_BUDDY && value < orders)
		say(buf, "is that of a free block of order %" PRIu64, value);
	else if (owner == OWNER_BUDDY)
		say(buf, "is that of a free block (of no order: its private is %#" PRIx64 ")",
		    value);
	else if (owner == OWNER_TYPE)
		say(buf, "is that of another use (page type 0x%" PRIx64 ")", value);
	else
		say(buf, "is that of %s", owners[owner]);
}

const char *head_type_words(const struct target *target, const unsigned char *bytes,
			    char buf[HEAD_WORDS_MAX])
{
	uint64_t value;
	enum page_owner owner = page_owner_of(target, bytes, &value);

	buf[0] = '\0';
	if (owner == OWNER_BUDDY || owner == OWNER_TABLE || owner == OWNER_SLAB)
		say_owner(owner, value, target->kernel.page.gigantic_order, buf);
	return buf;
}

/* "is not marked as a huge page (compound_dtor is 0), and has mapping 0xffff888012345678" */
static void say_mark(const struct target *target, const unsigned char *bytes,
		     char buf[HEAD_WORDS_MAX])
{
	const struct page_format *format = &target->kernel.page;
	uint64_t value, mark = page_value(format, bytes, format->hugetlb.field);
	const char *user =
		page_may_lack_hugetlb(format, bytes) ? huge_late_user(target, bytes, &value) : NULL;
	int length = say(buf, "is not marked as a huge page (%s is %#" PRIx64 ")",
			 format->marker->member, mark);
	char what[GARBAGE_TEXT_MAX];

	if (struct_page_is_overwritten(target, bytes + format->size)) {
		garbage_text(target, bytes + format->size, what);
		if (length > 0 && length < HEAD_WORDS_MAX)
			snprintf(buf + length, HEAD_WORDS_MAX - (size_t)length,
				 ", and its first tail was overwritten %s", what);
		return;
	}
	if (user && length > 0 && length < HEAD_WORDS_MAX)
		snprintf(buf + length, HEAD_WORDS_MAX - (size_t)length, ", and has %s %#" PRIx64,
			 user, value);
}

static void words_of(const struct target *target, const unsigned char *bytes,
		     struct head_words *ret)
{
	const struct page_format *format = &target->kernel.page;
	uint64_t value;
	enum page_owner owner = page_owner_of(target, bytes, &value);

	if (bytes_are_one(bytes, format->size)) {
		say_filled(bytes, bytes_are_one(bytes, target->kernel.page_size), ret->text);
		return;
	}
	if (struct_page_is_garbage(target, bytes)) {
		char what[GARBAGE_TEXT_MAX];

		say(ret->text, "was overwritten %s", garbage_text(target, bytes, what));
		return;
	}
	ret->is_taken = owner != OWNER_NOBODY;
	if (ret->is_taken)
		say_owner(owner, value, format->gigantic_order, ret->text);
	else if (!page_is_head(format, bytes))
		say(ret->text, "has no PG_head");
	else if (!page_is_hugetlb(format, bytes))
		say_mark(target, bytes, ret->text);
	else
		say(ret->text, "is marked as a huge page of another order");
}

struct error *head_words_find(const struct survey *survey, pfn_t pfn, struct head_words *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	struct page_buffer buffer = { 0 };
	const unsigned char *bytes;
	enum memory_state state;

	*ret = (struct head_words){ .text = "cannot be read" };
	struct error *err = vmemmap_look(kernel, survey->map, survey->target->memory, &buffer, pfn,
					 kernel->page_size, &bytes, &state);
	if (!err && state == MEMORY_PRESENT)
		words_of(survey->target, bytes, ret);
	page_buffer_deinit(&buffer);
	return err;
}
