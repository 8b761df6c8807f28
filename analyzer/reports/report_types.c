// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every value of the layout with where it comes from; and what another source says. */
#include "analyzer/reports/report_parts.h"

#include "include/array.h"
#include "include/error.h"

static void add_value(struct document_node *node, enum layout_id id, const char *key,
		      const char *label, const struct type_answer *answer)
{
	if (!answer->found)
		document_null(node, key, label);
	else if (layout_queries[id].kind == TYPE_SYMBOL)
		document_hex(node, key, label, answer->value);
	else
		document_count(node, key, label, answer->value);
}

static bool same(const struct type_answer *a, const struct type_answer *b)
{
	return a->found == b->found && (!a->found || a->value == b->value);
}

static void add_row(struct document_node *list, enum layout_id id, const struct type_answer *answer,
		    const struct type_answer *other)
{
	struct document_node *node = document_object(list, NULL, NULL);
	char name[96];

	document_string(node, "name", "WHAT", "%s", layout_name(id, name, sizeof(name)));
	add_value(node, id, "value", "VALUE", answer);
	if (answer->found)
		document_string(node, "source", "SOURCE", "%s", answer->source);
	else
		document_null(node, "source", "SOURCE");
	if (!other)
		return;
	add_value(node, id, "other", "OTHER", other);
	document_style(document_bool(node, "same", "SAME", same(answer, other)),
		       same(answer, other) ? STYLE_GOOD : STYLE_ERROR);
}

/* What no type says and is worked out, with what it was worked out from. */
static void add_derived(struct document_node *root, const struct analysis *analysis)
{
	const struct kernel *kernel = &analysis->target.kernel;
	const struct {
		const char *name;
		uint64_t value;
		const char *from;
	} derived[] = {
		{ "PAGE_SHIFT", kernel->page_shift, "the architecture's page tables" },
		{ "SECTION_SIZE_BITS", kernel->section_size_bits,
		  "VMCOREINFO, else the architecture" },
		{ "NODES_SHIFT", kernel->nodes_shift, "VMCOREINFO LENGTH(node_data)" },
		{ "ZONES_SHIFT", kernel->zones_shift, "the length of pglist_data.node_zones[]" },
		{ "SECTION_MAP_MASK", kernel->section_map_mask,
		  layout_has(&analysis->target.layout, LAYOUT_SECTION_MAP_LAST_BIT)
			  ? "enumerator SECTION_MAP_LAST_BIT"
			  : "5 flag bits, as in kernels without SECTION_MAP_LAST_BIT" },
		{ "lowest order with a shared tail frame", kernel->tails_min_order,
		  "twice the page size over sizeof(struct page)" },
		{ "address of the vmemmap", kernel->vmemmap, kernel->vmemmap_source },
	};
	struct document_node *list = document_array(root, "derived", "Derived");

	for (unsigned i = 0; i < COUNT_OF(derived); i++) {
		struct document_node *node = document_object(list, NULL, NULL);

		document_string(node, "name", "WHAT", "%s", derived[i].name);
		document_hex(node, "value", "VALUE", derived[i].value);
		document_string(node, "source", "FROM", "%s", derived[i].from);
	}
}

struct error *report_types(const struct report_source *source, const struct type_answer *others,
			   unsigned *different_ret, struct document **ret)
{
	const struct layout *layout = &source->analysis->target.layout;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	*different_ret = 0;
	struct document_node *list = document_array(document_root(document), "types", "");
	for (unsigned id = 0; id < LAYOUT_COUNT; id++) {
		const struct type_answer *other = others ? &others[id] : NULL;

		add_row(list, (enum layout_id)id, &layout->answer[id], other);
		*different_ret += other && !same(&layout->answer[id], other);
	}
	add_derived(document_root(document), source->analysis);
	if (others)
		document_text(document_root(document), *different_ret ? STYLE_ERROR : STYLE_GOOD,
			      "%u of %u values differ.", *different_ret, (unsigned)LAYOUT_COUNT);

	return report_finish(document, ret);
}
