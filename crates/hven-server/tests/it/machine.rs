//! The machine: what is in use, and what was in use over time.

use axum::http::StatusCode;
use hven_app::ports::Record;
use hven_core::{
    ActorId, AttemptId, RunnerId, Time,
    fact::Batch,
    resources::UnitNames,
    run::{AttemptResult, Finished, Outcome, ProcessStarted, Started, Usage},
};
use serde_json::Value;

use crate::test_home::{TestHome, now};

#[tokio::test]
async fn every_user_sees_the_use_of_the_whole_machine_without_names() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "secret/study").await;
    // Another run, of half an hour: its process used a quarter of its core.
    let ended = home.submit(&home.owner, "secret/other").await.parse().unwrap();
    let attempt = AttemptId { run: ended, number: 1 };
    let until = now();
    let from = until.plus_micros(-1_800_000_000);
    let result = AttemptResult {
        started: Some(from),
        ended: Some(until),
        wall_s: 1800.0,
        usage: Usage { cpu_user_s: 450.0, ..Usage::default() },
        ..AttemptResult::without_process(Outcome::Done)
    };
    let facts = vec![
        Started { attempt, runner: RunnerId::from_u128(1) }.into(),
        ProcessStarted { attempt, at: from, units: UnitNames::new() }.into(),
        Finished { run: ended, attempt: Some(1), result }.into(),
    ];
    Record::append(&home.store, Batch::new(until, ActorId::SYSTEM, facts)).await.unwrap();
    let stranger = home.user("Ursus", Some("other"), "viewer").await;
    let since = until.plus_micros(-7_200_000_000);
    let (status, machine) = home.get(&stranger, &format!("/machine?since={since}&points=200")).await;
    assert_eq!(status, StatusCode::OK, "{machine}");
    assert!(!machine.to_string().contains("secret") && !machine.to_string().contains(&run), "{machine}");
    assert_eq!((&machine["running"], &machine["tasks_queued"]), (&0.into(), &0.into()));
    assert!(machine["waiting"].as_u64().unwrap() >= 1, "{machine}");
    let runners = machine["runners"].as_array().unwrap();
    let of_test = runners.iter().find(|shown| shown["id"] == runner.id.to_string()).expect("the runner");
    assert_eq!(of_test["state"], "attached");
    assert_eq!(machine["capacity"]["cpus"], of_test["capacity"]["cpus"]);
    let over_time = &machine["use_over_time"];
    assert_eq!((&over_time["bin_s"], &over_time["is_cut"]), (&60.into(), &false.into()));
    let sum = |name: &str| -> f64 {
        over_time["bins"].as_array().unwrap().iter().map(|bin| bin[name].as_f64().unwrap() * minutes(bin, until)).sum()
    };
    // Thirty minutes times one core. The last bin is a part of a minute.
    assert!((sum("reserved_cores") - 30.0).abs() < 0.01, "{over_time}");
    assert!((sum("used_cores") - 7.5).abs() < 0.01, "{over_time}");
    assert!(sum("unmeasured_cores") == 0.0, "{over_time}");
}

/// The minutes of a bin until now, about: the answer is from a moment later.
fn minutes(bin: &Value, until: Time) -> f64 {
    let start: Time = bin["start"].as_str().unwrap().parse().unwrap();
    (until.seconds_since(start) / 60.0).min(1.0)
}

#[tokio::test]
async fn a_wrong_period_is_refused() {
    let home = TestHome::new().await;
    for query in [
        "since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
        "since=9000-01-01T00:00:00Z",
        "since=soon",
        "points=1",
        "points=1001",
        "project=astro",
    ] {
        let (status, answer) = home.get(&home.owner, &format!("/machine?{query}")).await;
        assert!(status.is_client_error(), "{query}: {status} {answer}");
    }
    // Also all time is a period.
    let (status, answer) = home.get(&home.owner, "/machine?since=0000-01-01T00:00:00Z&points=2").await;
    assert_eq!((status, answer["use_over_time"]["bins"].as_array().unwrap().len()), (StatusCode::OK, 2), "{answer}");
}
