// SPDX-License-Identifier: LGPL-2.1-or-later
/* One rule for each kind of event and place; the first that applies decides. */
#include "analyzer/crash/crash_verdict.h"

#include <string.h>

#include "analyzer/known_bugs/suspect.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/error.h"

static const struct {
	const char *id;
	enum crash_verdict verdict;
} whys[] = {
	[WHY_NOT_ASKED] = { "not-asked", CRASH_NOT_ASKED },
	[WHY_ENTRY_ABSENT] = { "entry-absent", CRASH_VMEMMAP_DAMAGED },
	[WHY_ENTRY_WRONG] = { "entry-wrong", CRASH_VMEMMAP_DAMAGED },
	[WHY_FRAME_WRONG] = { "frame-wrong", CRASH_VMEMMAP_DAMAGED },
	[WHY_REGISTER_WRONG] = { "register-leads-to-fault", CRASH_VMEMMAP_DAMAGED },
	[WHY_PAGE_WRONG] = { "page-wrong", CRASH_VMEMMAP_DAMAGED },
	[WHY_READONLY_TAIL] = { "readonly-tail", CRASH_VMEMMAP_SOUND },
	[WHY_READONLY_THEN] = { "readonly-tail-then", CRASH_VMEMMAP_SOUND },
	[WHY_NO_MEMORY] = { "no-memory", CRASH_VMEMMAP_SOUND },
	[WHY_SHARED_FRAME] = { "shared-frame-overwritten", CRASH_DAMAGED_EARLIER },
	[WHY_RESTORED_HEADS] = { "restored-heads", CRASH_DAMAGED_EARLIER },
	[WHY_RESTORED_COPIES] = { "restored-copies", CRASH_DAMAGED_EARLIER },
	[WHY_SILENT] = { "findings-only", CRASH_SILENT },
	[WHY_HUGE_DATA] = { "huge-page-data", CRASH_UNRELATED },
	[WHY_ELSEWHERE] = { "elsewhere", CRASH_UNRELATED },
	[WHY_NO_ADDRESS] = { "no-address", CRASH_UNRELATED },
	[WHY_PAGE_SOUND] = { "page-sound", CRASH_UNRELATED },
	[WHY_NEVER_SHARED] = { "never-shared", CRASH_UNRELATED },
	[WHY_NO_EVENT] = { "no-fault-in-log", CRASH_UNRELATED },
	[WHY_VMEMMAP_UNEXPLAINED] = { "vmemmap-unexplained", CRASH_CANNOT_TELL },
	[WHY_TABLES_BEHIND] = { "task-tables-behind", CRASH_CANNOT_TELL },
	[WHY_BAD_PAGES_UNTIED] = { "bad-pages-untied", CRASH_CANNOT_TELL },
	[WHY_EVENT_LOST] = { "event-lost", CRASH_CANNOT_TELL },
	[WHY_NO_LOG] = { "no-log", CRASH_CANNOT_TELL },
};

const char *crash_why_id(enum crash_why why)
{
	return whys[why].id;
}

enum crash_verdict crash_why_verdict(enum crash_why why)
{
	return whys[why].verdict;
}

const char *crash_verdict_id(enum crash_verdict verdict)
{
	static const char *const ids[] = {
		[CRASH_NOT_ASKED] = "not-asked",
		[CRASH_VMEMMAP_DAMAGED] = "vmemmap-damaged",
		[CRASH_VMEMMAP_SOUND] = "vmemmap-sound",
		[CRASH_DAMAGED_EARLIER] = "damaged-earlier",
		[CRASH_SILENT] = "silent",
		[CRASH_UNRELATED] = "unrelated",
		[CRASH_CANNOT_TELL] = "cannot-tell",
	};

	return ids[verdict];
}

/* --- at the vmemmap ------------------------------------------------------------------ */

/* It could be read then: who writes is not stopped by anything but a read-only entry. */
static bool is_refused_write(const struct crash_event *event)
{
	return event->access != ACCESS_READ && event->access != ACCESS_FETCH &&
	       (event->reason == REASON_PERMISSION ||
		(event->reason == REASON_UNKNOWN && event->access == ACCESS_WRITE));
}

static bool was_readonly(const struct survey *survey, const struct crash_event *event)
{
	struct entry then;

	return crash_entry_printed(survey, event, &then) && then.kind == ENTRY_LEAF &&
	       !then.writable;
}

