#!/usr/bin/env bash
# usage: venv.sh NAME REQUIREMENT...
# Makes the virtual environment .cache/NAME with these requirements and prints its path; does nothing if it is there.
set -euo pipefail
. "$(dirname "$0")/env.sh"

[ $# -ge 2 ] || die "usage: scripts/venv.sh NAME REQUIREMENT..."
name=$1
shift
venv=$ROOT/.cache/$name
stamp=$venv/.requirements
mkdir -p "$ROOT/.cache"

# Two runs at once would install into each other's half-made directory.
exec 9>"$ROOT/.cache/.$name.lock"
flock 9
# The stamp is written last: an interrupted installation is done again from the start.
if [ "$(cat "$stamp" 2>/dev/null)" != "$*" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
    say "installing $* into .cache/$name" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" >&2
    echo "$*" >"$stamp"
fi
echo "$venv"
