// SPDX-License-Identifier: LGPL-2.1-or-later
/* Logs of x86-64, and what is the same everywhere, into events. Kernels 5.15 to 7.3. */
#include "analyzer/oops/oops_testing.h"

#include <elf.h>

#include "analyzer/oops/shapes.h"

/* What stands between the first lines and the trace, in the words of each era. */
#define CPU_61                                                                                     \
	"CPU: 1 PID: 438 Comm: sh Kdump: loaded Tainted: G        W  OE      6.1.0-57-amd64 #1  "  \
	"Debian 6.1.192-1\n"                                                                       \
	"Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2 04/01/2014\n"
#define CPU_73                                                                                     \
	"CPU: 1 UID: 0 PID: 438 Comm: sh Kdump: loaded Tainted: G        W  OE       "             \
	"7.3.4+deb13-amd64 #1 PREEMPT(lazy)  Debian 7.3.4-1 \n"                                    \
	"Tainted: [W]=WARN, [O]=OOT_MODULE, [E]=UNSIGNED_MODULE\n"                                 \
	"Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.2 04/01/2014\n"
#define RIP "RIP: 0010:store+0x5/0x20 [mod]\nCode: e0 48 89 <c7> 47 34\n"
#define REGISTERS                                                                                  \
	"RSP: 0018:ff5016bf011e3be8 EFLAGS: 00000286\n"                                            \
	"RAX: 0000000000000000 RBX: 0000000000000003 RCX: ff5016bf011e3ce8\n"                      \
	"RDX: 0000000000000000 RSI: ffffffffc063a009 RDI: ffcc32a6850e1900\n"                      \
	"RBP: ff2ef6e3d0fd2290 R08: 0000000000000001 R09: 0000000000000000\n"                      \
	"R10: 0000000000000000 R11: 0000000000000000 R12: ff2ef6e3d0f03000\n"                      \
	"R13: 000000001efec8f0 R14: ff5016bf011e3ce8 R15: ff2ef6e3c1f50000\n"                      \
	"FS:  000000001efea3c0(0000) GS:ff2ef6e44d0cb000(0000) knlGS:0000000000000000\n"           \
	"CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\n"
#define CR2_FAULT "CR2: ffcc32a6850e1934 CR3: 0000000153c5a000 CR4: 0000000000751ef0\n"
#define CR2_STALE "CR2: 0000000000559c5a CR3: 0000000153c5a000 CR4: 0000000000751ef0\n"
#define TRACE                                                                                      \
	"PKRU: 55555554\n"                                                                         \
	"Call Trace:\n <TASK>\n"                                                                   \
	" go+0x76/0x448 [mod]\n"                                                                   \
	" ? security_file_permission+0x55/0x100\n"                                                 \
	" vfs_write+0xcf/0x450\n"                                                                  \
	"RIP: 0033:0x47b7a0\n"                                                                     \
	"Code: 40 00 48 <48> 3d 00\n"                                                              \
	"RSP: 002b:00007ffc92106f38 EFLAGS: 00000202 ORIG_RAX: 0000000000000001\n"                 \
	"RAX: ffffffffffffffda RBX: 0000000000000001 RCX: 000000000047b7a0\n"                      \
	" </TASK>\nModules linked in: mod(OE) netfs\n"
#define FAULT                                                                                      \
	"BUG: unable to handle page fault for address: ffcc32a6850e1934\n"                         \
	"#PF: supervisor write access in kernel mode\n"                                            \
	"#PF: error_code(0x0003) - permissions violation\n"
#define TABLES	"PGD 14ffd1067 P4D 14ffd0067 PUD 14ffcf067 PMD 141f2f067 PTE 8000000141ee5121\n"
#define BODY_73 CPU_73 RIP REGISTERS CR2_FAULT TRACE
#define OOPS_73 FAULT TABLES "Oops: Oops: 0003 [#1] SMP NOPTI\n" BODY_73 "CR2: ffcc32a6850e1934\n"
#define END	"---[ end trace 0000000000000000 ]---\n"

/* The same, as an event is shown. */
#define IN_SH	 " cpu=1 pid=438 comm='sh'"
#define AT_STORE " at=store+0x5[mod] taint=WOE"
#define WROTE                                                                                      \
	" address=ffcc32a6850e1934 write permission code=3 PGD=14ffd1067 P4D=14ffd0067 "           \
	"PUD=14ffcf067 PMD=141f2f067 PTE=8000000141ee5121"
#define HAS_TRACE   " registers=16,r15=ff2ef6e3c1f50000 callers=2,go+0x76[mod]\n"
#define FAULT_EVENT "page-fault oops" IN_SH AT_STORE WROTE HAS_TRACE

