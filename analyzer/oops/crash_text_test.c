// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events to text and back, and texts that nothing has written. */
#include "analyzer/oops/oops_testing.h"

#include "analyzer/oops/crash_text.h"
#include "include/machines.h"

enum { MUTATIONS = 10000 };

static const char *const lines =
	"raw: 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a\n"
	"page dumped because: page still charged to cgroup\n"
	"BUG: Bad page state: 12 messages suppressed\n"
	"BUG: unable to handle page fault for address: ffcc32a6850e1934\n"
	"#PF: supervisor write access in kernel mode\n"
	"#PF: error_code(0x0003) - permissions violation\n"
	"PGD 14ffd1067 P4D 14ffd0067 PUD 14ffcf067 PMD 141f2f067 PTE 8000000141ee5121\n"
	"Oops: Oops: 0003 [#1] SMP NOPTI\n"
	"CPU: 1 UID: 0 PID: 438 Comm: a=b c Tainted: G        W  OE       7.3.4 #1\n"
	"RIP: 0010:store+0x5/0x20 [mod]\n"
	"RAX: 0000000000000001 RBX: 0000000000000003 RCX: ff5016bf011e3ce8\n"
	"Call Trace:\n go+0x76/0x448 [mod]\n vfs_write+0xcf/0x450\n"
	"WARNING: kernel/foo.c:1 at foo+0x1/0x2, CPU#1: sh/438\n"
	"{5}BUG: Bad page state in process init  pfn:142405\n"
	"{5}raw: 0000000000000001 0000000000000002 0000000000000003 0000000000000004\n"
	"{5}raw: 0000000000000005 0000000000000006 0000000000000007 0000000000000008\n"
	"{5}page dumped because: nonzero mapcount\n"
	"{7}Kernel panic - not syncing: a=b\n";

/* All that there is. */
static void read_log(struct crash_log *ret)
{
	struct testing_log testing = { 0 };

	testing_log_parse(&testing, lines);
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, ret));
	ret->more = 3;
	ret->first_sequence = 17;
	ret->last_time_ns = 1234567;
	strcpy(ret->missing, "it is not there");
	ret->events[0].address_shift = 12;
	testing_log_free(&testing);
}

static void expect_same(const struct crash_log *one, const struct crash_log *other)
{
	assert_int_equal(one->count, other->count);
	assert_int_equal(one->more, other->more);
	assert_int_equal(one->suppressed_bad_pages, other->suppressed_bad_pages);
	assert_int_equal(one->warnings, other->warnings);
	assert_int_equal(one->begins_inside, other->begins_inside);
	assert_int_equal(one->first_sequence, other->first_sequence);
	assert_int_equal(one->last_time_ns, other->last_time_ns);
	assert_string_equal(one->missing, other->missing);
	for (size_t i = 0; i < one->count; i++)
		assert_memory_equal(&one->events[i], &other->events[i], sizeof(one->events[i]));
}

static void events_are_the_same_after_a_round(void **state)
{
	_cleanup_free_ char *text = NULL, *again = NULL;
	struct crash_log log, loaded;

	(void)state;
	read_log(&log);
	assert_int_equal(log.count, 4);
	expect_no_error(crash_log_save(&log, true, &text));
	expect_no_error(crash_log_load(text, &loaded));
	expect_same(&log, &loaded);
	expect_no_error(crash_log_save(&loaded, true, &again));
	assert_string_equal(text, again);
	crash_log_deinit(&log);
	crash_log_deinit(&loaded);
}

static void names_are_left_out(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct crash_log log, loaded;

	(void)state;
	read_log(&log);
	expect_no_error(crash_log_save(&log, false, &text));
	assert_null(strstr(text, "comm="));
	assert_null(strstr(text, "a=b c"));
	assert_null(strstr(text, "init"));
	expect_no_error(crash_log_load(text, &loaded));
	for (size_t i = 0; i < log.count; i++) {
		memset(log.events[i].comm, 0, sizeof(log.events[i].comm));
	}
	expect_same(&log, &loaded);
	crash_log_deinit(&log);
	crash_log_deinit(&loaded);
}

static void no_event_is_a_text_as_well(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct crash_log log = { 0 }, loaded;

	(void)state;
	expect_no_error(crash_log_save(&log, true, &text));
	expect_no_error(crash_log_load(text, &loaded));
	expect_same(&log, &loaded);
	crash_log_deinit(&loaded);
}

static void keys_of_later_versions_are_passed_over(void **state)
{
	struct crash_log log;

	(void)state;
	expect_no_error(crash_log_load("colour=red\nevents=1\nevent=heat-death\nflavour=up\n"
				       "access=guess\nreason=none\npid=5",
				       &log));
	assert_int_equal(log.count, 1);
	assert_int_equal(log.events[0].kind, CRASH_UNKNOWN);
	assert_int_equal(log.events[0].access, ACCESS_UNKNOWN);
	assert_int_equal(log.events[0].reason, REASON_UNKNOWN);
	assert_int_equal(log.events[0].pid, 5);
	crash_log_deinit(&log);
}

