// SPDX-License-Identifier: LGPL-2.1-or-later
/* The report: the verdict first, then what it rests on. */
#include "analyzer/reports/report_parts.h"

#include <inttypes.h>

#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/plural.h"

static const enum document_style status_styles[] = {
	[STATUS_PASS] = STYLE_GOOD,	     [STATUS_FAIL] = STYLE_ERROR,
	[STATUS_WARN] = STYLE_WARNING,	     [STATUS_NOT_CHECKED] = STYLE_WARNING,
	[STATUS_NOT_APPLICABLE] = STYLE_DIM,
};

/* --- the first lines -------------------------------------------------------- */

/* Checks that could not look at all there was. */
static unsigned checks_blind(const struct check_results *checks)
{
	unsigned count = 0;

	for (size_t i = 0; i < checks->run_count; i++)
		count += checks->runs[i].not_checked > 0;
	return count;
}

/* Checks that are also about what no dump of this kind holds. */
static unsigned checks_out_of_reach(const struct check_results *checks)
{
	unsigned count = 0;

	for (size_t i = 0; i < checks->run_count; i++)
		count += checks->runs[i].out_of_reach > 0;
	return count;
}

static unsigned checks_with(const struct check_results *checks, enum check_status status)
{
	unsigned count = 0;

	for (size_t i = 0; i < checks->run_count; i++)
		count += checks->runs[i].status == status;
	return count;
}

/* What the report is not about, before anything else. */
static void add_limits(struct document_node *root, const struct analysis *analysis)
{
	if (analysis->interrupted || analysis->checks.interrupted) {
		document_bool(root, "interrupted", NULL, true);
		document_text(root, STYLE_WARNING,
			      "INTERRUPTED: what was not looked at by then is \"not checked\".");
	}
	if (analysis->quick) {
		document_bool(root, "quick", NULL, true);
		document_text(
			root, STYLE_WARNING,
			"Quick: page tables were looked at, and heads only where these are not as "
			"they should be; pages that share nothing are not counted.");
	}
}

/* The dump is not what it seems: this goes before any verdict. */
static void add_overwritten(struct document_node *root, const struct analysis *analysis)
{
	const struct overwritten *what = &analysis->overwritten;
	unsigned shift = analysis->target.kernel.page_shift;
	uint64_t bytes = 0;
	char size[BYTES_TEXT_MAX];

	if (!what->count)
		return;
	struct document_node *list = document_array(root, "overwritten", NULL);
	for (unsigned i = 0; i < what->count; i++) {
		const struct plugged_range *range = &what->ranges[i];
		struct document_node *node = document_object(list, NULL, NULL);

		document_hex(node, "start", NULL, range->start << shift);
		document_hex(node, "end", NULL, range->end << shift);
		document_count(node, "vmemmap_frames", NULL, range->frames);
		bytes += (range->end - range->start) << shift;
	}
	document_text(
		root, STYLE_WARNING,
		"OVERWRITTEN: %s of hot-plugged memory hold data of another kernel, most likely "
		"the capture kernel: what was there is not in this dump, and not checked.",
		bytes_text((int64_t)bytes, size, sizeof(size)));
}

static void add_live(struct document_node *root, const struct analysis *analysis)
{
	const struct analysis_live *live = &analysis->live;

	if (!live->is_live)
		return;
	struct document_node *node = document_object(root, "live", NULL);
	document_count(node, "looks", NULL, live->looks);
	document_bool(node, "settled", NULL, live->settled);
	struct document_node *changed = document_object(node, "changed_while_looking", NULL);
	document_count(changed, "huge_pages", NULL, live->changed_pages);
	document_count(changed, "findings", NULL, live->changed_findings);
	if (!live->settled || live->changed_pages || live->changed_findings)
		document_text(root, STYLE_NOTE,
			      "The machine runs; changed while looking (%u time%s): %" PRIu64
			      " huge page%s, and %" PRIu64
			      " thing%s that looked wrong for a moment.",
			      live->looks, plural(live->looks), live->changed_pages,
			      plural(live->changed_pages), live->changed_findings,
			      plural(live->changed_findings));
}

