// SPDX-License-Identifier: LGPL-2.1-or-later
/* Types and symbols that a dumped kernel keeps of itself: BTF, found by its symbol table. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "formats/typeinfo/big.h"
#include "formats/typeinfo/btf_blob.h"
#include "formats/typeinfo/btf_types.h"
#include "formats/typeinfo/kallsyms.h"
#include "formats/typeinfo/symbols.h"
#include "include/error.h"
#include "include/typeinfo.h"

/* Kinds, not paths: a profile passes them on to other machines. */
static const char type_source[] = "BTF in the dump", symbol_source[] = "kallsyms in the dump";

struct kernel {
	struct typeinfo base;
	struct kallsyms *kallsyms;
	struct btf *btf; /* NULL where only the symbols are wanted */
};

/* As linked. */
struct range {
	uint64_t start, stop;
};

/* Without CONFIG_KALLSYMS_ALL the table has functions only. */
static struct error *look_for_data(const struct kernel *kernel, bool *ret)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };
	struct error *err = symbols_add(&symbols, "init_uts_ns");
	uint64_t address;

	if (err)
		return err;
	kallsyms_find(kernel->kallsyms, &symbols);
	*ret = symbols_find(&symbols, "init_uts_ns", &address);
	return NULL;
}

static struct error *no_blob(const struct kernel *kernel)
{
	bool has_data;
	struct error *err = look_for_data(kernel, &has_data);

	if (err)
		return err;
	return error_new(ERROR_NOT_FOUND,
			 "dump '%s': the kernel's symbol table has no __start_BTF: it was built "
			 "without %sCONFIG_KALLSYMS_ALL; if there is BTF of this kernel, give it "
			 "with --btf and System.map with --system-map",
			 kernel->base.path, has_data ? "CONFIG_DEBUG_INFO_BTF or " : "");
}

static struct error *find_blob(const struct kernel *kernel, struct range *ret)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };

	struct error *err = symbols_add(&symbols, "__start_BTF");
	if (!err)
		err = symbols_add(&symbols, "__stop_BTF");
	if (err)
		return err;
	kallsyms_find(kernel->kallsyms, &symbols);
	if (!symbols_find(&symbols, "__start_BTF", &ret->start) ||
	    !symbols_find(&symbols, "__stop_BTF", &ret->stop))
		return no_blob(kernel);
	if (ret->stop <= ret->start || ret->stop - ret->start > BTF_BLOB_MAX)
		return error_new(ERROR_CORRUPT,
				 "dump '%s': the kernel's BTF cannot be from 0x%" PRIx64
				 " to 0x%" PRIx64,
				 kernel->base.path, ret->start, ret->stop);
	return NULL;
}

static struct error *read_blob(const struct kernel *kernel, struct kernel_view *view,
			       const struct range *range, void *buf)
{
	uint64_t addr = range->start + view->kernel_offset;
	bool is_present = false;

	struct error *err = view->read(view, addr, buf, range->stop - range->start, &is_present);
	if (err || is_present)
		return err;
	return error_new(ERROR_NOT_FOUND,
			 "dump '%s': the kernel's BTF (0x%" PRIx64 ", %" PRIu64
			 " bytes) is not in the dump",
			 kernel->base.path, addr, range->stop - range->start);
}

static struct error *read_btf(struct kernel *kernel, struct kernel_view *view)
{
	struct range range;

	struct error *err = find_blob(kernel, &range);
	if (err)
		return err;
	size_t size = range.stop - range.start;
	_cleanup_free_ unsigned char *blob = big_alloc(size);
	_cleanup_free_ char *where = NULL;
	if (asprintf(&where, "dump '%s'", kernel->base.path) < 0) {
		where = NULL;
		return error_nomem();
	}
	if (!blob)
		return error_nomem();
	err = read_blob(kernel, view, &range, blob);
	return err ? err : btf_blob_parse(where, (struct bytes){ blob, size }, &kernel->btf);
}

static struct error *resolve_symbols(const struct kernel *kernel, const struct type_query *queries,
				     size_t count, struct type_answer *answers)
{
	_cleanup_(symbols_deinit) struct symbols symbols = { 0 };

	struct error *err = symbols_add_wanted(&symbols, queries, count);
	if (err || symbols.count == 0)
		return err;
	kallsyms_find(kernel->kallsyms, &symbols);
	symbols_answer(&symbols, queries, count, symbol_source, answers);
	return NULL;
}

