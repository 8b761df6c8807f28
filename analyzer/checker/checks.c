// SPDX-License-Identifier: LGPL-2.1-or-later
/* The table of checks, and how findings are kept. */
#include "analyzer/checker/checks.h"
#include "analyzer/checker/check_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In order: a check may leave out what an earlier one has reported. */
// clang-format off
const struct check *const check_table[] = {
	&check_section_mem_map,
	&check_section_usage,
	&check_section_preinit,
	&check_vmemmap_mapped,
	&check_vmemmap_tables,
	&check_zone_tails,
	&check_head_private,
	&check_tail_target,
	&check_tail_readonly,
	&check_head_writable,
	&check_flag_agrees,
	&check_unoptimized_private,
	&check_self_hosted,
	&check_dax_pgmap,
	&check_dax_frames_private,
	&check_dax_tail_target,
	&check_dax_tail_permission,
	&check_dax_frames_writable,
	&check_dax_tail_refcount,
	&check_dax_altmap,
	&check_dax_sharing,
	&check_head_sound,
	&check_orphan_sharing,
	&check_frame_in_dump,
	&check_frame_owner,
	&check_leftovers,
	&check_hugetlb_contents,
	&check_dax_contents,
	&check_head_refcount,
	&check_pool_lists,
	&check_mask_alignment,
	&check_pool_counters,
	&check_memmap_counters,
	&check_hvo_key_count,
	&check_savings_agree,
	&check_memory_overwritten,
	NULL,
};
// clang-format on
const unsigned check_count = sizeof(check_table) / sizeof(check_table[0]) - 1;

