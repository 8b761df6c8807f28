// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lines that are the same on every architecture. */
#include <string.h>

#include "analyzer/oops/shapes.h"
#include "include/array.h"

enum {
	COMM_MAX = 20, /* a task's name in a message */
	UNCORRECTED_BIT = 61,
};

/* The part of @span that is at least where a name of a task may reach to. */
static struct span span_near(struct span span, size_t len)
{
	return (struct span){ span.at, span.len < len ? span.len : len };
}

/* The last @text in @span, for what follows a name that may hold anything. */
static bool span_find_last(struct span *span, const char *text, struct span *before)
{
	struct span rest = *span;
	bool found = false;

	while (span_find(&rest, text, NULL)) {
		found = true;
		*before = (struct span){ span->at, (size_t)(rest.at - span->at) - strlen(text) };
	}
	if (!found)
		return false;
	size_t taken = before->len + strlen(text);
	*span = (struct span){ span->at + taken, span->len - taken };
	return true;
}

static void event_comm(struct crash_event *event, struct span comm)
{
	if (!event->comm[0])
		span_copy(comm, event->comm, sizeof(event->comm));
}

static void event_pid(struct crash_event *event, uint64_t pid)
{
	if (event->has_pid || pid > UINT32_MAX)
		return;
	event->has_pid = true;
	event->pid = (uint32_t)pid;
}

static void event_cpu(struct crash_event *event, uint64_t cpu)
{
	if (event->has_cpu || cpu > UINT32_MAX)
		return;
	event->has_cpu = true;
	event->cpu = (uint32_t)cpu;
}

/*
 * BUG(), list debugging, WARN().
 */

/* A BUG() comes of what is open: a list that was found corrupt, a page that was dumped. */
static bool is_bug_expected(const struct report *report)
{
	const struct crash_event *event = report->event;

	if (!event || event->is_oops || report->writer->has_trace)
		return false;
	return event->kind == CRASH_LIST_CORRUPTION || report->writer->has_page;
}

static bool head_bug(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span place = rest, inside;

	if (span_find(&place, "!", &inside) || span_find(&place, " [", &inside))
		rest = inside;
	if (!is_bug_expected(report))
		report_begin(report, shape->kind);
	if (!report->event)
		return true;
	struct crash_event *event = report->event;
	event->last_record = report->reader->record;
	if (event->kind == CRASH_LIST_CORRUPTION)
		return true;
	event->kind = CRASH_BUG;
	event->is_head_lost = false;
	span_copy(rest, event->text, sizeof(event->text));
	return true;
}

static bool head_list(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)rest;
	report_begin(report, shape->kind);
	if (report->event)
		event_text(report->event, report->line);
	return true;
}

/* Something new begins, unless what is open leads to it. */
static bool head_cut_here(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)shape;
	(void)rest;
	if (!is_bug_expected(report))
		report_close(report);
	return true;
}

static bool is_warn(struct span rest)
{
	uint64_t cpu;

	if (span_skip(&rest, "CPU: "))
		return span_decimal(&rest, &cpu) && span_skip(&rest, " PID: ") &&
		       span_has(rest, " at ");
	return (span_skip(&rest, "at ") || span_find(&rest, " at ", NULL)) &&
	       span_find(&rest, ", CPU#", NULL) && span_decimal(&rest, &cpu) &&
	       span_skip(&rest, ": ");
}

/* A kernel that does not BUG() over a corrupt list warns of it: that report is of the list. */
static bool head_warning(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)shape;
	if (!is_warn(rest))
		return false;
	report->reader->log->warnings++;
	if (report->event && report->event->kind == CRASH_LIST_CORRUPTION &&
	    is_bug_expected(report))
		return true;
	report_close(report);
	report->writer->phase = PHASE_WARNING;
	return true;
}

/* "---[ end trace", "---[ end Kernel panic" */
static bool head_end(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)shape;
	(void)rest;
	report->reader->log->begins_inside |= report->reader->record == 0;
	report->writer->is_over = true;
	if (report->event)
		report->event->last_record = report->reader->record;
	report_close(report);
	return true;
}

