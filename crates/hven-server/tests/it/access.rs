//! Calls every operation of the OpenAPI document with every kind of token that has no permission for it.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use hven_app::{keys::runner_token, ports::Record};
use hven_core::{
    ActorId, AttemptId, ClaimId, DatasetId, Digest, PublicationId, RepairId, RunId, RunnerId,
    array::{self, ArrayId, Axis},
    catalogue::VersionAdded,
    claim::{Evidence, Stated},
    fact::Batch,
    object::{FileKind, FileRef},
    project::ProjectPath,
    publication::PublicationMade,
    queueing::Priority,
    repair,
    reproduction::Tolerances,
    run::Spec,
    workflow::{self, WorkflowId},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_home::{KEY, TestHome, now, request};

pub(crate) struct Operation {
    pub method: String,
    /// With the placeholders `{run}`, `{attempt}`, `{digest}` and `{token}`.
    pub path: String,
}

pub(crate) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&hven_server::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, operations)| {
        let methods = operations.as_object().unwrap().keys();
        methods.map(move |method| Operation {
            method: method.to_uppercase(),
            path: path.strip_prefix("/api/v1").unwrap().to_owned(),
        })
    });
    each.collect()
}

/// A body that each operation can parse, so that the access check refuses the call and not the parser.
pub(crate) fn body(operation: &Operation, run: &str, digest: &str) -> Value {
    match (operation.method.as_str(), operation.path.as_str()) {
        ("GET" | "HEAD", _) => Value::Null,
        (_, "/runs") => json!({ "argv": ["true"], "cwd": "/", "project": "secret/study" }),
        (_, "/runs/batch") => {
            json!({ "template": { "argv": [], "cwd": "/", "project": "secret/study" }, "runs": [{ "argv": ["true"] }] })
        }
        (_, "/runs/external") => json!({ "source": "python", "project": "secret/study" }),
        (_, "/runs/{run}/outputs") => json!({ "files": [{ "path": "a.csv", "digest": digest, "size": 1 }] }),
        (_, "/runs/{run}/close") => json!({ "state": "done" }),
        (_, "/runs/{run}/reproductions") => json!({ "tolerance": { "relative": 1e-9 } }),
        (_, "/runs/{run}/params") => json!({ "params": { "lr": 1 } }),
        (_, "/runs/{run}/labels") => {
            json!({ "add_tags": ["good"], "remove_tags": ["bad"], "note": "mine", "archived": false })
        }
        (_, "/runs/{run}/metrics") => json!({ "points": [{ "key": "loss", "value": 1 }] }),
        (_, "/runs/delete") => json!({ "runs": [run], "because": "I want to" }),
        (_, "/users") => json!({ "name": "Eve" }),
        (_, "/projects") => json!({ "path": "secret/more" }),
        ("DELETE", "/members") => json!({ "user": "0".repeat(32), "project": "secret/study" }),
        (_, "/members") => json!({ "user": "0".repeat(32), "project": "secret/study", "role": "owner" }),
        (_, "/tokens") => json!({ "name": "mine", "user": "0".repeat(32) }),
        (_, "/views") => json!({ "project": "secret/study", "name": "best", "page": "runs", "state": {} }),
        (_, "/views/{view}/name") => json!({ "name": "better" }),
        (_, "/runs/lookup") => json!({ "argv": ["true"], "cwd": "/", "project": "secret/study" }),
        (_, "/datasets" | "/datasets/lookup" | "/datasets/look") => json!({
            "project": "secret/study", "name": "planets",
            "source": { "path": "planets.csv", "digest": digest, "size": 1, "kind": "file" },
        }),
        (_, "/datasets/{dataset}/splits") => json!({ "method": "random", "parts": { "train": 0.5, "test": 0.5 } }),
        (_, "/claims") => json!({
            "project": "secret/study", "name": "kepler3", "statement": "It holds.", "test": "x > 0",
            "evidence": ["run.law"],
        }),
        (_, "/publications" | "/publications/plan") => json!({ "claims": [run] }),
        (_, "/crates") => json!({ "fingerprint": digest, "description": digest, "project": "secret/study" }),
        (_, "/retractions") => json!({ "of": run, "because": "I want to" }),
        (_, "/independences") => json!({ "of": run, "on": run, "because": "I want to" }),
        (_, "/repairs") => json!({ "of": run }),
        (_, "/workflows") => json!({
            "project": "secret/study", "folder": "/", "manifest": "", "steps": [{ "name": "run.a" }], "environment": {},
        }),
        (_, "/arrays" | "/arrays/preview") => json!({
            "task": { "argv": ["true", "{i}"], "cwd": "/", "project": "secret/study" },
            "axes": [{ "kind": "list", "name": "i", "values": [1] }],
        }),
        (_, "/arrays/{array}/hold") => json!({ "held": true }),
        (_, "/arrays/draft" | "/arrays/draft/preview") => json!({
            "command": "true {i}", "folder": "/", "project": "secret/study", "over": ["i=1..2"],
        }),
        (_, "/laws/{run}/choice") => json!({ "candidate": "law-1", "because": "it is simpler" }),
        (_, "/objects/missing") => json!({ "digests": [digest] }),
        (_, "/redactions") => json!({ "run": run, "text": "needle", "because": "I want to" }),
        (_, "/runner/attach") => json!({
            "runner": RunnerId::from_u128(1), "pool": "p", "host": "h", "boot_id": "b", "pid": 1, "version": "0",
            "capacity": { "cpus": 1 }, "prefetch": 0, "attempts": [],
        }),
        (_, "/runner/pull") => json!({ "runner": RunnerId::from_u128(1), "session": "s", "after": 0, "wait_ms": 0 }),
        (_, "/runner/push") => json!({ "runner": RunnerId::from_u128(1), "session": "s", "events": [] }),
        _ => json!({}),
    }
}

