// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the struct pages of huge pages and of devices hold, each frame looked at once. */
#include "analyzer/pages/contents.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/checker/checks.h"
#include "analyzer/checker/head_words.h"
#include "analyzer/checks/check_table.h"
#include "analyzer/checker/check_parts.h"
#include "analyzer/pages/garbage.h"
#include "analyzer/devices/device_miscount.h"
#include "include/bytes.h"
#include "include/hash.h"
#include "include/plural.h"

/* Vmemmap pages of one huge page that begin as its first one does. */
struct copies {
	uint64_t first, last; /* of them */
	uint64_t count;
	uint64_t private; /* of the first */
};

struct scan {
	const struct survey *survey;
	struct check_run *run;
	struct contents contents;
	enum scheme_family family;
	pfn_t loaded;	      /* the frame in contents.bytes; UINT64_MAX: none */
	unsigned head;	      /* which struct page there is the head's, when that is looked at */
	struct copies copies; /* of the page that is looked at */
	struct device_miscount miscount; /* of the page that is looked at */
	/* The last device whose memmap could not be read, and whether both its ends are absent. */
	const struct device *device;
	bool device_is_absent;
};

/* One frame of struct pages, and whom to name for it. */
struct subject {
	const struct huge_page *page; /* NULL: of a zone */
	const struct zone_info *zone;
	unsigned order;
	pfn_t frame;
	uint64_t index, count; /* vmemmap pages that show it; none: count is 0 */
	bool shared;	       /* more than one vmemmap page should show it */
};

/* --- saying it ---------------------------------------------------------------- */

static const char *const fault_names[FAULT_COUNT] = {
	[FAULT_BLANK] = "are uninitialised: every byte is",
	[FAULT_NO_TAIL] = "were never made tails: they have the link",
	[FAULT_HEAD] = "have PG_head",
	[FAULT_ORDER] = "have the mask of order",
	[FAULT_LINK] = "have the link",
	[FAULT_ZONE] = "are of",
	[FAULT_HWPOISON] = "have PG_hwpoison",
	[FAULT_RESERVED] = "have PG_reserved",
	[FAULT_MAPPING] = "have mapping",
	[FAULT_MAPCOUNT] = "have _mapcount",
	[FAULT_REFCOUNT] = "have _refcount",
	[FAULT_PRIVATE] = "have private",
	[FAULT_FLAGS] = "have the flags",
};

/* For finding_alike(): beyond what tails can have. */
enum { HEADS_ALIKE = FAULT_COUNT << 16, COPIES_ALIKE = HEADS_ALIKE << 1 };
#define HEADS_BY_WORDS (1U << 31)

enum { VALUE_MAX = 64, SUBJECT_MAX = 160, FAULT_MAX = 320 };

static const char *value_text(enum tail_fault kind, uint64_t value, char buf[VALUE_MAX])
{
	switch (kind) {
	case FAULT_HEAD:
	case FAULT_HWPOISON:
	case FAULT_RESERVED:
		snprintf(buf, VALUE_MAX, "%s", value ? "set" : "clear");
		break;
	case FAULT_ORDER:
		snprintf(buf, VALUE_MAX, "%" PRIu64, value);
		break;
	case FAULT_MAPCOUNT:
	case FAULT_REFCOUNT:
		snprintf(buf, VALUE_MAX, "%d", (int32_t)value);
		break;
	case FAULT_ZONE:
		snprintf(buf, VALUE_MAX, "zone %" PRIu64 " of node %" PRIu64, value & UINT32_MAX,
			 value >> 32);
		break;
	case FAULT_FLAGS:
		snprintf(buf, VALUE_MAX, value & 1 ? "0x%" PRIx64 " (PG_locked)" : "0x%" PRIx64,
			 value);
		break;
	default:
		snprintf(buf, VALUE_MAX, "0x%" PRIx64, value);
	}
	return buf;
}

static const char *subject_text(const struct scan *scan, const struct subject *subject,
				char buf[SUBJECT_MAX])
{
	char label[HUGE_LABEL_MAX];

	if (subject->page)
		snprintf(buf, SUBJECT_MAX, "tails of the %s",
			 huge_label(scan->survey, subject->page, label));
	else
		snprintf(buf, SUBJECT_MAX, "shared by the tails of %s pages in zone %s on node %u",
			 order_size(subject->order, scan->survey->target), subject->zone->name,
			 subject->zone->node);
	return buf;
}

/* Whether the memmap at vmemmap page @index was made while booting. */
static bool is_from_boot(const struct target *target, uint64_t index)
{
	const struct section *section =
		kernel_section_of(&target->kernel, vmemmap_first_pfn(&target->kernel, index));

	return section && section->early;
}

static const char *signature_of(const struct scan *scan, const struct subject *subject,
				enum tail_fault kind)
{
	static const char *const shared[FAULT_COUNT] = {
		[FAULT_OVERWRITTEN] = "shared-frame-contents",
		[FAULT_BLANK] = "uninitialised-shared-frame",
		[FAULT_NO_TAIL] = "shared-frame-contents",
		[FAULT_HEAD] = "shared-frame-contents",
		[FAULT_ORDER] = "shared-frame-order",
		[FAULT_LINK] = "shared-frame-contents",
		[FAULT_ZONE] = "shared-frame-zone",
		[FAULT_HWPOISON] = "hwpoison-in-tail",
		[FAULT_MAPPING] = "shared-frame-contents",
		[FAULT_MAPCOUNT] = "shared-frame-contents",
		[FAULT_PRIVATE] = "shared-frame-contents",
		[FAULT_RESERVED] = "shared-frame-contents",
		[FAULT_FLAGS] = "shared-frame-contents",
	};
	static const char *const private[FAULT_COUNT] = {
		[FAULT_HEAD] = "stale-pg-head",
		[FAULT_HWPOISON] = "hwpoison-in-tail",
	};