static void add_verdict(struct document_node *root, const struct analysis *analysis)
{
	const struct check_results *checks = &analysis->checks;
	unsigned blind = checks_blind(checks), passed = checks_with(checks, STATUS_PASS);

	if (checks->errors)
		document_text(root, STYLE_ERROR,
			      "FAULT: %" PRIu64 " error%s, %" PRIu64 " warning%s. See Findings.",
			      checks->errors, plural(checks->errors), checks->warnings,
			      plural(checks->warnings));
	else if (checks->warnings)
		document_text(root, STYLE_WARNING,
			      "SUSPECT: %" PRIu64 " warning%s, no error. See Findings.",
			      checks->warnings, plural(checks->warnings));
	else if (blind)
		document_text(
			root, STYLE_WARNING,
			"No fault found in what could be looked at; %u check%s could not look at "
			"everything. See Checks.",
			blind, plural(blind));
	else
		document_text(root, STYLE_GOOD, "No fault found: %u check%s passed.", passed,
			      plural(passed));
	if (blind && (checks->errors || checks->warnings))
		document_text(root, STYLE_WARNING,
			      "%u check%s could not look at everything. See Checks.", blind,
			      plural(blind));
	if (checks->notes)
		document_text(root, STYLE_NOTE, "%" PRIu64 " note%s. See Findings.", checks->notes,
			      plural(checks->notes));
}

static void add_sample(struct document_node *root, const struct dump *dump)
{
	if (dump->sample)
		document_text(
			root, STYLE_WARNING,
			"This dump is a sample (%s): what is not in it is not counted and not "
			"checked.",
			dump->sample);
}

static void add_truncation(struct document_node *root, const struct dump *dump)
{
	char missing[32];

	if (!dump->truncated)
		return;
	document_text(root, STYLE_WARNING, "The dump is truncated%s%s: analysed as far as it goes.",
		      dump->missing_bytes ? ", missing " : "",
		      dump->missing_bytes
			      ? bytes_text((int64_t)dump->missing_bytes, missing, sizeof(missing))
			      : "");
}

static void add_packed(struct document_node *root, const struct dump_packed *packed)
{
	char text[PACKED_TEXT_BYTES];

	if (packed->state != PACKED_WHOLE)
		document_text(
			root, STYLE_WARNING,
			"The file, packed with %s, %s: what could be unpacked was analysed%s.",
			packed->name, packed_state_text(packed->state, packed->state_offset, text),
			packed->state == PACKED_DAMAGED ? ", and may be wrong" : "");
}

static void add_damaged_pages(struct document_node *root, const struct dump *dump)
{
	const struct memory_damage damage = memory_damage(dump->memory);
	char first[DAMAGE_TEXT_MAX];

	if (damage.count)
		document_text(root, STYLE_WARNING,
			      "%" PRIu64 " page%s in the dump %s damaged and cannot be unpacked "
			      "(pfn %s): what is on %s was not looked at.",
			      damage.count, plural(damage.count), verb_be(damage.count),
			      report_damage(&damage, first, sizeof(first)),
			      damage.count == 1 ? "it" : "them");
}

/* --- hugetlb ---------------------------------------------------------------- */

static void add_blockers(struct document_node *node, const struct pool *pool)
{
	struct document_node *reasons = document_object(node, "not_optimized_because", NULL);

	for (unsigned i = 0; i < BLOCKER_COUNT; i++)
		if (pool->blocked[i])
			document_count(reasons, blocker_id((enum blocker)i), NULL,
				       pool->blocked[i]);
}

/* Of pages that share nothing a quick look counts none, so that it knows no sum of them. */
static void add_count(struct document_node *node, const char *key, const char *label, bool known,
		      uint64_t count)
{
	if (known)
		document_count(node, key, label, count);
	else
		document_null(node, key, label);
}

