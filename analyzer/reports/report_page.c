// SPDX-License-Identifier: LGPL-2.1-or-later
/* One huge page, compound page of a device, or vmemmap page, entry by entry. */
#include "analyzer/reports/report_parts.h"
#include "analyzer/reports/crash_words.h"

#include <inttypes.h>
#include <stdio.h>

#include "analyzer/checker/frame.h"
#include "analyzer/devices/device_miscount.h"
#include "analyzer/checker/checks.h"
#include "analyzer/pages/huge_unread.h"
#include "analyzer/pages/leftover.h"
#include "include/error.h"
#include "include/plural.h"
#include "analyzer/pages/huge_late.h"
#include "analyzer/pages/huge_phase.h"
#include "analyzer/pages/page_where.h"
#include "analyzer/paging/pgwalk.h"
#include "include/vector.h"

/* Neighbouring entries that are alike and are shown as one. */
struct group {
	uint64_t index, count;	/* vmemmap pages */
	struct mapping mapping; /* of the first */
	pfn_t frame;
	bool constant; /* the same frame behind all */
	enum entry_verdict verdict;
	uint64_t users, strangers; /* vmemmap pages that map the frame; outside the page */
	pfn_t stranger;		   /* first pfn of one of these */
};

struct page_report {
	const struct analysis *analysis;
	const struct huge_page *huge; /* NULL for a page that is in no compound page */
	const struct device *device;  /* NULL for memory that is no device's */
	const struct huge_late *late; /* NULL if @huge is marked, or of a device */
	bool differs;		      /* its flag and entries do not agree */
	enum huge_phase phase;
	bool untold;	       /* it may be in a huge page whose struct pages are not in the dump */
	uint64_t first, count; /* vmemmap pages shown */
	struct device_miscount miscount;
	struct leftover leftover; /* of a page in no compound page */
	pfn_t leftover_at;	  /* whose struct page is the first of it */
	bool leftover_inside;	  /* in the middle of a vmemmap page, where no check looks */
	struct group *groups;
	size_t group_count, group_capacity;
};

/* --- walking ---------------------------------------------------------------- */

static bool mapping_mapped(const struct mapping *mapping)
{
	return mapping->state == MAPPING_PRESENT;
}

static bool group_takes(const struct paging *paging, const struct group *group,
			const struct group *next)
{
	const struct mapping *a = &group->mapping, *b = &next->mapping;
	uint64_t flags = ~paging->addr_mask;

	if (a->state != b->state || a->level != b->level || group->verdict != next->verdict ||
	    (a->raw & flags) != (b->raw & flags) || a->writable != b->writable)
		return false;
	if (!mapping_mapped(a))
		return true;
	if (next->frame == group->frame && (group->constant || group->count == 1))
		return true;
	return !group->constant && next->frame == group->frame + group->count &&
	       group->users == next->users;
}

static void group_users(const struct page_report *report, struct group *group)
{
	const struct vmemmap_map *map = &report->analysis->map;
	uint64_t index, count;

	if (!mapping_mapped(&group->mapping))
		return;
	for (size_t cursor = 0; vmemmap_users_next(map, group->frame, &cursor, &index, &count);) {
		bool own = index >= report->first && index < report->first + report->count;

		group->users += count;
		if (own)
			continue;
		if (group->strangers == 0)
			group->stranger =
				vmemmap_first_pfn(&report->analysis->target.kernel, index);
		group->strangers += count;
	}
}

static struct error *group_push(struct page_report *report, const struct group *group)
{
	if (report->group_count) {
		struct group *last = &report->groups[report->group_count - 1];

		if (group_takes(&report->analysis->target.paging, last, group)) {
			last->constant =
				mapping_mapped(&last->mapping) && last->frame == group->frame;
			last->count += group->count;
			return NULL;
		}
	}
	return vector_push(report->groups, report->group_count, report->group_capacity, *group);
}

