// SPDX-License-Identifier: LGPL-2.1-or-later
/* Logs of machines other than x86-64 into events. Kernels 5.15 to 7.3. */
#include "analyzer/oops/oops_testing.h"

#include "include/machines.h"

#define CPU(taint, release)                                                                        \
	"CPU: 1 UID: 0 PID: 438 Comm: sh " taint " " release " #1 Debian\n"                        \
	"Hardware name: QEMU Virtual Machine\n"
#define IN_SH " cpu=1 pid=438 comm='sh' at=store+0x5[mod]"

#define ARM64_BODY                                                                                                  \
	"Modules linked in: mod(OE)\n" CPU(                                                                         \
		"Tainted: G           OE     ",                                                                     \
		"6.12.118") "pstate: 60400005 (nZCv daif +PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"                     \
			    "pc : store+0x5/0x20 [mod]\nlr : go+0x40/0x100 [mod]\nsp : ffff800081234bd0\n"          \
			    "x29: ffff800081234bd0 x28: ffff0000c1234500 x27: 0000000000000000\n"                   \
			    "x2 : 0000000000000003 x1 : 0000000000000000 x0 : fffffdffc30e1900\n"                   \
			    "Call trace:\n store+0x5/0x20 [mod] (P)\n go+0x40/0x100 [mod]\n vfs_write+0xcc/0x300\n" \
			    "Code: d503201f d503233f 52800020 (b9003401)\n"
#define ARM64_HAS " registers=7,x0=fffffdffc30e1900 callers=3,store+0x5[mod]\n"

static const struct log_case arm64_cases[] = {
	{ "a write to a read-only page: 7.3",
	  "Unable to handle kernel write to read-only memory at virtual address fffffdffc30e1934\n"
	  "Mem abort info:\n  ESR = 0x000000009600004f\n"
	  "  EC = 0x25: DABT (current EL), IL = 32 bits\n  SET = 0, FnV = 0\n"
	  "  EA = 0, S1PTW = 0\n  FSC = 0x0f: level 3 permission fault\nData abort info:\n"
	  "  ISV = 0, ISS = 0x0000004f, ISS2 = 0x00000000\n"
	  "  CM = 0, WnR = 1, TnD = 0, TagAccess = 0\n  GCS = 0, Overlay = 0, DirtyBit = 0, Xs = 0\n"
	  "swapper pgtable: 4k pages, 48-bit, pgdp=0000000041c5e000\n"
	  "[fffffdffc30e1934] pgd=1000000144a52403, p4d=1000000144a52403, pud=1000000144a53403, "
	  "pmd=1000000144a54403, pte=00600001041ee787\n"
	  "Internal error: Oops: 000000009600004f [#1]  SMP\n" ARM64_BODY,
	  "page-fault oops" IN_SH " taint=OE address=fffffdffc30e1934 write permission "
	  "code=9600004f PGD=1000000144a52403 P4D=1000000144a52403 PUD=1000000144a53403 "
	  "PMD=1000000144a54403 PTE=600001041ee787" ARM64_HAS },
	{ "an absent page: 5.15, its page tables in two records",
	  "Unable to handle kernel paging request at virtual address fffffdffc30e1934\n"
	  "Mem abort info:\n  ESR = 0x96000007\n"
	  "[fffffdffc30e1934] pgd=1000000144a52403, p4d=1000000144a52403\n{9}hello\n"
	  ", pud=1000000144a53403, pmd=1000000144a54403, pte=0000000000000000\n"
	  "Internal error: Oops: 96000007 [#1] PREEMPT SMP\n" ARM64_BODY,
	  "page-fault oops" IN_SH " taint=OE address=fffffdffc30e1934 read not-present "
	  "code=96000007 PGD=1000000144a52403 P4D=1000000144a52403 PUD=1000000144a53403 "
	  "PMD=1000000144a54403 PTE=0" ARM64_HAS },
	{ "a NULL pointer, and a page that may not be executed",
	  "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000034\n"
	  "  ESR = 0x0000000096000046\n"
	  "[0000000000000034] user address but active_mm is swapper\n"
	  "Internal error: Oops: 0000000096000046 [#1] SMP\n---[ end trace 0000000000000000 ]---\n"
	  "Kernel panic - not syncing: Oops: Fatal exception\n"
	  "{9}Unable to handle kernel execute from non-executable memory at virtual address "
	  "ffff0000c1234500\n{9}  ESR = 0x000000008600000f\n",
	  "null-pointer oops panic text='Oops: Fatal exception' address=34 write not-present "
	  "code=96000046\n"
	  "page-fault address=ffff0000c1234500 fetch permission code=8600000f\n" },
	{ "BUG(), and an instruction that is none",
	  "------------[ cut here ]------------\nkernel BUG at mm/hugetlb.c:12!\n"
	  "Internal error: Oops - BUG: 00000000f2000800 [#1] SMP\n" ARM64_BODY
	  "{9}Internal error: Oops - Undefined instruction: 0000000002000000 [#2] SMP\n",
	  "bug oops" IN_SH " taint=OE text='mm/hugetlb.c:12' code=f2000800" ARM64_HAS
	  "unknown oops text='Oops - Undefined instruction' code=2000000\n" },
	{ "registers of a program are not the kernel's; a jump to NULL is the kernel's",
	  "Unable to handle kernel paging request at virtual address fffffdffc30e1934\n"
	  "pc : 0000aaaad7c41234\nlr : 0000aaaad7c41234\nsp : 0000ffffd7c41234\n"
	  "x1 : 0000000000000001 x0 : 0000000000000002\n"
	  "{9}Unable to handle kernel paging request at virtual address 0000000000001000\n"
	  "{9}pc : 0x0\n{9}x1 : 0000000000000001 x0 : 0000000000000002\n",
	  "page-fault address=fffffdffc30e1934\npage-fault address=1000 registers=2,x0=2\n" },
	{ "the first lines are lost",
	  "  ESR = 0x000000009600004f\n  EC = 0x25: DABT (current EL), IL = 32 bits\n"
	  "[fffffdffc30e1934] pgd=1000000144a52403, p4d=0\n"
	  "Internal error: Oops: 000000009600004f [#1]  SMP\n"
	  "{9}x2 : 0000000000000003 x1 : 0000000000000000 x0 : fffffdffc30e1900\n"
	  "{9}Call trace:\n",
	  "page-fault oops head-lost address=fffffdffc30e1934 write permission code=9600004f "
	  "PGD=1000000144a52403 P4D=0\nbegins inside\n" },
	{ "an error that no program and no page is guilty of",
	  "SError Interrupt on CPU1, code 0x00000000be000011 -- SError\n"
	  "Kernel panic - not syncing: Asynchronous SError Interrupt\n",
	  "machine-check panic cpu=1 text='Asynchronous SError Interrupt' code=be000011\n" },
};

