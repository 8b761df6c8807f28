// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The checks: one invariant each, and what they found.
 *
 * To add one: CONTRIBUTING.md.
 */
#ifndef VMEMSCOPE_CHECK_H
#define VMEMSCOPE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/checker/alike.h"
#include "analyzer/vmemmap/upper_entries.h"
#include "include/types.h"

struct error;
struct survey;

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };
const char *severity_name(enum severity severity);

/* How many findings of a check are kept if nothing else is asked for, and at the most. */
enum { FINDINGS_PER_CHECK = 200, FINDINGS_PER_CHECK_MAX = 100000 };

struct check_run;

/* Vmemmap pages [first, end) that a finding is about; notes are about none. */
struct covered {
	uint64_t first, end;
	uint64_t reach; /* greatest end up to and including this one */
	bool error;	/* of severity error */
};

enum { COVERED_MAX = 1 << 20 }; /* of a check: more is no machine but a ruin */

struct check {
	const char *id;		/* stable: JSON, --check, documentation */
	const char *title;	/* the invariant, one line */
	const char *rationale;	/* why it matters and what breaks it */
	const char *basis;	/* the kernel source or commit it rests on */
	enum severity severity; /* of an ordinary finding */
	/* Why it cannot look where struct pages are not read, to go on "--quick ..."; or NULL. */
	const char *blind_when_quick;
	/* Its findings are about the frame behind their first vmemmap page, whoever maps it. */
	bool of_frames;
	struct error *(*run)(const struct survey *survey, struct check_run *run);
};

/* Entries of page tables above the lowest level that a finding is about. */
struct finding_entry {
	bool known;
	bool leaves_pages; /* what lies below is looked at by other checks all the same */
	struct upper_entry upper;
	uint64_t huge_pages; /* huge and compound pages with vmemmap below, as far as known */
};

/* One violation. */
struct finding {
	const struct check *check;
	enum severity severity;
	bool has_pfn;
	pfn_t pfn; /* head of the huge page, or the pfn it is about */
	bool has_vmemmap;
	uint64_t index;	       /* first vmemmap page, as in analyzer/vmemmap/vmemmap.h */
	uint64_t count;	       /* vmemmap pages in a row */
	char *message;	       /* one line; owned by the run */
	const char *signature; /* what it looks like, for the catalogue of bugs; or NULL */
	struct finding_entry entry;
	struct alike_mark alike;
	uint64_t alike_count; /* findings that this one stands for; 0: for itself */
};

/*
 * The findings of one check with one signature, all of them, listed or not. Whoever asks
 * what a check has found asks here, or for what is covered: how many findings are listed
 * is a matter of taste.
 */
struct signature_tally {
	const char *signature;
	uint64_t count;
	struct finding first, last; /* their messages are NULL */
};

/* What somebody wants to know all about: a huge page, or what one vmemmap page describes. */
struct check_focus {
	pfn_t start, end;      /* its pages */
	uint64_t first, count; /* its vmemmap pages */
};

/* True if @finding names a page of @focus, or is about its vmemmap. */
bool focus_has(const struct check_focus *focus, const struct finding *finding);

enum check_status {
	STATUS_PASS,
	STATUS_FAIL,	       /* a finding of severity error */
	STATUS_WARN,	       /* a finding of severity warning at worst */
	STATUS_NOT_CHECKED,    /* there was something, and it could not be looked at */
	STATUS_NOT_APPLICABLE, /* nothing that this check is about */
};
const char *check_status_name(enum check_status status);

