// SPDX-License-Identifier: LGPL-2.1-or-later
/* Says in words what a frame is: what should not be where it is has a name. */
#include "analyzer/checker/checks.h"

#include <inttypes.h>
#include <stdio.h>

#include "include/bytes.h"

enum { STRUCT_PAGE_MAX = 512 };

struct question {
	const struct survey *survey;
	pfn_t frame;
	uint64_t index, end; /* vmemmap pages that are known to map it */
	bool is_table;	     /* it is known to hold a page table */
	char *buf;	     /* empty until something is said */
};

#define say(question, ...) snprintf((question)->buf, FRAME_WORDS_MAX, __VA_ARGS__)

/* --- by where it is ----------------------------------------------------------- */

static void say_place(const struct question *question)
{
	const struct survey *survey = question->survey;
	const struct device *device = devices_find(survey->devices, question->frame);
	const struct section *section = kernel_section_of(&survey->target->kernel, question->frame);
	char label[HUGE_LABEL_MAX];

	if (device && device->kind != DEVICE_SYSTEM_RAM)
		say(question, "memory of %s", device_label(device, label));
	else if (!kernel_pfn_valid(&survey->target->kernel, question->frame))
		say(question, "no memory of this machine");
	else if (!section->online)
		say(question, "memory that is not online");
}

/* --- by what maps it ------------------------------------------------------------ */

static void say_zone(const struct question *question)
{
	const struct survey *survey = question->survey;
	const struct kernel *kernel = &survey->target->kernel;

	for (size_t i = 0; i < kernel->zone_count; i++)
		for (unsigned slot = 0; slot < kernel->zones[i].tail_count; slot++) {
			const struct zone_info *zone = &kernel->zones[i];

			if (!zone->tail[slot].known || !zone->tail[slot].groups ||
			    zone->tail[slot].page != kernel_struct_page(kernel, question->frame))
				continue;
			say(question, "what tails of %s pages in zone %s of node %u share",
			    order_size(kernel->tails_min_order + slot, survey->target), zone->name,
			    zone->node);
			return;
		}
}

/* Of a page that maps it, and of which the caller does not know. */
static void say_user(const struct question *question, uint64_t index)
{
	const struct survey *survey = question->survey;
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index), head;
	struct huge_page page;
	char label[HUGE_LABEL_MAX];

	if (!vmemmap_page_of(survey, index, &page)) {
		say(question, "where the struct pages from pfn 0x%" PRIx64 " on are", pfn);
		return;
	}
	bool is_head = vmemmap_frame_at(survey->map, huge_first(survey->target, &page), &head) &&
		       head == question->frame;
	say(question, "where the %s of the %s %s", is_head ? "head" : "tails",
	    huge_label(survey, &page, label), is_head ? "is" : "are");
}

static void say_users(const struct question *question)
{
	uint64_t first, count;

	for (size_t cursor = 0;
	     vmemmap_users_next(question->survey->map, question->frame, &cursor, &first, &count);) {
		if (first < question->index)
			return say_user(question, first);
		if (first + count > question->end)
			return say_user(question, first > question->end ? first : question->end);
	}
}

/* --- by its own struct page ------------------------------------------------------- */

static void say_mapping(const struct question *question, uint64_t mapping)
{
	static const char *const kinds[] = {
		"a page of a file",
		"a page of a process",
		"a page that a driver moves about",
		"a page of a process, merged with others (KSM)",
	};

	say(question, "%s", kinds[mapping & 3]);
}

static uint64_t mapping_of(const struct target *target, const unsigned char *bytes)
{
	return page_value(&target->kernel.page, bytes, target->kernel.page.mapping);
}

/* In use by the kernel: nothing else shows. */
static void say_kernel(const struct question *question, const unsigned char *bytes)
{
	const struct page_format *format = &question->survey->target->kernel.page;
	uint32_t refcount = page_refcount(format, bytes);

	if (refcount == 0)
		say(question, "nobody's: its reference count is 0");
	else if (page_flags(format, bytes) & format->reserved)
		say(question, "reserved since boot");
	else
		say(question, "a page of the kernel's own (reference count %u)", refcount);
}

