// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reads what is known of the crash: the log's events, and what the kernel noted. */
#include "analyzer/crash/crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/log/kernel_log.h"
#include "analyzer/oops/cpu_registers.h"
#include "analyzer/oops/crash_text.h"
#include "analyzer/pages/survey.h"
#include "include/array.h"
#include "include/dump.h"
#include "include/error.h"

/* With a way of its own to the memory: the target's may be recorded. */
static struct error *own_kmem(const struct target *target, const struct crash_sources *sources,
			      struct kmem *ret)
{
	return kmem_init(ret, target->arch, &target->paging, sources->memory,
			 target->kmem->big_endian);
}

static struct error *log_read(const struct target *target, const struct crash_sources *sources,
			      struct kernel_log *ret)
{
	struct kmem kmem = { 0 };
	struct error *err = own_kmem(target, sources, &kmem);

	if (!err)
		err = kernel_log_read(&kmem, target->facts, ret);
	kmem_deinit(&kmem);
	return err;
}

static struct error *events_read(const struct target *target, const struct crash_sources *sources,
				 struct crash *crash)
{
	struct kernel_log log = { 0 };

	if (sources->saved) {
		struct error *err = crash_log_load(sources->saved, &crash->log);

		crash->missing = crash->log.missing[0] ? crash->log.missing : NULL;
		return err;
	}
	if (!sources->memory) {
		crash->missing = "this dump was distilled without it";
		return NULL;
	}
	struct error *err = log_read(target, sources, &log);
	if (!err)
		err = crash_log_parse(&log, target->arch->elf_machine, &crash->log);
	crash->missing = log.missing;
	crash->log.first_sequence = log.first_sequence;
	crash->log.last_time_ns = log.count ? log.records[log.count - 1].time_ns : 0;
	kernel_log_deinit(&log);
	return err;
}

/* -1 in the variable: no CPU panicked. Linux kernel kernel/panic.c */
static struct error *panic_cpu_read(const struct target *target, struct crash *crash)
{
	enum memory_state state = MEMORY_ABSENT;
	uint64_t cpu = UINT32_MAX;

	if (!layout_has(&target->layout, LAYOUT_SYM_PANIC_CPU))
		return NULL;
	struct error *err =
		kmem_read_uint(target->kmem, layout_symbol(&target->layout, LAYOUT_SYM_PANIC_CPU),
			       4, &cpu, &state);
	crash->panic_cpu_known = !err && state == MEMORY_PRESENT && cpu < INT32_MAX;
	crash->panic_cpu = (uint32_t)cpu;
	return err;
}

static void crash_time_read(const struct target *target, struct crash *crash)
{
	const char *text = facts_text(target->facts, "CRASHTIME");

	crash->crash_time = text ? strtoull(text, NULL, 10) : 0;
}

/* --- what the log does not say ----------------------------------------------------------- */

/* The one CPU whose task that was; NULL: none, or it cannot be told from others. */
static const struct dump_cpu *cpu_of(const struct target *target,
				     const struct crash_sources *sources, uint32_t pid,
				     struct cpu_registers *ret)
{
	const struct dump_cpu *found = NULL;

	for (size_t i = 0; i < sources->cpu_count; i++) {
		const struct dump_cpu *cpu = &sources->cpus[i];

		if (!cpu_registers_read(cpu, target->arch->elf_machine, cpu->big_endian, ret) ||
		    ret->pid != pid)
			continue;
		if (found)
			return NULL;
		found = cpu;
	}
	return found && cpu_registers_read(found, target->arch->elf_machine, found->big_endian, ret)
		       ? found
		       : NULL;
}

/*
 * Of an oops without registers in the log: a note has those of the fault. The idle task, of
 * which each CPU has one, cannot be told by its pid.
 */
static void registers_add(const struct target *target, const struct crash_sources *sources,
			  struct crash_event *event)
{
	struct cpu_registers registers;

	if (!event->is_oops || event->register_count || !event->has_pid || !event->pid ||
	    sources->from_qemu || !cpu_of(target, sources, event->pid, &registers))
		return;
	for (unsigned i = 0; i < registers.count && i < CRASH_REGISTERS_MAX; i++) {
		struct crash_register *to = &event->registers[event->register_count++];

		snprintf(to->name, sizeof(to->name), "%s", registers.registers[i].name);
		to->value = registers.registers[i].value;
	}
}

/* Of the last event that stops a machine: what the notes and the kernel's variable add. */
static void end_complete(const struct target *target, const struct crash_sources *sources,
			 struct crash *crash)
{
	for (size_t i = crash->log.count; i > 0; i--) {
		struct crash_event *event = &crash->log.events[i - 1];

		if (!event->is_oops && !event->is_panic)
			continue;
		registers_add(target, sources, event);
		if (!event->has_cpu && crash->panic_cpu_known) {
			event->has_cpu = true;
			event->cpu = crash->panic_cpu;
		}
		return;
	}
}

