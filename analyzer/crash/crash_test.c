// SPDX-License-Identifier: LGPL-2.1-or-later
/* What events of a log mean on machines whose vmemmap is as it must be, and on broken ones. */
#include "testdata/machine/expect.h"

#include "analyzer/crash/crash.h"
#include "include/dump.h"
#include "include/vector.h"

// clang-format off
#define KERNEL_61  { .scheme = MACHINE_B, .mark = MARK_DTOR, .release = "6.1.0" }
#define KERNEL_612 { .scheme = MACHINE_B, .mark = MARK_TYPE_BYTE }
#define KERNEL_D   { .scheme = MACHINE_D, .mark = MARK_TYPE_BYTE }
// clang-format on

/* machine_populate() has them: optimised and in use; not optimised; no huge page at all. */
enum { PAGE = 0x10200, OWN = 0x18000, PLAIN = 0x20000, NOWHERE = 0x7000000, GIGANTIC = 0x40000 };

struct scenario {
	const char *name;
	struct machine_kernel kernel;
	void (*arrange)(struct machine *machine);
	void (*happen)(struct crash *crash);
	enum crash_why why;
	const char *bug; /* NULL: none */
	pfn_t pfn;
	const char *field;
};

/* --- what the log has ------------------------------------------------------------------ */

static struct crash_event *event_add(struct crash *crash, enum crash_kind kind)
{
	struct crash_log *log = &crash->log;
	const struct crash_event event = { .kind = kind, .time_ns = 1000 * log->count };

	expect_no_error(vector_push(log->events, log->count, log->room, event));
	return &log->events[log->count - 1];
}

static void fault(struct crash *crash, uint64_t address, enum crash_access access,
		  enum crash_reason reason)
{
	struct crash_event *event = event_add(crash, CRASH_PAGE_FAULT);

	event->is_oops = true;
	event->has_address = true;
	event->address = address;
	event->access = access;
	event->reason = reason;
}

static uint64_t refcount_of(pfn_t pfn)
{
	return MACHINE_VMEMMAP + 64 * pfn + MACHINE_PAGE_REFCOUNT;
}

static void write_to_tail(struct crash *crash)
{
	fault(crash, refcount_of(PAGE + 100), ACCESS_WRITE, REASON_PERMISSION);
}

static void write_to_tail_by_module(struct crash *crash)
{
	write_to_tail(crash);
	strcpy(crash->log.events[0].module, "some_module");
}

static void write_to_flags_of_tail(struct crash *crash)
{
	fault(crash, MACHINE_VMEMMAP + UINT64_C(64) * (PAGE + 100) + MACHINE_PAGE_FLAGS,
	      ACCESS_WRITE, REASON_PERMISSION);
}

static void read_of_tail(struct crash *crash)
{
	fault(crash, refcount_of(PAGE + 100), ACCESS_READ, REASON_NOT_PRESENT);
}

static void write_to_plain(struct crash *crash)
{
	fault(crash, refcount_of(PLAIN), ACCESS_WRITE, REASON_PERMISSION);
}

/* The entry that the kernel printed was read-only; now the page has a frame of its own. */
static void write_to_restored(struct crash *crash)
{
	struct crash_event *event;

	fault(crash, refcount_of(OWN + 100), ACCESS_WRITE, REASON_PERMISSION);
	event = &crash->log.events[0];
	event->entry_count = 1;
	event->entries[0] =
		(struct crash_entry){ "PTE", UINT64_C(0x8000000000000121) | 0x30000000 };
}

static void touch_nowhere(struct crash *crash)
{
	fault(crash, refcount_of(NOWHERE), ACCESS_WRITE, REASON_NOT_PRESENT);
}

static void null_pointer(struct crash *crash)
{
	fault(crash, 0x34, ACCESS_WRITE, REASON_NOT_PRESENT);
	crash->log.events[0].kind = CRASH_NULL_POINTER;
}

