// SPDX-License-Identifier: LGPL-2.1-or-later
/* Chooses compound pages, then the recorded frames that go with them. */
#include "analyzer/distill/selection.h"

#include "analyzer/analysis/analysis.h"
#include "include/bisect.h"
#include "include/error.h"
#include "include/vector.h"

const struct selection selection_all = {
	.hugetlb = true,
	.dax = true,
	.node = -1,
	.pfn_end = UINT64_MAX,
	.sample = UINT64_MAX,
};

bool selection_is_all(const struct selection *selection)
{
	return selection->hugetlb && selection->dax && selection->node < 0 &&
	       selection->pfn_start == 0 && selection->pfn_end == UINT64_MAX &&
	       selection->sample == UINT64_MAX;
}

/* Of one family, order, node and mapping: how many have been taken. */
struct kind {
	uint8_t family, order, mapping;
	bool optimized;
	uint16_t node;
	uint64_t taken;
};

/* Vmemmap pages [first, end). */
struct piece {
	uint64_t first, end;
};

enum { KINDS_MAX = 4096 };

struct chooser {
	const struct analysis *analysis;
	const struct selection *selection;
	struct kind *kinds;
	size_t kind_count;
	struct piece *pieces; /* chosen; sorted and disjoint once all are there */
	size_t piece_count, piece_room;
	uint64_t *needed; /* vmemmap pages with the struct pages of chosen frames; sorted */
	size_t needed_count, needed_room;
	pfn_t *tables; /* lowest-level tables of the vmemmap that serve nothing chosen; sorted */
	size_t table_count, table_room;
};

static void chooser_deinit(struct chooser *chooser)
{
	free(chooser->kinds);
	free(chooser->pieces);
	free(chooser->needed);
	free(chooser->tables);
}

static int number_compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static bool number_in(const uint64_t *numbers, size_t count, uint64_t wanted)
{
	return count && bsearch(&wanted, numbers, count, sizeof(*numbers), number_compare);
}

/* --- pages -------------------------------------------------------------------- */

static struct error *piece_add(struct chooser *chooser, uint64_t first, uint64_t count)
{
	return vector_push(chooser->pieces, chooser->piece_count, chooser->piece_room,
			   (struct piece){ first, first + count });
}

static struct kind *kind_of(struct chooser *chooser, const struct huge_page *page)
{
	struct kind wanted = {
		.family = page->family,
		.order = page->order,
		.mapping = page->mapping.kind,
		.optimized = page->optimized,
		.node = page->node,
	};

	for (size_t i = 0; i < chooser->kind_count; i++) {
		struct kind *kind = &chooser->kinds[i];

		if (kind->family == wanted.family && kind->order == wanted.order &&
		    kind->mapping == wanted.mapping && kind->optimized == wanted.optimized &&
		    kind->node == wanted.node)
			return kind;
	}
	if (chooser->kind_count == KINDS_MAX)
		return NULL;
	chooser->kinds[chooser->kind_count] = wanted;
	return &chooser->kinds[chooser->kind_count++];
}

static bool is_wanted(const struct selection *selection, const struct huge_page *page)
{
	bool family = page->family == FAMILY_DAX ? selection->dax : selection->hugetlb;

	return family && (selection->node < 0 || (unsigned)selection->node == page->node) &&
	       page->pfn >= selection->pfn_start && page->pfn < selection->pfn_end;
}

static struct error *page_choose(struct chooser *chooser, const struct huge_page *page)
{
	struct kind *kind;

	if (!is_wanted(chooser->selection, page))
		return NULL;
	kind = kind_of(chooser, page);
	if (!kind || kind->taken >= chooser->selection->sample)
		return NULL;
	kind->taken++;
	return piece_add(chooser, vmemmap_index_of(&chooser->analysis->target.kernel, page->pfn),
			 page->mapping.pages);
}

static struct error *pages_choose(struct chooser *chooser)
{
	const struct analysis *analysis = chooser->analysis;
	const struct huge_page *huge;
	struct huge_page page;
	struct error *err = NULL;

