#!/usr/bin/env python3
"""Writes the licences of all that is compiled into picklescope: a table of the crates, then each licence text once.

    packaging/licences.py [--target TRIPLE] [--check] > THIRD-PARTY.md

Read from the sources that cargo has fetched, so that nothing is copied by hand. --check only says whether each crate's
licence is among those that may be passed on with picklescope, and has a text.
"""
import argparse, hashlib, json, os, pathlib, re, subprocess, sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Licences that ask for no more than their text and the copyright lines. MPL-2.0 asks besides that its files stay open: they do.
GOOD = {"MIT", "MIT-0", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "0BSD", "BSL-1.0", "CC0-1.0",
        "Unlicense", "Unicode-3.0", "Unicode-DFS-2016", "MPL-2.0", "OFL-1.1", "Ubuntu-font-1.0", "bzip2-1.0.6", "NCSA",
        "Apache-2.0 WITH LLVM-exception"}


def cargo(*args):
    return subprocess.run(["cargo", *args, "--locked"], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def crates(target):
    """What is linked in: neither the needs of build scripts, macros and tests, nor features that are off."""
    tree = cargo("tree", "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--format", "{p}")
    linked = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    packages = json.loads(cargo("metadata", "--format-version", "1", "--filter-platform", target))["packages"]
    return sorted((p for p in packages if (p["name"], "v" + p["version"]) in linked and p["name"] != "picklescope"),
                  key=lambda p: (p["name"], p["version"]))


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    names = sorted(n for n in os.listdir(folder) if re.match(r"(?i)(licen[cs]e|copying|unlicense|notice|copyright)", n))
    found = [folder / n for n in names if (folder / n).is_file()]
    if package.get("license_file"):
        found.append(folder / package["license_file"])
    if found:
        return [p.read_text("utf-8", "replace").strip() for p in dict.fromkeys(found)]
    words = set(re.split(r"[ /()]+", package["license"] or ""))
    if "MIT" in words:  # the words are the same for all, the holders are not
        mit = (ROOT / "LICENSE-MIT").read_text()
        holders = ", ".join(re.sub(r" *<.*?>", "", a) for a in package["authors"]) or f"the developers of {package['name']}"
        return [f"Copyright (c) {holders}\n\n" + mit[mit.index("Permission is hereby"):].strip()]
    if "Apache-2.0" in words:
        return [(ROOT / "LICENSE-APACHE").read_text().strip()]
    if "BSL-1.0" in words:
        return ["Boost Software License 1.0, which asks for no text beside programs."]
    sys.exit(f"{package['name']}: no text of {package['license']}")


def acceptable(expression):
    """Whether an SPDX expression can be met by licences of GOOD: OR needs one side, AND both."""
    words = re.findall(r"\(|\)|\bAND\b|\bOR\b|/|[A-Za-z0-9.\-+]+(?: WITH [A-Za-z0-9.\-]+)?", expression)
    python = " ".join({"AND": "and", "OR": "or", "/": "or"}.get(w, w if w in "()" else str(w in GOOD)) for w in words)
    return bool(words) and bool(eval(python, {"__builtins__": {}}))  # of the words True, False, and, or, ( and ) alone


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="x86_64-unknown-linux-gnu")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    packages = crates(args.target)
    bad = [f"{p['name']} {p['version']}: {p['license']}" for p in packages if not acceptable(p["license"] or "")]
    if bad:
        sys.exit("not to be passed on:\n  " + "\n  ".join(bad))
    if args.check:
        print(f"{len(packages)} crates, {sum(len(texts(p)) for p in packages)} texts, all may be passed on")
        return
    print("# What picklescope is made of\n")
    print("picklescope itself is MIT OR Apache-2.0. Compiled into it are these crates, and the fonts under `assets/fonts`, whose")
    print("licences lie beside them.\n")
    print("| crate | version | licence |\n| --- | --- | --- |")
    for p in packages:
        print(f"| {p['name']} | {p['version']} | {p['license']} |")
    by_text = {}
    for p in packages:
        for text in texts(p):
            key = hashlib.sha256(re.sub(r"\s+", " ", text).encode()).hexdigest()
            by_text.setdefault(key, (text, []))[1].append(f"{p['name']} {p['version']}")
    for text, names in sorted(by_text.values(), key=lambda t: (-len(t[1]), t[1])):
        print(f"\n## {', '.join(dict.fromkeys(names))}\n")
        print("\n".join("    " + line if line else "" for line in text.splitlines()))


main()
