// SPDX-License-Identifier: LGPL-2.1-or-later
/* Loops over huge pages and compound pages of devices. */
#include "analyzer/checker/check_parts.h"
#include "analyzer/checker/checks.h"

#include <assert.h>

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

struct error *types_lack(struct check_run *run, uint64_t count, enum layout_id lacking)
{
	char name[96];

	run->not_checked += count;
	return check_reason(run, "the types lack %s", layout_name(lacking, name, sizeof(name)));
}

struct error *frames_unmapped(const struct survey *survey, struct check_run *run)
{
	run->not_checked += survey->map->pages_unreadable;
	return survey->map->pages_unreadable ? check_reason(run, "page tables cannot be read")
					     : NULL;
}

/* Counts @count pages of @kind. */
static struct error *pages_count(struct check_run *run, const struct huge_page *kind,
				 enum page_judgement judgement, uint64_t count)
{
	switch (judgement) {
	case JUDGED_NOT_APPLICABLE:
		return NULL;
	case JUDGED_UNREADABLE:
		run->not_checked += count;
		return check_reason(run, "%s cannot be read",
				    kind->mapping.missing ? "page tables" : "the frame to expect");
	case JUDGED_NOTHING:
	case JUDGED_SUSPECT:
		break;
	}
	run->checked += count;
	return NULL;
}

static bool is_reported_on(const struct survey *survey, enum page_judgement judgement)
{
	return judgement == JUDGED_SUSPECT || (survey->each_page && judgement == JUDGED_NOTHING);
}

/* The next pages of @walk: one, or all that are alike if there is nothing to report. */
static struct error *next_check(const struct survey *view, struct check_run *run,
				const struct page_check *check, struct pages_walk *walk,
				bool *end_ret)
{
	uint32_t alike;
	const struct huge_page *page = pages_walk_next_alike(walk, &alike);

	*end_ret = !page;
	if (!page)
		return NULL;
	enum page_judgement judgement = check->judge(view, page);
	bool one = view->each_page || judgement == JUDGED_SUSPECT;
	struct error *err = pages_count(run, page, judgement, one ? 1 : alike);

	if (!err && is_reported_on(view, judgement))
		return check->report(view, run, page);
	if (!one)
		pages_walk_skip(walk, alike - 1);
	return err;
}

struct page_work {
	const struct page_check *check;
	struct pages_parts parts;
};

static struct error *part_pages_check(const struct survey *view, struct check_run *run, void *data,
				      size_t number)
{
	const struct page_work *work = data;
	struct pages_walk walk = pages_walk_begin(view, &work->parts.list[number]);
	struct error *err = NULL;

	for (bool end = false; !err && !end;)
		err = next_check(view, run, work->check, &walk, &end);
	return err;
}

static bool any_suspect(const struct survey *survey, const struct huge_pages *pages,
			const struct page_check *check)
{
	for (size_t i = 0; i < pages->kind_count; i++)
		if (check->judge(survey, &pages->kinds[i]) == JUDGED_SUSPECT)
			return true;
	return false;
}

/* Where no kind is suspect, no page is looked at. */
static struct error *runs_count(const struct survey *survey, struct check_run *run,
				const struct huge_pages *pages, const struct page_check *check)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < pages->run_count; i++) {
		const struct huge_page *kind = &pages->kinds[pages->runs[i].kind];

		err = pages_count(run, kind, check->judge(survey, kind), pages->runs[i].count);
	}
	return err;
}

static struct error *family_pages_check(const struct survey *survey, struct check_run *run,
					enum scheme_family family, const struct page_check *check)
{
	const struct huge_pages *pages = family_pages(survey, family);
	struct page_work work = { .check = check };

	assert(check->judge && check->report);
	if (!survey->each_page && !any_suspect(survey, pages, check))
		return runs_count(survey, run, pages, check);
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

/* By the device's alignment; that is the smallest larger leaf if nothing shows. */
static uint64_t compounds_likely(const struct target *target, const struct device *device)
{
	uint64_t size = device->align_bytes ? device->align_bytes
					    : UINT64_C(1) << target->paging.level[1].shift;
	uint64_t pages = (device->end - device->start) * target->kernel.page_size / size;

	return pages ? pages : 1;
}

struct error *device_not_told(const struct target *target, const struct device *device,
			      struct check_run *run)
{
	char label[HUGE_LABEL_MAX];

	run->not_checked += compounds_likely(target, device);
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
 * Memory that could share in compound pages, and nothing shows of which order. A
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
			err = device_not_told(survey->target, &devices->list[i], run);
	if (!err)
		err = devices_not_seen(survey, run);
	return err ? err : family_pages_check(survey, run, FAMILY_DAX, check);
}
