// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's log, record by record. */
#include "analyzer/reports/report_parts.h"

#include <stdlib.h>

#include "analyzer/log/log_text.h"
#include "include/error.h"

static void add_number(struct document_node *node, const char *key, bool is_known, uint64_t value)
{
	if (is_known)
		document_count(node, key, NULL, value);
	else
		document_null(node, key, NULL);
}

static struct error *add_record(struct document_node *list, const struct kernel_log *log, size_t i,
				struct log_buffer *buffer)
{
	const struct log_record *record = &log->records[i];
	struct document_node *node = document_object(list, NULL, NULL);
	bool has_cpu = record->caller & LOG_CALLER_CPU;

	buffer->bytes = 0;
	struct error *err = log_add_text(buffer, log, i);
	if (err)
		return err;
	document_count(node, "sequence", NULL, record->sequence);
	document_count(node, "time_ns", NULL, record->time_ns);
	add_number(node, "level", record->level != LOG_LEVEL_UNKNOWN, record->level);
	add_number(node, "pid", !has_cpu, record->caller);
	add_number(node, "cpu", has_cpu, record->caller & ~LOG_CALLER_CPU);
	document_bool(node, "torn", NULL, record->is_torn);
	document_lines(node, "text", "%s", buffer->text);
	return NULL;
}

static struct error *add_records(struct document_node *list, const struct report_log_source *source)
{
	const struct kernel_log *log = source->log;
	struct log_buffer buffer = { 0 };
	struct error *err = NULL;

	for (size_t i = log_first_wanted(log, source->selection); i < log->count && !err; i++)
		if (log_is_wanted(&log->records[i], source->selection))
			err = add_record(list, log, i, &buffer);
	free(buffer.text);
	return err;
}

static void add_head(struct document_node *root, const struct report_log_source *source)
{
	const struct kernel_log *log = source->log;

	document_string(root, "schema", NULL, "vmemscope-log");
	document_count(root, "schema_version", NULL, LOG_SCHEMA_VERSION);
	struct document_node *tool = document_object(root, "tool", NULL);
	document_string(tool, "name", NULL, "vmemscope");
	document_string(tool, "version", NULL, "%s", source->version);
	document_string(root, "path", NULL, "%s", source->path);
	if (source->release)
		document_string(root, "release", NULL, "%s", source->release);
	else
		document_null(root, "release", NULL);
	add_number(root, "first_sequence", log->count, log->first_sequence);
	document_count(root, "torn", NULL, log->torn);
	document_count(root, "lost", NULL, log->lost);
	document_count(root, "damaged", NULL, log->damaged);
	document_count(root, "unreadable", NULL, log->unreadable);
}

struct error *report_log(const struct report_log_source *source, struct document **ret)
{
	struct document *document;
	struct error *err = document_create(&document);

	if (err)
		return err;
	add_head(document_root(document), source);
	err = add_records(document_array(document_root(document), "records", NULL), source);
	if (err) {
		document_destroy(document);
		return err;
	}
	return report_finish(document, ret);
}