	if (subject->shared)
		return shared[kind];
	if (kind != FAULT_BLANK && kind != FAULT_NO_TAIL)
		return private[kind];
	if (scan->family != FAMILY_DAX)
		return "uninitialised-hugetlb-tail";
	if (scan->miscount.found)
		return "compound-frames-by-section";
	return is_from_boot(scan->survey->target, subject->index)
		       ? "uninitialised-dax-tail-from-boot"
		       : "uninitialised-dax-tail";
}

/* 'the struct page of pfn 0x10045 was overwritten with 0x5a in every byte' */
static const char *overwritten_text(const struct scan *scan, const struct subject *subject,
				    const struct tail_faults *faults, char buf[FAULT_MAX])
{
	const struct target *target = scan->survey->target;
	unsigned first = faults->fault[FAULT_OVERWRITTEN].first,
		 count = faults->fault[FAULT_OVERWRITTEN].count;
	char where[VALUE_MAX], bytes[GARBAGE_TEXT_MAX];
	pfn_t pfn = vmemmap_first_pfn(&target->kernel, subject->index) + first;

	garbage_text(target,
		     scan->contents.bytes +
			     faults->fault[FAULT_OVERWRITTEN].found * scan->contents.size,
		     bytes);
	if (subject->count)
		snprintf(where, sizeof(where), "of pfn 0x%" PRIx64, pfn);
	else
		snprintf(where, sizeof(where), "number %u", first);
	if (count == 1)
		snprintf(buf, FAULT_MAX, "the struct page %s was overwritten %s", where, bytes);
	else
		snprintf(buf, FAULT_MAX,
			 "%u of %u struct pages, from that %s on, were overwritten, the first %s",
			 count, scan->contents.per_page, where, bytes);
	return buf;
}

/* "3 of 64 struct pages, from that of pfn 0x10045 on, have mapping 0x0, not 0x400" */
static const char *fault_text(const struct scan *scan, const struct subject *subject,
			      enum tail_fault kind, const struct tail_faults *faults,
			      char buf[FAULT_MAX])
{
	const char *join = kind == FAULT_BLANK ? "" : ", not ";
	unsigned first = faults->fault[kind].first;
	char found[VALUE_MAX], expected[VALUE_MAX] = "", where[VALUE_MAX];
	pfn_t pfn = vmemmap_first_pfn(&scan->survey->target->kernel, subject->index);

	if (kind == FAULT_OVERWRITTEN)
		return overwritten_text(scan, subject, faults, buf);
	value_text(kind, faults->fault[kind].found, found);
	if (kind != FAULT_BLANK)
		value_text(kind, faults->fault[kind].expected, expected);
	if (subject->count)
		snprintf(where, sizeof(where), "that of pfn 0x%" PRIx64, pfn + first);
	else
		snprintf(where, sizeof(where), "number %u", first);
	snprintf(buf, FAULT_MAX, "%u of %u struct pages, from %s on, %s %s%s%s",
		 faults->fault[kind].count, scan->contents.per_page, where, fault_names[kind],
		 found, join, expected);
	return buf;
}

/* The head of the page that is to be named; of a zone's frame, one of those that show it. */
static pfn_t subject_pfn(const struct scan *scan, const struct subject *subject)
{
	pfn_t pfn = vmemmap_first_pfn(&scan->survey->target->kernel, subject->index);
	struct huge_page page;

	if (subject->page)
		return subject->page->pfn;
	return huge_pages_find(&scan->survey->inventory->pages, pfn, &page) ? page.pfn : pfn;
}

/* Where a frame came from. */
enum origin { ORIGIN_ALLOCATOR, ORIGIN_BOOT, ORIGIN_UNKNOWN, ORIGIN_UNTOLD };

/* Memory of the boot allocator is reserved. */
static struct error *frame_origin(const struct scan *scan, pfn_t frame, enum origin *ret)
{
	const struct layout *layout = &scan->survey->target->layout;
	enum memory_state state;
	uint64_t flags = 0;

	*ret = layout_has(layout, LAYOUT_PG_RESERVED) ? ORIGIN_UNKNOWN : ORIGIN_UNTOLD;
	if (*ret == ORIGIN_UNTOLD || !kernel_pfn_valid(&scan->survey->target->kernel, frame))
		return NULL;
	struct error *err = vmemmap_read_u64(&scan->survey->target->kernel, scan->survey->map,
					     scan->survey->target->memory, frame,
					     layout_get(layout, LAYOUT_PAGE_FLAGS), &flags, &state);
	if (!err && state == MEMORY_PRESENT)
		*ret = flags >> (layout_get(layout, LAYOUT_PG_RESERVED) & 63) & 1
			       ? ORIGIN_BOOT
			       : ORIGIN_ALLOCATOR;
	return err;
}

/*
 * Only a zone's frame can have come from boot with references: memmap_init() wrote it
 * through the tails of a gigantic page, and nothing took them back.
 */
static struct error *origin_of(const struct scan *scan, const struct subject *subject,
			       enum origin *ret)
{
	*ret = ORIGIN_ALLOCATOR;
	return subject->page ? NULL : frame_origin(scan, subject->frame, ret);
}

/* How bad one fault is, what it leads to if that does not show, and its signature. */
struct judgement {
	enum severity severity;
	const char *why;
	const char *signature;
};

#define LEADS_TO_A_FAULT                                                                           \
	"a speculative reference to such a tail is a write to it, and faults where the tail is "   \
	"read-only"

/* All that map the frame are writable, or are so by the scheme of their zone. */
static bool tails_are_writable(const struct scan *scan, const struct subject *subject)
{
	const struct scheme *scheme = scan->family == FAMILY_DAX ? scan->survey->scheme->dax
								 : scan->survey->scheme->hugetlb;

	if (subject->page)
		return subject->page->mapping.writable_tails == subject->page->mapping.at_target;
	return scheme->permission == PERMISSION_WRITABLE;
}

