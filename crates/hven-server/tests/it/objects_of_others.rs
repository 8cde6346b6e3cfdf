//! A digest opens nothing: a member of one project can name an object when somebody there named it, or when all its bytes came
//! from this member.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_core::{ClaimId, Digest, RunId};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::{
    after_end::start_of,
    house::{HOST, House, ended_well, request, submission},
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

async fn put_from(house: &House, token: &str, digest: &str, offset: usize, bytes: &[u8]) -> (StatusCode, Vec<u8>) {
    let put = Request::builder()
        .method("PUT")
        .uri(format!("/api/v1/objects/{digest}"))
        .header(header::HOST, HOST)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("Upload-Offset", offset.to_string())
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    house.send(put).await
}

async fn bring(house: &House, token: &str, bytes: &[u8]) {
    let (status, _) = put_from(house, token, &digest(bytes), 0, bytes).await;
    assert_eq!(status, StatusCode::CREATED);
}

async fn missing(house: &House, token: &str, digests: &[&str]) -> Value {
    let (status, answer) = house.call(token, "POST", "/objects/missing", json!({ "digests": digests })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer["digests"].clone()
}

async fn status_of(house: &House, token: &str, method: &str, digest: &str) -> StatusCode {
    house.send(request(token, method, &format!("/objects/{digest}"), None, &Value::Null)).await.0
}

/// A run of the project `clinic` has read the secret; answers the token of a member of `astro`, whose commands may run.
async fn jun(house: &House) -> String {
    bring(house, &house.owner, SECRET).await;
    let mut work = submission("clinic");
    work["inputs"] = json!([file("patients.csv", SECRET)]);
    let (status, answer) = house.call(&house.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    house.add_user("Jun", Some("astro"), "member", true).await.1
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

/// A word for a call, its path and its body.
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
async fn naming_the_object_of_another_project_is_refused_like_one_that_is_not_there() {
    let house = House::new().await;
    let jun = jun(&house).await;
    let nobodys = b"these bytes are nowhere,\nbut as long";
    let (of_secret, list) = calls(SECRET);
    let (of_nothing, other_list) = calls(&nobodys[..SECRET.len()]);
    bring(&house, &jun, &list).await;
    bring(&house, &jun, &other_list).await;
    let blind = |answer: &Value, bytes: &[u8]| answer["error"]["message"].to_string().replace(&digest(bytes), "DIGEST");
    for ((what, path, secret), (_, _, nothing)) in of_secret.into_iter().zip(of_nothing) {
        let (status, answer) = house.call(&jun, "POST", path, secret).await;
        assert!(status.is_client_error(), "{what}: {status} {answer}");
        let (absent_status, absent) = house.call(&jun, "POST", path, nothing).await;
        let absent = (absent_status, blind(&absent, &nobodys[..SECRET.len()]));
        assert_eq!((status, blind(&answer, SECRET)), absent, "{what}");
        assert_eq!(status_of(&house, &jun, "GET", &digest(SECRET)).await, StatusCode::NOT_FOUND, "{what}");
    }
}

#[tokio::test]
async fn a_list_that_is_seen_as_a_file_opens_nothing() {
    let house = House::new().await;
    let jun = jun(&house).await;
    let list = list(&digest(SECRET), SECRET.len() as u64);
    bring(&house, &jun, &list).await;
    let (status, answer) = house.call(&jun, "POST", "/runs", with_inputs(json!([file("list.json", &list)]))).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(status_of(&house, &jun, "GET", &digest(&list)).await, StatusCode::OK);
    let (status, answer) = house.call(&jun, "POST", "/runs", with_inputs(json!([folder("data", &list)]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
}

#[tokio::test]
async fn a_member_names_what_this_member_brought() {
    let house = House::new().await;
    let jun = jun(&house).await;
    let kim = house.add_user("Kim", Some("astro"), "member", true).await.1;
    bring(&house, &jun, SECRET).await;
    assert_eq!(status_of(&house, &jun, "HEAD", &digest(SECRET)).await, StatusCode::OK);
    assert_eq!(missing(&house, &jun, &[&digest(SECRET)]).await, json!([]));
    let hers = file("in", SECRET);
    let (status, answer) = house.call(&kim, "POST", "/runs", with_inputs(json!([hers]))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "what one member brought is not another's: {answer}");
    let (calls, list) = calls(SECRET);
    bring(&house, &jun, &list).await;
    // A list of code must be a list.
    for (what, path, call) in calls.into_iter().filter(|(what, _, _)| *what != "a list of code") {
        let (status, answer) = house.call(&jun, "POST", path, call).await;
        assert!(status.is_success(), "{what}: {status} {answer}");
    }
    // From now on a run of the project names it.
    assert_eq!(missing(&house, &kim, &[&digest(SECRET)]).await, json!([]));
    let (status, answer) = house.call(&kim, "POST", "/runs", with_inputs(json!([folder("data", &list)]))).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

#[tokio::test]
async fn whether_an_object_of_others_is_there_is_not_told() {
    let house = House::new().await;
    let jun = jun(&house).await;
    let (secret, nobodys) = (digest(SECRET), digest(b"nobody has this"));
    assert_eq!(missing(&house, &jun, &[&secret, &nobodys]).await, json!([secret, nobodys]));
    assert_eq!(missing(&house, &house.owner, &[&secret, &nobodys]).await, json!([nobodys]));
    let mut answers = Vec::new();
    for digest in [&secret, &nobodys] {
        let head = status_of(&house, &jun, "HEAD", digest).await;
        let (wrong, said) = put_from(&house, &jun, digest, 0, b"other bytes").await;
        // The end alone proves nothing.
        let (end, _) = put_from(&house, &jun, digest, SECRET.len() - 1, b"\n").await;
        answers.push((head, wrong, String::from_utf8(said).unwrap(), end));
    }
    assert_eq!(answers[0], answers[1]);
    let (head, wrong, _, end) = &answers[0];
    assert_eq!((*head, *wrong), (StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY));
    assert_eq!(*end, StatusCode::CONFLICT);
    assert_eq!(missing(&house, &jun, &[&secret]).await, json!([secret]));
}

/// Brings a publication in with one run, whose parts are these, and the reasons why bytes are not with it.
async fn import(house: &House, token: &str, number: u128, parts: Value, withheld: &[&str]) -> (StatusCode, Value) {
    const TIME: &str = "2026-01-01T00:00:00Z";
    let run = RunId::from_u128(number).to_string();
    let mut told = json!({
        "id": run, "handle": "7Q2M", "project": "astro", "name": null, "work": { "is": "command", "argv": ["true"] },
        "inputs": [], "outputs": [], "outcome": { "is": "done" }, "started": TIME, "ended": TIME, "wall_s": 1.0,
        "software": null, "code": null, "by": null,
    });
    told.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    let reason = |digest: &&str| ((*digest).to_owned(), json!({ "is": "not_kept" }));
    let reasons: serde_json::Map<String, Value> = withheld.iter().map(reason).collect();
    let publication = json!({
        "format": "hven.publication/1", "identifier": format!("urn:{number}"), "version": 1, "title": "A study",
        "summary": {}, "authors": [], "published": TIME, "publisher": { "name": "Ada" }, "license": null,
        "hven_version": "0.2.0", "runs": [told], "withheld": reasons,
        "claims": [{
            "id": ClaimId::from_u128(number).to_string(), "project": "astro", "name": format!("c{number}"),
            "statement": "It holds.", "test": "x > 0", "grammar": 1, "evidence": run, "revision": 1,
            "stated_by": null, "stated": TIME, "judgements": [],
        }],
    });
    let description = publication.to_string().into_bytes();
    let files = json!({ "files": { "publication.json": { "blake3": digest(&description) } } });
    let manifest = files.to_string().into_bytes();
    bring(house, token, &description).await;
    bring(house, token, &manifest).await;
    let wish = json!({ "fingerprint": digest(&manifest), "description": digest(&description) });
    house.call(token, "POST", "/crates", wish).await
}

/// What a publication withheld, or never had, is named by it alone: that opens nothing, now and later.
#[tokio::test]
async fn a_publication_does_not_tell_which_objects_of_others_are_here() {
    let house = House::new().await;
    let jun = jun(&house).await;
    let later = b"these bytes come later, but as many";
    let later = &later[..SECRET.len()];
    let mut number = 0;
    for bytes in [SECRET, later] {
        let (named, within) = (digest(bytes), list(&digest(bytes), bytes.len() as u64));
        bring(&house, &jun, &within).await;
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
            let (status, answer) = import(&house, &jun, number, parts.clone(), withheld).await;
            assert_eq!(status, StatusCode::OK, "{parts}: {answer}");
        }
        // What should have come with it and did not is missing.
        number += 1;
        let (status, answer) = import(&house, &jun, number, json!({ "inputs": [file("in", bytes)] }), &[]).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::CONFLICT, &json!("object.missing")), "{answer}");
    }
    bring(&house, &house.owner, later).await;
    for bytes in [SECRET, later] {
        assert_eq!(status_of(&house, &jun, "GET", &digest(bytes)).await, StatusCode::NOT_FOUND);
        assert_eq!(missing(&house, &jun, &[&digest(bytes)]).await, json!([digest(bytes)]));
    }
    let runs = house.get(&jun, "/runs?limit=100").await.1;
    for run in runs["items"].as_array().unwrap() {
        for path in ["in", "out", "data/a", "a", "u"] {
            let path = format!("/runs/{}/files/content?path={path}", run["id"].as_str().unwrap());
            let status = house.send(request(&jun, "GET", &path, None, &Value::Null)).await.0;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    // Whoever sees all objects has them named as they are.
    let named = digest(SECRET);
    let parts = json!({ "inputs": [file("in", SECRET)] });
    let (status, answer) = import(&house, &house.owner, 100, parts, &[named.as_str()]).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, run) = house.get(&house.owner, &format!("/runs/{}", RunId::from_u128(100))).await;
    assert_eq!(run["spec"]["inputs"][0]["digest"], named.as_str(), "{run}");
    let (_, audit) = house.get(&house.owner, "/audit?objects=true").await;
    assert_eq!(audit["sound"], true, "{audit}");
}

#[tokio::test]
async fn the_next_server_asks_for_the_bytes_again() {
    let house = House::new().await;
    let jun = jun(&house).await;
    bring(&house, &jun, b"her own").await;
    assert_eq!(missing(&house, &jun, &[&digest(b"her own")]).await, json!([]));
    let ask = json!({ "digests": [digest(b"her own")] });
    let next = house.served_anew().await.router();
    let answer = next.oneshot(request(&jun, "POST", "/objects/missing", None, &ask)).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["digests"], ask["digests"]);
}

/// Large files of code are known by their digests alone: their bytes do not come in through another project.
#[tokio::test]
async fn large_files_of_code_are_not_fetched_from_other_projects() {
    let house = House::new().await;
    let runner = house.runner().await;
    let jun = jun(&house).await;
    let clinics = runner.pull(0).await.swap_remove(0);
    let list = list(&digest(SECRET), 2 << 20);
    bring(&house, &jun, &list).await;
    let (status, created) = house.call(&jun, "POST", "/runs", with_code(code_folder(&list))).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let run = format!("/runs/{}", created["run"]["id"].as_str().unwrap());
    let hers = runner.pull(clinics["number"].as_u64().unwrap()).await.swap_remove(0);
    let (status, _) = runner.push(json!([ended_well(&hers["command"]["start"]["attempt"])])).await;
    assert_eq!(status, StatusCode::OK);
    house.until(&run, |run| run["state"] == "done").await;
    let (status, verdict) = house.call(&jun, "POST", &format!("{run}/reproductions"), json!({})).await;
    assert!(status.is_success(), "{verdict}");
    assert!(verdict.to_string().contains("are not in the store"), "{verdict}");
    // The code that is given must be the caller's, too.
    let code = json!({ "code": [file("a", SECRET)] });
    let (status, answer) = house.call(&jun, "POST", &format!("{run}/reproductions"), code).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
}

/// Lists of files, by which a run is compared with the disk, are objects as others are.
#[tokio::test]
async fn a_list_of_seen_files_is_its_submitters_own() {
    let house = House::new().await;
    let runner = house.runner().await;
    let jun = jun(&house).await;
    let seen = |seen: Value| {
        let mut work = submission("astro");
        work["seen"] = seen;
        work
    };
    let of_inputs = seen(json!({ "inputs_listed": digest(SECRET) }));
    let batch = json!({ "template": of_inputs, "runs": [{ "argv": ["true"] }] });
    for (path, work) in [("/runs", of_inputs.clone()), ("/runs/batch", batch)] {
        let (status, answer) = house.call(&jun, "POST", path, work).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("the list of its inputs is the object"));
    }
    // That of the code may come later, and is not there until she brings it.
    let (status, created) = house.call(&jun, "POST", "/runs", seen(json!({ "code": digest(SECRET) }))).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let attempt = start_of(&runner, created["run"]["id"].as_str().unwrap(), &mut 0).await;
    let path = format!("/runner/objects/{}/{}?from=0", attempt.as_str().unwrap(), digest(SECRET));
    let fetched = async || house.send(request(&runner.token, "GET", &path, None, &Value::Null)).await;
    assert_eq!(fetched().await.0, StatusCode::NOT_FOUND);
    bring(&house, &jun, SECRET).await;
    assert_eq!(fetched().await, (StatusCode::OK, SECRET.to_vec()));
    let (status, answer) = house.call(&jun, "POST", "/runs", of_inputs).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

/// What of the code above the folder its caller may not name is left out, however much a client says is left out already.
#[tokio::test]
async fn code_above_the_folder_that_is_anothers_is_left_out() {
    let house = House::new().await;
    let runner = house.runner().await;
    let jun = jun(&house).await;
    let mut after = 0;
    let mut code = git(None, &json!([]));
    code["prefix"] = json!("study");
    let (status, created) = house.call(&jun, "POST", "/runs", with_code(code)).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let mut run = created["run"]["id"].as_str().unwrap().to_owned();
    for bytes in [b"fit", b"lib"] {
        bring(&house, &jun, bytes).await;
    }
    let wish = json!({
        "code": [file("fit.py", b"fit")],
        "code_above": [file("lib.py", b"lib"), file("patients.py", SECRET)],
        "code_above_left_out": u64::MAX,
    });
    // What was reproduced in a part of a fresh folder is reproduced in the same part.
    for _ in 0..2 {
        let attempt = start_of(&runner, &run, &mut after).await;
        let (status, answer) = runner.push(json!([ended_well(&attempt)])).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        house.until(&format!("/runs/{run}"), |run| run["state"] == "done").await;
        let (status, begun) = house.call(&jun, "POST", &format!("/runs/{run}/reproductions"), wish.clone()).await;
        assert!(status.is_success(), "{begun}");
        begun["again"]["id"].as_str().unwrap().clone_into(&mut run);
        let (_, again) = house.get(&jun, &format!("/runs/{run}")).await;
        let inputs: Vec<&str> =
            again["spec"]["inputs"].as_array().unwrap().iter().map(|input| input["path"].as_str().unwrap()).collect();
        assert_eq!((&again["spec"]["cwd"], inputs), (&json!("study"), vec!["study/fit.py", "lib.py"]), "{again}");
    }
}
