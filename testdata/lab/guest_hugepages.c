// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of the guest, as its kernel shows them to a process:
 *
 *   hugepages heads SIZE            "head PFN" for each head at a multiple of SIZE bytes
 *   hugepages used|unused SIZE      only the PFN, of those that a process has, or none
 *   hugepages hold NODE SIZE COUNT  uses so many pages of the node, until the machine stops
 *   hugepages use NODE SIZE COUNT   uses them for a moment
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BASE_PAGE	  4096
#define KPF_COMPOUND_HEAD (UINT64_C(1) << 15)
#define KPF_HUGE	  (UINT64_C(1) << 17)
#define MPOL_BIND	  2
#define NO_PAGE		  UINT64_MAX

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* @name: of a file in /proc with 64 bits for each page. */
static int open_page_file(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0)
		perror(name);
	return fd;
}

static uint64_t page_value(int fd, uint64_t pfn, uint64_t absent)
{
	uint64_t value;

	return pread(fd, &value, sizeof(value), (off_t)(pfn * sizeof(value))) > 0 ? value : absent;
}

/*
 * Kernels of which the tails of an optimised page map its head's frame list copies of the
 * head, too: only what is aligned to the size counts.
 */
static int list_heads(const char *which, uint64_t size)
{
	const uint64_t wanted = KPF_HUGE | KPF_COMPOUND_HEAD;
	const bool all = strcmp(which, "heads") == 0, used = strcmp(which, "used") == 0;
	int flags = open_page_file("/proc/kpageflags"), counts = open_page_file("/proc/kpagecount");
	uint64_t value;

	if (flags < 0 || counts < 0)
		return 1;
	for (uint64_t pfn = 0; (value = page_value(flags, pfn, NO_PAGE)) != NO_PAGE;
	     pfn += size / BASE_PAGE) {
		if ((value & wanted) != wanted)
			continue;
		if (all || (page_value(counts, pfn, 0) > 0) == used)
			printf("%s0x%" PRIx64 "\n", all ? "head " : "", pfn);
	}
	return 0;
}

static int use(unsigned int node, uint64_t size, uint64_t count)
{
	const unsigned long nodes = 1UL << node;
	const int order_of_size = __builtin_ctzll(size) << MAP_HUGE_SHIFT;
	volatile char *start = mmap(
		NULL, size * count, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE | order_of_size, -1, 0);

	if (start == MAP_FAILED)
		return fail("mmap");
	if (syscall(SYS_mbind, start, size * count, MPOL_BIND, &nodes, 8 * sizeof(nodes), 0) < 0)
		return fail("mbind");
	/* Without memory this ends with a signal. */
	for (uint64_t i = 0; i < count; i++)
		start[i * size] = 1;
	return 0;
}

static int hold(unsigned int node, uint64_t size, uint64_t count)
{
	int failed = use(node, size, count);

	if (failed || fork())
		return failed;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 3 && (strcmp(argv[1], "heads") == 0 || strcmp(argv[1], "used") == 0 ||
			  strcmp(argv[1], "unused") == 0))
		return list_heads(argv[1], strtoull(argv[2], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "hold") == 0)
		return hold((unsigned int)atoi(argv[2]), strtoull(argv[3], NULL, 10),
			    strtoull(argv[4], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "use") == 0)
		return use((unsigned int)atoi(argv[2]), strtoull(argv[3], NULL, 10),
			   strtoull(argv[4], NULL, 10));
	fputs("hugepages: heads|used|unused SIZE | hold|use NODE SIZE COUNT\n", stderr);
	return 64;
}
