//! Standard input: the start command for a runner, and a pipe from its sender to the runner.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_core::Digest;
use serde_json::{Value, json};

use crate::test_home::{HOST, Runner, TestHome, ended_well, submission};

/// Submits a run with a standard input. Returns its id and the start command for the runner.
async fn submitted(home: &TestHome, runner: &Runner<'_>, stdin: Value) -> (String, Value) {
    let mut work = submission("home");
    work["stdin"] = stdin;
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let start = runner.pull(0).await.swap_remove(0)["command"]["start"].clone();
    (created["run"]["id"].as_str().unwrap().to_owned(), start)
}

fn bytes_request(method: &str, token: &str, path: &str, bytes: &[u8]) -> Request<Body> {
    let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, HOST);
    let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    request.body(Body::from(bytes.to_vec())).unwrap()
}

/// Sends a piece of standard input with a token.
async fn put(home: &TestHome, token: &str, run: &str, place: &str, bytes: &[u8]) -> (StatusCode, Value) {
    let path = format!("/runs/{run}/stdin?{place}");
    let (status, answer) = home.send(bytes_request("PUT", token, &path, bytes)).await;
    (status, serde_json::from_slice(&answer).unwrap_or_default())
}

/// Requests the next piece as the runner.
async fn next(runner: &Runner<'_>, attempt: &Value, asked: &str) -> (StatusCode, Vec<u8>) {
    let path = format!("/runner/stdin/{}?{asked}", attempt.as_str().unwrap());
    runner.home.send(bytes_request("GET", &runner.token, &path, b"")).await
}

fn taken(bytes: u64, is_over: bool) -> (StatusCode, Value) {
    (StatusCode::OK, json!({ "bytes": bytes, "is_over": is_over }))
}

#[tokio::test]
async fn a_pipe_goes_from_its_sender_to_the_runner() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, start) = submitted(&home, &runner, json!({ "kind": "pipe" })).await;
    assert_eq!(start["stdin"], json!({ "kind": "pipe" }));
    let attempt = &start["attempt"];
    let given = |bytes: &[u8]| (StatusCode::OK, bytes.to_vec());
    let talk = async {
        let (sent, read) = tokio::join!(put(&home, &home.owner, &run, "from=0", b"abcdef"), async {
            assert_eq!(next(&runner, attempt, "from=0").await, given(b"abcdef"));
            // The process has read a part of it.
            next(&runner, attempt, "from=4").await
        });
        assert_eq!((sent, read), (taken(4, false), given(b"ef")));
        let (sent, read) =
            tokio::join!(put(&home, &home.owner, &run, "from=4", b"efgh"), next(&runner, attempt, "from=6"),);
        assert_eq!((sent, read), (taken(6, false), given(b"gh")));
        let send = async {
            assert_eq!(put(&home, &home.owner, &run, "from=6", b"gh").await, taken(8, false));
            put(&home, &home.owner, &run, "from=8&is_last=true", b"").await
        };
        let (sent, ()) = tokio::join!(send, async {
            assert_eq!(next(&runner, attempt, "from=8").await, given(b""), "the end");
            assert_eq!(next(&runner, attempt, "from=8&is_over=true").await.0, StatusCode::NO_CONTENT);
        });
        assert_eq!(sent, taken(8, true));
    };
    let path = format!("/runs/{run}/stdin");
    let (held, ()) = tokio::join!(home.call(&home.owner, "POST", &path, Value::Null), talk);
    assert_eq!(held, taken(8, true));
}

#[tokio::test]
async fn a_sender_that_fails_cuts_off_the_input() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, start) = submitted(&home, &runner, json!({ "kind": "pipe" })).await;
    let ((status, _), cut) = tokio::join!(
        next(&runner, &start["attempt"], "from=0"),
        put(&home, &home.owner, &run, "is_cut_off=true", b""),
    );
    assert_eq!((status, cut), (StatusCode::GONE, taken(0, true)));
    assert_eq!(put(&home, &home.owner, &run, "from=0", b"late").await, taken(0, true));
}