/*
 * Struct pages.
 */

static bool head_bad_page(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span near = span_near(rest, COMM_MAX + sizeof("  pfn:") + 20), comm;
	uint64_t pfn;

	if (!span_find_last(&near, "  pfn:", &comm) || !span_hex(&near, &pfn))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	event_comm(report->event, comm);
	event_pfn(report->event, pfn);
	return true;
}

static bool head_suppressed(struct report *report, const struct line_shape *shape, struct span rest)
{
	uint64_t *sum = &report->reader->log->suppressed_bad_pages, count;

	(void)shape;
	if (!span_decimal(&rest, &count) || !span_skip(&rest, " messages suppressed"))
		return false;
	if (__builtin_add_overflow(*sum, count, sum))
		*sum = UINT64_MAX;
	return true;
}

/* A struct page by itself: a BUG() follows, or the first lines of a bad page are lost. */
static void page_begin(struct report *report)
{
	bool is_first = !report->writer->has_spoken;

	report_begin_unsure(report);
	report->writer->has_page = true;
	if (report->event)
		report->event->is_head_lost = is_first;
}

/* The rest is of "page:%p refcount:" (6.1) or "page: refcount:". */
static bool head_page(struct report *report, const struct line_shape *shape, struct span rest)
{
	uint64_t pfn;

	(void)shape;
	if (!span_find(&rest, " pfn:", NULL) || !span_hex(&rest, &pfn))
		return false;
	if (report->writer->phase == PHASE_WARNING)
		return true;
	if (!report->event || (report->writer->has_trace && !report->event->is_oops))
		page_begin(report);
	if (!report->event)
		return true;
	event_pfn(report->event, pfn);
	report->event->last_record = report->reader->record;
	return true;
}

static bool body_page_words(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t word;

	while (event->page_word_count < CRASH_PAGE_WORDS && span_hex(&rest, &word)) {
		event->page_words[event->page_word_count++] = word;
		span_skip_spaces(&rest);
	}
	return true;
}

/* mm/page_alloc.c, free_page_is_bad_report() and page_bad_reason(): what bad_page() says. */
static bool is_bad_page_reason(struct span reason)
{
	static const char *const reasons[] = {
		"nonzero mapcount",
		"non-NULL mapping",
		"nonzero _refcount",
		"PAGE_FLAGS_CHECK_AT_",
		"page still charged to cgroup",
		"page_pool leak",
		"corrupted mapping in tail page",
		"PageTail not set",
		"compound_head not consistent",
	};

	for (size_t i = 0; i < COUNT_OF(reasons); i++)
		if (span_skip(&reason, reasons[i]))
			return true;
	return false;
}

static bool body_page_reason(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;

	event_text(event, rest);
	if (event->kind == CRASH_UNKNOWN && event->is_head_lost && is_bad_page_reason(rest))
		event->kind = CRASH_BAD_PAGE_STATE;
	return true;
}

/*
 * Lockups, stalls.
 */

/* "CPU#%d stuck for %us! [%s:%d]" */
static bool head_soft_lockup(struct report *report, const struct line_shape *shape,
			     struct span rest)
{
	struct span text, comm, task;
	uint64_t cpu, pid;

	if (!span_decimal(&rest, &cpu) || !span_skip(&rest, " "))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	event_cpu(report->event, cpu);
	task = rest;
	if (!span_find(&task, "! [", &text))
		return true;
	event_text(report->event, text);
	task = span_near(task, COMM_MAX + 12);
	if (span_find_last(&task, ":", &comm) && span_decimal(&task, &pid)) {
		event_comm(report->event, comm);
		event_pid(report->event, pid);
	}
	return true;
}

static bool head_hard_lockup(struct report *report, const struct line_shape *shape,
			     struct span rest)
{
	uint64_t cpu;

	if (!span_decimal(&rest, &cpu))
		return false;
	report_begin(report, shape->kind);
	if (report->event)
		event_cpu(report->event, cpu);
	return true;
}

/* "CPU%u: Watchdog detected hard LOCKUP on cpu %u": the first is who found it. */
static bool head_hard_lockup_of(struct report *report, const struct line_shape *shape,
				struct span rest)
{
	uint64_t finder;

