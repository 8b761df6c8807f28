// SPDX-License-Identifier: LGPL-2.1-or-later
/* From results to documents: what each command shows. */
#ifndef VMEMSCOPE_REPORTS_H
#define VMEMSCOPE_REPORTS_H

#include "analyzer/analysis/analysis.h"
#include "include/compare.h"
#include "include/document.h"

struct dump;

enum { REPORT_SCHEMA_VERSION = 1 };

/* What a document is made of; everything is borrowed. */
struct page_where;

struct report_source {
	const char *version; /* of the program */
	const struct dump *dump;
	struct typeinfo *typeinfo;
	const struct analysis *analysis;
	/* Of report_build(): the first member, "path"; NULL: there is none. */
	const char *path;
};

struct error *report_build(const struct report_source *source, struct document **ret);
struct error *report_info(const struct report_source *source, struct document **ret);
struct error *report_hugetlb_list(const struct report_source *source, struct document **ret);
struct error *report_dax_list(const struct report_source *source, struct document **ret);
/* The vmemmap map: a line for neighbouring vmemmap pages that are mapped alike. */
struct error *report_vmemmap_list(const struct report_source *source, struct document **ret);

/* Pools and savings in one line (text), or one object; @when: the time, as text. */
struct error *report_watch(const struct report_source *source, const char *when,
			   struct document **ret);

/*
 * The layout's values and their provenance, symbols as linked. @others, if not NULL,
 * are LAYOUT_COUNT answers of another source to compare with; *different_ret is how
 * many are not the same.
 */
struct error *report_types(const struct report_source *source, const struct type_answer *others,
			   unsigned *different_ret, struct document **ret);

/*
 * One huge page, one compound page of a device, or the vmemmap page that holds one
 * struct page. ERROR_USAGE if @where names none of these.
 */
struct error *report_page(const struct report_source *source, const struct page_where *where,
			  struct document **ret);

/* The catalogue of checks; one check if @id is not NULL (ERROR_USAGE if unknown). */
struct error *report_checks(const char *id, struct document **ret);

/* The catalogue of known faults; one of them (ERROR_USAGE if unknown). */
struct error *report_known_bugs(struct document **ret);
struct error *report_known_bug(const char *id, struct document **ret);

struct kernel_log;
struct log_selection;

enum { LOG_SCHEMA_VERSION = 1 };

/* The log of a kernel, record by record: for machines. */
struct report_log_source {
	const char *version;	    /* of the program */
	const char *path, *release; /* release: NULL if not known */
	const struct kernel_log *log;
	const struct log_selection *selection;
};
struct error *report_log(const struct report_log_source *source, struct document **ret);

/* --- what differs between two reports -------------------------------------------- */

enum { DIFF_SCHEMA_VERSION = 1 };

/* Reports that were written as JSON. */
extern const struct report_kind report_kind;

/* How they are compared; nothing is ignored. */
extern const struct compare_rules report_compare_rules;

/* Everything is borrowed. */
struct report_diff_source {
	const char *version; /* of the program */
	struct report_diff_side {
		const char *path, *release; /* release: NULL if not known */
		bool quick;		    /* --quick made it */
	} a, b;
	const struct comparison *comparison;
	bool all;	     /* also what does not matter */
	const char *verdict; /* the first line for people; NULL: none */
};

struct error *report_diff(const struct report_diff_source *source, struct document **ret);

#endif