static struct error *groups_read(struct page_report *report)
{
	const struct analysis *analysis = report->analysis;
	unsigned shift = analysis->target.kernel.page_shift;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, analysis->target.arch, &analysis->target.paging,
					analysis->target.memory);

	for (uint64_t i = 0; !err && i < report->count; i++) {
		vaddr_t va = vmemmap_address(&analysis->target.kernel, report->first + i);
		struct group group = { .index = report->first + i, .count = 1 };

		err = pgwalk_at(&walk, va, &group.mapping);
		if (err)
			break;
		group.frame = (group.mapping.pa + (va - group.mapping.va.start)) >> shift;
		group.verdict = report->huge
					? huge_entry_verdict(&analysis->survey, report->huge,
							     &report->huge->mapping, group.index)
					: VERDICT_KEPT;
		group_users(report, &group);
		err = group_push(report, &group);
	}
	pgwalk_deinit(&walk);
	return err;
}

/*
 * What a huge page left at the vmemmap page of the page shown, or behind it: the page
 * with the head itself has nothing left over, or what is there only shows from its tails.
 */
static struct error *leftover_find_at_beginning(struct page_report *report,
						struct leftover_reader *reader)
{
	const struct kernel *kernel = &report->analysis->target.kernel;
	enum memory_state state;
	struct error *err = NULL;

	for (uint64_t i = 0; !err && i < 2 && report->leftover.kind == LEFTOVER_NONE; i++) {
		report->leftover_at = vmemmap_first_pfn(kernel, report->first + i);
		err = leftover_look(reader, report->first + i, &report->leftover, &state);
	}
	if (report->leftover.start > vmemmap_first_pfn(kernel, report->first))
		report->leftover.kind = LEFTOVER_NONE;
	return err;
}

/* Else a head at @pfn itself, which may be anywhere in its vmemmap page. */
static struct error *leftover_find(struct page_report *report, pfn_t pfn)
{
	struct leftover_reader reader;
	enum memory_state state;

	if (report->huge || report->device)
		return NULL;
	leftover_reader_init(&reader, &report->analysis->survey);
	struct error *err = leftover_find_at_beginning(report, &reader);
	if (!err && report->leftover.kind == LEFTOVER_NONE) {
		report->leftover_at = pfn;
		err = leftover_look_at(&reader, pfn, &report->leftover, &state);
		report->leftover_inside = report->leftover.kind != LEFTOVER_NONE;
	}
	leftover_reader_deinit(&reader);
	return err;
}

/* --- words ------------------------------------------------------------------ */

/* A shared tail that is not mapped as the scheme has it. */
static bool permission_wrong(const struct page_report *report, const struct group *group)
{
	enum tail_permission expected =
		huge_page_scheme(&report->analysis->survey, report->huge)->permission;

	if (!report->analysis->target.arch->has_readonly_tails || expected == PERMISSION_EITHER)
		return false;
	return group->mapping.writable != (expected == PERMISSION_WRITABLE);
}

/* What the flag does not promise, or promises and is not so, though nothing changes it. */
static bool flag_wrong(const struct page_report *report, const struct group *group)
{
	bool at_rest = (report->differs && report->phase == PHASE_REST) ||
		       report->huge->mapping.kind == MAPPED_WRONG;

	if (report->device)
		return false;
	if (report->late)
		return at_rest && (group->verdict == VERDICT_TARGET || report->huge->optimized);
	return at_rest && (group->verdict == VERDICT_TARGET) != report->huge->optimized;
}

/* Shared or read-only, and of no huge page. */
static bool is_orphan(const struct page_report *report, const struct group *group)
{
	return !report->device && !report->untold && mapping_mapped(&group->mapping) &&
	       (group->users > 1 || !group->mapping.writable);
}

static bool is_nowhere(const struct page_report *report, const struct group *group)
{
	return mapping_mapped(&group->mapping) &&
	       frame_is_nowhere(&report->analysis->survey, group->frame);
}

static enum document_style rule_style(const struct page_report *report, const struct group *group)
{
	if (is_nowhere(report, group))
		return STYLE_ERROR;
	if (!report->huge)
		return is_orphan(report, group) ? STYLE_ERROR : STYLE_PLAIN;
	switch (group->verdict) {
	case VERDICT_KEPT:
		return group->mapping.writable && group->strangers == 0 ? STYLE_GOOD : STYLE_ERROR;
	case VERDICT_TARGET:
		return permission_wrong(report, group) || flag_wrong(report, group) ? STYLE_ERROR
										    : STYLE_GOOD;
	case VERDICT_OWN:
		return group->mapping.writable && !flag_wrong(report, group) ? STYLE_GOOD
									     : STYLE_ERROR;
	case VERDICT_WRONG:
		return STYLE_ERROR;
	case VERDICT_MISSING:
		return STYLE_WARNING;
	}
	return STYLE_PLAIN;
}

