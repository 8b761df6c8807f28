// SPDX-License-Identifier: LGPL-2.1-or-later
/* Logs that no kernel writes: cut, mixed up, endless. Sanitizers look on. */
#include "analyzer/oops/oops_testing.h"

#include <time.h>

#include "include/machines.h"

enum {
	MUTATIONS = 10000,
	PIECES_MAX = 40,
	LONG_RECORDS = 10000,
	LONG_RECORD = 1024,
	CALLERS = 20000,
};

static const uint16_t machines[] = { EM_X86_64, EM_AARCH64, EM_RISCV,
				     EM_PPC64,	EM_S390,    EM_LOONGARCH };

/* Parts of all kinds of lines, to be put together at random. */
static const char *const pieces[] = {
	"BUG: unable to handle page fault for address: ffcc32a6850e1934",
	"#PF: supervisor write access in kernel mode",
	"#PF: error_code(0x0003) - permissions violation",
	"PGD 14ffd1067 P4D 14ffd0067 PUD 14ffcf067 PMD 141f2f067 PTE 8000000141ee5121",
	"Oops: Oops: 0003 [#1] SMP NOPTI",
	"Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]",
	"CPU: 1 UID: 0 PID: 438 Comm: sh Kdump: loaded Tainted: G        W  OE       7.3.4 #1",
	"RIP: 0010:hvc_plain_store+0x5/0x20 [hvocrash]",
	"RIP: 0033:0x47b7a0",
	"RAX: 0000000000000000 RBX: 0000000000000003 RCX: ff5016bf011e3ce8",
	"CR2: ffcc32a6850e1934",
	"CR2: ffcc32a6850e1934 CR3: 0000000153c5a000 CR4: 0000000000751ef0",
	"Call Trace:",
	" go+0x76/0x448 [hvocrash]",
	"[<ffffffff02a3c005>] store+0x5/0x20 [mod]",
	"[c00000001234bbc0] [c000000000567890] vfs_write+0xcc/0x300",
	"------------[ cut here ]------------",
	"kernel BUG at mm/hugetlb.c:1234!",
	"list_del corruption. prev->next should be ffff888100000008, but was 5a5a5a5a5a5a5a5a.",
	"WARNING: CPU: 1 PID: 438 at kernel/foo.c:1 foo+0x1/0x2",
	"---[ end trace 0000000000000000 ]---",
	"Kernel panic - not syncing: Fatal exception",
	"Kernel panic - not syncing: sysrq triggered crash",
	"sysrq: Trigger a crash",
	"BUG: Bad page state in process init  pfn:142405",
	"page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x142405",
	"raw: 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a",
	"page dumped because: nonzero mapcount",
	"BUG: Bad page state: 18446744073709551615 messages suppressed",
	"watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:469]",
	"INFO: task kworker/u8:2:123 blocked for more than 120 seconds.",
	"rcu: INFO: rcu_preempt self-detected stall on CPU",
	"Memory failure: 0x143800: recovery action for huge page: Recovered",
	"Injecting memory failure at pfn 0x143800",
	"Out of memory: Killed process 77 (a) total-vm:1kB",
	"mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 1: bd80000000100134",
	"Unable to handle kernel write to read-only memory at virtual address fffffdffc30e1934",
	"  ESR = 0x000000009600004f",
	"[fffffdffc30e1934] pgd=1000000144a52403, p4d=1000000144a52403, pte=00600001041ee787",
	"Internal error: Oops: 000000009600004f [#1]  SMP",
	"x2 : 0000000000000003 x1 : 0000000000000000 x0 : fffffdffc30e1900",
	"epc : ffffffff02a3c005 ra : ffffffff02a3c140 sp : ff20000000b0bc30",
	"status: 0000000200000120 badaddr: ff1c0000050e1934 cause: 000000000000000f",
	"BUG: Unable to handle kernel data access on write at 0xc00c000005061934",
	"Oops: Kernel access of bad area, sig: 11 [#1]",
	"MSR:  800000000280f033 <SF,PR>  CR: 44002422  XER: 00000000",
	"CFAR: c008000001230010 DAR: c00c000005061934 DSISR: 0a000000 IRQMASK: 0 ",
	"GPR28: 0000000000000004 0000000000000005 0000000000000006 0000000000000007 ",
	"Failing address: 0000037204050000 TEID: 0000037204050407",
	"Oops: 0004 ilc:2 [#1] SMP ",
	"AS:00000000015b4007 R2:0000000001000017 R3:0000000002000027 P:0000000004050200 ",
	"Krnl PSW : 0704c00180000000 000003ff80123456 (store+0x5/0x20 [mod])",
	"Krnl GPRS: 0000000000000000 0000000000000001 0000000000000002 0000000000000003",
	"           0000000000000004 0000000000000005 0000000000000006 0000000000000007",
	"CPU 1 Unable to handle kernel paging request at virtual address ffffffb001061934, era",
	"Oops[#1]:",
	"$28   : 0000000000000000 ffff800002123140 9000000105c4c000 9000000105c4fbd0",
	"  ERA: ffff800002123005",
	"ESTAT: 00020000 [PIS] (IS= ECode=2 EsubCode=0)",
};

