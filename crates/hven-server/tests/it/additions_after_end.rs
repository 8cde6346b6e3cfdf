//! The measurements of an ended run do not change. A later addition is shown as such, with its author and time.

use axum::http::StatusCode;
use hven_core::Time;
use serde_json::{Value, json};

use crate::test_home::{Runner, TestHome, ended_well, request};

/// Starts a run of the step `fit` that measured `acc` and is still running. Returns its id and its attempt.
pub(crate) async fn measured(home: &TestHome, runner: &Runner<'_>, after: &mut u64, acc: f64) -> (String, Value) {
    let work = json!({ "argv": ["true"], "cwd": "/", "name": "fit", "params": { "lr": 0.1 } });
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    let attempt = start_of(runner, &run, after).await;
    let points = json!({ "points": [{ "key": "acc", "value": acc, "step": 1 }] });
    let (status, _) = home.call(&home.owner, "POST", &format!("/runs/{run}/metrics"), points).await;
    assert_eq!(status, StatusCode::OK);
    (run, attempt)
}

/// Like [`measured`], but the run has ended.
async fn done_with(home: &TestHome, acc: f64) -> String {
    let runner = home.runner().await;
    let (run, attempt) = measured(home, &runner, &mut 0, acc).await;
    let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    run
}

/// Pulls commands until the run starts, and returns its attempt.
pub(crate) async fn start_of(runner: &Runner<'_>, run: &str, after: &mut u64) -> Value {
    loop {
        let commands = runner.pull(*after).await;
        *after = commands.last().map_or(*after, |command| command["number"].as_u64().unwrap());
        let mut starts = commands.iter().map(|command| &command["command"]["start"]["attempt"]);
        if let Some(attempt) = starts.find(|attempt| **attempt == format!("{run}.1")) {
            return attempt.clone();
        }
    }
}

async fn verdict(home: &TestHome, name: &str, test: &str) -> Value {
    let claim = json!({ "name": name, "statement": "It is accurate.", "test": test, "evidence": ["run.fit"] });
    let (status, answer) = home.call(&home.owner, "POST", "/claims", claim).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, judged) = home.call(&home.owner, "POST", &format!("/claims/{name}/judge"), json!({})).await;
    assert_eq!(status, StatusCode::OK, "{judged}");
    judged["judgements"][0].clone()
}

