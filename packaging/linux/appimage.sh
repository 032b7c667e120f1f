#!/usr/bin/env bash
# Makes an AppImage of a staged tree: one file that runs on any desktop without being installed.
# Usage: appimage.sh STAGE OUT.AppImage       (packaging/build.sh appimage stages and calls this)
#        appimage.sh --appdir STAGE DIR       the tree that goes into it, alone
# Needs appimagetool on PATH; or mksquashfs (squashfs-tools), and in APPIMAGE_RUNTIME the file runtime-x86_64 of the AppImage
# project's type2-runtime, which is the start of every AppImage.
set -euo pipefail
id=io.github.picklescope.picklescope

appdir() { # STAGE DIR
    rm -rf "$2"
    mkdir -p "$2/usr"
    cp -a "$1/." "$2/usr/"
    # the three things that an AppImage has at its top: what runs, its menu entry, its icon
    ln -s usr/bin/picklescope "$2/AppRun"
    ln -s "usr/share/applications/$id.desktop" "$2/$id.desktop"
    ln -s "usr/share/icons/hicolor/256x256/apps/$id.png" "$2/$id.png"
    ln -s "$id.png" "$2/.DirIcon"
    # appimagetool asks for this name
    ln -s "$id.metainfo.xml" "$2/usr/share/metainfo/$id.appdata.xml"
}

if [ "${1:-}" = --appdir ]; then
    appdir "$2" "$3"
    exit
fi
[ $# = 2 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
out=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
appdir "$1" "$dir/AppDir"
if command -v appimagetool >/dev/null 2>&1; then
    ARCH=$(uname -m) APPIMAGE_EXTRACT_AND_RUN=1 appimagetool --no-appstream "$dir/AppDir" "$out"
elif [ -n "${APPIMAGE_RUNTIME:-}" ] && command -v mksquashfs >/dev/null 2>&1; then
    [ "$(head -c 4 "$APPIMAGE_RUNTIME" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || { echo "appimage.sh: $APPIMAGE_RUNTIME is no program" >&2; exit 1; }
    mksquashfs "$dir/AppDir" "$dir/squashfs" -root-owned -noappend -comp gzip -quiet \
        -mkfs-time "${SOURCE_DATE_EPOCH:-$(date +%s)}" >/dev/null
    cat "$APPIMAGE_RUNTIME" "$dir/squashfs" >"$out"
    chmod 755 "$out"
else
    echo "appimage.sh: neither appimagetool, nor mksquashfs and APPIMAGE_RUNTIME; see the top of $0" >&2
    exit 1
fi
echo "$out"