#define RISCV_BODY                                                                                 \
	CPU("Not tainted", "6.12.118")                                                             \
	"epc : store+0x5/0x20 [mod]\n ra : go+0x40/0x100 [mod]\n"                                  \
	"epc : ffffffff02a3c005 ra : ffffffff02a3c140 sp : ff20000000b0bc30\n"                     \
	" gp : ffffffff81a14fa0 tp : ff6000008124ba00 t0 : 0000000000000001\n"                     \
	" s8 : 0000000000000001 s9 : 0000000000000002 s10: 0000000000000003\n"                     \
	" s11: 0000000000000004 t3 : 0000000000000005 t4 : 0000000000000006\n"
#define RISCV_TRACE                                                                                \
	"Call Trace:\n[<ffffffff02a3c005>] store+0x5/0x20 [mod]\n"                                 \
	"[<ffffffff80200000>] vfs_write+0xcc/0x300\nCode: 0001 (1141) 8082\n"

static const struct log_case riscv64_cases[] = {
	{ "a store, no word of why: 6.12",
	  "Unable to handle kernel paging request at virtual address ff1c0000050e1934\n"
	  "Oops [#1]\n" RISCV_BODY
	  "status: 0000000200000120 badaddr: ff1c0000050e1934 cause: 000000000000000f\n" RISCV_TRACE,
	  "page-fault oops" IN_SH " address=ff1c0000050e1934 write code=f registers=12,t4=6 "
	  "callers=2,store+0x5[mod]\n" },
	{ "an offset from NULL: no word of it",
	  "Unable to handle kernel access to user memory without uaccess routines at virtual "
	  "address 0000000000000034\n"
	  "Oops [#1]\n" RISCV_BODY
	  "status: 0000000200000120 badaddr: 0000000000000034 cause: 000000000000000f\n" RISCV_TRACE,
	  "null-pointer oops" IN_SH " address=34 write code=f registers=12,t4=6 "
	  "callers=2,store+0x5[mod]\n" },
	{ "a load: 7.3 shows the page tables",
	  "Unable to handle kernel paging request at virtual address ff1c0000050e1934\n"
	  "Current sh pgtable: 4K pagesize, 57-bit, pgdp=0x0000000081234000\n"
	  "[ff1c0000050e1934] pgd=0000000020048401, p4d=0000000020048801, pud=0000000020048c01, "
	  "pmd=0000000020049001, pte=0000000000000000\n"
	  "Oops [#1]\n" RISCV_BODY
	  "status: 0000000200000120 badaddr: ff1c0000050e1934 cause: 000000000000000d\n",
	  "page-fault oops" IN_SH " address=ff1c0000050e1934 read not-present code=d "
	  "PGD=20048401 P4D=20048801 PUD=20048c01 PMD=20049001 PTE=0 registers=12,t4=6\n" },
	{ "a leaf that is there forbids; a table tells nothing",
	  "Unable to handle kernel paging request at virtual address ff1c0000050e1934\n"
	  "[ff1c0000050e1934] pgd=0000000020048401, p4d=0000000020048043\n"
	  "{9}Unable to handle kernel paging request at virtual address ff1c0000050e1934\n"
	  "{9}[ff1c0000050e1934] pgd=0000000020048401\n",
	  "page-fault address=ff1c0000050e1934 permission PGD=20048401 P4D=20048043\n"
	  "page-fault address=ff1c0000050e1934 PGD=20048401\n" },
	{ "a NULL pointer, its panic; BUG()",
	  "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000034\n"
	  "Oops [#1]\n---[ end trace 0000000000000000 ]---\n"
	  "Kernel panic - not syncing: Fatal exception\n"
	  "{9}------------[ cut here ]------------\n{9}kernel BUG at mm/hugetlb.c:12!\n"
	  "{9}Kernel BUG [#2]\n{9}status: 0000000200000120 badaddr: 0000000000009002 cause: "
	  "0000000000000003\n{10}Oops - load access fault [#3]\n{11}Oopsie\n",
	  "null-pointer oops panic text='Fatal exception' address=34\n"
	  "bug oops text='mm/hugetlb.c:12' code=3\nunknown oops text='Oops - load access fault'\n" },
	{ "registers of a program",
	  "Unable to handle kernel paging request at virtual address ff1c0000050e1934\n"
	  "epc : 00007fff9a3c0050 ra : 00007fff9a3c0140 sp : 00007fffb0bc3000\n"
	  "status: 0000000200000020 badaddr: 0000000000000000 cause: 0000000000000008\n",
	  "page-fault address=ff1c0000050e1934\n" },
	{ "the first lines are lost",
	  "Oops [#1]\n" RISCV_BODY
	  "status: 0000000200000120 badaddr: ff1c0000050e1934 cause: 000000000000000f\n",
	  "page-fault oops head-lost" IN_SH
	  " address=ff1c0000050e1934 write code=f registers=12,t4=6\nbegins inside\n" },
};

