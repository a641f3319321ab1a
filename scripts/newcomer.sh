#!/usr/bin/env bash
# usage: newcomer.sh
# Does what README says to somebody new: clones HEAD, `make run`, then the README's own Python program, and curl.
# Prints how long each took, the build apart. The clone and its data are gone afterwards.
set -euo pipefail
. "$(dirname "$0")/env.sh"

PORT=${PORT:-9410}
new=$(mktemp -d)
server=''
clean() {
    [ -z "$server" ] || { kill -TERM -- "-$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true
    rm -rf "$new"
}
trap clean EXIT
begun=$SECONDS
took() { printf '%6d s  %s\n' $((SECONDS - begun)) "$1" >>"$new/times"; begun=$SECONDS; }

step clone
git clone -q "file://$ROOT" "$new/everruns"
cd "$new/everruns"
took clone

step "make build"
make build
took "build"

step "make run"
# In a process group of its own, which a Ctrl-C would reach as a whole.
set -m
make run "PORT=$PORT" >"$new/run.log" 2>&1 </dev/null &
server=$!
set +m
until grep -q '^==> serving' "$new/run.log"; do
    kill -0 "$server" 2>/dev/null || { cat "$new/run.log" >&2; die "make run ended before it served"; }
    sleep 0.2
done
sed -n '/^==> tutorial/,$p' "$new/run.log"
took "make run, until its tutorial was answered"

step "the program of README.md"
# The first block of Python in it, with the port of this run.
sed -n '/^```python$/,/^```$/p' README.md | sed '1d;/^```$/,$d; s/:9000/:'"$PORT"'/' >"$new/first.py"
[ -s "$new/first.py" ] || die "README.md has no Python program"
python3 -m venv "$new/venv"
"$new/venv/bin/python" -m pip install --quiet --disable-pip-version-check everruns-sdk
took "pip install everruns-sdk"
"$new/venv/bin/python" -W ignore "$new/first.py" | tee "$new/reply"
grep -q '[^[:space:]]' "$new/reply" || die "the program printed no reply"
took "the program's streamed reply"

step times
cat "$new/times"
