// SPDX-License-Identifier: LGPL-2.1-or-later
/* What differs between two reports, in words: which parts there are, and what matters. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/reports/report_parts.h"
#include "include/array.h"
#include "include/error.h"
#include "include/plural.h"

const struct report_kind report_kind = { "vmemscope-report", REPORT_SCHEMA_VERSION };

/* --- the rules ----------------------------------------------------------------- */

static const struct compare_list lists[] = {
	{ "kernel.scheme_evidence", { "text" }, false },
	{ "hugetlb.pools", { "size_bytes", "node" }, false },
	{ "hugetlb.hstates", { "name" }, false },
	{ "hugetlb.hstates[*].nodes", { "node" }, false },
	{ "dax.devices", { "name", "start" }, true },
	{ "savings.advice", { NULL }, false },
	{ "savings.boot_unwritten", { "node", "size_bytes" }, false },
	{ "checks", { "id" }, false },
	{ "findings", { "check", "pfn", "message" }, false },
	{ "overwritten", { "start" }, false },
	{ "known_bugs", { "id" }, false },
};

/*
 * What another copy of the dump, another version of the program or another boot
 * changes although the machine does the same.
 */
static const char *const immaterial[] = {
	"path",
	"dump",
	"tool",
	"live",
	"schema_version",
	/* when and where in memory it happened: what happened matters */
	"crash.summary",
	"crash.time",
	"crash.cpu",
	"crash.pid",
	"crash.comm",
	"crash.caller",
	"crash.taint",
	"crash.address",
	"crash.pfn",
	"crash.huge_page_pfn",
	"crash.tail",
	"crash.entry",
	"crash.entry_as_in_log",
	"crash.fix",
	"crash.next",
	"crash.errors_beside",
	"crash.evidence",
	"crash.first",
	"crash.followed_by",
	/* words for people, beside an id */
	"kernel.scheme_details.*.title",
	"kernel.scheme_details.*.seen_in_releases",
	"kernel.scheme_details.*.observed",
	"checks[*].title",
	"known_bugs[*].title",
	"known_bugs[*].fix",
	"known_bugs[*].because",
	/* where things were learnt, and how they are kept */
	"kernel.types_from",
	"vmemmap.base_from",
	"vmemmap.runs",
	/* addresses that are others at each boot */
	"kernel.page_table_root",
	"kernel.kernel_offset",
	"vmemmap.base",
	"dax.devices[*].pgmap",
	"findings[*].vmemmap_address",
	"findings[*].entry.address",
	"findings[*].entry.value",
};

const struct compare_rules report_compare_rules = {
	.lists = lists,
	.list_count = COUNT_OF(lists),
	.immaterial = immaterial,
	.immaterial_count = COUNT_OF(immaterial),
};

/* --- values in words -------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static const struct document_node *member_of(const struct document_node *object, const char *key)
{
	const struct document_node *node = object ? object->first : NULL;

	while (node && !(node->key && strcmp(node->key, key) == 0))
		node = node->next;
	return node;
}

static char *number_words(const char *name, int64_t number)
{
	char bytes[32], *text;

	if (ends_with(name, "_bytes"))
		return strdup(bytes_text(number, bytes, sizeof(bytes)));
	return asprintf(&text, "%" PRId64, number) < 0 ? NULL : text;
}

/* Of a member called @name; the caller frees it. NULL: no memory. */
static char *value_words(const char *name, const struct document_node *value)
{
	switch (value ? value->type : NODE_NULL) {
	case NODE_BOOL:
		return strdup(value->boolean ? "yes" : "no");
	case NODE_BYTES:
		return number_words(name, value->bytes);
	case NODE_STRING:
		return strdup(value->string ? value->string : "");
	case NODE_ARRAY:
		return strdup("a list");
	case NODE_OBJECT:
		return strdup("given");
	default:
		return strdup("-");
	}
}