/// `run` is the id of a run, a dataset and a claim at the same time: ids of different nouns are never confused.
pub(crate) fn path(operation: &Operation, run: &str, digest: &str) -> String {
    let path = operation.path.replace("{run}", run).replace("{digest}", digest);
    let path =
        path.replace("{dataset}", run).replace("{claim}", run).replace("{publication}", run).replace("{repair}", run);
    let path = path.replace("{workflow}", run).replace("{array}", run).replace("{task}", "1");
    let path = path.replace("{token}", &"0".repeat(32)).replace("{attempt}", &format!("{run}.1"));
    let path = path.replace("{user}", run).replace("{view}", &format!("secret%2Fstudy:{run}"));
    match operation.path.as_str() {
        "/runs/{run}/metrics/points" => path + "?key=loss",
        "/runs/curves" => format!("{path}?runs={run}&key=loss"),
        "/runs/compare" => format!("{path}?runs={run}"),
        "/runs/{run}/log/search" | "/logs/search" => path + "?q=x",
        "/runs/{run}" if operation.method == "DELETE" => path + "?because=I%20want%20to",
        "/runs/{run}/files/content" => path + "?path=x",
        "/lineage" | "/soundness" | "/reach" | "/graph" => path + "?of=" + run,
        "/repairs" if operation.method == "GET" => path + "?of=" + run,
        "/members" if operation.method == "GET" => path + "?project=secret/study",
        "/runs" if operation.method == "GET" => path + "?project=secret/study",
        _ => path,
    }
}

/// The only operation without a token: the server proves itself before a client sends its token.
const OPEN_TO_ALL: &[&str] = &["POST /proof"];
/// Operations for each user with a role in any project: they neither show nor change data of other users.
const OPEN_TO_ANY_USER: &[&str] = &[
    "GET /me",
    "POST /auth/links",
    "GET /projects",
    "GET /tokens",
    "GET /overview",
    "GET /server",
    "GET /machine",
    "GET /recipes",
    "GET /recipes/{recipe}",
    "GET /runs",
    "GET /runs/columns",
    "GET /tags",
    "GET /logs/search",
    "GET /views",
    "GET /usage",
    "GET /datasets",
    "GET /claims",
    "GET /publications",
    "GET /workflows",
    "GET /arrays",
    "GET /tasks",
    "GET /events",
];
/// Operations that only read, but have a body: a viewer may call them.
const QUESTIONS: &[&str] = &["POST /runs/lookup", "POST /datasets/lookup", "POST /arrays/preview"];
/// Operations that a member of another project may also call: an upload shows no data of others.
const OPEN_TO_ANY_MEMBER: &[&str] =
    &["POST /objects/missing", "HEAD /objects/{digest}", "PUT /objects/{digest}", "POST /objects"];