static struct error *judge_reference(const struct scan *scan, const struct subject *subject,
				     struct judgement *ret)
{
	static const struct judgement by_origin[] = {
		[ORIGIN_ALLOCATOR] = { SEVERITY_ERROR, "; " LEADS_TO_A_FAULT,
				       "shared-frame-refcount" },
		[ORIGIN_BOOT] = { SEVERITY_WARNING, "; left over from boot: " LEADS_TO_A_FAULT,
				  "boot-frame-refcount" },
		[ORIGIN_UNKNOWN] = { SEVERITY_WARNING,
				     "; the frame's own struct page, which cannot be read, would "
				     "tell whether they are left over from boot; " LEADS_TO_A_FAULT,
				     NULL },
		[ORIGIN_UNTOLD] = { SEVERITY_WARNING,
				    "; the types lack enumerator PG_reserved, which would show "
				    "whether they are left over from boot; " LEADS_TO_A_FAULT,
				    NULL },
	};
	enum origin origin;

	if (tails_are_writable(scan, subject)) {
		*ret = (struct judgement){ SEVERITY_ERROR,
					   "; a tail has no references, those to it are the head's",
					   NULL };
		return NULL;
	}
	struct error *err = origin_of(scan, subject, &origin);

	*ret = by_origin[origin];
	return err;
}

static struct error *judge(const struct scan *scan, const struct subject *subject,
			   enum tail_fault kind, struct judgement *ret)
{
	*ret = (struct judgement){ SEVERITY_ERROR, "", signature_of(scan, subject, kind) };
	if (kind == FAULT_REFCOUNT && subject->shared)
		return judge_reference(scan, subject, ret);
	if (kind == FAULT_PRIVATE && subject->page &&
	    contents_private_may_be_old(&scan->contents, subject->page->order))
		*ret = (struct judgement){
			SEVERITY_NOTE, "; it may be older than the huge page, as nothing clears it",
			NULL
		};
	return NULL;
}

static struct error *report_fault(struct scan *scan, const struct subject *subject,
				  enum tail_fault kind, const struct tail_faults *faults)
{
	char what[FAULT_MAX], whose[SUBJECT_MAX];
	struct judgement is;
	struct error *err = judge(scan, subject, kind, &is);

	if (err)
		return err;
	/* Few of them are no frame of another zone. */
	if (kind == FAULT_ZONE && subject->shared &&
	    2 * faults->fault[kind].count <= scan->contents.per_page)
		is.signature = "shared-frame-contents";
	/* A restore leaves copies of the head where vmemmap pages begin. */
	if (kind == FAULT_HEAD && !subject->shared && faults->fault[kind].first >= TAILS_OVERLAID)
		is.signature = NULL;
	subject_text(scan, subject, whose);
	fault_text(scan, subject, kind, faults, what);
	finding_sign(scan->run, is.signature);
	if (subject->page)
		finding_alike(scan->survey, scan->run, subject->page,
			      subject->index - huge_first(scan->survey->target, subject->page),
			      subject->count, kind << 16 | faults->fault[kind].count);
	if (subject->count == 0)
		return finding_add_plain(scan->run, is.severity, "frame 0x%" PRIx64 ", %s: %s%s",
					 subject->frame, whose, what, is.why);
	return finding_add(scan->run, is.severity, subject_pfn(scan, subject), subject->index,
			   subject->count, "frame 0x%" PRIx64 ", %s: %s%s", subject->frame, whose,
			   what, is.why);
}

static struct error *report_faults(struct scan *scan, const struct subject *subject,
				   const struct tail_faults *faults)
{
	struct error *err = NULL;

	if (!faults->total || (subject->count && findings_cover(scan->run, subject->index)))
		return NULL;
	for (unsigned kind = 0; !err && kind < FAULT_COUNT; kind++)
		if (faults->fault[kind].count)
			err = report_fault(scan, subject, kind, faults);
	return err;
}

/* --- reading frames ------------------------------------------------------------- */

static bool is_of_device(const struct device *device, pfn_t frame)
{
	return frame >= device->start && frame < device->end;
}

static bool is_absent(const struct target *target, pfn_t frame)
{
	struct memory_extent extent;
	struct error *err = target->memory->ops->extent(
		target->memory, frame << target->kernel.page_shift, &extent);

	if (err)
		error_destroy(err);
	return !err && extent.state == MEMORY_ABSENT;
}

/* The dump knows no memory of the device: it is one of RAM, and cannot hold @frame. */
static bool is_out_of_reach(struct scan *scan, const struct device *device, pfn_t frame)
{
	const struct target *target = scan->survey->target;

	if (scan->device != device) {
		scan->device = device;
		scan->device_is_absent =
			is_absent(target, device->start) && is_absent(target, device->end - 1);
	}
	return scan->device_is_absent && is_absent(target, frame);
}

static struct error *not_read(struct scan *scan, const struct subject *subject,
			      enum memory_state state)
{
	const struct device *device =
		subject->page ? huge_device(scan->survey, subject->page) : NULL;
	char label[HUGE_LABEL_MAX];

	if (device && !is_of_device(device, subject->frame))
		device = NULL;
	if (device && is_out_of_reach(scan, device, subject->frame))
		return check_out_of_reach(
			scan->run, "where the memmap lies in the device, no dump of RAM holds it");
	if (subject->count && findings_cover(scan->run, subject->index))
		return NULL;
	scan->run->not_checked++;
	if (device)
		return check_reason(scan->run,
				    "the memmap of %s lies in the device, and is %s there",
				    device_label(device, label), memory_state_text(state));
	return check_reason(scan->run, "frames with struct pages are %s", memory_state_text(state));
}