	return span_decimal(&rest, &finder) &&
	       span_skip(&rest, ": Watchdog detected hard LOCKUP on cpu ") &&
	       head_hard_lockup(report, shape, rest);
}

/* "%s:%d blocked for more than %ld seconds.", since 6.16 also "blocked in I/O wait for ..." */
static bool head_hung_task(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span task = span_near(rest, COMM_MAX + 20), comm, text;
	uint64_t pid;

	if (!span_has(rest, " for more than ") || !span_find_last(&task, " blocked", &comm))
		return false;
	text = (struct span){ task.at - strlen("blocked"),
			      rest.len - (size_t)(task.at - rest.at) + strlen("blocked") };
	task = comm;
	if (!span_find_last(&task, ":", &comm) || !span_decimal(&task, &pid))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	event_comm(report->event, comm);
	event_pid(report->event, pid);
	event_text(report->event, text);
	return true;
}

/* "rcu_preempt self-detected stall on CPU", "... detected stalls on CPUs/tasks:" */
static bool head_rcu_stall(struct report *report, const struct line_shape *shape, struct span rest)
{
	if (!span_has(rest, "self-detected stall") && !span_has(rest, " detected stall") &&
	    !span_has(rest, " detected expedited stall"))
		return false;
	report_begin(report, shape->kind);
	if (report->event)
		event_text(report->event, rest);
	return true;
}

/*
 * Memory: its failures, and the lack of it.
 */

/* The last event of a memory failure, if it is of this page. */
static size_t failure_of(const struct report *report, pfn_t pfn)
{
	size_t last = report->reader->last_memory_failure;

	return last != EVENT_NONE && report->reader->log->events[last].pfn == pfn ? last
										  : EVENT_NONE;
}

/* Lines that name a program say nothing else. */
static bool names_program(struct span text)
{
	return span_has(text, "SIGBUS") || span_has(text, "forcibly killing") ||
	       span_has(text, "machine check signal");
}

static void failure_add(struct report *report, pfn_t pfn)
{
	size_t known = failure_of(report, pfn);

	if (known != EVENT_NONE) {
		report_resume(report, known);
		return;
	}
	report_begin(report, CRASH_MEMORY_FAILURE);
	if (!report->event)
		return;
	event_pfn(report->event, pfn);
	report->reader->last_memory_failure = report_last(report);
}

/* "0x%lx: recovery action for %s: %s", and what comes before and after it. */
static bool head_memory_failure(struct report *report, const struct line_shape *shape,
				struct span rest)
{
	uint64_t pfn;

	(void)shape;
	if (!span_skip(&rest, "0x") || !span_hex(&rest, &pfn))
		return false;
	span_skip(&rest, ":");
	span_skip_spaces(&rest);
	failure_add(report, pfn);
	if (!report->event)
		return true;
	if (span_has(rest, "recovery action"))
		span_copy(rest, report->event->text, sizeof(report->event->text));
	else if (!names_program(rest))
		event_text(report->event, rest);
	report->writer->phase = PHASE_CLOSED;
	return true;
}

/* Somebody asked for it: "Injecting memory failure at pfn 0x1", "Soft offline: 0x1: ..." */
static bool head_memory_test(struct report *report, const struct line_shape *shape,
			     struct span rest)
{
	uint64_t pfn;

	(void)shape;
	span_find(&rest, "pfn ", NULL);
	if (!span_skip(&rest, "0x") || !span_hex(&rest, &pfn))
		return false;
	failure_add(report, pfn);
	if (!report->event)
		return true;
	report->writer->phase = PHASE_CLOSED;
	return true;
}

/* "%d (%s) total-vm:" */
static bool head_killed(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct span near, comm;
	uint64_t pid;

	if (!span_decimal(&rest, &pid) || !span_skip(&rest, " ("))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	event_pid(report->event, pid);
	near = span_near(rest, COMM_MAX + sizeof(")"));
	if (span_find_last(&near, ")", &comm))
		event_comm(report->event, comm);
	report->writer->phase = PHASE_CLOSED;
	return true;
}