/* As a list that goes through struct pages would leave it. */
static void null_pointer_with_register(struct crash *crash)
{
	null_pointer(crash);
	crash->log.events[0].register_count = 1;
	crash->log.events[0].registers[0] =
		(struct crash_register){ "rdi", MACHINE_VMEMMAP + 64 * (PAGE + 100) };
}

static void null_then_tail(struct crash *crash)
{
	null_pointer(crash);
	write_to_tail(crash);
}

static void tail_then_sysrq(struct crash *crash)
{
	write_to_tail(crash);
	event_add(crash, CRASH_SYSRQ)->is_panic = true;
}

static void sysrq(struct crash *crash)
{
	event_add(crash, CRASH_SYSRQ)->is_panic = true;
}

static void soft_lockup(struct crash *crash)
{
	event_add(crash, CRASH_SOFT_LOCKUP)->is_panic = true;
}

static void nothing(struct crash *crash)
{
	(void)crash;
}

static void begins_inside(struct crash *crash)
{
	crash->log.begins_inside = true;
}

static void bug_on_page(struct crash *crash)
{
	struct crash_event *event = event_add(crash, CRASH_BUG);

	event->is_oops = true;
	event->has_pfn = true;
	event->pfn = PAGE + 100;
}

static void memory_failure(struct crash *crash)
{
	struct crash_event *event = event_add(crash, CRASH_MEMORY_FAILURE);

	event->has_pfn = true;
	event->pfn = PAGE;
	sysrq(crash);
}

static void user_address(struct crash *crash)
{
	fault(crash, 0x7f0000001000, ACCESS_READ, REASON_NOT_PRESENT);
}

/* --- bad pages ----------------------------------------------------------------------------- */

static void bad_page(struct crash *crash, pfn_t pfn, uint64_t word)
{
	struct crash_event *event = event_add(crash, CRASH_BAD_PAGE_STATE);

	event->has_pfn = true;
	event->pfn = pfn;
	event->page_word_count = CRASH_PAGE_WORDS;
	event->page_words[1] = pfn << 12;
	event->page_words[4] = event->page_words[5] = word;
}

/* All that one frame showed, when @first to 7 of the vmemmap pages were behind it. */
static void bad_pages(struct crash *crash, unsigned first, unsigned number)
{
	for (unsigned page = first; page < 8; page++)
		bad_page(crash, PLAIN + 64 * page + number, 0x5a5a5a5a5a5a5a5a);
}

static void bad_tails(struct crash *crash)
{
	bad_pages(crash, 1, 5);
	sysrq(crash);
}

static void bad_with_head(struct crash *crash)
{
	bad_pages(crash, 0, 5);
}

/* What a driver does to buffers of 64 pages. */
static void bad_heads_of_buffers(struct crash *crash)
{
	bad_pages(crash, 0, 0);
}

/* Tails of a page of 1 GiB: the first 60 that the kernel reported. */
static void bad_tails_of_gigantic(struct crash *crash)
{
	for (unsigned page = 1; page <= 60; page++)
		bad_page(crash, GIGANTIC + 64 * page + 9, 0x5a5a5a5a5a5a5a5a);
}

/* The same, but not from where it would begin. */
static void bad_within_gigantic(struct crash *crash)
{
	for (unsigned page = 7; page <= 60; page++)
		bad_page(crash, GIGANTIC + 64 * page + 9, 0x5a5a5a5a5a5a5a5a);
}

/* What a driver does to buffers of 64 pages: one reference too many. */
static void bad_references(struct crash *crash)
{
	for (unsigned page = 0; page < 8; page++) {
		bad_page(crash, PLAIN + 64 * page, 0);
		crash->log.events[page].page_words[6] = UINT64_C(0x1ffffffff);
	}
}

static void bad_all_over(struct crash *crash)
{
	static const unsigned numbers[] = { 3, 77, 140, 201, 299, 333, 500 };

	for (unsigned i = 0; i < COUNT_OF(numbers); i++)
		bad_page(crash, PLAIN + numbers[i], 0x5a5a5a5a5a5a5a5a);
}

