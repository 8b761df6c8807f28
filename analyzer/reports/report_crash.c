// SPDX-License-Identifier: LGPL-2.1-or-later
/* Why the machine died: the answer, then what it rests on. */
#include "analyzer/reports/report_parts.h"

#include <inttypes.h>
#include <time.h>

#include "analyzer/reports/crash_words.h"
#include "include/plural.h"

/* --- values that may be unknown ---------------------------------------------------------- */

static void add_text_if(struct document_node *node, const char *key, const char *text)
{
	if (text && *text)
		document_string(node, key, NULL, "%s", text);
	else
		document_null(node, key, NULL);
}

static void add_count_if(struct document_node *node, const char *key, bool known, uint64_t value)
{
	if (known)
		document_count(node, key, NULL, value);
	else
		document_null(node, key, NULL);
}

static void add_hex_if(struct document_node *node, const char *key, bool known, uint64_t value)
{
	if (known)
		document_hex(node, key, NULL, value);
	else
		document_null(node, key, NULL);
}

/* --- events ------------------------------------------------------------------------------- */

static void add_time(struct document_node *node, const struct crash_event *event)
{
	struct words time = { .length = 0 };

	if (event)
		crash_add_time(&time, event->time_ns);
	add_text_if(node, "time", time.text);
}

/* What an event says of itself. @event may be NULL: nothing is known. */
static void add_event(struct document_node *node, const struct crash_event *event)
{
	static const struct crash_event nothing = { 0 };
	const struct crash_event *of = event ? event : &nothing;

	document_string(node, "kind", NULL, "%s", crash_kind_id(of->kind));
	add_time(node, event);
	add_count_if(node, "cpu", of->has_cpu, of->cpu);
	add_count_if(node, "pid", of->has_pid, of->pid);
	add_text_if(node, "comm", of->comm);
	add_text_if(node, "symbol", of->symbol);
	add_text_if(node, "module", of->module);
	add_text_if(node, "caller", of->caller_count ? of->callers[0] : NULL);
	add_text_if(node, "taint", of->taint);
	add_hex_if(node, "address", of->has_address, of->address);
	add_text_if(node, "access", crash_access_id(of->access));
	add_text_if(node, "reason", crash_reason_id(of->reason));
}

static void add_brief(struct document_node *node, const struct crash_event *event, uint64_t count)
{
	document_string(node, "kind", NULL, "%s", crash_kind_id(event->kind));
	add_time(node, event);
	add_text_if(node, "symbol", event->symbol);
	add_text_if(node, "module", event->module);
	add_hex_if(node, "address", event->has_address, event->address);
	add_hex_if(node, "pfn", event->has_pfn, event->pfn);
	add_text_if(node, "text", event->text);
	document_count(node, "count", NULL, count);
}

/* How many events of one kind follow each other from @at on. */
static uint64_t alike_from(const struct crash_log *log, size_t at)
{
	uint64_t count = 1;

	while (at + count < log->count && log->events[at + count].kind == log->events[at].kind)
		count++;
	return count;
}

static void add_first(struct document_node *crash_node, const struct crash *crash)
{
	if (!crash->log.count) {
		document_null(crash_node, "first", NULL);
		return;
	}
	add_brief(document_object(crash_node, "first", NULL), &crash->log.events[0],
		  alike_from(&crash->log, 0));
}

static void add_followed_by(struct document_node *crash_node, const struct crash *crash)
{
	enum { LISTED_MAX = 64 };
	struct document_node *list = document_array(crash_node, "followed_by", NULL);
	const struct crash_log *log = &crash->log;
	uint64_t count = log->count ? alike_from(log, 0) : 0;
	unsigned listed = 0;

	for (size_t i = (size_t)count; i < log->count && listed < LISTED_MAX;
	     i += (size_t)count, listed++) {
		count = alike_from(log, i);
		add_brief(document_object(list, NULL, NULL), &log->events[i], count);
	}
}

/* --- the place ------------------------------------------------------------------------------ */

/* Of bad pages the huge page is gone: it was where they are alike. */
static void add_huge_page(struct document_node *node, const struct crash *crash,
			  const struct crash_place *place)
{
	bool was_one = !place->has_huge && place->has_pfn &&
		       crash_why_verdict(crash->why) == CRASH_DAMAGED_EARLIER;
	pfn_t head = was_one ? place->pfn >> crash->bad_pages.order << crash->bad_pages.order
			     : place->huge.pfn;

	add_hex_if(node, "huge_page_pfn", place->has_huge || was_one, head);
	add_count_if(node, "tail", place->has_huge || was_one, place->pfn - head);
}

