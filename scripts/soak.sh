#!/usr/bin/env bash
# Runs tests with kills, bit flips and fuzzing for a given time. `make soak` builds everything before it calls this script.
#
#   SOAK_MINUTES   the total time (20)
#   SOAK_SEED      the first seed; each turn of a test uses a higher one (default: the current time)
#   SOAK_ONLY      only tests whose line below contains this text
#
# Each test runs repeatedly, with more rounds than in `make test`, until its share of the time is over. A test with a seed gets
# another seed in each turn. The last lines report for each test: the numbers of turns and rounds, the first seed, the number of
# failures, and the command that repeats the first failure; or the reason why it was left out. The exit status is 1 if a test
# failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

minutes=${SOAK_MINUTES:-20}
seed=${SOAK_SEED:-$(date +%s)}
only=${SOAK_ONLY:-}
logs=${CARGO_TARGET_DIR:-target}/soak
mkdir -p "$logs"

# name · crate · test · rounds of one turn · `no seed` if the test has none
tests=(
    'kills of server and runner under load|hven|crash::repeated_kills_lose_nothing|3'
    'kills under an array of 10,000 tasks|hven|array_faults::kills_lose_no_task|10000'
    '10,000 tasks that fail|hven|array_faults::thousands_of_failures|10000|no seed'
    'kills of the record|hven-record|faults::a_killed_process_loses_nothing|30|no seed'
    'kills of an import|hven-data|faults::a_kill_leaves_no_partial_file_under_a_final_name|100'
    'bit flips in a home|hven-record|flips::a_flip_in_a_home|200'
    'bit flips in a backup|hven-record|flips::a_flip_in_a_backup|200'
    'spoiled HTTP bodies|hven-server|fuzz::spoiled_bodies|60'
    'the follower of repairs under kills|hven-app|repair_follower::every_repair_ends_once|20000'
    'the follower of arrays under kills|hven-app|array_follower::every_array_ends_once|2000'
    'the follower of results under kills|hven-app|result_follower::every_result_is_processed_once|20000'
    'values at the ends of every field|hven-server|extreme_values::no_value|1|no seed'
    'damaged tables|hven-data|faults::damaged_tables|5000'
    'random texts for the reader of units|hven-core|unit_fuzz::random_texts|200000'
    'tables in any dialect|hven-data|dialects::numbers_in_any_dialect|20000|no seed'
    'texts in the signs of any dialect|hven-data|dialects::any_text_of_these_dialects|20000|no seed'
    'full disks (as root)|hven|disk_full::a_full_disk_blocks_nothing|10'
)
# A file with lines of the same format adds tests, such as those that need a small file system.
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
    echo "no test has $only in its line"
    exit 2
fi

# Builds once, before the time starts. `cargo test` is always installed; nextest is not needed here.
crates=()
for line in "${tests[@]}"; do
    IFS='|' read -r _ crate _ <<<"$line"
    crates+=(-p "$crate")
done
cargo test --quiet --no-run "${crates[@]}" || exit 1

# Ends the processes of a turn and unmounts its small disks, so that no turn disturbs the next one. Servers and runners have
# sessions of their own and would go on. All of them have the folder of the turn in their arguments or environment.
tidy() { # folder of a turn
    local file pid
    while IFS= read -r file; do
        pid=${file#/proc/}
        kill -9 "${pid%%/*}" 2>/dev/null
    done < <(grep -lsaF -f <(printf '%s\n' "$1") /proc/[0-9]*/cmdline /proc/[0-9]*/environ)
    if [ -r /proc/mounts ]; then
        awk -v place="$1/" '$1 == "hven-test" && index($2, place) == 1 { print $2 }' /proc/mounts | xargs -r umount -l
    fi
    rm -rf "$1"
}

summary=()
failed=0
ends=$((SECONDS + minutes * 60))
left=${#tests[@]}
for line in "${tests[@]}"; do
    IFS='|' read -r name crate test rounds seeded <<<"$line"
    # Later tests share the time that earlier tests did not use. Each test has at least one turn.
    share=$(((ends - SECONDS) / left))
    [ "$share" -gt 0 ] || share=0
    left=$((left - 1))
    stop=$((SECONDS + share))
    turns=0 failures=0 repeat='' seeds="first seed $seed"
    [ "$seeded" != 'no seed' ] || seeds='no seed'
    printf '\n── %s\n' "$name"
    while [ "$turns" -eq 0 ] || [ "$SECONDS" -lt "$stop" ]; do
        this=$((seed + turns * 1000))
        log="$logs/${crate}-${test//:/_}-$this.log"
        place=$(mktemp -d "${TMPDIR:-/tmp}/hven-soak.XXXXXX") && chmod 755 "$place" || exit 1
        # A turn fails after twice its share plus two minutes.
        TMPDIR=$place HVEN_SOAK_ROUNDS=$rounds HVEN_SOAK_SEED=$this timeout -k 30 $((2 * share + 120)) \
            cargo test --quiet -p "$crate" --test it -- "$test" --nocapture >"$log" 2>&1
        status=$?
        tidy "$place"
        if [ "$status" -eq 0 ]; then
            why=$(sed -n 's/^\.*left out: //p' "$log" | head -n 1)
            if [ -n "$why" ]; then
                rm -f "$log"
                printf 'left out: %s\n' "$why"
                summary+=("$(printf '%-40s left out: %s' "$name" "$why")")
                continue 2
            fi
            if grep -q '^test result: ok. 0 passed' "$log"; then
                printf 'there is no test %s in %s\n' "$test" "$crate"
                failures=$((failures + 1))
                repeat="correct the line in scripts/soak.sh"
                break
            fi
            rm -f "$log"
        else
            failures=$((failures + 1))
            repeat=${repeat:-"HVEN_SOAK_ROUNDS=$rounds HVEN_SOAK_SEED=$this cargo test -p $crate --test it -- $test --nocapture   (log: $log)"}
            [ "$status" -ne 124 ] || printf 'it reached the time limit\n'
            tail -n 15 "$log"
        fi
        turns=$((turns + 1))
    done
    [ "$failures" -eq 0 ] || failed=1
    summary+=("$(printf '%-40s %5d turns of %5d rounds, %s, %d failed' "$name" "$turns" "$rounds" "$seeds" "$failures")")
    [ -z "$repeat" ] || summary+=("    repeat: $repeat")
done

printf '\n'
for line in "${summary[@]}"; do printf '%s\n' "$line"; done
exit "$failed"
