#!/usr/bin/env bash
# Demonstrates Hven: serves .demo/ and runs the steps of examples/$DEMO/hven.toml, which import a table, search for a law in it
# and judge a claim about it. Then it prints links to the pages.
#
# In a terminal the script waits for Ctrl-C; otherwise it stops the server at once. The record in .demo/ stays, so the next demo
# runs nothing again. `make demo` builds everything before it calls this script.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=${DEMO:-kepler}
if [ ! -f "examples/$demo/hven.toml" ]; then
    printf 'there is no demo "%s": set DEMO=' "$demo" >&2
    (cd examples && ls -d */hven.toml | sed 's|/hven.toml||') | paste -sd '|' >&2
    exit 2
fi
home=$PWD/.demo
hven() { "$HVEN_BIN" --home "$home" "$@"; }
# Settings of the user, or of a run that starts the demo, must not affect the demo.
for name in $(compgen -e HVEN_); do
    if [ "$name" != HVEN_BIN ]; then unset "$name"; fi
done

stop() { hven down >/dev/null || true; }
trap stop EXIT

hven up --detach >/dev/null
cd "examples/$demo"
show() {
    printf '\n$ hven %s\n' "$*"
    hven "$@"
}
show run
show law show run.law
claim=$(sed -n 's/^\[claim\.\(.*\)\]$/\1/p' hven.toml | head -n 1)
show claim show "$claim"
show why "claim/$claim"

page=$(hven claim show "$claim" --json | sed -n 's|.*"url":"[a-z]*://[^/]*\(/[^"]*\)".*|\1|p')
if [ -t 0 ]; then
    printf '\nOpen this link in a browser; it works once:\n  '
    hven login --next "$page"
    printf '\nCtrl-C ends the demo. Also try this in another terminal, in examples/%s:\n  %s --home %s run --plan\n' \
        "$demo" "$HVEN_BIN" "$home"
    trap 'exit 0' INT
    sleep infinity &
    wait
else
    # The server ends with this script, so a link would not work any more.
    printf '\nThis command prints a link to the pages:\n  %s --home %s login --next %s\n' "$HVEN_BIN" "$home" "$page"
fi