#define PPC64_REGISTERS                                                                            \
	CPU("Not tainted", "6.12.118")                                                             \
	"NIP:  c008000001230005 LR: c008000001230140 CTR: c000000000123456\n"                      \
	"REGS: c000000012345678 TRAP: 0300   Not tainted  (6.12.118)\n"                            \
	"MSR:  8000000000009033 <SF,EE,ME,IR,DR,RI,LE>  CR: 28002822  XER: 20040000\n"
#define PPC64_GPRS                                                                                 \
	"\rGPR00: c008000001230140 c00000001234bb90 c0080000012a8000 c00c000005061900 "            \
	"\rGPR04: 0000000000000004 0000000000000005 0000000000000006 0000000000000007 \n"
#define PPC64_TRACE                                                                                \
	"NIP [c008000001230005] store+0x5/0x20 [mod]\nLR [c008000001230140] go+0x40/0x100 [mod]\n" \
	"Call Trace:\n"                                                                            \
	"[c00000001234bb90] [c008000001230100] go+0x0/0x100 [mod] (unreliable)\n"                  \
	"[c00000001234bbc0] [c000000000567890] vfs_write+0xcc/0x300\n"                             \
	"---- interrupt: 3000 at 0x7fff9a3c0050\n"                                                 \
	"NIP:  00007fff9a3c0050 LR: 00007fff9a3c0050 CTR: 0000000000000000\n"                      \
	"REGS: c00000001234be80 TRAP: 3000   Not tainted  (6.12.118)\n"                            \
	"MSR:  800000000280f033 <SF,VEC,VSX,EE,PR,FP,ME,IR,DR,RI,LE>  CR: 44002422  XER: "         \
	"00000000\nNIP [00007fff9a3c0050] 0x7fff9a3c0050\n---- interrupt: 3000\nCode: 38210020 \n"

