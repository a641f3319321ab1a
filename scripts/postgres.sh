#!/usr/bin/env bash
# usage: postgres.sh start|stop|status|url|reset
# A PostgreSQL cluster for the tests alone: own directory, own port, reachable from this machine only.
set -euo pipefail
. "$(dirname "$0")/env.sh"

PORT=${EVERRUNS_TEST_PG_PORT:-55432}
DIR=${EVERRUNS_TEST_PG_DIR:-$TARGET/postgres}
DATABASE=everruns_test

bin=$(command -v pg_ctl || compgen -G '/usr/lib/postgresql/15/bin/pg_ctl' ||
    compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' | sort -V | tail -n1 || true)
[ -n "$bin" ] || die "no PostgreSQL here; run scripts/setup.sh --test"
bin=$(dirname "$(readlink -f "$bin")")

# PostgreSQL refuses to run as root, so root hands it to a user without rights.
as=()
if [ "$(id -u)" = 0 ]; then
    user=nobody
    id postgres >/dev/null 2>&1 && user=postgres
    as=(runuser -u "$user" --)
    # Home directories are often closed to others: what that user cannot reach is no place for its cluster.
    mkdir -p "$DIR"
    "${as[@]}" test -x "$DIR/" 2>/dev/null || "${as[@]}" test -x "$(dirname "$DIR")" ||
        DIR=/var/tmp/everruns-postgres-$(printf %s "$DIR" | cksum | cut -d' ' -f1)
fi
# The path of a unix socket may not be longer than 107 bytes.
[ ${#DIR} -le 85 ] || DIR=/var/tmp/everruns-postgres-$(printf %s "$DIR" | cksum | cut -d' ' -f1)
DATA=$DIR/data
LOG=$DIR/server.log

# From a directory the other user can stand in; `env` keeps the caller's locale out of the cluster.
pg() { (cd / && "${as[@]}" env LC_ALL=C.UTF-8 "$bin/$1" "${@:2}"); }
sql() { pg psql -qX -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$PORT" -U everruns -d postgres "$@"; }
url() { echo "postgres://everruns@127.0.0.1:$PORT/$DATABASE"; }
running() { [ -d "$DATA" ] && pg pg_ctl status -D "$DATA" >/dev/null 2>&1; }
# The fourth line of the pid file is the port of the cluster that runs now.
right_port() { [ "$(sed -n 4p "$DATA/postmaster.pid" 2>/dev/null)" = "$PORT" ]; }

create_database() {
    [ "$(sql -At -c "select 1 from pg_database where datname = '$DATABASE'")" = 1 ] ||
        sql -c "create database $DATABASE"
}

stop() { ! running || pg pg_ctl stop -D "$DATA" -m fast -w -t 60 >/dev/null; }

start() {
    if running && ! right_port; then stop; fi
    if ! running; then
        mkdir -p "$DIR"
        if [ ${#as[@]} -gt 0 ]; then
            # Under /var/tmp somebody else may have been first.
            [ ! -L "$DIR" ] || die "$DIR is a link; remove it"
            case $(stat -c %U "$DIR") in root | "$user") ;; *) die "$DIR belongs to somebody else; remove it" ;; esac
            chown "$user" "$DIR"
        fi
        # An initdb that was cut off cannot be continued; the mark is set after a whole one.
        if ! [ -e "$DIR/initialized" ]; then
            rm -rf "$DATA"
            pg initdb -D "$DATA" -U everruns -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
            touch "$DIR/initialized"
        fi
        # fsync stays on: the tests are about what survives.
        pg pg_ctl start -D "$DATA" -l "$LOG" -w -t 60 -s -o "-p $PORT -c listen_addresses=127.0.0.1 \
-c unix_socket_directories='$DIR' -c max_connections=200" >/dev/null </dev/null ||
            { tail -n 8 "$LOG" >&2; die "PostgreSQL did not start on port $PORT; EVERRUNS_TEST_PG_PORT names another"; }
    fi
    create_database
    url
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    status) running ;;
    url) url ;;
    reset)
        running || die "not running; scripts/postgres.sh start"
        sql -c "drop database if exists $DATABASE with (force)"
        create_database
        ;;
    *) die "usage: scripts/postgres.sh start|stop|status|url|reset" ;;
esac