static struct error *frame_read(struct scan *scan, const struct subject *subject, bool *ret)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	struct memory *memory = scan->survey->target->memory;
	enum memory_state state;
	paddr_t addr;

	*ret = subject->frame == scan->loaded;
	if (*ret)
		return NULL;
	scan->loaded = UINT64_MAX;
	if (__builtin_mul_overflow(subject->frame, kernel->page_size, &addr))
		return not_read(scan, subject, MEMORY_ABSENT);
	struct error *err = memory_look(memory, &scan->contents.buffer, addr, kernel->page_size,
					&scan->contents.bytes, &state);
	if (err)
		return error_context(err, "struct pages in frame 0x%" PRIx64, subject->frame);
	if (state != MEMORY_PRESENT)
		return not_read(scan, subject, state);
	scan->run->checked++;
	scan->loaded = subject->frame;
	*ret = true;
	return NULL;
}

/* --- heads ---------------------------------------------------------------------- */

/* Whether the zone spans @pfn, as far as zones are known. */
static bool is_in_zone(const struct target *target, unsigned node, unsigned index, pfn_t pfn)
{
	const struct kernel *kernel = &target->kernel;
	const struct zone_info *zone = kernel_zone(kernel, node, index);

	return kernel->nodes_unreadable ||
	       (zone && pfn >= zone->start_pfn && pfn - zone->start_pfn < zone->spanned_pages);
}

/* Whether the zone that the head at hand names spans it. */
static bool head_is_in_its_zone(const struct scan *scan, const struct huge_page *page)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	uint64_t flags = contents_flags(&scan->contents, scan->head);

	return is_in_zone(scan->survey->target, page_flags_node(kernel, flags),
			  page_flags_zone(kernel, flags), page->pfn);
}

/* @node, @index: of the zone that the head names. */
static struct error *check_hugetlb_head(struct scan *scan, const struct huge_page *page,
					unsigned node, unsigned index)
{
	const struct zone_info *zone = kernel_zone(&scan->survey->target->kernel, node, index);
	uint64_t first = huge_first(scan->survey->target, page);
	char label[HUGE_LABEL_MAX];

	if (is_in_zone(scan->survey->target, node, index, page->pfn) ||
	    findings_cover(scan->run, first))
		return NULL;
	finding_sign(scan->run, "zone-mismatch");
	if (!zone)
		return finding_add(
			scan->run, SEVERITY_ERROR, page->pfn, first, 1,
			"the head of the %s names zone %u of node %u, which there is not",
			huge_label(scan->survey, page, label), index, node);
	if (!zone->spanned_pages)
		return finding_add(scan->run, SEVERITY_ERROR, page->pfn, first, 1,
				   "the head of the %s names zone %s of node %u, which is empty",
				   huge_label(scan->survey, page, label), zone->name, node);
	return finding_add(scan->run, SEVERITY_ERROR, page->pfn, first, 1,
			   "the head of the %s names zone %s of node %u, which spans pfn 0x%" PRIx64
			   " to 0x%" PRIx64,
			   huge_label(scan->survey, page, label), zone->name, node, zone->start_pfn,
			   zone->start_pfn + zone->spanned_pages - 1);
}

/* "is free and has mapping 0x4141, though a free page has none" */
static void head_fault_text(const struct huge_page *page, enum head_fault kind,
			    const struct head_faults *faults, const char *type, char buf[FAULT_MAX])
{
	const char *as = page->free ? "is free and " : "";
	uint64_t found = faults->found[kind], expected = faults->expected[kind];

	switch (kind) {
	case HEAD_OVERWRITTEN: /* told by itself */
		break;
	case HEAD_FLAGS:
		snprintf(buf, FAULT_MAX,
			 "has the flags 0x%" PRIx64
			 " of PG_reserved, PG_lru and PG_slab, which no huge "
			 "page has",
			 found);
		break;
	case HEAD_LOCKED:
		snprintf(buf, FAULT_MAX,
			 "is free and has PG_locked, though nobody can hold a free "
			 "page");
		break;
	case HEAD_MAPPING:
		snprintf(buf, FAULT_MAX, "%shas mapping 0x%" PRIx64 ", %s", as, found,
			 page->free && !page->refcount
				 ? "though a free page has none"
				 : "which is no pointer to an address_space or anon_vma");
		break;
	case HEAD_TYPE:
		snprintf(buf, FAULT_MAX, "has %s 0x%" PRIx64 ", not 0x%" PRIx64 "%s%s",
			 expected == UINT32_MAX ? "_mapcount" : "page_type", found, expected,
			 type[0] ? ": it " : "", type);
		break;
	case HEAD_PRIVATE:
		snprintf(buf, FAULT_MAX,
			 "has private 0x%" PRIx64
			 ", in which only the lowest 8 bits can be flags of a "
			 "huge page",
			 found);
		break;
	case HEAD_FAULT_COUNT:
		break;
	}
}

/* What the head that is at hand holds besides its zone. */
static struct error *check_hugetlb_contents_of_head(struct scan *scan, const struct huge_page *page)
{
	uint64_t first = huge_first(scan->survey->target, page);
	char label[HUGE_LABEL_MAX], what[FAULT_MAX], type[HEAD_WORDS_MAX];
	struct head_faults faults;
	struct error *err = contents_head(&scan->contents, page, scan->head, &faults);

	if (err || !faults.any || findings_cover(scan->run, first))
		return err;
	head_type_words(scan->survey->target,
			scan->contents.bytes + scan->head * scan->contents.size, type);
	for (unsigned kind = 0; !err && kind < HEAD_FAULT_COUNT; kind++) {
		if (!faults.has[kind])
			continue;
		head_fault_text(page, kind, &faults, type, what);
		finding_alike(scan->survey, scan->run, page, 0, 1, HEADS_ALIKE + kind);
		err = finding_add(scan->run, SEVERITY_ERROR, page->pfn, first, 1,
				  "the head of the %s %s", huge_label(scan->survey, page, label),
				  what);
	}
	return err;
}

/* What the head that is at hand holds is no struct page. */
static struct error *report_overwritten(struct scan *scan, const struct huge_page *page)
{
	const struct contents *contents = &scan->contents;
	uint64_t first = huge_first(scan->survey->target, page);
	char label[HUGE_LABEL_MAX], what[GARBAGE_TEXT_MAX];