static const struct log_case ppc64_cases[] = {
	{ "a write that the entry forbids",
	  "BUG: Unable to handle kernel data access on write at 0xc00c000005061934\n"
	  "Faulting instruction address: 0xc008000001230005\n"
	  "Oops: Kernel access of bad area, sig: 11 [#1]\n"
	  "LE PAGE_SIZE=64K MMU=Radix  SMP NR_CPUS=2048 NUMA pSeries\nModules linked in: mod(OE)\n" PPC64_REGISTERS
	  "CFAR: c008000001230010 DAR: c00c000005061934 DSISR: 0a000000 IRQMASK: 0 " PPC64_GPRS
		  PPC64_TRACE,
	  "page-fault oops" IN_SH " address=c00c000005061934 write permission code=a000000 "
	  "registers=11,gpr7=7 callers=1,vfs_write+0xcc\n" },
	{ "an absent page; the panic",
	  "BUG: Unable to handle kernel data access on read at 0xc00c000005061934\n"
	  "Oops: Kernel access of bad area, sig: 11 [#1]\n" PPC64_REGISTERS
	  "DAR: c00c000005061934 DSISR: 40000000 IRQMASK: 0 \n---[ end trace 0000000000000000 ]---\n"
	  "Kernel panic - not syncing: Fatal exception\n",
	  "page-fault oops panic cpu=1 pid=438 comm='sh' text='Fatal exception' "
	  "address=c00c000005061934 read not-present code=40000000 registers=3,ctr=c000000000123456\n" },
	{ "other faults",
	  "BUG: Kernel NULL pointer dereference on write at 0x00000034\n"
	  "{2}BUG: Kernel NULL pointer dereference at 0x00000034\n"
	  "{3}BUG: Unable to handle kernel data access at 0xc00c000005061934\n"
	  "{4}BUG: Unable to handle kernel instruction fetch (NULL pointer?)\n"
	  "{4}Faulting instruction address: 0x00000010\n"
	  "{5}BUG: Unable to handle kernel instruction fetch\n"
	  "{5}Faulting instruction address: 0xc008000001230005\n"
	  "{6}BUG: Unable to handle kernel unaligned access at 0xc00c000005061933\n"
	  "{7}BUG: Unable to handle unknown paging fault at 0xc00c000005061933\n"
	  "{8}BUG: Unable to handle kernel data access on Tuesday\n",
	  "null-pointer address=34 write\nnull-pointer address=34\n"
	  "page-fault address=c00c000005061934\nnull-pointer address=10 fetch\n"
	  "page-fault address=c008000001230005 fetch\npage-fault address=c00c000005061933\n"
	  "page-fault address=c00c000005061933\n" },
	{ "BUG(); a machine check",
	  "------------[ cut here ]------------\nkernel BUG at mm/hugetlb.c:12!\n"
	  "Oops: Exception in kernel mode, sig: 5 [#1]\n" PPC64_REGISTERS
	  "IRQMASK: 0 " PPC64_GPRS PPC64_TRACE
	  "{9}MCE: CPU2: machine check (Severe)  Real address Load/Store (foreign/control memory) "
	  "[Not recovered]\n",
	  "bug oops" IN_SH " text='mm/hugetlb.c:12' registers=11,gpr7=7 callers=1,vfs_write+0xcc\n"
	  "machine-check cpu=2 text='machine check (Severe)  Real address Load/Store "
	  "(foreign/control memory) [Not recovered]'\n" },
	{ "lockups that the machine's own watchdog sees; a machine check that kills",
	  "watchdog: CPU 3 Hard LOCKUP\n"
	  "{2}watchdog: CPU 4 self-detected hard LOCKUP @ store+0x5/0x20 [mod]\n"
	  "{2}watchdog: CPU 4 TB:1, last heartbeat TB:2 (3ms ago)\n"
	  "{3}watchdog: CPU 5 detected hard LOCKUP on other CPUs 3\n"
	  "{2}Kernel panic - not syncing: Hard LOCKUP\n"
	  "{4}MCE: CPU2: machine check (Severe)  Host Load/Store\n"
	  "{4}Oops: Machine check, sig: 7 [#1]\n{5}Oops: Unrecoverable Machine check, sig: 7 [#2]\n",
	  "hard-lockup cpu=3\nhard-lockup panic cpu=4 at=store+0x5[mod] text='Hard LOCKUP'\n"
	  "machine-check oops cpu=2 text='machine check (Severe)  Host Load/Store'\n"
	  "machine-check oops\n" },
	{ "the first lines are lost",
	  "Oops: Kernel access of bad area, sig: 11 [#1]\n" PPC64_REGISTERS
	  "CFAR: c008000001230010 DAR: c00c000005061934 DSISR: 42000000 IRQMASK: 0 \n",
	  "page-fault oops head-lost cpu=1 pid=438 comm='sh' address=c00c000005061934 write "
	  "not-present code=42000000 registers=3,ctr=c000000000123456\nbegins inside\n" },
	{ "registers of a program",
	  "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:438]\n"
	  "NIP:  00007fff9a3c0050 LR: 00007fff9a3c0050 CTR: 0000000000000000\n"
	  "MSR:  800000000280f033 <SF,PR>  CR: 44002422  XER: 00000000\nIRQMASK: 0 " PPC64_GPRS
	  "NIP [00007fff9a3c0050] 0x7fff9a3c0050\n",
	  "soft-lockup cpu=1 pid=438 comm='sh' text='stuck for 26s'\n" },
};

