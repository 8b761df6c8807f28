// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events to text and back. */
#include "analyzer/oops/crash_text.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/oops/crash_event.h"
#include "analyzer/oops/span.h"
#include "include/array.h"
#include "include/vector.h"

enum { LINE_MAX = 512, SHIFT_MAX = 63 };

enum field_type {
	FIELD_FLAG,   /* bool */
	FIELD_COUNT,  /* uint64_t or size_t, decimal */
	FIELD_SMALL,  /* uint32_t or unsigned, decimal */
	FIELD_HEX,    /* uint64_t */
	FIELD_TEXT,   /* char[]: not empty */
	FIELD_ACCESS, /* enum crash_access, by its name */
	FIELD_REASON,
};

static const size_t ALWAYS = SIZE_MAX;

/* A member that is one value. */
struct field {
	const char *key;
	enum field_type type;
	size_t offset, size;
	size_t has; /* the bool that says whether it is there, or ALWAYS */
	bool is_name;
};

#define FIELD(record, type, member)                                                                \
	{                                                                                          \
#member, type, offsetof(struct record, member),                                    \
			sizeof(((struct record *)NULL)->member), ALWAYS, false                     \
	}
#define FIELD_IF(record, type, member)                                                             \
	{                                                                                          \
#member, type, offsetof(struct record, member),                                    \
			sizeof(((struct record *)NULL)->member),                                   \
			offsetof(struct record, has_##member), false                               \
	}

_Static_assert(sizeof(size_t) == sizeof(uint64_t), "counts are 64 bits wide");

static const struct field log_fields[] = {
	FIELD(crash_log, FIELD_COUNT, more),
	FIELD(crash_log, FIELD_COUNT, suppressed_bad_pages),
	FIELD(crash_log, FIELD_COUNT, warnings),
	FIELD(crash_log, FIELD_FLAG, begins_inside),
	FIELD(crash_log, FIELD_COUNT, first_sequence),
	FIELD(crash_log, FIELD_COUNT, last_time_ns),
	FIELD(crash_log, FIELD_TEXT, missing),
};

static const struct field event_fields[] = {
	FIELD(crash_event, FIELD_FLAG, is_oops),
	FIELD(crash_event, FIELD_FLAG, is_panic),
	FIELD(crash_event, FIELD_FLAG, is_head_lost),
	FIELD(crash_event, FIELD_COUNT, time_ns),
	FIELD(crash_event, FIELD_COUNT, sequence),
	FIELD(crash_event, FIELD_COUNT, first_record),
	FIELD(crash_event, FIELD_COUNT, last_record),
	FIELD_IF(crash_event, FIELD_SMALL, cpu),
	FIELD_IF(crash_event, FIELD_SMALL, pid),
	{ "comm", FIELD_TEXT, offsetof(struct crash_event, comm), CRASH_COMM_MAX, ALWAYS, true },
	FIELD(crash_event, FIELD_TEXT, symbol),
	FIELD(crash_event, FIELD_TEXT, module),
	FIELD(crash_event, FIELD_TEXT, taint),
	FIELD(crash_event, FIELD_TEXT, text),
	FIELD_IF(crash_event, FIELD_HEX, address),
	FIELD(crash_event, FIELD_SMALL, address_shift),
	FIELD(crash_event, FIELD_ACCESS, access),
	FIELD(crash_event, FIELD_REASON, reason),
	FIELD_IF(crash_event, FIELD_HEX, code),
	FIELD_IF(crash_event, FIELD_HEX, pfn),
};

/*
 * Writing.
 */

/* A log can hold any byte: what would end the line, or a word in it, becomes '?'. */
static void save_chars(FILE *out, const char *text, char least)
{
	for (; *text; text++)
		fputc((unsigned char)*text < (unsigned char)least || *text == 0x7f ? '?' : *text,
		      out);
}

static void save_text(FILE *out, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	fprintf(out, "%s=", key);
	save_chars(out, value, ' ');
	fputc('\n', out);
}

static void save_word(FILE *out, const char *key, const char *word)
{
	fprintf(out, "%s=", key);
	save_chars(out, word[0] ? word : "?", '!');
	fputc(' ', out);
}

static void save_field(FILE *out, const struct field *field, const char *record)
{
	const void *value = record + field->offset;
	uint64_t wide = 0;
	uint32_t narrow = 0;

	switch (field->type) {
	case FIELD_FLAG:
		save_text(out, field->key, *(const bool *)value ? "1" : NULL);
		break;
	case FIELD_COUNT:
		memcpy(&wide, value, sizeof(wide));
		fprintf(out, "%s=%" PRIu64 "\n", field->key, wide);
		break;
	case FIELD_SMALL:
		memcpy(&narrow, value, sizeof(narrow));
		fprintf(out, "%s=%" PRIu32 "\n", field->key, narrow);
		break;
	case FIELD_HEX:
		memcpy(&wide, value, sizeof(wide));
		fprintf(out, "%s=0x%" PRIx64 "\n", field->key, wide);
		break;
	case FIELD_TEXT:
		save_text(out, field->key, value);
		break;
	case FIELD_ACCESS:
		save_text(out, field->key, crash_access_id(*(const enum crash_access *)value));
		break;
	case FIELD_REASON:
		save_text(out, field->key, crash_reason_id(*(const enum crash_reason *)value));
		break;
	}
}

static void save_fields(FILE *out, const struct field *fields, size_t count, const void *record,
			bool with_names)
{
	const char *bytes = record;

	for (size_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];
		bool is_there =
			field->has == ALWAYS || *(const bool *)(const void *)(bytes + field->has);

		if (is_there && (with_names || !field->is_name))
			save_field(out, field, bytes);
	}
}