/* At one place in each vmemmap page, but each with something else in it. */
static void bad_each_its_own(struct crash *crash)
{
	for (unsigned page = 1; page < 8; page++)
		bad_page(crash, PLAIN + 64 * page + 5, page);
}

static void bad_one(struct crash *crash)
{
	bad_page(crash, PLAIN + 5, 0x5a5a5a5a5a5a5a5a);
}

static void bad_head_copies(struct crash *crash)
{
	for (unsigned page = 1; page < 8; page++) {
		bad_page(crash, PLAIN + 64 * page, 0x40);
		crash->log.events[crash->log.count - 1].page_words[MACHINE_PAGE_FLAGS / 8] =
			1 << MACHINE_PG_HEAD;
		bad_page(crash, PLAIN + 64 * page + 1, 0);
	}
}

/* --- the machine ------------------------------------------------------------------------------ */

static void as_it_is(struct machine *machine)
{
	(void)machine;
}

static void entry_gone(struct machine *machine)
{
	machine_unmap(machine, machine_index(PAGE + 100));
}

static void entry_elsewhere(struct machine *machine)
{
	machine_map(machine, machine_index(PAGE + 100), machine_frame_new(machine), false);
}

static void elsewhere_broken(struct machine *machine)
{
	machine_unmap(machine, machine_index(0x48000 + 100));
}

static void with_room(struct machine *machine)
{
	machine_fact(machine, "NUMBER(MAX_PHYSMEM_BITS)", "46");
}

static void split(struct machine *machine)
{
	machine_split(machine, machine_index(PLAIN));
}

static void split_gigantic(struct machine *machine)
{
	for (unsigned page = 0; page < 512; page += 8)
		machine_split(machine, machine_index(GIGANTIC + 64 * page));
}

static void split_own(struct machine *machine)
{
	machine_split(machine, machine_index(OWN));
}

/* Restored as copies of a frame that was overwritten. */
static void copies(struct machine *machine)
{
	split(machine);
	for (unsigned page = 0; page < 8; page++)
		for (unsigned word = 32; word < 48; word += 8)
			machine_write_page(machine, PLAIN + 64 * page + 5, word, 0x5a5a5a5a5a5a5a5a,
					   8);
}