static struct error *kernel_resolve(struct typeinfo *ti, const struct type_query *queries,
				    size_t count, const char *const *near,
				    struct type_answer *answers)
{
	const struct kernel *kernel = (struct kernel *)ti;

	(void)near; /* BTF knows no compilation units */
	for (size_t i = 0; i < count; i++)
		answers[i] = (struct type_answer){ 0 };
	struct error *err = resolve_symbols(kernel, queries, count, answers);
	if (err || !kernel->btf)
		return err;
	return btf_types_resolve(kernel->btf, queries, count, type_source, answers);
}

struct place_search {
	struct symbol_place *places;
	size_t count;
	uint64_t last; /* the highest address of any symbol: behind it is nothing known */
};

static bool is_code(char type)
{
	return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

static void place_offer(const char *name, char type, uint64_t address, void *context)
{
	struct place_search *search = context;

	if (address > search->last)
		search->last = address;
	for (size_t i = 0; is_code(type) && i < search->count; i++) {
		struct symbol_place *place = &search->places[i];

		if (address > place->address || (place->found && address <= place->start))
			continue;
		place->found = true;
		place->start = address;
		snprintf(place->name, sizeof(place->name), "%s", name);
	}
}

static void kernel_symbols_at(const struct typeinfo *ti, struct symbol_place *places, size_t count)
{
	const struct kernel *kernel = (const struct kernel *)ti;
	struct place_search search = { places, count, 0 };

	kallsyms_each(kernel->kallsyms, place_offer, &search);
	for (size_t i = 0; i < count; i++)
		places[i].found &= places[i].address < search.last;
}

static void kernel_close(struct typeinfo *ti)
{
	struct kernel *kernel = (struct kernel *)ti;

	btf__free(kernel->btf);
	kallsyms_free(kernel->kallsyms);
}

static const struct typeinfo_ops kernel_ops = {
	.name = "BTF",
	.resolve = kernel_resolve,
	.symbols_at = kernel_symbols_at,
	.close = kernel_close,
};

static bool copy_text(char **ret, const char *text)
{
	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

static struct error *describe(struct typeinfo *base, const char *name,
			      const struct kernel_view *view)
{
	bool is_copied = copy_text(&base->path, name) && copy_text(&base->release, view->release) &&
			 copy_text(&base->build_id, view->build_id) &&
			 copy_text(&base->machine, view->machine);

	return is_copied ? NULL : error_nomem();
}

static struct error *open_symbols(const char *name, struct kernel_view *view, struct kernel *kernel)
{
	kernel->base.ops = &kernel_ops;
	kernel->base.origin = "BTF";
	struct error *err = describe(&kernel->base, name, view);

	return err ? err : kallsyms_read(name, view, &kernel->kallsyms);
}

/* @finish reads the rest, or says why it cannot be used. */
static struct error *open_as(const char *name, struct kernel_view *view,
			     struct error *(*finish)(struct kernel *kernel,
						     struct kernel_view *view),
			     struct typeinfo **ret)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return error_nomem();
	_cleanup_(typeinfo_closep) struct typeinfo *base = &kernel->base;

	struct error *err = open_symbols(name, view, kernel);
	if (!err)
		err = finish(kernel, view);
	if (err)
		return err;
	*ret = take_ptr(base);
	return NULL;
}

struct error *typeinfo_open_kernel(const char *name, struct kernel_view *view,
				   struct typeinfo **ret)
{
	return open_as(name, view, read_btf, ret);
}

static struct error *check_data(struct kernel *kernel, struct kernel_view *view)
{
	bool has_data;
	struct error *err = look_for_data(kernel, &has_data);

	(void)view;
	if (err || has_data)
		return err;
	return error_new(ERROR_NOT_FOUND,
			 "dump '%s': the kernel's symbol table has no variables: it was built "
			 "without CONFIG_KALLSYMS_ALL",
			 kernel->base.path);
}

struct error *typeinfo_open_kernel_symbols(const char *name, struct kernel_view *view,
					   struct typeinfo **ret)
{
	return open_as(name, view, check_data, ret);
}
