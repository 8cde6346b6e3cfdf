#!/usr/bin/env bash
# Calls a server of Hven with the real client of MLflow, and compares what works with the table in docs/mlflow.md. Then it imports stores
# that this client makes, and compares them.
# Each version of the client is installed from PyPI into a virtual environment, once.
#
# Usage: mlflow_test.sh [--write] BINARY [VERSION …]
#   --write   writes the table of docs/mlflow.md instead of comparing it
set -euo pipefail
cd "$(dirname "$0")/.."
write=
if [ "${1:-}" = --write ]; then write=1; shift; fi
hven=$(realpath "${1:?the binary of Hven}")
shift
versions=("$@")
[ ${#versions[@]} -gt 0 ] || versions=(3.17.2 3.16.0 3.15.0)
environments=${CARGO_TARGET_DIR:-target}/mlflow

work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

export HVEN_HOME=$work/home
(cd "$work" && "$hven" run -- true >/dev/null 2>&1)
"$hven" down >/dev/null 2>&1 || true
(cd "$work" && exec "$hven" up --port 0) >"$work/server.log" 2>&1 &
server=$!
for _ in $(seq 100); do
    MLFLOW_TRACKING_URI=$(sed -n 's/.*\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$work/server.log" | head -1)
    [ -z "$MLFLOW_TRACKING_URI" ] || break
    sleep 0.1
done
MLFLOW_TRACKING_TOKEN=$(cat "$HVEN_HOME/token")
export MLFLOW_TRACKING_URI MLFLOW_TRACKING_TOKEN

# Makes a store with this client, imports it into a home of its own, and compares the two with the same client.
compare_import() {
    local store=$work/store-$2-$3 home=$work/import-$2-$3 source=file:$work/store-$2-$3/mlruns found=0 url
    [ "$3" = folder ] || source=sqlite:///$store/mlflow.db
    "$1" -W ignore crates/hven-imports/tests/samples/make_mlflow.py "$store" "$3" >/dev/null 2>"$store.err"
    (cd "$work" && HVEN_HOME=$home HVEN_PORT=0 "$hven" import mlflow "$store" >"$store.txt" 2>&1) || found=1
    url=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' "$home/server.json")
    if ! MLFLOW_TRACKING_TOKEN=$(cat "$home/token") "$1" -W ignore crates/hven/tests/mlflow/compare_import.py "$source" "$url" >>"$store.txt" 2>"$store.err"; then
        found=1
    fi
    HVEN_HOME=$home "$hven" down >/dev/null 2>&1 || true
    if [ $found = 0 ]; then echo "works  import of a $3 of $2"; else echo "FAILS  import of a $3 of $2"; cat "$store.txt" "$store.err"; fi
    return $found
}

failed=0
for version in "${versions[@]}"; do
    python=$environments/$version/bin/python
    if [ ! -e "$environments/$version/complete" ]; then
        rm -rf "${environments:?}/$version"
        python3 -m venv "$environments/$version"
        "$python" -m pip install --quiet "mlflow==$version" scikit-learn matplotlib
        touch "$environments/$version/complete"
    fi
    "$python" -W ignore crates/hven/tests/mlflow/calls.py >"$work/$version.txt" 2>"$work/$version.err" || failed=1
    grep -E '^(mlflow|works|fails)' "$work/$version.txt"
    compare_import "$python" "$version" database || failed=1
    compare_import "$python" "$version" folder || failed=1
done

python3 - "$work" "${write:-0}" "${versions[@]}" <<'PYTHON'
import re
import sys
from pathlib import Path

folder, write, *versions = sys.argv[1:]
found = {}
for version in versions:
    for line in (Path(folder) / f"{version}.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"(works|fails)  (\w+)", line):
            found.setdefault(match[2], {})[version] = match[1]
rows = ["| call | works |", "| --- | --- |"]
for call, answers in found.items():
    works = set(answers.values()) == {"works"}
    rows.append(f"| {call.replace('_', ' ')} | {'yes' if works else 'no'} |")
page = Path("docs/mlflow.md")
text = page.read_text(encoding="utf-8")
new = re.sub(r"(<!-- calls -->\n).*(<!-- end -->)", lambda m: m[1] + "\n".join(rows) + "\n" + m[2], text, flags=re.S)
if write == "1":
    page.write_text(new, encoding="utf-8")
elif new != text:
    sys.exit("docs/mlflow.md says something else about what works: scripts/mlflow_test.sh --write")
PYTHON
exit $failed
