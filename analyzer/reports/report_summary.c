// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a report says first of what is saved, and of how much could be seen. */
#include "analyzer/reports/report_parts.h"
#include "include/plural.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- HugeTLB ------------------------------------------------------------------ */

static uint64_t optimized_pages(const struct savings *savings)
{
	uint64_t count = 0;

	for (size_t i = 0; i < savings->pool_count; i++)
		count += savings->pools[i].optimized;
	return count;
}

/* Pages of which the flag says what their page tables do not show; into @buf. */
enum { FLAGS_MAX = 160 };

static const char *flags_differ(const struct savings *savings, char buf[FLAGS_MAX])
{
	uint64_t flagless = 0, only = 0;
	int length = 0;

	for (size_t i = 0; i < savings->pool_count; i++) {
		flagless += savings->pools[i].flagless;
		only += savings->pools[i].blocked[BLOCKER_FLAG_ONLY];
	}
	buf[0] = '\0';
	if (flagless)
		length = snprintf(buf, FLAGS_MAX, "; %" PRIu64 " of these %s HPG_vmemmap_optimized",
				  flagless, flagless == 1 ? "lacks" : "lack");
	if (only)
		snprintf(buf + length, FLAGS_MAX - (size_t)length,
			 "; %" PRIu64 " more %s HPG_vmemmap_optimized, but share%s nothing", only,
			 only == 1 ? "has" : "have", only == 1 ? "s" : "");
	return buf;
}

static uint64_t unknown_pages(const struct savings *savings)
{
	uint64_t count = 0;

	for (size_t i = 0; i < savings->pool_count; i++)
		count += savings->pools[i].unknown;
	return count;
}

static uint64_t pages_known_of(const struct huge_census *census)
{
	return census->read + census->by_tables + census->unseen;
}

static void add_least(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	uint64_t optimized = optimized_pages(savings);
	char gross[32], flags[FLAGS_MAX];

	if (!optimized) {
		document_text(root, STYLE_PLAIN,
			      analysis->map.pages_unreadable
				      ? "Whether huge pages are optimised is not known: page "
					"tables are not in the dump."
				      : "No huge page that can be seen is optimised.");
		return;
	}
	document_text(root, STYLE_PLAIN,
		      "At least %" PRIu64 " huge page%s %s optimised, which saves at least %s%s.",
		      optimized, plural(optimized), verb_be(optimized),
		      bytes_text((int64_t)savings->hugetlb.gross_bytes, gross, sizeof(gross)),
		      flags_differ(savings, flags));
}

static void add_quick(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	uint64_t optimized = optimized_pages(savings);
	char gross[32];

	if (savings->hugetlb.at_least)
		add_least(root, analysis);
	else if (optimized == 0)
		document_text(root, STYLE_PLAIN, "No HugeTLB page shares its vmemmap.");
	else
		document_text(
			root, STYLE_PLAIN, "%" PRIu64 " huge page%s %s optimised, which saves %s.",
			optimized, plural(optimized), verb_be(optimized),
			bytes_text((int64_t)savings->hugetlb.gross_bytes, gross, sizeof(gross)));
}

/* Some heads are not in the dump: counters and page tables tell how many. */
static void add_heads_missing(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	const struct huge_census *census = &savings->census;
	uint64_t missing = census->by_tables + census->unseen, known = pages_known_of(census);
	bool exact = census->counts_known && known == census->counted;
	/* Heads that no page table leads to may well be in the dump. */
	bool led_to = !analysis->map.pages_hole && !analysis->map.misled.count;
	char heads[64];

	if (missing == known)
		snprintf(heads, sizeof(heads), "none of their heads %s",
			 led_to ? "is in the dump" : "can be read");
	else
		snprintf(heads, sizeof(heads), "the head%s of %" PRIu64 " %s", plural(missing),
			 missing,
			 !led_to	? "cannot be read"
			 : missing == 1 ? "is not in the dump"
					: "are not in the dump");
	document_text(root, STYLE_WARNING,
		      "%s%" PRIu64 " huge page%s by the kernel's counters%s; %s.",
		      exact ? "" : "At least ", known, plural(known),
		      exact		     ? ""
		      : census->counts_known ? " and the page tables"
					     : ", as far as these can be read, and the page tables",
		      heads);
	add_least(root, analysis);
}