	if (findings_cover(scan->run, first))
		return NULL;
	garbage_text(scan->survey->target, contents->bytes + scan->head * contents->size, what);
	finding_sign(scan->run, "dax-head");
	finding_alike(scan->survey, scan->run, page, 0, 1, HEADS_ALIKE + HEAD_OVERWRITTEN);
	return finding_add(scan->run, SEVERITY_ERROR, page->pfn, first, 1,
			   "the head of the %s was overwritten %s",
			   huge_label(scan->survey, page, label), what);
}

static bool pgmap_offset(const struct target *target, uint64_t *ret)
{
	const struct layout *layout = &target->layout;
	enum layout_id id =
		layout_has(layout, LAYOUT_PAGE_PGMAP) ? LAYOUT_PAGE_PGMAP : LAYOUT_FOLIO_PGMAP;

	*ret = layout_get(layout, id);
	return layout_has(layout, id) && *ret + 8 <= target->kernel.struct_page_size;
}

static unsigned node_at(const struct scan *scan, unsigned number)
{
	return page_flags_node(&scan->survey->target->kernel,
			       contents_flags(&scan->contents, number));
}

/* The node of a device's struct pages, which is not that of its memory: two of three decide. */
static unsigned node_by_frame(const struct scan *scan)
{
	unsigned head = node_at(scan, scan->head), tail;

	if (scan->head + 2 >= scan->contents.per_page)
		return head;
	tail = node_at(scan, scan->head + 1);
	return tail == node_at(scan, scan->head + 2) ? tail : head;
}

/* What is wrong with the head of a device's page, in words; NULL if nothing. */
static const char *device_head_fault(const struct scan *scan, const struct device *device,
				     char buf[SUBJECT_MAX])
{
	const struct survey *survey = scan->survey;
	const struct contents *contents = &scan->contents;
	const unsigned char *bytes = contents->bytes + scan->head * contents->size;
	uint64_t flags = contents_flags(contents, scan->head), at;
	unsigned zone = page_flags_zone(&survey->target->kernel, flags);

	if (contents->head_mask && !(flags & contents->head_mask))
		return "PG_head is clear";
	if (contents->reserved_mask && !(flags & contents->reserved_mask))
		return "PG_reserved is clear";
	snprintf(buf, SUBJECT_MAX, "it is of zone %u, not ZONE_DEVICE", zone);
	if (survey->devices->device_zone_known && zone != survey->devices->device_zone)
		return buf;
	unsigned node = page_flags_node(&survey->target->kernel, flags),
		 others = node_by_frame(scan);
	snprintf(buf, SUBJECT_MAX, "it is of node %u, its first tails of node %u", node, others);
	if (node != others)
		return buf;
	const struct page_format *format = &survey->target->kernel.page;
	/* A first tail that was overwritten is told as such. */
	bool tail = format->marker && scan->head + 1 < contents->per_page &&
		    !struct_page_is_overwritten(survey->target, bytes + contents->size);
	unsigned order = tail ? page_hugetlb_order(format, bytes) : device->order;
	snprintf(buf, SUBJECT_MAX, "its first tail says order %u, not %u", order, device->order);
	if (order != device->order)
		return buf;
	if (!device->pgmap || !pgmap_offset(survey->target, &at))
		return NULL;
	uint64_t pgmap = load_u64(bytes + at, survey->target->kernel.big_endian);
	snprintf(buf, SUBJECT_MAX, "its pgmap is 0x%" PRIx64 ", not 0x%" PRIx64, pgmap,
		 device->pgmap);
	return pgmap != device->pgmap ? buf : NULL;
}

/* What the heads beside it have in place of the device's dev_pagemap overwrote none of them. */
static bool others_name_the_same(const struct scan *scan, const struct huge_page *page,
				 const struct device *device)
{
	const struct survey *survey = scan->survey;
	const unsigned char *bytes = scan->contents.bytes + scan->head * scan->contents.size;
	pfn_t size = UINT64_C(1) << page->order;
	pfn_t other = page->pfn + size < device->end ? page->pfn + size : page->pfn - size;
	enum memory_state state;
	uint64_t at, pgmap;

	if (!device->pgmap || !pgmap_offset(survey->target, &at) || other < device->start)
		return false;
	uint64_t own = load_u64(bytes + at, survey->target->kernel.big_endian);
	struct error *err = vmemmap_read_u64(&survey->target->kernel, survey->map,
					     survey->target->memory, other, at, &pgmap, &state);
	if (err) {
		error_destroy(err);
		return false;
	}
	return state == MEMORY_PRESENT && own != device->pgmap && pgmap == own;
}

static struct error *check_device_head(struct scan *scan, const struct huge_page *page)
{
	const struct device *device = huge_device(scan->survey, page);
	uint64_t first = huge_first(scan->survey->target, page);
	char label[HUGE_LABEL_MAX], buf[SUBJECT_MAX];

	if (!device || findings_cover(scan->run, first))
		return NULL;
	const char *fault = device_head_fault(scan, device, buf);
	if (fault) {
		if (!others_name_the_same(scan, page, device))
			finding_sign(scan->run, "dax-head");
		finding_alike(scan->survey, scan->run, page, 0, 1,
			      (unsigned)hash_bytes(HASH_START, fault, strlen(fault)) |
				      HEADS_BY_WORDS);
		finding_alike_by_number(scan->run);
		return finding_add(scan->run, SEVERITY_ERROR, page->pfn, first, 1,
				   "the head of the %s: %s", huge_label(scan->survey, page, label),
				   fault);
	}
	if (contents_refcount(&scan->contents, scan->head) != 0)
		return NULL;
	return finding_add(scan->run, SEVERITY_NOTE, page->pfn, first, 1,
			   "the head of the %s has no reference",
			   huge_label(scan->survey, page, label));
}

/* --- frames of one compound page -------------------------------------------------- */

