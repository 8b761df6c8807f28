#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every key of the JSON documents is in their schema, in docs/report.md and in a golden.

    keys.py        Exit status: 0 all is so, 1 something is not; each line says what to do.

A key is named by its path: `hugetlb.pools.free`. Lists add nothing to it. docs/report.md
has one part for each kind of document, which a heading of the first level begins. In it
the tables headed "key | value" are about the object that the heading above names
(`hugetlb.pools`; several with commas; "Top level": the document itself).
"""
import functools
import json
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGE = TOP / "docs" / "report.md"
TOP_HEADING = "Top level"
TABLE_HEAD = "| key | value |"

# The value of "schema" in the document: its schema, and its heading in docs/report.md.
KINDS = {
    "vmemscope-report": ("report.schema.json", "The report as JSON"),
    "vmemscope-diff": ("diff.schema.json", "What differs"),
}

# Keys that no golden has, nor anything within them, and why.
RARE = {
    "vmemscope-report": {
        "path": "only in the lines of a batch, of which tests keep the beginning alone",
        "interrupted": "only after a signal",
        "quick": "only with --quick",
        "live": "only of a running machine",
        "overwritten": "no golden is of such a dump",
        "dump.live": "only of a running machine",
        "dump.damaged_pages": "only of damaged files",
        "dump.damaged_pfns": "only of damaged files",
        **dict.fromkeys(("dump.packed", *("dump.packed." + key for key in (
            "format", "size_bytes", "state", "state_offset_bytes"))), "only of packed files"),
        "dump.sample": "only of samples",
        "findings.alike": "only where many pages are wrong alike",
        "findings.entry": "only where a larger page-table entry is wrong",
        "coverage.damaged_pages": "only of damaged files",
        "coverage.first_unreadable_pfn": "only of dumps that lack struct pages",
        "coverage.first_unreadable_because": "only of dumps that lack struct pages",
        **dict.fromkeys(("hugetlb.pools.not_optimized_because." + reason for reason in (
            "unknown-scheme", "struct-page-size", "too-small", "self-hosted", "off-since-boot",
            "switch-unknown", "flag-only")), "described machines have it"),
        **dict.fromkeys(("dax.devices.not_optimized_because." + reason for reason in (
            "system-ram", "not-devdax", "not-built-in", "unknown-scheme", "struct-page-size",
            "base-pages", "early-section", "larger-leaf", "part-of-a-section", "unknown")),
            "described machines have it"),
    },
    "vmemscope-diff": {},
}


def load(name):
    return json.loads((TOP / "docs" / name).read_text())


# --- the three sources of keys ---


def parts_of(schema, root):
    """@schema and all that must, or may, hold of the same value."""
    yield schema
    if "$ref" in schema:
        yield from parts_of(root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root)
    for name in ("oneOf", "anyOf", "allOf"):
        for part in schema.get(name, ()):
            yield from parts_of(part, root)
    if "items" in schema:
        yield from parts_of(schema["items"], root)


def schema_keys(root, schema=None, prefix=""):
    for part in parts_of(schema or root, root):
        if "additionalProperties" not in part:  # a condition, as within "if"
            continue
        for key, value in part["properties"].items():
            yield prefix + key
            yield from schema_keys(root, value, f"{prefix}{key}.")


def any_values(root, schema=None, prefix=""):
    """Keys whose value may be anything; what is within it is no key of the document."""
    for part in parts_of(schema or root, root):
        for key, value in part.get("properties", {}).items():
            if not value.keys() - {"description"}:
                yield prefix + key
            yield from any_values(root, value, f"{prefix}{key}.")


def document_keys(value, prefix=""):
    if isinstance(value, list):
        for item in value:
            yield from document_keys(item, prefix)
    if isinstance(value, dict):
        for key, item in value.items():
            yield prefix + key
            yield from document_keys(item, f"{prefix}{key}.")


def objects_of(heading):
    """Prefixes of the keys in the tables below @heading."""
    if heading == TOP_HEADING:
        return [""]
    return [name + "." for name in re.findall(r"`([^`]+)`", heading)]


def page_keys(text, title):
    """Keys, as often as each is described, of the part of the page that @title begins."""
    part = re.search(rf"^# {re.escape(title)}\n(.*?)(?=^# |\Z)", text, re.M | re.S)
    objects, in_table = [""], False
    for line in part[1].splitlines() if part else ():
        if line.startswith("#"):
            objects = objects_of(line.lstrip("# "))
        in_table = line == TABLE_HEAD or (in_table and line.startswith("|"))
        if in_table and line != TABLE_HEAD:
            for key in re.findall(r"`([^`]+)`", line.split("|")[1]):
                yield from (name + key for name in objects)


# --- the examples ---


def is_within(key, names):
    return any(key.startswith(name + ".") for name in names)


def documents_in(text):
    """Each JSON object in @text that says of which kind it is."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r"^\{", text, re.M):
        try:
            value, _ = decoder.raw_decode(text, start.start())
        except ValueError:
            continue
        if value.get("schema") in KINDS:
            yield value


def stored_documents():
    for place in ("golden/*/*.json", "crash/golden/*.json", "cli/*/stdout"):
        for path in sorted((TOP / "testdata").glob(place)):
            for document in documents_in(path.read_text(errors="replace")):
                yield path.relative_to(TOP), document


@functools.lru_cache
def known_keys(kind):
    """Keys, and those with any value."""
    schema = load(KINDS[kind][0])
    return frozenset(schema_keys(schema)), tuple(any_values(schema))


def unknown_keys(document):
    """Keys that the schema of @document's kind lacks. For tests that make documents."""
    if document.get("schema") not in KINDS:
        return []
    known, any_value = known_keys(document["schema"])
    return sorted(key for key in set(document_keys(document)) - known
                  if not is_within(key, any_value))


# --- what is wrong ---


def loose_ends(value, name="schema", of_properties=False):
    """Objects that allow other keys, and properties that nothing describes."""
    if isinstance(value, list):
        for item in value:
            yield from loose_ends(item, name)
    if not isinstance(value, dict):
        return
    if value.get("type") == "object" and value.get("additionalProperties") is not False:
        yield f"{name}: without \"additionalProperties\": false"
    for key, item in value.items():
        if of_properties and "description" not in item:
            yield f"{name}.{key}: without a description"
        if key not in ("if", "then", "else", "oneOf") or of_properties:
            exact = key == "properties" and not of_properties
            yield from loose_ends(item, name if exact else f"{name}.{key}", exact)
        elif key == "oneOf":
            yield from (line for part in item if part.get("type") == "object"
                        for line in loose_ends(part, name))


def differences(schema, page, seen, rare):
    """Lines; @page: a list of keys, @seen: {key: a place}, the others are sets."""
    for key in sorted(seen.keys() - schema):
        yield f"{key}: in {seen[key]} and not in the schema"
    for key in sorted((schema | seen.keys()) - set(page)):
        yield f"{key}: not in docs/report.md"
    for key in sorted(set(page) - schema):
        yield f"{key}: in docs/report.md and not in the schema"
    for key in sorted({key for key in page if page.count(key) > 1}):
        yield f"{key}: twice in docs/report.md"
    for key in sorted(schema - seen.keys()):
        if key not in rare and not is_within(key, rare):
            yield f"{key}: no golden has it, and RARE in testdata/schema/keys.py does not say why"
    for key in sorted(set(rare) - (schema - seen.keys())):
        yield f"{key}: in RARE, though a golden has it or the schema has not"


def complaints_of(kind, page, seen):
    name, title = KINDS[kind]
    schema = load(name)
    if "$id" not in schema:
        yield "without $id"
    yield from loose_ends(schema)
    yield from differences(set(schema_keys(schema)), list(page_keys(page, title)), seen,
                           RARE[kind])


def main():
    seen = {kind: {} for kind in KINDS}
    for path, document in stored_documents():
        kind = document["schema"]
        for key in document_keys(document):
            if not is_within(key, known_keys(kind)[1]):
                seen[kind].setdefault(key, path)
    lines = [f"{KINDS[kind][0]}: {line}" for kind in KINDS
             for line in complaints_of(kind, PAGE.read_text(), seen[kind])]
    print(*lines, sep="\n", end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