static void add_place(struct document_node *node, const struct crash *crash)
{
	static const struct crash_place nowhere = { 0 };
	const struct crash_place *place = crash->has_place ? &crash->place : &nowhere;

	if (crash->has_place)
		document_string(node, "space", NULL, "%s", crash_space_id(place->space));
	else
		document_null(node, "space", NULL);
	add_hex_if(node, "pfn", place->has_pfn, place->pfn);
	add_text_if(node, "field", place->field);
	add_huge_page(node, crash, place);
	add_text_if(node, "device", place->device ? place->device->name : NULL);
	add_hex_if(node, "entry", place->has_mapping && place->mapping.state != MAPPING_UNREADABLE,
		   place->mapping.raw);
	if (crash->entry == ENTRY_NOT_PRINTED)
		document_null(node, "entry_as_in_log", NULL);
	else
		document_bool(node, "entry_as_in_log", NULL, crash->entry == ENTRY_SAME);
}

/* --- evidence --------------------------------------------------------------------------------- */

static void add_evidence_of(struct document_node *list, const struct crash *crash, long at)
{
	struct words words = { .length = 0 };

	if (at < 0)
		return;
	words_add(&words, "log, record %" PRIu64 ": ", crash->log.events[at].sequence);
	crash_add_event(&words, &crash->log.events[at]);
	document_string(list, NULL, NULL, "%s", words.text);
}

static void add_registers(struct document_node *list, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;

	for (unsigned i = 0; i < crash->register_count; i++) {
		const struct crash_register_place *at = &crash->registers[i];
		struct words words = { .length = 0 };

		words_add(&words, "%s = 0x%" PRIx64 ": ", at->name, at->place.address);
		crash_add_place(&words, analysis, &at->place);
		document_string(list, NULL, NULL, "%s", words.text);
	}
}

static void add_limits(struct document_node *list, const struct crash *crash)
{
	const struct crash_log *log = &crash->log;

	if (crash->panic_cpu_known)
		document_string(list, NULL, NULL, "panic_cpu is %" PRIu32, crash->panic_cpu);
	if (log->begins_inside)
		document_string(
			list, NULL, NULL,
			"the log begins in the middle of a report: what was before is lost");
	if (log->suppressed_bad_pages)
		document_string(list, NULL, NULL,
				"the kernel suppressed %" PRIu64 " more reports of bad pages",
				log->suppressed_bad_pages);
}

static void add_evidence(struct document_node *node, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	struct document_node *list = document_array(node, "evidence", NULL);

	add_evidence_of(list, crash, crash->cause);
	if (crash->end != crash->cause)
		add_evidence_of(list, crash, crash->end);
	if (crash->has_place) {
		struct words words = { .length = 0 };

		crash_add_place(&words, analysis, &crash->place);
		document_string(list, NULL, NULL, "%s", words.text);
	}
	if (crash->has_place && crash->place.space == SPACE_VMEMMAP) {
		struct words words = { .length = 0 };

		words_add(&words, "its entry: ");
		crash_add_entry(&words, analysis);
		document_string(list, NULL, NULL, "%s", words.text);
	}
	add_registers(list, analysis);
	add_limits(list, crash);
}

/* --- for people ----------------------------------------------------------------------------------
 */

static enum document_style verdict_style(enum crash_verdict verdict)
{
	static const enum document_style styles[CRASH_VERDICT_COUNT] = {
		[CRASH_NOT_ASKED] = STYLE_DIM,	     [CRASH_VMEMMAP_DAMAGED] = STYLE_ERROR,
		[CRASH_VMEMMAP_SOUND] = STYLE_GOOD,  [CRASH_DAMAGED_EARLIER] = STYLE_ERROR,
		[CRASH_SILENT] = STYLE_ERROR,	     [CRASH_UNRELATED] = STYLE_GOOD,
		[CRASH_CANNOT_TELL] = STYLE_WARNING,
	};

	return styles[verdict];
}

static struct document_node *add_line(struct document_node *node, const char *label,
				      const struct words *words)
{
	return words->text[0] ? document_string(node, NULL, label, "%s", words->text) : NULL;
}

/* What was before the cause, and what came after it. */
static void add_others(struct document_node *node, const struct crash *crash)
{
	const struct crash_event *end = crash_end(crash);
	struct words words = { .length = 0 };

	if (crash->cause > 0) {
		words_add(&words, "%ld event%s before it in the log, the first of them %s at ",
			  crash->cause, plural((uint64_t)crash->cause),
			  crash_kind_words(crash->log.events[0].kind));
		crash_add_time(&words, crash->log.events[0].time_ns);
		words_add(&words, " s");
	}
	if (end && crash->end > crash->cause) {
		words_add(&words, "%slater ", words.text[0] ? "; " : "");
		crash_add_event(&words, end);
	}
	add_line(node, "Also", &words);
}

