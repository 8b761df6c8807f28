// SPDX-License-Identifier: LGPL-2.1-or-later
/* The running kernel's memory, as a file that looks like it; and why it cannot be had. */
#include "formats/dump/test_files.h"

#include <errno.h>

#include "formats/dump/file.h"
#include "formats/dump/kcore.h"

enum { PAGE = 4096, RAM = 0x100000 };

static const struct test_load usual_loads[] = {
	{ UINT64_MAX, 2 * PAGE, 2 * PAGE },	   /* vmalloc */
	{ 0x24000, 2 * PAGE, 2 * PAGE },	   /* the kernel's image, in RAM */
	{ 0x10000, 4 * PAGE, 4 * PAGE },	   /* RAM */
	{ 0x20000, 8 * PAGE, 8 * PAGE },	   /* RAM */
	{ UINT64_MAX, PAGE, PAGE },		   /* the vmemmap */
	{ UINT64_MAX - PAGE, 2 * PAGE, 2 * PAGE }, /* of no sense */
};

static struct test_elf usual(void)
{
	return (struct test_elf){
		.vmcoreinfo = test_vmcoreinfo,
		.other_owner = "CORE",
		.other_type = NT_TASKSTRUCT,
		.other_desc = "task",
		.other_len = 4,
		.loads = usual_loads,
		.load_count = COUNT_OF(usual_loads),
	};
}

/* --- files below a directory that stands for "/" --- */

static const char *const directories[] = {
	"/proc", "/proc/self", "/sys", "/sys/kernel", "/sys/kernel/security", "/sys/hypervisor"
};
static const char *const files[] = { "/proc/kcore",
				     "/proc/kpageflags",
				     "/proc/self/uid_map",
				     "/sys/kernel/vmcoreinfo",
				     "/sys/kernel/security/lockdown",
				     "/sys/hypervisor/guest_type" };

static const char *under(const char *path)
{
	static char name[512];

	snprintf(name, sizeof(name), "%s/root%s", test_dir, path);
	return name;
}

static const char *root(void)
{
	static char name[300];

	snprintf(name, sizeof(name), "%s/root", test_dir);
	return name;
}

static int root_setup(void **state)
{
	(void)state;
	mkdir(root(), 0777);
	for (size_t i = 0; i < COUNT_OF(directories); i++)
		mkdir(under(directories[i]), 0777);
	return 0;
}

static int root_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		unlink(under(files[i]));
	for (size_t i = COUNT_OF(directories); i-- > 0;)
		rmdir(under(directories[i]));
	return rmdir(root());
}

static void put(const char *path, const void *data, size_t len)
{
	FILE *stream = fopen(under(path), "w");

	assert_non_null(stream);
	assert_int_equal(fwrite(data, 1, len, stream), len);
	assert_int_equal(fclose(stream), 0);
}

static void put_text(const char *path, const char *text)
{
	put(path, text, strlen(text));
}

/* --- reading --- */

static struct error *try_open(const char *path, struct dump **ret)
{
	struct dump *dump = calloc(1, sizeof(*dump));
	struct dump_file file;

	assert_non_null(dump);
	dump->path = strdup(path);
	assert_null(dump_file_open(path, &file));
	struct error *err = kcore_open(dump, &file, root());
	dump_file_close(&file);
	if (err)
		dump_close(dump);
	else
		*ret = dump;
	return err;
}

static struct dump *open_elf(const struct test_elf *elf)
{
	struct dump *dump = NULL;
	struct error *err = try_open(test_write_elf("kcore", elf), &dump);

	if (err)
		fail_msg("%s", error_message(err));
	return dump;
}

static void expect_refusal(struct error *err, const char *part)
{
	assert_non_null(err);
	if (!strstr(error_message(err), part))
		fail_msg("'%s' does not speak of '%s'", error_message(err), part);
	error_destroy(err);
}

static bool in_ram(paddr_t addr)
{
	return (addr >= 0x10000 && addr < 0x14000) || (addr >= 0x20000 && addr < 0x28000);
}

static void memory_is_read_through_segments_with_a_physical_address(void **state)
{
	const struct test_elf elf = usual();
	struct dump *dump = open_elf(&elf);

	(void)state;
	assert_true(dump->live);
	assert_int_equal(dump->elf_machine, EM_X86_64);
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	assert_int_equal(dump->size_bytes, 12 * PAGE);
	for (paddr_t addr = 0; addr < RAM; addr += PAGE)
		test_page_is(dump, addr, in_ram(addr) ? MEMORY_PRESENT : MEMORY_ABSENT, NULL);
	struct memory_extent extent = test_extent(dump, 0x20000);
	assert_int_equal(extent.end, 0x28000);
	assert_int_equal(extent.state, MEMORY_PRESENT);
	dump_close(dump);
}