#[tokio::test]
async fn without_a_valid_token_every_operation_gives_the_same_refusal() {
    let home = TestHome::new().await;
    let gone_runner = {
        let runner = home.runner().await;
        home.lose(runner.id).await;
        runner.token
    };
    let run = home.submit(&home.owner, "secret/study").await;
    let digest = "0".repeat(64);
    let dead_attempt = {
        let id = AttemptId { run: run.parse().unwrap(), number: 1 };
        hven_app::keys::Keys::new(KEY).attempt_token(id)
    };
    let foreign_key = hven_app::keys::runner_token([8; 32], RunnerId::from_u128(1));
    let revoked = revoked_token(&home).await;
    let operations = operations();
    assert!(operations.len() > 40, "{} operations", operations.len());
    for operation in &operations {
        if OPEN_TO_ALL.contains(&format!("{} {}", operation.method, operation.path).as_str()) {
            continue;
        }
        let mut answers = Vec::new();
        for token in ["", "wrong", "hvu_", &dead_attempt, &foreign_key, &gone_runner, &revoked] {
            let path = path(operation, &run, &digest);
            let body = body(operation, &run, &digest);
            let answer = home.send(request(token, &operation.method, &path, None, &body)).await;
            assert_eq!(answer.0, StatusCode::UNAUTHORIZED, "{} {} with {token:?}", operation.method, operation.path);
            answers.push(answer);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{} {} distinguishes invalid tokens", operation.method, operation.path);
    }
    // The next server also knows that the runner is gone.
    let ask = request(&gone_runner, "GET", "/me", None, &Value::Null);
    let answer = home.served_again().await.router().oneshot(ask).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

/// Adds a dataset, a claim, a publication and a repair with the same id as the run.
async fn add_namesakes(home: &TestHome, run: &str) {
    let id = u128::from_str_radix(run, 16).unwrap();
    let project: ProjectPath = "secret/study".parse().unwrap();
    let file = |path: &str| FileRef { path: path.to_owned(), digest: Digest::of(b"x"), size: 1, kind: FileKind::File };
    let version = VersionAdded {
        dataset: DatasetId::from_u128(id),
        project: project.clone(),
        name: "planets".parse().unwrap(),
        version: 1,
        run: RunId::from_u128(id),
        source: Some(file("planets.csv")),
        content: file("table.parquet"),
        report: Digest::of(b"{}"),
        rows: 1,
        columns: 1,
        problems: 0,
        checks_failed: 0,
        license: None,
        description: None,
    };
    let stated = Stated {
        claim: ClaimId::from_u128(id),
        project,
        name: "kepler3".parse().unwrap(),
        statement: "It holds.".to_owned(),
        test: "x > 0".to_owned(),
        grammar: 1,
        evidence: vec![Evidence::Run(RunId::from_u128(id))],
        revision: 1,
    };
    let made = PublicationMade {
        publication: PublicationId::from_u128(id),
        project: stated.project.clone(),
        name: "kepler3".parse().unwrap(),
        version: 1,
        supersedes: None,
        identifier: "urn:uuid:x".to_owned(),
        title: "It holds".to_owned(),
        claims: vec![stated.claim],
        evidence: vec![RunId::from_u128(id)],
        state: Digest::of(b"state"),
        fingerprint: Digest::of(b"fingerprint"),
        archive: Digest::of(b"archive"),
        archive_bytes: 1,
        page: Digest::of(b"page"),
        description: Digest::of(b"description"),
        files: 1,
        bytes: 1,
        withheld: Vec::new(),
    };
    let begun = repair::Started {
        repair: RepairId::from_u128(id),
        number: 1,
        project: made.project.clone(),
        of: RunId::from_u128(id).into(),
        with: None,
        again: false,
    };
    let started = workflow::Started {
        workflow: WorkflowId::from_u128(id),
        number: 1,
        project: made.project.clone(),
        folder: "/".to_owned(),
        manifest: Digest::of(b"manifest"),
        steps: Vec::new(),
        options: workflow::Options::default(),
        caller: workflow::CallerProcess::default(),
        launch: "none".to_owned(),
    };
    let array = array_of(made.project.clone(), ArrayId::from_u128(id), 1);
    let facts = vec![version.into(), stated.into(), made.into(), begun.into(), started.into(), array.into()];
    Record::append(&home.store, Batch::new(now(), ActorId::SYSTEM, facts)).await.unwrap();
}

/// An array with one task that needs nothing.
pub(crate) fn array_of(project: ProjectPath, array: ArrayId, number: u32) -> Box<array::Submitted> {
    Box::new(array::Submitted {
        array,
        number,
        project,
        name: None,
        spec: Spec::of_command(vec!["true".to_owned(), "{i}".to_owned()], "/"),
        axes: vec![Axis::List { name: "i".to_owned(), values: vec![json!(1)] }],
        tasks: 1,
        launch: "none".to_owned(),
        params: BTreeMap::new(),
        tags: BTreeSet::new(),
        notes: Vec::new(),
        comparable: false,
        tolerances: Tolerances::default(),
        fresh: false,
        despite_checks: false,
        despite_suspicion: None,
        priority: Priority::USUAL,
        start_by: None,
        after: BTreeSet::new(),
        after_arrays: BTreeSet::new(),
        stop_when: None,
        gather: None,
        absent: None,
    })
}

async fn revoked_token(home: &TestHome) -> String {
    let (_, token) = home.call(&home.owner, "POST", "/tokens", json!({ "name": "old" })).await;
    let path = format!("/tokens/{}", token["token"]["id"].as_str().unwrap());
    let (status, _) = home.call(&home.owner, "DELETE", &path, Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    token["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_member_of_another_project_learns_and_changes_nothing() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "secret/study").await;
    add_namesakes(&home, &run).await;
    let absent = "f".repeat(32);
    let digest = "a".repeat(64);
    let stranger = home.user("Ursus", Some("other"), "owner").await;
    for operation in operations() {
        let name = format!("{} {}", operation.method, operation.path);
        if OPEN_TO_ALL.contains(&name.as_str())
            || OPEN_TO_ANY_USER.contains(&name.as_str())
            || OPEN_TO_ANY_MEMBER.contains(&name.as_str())
        {
            continue;
        }
        let of = |run: &str| {
            let (path, body) = (path(&operation, run, &digest), body(&operation, run, &digest));
            request(&stranger, &operation.method, &path, None, &body)
        };
        let (status, answer) = home.send(of(&run)).await;
        assert!(status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND, "{name}: {status}");
        let (absent_status, absent_answer) = home.send(of(&absent)).await;
        let blind = |answer: Vec<u8>, run: &str| String::from_utf8(answer).unwrap().replace(run, "RUN");
        assert_eq!((status, blind(answer, &run)), (absent_status, blind(absent_answer, &absent)), "{name}");
    }
    let (_, runs) = home.get(&stranger, "/runs").await;
    assert_eq!(runs["items"], json!([]));
    for list in ["/datasets", "/claims", "/publications", "/repairs", "/workflows", "/arrays"] {
        let (_, seen) = home.get(&stranger, list).await;
        assert_eq!(seen["items"], json!([]), "{list}");
        let (_, seen) = home.get(&home.owner, list).await;
        assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{list}");
    }
    for noun in ["run", "data", "claim", "publication"] {
        let (page, node) = (&format!("/graph?cursor={noun}."), format!("{noun}/"));
        let (_, seen) = home.get(&stranger, page).await;
        assert_eq!(seen["nodes"], json!([]), "{page}");
        let (_, seen) = home.get(&home.owner, page).await;
        assert_eq!(seen["nodes"][0]["key"], node + &run, "{page}");
    }
    let (_, projects) = home.get(&stranger, "/projects").await;
    assert!(!projects.to_string().contains("secret"), "{projects}");
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let home = TestHome::new().await;
    let run = home.submit(&home.owner, "secret/study").await;
    add_namesakes(&home, &run).await;
    let digest = "0".repeat(64);
    let viewer = home.user("Sophie", Some("secret"), "viewer").await;
    let (status, _) = home.get(&viewer, &format!("/runs/{run}")).await;
    assert_eq!(status, StatusCode::OK);
    for operation in operations().iter().filter(|operation| !matches!(operation.method.as_str(), "GET" | "HEAD")) {
        let name = format!("{} {}", operation.method, operation.path);
        if OPEN_TO_ALL.contains(&name.as_str())
            || OPEN_TO_ANY_USER.contains(&name.as_str())
            || QUESTIONS.contains(&name.as_str())
        {
            continue;
        }
        let (path, body) = (path(operation, &run, &digest), body(operation, &run, &digest));
        let (status, _) = home.call(&viewer, &operation.method, &path, body).await;
        assert!(status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND, "{name}: {status}");
    }
}

#[tokio::test]
async fn an_attempt_logs_to_itself_and_to_nothing_else() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let run = home.submit(&home.owner, "home").await;
    let start = runner.pull(0).await.swap_remove(0);
    let other = home.submit(&home.owner, "home").await;
    let token = start["command"]["start"]["token"].as_str().unwrap();
    let points = json!({ "points": [{ "key": "loss", "value": 1 }] });
    let params = json!({ "params": { "lr": 0.1 } });
    let (status, answer) = home.call(token, "POST", &format!("/runs/{run}/metrics"), points.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = home.call(token, "POST", &format!("/runs/{run}/params"), params.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    for (path, body) in [(format!("/runs/{other}/metrics"), points), (format!("/runs/{other}/params"), params)] {
        let (status, _) = home.call(token, "POST", &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // It may read its own run with its log and files, and no other run.
    let (log, files) = (format!("/runs/{run}/log"), format!("/runs/{run}/files"));
    for own in [&format!("/runs/{run}"), &format!("/runs/{run}/metrics"), &log, &files] {
        let (status, answer) = home.get(token, own).await;
        assert_eq!(status, StatusCode::OK, "{own}: {answer}");
        let (status, _) = home.get(token, &own.replace(&run, &other)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{own} of another run");
    }
    // It may not make other changes, not even to its own run.
    let software = json!({ "interpreter": null, "version": null, "packages": {}, "platform": null });
    for of in [&run, &other] {
        for (method, path, body) in [
            ("POST", format!("/runs/{of}/cancel"), json!({})),
            ("POST", format!("/runs/{of}/labels"), json!({ "note": "mine" })),
            ("POST", format!("/runs/{of}/reproductions"), json!({})),
            ("PUT", format!("/runs/{of}/software"), software.clone()),
            ("POST", format!("/laws/{of}/choice"), json!({ "candidate": "law-1", "because": "simpler" })),
            ("POST", "/retractions".to_owned(), json!({ "of": of, "because": "I want to" })),
            ("POST", "/redactions".to_owned(), json!({ "run": of, "text": "needle", "because": "I want to" })),
            ("POST", "/repairs".to_owned(), json!({ "of": of })),
        ] {
            let (status, answer) = home.call(token, method, &path, body).await;
            let is_refused = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
            assert!(is_refused, "{method} {path}: {status} {answer}");
        }
    }
    for (method, path) in [("POST", "/runs"), ("POST", "/auth/links"), ("GET", "/facts"), ("GET", "/runs")] {
        let body = match (method, path) {
            ("GET", _) => Value::Null,
            (_, "/runs") => crate::test_home::submission("home"),
            _ => json!({}),
        };
        let (status, _) = home.call(token, method, path, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["state"], "waiting", "{detail}");
    let (status, _) = runner.push(json!([crate::test_home::ended_well(&start["command"]["start"]["attempt"])])).await;
    assert_eq!(status, StatusCode::OK);
    // The token becomes invalid with the attempt's end: it can add nothing, neither to the run's measurements nor later.
    let points = json!({ "points": [{ "key": "loss", "value": 9 }] });
    for (method, path, body) in [
        ("GET", "/me".to_owned(), Value::Null),
        ("GET", log, Value::Null),
        ("POST", format!("/runs/{run}/metrics"), points),
        ("POST", format!("/runs/{run}/params"), json!({ "params": { "lr": 0.9 } })),
    ] {
        let (status, _) = home.call(token, method, &path, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!((&detail["metrics"][0]["points"], &detail["params"]), (&json!(1), &json!({ "lr": 0.1 })), "{detail}");
    assert_eq!(detail["added_later"], json!([]));
    assert_ne!(runner_token(KEY, runner.id), token);
}

#[tokio::test]
async fn the_user_who_represents_the_owner_of_the_files_keeps_the_home() {
    let home = TestHome::new().await;
    let (_, me) = home.get(&home.owner, "/me").await;
    let id = me["id"].as_str().unwrap();
    let (sophie, hers) = home.add_user("Sophie", None, "owner", false).await;
    let check = async |by: &str, method: &str, path: &str, body: Value| {
        let (status, answer) = home.call(by, method, path, body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{method} {path}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("stands for the Unix user who owns the files"), "{message}");
    };
    // This also holds when another user owns the home too, for every caller.
    for by in [&home.owner, &hers] {
        check(by, "DELETE", "/members", json!({ "user": id })).await;
        check(by, "PUT", "/members", json!({ "user": id, "role": "viewer" })).await;
        check(by, "DELETE", &format!("/users/{id}"), Value::Null).await;
    }
    // The roles of this user in projects can change like those of others, and other owners can lose theirs.
    let there = json!({ "user": id, "project": "astro", "role": "viewer" });
    assert_eq!(home.call(&hers, "PUT", "/members", there).await.0, StatusCode::NO_CONTENT);
    let (status, _) = home.call(&home.owner, "DELETE", "/members", json!({ "user": sophie })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(home.get(&home.owner, "/members").await.0, StatusCode::OK);
}

async fn add_user(home: &TestHome, key: &str, new: &Value) -> (StatusCode, Value) {
    let (status, bytes) = home.send(request(&home.owner, "POST", "/users", Some(key), new)).await;
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn a_user_name_is_unique_and_a_repeated_call_adds_no_user() {
    let home = TestHome::new().await;
    let new = json!({ "name": "Sophie", "email": "sophie@example.org" });
    let (status, first) = add_user(&home, "first", &new).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let again = add_user(&home, "first", &new).await;
    assert_eq!(again, (StatusCode::CREATED, first), "the client repeats the call when the answer is lost");
    let (status, answer) = add_user(&home, "second", &new).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("conflict")), "{answer}");
    let (jun, too) = (json!({ "name": "Jun" }), json!({ "name": "JUN" }));
    let (one, other) = tokio::join!(add_user(&home, "third", &jun), add_user(&home, "fourth", &too));
    let mut both = [one.0, other.0];
    both.sort_unstable();
    assert_eq!(both, [StatusCode::CREATED, StatusCode::CONFLICT], "{one:?} {other:?}");
    let (_, users) = home.get(&home.owner, "/users").await;
    assert_eq!(users["items"].as_array().unwrap().len(), 3, "{users}");
}

#[tokio::test]
async fn only_owners_of_the_home_list_tokens_of_others() {
    let home = TestHome::new().await;
    let (sophie, hers) = home.add_user("Sophie", Some("astro"), "owner", false).await;
    let (jun, _) = home.add_user("Jun", Some("astro"), "member", false).await;
    let absent = "0".repeat(32);
    for (token, of, wanted) in [
        (&home.owner, jun.as_str(), StatusCode::OK),
        (&home.owner, absent.as_str(), StatusCode::NOT_FOUND),
        (&home.owner, "jun", StatusCode::UNPROCESSABLE_ENTITY),
        (&hers, sophie.as_str(), StatusCode::OK),
        (&hers, jun.as_str(), StatusCode::FORBIDDEN),
        (&hers, absent.as_str(), StatusCode::FORBIDDEN),
    ] {
        let (status, answer) = home.get(token, &format!("/tokens?user={of}")).await;
        assert_eq!(status, wanted, "{of}: {answer}");
        if status == StatusCode::OK {
            let tokens = answer["items"].as_array().unwrap();
            assert!(tokens.len() == 1 && tokens[0]["user"] == of, "{of}: {answer}");
        }
    }
}