static const char *rule_kept(const struct group *group)
{
	if (group->strangers)
		return "kept; WRONG: other pages map this frame, too";
	return group->mapping.writable ? "kept, writable: right" : "kept; WRONG: read-only";
}

static const char *rule_target(const struct page_report *report, const struct group *group)
{
	if (permission_wrong(report, group))
		return group->mapping.writable ? "shared; WRONG: writable"
					       : "shared; WRONG: read-only";
	if (flag_wrong(report, group))
		return report->late ? "shared; WRONG: not marked as a huge page"
				    : "shared; WRONG: HPG_vmemmap_optimized is clear";
	if (report->late)
		return "shared, page not marked: legal in transition";
	if (report->differs && !report->huge->optimized)
		return "shared, flag not set: legal in transition";
	if (!group->mapping.writable)
		return "shared, read-only: right";
	return report->device ? "shared, writable: right for devices"
			      : "shared, writable: right on this architecture";
}

static const char *rule_own(const struct page_report *report, const struct group *group)
{
	if (!group->mapping.writable)
		return "not shared; WRONG: read-only";
	if (report->device)
		return report->huge->optimized
			       ? "not shared; WRONG: other tails are shared"
			       : device_blocker_text(device_blocker_of(
					 &report->analysis->survey, report->device, report->huge));
	if (!report->huge->optimized && !report->late)
		return "not shared, flag clear: right";
	if (flag_wrong(report, group))
		return "not shared; WRONG: HPG_vmemmap_optimized is set";
	return "not shared (yet, or no longer): legal in transition";
}

static const char *rule_wrong(const struct page_report *report, const struct group *group)
{
	const struct device_miscount *miscount = &report->miscount;

	if (device_miscount_source(miscount, group->index))
		return "a frame that the sections behind show at the same place; WRONG: no frame "
		       "is shared by all tails";
	if (miscount->found &&
	    device_miscount_has(&report->analysis->survey, miscount, group->index))
		return "WRONG: the frame that the first section has at this place; pfns were "
		       "counted by vmemmap pages";
	return "WRONG: a frame that the scheme does not name";
}

static const char *rule_text(const struct page_report *report, const struct group *group)
{
	if (is_nowhere(report, group))
		return "WRONG: a frame that is no memory of this machine";
	if (report->untold)
		return group->users > 1 ? "shared; its owner is not known"
					: "mapped once; its owner is not known";
	if (!report->huge && is_orphan(report, group))
		return group->users > 1 ? "shared; WRONG: of no huge page"
					: "not shared; WRONG: read-only, and of no huge page";
	if (!report->huge)
		return group->users > 1 ? "shared" : "not shared";
	switch (group->verdict) {
	case VERDICT_KEPT:
		return rule_kept(group);
	case VERDICT_TARGET:
		return rule_target(report, group);
	case VERDICT_OWN:
		return rule_own(report, group);
	case VERDICT_WRONG:
		return rule_wrong(report, group);
	case VERDICT_MISSING:
		return group->mapping.state == MAPPING_UNREADABLE
			       ? "not checked: the page table is not in the dump"
			       : "WRONG: not mapped";
	}
	return "";
}

/* --- parts ------------------------------------------------------------------ */

static void add_device(struct document_node *node, const struct page_report *report)
{
	const struct device *device = report->device;

	if (device->name[0])
		document_string(node, "device", "Device", "%s", device->name);
	else
		document_null(node, "device", "Device");
	document_string(node, "kind", "Kind", "%s", device_kind_id(device->kind));
	document_string(node, "memmap", "Memmap in", "%s", device_memmap_id(device->memmap));
}

