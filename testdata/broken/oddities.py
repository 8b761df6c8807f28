# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is odd about a golden dump itself, by its own report in testdata/golden.

Two goldens show a fault of their kernel. Broken copies of them show it too, perhaps
in other numbers: that is not what they are broken for.
"""
import functools
import json
import pathlib

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"


@functools.lru_cache
def report(golden):
    path = GOLDEN / golden / "report.json"
    return json.loads(path.read_text(encoding="utf-8"))


def findings(golden):
    return report(golden)["findings"]


def is_odd(finding, golden):
    """The check finds this much fault with the golden itself."""
    return any((odd["check"], odd["severity"]) == (finding["check"], finding["severity"])
               for odd in findings(golden))