#define CALL_TRACE_PANIC "Call Trace:\n <TASK>\n dump_stack_lvl+0x5d/0x80\n vpanic+0x166/0x360\n"
#define PANIC_TRACE	 " callers=2,dump_stack_lvl+0x5d\n"

static const struct log_case x86_cases[] = {
	{ "a write that the entry forbids: 6.1",
	  FAULT TABLES "Oops: 0003 [#1] PREEMPT SMP NOPTI\n" CPU_61 RIP REGISTERS CR2_FAULT TRACE
		       "CR2: ffcc32a6850e1934\n",
	  FAULT_EVENT },
	{ "a write that the entry forbids: 6.12",
	  FAULT TABLES "Oops: Oops: 0003 [#1] PREEMPT SMP NOPTI\n" BODY_73
		       "CR2: ffcc32a6850e1934\n",
	  FAULT_EVENT },
	{ "kdump from an oops leaves no line of a panic: 7.3", OOPS_73, FAULT_EVENT },
	{ "another CPU writes between",
	  "{0x80000000}NMI backtrace for cpu 0\n" FAULT
	  "{0x80000000}RIP: 0010:other+0x1/0x2 [else]\n" TABLES
	  "{7}BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
	  "Oops: Oops: 0003 [#1] SMP NOPTI\n"
	  "{7}#PF: supervisor read access in kernel mode\n" BODY_73
	  "{7}#PF: error_code(0x0000) - not-present page\n",
	  FAULT_EVENT "null-pointer address=8 read not-present code=0\n" },
	{ "another CPU writes into the line of the page tables",
	  FAULT "PGD 14ffd1067 P4D 14ffd0067 \n{9}e1000: link up\nPUD 14ffcf067 \n"
		"{9}e1000: link down\nPMD 141f2f067 PTE 8000000141ee5121\n"
		"Oops: Oops: 0003 [#1] SMP NOPTI\n" BODY_73,
	  FAULT_EVENT },
	{ "page tables end early: absent, or bad",
	  "BUG: unable to handle page fault for address: ffd2f9f305061934\n"
	  "#PF: supervisor read access in kernel mode\n"
	  "#PF: error_code(0x0000) - not-present page\n"
	  "PGD 14ffd1067 P4D 14ffd0067 PUD 0 \n"
	  "Oops: Oops: 0000 [#1] SMP NOPTI\n" END
	  "BUG: unable to handle page fault for address: ffd2f9f305061934\n"
	  "PGD 14ffd1067 BAD\n",
	  "page-fault oops address=ffd2f9f305061934 read not-present code=0 PGD=14ffd1067 "
	  "P4D=14ffd0067 PUD=0\n"
	  "page-fault address=ffd2f9f305061934 PGD=14ffd1067\n" },
	{ "a NULL pointer, by the kernel's own words",
	  "BUG: kernel NULL pointer dereference, address: 0000000000000034\n"
	  "#PF: supervisor write access in kernel mode\n"
	  "#PF: error_code(0x0002) - not-present page\n"
	  "Oops: 0002 [#1] PREEMPT SMP NOPTI\n",
	  "null-pointer oops address=34 write not-present code=2\n" },
	{ "reasons and accesses",
	  "BUG: unable to handle page fault for address: ffffffffc0001000\n"
	  "#PF: supervisor instruction fetch in kernel mode\n"
	  "#PF: error_code(0x0011) - permissions violation\n"
	  "BUG: unable to handle page fault for address: ffffffffc0001000\n"
	  "#PF: error_code(0x0009) - reserved bit violation\n"
	  "BUG: unable to handle page fault for address: ffffffffc0001000\n"
	  "#PF: error_code(0x0021) - protection keys violation\n",
	  "page-fault address=ffffffffc0001000 fetch permission code=11\n"
	  "page-fault address=ffffffffc0001000 read reserved-bit code=9\n"
	  "page-fault address=ffffffffc0001000 read protection-key code=21\n" },
	{ "a jump to NULL has no symbol",
	  "BUG: kernel NULL pointer dereference, address: 0000000000000000\n"
	  "#PF: error_code(0x0010) - not-present page\n"
	  "Oops: Oops: 0010 [#1] SMP NOPTI\nRIP: 0010:0x0\nCode: Unable to access opcode bytes at "
	  "0xffffffffffffffd6.\nRAX: 0000000000000001 RBX: 0000000000000002\n",
	  "null-pointer oops address=0 fetch not-present code=10 registers=2,rbx=2\n" },
	{ "an oops that did not kill, its summary, and a crash by a user",
	  OOPS_73 END RIP REGISTERS CR2_FAULT
	  "PKRU: 55555554\n"
	  "note: sh[438] exited with irqs disabled\n"
	  "{1}sysrq: Trigger a crash\n"
	  "{1}Kernel panic - not syncing: sysrq triggered crash\n"
	  "{1}CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 7.3.4 #1\n",
	  FAULT_EVENT "sysrq panic cpu=0 pid=1 comm='init' text='sysrq triggered crash'\n" },
	{ "two oopses of one task are two events",
	  OOPS_73 END RIP REGISTERS "general protection fault: 0000 [#2] SMP\n" RIP,
	  FAULT_EVENT "general-protection oops at=store+0x5[mod] code=0\n" },
	{ "the panic of an oops belongs to it",
	  OOPS_73 END RIP REGISTERS "Kernel panic - not syncing: Fatal exception\n"
				    "Kernel Offset: 0x2f000000 from 0xffffffff81000000\n"
				    "---[ end Kernel panic - not syncing: Fatal exception ]---\n",
	  "page-fault oops panic" IN_SH AT_STORE " text='Fatal exception'" WROTE HAS_TRACE },
	{ "the panic of an oops belongs to it if another writes it",
	  OOPS_73 "{0x80000001}Kernel panic - not syncing: Fatal exception in interrupt\n"
		  "{0x80000001}Call Trace:\n{0x80000001} foo+0x1/0x2\n",
	  "page-fault oops panic" IN_SH AT_STORE
	  " text='Fatal exception in interrupt'" WROTE HAS_TRACE },
	{ "the panic of an oops of init belongs to it, another one's does not",
	  "{1}BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
	  "{1}Oops: Oops: 0000 [#1] SMP NOPTI\n{1}" END
	  "{1}Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n",
	  "null-pointer oops panic text='Attempted to kill init! exitcode=0x00000009' address=8 "
	  "read not-present code=0\n" },
	{ "init is killed long after an oops of another",
	  OOPS_73 END
	  "{1}Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b\n",
	  FAULT_EVENT "panic panic text='Attempted to kill init! exitcode=0x0000000b'\n" },

	{ "general protection: 6.1, with an address",
	  "general protection fault, probably for non-canonical address 0xdead000000000108: 0000 "
	  "[#1] PREEMPT SMP NOPTI\n" CPU_61 RIP,
	  "general-protection oops" IN_SH AT_STORE " address=dead000000000108 code=0\n" },
	{ "general protection: 6.12, with an address",
	  "Oops: general protection fault, probably for non-canonical address 0xdead000000000108: "
	  "0000 [#1] PREEMPT SMP NOPTI\n" CPU_73 RIP,
	  "general-protection oops" IN_SH AT_STORE " address=dead000000000108 code=0\n" },
	{ "general protection: without one, of a segment, of a NULL pointer",
	  "Oops: general protection fault: 0000 [#1] SMP\n" END
	  "Oops: segment-related general protection fault: 00d8 [#2] SMP\n" END
	  "Oops: general protection fault, kernel NULL pointer dereference 0x8: 0000 [#3] SMP\n",
	  "general-protection oops code=0\ngeneral-protection oops code=d8\n"
	  "null-pointer oops address=8 code=0\n" },
	{ "traps that are of no kind of ours say what they are",
	  "Oops: double fault: 0000 [#1] SMP\n" RIP END "stack segment: 0000 [#2] PREEMPT SMP\n" END
	  "traps: foo[12] trap invalid opcode\n",
	  "unknown oops at=store+0x5[mod] text='double fault' code=0\n"
	  "unknown oops text='stack segment' code=0\n" },
	{ "lines that only look like a trap",
	  "usb 1-1: reset [#1]\nfoo: 00000 [#1]\nfoo: 0000[#1]\nfoo: 0000 [#x]\n: 0000 [#1]\n"
	  "0000 [#1]\n [#1]\n",
	  "" },

	{ "BUG(): 6.1",
	  "------------[ cut here ]------------\nkernel BUG at mm/hugetlb.c:1234!\n"
	  "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI\n" CPU_61 RIP REGISTERS CR2_STALE TRACE,
	  "bug oops" IN_SH AT_STORE " text='mm/hugetlb.c:1234' code=0" HAS_TRACE },
	{ "BUG(): 7.3, and its panic",
	  "------------[ cut here ]------------\nkernel BUG at mm/hugetlb.c:1234!\n"
	  "Oops: invalid opcode: 0000 [#1] SMP NOPTI\n" CPU_73 RIP REGISTERS CR2_STALE TRACE END
	  "Kernel panic - not syncing: Fatal exception\n",
	  "bug oops panic" IN_SH AT_STORE " text='mm/hugetlb.c:1234' code=0" HAS_TRACE },
	{ "BUG() without debug info: 6.1, 7.3",
	  "Kernel BUG at store+0x5/0x20 [verbose debug info unavailable]\n" END
	  "kernel BUG at store+0x5/0x20 [verbose debug info unavailable]\n",
	  "bug text='store+0x5/0x20'\nbug text='store+0x5/0x20'\n" },
	{ "BUG() for a page that it dumped",
	  "page: refcount:0 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x143864\n"
	  "flags: 0x10000000000000(node=0|zone=2)\n"
	  "raw: 0010000000000000 0000000000000001 0000000000000002 0000000000000003\n"
	  "raw: 0000000000000004 0000000000000005 0000000000000006 0000000000000007\n"
	  "page dumped because: VM_BUG_ON_PAGE(PageTail(page))\n"
	  "------------[ cut here ]------------\nkernel BUG at mod.c:95!\n"
	  "Oops: invalid opcode: 0000 [#1] SMP NOPTI\n" CPU_73 RIP,
	  "bug oops" IN_SH AT_STORE " text='mod.c:95' code=0 pfn=143864 words=8,7\n" },
	{ "a page that is dumped for nobody, and for a warning",
	  "{5}first words\n{5}page:00000000d3a4f1c2 refcount:1 mapcount:0 "
	  "mapping:0000000000000000 index:0x0 pfn:0x1234\n"
	  "{5}page dumped because: somebody asked\n"
	  "{6}first words\n{6}page: refcount:1 mapcount:0 mapping:0 index:0x0 pfn:0x1234\n"
	  "{6}------------[ cut here ]------------\n"
	  "{6}WARNING: mm/rmap.c:12 at store+0x5/0x20, CPU#1: sh/438\n{6}" RIP,
	  "warnings=1\n" },
	{ "a corrupt list and its BUG(): 6.1",
	  "list_del corruption. prev->next should be ffff888100000008, but was "
	  "5a5a5a5a5a5a5a5a. (prev=ffff888100000108)\n"
	  "------------[ cut here ]------------\nkernel BUG at lib/list_debug.c:60!\n"
	  "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI\n" CPU_61 RIP,
	  "list-corruption oops" IN_SH AT_STORE
	  " text='list_del corruption. prev->next should be ffff888100000008, but was "
	  "5a5a5a5a5a5a5a5a. (prev=ffff888100000108)' code=0\n" },
	{ "a corrupt list that is warned of",
	  "------------[ cut here ]------------\n"
	  "list_add corruption. next is NULL.\n"
	  "WARNING: CPU: 1 PID: 438 at lib/list_debug.c:26 __list_add_valid+0x5/0x20\n" CPU_61 RIP
		  REGISTERS TRACE END,
	  "list-corruption" IN_SH AT_STORE " text='list_add corruption. next is NULL.'" HAS_TRACE
	  "warnings=1\n" },

	{ "a warning is no event: 6.1 and 7.3",
	  "------------[ cut here ]------------\nsched: not on the same node!\n"
	  "WARNING: CPU: 1 PID: 438 at arch/x86/kernel/smpboot.c:425 topology_sane+0xba/0x220\n"
	  "Modules linked in:\n" CPU_61 RIP REGISTERS CR2_STALE TRACE END
	  "------------[ cut here ]------------\n"
	  "WARNING: arch/x86/kernel/smpboot.c:329 at topology_sane+0xba/0x220, CPU#1: swapper/1/0\n"
	  "Modules linked in:\n" CPU_73 RIP REGISTERS CR2_STALE TRACE END
	  "WARNING: at topology_sane+0xba/0x220, CPU#1: swapper/1/0\n" END
	  "WARNING: possible circular locking dependency detected\n",
	  "warnings=3\n" },
	{ "a fault while a warning is written",
	  "WARNING: CPU: 1 PID: 438 at kernel/foo.c:1 foo+0x1/0x2\n" CPU_61 RIP OOPS_73,
	  FAULT_EVENT "warnings=1\n" },
	{ "a warning after an oops adds nothing to it",
	  FAULT TABLES
	  "Oops: 0003 [#1] SMP\n" END
	  "WARNING: CPU: 1 PID: 438 at kernel/foo.c:1 foo+0x1/0x2\n" CPU_61 RIP REGISTERS,
	  "page-fault oops" WROTE "\nwarnings=1\n" },
	{ "panic_on_warn",
	  "WARNING: kernel/foo.c:1 at foo+0x1/0x2, CPU#1: sh/438\n" CPU_73 RIP REGISTERS
	  "Kernel panic - not syncing: kernel: panic_on_warn set ...\n" CPU_73 CALL_TRACE_PANIC,
	  "panic panic" IN_SH " taint=WOE text='kernel: panic_on_warn set ...'" PANIC_TRACE
	  "warnings=1\n" },

	{ "the first lines are lost: from the oops on",
	  "Oops: Oops: 0003 [#1] SMP NOPTI\n" BODY_73 "CR2: ffcc32a6850e1934\n",
	  "page-fault oops head-lost" IN_SH AT_STORE
	  " address=ffcc32a6850e1934 write permission code=3" HAS_TRACE "begins inside\n" },
	{ "the first lines are lost: from the access on",
	  "#PF: supervisor write access in kernel mode\n"
	  "#PF: error_code(0x0003) - permissions violation\n" TABLES
	  "Oops: 0003 [#1] PREEMPT SMP NOPTI\n" CPU_61 RIP REGISTERS CR2_FAULT TRACE,
	  "page-fault oops head-lost" IN_SH AT_STORE WROTE HAS_TRACE "begins inside\n" },
	{ "the first lines are lost: from the registers on",
	  "RBP: ff2ef6e3d0fd2290 R08: 0000000000000001 R09: 0000000000000000\n" CR2_FAULT TRACE
	  "CR2: ffcc32a6850e1934\n",
	  "page-fault oops head-lost address=ffcc32a6850e1934 callers=2,go+0x76[mod]\n"
	  "begins inside\n" },
	{ "the first lines are lost: a NULL pointer by its address",
	  CPU_73 RIP "CR2: 0000000000000034\n",
	  "null-pointer oops head-lost" IN_SH AT_STORE " address=34\nbegins inside\n" },
	{ "the first lines are lost: what it was, nothing tells",
	  CPU_73 RIP REGISTERS CR2_STALE TRACE,
	  "unknown head-lost" IN_SH AT_STORE HAS_TRACE "begins inside\n" },
	{ "the first lines are lost: of what was no death",
	  RIP REGISTERS CR2_STALE TRACE END "systemd[1]: hello\n", "begins inside\n" },
	{ "the first lines are lost: of a bad page",
	  "flags: 0x10000000000000(node=0|zone=2|lastcpupid=0x0)\n"
	  "raw: 0010000000000000 0000000000000000 0000000000000000 0000000000000000\n"
	  "raw: 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a\n"
	  "page dumped because: page still charged to cgroup\n" CPU_73 TRACE,
	  "bad-page-state head-lost" IN_SH
	  " taint=WOE text='page still charged to cgroup' words=8,5a5a5a5a5a5a5a5a "
	  "callers=2,go+0x76[mod]\nbegins inside\n" },
	{ "the first lines are lost: one line of the page's words does not tell which",
	  "raw: 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a\n"
	  "page dumped because: nonzero mapcount\n",
	  "bad-page-state head-lost text='nonzero mapcount'\nbegins inside\n" },
	{ "the log begins with the end of a report", END "hello\n", "begins inside\n" },
	{ "the log begins with what is no report",
	  "Linux version 6.12.118+deb13-amd64\nCommand line: quiet\n", "" },
	{ "one line of a trace at the beginning of a writer is no event",
	  "hello\n{7}CPU: 0 UID: 0 PID: 7 Comm: foo Not tainted 7.3.4 #1\n{7}Call Trace:\n"
	  "{7} dump_stack_lvl+0x5d/0x80\n{7}foo: more\n",
	  "" },

	{ "a soft lockup, its registers, a stale CR2, its panic",
	  "{0x80000000}watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [sh:469]\n"
	  "{0x80000000}Modules linked in: mod(OE)\n"
	  "{0x80000000}CPU: 0 UID: 0 PID: 469 Comm: sh Tainted: G           OE      6.12.118 #1\n"
	  "{0x80000000}RIP: 0010:spin+0x5/0x20 [mod]\n"
	  "{0x80000000}RAX: 0000000000000001 RBX: 0000000000000002 RCX: 0000000000000003\n"
	  "{0x80000000}" CR2_STALE "{0x80000000}Call Trace:\n{0x80000000} <IRQ>\n"
	  "{0x80000000} ? watchdog_timer_fn+0x1/0x2\n{0x80000000}RIP: 0010:spin+0x5/0x20 [mod]\n"
	  "{0x80000000} go+0x76/0x448 [mod]\n"
	  "{0x80000000}Kernel panic - not syncing: softlockup: hung tasks\n"
	  "{0x80000000}CPU: 0 UID: 0 PID: 469 Comm: sh Tainted: G           OEL     6.12.118 #1\n"
	  "{0x80000000}" CALL_TRACE_PANIC,
	  "soft-lockup panic cpu=0 pid=469 comm='sh' at=spin+0x5[mod] taint=OE "
	  "text='softlockup: hung tasks' registers=3,rcx=3 callers=1,go+0x76[mod]\n" },
	{ "a panic of something else is not of the soft lockup before",
	  "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [a]b:469]\n"
	  "Kernel panic - not syncing: VFS: Unable to mount root fs\n",
	  "soft-lockup cpu=1 pid=469 comm='a]b' text='stuck for 26s'\n"
	  "panic panic text='VFS: Unable to mount root fs'\n" },
	{ "a bad page, and the panic for its taint",
	  "BUG: Bad page state in process init  pfn:142405\n"
	  "page:000000008f9b1c2d refcount:1515870810 mapcount:1515870811 mapping:0000000000000000 "
	  "index:0x5a5a5a5a5a5a5a5a pfn:0x142405\n"
	  "memcg:5a5a5a5a5a5a5a5a\nflags: 0x10000000000000(node=0|zone=2|lastcpupid=0x0)\n"
	  "raw: 0010000000000000 0000000000000000 0000000000000000 0000000000000000\n"
	  "raw: 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5a 5a5a5a5a5a5a5a5b\n"
	  "page dumped because: page still charged to cgroup\nModules linked in:\n" CPU_61 TRACE
	  "Disabling lock debugging due to kernel taint\n"
	  "Kernel panic - not syncing: panic_on_taint set ...\n" CPU_61 CALL_TRACE_PANIC,
	  "bad-page-state cpu=1 pid=438 comm='init' taint=WOE text='page still charged to cgroup' "
	  "pfn=142405 words=8,5a5a5a5a5a5a5a5b callers=2,go+0x76[mod]\n"
	  "panic panic" IN_SH " taint=WOE text='panic_on_taint set ...'" PANIC_TRACE },
};