static void add_hugetlb_state(struct document_node *node, const struct page_report *report)
{
	static const char *const phases[] = {
		[PHASE_REST] = "at-rest",
		[PHASE_CHANGING] = "in-transition",
		[PHASE_UNTOLD] = "not-told",
	};
	const struct huge_page *page = report->huge;

	document_bool(node, "head_in_dump", NULL, !page->assumed);
	if (page->assumed) {
		document_null(node, "state", "State");
		document_null(node, "refcount", "Reference count");
		document_null(node, "optimized", "HPG_vmemmap_optimized");
		return;
	}
	document_string(node, "state", "State",
			report->late ? "not-marked"
			: page->free ? "free"
				     : "in-use");
	document_count(node, "refcount", "Reference count", page->refcount);
	document_bool(node, "optimized", "HPG_vmemmap_optimized", page->optimized);
	if (report->differs)
		document_string(node, "phase",
				report->late ? "Not marked as a huge page"
					     : "Flag and entries differ",
				"%s", phases[report->phase]);
}

static void add_huge(struct document_node *root, const struct page_report *report)
{
	const struct analysis *analysis = report->analysis;
	const struct huge_page *page = report->huge;
	const struct zone_info *zone =
		kernel_zone(&analysis->target.kernel, page->node, page->zone);
	struct document_node *node =
		report->device ? document_object(root, "device_page", "Compound page of a device")
		: page->assumed
			? document_object(
				  root, "huge_page",
				  "HugeTLB page by its page tables (its struct pages are not "
				  "in the dump)")
			: document_object(root, "huge_page", "HugeTLB page");

	document_hex(node, "pfn", "First pfn", page->pfn);
	document_bytes(node, "size_bytes", "Size",
		       (int64_t)analysis->target.kernel.page_size << page->order);
	document_count(node, "order", "Order", page->order);
	if (report->device)
		add_device(node, report);
	document_count(node, "node", "Node", page->node);
	if (zone)
		document_string(node, "zone", "Zone", "%s", zone->name);
	else
		document_string(node, "zone", "Zone", "%u", page->zone);
	if (!report->device)
		add_hugetlb_state(node, report);
	document_string(node, "mapping", "Sharing", "%s",
			share_kind_name((enum share_kind)page->mapping.kind));
	document_count(node, "vmemmap_pages", "Vmemmap pages", page->mapping.pages);
	document_count(node, "frames", "... in frames", page->mapping.frames);
	if (page->mapping.target_known)
		document_hex(node, "target_frame", "Frame for tails", page->mapping.target);
	else
		document_null(node, "target_frame", "Frame for tails");
	document_string(node, "scheme", "Scheme", "%s",
			huge_page_scheme(&analysis->survey, page)->id);
}

static void add_leftover(struct document_node *node, const struct page_report *report)
{
	const struct analysis *analysis = report->analysis;
	const struct leftover *leftover = &report->leftover;
	pfn_t at = report->leftover_at;
	char what[LEFTOVER_TEXT_MAX];

	if (leftover->kind == LEFTOVER_NONE)
		return;
	leftover_text(&analysis->target, leftover, what);
	document_style(document_string(node, "leftover", "Left over", "at pfn 0x%" PRIx64 ", %s",
				       at, what),
		       STYLE_ERROR);
	document_string(node, "leftover_of", "... of",
			"pfn 0x%" PRIx64 " to 0x%" PRIx64
			", where no pool has a page; see check hugetlb-leftovers",
			leftover->start, leftover->end - 1);
}

static void add_plain(struct document_node *root, const struct page_report *report, pfn_t pfn)
{
	const struct kernel *kernel = &report->analysis->target.kernel;
	const struct section *section = kernel_section_of(kernel, pfn);
	struct document_node *node =
		document_object(root, "page",
				report->device	 ? "Page of a device, in no compound page"
				: report->untold ? "Page (whether of HugeTLB is not known: "
						   "struct pages are not in the dump)"
						 : "Page (not a HugeTLB page)");

	if (!report->device) {
		if (report->untold)
			document_null(node, "hugetlb", NULL);
		else
			document_bool(node, "hugetlb", NULL, false);
	}
	document_hex(node, "pfn", "Pfn", pfn);
	document_hex(node, "struct_page", "struct page at", kernel_struct_page(kernel, pfn));
	if (report->device)
		add_device(node, report);
	add_leftover(node, report);
	if (!section)
		return;
	document_count(node, "section", "Section", section->nr);
	document_bool(node, "online", "... online", section->online);
	document_bool(node, "early", "... from boot", section->early);
}

