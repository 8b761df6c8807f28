// SPDX-License-Identifier: LGPL-2.1-or-later
/* From results to documents: what each command shows. */
#ifndef VMEMSCOPE_DOCUMENT_H
#define VMEMSCOPE_DOCUMENT_H

#include "include/analysis.h"
#include "include/report.h"

struct dump;

enum { REPORT_SCHEMA_VERSION = 1 };

/* What a document is made of; everything is borrowed. */
struct document_source {
	const char *version; /* of the program */
	const struct dump *dump;
	const struct typeinfo *typeinfo;
	const struct analysis *analysis;
};

struct error *document_report(const struct document_source *source, struct report **ret);
struct error *document_info(const struct document_source *source, struct report **ret);
struct error *document_hugetlb_list(const struct document_source *source, struct report **ret);
struct error *document_dax_list(const struct document_source *source, struct report **ret);
/* The vmemmap map: a line for neighbouring vmemmap pages that are mapped alike. */
struct error *document_vmemmap_list(const struct document_source *source, struct report **ret);

/*
 * The layout's values and their provenance, symbols as linked. @others, if not NULL,
 * are LAYOUT_COUNT answers of another source to compare with; *different_ret is how
 * many are not the same.
 */
struct error *document_types(const struct document_source *source, const struct type_answer *others,
			     unsigned *different_ret, struct report **ret);

/*
 * One huge page, one compound page of a device, or the vmemmap page that holds one
 * struct page. @where is a pfn,
 * or an address inside the vmemmap. ERROR_USAGE if it names neither.
 */
struct error *document_page(const struct document_source *source, uint64_t where,
			    struct report **ret);

/* The catalogue of checks; one check if @id is not NULL (ERROR_USAGE if unknown). */
struct error *document_checks(const char *id, struct report **ret);

/* The catalogue of known faults; one of them (ERROR_USAGE if unknown). */
struct error *document_known_bugs(struct report **ret);
struct error *document_known_bug(const char *id, struct report **ret);

#endif