#define S390X_BODY                                                                                                       \
	"Modules linked in: mod(OE)\n" CPU(                                                                              \
		"Not tainted",                                                                                           \
		"6.12.118") "Krnl PSW : 0704c00180000000 000003ff80123456 (store+0x5/0x20 [mod])\n"                      \
			    "           R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3\n"                  \
			    "Krnl GPRS: 0000000000000000 0000000000000001 0000000000000002 0000000000000003\n"           \
			    "           0000000000000004 0000000000000005 0000000000000006 0000000000000007\n"           \
			    "           0000000000000008 0000000000000009 000000000000000a 000000000000000b\n"           \
			    "           000000000000000c 000000000000000d 000000000000000e 000003ff8000000f\n"           \
			    "Krnl Code: 000003ff80123450: c0040000 brcl 0,000003ff80123450\n"                            \
			    "           000003ff80123456: a7180001 lhi %r1,1\n"                                          \
			    "Call Trace:\n [<000003ff80123456>] store+0x5/0x20 [mod] \n"                                 \
			    "([<000003ff80123400>] guess+0x0/0x20 [mod])\n [<0000000012345678>] vfs_write+0xcc/0x300 \n" \
			    "Last Breaking-Event-Address:\n [<0000000012345678>] go+0x5/0x20\n"
#define S390X_HAS " registers=16,r15=3ff8000000f callers=2,store+0x5[mod]\n"