static void say_use(const struct question *question, const unsigned char *bytes)
{
	static const char *const texts[FRAME_USE_COUNT] = {
		[FRAME_USE_TABLE] = "a page table",
		[FRAME_USE_SLAB] = "a slab page",
		[FRAME_USE_HUGETLB] = "the head of a huge page",
		[FRAME_USE_HEAD] = "the head of a compound page",
		[FRAME_USE_TAIL] = "in the middle of a compound page",
		[FRAME_USE_LRU] = "a page of a file or a process",
		[FRAME_USE_MAPPED] = "mapped by a process",
	};
	uint64_t value = 0, mapping = mapping_of(question->survey->target, bytes);
	enum frame_use use = frame_use_of(question->survey->target, bytes, &value);

	if (page_is_blank(&question->survey->target->kernel.page, bytes))
		say(question, "of no use that shows: its struct page is blank");
	else if (use == FRAME_USE_KERNEL)
		say_kernel(question, bytes);
	else if (use == FRAME_USE_TYPE)
		say(question, "in use otherwise (page type 0x%" PRIx64 ")", value);
	else if (use >= FRAME_USE_LRU && mapping)
		say_mapping(question, mapping);
	else
		say(question, "%s", texts[use]);
}

static struct error *say_struct_page(const struct question *question)
{
	const struct survey *survey = question->survey;
	const struct kernel *kernel = &survey->target->kernel;
	unsigned char bytes[STRUCT_PAGE_MAX];
	enum memory_state state;
	struct huge_page page;
	char label[HUGE_LABEL_MAX];

	if (huge_pages_find(&survey->inventory->pages, question->frame, &page)) {
		say(question, "in the %s, where its user's data are",
		    huge_label(survey, &page, label));
		return NULL;
	}
	struct error *err = vmemmap_read(kernel, survey->map, survey->target->memory,
					 question->frame, bytes, kernel->struct_page_size, &state);
	if (err)
		return err;
	if (state != MEMORY_PRESENT || !layout_has(&survey->target->layout, LAYOUT_PAGE_MAPCOUNT) ||
	    !layout_has(&survey->target->layout, LAYOUT_PAGE_REFCOUNT))
		say(question, "of unknown use: its struct page is %s",
		    state == MEMORY_PRESENT ? "of an unknown form" : memory_state_text(state));
	else
		say_use(question, bytes);
	return NULL;
}

/* A table that the walk of the vmemmap came through: its struct page may not say so. */
static void say_table(const struct question *question)
{
	const struct target *target = question->survey->target;
	paddr_t start = question->frame << target->kernel.page_shift;
	const struct walked_table *table = walked_tables_in(&question->survey->map->tables, start,
							    start + target->kernel.page_size);

	if (table)
		say(question,
		    "a page table: the %s table of the struct pages from pfn 0x%" PRIx64 " on",
		    paging_level_name(&target->paging, table->level),
		    vmemmap_first_pfn(&target->kernel, table->first));
}

/* --- all of it ---------------------------------------------------------------------- */

static struct error *say_free(const struct question *question)
{
	struct frame_verdict verdict;
	struct error *err = frame_judge(question->survey, question->frame, &verdict);

	if (!err && verdict.free)
		say(question, "free: in a buddy block of order %u", verdict.order);
	return err;
}

static struct error *answer(const struct question *question)
{
	const char *said = question->buf;

	question->buf[0] = '\0';
	say_place(question);
	if (said[0])
		return NULL;
	struct error *err = say_free(question);
	if (!err && !said[0])
		say_zone(question);
	if (!err && !said[0] && !question->is_table)
		say_table(question);
	if (!err && !said[0])
		say_users(question);
	return err || said[0] ? err : say_struct_page(question);
}

struct error *frame_words(const struct survey *survey, pfn_t frame, uint64_t index, uint64_t count,
			  char buf[FRAME_WORDS_MAX])
{
	return answer(&(struct question){ survey, frame, index, index + count, false, buf });
}

struct error *frame_words_of_table(const struct survey *survey, pfn_t frame,
				   char buf[FRAME_WORDS_MAX])
{
	return answer(&(struct question){
		.survey = survey, .frame = frame, .is_table = true, .buf = buf });
}
