#!/usr/bin/env bash
# Shows Hven at work: serves .demo/ and does what examples/$DEMO/hven.toml says: brings a table in, looks for a law in
# it, judges a claim about it. Then gives links to the pages.
#
# In a terminal it then waits for Ctrl-C; otherwise it stops the server at once. The record in .demo/ stays, so the
# next time nothing has to be run again. `make demo` calls this after it has built everything.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=${DEMO:-kepler}
if [ ! -f "examples/$demo/hven.toml" ]; then
    printf 'there is no demo "%s": say DEMO=' "$demo" >&2
    (cd examples && ls -d */hven.toml | sed 's|/hven.toml||') | paste -sd '|' >&2
    exit 2
fi
home=$PWD/.demo
hven() { "$HVEN_BIN" --home "$home" "$@"; }
# Settings of the person who tries it, and of a run that tries it, are not the demo's.
for name in $(compgen -e HVEN_); do
    if [ "$name" != HVEN_BIN ]; then unset "$name"; fi
done

stop() { hven down >/dev/null || true; }
trap stop EXIT

hven up --detach >/dev/null
cd "examples/$demo"
said() {
    printf '\n$ hven %s\n' "$*"
    hven "$@"
}
said run
said law show run.law
claim=$(sed -n 's/^\[claim\.\(.*\)\]$/\1/p' hven.toml | head -n 1)
said claim show "$claim"
said why "claim/$claim"

page=$(hven claim show "$claim" --json | sed -n 's|.*"url":"[a-z]*://[^/]*\(/[^"]*\)".*|\1|p')
if [ -t 0 ]; then
    printf '\nOpen this link in a browser; it works once:\n  '
    hven login --next "$page"
    printf '\nCtrl-C ends the demo. Try also, in another terminal, in examples/%s:\n  %s --home %s run --plan\n' \
        "$demo" "$HVEN_BIN" "$home"
    trap 'exit 0' INT
    sleep infinity &
    wait
else
    # The server ends with this script, and a link of it with the server.
    printf '\nThis gives a link to the pages:\n  %s --home %s login --next %s\n' "$HVEN_BIN" "$home" "$page"
fi
