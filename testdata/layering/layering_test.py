#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that each rule of layering.py finds what it is there for, and no more."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import layering  # noqa: E402

LICENCE = "// " + layering.LICENCE + "\n"

# name, path, code after the licence line, what is found (part of it) or None
CASES = [
    ("libc header", "analyzer/pages/a.c", "#include <string.h>", None),
    ("contract", "analyzer/pages/a.c", '#include "include/dump.h"', None),
    ("own room", "analyzer/arch/a.c", '#include "analyzer/arch/x86.h"', None),
    ("neighbour by bare name", "analyzer/arch/a.c", '#include "x86.h"', "may not include x86.h"),
    ("room below", "analyzer/pages/a.c", '#include "analyzer/kernel/kernel.h"', None),
    ("room above", "analyzer/pages/a.c", '#include "analyzer/checks/a.h"', "may not include"),
    ("room above in a test", "analyzer/pages/a_test.c", '#include "analyzer/checks/a.h"', None),
    ("neighbour", "formats/document/a.c", '#include "formats/dump/a.h"', "may not include"),
    ("no room", "analyzer/pages/a.c", '#include "analyzer/a.h"', "may not include"),
    ("file in no room", "analyzer/a.c", "#include <string.h>", "is in no room"),
    ("analyzer takes formats", "analyzer/pages/a.c", '#include "formats/dump/elf.h"', "may not"),
    ("analyzer takes cmd", "analyzer/pages/a.c", '#include "cmd/main.h"', "may not"),
    ("formats takes analyzer", "formats/dump/a.c", '#include "analyzer/a.h"', "may not"),
    ("contract takes analyzer", "include/a.h", '#include "analyzer/a.h"', "may not"),
    ("cmd takes all", "cmd/a.c", '#include "analyzer/pages/a.h"\n#include "formats/a.h"', None),
    ("library in contract", "include/a.h", "#include <jansson.h>", "may not"),
    ("library in analyzer", "analyzer/pages/a.c", "#include <libdeflate.h>", "may not"),
    ("library in its room", "formats/dump/a.c", "#include <libdeflate.h>", None),
    ("library in another room", "formats/document/a.c", "#include <libdwarf.h>", "may not"),
    ("argp outside cmd", "formats/document/a.c", "#include <argp.h>", "may not"),
    ("argp in cmd", "cmd/a.c", "#include <argp.h>", None),
    ("cmocka in a test", "analyzer/pages/a_test.c", "#include <cmocka.h>", None),
    ("cmocka in the program", "analyzer/pages/a.c", "#include <cmocka.h>", "may not"),
    ("printf", "analyzer/pages/a.c", '\tprintf("x");', "only cmd/"),
    ("exit", "formats/a.c", "\texit(1);", "only cmd/"),
    ("stderr", "formats/a.c", '\tfprintf(stderr, "x");', "only cmd/"),
    ("file given by the caller", "formats/document/a.c", '\tfprintf(out, "x");', None),
    ("call through a table", "analyzer/pages/a.c", "\tops->exit(1);\n\tops.abort();", None),
    ("longer names", "analyzer/pages/a.c", "\tsnprintf(a);\n\tread_exit(b);", None),
    ("only mentioned", "analyzer/pages/a.c", '/* as\n * printf() does\n */ // exit(1)\n "exit(";', None),
    ("code after a comment", "analyzer/pages/a.c", "/* a\n */ exit(1);", "a.c:3:"),
    ("cmd prints", "cmd/a.c", '\tprintf("x");\n\texit(2);', None),
    ("path of this machine", "docs/a.md", "see /srv/checkout/docs", "of this machine"),
    ("long prose", "docs/a.md", "word " * 25, "wrap prose at 120"),
    ("prose of full width", "docs/a.md", "word " * 23 + "words", None),
    ("long item after code", "a.md", "```\nx\n```\n- " + "word " * 25, "a.md:5: "),
    ("long prose after a comment", "a.md", "<!-- a\n-->\n" + "word " * 25, "a.md:4: "),
    ("long line of a table", "docs/a.md", "| " + "word " * 25 + "|", None),
    ("long line of code", "docs/a.md", "```\n" + "word " * 25 + "\n```", None),
    ("long indented code", "docs/a.md", "    " + "word " * 25, None),
    ("long line of C", "analyzer/pages/a.c", "// " + "word " * 25, None),
    ("one long address", "docs/a.md", "x" * 130, None),
    ("path that only begins so", "docs/a.md", "see /srv/checkout-other", None),
]


class Rules(unittest.TestCase):
    def test_each_rule_finds_its_case(self):
        for name, path, code, expected in CASES:
            with self.subTest(name):
                found = list(layering.violations(path, LICENCE + code, ["/srv/checkout"]))
                if expected is None:
                    self.assertEqual(found, [])
                else:
                    self.assertEqual(len(found), 1, found)
                    self.assertIn(expected, found[0])

    def test_file_without_licence_is_found(self):
        for path in ("dev", ".ci/run", "cmd/a.c", "a/a.h", "CMakeLists.txt", "a/a.py"):
            with self.subTest(path):
                self.assertEqual(len(list(layering.missing_licence(path, "x\ny\n"))), 1)

    def test_licence_may_follow_the_interpreter(self):
        text = "#!/bin/sh\n# " + layering.LICENCE + "\n"
        self.assertEqual(list(layering.missing_licence("a.sh", text)), [])

    def test_what_is_declared_is_in_its_table(self):
        header, kind, source = layering.TABLES[0]
        declares = f"extern const struct {kind} one;\nextern const struct {kind} two, three;\n" \
                   f"extern const struct {kind} *const table[];\n// extern const struct {kind} no;\n"
        for text, expected in (("{ &one, &two, &three }", []),
                               ("{ &one, &three }", ["two"]),
                               ("{ &one, &twofold, /* &two, */ &three }", ["two"])):
            found = layering.left_out_of_tables({header: declares, source: text})
            self.assertEqual([line.split()[1] for line in found], expected)

    def test_builds_are_not_ours_whatever_they_are_called(self):
        with tempfile.TemporaryDirectory() as place:
            for name, path in (("b", "CMakeCache.txt"), ("b", "a.c"), ("cmd", "a.c")):
                directory = pathlib.Path(place, name)
                directory.mkdir(exist_ok=True)
                (directory / path).write_text("x")
            self.assertEqual([path for path, _ in layering.text_files(place)], ["cmd/a.c"])


if __name__ == "__main__":
    unittest.main()