static char *member_words(const struct document_node *object, const char *name)
{
	return value_words(name, member_of(object, name));
}

/* "range.saved_bytes": "range saved"; the caller frees it. */
static char *name_words(const char *name)
{
	char *words = strdup(name);

	if (!words)
		return NULL;
	if (ends_with(words, "_bytes"))
		words[strlen(words) - strlen("_bytes")] = '\0';
	for (char *at = words; *at; at++)
		if (*at == '_' || *at == '.')
			*at = ' ';
	for (char *at = words; (at = strstr(at, "optimized")); at++)
		at[strlen("optimi")] = 's';
	return words;
}

/* --- things, called by what they are -------------------------------------------------- */

/* These write into @out, to which memory may be short: that shows when it is closed. */

static void print_member(const struct document_node *object, const char *name, FILE *out)
{
	_cleanup_free_ char *words = member_words(object, name);

	fputs(words ? words : "", out);
}

static void call_pool(const struct document_node *pool, FILE *out)
{
	fputs("pool ", out);
	print_member(pool, "size_bytes", out);
	fputs(" on node ", out);
	print_member(pool, "node", out);
}

static void call_hstate(const struct document_node *hstate, FILE *out)
{
	print_member(hstate, "name", out);
}

static void call_device(const struct document_node *device, FILE *out)
{
	const struct document_node *name = member_of(device, "name");
	bool named = name && name->type == NODE_STRING;

	fputs(named ? "" : "device at ", out);
	print_member(device, named ? "name" : "start", out);
}

static void call_check(const struct document_node *check, FILE *out)
{
	print_member(check, "id", out);
}

static void call_finding(const struct document_node *finding, FILE *out)
{
	print_member(finding, "severity", out);
	fputs(" of ", out);
	print_member(finding, "check", out);
	if (member_of(finding, "pfn")) {
		fputs(" at pfn ", out);
		print_member(finding, "pfn", out);
	}
	fputs(": ", out);
	print_member(finding, "message", out);
}

static void call_fault(const struct document_node *fault, FILE *out)
{
	print_member(fault, "id", out);
	fputs(": ", out);
	print_member(fault, "title", out);
}

static void call_advice(const struct document_node *advice, FILE *out)
{
	_cleanup_free_ char *words = value_words("", advice);

	fputs(words ? words : "", out);
}

/*
 * The groups of lines. Elements of the list @path are told by @call and, where they
 * are new or gone, by what @shown of them. The first that fits is taken.
 */
static const struct group {
	const char *path, *title;
	void (*call)(const struct document_node *element, FILE *out);
	const char *shown[4];
} groups[] = {
	{ "crash", "Crash", NULL, { NULL } },
	{ "kernel", "Kernel", NULL, { NULL } },
	{ "hugetlb.pools", "Pools", call_pool, { "pages", "free", "optimized", "saved_bytes" } },
	{ "hugetlb.hstates", "Kernel's counters", call_hstate, { "pages", "free", "surplus" } },
	{ "hugetlb", "HugeTLB", NULL, { NULL } },
	{ "dax.devices",
	  "Devices",
	  call_device,
	  { "kind", "size_bytes", "optimized_pages", "saved_bytes" } },
	{ "dax", "Device memory", NULL, { NULL } },
	{ "savings.advice", "Advice", call_advice, { NULL } },
	{ "savings", "Savings", NULL, { NULL } },
	{ "checks", "Checks", call_check, { "status" } },
	{ "findings", "Findings", call_finding, { NULL } },
	{ "known_bugs", "Known faults", call_fault, { NULL } },
	{ "coverage", "Coverage", NULL, { NULL } },
	{ "vmemmap", "Vmemmap", NULL, { NULL } },
	{ "", "The reports themselves", NULL, { NULL } },
};

static const struct group *group_of(const struct change *change)
{
	const struct group *group = groups;

	for (;; group++) {
		size_t len = strlen(group->path);

		if (!len || (strncmp(change->path, group->path, len) == 0 &&
			     strchr(".[", change->path[len])))
			return group;
	}
}

