// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A machine that moves while it is looked at. One look at it is a mixture of moments, so
 * whatever looks wrong is looked at again, after pauses of no fixed length; only what is
 * seen in every one of several looks in a row is a finding. Where pools change all the
 * time, sums over the whole machine have no such row, and are not checked.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/analysis/analysis.h"
#include "include/error.h"
#include "include/hash.h"

enum {
	LOOKS_MAX = 12,
	LOOKS_MAX_MOVED = 3,  /* if nothing looks wrong, only the pools move */
	LOOKS_MAX_FAILED = 5, /* until a failure is one */
	LOOKS_NOTE = 2,	      /* how often a note has to be seen in a row */
	LOOKS_FAULT = 5,      /* the same of a warning or an error */
	PAUSE_MIN_MS = 15,
	PAUSE_MAX_MS = 240,
};

/* A finding by what it says, and in how many looks in a row it was there. */
struct seen {
	uint64_t key;
	unsigned looks;
};

struct seen_list {
	struct seen *list; /* by key */
	size_t count;
};

static uint64_t key_of(const struct finding *finding)
{
	const uint64_t numbers[] = { finding->severity, finding->pfn, finding->index,
				     finding->count };
	uint64_t hash = hash_bytes(HASH_START, numbers, sizeof(numbers));

	hash = hash_bytes(hash, finding->check->id, strlen(finding->check->id));
	return hash_bytes(hash, finding->message, strlen(finding->message));
}

static int seen_compare(const void *a, const void *b)
{
	const struct seen *left = a, *right = b;

	return (left->key > right->key) - (left->key < right->key);
}

static const struct seen *seen_find(const struct seen_list *seen, uint64_t key)
{
	const struct seen wanted = { .key = key };

	if (!seen->count)
		return NULL;
	return bsearch(&wanted, seen->list, seen->count, sizeof(wanted), seen_compare);
}

static bool is_confirmed(const struct seen_list *seen, const struct finding *finding)
{
	const struct seen *found = seen_find(seen, key_of(finding));

	return found &&
	       found->looks >= (finding->severity == SEVERITY_NOTE ? LOOKS_NOTE : LOOKS_FAULT);
}

static bool stays(const void *data, const struct finding *finding)
{
	return is_confirmed(data, finding);
}

static size_t findings_count(const struct check_results *checks)
{
	size_t count = 0;

	for (size_t i = 0; i < checks->run_count; i++)
		count += checks->runs[i].finding_count;
	return count;
}

/* What this look found, with how long each has been seen. */
static struct error *seen_update(struct seen_list *seen, const struct check_results *checks,
				 bool moved)
{
	struct seen_list now = { .list = calloc(findings_count(checks) + 1, sizeof(*now.list)) };

	if (!now.list)
		return error_nomem();
	for (size_t i = 0; i < checks->run_count; i++)
		for (size_t k = 0; k < checks->runs[i].finding_count; k++) {
			const struct finding *finding = &checks->runs[i].findings[k];
			const uint64_t key = key_of(finding);
			const struct seen *before = seen_find(seen, key);
			bool counts = finding->has_pfn || !moved;

			now.list[now.count++] = (struct seen){
				.key = key,
				.looks = counts ? (before ? before->looks : 0) + 1 : 0,
			};
		}
	if (now.count)
		qsort(now.list, now.count, sizeof(*now.list), seen_compare);
	free(seen->list);
	*seen = now;
	return NULL;
}

static uint64_t seen_vanished(const struct seen_list *before, const struct seen_list *now)
{
	uint64_t count = 0;

	for (size_t i = 0; i < before->count; i++)
		count += !seen_find(now, before->list[i].key);
	return count;
}

static bool all_confirmed(const struct seen_list *seen, const struct check_results *checks)
{
	for (size_t i = 0; i < checks->run_count; i++)
		for (size_t k = 0; k < checks->runs[i].finding_count; k++)
			if (!is_confirmed(seen, &checks->runs[i].findings[k]))
				return false;
	return true;
}

/* --- what moved --------------------------------------------------------------- */

static struct error *pages_now(struct analysis *analysis, const struct hstate *hstate,
			       uint64_t *ret)
{
	enum memory_state state;
	uint64_t offset = layout_get(&analysis->target.layout, LAYOUT_HSTATE_NR);
	struct error *err =
		kmem_read_uint(analysis->target.kmem, hstate->address + offset, 8, ret, &state);

	if (!err && state != MEMORY_PRESENT)
		*ret = UINT64_MAX;
	return err;
}

/* Whether some pool has another number of pages than when this look began. */
static struct error *pools_moved(struct analysis *analysis, bool *ret)
{
	struct error *err = NULL;

	*ret = false;
	for (size_t i = 0; !err && i < analysis->inventory.hstate_count; i++) {
		const struct hstate *hstate = &analysis->inventory.hstates[i];
		uint64_t pages = 0;

		err = pages_now(analysis, hstate, &pages);
		*ret |= pages != hstate->pages;
	}
	return err;
}

static bool is_same(const struct huge_page *a, const struct huge_page *b)
{
	return a->order == b->order && a->optimized == b->optimized &&
	       a->mapping.kind == b->mapping.kind;
}