static void add_pools(struct document_node *hugetlb, const struct savings *savings, bool quick)
{
	struct document_node *list = document_array(hugetlb, "pools", "Pools");

	for (size_t i = 0; i < savings->pool_count; i++) {
		const struct pool *pool = &savings->pools[i];
		struct document_node *node = document_object(list, NULL, NULL);

		document_bytes(node, "size_bytes", "SIZE", (int64_t)pool->size_bytes);
		document_count(node, "node", "NODE", pool->node);
		document_count(node, "order", NULL, pool->order);
		add_count(node, "pages", "PAGES", !quick, pool->pages);
		add_count(node, "free", "FREE", !quick && !pool->assumed, pool->free);
		document_count(node, "optimized", "OPTIMISED", pool->optimized);
		add_count(node, "not_optimized", "NOT OPTIMISED", !quick, pool->not_optimized);
		add_count(node, "in_transition", pool->in_transition ? "CHANGING" : NULL, !quick,
			  pool->in_transition);
		document_count(node, "unknown", pool->unknown ? "UNKNOWN" : NULL, pool->unknown);
		document_bytes(node, "saved_bytes", "SAVED", (int64_t)pool->saved_bytes);
		report_add_bytes_if(node, "could_save_bytes", "COULD SAVE", !quick,
				    (int64_t)pool->could_save_bytes);
		if (quick) {
			document_null(node, "not_optimized_because", NULL);
			continue;
		}
		add_blockers(node, pool);
	}
}

/* One line for each reason that holds anywhere. */
static void add_reasons(struct document_node *hugetlb, const struct savings *savings)
{
	for (unsigned reason = 0; reason < BLOCKER_COUNT; reason++) {
		uint64_t pages = 0;

		for (size_t i = 0; i < savings->pool_count; i++)
			pages += savings->pools[i].blocked[reason];
		if (pages)
			document_text(hugetlb, STYLE_PLAIN, "%" PRIu64 " not optimised: %s.", pages,
				      blocker_text((enum blocker)reason));
	}
}

static void add_hstate_nodes(struct document_node *node, const struct hstate *hstate, size_t count)
{
	struct document_node *list = document_array(node, "nodes", NULL);

	for (size_t i = 0; i < count; i++) {
		const struct hstate_node *per_node = &hstate->nodes[i];
		struct document_node *item = document_object(list, NULL, NULL);

		document_count(item, "node", NULL, per_node->node);
		if (!per_node->known) {
			document_null(item, "pages", NULL);
			document_null(item, "free", NULL);
			document_null(item, "surplus", NULL);
			continue;
		}
		document_integer(item, "pages", NULL, (int64_t)per_node->pages);
		document_integer(item, "free", NULL, (int64_t)per_node->free);
		document_integer(item, "surplus", NULL, (int64_t)per_node->surplus);
	}
}

static void add_hstate_counters(struct document_node *node, const struct hstate *hstate)
{
	const struct {
		const char *key, *label;
		enum hstate_counter counter;
		uint64_t value;
	} counters[] = {
		{ "pages", "PAGES", HSTATE_PAGES, hstate->pages },
		{ "free", "FREE", HSTATE_FREE, hstate->free },
		{ "reserved", "RESERVED", HSTATE_RESERVED, hstate->reserved },
		{ "surplus", "SURPLUS", HSTATE_SURPLUS, hstate->surplus },
		{ "overcommit", NULL, HSTATE_OVERCOMMIT, hstate->overcommit },
		{ "max", "MAX", HSTATE_MAX, hstate->max },
	};

	for (size_t i = 0; i < COUNT_OF(counters); i++)
		if (hstate_knows(hstate, counters[i].counter))
			document_integer(node, counters[i].key, counters[i].label,
					 (int64_t)counters[i].value);
		else
			document_null(node, counters[i].key, counters[i].label);
}

