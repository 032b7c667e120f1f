#!/usr/bin/env python3
"""Unpacks an .rpm without rpm, and prints its version and what it needs. Usage: unrpm.py FILE.rpm FOLDER

The layout is that of rpm's own "Package format": a lead, a signature and a header (tags over a store), and a cpio archive.
"""
import bz2, gzip, lzma, os, pathlib, struct, subprocess, sys

VERSION, REQUIRES, COMPRESSOR, FORMAT = 1001, 1049, 1125, 1124


def header(data, at):
    magic, entries, size = struct.unpack_from(">4s4xII", data, at)
    assert magic == b"\x8e\xad\xe8\x01", "no header"
    store = at + 16 + 16 * entries
    tags = {}
    for i in range(entries):
        tag, kind, offset, count = struct.unpack_from(">IIII", data, at + 16 + 16 * i)
        if kind in (6, 8, 9):  # text, and arrays of it
            texts, p = [], store + offset
            for _ in range(count):
                end = data.index(b"\0", p)
                texts.append(data[p:end].decode())
                p = end + 1
            tags[tag] = texts
    return tags, store + size


def unpack(data, folder):
    at = 0
    while True:
        assert data[at:at + 6] in (b"070701", b"070702"), "no cpio entry"
        f = [int(data[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, length = f[1], f[6], f[11]
        name = data[at + 110:at + 110 + length - 1].decode()
        body = (at + 110 + length + 3) & ~3
        at = (body + size + 3) & ~3
        if name == "TRAILER!!!":
            return
        path = folder / name.lstrip("./")
        assert ".." not in path.parts
        if mode >> 12 == 4:
            path.mkdir(parents=True, exist_ok=True)
        elif mode >> 12 == 8:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data[body:body + size])
            os.chmod(path, mode & 0o777)


data = pathlib.Path(sys.argv[1]).read_bytes()
assert data[:4] == b"\xed\xab\xee\xdb", "no rpm"
_, end = header(data, 96)
tags, end = header(data, (end + 7) & ~7)
kind = tags.get(COMPRESSOR, ["gzip"])[0]
inflate = {"gzip": gzip.decompress, "xz": lzma.decompress, "lzma": lzma.decompress, "bzip2": bz2.decompress,
           "zstd": lambda d: subprocess.run(["zstd", "-dc"], input=d, stdout=subprocess.PIPE, check=True).stdout}[kind]
unpack(inflate(data[end:]), pathlib.Path(sys.argv[2]))
print("version", tags[VERSION][0])
for need in tags.get(REQUIRES, []):
    print(need)
