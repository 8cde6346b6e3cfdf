//! A verdict never depends on data that is absent only for a moment.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    additions_after_end::measured,
    test_home::{TestHome, ended_well},
};

/// How many runs are judged right after their end. `make soak` raises it.
fn rounds() -> u64 {
    hven_testing::rounds(20)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judgement_right_after_the_end_has_the_metrics() {
    let home = TestHome::new().await;
    let claim = json!({ "name": "good", "statement": "It is good.", "test": "acc > 0.1", "evidence": ["run.fit"] });
    let (status, _) = home.call(&home.owner, "POST", "/claims", claim).await;
    assert_eq!(status, StatusCode::OK);
    let runner = home.runner().await;
    let (mut after, mut looks, mut absent) = (0, 0, Vec::new());
    for round in 0..rounds() {
        let (run, attempt) = measured(&home, &runner, &mut after, 0.5).await;
        let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let path = format!("/runs/{run}/metrics");
        let sealed = format!("/facts?run={run}&kind=run.part_sealed");
        // The sealer is at work now: every judgement must find the metric, live or sealed.
        let mut is_sealed = false;
        while !is_sealed {
            is_sealed = home.get(&home.owner, &sealed).await.1["items"] != json!([]);
            let judge = || home.call(&home.owner, "POST", "/claims/good/judge", json!({}));
            let (a, b, shown) = tokio::join!(judge(), judge(), home.get(&home.owner, &path));
            for (_, judged) in [a, b] {
                let verdict = &judged["judgements"][0];
                if verdict["verdict"] != "holds" {
                    absent.push(format!("round {round}: {verdict}"));
                }
            }
            if shown.1["metrics"].as_array().is_none_or(Vec::is_empty) {
                absent.push(format!("round {round}: {}", shown.1));
            }
            looks += 3;
        }
    }
    assert!(absent.is_empty(), "{} of {looks} looks: {absent:#?}", absent.len());
}
