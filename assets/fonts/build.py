#!/usr/bin/env python3
"""Makes the fonts in this folder, and src/ui/icons.rs, from their published packages.

    npm install inter-ui@4.1.1 jetbrains-mono@1.0.6 hack-font@3.3.0 @phosphor-icons/web@2.1.2
    pip install fonttools brotli
    python build.py node_modules

Inter and JetBrains Mono are cut down to the scripts and signs that the window shows, keep kerning, and lose ligatures
and contextual forms: "->" in a value must stay two characters. Inter's digits are replaced by its tabular ones, so that
numbers line up in columns. Hack has signs that both lack: all of it is kept but its hints. The icons are scaled
to one em and centred on the middle of Inter's capitals.
"""

import json
import pathlib
import sys

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).resolve().parent
TEXT = (
    "20-7E A0-24F 259 2BC 2C6-2DD 300-312 370-3FF 400-4FF 1E00-1EFF 2000-200A 2010-2027 202F-203E 2044 2070-209F "
    "20A0-20BF 2116 2122 2126 212B 2150-215E 2190-21FF 2200-22FF 2300-23FF 2500-25FF 2600-26FF 2700-27BF FFFD"
)
# our name, Phosphor's name, weight, what it stands for
ICONS = [
    ("OPEN", "folder-open", "regular", "Open a file."),
    ("EXPORT", "export", "regular", "Write a value to a file."),
    ("SAVE", "floppy-disk", "regular", "Save."),
    ("RELOAD", "arrow-clockwise", "regular", "Read the file again."),
    ("BACK", "arrow-left", "regular", "Back in the history of selections."),
    ("FORWARD", "arrow-right", "regular", "Forward in the history of selections."),
    ("UP", "arrow-up", "regular", "To what holds this."),
    ("DOWN", "arrow-down", "regular", "To the next one."),
    ("CLOSE", "x", "regular", "Close."),
    ("SEARCH", "magnifying-glass", "regular", "Find."),
    ("ZOOM_IN", "magnifying-glass-plus", "regular", "Zoom in."),
    ("ZOOM_OUT", "magnifying-glass-minus", "regular", "Zoom out."),
    ("FILTER", "funnel", "regular", "Filter."),
    ("GO_TO", "crosshair-simple", "regular", "Go to an offset or index."),
    ("IMAGE", "image", "regular", "The image view; an array that is one."),
    ("PLOT", "chart-line", "regular", "The plot view; an array that is a curve."),
    ("SCATTER", "chart-scatter", "regular", "Points instead of a line."),
    ("TABLE", "table", "regular", "The table view; an array that is one."),
    ("TEXT", "text-aa", "regular", "The text view; a string."),
    ("SUMMARY", "article", "regular", "The summary view."),
    ("HEX", "binary", "regular", "The bytes; bytes objects."),
    ("MACHINE", "cpu", "regular", "The machine: stack, memo and marks."),
    ("PROBLEMS", "warning-circle", "regular", "The list of problems."),
    ("IMPORTS", "shield-warning", "regular", "What the pickle would import."),
    ("LIST", "list-numbers", "regular", "The list of opcodes; a list."),
    ("TREE", "tree-view", "regular", "The tree of values."),
    ("LISTING", "file-text", "regular", "The disassembly as text."),
    ("BUILD", "stack", "regular", "How it is pickled."),
    ("LIST_VALUE", "brackets-square", "regular", "A list or an array."),
    ("TUPLE", "brackets-round", "regular", "A tuple."),
    ("DICT", "brackets-curly", "regular", "A dict."),
    ("SET", "circles-three", "regular", "A set."),
    ("ARRAY", "grid-four", "regular", "An array."),
    ("ARRAY_3D", "cube", "regular", "An array of three or more axes; an object."),
    ("NUMBER", "hash", "regular", "A number."),
    ("BOOL", "toggle-left", "regular", "True or False."),
    ("NONE", "empty", "regular", "None."),
    ("FUNCTION", "function", "regular", "A callable or a class."),
    ("CALL", "lightning", "regular", "A call: REDUCE and its kin."),
    ("TAG", "tag", "regular", "A name: a field, a column, a persistent id."),
    ("PACKAGE", "package", "regular", "An archive or a member of one."),
    ("PLAY", "play", "regular", "Run."),
    ("PAUSE", "pause", "regular", "Pause."),
    ("STEP", "skip-forward", "regular", "One step on."),
    ("STEP_BACK", "skip-back", "regular", "One step back."),
    ("FIRST", "caret-line-left", "regular", "To the first."),
    ("LAST", "caret-line-right", "regular", "To the last."),
    ("SETTINGS", "gear-six", "regular", "Settings."),
    ("SLIDERS", "sliders-horizontal", "regular", "Controls of a view."),
    ("SUN", "sun", "regular", "The light theme."),
    ("MOON", "moon", "regular", "The dark theme."),
    ("COPY", "copy", "regular", "Copy."),
    ("LINK", "link-simple", "regular", "Shared: the same object stands elsewhere too."),
    ("CYCLE", "arrows-clockwise", "regular", "Part of a cycle."),
    ("WARNING", "warning", "regular", "A warning."),
    ("ERROR", "x-circle", "regular", "An error."),
    ("INFO", "info", "regular", "A note."),
    ("QUESTION", "question", "regular", "Unknown; help."),
    ("CHECK", "check", "regular", "It adds up; chosen."),
    ("CHECK_CIRCLE", "check-circle", "regular", "All is well."),
    ("SHIELD", "shield", "regular", "Import verdict: unknown."),
    ("SHIELD_CHECK", "shield-check", "regular", "Import verdict: safe."),
    ("SHIELD_WARNING", "shield-warning", "fill", "Import verdict: dangerous."),
    ("BROKEN", "link-break", "regular", "Cut short; damaged."),
    ("FOLDER", "folder", "regular", "A folder."),
    ("FILE", "file", "regular", "A file."),
    ("RECENT", "clock-counter-clockwise", "regular", "Recent files; history."),
    ("CARET_RIGHT", "caret-right", "regular", "Closed; the next level."),
    ("CARET_DOWN", "caret-down", "regular", "Open; a menu."),
    ("CARET_LEFT", "caret-left", "regular", "The previous one."),
    ("CARET_UP", "caret-up", "regular", "Closed upward; less."),
    ("EXPAND", "caret-up-down", "regular", "A choice from a list."),
    ("DOTS", "dots-three", "regular", "More."),
    ("PLUS", "plus", "regular", "Add; more."),
    ("MINUS", "minus", "regular", "Remove; less."),
    ("FIT", "frame-corners", "regular", "Fit into the view."),
    ("FULL", "arrows-out", "regular", "Use the whole panel."),
    ("ONE_TO_ONE", "number-square-one", "regular", "One sample for one pixel."),
    ("TRANSPOSE", "swap", "regular", "Swap the axes."),
    ("FLIP_H", "flip-horizontal", "regular", "Mirror left and right."),
    ("FLIP_V", "flip-vertical", "regular", "Mirror top and bottom."),
    ("ROTATE", "arrow-arc-right", "regular", "Turn by 90 degrees."),
    ("PALETTE", "palette", "regular", "The colormap."),
    ("HISTOGRAM", "chart-bar", "regular", "The histogram."),
    ("CONTRAST", "circle-half", "regular", "Contrast limits."),
    ("RULER", "ruler", "regular", "Measure: a line profile."),
    ("REGION", "selection", "regular", "A region."),
    ("SIGMA", "sigma", "regular", "Statistics."),
    ("STACK", "slideshow", "regular", "A stack of slices."),
    ("UNDO", "arrow-u-up-left", "regular", "Undo."),
    ("REDO", "arrow-u-up-right", "regular", "Redo."),
    ("CLOCK", "clock", "regular", "A time."),
    ("KEYBOARD", "keyboard", "regular", "Keys."),
    ("COMMAND", "command", "regular", "The command palette."),
    ("EXTERNAL", "arrow-square-out", "regular", "Outside this file; opens elsewhere."),
    ("DOCK_LEFT", "sidebar-simple", "regular", "Show or hide the panel at the side."),
    ("DOCK_BOTTOM", "square-half-bottom", "regular", "Show or hide the panel at the bottom."),
    ("LAYOUT", "layout", "regular", "The arrangement of panels."),
    ("PIN", "push-pin", "regular", "Keep."),
    ("EYE", "eye", "regular", "Show."),
    ("EYE_OFF", "eye-slash", "regular", "Hidden."),
    ("LOCK", "lock-simple", "regular", "Kept at this value; read only."),
    ("TRASH", "trash", "regular", "Forget."),
    ("PENCIL", "pencil-simple", "regular", "Edit."),
    ("HELP", "lifebuoy", "regular", "Help."),
    ("BUG", "bug", "regular", "Damage."),
    ("RESCUE", "first-aid-kit", "regular", "Salvage."),
    ("DOT", "circle", "fill", "A dot: changed, or a shape of the legend."),
    ("CODE", "code", "regular", "Python source."),
    ("DOWNLOAD", "download-simple", "regular", "Drop a file here."),
    ("EMPTY", "selection-all", "regular", "Nothing is selected."),
]


