// SPDX-License-Identifier: LGPL-2.1-or-later
/* One analysis: the owner of the products of every stage. */
#ifndef VMEMSCOPE_ANALYSIS_H
#define VMEMSCOPE_ANALYSIS_H

#include "analyzer/arch/arch.h"
#include "analyzer/checker/check.h"
#include "analyzer/devices/device.h"
#include "analyzer/vmcoreinfo/facts.h"
#include "analyzer/overwritten/overwritten.h"
#include "analyzer/pages/inventory.h"
#include "analyzer/kernel/kernel.h"
#include "analyzer/paging/kmem.h"
#include "analyzer/kernel/layout.h"
#include "analyzer/totals/savings.h"
#include "analyzer/kernel/scheme.h"
#include "analyzer/vmemmap/vmemmap.h"

/* How far to go: each stage includes those before it. */
enum analysis_depth {
	ANALYSIS_KERNEL,    /* layout, sections, scheme by types */
	ANALYSIS_SCHEME,    /* as page tables show it, where what they describe is no ruin */
	ANALYSIS_INVENTORY, /* vmemmap map, huge pages */
	ANALYSIS_FULL,	    /* checks, savings */
};

enum { THREADS_MAX = 64 };

/* How far an analysis is, for other threads and signal handlers. */
struct analysis_progress {
	_Atomic uint32_t permille; /* of the work, as far as can be told beforehand */
	_Atomic uint64_t bytes;	   /* asked of the dump so far */
	/* Set by whoever wants it to end soon: what is not done by then is not checked. */
	atomic_bool cancel;

	uint32_t from, to; /* permille at the ends of what is done now; of the analysis alone */
};

struct analysis_options {
	enum analysis_depth depth;
	size_t findings_max; /* kept of each check; 0: FINDINGS_PER_CHECK */
	unsigned threads;    /* 0: one for each processor; never more than THREADS_MAX */
	/* Only what page tables tell, and the heads of pages that they show as shared. */
	bool quick;
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

struct analysis {
	struct memory *memory;		       /* borrowed; or @overlay */
	struct memory *forks[THREADS_MAX - 1]; /* for the other threads: threads - 1 of them */
	unsigned threads;
	struct team *team;		    /* the other threads; NULL: there are none */
	struct analysis_progress *progress; /* borrowed; or NULL */
	bool quick;
	bool interrupted; /* by progress->cancel: some of what follows is empty, and says so */
	bool surveys;	  /* struct pages will be checked: look while they are at hand */
	struct facts *facts;
	const struct arch_info *arch;
	struct paging paging;
	struct kmem kmem;
	struct layout layout;
	struct scheme_choice scheme;
	struct kernel kernel;
	struct vmemmap_map map;
	struct inventory inventory;
	struct devices devices;
	size_t findings_max;
	struct check_results checks;
	struct savings savings;
	struct analysis_live live;
	struct overwritten overwritten;
	struct memory *overlay; /* what @memory is from then on, if anything was overwritten */
	char *cmdline;		/* NULL until analysis_read_cmdline() found it */
};

/*
 * Whether the kernel's page tables can be walked: no types help where they cannot. The
 * message tells why; ERROR_CORRUPT also if the root's entries lead nowhere, as in the memory
 * of an encrypted guest.
 */
struct error *analysis_check_paging(struct memory *memory, const struct arch_info *arch,
				    const struct facts *facts);
/* Only that the root is there. */
struct error *analysis_check_root(struct memory *memory, const struct paging *paging);

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

/*
 * How many witnesses in @memory say that @vmcoreinfo is of the kernel that ran: the root of
 * page tables, these where they map themselves, the release in the kernel's own memory.
 */
unsigned vmcoreinfo_judge(struct memory *memory, uint16_t elf_machine, bool big_endian,
			  const char *vmcoreinfo);

/*
 * A memory that answers like @source and remembers what it was asked: what a
 * distilled dump must hold. Borrows @source.
 */
struct recorder;
struct error *recorder_create(struct memory *source, struct recorder **ret);
struct memory *recorder_memory(struct recorder *recorder);
/*
 * The source again, but of each page only the bytes that were read through
 * recorder_memory() so far; the others read as zero. Borrowed.
 */
struct memory *recorder_masked(struct recorder *recorder);
/* Ascending, each once; borrowed until the next call. */
struct error *recorder_pages(struct recorder *recorder, const pfn_t **ret, size_t *count_ret);
/* From now on the answer about page @pfn is that the dump left it out. */
struct error *recorder_exclude(struct recorder *recorder, pfn_t pfn);
/* Ascending and disjoint; includes the answers of reads that found nothing. */
const struct memory_extent *recorder_extents(struct recorder *recorder, size_t *count_ret);
void recorder_destroy(struct recorder *recorder);

#endif
