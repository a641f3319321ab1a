#!/usr/bin/env bash
# Installs what a fresh Debian 12 lacks to build and run the project; with --test also what the tests need.
# Asks the machine first and touches apt only for what is missing, so a second run costs nothing.
set -euo pipefail
. "$(dirname "$0")/env.sh"

with_tests=no
case ${1:-} in
    '') ;;
    --test) with_tests=yes ;;
    *) die "usage: scripts/setup.sh [--test]" ;;
esac
step setup

has_postgres() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

missing=()
find_rust || missing+=(cargo-web rustc-web)
# A compiler without the C library's headers is found by compiling something that uses them.
echo '#include <stdio.h>' | cc -fsyntax-only -x c - 2>/dev/null || missing+=(gcc libc6-dev)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3 python3-venv)
command -v curl >/dev/null || missing+=(curl)
[ -s /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
no_cluster=''
if [ "$with_tests" = yes ] && ! has_postgres; then
    missing+=(postgresql-15)
    # The package would create and start a cluster of its own; the tests bring theirs (scripts/postgres.sh).
    no_cluster=/etc/postgresql-common/createcluster.d/everruns-setup.conf
fi

if [ ${#missing[@]} -eq 0 ]; then
    say "nothing to install ($(cargo --version))"
    exit 0
fi

command -v apt-get >/dev/null ||
    die "please install the equivalent of: ${missing[*]} (Rust $RUST_NEEDED or newer, from https://rustup.rs)"
as_root=()
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null ||
        die "not root and no sudo; as root, run: apt-get update && apt-get install -y ${missing[*]}"
    as_root=(sudo)
fi

say "installing: ${missing[*]}"
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() { "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; die "failed: ${*:2}"; }; }

quietly apt update
for package in "${missing[@]}"; do
    [ "$package" = cargo-web ] || continue
    offered=$(apt-cache policy cargo-web | sed -n 's/ *Candidate: //p')
    at_least "$RUST_NEEDED" "${offered:-0}" ||
        die "Rust $RUST_NEEDED or newer is needed and apt offers ${offered:-none}; install it from https://rustup.rs and run this again"
done
if [ -n "$no_cluster" ]; then
    "${as_root[@]}" mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null
fi
quietly apt install -y --no-install-recommends "${missing[@]}"
# The setting was for this installation only: a cluster the owner asks for later is none of our business.
[ -z "$no_cluster" ] || "${as_root[@]}" rm -f "$no_cluster"

hash -r
find_rust || die "no cargo $RUST_NEEDED or newer even after the installation"
say "ready ($(cargo --version))"
