#!/usr/bin/env bash
# Kills, flips and fuzz for as long as one has time. `make soak` calls this after it has built everything.
#
#   SOAK_MINUTES   how long in all (20)
#   SOAK_SEED      the first seed; each turn of a test counts on from it (the time when nothing is said)
#   SOAK_ONLY      only the tests whose line below contains this
#
# Each test is run with more rounds than `make test` gives it, again and again with another seed, until its share of the
# time is over. The last lines say of each: how many turns and rounds, the first seed, how many failed, and how to repeat
# the first failure. The exit status is 1 when anything failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

minutes=${SOAK_MINUTES:-20}
seed=${SOAK_SEED:-$(date +%s)}
only=${SOAK_ONLY:-}
logs=${CARGO_TARGET_DIR:-target}/soak
mkdir -p "$logs"

# name · crate · test · rounds of one turn
tests=(
    'kills of server and runner under load|hven|crash::killed_twenty_times|3'
    'kills of the record|hven-record|faults::a_killed_process_loses_nothing|30'
    'kills of an import|hven-data|faults::a_kill_leaves_nothing_with_a_whole_name|100'
    'bit flips in a home|hven-record|flips::a_flip_in_a_home|200'
    'bit flips in a backup|hven-record|flips::a_flip_in_a_backup|200'
    'spoiled HTTP bodies|hven-server|fuzz::spoiled_bodies|60'
    'values at the ends of every field|hven-server|bounds::no_value|1'
    'damaged tables|hven-data|faults::damaged_tables|5000'
    'full disks (as root)|hven|disk_full::a_full_disk_wedges_nothing|10'
)
# A file with lines of the same form adds tests, such as those that need a small file system.
if [ -f scripts/soak.tests ]; then
    while IFS= read -r line; do
        case $line in '' | '#'*) ;; *) tests+=("$line") ;; esac
    done <scripts/soak.tests
fi
if [ -n "$only" ]; then
    chosen=()
    for line in "${tests[@]}"; do case $line in *"$only"*) chosen+=("$line") ;; esac; done
    tests=(${chosen+"${chosen[@]}"})
fi
if [ ${#tests[@]} -eq 0 ]; then
    echo "no test is named like $only"
    exit 2
fi

# Built once, before the time counts. `cargo test` is everywhere; nextest is not needed here.
crates=()
for line in "${tests[@]}"; do
    IFS='|' read -r _ crate _ _ <<<"$line"
    crates+=(-p "$crate")
done
cargo test --quiet --no-run "${crates[@]}" || exit 1

summary=()
failed=0
ends=$((SECONDS + minutes * 60))
left=${#tests[@]}
for line in "${tests[@]}"; do
    IFS='|' read -r name crate test rounds <<<"$line"
    # What a test before did not use is shared by those after.
    share=$(((ends - SECONDS) / left))
    left=$((left - 1))
    stop=$((SECONDS + share))
    turns=0 failures=0 repeat='' first=$((seed + turns))
    printf '\n── %s\n' "$name"
    while [ "$turns" -eq 0 ] || [ "$SECONDS" -lt "$stop" ]; do
        this=$((seed + turns * 1000))
        log="$logs/${crate}-${test//:/_}-$this.log"
        # A turn that hangs is a failure: it gets twice its share, and two minutes more.
        if HVEN_SOAK_ROUNDS=$rounds HVEN_SOAK_SEED=$this timeout $((2 * share + 120)) \
            cargo test --quiet -p "$crate" --test it -- "$test" --nocapture >"$log" 2>&1; then
            if grep -q '^test result: ok. 0 passed' "$log"; then
                printf 'there is no test %s in %s\n' "$test" "$crate"
                failures=$((failures + 1))
                repeat="look at scripts/soak.sh"
                break
            fi
            rm -f "$log"
        else
            failures=$((failures + 1))
            repeat=${repeat:-"HVEN_SOAK_ROUNDS=$rounds HVEN_SOAK_SEED=$this cargo test -p $crate --test it -- $test --nocapture   (log: $log)"}
            tail -n 15 "$log"
        fi
        turns=$((turns + 1))
    done
    [ "$failures" -eq 0 ] || failed=1
    summary+=("$(printf '%-40s %5d turns of %5d rounds, first seed %d, %d failed' \
        "$name" "$turns" "$rounds" "$first" "$failures")")
    [ -z "$repeat" ] || summary+=("    repeat: $repeat")
done

printf '\n'
for line in "${summary[@]}"; do printf '%s\n' "$line"; done
exit "$failed"
