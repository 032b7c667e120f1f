#!/usr/bin/env bash
# Builds what is handed out for Linux: a .deb, an .rpm and a tarball with an installer, and an AppImage where its tool is at hand.
#   packaging/build.sh [deb] [rpm] [tar] [appimage]      nothing named: deb rpm tar
# The packages land in packages/ of cargo's target directory. cargo-deb and cargo-generate-rpm are built there too (tools/),
# from crates.io, if they are not installed. NO_BUILD=1 takes the release binary that is there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
what=("$@")
[ ${#what[@]} -gt 0 ] || what=(deb rpm tar)

target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
machine=$(uname -m)
out=$target/packages
mkdir -p "$out"

if [ -z "${NO_BUILD:-}" ]; then cargo build --release --bin picklescope; fi
binary=$target/release/picklescope
[ -x "$binary" ] || { echo "build.sh: no $binary" >&2; exit 1; }

# the manifests name target/release, which both tools put where cargo's target directory is
stage=$target/release/stage
packaging/linux/stage.sh "$binary" "$stage"

# a cargo command of its own, built once, outside of the source tree's dependencies
tool() { # NAME VERSION
    if command -v "$1" >/dev/null 2>&1; then command -v "$1"; return; fi
    if [ ! -x "$target/tools/bin/$1" ]; then cargo install --quiet --locked --root "$target/tools" "$1@$2" >&2; fi
    echo "$target/tools/bin/$1"
}

tarball() {
    local name=picklescope-$version-$machine-linux
    rm -rf "${target:?}/$name"
    mkdir -p "$target/$name"
    cp -a "$stage/." "$target/$name/"
    install -m 755 packaging/linux/install.sh "$target/$name/install.sh"
    tar -C "$target" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" \
        -czf "$out/$name.tar.gz" "$name"
    rm -rf "${target:?}/$name"
    echo "$out/$name.tar.gz"
}

for w in "${what[@]}"; do
    case $w in
        deb)
            # Debian's zsh looks elsewhere for what packages bring
            mkdir -p "$stage/share/zsh/vendor-completions"
            mv "$stage/share/zsh/site-functions/_picklescope" "$stage/share/zsh/vendor-completions/"
            "$(tool cargo-deb 3.8.0)" deb --no-build --no-strip --output "$out/"
            mv "$stage/share/zsh/vendor-completions/_picklescope" "$stage/share/zsh/site-functions/"
            rmdir "$stage/share/zsh/vendor-completions"
            ;;
        rpm) "$(tool cargo-generate-rpm 0.21.0)" generate-rpm --target-dir "$target" --output "$out/" ;;
        tar) tarball ;;
        appimage) packaging/linux/appimage.sh "$stage" "$out/picklescope-$version-$machine.AppImage" ;;
        *) echo "build.sh: what is $w? (deb rpm tar appimage)" >&2; exit 2 ;;
    esac
done