static const struct log_case s390x_cases[] = {
	{ "a store to a read-only page: 6.1; the page only is known",
	  "Unable to handle kernel pointer dereference in virtual kernel address space\n"
	  "Failing address: 0000037204050000 TEID: 0000037204050407\n"
	  "Fault in home space mode while using kernel ASCE.\n"
	  "AS:00000000015b4007 R2:0000000001000017 R3:0000000002000027 S:0000000003000000 "
	  "P:0000000004050200 \nOops: 0004 ilc:2 [#1] SMP \n" S390X_BODY
	  "Kernel panic - not syncing: Fatal exception: panic_on_oops\n",
	  "page-fault oops panic" IN_SH " text='Fatal exception: panic_on_oops' "
	  "address=37204050000>>12 write permission code=4 R2=1000017 R3=2000027 S=3000000 "
	  "P=4050200" S390X_HAS },
	{ "an absent page: 7.3; its page tables in two records",
	  "Unable to handle kernel pointer dereference in virtual kernel address space\n"
	  "Failing address: 0000037204050000 TEID: 0000037204050803 ESOP-2 FSI\n"
	  "Fault in home space mode while using kernel ASCE.\n"
	  "AS:00000000015b4007 R3:0000000002000027 \n{9}hello\nS:0000000003000020 \n"
	  "Oops: 0010 ilc:3 [#1]SMP \n" S390X_BODY,
	  "page-fault oops" IN_SH " address=37204050000>>12 read not-present code=10 R3=2000027 "
	  "S=3000020" S390X_HAS },
	{ "without the facility nobody knows whether it was a store",
	  "Unable to handle kernel pointer dereference in virtual kernel address space\n"
	  "Failing address: 0000000000000000 TEID: 0000000000000003\nOops: 003b ilc:3 [#1] SMP \n",
	  "null-pointer oops address=0>>12 not-present code=3b\n" },
	{ "BUG(), another trap, a program's fault",
	  "------------[ cut here ]------------\nkernel BUG at mm/hugetlb.c:12!\n"
	  "monitor event: 0040 ilc:2 [#1] SMP \n" S390X_BODY
	  "{9}illegal operation: 0001 ilc:1 [#2] SMP \n"
	  "{10}User process fault: interruption code 003b ilc:3 in sh[1000+2000]\n"
	  "{10}Failing address: 0000000000000000 TEID: 0000000000000800\n"
	  "{10}User PSW : 0705000180000000 000003ff80123456\n",
	  "bug oops" IN_SH " text='mm/hugetlb.c:12' code=40" S390X_HAS
	  "unknown oops text='illegal operation' code=1\n" },
	{ "the first lines are lost",
	  "Failing address: 0000037204050000 TEID: 0000037204050407\n"
	  "Oops: 0004 ilc:2 [#1] SMP \n",
	  "page-fault oops head-lost address=37204050000>>12 write permission code=4\n"
	  "begins inside\n" },
	{ "registers of a program",
	  "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:438]\n"
	  "User PSW : 0705000180000000 000003ff80123456\n"
	  "User GPRS: 0000000000000000 0000000000000001 0000000000000002 0000000000000003\n"
	  "           0000000000000004 0000000000000005 0000000000000006 0000000000000007\n",
	  "soft-lockup cpu=1 pid=438 comm='sh' text='stuck for 26s'\n" },
};

#define LOONGARCH64_HEAD                                                                           \
	"CPU 1 Unable to handle kernel paging request at virtual address ffffffb001061934, era "   \
	"== ffff800002123005, ra == ffff800002123140\nOops[#1]:\n" CPU("Not tainted", "7.2.1")
#define LOONGARCH64_TRACE                                                                          \
	"Modules linked in: mod(OE)\n"                                                             \
	"Process sh (pid: 438, threadinfo=00000000abcdef01, task=00000000abcdef02)\n"              \
	"Stack : 0000000000000001 0000000000000002\n        ...\n"                                 \
	"Call Trace:\n[<ffff800002123005>] store+0x5/0x20 [mod]\n"                                 \
	"[<9000000000567890>] vfs_write+0xcc/0x300\n\nCode: 02ffc063 (2980d084)\n"
#define LOONGARCH64_ADDRESS " address=ffffffb001061934"

