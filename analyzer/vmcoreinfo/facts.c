// SPDX-License-Identifier: LGPL-2.1-or-later
/* VMCOREINFO text into a sorted table of keys. */
#include "analyzer/vmcoreinfo/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "include/error.h"

struct fact {
	const char *key, *value;
};

struct facts {
	char *text;
	struct fact *fact; /* by key */
	size_t count;
};

static int fact_compare(const void *a, const void *b)
{
	return strcmp(((const struct fact *)a)->key, ((const struct fact *)b)->key);
}

static size_t line_count(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void facts_split(struct facts *facts)
{
	char *rest = facts->text, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *equals = strchr(line, '=');

		if (!equals)
			continue;
		*equals = '\0';
		facts->fact[facts->count++] = (struct fact){ line, equals + 1 };
	}
}

struct error *facts_parse(const char *vmcoreinfo, struct facts **ret)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (!facts)
		return error_nomem();
	facts->text = strdup(vmcoreinfo);
	facts->fact = calloc(line_count(vmcoreinfo), sizeof(*facts->fact));
	if (!facts->text || !facts->fact) {
		facts_destroy(facts);
		return error_nomem();
	}

	facts_split(facts);
	if (facts->count == 0) {
		facts_destroy(facts);
		return error_new(ERROR_CORRUPT, "VMCOREINFO holds no KEY=VALUE line");
	}
	qsort(facts->fact, facts->count, sizeof(*facts->fact), fact_compare);
	*ret = facts;
	return NULL;
}

void facts_destroy(struct facts *facts)
{
	if (!facts)
		return;
	free(facts->fact);
	free(facts->text);
	free(facts);
}

const char *facts_text(const struct facts *facts, const char *key)
{
	const struct fact wanted = { .key = key };
	const struct fact *fact =
		bsearch(&wanted, facts->fact, facts->count, sizeof(*facts->fact), fact_compare);

	return fact ? fact->value : NULL;
}

static bool parse_number(const char *text, int base, uint64_t *ret)
{
	char *end;
	bool negative = *text == '-';

	if (!*text || *text == ' ')
		return false;
	errno = 0;
	uint64_t value =
		negative ? (uint64_t)strtoll(text, &end, base) : strtoull(text, &end, base);
	if (errno || *end)
		return false;
	*ret = value;
	return true;
}

bool facts_value(const struct facts *facts, const char *kind, const char *name, uint64_t *ret)
{
	char key[128];

	if ((size_t)snprintf(key, sizeof(key), "%s(%s)", kind, name) >= sizeof(key))
		return false;

	const char *text = facts_text(facts, key);
	if (!text)
		return false;

	bool hex = strcmp(kind, "SYMBOL") == 0 || strncmp(text, "0x", 2) == 0;
	return parse_number(text, hex ? 16 : 10, ret);
}

/* The name in "KIND(name)" into @name. */
static bool key_name(const char *key, const char *kind, char *name, size_t size)
{
	size_t skip = strlen(kind), len = strlen(key);

	if (strncmp(key, kind, skip) != 0 || key[skip] != '(' || key[len - 1] != ')' ||
	    len - skip - 2 >= size)
		return false;
	memcpy(name, key + skip + 1, len - skip - 2);
	name[len - skip - 2] = '\0';
	return true;
}

bool facts_next(const struct facts *facts, const char *kind, size_t *at, char *name, size_t size,
		uint64_t *ret)
{
	while (*at < facts->count)
		if (key_name(facts->fact[(*at)++].key, kind, name, size) &&
		    facts_value(facts, kind, name, ret))
			return true;
	return false;
}

bool facts_hex(const struct facts *facts, const char *key, uint64_t *ret)
{
	const char *text = facts_text(facts, key);

	return text && parse_number(text, 16, ret);
}

uint64_t facts_kernel_offset(const struct facts *facts)
{
	uint64_t offset = 0;

	return facts_hex(facts, "KERNELOFFSET", &offset) ? offset : 0;
}