/* --- lines ------------------------------------------------------------------------- */

static void print_shown(const struct group *group, const struct document_node *element, FILE *out)
{
	const char *separator = ": ";

	for (unsigned i = 0; i < COUNT_OF(group->shown) && group->shown[i]; i++) {
		_cleanup_free_ char *name = name_words(group->shown[i]);

		fprintf(out, "%s%s ", separator, name ? name : "");
		print_member(element, group->shown[i], out);
		separator = ", ";
	}
}

/* "new: pool 2 MiB on node 1: pages 4, ..." */
static void print_element(const struct group *group, const struct change *change, FILE *out)
{
	fputs(change->kind == CHANGE_ADDED ? "new: " : "gone: ", out);
	group->call(change->element, out);
	print_shown(group, change->element, out);
}

/* "optimised 24 -> 22" */
static void print_values(const struct change *change, const char *name, FILE *out)
{
	_cleanup_free_ char *words = name_words(name);
	_cleanup_free_ char *a = value_words(name, change->a);
	_cleanup_free_ char *b = value_words(name, change->b);

	fputs(words ? words : "", out);
	if (change->kind == CHANGE_ADDED)
		fprintf(out, ": new, %s", b ? b : "");
	else if (change->kind == CHANGE_REMOVED)
		fprintf(out, ": gone, was %s", a ? a : "");
	else
		fprintf(out, " %s -> %s", a ? a : "", b ? b : "");
}

static void print_change(const struct group *group, const struct change *change, FILE *out)
{
	size_t len = strlen(group->path);
	const char *name = change->path + len + (len && change->path[len]);

	if (!group->call || !change->element) {
		print_values(change, *name ? name : change->path, out);
	} else if (!*change->member) {
		print_element(group, change, out);
	} else {
		group->call(change->element, out);
		fputs(": ", out);
		print_values(change, change->member, out);
	}
}

/* One line, which the caller frees. */
static struct error *change_words(const struct group *group, const struct change *change,
				  char **ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return error_nomem();
	print_change(group, change, out);
	if (fclose(out))
		return error_nomem();
	for (char *at = text; *at; at++)
		if (*at == '\n')
			*at = ' ';
	*ret = take_ptr(text);
	return NULL;
}

/* --- the document -------------------------------------------------------------------- */

static bool is_listed(const struct report_diff_source *source, const struct change *change)
{
	return source->all || change->matters;
}

static struct error *add_group(struct document_node *root, const struct report_diff_source *source,
			       const struct group *group)
{
	struct document_node *node = NULL;

	for (size_t i = 0; i < source->comparison->count; i++) {
		const struct change *change = &source->comparison->changes[i];
		_cleanup_free_ char *words = NULL;

		if (!is_listed(source, change) || group_of(change) != group)
			continue;
		struct error *err = change_words(group, change, &words);
		if (err)
			return err;
		if (!node)
			node = document_object(root, NULL, group->title);
		document_text(node, STYLE_PLAIN, "%s%s", words,
			      change->matters ? "" : " (does not matter)");
	}
	return NULL;
}

static void add_side(struct document_node *root, const struct report_diff_side *side,
		     const char *key, const char *label)
{
	struct document_node *node = document_object(root, key, NULL);

	document_string(node, "path", NULL, "%s", side->path);
	if (side->release)
		document_string(node, "release", NULL, "%s", side->release);
	else
		document_null(node, "release", NULL);
	document_string(root, NULL, label, "%s, kernel %s", side->path,
			side->release ? side->release : "not known");
}

