#!/usr/bin/env bash
# Shows Hven at work: serves .demo/, runs examples/kepler/fit.py as a tracked run, and gives a link to its page.
#
# In a terminal it then waits for Ctrl-C; otherwise it stops the server at once. The record in .demo/ stays, so the
# next time nothing has to be run again. `make demo` calls this after it has built everything.
set -euo pipefail
cd "$(dirname "$0")/.."

home=$PWD/.demo
hven() { "$HVEN_BIN" --home "$home" "$@"; }
# Settings of the person who tries it, and of a run that tries it, are not the demo's.
for name in $(compgen -e HVEN_); do
    if [ "$name" != HVEN_BIN ]; then unset "$name"; fi
done

told=$(mktemp)
stop() {
    hven down >/dev/null || true
    rm -f "$told"
}
trap stop EXIT

hven up --detach >/dev/null
cd examples/kepler
echo '$ hven run -i planets.csv -o fit.csv fit.svg -- python3 fit.py'
# What the script prints comes at once; Hven's own line at the end is kept, to read the run's handle from it.
status=0
hven run --project astro/kepler -i planets.csv -o fit.csv fit.svg -- python3 fit.py 2>"$told" || status=$?
cat "$told" >&2
if [ "$status" -ne 0 ]; then exit "$status"; fi
run=$(sed -n 's/^run \([0-9A-Z]*\) .*/\1/p' "$told" | tail -n 1)
if grep -q 'up to date' "$told"; then hven logs "$run" | tail -n 1; fi

printf '\nOpen this link in a browser; it works once:\n  '
hven login --next "/r/$run"
if [ -t 0 ]; then
    printf '\nCtrl-C ends the demo. Try also, in another terminal:\n  %s --home .demo show %s\n' "$HVEN_BIN" "$run"
    trap 'exit 0' INT
    sleep infinity &
    wait
fi
