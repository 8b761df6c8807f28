// SPDX-License-Identifier: LGPL-2.1-or-later
/* One huge page, compound page of a device, or vmemmap page, entry by entry. */
#include "analyzer/documents/document_parts.h"

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

struct page_document {
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

static void group_users(const struct page_document *document, struct group *group)
{
	const struct vmemmap_map *map = &document->analysis->map;
	uint64_t index, count;

	if (!mapping_mapped(&group->mapping))
		return;
	for (size_t cursor = 0; vmemmap_users_next(map, group->frame, &cursor, &index, &count);) {
		bool own = index >= document->first && index < document->first + document->count;

		group->users += count;
		if (own)
			continue;
		if (group->strangers == 0)
			group->stranger =
				vmemmap_first_pfn(&document->analysis->target.kernel, index);
		group->strangers += count;
	}
}

static struct error *group_push(struct page_document *document, const struct group *group)
{
	if (document->group_count) {
		struct group *last = &document->groups[document->group_count - 1];

		if (group_takes(&document->analysis->target.paging, last, group)) {
			last->constant =
				mapping_mapped(&last->mapping) && last->frame == group->frame;
			last->count += group->count;
			return NULL;
		}
	}
	return vector_push(document->groups, document->group_count, document->group_capacity,
			   *group);
}

static struct error *groups_read(struct page_document *document)
{
	const struct analysis *analysis = document->analysis;
	unsigned shift = analysis->target.kernel.page_shift;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, analysis->target.arch, &analysis->target.paging,
					analysis->target.memory);

	for (uint64_t i = 0; !err && i < document->count; i++) {
		vaddr_t va = vmemmap_address(&analysis->target.kernel, document->first + i);
		struct group group = { .index = document->first + i, .count = 1 };

		err = pgwalk_at(&walk, va, &group.mapping);
		if (err)
			break;
		group.frame = (group.mapping.pa + (va - group.mapping.va.start)) >> shift;
		group.verdict = document->huge
					? huge_entry_verdict(&analysis->survey, document->huge,
							     &document->huge->mapping, group.index)
					: VERDICT_KEPT;
		group_users(document, &group);
		err = group_push(document, &group);
	}
	pgwalk_deinit(&walk);
	return err;
}

/*
 * What a huge page left at the vmemmap page of the page shown, or behind it: the page
 * with the head itself has nothing left over, or what is there only shows from its tails.
 */
static struct error *leftover_find_at_beginning(struct page_document *document,
						struct leftover_reader *reader)
{
	const struct kernel *kernel = &document->analysis->target.kernel;
	enum memory_state state;
	struct error *err = NULL;

	for (uint64_t i = 0; !err && i < 2 && document->leftover.kind == LEFTOVER_NONE; i++) {
		document->leftover_at = vmemmap_first_pfn(kernel, document->first + i);
		err = leftover_look(reader, document->first + i, &document->leftover, &state);
	}
	if (document->leftover.start > vmemmap_first_pfn(kernel, document->first))
		document->leftover.kind = LEFTOVER_NONE;
	return err;
}

/* Else a head at @pfn itself, which may be anywhere in its vmemmap page. */
static struct error *leftover_find(struct page_document *document, pfn_t pfn)
{
	struct leftover_reader reader;
	enum memory_state state;

	if (document->huge || document->device)
		return NULL;
	leftover_reader_init(&reader, &document->analysis->survey);
	struct error *err = leftover_find_at_beginning(document, &reader);
	if (!err && document->leftover.kind == LEFTOVER_NONE) {
		document->leftover_at = pfn;
		err = leftover_look_at(&reader, pfn, &document->leftover, &state);
		document->leftover_inside = document->leftover.kind != LEFTOVER_NONE;
	}
	leftover_reader_deinit(&reader);
	return err;
}

/* --- words ------------------------------------------------------------------ */

/* A shared tail that is not mapped as the scheme has it. */
static bool permission_wrong(const struct page_document *document, const struct group *group)
{
	enum tail_permission expected =
		huge_page_scheme(&document->analysis->survey, document->huge)->permission;

	if (!document->analysis->target.arch->has_readonly_tails || expected == PERMISSION_EITHER)
		return false;
	return group->mapping.writable != (expected == PERMISSION_WRITABLE);
}

