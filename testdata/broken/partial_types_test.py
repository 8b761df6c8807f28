#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Types that lack one thing never make a fault of it, and what needs it says so.

Each member, size, length, enumerator and symbol of a golden's own profile is left out in
turn. What the whole types do not find wrong, nobody may; and a check that then looks at
less has to count it as not checked, with a reason that names what is missing.
"""
import copy
import json
import os
import sys

import harness

QUICK = ("7.3-hvo", "6.1-hvo")

# A kernel without these is one of another build, or of another year: nothing is missing there.
OTHER_KERNELS = {
    "symbol hugetlb_optimize_vmemmap_key", "enumerator SECTION_IS_VMEMMAP_PREINIT_BIT",
}
UNNAMED = {
    "symbol __highest_present_section_nr",  # a distilled dump has but the used part of mem_section
    "symbol node_data",  # VMCOREINFO may have it: "the nodes cannot be read"
    "struct zone.vmemmap_tails",  # evidence of the scheme, which the report lists as such
}
# Its unit changes: without pools no huge pages are known, of which each is one object here.
OTHER_UNITS = {"vmemmap-mask-alignment"}


def profile_in(path):
    """Of a distilled dump of any byte order: a note in JSON."""
    with open(path, "rb") as file:
        data = file.read()
    start = data.rindex(b"{", 0, data.index(b'"vmemscope-profile"'))
    return json.JSONDecoder().raw_decode(data[start:start + (1 << 20)].decode("latin-1"))[0]


def places(profile):
    """(what it is called in a reason, its name, the keys that lead to it)"""
    for struct, told in profile["structs"].items():
        if "size" in told:
            yield f"sizeof(struct {struct})", struct, ("structs", struct, "size")
        for member, answer in told.get("members", {}).items():
            at = ("structs", struct, "members", member)
            yield f"struct {struct}.{member}", member, at
            for part in {"size", "length"} & answer.keys():
                yield f"the {part} of struct {struct}.{member}", member, (*at, part)
    for name, enum in profile["enums"].items():
        for item in enum:
            yield f"enumerator {item}", item, ("enums", name, item)
    for kind, group in (("enumerator", "enumerators"), ("symbol", "symbols")):
        for name in profile[group]:
            yield f"{kind} {name}", name, (group, name)


def without(profile, keys):
    partial = copy.deepcopy(profile)
    holder = partial
    for key in keys[:-1]:
        holder = holder[key]
    del holder[keys[-1]]
    return partial


def faults(report):
    """Words differ where a name is not known."""
    return {(f["severity"], f["check"], f.get("pfn")) for f in report["findings"]
            if f["severity"] != "note"}


def silent(check, whole):
    """True if it looks at less, and does not count what it leaves out."""
    return (check["checked"] < whole["checked"] and check["not_checked"] <= whole["not_checked"]
            and check["id"] not in OTHER_UNITS)


def complaints(result, whole, title, name):
    found = harness.misbehaviour(result, (0, 1, 2))
    if found or result.status == 2:  # refused: the message tells why
        return found
    report = result.report
    found = [f"new: {f}" for f in sorted(faults(report) - faults(whole), key=str)]
    if title in OTHER_KERNELS:
        return found
    pairs = list(zip(report["checks"], whole["checks"]))
    found += [f"{check['id']}: {old['checked']} checked before, {check['checked']} now, "
              f"{check['not_checked']} not checked" for check, old in pairs if silent(check, old)]
    # The first reason is shown, where there was one before.
    less = [check for check, old in pairs
            if check["checked"] < old["checked"] and not old["not_checked"]]
    if less and title not in UNNAMED and not any(name in c.get("reason", "") for c in less):
        found.append(f"none names {name}: {[(c['id'], c.get('reason')) for c in less]}")
    return found


def main():
    args = harness.arguments(__doc__, only={"help": "what has this in its name"},
                             quick={"help": "of two goldens only", "action": "store_true"})
    goldens = QUICK if args.quick else sorted(
        name.removesuffix(".elf") for name in os.listdir(args.dumps) if name.endswith(".elf"))
    verdict = harness.Verdict()
    with harness.scratch() as place:
        path = os.path.join(place, "profile.json")
        for golden in goldens:
            dump = os.path.join(args.dumps, f"{golden}.elf")
            profile = profile_in(dump)
            whole = harness.run(args.program, "report", "--format", "json", dump).report
            for title, name, keys in places(profile):
                if (args.only or "") not in f"{golden} {title}":
                    continue
                with open(path, "w", encoding="ascii") as file:
                    json.dump(without(profile, keys), file)
                result = harness.run(args.program, "report", "--format", "json", "--profile", path, dump)
                verdict.case(f"{golden} without {title}", complaints(result, whole, title, name))
    verdict.end()


if __name__ == "__main__":
    sys.exit(main())
