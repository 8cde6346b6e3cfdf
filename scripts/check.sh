#!/usr/bin/env bash
# All that CI asks of a change. Stops at the first stage that fails; ends with the time of each.
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
# Which crate may use which; tests may use what they like.
layers() { cargo deny --log-level error --exclude-dev check bans; }
# Which file may use which, and what a file may hold.
house() { python3 -B scripts/test_check_house.py --quiet && python3 -B scripts/check_house.py; }
# Words in comments and names of tests that readers have to guess.
english() { python3 -B scripts/check_english.py; }
advisories() {
    if timeout 120 cargo deny --log-level error fetch db 2>/dev/null; then
        cargo deny --log-level error check --disable-fetch advisories
    else
        echo 'not checked: the advisory database cannot be reached from here'
    fi
}
web_checks() { npm --prefix web run --silent lint && npm --prefix web run --silent types; }
lints() { cargo clippy --workspace --all-targets -- -D warnings; }

# The API's types in the pages are those of docs/openapi.json, which a test compares with the code.
generated() {
    local fresh
    fresh=$(mktemp -d)
    (cd web && npx --no-install openapi-typescript ../docs/openapi.json -o "$fresh/schema.d.ts" >/dev/null)
    if ! diff -u web/src/api/schema.d.ts "$fresh/schema.d.ts" | head -n 40; then
        echo 'web/src/api/schema.d.ts is old: "make generated" writes it anew'
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
