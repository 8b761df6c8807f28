# SPDX-License-Identifier: LGPL-2.1-or-later
"""The ways to die that the lab knows: how each is done, what the kernel says of it, and what
it has to do with the shared vmemmap."""
import dataclasses

PAGE_TAIL = 100  # a tail far from everything that is special
FIRST_OF_VMEMMAP_PAGE_1 = 64
SPOILT_TAIL = FIRST_OF_VMEMMAP_PAGE_1 + 5
NO_SUCH_PFN = 0x2345600  # far above all memory of the guest, and all that it could be given

OOPS = r"Oops"
PANIC = r"Kernel panic - not syncing"
SYSRQ = PANIC + r": sysrq triggered crash"
PAGE_FAULT = r"BUG: unable to handle page fault for address: {address:016x}"
DENIED = r"#PF: error_code\(0x0003\) - permissions violation"


@dataclasses.dataclass(frozen=True)
class Kind:
    """@module: what lab_crash.ko does. @page: "used", "unused" (huge pages), or a pfn; 0 is none.
    @act: functions of guest_crash.sh. @says: what the console must have; {address} and {pfn} are
    those that were told. @verdicts: of the analysis, any of them."""
    verdicts: tuple
    says: tuple
    module: str = ""
    page: str = "0"
    tail: int = 0
    act: tuple = ()
    sysctls: tuple = ()
    words: str = ""
    wait: int = 10
    sysrq: bool = False


KINDS = {
    "rotail": Kind(("vmemmap-sound",), (PAGE_FAULT, DENIED, PANIC), "rotail", "used", PAGE_TAIL),
    # Where a tail shows a reference count of 0 nothing is written.
    "getref": Kind(("vmemmap-sound",), (PAGE_FAULT, DENIED, PANIC), "getref", "used",
                   FIRST_OF_VMEMMAP_PAGE_1),
    "freedframe": Kind(("vmemmap-damaged",),
                       (PAGE_FAULT, r"error_code\(0x0000\) - not-present page", PANIC),
                       "freedframe", "used", PAGE_TAIL),
    # The frame is spoilt while it is shared; who finds it is the kernel, later.
    "badlink": Kind(("damaged-earlier",), (r"BUG: Bad page state in process .* pfn:", SYSRQ),
                    "badlink", "unused", SPOILT_TAIL, act=("give_back",), wait=2, sysrq=True),
    "badlink-panic": Kind(("damaged-earlier",), (r"BUG: Bad page state in process .* pfn:",
                                                 PANIC + ": panic_on_taint set"),
                          "badlink", "unused", SPOILT_TAIL, act=("give_back",), words="panic_on_taint=0x20"),
    # The same, and nobody has met it yet.
    "spoilt": Kind(("silent",), (SYSRQ,), "badlink", "used", SPOILT_TAIL, wait=0, sysrq=True),
    "null": Kind(("unrelated",), (r"BUG: kernel NULL pointer dereference, address: 0+34", PANIC),
                 "null"),
    "listpoison": Kind(("unrelated",), (r"general protection fault, .* non-canonical address", PANIC),
                       "listpoison"),
    "hugedata": Kind(("unrelated",), (PAGE_FAULT, DENIED, PANIC), "hugedata", "used", PAGE_TAIL),
    "hole": Kind(("unrelated", "vmemmap-sound"),
                 (PAGE_FAULT, r"error_code\(0x0002\) - not-present page", PANIC),
                 "hole", f"{NO_SUCH_PFN:#x}", PAGE_TAIL),
    "bugpage": Kind(("unrelated", "vmemmap-sound"),
                    (r"page: ?.*pfn:{pfn:#x}", r"kernel BUG at .*lab_crash\.c", PANIC),
                    "bugpage", "used", PAGE_TAIL),
    "sysrq": Kind(("unrelated",), (SYSRQ,), wait=0, sysrq=True),
    "softlockup": Kind(("unrelated",), (r"watchdog: BUG: soft lockup", PANIC + ": softlockup"),
                       "softlockup", wait=60,
                       sysctls=("kernel.watchdog_thresh=3", "kernel.softlockup_panic=1")),
    "rcustall": Kind(("unrelated",), (r"rcu: INFO: rcu_\w+ self-detected stall on CPU",
                                      PANIC + ": RCU Stall"), "softlockup", wait=120,
                     sysctls=("kernel.panic_on_rcu_stall=1", "kernel.watchdog=0"),
                     words="rcupdate.rcu_cpu_stall_timeout=5"),
    "oom": Kind(("unrelated",), (r"invoked oom-killer", PANIC + ": Out of memory"),
                act=("eat_memory",), sysctls=("vm.panic_on_oom=2",)),
    "hungtask": Kind(("unrelated",), (r"INFO: task lab_sleeper:\d+ blocked", PANIC + ": hung_task"),
                     "hungtask", wait=60, sysctls=("kernel.hung_task_timeout_secs=5",
                                                   "kernel.hung_task_panic=1")),
    "listdel": Kind(("unrelated",), (r"list_del corruption", r"kernel BUG at", PANIC), "listdel"),
    # The machine lives on after the oops; what kills it later is something else.
    "oopslater": Kind(("vmemmap-sound",), (PAGE_FAULT, DENIED, r"end trace 0", SYSRQ), "rotail",
                      "used", PAGE_TAIL, sysctls=("kernel.panic_on_oops=0",), wait=3, sysrq=True),
    "hwpoison-head": Kind(("unrelated",), (r"Memory failure: {pfn:#x}: ", SYSRQ), "page", "used", 0,
                          act=("poison",), wait=2, sysrq=True),
    "hwpoison-tail": Kind(("unrelated",), (r"Memory failure: {pfn:#x}: ", SYSRQ), "page", "used",
                          PAGE_TAIL, act=("poison",), wait=2, sysrq=True),
    "hwpoison-free": Kind(("unrelated",), (r"Memory failure: {pfn:#x}: ", SYSRQ), "page", "unused",
                          PAGE_TAIL, act=("poison",), wait=2, sysrq=True),
}


BAD_PAGE = "BUG: Bad page state"
# Some kernels give a huge page back with struct pages that are no longer what they must be.
KERNEL_AT_FAULT = ("damaged-earlier", "vmemmap-damaged")


def verdicts(kind, console):
    """What an analysis may conclude. Where the kernel met a bad page and nobody had made one, it
    did so itself."""
    made_bad_page = any(BAD_PAGE in says for says in kind.says)
    return kind.verdicts if made_bad_page or BAD_PAGE not in console else KERNEL_AT_FAULT


def command_line(kind):
    """What the kernel and guest_crash.sh are told. A sysctl that is not named here dies of the
    first oops."""
    sysctls = ("kernel.sysrq=1", "kernel.panic_on_oops=1", *kind.sysctls)
    words = ["panic=0", kind.words, f"lab.page={kind.page}", f"lab.tail={kind.tail}",
             f"lab.act={','.join(kind.act)}", f"lab.sysctl={','.join(sysctls)}",
             f"lab.wait={kind.wait}", f"lab.sysrq={int(kind.sysrq)}"]
    words += [f"lab.module={kind.module}"] if kind.module else []
    return " ".join(filter(None, words))
