//! A digest alone gives no access to an object. A member of a project can name an object if the project already names it,
//! or if the member uploaded all its bytes.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_core::{ClaimId, Digest, RunId};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    additions_after_end::start_of,
    test_home::{HOST, TestHome, ended_well, request, submission},
};

const SECRET: &[u8] = b"patient,diagnosis\n7,secret\n";

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

fn file(path: &str, bytes: &[u8]) -> Value {
    json!({ "path": path, "digest": digest(bytes), "size": bytes.len(), "kind": "file" })
}

fn folder(path: &str, list: &[u8]) -> Value {
    json!({ "path": path, "digest": digest(list), "size": 1, "kind": "folder" })
}

/// The list of a folder with one file, whose bytes have this digest.
fn list(digest: &str, size: u64) -> Vec<u8> {
    json!({ "files": [{ "path": "a", "digest": digest, "size": size }] }).to_string().into_bytes()
}

async fn put_from(home: &TestHome, token: &str, digest: &str, offset: usize, bytes: &[u8]) -> (StatusCode, Vec<u8>) {
    let put = Request::builder()
        .method("PUT")
        .uri(format!("/api/v1/objects/{digest}"))
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("Upload-Offset", offset.to_string())
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    home.send(put).await
}

async fn upload(home: &TestHome, token: &str, bytes: &[u8]) {
    let (status, _) = put_from(home, token, &digest(bytes), 0, bytes).await;
    assert_eq!(status, StatusCode::CREATED);
}

async fn missing(home: &TestHome, token: &str, digests: &[&str]) -> Value {
    let (status, answer) = home.call(token, "POST", "/objects/missing", json!({ "digests": digests })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["digests"].clone()
}

async fn status_of(home: &TestHome, token: &str, method: &str, digest: &str) -> StatusCode {
    home.send(request(token, method, &format!("/objects/{digest}"), None, &Value::Null)).await.0
}

/// A run of the project `clinic` has read the secret. Returns the token of a member of `astro` whose commands may run.
async fn jun(home: &TestHome) -> String {
    upload(home, &home.owner, SECRET).await;
    let mut work = submission("clinic");
    work["inputs"] = json!([file("patients.csv", SECRET)]);
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    home.add_user("Jun", Some("astro"), "member", true).await.1
}

fn with_inputs(inputs: Value) -> Value {
    let mut work = submission("astro");
    work["inputs"] = inputs;
    work
}

fn with_code(code: Value) -> Value {
    let mut work = submission("astro");
    work["code"] = code;
    work
}

fn git(diff: Option<&str>, untracked: &Value) -> Value {
    json!({
        "kind": "git", "commit": "0".repeat(40), "branch": "main", "prefix": "", "diff": diff, "untracked": untracked,
        "digest": "1".repeat(64),
    })
}

fn code_folder(list: &[u8]) -> Value {
    json!({ "kind": "folder", "listing": digest(list), "files": 1, "bytes": 1 })
}

/// A name for a call, its path and its body.
type Call = (&'static str, &'static str, Value);

/// Every call that names an object, and the list of a folder that some of them need.
fn calls(bytes: &[u8]) -> (Vec<Call>, Vec<u8>) {
    let (named, size) = (digest(bytes), bytes.len());
    let within = list(&named, size as u64);
    let input = json!([file("in", bytes)]);
    let recipe = json!({
        "recipe": { "name": "law", "arguments": { "target": "x" } }, "project": "astro", "inputs": input,
        "outputs": ["law.json"],
    });
    let fresh = json!({ "argv": ["true"], "place": "fresh", "project": "astro", "inputs": input });
    let calls = vec![
        ("a dataset", "/datasets", json!({ "project": "astro", "name": "s3", "source": file("x", bytes) })),
        ("a look", "/datasets/look", json!({ "project": "astro", "name": "s3", "source": file("x", bytes) })),
        ("a recipe", "/runs", recipe),
        ("an input", "/runs", with_inputs(input.clone())),
        ("a fresh folder", "/runs", fresh),
        ("a batch", "/runs/batch", json!({ "template": with_inputs(input), "runs": [{ "argv": ["true"] }] })),
        ("a list of code", "/runs", with_code(code_folder(bytes))),
        ("a diff", "/runs", with_code(git(Some(&named), &json!([])))),
        ("an untracked file", "/runs", with_code(git(None, &json!([file("u", bytes)])))),
        ("a file of code", "/runs", with_code(code_folder(&within))),
        ("a file of a folder", "/runs", with_inputs(json!([folder("data", &within)]))),
    ];
    (calls, within)
}

#[tokio::test]
async fn an_object_of_another_project_is_refused_like_an_absent_one() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    let absent_bytes = b"these bytes are nowhere,\nbut as long";
    let (of_secret, list) = calls(SECRET);
    let (of_nothing, other_list) = calls(&absent_bytes[..SECRET.len()]);
    upload(&home, &jun, &list).await;
    upload(&home, &jun, &other_list).await;
    let blind = |answer: &Value, bytes: &[u8]| answer["error"]["message"].to_string().replace(&digest(bytes), "DIGEST");
    for ((what, path, secret), (_, _, nothing)) in of_secret.into_iter().zip(of_nothing) {
        let (status, answer) = home.call(&jun, "POST", path, secret).await;
        assert!(status.is_client_error(), "{what}: {status} {answer}");
        let (absent_status, absent) = home.call(&jun, "POST", path, nothing).await;
        let absent = (absent_status, blind(&absent, &absent_bytes[..SECRET.len()]));
        assert_eq!((status, blind(&answer, SECRET)), absent, "{what}");
        assert_eq!(status_of(&home, &jun, "GET", &digest(SECRET)).await, StatusCode::NOT_FOUND, "{what}");
    }
}

