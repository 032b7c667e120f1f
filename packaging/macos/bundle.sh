#!/usr/bin/env bash
# Builds picklescope.app, universal (Apple silicon and Intel), and a disk image of it. To be run on macOS, with Xcode's command
# line tools and both Rust targets:  rustup target add aarch64-apple-darwin x86_64-apple-darwin
#   packaging/macos/bundle.sh [--plist-only DEST]
# SIGN_IDENTITY: a Developer ID to sign with; without it the bundle is signed ad hoc, and Gatekeeper asks on other machines.
# NOTARY_PROFILE: a profile of `xcrun notarytool store-credentials`; with it the image is notarised and stapled.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
plist() { sed "s/@VERSION@/$version/g" packaging/macos/Info.plist.in >"$1"; }
if [ "${1:-}" = --plist-only ]; then
    plist "$2"
    exit
fi

target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
out=$target/packages
app=$target/picklescope.app
rm -rf "$app"
mkdir -p "$out" "$app/Contents/MacOS" "$app/Contents/Resources"

export MACOSX_DEPLOYMENT_TARGET=11.0
for t in aarch64-apple-darwin x86_64-apple-darwin; do cargo build --release --bin picklescope --target $t; done
lipo -create -output "$app/Contents/MacOS/picklescope" \
    "$target/aarch64-apple-darwin/release/picklescope" "$target/x86_64-apple-darwin/release/picklescope"

plist "$app/Contents/Info.plist"
plutil -lint "$app/Contents/Info.plist"
printf 'APPL????' >"$app/Contents/PkgInfo"

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
cp LICENSE-MIT LICENSE-APACHE "$app/Contents/Resources/"
python3 packaging/licences.py --target aarch64-apple-darwin >"$app/Contents/Resources/THIRD-PARTY.md"

codesign --force --options runtime --sign "${SIGN_IDENTITY:--}" "$app"
codesign --verify --strict "$app"

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
