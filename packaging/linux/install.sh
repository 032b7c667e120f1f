#!/bin/sh
# Installs picklescope for this user alone, without root: program, menu entry, file types, icons, manual, completions.
#   ./install.sh                     into ~/.local/bin and $XDG_DATA_HOME (~/.local/share)
#   ./install.sh --prefix DIR        into DIR/bin and DIR/share
#   ./install.sh --uninstall [--prefix DIR]
# What was installed is listed in SHARE/picklescope/installed; --uninstall removes just that, also from the copy kept there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=''
uninstall=''
usage() { sed -n '2,6s/^# \{0,1\}//p' "$0"; }
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -ge 2 ] || { usage >&2; exit 2; }; prefix=$2; shift 2 ;;
        --prefix=*) prefix=${1#*=}; shift ;;
        --uninstall) uninstall=1; shift ;;
        -h | --help) usage; exit 0 ;;
        *) echo "install.sh: what is $1?" >&2; usage >&2; exit 2 ;;
    esac
done
if [ -n "$prefix" ]; then
    mkdir -p "$prefix"
    prefix=$(cd "$prefix" && pwd)
    bin=$prefix/bin share=$prefix/share
else
    bin=$HOME/.local/bin share=${XDG_DATA_HOME:-$HOME/.local/share}
fi
id=io.github.picklescope.picklescope
list=$share/picklescope/installed

tell() { # TOOL DIR [OPTION]: has the desktop's own tool read DIR again
    [ -d "$2" ] || return 0
    if command -v "$1" >/dev/null 2>&1; then "$1" ${3:+"$3"} "$2" || echo "note: $1 $2 failed" >&2
    else echo "note: $1 is not here; a double-click works once it has run on $2" >&2; fi
}

refresh() {
    tell update-mime-database "$share/mime"
    tell update-desktop-database "$share/applications" -q
    if [ -d "$share/icons/hicolor" ]; then
        touch "$share/icons/hicolor"
        if [ -e "$share/icons/hicolor/icon-theme.cache" ] && command -v gtk-update-icon-cache >/dev/null 2>&1; then
            gtk-update-icon-cache -q -t -f "$share/icons/hicolor" || true
        fi
    fi
}

remove() {
    [ -f "$list" ] || { echo "nothing of picklescope is listed in $list" >&2; return 1; }
    while IFS= read -r f; do
        rm -f "$f"
        d=$(dirname "$f")
        while rmdir "$d" 2>/dev/null; do d=$(dirname "$d"); done
    done <"$list"
    rm -f "$list"
    rmdir "$share/picklescope" 2>/dev/null || true
}

if [ -n "$uninstall" ]; then
    remove
    refresh
    echo "picklescope is removed; settings in ${XDG_CONFIG_HOME:-$HOME/.config}/picklescope are left"
    exit 0
fi

[ -x "$here/bin/picklescope" ] || { echo "install.sh: no bin/picklescope beside it; unpack the whole archive" >&2; exit 1; }
if [ -f "$list" ]; then remove; fi
mkdir -p "$bin" "$share/picklescope"
: >"$list.new"
keep() { # FROM TO MODE
    mkdir -p "$(dirname "$2")"
    cp -f "$1" "$2.new~" && chmod "$3" "$2.new~" && mv -f "$2.new~" "$2" # a running program is replaced, not written over
    printf '%s\n' "$2" >>"$list.new"
}
keep "$here/bin/picklescope" "$bin/picklescope" 755
(cd "$here/share" && find . -type f) | sed 's|^\./||' | sort >"$list.files"
while IFS= read -r f; do keep "$here/share/$f" "$share/$f" 644; done <"$list.files"
rm -f "$list.files"
keep "$here/install.sh" "$share/picklescope/install.sh" 755
mv "$list.new" "$list"

# The menu entry names the program by its place, for ~/.local/bin need not be on the desktop's PATH.
quoted=$(printf '%s' "$bin/picklescope" | sed 's/[\\&|]/\\&/g')
case $bin in *[!A-Za-z0-9_./+@%:,-]*) exec_name="\"$quoted\"" ;; *) exec_name=$quoted ;; esac
for f in "$share/applications/$id.desktop" "$share/thumbnailers/picklescope.thumbnailer"; do
    sed -e "s|^Exec=picklescope|Exec=$exec_name|" -e "s|^TryExec=picklescope|TryExec=$quoted|" "$f" >"$f.new~" && mv "$f.new~" "$f"
done
refresh
echo "picklescope is installed as $bin/picklescope"
case :$PATH: in *":$bin:"*) ;; *) echo "note: $bin is not on PATH" ;; esac
echo "remove it with: $share/picklescope/install.sh --uninstall${prefix:+ --prefix $prefix}"
