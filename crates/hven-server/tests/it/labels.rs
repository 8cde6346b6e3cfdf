//! Tags, notes and the archive: who may change them, what lists show, and that nothing else changes.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    additions_after_end::start_of,
    test_home::{Runner, TestHome, ended_well, request, submission},
};

/// A run that has ended.
async fn ended(home: &TestHome, runner: &Runner<'_>, after: &mut u64, project: &str) -> String {
    let run = home.submit(&home.owner, project).await;
    end(home, runner, after, &run).await;
    run
}

async fn end(home: &TestHome, runner: &Runner<'_>, after: &mut u64, run: &str) {
    let attempt = start_of(runner, run, after).await;
    let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
}

async fn change(home: &TestHome, token: &str, run: &str, wanted: Value) -> (StatusCode, Value) {
    home.call(token, "POST", &format!("/runs/{run}/labels"), wanted).await
}

async fn changed(home: &TestHome, run: &str, wanted: Value) -> Value {
    let (status, answer) = change(home, &home.owner, run, wanted).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

async fn refused(home: &TestHome, run: &str, wanted: Value, code: &str, why: &str) {
    let (_, answer) = change(home, &home.owner, run, wanted.clone()).await;
    assert_eq!(answer["error"]["code"], code, "{wanted}: {answer}");
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(why), "{wanted}: {message}");
}

/// The ids of the runs in a list.
async fn listed(home: &TestHome, token: &str, query: &str) -> Vec<String> {
    let (status, list) = home.get(token, &format!("/runs{query}")).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["items"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

async fn facts(home: &TestHome, run: &str) -> Vec<String> {
    let mut all = Vec::new();
    for kind in ["run.tagged", "run.noted", "run.archived"] {
        let (_, facts) = home.get(&home.owner, &format!("/facts?run={run}&kind={kind}")).await;
        let sentences = facts["items"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap().to_owned());
        all.extend(sentences);
    }
    all
}

#[tokio::test]
async fn labels_change_together_and_nothing_else_does() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = ended(&home, &runner, &mut 0, "astro").await;
    let path = format!("/runs/{run}");
    let (_, before) = home.get(&home.owner, &path).await;
    assert_eq!((&before["tags"], &before["note"], &before["archived"]), (&json!([]), &Value::Null, &json!(false)));
    let wanted =
        json!({ "add_tags": ["paper-2", "good", "行星/1"], "note": "the baseline\nof the paper", "archived": true });
    let answer = changed(&home, &run, wanted.clone()).await;
    assert_eq!(answer["schema"], "hven.labels/1");
    assert_eq!((&answer["run"]["id"], &answer["run"]["handle"]), (&before["id"], &before["handle"]));
    let (_, after) = home.get(&home.owner, &path).await;
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
    let sentences = [
        format!("run {handle} was tagged: good, paper-2, 行星/1"),
        format!("a note on run {handle} was written: the baseline …"),
        format!("run {handle} was archived"),
    ];
    assert_eq!(facts(&home, &run).await, sentences);
    // Labels that already have the requested state are not recorded again.
    assert_eq!(changed(&home, &run, wanted).await, answer);
    changed(&home, &run, json!({ "remove_tags": ["absent"] })).await;
    assert_eq!(facts(&home, &run).await, sentences);
    // A new note replaces the previous one, and an empty note removes it. The record keeps all of them.
    let answer = changed(&home, &run, json!({ "note": "worse than 7Q2M", "remove_tags": ["good"] })).await;
    assert_eq!((&answer["note"]["text"], &answer["tags"]), (&json!("worse than 7Q2M"), &json!(["paper-2", "行星/1"])));
    let answer = changed(&home, &run, json!({ "note": " \n", "archived": false })).await;
    assert_eq!((&answer["note"], &answer["archived"]), (&Value::Null, &json!(false)));
    let (_, list) = home.get(&home.owner, "/runs").await;
    assert_eq!(list["items"][0]["tags"], json!(["paper-2", "行星/1"]));
    assert_eq!(facts(&home, &run).await.len(), 7);
}

#[tokio::test]
async fn only_members_change_labels() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "astro").await;
    let start = runner.pull(0).await.swap_remove(0);
    let attempt = start["command"]["start"]["token"].as_str().unwrap();
    let member = home.user("Mira", Some("astro"), "member").await;
    let viewer = home.user("Sophie", Some("astro"), "viewer").await;
    let stranger = home.user("Ursus", Some("bio"), "owner").await;
    let wanted = || json!({ "add_tags": ["good"], "note": "hello" });
    for (token, refusal) in [
        (&viewer, StatusCode::FORBIDDEN),
        (&stranger, StatusCode::NOT_FOUND),
        (&attempt.to_owned(), StatusCode::FORBIDDEN),
    ] {
        assert_eq!(change(&home, token, &run, wanted()).await.0, refusal);
        // A caller without permission does not learn what is wrong with the request.
        assert_eq!(change(&home, token, &run, json!({})).await.0, refusal);
    }
    assert_eq!(facts(&home, &run).await, [""; 0]);
    let (status, answer) = change(&home, &member, &run, wanted()).await;
    assert_eq!((status, &answer["note"]["by"]["name"]), (StatusCode::OK, &json!("Mira")), "{answer}");
    // A caller sees the tags of the runs that the caller may see.
    for (token, seen) in [(&viewer, json!([{ "tag": "good", "runs": 1 }])), (&stranger, json!([]))] {
        let (status, tags) = home.get(token, "/tags").await;
        assert_eq!((status, &tags["items"]), (StatusCode::OK, &seen), "{tags}");
    }
}

