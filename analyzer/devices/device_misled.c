// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Slots of pgmap_array that lead to another device's dev_pagemap. The range of the right one,
 * which struct pages name, is the witness: else the other device would be said to be larger, and
 * each head of this one to be wrong.
 */
#include "analyzer/devices/devices.h"

/* Dev_pagemaps that are asked whether a range is theirs. */
enum { ASKED_MAX = 1 << 14 };

struct judge {
	struct device_finder *finder;
	unsigned asked;
};

void array_fault_add(struct devices *devices, const struct array_fault *fault)
{
	struct array_fault *first = &devices->array_fault;

	/* Several slots may stand for the entry of one. */
	if (devices->array_faults && first->slot == fault->slot) {
		first->end = fault->end > first->end ? fault->end : first->end;
		return;
	}
	if (devices->array_faults++ == 0)
		*first = *fault;
}

static struct error *has(struct judge *judge, vaddr_t pgmap, const struct pgmap_interval *interval,
			 enum pgmap_word *ret)
{
	const struct range range = { interval->start, interval->end };

	judge->asked++;
	return pgmap_ask(judge->finder, pgmap, &range, ret);
}

/* The dev_pagemap that the struct pages of @interval name, if it has them. */
static struct error *named_find(struct judge *judge, const struct pgmap_interval *interval,
				vaddr_t *ret)
{
	enum pgmap_word word = PGMAP_SILENT;
	struct device_page page;
	struct error *err = device_page_read(judge->finder->survey, interval->start, &page);

	if (!err && page.pgmap && page.pgmap != interval->pgmap)
		err = has(judge, page.pgmap, interval, &word);
	*ret = word == PGMAP_HAS ? page.pgmap : 0;
	return err;
}

/* Another one of the array that has them. */
static struct error *other_find(struct judge *judge, const struct pgmap_interval *interval,
				vaddr_t *ret)
{
	const struct device_finder *finder = judge->finder;
	struct error *err = NULL;

	*ret = 0;
	for (size_t i = 0; !err && !*ret && i < finder->interval_count; i++) {
		const struct pgmap_interval *other = &finder->intervals[i];
		enum pgmap_word word;

		if (other->pgmap == interval->pgmap || judge->asked >= ASKED_MAX)
			continue;
		err = has(judge, other->pgmap, interval, &word);
		*ret = !err && word == PGMAP_HAS ? other->pgmap : 0;
	}
	return err;
}

static struct error *interval_ask(struct judge *judge, const struct pgmap_interval *interval,
				  struct array_fault *ret)
{
	enum pgmap_word word;
	struct error *err = has(judge, interval->pgmap, interval, &word);

	*ret = (struct array_fault){
		.slot = interval->slot,
		.entry = interval->pgmap,
		.start = interval->start,
		.end = interval->end,
	};
	if (!err && word != PGMAP_HAS)
		err = named_find(judge, interval, &ret->owner);
	ret->named = ret->owner != 0;
	if (!err && word == PGMAP_DENIES && !ret->owner)
		err = other_find(judge, interval, &ret->owner);
	ret->kind = ret->owner ? ARRAY_MISLED : ARRAY_SOUND;
	return err;
}

struct error *intervals_judge(struct device_finder *finder)
{
	struct judge judge = { .finder = finder };
	struct error *err = NULL;
	size_t kept = 0;

	for (size_t i = 0; !err && i < finder->interval_count; i++) {
		struct array_fault fault = { 0 };

		if (judge.asked < ASKED_MAX)
			err = interval_ask(&judge, &finder->intervals[i], &fault);
		if (fault.kind == ARRAY_SOUND)
			finder->intervals[kept++] = finder->intervals[i];
		else
			array_fault_add(finder->devices, &fault);
	}
	if (!err)
		finder->interval_count = kept;
	return err;
}
