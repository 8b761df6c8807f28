// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of the guest, as its kernel shows them to a process:
 *
 *   hugepages heads SIZE            "head PFN" for each head at a multiple of SIZE bytes
 *   hugepages hold NODE SIZE COUNT  uses so many pages of the node, until the machine stops
 *   hugepages use NODE SIZE COUNT   uses them for a moment
 */
#include <fcntl.h>
#include <inttypes.h>
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

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/*
 * Kernels of which the tails of an optimised page map its head's frame list copies of the
 * head, too: only what is aligned to the size counts.
 */
static int list_heads(uint64_t size)
{
	const uint64_t wanted = KPF_HUGE | KPF_COMPOUND_HEAD;
	uint64_t flags;
	int fd = open("/proc/kpageflags", O_RDONLY);

	if (fd < 0)
		return fail("/proc/kpageflags");
	for (uint64_t pfn = 0; pread(fd, &flags, sizeof(flags), (off_t)(pfn * sizeof(flags))) > 0;
	     pfn += size / BASE_PAGE) {
		if ((flags & wanted) == wanted)
			printf("head 0x%" PRIx64 "\n", pfn);
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
	if (argc == 3 && strcmp(argv[1], "heads") == 0)
		return list_heads(strtoull(argv[2], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "hold") == 0)
		return hold((unsigned int)atoi(argv[2]), strtoull(argv[3], NULL, 10),
			    strtoull(argv[4], NULL, 10));
	if (argc == 5 && strcmp(argv[1], "use") == 0)
		return use((unsigned int)atoi(argv[2]), strtoull(argv[3], NULL, 10),
			   strtoull(argv[4], NULL, 10));
	fputs("hugepages: heads SIZE | hold|use NODE SIZE COUNT\n", stderr);
	return 64;
}
