#!/usr/bin/env bash
# A double-click, really: installs the package into an empty home, asks the desktop's own tools who opens a pickle, opens one as
# a file manager would, and looks at the window. Then a second file, which must land in the same window; then the removal.
# Needs what check.sh needs, and xdg-utils, shared-mime-info, desktop-file-utils, libglib2.0-bin. Takes the release binary.
# The .deb and the .rpm are looked at too where cargo-deb and cargo-generate-rpm are, on PATH or in tools/bin of the target folder.
set -euo pipefail
# shellcheck source=tests/window/lib.sh
. "$(dirname "$0")/lib.sh"
id=io.github.picklescope.picklescope
errors=$tmp/errors
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -1)

[ -x "$target/release/picklescope" ] || (cd "$root" && cargo build --release --bin picklescope)
# All is built before the surroundings change: the archive always, the others where their tools are at hand.
has() { command -v "$1" >/dev/null || [ -x "$target/tools/bin/$1" ]; }
deb='' rpm=''
build() { NO_BUILD=1 "$root/packaging/build.sh" "$1" >"$tmp/built" 2>"$tmp/building" || { cat "$tmp/building" >&2; fail "packaging/build.sh $1"; }; }
if has cargo-deb; then build deb; deb=$(grep '\.deb$' "$tmp/built" | tail -1); fi
if has cargo-generate-rpm; then build rpm; rpm=$(find "$target/packages" -name '*.rpm' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-); fi
build tar
archive=$(tail -1 "$tmp/built")
for f in "$archive" "$deb" "$rpm"; do [ -z "$f" ] || say "$(basename "$f"): $(du -h "$f" | cut -f1)"; done
mkdir "$tmp/unpacked"
tar -xzf "$archive" -C "$tmp/unpacked" --strip-components=1

open_display
export HOME=$tmp/home XDG_DATA_DIRS=/usr/share
mkdir -p "$HOME"
unset XDG_CURRENT_DESKTOP DESKTOP_SESSION
PATH=$(printf %s "$PATH" | tr ':' '\n' | grep -v cargo | paste -sd:) # nothing of the build is found by chance

sample=$tmp/files
mkdir "$sample"
cp "$root/assets/samples/terrain.pkl" "$sample/with a space & änd more.pkl"
cp "$root/assets/samples/signal.pkl" "$sample/second.pickle"

