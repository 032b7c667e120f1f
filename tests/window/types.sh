#!/usr/bin/env bash
# Which type the desktop gives to real files: by name, by first bytes, and where names are shared with others.
# Usage: types.sh [SHARE]   SHARE: a directory with mime/packages/*.xml in it; without it the file of the source tree is tried.
# Needs: update-mime-database, gio, python3 (standard library alone). Nothing outside a temporary directory is written.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

export XDG_DATA_HOME=$tmp/home
mkdir -p "$XDG_DATA_HOME" "$tmp/share/mime/packages" "$tmp/files"
if [ $# -ge 1 ]; then cp "$1"/mime/packages/*.xml "$tmp/share/mime/packages/"
else cp "$root"/packaging/linux/*.picklescope.xml "$tmp/share/mime/packages/"; fi
cp /usr/share/mime/packages/freedesktop.org.xml "$tmp/share/mime/packages/"
export XDG_DATA_DIRS=$tmp/share
PKGSYSTEM_ENABLE_FSYNC=0 update-mime-database "$tmp/share/mime" 2>"$tmp/said" || { cat "$tmp/said"; exit 1; }
if [ -s "$tmp/said" ]; then cat "$tmp/said"; exit 1; fi

python3 - "$tmp/files" >"$tmp/expected" <<'PY'
import bz2, gzip, io, lzma, os, pickle, struct, sys, zipfile, zlib
os.chdir(sys.argv[1])
P = "application/x-python-pickle"
def put(name, data, kind):
    with open(name, "wb") as f: f.write(data)
    print(f"{name}\t{kind}")
class Thing: pass
thing = Thing(); thing.a = [1.5, "x", None]
values = {"dict": {"a": 1}, "list": [1, 2, 3], "tuple": (1, 2), "text": "a text that is longer", "float": 1.5, "int": 300,
          "none": None, "true": True, "small": 1, "emptylist": [], "emptydict": {}, "emptytuple": (), "object": thing,
          "set": {1, 2}, "long": 1 << 80}
for p in range(2, 6):
    for k, v in values.items():
        data = pickle.dumps(v, p)
        put(f"bare-{k}-{p}", data, P)              # no ending at all: magic alone
        put(f"{k}-{p}.p", data, P)                 # Pascal's ending: the bytes decide
for k in ("dict", "list", "object"):
    put(f"bare-{k}-0", pickle.dumps(values[k], 0), P)
    put(f"{k}-0.p", pickle.dumps(values[k], 0), P)
for k in ("dict", "list"):
    put(f"bare-{k}-1", pickle.dumps(values[k], 1), P)
    put(f"{k}-1.p", pickle.dumps(values[k], 1), P)
data = pickle.dumps({"a": list(range(100))}, 4)
for e in ("pkl", "pickle", "pck", "pcl", "pkl4", "PKL"): put("named." + e, data, P)
# damaged, empty or compressed inside: the name still says it
put("cut.pkl", data[:20], P); put("junk.pkl", b"\x00\x01\x02junk", P); put("inside.pkl", zlib.compress(data), P)
put("prog.p", b"program Hello;\nbegin\n  writeln('hello');\nend.\n", "text/x-pascal")
put("print.pcl", b"\x1bE\x1b&l0O\x1b*t300R hello", "application/vnd.hp-pcl")
put("d.pkl.gz", gzip.compress(data), P + "+gzip"); put("d.p.gz", gzip.compress(data), P + "+gzip"); put("d.pklz", gzip.compress(data), P + "+gzip")
put("d.pickle.bz2", bz2.compress(data), P + "+bzip2"); put("d.pkl.xz", lzma.compress(data), P + "+xz")
put("d.pkl.lzma", lzma.compress(data, lzma.FORMAT_ALONE), P + "+lzma"); put("d.pkl.z", zlib.compress(data), P + "+zlib")
put("d.pkl.zst", b"\x28\xb5\x2f\xfd\x04\x00", P + "+zstd"); put("d.pkl.lz4", b"\x04\x22\x4d\x18", P + "+lz4")
put("other.gz", gzip.compress(b"text"), "application/gzip"); put("other.tar.gz", gzip.compress(b"text"), "application/x-compressed-tar")
def archive(names):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w") as z:
        for n in names: z.writestr(n, data)
    return b.getvalue()
put("d.pkl.zip", archive(["d.pkl"]), P + "+zip"); put("other.zip", archive(["a.txt"]), "application/zip")
torch = archive(["archive/data.pkl", "archive/version"])
old = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e" + pickle.dumps(1001, 2)
for n in ("net.pt", "net.pth", "net-bare"): put(n, torch, "application/x-pytorch"); put("old-" + n, old, "application/x-pytorch")
put("site.pth", b"/usr/lib/python3/extra\nimport site\n", "text/x-python-path")
put("model.joblib", data, "application/x-joblib")
npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\n" + b"\0" * 8
put("a.npy", npy, "application/x-npy"); put("bare-npy", npy, "application/x-npy")
put("a.npz", archive(["a.npy"]), "application/x-npz"); put("bare-npz", archive(["a.npy"]), "application/x-npz")
# what must stay what it is
put("note.txt", b"(dear reader, this is text)\n", "text/plain"); put("bare-text", b"cats and dogs\n", "text/plain")
PY

bad=0 n=0
while IFS=$'\t' read -r name want; do
    got=$(gio info -a standard::content-type "$tmp/files/$name" | sed -n 's/.*standard::content-type: //p')
    n=$((n + 1))
    [ "$got" = "$want" ] || { echo "types: $name is $got, not $want"; bad=$((bad + 1)); }
done <"$tmp/expected"
echo "types: $n files, $bad wrong"
[ $bad = 0 ]
