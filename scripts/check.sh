#!/usr/bin/env bash
# Runs all checks of CI. Stops at the first failed stage; prints the time of each stage at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

times=()
report() {
    local status=$?
    printf '\n'
    for line in ${times+"${times[@]}"}; do printf '%s\n' "$line"; done
    if [ "$status" -ne 0 ]; then printf 'make check failed at: %s\n' "$stage"; fi
}
trap report EXIT
stage() { # name · command…
    stage=$1
    shift
    local start=$SECONDS
    printf '\n━━ %s\n' "$stage"
    "$@"
    times+=("$(printf '%5d s  %s' $((SECONDS - start)) "$stage")")
}

licences() { cargo deny --log-level error check licenses sources; }
# Checks which crate may use which; tests are not checked.
layers() { cargo deny --log-level error --exclude-dev check bans; }
# Checks which file may use which, and what a file may contain.
house() { python3 -B scripts/test_check_house.py --quiet && python3 -B scripts/check_house.py; }
# Finds hard words in comments and in names of tests.
english() { python3 -B scripts/check_english.py; }
advisories() {
    if timeout 120 cargo deny --log-level error fetch db 2>/dev/null; then
        cargo deny --log-level error check --disable-fetch advisories
    else
        echo 'not checked: the advisory database is not reachable'
    fi
}
web_checks() { npm --prefix web run --silent lint && npm --prefix web run --silent types; }
lints() { cargo clippy --workspace --all-targets -- -D warnings; }

# Compares the API types of the web pages with docs/openapi.json. A test compares docs/openapi.json with the code.
generated() {
    local fresh
    fresh=$(mktemp -d)
    (cd web && npx --no-install openapi-typescript ../docs/openapi.json -o "$fresh/schema.d.ts" >/dev/null)
    if ! diff -u web/src/api/schema.d.ts "$fresh/schema.d.ts" | head -n 40; then
        echo 'web/src/api/schema.d.ts is out of date: run "make generated"'
        return 1
    fi
    rm -r "$fresh"
}

stage 'tools' scripts/setup.sh check
stage 'format' scripts/format.sh --check
stage 'licences and sources' licences
stage 'layers' layers
stage 'house' house
stage 'plain English' english
stage 'advisories' advisories
stage 'build' make build
stage 'pages: lint and types' web_checks
stage 'generated files' generated
stage 'book' python3 scripts/check_book.py "$HVEN_BIN"
stage 'lints' lints
stage 'a new noun' scripts/add_noun_drill.sh check
stage 'tests' scripts/test.sh