static enum crash_why why_mapped(const struct survey *survey, const struct crash_event *event,
				 const struct crash_place *place)
{
	if (is_refused_write(event)) {
		if (!place->mapping.writable && place->is_readonly_by_rule)
			return WHY_READONLY_TAIL;
		if (place->mapping.writable && !place->is_shared && was_readonly(survey, event))
			return WHY_READONLY_THEN;
		return WHY_VMEMMAP_UNEXPLAINED;
	}
	return event->reason == REASON_NOT_PRESENT ? WHY_TABLES_BEHIND : WHY_VMEMMAP_UNEXPLAINED;
}

static enum crash_why why_vmemmap(const struct survey *survey, const struct crash_event *event,
				  const struct crash_place *place)
{
	if (!place->is_valid)
		return survey->target->kernel.sections_unreadable ? WHY_VMEMMAP_UNEXPLAINED
								  : WHY_NO_MEMORY;
	if (!place->has_mapping || place->mapping.state == MAPPING_UNREADABLE)
		return WHY_VMEMMAP_UNEXPLAINED;
	if (place->mapping.state != MAPPING_PRESENT)
		return WHY_ENTRY_ABSENT;
	return place->finding ? WHY_ENTRY_WRONG : why_mapped(survey, event, place);
}

/* --- anywhere else -------------------------------------------------------------------- */

static bool registers_lead_to_fault(const struct crash *crash)
{
	for (unsigned i = 0; i < crash->register_count; i++)
		if (crash->registers[i].place.finding)
			return true;
	return false;
}

static enum crash_why why_address(const struct survey *survey, const struct crash_event *event,
				  const struct crash *crash)
{
	const struct crash_place *place = &crash->place;

	if (place->space == SPACE_VMEMMAP)
		return why_vmemmap(survey, event, place);
	if (place->space == SPACE_VMEMMAP_FRAME && place->finding)
		return WHY_FRAME_WRONG;
	if (registers_lead_to_fault(crash))
		return WHY_REGISTER_WRONG;
	return place->space == SPACE_HUGE_DATA ? WHY_HUGE_DATA : WHY_ELSEWHERE;
}

/* An event that names a page, but no address that could not be had. */
static enum crash_why why_page(const struct crash *crash)
{
	if (crash->place.finding)
		return WHY_PAGE_WRONG;
	return registers_lead_to_fault(crash) ? WHY_REGISTER_WRONG : WHY_PAGE_SOUND;
}

static enum crash_why why_bad_pages(const struct bad_pages *bad)
{
	static const enum crash_why of[] = {
		[BAD_PAGES_NONE] = WHY_BAD_PAGES_UNTIED,
		[BAD_PAGES_UNTIED] = WHY_BAD_PAGES_UNTIED,
		[BAD_PAGES_NEVER_SHARED] = WHY_NEVER_SHARED,
		[BAD_PAGES_FRAME] = WHY_SHARED_FRAME,
		[BAD_PAGES_HEADS] = WHY_RESTORED_HEADS,
		[BAD_PAGES_COPIES] = WHY_RESTORED_COPIES,
	};

	return of[bad->kind];
}

enum crash_why crash_without_event(const struct survey *survey, const struct crash *crash)
{
	if (survey->checks->errors)
		return WHY_SILENT;
	return crash->log.begins_inside && crash->end < 0 ? WHY_EVENT_LOST : WHY_NO_EVENT;
}

static enum crash_why why_event(const struct survey *survey, const struct crash_event *event,
				const struct crash *crash)
{
	if (event->kind == CRASH_BAD_PAGE_STATE)
		return why_bad_pages(&crash->bad_pages);
	if (event->kind == CRASH_SYSRQ)
		return crash_without_event(survey, crash);
	if (event->has_address)
		return why_address(survey, event, crash);
	if (event->has_pfn)
		return why_page(crash);
	return registers_lead_to_fault(crash) ? WHY_REGISTER_WRONG : WHY_NO_ADDRESS;
}

/* --- places of an event ------------------------------------------------------------------ */

/* Only what leads to the vmemmap: the address itself is said already. */
static struct error *registers_find(const struct survey *survey, const struct crash_event *event,
				    struct crash *crash)
{
	crash->register_count = 0;
	for (unsigned i = 0; i < event->register_count; i++) {
		struct crash_register_place *to = &crash->registers[crash->register_count];
		struct crash_place place;
		struct error *err =
			crash_place_of_address(survey, event->registers[i].value, &place);

		if (err)
			return err;
		if (crash->register_count == CRASH_REGISTERS_LISTED ||
		    (place.space != SPACE_VMEMMAP && place.space != SPACE_VMEMMAP_FRAME))
			continue;
		memcpy(to->name, event->registers[i].name, sizeof(to->name));
		to->place = place;
		crash->register_count++;
	}
	return NULL;
}

