// SPDX-License-Identifier: LGPL-2.1-or-later
/* One analysis: the owner of the products of every stage. */
#ifndef VMEMSCOPE_ANALYSIS_H
#define VMEMSCOPE_ANALYSIS_H

#include "analyzer/checker/check.h"
#include "analyzer/crash/crash.h"
#include "analyzer/devices/device.h"
#include "analyzer/overwritten/overwritten.h"
#include "analyzer/pages/survey.h"
#include "analyzer/totals/savings.h"

/* How far to go: each stage includes those before it. */
enum analysis_depth {
	ANALYSIS_KERNEL,    /* layout, sections, scheme by types */
	ANALYSIS_SCHEME,    /* as page tables show it, where what they describe is no ruin */
	ANALYSIS_INVENTORY, /* vmemmap map, huge pages */
	ANALYSIS_FULL,	    /* checks, savings */
};

struct analysis_options {
	enum analysis_depth depth;
	size_t findings_max; /* kept of each check; 0: FINDINGS_PER_CHECK */
	unsigned threads;    /* 0: one for each processor; never more than THREADS_MAX */
	/* Only what page tables tell, and the heads of pages that they show as shared. */
	bool quick;
	/* The page that somebody wants to know all about: borrowed, NULL: none. */
	const struct page_where *focus;
	const struct crash_sources *crash;  /* borrowed; NULL: nobody asks why it died */
	struct analysis_progress *progress; /* borrowed; NULL: nobody looks */
};

/* What moved while a running machine was looked at. */
struct analysis_live {
	bool is_live;
	unsigned looks;		   /* the last of them is what is told */
	bool settled;		   /* nothing was seen to move during the last one */
	uint64_t changed_findings; /* that were seen and did not stay */
	uint64_t changed_pages;	   /* huge pages that came, went or were mapped anew in between */
};

/* The owner of the products of every stage. */
struct analysis {
	struct target target;
	struct thread_pool threads;
	struct survey survey; /* of all that follows */
	struct scheme_choice scheme;
	struct vmemmap_map map;
	struct inventory inventory;
	struct devices devices;
	struct savings savings;
	struct check_results checks;
	struct crash crash;
	const struct page_where *asked_for; /* NULL: none */
	struct check_focus focus;	    /* what that is, while survey.focus is set */

	struct overwritten overwritten;
	struct memory *overlay; /* what the target's memory is if anything was overwritten */

	size_t findings_max;
	bool quick;
	bool interrupted; /* by progress->cancel: some of the products are empty, and say so */
	struct analysis_live live;
	char *cmdline; /* NULL until analysis_read_cmdline() found it */
};

/*
 * Analyses the machine whose memory is @memory and whose VMCOREINFO is
 * @vmcoreinfo. All arguments must outlive the result.
 */
struct error *analysis_run(struct memory *memory, uint16_t elf_machine, bool big_endian,
			   const char *vmcoreinfo, struct typeinfo *typeinfo,
			   const struct analysis_options *options, struct analysis **ret);
/*
 * The same of a machine that runs, as often as it takes: what looks wrong is looked at
 * again, with pauses, and stays a finding only if it is there each time. The checks count
 * what did not stay as not checked.
 */
struct error *analysis_run_live(struct memory *memory, uint16_t elf_machine, bool big_endian,
				const char *vmcoreinfo, struct typeinfo *typeinfo,
				const struct analysis_options *options, struct analysis **ret);
void analysis_destroy(struct analysis *analysis); /* NULL is allowed */

/*
 * Reads the kernel's command line into analysis->cmdline, for those who ask for it: no
 * other stage looks at it. It stays NULL where the dump or the types do not have it.
 */
struct error *analysis_read_cmdline(struct analysis *analysis);

#endif