static const struct scenario scenarios[] = {
	/* At the vmemmap, which is as it must be. */
	{ "a tail is written, 6.1", KERNEL_61, as_it_is, write_to_tail, WHY_READONLY_TAIL,
	  "speculative-reference", PAGE + 100, "_refcount" },
	{ "a tail is written, 7.3", KERNEL_D, as_it_is, write_to_tail, WHY_READONLY_TAIL,
	  "speculative-reference", PAGE + 100, "_refcount" },
	{ "a module writes to a tail", KERNEL_61, as_it_is, write_to_tail_by_module,
	  WHY_READONLY_TAIL, NULL, PAGE + 100, "_refcount" },
	{ "flags of a tail are written", KERNEL_61, as_it_is, write_to_flags_of_tail,
	  WHY_READONLY_TAIL, NULL, PAGE + 100, "flags" },
	{ "a tail is written, and the machine lives on", KERNEL_61, as_it_is, tail_then_sysrq,
	  WHY_READONLY_TAIL, "speculative-reference", PAGE + 100, "_refcount" },
	{ "a tail that was restored since", KERNEL_61, split_own, write_to_restored,
	  WHY_READONLY_THEN, "speculative-reference", OWN + 100, "_refcount" },
	{ "a pfn that is none", KERNEL_D, with_room, touch_nowhere, WHY_NO_MEMORY, NULL, NOWHERE,
	  "_refcount" },
	{ "another oops before", KERNEL_61, as_it_is, null_then_tail, WHY_READONLY_TAIL,
	  "speculative-reference", PAGE + 100, "_refcount" },
	/* Not as it must be. */
	{ "a tail is not mapped", KERNEL_612, entry_gone, read_of_tail, WHY_ENTRY_ABSENT, NULL,
	  PAGE + 100, "_refcount" },
	{ "a tail has another frame", KERNEL_61, entry_elsewhere, write_to_tail, WHY_ENTRY_WRONG,
	  NULL, PAGE + 100, "_refcount" },
	{ "a register leads there", KERNEL_61, entry_elsewhere, null_pointer_with_register,
	  WHY_REGISTER_WRONG, NULL, 0, NULL },
	{ "a BUG names the page", KERNEL_61, entry_elsewhere, bug_on_page, WHY_PAGE_WRONG, NULL,
	  PAGE + 100, NULL },
	/* Bad pages. */
	{ "one frame for tails was overwritten", KERNEL_D, split, bad_tails, WHY_SHARED_FRAME,
	  "shared-frame-overwritten", PLAIN + 64 + 5, NULL },
	{ "the head's frame was overwritten", KERNEL_61, split, bad_with_head, WHY_SHARED_FRAME,
	  "shared-frame-overwritten", PLAIN + 5, NULL },
	{ "a frame that no head's page shows", KERNEL_D, split, bad_heads_of_buffers,
	  WHY_BAD_PAGES_UNTIED, NULL, PLAIN, NULL },
	{ "the frame of a page of 1 GiB", KERNEL_D, split_gigantic, bad_tails_of_gigantic,
	  WHY_SHARED_FRAME, "shared-frame-overwritten", GIGANTIC + 64 + 9, NULL },
	{ "not where a page of 1 GiB begins", KERNEL_D, split_gigantic, bad_within_gigantic,
	  WHY_BAD_PAGES_UNTIED, NULL, GIGANTIC + 7 * 64 + 9, NULL },
	{ "references to buffers", KERNEL_61, split, bad_references, WHY_BAD_PAGES_UNTIED, NULL,
	  PLAIN, NULL },
	{ "bad pages without a common place", KERNEL_61, split, bad_all_over, WHY_BAD_PAGES_UNTIED,
	  NULL, PLAIN + 3, NULL },
	{ "bad pages with nothing in common", KERNEL_D, split, bad_each_its_own,
	  WHY_BAD_PAGES_UNTIED, NULL, PLAIN + 64 + 5, NULL },
	{ "bad pages where nothing was shared", KERNEL_61, as_it_is, bad_with_head,
	  WHY_NEVER_SHARED, NULL, PLAIN + 5, NULL },
	{ "one bad page, and copies of it", KERNEL_61, copies, bad_one, WHY_RESTORED_COPIES,
	  "shared-frame-overwritten", PLAIN + 5, NULL },
	{ "one bad page alone", KERNEL_61, split, bad_one, WHY_BAD_PAGES_UNTIED, NULL, PLAIN + 5,
	  NULL },
	/* Not the vmemmap. */
	{ "a NULL pointer", KERNEL_61, as_it_is, null_pointer, WHY_ELSEWHERE, NULL, 0, NULL },
	{ "a NULL pointer beside a fault", KERNEL_61, elsewhere_broken, null_pointer, WHY_ELSEWHERE,
	  NULL, 0, NULL },
	{ "a register leads to a sound page", KERNEL_61, as_it_is, null_pointer_with_register,
	  WHY_ELSEWHERE, NULL, 0, NULL },
	{ "an address of programs", KERNEL_61, as_it_is, user_address, WHY_ELSEWHERE, NULL, 0,
	  NULL },
	{ "a BUG on a sound page", KERNEL_61, as_it_is, bug_on_page, WHY_PAGE_SOUND, NULL,
	  PAGE + 100, NULL },
	{ "memory that failed", KERNEL_61, as_it_is, memory_failure, WHY_PAGE_SOUND, NULL, PAGE,
	  NULL },
	{ "a soft lockup", KERNEL_61, as_it_is, soft_lockup, WHY_NO_ADDRESS, NULL, 0, NULL },
	{ "crashed on purpose", KERNEL_61, as_it_is, sysrq, WHY_NO_EVENT, NULL, 0, NULL },
	{ "no event", KERNEL_61, as_it_is, nothing, WHY_NO_EVENT, NULL, 0, NULL },
	/* Only the dump has a fault. */
	{ "crashed on purpose, broken", KERNEL_61, elsewhere_broken, sysrq, WHY_SILENT, NULL, 0,
	  NULL },
	{ "no event, broken", KERNEL_61, elsewhere_broken, nothing, WHY_SILENT, NULL, 0, NULL },
	/* Not known. */
	{ "a read that the entry permits", KERNEL_61, as_it_is, read_of_tail, WHY_TABLES_BEHIND,
	  "task-table-behind", PAGE + 100, "_refcount" },
	{ "a write that the entry permits", KERNEL_61, as_it_is, write_to_plain,
	  WHY_VMEMMAP_UNEXPLAINED, NULL, PLAIN, "_refcount" },
	{ "the event is lost", KERNEL_61, as_it_is, begins_inside, WHY_EVENT_LOST, NULL, 0, NULL },
	{ "copies of heads, by the log alone", KERNEL_61, split, bad_head_copies,
	  WHY_RESTORED_HEADS, "fake-head-left", PLAIN + 64, NULL },
};