answers() { # WHAT GOT WANT
    [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
    say "$1: $2"
}

# who opens it, by each of the desktop's tools
asked() {
    # a bare desktop asks file(1), which knows no shared-mime-info; any real one asks as GNOME does
    answers "type of the file" "$(XDG_CURRENT_DESKTOP=GNOME xdg-mime query filetype "$sample/second.pickle")" application/x-python-pickle
    for type in application/x-python-pickle application/x-npy application/x-pytorch; do
        answers "xdg-mime query default $type" "$(xdg-mime query default $type)" $id.desktop
    done
    gio mime application/x-python-pickle >"$tmp/gio"
    grep -q "$id.desktop" "$tmp/gio" || { cat "$tmp/gio"; fail "gio mime does not name $id"; }
    say "gio mime: $(head -1 "$tmp/gio")"
}

# A thumbnail, as file managers make one: by the entry's own line.
thumbnail() { # SHARE
    local line png=$tmp/thumbnail.png
    rm -f "$png"
    line=$(sed -n 's/^Exec=//p' "$1/thumbnailers/picklescope.thumbnailer")
    case $line in *%s*%i*%o*) ;; *) fail "the thumbnailer's line lacks a size, an input or an output: $line" ;; esac
    line=${line//%s/128}
    line=${line//%i/\"\$in\"}
    line=${line//%o/\"\$out\"}
    env -u DISPLAY in="$sample/with a space & änd more.pkl" out="$png" sh -c "$line" || fail "$line"
    answers "type of the thumbnail" "$(identify -format '%m' "$png")" PNG
    answers "longer side of the thumbnail" "$(identify -format '%[fx:max(w,h)]' "$png")" 128
    [ "$(identify -format %k "$png")" -gt 50 ] || fail "the thumbnail is blank"
    cp "$png" "$pictures/thumbnail.png"
}

# The files of a package are those of the archive, bit for bit; Debian's zsh looks elsewhere, and Debian wants two files more.
same_files() { # WHAT USR
    (cd "$tmp/unpacked" && find bin share -type f -exec sha256sum {} +) | sort -k2 >"$tmp/want"
    (cd "$2" && find . -type f ! -path ./share/doc/picklescope/copyright ! -name 'changelog*.gz' -exec sha256sum {} + |
        sed 's|  \./|  |; s|zsh/vendor-completions/|zsh/site-functions/|') | sort -k2 >"$tmp/got"
    [ -s "$tmp/want" ] || fail "the archive is empty"
    diff "$tmp/want" "$tmp/got" >"$tmp/diff" || { cat "$tmp/diff" >&2; fail "$1 does not hold what the archive holds"; }
    [ -x "$2/bin/picklescope" ] || fail "the program of $1 cannot be run"
    say "$1: the same $(wc -l <"$tmp/got") files as the archive"
}

# Manual and completions: they render, and the shells take them.
manual() { # SHARE
    local page text n=0
    for page in "$1"/man/man1/picklescope*.1; do
        text=$(read_page "$page")
        case $text in *NAME*"$(basename "$page" .1) "[-–]*SYNOPSIS*) n=$((n + 1)) ;; *) echo "$text" >&2; fail "$page does not render" ;; esac
    done
    say "$n manual pages render"
    # shellcheck disable=SC2016
    answers "bash completes 're' to" "$(bash --norc --noprofile -c '. "$1"; complete -p picklescope >/dev/null && COMP_WORDS=(picklescope re) COMP_CWORD=1 &&
        _picklescope picklescope re picklescope && echo "${COMPREPLY[@]}"' - "$1/bash-completion/completions/picklescope")" report
    if command -v fish >/dev/null; then
        answers "fish completes 're' to" "$(fish --no-config -c "source '$1/fish/vendor_completions.d/picklescope.fish'; complete -C 'picklescope re'" | cut -f1 | grep -x report)" report
    fi
    if command -v zsh >/dev/null; then
        answers "zsh takes its completion" "$(zsh -f -c "fpath=('$1/zsh/site-functions' \$fpath); autoload -Uz compinit; compinit -u -d '$tmp/zcompdump'; echo \$_comps[picklescope]")" _picklescope
    fi
}
read_page() {
    if command -v mandoc >/dev/null; then mandoc -T utf8 "$1" | col -b
    elif command -v groff >/dev/null; then groff -man -Tutf8 -P-cbou "$1"
    else sed 's/^\.SH //; s/\\-/-/g' "$1"; fi
}

# 1. the installer of the archive, for this user alone
"$tmp/unpacked/install.sh" >"$tmp/installer" 2>&1 || { cat "$tmp/installer"; fail "install.sh"; }
asked
for f in "$XDG_DATA_HOME/icons/hicolor/256x256/apps/$id.png" "$XDG_DATA_HOME/icons/hicolor/48x48/mimetypes/application-x-python-pickle.png" \
         "$XDG_DATA_HOME/man/man1/picklescope.1" "$XDG_DATA_HOME/thumbnailers/picklescope.thumbnailer"; do
    [ -s "$f" ] || fail "$f was not installed"
done
desktop-file-validate "$XDG_DATA_HOME/applications/$id.desktop"
if command -v appstreamcli >/dev/null; then appstreamcli validate --no-net "$XDG_DATA_HOME/metainfo/$id.metainfo.xml" >"$tmp/as" || { cat "$tmp/as"; fail metainfo; }; fi
thumbnail "$XDG_DATA_HOME"
manual "$XDG_DATA_HOME"

