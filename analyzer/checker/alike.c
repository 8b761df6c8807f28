// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counts findings that are alike, and makes one of them. */
#include "analyzer/checker/alike.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/checker/checks.h"
#include "include/error.h"
#include "include/hash.h"
#include "include/plural.h"
#include "include/vector.h"

/* --- marks -------------------------------------------------------------------- */

void finding_alike(const struct survey *survey, struct check_run *run, const struct huge_page *page,
		   uint64_t from, uint64_t count, unsigned what)
{
	const struct device *device = huge_device(survey, page);
	unsigned kept = huge_page_scheme(survey, page)->pages_kept;
	bool all_tails = from == kept && from + count == page->mapping.pages;
	uint64_t key = hash_number(HASH_START, what);

	key = hash_number(key, device ? device->start : UINT64_MAX);
	key = hash_number(key, all_tails);
	if (!all_tails) {
		key = hash_number(key, page->order);
		key = hash_number(hash_number(key, from), count);
	}
	run->alike =
		(struct alike_mark){ .key = key | 1, .node = page->node, .order = page->order };
}

void finding_alike_by_number(struct check_run *run)
{
	run->alike.by_number = true;
}

/* --- counting ----------------------------------------------------------------- */

static struct alike *alike_find(const struct check_run *run, uint64_t key)
{
	for (size_t i = 0; i < run->alike_kind_count; i++)
		if (run->alike_kinds[i].mark.key == key)
			return &run->alike_kinds[i];
	return NULL;
}

/* *ret is NULL if there are too many kinds. */
static struct error *alike_get(struct check_run *run, const struct alike_mark *mark,
			       struct alike **ret)
{
	*ret = alike_find(run, mark->key);
	if (*ret || run->alike_kind_count == ALIKE_KINDS_MAX)
		return NULL;
	struct error *err = vector_push(run->alike_kinds, run->alike_kind_count,
					run->alike_kind_room, (struct alike){ .mark = *mark });
	if (!err)
		*ret = &run->alike_kinds[run->alike_kind_count - 1];
	return err;
}

/* Others find room in the list, whatever happens to these. */
static size_t list_max(const struct check_run *run)
{
	return run->finding_max - run->finding_max / 4;
}

struct error *alike_count(struct check_run *run, const struct finding *finding, bool *list_ret)
{
	const struct alike_mark *mark = &finding->alike;
	struct alike *alike;
	struct error *err = alike_get(run, mark, &alike);

	*list_ret = true;
	if (err || !alike)
		return err;
	if (alike->count < ALIKE_PLACES)
		alike->places[alike->count] = finding->pfn;
	alike->count++;
	alike->other_node |= mark->node != alike->mark.node;
	alike->other_order |= mark->order != alike->mark.order;
	*list_ret = alike->listed < list_max(run);
	return NULL;
}

bool alike_list_one(struct check_run *run, const struct alike_mark *mark)
{
	struct alike *alike = mark->key ? alike_find(run, mark->key) : NULL;

	if (!alike)
		return true;
	if (alike->listed >= list_max(run))
		return false;
	alike->listed++;
	return true;
}

struct error *alikes_join(struct check_run *whole, const struct check_run *part)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < part->alike_kind_count; i++) {
		const struct alike *more = &part->alike_kinds[i];
		struct alike *alike;

		err = alike_get(whole, &more->mark, &alike);
		if (err || !alike)
			continue;
		for (uint64_t k = 0; k < more->count && k < ALIKE_PLACES; k++)
			if (alike->count + k < ALIKE_PLACES)
				alike->places[alike->count + k] = more->places[k];
		alike->count += more->count;
		alike->other_node |= more->other_node || more->mark.node != alike->mark.node;
		alike->other_order |= more->other_order || more->mark.order != alike->mark.order;
	}
	return err;
}

/* --- one of many ---------------------------------------------------------------- */

static bool is_folded(const struct check_run *run, const struct alike *alike)
{
	if (alike->mark.by_number)
		return alike->count >= ALIKE_SEVERAL;
	if (alike->count == run->checked)
		return alike->count > 1;
	return alike->count >= ALIKE_MANY && alike->count >= run->checked / ALIKE_SHARE;
}

/* "; the same of 0x142200, 0x142400 and 38 more: 40 of 41 huge pages, all of 2 MiB on node 1" */
static void words_write(FILE *out, const struct target *target, const struct check_run *run,
			const struct alike *alike)
{
	uint64_t named = alike->count < ALIKE_PLACES ? alike->count : ALIKE_PLACES;

	fputs("; the same of", out);
	for (uint64_t i = 1; i < named; i++)
		fprintf(out, "%s 0x%" PRIx64, i > 1 ? "," : "", alike->places[i]);
	if (alike->count > named)
		fprintf(out, " and %" PRIu64 " more", alike->count - named);
	if (alike->mark.by_number)
		fprintf(out, ": %" PRIu64 " page%s", alike->count, plural(alike->count));
	else
		fprintf(out, ": %" PRIu64 " of %" PRIu64 " %s", alike->count, run->checked,
			run->unit);
	if (alike->count == run->checked)
		return;
	if (!alike->other_order)
		fprintf(out, ", all of %s", order_size(alike->mark.order, target));
	if (!alike->other_node && target->kernel.node_count > 1)
		fprintf(out, "%s on node %u", alike->other_order ? ", all" : "", alike->mark.node);
}

static struct error *words_add(const struct target *target, const struct check_run *run,
			       const struct alike *alike, struct finding *finding)
{
	char *message = NULL;
	size_t size;
	FILE *out = open_memstream(&message, &size);

	if (!out)
		return error_nomem();
	fputs(finding->message, out);
	words_write(out, target, run, alike);
	if (fclose(out) != 0) {
		free(message);
		return error_nomem();
	}
	free(finding->message);
	finding->message = message;
	return NULL;
}

/* The first one that is listed stays, for all. */
static struct error *fold(const struct target *target, struct check_run *run,
			  const struct alike *alike)
{
	enum severity severity = SEVERITY_NOTE;
	struct error *err = NULL;
	size_t kept = 0;
	bool found = false;

	for (size_t i = 0; i < run->finding_count; i++) {
		struct finding *finding = &run->findings[i];
		bool is_one = finding->alike.key == alike->mark.key;

		if (is_one && found) {
			free(finding->message);
			continue;
		}
		if (is_one && !err) {
			severity = finding->severity;
			finding->alike_count = alike->count;
			err = words_add(target, run, alike, finding);
		}
		found |= is_one;
		run->findings[kept++] = *finding;
	}
	run->finding_count = kept;
	if (found) {
		run->violations -= alike->count - 1;
		run->by_severity[severity] -= alike->count - 1;
	}
	return err;
}

struct error *alikes_fold(const struct target *target, struct check_run *run)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < run->alike_kind_count; i++)
		if (is_folded(run, &run->alike_kinds[i]))
			err = fold(target, run, &run->alike_kinds[i]);
	return err;
}
