// SPDX-License-Identifier: LGPL-2.1-or-later
/* The sentences about a crash: a table for each kind of them. */
#include "analyzer/reports/crash_words.h"

#include <inttypes.h>

#include "analyzer/checker/checks.h"
#include "include/plural.h"

const char *crash_kind_words(enum crash_kind kind)
{
	static const char *const words[] = {
		[CRASH_UNKNOWN] = "something unknown",
		[CRASH_PAGE_FAULT] = "page fault",
		[CRASH_NULL_POINTER] = "NULL pointer",
		[CRASH_GENERAL_PROTECTION] = "general protection fault",
		[CRASH_BUG] = "BUG",
		[CRASH_BAD_PAGE_STATE] = "bad page state",
		[CRASH_LIST_CORRUPTION] = "list corruption",
		[CRASH_SOFT_LOCKUP] = "soft lockup",
		[CRASH_HARD_LOCKUP] = "hard lockup",
		[CRASH_HUNG_TASK] = "hung task",
		[CRASH_RCU_STALL] = "RCU stall",
		[CRASH_MACHINE_CHECK] = "machine check",
		[CRASH_MEMORY_FAILURE] = "memory failure",
		[CRASH_OOM] = "out of memory",
		[CRASH_SYSRQ] = "sysrq crash",
		[CRASH_PANIC] = "panic",
	};

	return words[kind];
}

void crash_add_time(struct words *words, uint64_t time_ns)
{
	words_add(words, "%" PRIu64 ".%06" PRIu64, time_ns / 1000000000, time_ns / 1000 % 1000000);
}

/* "name+0x5 [module]" */
static void add_who(struct words *words, const struct crash_event *event)
{
	if (!event || !event->symbol[0])
		words_add(words, "code that the log does not name");
	else
		words_add(words, event->module[0] ? "%s [%s]" : "%s", event->symbol, event->module);
}

/* --- the verdict ---------------------------------------------------------------------- */

enum verdict_part { PART_NONE, PART_WHO, PART_CHECK };

/* The first part of the sentence, what goes in, and the rest. */
static const struct {
	const char *before;
	enum verdict_part part;
	const char *after;
} verdicts[WHY_COUNT] = {
	[WHY_NOT_ASKED] = { "the machine runs", PART_NONE, "" },
	[WHY_ENTRY_ABSENT] = { "the vmemmap is damaged: nothing is mapped where ", PART_WHO,
			       " touched a struct page" },
	[WHY_ENTRY_WRONG] = { "the vmemmap is damaged where ", PART_WHO, " touched a struct page" },
	[WHY_FRAME_WRONG] = { "the vmemmap is damaged: ", PART_WHO,
			      " touched a frame behind it that is not as it must be" },
	[WHY_REGISTER_WRONG] = { "the vmemmap is damaged: a register of the fault leads to a "
				 "struct page that is not as it must be",
				 PART_NONE, "" },
	[WHY_PAGE_WRONG] = { "the vmemmap is damaged: the page that the log names has struct "
			     "pages that are not as they must be",
			     PART_NONE, "" },
	[WHY_READONLY_TAIL] = { "the vmemmap is sound. ", PART_WHO,
				" wrote to a shared tail, which is read-only by rule: the "
				"writer is at fault" },
	[WHY_READONLY_THEN] = { "the vmemmap is sound. ", PART_WHO,
				" wrote to a tail that was read-only then; it was restored "
				"since. The writer is at fault" },
	[WHY_NO_MEMORY] = { "the vmemmap is sound. ", PART_WHO,
			    " touched the struct page of a pfn that this machine does not have: "
			    "the pfn is wrong" },
	[WHY_SHARED_FRAME] = { "struct pages were overwritten before, through a frame that their "
			       "vmemmap shared. Who met them is not who wrote",
			       PART_NONE, "" },
	[WHY_RESTORED_HEADS] = { "struct pages were restored wrongly before: vmemmap pages of "
				 "freed huge pages begin with copies of the head. Nobody "
				 "overwrote anything",
				 PART_NONE, "" },
	[WHY_RESTORED_COPIES] = { "struct pages were overwritten before, through a frame that "
				  "their vmemmap shared until it was restored. Who met them is "
				  "not who wrote",
				  PART_NONE, "" },
	[WHY_SILENT] = { "the log tells of no fault, but the dump has some. See Findings",
			 PART_NONE, "" },
	[WHY_HUGE_DATA] = { "nothing to do with the shared vmemmap. ", PART_WHO,
			    " met the memory of a huge page, and not its struct pages" },
	[WHY_ELSEWHERE] = { "nothing to do with the shared vmemmap. ", PART_WHO,
			    " met an address that is none of it" },
	[WHY_NO_ADDRESS] = { "nothing to do with the shared vmemmap: no address or page of it "
			     "is in the log",
			     PART_NONE, "" },
	[WHY_PAGE_SOUND] = { "nothing to do with the shared vmemmap: the struct page of the page "
			     "that the log names is mapped as it must be",
			     PART_NONE, "" },
	[WHY_NEVER_SHARED] = { "nothing to do with the shared vmemmap: the struct pages of the "
			       "bad pages lie where nothing was ever shared",
			       PART_NONE, "" },
	[WHY_NO_EVENT] = { "nothing to do with the shared vmemmap: the log tells of no fault",
			   PART_NONE, "" },
	[WHY_VMEMMAP_UNEXPLAINED] = { "cannot tell: ", PART_WHO,
				      " faulted at a struct page, and neither page tables nor "
				      "checks explain it" },
	[WHY_TABLES_BEHIND] = { "cannot tell: ", PART_WHO,
				" found nothing mapped at a struct page that the kernel's own "
				"page tables map" },
	[WHY_BAD_PAGES_UNTIED] = { "cannot tell: the kernel met bad pages, and nothing shows a "
				   "frame that they shared",
				   PART_NONE, "" },
	[WHY_EVENT_LOST] = { "cannot tell: the log begins in the middle of a report, whose first "
			     "lines were overwritten",
			     PART_NONE, "" },
	[WHY_NO_LOG] = { "cannot tell: the log was not read", PART_NONE, "" },
};