/* Huge pages that one of them has and the other has not, or has otherwise. */
static uint64_t pages_changed(const struct inventory *before, const struct inventory *now)
{
	struct huge_cursor old_cursor = { 0 }, new_cursor = { 0 };
	const struct huge_page *old_page = huge_pages_next(&before->pages, &old_cursor);
	const struct huge_page *new_page = huge_pages_next(&now->pages, &new_cursor);
	uint64_t count = 0;

	while (old_page || new_page) {
		bool take_old = old_page && (!new_page || old_page->pfn <= new_page->pfn);
		bool take_new = new_page && (!old_page || new_page->pfn <= old_page->pfn);

		count += !(take_old && take_new && is_same(old_page, new_page));
		if (take_old)
			old_page = huge_pages_next(&before->pages, &old_cursor);
		if (take_new)
			new_page = huge_pages_next(&now->pages, &new_cursor);
	}
	return count;
}

/* --- looking -------------------------------------------------------------------- */

struct watch {
	struct analysis_live live;
	struct seen_list seen;
	struct analysis *last;
	bool moved;	 /* during the last look */
	unsigned failed; /* looks in a row that came to nothing */
	unsigned pause_ms;
	unsigned random;
};

static void watch_deinit(struct watch *watch)
{
	free(watch->seen.list);
	analysis_destroy(watch->last);
}

/* Of no fixed length: what comes and goes regularly must not be met at the same point again. */
static void watch_pause(struct watch *watch, const struct analysis_progress *progress)
{
	struct timespec now, pause = { 0 };

	if (progress && atomic_load(&progress->cancel))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	watch->random = (watch->random + (unsigned)now.tv_nsec) * 2654435761U + 1;
	watch->pause_ms = watch->pause_ms ? 2 * watch->pause_ms : PAUSE_MIN_MS;
	if (watch->pause_ms > PAUSE_MAX_MS)
		watch->pause_ms = PAUSE_MAX_MS;
	pause.tv_nsec = (long)watch->pause_ms * 500000L +
			(long)((watch->random >> 8) % watch->pause_ms) * 1000000L;
	nanosleep(&pause, NULL);
}

/* Takes @analysis. */
static struct error *watch_take(struct watch *watch, struct analysis *analysis)
{
	struct seen_list before = watch->seen;
	struct error *err = pools_moved(analysis, &watch->moved);

	if (watch->last)
		watch->live.changed_pages +=
			pages_changed(&watch->last->inventory, &analysis->inventory);
	analysis_destroy(watch->last);
	watch->last = analysis;
	if (err)
		return err;

	before.list = malloc((before.count + 1) * sizeof(*before.list));
	if (!before.list)
		return error_nomem();
	if (before.count)
		memcpy(before.list, watch->seen.list, before.count * sizeof(*before.list));
	err = seen_update(&watch->seen, &analysis->checks, watch->moved);
	if (!err)
		watch->live.changed_findings += seen_vanished(&before, &watch->seen);
	free(before.list);
	return err;
}

static bool watch_is_done(const struct watch *watch)
{
	const struct check_results *checks = &watch->last->checks;

	if (watch->last->interrupted || checks->interrupted || watch->live.looks >= LOOKS_MAX)
		return true;
	if (!all_confirmed(&watch->seen, checks))
		return false;
	return !watch->moved || watch->live.looks >= LOOKS_MAX_MOVED;
}

/* A list that is torn while it is followed looks like a damaged one. */
static bool may_pass(const struct watch *watch, const struct error *err)
{
	enum error_code code = error_code(err);

	return (code == ERROR_CORRUPT || code == ERROR_NOT_FOUND || code == ERROR_UNSUPPORTED) &&
	       watch->failed < LOOKS_MAX_FAILED;
}

static struct error *watch_settle(struct watch *watch)
{
	uint64_t dropped;
	struct error *err = checks_settle(&watch->last->checks, &watch->seen, stays, &dropped);

	watch->live.is_live = true;
	watch->live.changed_findings += dropped;
	watch->live.settled = !watch->moved && !dropped;
	watch->last->live = watch->live;
	return err;
}

struct error *analysis_run_live(struct memory *memory, uint16_t elf_machine, bool big_endian,
				const char *vmcoreinfo, struct typeinfo *typeinfo,
				const struct analysis_options *options, struct analysis **ret)
{
	_cleanup_(watch_deinit) struct watch watch = { 0 };

	do {
		struct analysis *analysis = NULL;

		if (watch.live.looks || watch.failed)
			watch_pause(&watch, options->progress);
		struct error *err = analysis_run(memory, elf_machine, big_endian, vmcoreinfo,
						 typeinfo, options, &analysis);
		if (err) {
			watch.failed++;
			if (!may_pass(&watch, err))
				return err;
			error_destroy(err);
			continue;
		}
		watch.failed = 0;
		watch.live.looks++;
		err = watch_take(&watch, analysis);
		if (err)
			return err;
	} while (watch.failed || !watch_is_done(&watch));

	struct error *err = watch_settle(&watch);
	if (err)
		return err;
	*ret = take_ptr(watch.last);
	return NULL;
}