/* With traces as x86-64 writes them. */
static const struct log_case traced_cases[] = {
	{ "hung tasks, and the panic of the last one",
	  "{60}INFO: task kworker/u8:2:123 blocked for more than 120 seconds.\n"
	  "{60}      Tainted: G           OE     6.1.0-57-amd64 #1\n"
	  "{60}task:kworker/u8:2 state:D stack:0 pid:123 ppid:2 flags:0x00004000\n"
	  "{60}Call Trace:\n{60} <TASK>\n{60} __schedule+0x351/0xa20\n{60} </TASK>\n"
	  "{60}INFO: task sh:124 blocked in I/O wait for more than 241 seconds.\n"
	  "{60}INFO: task sh:124 is blocked on a mutex likely owned by task b:9.\n"
	  "{60}Call Trace:\n{60} schedule+0x5/0x20\n"
	  "{60}Kernel panic - not syncing: hung_task: blocked tasks\n"
	  "{60}CPU: 0 PID: 60 Comm: khungtaskd Not tainted 6.1.0-57-amd64 #1\n",
	  "hung-task pid=123 comm='kworker/u8:2' text='blocked for more than 120 seconds.' "
	  "callers=1,__schedule+0x351\n"
	  "hung-task panic pid=124 comm='sh' text='hung_task: blocked tasks' "
	  "callers=1,schedule+0x5\n" },
	{ "a crash by a user",
	  "sysrq: Show Memory\nsysrq: Trigger a crash\n"
	  "Kernel panic - not syncing: sysrq triggered crash\n"
	  "CPU: 0 PID: 1 Comm: init Not tainted 6.1.0 #1\n" CALL_TRACE_PANIC,
	  "sysrq panic cpu=0 pid=1 comm='init' text='sysrq triggered crash'" PANIC_TRACE },
};