static void a_fork_answers_as_its_origin(void **state)
{
	const struct test_elf elf = usual();
	struct dump *dump = open_elf(&elf);
	struct memory *fork;
	enum memory_state page;
	uint8_t byte;

	(void)state;
	assert_null(dump->memory->ops->fork(dump->memory, &fork));
	for (paddr_t addr = 7; addr < RAM; addr += PAGE) {
		assert_null(fork->ops->read(fork, addr, 1, &byte, &page));
		assert_int_equal(page, in_ram(addr) ? MEMORY_PRESENT : MEMORY_ABSENT);
		assert_true(page == MEMORY_ABSENT || byte == test_byte_at(addr));
	}
	fork->ops->destroy(fork);
	dump_close(dump);
}

static void what_changes_is_seen(void **state)
{
	const struct test_elf elf = usual();
	struct dump *dump = open_elf(&elf);
	uint8_t before[8], after[8];

	(void)state;
	assert_int_equal(test_read(dump, 0x20000, sizeof(before), before), MEMORY_PRESENT);
	int fd = open(test_path("kcore"), O_WRONLY);
	struct stat status;
	assert_int_equal(fstat(fd, &status), 0);
	for (off_t at = 0x1000; at < status.st_size; at++)
		assert_int_equal(pwrite(fd, "\xff", 1, at), 1);
	assert_int_equal(test_read(dump, 0x20000, sizeof(after), after), MEMORY_PRESENT);
	assert_memory_not_equal(before, after, sizeof(before));
	/* Memory that is taken out of the machine. */
	assert_int_equal(ftruncate(fd, 0x1000), 0);
	assert_int_equal(test_read(dump, 0x20000, sizeof(after), after), MEMORY_ABSENT);
	close(fd);
	dump_close(dump);
}

static void the_task_note_tells_it_from_the_dump_of_a_dead_kernel(void **state)
{
	struct test_elf elf = usual();
	struct dump_file file;

	(void)state;
	assert_null(dump_file_open(test_write_elf("kcore", &elf), &file));
	assert_true(kcore_probe(&file));
	dump_file_close(&file);
	elf.other_type = NT_PRSTATUS;
	assert_null(dump_file_open(test_write_elf("kcore", &elf), &file));
	assert_false(kcore_probe(&file));
	assert_false(file.in_procfs);
	dump_file_close(&file);
}

/* Zeroes that the kernel gives for a page that nobody may read. */
static void zeroes_are_absent_where_the_kernel_hides_the_page(void **state)
{
	enum { HWPOISON = 19 };
	static const struct test_load loads[] = { { 0x2000, 3 * PAGE, 3 * PAGE } };
	uint64_t flags[5] = { [2] = 1 << HWPOISON, [3] = 1 << 3, [4] = 1 << HWPOISON };
	struct test_elf elf = usual();

	(void)state;
	elf.loads = loads;
	elf.load_count = 1;
	struct test_bytes bytes = test_elf_bytes(&elf);
	memset(bytes.data + bytes.len - 3 * PAGE, 0, 2 * PAGE);
	const char *path = test_write("kcore", bytes.data, bytes.len);
	test_bytes_free(&bytes);

	struct dump *dump = NULL;
	uint8_t buf[8];
	assert_null(try_open(path, &dump));
	assert_int_equal(test_read(dump, 0x2000, 8, buf), MEMORY_PRESENT);
	dump_close(dump);
	put("/proc/kpageflags", flags, sizeof(flags));
	assert_null(try_open(path, &dump));
	assert_int_equal(test_read(dump, 0x2000, 8, buf), MEMORY_ABSENT);
	assert_int_equal(test_read(dump, 0x3000, 8, buf), MEMORY_PRESENT);
	assert_int_equal(test_read(dump, 0x4000, 8, buf), MEMORY_PRESENT);
	dump_close(dump);
	unlink(under("/proc/kpageflags"));
}

static void vmcoreinfo_is_found_in_memory_where_there_is_no_note_of_it(void **state)
{
	struct test_elf elf = usual();
	struct test_bytes note = { 0 };
	struct dump *dump = NULL;

	(void)state;
	elf.vmcoreinfo = NULL;
	test_add_note(&note, false, "VMCOREINFO", 0, test_vmcoreinfo, strlen(test_vmcoreinfo));
	struct test_bytes bytes = test_elf_bytes(&elf);
	/* Before the last 3 pages there are the 8 of RAM at 0x20000. */
	memcpy(bytes.data + bytes.len - 11 * PAGE + 0x120, note.data, note.len);
	const char *path = test_write("kcore", bytes.data, bytes.len);
	test_bytes_free(&bytes);
	test_bytes_free(&note);

	expect_refusal(try_open(path, &dump), "no VMCOREINFO");
	put_text("/sys/kernel/vmcoreinfo", "0x0000000000020120 400\n");
	assert_null(try_open(path, &dump));
	assert_string_equal(dump->vmcoreinfo, test_vmcoreinfo);
	dump_close(dump);
	put_text("/sys/kernel/vmcoreinfo", "0x0000000000090000 400\n");
	expect_refusal(try_open(path, &dump), "no VMCOREINFO");
	put_text("/sys/kernel/vmcoreinfo", "nonsense\n");
	expect_refusal(try_open(path, &dump), "no VMCOREINFO");
	unlink(under("/sys/kernel/vmcoreinfo"));
}

