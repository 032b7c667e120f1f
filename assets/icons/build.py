#!/usr/bin/env python3
"""Draws the PNGs in this folder, and the .ico files in the one above, from the SVGs there.

    pip install cairosvg pillow
    python build.py
"""

import io
import pathlib
import struct

import cairosvg
from PIL import Image

ASSETS = pathlib.Path(__file__).resolve().parent.parent
SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512, 1024)


def draw(name, size):
    # up to 32 pixels a drawing of its own, with fewer parts
    source = ASSETS / (f"{name}-small.svg" if size <= 32 else f"{name}.svg")
    png = cairosvg.svg2png(url=str(source), output_width=size, output_height=size)
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGBA").save(out, "png", optimize=True)
    return out.getvalue()


def ico(pngs):
    out = struct.pack("<HHH", 0, 1, len(pngs))
    at = 6 + 16 * len(pngs)
    for size, png in pngs:
        out += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), at)
        at += len(png)
    return out + b"".join(png for _, png in pngs)


def main():
    for name, prefix in (("icon", "app"), ("document", "document")):
        for size in SIZES:
            (ASSETS / "icons" / f"{prefix}-{size}.png").write_bytes(draw(name, size))
        (ASSETS / f"{name}.ico").write_bytes(ico([(s, draw(name, s)) for s in (16, 24, 32, 48, 64, 256)]))


if __name__ == "__main__":
    main()