static void add_entry(struct document_node *list, const struct page_report *report,
		      const struct group *group)
{
	const struct kernel *kernel = &report->analysis->target.kernel;
	struct document_node *node = document_object(list, NULL, NULL);
	uint64_t from = group->index - report->first;
	bool mapped = mapping_mapped(&group->mapping);

	document_count(node, "first", NULL, from);
	document_count(node, "count", NULL, group->count);
	if (group->count > 1)
		document_string(node, NULL, "PAGE", "%" PRIu64 "..%" PRIu64, from,
				from + group->count - 1);
	else
		document_string(node, NULL, "PAGE", "%" PRIu64, from);
	document_hex(node, "address", "ADDRESS", vmemmap_address(kernel, group->index));
	document_hex(node, "entry", "ENTRY", group->mapping.raw);
	document_hex(node, "entry_address", NULL, group->mapping.entry_addr);
	document_count(node, "level", "LEVEL", group->mapping.level + 1);
	if (mapped) {
		document_hex(node, "frame", "FRAME", group->frame);
		document_bool(node, "same_frame", NULL, group->constant);
		document_string(node, "permission", "PERM", group->mapping.writable ? "rw" : "ro");
		document_count(node, "mapped_by", "MAPPED BY", group->users);
		document_count(node, "mapped_by_others", NULL, group->strangers);
	}
	document_style(document_string(node, "rule", "RULE", "%s", rule_text(report, group)),
		       rule_style(report, group));
}

static void draw_group(struct document_node *node, const struct page_report *report,
		       const struct group *group)
{
	const struct kernel *kernel = &report->analysis->target.kernel;
	pfn_t first = vmemmap_first_pfn(kernel, group->index);
	pfn_t last = vmemmap_first_pfn(kernel, group->index + group->count) - 1;
	char pages[48], frames[64];

	if (group->count > 1)
		snprintf(pages, sizeof(pages), "%" PRIu64 "..%" PRIu64,
			 group->index - report->first,
			 group->index - report->first + group->count - 1);
	else
		snprintf(pages, sizeof(pages), "%" PRIu64, group->index - report->first);
	if (!mapping_mapped(&group->mapping))
		snprintf(frames, sizeof(frames), "(none)");
	else if (group->count > 1 && !group->constant)
		snprintf(frames, sizeof(frames), "frames 0x%" PRIx64 "..0x%" PRIx64, group->frame,
			 group->frame + group->count - 1);
	else
		snprintf(frames, sizeof(frames), "frame 0x%" PRIx64, group->frame);

	document_text(node, STYLE_VERBATIM,
		      "  0x%-9" PRIx64 " .. 0x%-9" PRIx64 "  | %-10s | %s %s %s", first, last,
		      pages, group->constant ? "==" : "--",
		      group->mapping.writable ? "rw ->" : "ro ->", frames);
	if (group->strangers)
		document_text(node, STYLE_VERBATIM,
			      "  %-26s  | %-10s |    also behind %" PRIu64
			      " vmemmap page%s of others (pfn 0x%" PRIx64 "%s)",
			      "", "", group->strangers, plural(group->strangers), group->stranger,
			      group->strangers == 1 ? "" : ", ...");
}

static void add_drawing(struct document_node *root, const struct page_report *report)
{
	struct document_node *node = document_object(root, NULL, "Drawing");

	document_text(node, STYLE_VERBATIM, "  %-26s  | %-10s | %s", "struct pages of pfn",
		      "vmemmap", "backed by   (==: all by one frame)");
	for (size_t i = 0; i < report->group_count; i++)
		draw_group(node, report, &report->groups[i]);
}

/* A larger entry that decides for all that is shown here, and for more. */
static void add_forbidding(struct document_node *root, const struct page_report *report)
{
	const struct analysis *analysis = report->analysis;
	uint64_t index = report->first, end = report->first + report->count;
	const struct upper_entries *entries = &analysis->map.forbidding;
	const struct upper_entry *upper = upper_entries_find(entries, index);
	char words[ENTRY_WORDS_MAX];

	if (!upper)
		upper = upper_entries_find(entries, upper_entries_end(entries, index, end));
	if (!upper || upper->first >= end)
		return;
	report_add_entry(root, "forbidden_by", analysis, upper);
	document_text(root, STYLE_ERROR,
		      "WRONG: %s forbid%s writing to %" PRIu64
		      " vmemmap page%s, whatever the entries below say. See check vmemmap-tables.",
		      entry_words(&analysis->target, upper, words), verb_s(upper->entries),
		      upper->pages, plural(upper->pages));
}