static const struct log_case loongarch64_cases[] = {
	{ "a store to an absent page: 7.3",
	  LOONGARCH64_HEAD
	  "pc ffff800002123005 ra ffff800002123140 tp 9000000105c4c000 sp 9000000105c4fbd0\n"
	  "a0 ffffffb001061900 a1 0000000000000001 a2 0000000000000002 a3 0000000000000003\n"
	  "   ra: ffff800002123140 go+0x40/0x100 [mod]\n"
	  "  ERA: ffff800002123005 store+0x5/0x20 [mod]\n"
	  " CRMD: 000000b0 (PLV0 -IE -DA +PG DACF=CC DACM=CC -WE)\n"
	  "ESTAT: 00020000 [PIS] (IS= ECode=2 EsubCode=0)\n BADV: ffffffb001061934\n"
	  " PRID: 0014c010 (Loongson-64bit, Loongson-3A5000)\n" LOONGARCH64_TRACE,
	  "page-fault oops" IN_SH LOONGARCH64_ADDRESS " write not-present code=20000 "
	  "registers=8,a3=3 callers=2,store+0x5[mod]\n" },
	{ "a store to a read-only page: 6.1",
	  LOONGARCH64_HEAD
	  "$ 0   : 0000000000000000 ffff800002123140 9000000105c4c000 9000000105c4fbd0\n"
	  "$ 4   : 0000000000000004 0000000000000005 0000000000000006 0000000000000007\n"
	  "era   : ffff800002123005 store+0x5/0x20 [mod]\n"
	  "ra    : ffff800002123140 go+0x40/0x100 [mod]\n"
	  "CSR crmd: 000000b0\t\nCSR estat: 00040000\t\nExcCode : 4 (SubCode 0)\n"
	  "BadVA : ffffffb001061934\nPrId  : 0014c010 (Loongson-64bit)\n" LOONGARCH64_TRACE,
	  "page-fault oops" IN_SH LOONGARCH64_ADDRESS " write permission code=40000 "
	  "registers=8,$7=7 callers=2,store+0x5[mod]\n" },
	{ "a NULL pointer by its address, its panic; BUG(); another trap",
	  "CPU 0 Unable to handle kernel paging request at virtual address 0000000000000034, era "
	  "== ffff800002123005, ra == ffff800002123140\nOops[#1]:\n"
	  "Kernel panic - not syncing: Fatal exception\n"
	  "{9}kernel BUG at mm/hugetlb.c:12!\n{9}Oops - BUG[#2]:\n"
	  "{9}ESTAT: 000c0000 [BRK] (IS= ECode=12 EsubCode=0)\n"
	  "{10}Kernel ale access[#3]:\n{11}foo[#3]\n{11}foo[#3]: bar\n{11}[#3]:\n",
	  "null-pointer oops panic cpu=0 text='Fatal exception' address=34\n"
	  "bug oops text='mm/hugetlb.c:12' code=c0000\nunknown oops text='Kernel ale access'\n" },
	{ "registers of a program",
	  "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:438]\n"
	  "pc 00007ffff2123005 ra 00007ffff2123140 tp 00007ffff5c4c000 sp 00007ffffbd00000\n"
	  "   ra: 00007ffff2123140\n  ERA: 00007ffff2123005\n"
	  "a4 0000000000000001 a5 0000000000000002 a6 0000000000000003 a7 0000000000000004\n",
	  "soft-lockup cpu=1 pid=438 comm='sh' text='stuck for 26s'\n" },
	{ "the first lines are lost",
	  "Oops[#1]:\nESTAT: 00010000 [PIL] (IS= ECode=1 EsubCode=0)\n BADV: ffffffb001061934\n",
	  "page-fault oops head-lost" LOONGARCH64_ADDRESS " read not-present code=10000\n"
	  "begins inside\n" },
};

static void arm64_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_AARCH64, arm64_cases, COUNT_OF(arm64_cases));
}

static void riscv64_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_RISCV, riscv64_cases, COUNT_OF(riscv64_cases));
}

static void ppc64_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_PPC64, ppc64_cases, COUNT_OF(ppc64_cases));
}

static void s390x_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_S390, s390x_cases, COUNT_OF(s390x_cases));
}

static void loongarch64_logs_are_understood(void **state)
{
	(void)state;
	testing_expect_all(EM_LOONGARCH, loongarch64_cases, COUNT_OF(loongarch64_cases));
}

/* What one machine writes means nothing on another. */
static void lines_of_other_machines_say_nothing(void **state)
{
	static const struct log_case cases[] = {
		{ "x86-64",
		  "BUG: unable to handle page fault for address: ffcc32a6850e1934\nCR2: 0000\n"
		  "Oops: Oops: 0003 [#1] SMP NOPTI\nRIP: 0010:store+0x5/0x20\n",
		  "" },
		{ "arm64", "Internal error: Oops: 000000009600004f [#1] SMP\n", "" },
	};

	(void)state;
	testing_expect_all(EM_S390, cases, COUNT_OF(cases));
	testing_expect_all(EM_PPC64, cases, COUNT_OF(cases));
	testing_expect_all(EM_NONE, cases, COUNT_OF(cases));
	testing_expect_all(EM_X86_64, &cases[1], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arm64_logs_are_understood),
		cmocka_unit_test(riscv64_logs_are_understood),
		cmocka_unit_test(ppc64_logs_are_understood),
		cmocka_unit_test(s390x_logs_are_understood),
		cmocka_unit_test(loongarch64_logs_are_understood),
		cmocka_unit_test(lines_of_other_machines_say_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