/*
 * Machine checks.
 */

/* "CPU %d: Machine Check Exception: %Lx Bank %d: %016Lx"; corrected errors are no faults. */
static bool head_machine_check(struct report *report, const struct line_shape *shape,
			       struct span rest)
{
	uint64_t cpu, mcgstatus, bank, status;

	if (!span_decimal(&rest, &cpu) || !span_skip(&rest, ": Machine Check"))
		return false;
	span_skip(&rest, " Exception");
	if (!span_skip(&rest, ": ") || !span_hex(&rest, &mcgstatus) ||
	    !span_skip(&rest, " Bank ") || !span_decimal(&rest, &bank) || !span_skip(&rest, ": ") ||
	    !span_hex(&rest, &status))
		return false;
	if (!(status >> UNCORRECTED_BIT & 1))
		return true;
	if (!report->event || report->event->kind != shape->kind)
		report_begin(report, shape->kind);
	if (!report->event)
		return true;
	report->event->last_record = report->reader->record;
	event_cpu(report->event, cpu);
	event_code(report->event, status);
	return true;
}

static bool body_machine_check_text(struct report *report, struct span rest)
{
	if (report->event->kind == CRASH_MACHINE_CHECK)
		event_text(report->event, rest);
	return true;
}

/* "%s %02x:<%016Lx> {symbol}" */
static bool body_machine_check_rip(struct report *report, struct span rest)
{
	if (report->event->kind == CRASH_MACHINE_CHECK && span_find(&rest, "{", NULL))
		report_symbol(report, rest);
	return true;
}

/* "%d: machine check (Severe) ..." */
static bool head_machine_check_ppc(struct report *report, const struct line_shape *shape,
				   struct span rest)
{
	struct span text;
	uint64_t cpu;

	if (!span_decimal(&rest, &cpu) || !span_skip(&rest, ": "))
		return false;
	text = rest;
	if (!span_skip(&rest, "machine check ("))
		return false;
	report_begin(report, shape->kind);
	if (!report->event)
		return true;
	event_cpu(report->event, cpu);
	event_text(report->event, text);
	return true;
}

/*
 * Panics.
 */

/* What a panic's words tell of the reason that the kernel reported before. */
static const struct panic_cause {
	const char *words;
	enum crash_kind kind; /* of the event it makes by itself */
	/* The last event of this kind, or oops, of the same writer; or the last oops of all. */
	enum { OF_KIND, OF_OWN_OOPS, OF_ANY_OOPS } of;
} panic_causes[] = {
	{ "Fatal exception", CRASH_PANIC, OF_ANY_OOPS },
	{ "Attempted to kill init!", CRASH_PANIC, OF_OWN_OOPS },
	{ "Attempted to kill the idle task!", CRASH_PANIC, OF_OWN_OOPS },
	{ "Aiee, killing interrupt handler!", CRASH_PANIC, OF_OWN_OOPS },
	{ "Oopsed too often", CRASH_PANIC, OF_OWN_OOPS },
	{ "softlockup: hung tasks", CRASH_SOFT_LOCKUP, OF_KIND },
	{ "Hard LOCKUP", CRASH_HARD_LOCKUP, OF_KIND },
	{ "hung_task: blocked tasks", CRASH_HUNG_TASK, OF_KIND },
	{ "RCU Stall", CRASH_RCU_STALL, OF_KIND },
	{ "sysrq triggered crash", CRASH_SYSRQ, OF_KIND },
	{ "Out of memory:", CRASH_OOM, OF_KIND },
	{ "System is deadlocked on memory", CRASH_OOM, OF_KIND },
	{ "Memory failure: ", CRASH_MEMORY_FAILURE, OF_KIND },
	{ "achine check", CRASH_MACHINE_CHECK, OF_KIND },
	{ "entered broadcast exception handler", CRASH_MACHINE_CHECK, OF_KIND },
	{ "MCA architectural violation", CRASH_MACHINE_CHECK, OF_KIND },
	{ "mcck: ", CRASH_MACHINE_CHECK, OF_KIND },
	{ "Failed kernel mode recovery", CRASH_MACHINE_CHECK, OF_KIND },
	{ "Fatal hardware error", CRASH_MACHINE_CHECK, OF_KIND },
	{ "Asynchronous SError Interrupt", CRASH_MACHINE_CHECK, OF_KIND },
};