static const struct log_case common_cases[] = {
	{ "what a program writes is no event",
	  "!BUG: Bad page state in process a  pfn:142405\n"
	  "!Kernel panic - not syncing: somebody's joke\n"
	  "sysrq: Trigger a crash\n"
	  "!{7}BUG: kernel NULL pointer dereference, address: 0000000000000034\n",
	  "sysrq\n" },
	{ "bad pages, one event each, and how many were suppressed",
	  "BUG: Bad page state in process a  pfn:b  pfn:142405\n"
	  "page: refcount:0 mapcount:0 mapping:0 index:0x0 pfn:0x142405\n"
	  "head: order:9 mapcount:0 entire_mapcount:0 nr_pages_mapped:0 pincount:0\n"
	  "raw: 0000000000000001 0000000000000002 0000000000000003 0000000000000004\n"
	  "head: 0000000000000011 0000000000000012 0000000000000013 0000000000000014\n"
	  "page dumped because: nonzero mapcount\n"
	  "BUG: Bad page state in process sh  pfn:00405\n"
	  "BUG: Bad page state: 12 messages suppressed\n"
	  "BUG: Bad page state: 30 messages suppressed\n"
	  "BUG: Bad page state: x messages suppressed\n"
	  "BUG: Bad page state in process sh  pfn:\nBUG: Bad page state in process sh\n",
	  "bad-page-state comm='a  pfn:b' text='nonzero mapcount' pfn=142405 words=4,4\n"
	  "bad-page-state comm='sh' pfn=405\nsuppressed=42\n" },
	{ "hard lockups: 6.1, 6.12, 7.3",
	  "NMI watchdog: Watchdog detected hard LOCKUP on cpu 3\n"
	  "Kernel panic - not syncing: Hard LOCKUP\n"
	  "watchdog: Watchdog detected hard LOCKUP on cpu 4\n"
	  "watchdog: CPU1: Watchdog detected hard LOCKUP on cpu 5\n"
	  "CPU: 1 UID: 0 PID: 9 Comm: finder Not tainted 7.3.4 #1\n"
	  "watchdog: CPU1: something else\n",
	  "hard-lockup panic cpu=3 text='Hard LOCKUP'\nhard-lockup cpu=4\nhard-lockup cpu=5\n" },
	{ "stalls of RCU",
	  "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
	  "rcu: \t1-....: (5249 ticks this GP) idle=\n"
	  "Kernel panic - not syncing: RCU Stall\n"
	  "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
	  "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 21 jiffies\n"
	  "rcu: INFO: Stall ended before state dump start\n",
	  "rcu-stall panic text='RCU Stall'\n"
	  "rcu-stall text='rcu_preempt detected stalls on CPUs/tasks:'\n"
	  "rcu-stall text='rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 21 "
	  "jiffies'\n" },
	{ "out of memory: a task is killed; nothing is left to kill",
	  "sh invoked oom-killer: gfp_mask=0x140cca, order=0, oom_score_adj=0\n"
	  "CPU: 0 PID: 438 Comm: sh Not tainted 6.1 #1\n"
	  "Out of memory: Killed process 77 (a) b) total-vm:1kB, anon-rss:1kB\n"
	  "{5}Out of memory and no killable processes...\n"
	  "{5}Kernel panic - not syncing: System is deadlocked on memory\n"
	  "{6}Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled\n"
	  "Memory cgroup out of memory: Killed process 78 (b) total-vm:1kB\n",
	  "oom pid=77 comm='a) b'\n"
	  "oom panic text='System is deadlocked on memory'\n"
	  "oom panic text='Out of memory: compulsory panic_on_oom is enabled'\n" },
	{ "a panic that another CPU is told to write",
	  "sysrq: Trigger a crash\n"
	  "panic: Redirecting from CPU 1 to CPU 0 for crash kernel.\n"
	  "{0x80000000}Kernel panic - not syncing: sysrq triggered crash\n"
	  "{5}sysrq: Trigger a crash\n"
	  "{6}Kernel panic - not syncing: sysrq triggered crash\n",
	  "sysrq panic text='sysrq triggered crash'\nsysrq\n"
	  "sysrq panic text='sysrq triggered crash'\n" },
	{ "failures of memory: what was done, to which page",
	  "Memory failure: 0x143800: Sending SIGBUS to sh:438 due to hardware memory corruption\n"
	  "Memory failure: 0x143800: recovery action for huge page: Recovered\n"
	  "Memory failure: 0x143801: already hardware poisoned\n"
	  "Memory failure: buffer overflow when queuing memory failure at 0x1\n",
	  "memory-failure text='recovery action for huge page: Recovered' pfn=143800\n"
	  "memory-failure text='already hardware poisoned' pfn=143801\n" },
	{ "an injected failure is one event with what came of it",
	  "Injecting memory failure at pfn 0x143800\n"
	  "{9}Memory failure: 0x143800: recovery action for free huge page: Delayed\n"
	  "Injecting memory failure for pfn 0x2 at process virtual address 0x7f0000000000\n"
	  "Soft offlining pfn 0x3 at process virtual address 0x7f0000000000\n"
	  "Soft offline: 0x3: page already poisoned\nsoft offline: 0x4: thp split failed\n",
	  "memory-failure text='recovery action for free huge page: Delayed' pfn=143800\n"
	  "memory-failure pfn=2\nmemory-failure pfn=3\nmemory-failure pfn=4\n" },
	{ "a panic over a page that cannot be recovered",
	  "Memory failure: 0x143800: recovery action for reserved kernel page: Ignored\n"
	  "Kernel panic - not syncing: Memory failure: 0x143800: unrecoverable page\n",
	  "memory-failure panic text='recovery action for reserved kernel page: Ignored' "
	  "pfn=143800\n" },
	{ "machine checks; a corrected error is none",
	  "{0x80000002}mce: [Hardware Error]: Machine check events logged\n"
	  "{0x80000002}mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 7: 8c00004000010090\n"
	  "{0x80000003}mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 1: "
	  "bd80000000100134\n"
	  "{0x80000003}mce: [Hardware Error]: RIP 10:<ffffffff81000000> {copy+0x5/0x20}\n"
	  "{0x80000003}mce: [Hardware Error]: TSC 0 ADDR 143800000 MISC 86 \n"
	  "{0x80000003}mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 2: "
	  "bd80000000100135\n"
	  "{0x80000003}mce: [Hardware Error]: Machine check: Data load in kernel\n"
	  "{0x80000003}Kernel panic - not syncing: Fatal local machine check\n",
	  "machine-check panic cpu=3 at=copy+0x5 text='Fatal local machine check' "
	  "code=bd80000000100134\n" },
	{ "panics by firmware's word, and of nothing known",
	  "Kernel panic - not syncing: GHES: Fatal hardware error\n"
	  "{9}Kernel panic - not syncing: Fatal exception in interrupt\n"
	  "{10}Kernel panic - not syncing: \n{11}Kernel panic - not syncing\n",
	  "machine-check panic text='GHES: Fatal hardware error'\n"
	  "panic panic text='Fatal exception in interrupt'\npanic panic\n" },
	{ "names of tasks that look like something else",
	  "Kernel panic - not syncing: a\n"
	  "CPU: 1 PID: 2 Comm: x Tainted: G W  Kdump: loaded Tainted: P           O  6.1 #1\n"
	  "{8}Kernel panic - not syncing: b\n{8}CPU: 1 PID: 2 Comm: 0123456789abcdefghijklmnop\n"
	  "{9}Kernel panic - not syncing: c\n{9}CPU: 4294967296 PID: 3 Comm: a\1b Not tainted\n",
	  "panic panic cpu=1 pid=2 comm='x' taint=W text='a'\n"
	  "panic panic cpu=1 pid=2 comm='0123456789abcdefghij' text='b'\n"
	  "panic panic pid=3 comm='a?b Not tainted' text='c'\n" },
	{ "several lines in one record",
	  "hello\rBUG: Bad page state in process sh  pfn:00405\rraw: 0000000000000001\r\r"
	  "page dumped because: nonzero mapcount\n",
	  "bad-page-state comm='sh' text='nonzero mapcount' pfn=405 words=1,1\n" },
	{ "an empty log", "", "" },
};

