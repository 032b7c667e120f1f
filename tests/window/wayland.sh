#!/usr/bin/env bash
# The real window on Wayland: Weston within Xvfb, at one and at two pixels a point; looked at, clicked, closed by its keys.
# The pictures stay under the target folder's `window/`. Needs weston besides what check.sh needs. Takes the release binary.
set -euo pipefail
# shellcheck source=tests/window/lib.sh
. "$(dirname "$0")/lib.sh"
errors=$tmp/errors
program=${PROGRAM:-$target/release/picklescope}
[ -x "$program" ] || (cd "$root" && cargo build --release --bin picklescope)

open_display 1400x900
find_compositor() { w=$(xdotool search --onlyvisible --class weston | tail -1) && [ -n "$w" ]; }
fits() { [ "$(xdotool getwindowgeometry --shell "$w" | sed -n 's/^\(WIDTH\|HEIGHT\)=//p' | paste -sdx)" = 1280x800 ]; }
listens() { [ -S "$XDG_RUNTIME_DIR/$1" ]; }
told() { grep -q 'frame 3' "$errors"; }

for scale in 1 2; do
    socket=scale-$scale
    weston --backend=x11-backend.so --shell=kiosk-shell.so --use-pixman --no-config --idle-time=0 --socket="$socket" \
        --width=$((1280 / scale)) --height=$((800 / scale)) --scale=$scale >"$tmp/weston" 2>&1 &
    compositor=$!
    started+=("$compositor")
    wait_for "Weston" listens "$socket"
    wait_for "Weston's window" find_compositor
    wait_for "Weston's size" fits
    # no X for the program, so that it cannot fall back to it
    env -u DISPLAY WAYLAND_DISPLAY="$socket" "$program" --log-level debug "$root/assets/samples/terrain.pkl" 2>"$errors" &
    pid=$!
    started+=("$pid")
    wait_for "three frames" told
    focus
    settle "wayland-$scale"
    n=$(colours "wayland-$scale")
    [ "$n" -gt 200 ] || fail "the window is blank at scale $scale: $n colours"
    say "Wayland at scale $scale: $n colours"
    # the light theme, by its button at the right end of the menu
    changes "wayland-light-$scale" "wayland-$scale" all 100000 click $((1280 - 22 * scale)) $((17 * scale))
    keys ctrl+q
    wait_for "the end" gone "$pid"
    wait "$pid" || fail "it ended with status $?"
    no_panic "$errors"
    kill "$compositor"
    wait "$compositor" || true
    # the next one begins as the first did
    rm -rf "$XDG_CONFIG_HOME/picklescope"
done
say "Wayland: all is well; pictures in $pictures"
