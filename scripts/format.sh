#!/usr/bin/env bash
# Formats every Rust file of the repository, or lists unformatted files (--check). `cargo fmt` finds only files of `mod` items,
# and so misses the files that the lists of nouns declare.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z --cached --others --exclude-standard '*.rs' | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
done | xargs -0 -n 60 -P 2 rustfmt --edition 2024 "$@"
