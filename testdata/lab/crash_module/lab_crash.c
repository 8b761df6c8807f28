// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Kills the kernel that it is loaded into, in one known way; for x86-64.
 *
 *   insmod lab_crash.ko kind=KIND pfn=HEAD tail=INDEX [set_memory_ro=ADDRESS]
 *   cat /proc/lab_crash           "crash NAME VALUE" lines: what will be done, and where
 *   echo now >/proc/lab_crash     does it
 *
 * It does not load for a page that is not as the kind needs it. Nothing of it gets into the
 * kernel's log before the crash.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/string.h>

#include <asm/pgtable.h>
#include <asm/processor.h>
#include <asm/special_insns.h>
#include <asm/tlbflush.h>

#define HUGE_ORDER     9
#define VMEMMAP_PAGES  8
#define SPOILT_PAGE    5 /* the struct page of a frame that "badlink" spoils: from its half on */
#define SPOILT_BYTE    0x5a
#define DATA_OFFSET    0x34 /* as _refcount's in a struct page: the texts shall look alike */
#define PAGE_TABLE_TOP (pgtable_l5_enabled() ? 48 : 39)

static char *kind = "none";
module_param(kind, charp, 0444);
static ulong pfn;
module_param(pfn, ulong, 0444);
static ulong tail = 100;
module_param(tail, ulong, 0444);
/* Modules cannot call it by its name. */
static ulong set_memory_ro;
module_param(set_memory_ro, ulong, 0444);

struct crash {
	const char *name;
	const char *symbol;   /* the function at the instruction that faults, if one does */
	bool needs_huge_page; /* optimised, 2 MiB */
	unsigned long (*address)(void); /* that is accessed; 0 is "none" */
	int (*run)(void);
};

static struct page *victim(void)
{
	return pfn_to_page(pfn + tail);
}

/* Page tables. */

/* The entry that maps the address, or the first that does not lead on. */
static u64 *entry_of(unsigned long address, int *shift)
{
	u64 *table = __va(__read_cr3() & PTE_PFN_MASK);
	int level;

	for (level = PAGE_TABLE_TOP;; level -= 9) {
		u64 *entry = table + ((address >> level) & (PTRS_PER_PTE - 1));

		*shift = level;
		if (!(*entry & _PAGE_PRESENT) || level == PAGE_SHIFT ||
		    (level <= PUD_SHIFT && (*entry & _PAGE_PSE)))
			return entry;
		table = __va(*entry & PTE_PFN_MASK);
	}
}

/* 0: there is no entry for single pages. */
static u64 vmemmap_entry(unsigned long first_pfn, int number)
{
	int shift;
	u64 *entry = entry_of((unsigned long)pfn_to_page(first_pfn) + number * PAGE_SIZE, &shift);

	return shift == PAGE_SHIFT ? *entry : 0;
}

static void flush_here(void *unused)
{
	unsigned long cr4 = native_read_cr4();

	/* With global entries. */
	asm volatile("mov %0, %%cr4" : : "r"(cr4 ^ X86_CR4_PGE) : "memory");
	asm volatile("mov %0, %%cr4" : : "r"(cr4) : "memory");
}

/* The last vmemmap pages map one frame, in all kernels that share any. */
static bool is_optimized(unsigned long head)
{
	u64 last = vmemmap_entry(head, VMEMMAP_PAGES - 1);
	u64 other = vmemmap_entry(head, VMEMMAP_PAGES - 2);

	return (last & _PAGE_PRESENT) && (last & PTE_PFN_MASK) == (other & PTE_PFN_MASK);
}

static bool is_huge_page(unsigned long head)
{
	struct page *page = pfn_to_page(head);

	return PageHead(page) && compound_order(page) == HUGE_ORDER && is_optimized(head);
}

/* What is accessed. */

static unsigned long refcount_address(void)
{
	return (unsigned long)&victim()->_refcount;
}

static unsigned long struct_page_address(void)
{
	return (unsigned long)victim();
}

/* Of the frame behind vmemmap page 1, by the direct map. */
static unsigned long spoilt_address(void)
{
	u64 entry = vmemmap_entry(pfn, 1);

	return (unsigned long)__va(entry & PTE_PFN_MASK) + SPOILT_PAGE * sizeof(struct page) +
	       sizeof(struct page) / 2;
}

static unsigned long null_address(void)
{
	return offsetof(struct page, _refcount);
}

/* Of an entry that was deleted before: no canonical address. */
static unsigned long deleted_address(void)
{
	return (unsigned long)LIST_POISON1;
}

static unsigned long data_address(void)
{
	return (unsigned long)__va((pfn + tail) << PAGE_SHIFT) + DATA_OFFSET;
}

/* The functions that die: the kernel's log names them. */

static noinline void lab_store(int *at)
{
	WRITE_ONCE(*at, 1);
}

/* Kernels before 6.11 take a speculative reference so. */
static noinline bool lab_speculative_get(struct page *page)
{
	return atomic_add_unless(&page->_refcount, 1, 0);
}

static noinline int lab_read(int *at)
{
	return READ_ONCE(*at);
}

static noinline void lab_bug_on_page(struct page *page)
{
	dump_page(page, "lab: not a page of this driver");
	BUG();
}

