// SPDX-License-Identifier: LGPL-2.1-or-later
/* The document tree: built node by node, freed at once, always fit to be written. */
#include "include/document.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <string.h>

#include "include/array.h"
#include "include/error.h"

enum {
	BLOCK_SIZE = 64 * 1024,
	/* Objects in objects; what writers may rely on to recurse. */
	DEPTH_MAX = 64,
};

/* Nodes and strings live in blocks: nothing is freed before the document is. */
struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) char data[];
};

struct document {
	struct document_node root;
	struct block *blocks; /* the first is being filled */
	bool out_of_memory, too_deep;
};

struct error *document_create(struct document **ret)
{
	struct document *document = calloc(1, sizeof(*document));

	if (!document)
		return error_nomem();

	document->root.type = NODE_OBJECT;
	document->root.document = document;
	*ret = document;
	return NULL;
}

void document_destroy(struct document *document)
{
	if (!document)
		return;

	for (struct block *block = document->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(document);
}

struct document_node *document_root(struct document *document)
{
	return &document->root;
}

struct error *document_finish(struct document *document)
{
	if (document->out_of_memory)
		return error_nomem();
	if (document->too_deep)
		return error_new(ERROR_UNSUPPORTED, "the report is nested deeper than %d levels",
				 DEPTH_MAX);
	return NULL;
}

static struct block *block_add(struct document *document, size_t size)
{
	size_t total;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;

	struct block *block =
		__builtin_add_overflow(size, sizeof(*block), &total) ? NULL : malloc(total);
	if (!block) {
		document->out_of_memory = true;
		return NULL;
	}
	*block = (struct block){ .next = document->blocks, .size = size };
	document->blocks = block;
	return block;
}

/* @size bytes that live as long as the document, for any type; NULL: no memory. */
static void *document_alloc(struct document *document, size_t size)
{
	struct block *block = document->blocks;
	size_t rounded;

	if (__builtin_add_overflow(size, alignof(max_align_t) - 1, &rounded)) {
		document->out_of_memory = true;
		return NULL;
	}
	rounded -= rounded % alignof(max_align_t);
	if (!block || block->size - block->used < rounded)
		block = block_add(document, rounded);
	if (!block)
		return NULL;

	void *memory = block->data + block->used;
	block->used += rounded;
	return memory;
}

/* Well-formed sequences by their first byte; the ranges are Unicode's table 3-7. */
static const struct utf8_form {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	unsigned char length;
} utf8_forms[] = {
	// clang-format off
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	// clang-format on
};

/* Characters that move the cursor or reorder what is shown. */
static const struct {
	uint32_t first, last;
} unsafe_characters[] = {
	{ 0x00, 0x1f },	    { 0x7f, 0x9f },	/* C0, DEL, C1 */
	{ 0x200e, 0x200f }, { 0x2028, 0x202e }, /* direction marks, separators, overrides */
	{ 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, /* isolates, byte order mark */
};

/* Bytes of the character at @text, with its number; 0 if it is not UTF-8. */
static unsigned utf8_decode(const unsigned char *text, uint32_t *ret)
{
	if (*text < 0x80) {
		*ret = *text;
		return 1;
	}
	for (size_t i = 0; i < COUNT_OF(utf8_forms); i++) {
		const struct utf8_form *form = &utf8_forms[i];

		if (*text < form->first_low || *text > form->first_high)
			continue;
		if (text[1] < form->second_low || text[1] > form->second_high)
			return 0;

		*ret = *text & (0x7f >> form->length);
		for (unsigned at = 1; at < form->length; at++) {
			if ((text[at] & 0xc0) != 0x80)
				return 0;
			*ret = *ret << 6 | (text[at] & 0x3f);
		}
		return form->length;
	}
	return 0;
}

static bool is_unsafe(uint32_t character)
{
	for (size_t i = 0; i < COUNT_OF(unsafe_characters); i++) {
		if (character >= unsafe_characters[i].first &&
		    character <= unsafe_characters[i].last)
			return true;
	}
	return false;
}

static bool is_plain(unsigned char byte)
{
	return byte >= ' ' && byte <= '~';
}

/*
 * Leaves valid UTF-8 without control characters: every byte that is none, and
 * every character that acts on a terminal and is none of @kept, becomes '?'.
 */
static void text_clean(char *text, const char *kept)
{
	const unsigned char *from = (const unsigned char *)text;

	while (*from) {
		uint32_t character = 0;
		unsigned length;

		if (is_plain(*from)) { /* nearly all are */
			*text++ = (char)*from++;
			continue;
		}
		length = utf8_decode(from, &character);

		if (!length || (is_unsafe(character) && !strchr(kept, *from))) {
			*text++ = '?';
			from += length ? length : 1;
			continue;
		}
		memmove(text, from, length);
		text += length;
		from += length;
	}
	*text = '\0';
}

/* A clean copy that lives as long as the document; NULL of NULL. */
static char *text_copy(struct document *document, const char *text, const char *kept)
{
	if (!text)
		return NULL;

	size_t size = strlen(text) + 1;
	char *copy = document_alloc(document, size);
	if (!copy)
		return NULL;

	memcpy(copy, text, size);
	text_clean(copy, kept);
	return copy;
}

static void node_format(struct document_node *node, const char *kept, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

static void node_format(struct document_node *node, const char *kept, const char *fmt, va_list args)
{
	_cleanup_free_ char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
		node->document->out_of_memory = true;
		return;
	}
	node->string = text_copy(node->document, text, kept);
}

static bool is_too_deep(const struct document_node *parent)
{
	unsigned depth = 0;

	for (const struct document_node *node = parent; node; node = node->parent)
		depth++;
	return depth > DEPTH_MAX;
}

static void append(struct document_node *parent, struct document_node *node)
{
	node->parent = parent;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
}

/* NULL, with the reason kept for document_finish(), if it cannot be made. */
static struct document_node *node_add(struct document_node *parent, enum node_type type,
				      const char *key, const char *label)
{
	if (!parent)
		return NULL;

	assert(parent->type == NODE_OBJECT || parent->type == NODE_ARRAY);
	struct document *document = parent->document;
	if (is_too_deep(parent)) {
		document->too_deep = true;
		return NULL;
	}

	struct document_node *node = document_alloc(document, sizeof(*node));
	if (!node)
		return NULL;

	*node = (struct document_node){
		.type = type,
		.key = text_copy(document, key, ""),
		.label = text_copy(document, label, ""),
		.document = document,
	};
	append(parent, node);
	return node;
}

struct document_node *document_object(struct document_node *parent, const char *key,
				      const char *label)
{
	return node_add(parent, NODE_OBJECT, key, label);
}

struct document_node *document_array(struct document_node *parent, const char *key,
				     const char *label)
{
	return node_add(parent, NODE_ARRAY, key, label);
}

struct document_node *document_string(struct document_node *parent, const char *key,
				      const char *label, const char *fmt, ...)
{
	struct document_node *node = node_add(parent, NODE_STRING, key, label);
	va_list args;

	if (!node)
		return NULL;

	va_start(args, fmt);
	node_format(node, "", fmt, args);
	va_end(args);
	return node;
}

struct document_node *document_lines(struct document_node *parent, const char *key, const char *fmt,
				     ...)
{
	struct document_node *node = node_add(parent, NODE_STRING, key, NULL);
	va_list args;

	if (!node)
		return NULL;

	va_start(args, fmt);
	node_format(node, "\n\t", fmt, args);
	va_end(args);
	return node;
}

struct document_node *document_text(struct document_node *parent, enum document_style style,
				    const char *fmt, ...)
{
	struct document_node *node = node_add(parent, NODE_TEXT, NULL, NULL);
	va_list args;

	if (!node)
		return NULL;

	node->style = style;
	va_start(args, fmt);
	node_format(node, "\n", fmt, args);
	va_end(args);
	return node;
}

struct document_node *document_bool(struct document_node *parent, const char *key,
				    const char *label, bool value)
{
	struct document_node *node = node_add(parent, NODE_BOOL, key, label);

	if (node)
		node->boolean = value;
	return node;
}

struct document_node *document_count(struct document_node *parent, const char *key,
				     const char *label, uint64_t value)
{
	struct document_node *node = node_add(parent, NODE_COUNT, key, label);

	if (node)
		node->number = value;
	return node;
}

struct document_node *document_integer(struct document_node *parent, const char *key,
				       const char *label, int64_t value)
{
	struct document_node *node = node_add(parent, NODE_INTEGER, key, label);

	if (node)
		node->bytes = value;
	return node;
}

struct document_node *document_bytes(struct document_node *parent, const char *key,
				     const char *label, int64_t value)
{
	struct document_node *node = node_add(parent, NODE_BYTES, key, label);

	if (node)
		node->bytes = value;
	return node;
}

struct document_node *document_hex(struct document_node *parent, const char *key, const char *label,
				   uint64_t value)
{
	struct document_node *node = node_add(parent, NODE_HEX, key, label);

	if (node)
		node->number = value;
	return node;
}

struct document_node *document_null(struct document_node *parent, const char *key,
				    const char *label)
{
	return node_add(parent, NODE_NULL, key, label);
}

void document_style(struct document_node *node, enum document_style style)
{
	if (node)
		node->style = style;
}
