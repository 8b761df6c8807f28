// SPDX-License-Identifier: LGPL-2.1-or-later
/* Parts that several documents have in common. */
#ifndef VMEMSCOPE_ANALYZER_DOCUMENT_H
#define VMEMSCOPE_ANALYZER_DOCUMENT_H

#include "analyzer/checker/bytes_text.h"
#include "analyzer/documents/documents.h"

void document_add_dump(struct report_node *root, const struct document_source *source);
void document_add_kernel(struct report_node *root, const struct document_source *source);
/* What is saved, in a few sentences. */
void document_add_summary(struct report_node *root, const struct analysis *analysis);
void document_add_dax(struct report_node *root, const struct analysis *analysis);
/* What an operator could do about what is not saved: an array of sentences. */
void document_add_advice(struct report_node *savings, const struct analysis *analysis);
/* Known faults that the findings look like, with what chose them. */
void document_add_known_bugs(struct report_node *root, const struct analysis *analysis);
void document_add_vmemmap(struct report_node *root, const struct analysis *analysis);

/* Entries of page tables above the lowest level: an object, which is returned. */
struct report_node *document_add_entry(struct report_node *node, const char *key,
				       const struct analysis *analysis,
				       const struct upper_entry *upper);

/* One finding, at the end of a list of them. */
void document_add_finding(struct report_node *list, const struct analysis *analysis,
			  const struct finding *finding);
enum report_style document_severity_style(enum severity severity);

/* The first damaged pages, "0x1f, 0x20 and more", for use inside sentences; into @buf. */
enum { DAMAGE_TEXT_MAX = 256 };
const char *document_damage(const struct memory_damage *damage, char *buf, size_t size);

/* Bytes, or null where they are not known. */
void document_add_bytes_if(struct report_node *node, const char *key, const char *label, bool known,
			   int64_t bytes);

/* Hands @report over if it is whole, else destroys it. */
struct error *document_finish(struct report *report, struct report **ret);

const char *share_kind_name(enum share_kind kind); /* stable: "full" */

#endif