/* What the flag does not promise, or promises and is not so, though nothing changes it. */
static bool flag_wrong(const struct page_document *document, const struct group *group)
{
	bool at_rest = (document->differs && document->phase == PHASE_REST) ||
		       document->huge->mapping.kind == MAPPED_WRONG;

	if (document->device)
		return false;
	if (document->late)
		return at_rest && (group->verdict == VERDICT_TARGET || document->huge->optimized);
	return at_rest && (group->verdict == VERDICT_TARGET) != document->huge->optimized;
}

/* Shared or read-only, and of no huge page. */
static bool is_orphan(const struct page_document *document, const struct group *group)
{
	return !document->device && !document->untold && mapping_mapped(&group->mapping) &&
	       (group->users > 1 || !group->mapping.writable);
}

static bool is_nowhere(const struct page_document *document, const struct group *group)
{
	return mapping_mapped(&group->mapping) &&
	       frame_is_nowhere(&document->analysis->survey, group->frame);
}

static enum report_style rule_style(const struct page_document *document, const struct group *group)
{
	if (is_nowhere(document, group))
		return STYLE_ERROR;
	if (!document->huge)
		return is_orphan(document, group) ? STYLE_ERROR : STYLE_PLAIN;
	switch (group->verdict) {
	case VERDICT_KEPT:
		return group->mapping.writable && group->strangers == 0 ? STYLE_GOOD : STYLE_ERROR;
	case VERDICT_TARGET:
		return permission_wrong(document, group) || flag_wrong(document, group)
			       ? STYLE_ERROR
			       : STYLE_GOOD;
	case VERDICT_OWN:
		return group->mapping.writable && !flag_wrong(document, group) ? STYLE_GOOD
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

static const char *rule_target(const struct page_document *document, const struct group *group)
{
	if (permission_wrong(document, group))
		return group->mapping.writable ? "shared; WRONG: writable"
					       : "shared; WRONG: read-only";
	if (flag_wrong(document, group))
		return document->late ? "shared; WRONG: not marked as a huge page"
				      : "shared; WRONG: HPG_vmemmap_optimized is clear";
	if (document->late)
		return "shared, page not marked: legal in transition";
	if (document->differs && !document->huge->optimized)
		return "shared, flag not set: legal in transition";
	if (!group->mapping.writable)
		return "shared, read-only: right";
	return document->device ? "shared, writable: right for devices"
				: "shared, writable: right on this architecture";
}

static const char *rule_own(const struct page_document *document, const struct group *group)
{
	if (!group->mapping.writable)
		return "not shared; WRONG: read-only";
	if (document->device)
		return document->huge->optimized
			       ? "not shared; WRONG: other tails are shared"
			       : device_blocker_text(device_blocker_of(&document->analysis->survey,
								       document->device,
								       document->huge));
	if (!document->huge->optimized && !document->late)
		return "not shared, flag clear: right";
	if (flag_wrong(document, group))
		return "not shared; WRONG: HPG_vmemmap_optimized is set";
	return "not shared (yet, or no longer): legal in transition";
}

static const char *rule_wrong(const struct page_document *document, const struct group *group)
{
	const struct device_miscount *miscount = &document->miscount;

	if (device_miscount_source(miscount, group->index))
		return "a frame that the sections behind show at the same place; WRONG: no frame "
		       "is shared by all tails";
	if (miscount->found &&
	    device_miscount_has(&document->analysis->survey, miscount, group->index))
		return "WRONG: the frame that the first section has at this place; pfns were "
		       "counted by vmemmap pages";
	return "WRONG: a frame that the scheme does not name";
}

static const char *rule_text(const struct page_document *document, const struct group *group)
{
	if (is_nowhere(document, group))
		return "WRONG: a frame that is no memory of this machine";
	if (document->untold)
		return group->users > 1 ? "shared; its owner is not known"
					: "mapped once; its owner is not known";
	if (!document->huge && is_orphan(document, group))
		return group->users > 1 ? "shared; WRONG: of no huge page"
					: "not shared; WRONG: read-only, and of no huge page";
	if (!document->huge)
		return group->users > 1 ? "shared" : "not shared";
	switch (group->verdict) {
	case VERDICT_KEPT:
		return rule_kept(group);
	case VERDICT_TARGET:
		return rule_target(document, group);
	case VERDICT_OWN:
		return rule_own(document, group);
	case VERDICT_WRONG:
		return rule_wrong(document, group);
	case VERDICT_MISSING:
		return group->mapping.state == MAPPING_UNREADABLE
			       ? "not checked: the page table is not in the dump"
			       : "WRONG: not mapped";
	}
	return "";
}

/* --- parts ------------------------------------------------------------------ */

static void add_device(struct report_node *node, const struct page_document *document)
{
	const struct device *device = document->device;

	if (device->name[0])
		report_string(node, "device", "Device", "%s", device->name);
	else
		report_null(node, "device", "Device");
	report_string(node, "kind", "Kind", "%s", device_kind_id(device->kind));
	report_string(node, "memmap", "Memmap in", "%s", device_memmap_id(device->memmap));
}

static void add_hugetlb_state(struct report_node *node, const struct page_document *document)
{
	static const char *const phases[] = {
		[PHASE_REST] = "at-rest",
		[PHASE_CHANGING] = "in-transition",
		[PHASE_UNTOLD] = "not-told",
	};
	const struct huge_page *page = document->huge;

	report_bool(node, "head_in_dump", NULL, !page->assumed);
	if (page->assumed) {
		report_null(node, "state", "State");
		report_null(node, "refcount", "Reference count");
		report_null(node, "optimized", "HPG_vmemmap_optimized");
		return;
	}
	report_string(node, "state", "State",
		      document->late ? "not-marked"
		      : page->free   ? "free"
				     : "in-use");
	report_count(node, "refcount", "Reference count", page->refcount);
	report_bool(node, "optimized", "HPG_vmemmap_optimized", page->optimized);
	if (document->differs)
		report_string(node, "phase",
			      document->late ? "Not marked as a huge page"
					     : "Flag and entries differ",
			      "%s", phases[document->phase]);
}

static void add_huge(struct report_node *root, const struct page_document *document)
{
	const struct analysis *analysis = document->analysis;
	const struct huge_page *page = document->huge;
	const struct zone_info *zone =
		kernel_zone(&analysis->target.kernel, page->node, page->zone);
	struct report_node *node =
		document->device ? report_object(root, "device_page", "Compound page of a device")
		: page->assumed
			? report_object(root, "huge_page",
					"HugeTLB page by its page tables (its struct pages are not "
					"in the dump)")
			: report_object(root, "huge_page", "HugeTLB page");

	report_hex(node, "pfn", "First pfn", page->pfn);
	report_bytes(node, "size_bytes", "Size",
		     (int64_t)analysis->target.kernel.page_size << page->order);
	report_count(node, "order", "Order", page->order);
	if (document->device)
		add_device(node, document);
	report_count(node, "node", "Node", page->node);
	if (zone)
		report_string(node, "zone", "Zone", "%s", zone->name);
	else
		report_string(node, "zone", "Zone", "%u", page->zone);
	if (!document->device)
		add_hugetlb_state(node, document);
	report_string(node, "mapping", "Sharing", "%s",
		      share_kind_name((enum share_kind)page->mapping.kind));
	report_count(node, "vmemmap_pages", "Vmemmap pages", page->mapping.pages);
	report_count(node, "frames", "... in frames", page->mapping.frames);
	if (page->mapping.target_known)
		report_hex(node, "target_frame", "Frame for tails", page->mapping.target);
	else
		report_null(node, "target_frame", "Frame for tails");
	report_string(node, "scheme", "Scheme", "%s",
		      huge_page_scheme(&analysis->survey, page)->id);
}

static void add_leftover(struct report_node *node, const struct page_document *document)
{
	const struct analysis *analysis = document->analysis;
	const struct leftover *leftover = &document->leftover;
	pfn_t at = document->leftover_at;
	char what[LEFTOVER_TEXT_MAX];

	if (leftover->kind == LEFTOVER_NONE)
		return;
	leftover_text(&analysis->target, leftover, what);
	report_style(
		report_string(node, "leftover", "Left over", "at pfn 0x%" PRIx64 ", %s", at, what),
		STYLE_ERROR);
	report_string(node, "leftover_of", "... of",
		      "pfn 0x%" PRIx64 " to 0x%" PRIx64
		      ", where no pool has a page; see check hugetlb-leftovers",
		      leftover->start, leftover->end - 1);
}

static void add_plain(struct report_node *root, const struct page_document *document, pfn_t pfn)
{
	const struct kernel *kernel = &document->analysis->target.kernel;
	const struct section *section = kernel_section_of(kernel, pfn);
	struct report_node *node =
		report_object(root, "page",
			      document->device	 ? "Page of a device, in no compound page"
			      : document->untold ? "Page (whether of HugeTLB is not known: "
						   "struct pages are not in the dump)"
						 : "Page (not a HugeTLB page)");

	if (!document->device) {
		if (document->untold)
			report_null(node, "hugetlb", NULL);
		else
			report_bool(node, "hugetlb", NULL, false);
	}
	report_hex(node, "pfn", "Pfn", pfn);
	report_hex(node, "struct_page", "struct page at", kernel_struct_page(kernel, pfn));
	if (document->device)
		add_device(node, document);
	add_leftover(node, document);
	if (!section)
		return;
	report_count(node, "section", "Section", section->nr);
	report_bool(node, "online", "... online", section->online);
	report_bool(node, "early", "... from boot", section->early);
}

static void add_entry(struct report_node *list, const struct page_document *document,
		      const struct group *group)
{
	const struct kernel *kernel = &document->analysis->target.kernel;
	struct report_node *node = report_object(list, NULL, NULL);
	uint64_t from = group->index - document->first;
	bool mapped = mapping_mapped(&group->mapping);

	report_count(node, "first", NULL, from);
	report_count(node, "count", NULL, group->count);
	if (group->count > 1)
		report_string(node, NULL, "PAGE", "%" PRIu64 "..%" PRIu64, from,
			      from + group->count - 1);
	else
		report_string(node, NULL, "PAGE", "%" PRIu64, from);
	report_hex(node, "address", "ADDRESS", vmemmap_address(kernel, group->index));
	report_hex(node, "entry", "ENTRY", group->mapping.raw);
	report_hex(node, "entry_address", NULL, group->mapping.entry_addr);
	report_count(node, "level", "LEVEL", group->mapping.level + 1);
	if (mapped) {
		report_hex(node, "frame", "FRAME", group->frame);
		report_bool(node, "same_frame", NULL, group->constant);
		report_string(node, "permission", "PERM", group->mapping.writable ? "rw" : "ro");
		report_count(node, "mapped_by", "MAPPED BY", group->users);
		report_count(node, "mapped_by_others", NULL, group->strangers);
	}
	report_style(report_string(node, "rule", "RULE", "%s", rule_text(document, group)),
		     rule_style(document, group));
}

static void draw_group(struct report_node *node, const struct page_document *document,
		       const struct group *group)
{
	const struct kernel *kernel = &document->analysis->target.kernel;
	pfn_t first = vmemmap_first_pfn(kernel, group->index);
	pfn_t last = vmemmap_first_pfn(kernel, group->index + group->count) - 1;
	char pages[48], frames[64];

	if (group->count > 1)
		snprintf(pages, sizeof(pages), "%" PRIu64 "..%" PRIu64,
			 group->index - document->first,
			 group->index - document->first + group->count - 1);
	else
		snprintf(pages, sizeof(pages), "%" PRIu64, group->index - document->first);
	if (!mapping_mapped(&group->mapping))
		snprintf(frames, sizeof(frames), "(none)");
	else if (group->count > 1 && !group->constant)
		snprintf(frames, sizeof(frames), "frames 0x%" PRIx64 "..0x%" PRIx64, group->frame,
			 group->frame + group->count - 1);
	else
		snprintf(frames, sizeof(frames), "frame 0x%" PRIx64, group->frame);

	report_text(node, STYLE_VERBATIM,
		    "  0x%-9" PRIx64 " .. 0x%-9" PRIx64 "  | %-10s | %s %s %s", first, last, pages,
		    group->constant ? "==" : "--", group->mapping.writable ? "rw ->" : "ro ->",
		    frames);
	if (group->strangers)
		report_text(node, STYLE_VERBATIM,
			    "  %-26s  | %-10s |    also behind %" PRIu64
			    " vmemmap page%s of others (pfn 0x%" PRIx64 "%s)",
			    "", "", group->strangers, plural(group->strangers), group->stranger,
			    group->strangers == 1 ? "" : ", ...");
}

static void add_drawing(struct report_node *root, const struct page_document *document)
{
	struct report_node *node = report_object(root, NULL, "Drawing");

	report_text(node, STYLE_VERBATIM, "  %-26s  | %-10s | %s", "struct pages of pfn", "vmemmap",
		    "backed by   (==: all by one frame)");
	for (size_t i = 0; i < document->group_count; i++)
		draw_group(node, document, &document->groups[i]);
}

/* A larger entry that decides for all that is shown here, and for more. */
static void add_forbidding(struct report_node *root, const struct page_document *document)
{
	const struct analysis *analysis = document->analysis;
	uint64_t index = document->first, end = document->first + document->count;
	const struct upper_entries *entries = &analysis->map.forbidding;
	const struct upper_entry *upper = upper_entries_find(entries, index);
	char words[ENTRY_WORDS_MAX];

	if (!upper)
		upper = upper_entries_find(entries, upper_entries_end(entries, index, end));
	if (!upper || upper->first >= end)
		return;
	document_add_entry(root, "forbidden_by", analysis, upper);
	report_text(root, STYLE_ERROR,
		    "WRONG: %s forbid%s writing to %" PRIu64
		    " vmemmap page%s, whatever the entries below say. See check vmemmap-tables.",
		    entry_words(&analysis->target, upper, words), verb_s(upper->entries),
		    upper->pages, plural(upper->pages));
}

/* What checks do not look at, as they look where vmemmap pages begin. */
static void add_leftover_inside(struct report_node *root, const struct page_document *document)
{
	char what[LEFTOVER_TEXT_MAX];

	if (!document->leftover_inside)
		return;
	report_text(root, STYLE_ERROR,
		    "WRONG: the struct page of pfn 0x%" PRIx64
		    ", where no huge page can begin, is %s.",
		    document->leftover_at,
		    leftover_text(&document->analysis->target, &document->leftover, what));
}

/* --- what checks found of it -------------------------------------------------- */

/* True if @frame is behind a vmemmap page that is shown, or is one of the pages described. */
static bool shows_frame(const struct page_document *document, pfn_t frame)
{
	const struct check_focus *focus = &document->analysis->focus;

	if (frame >= focus->start && frame < focus->end)
		return true;
	for (size_t i = 0; i < document->group_count; i++) {
		const struct group *group = &document->groups[i];
		uint64_t frames = group->constant ? 1 : group->count;

		if (mapping_mapped(&group->mapping) && frame >= group->frame &&
		    frame - group->frame < frames)
			return true;
	}
	return false;
}

/* It names another page, but is about a frame that is shown here, too. */
static bool is_of_frame(const struct page_document *document, const struct finding *finding)
{
	const struct analysis *analysis = document->analysis;
	pfn_t frame;

	return finding->check->of_frames && finding->has_vmemmap &&
	       !focus_has(&analysis->focus, finding) &&
	       vmemmap_frame_at(&analysis->map, finding->index, &frame) &&
	       shows_frame(document, frame);
}

static void add_finding(struct report_node *root, struct report_node *list,
			const struct page_document *document, const struct finding *finding)
{
	static const char *const words[] = {
		[SEVERITY_NOTE] = "Note",
		[SEVERITY_WARNING] = "SUSPECT",
		[SEVERITY_ERROR] = "WRONG",
	};

	document_add_finding(list, document->analysis, finding);
	report_text(root, document_severity_style(finding->severity), "%s: %s. See check %s.",
		    words[finding->severity], finding->message, finding->check->id);
}

static void add_findings_of(struct report_node *root, struct report_node *list,
			    const struct page_document *document, const struct check_run *run)
{
	for (size_t i = 0; i < run->focused_count; i++)
		add_finding(root, list, document, &run->focused[i]);
	if (run->focused_more)
		report_text(root, STYLE_WARNING, "%s has %" PRIu64 " more finding%s of it.",
			    run->check->id, run->focused_more, plural(run->focused_more));
	for (size_t i = 0; i < run->finding_count; i++)
		if (is_of_frame(document, &run->findings[i]))
			add_finding(root, list, document, &run->findings[i]);
}

static void add_findings(struct report_node *root, const struct page_document *document)
{
	const struct check_results *checks = &document->analysis->checks;
	struct report_node *list = report_array(root, "findings", NULL);

	for (size_t i = 0; i < checks->run_count; i++)
		add_findings_of(root, list, document, &checks->runs[i]);
}

/* --- all of it -------------------------------------------------------------- */

/* What the number that was asked for turned out to be. */
static void add_asked(struct report_node *root, const struct page_found *found)
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
	report_string(root, "asked_for", NULL, "%s", page_named_id(found->by));
	report_string(root, NULL, "Asked for", "%s", text);
}

static void page_build(struct report_node *root, const struct page_document *document,
		       const struct page_found *found)
{
	pfn_t pfn = found->pfn;

	report_string(root, "schema", NULL, "vmemscope-page");
	report_count(root, "schema_version", NULL, REPORT_SCHEMA_VERSION);
	report_hex(root, "pfn", NULL, pfn);
	add_asked(root, found);
	if (document->huge)
		add_huge(root, document);
	else
		add_plain(root, document, pfn);
	add_forbidding(root, document);
	add_leftover_inside(root, document);
	add_findings(root, document);
	add_drawing(root, document);
	struct report_node *list = report_array(root, "entries", "Page-table entries");
	for (size_t i = 0; i < document->group_count; i++)
		add_entry(list, document, &document->groups[i]);
}

/* A page that is just being made, or given back, and is not marked; or whose mark is lost. */
static void find_late(struct page_document *document, pfn_t pfn)
{
	document->late = huge_late_find(&document->analysis->survey, pfn);
	if (!document->late)
		return;
	document->device = NULL;
	document->huge = &document->late->page;
	document->differs = true;
	document->phase = huge_late_is_legal(document->late) ? PHASE_CHANGING : PHASE_REST;
}

struct error *document_page(const struct document_source *source, const struct page_where *where,
			    struct report **ret)
{
	const struct analysis *analysis = source->analysis;
	struct page_document document = { .analysis = analysis };
	struct huge_page compound;
	struct report *report = NULL;
	struct page_found found;
	struct error *err = page_where_find(&analysis->survey, where, &found);

