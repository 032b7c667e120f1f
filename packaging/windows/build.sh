#!/usr/bin/env bash
# Builds picklescope-VERSION-x86_64.msi: both programs, the types of files, a place in the menu.
#   packaging/windows/build.sh [--check]
# On Windows, in Git Bash:  Rust (MSVC), and the WiX 3 toolset (candle and light on PATH, or under %WIX%).
# On Debian:                rustup target add x86_64-pc-windows-gnu; apt install gcc-mingw-w64-x86-64-win32 wixl msitools
# --check: makes the installer around empty programs, and looks whether it holds what it should; nothing is compiled.
# BIN: a folder with picklescope.exe and picklescopew.exe that are built already.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
target=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/; s|\\\\|/|g')
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
name=picklescope-$version-x86_64.msi

bin=${BIN:-}
if [ "${1:-}" = --check ]; then
    bin=$tmp/bin
    mkdir "$bin"
    printf 'MZ' >"$bin/picklescope.exe"
    printf 'MZ' >"$bin/picklescopew.exe"
    out=$tmp
elif [ -n "$bin" ]; then
    bin=$(cd "$bin" && pwd)
    out=$target/packages
else
    case $(uname -s) in
        MINGW* | MSYS* | CYGWIN*) triple=x86_64-pc-windows-msvc ;;
        *) triple=x86_64-pc-windows-gnu ;;
    esac
    cargo build --release --target $triple --features picklescopew --bin picklescope --bin picklescopew
    bin=$target/$triple/release
    out=$target/packages
fi
mkdir -p "$out" "$tmp/licences"
cp LICENSE-MIT LICENSE-APACHE "$tmp/licences/"
if [ "${1:-}" = --check ]; then echo none >"$tmp/licences/THIRD-PARTY.md"
else python3 packaging/licences.py --target ${triple:-x86_64-pc-windows-gnu} >"$tmp/licences/THIRD-PARTY.md"; fi

if command -v wixl >/dev/null 2>&1; then
    # wixl takes paths below where it runs, and knows no Environment element: the table is put in afterwards
    mkdir "$tmp/in"
    cp "$bin"/picklescope.exe "$bin"/picklescopew.exe "$tmp/in/"
    cp -r assets "$tmp/assets"
    (cd "$tmp" && wixl --arch x64 -D NoPath=1 -D "Version=$version" -D Platform=x64 -D CargoTargetBinDir=in -D Assets=assets -D Licences=licences \
        -o installer.msi "$root/packaging/windows/main.wxs" 2>said) || { cat "$tmp/said" >&2; exit 1; }
    msibuild "$tmp/installer.msi" \
        -q 'CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)' \
        -q "INSERT INTO \`Environment\` (\`Environment\`, \`Name\`, \`Value\`, \`Component_\`) VALUES ('Path', '=-PATH', '[~];[INSTALLDIR]', 'Commands')" \
        -q "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Sequence\`) VALUES ('RemoveEnvironmentStrings', 3300)" \
        -q "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Sequence\`) VALUES ('WriteEnvironmentStrings', 5200)"
    mv "$tmp/installer.msi" "$out/$name"
else
    wix=${WIX:+$(cygpath -u "$WIX")/bin/}
    "${wix}candle" -nologo -arch x64 "-dVersion=$version" -dPlatform=x64 "-dCargoTargetBinDir=$(cygpath -m "$bin")" \
        "-dAssets=$(cygpath -m "$root/assets")" "-dLicences=$(cygpath -m "$tmp/licences")" -out "$(cygpath -m "$tmp/main.wixobj")" packaging/windows/main.wxs
    "${wix}light" -nologo -spdb -out "$(cygpath -m "$out/$name")" "$(cygpath -m "$tmp/main.wixobj")"
fi

if [ "${1:-}" = --check ]; then
    command -v msiinfo >/dev/null 2>&1 || { echo "build.sh: no msiinfo to check with" >&2; exit 1; }
    missing=0
    want() { # TABLE TEXT
        [ -e "$tmp/$1" ] || msiinfo export "$out/$name" "$1" | tr -d '\r' >"$tmp/$1"
        grep -qF -- "$2" "$tmp/$1" || { echo "the installer's $1 lacks: $2" >&2; missing=1; }
    }
    for f in picklescope.exe picklescopew.exe document.ico THIRD-PARTY.md; do want File "$f"; done
    want Property "$version"
    want Shortcut '[INSTALLDIR]picklescopew.exe'
    want Environment '[~];[INSTALLDIR]'
    for type in pickle array checkpoint; do want Registry "Software\\Classes\\picklescope.$type\\shell\\open\\command"; done
    for e in pkl pickle pck pcl p pklz joblib npy npz pt pth; do
        want Registry "Software\\Classes\\.$e\\OpenWithProgids"
        want Registry "FileAssociations	.$e	"
    done
    want Registry '"[INSTALLDIR]picklescopew.exe" "%1"'
    # all of it for this user alone
    if [ "$(tail -n +4 "$tmp/Registry" | cut -f2 | sort -u)" != 1 ]; then echo "a key is not the user's own" >&2; missing=1; fi
    [ $missing = 0 ]
    echo "the installer holds $(tail -n +4 "$tmp/Registry" | wc -l) keys and $(tail -n +4 "$tmp/File" | wc -l) files"
else
    echo "$out/$name"
fi
