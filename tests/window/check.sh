#!/usr/bin/env bash
# The real window, as a person meets it: opened on a sample under Xvfb, looked at, clicked, closed. The pictures stay under the
# target folder's `window/`. Needs xvfb, xdotool, imagemagick, python3 and a software GL driver. Takes the release binary.
set -euo pipefail
# shellcheck source=tests/window/lib.sh
. "$(dirname "$0")/lib.sh"
errors=$tmp/errors
program=$target/release/picklescope
[ -x "$program" ] || (cd "$root" && cargo build --release --bin picklescope)

# without a display: says so, and draws the same picture to a file
(cd "$tmp" && env -u DISPLAY -u WAYLAND_DISPLAY XDG_RUNTIME_DIR="$tmp" "$program" "$root/assets/samples/terrain.pkl" >"$tmp/out" 2>&1) ||
    { cat "$tmp/out"; fail "without a display it should draw a picture"; }
grep -qi display "$tmp/out" || { cat "$tmp/out"; fail "without a display it should say so"; }
say "no display: $(head -1 "$tmp/out")"

open_display 1400x900
"$program" "$root/assets/samples/experiment.pkl" 2>"$errors" &
pid=$!
started+=("$pid")
wait_for "the window" find_window 'experiment.pkl'
say "title: $(title)"
title_has "experiment.pkl" || fail "the title does not name the file"
focus
settle opened
n=$(colours opened)
[ "$n" -gt 200 ] || fail "the window is blank: $n colours"
say "opened: $n colours"

changes opcodes opened all 2000 click 95 80
changes values opcodes all 2000 click 28 80
changes row values all 500 click 120 240
changes theme row all 100000 click 1259 17
alive "$pid" || fail "it died"
xdotool windowsize --sync "$w" 1100 700 windowmove --sync "$w" 120 60
settle smaller
changes chosen smaller all 2000 click 95 80
close
wait_for "the end" gone "$pid"
wait "$pid" || fail "it ended with status $?"
no_panic "$errors"

# what the user chose is there again: size and place, theme, the panel in front, the recent file; and a fault is told of, once
state=$XDG_STATE_HOME/picklescope
mkdir -p "$state"
printf 'picklescope ended\n' >"$state/crash-000000000001-1-0.txt"
"$program" "$root/assets/samples/experiment.pkl" 2>"$errors" &
pid=$!
started+=("$pid")
wait_for "the window again" find_window 'experiment.pkl'
focus
settle again
place=$(xdotool getwindowgeometry --shell "$w" | sed -n 's/^\(X\|Y\|WIDTH\|HEIGHT\)=//p' | paste -sd' ')
[ "$place" = "120 60 1100 700" ] || fail "the window was at 120 60 1100 700, and is now at $place"
n=$(differ chosen again 215x18+0+71)
[ "$n" -lt 100 ] || fail "another panel is in front: $n pixels differ"
bright=$(convert "$pictures/again.png" -colorspace gray -format '%[fx:round(mean*100)]' info:)
[ "$bright" -gt 50 ] || fail "the theme was not kept: brightness $bright"
grep -q 'experiment.pkl' "$XDG_CONFIG_HOME/picklescope/settings.json" || fail "the recent file was not kept"
grep -q '"folder": ".*assets/samples"' "$XDG_CONFIG_HOME/picklescope/settings.json" || fail "the folder was not kept"
[ "$(cat "$state/told")" = crash-000000000001-1-0.txt ] || fail "the fault was not told of"
say "started again: at $place, brightness $bright, the same panel in front, the fault told of"
close
wait_for "the end" gone "$pid"
no_panic "$errors"
say "all is well; pictures in $pictures"