#[tokio::test]
async fn a_sender_learns_that_the_run_has_ended() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, start) = submitted(&home, &runner, json!({ "kind": "pipe" })).await;
    let mut end = ended_well(&start["attempt"]);
    let digest = Digest::of(b"abc").to_string();
    end["ended"]["result"]["stdin"] = json!({ "bytes": 3, "end": "unread", "digest": digest });
    let (sent, (status, _)) =
        tokio::join!(put(&home, &home.owner, &run, "from=0", b"abcdef"), runner.push(json!([end])));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(sent, taken(3, true), "also what the runner said at the end alone");
    // A later call gets the same answer, from the record.
    assert_eq!(put(&home, &home.owner, &run, "from=0", b"abcdef").await, taken(3, true));
    let path = format!("/runs/{run}/stdin");
    assert_eq!(home.call(&home.owner, "POST", &path, Value::Null).await, taken(3, true));
    let (_, detail) = home.get(&home.owner, &format!("/runs/{run}")).await;
    assert_eq!(detail["stdin_read"], json!({ "bytes": 3, "end": "unread", "digest": digest, "kept": false }));
    let (_, why) = home.get(&home.owner, &format!("/runs/{run}/explain")).await;
    assert!(why.to_string().contains("it reads a pipe"), "{why}");
}