static void add_bad_pages(struct words *words, const struct bad_pages *bad)
{
	words_add(words, ". %" PRIu64 " of %" PRIu64 " bad pages in the log", bad->alike,
		  bad->count);
	if (bad->kind == BAD_PAGES_HEADS)
		words_add(words, " are among the first four of their vmemmap page");
	else
		words_add(words, " %s struct page %u of %s vmemmap page", verb_be(bad->alike),
			  bad->residue, bad->alike == 1 ? "its" : "their");
	if (bad->kind == BAD_PAGES_COPIES)
		words_add(words,
			  "; %" PRIu64 " vmemmap pages of the huge page that was at 0x%" PRIx64
			  " have the same bytes there",
			  bad->copies, bad->block);
}

void crash_add_verdict(struct words *words, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	const struct crash_event *event = crash_cause(crash);

	words_add(words, "%s", verdicts[crash->why].before);
	if (verdicts[crash->why].part == PART_WHO)
		add_who(words, event);
	words_add(words, "%s", verdicts[crash->why].after);
	if (crash_why_verdict(crash->why) == CRASH_DAMAGED_EARLIER)
		add_bad_pages(words, &crash->bad_pages);
	if (crash->why == WHY_NO_LOG)
		words_add(words, ": %s", crash->missing);
	if (crash->why == WHY_NO_EVENT && event && event->kind == CRASH_SYSRQ)
		words_add(words, "; somebody crashed the machine on purpose (sysrq)");
	words_add(words, ".");
}

/* --- the event -------------------------------------------------------------------------- */

static void add_access(struct words *words, const struct crash_event *event)
{
	static const char *const accesses[] = {
		[ACCESS_UNKNOWN] = "access to",
		[ACCESS_READ] = "read of",
		[ACCESS_WRITE] = "write to",
		[ACCESS_FETCH] = "jump to",
	};
	static const char *const reasons[] = {
		[REASON_UNKNOWN] = "",
		[REASON_NOT_PRESENT] = ", not present",
		[REASON_PERMISSION] = ", not permitted",
		[REASON_RESERVED_BIT] = ", reserved bit set in its entry",
		[REASON_PROTECTION_KEY] = ", protection key",
	};

	if (!event->has_address)
		return;
	words_add(words, ": %s 0x%" PRIx64 "%s", accesses[event->access], event->address,
		  reasons[event->reason]);
	if (event->has_code)
		words_add(words, " (error 0x%" PRIx64 ")", event->code);
}

