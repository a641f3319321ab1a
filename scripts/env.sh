# Sourced by the other scripts: where the project is, which Rust builds it, and how to speak of a step.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT" || exit 1
# shellcheck disable=SC2034 # used by the scripts that source this
TARGET=${CARGO_TARGET_DIR:-$ROOT/target}
RUST_NEEDED=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# The server is always local; a proxy meant for the outside must not stand in between.
export NO_PROXY="127.0.0.1,localhost${NO_PROXY:+,$NO_PROXY}"
export no_proxy=$NO_PROXY

step() { printf '==> %s\n' "$*"; }
say() { printf '%s: %s\n' "$(basename "$0")" "$*"; }
die() { say "$*" >&2; exit 1; }

# at_least WANTED HAVE: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1)" = "$1" ]; }

# An old toolchain may come first on PATH, so all usual places are tried and the first new enough one wins.
# `rustc` is asked as well: cargo alone builds nothing.
find_rust() {
    local dir version
    for dir in "$(dirname "$(command -v cargo || echo /nowhere/cargo)")" "$HOME/.cargo/bin" /usr/local/bin /usr/bin; do
        version=$("$dir/cargo" --version 2>/dev/null | cut -d' ' -f2) || continue
        "$dir/rustc" --version >/dev/null 2>&1 || continue
        if [ -n "$version" ] && at_least "$RUST_NEEDED" "$version"; then
            case $PATH in "$dir":*) ;; *) PATH=$dir:$PATH ;; esac
            return 0
        fi
    done
    return 1
}
