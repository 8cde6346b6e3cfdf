//! The points and parameters that scripts write to `$HVEN_METRICS`, and the runner's own samples.

use hven_core::{
    run::Outcome,
    stream::{Source, Stream},
};

use crate::setup::Setup;

#[test]
fn good_lines_are_sent_and_bad_ones_are_named() {
    let setup = Setup::new();
    let script = r#"
        echo '{"key":"loss","value":0.5,"step":1}' >> $HVEN_METRICS
        echo 'loss=0.25' >> $HVEN_METRICS
        echo '{"loss":NaN,"accuracy":0.75,"step":2,"time":1.5}' >> $HVEN_METRICS
        echo '{"param":{"lr":0.1,"optimiser":"adam"}}' >> $HVEN_METRICS
        printf '{"loss":0.125}' >> $HVEN_METRICS
    "#;
    let (result, seen) = setup.run(script);
    assert_eq!(result.outcome, Outcome::Done);
    let points: Vec<String> = seen
        .lines(Stream::Metrics)
        .iter()
        .map(|p| format!("{} {} {}", p["k"].as_str().expect("a key"), p["v"], p["s"]))
        .collect();
    assert_eq!(points, ["loss 0.5 1", "accuracy 0.75 2", "loss \"NaN\" 2", "loss 0.125 0"]);
    assert!(seen.lines(Stream::Metrics).iter().all(|point| point["t"].is_i64()));
    assert_eq!(serde_json::json!(seen.params), serde_json::json!({"lr": 0.1, "optimiser": "adam"}));
    let notes = seen.text(Source::Hven);
    assert!(notes.starts_with("$HVEN_METRICS line 2: it is not a JSON object such as"), "{notes}");
    assert_eq!(notes.lines().count(), 1);
}

#[test]
fn a_number_beyond_the_largest_one_is_reported_as_such() {
    let (result, seen) =
        Setup::new().run("echo '{\"acc\": 1e400}' >> $HVEN_METRICS; echo '{\"acc\": 1e300}' >> $HVEN_METRICS");
    assert_eq!(result.outcome, Outcome::Done);
    assert_eq!(seen.lines(Stream::Metrics).len(), 1);
    let notes = seen.text(Source::Hven);
    let said = "$HVEN_METRICS line 1: a number in it is larger than the largest one of 64 bits, 1.8e308";
    assert!(notes.starts_with(said), "{notes}");
}

#[test]
fn a_replaced_metrics_file_is_reported_and_blocks_no_task() {
    let setup = Setup::new();
    for make in ["mkfifo", "mkdir", "ln -s $PWD/other"] {
        let script = format!("echo private > other; rm -f $HVEN_METRICS; {make} $HVEN_METRICS; exec sleep 1000");
        let attempt = setup.script(&script);
        setup.server.wait("a note in the log", |state| {
            let said = state.attempts.get(&attempt)?.text(Source::Hven);
            said.starts_with("$HVEN_METRICS cannot be read: it is ").then_some(())
        });
        assert_eq!(setup.run("true").0.outcome, Outcome::Done, "{make}");
        setup.stop(attempt);
        assert_eq!(setup.end_of(attempt).outcome, Outcome::Cancelled, "{make}");
        let seen = setup.seen(attempt);
        assert_eq!(seen.text(Source::Hven).lines().count(), 1, "{make}: it is logged once");
        assert!(seen.asides.is_empty(), "{make}: {:?}", seen.asides);
        setup.wait_for_removal(attempt);
    }
}

#[test]
fn a_lost_attempt_ends_even_if_its_metrics_file_is_a_folder() {
    let mut setup = Setup::new();
    let script = "rm -f $HVEN_METRICS; mkdir $HVEN_METRICS; touch $HVEN_METRICS/x; echo started; exec sleep 1000";
    let attempt = setup.script(script);
    setup.wait_for_log(attempt, "started");
    setup.kill_runner();
    setup.start_runner(&["--cpus", "4"]);
    let outcome = setup.end_of(attempt).outcome;
    assert!(matches!(outcome, Outcome::Lost { .. }), "{outcome:?}");
    setup.wait_for_removal(attempt);
}

#[test]
fn points_are_sent_while_the_task_runs() {
    let setup = Setup::new();
    let attempt = setup.script("echo '{\"loss\":1,\"step\":1}' >> $HVEN_METRICS; sleep 1000");
    setup
        .server
        .wait("a point", |state| (state.attempts.get(&attempt)?.lines(Stream::Metrics).len() == 1).then_some(()));
    setup.stop(attempt);
    setup.end_of(attempt);
}

#[test]
fn resources_are_sampled_and_totalled() {
    let setup = Setup::new();
    let script = "import os\nx = bytearray(50 << 20)\nwhile not os.path.exists('go'): pass";
    let attempt = setup.submit(&["python3", "-c", script], |_| {});
    let large = |sample: &serde_json::Value| sample["rss"].as_u64() > Some(50 << 20);
    setup.server.wait("three samples", |state| {
        let samples = state.attempts.get(&attempt)?.lines(Stream::Resources);
        (samples.len() >= 3 && samples.last().is_some_and(large)).then_some(())
    });
    std::fs::write(setup.work().join("go"), "").expect("a file");
    let result = setup.end_of(attempt);
    let usage = result.usage;
    assert!(usage.cpu_user_s > 0.5 && usage.memory_max_bytes > 50 << 20, "{usage:?}");
    let samples = setup.seen(attempt).lines(Stream::Resources);
    let sample = samples.last().expect("a sample");
    assert_eq!(sample["procs"], 1, "{sample}");
    assert!(sample["cpu_s"].as_f64() > Some(0.2), "{sample}");
    let gaps = samples.windows(2).map(|two| two[1]["t"].as_i64().unwrap_or(0) - two[0]["t"].as_i64().unwrap_or(0));
    assert!(gaps.min().unwrap_or(i64::MAX) > 900_000, "{samples:?}");
    // A task that ends before the first sample has none.
    assert!(setup.run("true").1.lines(Stream::Resources).is_empty());
}

#[test]
fn the_use_of_children_and_orphans_is_counted() {
    let setup = Setup::new();
    let busy = "python3 -c 'import time\\nend = time.process_time() + 0.4\\nwhile time.process_time() < end: pass'";
    let busy = busy.replace("\\n", "\n");
    let (result, _) = setup.run(&format!("{busy}\n(setsid {busy} &)\n"));
    assert!(result.usage.cpu_user_s + result.usage.cpu_system_s > 0.75, "{:?}", result.usage);
}