static void add_task(struct words *words, const struct crash_event *event)
{
	if (event->has_cpu)
		words_add(words, " on CPU %" PRIu32, event->cpu);
	if (event->comm[0])
		words_add(words, ", %s", event->comm);
	if (event->has_pid)
		words_add(words, event->comm[0] ? " (pid %" PRIu32 ")" : ", pid %" PRIu32,
			  event->pid);
	if (event->taint[0])
		words_add(words, ", tainted %s", event->taint);
}

/* What complains is rarely to blame: the function that called it. */
static void add_caller(struct words *words, const struct crash_event *event)
{
	if (event->module[0] || !event->caller_count || event->kind == CRASH_SOFT_LOCKUP)
		return;
	words_add(words, event->caller_modules[0][0] ? ", called by %s [%s]" : ", called by %s",
		  event->callers[0], event->caller_modules[0]);
}

void crash_add_event(struct words *words, const struct crash_event *event)
{
	words_add(words, "%s at ", crash_kind_words(event->kind));
	crash_add_time(words, event->time_ns);
	words_add(words, " s");
	add_task(words, event);
	add_access(words, event);
	if (event->symbol[0]) {
		words_add(words, ", in ");
		add_who(words, event);
		add_caller(words, event);
	}
	if (event->has_pfn)
		words_add(words, ", pfn 0x%" PRIx64, event->pfn);
	if (event->text[0])
		words_add(words, ": %s", event->text);
	if (event->is_head_lost)
		words_add(words, " (its first lines are not in the log any more)");
}

/* --- the place ---------------------------------------------------------------------------- */

static void add_state(struct words *words, const struct analysis *analysis,
		      const struct huge_page *page)
{
	char label[HUGE_LABEL_MAX];

	words_add(words, "%s (node %u", huge_label(&analysis->survey, page, label), page->node);
	if (page->family == FAMILY_HUGETLB && !page->assumed)
		words_add(words, ", %s", page->free ? "free" : "in use");
	words_add(words, ", %s)", huge_page_shares(page) ? "optimised" : "not optimised");
}

static void add_struct_page(struct words *words, const struct analysis *analysis,
			    const struct crash_place *place)
{
	if (place->field)
		words_add(words, "%s of the struct page", place->field);
	else if (place->byte)
		words_add(words, "byte %u of the struct page", place->byte);
	else
		words_add(words, "the struct page");
	words_add(words, " of pfn 0x%" PRIx64, place->pfn);
	if (!place->is_valid) {
		words_add(words, ", which is no page of this machine (the last is 0x%" PRIx64 ")",
			  kernel_last_pfn(&analysis->target.kernel));
		return;
	}
	if (!place->has_huge) {
		words_add(words, ", which is of no huge page");
		return;
	}
	if (place->pfn == place->huge.pfn)
		words_add(words, ": head of the ");
	else
		words_add(words, ": tail %" PRIu64 " of the ", place->pfn - place->huge.pfn);
	add_state(words, analysis, &place->huge);
}

/* LIST_POISON1 and 2, and members behind them: Linux kernel include/linux/poison.h */
static bool is_list_poison(const struct arch_info *arch, uint64_t address)
{
	enum { LIST_POISONS = 0x100, LIST_POISONS_END = 0x200 };

	return address >= arch->poison_delta + LIST_POISONS &&
	       address < arch->poison_delta + LIST_POISONS_END;
}