def ranges(text):
    for part in text.split():
        low, _, high = part.partition("-")
        yield from range(int(low, 16), int(high or low, 16) + 1)


def cut(source, out, features, unicodes):
    font = TTFont(source)
    options = subset.Options()
    options.layout_features = features
    options.glyph_names = True
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    sub = subset.Subsetter(options)
    sub.populate(unicodes=unicodes)
    sub.subset(font)
    if "tnum" in features:
        tabular = {}
        for record in font["GSUB"].table.FeatureList.FeatureRecord:
            if record.FeatureTag == "tnum":
                for index in record.Feature.LookupListIndex:
                    for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                        table = getattr(table, "ExtSubTable", table)
                        tabular.update(table.mapping)
        for table in font["cmap"].tables:
            for code, glyph in table.cmap.items():
                if chr(code) in "0123456789":
                    table.cmap[code] = tabular.get(glyph, glyph)
        font.save(out)
        font = TTFont(out)
        options.layout_features = [f for f in features if f != "tnum"]
        sub = subset.Subsetter(options)
        sub.populate(unicodes=unicodes)
        sub.subset(font)
    font["post"].formatType = 3.0
    font.flavor = None
    font.save(out)


def icons(modules, out):
    inter = TTFont(HERE / "Inter-Regular.ttf")
    # on a sixteenth of the em, so that the strokes of an icon of 16 pixels keep to whole pixels
    middle = round(inter["OS/2"].sCapHeight / 2 / inter["head"].unitsPerEm * 16) / 16
    fonts, codes = {}, {}
    for weight in {i[2] for i in ICONS}:
        folder = modules / "@phosphor-icons/web/src" / weight
        suffix = "" if weight == "regular" else "-" + weight.title()
        fonts[weight] = TTFont(folder / f"Phosphor{suffix}.ttf")
        for icon in json.loads((folder / "selection.json").read_text())["icons"]:
            for name in icon["properties"]["name"].split(","):
                codes[weight, name.strip()] = icon["properties"]["code"]
    base = fonts["regular"]
    units = 1024
    order, glyphs, cmap, metrics = [".notdef"], {".notdef": TTGlyphPen(None).glyph()}, {}, {".notdef": (units, 0)}
    for number, (name, phosphor, weight, _) in enumerate(ICONS):
        font = fonts[weight]
        source = codes.get((weight, phosphor)) or codes[weight, f"{phosphor}-{weight}"]
        glyph_set, scale = font.getGlyphSet(), units / font["head"].unitsPerEm
        ascent = font["hhea"].ascent * scale
        pen = TTGlyphPen(None)
        # the em box of an icon ends at the ascent: bring its middle to the middle of the capitals
        shift = middle * units - (ascent - units / 2)
        glyph_set[font.getBestCmap()[source]].draw(TransformPen(pen, (scale, 0, 0, scale, 0, shift)))
        key = name.lower()
        order.append(key)
        glyphs[key] = pen.glyph()
        cmap[0xE900 + number] = key
        metrics[key] = (units, 0)
    from fontTools.fontBuilder import FontBuilder

    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({k: (v[0], getattr(builder.font["glyf"][k], "xMin", 0)) for k, v in metrics.items()})
    top = round((middle + 0.5) * units)
    builder.setupHorizontalHeader(ascent=top, descent=top - units)
    builder.setupNameTable({"familyName": "Picklescope Icons", "styleName": "Regular",
                            "copyright": "Phosphor Icons, Copyright (c) 2020-2021 Phosphor Icons, MIT License"})
    builder.setupOS2(sTypoAscender=top, sTypoDescender=top - units, usWinAscent=top, usWinDescent=units - top)
    builder.setupPost(keepGlyphNames=False)
    builder.font["head"].created = builder.font["head"].modified = base["head"].created
    builder.save(out)
    return top


