#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks JSON reports against docs/report.schema.json.

    validate.py [--schema SCHEMA] REPORT...     ("-": standard input)

Exit status: 0 all are valid, 1 some are not, 2 a file cannot be read or is no
JSON, 64 usage, 77 python3-jsonschema is not installed (skipped).
"""
import argparse
import json
import pathlib
import sys

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "report.schema.json"
MESSAGES_MAX = 20

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed", file=sys.stderr)
    sys.exit(77)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{self.prog}: {message}\n")


def arguments():
    parser = Parser(description="Check JSON reports against the report's schema.")
    parser.add_argument("--schema", type=pathlib.Path, default=SCHEMA)
    parser.add_argument("reports", nargs="+", metavar="REPORT")
    return parser.parse_args()


def unique_keys(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key occurs twice in an object")
    return found


def load(name):
    """The value in a file; ends the program if there is none."""
    try:
        data = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except (OSError, ValueError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(2)


def place(error):
    return "/".join(str(step) for step in error.absolute_path) or "(top)"


def complaints(validator, report):
    errors = sorted(validator.iter_errors(report), key=place)
    lines = [f"{place(error)}: {error.message}" for error in errors[:MESSAGES_MAX]]
    if len(errors) > MESSAGES_MAX:
        lines.append(f"and {len(errors) - MESSAGES_MAX} more")
    return lines


def main():
    options = arguments()
    schema = load(str(options.schema))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for name in options.reports:
        lines = complaints(validator, load(name))
        for line in lines:
            print(f"{name}: {line}", file=sys.stderr)
        failed = failed or bool(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