static noinline void lab_spin(void)
{
	preempt_disable();
	for (;;)
		cpu_relax();
}

static noinline void lab_list_del(struct list_head *entry)
{
	list_del(entry);
}

/* What is done. */

static int run_nothing(void)
{
	return 0;
}

static int run_store(void)
{
	lab_store((int *)refcount_address());
	return 0;
}

static int run_store_null(void)
{
	lab_store((int *)null_address());
	return 0;
}

static int run_store_deleted(void)
{
	lab_store((int *)deleted_address());
	return 0;
}

static int run_get(void)
{
	lab_speculative_get(victim());
	return 0;
}

static int run_read_unmapped(void)
{
	int shift;
	u64 *entry = entry_of(refcount_address(), &shift);

	WRITE_ONCE(*entry, 0);
	on_each_cpu(flush_here, NULL, 1);
	lab_read((int *)refcount_address());
	return 0;
}

static int run_spoil(void)
{
	memset((void *)spoilt_address(), SPOILT_BYTE, sizeof(struct page) / 2);
	return 0;
}

static int run_store_data(void)
{
	int (*set_ro)(unsigned long, int) = (void *)set_memory_ro;
	int failed;

	if (!set_ro)
		return -EINVAL;
	failed = set_ro((unsigned long)__va(pfn << PAGE_SHIFT), 1 << HUGE_ORDER);
	if (failed)
		return failed;
	lab_store((int *)data_address());
	return 0;
}

static int run_bug(void)
{
	lab_bug_on_page(victim());
	return 0;
}

static int run_spin(void)
{
	lab_spin();
	return 0;
}

static int run_list_del(void)
{
	static struct list_head entries[3];
	static LIST_HEAD(list);
	int i;

	for (i = 0; i < 3; i++)
		list_add_tail(&entries[i], &list);
	entries[0].next = &entries[2];
	lab_list_del(&entries[1]);
	return 0;
}

static int lab_sleeper(void *unused)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule();
	return 0;
}

static int run_sleeper(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(lab_sleeper, NULL, "lab_sleeper"));
}

static const struct crash crashes[] = {
	{ "rotail", "lab_store", true, refcount_address, run_store },
	{ "getref", "lab_speculative_get", true, refcount_address, run_get },
	{ "freedframe", "lab_read", true, refcount_address, run_read_unmapped },
	{ "badlink", NULL, true, spoilt_address, run_spoil },
	{ "null", "lab_store", false, null_address, run_store_null },
	{ "listpoison", "lab_store", false, deleted_address, run_store_deleted },
	{ "hugedata", "lab_store", true, data_address, run_store_data },
	{ "hole", "lab_store", false, refcount_address, run_store },
	{ "bugpage", "lab_bug_on_page", true, struct_page_address, run_bug },
	{ "softlockup", "lab_spin", false, NULL, run_spin },
	{ "listdel", "lab_list_del", false, NULL, run_list_del },
	{ "hungtask", NULL, false, NULL, run_sleeper },
	/* Somebody else does it; the module only tells of the page. */
	{ "page", NULL, true, struct_page_address, run_nothing },
};

static const struct crash *crash;

/* The file. */

static void show_address(struct seq_file *file)
{
	unsigned long address = crash->address();
	int shift;

	seq_printf(file, "crash address 0x%lx\n", address);
	if (__is_canonical_address(address, boot_cpu_data.x86_virt_bits) && address >= PAGE_OFFSET)
		seq_printf(file, "crash entry_before 0x%llx\n", *entry_of(address, &shift));
}

static void show_page(struct seq_file *file)
{
	int i;

	seq_printf(file, "crash head_pfn 0x%lx\ncrash tail %lu\ncrash pfn 0x%lx\n", pfn, tail,
		   pfn + tail);
	seq_printf(file, "crash struct_page 0x%lx\n", struct_page_address());
	if (!crash->needs_huge_page)
		return;
	for (i = 0; i < VMEMMAP_PAGES; i++)
		seq_printf(file, "crash vmemmap_entry_%d 0x%llx\n", i, vmemmap_entry(pfn, i));
}

static int lab_crash_show(struct seq_file *file, void *unused)
{
	if (pfn)
		show_page(file);
	if (crash->address)
		show_address(file);
	if (crash->symbol)
		seq_printf(file, "crash symbol %s\ncrash module %s\n", crash->symbol,
			   KBUILD_MODNAME);
	return 0;
}

static int lab_crash_open(struct inode *inode, struct file *file)
{
	return single_open(file, lab_crash_show, NULL);
}

static ssize_t lab_crash_write(struct file *file, const char __user *text, size_t size, loff_t *at)
{
	int failed = crash->run();

	return failed ? failed : size;
}

static const struct proc_ops operations = {
	.proc_open = lab_crash_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = lab_crash_write,
};

static int __init lab_crash_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		if (!strcmp(crashes[i].name, kind))
			crash = &crashes[i];
	if (!crash)
		return -EINVAL;
	if (crash->needs_huge_page && !is_huge_page(pfn))
		return -ENODEV;
	return proc_create(KBUILD_MODNAME, 0600, NULL, &operations) ? 0 : -ENOMEM;
}

module_init(lab_crash_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kills the kernel in a known way");