static void save_lists(FILE *out, const struct crash_event *event)
{
	for (unsigned i = 0; i < event->entry_count; i++) {
		save_word(out, "entry", event->entries[i].level);
		fprintf(out, "0x%" PRIx64 "\n", event->entries[i].raw);
	}
	for (unsigned i = 0; i < event->page_word_count; i++)
		fprintf(out, "page_word=0x%" PRIx64 "\n", event->page_words[i]);
	for (unsigned i = 0; i < event->register_count; i++) {
		save_word(out, "register", event->registers[i].name);
		fprintf(out, "0x%" PRIx64 "\n", event->registers[i].value);
	}
	for (unsigned i = 0; i < event->caller_count; i++) {
		save_word(out, "caller", event->callers[i]);
		save_chars(out, event->caller_modules[i], '!');
		fputc('\n', out);
	}
}

struct error *crash_log_save(const struct crash_log *log, bool with_names, char **ret)
{
	size_t size;
	_cleanup_free_ char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return error_nomem();
	fprintf(out, "events=%zu\n", log->count);
	save_fields(out, log_fields, COUNT_OF(log_fields), log, with_names);
	for (size_t i = 0; i < log->count; i++) {
		const struct crash_event *event = &log->events[i];

		fprintf(out, "event=%s\n", crash_kind_id(event->kind));
		save_fields(out, event_fields, COUNT_OF(event_fields), event, with_names);
		save_lists(out, event);
	}
	bool is_short = ferror(out) != 0;
	if (fclose(out) != 0 || is_short || !text)
		return error_nomem();
	*ret = take_ptr(text);
	return NULL;
}

/*
 * Reading. Each says false if the value is none of its kind.
 */

static bool load_number(struct span value, bool is_hex, uint64_t max, uint64_t *ret)
{
	if (is_hex ? !span_skip(&value, "0x") || !span_hex(&value, ret)
		   : !span_decimal(&value, ret))
		return false;
	return value.len == 0 && *ret <= max;
}

static bool load_text(struct span value, char *ret, size_t size)
{
	if (value.len >= size)
		return false;
	span_copy(value, ret, size);
	return true;
}

static bool span_is(struct span span, const char *text)
{
	return span_skip(&span, text) && span.len == 0;
}

static bool load_access(struct span value, enum crash_access *ret)
{
	for (enum crash_access access = ACCESS_READ; access <= ACCESS_FETCH; access++)
		if (span_is(value, crash_access_id(access)))
			*ret = access;
	return true;
}

static bool load_reason(struct span value, enum crash_reason *ret)
{
	for (enum crash_reason reason = REASON_NOT_PRESENT; reason <= REASON_PROTECTION_KEY;
	     reason++)
		if (span_is(value, crash_reason_id(reason)))
			*ret = reason;
	return true;
}

static bool load_value(const struct field *field, struct span value, void *ret)
{
	uint64_t number = 0;

	switch (field->type) {
	case FIELD_FLAG:
		*(bool *)ret = true;
		return span_is(value, "1");
	case FIELD_COUNT:
	case FIELD_HEX:
		if (!load_number(value, field->type == FIELD_HEX, UINT64_MAX, &number))
			return false;
		memcpy(ret, &number, sizeof(number));
		return true;
	case FIELD_SMALL:
		if (!load_number(value, false, UINT32_MAX, &number))
			return false;
		*(uint32_t *)ret = (uint32_t)number;
		return true;
	case FIELD_TEXT:
		return load_text(value, ret, field->size);
	case FIELD_ACCESS:
		return load_access(value, ret);
	case FIELD_REASON:
		return load_reason(value, ret);
	}
	return false;
}

