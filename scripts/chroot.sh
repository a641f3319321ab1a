#!/usr/bin/env bash
# usage: chroot.sh test|run|setup [--worktree]      (as root)
# Proves that a fresh Debian 12 is enough: makes one, puts a clean clone of HEAD into it (with --worktree also what
# is not committed yet) and does there what the README says. Prints how long each step took.
# EVERRUNS_CHROOT_DIR (default /var/tmp/everruns-chroot) keeps the bare system between runs; the rest is made anew.
set -euo pipefail
. "$(dirname "$0")/env.sh"

what=${1:-}
case $what in test | run | setup) ;; *) die "usage: scripts/chroot.sh test|run|setup [--worktree]" ;; esac
[ "$(id -u)" = 0 ] || die "needs root for chroot"
WORK=${EVERRUNS_CHROOT_DIR:-/var/tmp/everruns-chroot}
BASE=$WORK/base
FRESH=$WORK/fresh
# Ports other than the usual ones: network is shared with this machine.
PORT=${PORT:-9400}
PG_PORT=${EVERRUNS_TEST_PG_PORT:-55440}

# Mounts and processes live in namespaces of their own, so none of them can outlast this script.
if [ "${EVERRUNS_CHROOT_INSIDE:-}" != yes ]; then
    exec env EVERRUNS_CHROOT_INSIDE=yes unshare --mount --pid --fork --kill-child --propagation private \
        "${BASH_SOURCE[0]}" "$@"
fi

step bootstrap
if [ ! -e "$BASE.done" ]; then
    command -v debootstrap >/dev/null || apt-get install -y -q --no-install-recommends debootstrap >/dev/null
    # From where this machine gets its own packages, if it is the same Debian.
    # shellcheck disable=SC2016 # apt's own placeholder
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Codename: bookworm' | head -n1)
    rm -rf --one-file-system "$BASE"
    mkdir -p "$WORK"
    debootstrap --variant=minbase bookworm "$BASE" ${mirror:+"$mirror"} >"$WORK/debootstrap.log" 2>&1 ||
        { tail -n 20 "$WORK/debootstrap.log" >&2; die "debootstrap failed"; }
    touch "$BASE.done"
fi
rm -rf --one-file-system "$FRESH"
cp -a "$BASE" "$FRESH"
mount -t proc proc "$FRESH/proc"
mount --rbind /dev "$FRESH/dev"

# How this machine reaches its package sources holds in there too: name service, apt, pip and cargo configuration,
# certificates and proxies. Files that do not exist here are simply not copied. Credentials files are left out.
put() { for file in "$@"; do [ ! -e "$file" ] || { mkdir -p "$FRESH$(dirname "$file")" && cp -aL "$file" "$FRESH$(dirname "$file")/"; }; done; }
rm -f "$FRESH/etc/apt/sources.list"
put /etc/resolv.conf /etc/hosts /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf /etc/apt/apt.conf.d \
    /etc/apt/preferences.d /etc/apt/keyrings /etc/apt/trusted.gpg.d /usr/share/keyrings /usr/local/share/ca-certificates \
    /etc/pip.conf ~/.config/pip/pip.conf ~/.pip/pip.conf ~/.cargo/config.toml
settings=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 "PORT=$PORT"
    "EVERRUNS_TEST_PG_PORT=$PG_PORT")
if [ -s /etc/ssl/certs/ca-certificates.crt ]; then
    cp -L /etc/ssl/certs/ca-certificates.crt "$FRESH/etc/host-certificates.crt"
    echo 'Acquire::https::CaInfo "/etc/host-certificates.crt";' >"$FRESH/etc/apt/apt.conf.d/99host-certificates"
    for name in SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE PIP_CERT GIT_SSL_CAINFO CARGO_HTTP_CAINFO; do
        settings+=("$name=/etc/host-certificates.crt")
    done
fi
while IFS= read -r -d '' setting; do
    name=${setting%%=*}
    case ${name,,} in
        http_proxy | https_proxy | all_proxy | no_proxy | pip_index_url | pip_extra_index_url | pip_trusted_host | \
            pip_default_timeout | cargo_net_* | cargo_http_proxy | cargo_source_* | cargo_registries_*_index)
            settings+=("$setting") ;;
    esac
done < <(env -0)
inside() { chroot "$FRESH" env -i "${settings[@]}" /bin/bash -c "cd /srv/everruns 2>/dev/null; $1"; }

git -c safe.directory='*' clone -q "file://$ROOT" "$FRESH/srv/everruns"
if [ "${2:-}" = --worktree ]; then
    git ls-files -co --exclude-standard -z | tar --null --ignore-failed-read -T - -c 2>/dev/null | tar -x -C "$FRESH/srv/everruns"
fi

# Each `==> name` line of the scripts starts a step; the time until the next one is that step's time.
timings=$WORK/timings
: >"$timings"
timed() {
    local line name='' since=$SECONDS
    while IFS= read -r line; do
        printf '%s\n' "$line"
        [[ $line == '==> '* ]] || continue
        [ -z "$name" ] || printf '%6d s  %s\n' $((SECONDS - since)) "$name" >>"$timings"
        name=${line#==> } since=$SECONDS
    done
    [ -z "$name" ] || printf '%6d s  %s\n' $((SECONDS - since)) "$name" >>"$timings"
}

serve_and_stop() {
    local log=$WORK/run.log make runner
    : >"$log"
    # The log is a file, not a pipe: its reader below must be free to end first.
    inside 'exec make run' >"$log" 2>&1 </dev/null &
    make=$!
    # Ends the reader too, whose open end would keep `timed` waiting.
    # shellcheck disable=SC2064 # the number as it is now: the name is gone when the trap runs
    trap "kill $make 2>/dev/null || true" EXIT
    tail -n +1 -f --pid=$make "$log" &
    until grep -q '^==> serving' "$log"; do
        kill -0 $make 2>/dev/null || die "make run ended before it served"
        sleep 1
    done
    curl -fsS --noproxy '*' "http://127.0.0.1:$PORT/health" || die "/health does not answer"
    echo
    # Ctrl-C would end make itself with an error whatever the script does; the script alone is asked to stop.
    runner=$(inside "grep -lzx 'scripts/run[.]sh' /proc/[0-9]*/cmdline 2>/dev/null | head -n1 | cut -d/ -f3")
    inside "kill -TERM ${runner:-none}" || die "no running scripts/run.sh to stop"
    wait $make || die "make run ended with status $?"
    ! curl -fs --noproxy '*' -o /dev/null "http://127.0.0.1:$PORT/health" || die "something still answers on port $PORT"
    step "stopped cleanly"
}

# Called left of `||`, where a failing command does not end the function by itself: each says so with `die`.
all() {
    step "apt-get install make git"
    inside 'export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get install -y make git' >"$WORK/apt.log" 2>&1 </dev/null ||
        { tail -n 20 "$WORK/apt.log"; die "apt-get failed"; }
    case $what in
        run) serve_and_stop ;;
        test) inside 'exec make test' 2>&1 </dev/null ;;
        setup) inside 'scripts/setup.sh --test && . scripts/env.sh && find_rust && cargo --version && time scripts/setup.sh --test' 2>&1 </dev/null ;;
    esac
}

status=0
all | timed || status=$?
step times
cat "$timings"
[ $status = 0 ] || die "failed"
