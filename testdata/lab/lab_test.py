#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What of the lab can be shown without booting anything.

    lab_test.py DUMPS    the unpacked golden dumps
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import fulldump  # noqa: E402
import crash_kinds  # noqa: E402
import guest  # noqa: E402
import initramfs  # noqa: E402
from elfdump import EHDR, PHDR  # noqa: E402
from scripts import module_of  # noqa: E402
from machine import TRUTH, truth_lines  # noqa: E402

MAKE_GOLDEN = HERE / "make-golden"
MAKE_CRASH = HERE / "make-crash"
VERDICTS = {"vmemmap-sound", "vmemmap-damaged", "damaged-earlier", "unrelated", "silent",
            "cannot-tell"}
DUMPS = None
TOLD = """\
kernel 9.9.9-amd64
made 1073741824 yes
head 0x100000
made 2097152 yes
head 0x100000
head 0x100200
head 0x140200
made 2097152 no
head 0x140200
head 0x140000
pool 0 1073741824 1 0
pool 1 2097152 0 0
pool 0 2097152 2 1
device dax1.0 0x200000000 1073741824 1073741824 1 device
device dax0.0 0x180200000 2097152 2097152 0 ram
counter nr_memmap_pages 12
end
"""
TRUTH_OF_TOLD = {
    "heads.txt": ["0x100000 yes 1073741824", "0x140000 no 2097152", "0x140200 yes 2097152"],
    "pools.txt": ["0 2097152 2 1", "1 2097152 0 0", "0 1073741824 1 0"],
    "devices.txt": ["dax0.0 0x180200000 2097152 2097152 0 ram",
                    "dax1.0 0x200000000 1073741824 1073741824 1 device"],
    "counters.txt": ["nr_memmap_pages 12"],
}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def module(*dependencies):
    return b"\0license=GPL\0depends=" + ",".join(dependencies).encode() + b"\0name=x\0"


class Scripts(unittest.TestCase):
    def test_shell_scripts_parse(self):
        for script in HERE.rglob("*.sh"):
            with self.subTest(script.name):
                self.assertEqual(run("bash", "-n", script).stderr, "")

    @unittest.skipUnless(shutil.which("gcc"), "no gcc")
    def test_guest_programs_compile(self):
        for program in HERE.glob("guest_*.c"):
            with self.subTest(program.name):
                done = run("gcc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
                           "-D_FILE_OFFSET_BITS=64", program)
                self.assertEqual(done.stderr, "")

    def test_help(self):
        for script in (MAKE_GOLDEN, MAKE_CRASH):
            with self.subTest(script.name):
                done = run(sys.executable, "-B", script, "--help")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn("--kernel", done.stdout)

    def test_wrong_arguments(self):
        for wrong in (["--dax", "3M:mem"], ["--pages", "1,2"], ["--name", "a/b"], []):
            with self.subTest(wrong):
                kernel = ["--kernel", "none.deb"] if wrong else []
                done = run(sys.executable, "-B", MAKE_GOLDEN, *kernel, *wrong)
                self.assertEqual(done.returncode, 2)
                self.assertNotIn("Traceback", done.stderr)

    def test_a_package_that_is_not_there_leaves_nothing(self):
        with tempfile.TemporaryDirectory(prefix="vmemscope-lab-") as place:
            done = run("env", f"TMPDIR={place}", sys.executable, "-B", MAKE_GOLDEN, "--kernel",
                       "none.deb", "--program", sys.executable, "--out", f"{place}/out")
            self.assertEqual(done.returncode, 2)
            self.assertRegex(done.stderr, r"\Amake-golden: .*\n\Z")
            self.assertEqual(list(pathlib.Path(place).iterdir()), [])


