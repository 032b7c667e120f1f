#!/usr/bin/env bash
# A double-click, really: installs the package into an empty home, asks the desktop's own tools who opens a pickle, opens one as
# a file manager would, and looks at the window. Then a second file, which must land in the same window; then the removal.
# Needs what check.sh needs, and xdg-utils, shared-mime-info, desktop-file-utils, libglib2.0-bin. Takes the release binary.
set -euo pipefail
# shellcheck source=tests/window/lib.sh
. "$(dirname "$0")/lib.sh"
id=io.github.picklescope.picklescope
errors=$tmp/errors

[ -x "$target/release/picklescope" ] || (cd "$root" && cargo build --release --bin picklescope)
NO_BUILD=1 "$root/packaging/build.sh" tar >"$tmp/built"
archive=$(tail -1 "$tmp/built")
say "$(basename "$archive"): $(du -h "$archive" | cut -f1)"
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

# 1. the installer of the archive, for this user alone
"$tmp/unpacked/install.sh" >"$tmp/installer" 2>&1 || { cat "$tmp/installer"; fail "install.sh"; }
asked
for f in "$XDG_DATA_HOME/icons/hicolor/256x256/apps/$id.png" "$XDG_DATA_HOME/icons/hicolor/48x48/mimetypes/application-x-python-pickle.png" \
         "$XDG_DATA_HOME/man/man1/picklescope.1" "$XDG_DATA_HOME/thumbnailers/picklescope.thumbnailer"; do
    [ -s "$f" ] || fail "$f was not installed"
done
desktop-file-validate "$XDG_DATA_HOME/applications/$id.desktop"
if command -v appstreamcli >/dev/null; then appstreamcli validate --no-net "$XDG_DATA_HOME/metainfo/$id.metainfo.xml" >"$tmp/as" || { cat "$tmp/as"; fail metainfo; }; fi

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

# 5. the .deb, where its tool is at hand: unpacked beside the system, its files found by the same questions
if command -v cargo-deb >/dev/null || [ -x "$target/tools/bin/cargo-deb" ]; then
    NO_BUILD=1 "$root/packaging/build.sh" deb >"$tmp/built"
    deb=$(tail -1 "$tmp/built")
    dpkg-deb -x "$deb" "$tmp/root"
    export XDG_DATA_DIRS=$tmp/root/usr/share:/usr/share PATH=$tmp/root/usr/bin:$PATH
    update-mime-database "$tmp/root/usr/share/mime"
    update-desktop-database "$tmp/root/usr/share/applications"
    asked
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
    say "$(basename "$deb"): $(du -h "$deb" | cut -f1), opened a file by gio open"
fi
say "all of it worked; pictures in $pictures"