static const struct panic_cause *panic_cause_of(struct span words)
{
	for (size_t i = 0; i < COUNT_OF(panic_causes); i++)
		if (span_has(words, panic_causes[i].words))
			return &panic_causes[i];
	return NULL;
}

static bool is_caused_by(const struct report *report, size_t number,
			 const struct panic_cause *cause)
{
	if (number == EVENT_NONE)
		return false;
	const struct crash_event *event = &report->reader->log->events[number];
	if (event->is_panic)
		return false;
	return cause->of == OF_KIND ? event->kind == cause->kind : event->is_oops;
}

/* The event that the kernel panics for: this writer's last one, or the last oops of all. */
static size_t panic_event(const struct report *report, const struct panic_cause *cause)
{
	size_t last = report_last(report), oops = report->reader->last_oops;
	size_t redirected = report->reader->redirected;

	if (!cause)
		return EVENT_NONE;
	if (is_caused_by(report, last, cause))
		return last;
	if (is_caused_by(report, redirected, cause))
		return redirected;
	return cause->of == OF_ANY_OOPS && is_caused_by(report, oops, cause) ? oops : EVENT_NONE;
}

/* What the kernel said first tells more than "Fatal exception". */
static bool keeps_text(const struct crash_event *event)
{
	return event->kind == CRASH_BUG || event->kind == CRASH_LIST_CORRUPTION ||
	       event->kind == CRASH_UNKNOWN || event->kind == CRASH_MEMORY_FAILURE;
}

static void panic_pfn(struct crash_event *event, struct span words)
{
	uint64_t pfn;

	if (event->kind == CRASH_MEMORY_FAILURE && span_skip(&words, "Memory failure: ") &&
	    span_hex(&words, &pfn))
		event_pfn(event, pfn);
}

/* "%d to CPU %d for crash kernel.": what led to it was said by this writer. */
static bool head_redirect(struct report *report, const struct line_shape *shape, struct span rest)
{
	(void)shape;
	(void)rest;
	report->reader->redirected = report_last(report);
	return true;
}

static bool head_panic(struct report *report, const struct line_shape *shape, struct span rest)
{
	const struct panic_cause *cause = panic_cause_of(rest);
	size_t known = panic_event(report, cause);

	if (known != EVENT_NONE)
		report_resume(report, known);
	else
		report_begin(report, cause ? cause->kind : shape->kind);
	if (!report->event)
		return true;
	report->event->is_panic = true;
	panic_pfn(report->event, rest);
	if (!keeps_text(report->event) || !report->event->text[0])
		span_copy(rest, report->event->text, sizeof(report->event->text));
	return true;
}

/*
 * "CPU: 1 UID: 0 PID: 438 Comm: sh Kdump: loaded Tainted: G        W  OE       7.3.4 #1 ..."
 */

/* The letters of set flags: unset ones are spaces, and G where it is not proprietary. */
static void event_taint(struct crash_event *event, struct span letters)
{
	size_t len = 0;

	if (event->taint[0])
		return;
	for (size_t i = 0; i < letters.len && len < sizeof(event->taint) - 1; i++) {
		char letter = letters.at[i];

		if (letter != ' ' && (letter < 'A' || letter > 'Z')) {
			len -= len && letters.at[i - 1] != ' '; /* of a word */
			break;
		}
		if (letter != ' ' && letter != 'G')
			event->taint[len++] = letter;
	}
	event->taint[len] = '\0';
}

/* "sh Kdump: loaded Tainted: ..." into "sh" and what is behind "Tainted: ". */
static struct span comm_of(struct span *rest)
{
	static const char *const ends[] = { " Kdump: loaded ", " Not tainted ", " Tainted: " };
	struct span near = span_near(*rest, COMM_MAX + sizeof(" Kdump: loaded ")), comm = near;

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct span after = near, before;