static uint64_t random_state;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

/* In memory of its exact size; some bytes changed, some of the end cut, sometimes doubled. */
static void add_damaged(struct testing_log *testing, uint32_t caller, const char *piece)
{
	char text[512];
	size_t len = strlen(piece);

	memcpy(text, piece, len);
	if (random_below(16) == 0) {
		text[len] = '\n';
		memcpy(text + len + 1, piece, len);
		len = 2 * len + 1;
	}
	for (uint64_t edits = random_below(4); edits; edits--)
		text[random_below(len)] = (char)random_below(256);
	if (random_below(4) == 0)
		len = random_below(len + 1);
	testing_log_add(testing, caller, text, len);
}

static void expect_bounded(const struct crash_log *log, size_t records)
{
	assert_true(log->count <= CRASH_EVENTS_MAX);
	for (size_t i = 0; i < log->count; i++) {
		const struct crash_event *event = &log->events[i];

		assert_true(event->kind < CRASH_KIND_COUNT);
		assert_true(event->entry_count <= CRASH_ENTRIES_MAX);
		assert_true(event->page_word_count <= CRASH_PAGE_WORDS);
		assert_true(event->register_count <= CRASH_REGISTERS_MAX);
		assert_true(event->caller_count <= CRASH_CALLERS_MAX);
		assert_true(event->first_record <= event->last_record);
		assert_true(event->last_record < records);
		assert_true(i == 0 || event[-1].first_record <= event->first_record);
	}
}

static void logs_that_are_damaged_are_read(void **state)
{
	size_t events = 0;

	(void)state;
	random_state = 0x9e3779b97f4a7c15;
	for (unsigned i = 0; i < MUTATIONS; i++) {
		struct testing_log testing = { 0 };
		struct crash_log log;

		for (uint64_t left = random_below(PIECES_MAX); left; left--)
			add_damaged(&testing, (uint32_t)random_below(3),
				    pieces[random_below(COUNT_OF(pieces))]);
		expect_no_error(
			crash_log_parse(&testing.log, machines[i % COUNT_OF(machines)], &log));
		expect_bounded(&log, testing.log.count);
		events += log.count;
		crash_log_deinit(&log);
		testing_log_free(&testing);
	}
	assert_true(events > MUTATIONS);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* others may keep the machine busy */
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* @text over and over; how long it takes to read. */
static double expect_read(const char *text, struct crash_log *ret)
{
	struct testing_log testing = { 0 };
	char record[LONG_RECORD];
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(record); i++)
		record[i] = text[i % len];
	for (uint32_t i = 0; i < LONG_RECORDS; i++)
		testing_log_add(&testing, i % 7, record, sizeof(record));
	double start = seconds_now();
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, ret));
	double took = seconds_now() - start;
	expect_bounded(ret, testing.log.count);
	testing_log_free(&testing);
	return took;
}

