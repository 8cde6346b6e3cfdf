//! Every operation of the OpenAPI document, with every kind of token that must not do.

use axum::http::StatusCode;
use hven_app::{keys::runner_token, ports::Record};
use hven_core::{
    ActorId, AttemptId, ClaimId, DatasetId, Digest, PublicationId, RepairId, RunId, RunnerId,
    catalogue::VersionAdded,
    claim::{Evidence, Stated},
    fact::Batch,
    object::{FileKind, FileRef},
    project::ProjectPath,
    publication::Made,
    repair,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::house::{House, KEY, now, request};

pub(crate) struct Operation {
    pub method: String,
    /// With `{run}`, `{attempt}`, `{digest}` and `{token}`.
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

/// A body that each operation can read, so that what refuses is the access check and not the parser.
pub(crate) fn body(operation: &Operation, run: &str, digest: &str) -> Value {
    match (operation.method.as_str(), operation.path.as_str()) {
        ("GET" | "HEAD", _) => Value::Null,
        (_, "/runs") => json!({ "argv": ["true"], "cwd": "/", "project": "secret/study" }),
        (_, "/runs/batch") => {
            json!({ "template": { "argv": [], "cwd": "/", "project": "secret/study" }, "runs": [{ "argv": ["true"] }] })
        }
        (_, "/runs/{run}/reproductions") => json!({ "tolerance": { "relative": 1e-9 } }),
        (_, "/runs/{run}/params") => json!({ "params": { "lr": 1 } }),
        (_, "/runs/{run}/labels") => {
            json!({ "add_tags": ["good"], "remove_tags": ["bad"], "note": "mine", "archived": false })
        }
        (_, "/runs/{run}/metrics") => json!({ "points": [{ "key": "loss", "value": 1 }] }),
        (_, "/users") => json!({ "name": "Eve" }),
        (_, "/projects") => json!({ "path": "secret/more" }),
        ("DELETE", "/members") => json!({ "user": "0".repeat(32), "project": "secret/study" }),
        (_, "/members") => json!({ "user": "0".repeat(32), "project": "secret/study", "role": "owner" }),
        (_, "/tokens") => json!({ "name": "mine", "user": "0".repeat(32) }),
        (_, "/runs/lookup") => json!({ "argv": ["true"], "cwd": "/", "project": "secret/study" }),
        (_, "/datasets" | "/datasets/lookup") => json!({
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

/// `run` is the id of a run, and of a dataset and a claim too: ids of different nouns are never mixed up.
pub(crate) fn path(operation: &Operation, run: &str, digest: &str) -> String {
    let path = operation.path.replace("{run}", run).replace("{digest}", digest);
    let path =
        path.replace("{dataset}", run).replace("{claim}", run).replace("{publication}", run).replace("{repair}", run);
    let path = path.replace("{token}", &"0".repeat(32)).replace("{attempt}", &format!("{run}.1"));
    let path = path.replace("{user}", run);
    match operation.path.as_str() {
        "/runs/{run}/metrics/points" => path + "?key=loss",
        "/runs/{run}/log/search" => path + "?q=x",
        "/runs/{run}/files/content" => path + "?path=x",
        "/lineage" | "/soundness" | "/reach" | "/graph" => path + "?of=" + run,
        "/repairs" if operation.method == "GET" => path + "?of=" + run,
        "/members" if operation.method == "GET" => path + "?project=secret/study",
        "/runs" if operation.method == "GET" => path + "?project=secret/study",
        _ => path,
    }
}

/// What needs no token: the server proves itself before it is told one.
const OPEN_TO_ALL: &[&str] = &["POST /proof"];
/// What a user with a role somewhere else may call all the same, because it shows or changes nothing of others.
const OPEN_TO_ANY_USER: &[&str] = &[
    "GET /me",
    "POST /auth/links",
    "GET /projects",
    "GET /tokens",
    "GET /overview",
    "GET /server",
    "GET /recipes",
    "GET /recipes/{recipe}",
    "GET /runs",
    "GET /tags",
    "GET /datasets",
    "GET /claims",
    "GET /publications",
    "GET /events",
];
/// Questions that are asked with a body: a viewer may ask them.
const QUESTIONS: &[&str] = &["POST /runs/lookup", "POST /datasets/lookup"];
/// What a member of another project may do as well: bringing bytes does not show anybody's.
const OPEN_TO_ANY_MEMBER: &[&str] = &["POST /objects/missing", "HEAD /objects/{digest}", "PUT /objects/{digest}"];

#[tokio::test]
async fn without_a_good_token_every_operation_is_refused_alike() {
    let house = House::new().await;
    let gone_runner = {
        let runner = house.runner().await;
        house.lose(runner.id).await;
        runner.token
    };
    let run = house.submit(&house.owner, "secret/study").await;
    let digest = "0".repeat(64);
    let dead_attempt = {
        let id = AttemptId { run: run.parse().unwrap(), number: 1 };
        hven_app::keys::Keys::new(KEY).attempt_token(id)
    };
    let foreign_key = hven_app::keys::runner_token([8; 32], RunnerId::from_u128(1));
    let revoked = revoked_token(&house).await;
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
            let answer = house.send(request(token, &operation.method, &path, None, &body)).await;
            assert_eq!(answer.0, StatusCode::UNAUTHORIZED, "{} {} with {token:?}", operation.method, operation.path);
            answers.push(answer);
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{} {} tells tokens apart", operation.method, operation.path);
    }
    // The next server knows that the runner is gone, too.
    let ask = request(&gone_runner, "GET", "/me", None, &Value::Null);
    let answer = house.served_anew().await.router().oneshot(ask).await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

/// A dataset, a claim, a publication and a repair whose ids are that of the run.
async fn add_namesakes(house: &House, run: &str) {
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
    let made = Made {
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
    let begun = repair::Begun {
        repair: RepairId::from_u128(id),
        number: 1,
        project: made.project.clone(),
        of: RunId::from_u128(id).into(),
        with: None,
        again: false,
    };
    let facts = vec![version.into(), stated.into(), made.into(), begun.into()];
    Record::append(&house.home, Batch::new(now(), ActorId::SYSTEM, facts)).await.unwrap();
}

async fn revoked_token(house: &House) -> String {
    let (_, token) = house.call(&house.owner, "POST", "/tokens", json!({ "name": "old" })).await;
    let path = format!("/tokens/{}", token["token"]["id"].as_str().unwrap());
    let (status, _) = house.call(&house.owner, "DELETE", &path, Value::Null).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    token["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_member_of_another_project_learns_and_changes_nothing() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "secret/study").await;
    add_namesakes(&house, &run).await;
    let nobody = "f".repeat(32);
    let digest = "a".repeat(64);
    let stranger = house.user("Ursus", Some("other"), "owner").await;
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
        let (status, answer) = house.send(of(&run)).await;
        assert!(status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND, "{name}: {status}");
        let (absent_status, absent_answer) = house.send(of(&nobody)).await;
        let blind = |answer: Vec<u8>, run: &str| String::from_utf8(answer).unwrap().replace(run, "RUN");
        assert_eq!((status, blind(answer, &run)), (absent_status, blind(absent_answer, &nobody)), "{name}");
    }
    let (_, runs) = house.get(&stranger, "/runs").await;
    assert_eq!(runs["items"], json!([]));
    for list in ["/datasets", "/claims", "/publications", "/repairs"] {
        let (_, seen) = house.get(&stranger, list).await;
        assert_eq!(seen["items"], json!([]), "{list}");
        let (_, seen) = house.get(&house.owner, list).await;
        assert_eq!(seen["items"].as_array().unwrap().len(), 1, "{list}");
    }
    for noun in ["run", "data", "claim", "publication"] {
        let (page, node) = (&format!("/graph?cursor={noun}."), format!("{noun}/"));
        let (_, seen) = house.get(&stranger, page).await;
        assert_eq!(seen["nodes"], json!([]), "{page}");
        let (_, seen) = house.get(&house.owner, page).await;
        assert_eq!(seen["nodes"][0]["key"], node + &run, "{page}");
    }
    let (_, projects) = house.get(&stranger, "/projects").await;
    assert!(!projects.to_string().contains("secret"), "{projects}");
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let house = House::new().await;
    let run = house.submit(&house.owner, "secret/study").await;
    add_namesakes(&house, &run).await;
    let digest = "0".repeat(64);
    let viewer = house.user("Sophie", Some("secret"), "viewer").await;
    let (status, _) = house.get(&viewer, &format!("/runs/{run}")).await;
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
        let (status, _) = house.call(&viewer, &operation.method, &path, body).await;
        assert!(status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND, "{name}: {status}");
    }
}

#[tokio::test]
async fn an_attempt_logs_to_itself_and_to_nothing_else() {
    let house = House::new().await;
    let runner = house.runner().await;
    let run = house.submit(&house.owner, "home").await;
    let start = runner.pull(0).await.swap_remove(0);
    let other = house.submit(&house.owner, "home").await;
    let token = start["command"]["start"]["token"].as_str().unwrap();
    let points = json!({ "points": [{ "key": "loss", "value": 1 }] });
    let params = json!({ "params": { "lr": 0.1 } });
    let (status, answer) = house.call(token, "POST", &format!("/runs/{run}/metrics"), points.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, answer) = house.call(token, "POST", &format!("/runs/{run}/params"), params.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    for (path, body) in [(format!("/runs/{other}/metrics"), points), (format!("/runs/{other}/params"), params)] {
        let (status, _) = house.call(token, "POST", &path, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    // It may look at its own run, its log and its files, and at nobody else's.
    let (log, files) = (format!("/runs/{run}/log"), format!("/runs/{run}/files"));
    for own in [&format!("/runs/{run}"), &format!("/runs/{run}/metrics"), &log, &files] {
        let (status, answer) = house.get(token, own).await;
        assert_eq!(status, StatusCode::OK, "{own}: {answer}");
        let (status, _) = house.get(token, &own.replace(&run, &other)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{own} of another run");
    }
    // Everything else that changes something is not its own to do, of its own run either.
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
            let (status, answer) = house.call(token, method, &path, body).await;
            let is_refused = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
            assert!(is_refused, "{method} {path}: {status} {answer}");
        }
    }
    for (method, path) in [("POST", "/runs"), ("POST", "/auth/links"), ("GET", "/facts"), ("GET", "/runs")] {
        let body = match (method, path) {
            ("GET", _) => Value::Null,
            (_, "/runs") => crate::house::submission("home"),
            _ => json!({}),
        };
        let (status, _) = house.call(token, method, path, body).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    let (_, detail) = house.get(&house.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["state"], "waiting", "{detail}");
    let (status, _) = runner.push(json!([crate::house::ended_well(&start["command"]["start"]["attempt"])])).await;
    assert_eq!(status, StatusCode::OK);
    // The token dies with the attempt: nothing is added, as a part of the run or later.
    let points = json!({ "points": [{ "key": "loss", "value": 9 }] });
    for (method, path, body) in [
        ("GET", "/me".to_owned(), Value::Null),
        ("GET", log, Value::Null),
        ("POST", format!("/runs/{run}/metrics"), points),
        ("POST", format!("/runs/{run}/params"), json!({ "params": { "lr": 0.9 } })),
    ] {
        let (status, _) = house.call(token, method, &path, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let (_, detail) = house.get(&house.owner, &format!("/runs/{run}")).await;
    assert_eq!((&detail["metrics"][0]["points"], &detail["params"]), (&json!(1), &json!({ "lr": 0.1 })), "{detail}");
    assert_eq!(detail["added_later"], json!([]));
    assert_ne!(runner_token(KEY, runner.id), token);
}

#[tokio::test]
async fn the_user_who_stands_for_the_owner_of_the_files_keeps_the_home() {
    let house = House::new().await;
    let (_, me) = house.get(&house.owner, "/me").await;
    let id = me["id"].as_str().unwrap();
    let (sophie, hers) = house.add_user("Sophie", None, "owner", false).await;
    let check = async |by: &str, method: &str, path: &str, body: Value| {
        let (status, answer) = house.call(by, method, path, body).await;
        assert_eq!(status, StatusCode::CONFLICT, "{method} {path}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("stands for the Unix user who owns the files"), "{message}");
    };
    // Also when somebody else owns the home, and whoever asks for it.
    for by in [&house.owner, &hers] {
        check(by, "DELETE", "/members", json!({ "user": id })).await;
        check(by, "PUT", "/members", json!({ "user": id, "role": "viewer" })).await;
        check(by, "DELETE", &format!("/users/{id}"), Value::Null).await;
    }
    // Roles in projects are like those of others, and so is another owner.
    let there = json!({ "user": id, "project": "astro", "role": "viewer" });
    assert_eq!(house.call(&hers, "PUT", "/members", there).await.0, StatusCode::NO_CONTENT);
    let (status, _) = house.call(&house.owner, "DELETE", "/members", json!({ "user": sophie })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(house.get(&house.owner, "/members").await.0, StatusCode::OK);
}

async fn add_user(house: &House, key: &str, wish: &Value) -> (StatusCode, Value) {
    let (status, bytes) = house.send(request(&house.owner, "POST", "/users", Some(key), wish)).await;
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn a_name_is_that_of_one_user_and_a_repeated_call_adds_nobody() {
    let house = House::new().await;
    let wish = json!({ "name": "Sophie", "email": "sophie@example.org" });
    let (status, first) = add_user(&house, "first", &wish).await;
    assert_eq!(status, StatusCode::CREATED, "{first}");
    let again = add_user(&house, "first", &wish).await;
    assert_eq!(again, (StatusCode::CREATED, first), "its answer was lost, perhaps");
    let (status, answer) = add_user(&house, "second", &wish).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("conflict")), "{answer}");
    let (jun, too) = (json!({ "name": "Jun" }), json!({ "name": "JUN" }));
    let (one, other) = tokio::join!(add_user(&house, "third", &jun), add_user(&house, "fourth", &too));
    let mut both = [one.0, other.0];
    both.sort_unstable();
    assert_eq!(both, [StatusCode::CREATED, StatusCode::CONFLICT], "{one:?} {other:?}");
    let (_, users) = house.get(&house.owner, "/users").await;
    assert_eq!(users["items"].as_array().unwrap().len(), 3, "{users}");
}

#[tokio::test]
async fn tokens_of_others_are_listed_for_owners_of_the_home_alone() {
    let house = House::new().await;
    let (sophie, hers) = house.add_user("Sophie", Some("astro"), "owner", false).await;
    let (jun, _) = house.add_user("Jun", Some("astro"), "member", false).await;
    let nobody = "0".repeat(32);
    for (token, of, wanted) in [
        (&house.owner, jun.as_str(), StatusCode::OK),
        (&house.owner, nobody.as_str(), StatusCode::NOT_FOUND),
        (&house.owner, "jun", StatusCode::UNPROCESSABLE_ENTITY),
        (&hers, sophie.as_str(), StatusCode::OK),
        (&hers, jun.as_str(), StatusCode::FORBIDDEN),
        (&hers, nobody.as_str(), StatusCode::FORBIDDEN),
    ] {
        let (status, answer) = house.get(token, &format!("/tokens?user={of}")).await;
        assert_eq!(status, wanted, "{of}: {answer}");
        if status == StatusCode::OK {
            let tokens = answer["items"].as_array().unwrap();
            assert!(tokens.len() == 1 && tokens[0]["user"] == of, "{of}: {answer}");
        }
    }
}