		if (span_find(&after, ends[i], &before) && before.len < comm.len)
			comm = before;
	}
	if (comm.len > COMM_MAX)
		comm.len = COMM_MAX;
	*rest = (struct span){ rest->at + comm.len, rest->len - comm.len };
	span_skip(rest, " Kdump: loaded");
	if (!span_skip(rest, " Tainted: "))
		rest->len = 0;
	return comm;
}

static bool body_cpu(struct report *report, struct span rest)
{
	struct crash_event *event = report->event;
	uint64_t cpu, uid, pid;

	if (!span_decimal(&rest, &cpu))
		return false;
	if (span_skip(&rest, " UID: ") && !span_decimal(&rest, &uid))
		return false;
	if (!span_skip(&rest, " PID: ") || !span_decimal(&rest, &pid) ||
	    !span_skip(&rest, " Comm: "))
		return false;
	/* Who found it is not who it happened to: of a hung task, of a CPU that is stuck. */
	if ((event->has_cpu && event->cpu != cpu) || (event->has_pid && event->pid != pid))
		return true;
	event_cpu(event, cpu);
	event_pid(event, pid);
	event_comm(event, comm_of(&rest));
	event_taint(event, rest);
	return true;
}

#define DUMP_PAGE   "mm/debug.c __dump_page, __dump_folio, dump_page"
#define PANIC	    "kernel/panic.c panic, vpanic"
#define DUMP_STACK  "lib/dump_stack.c dump_stack_print_info"
#define LIST_DEBUG  "lib/list_debug.c __list_add_valid, __list_del_entry_valid"
#define MCE	    "arch/x86/kernel/cpu/mce/core.c __print_mce, mce_panic"
#define FAILURE	    "mm/memory-failure.c action_result, memory_failure"
#define OOM	    "mm/oom_kill.c __oom_kill_process, out_of_memory"
#define HARD_LOCKUP "kernel/watchdog.c watchdog_hardlockup_check; watchdog_hld.c (6.1)"
#define PAGE_ALLOC  "mm/page_alloc.c bad_page"