#[tokio::test]
async fn later_additions_of_a_member_do_not_count_as_measurements() {
    let home = TestHome::new().await;
    let run = done_with(&home, 0.5).await;
    let member = home.user("Eve", None, "member").await;
    assert_eq!(verdict(&home, "accurate", "acc > 0.9").await["verdict"], "fails");
    let before = home.get(&home.owner, &format!("/runs/{run}")).await.1;

    let points = json!({ "points": [{ "key": "acc", "value": 0.99, "step": 2 }, { "key": "new", "value": 1 }] });
    let (status, answer) = home.call(&member, "POST", &format!("/runs/{run}/metrics"), points).await;
    assert_eq!((status, &answer["accepted"]), (StatusCode::OK, &json!(2)), "{answer}");
    assert_eq!(answer["added_later"], true, "{answer}");
    let params = json!({ "params": { "lr": 0.9, "seed": 7 } });
    let (status, answer) = home.call(&member, "POST", &format!("/runs/{run}/params"), params).await;
    assert!(status.is_success(), "{status} {answer}");

    // All pages show the measurements unchanged.
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    assert_eq!((&detail["metrics"], &detail["params"]), (&before["metrics"], &before["params"]));
    let summaries = home.get(&home.owner, &format!("/runs/{run}/metrics")).await.1;
    assert_eq!(summaries["metrics"].as_array().unwrap().len(), 1);
    assert_eq!(summaries["metrics"][0]["last"], 0.5);
    let list = home.get(&home.owner, "/runs").await.1;
    assert_eq!((&list["items"][0]["metrics"], &list["items"][0]["params"]), (&before["metrics"], &before["params"]));
    let curve = home.get(&home.owner, &format!("/runs/{run}/metrics/points?key=acc")).await.1;
    assert_eq!((&curve["value"], &curve["points_total"]), (&json!([0.5]), &json!(1)));
    assert_eq!(curve["added_later"][0]["value"], 0.99, "{curve}");

    // The additions are shown separately, with their author and time.
    for shown in [&detail, &summaries, &list["items"][0]] {
        let added = shown["added_later"].as_array().unwrap_or_else(|| panic!("{shown}"));
        let of = |name: &str| added.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {shown}"));
        assert_eq!((&of("acc")["value"], &of("acc")["kind"]), (&json!(0.99), &json!("metric")));
        assert_eq!((&of("lr")["value"], &of("lr")["kind"]), (&json!(0.9), &json!("parameter")));
        for one in added {
            assert_eq!(one["by"]["name"], "Eve", "{one}");
            assert!(one["added"].as_str().unwrap().parse::<Time>().is_ok());
        }
        assert_eq!(added.len(), 4);
    }
    for kind in ["run.metrics_added_after_end", "run.params_added_after_end"] {
        let facts = home.get(&home.owner, &format!("/facts?run={run}&kind={kind}")).await.1;
        let items = facts["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["actor"]["name"]), (1, &json!("Eve")), "{kind}");
    }
    let logged = home.get(&home.owner, &format!("/facts?run={run}&kind=run.params_logged")).await.1;
    assert_eq!(logged["items"].as_array().unwrap().len(), 1, "only the parameters of the submission");

    // A claim uses an addition only if its test names it with `added`.
    assert_eq!(verdict(&home, "accurate", "acc > 0.9").await["verdict"], "fails");
    assert_eq!(verdict(&home, "slow", "lr < 0.5 and params.lr < 0.5").await["verdict"], "holds");
    assert_eq!(verdict(&home, "fresh", "new == 1").await["verdict"], "cannot_tell");
    let said = verdict(&home, "later", "added.acc > 0.9 and added.params.lr > 0.5").await;
    assert_eq!((&said["verdict"], &said["quantities"]["added.acc"]), (&json!("holds"), &json!(0.99)), "{said}");
}

#[tokio::test]
async fn additions_are_limited_and_a_repeated_call_adds_once() {
    let home = TestHome::new().await;
    let run = done_with(&home, 0.5).await;
    let path = format!("/runs/{run}/metrics");
    let point = |i: usize| json!({ "key": format!("k{i}"), "value": i });
    let many: Vec<Value> = (0..10_001).map(point).collect();
    let (status, answer) = home.call(&home.owner, "POST", &path, json!({ "points": many })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let point = json!({ "points": [{ "key": "acc", "value": 0.7 }] });
    for _ in 0..2 {
        let (status, _) = home.send(request(&home.owner, "POST", &path, Some("the-same-key"), &point)).await;
        assert_eq!(status, StatusCode::OK);
    }
    let added = home.get(&home.owner, &path).await.1;
    assert_eq!(added["added_later"].as_array().unwrap().len(), 1, "{added}");
    // The same key with a different body does not count as a repetition.
    let params = |lr: f64| json!({ "params": { "lr": lr } });
    let other = json!({ "points": [{ "key": "acc", "value": 0.9 }] });
    let params_path = format!("/runs/{run}/params");
    for (path, key, body, wanted) in [
        (&path, "the-same-key", other, StatusCode::UNPROCESSABLE_ENTITY),
        (&params_path, "another-key", params(0.1), StatusCode::OK),
        (&params_path, "another-key", params(0.1), StatusCode::OK),
        (&params_path, "another-key", params(0.2), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, answer) = home.send(request(&home.owner, "POST", path, Some(key), &body)).await;
        assert_eq!(status, wanted, "{}", String::from_utf8_lossy(&answer));
    }
    let added = home.get(&home.owner, &path).await.1;
    assert_eq!(added["added_later"].as_array().unwrap().len(), 2, "{added}");
    // The software of an ended run can be recorded once, and not overwritten.
    let software = json!({ "interpreter": "python3", "version": "3.11", "packages": {}, "platform": null });
    let (status, _) = home.call(&home.owner, "PUT", &format!("/runs/{run}/software"), software).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "its capture may come a moment after the end");
    let other = json!({ "interpreter": "python3", "version": "3.12", "packages": {}, "platform": null });
    let (status, _) = home.call(&home.owner, "PUT", &format!("/runs/{run}/software"), other).await;
    assert_eq!(status, StatusCode::CONFLICT);
}

/// Makes a call with a key. Returns whether its points count as added later.
async fn logged(home: &TestHome, path: &str, key: &str, points: &Value) -> bool {
    let (status, answer) = home.send(request(&home.owner, "POST", path, Some(key), points)).await;
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["added_later"].as_bool().unwrap()
}

#[tokio::test]
async fn repeating_a_call_from_before_the_end_adds_nothing() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, attempt) = measured(&home, &runner, &mut 0, 0.5).await;
    let path = format!("/runs/{run}/metrics");
    let mut call = json!({ "points": [
        { "key": "acc", "value": 0.7, "step": 2 }, { "key": "loss", "value": "NaN", "step": 2 },
    ]});
    assert!(!logged(&home, &path, "lost", &call).await);
    let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // The answer was lost, and the run has ended since.
    assert!(!logged(&home, &path, "lost", &call).await);
    let shown = home.get(&home.owner, &path).await.1;
    assert_eq!(shown["added_later"], json!([]), "{shown}");
    // Only another value for a measured step counts as an addition.
    call["points"][1] = json!({ "key": "acc", "value": 0.9, "step": 2 });
    assert!(logged(&home, &path, "new", &call).await);
    let shown = home.get(&home.owner, &path).await.1;
    let added = shown["added_later"].as_array().unwrap();
    assert_eq!((added.len(), &added[0]["value"], &added[0]["points"]), (1, &json!(0.9), &json!(1)), "{shown}");
}