static void add_hstates(struct document_node *hugetlb, const struct analysis *analysis)
{
	struct document_node *list = document_array(hugetlb, "hstates", "Kernel's counters");

	for (size_t i = 0; i < analysis->inventory.hstate_count; i++) {
		const struct hstate *hstate = &analysis->inventory.hstates[i];
		struct document_node *node = document_object(list, NULL, NULL);

		document_string(node, "name", "HSTATE", "%s", hstate->name[0] ? hstate->name : "?");
		report_add_bytes_if(node, "size_bytes", NULL, hstate->order_known,
				    (int64_t)hstate->size_bytes);
		add_count(node, "order", NULL, hstate->order_known, hstate->order);
		add_hstate_counters(node, hstate);
		add_hstate_nodes(node, hstate, analysis->target.kernel.node_count);
	}
}

static void add_census(struct document_node *node, const struct analysis *analysis)
{
	const struct huge_census *census = &analysis->savings.census;
	bool looked = !analysis->quick && !analysis->inventory.mark_missing;

	add_count(node, "pages_found", NULL, looked, census->read);
	add_count(node, "pages_by_tables", NULL, looked, census->by_tables);
	add_count(node, "pages_counted", NULL, !analysis->quick && census->counts_known,
		  census->counted);
	add_count(node, "pages_missing", NULL, looked && census->counts_known, census->unseen);
}

static void add_hugetlb(struct document_node *root, const struct analysis *analysis)
{
	struct document_node *node = document_object(root, "hugetlb", "HugeTLB");

	if (analysis->inventory.mark)
		document_string(node, "mark", NULL, "%s", analysis->inventory.mark);
	else
		document_null(node, "mark", NULL);
	add_census(node, analysis);
	add_pools(node, &analysis->savings, analysis->quick);
	if (!analysis->quick)
		add_reasons(node, &analysis->savings);
	add_hstates(node, analysis);
}

/* --- savings ---------------------------------------------------------------- */

static const char not_looked_at[] = "not looked at";

/* Null, and for people why. */
static void add_unknown(struct document_node *node, const char *key, const char *label,
			const char *why)
{
	document_null(node, key, why ? NULL : label);
	if (label && why)
		document_string(node, NULL, label, "%s", why);
}

static void add_could_save(struct document_node *node, const char *key, const char *label,
			   const struct savings_balance *balance, bool known)
{
	if (known)
		document_bytes(node, key, label, (int64_t)balance->could_save_bytes);
	else
		add_unknown(node, key, label, not_looked_at);
}

static void add_balance(struct document_node *node, const struct savings_balance *balance,
			bool could_known, bool is_shown)
{
	const struct {
		const char *key, *label, *least_label;
		int64_t value;
		bool known;
	} lines[] = {
		{ "gross_bytes", "Vmemmap pages saved", "Vmemmap pages saved, at least",
		  (int64_t)balance->gross_bytes, true },
		{ "page_table_cost_bytes", "less page tables", "less page tables",
		  (int64_t)balance->page_table_cost_bytes, true },
		{ "shared_frame_cost_bytes", "less shared frames", "less shared frames",
		  (int64_t)balance->shared_frame_cost_bytes, true },
		{ "net_bytes", "Net", "Net, at least", balance->net_bytes,
		  balance_net_known(balance) },
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++)
		report_add_bytes_if(node, lines[i].key,
				    !is_shown		? NULL
				    : balance->at_least ? lines[i].least_label
							: lines[i].label,
				    lines[i].known, lines[i].value);
	add_could_save(node, "could_save_bytes", is_shown ? "Could still be saved" : NULL, balance,
		       could_known);
	document_bool(node, "at_least", NULL, balance->at_least);
}