	if (err)
		return err;
	pfn_t pfn = found.pfn;
	if (huge_pages_find(&analysis->inventory.pages, pfn, &compound))
		document.huge = &compound;
	else
		document.device = devices_find(&analysis->devices, pfn);
	if (document.device && device_compound(&analysis->survey, document.device, pfn, &compound))
		document.huge = &compound;
	if (!document.huge)
		find_late(&document, pfn);
	else if (!document.device) {
		document.differs = huge_page_differs(&analysis->survey, document.huge);
		document.phase = huge_phase_of(&analysis->survey, document.huge);
	}
	document.first = vmemmap_index_of(&analysis->target.kernel,
					  document.huge ? document.huge->pfn : pfn);
	document.count = document.huge ? document.huge->mapping.pages : 1;

	if (document.huge)
		device_miscount_read(&analysis->survey, document.huge, &document.miscount);
	if (!document.huge && !document.device)
		err = huge_could_be(&analysis->survey, pfn, &document.untold);
	if (!err)
		err = groups_read(&document);
	if (!err)
		err = leftover_find(&document, pfn);
	if (!err)
		err = report_create(&report);
	if (!err) {
		page_build(report_root(report), &document, &found);
		err = document_finish(report, ret);
	}
	free(document.groups);
	return err;
}
