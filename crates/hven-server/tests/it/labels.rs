//! Tags, notes and the archive: who may change them, what lists show, and that nothing else changes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    after_end::start_of,
    house::{House, Runner, ended_well, request, submission},
};

/// A run that has ended.
async fn ended(house: &House, runner: &Runner<'_>, after: &mut u64, project: &str) -> String {
    let run = house.submit(&house.owner, project).await;
    end(house, runner, after, &run).await;
    run
}

async fn end(house: &House, runner: &Runner<'_>, after: &mut u64, run: &str) {
    let attempt = start_of(runner, run, after).await;
    let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    house.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
}

async fn change(house: &House, token: &str, run: &str, wanted: Value) -> (StatusCode, Value) {
    house.call(token, "POST", &format!("/runs/{run}/labels"), wanted).await
}

async fn changed(house: &House, run: &str, wanted: Value) -> Value {
    let (status, answer) = change(house, &house.owner, run, wanted).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

async fn refused(house: &House, run: &str, wanted: Value, code: &str, why: &str) {
    let (_, answer) = change(house, &house.owner, run, wanted.clone()).await;
    assert_eq!(answer["error"]["code"], code, "{wanted}: {answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(why), "{wanted}: {message}");
}

/// The ids of the runs that a list shows.
async fn listed(house: &House, token: &str, query: &str) -> Vec<String> {
    let (status, list) = house.get(token, &format!("/runs{query}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["items"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

async fn facts(house: &House, run: &str) -> Vec<String> {
    let mut all = Vec::new();
    for kind in ["run.tagged", "run.noted", "run.archived"] {
        let (_, facts) = house.get(&house.owner, &format!("/facts?run={run}&kind={kind}")).await;
        let told = facts["items"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap().to_owned());
        all.extend(told);
    }
    all
}

#[tokio::test]
async fn labels_change_together_and_nothing_else_does() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = ended(&house, &runner, &mut 0, "astro").await;
    let path = format!("/runs/{run}");
    let (_, before) = house.get(&house.owner, &path).await;
    assert_eq!((&before["tags"], &before["note"], &before["archived"]), (&json!([]), &Value::Null, &json!(false)));
    let wanted =
        json!({ "add_tags": ["paper-2", "good", "行星/1"], "note": "the baseline\nof the paper", "archived": true });
    let answer = changed(&house, &run, wanted.clone()).await;
    assert_eq!(answer["schema"], "hven.labels/1");
    assert_eq!((&answer["run"]["id"], &answer["run"]["handle"]), (&before["id"], &before["handle"]));
    let (_, after) = house.get(&house.owner, &path).await;
    for shown in [&answer, &after] {
        assert_eq!(shown["tags"], json!(["good", "paper-2", "行星/1"]), "{shown}");
        assert_eq!(shown["note"]["text"], "the baseline\nof the paper", "{shown}");
        assert_eq!((&shown["note"]["by"]["name"], &shown["archived"]), (&json!("Tycho"), &json!(true)), "{shown}");
    }
    let without_labels = |detail: &Value| {
        let mut fields = detail.as_object().unwrap().clone();
        fields.retain(|name, _| !["tags", "note", "archived"].contains(&name.as_str()));
        fields
    };
    assert_eq!(without_labels(&after), without_labels(&before));
    let handle = before["handle"].as_str().unwrap();
    let told = [
        format!("run {handle} was tagged: good, paper-2, 行星/1"),
        format!("a note on run {handle} was written: the baseline …"),
        format!("run {handle} was archived"),
    ];
    assert_eq!(facts(&house, &run).await, told);
    // What is so already is not recorded again.
    assert_eq!(changed(&house, &run, wanted).await, answer);
    changed(&house, &run, json!({ "remove_tags": ["absent"] })).await;
    assert_eq!(facts(&house, &run).await, told);
    // A new note takes the place of the one before, and an empty one removes it. The record keeps all of them.
    let answer = changed(&house, &run, json!({ "note": "worse than 7Q2M", "remove_tags": ["good"] })).await;
    assert_eq!((&answer["note"]["text"], &answer["tags"]), (&json!("worse than 7Q2M"), &json!(["paper-2", "行星/1"])));
    let answer = changed(&house, &run, json!({ "note": " \n", "archived": false })).await;
    assert_eq!((&answer["note"], &answer["archived"]), (&Value::Null, &json!(false)));
    let (_, list) = house.get(&house.owner, "/runs").await;
    assert_eq!(list["items"][0]["tags"], json!(["paper-2", "行星/1"]));
    assert_eq!(facts(&house, &run).await.len(), 7);
}

#[tokio::test]
async fn members_change_labels_and_nobody_else() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = house.submit(&house.owner, "astro").await;
    let start = runner.pull(0).await.swap_remove(0);
    let attempt = start["command"]["start"]["token"].as_str().unwrap();
    let member = house.user("Mira", Some("astro"), "member").await;
    let viewer = house.user("Sophie", Some("astro"), "viewer").await;
    let stranger = house.user("Ursus", Some("bio"), "owner").await;
    let wanted = || json!({ "add_tags": ["good"], "note": "hello" });
    for (token, refusal) in [
        (&viewer, StatusCode::FORBIDDEN),
        (&stranger, StatusCode::NOT_FOUND),
        (&attempt.to_owned(), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(change(&house, token, &run, wanted()).await.0, refusal);
        // Who may not change it is not told what is wrong with the wish.
        assert_eq!(change(&house, token, &run, json!({})).await.0, refusal);
    }
    assert_eq!(facts(&house, &run).await, [""; 0]);
    let (status, answer) = change(&house, &member, &run, wanted()).await;
    assert_eq!((status, &answer["note"]["by"]["name"]), (StatusCode::OK, &json!("Mira")), "{answer}");
    // Tags are seen by those who see the run.
    for (token, seen) in [(&viewer, json!([{ "tag": "good", "runs": 1 }])), (&stranger, json!([]))] {
        let (status, tags) = house.get(token, "/tags").await;
        assert_eq!((status, &tags["items"]), (StatusCode::OK, &seen), "{tags}");
    }
}

#[tokio::test]
async fn an_archived_run_is_left_out_of_lists_and_counts_alike() {
    let house = House::new().await;
    let runner = house.runner().await;
    let mut after = 0;
    let old = ended(&house, &runner, &mut after, "astro").await;
    let newest = ended(&house, &runner, &mut after, "astro/exo").await;
    let waiting = house.submit(&house.owner, "bio").await;
    refused(&house, &waiting, json!({ "archived": true, "add_tags": ["x"] }), "conflict", "`hven cancel").await;
    assert_eq!(facts(&house, &waiting).await, [""; 0], "all or nothing");
    changed(&house, &newest, json!({ "archived": true, "add_tags": ["old"] })).await;
    for (query, wanted) in [
        ("", vec![&waiting, &old]),
        ("?archived=without", vec![&waiting, &old]),
        ("?archived=with", vec![&waiting, &newest, &old]),
        ("?archived=only", vec![&newest]),
        ("?archived=only&project=bio", vec![]),
        ("?tag=old", vec![]),
        ("?tag=old&archived=with&state=done", vec![&newest]),
    ] {
        assert_eq!(listed(&house, &house.owner, query).await.iter().collect::<Vec<_>>(), wanted, "{query}");
    }
    let (status, answer) = house.get(&house.owner, "/runs?archived=yes").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")), "{answer}");
    let counts = json!({ "waiting": 1, "done": 1 });
    let (_, overview) = house.get(&house.owner, "/overview").await;
    assert_eq!((&overview["runs"], overview["ended"].as_array().unwrap().len()), (&counts, 1));
    assert_eq!(house.get(&house.owner, "/server").await.1["runs"], counts);
    let of_project = async |path: &str| {
        let (_, projects) = house.get(&house.owner, "/projects").await;
        let found = projects["items"].as_array().unwrap().iter().find(|project| project["path"] == path).cloned();
        found.unwrap()["runs"].clone()
    };
    assert_eq!(of_project("astro/exo").await, 0);
    assert_eq!(house.get(&house.owner, "/tags").await.1["items"], json!([{ "tag": "old", "runs": 0 }]));
    // It is hidden, and nothing else.
    assert_eq!(house.get(&house.owner, &format!("/runs/{newest}")).await.1["archived"], true);
    changed(&house, &waiting, json!({ "add_tags": ["old"] })).await;
    end(&house, &runner, &mut after, &waiting).await;
    changed(&house, &waiting, json!({ "archived": true })).await;
    let (_, last) = house.get(&house.owner, "/runs/last").await;
    assert_eq!((&last["id"], &last["archived"]), (&json!(waiting), &json!(true)), "the newest, archived or not");
    changed(&house, &newest, json!({ "archived": false })).await;
    assert_eq!(listed(&house, &house.owner, "").await, [newest.clone(), old]);
    assert_eq!(house.get(&house.owner, "/overview").await.1["runs"], json!({ "done": 2 }));
    assert_eq!(of_project("astro/exo").await, 1);
}

#[tokio::test]
async fn runs_are_found_by_all_of_their_tags() {
    let house = House::new().await;
    let mut runs = Vec::new();
    for tags in [json!(["good"]), json!(["good", "paper-2"]), json!([])] {
        let mut work = submission("astro");
        work["tags"] = tags;
        let (status, created) = house.call(&house.owner, "POST", "/runs", work.clone()).await;
        assert_eq!((status, &created["run"]["tags"]), (StatusCode::CREATED, &work["tags"]), "{created}");
        runs.push(created["run"]["id"].as_str().unwrap().to_owned());
    }
    let (one, both) = (runs[0].clone(), runs[1].clone());
    for (query, wanted) in [
        ("?tag=good", vec![both.clone(), one.clone()]),
        ("?tag=good&sort=oldest&limit=1", vec![one]),
        ("?tag=paper-2,good", vec![both]),
        ("?tag=Good", vec![]),
        ("?tag=good,absent", vec![]),
    ] {
        assert_eq!(listed(&house, &house.owner, query).await, wanted, "{query}");
    }
    // Nothing is no tag: it would ask for all runs.
    for bad in ["a%20b", "", "good,", ",good"] {
        let (status, answer) = house.get(&house.owner, &format!("/runs?tag={bad}")).await;
        let wanted = (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid"));
        assert_eq!((status, &answer["error"]["code"]), wanted, "{bad}: {answer}");
    }
    let (_, first) = house.get(&house.owner, "/tags?limit=1").await;
    assert_eq!((&first["items"], &first["next"]), (&json!([{ "tag": "good", "runs": 2 }]), &json!("good")));
    let (_, second) = house.get(&house.owner, "/tags?limit=1&cursor=good").await;
    assert_eq!((&second["items"], &second["next"]), (&json!([{ "tag": "paper-2", "runs": 1 }]), &Value::Null));
    assert_eq!(house.get(&house.owner, "/tags?project=bio").await.1["items"], json!([]));
    assert_eq!(house.get(&house.owner, "/tags?cursor=a%20b").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // A batch gives them to all.
    let batch = json!({ "template": { "cwd": "/", "project": "bio", "tags": ["night"] }, "runs": [
        { "argv": ["true"] }, { "argv": ["false"] },
    ] });
    let (status, answer) = house.call(&house.owner, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(listed(&house, &house.owner, "?tag=night").await.len(), 2);
}

#[tokio::test]
async fn what_is_no_good_label_is_refused() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "astro").await;
    let tags = |count: usize| (0..count).map(|i| format!("t{i}")).collect::<Vec<_>>();
    refused(&house, &run, json!({}), "invalid", "is empty").await;
    for tag in ["", "a b", "-x", "a,b", "a\u{0}b", &"x".repeat(65)] {
        refused(&house, &run, json!({ "add_tags": [tag] }), "invalid", "the tag").await;
    }
    refused(&house, &run, json!({ "add_tags": ["a"], "remove_tags": ["a"] }), "invalid", "at once").await;
    refused(&house, &run, json!({ "add_tags": tags(101) }), "invalid", "at most 100").await;
    refused(&house, &run, json!({ "note": "x".repeat(16 * 1024 + 1) }), "invalid", "at most 16,384").await;
    refused(&house, &run, json!({ "note": "\u{1b}[2J" }), "invalid", "control character").await;
    assert_eq!(facts(&house, &run).await, [""; 0]);
    changed(&house, &run, json!({ "add_tags": tags(100), "note": "x".repeat(16 * 1024) })).await;
    refused(&house, &run, json!({ "add_tags": ["one-more"] }), "invalid", "are 101; at most 100").await;
    changed(&house, &run, json!({ "add_tags": ["one-more"], "remove_tags": ["t0"] })).await;
    let mut work = submission("astro");
    work["tags"] = json!(tags(101));
    assert_eq!(house.call(&house.owner, "POST", "/runs", work).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // A secret is no tag: it would be recorded.
    let secret = json!({ "argv": ["true"], "cwd": "/", "tags": ["hunter22"], "secrets": { "KEY": "hunter22" } });
    let (_, answer) = house.call(&house.owner, "POST", "/runs", secret).await;
    assert_eq!(answer["error"]["code"], "secret.exposed", "{answer}");
    let secret = json!({ "argv": ["true"], "cwd": "/", "secrets": { "KEY": "hunter22" } });
    let (_, created) = house.call(&house.owner, "POST", "/runs", secret).await;
    let run = created["run"]["id"].as_str().unwrap();
    refused(&house, run, json!({ "add_tags": ["is-hunter22"] }), "invalid", "holds the value of a secret").await;
    let answer = changed(&house, run, json!({ "note": "it is hunter22" })).await;
    assert_eq!(answer["note"]["text"], "it is ***");
}

#[tokio::test]
async fn a_repeated_call_is_recorded_once_and_a_key_is_for_one_wish() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "astro").await;
    let path = format!("/runs/{run}/labels");
    let with_key = async |wanted: Value| house.send(request(&house.owner, "POST", &path, Some("k"), &wanted)).await.0;
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    changed(&house, &run, json!({ "note": "two" })).await;
    // Its answer was lost, perhaps: what came after it stays.
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    assert_eq!(house.get(&house.owner, &format!("/runs/{run}")).await.1["note"]["text"], "two");
    assert_eq!(with_key(json!({ "note": "three" })).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(facts(&house, &run).await.len(), 2);
    // Two at once lose nothing.
    let (one, other) = tokio::join!(
        change(&house, &house.owner, &run, json!({ "add_tags": ["a", "b"] })),
        change(&house, &house.owner, &run, json!({ "add_tags": ["b", "c"] })),
    );
    assert_eq!((one.0, other.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(house.get(&house.owner, &format!("/runs/{run}")).await.1["tags"], json!(["a", "b", "c"]));
}

#[tokio::test]
async fn a_note_can_be_erased_and_is_seen_to_be() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = ended(&house, &runner, &mut 0, "astro").await;
    changed(&house, &run, json!({ "note": "ask Dr. Somebody", "archived": true, "add_tags": ["good"] })).await;
    let erase = json!({ "run": run, "text": "Somebody", "because": "a name" });
    let (status, answer) = house.call(&house.owner, "POST", "/redactions", erase).await;
    assert!(status.is_success(), "{status} {answer}");
    let (_, detail) = house.get(&house.owner, &format!("/runs/{run}")).await;
    assert_eq!((&detail["note"]["text"], &detail["note"]["by"]["name"]), (&Value::Null, &json!("Tycho")), "{detail}");
    assert_eq!((&detail["tags"], &detail["archived"]), (&json!(["good"]), &json!(true)));
    assert_eq!(house.get(&house.owner, "/overview").await.1["runs"], json!({}));
    assert_eq!(changed(&house, &run, json!({ "note": "" })).await["note"], Value::Null);
}