const struct check *check_by_id(const char *id)
{
	for (const struct check *const *check = check_table; *check; check++)
		if (strcmp((*check)->id, id) == 0)
			return *check;
	return NULL;
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

const char *check_status_name(enum check_status status)
{
	static const char *const names[] = {
		[STATUS_PASS] = "pass",
		[STATUS_FAIL] = "fail",
		[STATUS_WARN] = "warn",
		[STATUS_NOT_CHECKED] = "not-checked",
		[STATUS_NOT_APPLICABLE] = "not-applicable",
	};

	return names[status];
}

static struct error *covered_push(struct check_run *run, struct covered covered)
{
	size_t room = run->covered_room ? 2 * run->covered_room : 16;

	if (run->covered_count == COVERED_MAX)
		return NULL;
	if (run->covered_count == run->covered_room) {
		struct covered *grown = reallocarray(run->covered, room, sizeof(*grown));

		if (!grown)
			return error_nomem();
		run->covered = grown;
		run->covered_room = room;
	}
	run->covered[run->covered_count++] = covered;
	return NULL;
}

static struct error *covered_add(struct check_run *run, const struct finding *finding)
{
	if (!finding->has_vmemmap || finding->severity == SEVERITY_NOTE ||
	    finding->entry.leaves_pages)
		return NULL;
	run->covered_pages += finding->count;
	return covered_push(run, (struct covered){
					 .first = finding->index,
					 .end = finding->index + finding->count,
					 .error = finding->severity == SEVERITY_ERROR,
				 });
}

struct error *findings_cover_more(struct check_run *run, uint64_t index, uint64_t count)
{
	run->covered_pages += count;
	return covered_push(run, (struct covered){
					 .first = index,
					 .end = index + count,
					 .error = true,
				 });
}

static int covered_compare(const void *a, const void *b)
{
	const struct covered *left = a, *right = b;

	return left->first < right->first ? -1 : left->first > right->first;
}

/* The check is done: others can ask what it has reported. */
static void covered_seal(struct check_run *run)
{
	uint64_t reach = 0;

	if (run->covered_count)
		qsort(run->covered, run->covered_count, sizeof(*run->covered), covered_compare);
	for (size_t i = 0; i < run->covered_count; i++) {
		reach = run->covered[i].end > reach ? run->covered[i].end : reach;
		run->covered[i].reach = reach;
	}
}

/* --- signatures -------------------------------------------------------------- */

static struct signature_tally *tally_of(const struct check_run *run, const char *signature)
{
	for (size_t i = 0; i < run->tally_count; i++)
		if (strcmp(run->tallies[i].signature, signature) == 0)
			return &run->tallies[i];
	return NULL;
}

const struct signature_tally *signature_find(const struct check_run *run, const char *signature)
{
	return tally_of(run, signature);
}

static struct error *tally_add(struct check_run *run, const struct signature_tally *more)
{
	struct signature_tally *tally = tally_of(run, more->signature);

	if (tally) {
		tally->count += more->count;
		tally->last = more->last;
		return NULL;
	}
	/* A check has a handful of signatures. */
	tally = reallocarray(run->tallies, run->tally_count + 1, sizeof(*tally));
	if (!tally)
		return error_nomem();
	run->tallies = tally;
	run->tallies[run->tally_count++] = *more;
	return NULL;
}

struct error *signature_count(struct check_run *run, const struct finding *finding)
{
	struct finding place = *finding;

	if (!finding->signature)
		return NULL;
	place.message = NULL;
	place.check = run->check;
	return tally_add(run, &(struct signature_tally){
				      .signature = finding->signature,
				      .count = 1,
				      .first = place,
				      .last = place,
			      });
}

/* --- findings ---------------------------------------------------------------- */

static struct error *findings_grow(struct check_run *run)
{
	size_t room = run->finding_room ? 2 * run->finding_room : 16;

	if (run->finding_count < run->finding_room)
		return NULL;
	struct finding *grown = reallocarray(run->findings, room, sizeof(*grown));
	if (!grown)
		return error_nomem();
	run->findings = grown;
	run->finding_room = room;
	return NULL;
}

__attribute__((format(printf, 3, 0))) static struct error *
finding_keep(struct check_run *run, struct finding finding, const char *fmt, va_list args)
{
	static const enum check_status worse[] = {
		[SEVERITY_NOTE] = STATUS_PASS,
		[SEVERITY_WARNING] = STATUS_WARN,
		[SEVERITY_ERROR] = STATUS_FAIL,
	};

	bool listed = true;

	finding.signature = run->signature;
	finding.alike = run->alike;
	run->signature = NULL;
	finding.entry = run->entry;
	run->entry = (struct finding_entry){ 0 };
	run->alike.key = 0;
	struct error *err = covered_add(run, &finding);
	if (!err)
		err = signature_count(run, &finding);
	if (!err && finding.alike.key)
		err = alike_count(run, &finding, &listed);
	if (err)
		return err;
	run->violations++;
	run->by_severity[finding.severity]++;
	if (finding.severity == SEVERITY_ERROR ||
	    (finding.severity == SEVERITY_WARNING && run->status != STATUS_FAIL))
		run->status = worse[finding.severity];
	if (!listed || run->finding_count == run->finding_max)
		return NULL;
	err = findings_grow(run);
	if (err)
		return err;
	alike_list_one(run, &finding.alike);
	if (vasprintf(&finding.message, fmt, args) < 0)
		return error_nomem();
	finding.check = run->check;
	run->findings[run->finding_count++] = finding;
	return NULL;
}

struct error *finding_add(struct check_run *run, enum severity severity, pfn_t pfn, uint64_t index,
			  uint64_t count, const char *fmt, ...)
{
	struct finding finding = {
		.severity = severity,
		.has_pfn = true,
		.pfn = pfn,
		.has_vmemmap = true,
		.index = index,
		.count = count,
	};
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

struct error *finding_add_pfn(struct check_run *run, enum severity severity, pfn_t pfn,
			      const char *fmt, ...)
{
	struct finding finding = { .severity = severity, .has_pfn = true, .pfn = pfn };
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

struct error *finding_add_plain(struct check_run *run, enum severity severity, const char *fmt, ...)
{
	struct finding finding = { .severity = severity };
	va_list args;

	va_start(args, fmt);
	struct error *err = finding_keep(run, finding, fmt, args);
	va_end(args);
	return err;
}

__attribute__((format(printf, 2, 0))) static struct error *
reason_keep(char **reason, const char *fmt, va_list args)
{
	if (*reason || vasprintf(reason, fmt, args) >= 0)
		return NULL;
	*reason = NULL;
	return error_nomem();
}

struct error *check_reason(struct check_run *run, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct error *err = reason_keep(&run->reason, fmt, args);
	va_end(args);
	return err;
}

struct error *check_out_of_reach(struct check_run *run, const char *fmt, ...)
{
	va_list args;

	run->out_of_reach++;
	va_start(args, fmt);
	struct error *err = reason_keep(&run->reach_reason, fmt, args);
	va_end(args);
	return err;
}

/* --- in parts ---------------------------------------------------------------- */

void check_run_begin(struct check_run *part, const struct check_run *whole)
{
	*part = (struct check_run){
		.check = whole->check,
		.earlier = whole->earlier,
		.earlier_count = whole->earlier_count,
		.unit = whole->unit,
		.finding_max = whole->finding_max, /* some of them may not be listed again */
	};
}

static enum check_status status_worse(enum check_status a, enum check_status b)
{
	if (a == STATUS_FAIL || b == STATUS_FAIL)
		return STATUS_FAIL;
	return a == STATUS_WARN ? a : b;
}

static struct error *findings_join(struct check_run *whole, struct check_run *part)
{
	for (size_t i = 0; i < part->finding_count; i++) {
		struct error *err = NULL;

		if (whole->finding_count == whole->finding_max)
			return NULL;
		if (!alike_list_one(whole, &part->findings[i].alike))
			continue;
		err = findings_grow(whole);
		if (err)
			return err;
		whole->findings[whole->finding_count++] = part->findings[i];
		part->findings[i].message = NULL;
	}
	return NULL;
}

struct error *check_run_join(struct check_run *whole, struct check_run *part)
{
	struct error *err = alikes_join(whole, part);

	if (!err)
		err = findings_join(whole, part);
	for (size_t i = 0; !err && i < part->covered_count; i++)
		err = covered_push(whole, part->covered[i]);
	whole->covered_pages += part->covered_pages;
	for (size_t i = 0; !err && i < part->tally_count; i++)
		err = tally_add(whole, &part->tallies[i]);
	whole->status = status_worse(whole->status, part->status);
	whole->checked += part->checked;
	whole->not_checked += part->not_checked;
	whole->out_of_reach += part->out_of_reach;
	whole->violations += part->violations;
	for (unsigned i = 0; i < sizeof(whole->by_severity) / sizeof(whole->by_severity[0]); i++)
		whole->by_severity[i] += part->by_severity[i];
	if (!whole->reason)
		whole->reason = take_ptr(part->reason);
	if (!whole->reach_reason)
		whole->reach_reason = take_ptr(part->reach_reason);
	return err;
}

static bool covered_any(const struct check_run *run, uint64_t index, uint64_t count)
{
	size_t low = 0, high = run->covered_count;

	/* Those before low begin before the end. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (run->covered[middle].first < index + count)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && run->covered[low - 1].reach > index;
}

bool findings_cover_any(const struct check_run *run, uint64_t index, uint64_t count)
{
	for (size_t i = 0; i < run->earlier_count; i++)
		if (covered_any(&run->earlier[i], index, count))
			return true;
	return false;
}

bool findings_cover(const struct check_run *run, uint64_t index)
{
	return findings_cover_any(run, index, 1);
}

bool sharing_reported(const struct survey *survey, const struct check_run *run, pfn_t frame,
		      uint64_t index)
{
	uint64_t first, count;
	bool any = false;

	for (size_t cursor = 0; vmemmap_users_next(survey->map, frame, &cursor, &first, &count);)
		for (uint64_t other = first; other < first + count; other++) {
			if (other == index)
				continue;
			if (!findings_cover(run, other))
				return false;
			any = true;
		}
	return any;
}

bool huge_pages_checkable(const struct survey *survey, struct check_run *run, struct error **err)
{
	const struct inventory *inventory = survey->inventory;

	*err = NULL;
	run->unit = "huge pages";
	if (inventory->mark_missing) {
		run->not_checked = 1;
		*err = check_reason(run, "%s", inventory->mark_missing);
		return false;
	}
	if (!survey->scheme->hugetlb->known) {
		run->not_checked = inventory->pages.count ? inventory->pages.count : 1;
		*err = check_reason(run, "%s", survey->scheme->hugetlb->title);
		return false;
	}
	return true;
}

struct error *huge_heads_unreadable(const struct survey *survey, struct check_run *run)
{
	const struct inventory *inventory = survey->inventory;

	run->not_checked += inventory->candidates_unreadable;
	if (!inventory->candidates_unreadable)
		return NULL;
	return check_reason(run, "struct pages that could be heads are %s",
			    memory_state_text(inventory->unreadable_state));
}

struct error *frames_unmapped(const struct survey *survey, struct check_run *run)
{
	run->not_checked += survey->map->pages_unreadable;
	return survey->map->pages_unreadable ? check_reason(run, "page tables cannot be read")
					     : NULL;
}

struct page_work {
	const struct page_check *check;
	struct pages_parts parts;
};

static bool is_settled(const struct survey *survey, const struct page_check *check,
		       const struct huge_page *kind, bool *checked_ret)
{
	*checked_ret = false;
	return check->settled && check->settled(survey, kind, checked_ret);
}

static struct error *part_pages_check(const struct survey *view, struct check_run *run, void *data,
				      size_t number)
{
	const struct page_work *work = data;
	struct pages_walk walk = pages_walk_begin(view, &work->parts.list[number]);
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t alike;
	bool checked;

	while (!err && (page = pages_walk_next_alike(&walk, &alike))) {
		if (is_settled(view, work->check, page, &checked)) {
			run->checked += checked ? alike : 0;
			pages_walk_skip(&walk, alike - 1);
		} else {
			err = work->check->page(view, run, page);
		}
	}
	return err;
}

/* True if all kinds are settled; how many pages are checked by that. */
static bool all_settled(const struct survey *survey, const struct huge_pages *pages,
			const struct page_check *check, uint64_t *checked_ret)
{
	bool checked;

	*checked_ret = 0;
	for (size_t i = 0; i < pages->kind_count; i++)
		if (!is_settled(survey, check, &pages->kinds[i], &checked))
			return false;
	for (size_t i = 0; i < pages->run_count; i++) {
		is_settled(survey, check, &pages->kinds[pages->runs[i].kind], &checked);
		*checked_ret += checked ? pages->runs[i].count : 0;
	}
	return true;
}

static struct error *family_pages_check(const struct survey *survey, struct check_run *run,
					enum scheme_family family, const struct page_check *check)
{
	struct page_work work = { .check = check };
	uint64_t checked;

	if (all_settled(survey, family_pages(survey, family), check, &checked)) {
		run->checked += checked;
		return NULL;
	}
	struct error *err = pages_parts_init(survey, family, &work.parts);
	if (!err)
		err = check_in_parts(survey, run, work.parts.count, part_pages_check, &work);
	pages_parts_deinit(&work.parts);
	return err;
}

struct error *huge_pages_check(const struct survey *survey, struct check_run *run,
			       const struct page_check *check)
{
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	err = huge_heads_unreadable(survey, run);
	return err ? err : family_pages_check(survey, run, FAMILY_HUGETLB, check);
}

/* By the device's alignment; that is the smallest larger leaf if nothing tells. */
static uint64_t compounds_likely(const struct survey *survey, const struct device *device)
{
	uint64_t size = device->align_bytes ? device->align_bytes
					    : UINT64_C(1) << survey->target->paging.level[1].shift;
	uint64_t pages = (device->end - device->start) * survey->target->kernel.page_size / size;

	return pages ? pages : 1;
}

struct error *device_not_told(const struct survey *survey, const struct device *device,
			      struct check_run *run)
{
	char label[HUGE_LABEL_MAX];

	run->not_checked += compounds_likely(survey, device);
	return check_reason(run, "the compound order of %s is not known",
			    device_label(device, label));
}

static struct error *not_seen(const struct survey *survey, struct check_run *run, uint64_t count)
{
	if (!count)
		return NULL;
	run->not_checked += count;
	return check_reason(run, "there may be devices that are not seen: %s, and %s",
			    survey->devices->pgmaps_missing, survey->devices->resources_missing);
}

struct error *devices_not_seen(const struct survey *survey, struct check_run *run)
{
	unsigned shift = survey->target->paging.level[1].shift - survey->target->kernel.page_shift;
	uint64_t pages = devices_unseen(survey);

	return not_seen(survey, run, pages && !(pages >> shift) ? 1 : pages >> shift);
}

struct error *devices_not_counted(const struct survey *survey, struct check_run *run)
{
	return not_seen(survey, run, devices_unseen_ranges(survey));
}

/*
 * Memory that could share in compound pages, and nothing tells of which order. A
 * memmap in the device never shares, whatever the order.
 */
static bool device_untold(const struct device *device)
{
	return device_is_untold(device) && device->memmap != MEMMAP_DEVICE;
}

struct error *device_pages_check(const struct survey *survey, struct check_run *run,
				 const struct page_check *check)
{
	const struct devices *devices = survey->devices;
	struct error *err = NULL;

	run->unit = "compound pages";
	if (!survey->scheme->dax->known && devices->count) {
		run->not_checked = devices->count;
		return check_reason(run, "%s", survey->scheme->dax->title);
	}
	for (size_t i = 0; !err && i < devices->count; i++)
		if (device_untold(&devices->list[i]))
			err = device_not_told(survey, &devices->list[i], run);
	if (!err)
		err = devices_not_seen(survey, run);
	return err ? err : family_pages_check(survey, run, FAMILY_DAX, check);
}

const char *device_label(const struct device *device, char buf[HUGE_LABEL_MAX])
{
	if (device->name[0])
		snprintf(buf, HUGE_LABEL_MAX, "%s", device->name);
	else
		snprintf(buf, HUGE_LABEL_MAX, "the device at pfn 0x%lx", device->start);
	return buf;
}

const char *huge_label(const struct survey *survey, const struct huge_page *page,
		       char buf[HUGE_LABEL_MAX])
{
	const struct device *device = huge_device(survey, page);
	char name[HUGE_LABEL_MAX];
	int used =
		snprintf(buf, HUGE_LABEL_MAX, "%s page 0x%lx", huge_size(page, survey), page->pfn);

	if (device)
		snprintf(buf + used, (size_t)(HUGE_LABEL_MAX - used), " of %s",
			 device_label(device, name));
	return buf;
}

bool vmemmap_page_of(const struct survey *survey, uint64_t index, struct huge_page *ret)
{
	pfn_t pfn = vmemmap_first_pfn(&survey->target->kernel, index);

	return huge_pages_find(&survey->inventory->pages, pfn, ret) ||
	       huge_pages_find(&survey->devices->pages, pfn, ret);
}

const char *vmemmap_label(const struct survey *survey, uint64_t index, char buf[VMEMMAP_LABEL_MAX])
{
	char label[HUGE_LABEL_MAX];
	struct huge_page page;

	if (vmemmap_page_of(survey, index, &page))
		snprintf(buf, VMEMMAP_LABEL_MAX, "vmemmap page %lu of the %s",
			 index - huge_first(survey, &page), huge_label(survey, &page, label));
	else
		snprintf(buf, VMEMMAP_LABEL_MAX, "of no huge page");
	return buf;
}

const char *order_size(unsigned order, const struct survey *survey)
{
	static const char *const names[] = {
		"4 KiB",   "8 KiB",   "16 KiB", "32 KiB", "64 KiB", "128 KiB", "256 KiB", "512 KiB",
		"1 MiB",   "2 MiB",   "4 MiB",	"8 MiB",  "16 MiB", "32 MiB",  "64 MiB",  "128 MiB",
		"256 MiB", "512 MiB", "1 GiB",	"2 GiB",  "4 GiB",  "8 GiB",   "16 GiB",  "32 GiB",
	};
	unsigned index = order + survey->target->kernel.page_shift - 12;

	return index < sizeof(names) / sizeof(names[0]) ? names[index] : "huge";
}

const char *huge_size(const struct huge_page *page, const struct survey *survey)
{
	return order_size(page->order, survey);
}

/* Nothing looked at: was there something, or not? */
static enum check_status status_of(const struct check_run *run)
{
	if (run->status != STATUS_PASS || run->checked > 0)
		return run->status;
	return run->not_checked ? STATUS_NOT_CHECKED : STATUS_NOT_APPLICABLE;
}

static void count_findings(const struct check_run *run, struct check_results *results)
{
	results->errors += run->by_severity[SEVERITY_ERROR];
	results->warnings += run->by_severity[SEVERITY_WARNING];
	results->notes += run->by_severity[SEVERITY_NOTE];
}

static uint32_t progress_of(unsigned check)
{
	return PROGRESS_CHECKS + (PROGRESS_END - PROGRESS_CHECKS) * check / check_count;
}

/* What an interrupted check has found so far counts for nothing. */
static struct error *check_interrupted(struct check_run *run)
{
	const struct check_run fresh = {
		.check = run->check,
		.unit = run->unit,
		.finding_max = run->finding_max,
		.not_checked = 1,
	};

	check_run_deinit(run);
	*run = fresh;
	return check_reason(run, "interrupted");
}

static struct error *check_one(const struct survey *survey, struct check_run *run,
			       bool *interrupted)
{
	const char *blind = survey->quick ? run->check->blind_when_quick : NULL;
	struct error *err = NULL;

	if (*interrupted)
		return check_interrupted(run);
	if (!blind) {
		err = run->check->run(survey, run);
		*interrupted = err && error_catch(&err, ERROR_INTERRUPTED);
		if (*interrupted)
			return check_interrupted(run);
		return err ? error_context(err, "check %s", run->check->id) : NULL;
	}
	run->not_checked = 1;
	return check_reason(run, "--quick %s", blind);
}

struct error *checks_run(const struct survey *survey, size_t findings_max, bool interrupted,
			 struct check_results *ret)
{
	*ret = (struct check_results){
		.runs = calloc(check_count, sizeof(*ret->runs)),
		.interrupted = interrupted,
	};
	if (!ret->runs)
		return error_nomem();
	for (unsigned i = 0; i < check_count; i++) {
		struct check_run *run = &ret->runs[ret->run_count++];

		*run = (struct check_run){
			.check = check_table[i],
			.earlier = ret->runs,
			.earlier_count = i,
			.unit = "",
			.finding_max = findings_max,
		};
		progress_stage(survey->threads, progress_of(i), progress_of(i + 1));
		struct error *err = check_one(survey, run, &ret->interrupted);
		if (!err)
			err = alikes_fold(survey, run);
		if (err)
			return err;
		covered_seal(run);
		run->status = status_of(run);
		count_findings(run, ret);
	}
	return NULL;
}

void check_run_deinit(struct check_run *run)
{
	for (size_t i = 0; i < run->finding_count; i++)
		free(run->findings[i].message);
	free(run->findings);
	free(run->tallies);
	free(run->alikes);
	free(run->covered);
	free(run->reason);
	free(run->reach_reason);
	*run = (struct check_run){ 0 };
}

void check_results_deinit(struct check_results *results)
{
	for (size_t i = 0; i < results->run_count; i++)
		check_run_deinit(&results->runs[i]);
	free(results->runs);
	*results = (struct check_results){ 0 };
}
