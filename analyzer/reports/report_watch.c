// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pools and savings at one moment, in one line. */
#include "analyzer/reports/report_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "include/error.h"

static void add_pool(struct document_node *list, const struct pool *pool)
{
	struct document_node *node = document_object(list, NULL, NULL);

	document_bytes(node, "size_bytes", NULL, (int64_t)pool->size_bytes);
	document_count(node, "node", NULL, pool->node);
	document_count(node, "pages", NULL, pool->pages);
	document_count(node, "free", NULL, pool->free);
	document_count(node, "optimized", NULL, pool->optimized);
	document_count(node, "in_transition", NULL, pool->in_transition);
	document_bytes(node, "saved_bytes", NULL, (int64_t)pool->saved_bytes);
}

/* "; 2 MiB on node 0: 24 of 28 optimised" for each pool; cut where it gets too long. */
static void pools_words(const struct savings *savings, char *buf, size_t size)
{
	char bytes[32];
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < savings->pool_count && used < size; i++) {
		const struct pool *pool = &savings->pools[i];

		used += (size_t)snprintf(
			buf + used, size - used,
			"; %s on node %u: %" PRIu64 " of %" PRIu64 " optimised",
			bytes_text((int64_t)pool->size_bytes, bytes, sizeof(bytes)), pool->node,
			pool->optimized, pool->pages);
	}
}

static void add_words(struct document_node *root, const struct analysis *analysis, const char *when)
{
	const struct savings *savings = &analysis->savings;
	char net[32], could[32], pools[1024];

	pools_words(savings, pools, sizeof(pools));
	bytes_text(savings->total.net_bytes, net, sizeof(net));
	bytes_text((int64_t)savings->total.could_save_bytes, could, sizeof(could));
	document_text(root, STYLE_PLAIN, "%s  %s%s saved net, %s more %s%s", when,
		      savings->total.at_least ? "at least " : "",
		      balance_net_known(&savings->total) ? net : "an unknown amount",
		      analysis->quick ? "what" : could,
		      analysis->quick ? "could be was not looked at" : "could be", pools);
}

struct error *report_watch(const struct report_source *source, const char *when,
			   struct document **ret)
{
	const struct analysis *analysis = source->analysis;
	const struct savings *savings = &analysis->savings;
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	struct document_node *root = document_root(document);
	document_string(root, "time", NULL, "%s", when);
	report_add_bytes_if(root, "net_bytes", NULL, balance_net_known(&savings->total),
			    savings->total.net_bytes);
	report_add_bytes_if(root, "could_save_bytes", NULL, !analysis->quick,
			    (int64_t)savings->total.could_save_bytes);
	report_add_bytes_if(root, "hugetlb_net_bytes", NULL, balance_net_known(&savings->hugetlb),
			    savings->hugetlb.net_bytes);
	report_add_bytes_if(root, "dax_net_bytes", NULL, balance_net_known(&savings->dax),
			    savings->dax.net_bytes);
	document_bool(root, "settled", NULL, analysis->live.settled);
	struct document_node *list = document_array(root, "pools", NULL);
	for (size_t i = 0; i < savings->pool_count; i++)
		add_pool(list, &savings->pools[i]);
	add_words(root, analysis, when);
	return report_finish(document, ret);
}
