// SPDX-License-Identifier: LGPL-2.1-or-later
/* Parts that several documents have in common. */
#ifndef VMEMSCOPE_REPORT_PARTS_H
#define VMEMSCOPE_REPORT_PARTS_H

#include "analyzer/checker/bytes_text.h"
#include "analyzer/reports/reports.h"

void report_add_dump(struct document_node *root, const struct report_source *source);
void report_add_kernel(struct document_node *root, const struct report_source *source);
/* What is saved, in a few sentences. */
void report_add_summary(struct document_node *root, const struct analysis *analysis);
void report_add_dax(struct document_node *root, const struct analysis *analysis);
/* What an operator could do about what is not saved: an array of sentences. */
void report_add_advice(struct document_node *savings, const struct analysis *analysis);
/* Known faults that the findings look like, with what chose them. */
void report_add_known_bugs(struct document_node *root, const struct analysis *analysis);
/* Why the machine died, and whether the shared vmemmap had part in it. */
void report_add_crash(struct document_node *root, const struct analysis *analysis);
/* Where each CPU was, of at most 64; code is looked up in the kernel's symbols. */
struct error *report_add_cpus(struct document_node *root, const struct report_source *source);
/* When the machine ended, after how long, and what its kernel said last; without a verdict. */
void report_add_end(struct document_node *root, const struct analysis *analysis);
void report_add_vmemmap(struct document_node *root, const struct analysis *analysis);

/* Entries of page tables above the lowest level: an object, which is returned. */
struct document_node *report_add_entry(struct document_node *node, const char *key,
				       const struct analysis *analysis,
				       const struct upper_entry *upper);

/* One finding, at the end of a list of them. */
void report_add_finding(struct document_node *list, const struct analysis *analysis,
			const struct finding *finding);
enum document_style report_severity_style(enum severity severity);

/* The first damaged pages, "0x1f, 0x20 and more", for use inside sentences; into @buf. */
enum { DAMAGE_TEXT_MAX = 256 };
const char *report_damage(const struct memory_damage *damage, char *buf, size_t size);

/* Bytes, or null where they are not known. */
void report_add_bytes_if(struct document_node *node, const char *key, const char *label, bool known,
			 int64_t bytes);

/* Hands @report over if it is whole, else destroys it. */
struct error *report_finish(struct document *document, struct document **ret);

const char *share_kind_name(enum share_kind kind); /* stable: "full" */

#endif