/* The depth of a value is bounded by its document's builder. */
static void add_value(struct document_node *parent, const char *key,
		      const struct document_node *value)
{
	struct document_node *node = NULL;

	switch (value->type) {
	case NODE_OBJECT:
		node = document_object(parent, key, NULL);
		break;
	case NODE_ARRAY:
		node = document_array(parent, key, NULL);
		break;
	case NODE_STRING:
		document_string(parent, key, NULL, "%s", value->string ? value->string : "");
		break;
	case NODE_BOOL:
		document_bool(parent, key, NULL, value->boolean);
		break;
	case NODE_BYTES:
		document_bytes(parent, key, NULL, value->bytes);
		break;
	default:
		document_null(parent, key, NULL);
	}
	for (const struct document_node *child = value->first; child; child = child->next)
		add_value(node, child->key, child);
}

static const char *change_kind_name(enum change_kind kind)
{
	static const char *const names[] = {
		[CHANGE_CHANGED] = "changed",
		[CHANGE_ADDED] = "added",
		[CHANGE_REMOVED] = "removed",
	};

	return names[kind];
}

static void add_changes(struct document_node *root, const struct report_diff_source *source)
{
	struct document_node *list = document_array(root, "changes", NULL);

	for (size_t i = 0; i < source->comparison->count; i++) {
		const struct change *change = &source->comparison->changes[i];

		if (!is_listed(source, change))
			continue;
		struct document_node *node = document_object(list, NULL, NULL);
		document_string(node, "path", NULL, "%s", change->path);
		document_string(node, "kind", NULL, "%s", change_kind_name(change->kind));
		if (change->a)
			add_value(node, "a", change->a);
		if (change->b)
			add_value(node, "b", change->b);
		document_bool(node, "matters", NULL, change->matters);
	}
}

static void add_diff_verdict(struct document_node *root, const struct report_diff_source *source)
{
	size_t matter = source->comparison->mattering;
	size_t others = source->comparison->count - matter;
	const char *end = others && !source->all && !source->verdict ? " (--all lists them)" : "";

	if (source->verdict)
		document_text(root, matter ? STYLE_WARNING : STYLE_GOOD, "%s", source->verdict);
	if (!matter && !others)
		document_text(root, STYLE_PLAIN, "No difference.");
	else if (!matter)
		document_text(root, STYLE_PLAIN, "No difference that matters, %zu other%s%s.",
			      others, plural(others), end);
	else
		document_text(root, STYLE_PLAIN, "%zu difference%s that matter%s, %zu other%s%s.",
			      matter, plural(matter), verb_s(matter), others, plural(others), end);
}

/* Where both are quick they looked at the same. */
static void add_quick(struct document_node *root, const struct report_diff_source *source)
{
	if (source->a.quick == source->b.quick)
		return;
	document_text(root, STYLE_WARNING,
		      "%s was made with --quick: what it did not look at (\"-\", not-checked, no "
		      "findings of such checks) is no difference of the machines.",
		      source->a.quick ? "A" : "B");
}

struct error *report_diff(const struct report_diff_source *source, struct document **ret)
{
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;

	struct document_node *root = document_root(document);
	document_string(root, "schema", NULL, "vmemscope-diff");
	document_count(root, "schema_version", NULL, DIFF_SCHEMA_VERSION);
	struct document_node *tool = document_object(root, "tool", NULL);
	document_string(tool, "name", NULL, "vmemscope");
	document_string(tool, "version", NULL, "%s", source->version);
	add_diff_verdict(root, source);
	add_quick(root, source);
	add_side(root, &source->a, "a", "A");
	add_side(root, &source->b, "b", "B");
	document_bool(root, "differs", NULL, source->comparison->mattering > 0);
	document_count(root, "differences", NULL, source->comparison->mattering);
	document_count(root, "immaterial", NULL,
		       source->comparison->count - source->comparison->mattering);
	add_changes(root, source);
	for (size_t i = 0; i < COUNT_OF(groups) && !err; i++)
		err = add_group(root, source, &groups[i]);
	if (err) {
		document_destroy(document);
		return err;
	}
	return report_finish(document, ret);
}