static const struct line_shape shapes[] = {
	{ "kernel BUG at ", "lib/bug.c __report_bug", head_bug, NULL, CRASH_BUG },
	{ "Kernel BUG at ", "lib/bug.c __report_bug (6.1, 6.12)", head_bug, NULL, CRASH_BUG },
	{ "list_del corruption", LIST_DEBUG, head_list, NULL, CRASH_LIST_CORRUPTION },
	{ "list_add corruption", LIST_DEBUG, head_list, NULL, CRASH_LIST_CORRUPTION },
	{ "list_add double add", LIST_DEBUG, head_list, NULL, CRASH_LIST_CORRUPTION },
	{ "------------[ cut here ]", "include/asm-generic/bug.h CUT_HERE", head_cut_here, NULL,
	  0 },
	{ "WARNING: ", "kernel/panic.c __warn", head_warning, NULL, 0 },
	{ "---[ end ", "kernel/panic.c print_oops_end_marker", head_end, NULL, 0 },

	{ "BUG: Bad page state in process ", PAGE_ALLOC, head_bad_page, NULL,
	  CRASH_BAD_PAGE_STATE },
	{ "BUG: Bad page state: ", PAGE_ALLOC, head_suppressed, NULL, 0 },
	{ "page:", DUMP_PAGE, head_page, NULL, 0 },
	{ "page dumped because: ", DUMP_PAGE, NULL, body_page_reason, 0 },
	{ "page_type: ", DUMP_PAGE, NULL, NULL, 0 },
	{ "raw: ", DUMP_PAGE, NULL, body_page_words, 0 },
	{ "head: ", DUMP_PAGE, NULL, NULL, 0 },
	{ "head:", DUMP_PAGE, NULL, NULL, 0 },
	{ "memcg:", DUMP_PAGE, NULL, NULL, 0 },
	{ "flags: 0x", DUMP_PAGE, NULL, NULL, 0 },
	{ "anon flags: 0x", DUMP_PAGE, NULL, NULL, 0 },
	{ "ksm flags: 0x", DUMP_PAGE, NULL, NULL, 0 },
	{ "aops:", DUMP_PAGE, NULL, NULL, 0 },

	{ "watchdog: BUG: soft lockup - CPU#", "kernel/watchdog.c watchdog_timer_fn",
	  head_soft_lockup, NULL, CRASH_SOFT_LOCKUP },
	{ "watchdog: Watchdog detected hard LOCKUP on cpu ", HARD_LOCKUP, head_hard_lockup, NULL,
	  CRASH_HARD_LOCKUP },
	{ "NMI watchdog: Watchdog detected hard LOCKUP on cpu ", HARD_LOCKUP, head_hard_lockup,
	  NULL, CRASH_HARD_LOCKUP },
	{ "watchdog: CPU", HARD_LOCKUP, head_hard_lockup_of, NULL, CRASH_HARD_LOCKUP },
	{ "INFO: task ", "kernel/hung_task.c check_hung_task, hung_task_info", head_hung_task, NULL,
	  CRASH_HUNG_TASK },
	{ "rcu: INFO: ", "kernel/rcu/tree_stall.h, tree_exp.h", head_rcu_stall, NULL,
	  CRASH_RCU_STALL },

	{ "Memory failure: ", FAILURE, head_memory_failure, NULL, CRASH_MEMORY_FAILURE },
	{ "Injecting memory failure ", "mm/hwpoison-inject.c, mm/madvise.c", head_memory_test, NULL,
	  CRASH_MEMORY_FAILURE },
	{ "Soft offlining ", "mm/madvise.c madvise_inject_error", head_memory_test, NULL,
	  CRASH_MEMORY_FAILURE },
	{ "Soft offline: ", "mm/memory-failure.c soft_offline_in_use_page", head_memory_test, NULL,
	  CRASH_MEMORY_FAILURE },
	{ "soft offline: ", "mm/memory-failure.c soft_offline_in_use_page (6.1)", head_memory_test,
	  NULL, CRASH_MEMORY_FAILURE },
	{ "soft_offline: ", "mm/memory-failure.c soft_offline_in_use_page (6.1)", head_memory_test,
	  NULL, CRASH_MEMORY_FAILURE },
	{ "Out of memory: Killed process ", OOM, head_killed, NULL, CRASH_OOM },
	{ "Out of memory and no killable processes", OOM, head_plain, NULL, CRASH_OOM },

	{ "mce: [Hardware Error]: CPU ", MCE, head_machine_check, NULL, CRASH_MACHINE_CHECK },
	{ "mce: [Hardware Error]: Machine check: ", MCE, NULL, body_machine_check_text, 0 },
	{ "mce: [Hardware Error]: RIP", MCE, NULL, body_machine_check_rip, 0 },
	{ "MCE: CPU", "arch/powerpc/kernel/mce.c machine_check_print_event_info",
	  head_machine_check_ppc, NULL, CRASH_MACHINE_CHECK },

	{ "sysrq: Trigger a crash", "drivers/tty/sysrq.c __handle_sysrq", head_plain, NULL,
	  CRASH_SYSRQ },
	{ "panic: Redirecting from CPU ", "kernel/panic.c panic_try_force_cpu (7.3)", head_redirect,
	  NULL, 0 },
	{ "Kernel panic - not syncing: ", PANIC, head_panic, NULL, CRASH_PANIC },

	{ "CPU: ", DUMP_STACK, NULL, body_cpu, 0 },
	{ "Tainted: [", DUMP_STACK, NULL, NULL, 0 },
	{ "Hardware name: ", DUMP_STACK, NULL, NULL, 0 },
	{ "Modules linked in:", "kernel/module/main.c print_modules", NULL, NULL, 0 },
	{ "Call Trace:", "show_stack", NULL, body_trace_begins, 0 },
	{ "Call trace:", "arch/arm64/kernel/stacktrace.c dump_backtrace", NULL, body_trace_begins,
	  0 },
	{ "Code: ", "show_opcodes, dump_kernel_instr, show_code", NULL, NULL, 0 },
};

const struct line_table line_table_everywhere = { 0, shapes, COUNT_OF(shapes) };
