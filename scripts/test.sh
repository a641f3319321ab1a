#!/usr/bin/env bash
# All tests: Rust with a PostgreSQL of their own, then every supported SDK version against the built server.
# The last line counts them all.
set -euo pipefail
. "$(dirname "$0")/env.sh"

scripts/setup.sh --test
find_rust
mkdir -p "$TARGET"
log=$TARGET/test-output.log
: >"$log"
# A cluster that was there before us belongs to somebody who is still at it.
scripts/postgres.sh status || trap 'scripts/postgres.sh stop' EXIT

# run NAME COMMAND...: shows and keeps the output; one part failing does not keep the others from running.
failed_parts=()
run() {
    local name=$1
    shift
    step "$name"
    "$@" </dev/null 2>&1 | tee -a "$log" || failed_parts+=("$name")
}

step postgres
EVERRUNS_TEST_POSTGRES=$(scripts/postgres.sh start)
export EVERRUNS_TEST_POSTGRES
# Numbers below are read from the output; colours would hide them.
export CARGO_TERM_COLOR=never

if cargo nextest --version >/dev/null 2>&1; then
    run "rust tests" cargo nextest run --workspace --locked --no-fail-fast --no-tests=pass
else
    run "rust tests" cargo test --workspace --locked --no-fail-fast
fi
run "server" cargo build --workspace --bins --locked
run "sdk tests" "$(scripts/venv.sh pytest pytest==8.4.2)/bin/python" -m pytest -q --color=no -p no:cacheprovider tests/sdk

# nextest:    Summary [ 1.2s] 12 tests run: 10 passed (1 slow), 2 failed, 0 skipped
# cargo test: test result: ok. 10 passed; 2 failed; 0 ignored; ...
# pytest:     2 failed, 10 passed, 1 error in 3.21s
summaries=$(grep -E '^ *Summary \[|^test result: |^=* ?[0-9]+ (passed|failed|error|skipped).* in [0-9.]+s' "$log" || true)
count() { { grep -oE "[0-9]+ ($1)" <<<"$summaries" || true; } | awk '{ n += $1 } END { print n + 0 }'; }
passed=$(count 'passed')
failed=$(count 'failed|errors?|timed out')
status=0
if [ ${#failed_parts[@]} -gt 0 ]; then
    status=1
    printf -v names '%s, ' "${failed_parts[@]}"
    say "failed: ${names%, }" >&2
    # What broke off before it could count is still a failure.
    [ "$failed" -gt 0 ] || failed=1
fi
echo "$passed passed, $failed failed"
exit $status
