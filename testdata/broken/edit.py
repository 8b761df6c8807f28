#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a changed copy of a golden dump, for the cases of testdata/cli.

    edit.py DUMP COPY no-profile         without the types it carries
    edit.py DUMP COPY profile            only the profile, as a file
    edit.py DUMP COPY anonymous-profile MOVED
                                         the same without build id, symbols moved by so many bytes
    edit.py DUMP COPY btf                its types as BTF
    edit.py DUMP COPY map WHICH          its symbols as System.map; sources.py tells which there are
    edit.py DUMP COPY fact KEY [VALUE]   with another line in VMCOREINFO, or without it
    edit.py DUMP COPY noise              memory as that of an encrypted guest, seen from outside
    edit.py DUMP COPY image NAME         one of images.py or damaged.py; the dump must
                                         have its golden name
    edit.py DUMP COPY cut PERCENT        only the first part of the file
    edit.py DUMP COPY cut-pages COUNT    all but that many pages at the end
"""
import json
import pathlib
import random
import sys

import damaged
import images
import sources
from elfdump import PAGE, Dump
from machine import Machine


def no_profile(dump):
    dump.notes.remove(dump.profile_note)
    return dump.packed()


def profile(dump):
    return dump.profile_note.body.rstrip(b"\0")


def anonymous_profile(dump, moved):
    return sources.profile_without_build_id(json.loads(profile(dump)), int(moved, 0))


def btf(dump):
    return sources.btf(json.loads(profile(dump)), "<")


def symbol_map(dump, which):
    return sources.system_map(json.loads(profile(dump)), dump.facts(), which)


def fact(dump, key, value=None):
    dump.set_fact(key, value)
    return dump.packed()


def noise(dump):
    numbers = random.Random(1)
    for page in dump.pages.values():
        page[:] = numbers.randbytes(len(page))
    return dump.packed()


def image(dump, name, golden):
    edit = getattr(images, name.replace("-", "_"), None) or getattr(
        damaged, name.replace("-", "_"))
    edit(Machine(dump, golden))
    return dump.packed()


def main():
    source, copy, verb, *rest = sys.argv[1:]
    source = pathlib.Path(source)
    if verb in ("cut", "cut-pages"):
        data, number = source.read_bytes(), int(rest[0])
        end = len(data) * number // 100 if verb == "cut" else len(data) - PAGE * number
        pathlib.Path(copy).write_bytes(data[:end])
        return
    edits = {"no-profile": no_profile, "profile": profile, "fact": fact, "noise": noise, "image": image,
             "anonymous-profile": anonymous_profile, "btf": btf, "map": symbol_map}
    extra = [source.stem] if verb == "image" else []
    pathlib.Path(copy).write_bytes(edits[verb](Dump.load(source), *rest, *extra))


if __name__ == "__main__":
    main()