void crash_add_place(struct words *words, const struct analysis *analysis,
		     const struct crash_place *place)
{
	switch (place->space) {
	case SPACE_VMEMMAP:
		add_struct_page(words, analysis, place);
		return;
	case SPACE_VMEMMAP_FRAME:
		words_add(words,
			  "memory of frame 0x%" PRIx64
			  ", which is behind the vmemmap from pfn 0x%" PRIx64 " on",
			  place->pfn, vmemmap_first_pfn(&analysis->target.kernel, place->index));
		return;
	case SPACE_VMEMMAP_TABLE:
		words_add(words, "memory of frame 0x%" PRIx64 ", a page table of the vmemmap",
			  place->pfn);
		return;
	case SPACE_HUGE_DATA:
		words_add(words, "memory of pfn 0x%" PRIx64 ": data of the ", place->pfn);
		add_state(words, analysis, &place->huge);
		words_add(words, ", not its vmemmap");
		return;
	case SPACE_MEMORY:
		words_add(words, "memory of pfn 0x%" PRIx64 ", which is not the vmemmap",
			  place->pfn);
		return;
	case SPACE_NULL:
		words_add(words, "0x%" PRIx64 " is a NULL pointer%s, no address of the vmemmap",
			  place->address, place->address ? " and the offset of a member" : "");
		return;
	case SPACE_USER:
		words_add(words, "0x%" PRIx64 " is an address of programs, none of the vmemmap",
			  place->address);
		return;
	case SPACE_UNMAPPED:
		if (is_list_poison(analysis->target.arch, place->address)) {
			words_add(words,
				  "0x%" PRIx64 " is what a list entry holds after it was taken off "
				  "its list, no address of the vmemmap",
				  place->address);
			return;
		}
		break;
	case SPACE_UNKNOWN:
		break;
	}
	words_add(words, "0x%" PRIx64 " is no address of the vmemmap, and nothing is mapped there",
		  place->address);
}

/* --- the entry ------------------------------------------------------------------------------ */

static void add_mapping(struct words *words, const struct analysis *analysis,
			const struct crash_place *place)
{
	const struct mapping *mapping = &place->mapping;
	const char *level = paging_level_name(&analysis->target.paging, mapping->level);

	switch (mapping->state) {
	case MAPPING_PRESENT:
		words_add(words, "%s 0x%" PRIx64 ", %s, frame 0x%" PRIx64, level, mapping->raw,
			  mapping->writable ? "writable" : "read-only", place->frame);
		if (place->is_shared)
			words_add(words, ", shared");
		return;
	case MAPPING_NONE:
		words_add(words, "%s 0x%" PRIx64 ": nothing is mapped", level, mapping->raw);
		return;
	case MAPPING_INVALID:
		words_add(words, "%s 0x%" PRIx64 ": no entry that this architecture has", level,
			  mapping->raw);
		return;
	case MAPPING_UNREADABLE:
		words_add(words, "the page table is not in the dump");
		return;
	}
}

void crash_add_entry(struct words *words, const struct analysis *analysis)
{
	static const char *const compared[] = {
		[ENTRY_NOT_PRINTED] = "",
		[ENTRY_SAME] = "; the log has the same",
		[ENTRY_CHANGED] = "; the log has another one",
	};
	const struct crash *crash = &analysis->crash;
	const struct crash_event *event = crash_cause(crash);

	add_mapping(words, analysis, &crash->place);
	words_add(words, "%s", compared[crash->entry]);
	if (crash->entry == ENTRY_CHANGED && event && event->entry_count)
		words_add(words, ": %s 0x%" PRIx64, event->entries[event->entry_count - 1].level,
			  event->entries[event->entry_count - 1].raw);
}

/* Vmemmap pages that map the frame. */
static uint64_t mapped_by(const struct analysis *analysis, const struct crash_place *place)
{
	uint64_t index, count, all = 0;
	size_t cursor = 0;

	while (place->has_frame &&
	       vmemmap_users_next(&analysis->map, place->frame, &cursor, &index, &count))
		all += count;
	return all;
}

void crash_add_write(struct words *words, const struct analysis *analysis,
		     const struct crash_place *place)
{
	uint64_t all = mapped_by(analysis, place);

	if (place->has_mapping && place->mapping.state == MAPPING_UNREADABLE)
		words_add(words, "not known: the page table is not in the dump");
	else if (!place->has_mapping || place->mapping.state != MAPPING_PRESENT)
		words_add(words, "an oops: nothing is mapped there");
	else if (!place->mapping.writable)
		words_add(words, "an oops: the vmemmap page is read-only%s",
			  place->is_readonly_by_rule ? ", as it must be" : "");
	else if (all > 1)
		words_add(words,
			  "changes %" PRIu64 " struct pages at once: so many vmemmap pages show "
			  "frame 0x%" PRIx64,
			  all, place->frame);
	else
		words_add(words, "changes this struct page alone");
}

