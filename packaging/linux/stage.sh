#!/usr/bin/env bash
# Lays out everything that is installed on Linux, as under a prefix: bin/ and share/. The one place where a file is given its
# place: .deb, .rpm, tarball, AppImage and Flatpak all take this tree.
# Usage: stage.sh BINARY DEST     (DEST is emptied first)
# PICTURES_URL: where docs/pictures/ is published; without it the metainfo has no screenshots.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
binary=$(realpath "$1")
dest=$2
id=io.github.picklescope.picklescope
here=$root/packaging/linux
put() { install -D -m "${3:-644}" "$1" "$dest/$2"; }

rm -rf "$dest"
put "$binary" bin/picklescope 755
put "$here/$id.desktop" "share/applications/$id.desktop"
put "$here/$id.xml" "share/mime/packages/$id.xml"
put "$here/picklescope.thumbnailer" share/thumbnailers/picklescope.thumbnailer

# metainfo: version and date
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -1)
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
mkdir -p "$dest/share/metainfo"
sed -e '1,/-->/{/<?xml/!d}' -e "s/@VERSION@/$version/; s/@DATE@/$(date -u -d "@$epoch" +%F)/" \
    -e "$(if [ -n "${PICTURES_URL:-}" ]; then echo "s|@PICTURES@|${PICTURES_URL%/}|"
          else echo '/<!-- screenshots -->/,/<!-- \/screenshots -->/d'; fi)" \
    "$here/$id.metainfo.xml" >"$dest/share/metainfo/$id.metainfo.xml"

# icons: of the application, and of the documents
icons=share/icons/hicolor
for size in 16 22 24 32 48 64 96 128 256 512; do
    put "$root/assets/icons/app-$size.png" "$icons/${size}x$size/apps/$id.png"
    put "$root/assets/icons/document-$size.png" "$icons/${size}x$size/mimetypes/application-x-python-pickle.png"
done
put "$root/assets/icon.svg" "$icons/scalable/apps/$id.svg"
put "$root/assets/document.svg" "$icons/scalable/mimetypes/application-x-python-pickle.svg"

# the manual and the completions, from the definition of the commands
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$binary" manual --dir "$made"
for page in "$made"/*.1; do put "$page" "share/man/man1/$(basename "$page")"; done
put "$made/picklescope.bash" share/bash-completion/completions/picklescope
put "$made/_picklescope" share/zsh/site-functions/_picklescope
put "$made/picklescope.fish" share/fish/vendor_completions.d/picklescope.fish

# documents and samples
doc=share/doc/picklescope
for f in README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE; do put "$root/$f" "$doc/$f"; done
python3 "$root/packaging/licences.py" >"$dest/$doc/THIRD-PARTY.md"
for f in "$root"/assets/fonts/LICENSE-*.txt; do put "$f" "$doc/fonts/$(basename "$f")"; done