static void x86_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_X86_64, x86_cases, COUNT_OF(x86_cases));
}

static void common_lines_are_understood_on_every_machine(void **state)
{
	static const uint16_t machines[] = { EM_X86_64, EM_AARCH64, EM_RISCV, EM_PPC64,
					     EM_S390,	258,	    EM_NONE };

	(void)state;
	testing_expect_all(EM_X86_64, traced_cases, COUNT_OF(traced_cases));
	for (size_t i = 0; i < COUNT_OF(machines); i++)
		testing_expect_all(machines[i], common_cases, COUNT_OF(common_cases));
}

static void events_know_their_records(void **state)
{
	struct testing_log testing = { 0 };
	struct crash_log log;

	(void)state;
	testing_log_parse(&testing, "hello\n" FAULT "{9}hello\n" TABLES);
	expect_no_error(crash_log_parse(&testing.log, EM_X86_64, &log));
	assert_int_equal(log.count, 1);
	assert_int_equal(log.events[0].first_record, 1);
	assert_int_equal(log.events[0].last_record, 5);
	assert_int_equal(log.events[0].sequence, 1001);
	assert_int_equal(log.events[0].time_ns, 1000000);
	crash_log_deinit(&log);
	testing_log_free(&testing);
}

static void kinds_have_names(void **state)
{
	(void)state;
	for (enum crash_kind kind = 0; kind < CRASH_KIND_COUNT; kind++)
		assert_int_equal(crash_kind_by_id(crash_kind_id(kind)), kind);
	assert_int_equal(crash_kind_by_id("no such kind"), CRASH_UNKNOWN);
	assert_null(crash_access_id(ACCESS_UNKNOWN));
	assert_null(crash_reason_id(REASON_UNKNOWN));
}

static void check_rows(const struct line_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct line_shape *shape = &table->shapes[i];

		assert_true(shape->source && shape->source[0]);
		assert_false(shape->head && shape->body);
		assert_true(shape->start[0] || shape->head);
	}
}

static void every_shape_names_its_source(void **state)
{
	(void)state;
	check_rows(&line_table_everywhere);
	check_rows(&line_table_x86_64);
	check_rows(&line_table_aarch64);
	check_rows(&line_table_riscv64);
	check_rows(&line_table_ppc64);
	check_rows(&line_table_s390x);
	check_rows(&line_table_loongarch64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_logs_are_understood),
		cmocka_unit_test(common_lines_are_understood_on_every_machine),
		cmocka_unit_test(events_know_their_records),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(every_shape_names_its_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