/* No counter tells how many there should be, and not every place could be looked at. */
static void add_uncounted(struct document_node *root, const struct analysis *analysis)
{
	const struct huge_census *census = &analysis->savings.census;
	uint64_t unread = analysis->inventory.candidates_unreadable;
	char heads[96] = "";

	if (unread)
		snprintf(heads, sizeof(heads),
			 ", and %" PRIu64 " struct page%s that could be %s %s not in the dump",
			 unread, plural(unread), unread == 1 ? "a head" : "heads", verb_be(unread));
	document_text(
		root, STYLE_WARNING,
		"%" PRIu64
		" huge page%s %s found, and there may be more: the kernel's counters cannot be "
		"read%s.",
		census->read, plural(census->read), census->read == 1 ? "was" : "were", heads);
	if (census->read)
		add_least(root, analysis);
}

/* All heads that there are were looked at. */
static void add_all_read(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	const struct huge_census *census = &savings->census;
	uint64_t optimized = optimized_pages(savings);
	char gross[32], counted[64] = "", flags[FLAGS_MAX];

	if (census->unseen)
		snprintf(counted, sizeof(counted), "; the kernel counts %" PRIu64, census->counted);
	if (census->read)
		document_text(
			root, STYLE_PLAIN,
			"%" PRIu64 " of %s%" PRIu64
			" huge page%s %s optimised, which saves %s%s%s%s.",
			optimized, analysis->inventory.orders_known ? "" : "at least ",
			census->read, plural(census->read),
			verb_be(census->read == 1 ? 1 : optimized),
			savings->hugetlb.at_least ? "at least " : "",
			bytes_text((int64_t)savings->hugetlb.gross_bytes, gross, sizeof(gross)),
			flags_differ(savings, flags), counted);
	else if (census->unseen)
		document_text(root, STYLE_WARNING, "No HugeTLB page was found%s.", counted);
	else
		document_text(root, STYLE_PLAIN, "There are no HugeTLB pages.");
}

static void add_missing_mark(struct document_node *root, const struct analysis *analysis)
{
	const struct huge_census *census = &analysis->savings.census;

	document_text(root, STYLE_WARNING, "Huge pages could not be looked for: %s.",
		      analysis->inventory.mark_missing);
	if (census->counted)
		document_text(root, STYLE_WARNING, "The kernel counts %" PRIu64 ".",
			      census->counted);
}

static void add_hugetlb(struct document_node *root, const struct analysis *analysis)
{
	const struct savings *savings = &analysis->savings;
	const struct huge_census *census = &savings->census;
	uint64_t unknown = unknown_pages(savings);

	if (analysis->inventory.mark_missing)
		add_missing_mark(root, analysis);
	else if (analysis->quick)
		add_quick(root, analysis);
	else if (census->blind && census->by_tables + census->unseen)
		add_heads_missing(root, analysis);
	else if (census->blind && !census->counts_known)
		add_uncounted(root, analysis);
	else
		add_all_read(root, analysis);
	if (unknown)
		document_text(root, STYLE_WARNING,
			      "How %" PRIu64
			      " of them %s mapped is not known: %s not in these sums.",
			      unknown, verb_be(unknown), unknown == 1 ? "it is" : "they are");
}

/* --- devices ------------------------------------------------------------------ */

struct device_sums {
	unsigned untold;		    /* devices whose compound order is not known */
	uint64_t pages, optimized, unknown; /* of what users get */
	uint64_t saved, whole;		    /* vmemmap pages: of that, and of all */
};

static struct device_sums device_sums(const struct devices *devices)
{
	struct device_sums sums = { 0 };

	for (size_t i = 0; i < devices->count; i++) {
		sums.untold += device_is_untold(&devices->list[i]);
		sums.pages += devices->list[i].data.compound_pages;
		sums.optimized += devices->list[i].data.optimized;
		sums.unknown += devices->list[i].data.unknown;
		sums.saved += devices->list[i].data.saved_pages;
		sums.whole += devices->list[i].whole.saved_pages;
	}
	return sums;
}

/* "3.0 MiB" and "3 MiB" are the same to who reads them. */
static bool sizes_read_alike(const char *size, const char *other)
{
	char *unit, *other_unit;
	double value = strtod(size, &unit), other_value = strtod(other, &other_unit);

	return !(value < other_value) && !(value > other_value) && strcmp(unit, other_unit) == 0;
}