/* For people a column each; without devices HugeTLB is all there is. */
static void add_balances(struct document_node *node, const struct savings *savings, bool quick)
{
	const struct {
		const char *name;
		const struct savings_balance *balance;
		bool could_known;
	} rows[] = {
		{ "HugeTLB", &savings->hugetlb, !quick },
		{ "devices", &savings->dax, true },
		{ "in all", &savings->total, !quick },
	};
	struct document_node *table = document_array(node, NULL, "Balance");

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct savings_balance *balance = rows[i].balance;
		struct document_node *row = document_object(table, NULL, NULL);

		document_string(row, "of", "SCOPE", "%s%s", rows[i].name,
				balance->at_least ? " at least" : "");
		document_bytes(row, "saved", "SAVED", (int64_t)balance->gross_bytes);
		document_bytes(row, "tables", "PAGE TABLES",
			       (int64_t)balance->page_table_cost_bytes);
		document_bytes(row, "frames", "SHARED FRAMES",
			       (int64_t)balance->shared_frame_cost_bytes);
		report_add_bytes_if(row, "net", "NET", balance_net_known(balance),
				    balance->net_bytes);
		report_add_bytes_if(row, "more", "COULD SAVE", rows[i].could_known,
				    (int64_t)balance->could_save_bytes);
	}
	if (quick)
		document_text(
			node, STYLE_NOTE,
			"-: what HugeTLB pages that share nothing could save was not looked at.");
}

/* By node and size; for people the sum. */
static void add_unwritten(struct document_node *savings_node, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	uint64_t bytes = 0;

	for (size_t i = 0; i < savings->unwritten_count; i++)
		bytes += savings->unwritten[i].bytes;
	document_bytes(savings_node, "boot_unwritten_bytes",
		       bytes ? "Struct pages that boot did not write" : NULL, (int64_t)bytes);
	struct document_node *list = document_array(savings_node, "boot_unwritten", NULL);
	for (size_t i = 0; i < savings->unwritten_count; i++) {
		const struct unwritten *unwritten = &savings->unwritten[i];
		struct document_node *node = document_object(list, NULL, NULL);

		add_count(node, "node", NULL, unwritten->node_known, unwritten->node);
		report_add_bytes_if(
			node, "size_bytes", NULL, unwritten->order > 0,
			(int64_t)(analysis->target.kernel.page_size << unwritten->order));
		document_count(node, "sections", NULL, unwritten->sections);
		document_count(node, "pages", NULL, unwritten->pages);
		document_count(node, "struct_pages", NULL, unwritten->struct_pages);
		document_bytes(node, "bytes", NULL, (int64_t)unwritten->bytes);
	}
}

static void add_savings(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	struct document_node *node = document_object(root, "savings", "Savings");
	bool devices = analysis->devices.count > 0;

	add_balance(node, &savings->hugetlb, !analysis->quick, !devices);
	document_count(node, "shared_frames", NULL, savings->shared_frames);
	document_count(node, "table_pages", NULL, savings->table_pages);
	add_balance(document_object(node, "dax", NULL), &savings->dax, true, false);
	add_balance(document_object(node, "total", NULL), &savings->total, !analysis->quick, false);
	if (devices)
		add_balances(node, savings, analysis->quick);
	document_bytes(node, "dax_next_scheme_bytes",
		       savings->dax_next_bytes ? "Devices, with the next scheme" : NULL,
		       (int64_t)savings->dax_next_bytes);
	document_bytes(node, "dax_in_devices_bytes",
		       savings->dax_altmap_bytes ? "Taken from devices by their memmap" : NULL,
		       (int64_t)savings->dax_altmap_bytes);
	add_unwritten(node, analysis);
	report_add_advice(node, analysis);
}

/* --- checks and findings ---------------------------------------------------- */

