// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is said of a crash, in words: each function adds a part of a sentence. */
#ifndef VMEMSCOPE_CRASH_WORDS_H
#define VMEMSCOPE_CRASH_WORDS_H

#include "analyzer/analysis/analysis.h"
#include "analyzer/reports/words.h"

/* "page fault", "soft lockup". */
const char *crash_kind_words(enum crash_kind kind);
/* "55.364026" */
void crash_add_time(struct words *words, uint64_t time_ns);

/* What the machine died of, and whether the vmemmap had part in it: one or two sentences. */
void crash_add_verdict(struct words *words, const struct analysis *analysis);
/* When, where, who, and what of. */
void crash_add_event(struct words *words, const struct crash_event *event);
/* What an address or pfn is. */
void crash_add_place(struct words *words, const struct analysis *analysis,
		     const struct crash_place *place);
/* What a write to a struct page would do, by the entry that maps it. */
void crash_add_write(struct words *words, const struct analysis *analysis,
		     const struct crash_place *place);
/* How the vmemmap page of the crash's place is mapped, in the dump and in the log. */
void crash_add_entry(struct words *words, const struct analysis *analysis);
/* The known fault that fits, or why none does. */
void crash_add_bug(struct words *words, const struct analysis *analysis);
/* One thing to do. */
void crash_add_next(struct words *words, const struct analysis *analysis);

#endif
