// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What stopped the machine, and whether its shared vmemmap had part in it: the events of the
 * log, tied to struct pages and huge pages, and a verdict.
 */
#ifndef VMEMSCOPE_CRASH_H
#define VMEMSCOPE_CRASH_H

#include "analyzer/crash/bad_pages.h"
#include "analyzer/crash/crash_place.h"
#include "analyzer/known_bugs/known_bug.h"
#include "analyzer/oops/crash_event.h"

struct dump_cpu;
struct error;
struct survey;
struct target;

/* Where to learn of the crash; everything is borrowed. All zero: there is nothing. */
struct crash_sources {
	/*
	 * To read the log from. Not the memory of the analysis: what is read of the log must
	 * not get into a distilled dump. NULL: there is none to be read.
	 */
	struct memory *memory;
	const char *saved; /* of a distilled dump: crash_log_save(); NULL: none */
	const struct dump_cpu *cpus;
	size_t cpu_count;
	bool from_qemu; /* the machine was stopped from outside: registers are of that moment */
	bool is_live;	/* it runs: nothing stopped it */
};

enum crash_verdict {
	CRASH_NOT_ASKED, /* the machine runs */
	CRASH_VMEMMAP_DAMAGED,
	CRASH_VMEMMAP_SOUND,
	CRASH_DAMAGED_EARLIER,
	CRASH_SILENT,
	CRASH_UNRELATED,
	CRASH_CANNOT_TELL,
	CRASH_VERDICT_COUNT,
};
const char *crash_verdict_id(enum crash_verdict verdict); /* stable: "vmemmap-damaged" */

/* What the verdict rests on; each has one verdict: crash_why_verdict(). */
enum crash_why {
	WHY_NOT_ASKED,
	/* At the vmemmap, which is not as it must be. */
	WHY_ENTRY_ABSENT,
	WHY_ENTRY_WRONG,
	WHY_FRAME_WRONG,    /* memory behind the vmemmap that a check reports */
	WHY_REGISTER_WRONG, /* a register leads to a struct page that a check reports */
	WHY_PAGE_WRONG,	    /* so does a pfn of the log */
	/* At the vmemmap, which is as it must be. */
	WHY_READONLY_TAIL,
	WHY_READONLY_THEN, /* by the entry in the log; it was restored since */
	WHY_NO_MEMORY,
	/* Contents of struct pages were spoilt before. */
	WHY_SHARED_FRAME,
	WHY_RESTORED_HEADS,
	WHY_RESTORED_COPIES,
	WHY_SILENT,
	/* Not the vmemmap. */
	WHY_HUGE_DATA,
	WHY_ELSEWHERE,
	WHY_NO_ADDRESS,
	WHY_PAGE_SOUND,
	WHY_NEVER_SHARED,
	WHY_NO_EVENT,
	/* Not known. */
	WHY_VMEMMAP_UNEXPLAINED,
	WHY_TABLES_BEHIND, /* the kernel's tables have the entry, those of the task lacked it */
	WHY_BAD_PAGES_UNTIED,
	WHY_EVENT_LOST,
	WHY_NO_LOG,
	WHY_COUNT,
};
const char *crash_why_id(enum crash_why why); /* stable: "readonly-tail" */
enum crash_verdict crash_why_verdict(enum crash_why why);

enum { CRASH_NO_EVENT = -1, CRASH_REGISTERS_LISTED = 16 };

struct crash_register_place {
	char name[8];
	struct crash_place place;
};

struct crash {
	struct crash_log log;
	const char *missing; /* why the log was not read; NULL: it was */

	/* Of the events: the first that tells of a fault, and the one that ended it all. */
	long cause, end;

	/* Of the cause: its address, or the pfn that it names. */
	bool has_place;
	struct crash_place place;
	enum entry_compared entry;

	/* Registers of the cause that lead to struct pages, or to memory behind them. */
	struct crash_register_place registers[CRASH_REGISTERS_LISTED];
	unsigned register_count;

	struct bad_pages bad_pages;

	bool panic_cpu_known; /* by the kernel's variable */
	uint32_t panic_cpu;
	uint64_t crash_time; /* CRASHTIME: seconds since 1970; 0: not known */

	enum crash_why why;
	const struct known_bug *bug; /* that fits the event; NULL: none */
	uint64_t beside;	     /* errors that have nothing to do with it */
};

/* The events of the log, and what else is known without any check. */
struct error *crash_known_read(const struct target *target, const struct crash_sources *sources,
			       struct crash *ret);
/* What they mean, of @crash as crash_known_read() left it: once the checks are done. */
struct error *crash_read(const struct survey *survey, const struct crash_sources *sources,
			 struct crash *crash);
/* Keeps of each event the registers that lead to the vmemmap. */
struct error *crash_registers_choose(const struct survey *survey,
				     const struct crash_sources *sources, struct crash_log *log);
/* What is known of it, as text: see crash_sources.saved. The caller frees *ret. */
struct error *crash_save(const struct crash *crash, bool with_names, char **ret);
void crash_deinit(struct crash *crash);

static inline const struct crash_event *crash_event_at(const struct crash *crash, long number)
{
	return number >= 0 && (size_t)number < crash->log.count ? &crash->log.events[number] : NULL;
}

/* NULL if there is none. */
static inline const struct crash_event *crash_cause(const struct crash *crash)
{
	return crash_event_at(crash, crash->cause);
}

static inline const struct crash_event *crash_end(const struct crash *crash)
{
	return crash_event_at(crash, crash->end);
}

#endif