static void rules_from_head(const struct scan *scan, struct tail_rules *rules)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	uint64_t flags = contents_flags(&scan->contents, scan->head);

	rules->node = node_by_frame(scan);
	if (!scan->survey->devices->device_zone_known)
		rules->zone = page_flags_zone(kernel, flags);
	rules->zone_known = true;
}

/* The head that @scan has at hand. */
static struct error *check_head(struct scan *scan, const struct huge_page *page)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	uint64_t flags = contents_flags(&scan->contents, scan->head);

	if (struct_page_is_overwritten(scan->survey->target,
				       scan->contents.bytes + scan->head * scan->contents.size))
		return report_overwritten(scan, page);
	if (scan->family == FAMILY_DAX)
		return check_device_head(scan, page);
	struct error *err = check_hugetlb_head(scan, page, page_flags_node(kernel, flags),
					       page_flags_zone(kernel, flags));
	return err ? err : check_hugetlb_contents_of_head(scan, page);
}

/* --- copies of a head ----------------------------------------------------------------- */

/*
 * The frame at hand, of another vmemmap page of @page than the first, begins with a copy of the
 * head and its first tails: what a restore leaves that copies the head's frame as it is.
 */
static bool begins_as_head(const struct scan *scan, const struct huge_page *page)
{
	const struct page_format *format = &scan->survey->target->kernel.page;
	const unsigned char *bytes = scan->contents.bytes;

	return page_is_head(format, bytes) && (page_is_hugetlb(format, bytes) ||
					       page_compound_order(format, bytes) == page->order);
}

/* Reported once all are known. What follows in the frame is looked at as that of the head is. */
static void copy_take(struct scan *scan, const struct subject *subject, struct frame_span *span)
{
	const struct page_format *format = &scan->survey->target->kernel.page;
	struct copies *copies = &scan->copies;

	*span = contents_span_beside_head(span);
	if (findings_cover(scan->run, subject->index))
		return;
	if (copies->count++ == 0) {
		copies->first = subject->index;
		copies->private = page_value(format, scan->contents.bytes, format->private);
	}
	copies->last = subject->index;
}

static struct error *report_copies(struct scan *scan, const struct huge_page *page)
{
	const struct copies *copies = &scan->copies;
	uint64_t head = huge_first(scan->survey->target, page);
	uint64_t from = copies->first - head, span = copies->last - copies->first + 1;
	char label[HUGE_LABEL_MAX];

	if (!copies->count)
		return NULL;
	finding_sign(scan->run, "restored-head-copies");
	finding_alike(scan->survey, scan->run, page, from, span, COPIES_ALIKE);
	finding_alike_by_number(scan->run);
	return finding_add(
		scan->run, SEVERITY_ERROR, page->pfn, copies->first, span,
		"%" PRIu64 " of the %u vmemmap pages of the %s, from that of pfn 0x%" PRIx64
		" on, begin%s "
		"with a copy of its head (PG_head, private 0x%" PRIx64 "): what a restore of the "
		"vmemmap leaves that copies the head's frame as it is",
		copies->count, page->mapping.pages, huge_label(scan->survey, page, label),
		vmemmap_first_pfn(&scan->survey->target->kernel, copies->first),
		verb_s(copies->count), copies->private);
}

/* The whole frame with the head of a device's page, at hand, holds one byte: reported once. */
static struct error *report_filled(struct scan *scan, const struct huge_page *page,
				   const struct subject *subject)
{
	unsigned byte = scan->contents.bytes[0];
	char label[HUGE_LABEL_MAX];

	if (findings_cover(scan->run, subject->index))
		return NULL;
	finding_sign(scan->run, "dax-head");
	finding_alike(scan->survey, scan->run, page, 0, 1, HEADS_ALIKE + HEAD_FAULT_COUNT + byte);
	finding_alike_by_number(scan->run);
	return finding_add(scan->run, SEVERITY_ERROR, page->pfn, subject->index, 1,
			   "frame 0x%" PRIx64
			   ", with the head of the %s, was overwritten: every byte of "
			   "it is 0x%x",
			   subject->frame, huge_label(scan->survey, page, label), byte);
}

static struct error *check_frame(struct scan *scan, const struct huge_page *page, uint64_t index,
				 enum entry_verdict verdict, struct tail_rules *rules)
{
	struct subject subject = { .page = page, .index = index, .count = 1 };
	struct tail_faults faults;
	struct frame_span span;
	bool there;

	if (!vmemmap_frame_at(scan->survey->map, index, &subject.frame))
		return NULL;
	contents_rules_of_frame(page, verdict, subject.frame, rules);
	subject.shared = rules->shared;
	struct error *err = frame_read(scan, &subject, &there);
	if (err || !there)
		return err;
	span = contents_span(&scan->contents, page, index);
	if (span.has_head && scan->family == FAMILY_DAX &&
	    bytes_are_one(scan->contents.bytes, scan->survey->target->kernel.page_size))
		return report_filled(scan, page, &subject);
	if (span.has_head) {
		scan->head = span.first - 1;
		if (scan->family == FAMILY_DAX)
			rules_from_head(scan, rules);
		else if (!head_is_in_its_zone(scan, page)) /* reported once, of the head */
			rules->zone_known = false;
		err = check_head(scan, page);
	}
	if (err)
		return err;
	if (!span.has_head && !rules->shared && scan->family == FAMILY_HUGETLB &&
	    begins_as_head(scan, page))
		copy_take(scan, &subject, &span);
	contents_compare(&scan->contents, rules, &span, &faults);
	return report_faults(scan, &subject, &faults);
}

/* Where the verdict for @index holds to; constant runs are alike beyond what is kept. */
static uint64_t verdict_end(const struct scan *scan, uint64_t index, uint64_t end,
			    enum entry_verdict verdict)
{
	struct vmemmap_run piece;

	if (!vmemmap_run_at(scan->survey->map, index, &piece) || !piece.constant ||
	    verdict == VERDICT_KEPT)
		return index + 1;
	return vmemmap_run_end(&piece) < end ? vmemmap_run_end(&piece) : end;
}