static struct error *place_find(const struct survey *survey, const struct crash_event *event,
				struct crash *crash)
{
	crash->has_place = event->has_address || event->has_pfn;
	crash->entry = ENTRY_NOT_PRINTED;
	if (!crash->has_place)
		return NULL;
	struct error *err = event->has_address
				    ? crash_place_of_address(survey, event->address, &crash->place)
				    : crash_place_of_pfn(survey, event->pfn, &crash->place);
	if (!err && crash->place.space == SPACE_VMEMMAP)
		crash->entry = crash_entry_compare(survey, event, &crash->place);
	return err;
}

struct error *crash_event_judge(const struct survey *survey, const struct crash_event *event,
				struct crash *crash)
{
	struct error *err = place_find(survey, event, crash);

	if (!err)
		err = registers_find(survey, event, crash);
	if (!err)
		crash->why = why_event(survey, event, crash);
	return err;
}

/* --- what is known of it -------------------------------------------------------------------- */

/* The check's finding that explains the crash; NULL: none does. */
static const struct finding *explaining(const struct crash *crash)
{
	if (crash->has_place && crash->place.finding)
		return crash->place.finding;
	for (unsigned i = 0; crash->why == WHY_REGISTER_WRONG && i < crash->register_count; i++)
		if (crash->registers[i].place.finding)
			return crash->registers[i].place.finding;
	return NULL;
}

/* As known_bug.events has it; NULL: nothing is known of such events. */
static const char *event_signature(const struct crash *crash)
{
	const struct crash_event *event = crash_cause(crash);

	switch (crash->why) {
	case WHY_READONLY_TAIL:
	case WHY_READONLY_THEN:
		/* What a module does is its own fault. */
		return event->module[0] || !crash->place.field ||
				       strcmp(crash->place.field, "_refcount") != 0
			       ? NULL
			       : "tail-referenced";
	case WHY_SHARED_FRAME:
	case WHY_RESTORED_COPIES:
		return "bad-pages-alike";
	case WHY_RESTORED_HEADS:
		return "bad-pages-heads";
	case WHY_TABLES_BEHIND:
		return "entry-missed";
	default:
		return NULL;
	}
}

static bool bug_fits(const struct known_bug *bug, const char *event, const char *finding)
{
	return (event && word_is_listed(bug->events, SIGNATURES_MAX, event)) ||
	       (finding && word_is_listed(bug->signatures, SIGNATURES_MAX, finding));
}

/* A fault of certain releases goes before what any kernel can suffer. */
const struct known_bug *crash_bug_find(const struct survey *survey, const struct crash *crash)
{
	struct release release;
	const struct suspect suspect = suspect_of(survey, &release);
	const struct finding *finding = explaining(crash);
	const char *event = event_signature(crash);
	const struct known_bug *found = NULL;

	for (unsigned i = 0; i < known_bug_count; i++) {
		const struct known_bug *bug = &known_bug_table[i];

		if (!bug_fits(bug, event, finding ? finding->signature : NULL) ||
		    !suspect_can_have(&suspect, bug))
			continue;
		if (!found || (release_span_is_end(&found->affected[0]) &&
			       !release_span_is_end(&bug->affected[0])))
			found = bug;
	}
	return found;
}

/* Leftovers, and what is wrong with a frame, are what bad pages are about. */
static bool is_of_bad_pages(const struct crash *crash, const struct finding *finding)
{
	static const char *const signatures[] = { "shared-frame-contents", "shared-frame-order",
						  "leftover-head", "restored-head-copies" };

	if (crash_why_verdict(crash->why) != CRASH_DAMAGED_EARLIER || !finding->signature)
		return false;
	return word_is_listed(signatures, COUNT_OF(signatures), finding->signature);
}

uint64_t crash_findings_beside(const struct survey *survey, const struct crash *crash)
{
	const struct check_results *checks = survey->checks;
	const struct finding *own = explaining(crash);
	uint64_t explained = 0;

	if (crash->why == WHY_SILENT)
		return 0;
	for (size_t i = 0; i < checks->run_count; i++)
		for (size_t k = 0; k < checks->runs[i].finding_count; k++) {
			const struct finding *finding = &checks->runs[i].findings[k];

			explained += finding->severity == SEVERITY_ERROR &&
				     (finding == own || is_of_bad_pages(crash, finding));
		}
	return checks->errors > explained ? checks->errors - explained : 0;
}
