#!/usr/bin/env bash
# Runs every test: the example, the crates, the pages, and the pages in a real browser.
#
# Suites that need a tool from the system are skipped by name, with a count, where it is absent; with
# CI=true a skip is a failure. `make test` calls this after it has built everything.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

failed=()
skipped=()
has() { command -v "$1" >/dev/null 2>&1; }
suite() { # name · command…
    local name=$1
    shift
    printf '\n── %s\n' "$name"
    "$@" || failed+=("$name")
}
skip() { # name · number of tests · what is missing
    skipped+=("$1: $2 tests ($3)")
}

example() { python3 -B -m unittest discover --quiet -s examples/kepler; }

# Tests that need PostgreSQL have `postgres` in their name.
crates() {
    local nextest=no postgres=yes
    if cargo nextest --version >/dev/null 2>&1; then nextest=yes; fi
    if ! has initdb && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
        postgres=no
        skip PostgreSQL "$(count_postgres "$nextest")" 'initdb is not installed'
    fi
    case $nextest-$postgres in
    yes-yes) cargo nextest run --workspace ;;
    yes-no) cargo nextest run --workspace -E 'not test(postgres)' ;;
    no-yes) cargo test --quiet --workspace ;;
    no-no) cargo test --quiet --workspace -- --skip postgres ;;
    esac
}
count_postgres() {
    if [ "$1" = yes ]; then
        cargo nextest list --workspace -E 'test(postgres)' --message-format oneline 2>/dev/null | wc -l
    else
        cargo test --workspace -- --list 2>/dev/null | grep -c 'postgres.*: test$'
    fi
}

pages() { npm --prefix web run --silent test; }

browser() {
    if has chromium || has chromium-browser || has google-chrome; then
        npm --prefix web run --silent e2e
    else
        skip browser "$(cat web/e2e/*.test.ts | grep -cE '^ *(test|it)\(')" 'Chromium is not installed'
    fi
}

suite 'example (unittest)' example
suite 'crates (Rust)' crates
suite 'pages (unit tests)' pages
suite 'pages (browser)' browser

printf '\n'
for line in ${skipped+"${skipped[@]}"}; do printf 'skipped  %s\n' "$line"; done
for line in ${failed+"${failed[@]}"}; do printf 'failed   %s\n' "$line"; done
if [ "${CI:-}" = true ] && [ ${#skipped[@]} -gt 0 ]; then
    printf 'With CI=true a skipped suite is a failure.\n'
    exit 1
fi
[ ${#failed[@]} -eq 0 ] && printf 'all suites passed\n'