/*
 * Of a device's page that could share, the kernel writes what it keeps and nothing
 * more, also where a larger leaf is behind the rest. Linux kernel mm/mm_init.c,
 * compound_nr_pages().
 */
static bool is_unwritten(const struct scan *scan, const struct huge_page *page, uint64_t index,
			 enum entry_verdict verdict)
{
	struct vmemmap_run piece;

	return verdict == VERDICT_OWN && page->family == FAMILY_DAX &&
	       scan->survey->target->arch->devices_keep_leaves &&
	       vmemmap_run_at(scan->survey->map, index, &piece) && piece.backing == BACKING_LEAF;
}

static struct error *check_page(struct scan *scan, const struct huge_page *page)
{
	uint64_t index = huge_first(scan->survey->target, page), end = index + page->mapping.pages;
	struct tail_rules rules = contents_rules(&scan->contents, page);
	struct error *err = NULL;

	scan->miscount.found = false;
	scan->copies.count = 0;
	if (contents_is_sound(&scan->contents, page)) {
		/* Not read again: the page has node and zone from its head. */
		scan->run->checked += page->sound_frames;
		return check_hugetlb_head(scan, page, page->node, page->zone);
	}
	/* That a head is of a wrong zone is reported once, and no fault of its tails. */
	if (scan->family == FAMILY_HUGETLB &&
	    !is_in_zone(scan->survey->target, page->node, page->zone, page->pfn))
		rules.zone_known = false;
	device_miscount_read(scan->survey, page, &scan->miscount);
	while (!err && index < end) {
		enum entry_verdict verdict =
			huge_entry_verdict(scan->survey, page, &page->mapping, index);
		if (verdict == VERDICT_WRONG && device_miscount_source(&scan->miscount, index))
			verdict = VERDICT_OWN;
		uint64_t next = verdict_end(scan, index, end, verdict);

		bool written = !is_unwritten(scan, page, index, verdict);

		if (written && (verdict == VERDICT_KEPT || verdict == VERDICT_OWN))
			err = check_frame(scan, page, index, verdict, &rules);
		else if (verdict == VERDICT_MISSING) {
			scan->run->not_checked++;
			err = check_reason(scan->run, "page tables cannot be read");
		}
		index = next;
	}
	return err ? err : report_copies(scan, page);
}

/* --- frames that zones share -------------------------------------------------------- */

static struct error *check_zone_frame(struct scan *scan, const struct zone_info *zone,
				      unsigned order)
{
	const struct survey *survey = scan->survey;
	struct subject subject = { .zone = zone, .order = order, .shared = true };
	const struct tail_rules rules = {
		.link = contents_mask(&scan->contents, order),
		.order = order,
		.zone_known = true,
		.node = zone->node,
		.zone = zone->index,
		.reserved = scan->family == FAMILY_DAX,
		.no_hwpoison = true,
		.shared = true,
	};
	struct tail_faults faults;
	size_t cursor = 0;
	bool there;

	if (kernel_shared_tail(&survey->target->kernel, zone->node, zone->index, order,
			       &subject.frame) != TAIL_KNOWN)
		return NULL;
	vmemmap_users_next(survey->map, subject.frame, &cursor, &subject.index, &subject.count);
	struct error *err = frame_read(scan, &subject, &there);
	if (err || !there)
		return err;
	contents_compare(&scan->contents, &rules,
			 &(struct frame_span){ .end = scan->contents.per_page }, &faults);
	return report_faults(scan, &subject, &faults);
}

static struct error *check_zone_frames(struct scan *scan)
{
	const struct kernel *kernel = &scan->survey->target->kernel;
	const struct layout *layout = &scan->survey->target->layout;
	const struct scheme *scheme = scan->family == FAMILY_DAX ? scan->survey->scheme->dax
								 : scan->survey->scheme->hugetlb;
	uint64_t device_zone = layout_has(layout, LAYOUT_ZONE_DEVICE)
				       ? layout_get(layout, LAYOUT_ZONE_DEVICE)
				       : UINT64_MAX;
	struct error *err = NULL;

	if (scheme->target != TARGET_ZONE_TAIL)
		return NULL;
	for (size_t i = 0; i < kernel->zone_count; i++) {
		const struct zone_info *zone = &kernel->zones[i];

		if ((zone->index == device_zone) != (scan->family == FAMILY_DAX))
			continue;
		for (unsigned slot = 0; !err && slot < zone->tail_count; slot++)
			err = check_zone_frame(scan, zone, slot + kernel->tails_min_order);
	}
	return err;
}

/* --- the two checks ------------------------------------------------------------------ */

/* One part of the work, or the zones' frames. */
struct work {
	enum scheme_family family;
	const struct pages_part *parts; /* NULL: the zones' frames */
};

/* True if nothing is to be said of @count pages from @page on that are like it. */
static bool are_sound(const struct scan *scan, const struct huge_page *page, uint32_t count)
{
	pfn_t last = page->pfn + ((uint64_t)(count - 1) << page->order);

	return contents_is_sound(&scan->contents, page) &&
	       is_in_zone(scan->survey->target, page->node, page->zone, page->pfn) &&
	       is_in_zone(scan->survey->target, page->node, page->zone, last);
}

static struct error *scan_part(struct scan *scan, const struct pages_part *part)
{
	struct pages_walk walk = pages_walk_begin(scan->survey, part);
	const struct huge_page *page;
	struct error *err = NULL;
	uint32_t alike;

	while (!err && (page = pages_walk_next_alike(&walk, &alike))) {
		if (!walk.device && are_sound(scan, page, alike)) {
			scan->run->checked += (uint64_t)page->sound_frames * alike;
			pages_walk_skip(&walk, alike - 1);
		} else if (!walk.device ||
			   page->pfn >= device_first_compound(&scan->survey->target->kernel,
							      walk.device)) {
			err = check_page(scan, page);
		}
	}
	return err;
}