struct error *crash_known_read(const struct target *target, const struct crash_sources *sources,
			       struct crash *ret)
{
	*ret = (struct crash){ .cause = CRASH_NO_EVENT, .end = CRASH_NO_EVENT };
	if (sources->is_live)
		return NULL;
	crash_time_read(target, ret);
	struct error *err = panic_cpu_read(target, ret);
	if (!err)
		err = events_read(target, sources, ret);
	if (!err)
		end_complete(target, sources, ret);
	return err;
}

/* --- for a distilled dump ----------------------------------------------------------------- */

/* Beginnings of what the kernel itself says when it panics: there is no name in them. */
static const char *const messages[] = {
	"Attempted to kill init!",
	"Attempted to kill the idle task!",
	"Fatal exception in interrupt",
	"Fatal exception",
	"Fatal machine check",
	"Hard LOCKUP",
	"Machine check",
	"Memory failure",
	"Oops",
	"Out of memory: compulsory panic_on_oom is enabled",
	"Out of memory",
	"RCU Stall",
	"System is deadlocked on memory",
	"hung_task: blocked tasks",
	"kernel: panic_on_warn set",
	"panic_on_taint set ...",
	"softlockup: hung tasks",
	"sysrq triggered crash",
};

/* Of a message what is before names, numbers and whatever else somebody put there. */
static void message_cut(char *text)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		if (strncmp(text, messages[i], strlen(messages[i])) == 0) {
			text[strlen(messages[i])] = '\0';
			return;
		}
	text[0] = '\0';
}

/* The file of a BUG without the directories of who built the kernel. */
static void path_cut(char *text)
{
	const char *slash = strrchr(text, '/');

	if (slash)
		memmove(text, slash + 1, strlen(slash));
}

static void event_scrub(struct crash_event *event)
{
	switch (event->kind) {
	case CRASH_BAD_PAGE_STATE:
	case CRASH_MEMORY_FAILURE:
	case CRASH_LIST_CORRUPTION:
		return; /* the kernel's own words, and addresses */
	case CRASH_BUG:
		path_cut(event->text);
		return;
	default:
		message_cut(event->text);
	}
}

/* Why there is no log is known, too. */
struct error *crash_save(const struct crash *crash, bool with_names, char **ret)
{
	struct crash_log log = crash->log;
	_cleanup_free_ struct crash_event *events =
		log.count ? calloc(log.count, sizeof(*events)) : NULL;

	if (log.count && !events)
		return error_nomem();
	for (size_t i = 0; i < log.count; i++) {
		events[i] = log.events[i];
		if (!with_names)
			event_scrub(&events[i]);
	}
	log.events = events;
	if (crash->missing)
		snprintf(log.missing, sizeof(log.missing), "%s", crash->missing);
	return crash_log_save(&log, with_names, ret);
}

/* --- registers ------------------------------------------------------------------------ */

/* A struct page, or memory behind one by another address. */
static struct error *leads_to_vmemmap(const struct survey *survey, struct kmem *kmem,
				      uint64_t value, bool *ret)
{
	const struct kernel *kernel = &survey->target->kernel;
	enum memory_state state = MEMORY_ABSENT;
	uint64_t index, count;
	size_t cursor = 0;
	paddr_t addr;

	*ret = target_has_vmemmap_at(survey->target, value);
	if (*ret || value < kernel->page_size)
		return NULL;
	struct error *err = kmem_translate(kmem, value, &addr, &state);
	*ret = !err && state == MEMORY_PRESENT &&
	       vmemmap_users_next(survey->map, addr >> kernel->page_shift, &cursor, &index, &count);
	return err;
}

static struct error *event_registers_choose(const struct survey *survey, struct kmem *kmem,
					    struct crash_event *event)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < event->register_count; i++) {
		bool leads = false;
		struct error *err =
			leads_to_vmemmap(survey, kmem, event->registers[i].value, &leads);

		if (err)
			return err;
		if (leads)
			event->registers[kept++] = event->registers[i];
	}
	event->register_count = kept;
	return NULL;
}

/*
 * All others are left out here: what looking at them reads of page tables would be in a
 * distilled dump, and they may be somebody's data.
 */
struct error *crash_registers_choose(const struct survey *survey,
				     const struct crash_sources *sources, struct crash_log *log)
{
	enum { EVENTS_MAX = 64 };
	struct kmem kmem = { 0 };
	unsigned looked_at = 0;

	if (!sources->memory)
		return NULL;
	struct error *err = own_kmem(survey->target, sources, &kmem);
	for (size_t i = 0; !err && i < log->count; i++) {
		struct crash_event *event = &log->events[i];

		if (event->register_count && looked_at++ < EVENTS_MAX)
			err = event_registers_choose(survey, &kmem, event);
		else
			event->register_count = 0;
	}
	kmem_deinit(&kmem);
	return err;
}
