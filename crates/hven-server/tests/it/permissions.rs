//! Whose commands run as the server's Unix user, and who owns the home: both can be lost, and neither by accident.

use axum::http::StatusCode;
use hven_app::ports::Record;
use hven_core::{
    Digest,
    access::{RoleRevoked, Scope},
    fact::Batch,
};
use serde_json::{Value, json};

use crate::house::{House, Runner, now, request, submission};

/// A member of `astro`, whose commands are not allowed yet: the id and a token.
async fn member(house: &House) -> (String, String) {
    house.add_user("Sophie", Some("astro"), "member", false).await
}

async fn allow(house: &House, user: &str, may: bool) {
    let set = json!({ "user": user, "project": "astro", "role": "member", "may_run_as_server": may });
    let (status, answer) = house.call(&house.owner, "PUT", "/members", set).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

fn is_refused((status, answer): &(StatusCode, Value)) -> bool {
    *status == StatusCode::FORBIDDEN && answer["error"]["code"] == "run.not_allowed_as_owner"
}

async fn facts(house: &House) -> u64 {
    house.get(&house.owner, "/server").await.1["facts"].as_u64().unwrap()
}

/// The next start that the runner is told, and the number of the last command.
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
    let house = House::new().await;
    let (id, sophie) = member(&house).await;
    let (_, project_owner) = house.add_user("Jun", Some("astro"), "owner", false).await;
    let before = facts(&house).await;
    let batch = json!({ "template": submission("astro"), "runs": [{ "argv": ["true"] }, { "argv": ["false"] }] });
    for token in [&sophie, &project_owner] {
        let one = house.call(token, "POST", "/runs", submission("astro")).await;
        assert!(is_refused(&one), "{one:?}");
        assert!(one.1["error"]["hint"].as_str().unwrap().contains("--may-run-as-me"), "{one:?}");
        let many = house.call(token, "POST", "/runs/batch", batch.clone()).await;
        assert!(is_refused(&many), "{many:?}");
    }
    assert_eq!(facts(&house).await, before, "nothing was recorded");

    // What ships with Hven runs all the same.
    let recipe =
        json!({ "recipe": { "name": "law", "arguments": { "target": "x" } }, "place": "fresh", "project": "astro" });
    let (status, answer) = house.call(&sophie, "POST", "/runs", recipe).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");

    // Nobody but an owner of the home allows it, also not to himself.
    let set = json!({ "user": id, "project": "astro", "role": "member", "may_run_as_server": true });
    for token in [&sophie, &project_owner] {
        let (status, _) = house.call(token, "PUT", "/members", set.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    allow(&house, &id, true).await;
    let (_, members) = house.get(&house.owner, "/members?project=astro").await;
    let sophies = members["items"].as_array().unwrap().iter().find(|member| member["user"]["id"] == id.as_str());
    assert_eq!(sophies.unwrap()["may_run_as_server"], true, "{members}");
    let (_, me) = house.get(&sophie, "/me").await;
    assert_eq!(me["roles"][0]["may_run_as_server"], true, "{me}");
    let (status, answer) = house.call(&sophie, "POST", "/runs", submission("astro")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let (status, answer) = house.call(&sophie, "POST", "/runs/batch", batch).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    // In this project, and in those below it alone.
    let elsewhere = house.call(&sophie, "POST", "/runs", submission("bio")).await;
    assert_eq!(elsewhere.0, StatusCode::NOT_FOUND, "{elsewhere:?}");

    // An owner of the project may change the role and keep the permission, or take it away, but not give it.
    let keep = json!({ "user": id, "project": "astro", "role": "owner" });
    assert_eq!(house.call(&project_owner, "PUT", "/members", keep).await.0, StatusCode::NO_CONTENT);
    assert_eq!(house.call(&sophie, "POST", "/runs", submission("astro")).await.0, StatusCode::CREATED);
    let take = json!({ "user": id, "project": "astro", "role": "member", "may_run_as_server": false });
    assert_eq!(house.call(&project_owner, "PUT", "/members", take).await.0, StatusCode::NO_CONTENT);
    assert!(is_refused(&house.call(&sophie, "POST", "/runs", submission("astro")).await));
    let viewer = json!({ "user": id, "project": "astro", "role": "viewer", "may_run_as_server": true });
    assert_eq!(house.call(&house.owner, "PUT", "/members", viewer).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn what_waits_or_is_tried_again_is_not_started_when_the_permission_was_taken_back() {
    let house = House::new().await;
    let (id, sophie) = member(&house).await;
    allow(&house, &id, true).await;
    let runner = house.runner().await;
    // One core each: four of them run, four are at hand on the runner, the others wait.
    let mut work = submission("astro");
    work["retries"] = json!(3);
    let mut runs = Vec::new();
    for _ in 0..10 {
        let (status, created) = house.call(&sophie, "POST", "/runs", work.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        runs.push(created["run"]["id"].as_str().unwrap().to_owned());
    }
    let (start, number) = next_start(&runner, 0).await;
    allow(&house, &id, false).await;
    // It failed, and would be tried again.
    let failed = ended(&start["attempt"], &json!({ "is": "failed", "exit": 1 }));
    let (status, _) = runner.push(failed).await;
    assert_eq!(status, StatusCode::OK);
    let first = house.until(&format!("/runs/{}", runs[0]), |run| run["state"] == "failed").await;
    assert!(first.to_string().contains("may not have commands run"), "{first}");
    let last = house.until(&format!("/runs/{}", runs[9]), |run| run["state"] == "failed").await;
    assert!(last.to_string().contains("may not have commands run"), "{last}");
    // Whatever was told to start was told while it was allowed: of each run its first attempt.
    for command in runner.pull(number).await {
        let start = &command["command"]["start"];
        assert!(start.is_null() || start["attempt"].to_string().contains(".1"), "{command}");
        assert!(!start.to_string().contains(&runs[9]), "{command}");
    }
}

#[tokio::test]
async fn a_start_that_waits_for_its_runner_is_not_given_out_when_the_permission_was_taken_back() {
    let house = House::new().await;
    let (id, sophie) = member(&house).await;
    allow(&house, &id, true).await;
    let runner = house.runner().await;
    let (status, created) = house.call(&sophie, "POST", "/runs", submission("astro")).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let hers = format!("/runs/{}", created["run"]["id"].as_str().unwrap());
    // The engine has given it to the runner, which is too busy to ask for it.
    house.until(&hers, |run| run["attempts"] == 1).await;
    allow(&house, &id, false).await;
    let owners = house.submit(&house.owner, "astro").await;
    let (start, _) = next_start(&runner, 0).await;
    assert!(start["attempt"].as_str().unwrap().starts_with(&owners), "{start}");
    let refused = house.until(&hers, |run| run["state"] == "failed").await;
    assert!(refused.to_string().contains("may not have commands run"), "{refused}");
}

/// The attempts that the commands after a number withdraw, and why.
async fn withdrawn(runner: &Runner<'_>, after: u64) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let commands = runner.pull(after).await;
    let withdrawals = commands.iter().map(|command| &command["command"]["withdraw"]).filter(|one| !one.is_null());
    withdrawals.map(|one| (text(&one["attempt"]), text(&one["why"]))).collect()
}

#[tokio::test]
async fn what_a_runner_has_and_has_not_begun_is_withdrawn_when_the_permission_is_taken_back() {
    let may_not = json!({ "project": "astro", "role": "member", "may_run_as_server": false });
    for (method, taken) in [("PUT", Some(may_not)), ("DELETE", Some(json!({ "project": "astro" }))), ("erased", None)] {
        let house = House::new().await;
        let (id, sophie) = member(&house).await;
        allow(&house, &id, true).await;
        let mut runner = house.runner().await;
        let begun = house.submit(&sophie, "astro").await;
        let waiting = house.submit(&sophie, "astro").await;
        let owners = house.submit(&house.owner, "astro").await;
        let (mut attempts, mut after) = (Vec::new(), 0);
        for run in [&begun, &waiting, &owners] {
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
                let (status, answer) = house.call(&house.owner, method, "/members", taken).await;
                assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
            }
            None => {
                let (status, answer) = erase(&house, last_fact(&house, "role.granted").await).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
            }
        }
        // Whether the process has begun is the runner's to say.
        let told = withdrawn(&runner, after).await;
        let mut hers: Vec<&String> = told.iter().map(|(attempt, _)| attempt).collect();
        hers.sort_unstable();
        let mut expected = vec![&attempts[0], &attempts[1]];
        expected.sort_unstable();
        assert_eq!(hers, expected, "{method}");
        // One that did not hear it is told when it attaches again.
        let held = attempts.iter().map(|attempt| json!({ "attempt": attempt, "started": false, "finished": false }));
        let attach = json!({
            "runner": runner.id, "pool": "local", "host": "here", "boot_id": "b", "pid": 1, "version": "0",
            "capacity": { "cpus": 4, "memory_bytes": 1 << 30 }, "prefetch": 4, "attempts": held.collect::<Vec<_>>(),
        });
        let (status, attached) = house.call(&runner.token, "POST", "/runner/attach", attach).await;
        assert_eq!(status, StatusCode::OK, "{attached}");
        attached["session"].as_str().unwrap().clone_into(&mut runner.session);
        let again = withdrawn(&runner, 0).await;
        assert_eq!(again.len(), 2, "{method}: {again:?}");
        // It has not begun the second.
        let why = again.iter().find(|(attempt, _)| *attempt == attempts[1]).unwrap().1.as_str();
        runner.push(ended(&json!(attempts[1]), &json!({ "is": "not_started", "why": why }))).await;
        let refused = house.until(&format!("/runs/{waiting}"), |run| run["state"] == "failed").await;
        assert!(refused.to_string().contains("may not have commands run"), "{method}: {refused}");
        // And the first goes on to its end.
        runner.push(ended(&json!(attempts[0]), &json!({ "is": "done" }))).await;
        house.until(&format!("/runs/{begun}"), |run| run["state"] == "done").await;
    }
}

/// A command that a run's owner made, done, with its code in the store: it can be made again.
async fn done_with_code(house: &House, runner: &Runner<'_>) -> String {
    let listing = json!({ "files": [] }).to_string();
    let digest = Digest::of(listing.as_bytes()).to_string();
    let put = request(&house.owner, "PUT", &format!("/objects/{digest}"), None, &json!({ "files": [] }));
    let (status, _) = house.send(put).await;
    assert!(status.is_success(), "{status}");
    let mut work = submission("astro");
    work["code"] = json!({ "kind": "folder", "listing": digest, "files": 0, "bytes": 0 });
    let (status, created) = house.call(&house.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let (start, _) = next_start(runner, 0).await;
    runner.push(ended(&start["attempt"], &json!({ "is": "done" }))).await;
    let run = created["run"]["id"].as_str().unwrap().to_owned();
    house.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
    run
}

#[tokio::test]
async fn every_way_that_starts_a_command_asks_for_the_permission() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = done_with_code(&house, &runner).await;
    let (id, sophie) = member(&house).await;
    // Making it again.
    let again = format!("/runs/{run}/reproductions");
    let refused = house.call(&sophie, "POST", &again, json!({})).await;
    assert!(is_refused(&refused), "{refused:?}");
    // Repairing.
    let retraction = json!({ "of": run, "because": "a wrong calibration" });
    let (status, answer) = house.call(&sophie, "POST", "/retractions", retraction).await;
    assert!(status.is_success(), "{answer}");
    let (status, plan) = house.call(&sophie, "POST", "/repairs", json!({ "of": run })).await;
    assert!(status.is_success(), "{plan}");
    assert!(plan.to_string().contains("your commands may not run here"), "{plan}");
    // Both are done once it is allowed.
    allow(&house, &id, true).await;
    let (status, plan) = house.call(&sophie, "POST", "/repairs", json!({ "of": run, "again": true })).await;
    assert!(status.is_success(), "{plan}");
    assert_eq!(plan["steps"][0]["progress"], "running", "{plan}");
    let (status, answer) = house.call(&sophie, "POST", &again, json!({})).await;
    assert!(status.is_success(), "{answer}");
}

async fn owners(house: &House) -> Vec<String> {
    let (status, members) = house.get(&house.owner, "/members").await;
    assert_eq!(status, StatusCode::OK, "{members}");
    let owners = members["items"].as_array().unwrap().iter().filter(|member| member["role"] == "owner");
    owners.map(|owner| owner["user"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_owners_cannot_demote_each_other_at_once() {
    const ROUNDS: usize = 25;
    let house = House::new().await;
    let (one, token_of_one) = house.add_user("Jost", None, "owner", false).await;
    let (other, token_of_other) = house.add_user("Sophie", None, "owner", false).await;
    for round in 0..ROUNDS {
        let demote = |user: &str| json!({ "user": user, "role": "viewer" });
        let (method, one_down, other_down) = match round % 2 {
            0 => ("PUT", demote(&one), demote(&other)),
            _ => ("DELETE", json!({ "user": one }), json!({ "user": other })),
        };
        let (first, second) = tokio::join!(
            house.call(&token_of_one, method, "/members", other_down),
            house.call(&token_of_other, method, "/members", one_down),
        );
        let left: Vec<String> = owners(&house).await.into_iter().filter(|id| *id == one || *id == other).collect();
        let [left] = left.as_slice() else { panic!("round {round}: {left:?}; {first:?} {second:?}") };
        assert_ne!(first.0.is_success(), second.0.is_success(), "round {round}: {first:?} {second:?}");
        // Both are owners again.
        let down = if *left == one { &other } else { &one };
        let again = json!({ "user": down, "role": "owner" });
        assert_eq!(house.call(&house.owner, "PUT", "/members", again).await.0, StatusCode::NO_CONTENT);
    }
}

/// The number of the last fact of a kind.
async fn last_fact(house: &House, kind: &str) -> u64 {
    let (_, facts) = house.get(&house.owner, &format!("/facts?kind={kind}&order=newest&limit=1000")).await;
    facts["items"].as_array().unwrap().iter().map(|fact| fact["seq"].as_u64().unwrap()).max().unwrap()
}

async fn erase(house: &House, seq: u64) -> (StatusCode, Value) {
    house.call(&house.owner, "POST", "/redactions", json!({ "fact": seq, "because": "a name" })).await
}

#[tokio::test]
async fn erasing_facts_leaves_the_home_to_its_own_user() {
    let house = House::new().await;
    let (_, me) = house.get(&house.owner, "/me").await;
    let granted = last_fact(&house, "role.granted").await;
    let (status, answer) = erase(&house, granted).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    assert!(answer["error"]["message"].as_str().unwrap().contains("stands for the Unix user"), "{answer}");
    // A role that was given and taken away in a project: which one it was would be unknown.
    let mine = json!({ "user": me["id"], "project": "astro", "role": "owner" });
    assert_eq!(house.call(&house.owner, "PUT", "/members", mine).await.0, StatusCode::NO_CONTENT);
    let taken = json!({ "user": me["id"], "project": "astro" });
    assert_eq!(house.call(&house.owner, "DELETE", "/members", taken).await.0, StatusCode::NO_CONTENT);
    for kind in ["role.revoked", "role.granted"] {
        let seq = last_fact(&house, kind).await;
        let (status, answer) = erase(&house, seq).await;
        assert_eq!(status, StatusCode::CONFLICT, "{kind}: {answer}");
    }
    // The name is payload: the id and the role stay.
    let (status, answer) = erase(&house, last_fact(&house, "user.added").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, members) = house.get(&house.owner, "/members").await;
    assert_eq!((&members["items"][0]["role"], &members["items"][0]["user"]["name"]), (&json!("owner"), &Value::Null));
    // Another owner changes nothing, and what makes that one an owner can be erased.
    house.add_user("Sophie", None, "owner", false).await;
    let (status, answer) = erase(&house, granted).await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let (status, answer) = erase(&house, last_fact(&house, "role.granted").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(owners(&house).await, [me["id"].as_str().unwrap()]);
    assert!(house.home.check_views(&mut |_| ()).unwrap().differences.is_empty());
}

#[tokio::test]
async fn an_erased_demotion_gives_nothing_back() {
    let house = House::new().await;
    let (id, sophie) = house.add_user("Sophie", None, "owner", false).await;
    let demoted = json!({ "user": id, "role": "viewer" });
    assert_eq!(house.call(&house.owner, "PUT", "/members", demoted).await.0, StatusCode::NO_CONTENT);
    let (status, answer) = erase(&house, last_fact(&house, "role.granted").await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(owners(&house).await.len(), 1);
    assert_eq!(house.get(&sophie, "/members").await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn whoever_holds_the_folder_of_a_home_gets_in_as_its_own_user() {
    let house = House::new().await;
    let app = &house.app;
    let (_, sophies) = house.add_user("Sophie", None, "owner", false).await;
    let needs = async |token: Option<&str>| hven_app::home_owner::needs_token(app, token).await.unwrap();
    assert!(!needs(Some(&house.owner)).await);
    assert!(needs(None).await && needs(Some("hvu_dead")).await);
    let (_, tokens) = house.get(&house.owner, "/tokens").await;
    let path = format!("/tokens/{}", tokens["items"][0]["id"].as_str().unwrap());
    let (_, spare) = house.call(&house.owner, "POST", "/tokens", json!({ "name": "spare" })).await;
    assert_eq!(house.call(&house.owner, "DELETE", &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert!(needs(Some(&house.owner)).await, "a token that was revoked is made anew");
    let spare = spare["secret"].as_str().unwrap();
    assert!(!needs(Some(spare)).await);
    // Another owner's token would record that another person acted.
    assert!(needs(Some(&sophies)).await);
    // As an earlier Hven could leave it.
    let (_, me) = house.get(spare, "/me").await;
    let user = me["id"].as_str().unwrap().parse().unwrap();
    let gone = RoleRevoked { project: Scope::Home, user };
    let batch = Batch::new(now(), hven_core::ActorId::SYSTEM, vec![gone.into()]);
    Record::append(&house.home, batch).await.unwrap();
    assert_eq!(house.get(spare, "/members").await.0, StatusCode::FORBIDDEN);
    hven_app::home_owner::restore_owner(app).await.unwrap();
    assert_eq!(house.get(spare, "/members").await.0, StatusCode::OK);
    let (_, facts) = house.get(spare, "/facts?kind=role.granted&order=newest&limit=1").await;
    let told = facts["items"][0].to_string();
    assert!(told.contains("stands for the Unix user") && told.contains("Hven"), "{told}");
    // Nothing more is recorded when nothing is amiss.
    let head = Record::head(&house.home).seq;
    hven_app::home_owner::restore_owner(app).await.unwrap();
    assert_eq!(Record::head(&house.home).seq, head);
    let secret = hven_app::home_owner::owner_token(app, "Tycho").await.unwrap();
    let (_, again) = house.get(&secret, "/me").await;
    assert_eq!(again["id"], me["id"], "nobody else's, although another user owns the home too");
}