#define LONG "0123456789012345678901234567890123456789"

static void texts_that_nothing_has_written_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"hello",
		"events=",
		"events=x\n",
		"events=-1\n",
		"events=5000\n",
		"events=2\nevent=bug\n",
		"event=bug\n",
		"events=1\nevent=" LONG "\n",
		"events=1\nevent=bug\nis_oops=0\n",
		"events=1\nevent=bug\ncpu=4294967296\n",
		"events=1\nevent=bug\ncpu=0x1\n",
		"events=1\nevent=bug\naddress=12\n",
		"events=1\nevent=bug\naddress=0x12 \n",
		"events=1\nevent=bug\naddress=0x12345678123456781\n",
		"events=1\nevent=bug\naddress_shift=64\n",
		"events=1\nevent=bug\ntaint=" LONG "\n",
		"events=1\nevent=bug\nsymbol=" LONG LONG LONG LONG "\n",
		"events=1\nevent=bug\nentry=PTE\n",
		"events=1\nevent=bug\nentry=PTEPTEPTE 0x1\n",
		"events=1\nevent=bug\nentry=A 0x1\nentry=A 0x1\nentry=A 0x1\nentry=A 0x1\n"
		"entry=A 0x1\nentry=A 0x1\n",
		"events=1\nevent=bug\nregister=rax 1\n",
		"events=1\nevent=bug\ncaller=a+0x1 " LONG LONG "\n",
		"events=1\nevent=bug\nfoo=" LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG
			LONG LONG "\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct crash_log log;
		struct error *err = crash_log_load(texts[i], &log);

		if (!err)
			fail_msg("taken: %s", texts[i]);
		expect_error(err, ERROR_CORRUPT, "events of the kernel's log");
		assert_null(log.events);
	}
}

static void what_cannot_be_shown_is_not_kept(void **state)
{
	struct crash_log log;

	(void)state;
	expect_no_error(crash_log_load("events=1\nevent=panic\ntext=a\x1b[31m\xff\n", &log));
	assert_string_equal(log.events[0].text, "a?[31m?");
	crash_log_deinit(&log);
}

/* A log can hold any byte, also in what is read as a word. */
static void what_would_end_a_line_does_not_get_into_it(void **state)
{
	struct crash_event event = { .kind = CRASH_PANIC, .entry_count = 2, .caller_count = 1 };
	struct crash_log log = { .events = &event, .count = 1 }, again;
	_cleanup_free_ char *text = NULL;

	(void)state;
	strcpy(event.text, "a\nb");
	strcpy(event.entries[0].level, "P\n2");
	strcpy(event.entries[1].level, "");
	strcpy(event.callers[0], "f g");
	expect_no_error(crash_log_save(&log, true, &text));
	expect_no_error(crash_log_load(text, &again));
	assert_string_equal(again.events[0].text, "a?b");
	assert_string_equal(again.events[0].entries[0].level, "P?2");
	assert_string_equal(again.events[0].entries[1].level, "?");
	assert_string_equal(again.events[0].callers[0], "f?g");
	crash_log_deinit(&again);
}

static uint64_t random_below(uint64_t *state, uint64_t limit)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state % limit;
}

/* In memory of the exact size. */
static void load_damaged(const char *text, uint64_t *random)
{
	size_t len = strlen(text);
	char *copy = strndup(text, random_below(random, 4) ? len : random_below(random, len));
	struct crash_log log;

	assert_non_null(copy);
	len = strlen(copy);
	for (uint64_t edits = 1 + random_below(random, 3); edits && len; edits--)
		copy[random_below(random, len)] = (char)(1 + random_below(random, 255));
	struct error *err = crash_log_load(copy, &log);
	if (err)
		assert_int_equal(error_code(err), ERROR_CORRUPT);
	error_destroy(err);
	crash_log_deinit(&log);
	free(copy);
}

static void texts_that_are_damaged_are_read_or_refused(void **state)
{
	_cleanup_free_ char *text = NULL;
	uint64_t random = 0x9e3779b97f4a7c15;
	struct crash_log log;

	(void)state;
	read_log(&log);
	expect_no_error(crash_log_save(&log, true, &text));
	for (unsigned i = 0; i < MUTATIONS; i++)
		load_damaged(text, &random);
	crash_log_deinit(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_the_same_after_a_round),
		cmocka_unit_test(names_are_left_out),
		cmocka_unit_test(no_event_is_a_text_as_well),
		cmocka_unit_test(keys_of_later_versions_are_passed_over),
		cmocka_unit_test(texts_that_nothing_has_written_are_refused),
		cmocka_unit_test(what_cannot_be_shown_is_not_kept),
		cmocka_unit_test(what_would_end_a_line_does_not_get_into_it),
		cmocka_unit_test(texts_that_are_damaged_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
