#!/usr/bin/env bash
# Adds a noun (`remark`: fact, view, lineage node, endpoint, command, page) to a copy of the repository, as described in
# CONTRIBUTING under "Add a noun", from the files in scripts/drill/. Fails if more than ten lines of existing files are edited,
# or if a check of the result fails. Generated files do not count.
#
# Usage: add_noun_drill.sh [count | check | all]
#   count   the number of edited lines, the format and the structure of the files
#   check   also `cargo check` of all crates (the default)
#   all     also generated files, web pages and the noun's tests, with a separate target folder
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-check}
LINES_MAX=10

repository=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# The current files, including uncommitted changes.
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null -T - -cf - | tar -xf - -C "$copy"
cd "$copy"
git init -q .
git add -A
git -c user.name=drill -c user.email=drill@localhost commit -qm before

cp -r scripts/drill/new/. .
python3 - scripts/drill/lines.tsv <<'PYTHON'
import sys
from pathlib import Path

for row in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines():
    if row.startswith("#"):
        continue
    file, anchor, new = row.split("\t")
    lines = Path(file).read_text(encoding="utf-8").split("\n")
    places = [at for at, line in enumerate(lines) if line.startswith(anchor)]
    if len(places) != 1:
        sys.exit(f"{file}: {len(places)} lines begin with {anchor!r}; scripts/drill/lines.tsv needs one")
    lines.insert(places[0] + 1, new)
    Path(file).write_text("\n".join(lines), encoding="utf-8")
PYTHON

count() {
    local edited
    edited=$(git diff --numstat -- . ':!docs/openapi.json' ':!web/src/api/schema.d.ts' | awk '{ n += ($1 > $2 ? $1 : $2) } END { print n + 0 }')
    git diff --stat -- . ':!docs/openapi.json' ':!web/src/api/schema.d.ts'
    printf 'a new noun: %s new files, %s edited lines (at most %s)\n' \
        "$(git ls-files --others --exclude-standard | wc -l)" "$edited" "$LINES_MAX"
    [ "$edited" -le "$LINES_MAX" ]
}

scripts/format.sh --check
python3 -B scripts/check_house.py
count
[ "$mode" != count ] || exit 0

mkdir -p web/dist
[ -e web/dist/index.html ] || touch web/dist/index.html
cargo check --quiet --workspace --all-targets
[ "$mode" = all ] || exit 0

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$repository/target}/drill
cargo build --quiet -p hven-runner -p hven
hven=$CARGO_TARGET_DIR/debug/hven
python3 scripts/check_book.py "$hven"
"$hven" openapi >docs/openapi.json
ln -s "$repository/web/node_modules" web/node_modules
(cd web && npm run --silent api && npm run --silent lint && npm run --silent types && npx --no-install vitest run src/nouns.test.ts src/messages)
cargo nextest run -p hven-core -p hven-app -E 'test(fact) | test(sentence) | test(codes) | test(nodes)'
cargo nextest run -p hven --test remark
cargo nextest run -p hven-record -E 'test(kinds)'
count
