// SPDX-License-Identifier: LGPL-2.1-or-later
/* A program in the shape of a kernel: read by tests, never run. */
#include "standin.h"

const char linux_banner[] = "Linux version " STANDIN_RELEASE " (somebody@somewhere) #1 SMP";

struct hstate hstates[2];
struct pglist_data contig_page_data;
pg_data_t *node_data;
struct page *vmemmap;
struct folio *folio;
struct mem_section_usage *usage;
union either either;
struct span span = { 1, 2 };
int anonymous = SECTION_MAP_LAST_BIT;
unsigned long large = ENUMERATOR_LARGE;

struct declared_only;
struct declared_only *declared;

/* Local here and global in the other unit; local in both. */
static int shared_name __attribute__((used)) = 1;
static int local_twice __attribute__((used)) = 2;

int standin_init(void);
int standin_init(void)
{
	return local_twice + anonymous;
}