def rust(path):
    lines = [
        "//! The icons: one named constant each, drawn with the family [`super::fonts::icons`] or inside any other text.",
        "//! Made by `assets/fonts/build.py`; never an emoji, and no drawing beyond [`paint`].",
        "",
        "use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, emath::GuiRounding as _};",
        "",
        "/// Points that an icon measures each way, unless told.",
        "pub const SIZE: f32 = 16.0;",
        "",
        "/// An icon: one character of the icon font.",
        "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]",
        "pub struct Icon(pub &'static str);",
        "",
        "impl Icon {",
        "    /// As text of the size of an icon.",
        "    pub fn text(self) -> egui::RichText {",
        "        egui::RichText::new(self.0).font(FontId::new(SIZE, super::fonts::icons()))",
        "    }",
        "}",
        "",
        "impl std::fmt::Display for Icon {",
        "    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {",
        "        f.write_str(self.0)",
        "    }",
        "}",
        "",
        "/// Draws an icon with its centre at a point, on whole pixels.",
        "pub fn paint_at(painter: &egui::Painter, center: Pos2, size: f32, icon: Icon, color: Color32) -> Rect {",
        "    let corner = center - egui::Vec2::splat(size * 0.5);",
        "    let corner = corner.round_to_pixels(painter.pixels_per_point());",
        "    painter.text(corner, Align2::LEFT_TOP, icon.0, FontId::new(size, super::fonts::icons()), color)",
        "}",
        "",
        "/// Draws an icon of the usual size in the middle of a rectangle.",
        "pub fn paint(painter: &egui::Painter, rect: Rect, icon: Icon, color: Color32) -> Rect {",
        "    paint_at(painter, rect.center(), SIZE, icon, color)",
        "}",
        "",
    ]
    for number, (name, _, _, doc) in enumerate(ICONS):
        lines.append(f"/// {doc}")
        lines.append(f'pub const {name}: Icon = Icon("\\u{{{0xE900 + number:x}}}");')
    lines += ["", "/// All of them, with their names.", "pub const ALL: &[(&str, Icon)] = &["]
    lines += [f'    ("{name.lower()}", {name}),' for name, *_ in ICONS]
    lines += ["];", ""]
    path.write_text("\n".join(lines))


def main():
    modules = pathlib.Path(sys.argv[1])
    text = list(ranges(TEXT))
    for weight in ("Regular", "SemiBold"):
        features = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum"]
        cut(modules / f"inter-ui/web/Inter-{weight}.woff2", HERE / f"Inter-{weight}.ttf", features, text)
    mono = modules / "jetbrains-mono/fonts/webfonts/JetBrainsMonoNL-Regular.woff2"
    cut(mono, HERE / "JetBrainsMono-Regular.ttf", ["mark", "mkmk", "ccmp"], text)
    hack = modules / "hack-font/build/ttf/Hack-Regular.ttf"
    cut(hack, HERE / "Hack-Regular.ttf", ["mark", "mkmk", "ccmp"], sorted(TTFont(hack).getBestCmap()))
    icons(modules, HERE / "Icons.ttf")
    rust(HERE.parent.parent / "src/ui/icons.rs")


if __name__ == "__main__":
    main()