	for (struct huge_cursor cursor = { 0 };
	     !err && (huge = huge_pages_next(&analysis->inventory.pages, &cursor));)
		err = page_choose(chooser, huge);
	for (size_t i = 0; !err && i < analysis->devices.count; i++) {
		const struct device *device = &analysis->devices.list[i];

		for (pfn_t pfn = device->start;
		     !err && device_compound(&analysis->survey, device, pfn, &page);
		     pfn = page.pfn + (UINT64_C(1) << page.order))
			err = page_choose(chooser, &page);
	}
	return err;
}

/* Vmemmap pages that a finding is about, and all of the huge page that they are of. */
static struct error *place_choose(struct chooser *chooser, uint64_t index, uint64_t count,
				  pfn_t pfn)
{
	const struct analysis *analysis = chooser->analysis;
	struct huge_page page;
	struct error *err = count ? piece_add(chooser, index, count) : NULL;

	if (err || !huge_pages_find(&analysis->inventory.pages, pfn, &page))
		return err;
	return piece_add(chooser, vmemmap_index_of(&analysis->target.kernel, page.pfn),
			 page.mapping.pages);
}

static struct error *finding_choose(struct chooser *chooser, const struct finding *finding)
{
	if (!finding->has_pfn)
		return NULL;
	return place_choose(chooser, finding->index, finding->has_vmemmap ? finding->count : 0,
			    finding->pfn);
}

/* All findings, listed or not; only of notes no more is known than the list. */
static struct error *findings_choose(struct chooser *chooser)
{
	const struct check_results *checks = &chooser->analysis->checks;
	struct error *err = NULL;

	for (size_t i = 0; i < checks->run_count; i++) {
		const struct check_run *run = &checks->runs[i];

		for (size_t k = 0; !err && k < run->covered_count; k++) {
			const struct covered *covered = &run->covered[k];

			err = place_choose(chooser, covered->first, covered->end - covered->first,
					   vmemmap_first_pfn(&chooser->analysis->target.kernel,
							     covered->first));
		}
		for (size_t k = 0; !err && k < run->finding_count; k++)
			err = finding_choose(chooser, &run->findings[k]);
	}
	return err;
}

static int piece_compare(const void *a, const void *b)
{
	const struct piece *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return left->end < right->end ? -1 : left->end > right->end;
}

static void pieces_join(struct chooser *chooser)
{
	size_t kept = 0;

	if (chooser->piece_count == 0)
		return;
	qsort(chooser->pieces, chooser->piece_count, sizeof(*chooser->pieces), piece_compare);
	for (size_t i = 1; i < chooser->piece_count; i++) {
		struct piece *last = &chooser->pieces[kept];

		if (chooser->pieces[i].first <= last->end)
			last->end = chooser->pieces[i].end > last->end ? chooser->pieces[i].end
								       : last->end;
		else
			chooser->pieces[++kept] = chooser->pieces[i];
	}
	chooser->piece_count = kept + 1;
}

/* True if [first, first + count) has something of what is chosen. */
static bool is_chosen(const struct chooser *chooser, uint64_t first, uint64_t count)
{
	size_t at = bisect(chooser->piece_count, i, chooser->pieces[i].end <= first);

	return at < chooser->piece_count && chooser->pieces[at].first < first + count;
}

/* --- struct pages of chosen frames ----------------------------------------------- */

static struct error *need_frames(struct chooser *chooser, pfn_t frame, uint64_t count)
{
	const struct kernel *kernel = &chooser->analysis->target.kernel;
	uint64_t index = vmemmap_index_of(kernel, frame);
	uint64_t last = vmemmap_index_of(kernel, frame + count - 1);

	for (; index <= last; index++) {
		struct error *err;

		if (chooser->needed_count && chooser->needed[chooser->needed_count - 1] == index)
			continue;
		err = vector_push(chooser->needed, chooser->needed_count, chooser->needed_room,
				  index);
		if (err)
			return err;
	}
	return NULL;
}

static struct error *need_piece(struct chooser *chooser, const struct piece *piece)
{
	const struct vmemmap_map *map = &chooser->analysis->map;
	struct vmemmap_run run;
	struct error *err = NULL;

	for (bool more = vmemmap_run_from(map, piece->first, &run);
	     !err && more && run.first < piece->end; more = vmemmap_run_next(map, &run)) {
		uint64_t first = run.first < piece->first ? piece->first : run.first;
		uint64_t end = vmemmap_run_end(&run);

		if (end > piece->end)
			end = piece->end;
		if (vmemmap_run_mapped(&run))
			err = need_frames(chooser, vmemmap_run_frame(&run, first),
					  run.constant ? 1 : end - first);
	}
	return err;
}