#[tokio::test]
async fn lists_and_counts_leave_out_archived_runs() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let mut after = 0;
    let old = ended(&home, &runner, &mut after, "astro").await;
    let newest = ended(&home, &runner, &mut after, "astro/exo").await;
    let waiting = home.submit(&home.owner, "bio").await;
    refused(&home, &waiting, json!({ "archived": true, "add_tags": ["x"] }), "conflict", "`hven cancel").await;
    assert_eq!(facts(&home, &waiting).await, [""; 0], "all or nothing");
    changed(&home, &newest, json!({ "archived": true, "add_tags": ["old"] })).await;
    for (query, wanted) in [
        ("", vec![&waiting, &old]),
        ("?archived=without", vec![&waiting, &old]),
        ("?archived=with", vec![&waiting, &newest, &old]),
        ("?archived=only", vec![&newest]),
        ("?archived=only&project=bio", vec![]),
        ("?tag=old", vec![]),
        ("?tag=old&archived=with&state=done", vec![&newest]),
    ] {
        assert_eq!(listed(&home, &home.owner, query).await.iter().collect::<Vec<_>>(), wanted, "{query}");
    }
    let (status, answer) = home.get(&home.owner, "/runs?archived=yes").await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid")), "{answer}");
    let counts = json!({ "waiting": 1, "done": 1 });
    let (_, overview) = home.get(&home.owner, "/overview").await;
    assert_eq!((&overview["runs"], overview["ended"].as_array().unwrap().len()), (&counts, 1));
    assert_eq!(home.get(&home.owner, "/server").await.1["runs"], counts);
    let of_project = async |path: &str| {
        let (_, projects) = home.get(&home.owner, "/projects").await;
        let found = projects["items"].as_array().unwrap().iter().find(|project| project["path"] == path).cloned();
        found.unwrap()["runs"].clone()
    };
    assert_eq!(of_project("astro/exo").await, 0);
    assert_eq!(home.get(&home.owner, "/tags").await.1["items"], json!([{ "tag": "old", "runs": 0 }]));
    // An archived run is hidden from lists, and has no other difference.
    assert_eq!(home.get(&home.owner, &format!("/runs/{newest}")).await.1["archived"], true);
    changed(&home, &waiting, json!({ "add_tags": ["old"] })).await;
    end(&home, &runner, &mut after, &waiting).await;
    changed(&home, &waiting, json!({ "archived": true })).await;
    let (_, last) = home.get(&home.owner, "/runs/last").await;
    assert_eq!((&last["id"], &last["archived"]), (&json!(waiting), &json!(true)), "the newest, archived or not");
    changed(&home, &newest, json!({ "archived": false })).await;
    assert_eq!(listed(&home, &home.owner, "").await, [newest.clone(), old]);
    assert_eq!(home.get(&home.owner, "/overview").await.1["runs"], json!({ "done": 2 }));
    assert_eq!(of_project("astro/exo").await, 1);
}