/* A key of no field is of a later version: true. */
static bool load_field(const struct field *fields, size_t count, struct span key, struct span value,
		       void *record)
{
	char *bytes = record;

	for (size_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];

		if (!span_is(key, field->key))
			continue;
		if (field->has != ALWAYS)
			*(bool *)(void *)(bytes + field->has) = true;
		return load_value(field, value, bytes + field->offset);
	}
	return true;
}

static bool load_entry(struct crash_event *event, struct span value)
{
	struct crash_entry *entry = &event->entries[event->entry_count];

	if (event->entry_count == CRASH_ENTRIES_MAX)
		return false;
	event->entry_count++;
	return load_text(span_word(&value), entry->level, sizeof(entry->level)) &&
	       load_number(value, true, UINT64_MAX, &entry->raw);
}

static bool load_page_word(struct crash_event *event, struct span value)
{
	if (event->page_word_count == CRASH_PAGE_WORDS)
		return false;
	return load_number(value, true, UINT64_MAX, &event->page_words[event->page_word_count++]);
}

static bool load_register(struct crash_event *event, struct span value)
{
	struct crash_register *reg = &event->registers[event->register_count];

	if (event->register_count == CRASH_REGISTERS_MAX)
		return false;
	event->register_count++;
	return load_text(span_word(&value), reg->name, sizeof(reg->name)) &&
	       load_number(value, true, UINT64_MAX, &reg->value);
}

static bool load_caller(struct crash_event *event, struct span value)
{
	unsigned count = event->caller_count;

	if (count == CRASH_CALLERS_MAX)
		return false;
	event->caller_count++;
	return load_text(span_word(&value), event->callers[count], CRASH_SYMBOL_MAX) &&
	       load_text(value, event->caller_modules[count], CRASH_MODULE_MAX);
}

/* Members of which there are several. */
static const struct {
	const char *key;
	bool (*load)(struct crash_event *event, struct span value);
} lists[] = {
	{ "entry", load_entry },
	{ "page_word", load_page_word },
	{ "register", load_register },
	{ "caller", load_caller },
};

static bool load_event_line(struct crash_event *event, struct span key, struct span value)
{
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (span_is(key, lists[i].key))
			return lists[i].load(event, value);
	return load_field(event_fields, COUNT_OF(event_fields), key, value, event) &&
	       event->address_shift <= SHIFT_MAX;
}

static struct error *load_event(struct crash_log *log, struct span kind, bool *is_good)
{
	char id[32];

	*is_good = log->count < CRASH_EVENTS_MAX && load_text(kind, id, sizeof(id));
	if (!*is_good)
		return NULL;
	return vector_push(log->events, log->count, log->room,
			   (struct crash_event){ .kind = crash_kind_by_id(id) });
}

static struct error *load_line(struct crash_log *log, struct span line, uint64_t *events,
			       bool *is_good)
{
	struct span key, value = line;

	*is_good = line.len <= LINE_MAX && span_find(&value, "=", &key);
	if (!*is_good)
		return NULL;
	if (span_is(key, "event"))
		return load_event(log, value, is_good);
	if (span_is(key, "events"))
		*is_good = load_number(value, false, CRASH_EVENTS_MAX, events);
	else if (log->count)
		*is_good = load_event_line(&log->events[log->count - 1], key, value);
	else
		*is_good = load_field(log_fields, COUNT_OF(log_fields), key, value, log);
	return NULL;
}

static struct error *load_lines(const char *text, struct crash_log *log)
{
	struct span rest = { text, strlen(text) };
	uint64_t events = UINT64_MAX;

	for (uint64_t number = 1; rest.len; number++) {
		struct span line = rest;
		bool is_good;

		if (!span_find(&rest, "\n", &line))
			rest.len = 0;
		struct error *err = load_line(log, line, &events, &is_good);
		if (err)
			return err;
		if (!is_good)
			return error_new(ERROR_CORRUPT,
					 "events of the kernel's log: line %" PRIu64
					 " is not as vmemscope writes it",
					 number);
	}
	if (events != log->count)
		return error_new(
			ERROR_CORRUPT,
			"events of the kernel's log: %zu are there, not as many as it says",
			log->count);
	return NULL;
}

struct error *crash_log_load(const char *text, struct crash_log *ret)
{
	*ret = (struct crash_log){ 0 };
	struct error *err = load_lines(text, ret);
	if (err)
		crash_log_deinit(ret);
	return err;
}