static void long_logs_take_no_time(void **state)
{
	static const char *const texts[] = {
		"labfill the quick brown fox ",
		"a\n",
		"\n",
		"x",
		" [#",
		"+0x",
		"RAX: 0000 ",
		"INFO: task  blocked:",
		"page dumped because: ",
		"Kernel panic - not syncing: a\n",
		"BUG: Bad page state in process   pfn:",
		" ilc:1 [#1]: ",
		"raw: 0 0 0 0 0\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct crash_log log;
		double took = expect_read(texts[i], &log);

		/* Of a build with sanitizers: 0.1 s without. */
		if (took > 5)
			fail_msg("'%s': %f s", texts[i], took);
		crash_log_deinit(&log);
	}
}

static void events_that_are_too_many_are_counted(void **state)
{
	struct testing_log testing = { 0 };
	struct crash_log log;
	static const char text[] = "BUG: Bad page state in process init  pfn:142405\n";

	(void)state;
	for (unsigned i = 0; i < CRASH_EVENTS_MAX + 10; i++)
		testing_log_add(&testing, i % 3, text, strlen(text));
	testing_log_parse(&testing, "raw: 0000000000000001\nKernel panic - not syncing: a\n");
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, &log));
	assert_int_equal(log.count, CRASH_EVENTS_MAX);
	assert_int_equal(log.more, 11);
	crash_log_deinit(&log);
	testing_log_free(&testing);
}

/* What turns out to be no event gives its place to the next one. */
static void many_writers_with_nothing_to_say_leave_room(void **state)
{
	struct testing_log testing = { 0 };
	struct crash_log log;
	static const char page[] = "page: refcount:0 mapcount:0 mapping:0 index:0x0 pfn:0x1\nfoo";
	static const char end[] = "---[ end trace 0000000000000000 ]---";

	(void)state;
	for (uint32_t i = 0; i < CALLERS; i++) {
		testing_log_add(&testing, i, page, strlen(page));
		testing_log_add(&testing, i / 2, end, strlen(end));
	}
	testing_log_parse(&testing, "{1000000}Kernel panic - not syncing: a\n");
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, &log));
	expect_bounded(&log, testing.log.count);
	crash_log_deinit(&log);
	testing_log_free(&testing);
}

static void names_are_cut_to_what_fits(void **state)
{
	struct testing_log testing = { 0 };
	struct crash_log log;
	char line[400];

	(void)state;
	testing_log_parse(&testing, "Kernel panic - not syncing: a\nCall Trace:\n");
	for (size_t len = 100; len < 160; len += 10) {
		snprintf(line, sizeof(line), " %0*d+0x1/0x2 [%0*d]", (int)len, 1, (int)len, 2);
		testing_log_add(&testing, TESTING_CALLER, line, strlen(line));
	}
	snprintf(line, sizeof(line), "Kernel panic - not syncing: %0300d", 1);
	testing_log_add(&testing, 9, line, strlen(line));
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, &log));
	assert_int_equal(log.count, 2);
	assert_int_equal(log.events[0].caller_count, 3);
	assert_int_equal(strlen(log.events[0].caller_modules[2]), CRASH_MODULE_MAX - 1);
	assert_int_equal(strlen(log.events[1].text), CRASH_TEXT_MAX - 1);
	crash_log_deinit(&log);
	testing_log_free(&testing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_that_are_damaged_are_read),
		cmocka_unit_test(long_logs_take_no_time),
		cmocka_unit_test(events_that_are_too_many_are_counted),
		cmocka_unit_test(many_writers_with_nothing_to_say_leave_room),
		cmocka_unit_test(names_are_cut_to_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
