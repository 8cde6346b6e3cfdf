#!/usr/bin/env bash
# Runs all tests: the example, the crates, the web pages, and the web pages in a real browser.
#
# A suite that needs a missing system tool is skipped and counted; with CI=true a skipped suite is a failure. `make test` builds
# everything before it calls this script.
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
# Some tests detect themselves what is missing, such as the right to mount a small disk. They write it to this file.
HVEN_LEFT_OUT=$(mktemp)
export HVEN_LEFT_OUT

example() { python3 -B -m unittest discover --quiet -s examples/kepler; }

# Tests that need PostgreSQL have `postgres` in their name; tests with foreign validators have `validators`.
crates() {
    local nextest=no without=() word words=
    if cargo nextest --version >/dev/null 2>&1; then nextest=yes; fi
    if ! has initdb && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
        without+=(postgres)
        skip PostgreSQL "$(count_tests postgres "$nextest")" 'initdb is not installed'
    fi
    if [ ! -x "${CARGO_TARGET_DIR:-target}/validators/bin/rocrate-validator" ]; then
        without+=(validators)
        skip validators "$(count_tests validators "$nextest")" 'roc-validator and prov are not in target/validators'
    fi
    if [ "$nextest" = yes ]; then
        for word in ${without+"${without[@]}"}; do words+=" and not test($word)"; done
        cargo nextest run --workspace -E "all()$words"
    else
        cargo test --quiet --workspace -- ${without[@]/#/--skip=}
    fi
}
count_tests() { # word in their names · whether nextest is installed
    if [ "$2" = yes ]; then
        cargo nextest list --workspace -E "test($1)" --message-format oneline 2>/dev/null | wc -l
    else
        cargo test --workspace -- --list 2>/dev/null | grep -c "$1.*: test\$"
    fi
}

# Without libraries it takes seconds; tests that need a library are skipped there, and run with CI=true.
python_module() { scripts/python_test.sh ${CI:+--libraries}; }

# Installing the client takes a minute. `scripts/mlflow_test.sh` alone also calls with older versions of it.
mlflow_client() {
    if [ "${CI:-}" = true ]; then
        scripts/mlflow_test.sh "$HVEN_BIN" 3.17.2
    else
        skip "calls of MLflow's client" "$(grep -c '^@call' crates/hven/tests/mlflow/calls.py)" 'they need its package, which CI=true installs'
    fi
}

pages() { npm --prefix web run --silent test; }

browser() {
    if has chromium || has chromium-browser || has google-chrome; then
        # The names of failed tests are printed last, where they are seen.
        local report
        report=$(mktemp)
        npm --prefix web run --silent e2e -- --reporter=default --reporter=json --outputFile.json="$report" && rm -f "$report" && return
        node -e '
            for (const file of JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")).testResults) {
                const failed = file.assertionResults.filter((test) => test.status === "failed")
                for (const test of failed) console.log(`failed in the browser: ${test.fullName}: ${test.failureMessages[0]?.split("\n")[0]}`)
                if (failed.length === 0 && file.status === "failed") console.log(`failed in the browser: ${file.name}: ${file.message}`)
            }' "$report"
        rm -f "$report"
        return 1
    else
        skip browser "$(cat web/e2e/*.test.ts | grep -cE '^ *(test|it)\(')" 'Chromium is not installed'
    fi
}

suite 'example (unittest)' example
suite 'Python module and packages' python_module
suite 'crates (Rust)' crates
suite "calls of MLflow's client" mlflow_client
suite 'pages (unit tests)' pages
suite 'pages (browser)' browser

while IFS= read -r line; do skipped+=("$line"); done < <(sort -u "$HVEN_LEFT_OUT")
rm -f "$HVEN_LEFT_OUT"

printf '\n'
for line in ${skipped+"${skipped[@]}"}; do printf 'skipped  %s\n' "$line"; done
for line in ${failed+"${failed[@]}"}; do printf 'failed   %s\n' "$line"; done
if [ "${CI:-}" = true ] && [ ${#skipped[@]} -gt 0 ]; then
    printf 'With CI=true a skipped suite is a failure.\n'
    exit 1
fi
[ ${#failed[@]} -eq 0 ] && printf 'all suites passed\n'
