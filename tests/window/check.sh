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
close
wait_for "the end" gone "$pid"
wait "$pid" || fail "it ended with status $?"
no_panic "$errors"
say "all is well; pictures in $pictures"