/* What one check did. */
struct check_run {
	const struct check *check;
	enum check_status status;
	uint64_t checked;	 /* things looked at */
	uint64_t not_checked;	 /* things that could not be */
	uint64_t out_of_reach;	 /* things that no dump of this kind holds; in none of these two */
	uint64_t violations;	 /* findings, those beyond the cap included; many alike are one */
	const char *unit;	 /* "huge pages", "vmemmap pages" */
	char *reason;		 /* why not checked or not applicable; NULL otherwise */
	char *reach_reason;	 /* of @out_of_reach; NULL if there is none */
	uint64_t by_severity[3]; /* of @violations, by enum severity */
	struct finding *findings;
	size_t finding_count, finding_room, finding_max; /* the first @finding_max are kept */
	/*
	 * All that is in focus, each by itself, whatever becomes of it in the list; the first
	 * FINDINGS_PER_CHECK are kept, with what they say.
	 */
	const struct check_focus *focus; /* NULL: nothing is */
	struct finding *focused;
	size_t focused_count, focused_room;
	uint64_t focused_more;	    /* that were not kept */
	const char *signature;	    /* of the next finding; see finding_sign() */
	struct finding_entry entry; /* of the next finding; see finding_about() */
	struct alike_mark alike;    /* of the next finding; see finding_alike() */
	struct alike *alike_kinds;
	size_t alike_kind_count, alike_kind_room;
	struct signature_tally *tallies;
	size_t tally_count, tally_room;
	/* Of all findings, kept or not; by @first once the check is done. */
	struct covered *covered;
	size_t covered_count, covered_room;
	uint64_t covered_pages; /* vmemmap pages of all that would be in @covered */
	/* Vmemmap pages that some check has already reported; see findings_cover(). */
	const struct check_run *earlier;
	size_t earlier_count;
};

struct check_results {
	struct check_run *runs; /* one per check, in table order */
	size_t run_count;
	uint64_t errors, warnings, notes;
	bool interrupted; /* some check was not done */
};

/* A run of the same check for a part of its work; and adding that to the whole. */
void check_run_begin(struct check_run *part, const struct check_run *whole);
struct error *check_run_join(struct check_run *whole, struct check_run *part);
/*
 * Takes back the findings that do not stay: they count as not checked. *dropped_ret: how
 * many those are.
 */
struct error *checks_settle(struct check_results *results, const void *data,
			    bool (*stays)(const void *data, const struct finding *finding),
			    uint64_t *dropped_ret);
/* No finding will be added: puts what they cover in order. */
void check_run_seal(struct check_run *run);
void check_run_deinit(struct check_run *run);
void check_results_deinit(struct check_results *results);

/* A violation about vmemmap pages [index, index + count) of the page at @pfn. */
struct error *finding_add(struct check_run *run, enum severity severity, pfn_t pfn, uint64_t index,
			  uint64_t count, const char *fmt, ...)
	__attribute__((format(printf, 6, 7), warn_unused_result));
/* A violation of the page at @pfn that is none of how its vmemmap is mapped. */
struct error *finding_add_pfn(struct check_run *run, enum severity severity, pfn_t pfn,
			      const char *fmt, ...)
	__attribute__((format(printf, 4, 5), warn_unused_result));
/* A violation about something that is no vmemmap page. */
struct error *finding_add_plain(struct check_run *run, enum severity severity, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), warn_unused_result));

/* Gives the next finding of @run a signature: a literal of analyzer/known_bugs/known_bug.h's table.
 */
static inline void finding_sign(struct check_run *run, const char *signature)
{
	run->signature = signature;
}

/* The next finding of @run is about @entry. */
static inline void finding_about(struct check_run *run, const struct finding_entry *entry)
{
	run->entry = *entry;
	run->entry.known = true;
}

/* True if the next finding is listed, and not only counted: then its words are worth finding. */
static inline bool findings_listed(const struct check_run *run)
{
	return run->finding_count < run->finding_max;
}

/* Counts @finding, of which its signature is asked, in the tally of @run. */
struct error *signature_count(struct check_run *run, const struct finding *finding)
	__attribute__((warn_unused_result));
/* What @run has found with @signature; NULL: nothing. */
const struct signature_tally *signature_find(const struct check_run *run, const char *signature);

/* Says why nothing (or not all) could be looked at; the first call wins. */
struct error *check_reason(struct check_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

/* Counts one thing that no dump of this kind holds, and says why; the first reason stays. */
struct error *check_out_of_reach(struct check_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

/* The next finding is about vmemmap pages [@index, @index + @count), too. */
struct error *findings_cover_more(struct check_run *run, uint64_t index, uint64_t count)
	__attribute__((warn_unused_result));

/* True if an earlier check has reported vmemmap page @index, or any of @count from it. */
bool findings_cover(const struct check_run *run, uint64_t index);
bool findings_cover_any(const struct check_run *run, uint64_t index, uint64_t count);

#endif