# 2. the double-click
gio open "$sample/with a space & änd more.pkl" 2>"$errors" &
started+=($!)
wait_for "a window for the double-clicked file" find_window 'with a space'
settle package-opened
[ "$(colours package-opened)" -gt 200 ] || fail "the window is blank"
say "gio open: '$(title)', $(colours package-opened) colours"
pid=$(xdotool getwindowpid "$w")
started+=("$pid")
case $(readlink "/proc/$pid/exe") in "$HOME/.local/bin/picklescope") ;; *) fail "another program opened it: $(readlink "/proc/$pid/exe")" ;; esac

# 3. a second file, by the other tool: a tab in the same window
XDG_CURRENT_DESKTOP=GNOME timeout "$patience" xdg-open "$sample/second.pickle" 2>>"$errors" || fail "xdg-open"
wait_for "the second file in the same window" title_has second.pickle
settle package-second
answers "windows" "$(xdotool search --onlyvisible --name picklescope | wc -l)" 1
answers "processes" "$(pgrep -fc "^$HOME/.local/bin/picklescope")" 1
close
wait_for "the window closes" gone "$pid"
no_panic "$errors"

# 4. the removal, by the copy that was installed
"$XDG_DATA_HOME/picklescope/install.sh" --uninstall >"$tmp/installer" 2>&1 || { cat "$tmp/installer"; fail "install.sh --uninstall"; }
# the place of the window is the user's own (app.ron)
left=$(find "$HOME/.local" "$XDG_DATA_HOME" -type f ! -name app.ron 2>/dev/null | grep -c picklescope || true)
answers "files left after the removal" "$left" 0
answers "default after the removal" "$(xdg-mime query default application/x-python-pickle)" ""

# 5. the .deb: unpacked beside the system, its files found by the same questions
if [ -n "$deb" ]; then
    dpkg-deb -x "$deb" "$tmp/root"
    dpkg-deb -f "$deb" >"$tmp/control"
    for field in "Package: picklescope" "Version: $version" "Depends: .*libx11-6" "Depends: .*libgl1 | libegl1"; do
        grep -q "^$field" "$tmp/control" || { cat "$tmp/control" >&2; fail "the .deb does not say $field"; }
    done
    same_files "the .deb" "$tmp/root/usr"
    export XDG_DATA_DIRS=$tmp/root/usr/share:/usr/share PATH=$tmp/root/usr/bin:$PATH
    update-mime-database "$tmp/root/usr/share/mime"
    update-desktop-database "$tmp/root/usr/share/applications"
    asked
    thumbnail "$tmp/root/usr/share"
    gio open "$sample/second.pickle" 2>"$errors" &
    started+=($!)
    wait_for "a window of the .deb's program" find_window second.pickle
    settle package-deb
    [ "$(colours package-deb)" -gt 200 ] || fail "the window is blank"
    pid=$(xdotool getwindowpid "$w")
    started+=("$pid")
    close
    wait_for "the window closes" gone "$pid"
    no_panic "$errors"
    say "the .deb opened a file by gio open"
else
    say "no cargo-deb here, so no .deb was looked at"
fi

# 6. the .rpm: the same files, and what it needs
if [ -n "$rpm" ]; then
    mkdir "$tmp/rpm"
    python3 "$root/tests/window/unrpm.py" "$rpm" "$tmp/rpm" >"$tmp/needs"
    for needed in "libX11.so.6()(64bit)" "libxkbcommon-x11.so.0()(64bit)"; do
        grep -qF "$needed" "$tmp/needs" || { cat "$tmp/needs" >&2; fail "the .rpm does not need $needed"; }
    done
    grep -qx "version $version" "$tmp/needs" || fail "the .rpm is not of version $version"
    same_files "the .rpm" "$tmp/rpm/usr"
else
    say "no cargo-generate-rpm here, so no .rpm was looked at"
fi
say "all of it worked; pictures in $pictures"