static void add_lines(struct document_node *node, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	const struct crash_event *event = crash_cause(crash);
	struct words what = { .length = 0 }, place = { .length = 0 }, entry = { .length = 0 },
		     bug = { .length = 0 }, next = { .length = 0 };

	if (event)
		crash_add_event(&what, event);
	if (crash->has_place)
		crash_add_place(&place, analysis, &crash->place);
	if (crash->has_place && crash->place.space == SPACE_VMEMMAP)
		crash_add_entry(&entry, analysis);
	add_line(node, "Event", &what);
	add_line(node, "Place", &place);
	add_line(node, "... mapped by", &entry);
	add_others(node, crash);
	if (event && event->kind != CRASH_SYSRQ) {
		crash_add_bug(&bug, analysis);
		add_line(node, "Known fault", &bug);
	}
	if (crash->beside)
		document_string(node, NULL, "Beside it",
				"%" PRIu64 " error%s that %s nothing to do with it: see Findings",
				crash->beside, plural(crash->beside),
				crash->beside == 1 ? "has" : "have");
	crash_add_next(&next, analysis);
	add_line(node, "Next", &next);
}

/* --- all of it
 * -------------------------------------------------------------------------------------- */

static void add_bug(struct document_node *node, const struct crash *crash)
{
	add_text_if(node, "known_bug", crash->bug ? crash->bug->id : NULL);
	add_text_if(node, "fix", crash->bug ? crash->bug->fix : NULL);
}

void report_add_crash(struct document_node *root, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	enum crash_verdict verdict = crash_why_verdict(crash->why);
	struct words words = { .length = 0 }, next = { .length = 0 };

	if (verdict == CRASH_NOT_ASKED)
		return;
	struct document_node *node = document_object(root, "crash", "Crash");
	crash_add_verdict(&words, analysis);
	document_string(node, "verdict", NULL, "%s", crash_verdict_id(verdict));
	document_string(node, "because", NULL, "%s", crash_why_id(crash->why));
	document_string(node, "summary", NULL, "%s", words.text);
	document_style(document_string(node, NULL, "Verdict", "%s", words.text),
		       verdict_style(verdict));
	add_event(node, crash_cause(crash));
	add_place(node, crash);
	add_bug(node, crash);
	crash_add_next(&next, analysis);
	add_text_if(node, "next", next.text);
	document_count(node, "errors_beside", NULL, crash->beside);
	add_evidence(node, analysis);
	add_first(node, crash);
	add_followed_by(node, crash);
	add_lines(node, analysis);
}

/* --- for 'info'
 * -------------------------------------------------------------------------------------- */

static void add_crash_time(struct document_node *node, uint64_t seconds)
{
	char text[64] = "";
	time_t when = (time_t)seconds;
	struct tm parts;

	if (seconds && seconds <= UINT32_MAX * UINT64_C(4) && gmtime_r(&when, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts);
	add_text_if(node, "crash_time", text);
	if (*text)
		document_string(node, NULL, "Crashed", "%s", text);
}

static const struct crash_event *last_of(const struct crash_log *log)
{
	for (size_t i = log->count; i > 0; i--)
		if (log->events[i - 1].is_panic || log->events[i - 1].is_oops)
			return &log->events[i - 1];
	return NULL;
}

void report_add_end(struct document_node *root, const struct analysis *analysis)
{
	const struct crash *crash = &analysis->crash;
	const struct crash_event *last = last_of(&crash->log);
	struct document_node *node = document_object(root, "end", "End");
	struct words uptime = { .length = 0 }, panic = { .length = 0 };

	add_crash_time(node, crash->crash_time);
	if (crash->log.last_time_ns)
		crash_add_time(&uptime, crash->log.last_time_ns);
	add_text_if(node, "uptime", uptime.text);
	if (uptime.text[0])
		document_string(node, NULL, "Last log line", "%s s after boot", uptime.text);
	if (last)
		crash_add_event(&panic, last);
	if (crash->panic_cpu_known)
		document_count(node, "panic_cpu", "CPU that panicked", crash->panic_cpu);
	else
		document_null(node, "panic_cpu", NULL);
	add_text_if(node, "panic", panic.text);
	if (last)
		document_string(node, NULL, "Stopped by", "%s", panic.text);
	else if (crash->missing)
		document_string(node, NULL, "Stopped by", "not known: the log was not read: %s",
				crash->missing);
}
