// SPDX-License-Identifier: LGPL-2.1-or-later
/* From results to documents: what each command shows. */
#ifndef VMEMSCOPE_DOCUMENT_H
#define VMEMSCOPE_DOCUMENT_H

#include "analyzer/analysis/analysis.h"
#include "include/compare.h"
#include "include/report.h"

struct dump;

enum { REPORT_SCHEMA_VERSION = 1 };

/* What a document is made of; everything is borrowed. */
struct page_where;

struct document_source {
	const char *version; /* of the program */
	const struct dump *dump;
	const struct typeinfo *typeinfo;
	const struct analysis *analysis;
	/* Of document_report(): the first member, "path"; NULL: there is none. */
	const char *path;
};

struct error *document_report(const struct document_source *source, struct report **ret);
struct error *document_info(const struct document_source *source, struct report **ret);
struct error *document_hugetlb_list(const struct document_source *source, struct report **ret);
struct error *document_dax_list(const struct document_source *source, struct report **ret);
/* The vmemmap map: a line for neighbouring vmemmap pages that are mapped alike. */
struct error *document_vmemmap_list(const struct document_source *source, struct report **ret);

/* Pools and savings in one line (text), or one object; @when: the time, as text. */
struct error *document_watch(const struct document_source *source, const char *when,
			     struct report **ret);

/*
 * The layout's values and their provenance, symbols as linked. @others, if not NULL,
 * are LAYOUT_COUNT answers of another source to compare with; *different_ret is how
 * many are not the same.
 */
struct error *document_types(const struct document_source *source, const struct type_answer *others,
			     unsigned *different_ret, struct report **ret);

/*
 * One huge page, one compound page of a device, or the vmemmap page that holds one
 * struct page. ERROR_USAGE if @where names none of these.
 */
struct error *document_page(const struct document_source *source, const struct page_where *where,
			    struct report **ret);

/* The catalogue of checks; one check if @id is not NULL (ERROR_USAGE if unknown). */
struct error *document_checks(const char *id, struct report **ret);

/* The catalogue of known faults; one of them (ERROR_USAGE if unknown). */
struct error *document_known_bugs(struct report **ret);
struct error *document_known_bug(const char *id, struct report **ret);

/* --- what differs between two reports -------------------------------------------- */

enum { DIFF_SCHEMA_VERSION = 1 };

/* Reports that were written as JSON. */
extern const struct report_kind document_report_kind;

/* How they are compared; nothing is ignored. */
extern const struct compare_rules document_compare_rules;

/* Everything is borrowed. */
struct document_diff_source {
	const char *version; /* of the program */
	struct document_diff_side {
		const char *path, *release; /* release: NULL if not known */
		bool quick;		    /* --quick made it */
	} a, b;
	const struct comparison *comparison;
	bool all;	     /* also what does not matter */
	const char *verdict; /* the first line for people; NULL: none */
};

struct error *document_diff(const struct document_diff_source *source, struct report **ret);

#endif