static struct error *frames_need(struct chooser *chooser)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < chooser->piece_count; i++)
		err = need_piece(chooser, &chooser->pieces[i]);
	if (chooser->needed_count)
		qsort(chooser->needed, chooser->needed_count, sizeof(*chooser->needed),
		      number_compare);
	return err;
}

/* --- tables ------------------------------------------------------------------------ */

static bool table_serves(const struct chooser *chooser, uint64_t first, uint64_t count)
{
	if (is_chosen(chooser, first, count))
		return true;
	for (uint64_t index = first; index < first + count; index++)
		if (number_in(chooser->needed, chooser->needed_count, index))
			return true;
	return false;
}

/* The lowest-level table that maps the vmemmap of pages from @index on, if there is one. */
static struct error *table_look(struct chooser *chooser, struct pgwalk *walk, uint64_t index,
				uint64_t span)
{
	const struct analysis *analysis = chooser->analysis;
	struct mapping mapping;
	struct error *err =
		pgwalk_at(walk, vmemmap_address(&analysis->target.kernel, index), &mapping);

	if (err || mapping.level != 0 || table_serves(chooser, index, span))
		return err;
	return vector_push(chooser->tables, chooser->table_count, chooser->table_room,
			   mapping.entry_addr >> analysis->target.kernel.page_shift);
}

static struct error *tables_look(struct chooser *chooser)
{
	const struct analysis *analysis = chooser->analysis;
	const struct vmemmap_map *map = &analysis->map;
	uint64_t span = UINT64_C(1) << analysis->target.paging.level[0].bits, next = 0;
	struct pgwalk walk;
	struct error *err = pgwalk_init(&walk, analysis->target.arch, &analysis->target.paging,
					analysis->target.memory);

	for (size_t i = 0; !err && i < map->row_count; i++) {
		uint64_t index = map->rows[i].first / span * span;
		uint64_t end = vmemmap_row_end(&map->rows[i]);

		for (index = index < next ? next : index; !err && index < end; index += span) {
			err = table_look(chooser, &walk, index, span);
			next = index + span;
		}
	}
	pgwalk_deinit(&walk);
	if (chooser->table_count)
		qsort(chooser->tables, chooser->table_count, sizeof(*chooser->tables),
		      number_compare);
	return err;
}

/* --- recorded frames ---------------------------------------------------------------- */

/* A frame behind the vmemmap stays if something chosen shows it, or is described in it. */
static bool frame_stays(const struct chooser *chooser, pfn_t frame)
{
	uint64_t index, count;
	bool any = false;

	if (number_in(chooser->tables, chooser->table_count, frame))
		return false;
	for (size_t cursor = 0;
	     vmemmap_users_next(&chooser->analysis->map, frame, &cursor, &index, &count);) {
		any = true;
		if (is_chosen(chooser, index, count) ||
		    (count == 1 && number_in(chooser->needed, chooser->needed_count, index)))
			return true;
	}
	return !any;
}

struct error *selection_frames(const struct analysis *analysis, const struct selection *selection,
			       const pfn_t *frames, size_t count, pfn_t **kept_ret,
			       size_t *kept_count_ret)
{
	_cleanup_(chooser_deinit) struct chooser chooser = {
		.analysis = analysis,
		.selection = selection,
		.kinds = calloc(KINDS_MAX, sizeof(*chooser.kinds)),
	};
	pfn_t *kept = calloc(count + 1, sizeof(*kept));
	struct error *err = kept && chooser.kinds ? pages_choose(&chooser) : error_nomem();

	if (!err)
		err = findings_choose(&chooser);
	pieces_join(&chooser);
	if (!err)
		err = frames_need(&chooser);
	if (!err)
		err = tables_look(&chooser);
	if (err) {
		free(kept);
		return err;
	}
	*kept_count_ret = 0;
	for (size_t i = 0; i < count; i++)
		if (frame_stays(&chooser, frames[i]))
			kept[(*kept_count_ret)++] = frames[i];
	*kept_ret = kept;
	return NULL;
}
