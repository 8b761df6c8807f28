// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opens a dump, finds its types, analyses it. */
#include "cmd/command.h"
#include "cmd/confine.h"
#include "analyzer/kernel/target.h"
#include "analyzer/paging/paging_check.h"
#include "analyzer/paging/vmcoreinfo_judge.h"
#include "analyzer/distill/recorder.h"
#include "cmd/types_source.h"
#include "analyzer/reports/reports.h"
#include "include/dump.h"
#include "include/error.h"
#include "include/plural.h"
#include "version.h"

static struct error *analysis_failed(const struct dump *dump, struct error *err)
{
	const struct dump_packed *packed = &dump->packed;
	char text[PACKED_TEXT_BYTES];

	/* What is missing of the dump is so because of it. */
	if (packed->state != PACKED_WHOLE)
		return error_context(err, "'%s', packed with %s, %s", dump->path, packed->name,
				     packed_state_text(packed->state, packed->state_offset, text));
	if (!dump->truncated)
		return error_context(err, "'%s'", dump->path);
	if (!dump->missing_bytes)
		return error_context(err, "'%s' is truncated", dump->path);
	return error_context(err, "'%s' is truncated (%llu of its bytes %s missing)", dump->path,
			     (unsigned long long)dump->missing_bytes, verb_be(dump->missing_bytes));
}

/* Page tables that cannot be walked: say so before types are searched, which would not help. */
static struct error *target_open(const struct dump *dump, struct target *ret)
{
	struct error *err = target_init(ret, dump->memory, dump->elf_machine, dump->big_endian,
					dump->vmcoreinfo);

	if (!err)
		err = paging_check_tables(ret->kmem, ret->facts);
	return err ? analysis_failed(dump, err) : NULL;
}

/* What a file lacks that ends early may be why its own types cannot be used. */
static struct error *find_types(const struct dump *dump, const struct input_options *input,
				struct typeinfo **ret)
{
	struct target target;
	struct error *err = target_open(dump, &target);

	if (!err) {
		err = types_open(&(struct types_request){ dump, &target, input }, ret);
		if (err && dump->truncated)
			err = analysis_failed(dump, err);
	}
	target_deinit(&target);
	return err;
}

static struct error *analyse(struct session *session, struct memory *memory,
			     const struct input_options *input, enum analysis_depth depth)
{
	const struct dump *dump = session->dump;
	/* Read from the dump itself: what is recorded would be in a distilled dump. */
	const struct crash_sources crash = {
		.memory = dump->distilled ? NULL : dump->memory,
		.saved = dump->crash,
		.cpus = dump->cpus,
		.cpu_count = dump->cpu_count,
		.from_qemu = dump->from_qemu,
		.is_live = dump->live,
	};
	const struct analysis_options options = {
		.depth = depth,
		.crash = depth == ANALYSIS_INVENTORY ? NULL : &crash,
		.findings_max = input->findings_max,
		.threads = dump->live && !input->threads ? 1 : input->threads,
		.quick = input->quick,
		.focus = input->focus,
		.progress = input->progress,
	};

	return (dump->live ? analysis_run_live : analysis_run)(
		memory, dump->elf_machine, dump->big_endian, dump->vmcoreinfo, session->typeinfo,
		&options, &session->analysis);
}

static struct error *live_begin(const struct dump *dump, bool record)
{
	priority_lower();
	if (!record)
		return NULL;
	return error_new(
		ERROR_UNSUPPORTED,
		"'%s' is the running machine, which changes while it is read; take a dump and "
		"distill that",
		dump->path);
}

static bool show_unpacking(void *context, const struct unpack_progress *unpacked)
{
	struct analysis_progress *shown = context;
	uint64_t part = unpacked->packed_size / 1000;

	atomic_store(&shown->unpacks, true);
	atomic_store(&shown->bytes, unpacked->unpacked_bytes);
	atomic_store(&shown->permille, part ? (uint32_t)(unpacked->packed_bytes / part) : 0);
	return !atomic_load(&shown->cancel);
}

static void unpacking_end(struct analysis_progress *shown)
{
	atomic_store(&shown->bytes, 0);
	atomic_store(&shown->permille, 0);
	atomic_store(&shown->unpacks, false);
}

static struct error *open_dump(const char *const *paths, size_t count,
			       const struct input_options *input, struct dump **ret)
{
	const struct dump_options options = {
		.vmcoreinfo = input->vmcoreinfo,
		.judge = vmcoreinfo_judge,
		.unpacked_max = input->unpacked_max,
		.unpacking = input->progress ? show_unpacking : NULL,
		.unpacking_context = input->progress,
	};
	struct error *err = dump_open_with(paths, count, &options, ret);

	if (input->progress)
		unpacking_end(input->progress);
	return err;
}

static struct error *open_all(const char *const *paths, size_t count,
			      const struct input_options *input, enum analysis_depth depth,
			      bool record, struct session *session)
{
	confine_set_stage(CONFINE_OPENING);
	struct error *err = open_dump(paths, count, input, &session->dump);

	if (!err && session->dump->live)
		err = live_begin(session->dump, record);
	confine_set_stage(CONFINE_TYPES);
	if (!err)
		err = find_types(session->dump, input, &session->typeinfo);
	if (err)
		return err;
	confine_set_stage(CONFINE_ANALYSIS);
	if (session->dump->live && !input->opens_again)
		confine_opened();

	struct memory *memory = session->dump->memory;
	if (record) {
		err = recorder_create(memory, &session->recorder);
		if (err)
			return err;
		memory = recorder_memory(session->recorder);
	}
	err = analyse(session, memory, input, depth);
	return err ? analysis_failed(session->dump, err) : NULL;
}

struct error *session_open(const char *const *paths, size_t count,
			   const struct input_options *input, enum analysis_depth depth,
			   bool record, struct session *ret)
{
	*ret = (struct session){ 0 };
	struct error *err = open_all(paths, count, input, depth, record, ret);
	/* Worse than whatever was made of the bytes. */
	struct error *lost = ret->dump ? dump_check(ret->dump) : NULL;

	if (lost) {
		error_destroy(err);
		err = lost;
	}
	if (err)
		session_close(ret);
	return err;
}

struct error *session_look(struct session *session, const struct input_options *input,
			   enum analysis_depth depth)
{
	const char *const paths[] = { session->dump->path };
	struct dump *dump;
	struct error *err = dump_open(paths, 1, &dump);

	if (err)
		return err;
	analysis_destroy(session->analysis);
	session->analysis = NULL;
	dump_close(session->dump);
	session->dump = dump;
	err = analyse(session, dump->memory, input, depth);
	return err ? analysis_failed(dump, err) : NULL;
}

void session_close(struct session *session)
{
	analysis_destroy(session->analysis);
	recorder_destroy(session->recorder);
	typeinfo_close(session->typeinfo);
	dump_close(session->dump);
	*session = (struct session){ 0 };
}

struct report_source session_document(const struct session *session)
{
	return (struct report_source){
		.version = VMEMSCOPE_VERSION,
		.dump = session->dump,
		.typeinfo = session->typeinfo,
		.analysis = session->analysis,
	};
}

struct error *session_report(const struct session *session, struct document **ret)
{
	const struct report_source source = session_document(session);

	return report_build(&source, ret);
}