static struct error *work_do(const struct survey *view, struct check_run *run, void *data,
			     size_t number)
{
	const struct work *work = data;
	struct scan scan = {
		.survey = view,
		.run = run,
		.family = work->family,
		.loaded = UINT64_MAX,
	};
	const char *missing;
	struct error *err = contents_init(view, &scan.contents, &missing);

	if (!err && !missing)
		err = work->parts ? scan_part(&scan, &work->parts[number])
				  : check_zone_frames(&scan);
	contents_deinit(&scan.contents);
	return err;
}

static struct error *contents_run(const struct survey *survey, struct check_run *run,
				  enum scheme_family family)
{
	struct pages_parts parts = { 0 };
	struct contents contents;
	const char *missing;
	struct error *err = contents_init(survey, &contents, &missing);

	contents_deinit(&contents);
	if (!err && missing) {
		run->not_checked = 1;
		return check_reason(run, "%s", missing);
	}
	if (!err)
		err = work_do(survey, run, &(struct work){ family, NULL }, 0);
	if (!err)
		err = pages_parts_init(survey, family, &parts);
	if (!err)
		err = check_in_parts(survey, run, parts.count, work_do,
				     &(struct work){ family, parts.list });
	pages_parts_deinit(&parts);
	return err;
}

/* Which pages a zone spans: otherwise no head is found to name the wrong one. */
static struct error *zones_not_told(const struct survey *survey, struct check_run *run)
{
	const struct layout *layout = &survey->target->layout;
	uint64_t unreadable = survey->target->kernel.nodes_unreadable;

	if (unreadable && survey->scheme->hugetlb->target == TARGET_ZONE_TAIL) {
		run->not_checked += unreadable;
		return check_reason(run, "the zones of some nodes, which have shared frames, "
					 "cannot be read");
	}
	if (zone_spans_known(layout))
		return NULL;
	return types_lack(run, 1,
			  layout_has(layout, LAYOUT_ZONE_START_PFN) ? LAYOUT_ZONE_SPANNED_PAGES
								    : LAYOUT_ZONE_START_PFN);
}

static struct error *run_hugetlb_contents(const struct survey *survey, struct check_run *run)
{
	struct error *err;

	if (!huge_pages_checkable(survey, run, &err))
		return err;
	run->unit = "frames";
	err = huge_heads_unreadable(survey, run);
	if (!err)
		err = zones_not_told(survey, run);
	return err ? err : contents_run(survey, run, FAMILY_HUGETLB);
}

static struct error *run_dax_contents(const struct survey *survey, struct check_run *run)
{
	const struct devices *devices = survey->devices;

	run->unit = "frames";
	if (!devices->count)
		return NULL;
	if (!survey->scheme->dax->known) {
		run->not_checked = devices->count;
		return check_reason(run, "%s", survey->scheme->dax->title);
	}
	for (size_t i = 0; i < devices->count; i++)
		if (!devices->list[i].order_known && devices->list[i].kind == DEVICE_DAX)
			run->not_checked++;
	struct error *err = run->not_checked
				    ? check_reason(run, "the compound order of a device is "
							"not known")
				    : NULL;
	if (!err)
		err = devices_not_seen(survey, run);
	return err ? err : contents_run(survey, run, FAMILY_DAX);
}

const struct check check_hugetlb_contents = {
	.id = "hugetlb-contents",
	.title = "the struct pages of huge pages are those of one head and its tails",
	.rationale =
		"Each tail names its head (from v7.1 by a mask of its order), has the poisoned mapping "
		"of tails, no reference, no flag that says how a page is used, and the zone of its "
		"head. Of struct pages 1 to 3 of the huge page, where the kernel keeps what belongs to "
		"the folio, only link, zone and reference count are looked at. A head has no flag of "
		"reserved pages, of the LRU or of slabs, no map count of its own, nothing in private "
		"but flags of huge pages, and a mapping that points to something; while it is free, "
		"neither a mapping nor a lock, unless a memory error is being handled. Where three or "
		"more words of a struct page can be no member's, it was overwritten as a whole, and "
		"nothing else is said of it. In vmemmap pages that were restored none is: up to v7.0 "
		"the kernel makes them copies of the head's frame and then overwrites the first 3 "
		"struct pages (4 from v6.15, and in v6.12.111) with the ones after these, which are "
		"plain tails in each such kernel. A copy of the head, or of its first tails, that is "
		"left there is no tail, and \"Bad page state\" as soon as the page is freed; a page is "
		"reported once for all of these. A shared "
		"frame shows its struct "
		"pages for the tails of every page that maps it: one stray write there, or a frame "
		"that was never filled, changes them all. A reference count that is not zero lets a "
		"speculative get_page() write to a read-only page, which is an oops.",
	.basis = "Linux kernel mm/page_alloc.c, prep_compound_tail(); mm/hugetlb_vmemmap.c, "
		 "reset_struct_pages(); include/linux/page_ref.h, page_ref_add_unless()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no tails",
	.of_frames = true,
	.run = run_hugetlb_contents,
};

const struct check check_dax_contents = {
	.id = "dax-contents",
	.title = "the struct pages of a device's compound pages are those of heads and tails",
	.rationale =
		"Sharing leaves most struct pages of a device uninitialised, as their tails show one "
		"frame. Where the memmap is not shared after all, as in a section left over from "
		"boot, those never written are garbage to pfn walkers; and what is wrong in the "
		"shared frame is wrong for every tail. Idle heads of one device are alike byte by "
		"byte, and so are its tails where they hold a mask (from v7.1): that two pages have "
		"each other's frames is not seen there.",
	.basis = "Linux kernel mm/mm_init.c, memmap_init_zone_device(), memmap_init_compound()",
	.severity = SEVERITY_ERROR,
	.blind_when_quick = "reads no tails",
	.of_frames = true,
	.run = run_dax_contents,
};