static void expect_text(const char *name, const char *what, const char *is, const char *expected)
{
	if (!is != !expected || (is && strcmp(is, expected) != 0))
		fail_msg("%s: %s is %s, expected %s", name, what, is ? is : "none",
			 expected ? expected : "none");
}

static void expect_crash(const struct scenario *scenario, const struct crash *crash)
{
	const char *name = scenario->name;

	expect_text(name, "why", crash_why_id(crash->why), crash_why_id(scenario->why));
	expect_text(name, "known fault", crash->bug ? crash->bug->id : NULL, scenario->bug);
	if (scenario->pfn && (!crash->has_place || crash->place.pfn != scenario->pfn))
		fail_msg("%s: pfn 0x%" PRIx64 ", expected 0x%" PRIx64, name, crash->place.pfn,
			 scenario->pfn);
	if (scenario->field)
		expect_text(name, "field", crash->place.field, scenario->field);
}

static void each_event_has_its_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(scenarios); i++) {
		const struct scenario *scenario = &scenarios[i];
		struct machine *machine = machine_create(&scenario->kernel);
		const struct crash_sources sources = { 0 };
		struct crash crash = { .cause = CRASH_NO_EVENT, .end = CRASH_NO_EVENT };

		machine_populate(machine);
		scenario->arrange(machine);
		struct analysis *analysis = expect_analysis(machine);
		scenario->happen(&crash);
		expect_no_error(crash_read(&analysis->survey, &sources, &crash));
		expect_crash(scenario, &crash);
		/* Whatever it is, it can be told. */
		crash_deinit(&analysis->crash);
		analysis->crash = crash;
		expect_no_error(machine_show(machine, analysis));
		analysis_destroy(analysis);
		machine_destroy(machine);
	}
}