#[tokio::test]
async fn a_run_has_a_limit_of_additions_and_a_list_shows_the_newest() {
    let home = TestHome::new().await;
    let run = done_with(&home, 0.5).await;
    let path = format!("/runs/{run}/metrics");
    let points: Vec<Value> = (0..10_000).map(|i| json!({ "key": format!("k{i:05}"), "value": i })).collect();
    let all = json!({ "points": points });
    assert!(logged(&home, &path, "all", &all).await);
    // The answer was lost: the client may repeat this call, but a new call is refused.
    assert!(logged(&home, &path, "all", &all).await);
    let one = json!({ "points": [{ "key": "one", "value": 1 }] });
    let (status, answer) = home.call(&home.owner, "POST", &path, one).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("conflict")), "{answer}");
    let said = answer["error"]["message"].as_str().unwrap();
    assert!(said.contains("10000 values") && said.contains("a new run"), "{said}");
    let params = json!({ "params": { "lr": 1 } });
    let (status, answer) = home.call(&home.owner, "POST", &format!("/runs/{run}/params"), params).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let list = home.get(&home.owner, "/runs").await.1;
    let shown = list["items"][0]["added_later"].as_array().unwrap();
    let names: Vec<&str> = shown.iter().map(|added| added["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["k09992", "k09993", "k09994", "k09995", "k09996", "k09997", "k09998", "k09999"]);
    assert_eq!(list["items"][0]["added_later_total"], 10_000);
}

#[tokio::test]
async fn an_erased_addition_disappears_and_the_run_stays() {
    let home = TestHome::new().await;
    let run = done_with(&home, 0.5).await;
    let params = json!({ "params": { "note": "hunter2 was here" } });
    let (status, _) = home.call(&home.owner, "POST", &format!("/runs/{run}/params"), params).await;
    assert!(status.is_success());
    let points = json!({ "points": [{ "key": "other", "value": 1 }] });
    home.call(&home.owner, "POST", &format!("/runs/{run}/metrics"), points).await;
    let erase = json!({ "run": run, "text": "hunter2", "because": "a password" });
    let (status, answer) = home.call(&home.owner, "POST", "/redactions", erase).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let detail = home.get(&home.owner, &format!("/runs/{run}")).await.1;
    assert!(!detail.to_string().contains("hunter2"), "{detail}");
    assert_eq!(detail["added_later"].as_array().unwrap().len(), 1, "{detail}");
    assert_eq!(detail["metrics"][0]["last"], 0.5);
}

/// Calls race with the end of a run: each point either belongs to the run or is an addition, and none is lost or counted
/// twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_point_is_a_measurement_or_an_addition() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (mut after, rounds) = (0, 12);
    for _ in 0..rounds {
        let run = home.submit(&home.owner, "home").await;
        let attempt = start_of(&runner, &run, &mut after).await;
        let path = format!("/runs/{run}/metrics");
        let log = async {
            let mut later = 0;
            for step in 0..20 {
                let point = json!({ "points": [{ "key": "acc", "value": step, "step": step }] });
                let (status, answer) = home.call(&home.owner, "POST", &path, point).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
                later += u64::from(answer["added_later"] == true);
            }
            later
        };
        let end = async {
            tokio::time::sleep(std::time::Duration::from_millis(8)).await;
            runner.push(json!([ended_well(&attempt)])).await
        };
        let (later, (status, _)) = tokio::join!(log, end);
        assert_eq!(status, StatusCode::OK);
        let last = json!({ "points": [{ "key": "acc", "value": 1, "step": 99 }] });
        let (_, answer) = home.call(&home.owner, "POST", &path, last).await;
        assert_eq!(answer["added_later"], true, "{answer}");
        let later = later + 1;
        let shown = home.get(&home.owner, &path).await.1;
        let measured = shown["metrics"][0]["points"].as_u64().unwrap_or(0);
        assert_eq!(measured + later, 21, "{shown}");
        // The facts after the end agree: they have the same number of additions, and no point of the run is newer than
        // its end.
        let facts = home.get(&home.owner, &format!("/facts?run={run}&kind=run.metrics_added_after_end")).await.1;
        assert_eq!(facts["items"].as_array().unwrap().len() as u64, later);
        let finished = home.get(&home.owner, &format!("/facts?run={run}&kind=run.finished")).await.1;
        let end_seq = finished["items"][0]["seq"].as_u64().unwrap();
        for fact in facts["items"].as_array().unwrap() {
            assert!(fact["seq"].as_u64().unwrap() > end_seq);
        }
    }
}