#[tokio::test]
async fn only_the_submitter_sends_and_only_the_runner_reads() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let (run, start) = submitted(&home, &runner, json!({ "kind": "pipe" })).await;
    let other = home.user("Jun", None, "owner").await;
    let process = start["token"].as_str().unwrap();
    for token in [other.as_str(), process] {
        assert_eq!(put(&home, token, &run, "from=0", b"rm -rf /").await.0, StatusCode::FORBIDDEN);
        assert_eq!(put(&home, token, &run, "is_cut_off=true", b"").await.0, StatusCode::FORBIDDEN);
        let hold = home.call(token, "POST", &format!("/runs/{run}/stdin"), Value::Null).await;
        assert_eq!(hold.0, StatusCode::FORBIDDEN);
    }
    let path = format!("/runner/stdin/{}?from=0", start["attempt"].as_str().unwrap());
    assert_eq!(home.get(&home.owner, &path).await.0, StatusCode::FORBIDDEN);
    let (without, _) = submitted(&home, &runner, Value::Null).await;
    let (status, answer) = put(&home, &home.owner, &without, "from=0", b"a").await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
    let large = vec![0; (1 << 20) + 1];
    assert_eq!(put(&home, &home.owner, &run, "from=0", &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let far = format!("from={}", u64::MAX);
    assert_eq!(put(&home, &home.owner, &run, &far, b"a").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_file_is_passed_to_the_runner_when_its_bytes_are_in_the_home() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let digest = Digest::of(b"the rest").to_string();
    let stdin = json!({ "kind": "file", "file": { "path": "list.txt", "digest": digest, "size": 8 }, "from": 12 });
    let mut work = submission("home");
    work["stdin"] = stdin.clone();
    let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let (status, _) = home.send(bytes_request("PUT", &home.owner, &format!("/objects/{digest}"), b"the rest")).await;
    assert_eq!(status, StatusCode::CREATED);
    let (run, start) = submitted(&home, &runner, stdin).await;
    assert_eq!((&start["stdin"]["file"]["digest"], &start["stdin"]["from"]), (&json!(digest), &json!(12)));
    let path = format!("/runner/objects/{}/{digest}?from=4", start["attempt"].as_str().unwrap());
    let (status, bytes) = home.send(bytes_request("GET", &runner.token, &path, b"")).await;
    assert_eq!((status, bytes.as_slice()), (StatusCode::OK, b"rest".as_slice()));
    let (_, files) = home.get(&home.owner, &format!("/runs/{run}/files")).await;
    assert_eq!(files["inputs"][0]["path"], "list.txt", "{files}");
}

#[tokio::test]
async fn an_older_runner_gets_no_run_that_it_would_handle_differently() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    // The same runner, of an older version of Hven.
    let attach = json!({
        "runner": runner.id, "pool": "local", "host": "here", "boot_id": "b", "pid": 1, "version": "0",
        "capacity": { "cpus": 4, "memory_bytes": 1 << 30 }, "prefetch": 4, "attempts": [],
    });
    let (status, attached) = home.call(&runner.token, "POST", "/runner/attach", attach).await;
    assert_eq!(status, StatusCode::OK, "{attached}");
    let older = Runner { session: attached["session"].as_str().unwrap().to_owned(), ..runner };
    let reads_a_pipe = json!({ "argv": ["true"], "cwd": "/", "stdin": { "kind": "pipe" } });
    let within = json!({ "argv": ["true"], "cwd": "study", "place": "fresh" });
    let mut after = 0;
    for (work, code) in [(reads_a_pipe, "start.runner_older"), (within, "start.runner_older_folder")] {
        let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        let run = format!("/runs/{}", created["run"]["id"].as_str().unwrap());
        // It pulls until the server has tried to place the run, as a runner does: each answer may contain another command.
        for _ in 0..10 {
            let commands = older.pull(after).await;
            assert!(commands.iter().all(|command| command["command"].get("start").is_none()), "{commands:?}");
            after = commands.iter().filter_map(|command| command["number"].as_u64()).max().unwrap_or(after);
            if home.get(&home.owner, &run).await.1["state"] == "failed" {
                break;
            }
        }
        let ended = home.until(&run, |run| run["state"] == "failed").await;
        assert_eq!(ended["outcome_detail"]["values"]["why"]["code"], code, "{ended}");
    }
}

#[tokio::test]
async fn invalid_settings_of_a_process_are_refused() {
    let home = TestHome::new().await;
    let refused = async |change: &dyn Fn(&mut Value)| {
        let mut work = submission("home");
        change(&mut work);
        let (status, answer) = home.call(&home.owner, "POST", "/runs", work).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        answer["error"]["message"].as_str().unwrap().to_owned()
    };
    let pipe_again = refused(&|work| {
        work["stdin"] = json!({ "kind": "pipe" });
        work["retries"] = json!(1);
    })
    .await;
    assert!(pipe_again.starts_with("a run that reads a pipe cannot be tried again"), "{pipe_again}");
    let nice = refused(&|work| work["process"] = json!({ "nice": 20 })).await;
    assert!(nice.starts_with("the niceness"), "{nice}");
    let cpus = refused(&|work| work["process"] = json!({ "cpus": "all" })).await;
    assert!(cpus.starts_with("the processors"), "{cpus}");
    let io = refused(&|work| work["process"] = json!({ "io": { "class": "fast", "level": 1 } })).await;
    assert!(io.starts_with("the I/O class"), "{io}");
    let limit = refused(&|work| work["process"] = json!({ "limits": { "sofa": { "soft": 1, "hard": 1 } } })).await;
    assert!(limit.starts_with("the limit"), "{limit}");
    let (status, answer) = home
        .call(
            &home.owner,
            "POST",
            "/runs/batch",
            json!({ "template": { "argv": [], "cwd": "/", "stdin": { "kind": "pipe" } }, "runs": [{ "argv": ["true"] }] }),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
}

#[tokio::test]
async fn process_settings_go_to_the_runner_and_into_the_record() {
    let home = TestHome::new().await;
    let runner = home.runner().await;
    let settings = json!({
        "limits": { "nofile": { "soft": 321, "hard": 321 }, "stack": { "soft": null, "hard": null } },
        "nice": 7, "io": { "class": "idle", "level": 0 }, "cpus": "1",
    });
    let mut work = submission("home");
    work["process"] = settings.clone();
    let (status, created) = home.call(&home.owner, "POST", "/runs", work).await;
    assert_eq!(status, StatusCode::CREATED, "{created}");
    let start = runner.pull(0).await.swap_remove(0)["command"]["start"].clone();
    let limits = json!({ "nofile": [321, 321], "stack": [null, null] });
    assert_eq!(start["process"], json!({ "limits": limits, "nice": 7, "io": settings["io"], "cpus": "1" }));
    let (_, detail) = home.get(&home.owner, &format!("/runs/{}", created["run"]["id"].as_str().unwrap())).await;
    assert_eq!(detail["spec"]["process"], settings);
    let plain = home.submit(&home.owner, "home").await;
    let (_, detail) = home.get(&home.owner, &format!("/runs/{plain}")).await;
    assert_eq!((&detail["spec"]["process"], &detail["spec"]["stdin"]), (&Value::Null, &Value::Null));
}