static void kernels_that_tell_no_physical_address_are_refused(void **state)
{
	static const struct test_load old_loads[] = { { 0, PAGE, PAGE }, { 0, PAGE, PAGE } };
	struct test_elf elf = usual();
	struct dump *dump = NULL;

	(void)state;
	elf.loads = old_loads;
	elf.load_count = COUNT_OF(old_loads);
	expect_refusal(try_open(test_write_elf("kcore", &elf), &dump), "before 4.11");
}

static void damaged_headers_never_crash(void **state)
{
	const struct test_elf elf = usual();
	struct test_bytes bytes = test_elf_bytes(&elf);

	(void)state;
	for (size_t at = 0; at < 0x250; at++) {
		struct dump *dump = NULL;
		uint8_t before = bytes.data[at];

		bytes.data[at] ^= 0xff;
		struct error *err = try_open(test_write("kcore", bytes.data, bytes.len), &dump);
		bytes.data[at] = before;
		error_destroy(err);
		if (!err)
			dump_close(dump);
	}
	for (size_t len = 0; len < 0x250; len++) {
		struct dump *dump = NULL;
		struct error *err = try_open(test_write("kcore", bytes.data, len), &dump);

		error_destroy(err);
		if (!err)
			dump_close(dump);
	}
	test_bytes_free(&bytes);
}

/* --- refusals --- */

static void refusals_say_why_and_what_to_do(void **state)
{
	static const char *const none = "[none] integrity confidentiality\n";
	static const struct {
		int os_error;
		unsigned user;
		const char *lockdown, *uid_map;
		const char *part;
	} cases[] = {
		{ ENOENT, 0, NULL, NULL, "CONFIG_PROC_KCORE" },
		{ EACCES, 1000, NULL, NULL, "only root" },
		{ EACCES, 1000, none, "0 0 4294967295\n", "as with sudo" },
		{ EPERM, 0, "none integrity [confidentiality]\n", NULL,
		  "locked down (confidentiality)" },
		{ EPERM, 0, "none [integrity] confidentiality\n", NULL, "locked down (integrity)" },
		{ EPERM, 0, none, "0 100000 65536\n", "user namespace" },
		{ EPERM, 0, none, "0 0 4294967295\n", "CAP_SYS_RAWIO" },
		{ EIO, 0, NULL, NULL, "cannot open" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (cases[i].lockdown)
			put_text("/sys/kernel/security/lockdown", cases[i].lockdown);
		if (cases[i].uid_map)
			put_text("/proc/self/uid_map", cases[i].uid_map);
		expect_refusal(
			kcore_refuse_open(DUMP_LIVE_PATH, root(), cases[i].os_error, cases[i].user),
			cases[i].part);
		unlink(under("/sys/kernel/security/lockdown"));
		unlink(under("/proc/self/uid_map"));
	}
}

static void what_containers_put_over_it_is_refused(void **state)
{
	(void)state;
	expect_refusal(kcore_refuse(DUMP_LIVE_PATH, root()), "there is no '/proc/kcore'");
	put_text("/proc/kcore", "");
	expect_refusal(kcore_refuse(DUMP_LIVE_PATH, root()), "something else lies over it");
	unlink(under("/proc/kcore"));
	assert_int_equal(symlink("/dev/null", under("/proc/kcore")), 0);
	expect_refusal(kcore_refuse(DUMP_LIVE_PATH, root()), "something else lies over it");
	unlink(under("/proc/kcore"));
}

static void xen_guests_of_the_old_kind_are_refused(void **state)
{
	(void)state;
	put_text("/sys/hypervisor/guest_type", "PV\n");
	expect_refusal(kcore_refuse(DUMP_LIVE_PATH, root()), "Xen PV");
	put_text("/sys/hypervisor/guest_type", "PVH\n");
	expect_refusal(kcore_refuse(DUMP_LIVE_PATH, root()), "there is no");
	unlink(under("/sys/hypervisor/guest_type"));
}

static int setup(void **state)
{
	return test_dir_setup(state) || root_setup(state);
}

static int teardown(void **state)
{
	return root_teardown(state) || test_dir_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_read_through_segments_with_a_physical_address),
		cmocka_unit_test(a_fork_answers_as_its_origin),
		cmocka_unit_test(what_changes_is_seen),
		cmocka_unit_test(the_task_note_tells_it_from_the_dump_of_a_dead_kernel),
		cmocka_unit_test(zeroes_are_absent_where_the_kernel_hides_the_page),
		cmocka_unit_test(vmcoreinfo_is_found_in_memory_where_there_is_no_note_of_it),
		cmocka_unit_test(kernels_that_tell_no_physical_address_are_refused),
		cmocka_unit_test(damaged_headers_never_crash),
		cmocka_unit_test(refusals_say_why_and_what_to_do),
		cmocka_unit_test(what_containers_put_over_it_is_refused),
		cmocka_unit_test(xen_guests_of_the_old_kind_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