class Crash(unittest.TestCase):
    KINDS = crash_kinds.KINDS
    CRASH = module_of("make-crash")

    def kinds(self):
        for name, kind in self.KINDS.items():
            with self.subTest(name):
                yield name, kind

    def test_the_module_has_what_kinds_ask_for(self):
        source = (HERE / "crash_module/lab_crash.c").read_text(encoding="ascii")
        table = source[source.index("crashes[] = {"):]
        rows = dict(re.findall(r'\{ "(\w+)",\s+(?:NULL|"\w+"),\s+(true|false)', table))
        for _, kind in self.kinds():
            if kind.module:
                self.assertEqual(rows[kind.module] == "true", kind.page in ("used", "unused"))
        self.assertEqual(set(rows) - {kind.module for kind in self.KINDS.values()}, set())

    def test_the_guest_has_what_kinds_ask_for(self):
        script = (HERE / "guest_crash.sh").read_text(encoding="ascii")
        for _, kind in self.kinds():
            for act in kind.act:
                self.assertIn(f"\n{act}() {{\n", script)
            for _, value in re.findall(r"lab\.(\w+)=(.*?)(?: |$)", crash_kinds.command_line(kind)):
                self.assertNotIn(" ", value)

    def test_kinds_know_how_they_end(self):
        for _, kind in self.kinds():
            self.assertLessEqual(set(kind.verdicts), VERDICTS)
            self.assertTrue(kind.verdicts)
            ends = [says for says in kind.says if "Kernel panic" in says]
            self.assertEqual(len(ends), 1)
            self.assertEqual("sysrq" in ends[0], kind.sysrq)

    def test_what_the_kernel_did_not_say(self):
        told = self.CRASH.Told("crash address 0xffea000000001934\ncrash pfn 0x64\n")
        self.assertEqual(told.problems, [])
        kind = self.KINDS["rotail"]
        console = ("BUG: unable to handle page fault for address: ffea000000001934\n"
                   "#PF: error_code(0x0003) - permissions violation\n")
        self.assertEqual(self.CRASH.missing_words(kind, told, console), [crash_kinds.PANIC])
        by_kdump = self.CRASH.died_by_kdump(kind)
        self.assertEqual(self.CRASH.missing_words(by_kdump, told, console), [])
        other = console.replace("1934", "1974")
        self.assertEqual(len(self.CRASH.missing_words(by_kdump, told, other)), 1)

    def test_bad_pages_that_nobody_made_are_the_kernels(self):
        bad = "BUG: Bad page state in process sed  pfn:103440"
        for name, console, verdicts in (("hwpoison-free", "", ("unrelated",)),
                                        ("hwpoison-free", bad, crash_kinds.KERNEL_AT_FAULT),
                                        ("badlink", bad, ("damaged-earlier",))):
            self.assertEqual(crash_kinds.verdicts(self.KINDS[name], console), verdicts)

    def test_a_module_is_asked_for(self):
        done = run(sys.executable, "-B", MAKE_CRASH, "rotail", "--kernel", "none.deb")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Amake-crash: .*\n\Z")

    def test_program_headers_move_to_where_makedumpfile_looks(self):
        fields = [b"\x7fELF\2\1\1".ljust(16, b"\0"), 4, 62, 1, 0, 192, 64, 0, EHDR.size, PHDR.size,
                  2, 64, 1, 0]
        table = bytes(range(2 * PHDR.size))
        with tempfile.TemporaryDirectory(prefix="vmemscope-lab-") as place:
            path = pathlib.Path(place, "dump")
            path.write_bytes(EHDR.pack(*fields) + bytes(128) + table + b"notes")
            self.CRASH.move_headers(path)
            moved = path.read_bytes()
        self.assertEqual(EHDR.unpack_from(moved)[5:7], (EHDR.size, 0))
        self.assertEqual(EHDR.unpack_from(moved)[11:], (0, 0, 0))
        self.assertEqual(moved[EHDR.size:EHDR.size + len(table)], table)
        self.assertEqual(moved[-5:], b"notes")


class Guest(unittest.TestCase):
    def test_what_is_told_becomes_truth(self):
        told = guest.Told(TOLD)
        self.assertEqual((told.release, told.complete, told.problems), ("9.9.9-amd64", True, []))
        with tempfile.TemporaryDirectory(prefix="vmemscope-lab-") as place:
            guest.write(told, pathlib.Path(place))
            for name, lines in TRUTH_OF_TOLD.items():
                written = pathlib.Path(place, name).read_text(encoding="ascii").splitlines()
                self.assertEqual((written[0][:2], written[1:]), ("# ", lines))

    def test_a_line_that_is_cut_is_a_problem(self):
        told = guest.Told("device dax0.0 0x1000\nhead\nnonsense\nproblem it burns\n")
        self.assertEqual(len(told.problems), 4)
        self.assertFalse(told.complete)


class Initramfs(unittest.TestCase):
    def test_modules_come_after_what_they_need(self):
        modules = {"a": module("b", "c-d"), "b": module("c_d"), "c_d": module(), "e": module("gone")}
        order = [name for name, _ in initramfs.in_load_order(["a", "e", "built_in"], modules.get)]
        self.assertEqual(order, ["c_d", "b", "a", "e"])

    def test_archive(self):
        archive = initramfs.cpio({"init": b"12345", "bin/sh": b""})
        names, at = {}, 0
        while at < len(archive):
            self.assertEqual(archive[at:at + 6], b"070701")
            fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            size, length = fields[6], fields[11]
            content = at + (110 + length + 3) // 4 * 4
            names[archive[at + 110:at + 109 + length].decode()] = archive[content:content + size]
            at = content + (size + 3) // 4 * 4
        self.assertEqual((names["init"], names["bin/sh"]), (b"12345", b""))
        self.assertEqual(list(names)[-1], "TRAILER!!!")

    def test_no_kernel(self):
        with tempfile.TemporaryDirectory(prefix="vmemscope-lab-") as place:
            with self.assertRaisesRegex(initramfs.Unusable, "^here: no kernel image"):
                initramfs.Kernel([pathlib.Path(place)], "here")


class Walk(unittest.TestCase):
    def test_golden_dumps(self):
        """Each stored entry of x86-64 is found again; beyond them are only last vmemmap pages."""
        for golden in sorted(path.name for path in TRUTH.iterdir()
                             if path.is_dir() and not (path / "machine.txt").exists()):
            with self.subTest(golden):
                told = guest.Told("")
                told.heads = [guest.Head(int(pfn, 16), None, int(size))
                              for pfn, _, size in truth_lines(golden, "heads.txt")]
                for fields in truth_lines(golden, "devices.txt"):
                    told._take_device(" ".join(fields))  # pylint: disable=protected-access
                dump = fulldump.FullDump(DUMPS / f"{golden}.elf")
                found = fulldump.entries_text(dump, fulldump.compound_pages(told))[1:]
                stored = [" ".join(fields) for fields in truth_lines(golden, "entries.txt")]
                self.assertEqual(set(stored) - set(found), set())
                self.assertEqual([line for line in found
                                  if line not in stored and line.split()[1] != "4095"], [])


if __name__ == "__main__":
    DUMPS = pathlib.Path(sys.argv.pop())
    unittest.main()
