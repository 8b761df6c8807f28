// SPDX-License-Identifier: LGPL-2.1-or-later
/* Two sources as one. */
#include <string.h>

#include "include/error.h"
#include "include/typeinfo.h"

struct chain {
	struct typeinfo base;
	struct typeinfo_ops ops; /* called as those of @first */
	struct typeinfo *first, *second;
};

/* Only what is still open is asked of the second. */
static struct error *ask_second(struct typeinfo *second, const struct type_query *queries,
				size_t count, const char *const *near, struct type_answer *answers)
{
	_cleanup_free_ struct type_query *open = calloc(count + 1, sizeof(*open));
	_cleanup_free_ struct type_answer *found = calloc(count + 1, sizeof(*found));
	size_t open_count = 0, next = 0;

	if (!open || !found)
		return error_nomem();
	for (size_t i = 0; i < count; i++)
		if (!answers[i].found)
			open[open_count++] = queries[i];
	struct error *err = second->ops->resolve(second, open, open_count, near, found);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (!answers[i].found)
			answers[i] = found[next++];
	return NULL;
}

static struct error *chain_resolve(struct typeinfo *ti, const struct type_query *queries,
				   size_t count, const char *const *near,
				   struct type_answer *answers)
{
	struct chain *chain = (struct chain *)ti;
	struct error *err = chain->first->ops->resolve(chain->first, queries, count, near, answers);

	return err ? err : ask_second(chain->second, queries, count, near, answers);
}

static void ask_for_symbols(const struct typeinfo *ti, struct symbol_place *places, size_t count)
{
	if (ti->ops->symbols_at)
		ti->ops->symbols_at(ti, places, count);
}

static void chain_symbols_at(const struct typeinfo *ti, struct symbol_place *places, size_t count)
{
	const struct chain *chain = (const struct chain *)ti;

	ask_for_symbols(chain->first, places, count);
	ask_for_symbols(chain->second, places, count);
}

static void chain_close(struct typeinfo *ti)
{
	struct chain *chain = (struct chain *)ti;

	typeinfo_close(chain->first);
	typeinfo_close(chain->second);
}

static const struct typeinfo_ops chain_ops = {
	.resolve = chain_resolve,
	.symbols_at = chain_symbols_at,
	.close = chain_close,
};

static bool copy(char **to, const char *first, const char *second)
{
	const char *from = first ? first : second;

	*to = from ? strdup(from) : NULL;
	return !from || *to;
}

struct error *typeinfo_open_chain(struct typeinfo *first, struct typeinfo *second,
				  struct typeinfo **ret)
{
	struct chain *chain = calloc(1, sizeof(*chain));

	if (!chain)
		return error_nomem();
	chain->ops = chain_ops;
	chain->ops.name = first->ops->name;
	chain->base.ops = &chain->ops;
	chain->base.origin = first->origin;
	if (!copy(&chain->base.path, first->path, second->path) ||
	    !copy(&chain->base.build_id, first->build_id, second->build_id) ||
	    !copy(&chain->base.release, first->release, second->release) ||
	    !copy(&chain->base.machine, first->machine, second->machine)) {
		typeinfo_close(&chain->base);
		return error_nomem();
	}
	chain->first = first;
	chain->second = second;
	*ret = &chain->base;
	return NULL;
}
