#!/usr/bin/env python3
"""Whether the recipes for all systems are sound and say the same: property lists, installer, menu entry, types of files, version.

    packaging/check.py          needs Python alone; compiles nothing. Exit status 1 with a line for each thing that is wrong.
"""
import pathlib, plistlib, re, subprocess, sys, tempfile
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = "io.github.picklescope.picklescope"
LINUX = ROOT / "packaging/linux"
wrong = []


def check(good, text):
    if not good:
        wrong.append(text)


def same(what, a, b):
    for name in sorted(set(a) ^ set(b)):
        wrong.append(f"{what}: {name} is in one alone")


def entries(path):
    return dict(line.split("=", 1) for line in reversed(path.read_text().splitlines()) if "=" in line)


def types(text):
    return {t for t in text.split(";") if t}


cargo = (ROOT / "Cargo.toml").read_text()
version = re.search(r'(?m)^version = "(.*)"', cargo)[1]

# the version stands in Cargo.toml alone
check(re.fullmatch(r"\d+\.\d+\.\d+", version), f"an installer wants three numbers, not {version}")
for path in sorted((ROOT / "packaging").rglob("*")):
    if path.is_file() and path.suffix != ".pyc":
        text = path.read_text()
        check(not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", text), f"{path.relative_to(ROOT)} names the version {version} itself")

# Linux: menu entry, thumbnailer, store entry and types of files say the same
mime = {"m": "http://www.freedesktop.org/standards/shared-mime-info"}
declared, endings = set(), set()
for kind in ET.parse(LINUX / f"{ID}.xml").getroot().iterfind("m:mime-type", mime):
    declared.add(kind.get("type"))
    endings |= {g.get("pattern").removeprefix("*.") for g in kind.iterfind("m:glob", mime)}
menu = entries(LINUX / f"{ID}.desktop")
claimed = types(menu["MimeType"])
check(claimed <= declared, f"the menu entry names types that are not declared: {claimed - declared}")
same("types of menu entry and thumbnailer", claimed, types(entries(LINUX / "picklescope.thumbnailer")["MimeType"]))
store = ET.parse(LINUX / f"{ID}.metainfo.xml").getroot()
same("types of menu entry and metainfo", claimed, {e.text for e in store.iterfind("provides/mediatype")})
check(store.findtext("id") == ID and store.findtext("launchable") == f"{ID}.desktop", "the metainfo is another program's")
check(menu["Icon"] == ID and menu["StartupWMClass"] == ID, "icon or window class of the menu entry is another program's")
app_id = re.search(r'APP_ID: &str = "(.*)"', (ROOT / "src/ui/window/mod.rs").read_text())
check(app_id and app_id[1] == ID, "the window goes by another name than the menu entry")

# Flatpak
manifest = (LINUX / f"{ID}.yml").read_text()
for line in (f"id: {ID}", "command: picklescope", "runtime: org.freedesktop.Platform", "  - --socket=wayland", "  - --socket=fallback-x11"):
    check(re.search(f"(?m)^{re.escape(line)}$", manifest), f"the Flatpak manifest lacks: {line}")
check("\t" not in manifest, "the Flatpak manifest holds tabs")

# macOS
SYSTEM = re.compile(r"public\.|com\.apple\.|org\.gnu\.gnu-zip-archive|org\.tukaani\.|com\.facebook\.zstandard-archive")
STRINGS = ("CFBundleIdentifier", "CFBundleName", "CFBundlePackageType", "CFBundleShortVersionString", "CFBundleVersion", "CFBundleIconFile",
           "CFBundleInfoDictionaryVersion", "LSMinimumSystemVersion", "LSApplicationCategoryType")
with tempfile.TemporaryDirectory() as folder:
    subprocess.run(["bash", ROOT / "packaging/macos/bundle.sh", "--plists-only", folder], check=True)
    outer, inner = (plistlib.loads((pathlib.Path(folder) / f"{n}.plist").read_bytes()) for n in ("Info", "Window"))
for name, p in (("outer", outer), ("inner", inner)):
    for key in STRINGS:
        check(isinstance(p.get(key), str) and p[key], f"{name} bundle: {key} is no text")
    check(p.get("CFBundleVersion") == p.get("CFBundleShortVersionString") == version, f"{name} bundle: not of version {version}")
    check(p.get("CFBundlePackageType") == "APPL", f"{name} bundle: not an application")
    check(re.fullmatch(r"[A-Za-z0-9.-]+", p.get("CFBundleIdentifier", "")), f"{name} bundle: identifier")
check(outer["CFBundleIdentifier"] == ID and inner["CFBundleIdentifier"] == f"{ID}.window", "the bundles are other programs'")
check(inner.get("CFBundleExecutable") == "picklescope" and "CFBundleExecutable" not in outer, "executables of the bundles")
check(outer.get("LSUIElement") is True and "LSUIElement" not in inner, "one of the two bundles belongs into the Dock")
check("CFBundleDocumentTypes" not in inner, "the inner bundle hears of no files, so it may not claim any")
utis, tags = {}, set()
for u in outer["UTImportedTypeDeclarations"]:
    name = u["UTTypeIdentifier"]
    check(name not in utis and not SYSTEM.match(name), f"type {name} is declared twice, or the system's")
    check(u["UTTypeDescription"] and isinstance(u["UTTypeConformsTo"], list), f"type {name} lacks a description or what it conforms to")
    utis[name] = u["UTTypeTagSpecification"]["public.filename-extension"]
    check(all(isinstance(e, str) and not e.startswith(".") for e in utis[name]), f"type {name}: endings stand without a dot")
    check(not tags & set(utis[name]), f"type {name} shares an ending with another")
    tags |= set(utis[name])
shown = set()
for d in outer["CFBundleDocumentTypes"]:
    check(d.get("CFBundleTypeRole") == "Viewer" and d.get("LSHandlerRank") in ("Default", "Alternate"), f"document type {d.get('CFBundleTypeName')}")
    for t in d["LSItemContentTypes"]:
        check(t in utis or SYSTEM.match(t), f"document type {t} is declared nowhere")
    shown |= set(d["LSItemContentTypes"])
check(set(utis) <= shown, f"declared, and opened by nobody: {set(utis) - shown}")
script = (ROOT / "packaging/macos/open.applescript").read_text()
for part in ("on run", "on open theFiles", 'path to resource "picklescope.app"', "quoted form of POSIX path of aFile"):
    check(part in script, f"open.applescript lacks: {part}")

# Windows
wix = {"w": "http://schemas.microsoft.com/wix/2006/wi"}
installer = ET.parse(ROOT / "packaging/windows/main.wxs").getroot()
ids = [e.get("Id") for e in installer.iter() if e.get("Id") not in (None, "*") and not e.tag.endswith(("Ref", "Property", "RemoveFolder"))]
check(len(ids) == len(set(ids)), "an Id stands twice in main.wxs")
components = {c.get("Id"): c.get("Guid") for c in installer.iter(f"{{{wix['w']}}}Component")}
check(len(set(components.values())) == len(components), "two components have one Guid")
same("components and features of main.wxs", components, {c.get("Id") for c in installer.iter(f"{{{wix['w']}}}ComponentRef")})
for c in installer.iter(f"{{{wix['w']}}}Component"):
    keys = [e for e in c if e.get("KeyPath") == "yes"]
    check(len(keys) == 1 and keys[0].get("Root") == "HKCU", f"component {c.get('Id')}: its key path is not one of the user's registry")
values = [(e.get("Root"), e.get("Key"), e.get("Name"), e.get("Value")) for e in installer.iter(f"{{{wix['w']}}}RegistryValue")]
check(all(v[0] == "HKCU" for v in values), "main.wxs writes beside the user's own registry")
opened = {v[1].split("\\")[2][1:]: v[2] for v in values if v[1].endswith("\\OpenWithProgids")}
programs = {v[1].split("\\")[2] for v in values if v[1].endswith("\\shell\\open\\command") and v[3] == '"[INSTALLDIR]picklescopew.exe" "%1"'}
for ending, program in opened.items():
    check(program in programs, f"{program} of .{ending} opens nothing")
same("endings of OpenWithProgids and of Capabilities", opened, {v[2][1:] for v in values if v[1].endswith("FileAssociations")})

# the endings that count are everywhere
for ending in "pkl pickle pck pcl p pklz joblib npy npz pt pth".split():
    for where, has in (("Linux", endings), ("macOS", tags), ("Windows", opened)):
        # `.p` and `.pth` are others' on Linux, where the first bytes decide
        check(ending in has or where == "Linux" and ending in ("p", "pth"), f".{ending} is not known on {where}")

print("\n".join(f"packaging: {w}" for w in wrong) or f"packaging: the recipes are sound; version {version}, {len(declared)} types, {len(tags)} endings")
sys.exit(bool(wrong))