static void add_checks(struct document_node *root, const struct check_results *checks)
{
	struct document_node *list = document_array(root, "checks", "Checks");

	for (size_t i = 0; i < checks->run_count; i++) {
		const struct check_run *run = &checks->runs[i];
		struct document_node *node = document_object(list, NULL, NULL);

		document_string(node, "id", "CHECK", "%s", run->check->id);
		document_string(node, "title", NULL, "%s", run->check->title);
		document_string(node, "severity", NULL, "%s", severity_name(run->check->severity));
		document_style(document_string(node, "status", "STATUS", "%s",
					       check_status_name(run->status)),
			       status_styles[run->status]);
		document_count(node, "checked", "CHECKED", run->checked);
		document_string(node, "unit", "UNIT", "%s", run->unit);
		document_count(node, "not_checked", "NOT CHECKED", run->not_checked);
		document_count(node, "violations", "FINDINGS", run->violations);
		if (run->reason)
			document_string(node, "reason", NULL, "%s", run->reason);
		if (run->out_of_reach) {
			document_count(node, "out_of_reach", NULL, run->out_of_reach);
			document_string(node, "out_of_reach_because", NULL, "%s",
					run->reach_reason);
		}
	}
}

static void add_not_checked(struct document_node *root, const struct check_results *checks)
{
	for (size_t i = 0; i < checks->run_count; i++) {
		const struct check_run *run = &checks->runs[i];

		if (!run->reason)
			continue;
		if (run->not_checked)
			document_text(root, STYLE_WARNING,
				      "%s: %" PRIu64 " of %" PRIu64 " %s not checked: %s.",
				      run->check->id, run->not_checked,
				      run->checked + run->not_checked, run->unit, run->reason);
		else
			document_text(root, STYLE_DIM, "%s: %s: %s.", run->check->id,
				      check_status_name(run->status), run->reason);
	}
}

static void add_out_of_reach(struct document_node *root, const struct check_results *checks)
{
	for (size_t i = 0; i < checks->run_count; i++) {
		const struct check_run *run = &checks->runs[i];

		if (run->out_of_reach)
			document_text(
				root, STYLE_DIM, "%s: %" PRIu64 " more %s are out of reach: %s.",
				run->check->id, run->out_of_reach, run->unit, run->reach_reason);
	}
}

/* The worst first. */
static void add_findings(struct document_node *root, const struct analysis *analysis)
{
	const struct check_results *checks = &analysis->checks;
	bool any = checks->errors + checks->warnings + checks->notes > 0;
	struct document_node *list = document_array(root, "findings", any ? "Findings" : NULL);

	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < checks->run_count; i++)
			for (size_t k = 0; k < checks->runs[i].finding_count; k++)
				if ((int)checks->runs[i].findings[k].severity == severity)
					report_add_finding(list, analysis,
							   &checks->runs[i].findings[k]);
	if (any)
		document_text(
			root, STYLE_DIM,
			"'vmemscope explain CHECK' explains a check, 'vmemscope page DUMP PFN' "
			"shows a page entry by entry.");
}

static void add_cut_findings(struct document_node *root, const struct check_results *checks)
{
	for (size_t i = 0; i < checks->run_count; i++) {
		const struct check_run *run = &checks->runs[i];

		if (run->violations > run->finding_count)
			document_text(root, STYLE_WARNING,
				      "%s: the first %zu of %" PRIu64 " finding%s %s listed.",
				      run->check->id, run->finding_count, run->violations,
				      plural(run->violations), verb_be(run->finding_count));
	}
}

/* --- coverage --------------------------------------------------------------- */

