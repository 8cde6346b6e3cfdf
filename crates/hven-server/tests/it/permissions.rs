//! The permission to run commands as the server's Unix user, and the ownership of the home: both can be taken away,
//! neither by accident.

use axum::http::StatusCode;
use hven_app::ports::Record;
use hven_core::{
    Digest,
    access::{RoleRevoked, Scope},
    fact::Batch,
};
use serde_json::{Value, json};

use crate::test_home::{Runner, TestHome, now, request, submission};

/// Adds a member of `astro` without the permission to run commands. Returns the id and a token.
async fn member(home: &TestHome) -> (String, String) {
    home.add_user("Sophie", Some("astro"), "member", false).await
}

async fn allow(home: &TestHome, user: &str, may: bool) {
    let set = json!({ "user": user, "project": "astro", "role": "member", "may_run_as_server": may });
    let (status, answer) = home.call(&home.owner, "PUT", "/members", set).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

fn is_refused((status, answer): &(StatusCode, Value)) -> bool {
    *status == StatusCode::FORBIDDEN && answer["error"]["code"] == "run.not_allowed_as_owner"
}

async fn facts(home: &TestHome) -> u64 {
    home.get(&home.owner, "/server").await.1["facts"].as_u64().unwrap()
}

/// The next start command for the runner, and the number of the last command.
async fn next_start(runner: &Runner<'_>, mut after: u64) -> (Value, u64) {
    loop {
        for command in runner.pull(after).await {
            after = command["number"].as_u64().unwrap();
            if !command["command"]["start"].is_null() {
                return (command["command"]["start"].clone(), after);
            }
        }
    }
}

fn ended(attempt: &Value, outcome: &Value) -> Value {
    json!([{ "ended": { "attempt": attempt, "result": {
        "outcome": outcome, "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z", "wall_s": 1.0,
    }}}])
}

#[tokio::test]
async fn a_members_command_runs_only_when_an_owner_of_the_home_allowed_it() {
    let home = TestHome::new().await;
    let (id, sophie) = member(&home).await;
    let (_, project_owner) = home.add_user("Jun", Some("astro"), "owner", false).await;
    let before = facts(&home).await;
    let batch = json!({ "template": submission("astro"), "runs": [{ "argv": ["true"] }, { "argv": ["false"] }] });
    for token in [&sophie, &project_owner] {
        let one = home.call(token, "POST", "/runs", submission("astro")).await;
        assert!(is_refused(&one), "{one:?}");
        assert!(one.1["error"]["hint"].as_str().unwrap().contains("--may-run-as-me"), "{one:?}");
        let many = home.call(token, "POST", "/runs/batch", batch.clone()).await;
        assert!(is_refused(&many), "{many:?}");
    }
    assert_eq!(facts(&home).await, before, "nothing was recorded");

    // Recipes of Hven run without the permission.
    let recipe =
        json!({ "recipe": { "name": "law", "arguments": { "target": "x" } }, "place": "fresh", "project": "astro" });
    let (status, answer) = home.call(&sophie, "POST", "/runs", recipe).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");

    // Only an owner of the home may give the permission, and no user to himself.
    let set = json!({ "user": id, "project": "astro", "role": "member", "may_run_as_server": true });
    for token in [&sophie, &project_owner] {
        let (status, _) = home.call(token, "PUT", "/members", set.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    allow(&home, &id, true).await;
    let (_, members) = home.get(&home.owner, "/members?project=astro").await;
    let sophies = members["items"].as_array().unwrap().iter().find(|member| member["user"]["id"] == id.as_str());
    assert_eq!(sophies.unwrap()["may_run_as_server"], true, "{members}");
    let (_, me) = home.get(&sophie, "/me").await;
    assert_eq!(me["roles"][0]["may_run_as_server"], true, "{me}");
    let (status, answer) = home.call(&sophie, "POST", "/runs", submission("astro")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let (status, answer) = home.call(&sophie, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    // The permission holds only in this project and in those below it.
    let elsewhere = home.call(&sophie, "POST", "/runs", submission("bio")).await;
    assert_eq!(elsewhere.0, StatusCode::NOT_FOUND, "{elsewhere:?}");

    // An owner of the project may change the role and keep the permission, or remove it, but not give it.
    let keep = json!({ "user": id, "project": "astro", "role": "owner" });
    assert_eq!(home.call(&project_owner, "PUT", "/members", keep).await.0, StatusCode::NO_CONTENT);
    assert_eq!(home.call(&sophie, "POST", "/runs", submission("astro")).await.0, StatusCode::CREATED);
    let take = json!({ "user": id, "project": "astro", "role": "member", "may_run_as_server": false });
    assert_eq!(home.call(&project_owner, "PUT", "/members", take).await.0, StatusCode::NO_CONTENT);
    assert!(is_refused(&home.call(&sophie, "POST", "/runs", submission("astro")).await));
    let viewer = json!({ "user": id, "project": "astro", "role": "viewer", "may_run_as_server": true });
    assert_eq!(home.call(&home.owner, "PUT", "/members", viewer).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn waiting_runs_and_retries_do_not_start_after_the_permission_was_removed() {
    let home = TestHome::new().await;
    let (id, sophie) = member(&home).await;
    allow(&home, &id, true).await;
    let runner = home.runner().await;
    // Each needs one core: four of them run, four are prefetched by the runner, the others wait.
    let mut work = submission("astro");
    work["retries"] = json!(3);
    let mut runs = Vec::new();
    for _ in 0..10 {
        let (status, created) = home.call(&sophie, "POST", "/runs", work.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        runs.push(created["run"]["id"].as_str().unwrap().to_owned());
    }
    let (start, number) = next_start(&runner, 0).await;
    allow(&home, &id, false).await;
    // The run failed and would be retried.
    let failed = ended(&start["attempt"], &json!({ "is": "failed", "exit": 1 }));
    let (status, _) = runner.push(failed).await;
    assert_eq!(status, StatusCode::OK);
    let first = home.until(&format!("/runs/{}", runs[0]), |run| run["state"] == "failed").await;
    assert!(first.to_string().contains("may not have commands run"), "{first}");
    let last = home.until(&format!("/runs/{}", runs[9]), |run| run["state"] == "failed").await;
    assert!(last.to_string().contains("may not have commands run"), "{last}");
    // The runner has start commands only from the time with the permission: the first attempt of each run.
    for command in runner.pull(number).await {
        let start = &command["command"]["start"];
        assert!(start.is_null() || start["attempt"].to_string().contains(".1"), "{command}");
        assert!(!start.to_string().contains(&runs[9]), "{command}");
    }
}

#[tokio::test]
async fn a_start_that_waits_for_its_runner_is_withdrawn_when_the_permission_is_removed() {
    let home = TestHome::new().await;
    let (id, sophie) = member(&home).await;
    allow(&home, &id, true).await;
    let runner = home.runner().await;
    let (status, created) = home.call(&sophie, "POST", "/runs", submission("astro")).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let hers = format!("/runs/{}", created["run"]["id"].as_str().unwrap());
    // The engine has assigned the run to the runner, which has not pulled it yet.
    home.until(&hers, |run| run["attempts"] == 1).await;
    allow(&home, &id, false).await;
    let owners = home.submit(&home.owner, "astro").await;
    let (start, _) = next_start(&runner, 0).await;
    assert!(start["attempt"].as_str().unwrap().starts_with(&owners), "{start}");
    let refused = home.until(&hers, |run| run["state"] == "failed").await;
    assert!(refused.to_string().contains("may not have commands run"), "{refused}");
}

/// The attempts that the commands after a number withdraw, with the reasons.
async fn withdrawn(runner: &Runner<'_>, after: u64) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let commands = runner.pull(after).await;
    let withdrawals = commands.iter().map(|command| &command["command"]["withdraw"]).filter(|one| !one.is_null());
    withdrawals.map(|one| (text(&one["attempt"]), text(&one["why"]))).collect()
}

#[tokio::test]
async fn unstarted_attempts_on_a_runner_are_withdrawn_when_the_permission_is_removed() {
    let may_not = json!({ "project": "astro", "role": "member", "may_run_as_server": false });
    for (method, taken) in [("PUT", Some(may_not)), ("DELETE", Some(json!({ "project": "astro" }))), ("erased", None)] {
        let home = TestHome::new().await;
        let (id, sophie) = member(&home).await;
        allow(&home, &id, true).await;
        let mut runner = home.runner().await;
        let started = home.submit(&sophie, "astro").await;
        let waiting = home.submit(&sophie, "astro").await;
        let owners = home.submit(&home.owner, "astro").await;
        let (mut attempts, mut after) = (Vec::new(), 0);
        for run in [&started, &waiting, &owners] {
            let (start, number) = next_start(&runner, after).await;
            assert!(start["attempt"].as_str().unwrap().starts_with(run.as_str()), "{start}");
            attempts.push(start["attempt"].as_str().unwrap().to_owned());
            after = number;
        }
        let (status, _) = runner.push(json!([{ "started": { "attempt": attempts[0] } }])).await;
        assert_eq!(status, StatusCode::OK);
        match taken {
            Some(mut taken) => {
                taken["user"] = json!(id);
                let (status, answer) = home.call(&home.owner, method, "/members", taken).await;
                assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
            }
            None => {
                let (status, answer) = erase(&home, last_fact(&home, "role.granted").await).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
        }
        // Only the runner knows whether the process has started.
        let withdrawals = withdrawn(&runner, after).await;
        let mut hers: Vec<&String> = withdrawals.iter().map(|(attempt, _)| attempt).collect();
        hers.sort_unstable();
        let mut expected = vec![&attempts[0], &attempts[1]];
        expected.sort_unstable();
        assert_eq!(hers, expected, "{method}");
        // A runner that missed the command gets it again when it attaches.
        let held = attempts.iter().map(|attempt| json!({ "attempt": attempt, "started": false, "finished": false }));
        let attach = json!({
            "runner": runner.id, "pool": "local", "host": "here", "boot_id": "b", "pid": 1, "version": "0",
            "capacity": { "cpus": 4, "memory_bytes": 1 << 30 }, "prefetch": 4, "attempts": held.collect::<Vec<_>>(),
        });
        let (status, attached) = home.call(&runner.token, "POST", "/runner/attach", attach).await;
        assert_eq!(status, StatusCode::OK, "{attached}");
        attached["session"].as_str().unwrap().clone_into(&mut runner.session);
        let again = withdrawn(&runner, 0).await;
        assert_eq!(again.len(), 2, "{method}: {again:?}");
        // It has not started the second attempt.
        let why = again.iter().find(|(attempt, _)| *attempt == attempts[1]).unwrap().1.as_str();
        runner.push(ended(&json!(attempts[1]), &json!({ "is": "not_started", "why": why }))).await;
        let refused = home.until(&format!("/runs/{waiting}"), |run| run["state"] == "failed").await;
        assert!(refused.to_string().contains("may not have commands run"), "{method}: {refused}");
        // The first attempt continues to its end.
        runner.push(ended(&json!(attempts[0]), &json!({ "is": "done" }))).await;
        home.until(&format!("/runs/{started}"), |run| run["state"] == "done").await;
    }
}

/// A command that the owner ran, which is done and has its code in the store, so it can be made again.
async fn done_with_code(home: &TestHome, runner: &Runner<'_>) -> String {
    let listing = json!({ "files": [] }).to_string();
    let digest = Digest::of(listing.as_bytes()).to_string();
    let put = request(&home.owner, "PUT", &format!("/objects/{digest}"), None, &json!({ "files": [] }));
    let (status, _) = home.send(put).await;
    assert!(status.is_success(), "{status}");
    let mut work = submission("astro");
    work["code"] = json!({ "kind": "folder", "listing": digest, "files": 0, "bytes": 0 });
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let (start, _) = next_start(runner, 0).await;
    runner.push(ended(&start["attempt"], &json!({ "is": "done" }))).await;
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    run
}

#[tokio::test]
async fn every_way_to_start_a_command_needs_the_permission() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = done_with_code(&home, &runner).await;
    let (id, sophie) = member(&home).await;
    // A reproduction.
    let again = format!("/runs/{run}/reproductions");
    let refused = home.call(&sophie, "POST", &again, json!({})).await;
    assert!(is_refused(&refused), "{refused:?}");
    // A repair.
    let retraction = json!({ "of": run, "because": "a wrong calibration" });
    let (status, answer) = home.call(&sophie, "POST", "/retractions", retraction).await;
    assert!(status.is_success(), "{answer}");
    let (status, plan) = home.call(&sophie, "POST", "/repairs", json!({ "of": run })).await;
    assert!(status.is_success(), "{plan}");
    assert!(plan.to_string().contains("your commands may not run here"), "{plan}");
    // Both work when the permission is given.
    allow(&home, &id, true).await;
    let (status, plan) = home.call(&sophie, "POST", "/repairs", json!({ "of": run, "again": true })).await;
    assert!(status.is_success(), "{plan}");
    assert_eq!(plan["steps"][0]["progress"], "running", "{plan}");
    let (status, answer) = home.call(&sophie, "POST", &again, json!({})).await;
    assert!(status.is_success(), "{answer}");
}

async fn owners(home: &TestHome) -> Vec<String> {
    let (status, members) = home.get(&home.owner, "/members").await;
    assert_eq!(status, StatusCode::OK, "{members}");
    let owners = members["items"].as_array().unwrap().iter().filter(|member| member["role"] == "owner");
    owners.map(|owner| owner["user"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_cannot_demote_each_other_at_once() {
    const ROUNDS: usize = 25;
    let home = TestHome::new().await;
    let (one, token_of_one) = home.add_user("Jost", None, "owner", false).await;
    let (other, token_of_other) = home.add_user("Sophie", None, "owner", false).await;
    for round in 0..ROUNDS {
        let demote = |user: &str| json!({ "user": user, "role": "viewer" });
        let (method, one_down, other_down) = match round % 2 {
            0 => ("PUT", demote(&one), demote(&other)),
            _ => ("DELETE", json!({ "user": one }), json!({ "user": other })),
        };
        let (first, second) = tokio::join!(
            home.call(&token_of_one, method, "/members", other_down),
            home.call(&token_of_other, method, "/members", one_down),
        );
        let left: Vec<String> = owners(&home).await.into_iter().filter(|id| *id == one || *id == other).collect();
        let [left] = left.as_slice() else { panic!("round {round}: {left:?}; {first:?} {second:?}") };
        assert_ne!(first.0.is_success(), second.0.is_success(), "round {round}: {first:?} {second:?}");
        // Make both owners again.
        let down = if *left == one { &other } else { &one };
        let again = json!({ "user": down, "role": "owner" });
        assert_eq!(home.call(&home.owner, "PUT", "/members", again).await.0, StatusCode::NO_CONTENT);
    }
}

/// The number of the last fact of a kind.
async fn last_fact(home: &TestHome, kind: &str) -> u64 {
    let (_, facts) = home.get(&home.owner, &format!("/facts?kind={kind}&order=newest&limit=1000")).await;
    facts["items"].as_array().unwrap().iter().map(|fact| fact["seq"].as_u64().unwrap()).max().unwrap()
}

async fn erase(home: &TestHome, seq: u64) -> (StatusCode, Value) {
    home.call(&home.owner, "POST", "/redactions", json!({ "fact": seq, "because": "a name" })).await
}

#[tokio::test]
async fn erasing_facts_leaves_the_home_to_its_own_user() {
    let home = TestHome::new().await;
    let (_, me) = home.get(&home.owner, "/me").await;
    let granted = last_fact(&home, "role.granted").await;
    let (status, answer) = erase(&home, granted).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("stands for the Unix user"), "{answer}");
    // A role in a project that was given and removed: after an erasure it would be unknown which role this was.
    let mine = json!({ "user": me["id"], "project": "astro", "role": "owner" });
    assert_eq!(home.call(&home.owner, "PUT", "/members", mine).await.0, StatusCode::NO_CONTENT);
    let taken = json!({ "user": me["id"], "project": "astro" });
    assert_eq!(home.call(&home.owner, "DELETE", "/members", taken).await.0, StatusCode::NO_CONTENT);
    for kind in ["role.revoked", "role.granted"] {
        let seq = last_fact(&home, kind).await;
        let (status, answer) = erase(&home, seq).await;
        assert_eq!(status, StatusCode::CONFLICT, "{kind}: {answer}");
    }
    // The name is in the payload. The id and the role stay.
    let (status, answer) = erase(&home, last_fact(&home, "user.added").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, members) = home.get(&home.owner, "/members").await;
    assert_eq!((&members["items"][0]["role"], &members["items"][0]["user"]["name"]), (&json!("owner"), &Value::Null));
    // Another owner changes nothing, and the fact that made that user an owner can be erased.
    home.add_user("Sophie", None, "owner", false).await;
    let (status, answer) = erase(&home, granted).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = erase(&home, last_fact(&home, "role.granted").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(owners(&home).await, [me["id"].as_str().unwrap()]);
    assert!(home.store.check_views(&mut |_| ()).unwrap().differences.is_empty());
}

#[tokio::test]
async fn an_erased_demotion_gives_nothing_back() {
    let home = TestHome::new().await;
    let (id, sophie) = home.add_user("Sophie", None, "owner", false).await;
    let demoted = json!({ "user": id, "role": "viewer" });
    assert_eq!(home.call(&home.owner, "PUT", "/members", demoted).await.0, StatusCode::NO_CONTENT);
    let (status, answer) = erase(&home, last_fact(&home, "role.granted").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(owners(&home).await.len(), 1);
    assert_eq!(home.get(&sophie, "/members").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn access_to_the_folder_of_a_home_gives_access_as_its_own_user() {
    let home = TestHome::new().await;
    let app = &home.app;
    let (_, sophies) = home.add_user("Sophie", None, "owner", false).await;
    let needs = async |token: Option<&str>| hven_app::home_owner::needs_token(app, token).await.unwrap();
    assert!(!needs(Some(&home.owner)).await);
    assert!(needs(None).await && needs(Some("hvu_dead")).await);
    let (_, tokens) = home.get(&home.owner, "/tokens").await;
    let path = format!("/tokens/{}", tokens["items"][0]["id"].as_str().unwrap());
    let (_, spare) = home.call(&home.owner, "POST", "/tokens", json!({ "name": "spare" })).await;
    assert_eq!(home.call(&home.owner, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert!(needs(Some(&home.owner)).await, "a revoked token is replaced");
    let spare = spare["secret"].as_str().unwrap();
    assert!(!needs(Some(spare)).await);
    // The token of another owner would record that another person acted.
    assert!(needs(Some(&sophies)).await);
    // An older version of Hven could leave this state.
    let (_, me) = home.get(spare, "/me").await;
    let user = me["id"].as_str().unwrap().parse().unwrap();
    let gone = RoleRevoked { project: Scope::Home, user };
    let batch = Batch::new(now(), hven_core::ActorId::SYSTEM, vec![gone.into()]);
    Record::append(&home.store, batch).await.unwrap();
    assert_eq!(home.get(spare, "/members").await.0, StatusCode::FORBIDDEN);
    hven_app::home_owner::restore_owner(app).await.unwrap();
    assert_eq!(home.get(spare, "/members").await.0, StatusCode::OK);
    let (_, facts) = home.get(spare, "/facts?kind=role.granted&order=newest&limit=1").await;
    let fact = facts["items"][0].to_string();
    assert!(fact.contains("stands for the Unix user") && fact.contains("Hven"), "{fact}");
    // Without a problem, nothing more is recorded.
    let head = Record::head(&home.store).seq;
    hven_app::home_owner::restore_owner(app).await.unwrap();
    assert_eq!(Record::head(&home.store).seq, head);
    let secret = hven_app::home_owner::owner_token(app, "Tycho").await.unwrap();
    let (_, again) = home.get(&secret, "/me").await;
    assert_eq!(again["id"], me["id"], "the same user, although another user owns the home too");
}