static void add_dax_saved(struct document_node *root, const struct analysis *analysis,
			  const struct device_sums *sums)
{
	int64_t page_size = (int64_t)analysis->target.kernel.page_size;
	size_t count = analysis->devices.count;
	const char *least = analysis->savings.dax.at_least ? "at least " : "";
	char saved[32], whole[32], own[96] = "";

	bytes_text((int64_t)sums->saved * page_size, saved, sizeof(saved));
	bytes_text((int64_t)sums->whole * page_size, whole, sizeof(whole));
	if (!sizes_read_alike(saved, whole))
		snprintf(own, sizeof(own), " (%s%s with those of the devices' own metadata)", least,
			 whole);
	document_text(root, STYLE_PLAIN,
		      "%" PRIu64 " of %" PRIu64
		      " compound page%s of %zu device%s %s optimised, which saves %s%s%s.",
		      sums->optimized, sums->pages, plural(sums->pages), count, plural(count),
		      verb_be(sums->pages == 1 ? 1 : sums->optimized), least, saved, own);
	if (sums->unknown)
		document_text(root, STYLE_WARNING,
			      "How %" PRIu64
			      " of these %s mapped is not known: %s not in this sum.",
			      sums->unknown, verb_be(sums->unknown),
			      sums->unknown == 1 ? "it is" : "they are");
}

static void add_dax_found(struct document_node *root, const struct analysis *analysis,
			  const struct device_sums *sums)
{
	size_t count = analysis->devices.count, told = count - sums->untold;

	if (sums->unknown && !sums->optimized)
		document_text(
			root, STYLE_WARNING,
			"How %" PRIu64 " of %" PRIu64
			" compound page%s of %zu device%s %s mapped is not known; no other is "
			"optimised.",
			sums->unknown, sums->pages, plural(sums->pages), count, plural(count),
			verb_be(sums->unknown));
	else if (sums->pages)
		add_dax_saved(root, analysis, sums);
	else if (told)
		document_text(root, STYLE_PLAIN, "%zu device%s %s no compound pages.", told,
			      plural(told), told == 1 ? "has" : "have");
}

static void add_dax(struct document_node *root, const struct analysis *analysis)
{
	const struct devices *devices = &analysis->devices;
	size_t count = devices->count;
	struct device_sums sums = device_sums(devices);

	if (!devices->pgmaps_known && !devices->resources_known)
		document_text(root, STYLE_WARNING,
			      "There may be devices that are not seen: %s, and %s.",
			      devices->pgmaps_missing, devices->resources_missing);
	add_dax_found(root, analysis, &sums);
	if (devices_data_untold(devices))
		document_text(
			root, STYLE_WARNING,
			"Of %u of these devices the compound pages for their own metadata are "
			"counted as well, as nothing shows how many there are: %s.",
			devices_data_untold(devices), devices->resources_missing);
	if (sums.untold)
		document_text(
			root, STYLE_WARNING,
			"Compound pages of %u of %zu device%s are not counted: their order is "
			"not in the dump.",
			sums.untold, count, plural(count));
}

/* --- in all ------------------------------------------------------------------- */

static void add_total(struct document_node *root, const struct analysis *analysis)
{
	const struct savings_balance *total = &analysis->savings.total;
	const char *least = total->at_least ? "at least " : "";
	char net[32], could[32];

	bytes_text(total->net_bytes, net, sizeof(net));
	bytes_text((int64_t)total->could_save_bytes, could, sizeof(could));
	if (!balance_net_known(total) || (total->at_least && !total->gross_bytes))
		document_text(root, STYLE_PLAIN, "What is saved net is not known.");
	/* What shares nothing was not looked for, so nobody knows what could be. */
	else if (analysis->quick)
		document_text(root, STYLE_PLAIN,
			      "In all %s%s are saved net; what more could be was not looked at.",
			      least, net);
	else if (total->at_least && !total->could_save_bytes)
		document_text(root, STYLE_PLAIN, "In all at least %s are saved net.", net);
	else if (total->gross_bytes || total->could_save_bytes)
		document_text(root, STYLE_PLAIN, "In all %s%s are saved net; %s%s more could be.",
			      least, net, least, could);
}

void report_add_summary(struct document_node *root, const struct analysis *analysis)
{
	add_hugetlb(root, analysis);
	add_dax(root, analysis);
	add_total(root, analysis);
}