/* What checks do not look at, as they look where vmemmap pages begin. */
static void add_leftover_inside(struct document_node *root, const struct page_report *report)
{
	char what[LEFTOVER_TEXT_MAX];

	if (!report->leftover_inside)
		return;
	document_text(root, STYLE_ERROR,
		      "WRONG: the struct page of pfn 0x%" PRIx64
		      ", where no huge page can begin, is %s.",
		      report->leftover_at,
		      leftover_text(&report->analysis->target, &report->leftover, what));
}

/* --- what checks found of it -------------------------------------------------- */

/* True if @frame is behind a vmemmap page that is shown, or is one of the pages described. */
static bool shows_frame(const struct page_report *report, pfn_t frame)
{
	const struct check_focus *focus = &report->analysis->focus;

	if (frame >= focus->start && frame < focus->end)
		return true;
	for (size_t i = 0; i < report->group_count; i++) {
		const struct group *group = &report->groups[i];
		uint64_t frames = group->constant ? 1 : group->count;

		if (mapping_mapped(&group->mapping) && frame >= group->frame &&
		    frame - group->frame < frames)
			return true;
	}
	return false;
}

/* It names another page, but is about a frame that is shown here, too. */
static bool is_of_frame(const struct page_report *report, const struct finding *finding)
{
	const struct analysis *analysis = report->analysis;
	pfn_t frame;

	return finding->check->of_frames && finding->has_vmemmap &&
	       !focus_has(&analysis->focus, finding) &&
	       vmemmap_frame_at(&analysis->map, finding->index, &frame) &&
	       shows_frame(report, frame);
}

static void add_finding(struct document_node *root, struct document_node *list,
			const struct page_report *report, const struct finding *finding)
{
	static const char *const words[] = {
		[SEVERITY_NOTE] = "Note",
		[SEVERITY_WARNING] = "SUSPECT",
		[SEVERITY_ERROR] = "WRONG",
	};

	report_add_finding(list, report->analysis, finding);
	document_text(root, report_severity_style(finding->severity), "%s: %s. See check %s.",
		      words[finding->severity], finding->message, finding->check->id);
}

static void add_findings_of(struct document_node *root, struct document_node *list,
			    const struct page_report *report, const struct check_run *run)
{
	for (size_t i = 0; i < run->focused_count; i++)
		add_finding(root, list, report, &run->focused[i]);
	if (run->focused_more)
		document_text(root, STYLE_WARNING, "%s has %" PRIu64 " more finding%s of it.",
			      run->check->id, run->focused_more, plural(run->focused_more));
	for (size_t i = 0; i < run->finding_count; i++)
		if (is_of_frame(report, &run->findings[i]))
			add_finding(root, list, report, &run->findings[i]);
}

static void add_findings(struct document_node *root, const struct page_report *report)
{
	const struct check_results *checks = &report->analysis->checks;
	struct document_node *list = document_array(root, "findings", NULL);

	for (size_t i = 0; i < checks->run_count; i++)
		add_findings_of(root, list, report, &checks->runs[i]);
}

/* --- all of it -------------------------------------------------------------- */

/* What the number that was asked for turned out to be. */
static void add_asked(struct document_node *root, const struct page_found *found)
{
	char text[96] = "";

	switch (found->by) {
	case NAMED_PFN:
		snprintf(text, sizeof(text), "pfn 0x%" PRIx64, found->pfn);
		break;
	case NAMED_STRUCT_PAGE:
		snprintf(text, sizeof(text), "the struct page of pfn 0x%" PRIx64, found->pfn);
		break;
	case NAMED_STRUCT_PAGE_COPY:
		snprintf(text, sizeof(text),
			 "frame 0x%" PRIx64 ", which holds the struct page of pfn 0x%" PRIx64,
			 found->frame, found->pfn);
		break;
	case NAMED_FRAME:
		snprintf(text, sizeof(text), "page frame 0x%" PRIx64 ", which holds no struct page",
			 found->frame);
		break;
	}
	document_string(root, "asked_for", NULL, "%s", page_named_id(found->by));
	document_string(root, NULL, "Asked for", "%s", text);
}

