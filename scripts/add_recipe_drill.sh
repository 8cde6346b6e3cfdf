#!/usr/bin/env bash
# Adds a recipe to a clean clone, as described in CONTRIBUTING.md under "Add a recipe": one new file and one edited line. Builds
# the clone and runs the recipe through the command line, a manifest and the API. Fails if other lines were edited.
#
# The script uses built dependencies of CARGO_TARGET_DIR (default: target/) and does not change them.
set -euo pipefail
cd "$(dirname "$0")/.."

started=$SECONDS
repository=$PWD
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
place=$(mktemp -d "${TMPDIR:-/tmp}/hven-drill-XXXXXX")
# In the same parent folder as the target folder, so that hard links work.
build=$(mktemp -d "$(dirname "$target")/.drill-XXXXXX")
hven=$build/debug/hven
finish() {
    if [ -x "$hven" ] && [ -d "$place/home" ]; then "$hven" --home "$place/home" down >/dev/null 2>&1 || true; fi
    rm -rf "$place" "$build"
}
trap finish EXIT
fail() {
    printf 'the drill failed: %s\n' "$1"
    exit 1
}

# 1. Add a file, and a line in the list.
git clone --quiet --local "$repository" "$place/hven"
cd "$place/hven"
drill=scripts/drill_recipe
cp "$drill/extremes.rs" crates/hven-recipes/src/extremes.rs
python3 - "$drill/lib.rs.line" crates/hven-recipes/src/lib.rs <<'PYTHON'
import sys
from pathlib import Path

line, lib = Path(sys.argv[1]).read_text(), Path(sys.argv[2])
before, listed, after = lib.read_text().partition("recipes! {\n")
names, end, rest = after.partition("}\n")
lib.write_text(before + listed + "".join(sorted([*names.splitlines(keepends=True), line])) + end + rest)
PYTHON

# 2. Check that nothing else was edited.
new=$(git ls-files --others --exclude-standard)
edited=$(git diff --numstat)
[ "$new" = crates/hven-recipes/src/extremes.rs ] || fail "the new files are: $new"
[ "$edited" = "$(printf '1\t0\tcrates/hven-recipes/src/lib.rs')" ] || fail "the edited lines are: $edited"

# 3. Check the structure of the files, and that only the recipe's file has its name.
python3 -B scripts/check_house.py >"$place/house" || { cat "$place/house"; fail 'check_house.py has findings'; }
rustfmt --check --edition 2024 crates/hven-recipes/src/extremes.rs || fail 'the new file is not formatted'

# 4. Build.
if [ -d "$target/debug" ]; then cp -al "$target/debug" "$build/debug"; fi
# Cargo's lock is a hard link to that of the other folder.
rm -rf "$build/debug/incremental" "$build/debug/.cargo-lock" "$hven"
CARGO_INCREMENTAL=0 CARGO_TARGET_DIR="$build" cargo build --quiet -p hven -p hven-runner

# 5. Run the recipe. Its description provides the flags, the keys and the API.
mkdir "$place/study"
cp "$drill/planets.csv" "$place/study/"
cd "$place/study"
export HVEN_HOME=$place/home
"$hven" data add planets.csv >/dev/null
"$hven" recipe list | grep -q '^extremes .*Find the least and the largest number' || fail 'the list lacks it'
"$hven" recipe show extremes --json | python3 -c '
import json, sys
shown = json.load(sys.stdin)
column, digits = shown["arguments"]
assert column["type"]["is"] == "column" and column["required"], column
assert digits["default"] == 6 and digits["type"]["max"] == 15, digits
assert shown["result_kind"] == "files", shown
' || fail 'the API does not describe it'
"$hven" recipe run extremes planets --column 周期 --digits 2 --name by-flags >/dev/null
"$hven" get last -o made >/dev/null
python3 -c '
import json
made = json.load(open("made/extremes.json"))
assert made == {"column": "周期", "least": 0.24, "largest": 1.88}, made
' || fail 'the result has other numbers'
refused() { # expected message · command…
    local expected=$1 output
    shift
    if output=$("$hven" "$@" 2>&1); then fail "\`hven $*\` is not refused"; fi
    grep -qF -- "$expected" <<<"$output" || fail "\`hven $*\` prints: $output"
}
refused '"-1" is not a whole number from 0 to 15' recipe run extremes planets --column period --digits -1
refused "a similar argument exists: '--digits'" recipe run extremes planets --column period --digts 3
refused 'an empty text is not the name of a column' recipe run extremes planets --column ''
refused "--column <COLUMN>" recipe run extremes planets
printf '[run.wide]\nrecipe = "extremes"\ninput = "planets"\ncolumn = "period"\ndigits = 2\n' >hven.toml
"$hven" run >/dev/null || fail 'a step with the recipe fails'
printf '[run.wide]\nrecipe = "extremes"\ninput = "planets"\ncolum = "period"\n' >hven.toml
refused 'is `column` meant?' run

printf 'a recipe is one new file and one edited line: added, built and run in %d s\n' $((SECONDS - started))