/* --- known faults, and what to do --------------------------------------------------------------
 */

void crash_add_bug(struct words *words, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	const struct crash_event *event = crash_cause(crash);
	char spans[RELEASE_SPANS_TEXT_MAX];

	if (crash->bug) {
		release_spans_text(crash->bug->affected, BUG_SPANS_MAX, spans);
		words_add(words, "%s: %s", crash->bug->id, crash->bug->title);
		if (*spans)
			words_add(words, " (%s)", spans);
		words_add(words, ". Fixed by: %s", crash->bug->fix);
		return;
	}
	words_add(words, "none fits");
	if (crash_why_verdict(crash->why) == CRASH_VMEMMAP_SOUND && event && event->module[0])
		words_add(words, ": the code is that of the module %s", event->module);
}

static const char *const next_steps[WHY_COUNT] = {
	[WHY_ENTRY_ABSENT] = "find out who clears entries of the kernel's page tables",
	[WHY_ENTRY_WRONG] = "read the finding about this vmemmap page",
	[WHY_FRAME_WRONG] = "read the finding about this frame",
	[WHY_REGISTER_WRONG] = "read the finding about the struct page of the register",
	[WHY_PAGE_WRONG] = "read the finding about this page",
	[WHY_READONLY_THEN] = "look at the first oops of the log; what came later follows from it",
	[WHY_NO_MEMORY] = "find out where the pfn comes from",
	[WHY_SHARED_FRAME] = "look in the dump for what else holds these bytes: a stray write, by "
			     "another address of the frame",
	[WHY_RESTORED_HEADS] = "switch the optimisation off (hugetlb_free_vmemmap=off, or sysctl "
			       "vm.hugetlb_optimize_vmemmap=0) until the kernel is mended",
	[WHY_RESTORED_COPIES] = "look in the dump for what else holds these bytes: a stray write, "
				"by another address of the frame",
	[WHY_SILENT] = "read the findings",
	[WHY_HUGE_DATA] = "find out who changed how the kernel maps this memory",
	[WHY_ELSEWHERE] = "look at the code, as with any other oops",
	[WHY_NO_ADDRESS] = "look at the log and the tasks, as with any other crash",
	[WHY_PAGE_SOUND] = "look at the code that complained",
	[WHY_NEVER_SHARED] = "look at who had these pages",
	[WHY_VMEMMAP_UNEXPLAINED] = "compare the entries of the page with those in the log",
	[WHY_TABLES_BEHIND] = "compare the page tables of the task with the kernel's",
	[WHY_BAD_PAGES_UNTIED] = "look at who had these pages",
	[WHY_EVENT_LOST] = "look for the first report where logs are kept: a console, a journal",
	[WHY_NO_LOG] = "look at the log of the machine, and give the addresses in it to "
		       "'vmemscope page'",
};

void crash_add_next(struct words *words, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	const struct crash_event *event = crash_cause(crash);

	if (event && event->kind == CRASH_MEMORY_FAILURE &&
	    crash_why_verdict(crash->why) == CRASH_UNRELATED) {
		words_add(words, "have the memory module replaced");
	} else if (crash->why == WHY_READONLY_TAIL) {
		words_add(words, "ask who maintains ");
		add_who(words, event);
		words_add(words, " why it writes to a tail");
	} else if (next_steps[crash->why]) {
		words_add(words, "%s", next_steps[crash->why]);
	} else {
		return;
	}
	if (crash->has_place && crash->place.space == SPACE_VMEMMAP && crash->place.is_valid)
		words_add(words, "; 'vmemscope page DUMP 0x%" PRIx64 "' shows the page",
			  crash->place.pfn);
	else if (crash_why_verdict(crash->why) == CRASH_DAMAGED_EARLIER)
		words_add(words, "; 'vmemscope page DUMP 0x%" PRIx64 "' shows the page",
			  crash->bad_pages.first);
}