/* Of an address in the vmemmap: the member there, and what a write to it would do. */
static void add_address(struct document_node *root, const struct crash_place *place,
			const struct analysis *analysis)
{
	struct words what = { .length = 0 }, write = { .length = 0 };

	if (!place) {
		document_null(root, "field", NULL);
		document_null(root, "write", NULL);
		return;
	}
	crash_add_place(&what, analysis, place);
	crash_add_write(&write, analysis, place);
	if (place->field)
		document_string(root, "field", NULL, "%s", place->field);
	else
		document_null(root, "field", NULL);
	document_string(root, NULL, "Which is", "%s", what.text);
	document_string(root, "write", "A write there", "%s", write.text);
}

static void page_build(struct document_node *root, const struct page_report *report,
		       const struct page_found *found, const struct crash_place *place)
{
	pfn_t pfn = found->pfn;

	document_string(root, "schema", NULL, "vmemscope-page");
	document_count(root, "schema_version", NULL, REPORT_SCHEMA_VERSION);
	document_hex(root, "pfn", NULL, pfn);
	add_asked(root, found);
	add_address(root, place, report->analysis);
	if (report->huge)
		add_huge(root, report);
	else
		add_plain(root, report, pfn);
	add_forbidding(root, report);
	add_leftover_inside(root, report);
	add_findings(root, report);
	add_drawing(root, report);
	struct document_node *list = document_array(root, "entries", "Page-table entries");
	for (size_t i = 0; i < report->group_count; i++)
		add_entry(list, report, &report->groups[i]);
}

/* A page that is just being made, or given back, and is not marked; or whose mark is lost. */
static void find_late(struct page_report *report, pfn_t pfn)
{
	report->late = huge_late_find(&report->analysis->survey, pfn);
	if (!report->late)
		return;
	report->device = NULL;
	report->huge = &report->late->page;
	report->differs = true;
	report->phase = huge_late_is_legal(report->late) ? PHASE_CHANGING : PHASE_REST;
}

struct error *report_page(const struct report_source *source, const struct page_where *where,
			  struct document **ret)
{
	const struct analysis *analysis = source->analysis;
	struct page_report report = { .analysis = analysis };
	struct huge_page compound;
	struct document *document = NULL;
	struct page_found found;
	struct crash_place place;
	struct error *err = page_where_find(&analysis->survey, where, &found);

	if (err)
		return err;
	pfn_t pfn = found.pfn;
	if (huge_pages_find(&analysis->inventory.pages, pfn, &compound))
		report.huge = &compound;
	else
		report.device = devices_find(&analysis->devices, pfn);
	if (report.device && device_compound(&analysis->survey, report.device, pfn, &compound))
		report.huge = &compound;
	if (!report.huge)
		find_late(&report, pfn);
	else if (!report.device) {
		report.differs = huge_page_differs(&analysis->survey, report.huge);
		report.phase = huge_phase_of(&analysis->survey, report.huge);
	}
	report.first =
		vmemmap_index_of(&analysis->target.kernel, report.huge ? report.huge->pfn : pfn);
	report.count = report.huge ? report.huge->mapping.pages : 1;

	if (report.huge)
		device_miscount_read(&analysis->survey, report.huge, &report.miscount);
	if (!report.huge && !report.device)
		err = huge_could_be(&analysis->survey, pfn, &report.untold);
	if (!err)
		err = groups_read(&report);
	if (!err)
		err = leftover_find(&report, pfn);
	if (!err)
		err = document_create(&document);
	if (!err && found.by == NAMED_STRUCT_PAGE)
		err = crash_place_of_address(&analysis->survey, where->number, &place);
	if (!err) {
		page_build(document_root(document), &report, &found,
			   found.by == NAMED_STRUCT_PAGE ? &place : NULL);
		err = report_finish(document, ret);
	}
	free(report.groups);
	return err;
}
