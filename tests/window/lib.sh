# Helpers of the real-window checks; sourced, after `set -euo pipefail`. A display of its own, and pictures to look at.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
target=$(cd "$root" && cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
pictures=$target/window
# How long anything may take: a slow machine under load, not a measure.
patience=${WINDOW_PATIENCE:-60}
tmp=$(mktemp -d)
started=()

say() { printf 'window: %s\n' "$*"; }
fail() {
    printf 'window: FAILED: %s\n' "$*" >&2
    [ -z "${DISPLAY:-}" ] || import -window root "$pictures/failed.png" 2>/dev/null || true
    if [ -s "${errors:-/nonexistent}" ]; then sed 's/^/stderr: /' "$errors" >&2; fi
    exit 1
}

tidy() {
    local p
    for p in "${started[@]}"; do kill "$p" 2>/dev/null || true; done
    for p in "${started[@]}"; do wait "$p" 2>/dev/null || true; done
    rm -rf "$tmp"
}
trap tidy EXIT

# A display that nobody has, without the user's settings, running windows and desktop.
open_display() { # [WxH]
    mkdir -p "$pictures"
    Xvfb -displayfd 6 -screen 0 "${1:-1400x900}x24" -nolisten tcp 6>"$tmp/display" 2>"$tmp/xvfb" &
    started+=($!)
    local n
    for ((n = 0; n < patience * 10; n++)); do if [ -s "$tmp/display" ]; then break; fi; sleep 0.1; done
    [ -s "$tmp/display" ] || { cat "$tmp/xvfb" >&2; fail "Xvfb did not start"; }
    DISPLAY=:$(tr -d '\n' <"$tmp/display")
    export DISPLAY
    unset WAYLAND_DISPLAY SESSION_MANAGER DBUS_SESSION_BUS_ADDRESS
    export XDG_RUNTIME_DIR=$tmp/run XDG_CONFIG_HOME=$tmp/config XDG_STATE_HOME=$tmp/state XDG_CACHE_HOME=$tmp/cache XDG_DATA_HOME=$tmp/data
    mkdir -p "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME" "$XDG_CACHE_HOME" "$XDG_DATA_HOME"
    chmod 700 "$XDG_RUNTIME_DIR"
    export LIBGL_ALWAYS_SOFTWARE=1 WINIT_X11_SCALE_FACTOR=1 NO_AT_BRIDGE=1
}

# Waits until a command succeeds.
wait_for() { # WHAT COMMAND...
    local what=$1 end=$((SECONDS + patience))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || fail "$what: not within $patience s"
        sleep 0.2
    done
}

# Windows whose title matches, the newest last. The matched window must be on the screen.
windows() { xdotool search --onlyvisible --name "$1" 2>/dev/null; }
find_window() { w=$(windows "$1" | tail -1) && [ -n "$w" ]; }
alive() { kill -0 "$1" 2>/dev/null; }
gone() { ! kill -0 "$1" 2>/dev/null; }
title() { xdotool getwindowname "$w"; }
title_has() { title | grep -qF -- "$1"; }

shoot() { # NAME: a picture of the window
    import -window "$w" "$pictures/$1.png"
}
colours() { identify -format %k "$pictures/$1.png"; }
differ() { # A B [GEOMETRY]: how many pixels of two pictures differ
    local crop=()
    [ $# -lt 3 ] || crop=(-crop "$3" +repage)
    convert "$pictures/$1.png" "${crop[@]}" "$tmp/a.png"
    convert "$pictures/$2.png" "${crop[@]}" "$tmp/b.png"
    compare -metric AE "$tmp/a.png" "$tmp/b.png" null: 2>&1 | sed 's/[^0-9.e+].*//' | awk '{printf "%d", $1}' || true
}

# Waits until the picture of the window stands still, and keeps it.
settle() { # NAME
    local n=0 end=$((SECONDS + patience))
    shoot "$1"
    while [ "$SECONDS" -lt "$end" ]; do
        sleep 0.3
        cp "$pictures/$1.png" "$pictures/$1.before.png"
        shoot "$1"
        if [ "$(differ "$1" "$1.before")" -lt 200 ]; then n=$((n + 1)); else n=0; fi
        [ "$n" -lt 2 ] || break
    done
    rm -f "$pictures/$1.before.png"
}

# Does something, and demands that a part of the window changes by it.
changes() { # NAME BEFORE GEOMETRY|all PIXELS COMMAND...
    local name=$1 before=$2 where=$3 least=$4 n end=$((SECONDS + patience))
    shift 4
    "$@"
    while :; do
        shoot "$name"
        if [ "$where" = all ]; then n=$(differ "$name" "$before"); else n=$(differ "$name" "$before" "$where"); fi
        [ "${n:-0}" -lt "$least" ] || break
        [ "$SECONDS" -lt "$end" ] || fail "$name: $* changed only ${n:-0} pixels of $where"
        sleep 0.3
    done
    settle "$name"
    say "$name: $n pixels changed"
}

click() { xdotool mousemove --window "$w" "$1" "$2" sleep 0.15 click "${3:-1}"; }
keys() { xdotool key --window 0 "$@"; }
close() { python3 "$root/tests/window/close.py" "$w"; }
focus() { xdotool windowfocus "$w" 2>/dev/null || true; sleep 0.3; }

# Nothing that a person should never see may be on standard error.
no_panic() { # FILE
    if grep -nE "panicked at|RUST_BACKTRACE|stack overflow|AddressSanitizer|SIGSEGV" "$1" >&2; then fail "a panic on standard error"; fi
}