static void add_coverage(struct document_node *root, const struct analysis *analysis,
			 uint64_t damaged_pages)
{
	const struct inventory *inventory = &analysis->inventory;
	uint64_t unknown_subsections = 0;
	bool complete;

	for (size_t i = 0; i < analysis->target.kernel.section_count; i++)
		unknown_subsections += !analysis->target.kernel.sections[i].subsections_known;
	complete = !analysis->target.kernel.sections_unreadable &&
		   !analysis->target.kernel.nodes_unreadable && !analysis->map.pages_unreadable &&
		   !inventory->candidates_unreadable && !inventory->mark_missing &&
		   inventory->hstates_known && checks_blind(&analysis->checks) == 0 &&
		   !damaged_pages && !unknown_subsections &&
		   !devices_data_untold(&analysis->devices);

	struct document_node *node =
		document_object(root, "coverage", complete ? NULL : "Coverage");
	document_bool(node, "complete", "Complete", complete);
	if (damaged_pages)
		document_count(node, "damaged_pages", "Pages damaged in the dump", damaged_pages);
	document_count(node, "checks_blind", "Checks that did not see all",
		       checks_blind(&analysis->checks));
	document_count(node, "checks_out_of_reach", NULL, checks_out_of_reach(&analysis->checks));
	document_count(node, "sections_unreadable", "Sections not readable",
		       analysis->target.kernel.sections_unreadable);
	document_count(node, "sections_inferred", "... inferred from page tables",
		       analysis->target.kernel.sections_inferred);
	document_count(node, "sections_without_subsection_map",
		       unknown_subsections ? "... of which no part is known to exist" : NULL,
		       unknown_subsections);
	document_count(node, "devices_data_unknown",
		       devices_data_untold(&analysis->devices)
			       ? "Devices whose own part is not known"
			       : NULL,
		       devices_data_untold(&analysis->devices));
	document_count(node, "nodes_unreadable", "Nodes not readable",
		       analysis->target.kernel.nodes_unreadable);
	document_count(node, "vmemmap_pages_unreadable", "Vmemmap pages without page tables",
		       analysis->map.pages_unreadable);
	document_bool(node, "hstates_known", "Pools readable", inventory->hstates_known);
	add_count(node, "candidates", "Struct pages looked at", !analysis->quick,
		  inventory->candidates);
	add_count(node, "candidates_unreadable", "... that could not be read", !analysis->quick,
		  inventory->candidates_unreadable);
	if (inventory->candidates_unreadable) {
		document_hex(node, "first_unreadable_pfn", "... the first of them",
			     inventory->unreadable_first);
		document_string(node, "first_unreadable_because", NULL, "%s",
				memory_state_text(inventory->unreadable_state));
	}
}

struct error *report_build(const struct report_source *source, struct document **ret)
{
	const struct analysis *analysis = source->analysis;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;

	struct document_node *root = document_root(document);
	if (source->path)
		document_string(root, "path", NULL, "%s", source->path);
	document_string(root, "schema", NULL, "%s", report_kind.schema);
	document_count(root, "schema_version", NULL, report_kind.version);
	struct document_node *tool = document_object(root, "tool", NULL);
	document_string(tool, "name", NULL, "vmemscope");
	document_string(tool, "version", NULL, "%s", source->version);
	/* What happened goes first; that nothing is known of it does not. */
	if (crash_cause(&analysis->crash))
		report_add_crash(root, analysis);
	add_limits(root, analysis);
	add_overwritten(root, analysis);
	add_verdict(root, analysis);
	add_live(root, analysis);
	report_add_summary(root, analysis);
	if (!crash_cause(&analysis->crash))
		report_add_crash(root, analysis);
	add_sample(root, source->dump);
	add_packed(root, &source->dump->packed);
	add_truncation(root, source->dump);
	add_damaged_pages(root, source->dump);
	report_add_dump(root, source);
	report_add_kernel(root, source);
	report_add_vmemmap(root, analysis);
	add_hugetlb(root, analysis);
	report_add_dax(root, analysis);
	add_savings(root, analysis);
	add_checks(root, &analysis->checks);
	add_not_checked(root, &analysis->checks);
	add_out_of_reach(root, &analysis->checks);
	add_findings(root, analysis);
	add_cut_findings(root, &analysis->checks);
	report_add_known_bugs(root, analysis);
	add_coverage(root, analysis, memory_damage(source->dump->memory).count);

	return report_finish(document, ret);
}
