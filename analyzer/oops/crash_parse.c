// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lines of the log into events. The lines of a report have one writer, while others write
 * between them; so each writer has a report of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/oops/crash_event.h"
#include "analyzer/oops/report.h"
#include "analyzer/oops/shapes.h"
#include "include/hash.h"
#include "include/vector.h"

enum {
	LINE_MAX = 1024, /* what is behind it in a line does not count */
	WRITERS_FIRST = 64,
	SHAPES_MAX = 256,
};

static const uint64_t NULL_PAGE_END = 4096;

/* The rows of both tables by the first byte of a line; those of any line apart. */
struct shape_index {
	const struct line_shape *shapes[SHAPES_MAX];
	uint16_t first[257]; /* of the rows for lines that begin with this byte */
	uint16_t end;
};

static unsigned shape_byte(const struct line_shape *shape)
{
	return shape->start[0] ? (unsigned char)shape->start[0] : 256;
}

static void index_add(struct shape_index *index, const struct line_table *table, unsigned byte)
{
	for (size_t i = 0; table && i < table->count; i++)
		if (shape_byte(&table->shapes[i]) == byte && index->end < SHAPES_MAX)
			index->shapes[index->end++] = &table->shapes[i];
}

static void index_build(struct shape_index *index, const struct line_table *machine)
{
	index->end = 0;
	for (unsigned byte = 0; byte <= 256; byte++) {
		index->first[byte] = index->end;
		index_add(index, machine, byte);
		index_add(index, &line_table_everywhere, byte);
	}
}

/*
 * Writers.
 */

static struct writer *writer_slot(struct writer *writers, size_t room, uint32_t caller)
{
	size_t at = hash_number(HASH_START, caller) >> 20;

	for (;; at++) {
		struct writer *writer = &writers[at & (room - 1)];

		if (!writer->is_used || writer->caller == caller)
			return writer;
	}
}

static struct error *writers_grow(struct reader *reader)
{
	size_t room = reader->writer_room ? 2 * reader->writer_room : WRITERS_FIRST;
	struct writer *writers = calloc(room, sizeof(*writers));

	if (!writers)
		return error_nomem();
	for (size_t i = 0; i < reader->writer_room; i++)
		if (reader->writers[i].is_used)
			*writer_slot(writers, room, reader->writers[i].caller) = reader->writers[i];
	free(reader->writers);
	reader->writers = writers;
	reader->writer_room = room;
	return NULL;
}

static struct error *writer_of(struct reader *reader, uint32_t caller, struct writer **ret)
{
	if (2 * (reader->writer_count + 1) > reader->writer_room) {
		struct error *err = writers_grow(reader);
		if (err)
			return err;
	}

	*ret = writer_slot(reader->writers, reader->writer_room, caller);
	if (!(*ret)->is_used) {
		reader->writer_count++;
		**ret = (struct writer){ .caller = caller, .is_used = true, .event = EVENT_NONE };
	}
	return NULL;
}

/*
 * Lines.
 */

/*
 * The first line of a writer belongs to a report: its first lines are not in the log any more.
 * What kind it is, if any, the other lines tell.
 */
static bool take_first_line(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct reader *reader = report->reader;
	bool begins_inside = reader->record == 0;

	report_begin_unsure(report);
	if (!report->event)
		return true;
	report->event->is_head_lost = true;
	if (shape->body && !shape->body(report, rest)) {
		report_close(report);
		report->writer->phase = PHASE_SILENT;
		return false;
	}
	reader->log->begins_inside |= begins_inside;
	return true;
}

static bool take_body(struct report *report, const struct line_shape *shape, struct span rest)
{
	struct writer *writer = report->writer;

	if (writer->phase == PHASE_SILENT && !writer->has_spoken)
		return take_first_line(report, shape, rest);
	if (writer->phase != PHASE_OPEN)
		return true;
	if (shape->body && !shape->body(report, rest))
		return false;
	if (report->event)
		report->event->last_record = report->reader->record;
	return true;
}

static bool take_shape(struct report *report, const struct line_shape *shape)
{
	struct span rest = report->line;

	if (!span_skip(&rest, shape->start))
		return false;
	return shape->head ? shape->head(report, shape, rest) : take_body(report, shape, rest);
}

