#!/usr/bin/env bash
# Starts the release build, runs the tutorial against it once with the published SDK, and keeps serving.
set -euo pipefail
. "$(dirname "$0")/env.sh"

PORT=${PORT:-9000}
DATA_DIR=${DATA_DIR:-.everruns}
BIN=${EVERRUNS_BIN:-$TARGET/release/everruns}
URL=http://127.0.0.1:$PORT
[ -x "$BIN" ] || die "$BIN is missing; make build"

step sdk
venv=$(scripts/venv.sh venv everruns-sdk==0.3.1)

step server
# With the port taken, somebody else would answer our health check. Let the server say so itself and stop there.
if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    timeout 30 "$BIN" dev --port "$PORT" --data-dir "$DATA_DIR" || true
    die "port $PORT is in use; stop what listens there or choose another: make run PORT=9100"
fi

"$BIN" dev --port "$PORT" --data-dir "$DATA_DIR" &
server=$!
stopping=no
stop() {
    stopping=yes
    kill -TERM "$server" 2>/dev/null || true
}
trap stop INT TERM
# Whatever ends this script ends the server too.
trap 'kill -TERM "$server" 2>/dev/null && wait "$server" || true' EXIT

for _ in $(seq 600); do
    kill -0 "$server" 2>/dev/null || { [ "$stopping" = yes ] && exit 0; die "the server ended before it was up"; }
    curl -fs -o /dev/null --max-time 2 "$URL/health" && break
    sleep 0.1
done
curl -fsS -o /dev/null --max-time 2 "$URL/health" || die "the server was not up after 60 seconds"

step tutorial
# The SDK advises applications to use an agent key; here it is the owner of the server who looks around.
EVERRUNS_API_URL=$URL/api EVERRUNS_API_KEY=dev \
    "$venv/bin/python" -W ignore::DeprecationWarning scripts/tutorial.py || {
    [ "$stopping" = yes ] && exit 0
    die "the tutorial failed"
}

step "serving (Ctrl-C stops)"
# A signal interrupts `wait` before the server has ended, so wait until it has.
while :; do
    status=0
    wait "$server" || status=$?
    kill -0 "$server" 2>/dev/null || break
done
trap - EXIT
[ "$stopping" = no ] || say "stopped"
[ "$status" = 0 ] || [ "$stopping" = yes ] || die "the server ended with status $status"