#[tokio::test]
async fn runs_are_found_by_all_of_their_tags() {
    let home = TestHome::new().await;
    let mut runs = Vec::new();
    for tags in [json!(["good"]), json!(["good", "paper-2"]), json!([])] {
        let mut work = submission("astro");
        work["tags"] = tags;
        let (status, created) = home.call(&home.owner, "POST", "/runs", work.clone()).await;
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
        assert_eq!(listed(&home, &home.owner, query).await, wanted, "{query}");
    }
    // An empty tag is refused: it would ask for all runs.
    for bad in ["a%20b", "", "good,", ",good"] {
        let (status, answer) = home.get(&home.owner, &format!("/runs?tag={bad}")).await;
        let wanted = (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid"));
        assert_eq!((status, &answer["error"]["code"]), wanted, "{bad}: {answer}");
    }
    let (_, first) = home.get(&home.owner, "/tags?limit=1").await;
    assert_eq!((&first["items"], &first["next"]), (&json!([{ "tag": "good", "runs": 2 }]), &json!("good")));
    let (_, second) = home.get(&home.owner, "/tags?limit=1&cursor=good").await;
    assert_eq!((&second["items"], &second["next"]), (&json!([{ "tag": "paper-2", "runs": 1 }]), &Value::Null));
    assert_eq!(home.get(&home.owner, "/tags?project=bio").await.1["items"], json!([]));
    assert_eq!(home.get(&home.owner, "/tags?cursor=a%20b").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // A batch gives its tags to all its runs.
    let batch = json!({ "template": { "cwd": "/", "project": "bio", "tags": ["night"] }, "runs": [
        { "argv": ["true"] }, { "argv": ["false"] },
    ] });
    let (status, answer) = home.call(&home.owner, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(listed(&home, &home.owner, "?tag=night").await.len(), 2);
}

#[tokio::test]
async fn invalid_labels_are_refused() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "astro").await;
    let tags = |count: usize| (0..count).map(|i| format!("t{i}")).collect::<Vec<_>>();
    refused(&home, &run, json!({}), "invalid", "is empty").await;
    for tag in ["", "a b", "-x", "a,b", "a\u{0}b", &"x".repeat(65)] {
        refused(&home, &run, json!({ "add_tags": [tag] }), "invalid", "the tag").await;
    }
    refused(&home, &run, json!({ "add_tags": ["a"], "remove_tags": ["a"] }), "invalid", "at once").await;
    refused(&home, &run, json!({ "add_tags": tags(101) }), "invalid", "at most 100").await;
    refused(&home, &run, json!({ "note": "x".repeat(16 * 1024 + 1) }), "invalid", "at most 16,384").await;
    refused(&home, &run, json!({ "note": "\u{1b}[2J" }), "invalid", "control character").await;
    assert_eq!(facts(&home, &run).await, [""; 0]);
    changed(&home, &run, json!({ "add_tags": tags(100), "note": "x".repeat(16 * 1024) })).await;
    refused(&home, &run, json!({ "add_tags": ["one-more"] }), "invalid", "are 101; at most 100").await;
    changed(&home, &run, json!({ "add_tags": ["one-more"], "remove_tags": ["t0"] })).await;
    let mut work = submission("astro");
    work["tags"] = json!(tags(101));
    assert_eq!(home.call(&home.owner, "POST", "/runs", work).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    // A secret is refused as a tag, because tags are recorded.
    let secret = json!({ "argv": ["true"], "cwd": "/", "tags": ["hunter22"], "secrets": { "KEY": "hunter22" } });
    let (_, answer) = home.call(&home.owner, "POST", "/runs", secret).await;
    assert_eq!(answer["error"]["code"], "secret.exposed", "{answer}");
    let secret = json!({ "argv": ["true"], "cwd": "/", "secrets": { "KEY": "hunter22" } });
    let (_, created) = home.call(&home.owner, "POST", "/runs", secret).await;
    let run = created["run"]["id"].as_str().unwrap();
    refused(&home, run, json!({ "add_tags": ["is-hunter22"] }), "invalid", "holds the value of a secret").await;
    let answer = changed(&home, run, json!({ "note": "it is hunter22" })).await;
    assert_eq!(answer["note"]["text"], "it is ***");
}

#[tokio::test]
async fn a_repeated_call_is_recorded_once_and_a_key_is_for_one_request() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "astro").await;
    let path = format!("/runs/{run}/labels");
    let with_key = async |wanted: Value| home.send(request(&home.owner, "POST", &path, Some("k"), &wanted)).await.0;
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    changed(&home, &run, json!({ "note": "two" })).await;
    // The client may repeat the call because the answer was lost. The later note stays.
    assert_eq!(with_key(json!({ "note": "one" })).await, StatusCode::OK);
    assert_eq!(home.get(&home.owner, &format!("/runs/{run}")).await.1["note"]["text"], "two");
    assert_eq!(with_key(json!({ "note": "three" })).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(facts(&home, &run).await.len(), 2);
    // Two changes at the same time are both kept.
    let (one, other) = tokio::join!(
        change(&home, &home.owner, &run, json!({ "add_tags": ["a", "b"] })),
        change(&home, &home.owner, &run, json!({ "add_tags": ["b", "c"] })),
    );
    assert_eq!((one.0, other.0), (StatusCode::OK, StatusCode::OK));
    assert_eq!(home.get(&home.owner, &format!("/runs/{run}")).await.1["tags"], json!(["a", "b", "c"]));
}

#[tokio::test]
async fn a_note_can_be_erased_and_the_erasure_is_shown() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = ended(&home, &runner, &mut 0, "astro").await;
    changed(&home, &run, json!({ "note": "ask Dr. Somebody", "archived": true, "add_tags": ["good"] })).await;
    let erase = json!({ "run": run, "text": "Somebody", "because": "a name" });
    let (status, answer) = home.call(&home.owner, "POST", "/redactions", erase).await;
    assert!(status.is_success(), "{status} {answer}");
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&detail["note"]["text"], &detail["note"]["by"]["name"]), (&Value::Null, &json!("Tycho")), "{detail}");
    assert_eq!((&detail["tags"], &detail["archived"]), (&json!(["good"]), &json!(true)));
    assert_eq!(home.get(&home.owner, "/overview").await.1["runs"], json!({}));
    assert_eq!(changed(&home, &run, json!({ "note": "" })).await["note"], Value::Null);
}
