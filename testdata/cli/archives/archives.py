#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes tar archives with a dump, and with what is none: archives.py DUMP PACKED-DUMP"""
import io
import sys
import tarfile

TEXT = b"nothing but text\n" * 100
LONG = "a-directory-with-a-long-name/" * 10 + "vmcore"
FORMATS = {"one": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def write(name, members, form=tarfile.USTAR_FORMAT):
    with tarfile.open(name + ".tar", "w", format=form) as archive:
        for path, data in members:
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def main():
    dump, packed = (open(path, "rb").read() for path in sys.argv[1:])
    dump = dump[:100000]
    write("one", [("crash/readme", TEXT), ("crash/vmcore", dump), ("crash/dmesg", TEXT)])
    write("gnu", [("readme", TEXT), (LONG, packed)], tarfile.GNU_FORMAT)
    write("pax", [("readme", TEXT), (LONG, dump)], tarfile.PAX_FORMAT)
    write("many", [(f"{number}/vmcore", dump) for number in range(7)])
    write("hostile", [("\x1b[31m\n../../etc/\u00fc", dump)], tarfile.GNU_FORMAT)
    write("none", [("readme", TEXT), ("empty", b"")])


main()