#[tokio::test]
async fn a_folder_list_that_is_named_as_a_file_gives_no_access() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    let list = list(&digest(SECRET), SECRET.len() as u64);
    upload(&home, &jun, &list).await;
    let (status, answer) = home.call(&jun, "POST", "/runs", with_inputs(json!([file("list.json", &list)]))).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(status_of(&home, &jun, "GET", &digest(&list)).await, StatusCode::OK);
    let (status, answer) = home.call(&jun, "POST", "/runs", with_inputs(json!([folder("data", &list)]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
}

#[tokio::test]
async fn a_member_names_objects_that_this_member_uploaded() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    let kim = home.add_user("Kim", Some("astro"), "member", true).await.1;
    upload(&home, &jun, SECRET).await;
    assert_eq!(status_of(&home, &jun, "HEAD", &digest(SECRET)).await, StatusCode::OK);
    assert_eq!(missing(&home, &jun, &[&digest(SECRET)]).await, json!([]));
    let hers = file("in", SECRET);
    let (status, answer) = home.call(&kim, "POST", "/runs", with_inputs(json!([hers]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "the upload of one member is not another's: {answer}");
    let (calls, list) = calls(SECRET);
    upload(&home, &jun, &list).await;
    // The listing of code must be a valid list.
    for (what, path, call) in calls.into_iter().filter(|(what, _, _)| *what != "a list of code") {
        let (status, answer) = home.call(&jun, "POST", path, call).await;
        assert!(status.is_success(), "{what}: {status} {answer}");
    }
    // From now on, a run of the project names the object.
    assert_eq!(missing(&home, &kim, &[&digest(SECRET)]).await, json!([]));
    let (status, answer) = home.call(&kim, "POST", "/runs", with_inputs(json!([folder("data", &list)]))).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn the_presence_of_an_object_of_others_is_not_revealed() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    let (secret, absent_bytes) = (digest(SECRET), digest(b"absent bytes"));
    assert_eq!(missing(&home, &jun, &[&secret, &absent_bytes]).await, json!([secret, absent_bytes]));
    assert_eq!(missing(&home, &home.owner, &[&secret, &absent_bytes]).await, json!([absent_bytes]));
    let mut answers = Vec::new();
    for digest in [&secret, &absent_bytes] {
        let head = status_of(&home, &jun, "HEAD", digest).await;
        let (wrong, said) = put_from(&home, &jun, digest, 0, b"other bytes").await;
        // The last bytes alone prove nothing.
        let (end, _) = put_from(&home, &jun, digest, SECRET.len() - 1, b"\n").await;
        answers.push((head, wrong, String::from_utf8(said).unwrap(), end));
    }
    assert_eq!(answers[0], answers[1]);
    let (head, wrong, _, end) = &answers[0];
    assert_eq!((*head, *wrong), (StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(*end, StatusCode::CONFLICT);
    assert_eq!(missing(&home, &jun, &[&secret]).await, json!([secret]));
}

/// Imports a publication with one run that has these parts. `withheld` lists digests with the reason why their bytes are
/// missing.
async fn import(home: &TestHome, token: &str, number: u128, parts: Value, withheld: &[&str]) -> (StatusCode, Value) {
    const TIME: &str = "2026-01-01T00:00:00Z";
    let run = RunId::from_u128(number).to_string();
    let mut run_description = json!({
        "id": run, "handle": "7Q2M", "project": "astro", "name": null, "work": { "is": "command", "argv": ["true"] },
        "inputs": [], "outputs": [], "outcome": { "is": "done" }, "started": TIME, "ended": TIME, "wall_s": 1.0,
        "software": null, "code": null, "by": null,
    });
    run_description.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    let reason = |digest: &&str| ((*digest).to_owned(), json!({ "is": "not_kept" }));
    let reasons: serde_json::Map<String, Value> = withheld.iter().map(reason).collect();
    let publication = json!({
        "format": "hven.publication/1", "identifier": format!("urn:{number}"), "version": 1, "title": "A study",
        "summary": {}, "authors": [], "published": TIME, "publisher": { "name": "Ada" }, "license": null,
        "hven_version": "0.2.0", "runs": [run_description], "withheld": reasons,
        "claims": [{
            "id": ClaimId::from_u128(number).to_string(), "project": "astro", "name": format!("c{number}"),
            "statement": "It holds.", "test": "x > 0", "grammar": 1, "evidence": run, "revision": 1,
            "stated_by": null, "stated": TIME, "judgements": [],
        }],
    });
    let description = publication.to_string().into_bytes();
    let files = json!({ "files": { "publication.json": { "blake3": digest(&description) } } });
    let manifest = files.to_string().into_bytes();
    upload(home, token, &description).await;
    upload(home, token, &manifest).await;
    let request_body = json!({ "fingerprint": digest(&manifest), "description": digest(&description) });
    home.call(token, "POST", "/crates", request_body).await
}

/// An object that a publication withheld or never had is named by this publication only. That gives no access to it, now
/// or later.
#[tokio::test]
async fn a_publication_does_not_reveal_which_objects_of_others_are_in_the_home() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    let later = b"these bytes come later, but as many";
    let later = &later[..SECRET.len()];
    let mut number = 0;
    for bytes in [SECRET, later] {
        let (named, within) = (digest(bytes), list(&digest(bytes), bytes.len() as u64));
        upload(&home, &jun, &within).await;
        let (all, of_commit) = ([named.as_str()], git(None, &json!([file("u", bytes)])));
        let parts = [
            (json!({ "inputs": [file("in", bytes)] }), true),
            (json!({ "outputs": [file("out", bytes)] }), true),
            (json!({ "inputs": [folder("data", &within)] }), true),
            (json!({ "inputs": [folder("data", &within)] }), false),
            (json!({ "code": code_folder(&within) }), false),
            (json!({ "code": of_commit, "code_files": [file("u", bytes)] }), false),
        ];
        for (parts, is_withheld) in parts {
            number += 1;
            let withheld = &all[..usize::from(is_withheld)];
            let (status, answer) = import(&home, &jun, number, parts.clone(), withheld).await;
            assert_eq!(status, StatusCode::OK, "{parts}: {answer}");
        }
        // An object that the publication should contain and does not is missing.
        number += 1;
        let (status, answer) = import(&home, &jun, number, json!({ "inputs": [file("in", bytes)] }), &[]).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("object.missing")), "{answer}");
    }
    upload(&home, &home.owner, later).await;
    for bytes in [SECRET, later] {
        assert_eq!(status_of(&home, &jun, "GET", &digest(bytes)).await, StatusCode::NOT_FOUND);
        assert_eq!(missing(&home, &jun, &[&digest(bytes)]).await, json!([digest(bytes)]));
    }
    let runs = home.get(&jun, "/runs?limit=100").await.1;
    for run in runs["items"].as_array().unwrap() {
        for path in ["in", "out", "data/a", "a", "u"] {
            let path = format!("/runs/{}/files/content?path={path}", run["id"].as_str().unwrap());
            let status = home.send(request(&jun, "GET", &path, None, &Value::Null)).await.0;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    // For a caller who sees all objects, the digests are imported unchanged.
    let named = digest(SECRET);
    let parts = json!({ "inputs": [file("in", SECRET)] });
    let (status, answer) = import(&home, &home.owner, 100, parts, &[named.as_str()]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, run) = home.get(&home.owner, &format!("/runs/{}", RunId::from_u128(100))).await;
    assert_eq!(run["spec"]["inputs"][0]["digest"], named.as_str(), "{run}");
    let (_, audit) = home.get(&home.owner, "/audit?objects=true").await;
    assert_eq!(audit["sound"], true, "{audit}");
}

#[tokio::test]
async fn after_a_restart_the_server_asks_for_the_bytes_again() {
    let home = TestHome::new().await;
    let jun = jun(&home).await;
    upload(&home, &jun, b"her own").await;
    assert_eq!(missing(&home, &jun, &[&digest(b"her own")]).await, json!([]));
    let ask = json!({ "digests": [digest(b"her own")] });
    let next = home.served_again().await.router();
    let answer = next.oneshot(request(&jun, "POST", "/objects/missing", None, &ask)).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["digests"], ask["digests"]);
}

/// Large files of code are recorded by their digests only: their bytes are not fetched from another project.
#[tokio::test]
async fn large_files_of_code_are_not_fetched_from_other_projects() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let jun = jun(&home).await;
    let clinics = runner.pull(0).await.swap_remove(0);
    let list = list(&digest(SECRET), 2 << 20);
    upload(&home, &jun, &list).await;
    let (status, created) = home.call(&jun, "POST", "/runs", with_code(code_folder(&list))).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let run = format!("/runs/{}", created["run"]["id"].as_str().unwrap());
    let hers = runner.pull(clinics["number"].as_u64().unwrap()).await.swap_remove(0);
    let (status, _) = runner.push(json!([ended_well(&hers["command"]["start"]["attempt"])])).await;
    assert_eq!(status, StatusCode::OK);
    home.until(&run, |run| run["state"] == "done").await;
    let (status, verdict) = home.call(&jun, "POST", &format!("{run}/reproductions"), json!({})).await;
    assert!(status.is_success(), "{verdict}");
    assert!(verdict.to_string().contains("are not in the store"), "{verdict}");
    // The code in the request must also belong to the caller.
    let code = json!({ "code": [file("a", SECRET)] });
    let (status, answer) = home.call(&jun, "POST", &format!("{run}/reproductions"), code).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
}

/// A list of seen files, which compares a run with the disk, is an object like others.
#[tokio::test]
async fn a_list_of_seen_files_must_belong_to_its_submitter() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let jun = jun(&home).await;
    let seen = |seen: Value| {
        let mut work = submission("astro");
        work["seen"] = seen;
        work
    };
    let of_inputs = seen(json!({ "inputs_listed": digest(SECRET) }));
    let batch = json!({ "template": of_inputs, "runs": [{ "argv": ["true"] }] });
    for (path, work) in [("/runs", of_inputs.clone()), ("/runs/batch", batch)] {
        let (status, answer) = home.call(&jun, "POST", path, work).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("the list of its inputs is the object"));
    }
    // The list of the code may be uploaded later. Until then it is absent.
    let (status, created) = home.call(&jun, "POST", "/runs", seen(json!({ "code": digest(SECRET) }))).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let attempt = start_of(&runner, created["run"]["id"].as_str().unwrap(), &mut 0).await;
    let path = format!("/runner/objects/{}/{}?from=0", attempt.as_str().unwrap(), digest(SECRET));
    let fetched = async || home.send(request(&runner.token, "GET", &path, None, &Value::Null)).await;
    assert_eq!(fetched().await.0, StatusCode::NOT_FOUND);
    upload(&home, &jun, SECRET).await;
    assert_eq!(fetched().await, (StatusCode::OK, SECRET.to_vec()));
    let (status, answer) = home.call(&jun, "POST", "/runs", of_inputs).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

/// Code above the folder that the caller may not name is left out, whatever the client claims to have left out already.
#[tokio::test]
async fn code_above_the_folder_that_belongs_to_others_is_left_out() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let jun = jun(&home).await;
    let mut after = 0;
    let mut code = git(None, &json!([]));
    code["prefix"] = json!("study");
    let (status, created) = home.call(&jun, "POST", "/runs", with_code(code)).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let mut run = created["run"]["id"].as_str().unwrap().to_owned();
    for bytes in [b"fit", b"lib"] {
        upload(&home, &jun, bytes).await;
    }
    let request_body = json!({
        "code": [file("fit.py", b"fit")],
        "code_above": [file("lib.py", b"lib"), file("patients.py", SECRET)],
        "code_above_left_out": u64::MAX,
    });
    // A reproduction in a part of a fresh folder uses the same part again.
    for _ in 0..2 {
        let attempt = start_of(&runner, &run, &mut after).await;
        let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        home.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
        let (status, begun) =
            home.call(&jun, "POST", &format!("/runs/{run}/reproductions"), request_body.clone()).await;
        assert!(status.is_success(), "{begun}");
        begun["again"]["id"].as_str().unwrap().clone_into(&mut run);
        let (_, again) = home.get(&jun, &format!("/runs/{run}")).await;
        let inputs: Vec<&str> =
            again["spec"]["inputs"].as_array().unwrap().iter().map(|input| input["path"].as_str().unwrap()).collect();
        assert_eq!((&again["spec"]["cwd"], inputs), (&json!("study"), vec!["study/fit.py", "lib.py"]), "{again}");
    }
}
