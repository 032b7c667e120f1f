#!/usr/bin/env bash
# Builds picklescope.app, universal (Apple silicon and Intel), and a disk image of it. To be run on macOS, with Xcode's command
# line tools and both Rust targets:  rustup target add aarch64-apple-darwin x86_64-apple-darwin
#   packaging/macos/bundle.sh [--plists-only DEST]
# Two bundles, one in the other: the outer takes the files from the Finder (open.applescript), the inner is the program. Commands
# are given to picklescope.app/Contents/Resources/picklescope.app/Contents/MacOS/picklescope, to which a link on PATH will do.
# SIGN_IDENTITY: a Developer ID to sign with; without it the bundle is signed ad hoc, and Gatekeeper asks on other machines.
# NOTARY_PROFILE: a profile of `xcrun notarytool store-credentials`; with it the image is notarised and stapled.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
plist() { sed "s/@VERSION@/$version/g" "packaging/macos/$1.plist.in" >"$2"; } # NAME DEST
if [ "${1:-}" = --plists-only ]; then
    mkdir -p "$2"
    for p in Info Window; do plist $p "$2/$p.plist"; done
    exit
fi

target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
out=$target/packages
app=$target/picklescope.app
rm -rf "$app"
mkdir -p "$out"
osacompile -o "$app" packaging/macos/open.applescript
inner=$app/Contents/Resources/picklescope.app
mkdir -p "$inner/Contents/MacOS" "$inner/Contents/Resources"

export MACOSX_DEPLOYMENT_TARGET=11.0
for t in aarch64-apple-darwin x86_64-apple-darwin; do cargo build --release --bin picklescope --target $t; done
lipo -create -output "$inner/Contents/MacOS/picklescope" \
    "$target/aarch64-apple-darwin/release/picklescope" "$target/x86_64-apple-darwin/release/picklescope"

plist Window "$inner/Contents/Info.plist"
printf 'APPL????' >"$inner/Contents/PkgInfo"
# ours over the applet's own, whose executable it names
plist Info "$target/Info.plist"
python3 - "$app/Contents/Info.plist" "$target/Info.plist" <<'PY'
import plistlib, sys
with open(sys.argv[1], "rb") as theirs, open(sys.argv[2], "rb") as ours:
    both = {**plistlib.load(theirs), **plistlib.load(ours)}
both.pop("CFBundleIconName", None)  # a picture in the applet's own catalogue would win over our icon
with open(sys.argv[1], "wb") as out:
    plistlib.dump(both, out)
PY
plutil -lint "$app/Contents/Info.plist" "$inner/Contents/Info.plist"

# icons: the sizes that iconutil wants, each at 1x and 2x
for kind in app document; do
    set_dir=$target/$kind.iconset
    rm -rf "$set_dir"
    mkdir -p "$set_dir"
    for size in 16 32 128 256 512; do
        cp "assets/icons/$kind-$size.png" "$set_dir/icon_${size}x$size.png"
        double=$((size * 2))
        if [ -e "assets/icons/$kind-$double.png" ]; then cp "assets/icons/$kind-$double.png" "$set_dir/icon_${size}x$size@2x.png"; fi
    done
    name=$kind
    [ $kind = document ] || name=picklescope
    iconutil --convert icns --output "$app/Contents/Resources/$name.icns" "$set_dir"
done
cp "$app/Contents/Resources/picklescope.icns" "$inner/Contents/Resources/"
cp LICENSE-MIT LICENSE-APACHE "$app/Contents/Resources/"
python3 packaging/licences.py --target aarch64-apple-darwin >"$app/Contents/Resources/THIRD-PARTY.md"

for bundle in "$inner" "$app"; do codesign --force --options runtime --sign "${SIGN_IDENTITY:--}" "$bundle"; done
codesign --verify --strict --deep "$app"

# the disk image: the application beside a link to where it goes
image=$target/dmg
rm -rf "$image"
mkdir -p "$image"
cp -R "$app" "$image/"
ln -s /Applications "$image/Applications"
dmg=$out/picklescope-$version-macos.dmg
hdiutil create -volname picklescope -srcfolder "$image" -ov -format UDZO "$dmg"
if [ -n "${SIGN_IDENTITY:-}" ]; then codesign --sign "$SIGN_IDENTITY" "$dmg"; fi
if [ -n "${NOTARY_PROFILE:-}" ]; then
    xcrun notarytool submit "$dmg" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$dmg"
fi
echo "$dmg"
