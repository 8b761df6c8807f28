#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Shows that keys.py finds each kind of key that was forgotten, and no more."""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import keys  # noqa: E402

COUNT = {"description": "d", "$ref": "#/definitions/count"}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "pages": COUNT,
        "pools": {"description": "d", "type": "array", "items": {"$ref": "#/definitions/pool"}},
    },
    "definitions": {
        "count": {"oneOf": [{"type": "integer"}, {"type": "null"}]},
        "pool": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"free": COUNT, "why": COUNT},
            "if": {"properties": {"free": {"const": 0}}},
        },
    },
}
PAGE = """# Another
| key | value |
|---|---|
| `other` | of another kind of document |

# Title

Words, and a table of words:

| word | |
|---|---|
| `word` | |

## Top level

| key | value |
|---|---|
| `pages`, `pools` | `quoted` |

### `pools`

| key | value |
|---|---|
| `free` | |
| `why` | |

# Next

| key | value |
|---|---|
| `later` | |
"""
DOCUMENT = {"pages": 1, "pools": [{"free": 0}, {"why": 1}]}

# name, what is done to (schema, page, document, rare), what is found
CASES = [
    ("nothing", lambda s, p, d, r: p, []),
    ("in a golden alone", lambda s, p, d, r: d["pools"][0].update(new=1) or p,
     ["pools.new: in a golden and not in the schema", "pools.new: not in docs/report.md"]),
    ("an object within", lambda s, p, d, r: d.update(a={"b": 1}) or p,
     ["a: in a golden and not in the schema", "a.b: in a golden and not in the schema",
      "a: not in docs/report.md", "a.b: not in docs/report.md"]),
    ("not on the page", lambda s, p, d, r: p.replace("| `why` | |\n", ""),
     ["pools.why: not in docs/report.md"]),
    ("on the page alone", lambda s, p, d, r: p.replace("`free`", "`free`, `gone`"),
     ["pools.gone: in docs/report.md and not in the schema"]),
    ("below another heading", lambda s, p, d, r: p.replace("### `pools`", "### `pages`"),
     ["pools.free: not in docs/report.md", "pools.why: not in docs/report.md",
      "pages.free: in docs/report.md and not in the schema",
      "pages.why: in docs/report.md and not in the schema"]),
    ("twice", lambda s, p, d, r: p.replace("`free`", "`free`, `free`"),
     ["pools.free: twice in docs/report.md"]),
    ("in no golden", lambda s, p, d, r: d["pools"].pop() and p,
     ["pools.why: no golden has it, and RARE in testdata/schema/keys.py does not say why"]),
    ("rare", lambda s, p, d, r: r.update({"pools.why": "w"}) or d["pools"].pop() and p, []),
    ("within what is rare",
     lambda s, p, d, r: r.update({"pools": "w"}) or d.pop("pools") and p, []),
    ("no longer rare", lambda s, p, d, r: r.update({"pages": "w"}) or p,
     ["pages: in RARE, though a golden has it or the schema has not"]),
    ("rare and unknown", lambda s, p, d, r: r.update({"nonsense": "w"}) or p,
     ["nonsense: in RARE, though a golden has it or the schema has not"]),
]


class Keys(unittest.TestCase):
    def test_each_forgotten_key_is_found(self):
        for name, change, expected in CASES:
            with self.subTest(name):
                schema, document, rare = copy.deepcopy(SCHEMA), copy.deepcopy(DOCUMENT), {}
                page = change(schema, PAGE, document, rare)
                seen = dict.fromkeys(keys.document_keys(document), "a golden")
                found = list(keys.differences(set(keys.schema_keys(schema)),
                                              list(keys.page_keys(page, "Title")), seen, rare))
                self.assertEqual(found, expected)

    def test_inexact_schema_is_found(self):
        self.assertEqual(list(keys.loose_ends(SCHEMA)), [])
        for name, change, expected in (
                ("open", lambda s: s.pop("additionalProperties"), "additionalProperties"),
                ("open within", lambda s: s["definitions"]["pool"].pop("additionalProperties"),
                 "schema.definitions.pool"),
                ("open for some", lambda s: s.update(additionalProperties={"type": "null"}),
                 "additionalProperties"),
                ("undescribed", lambda s: s["properties"].update(new={"type": "null"}),
                 "schema.new: without a description"),
                ("undescribed within",
                 lambda s: s["definitions"]["pool"]["properties"].update(new={}), "pool.new"),
                ("open among others",
                 lambda s: s["properties"].update(
                     new={"description": "d", "oneOf": [{"type": "object"}]}), "schema.new")):
            with self.subTest(name):
                schema = copy.deepcopy(SCHEMA)
                change(schema)
                found = list(keys.loose_ends(schema))
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])

    def test_documents_are_found_among_other_words(self):
        text = ('words\n{"schema": "vmemscope-diff", "a": 1}\n{"path":"x","schema":'
                '"vmemscope-report"}\n{"schema": "another"}\n{ broken\n  {"schema": "within"}\n')
        self.assertEqual([document["schema"] for document in keys.documents_in(text)],
                         ["vmemscope-diff", "vmemscope-report"])

    def test_made_documents_are_held_against_the_schema(self):
        document = {"schema": "vmemscope-report", "dump": {"path": "", "smell": 1}, "b": [{}]}
        self.assertEqual(keys.unknown_keys(document), ["b", "dump.smell"])
        self.assertEqual(keys.unknown_keys({"schema": "another", "b": 1}), [])
        change = {"path": "p", "kind": "removed", "a": {"of": "any report"}, "size": {"c": 1}}
        self.assertEqual(keys.unknown_keys({"schema": "vmemscope-diff", "changes": [change]}),
                         ["changes.size", "changes.size.c"])


if __name__ == "__main__":
    unittest.main()