static bool take_shapes(struct report *report, const struct shape_index *index, unsigned byte)
{
	size_t end = byte < 256 ? index->first[byte + 1] : index->end;

	for (size_t i = index->first[byte]; i < end; i++)
		if (take_shape(report, index->shapes[i]))
			return true;
	return false;
}

/* Another thing is spoken of: where the trace of a report has been, it is over. */
static void take_unknown(struct report *report)
{
	if (report->event && report->writer->has_trace && !report->event->is_oops)
		report_close(report);
}

static void read_line(struct reader *reader, struct writer *writer, const struct shape_index *index,
		      struct span line)
{
	bool is_open = writer->phase == PHASE_OPEN && writer->event != EVENT_NONE;
	struct report report = {
		.reader = reader,
		.writer = writer,
		.event = is_open ? &reader->log->events[writer->event] : NULL,
		.line = line,
	};

	if (!take_shapes(&report, index, (unsigned char)line.at[0]) &&
	    !take_shapes(&report, index, 256))
		take_unknown(&report);
	writer->has_spoken = true;
}

static struct span next_line(struct span *text)
{
	const char *end = memchr(text->at, '\n', text->len);
	size_t len = end ? (size_t)(end - text->at) : text->len;
	struct span line = { text->at, len < LINE_MAX ? len : LINE_MAX };

	len += end != NULL;
	text->at += len;
	text->len -= len;
	return line;
}

static struct error *read_record(struct reader *reader, const struct shape_index *index,
				 const struct log_record *record, struct span text)
{
	struct writer *writer;
	struct error *err = writer_of(reader, record->caller, &writer);

	while (!err && text.len) {
		struct span line = next_line(&text);

		if (line.len)
			read_line(reader, writer, index, line);
		err = take_ptr(reader->err);
	}
	return err;
}

static struct error *read_records(struct reader *reader, const struct shape_index *index,
				  const struct kernel_log *log)
{
	struct error *err = NULL;

	for (size_t i = 0; !err && i < log->count; i++) {
		const struct log_record *record = &log->records[i];

		/* A program wrote it: whatever it looks like, nothing happened. */
		if (record->facility)
			continue;
		reader->record = i;
		reader->time_ns = record->time_ns;
		reader->sequence = record->sequence;
		err = read_record(reader, index, record,
				  (struct span){ log_text(log, i), record->text_len });
	}
	return err;
}

/*
 * The end.
 */

static int event_compare(const void *a, const void *b)
{
	const struct crash_event *one = a, *other = b;

	return (one->first_record > other->first_record) -
	       (one->first_record < other->first_record);
}

/* What only the whole report tells. */
static void event_finish(struct crash_event *event)
{
	/* riscv64 has no words for it, and other first lines may be lost. */
	if (event->kind == CRASH_PAGE_FAULT && event->has_address && event->address < NULL_PAGE_END)
		event->kind = CRASH_NULL_POINTER;
	/* Which of the lines was lost, and so which words these are, nothing tells. */
	if (event->is_head_lost && event->page_word_count < CRASH_PAGE_WORDS) {
		memset(event->page_words, 0, sizeof(event->page_words));
		event->page_word_count = 0;
	}
}

static void log_finish(struct crash_log *log)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->count; i++) {
		if (!event_is_kept(&log->events[i]))
			continue;
		event_finish(&log->events[i]);
		log->begins_inside |=
			log->events[i].is_head_lost && log->events[i].first_record == 0;
		if (kept != i)
			log->events[kept] = log->events[i];
		kept++;
	}
	log->count = kept;
	for (size_t i = 1; i < kept; i++)
		if (log->events[i].first_record < log->events[i - 1].first_record) {
			qsort(log->events, kept, sizeof(*log->events), event_compare);
			return;
		}
}

struct error *crash_log_parse(const struct kernel_log *log, uint16_t elf_machine,
			      struct crash_log *ret)
{
	struct reader reader = {
		.log = ret,
		.last_oops = EVENT_NONE,
		.last_memory_failure = EVENT_NONE,
		.redirected = EVENT_NONE,
	};
	struct shape_index index;

	*ret = (struct crash_log){ 0 };
	index_build(&index, line_table_of(elf_machine));
	struct error *err = read_records(&reader, &index, log);
	free(reader.writers);
	free(reader.dropped);
	if (err) {
		crash_log_deinit(ret);
		return err;
	}
	log_finish(ret);
	return NULL;
}