static void ids_are_there_and_differ(void **state)
{
	(void)state;
	for (int i = 0; i < WHY_COUNT; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(crash_why_id((enum crash_why)i),
						crash_why_id((enum crash_why)k));
}

/* --- registers of the notes ------------------------------------------------------------------ */

enum { PRSTATUS_BYTES = 336, PRSTATUS_PID = 32, PRSTATUS_RDI = 112 + 14 * 8, PID = 438 };

static struct dump_cpu cpu_make(unsigned char prstatus[PRSTATUS_BYTES], uint32_t pid)
{
	uint64_t page = MACHINE_VMEMMAP + 64 * (PAGE + 100);

	memset(prstatus, 0, PRSTATUS_BYTES);
	memcpy(prstatus + PRSTATUS_PID, &pid, sizeof(pid));
	memcpy(prstatus + PRSTATUS_RDI, &page, sizeof(page));
	return (struct dump_cpu){ .prstatus = prstatus, .prstatus_bytes = PRSTATUS_BYTES };
}

/* Of an oops whose registers are not in the log, one note of its task may have them. */
static void registers_come_from_the_only_note_of_the_task(void **state)
{
	static const struct {
		uint32_t pids[2], registers;
		bool from_qemu;
	} cases[] = {
		{ { 0, PID }, 1, false },
		{ { PID, PID }, 0, false }, /* which of them? */
		{ { 0, 1 }, 0, false },
		{ { 0, PID }, 0, true }, /* of the standstill */
	};
	const struct machine_kernel kernel = KERNEL_61;
	struct machine *machine = machine_create(&kernel);

	(void)state;
	machine_populate(machine);
	struct analysis *analysis = expect_analysis(machine);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned char bytes[2][PRSTATUS_BYTES];
		const struct dump_cpu cpus[] = { cpu_make(bytes[0], cases[i].pids[0]),
						 cpu_make(bytes[1], cases[i].pids[1]) };
		const struct crash_sources sources = {
			.memory = analysis->target.memory,
			.saved = "events=1\nevent=null-pointer\nis_oops=1\npid=438\naddress=0x34\n",
			.cpus = cpus,
			.cpu_count = COUNT_OF(cpus),
			.from_qemu = cases[i].from_qemu,
		};
		struct crash crash;

		expect_no_error(crash_known_read(&analysis->target, &sources, &crash));
		expect_no_error(crash_read(&analysis->survey, &sources, &crash));
		assert_int_equal(crash.register_count, cases[i].registers);
		if (cases[i].registers)
			assert_string_equal(crash.registers[0].name, "rdi");
		crash_deinit(&crash);
	}
	analysis_destroy(analysis);
	machine_destroy(machine);
}

/* --- nobody's data ------------------------------------------------------------------------------
 */

static const char MARKER[] = "SOMEBODYS";

/* What is saved of an event with a name in each of its texts. */
static char *saved(enum crash_kind kind, const char *text, bool with_names)
{
	struct crash crash = { .cause = CRASH_NO_EVENT, .end = CRASH_NO_EVENT };
	struct crash_event *event = event_add(&crash, kind);
	char *ret = NULL;

	snprintf(event->comm, sizeof(event->comm), "%s", MARKER);
	snprintf(event->text, sizeof(event->text), "%s", text);
	expect_no_error(crash_save(&crash, with_names, &ret));
	crash_deinit(&crash);
	return ret;
}

static void names_are_saved_only_when_asked_for(void **state)
{
	static const struct {
		enum crash_kind kind;
		const char *text, *kept;
	} cases[] = {
		{ CRASH_PANIC, "SOMEBODYS driver gives up", NULL },
		{ CRASH_PANIC, "Attempted to kill init! exitcode=SOMEBODYS", "kill init!" },
		{ CRASH_OOM, "Out of memory: SOMEBODYS", "Out of memory" },
		{ CRASH_HUNG_TASK, "hung_task: blocked tasks", "blocked tasks" },
		{ CRASH_BUG, "/home/SOMEBODYS/linux/mm/foo.c:12", "=foo.c:12" },
		{ CRASH_UNKNOWN, "SOMEBODYS", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		_cleanup_free_ char *without = saved(cases[i].kind, cases[i].text, false);
		_cleanup_free_ char *with = saved(cases[i].kind, cases[i].text, true);

		assert_null(strstr(without, MARKER));
		assert_non_null(strstr(with, MARKER));
		if (cases[i].kept)
			assert_non_null(strstr(without, cases[i].kept));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_come_from_the_only_note_of_the_task),
		cmocka_unit_test(names_are_saved_only_when_asked_for),
		cmocka_unit_test(each_event_has_its_verdict),
		cmocka_unit_test(ids_are_there_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
