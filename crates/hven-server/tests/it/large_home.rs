//! Facts of a home with many runs, datasets, claims, publications and people. The test appends the facts directly: no run
//! is started, and no file is read.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::future::join_all;
use hven_app::ports::{Record, Series, series::StreamPiece};
use hven_core::{
    ActorId, AttemptId, ClaimId, DatasetId, Digest, Fact, PublicationId, RepairId, RunId, RunnerId, TokenId, UserId,
    access::{Role, RoleGranted, Scope, TokenIssued},
    additions::{MetricsAdded, ParamsAdded},
    array::{self, ArrayId},
    catalogue::{HoldOutRead, Part, Reader, SplitAdded, VersionAdded},
    claim::{Evidence, Judged, Ledger, Stated, Verdict},
    document::{DocumentName, Kept},
    fact::Batch,
    handle::Handle,
    labels::{Noted, Tagged},
    law::CandidateChosen,
    object::{FileKind, FileRef},
    params::Origin,
    project,
    publication::PublicationMade,
    repair,
    reproduction::{Counts, Level, Reproduced},
    run::{
        AttemptResult, Finished, MetricSummary, Number, Outcome, ParamsLogged, PartSealed, Spec, Started, Submitted,
    },
    set_aside::{Aside, MessageSetAside},
    soundness::{NodeId, Retracted},
    stream::{Point, Stream},
    user,
    workflow::{self, WorkflowId},
};
use serde_json::json;

use crate::{
    access::array_of,
    test_home::{TestHome, now},
};

/// The number of batches that are given to the record at once.
const BATCHES_AT_ONCE: usize = 100;

/// The retracted run that all others rest on.
pub(crate) fn first_run() -> RunId {
    run_id(0)
}

fn id(noun: u128, n: usize) -> u128 {
    0x0190_0000_0000_7000_8000_0000_0000_0000 + (noun << 64) + n as u128
}

fn run_id(n: usize) -> RunId {
    RunId::from_u128(id(1, n))
}

/// The id of a run that has not ended.
fn open_run(n: usize) -> RunId {
    RunId::from_u128(id(2, n))
}

fn user_id(n: usize) -> UserId {
    UserId::from_u128(id(3, n))
}

fn dataset_id(n: usize) -> DatasetId {
    DatasetId::from_u128(id(4, n))
}

fn claim_id(n: usize) -> ClaimId {
    ClaimId::from_u128(id(5, n))
}

fn file(path: &str, content: &str) -> FileRef {
    FileRef {
        path: path.to_owned(),
        digest: Digest::of(content.as_bytes()),
        size: content.len() as u64,
        kind: FileKind::File,
    }
}

fn point(key: &str) -> Point {
    Point { key: key.to_owned(), value: Number(0.5), step: 1, time_us: now().micros() }
}

/// Fills a home with `count` entries for each list, so that each row has all data that its list shows. At the end the
/// first run is retracted, so all its descendants are suspect.
pub(crate) async fn fill(home: &TestHome, owner: UserId, count: usize) {
    append(home, owner.into(), of_one(0, owner)).await;
    let all: Vec<usize> = (1..count).collect();
    for some in all.chunks(BATCHES_AT_ONCE) {
        join_all(some.iter().map(|n| append(home, user_id(*n).into(), of_one(*n, owner)))).await;
    }
    let line = serde_json::to_string(&point("loss")).unwrap() + "\n";
    let piece = |n: usize| StreamPiece {
        attempt: AttemptId { run: open_run(n), number: 1 },
        stream: Stream::MetricsApi,
        offset: None,
        bytes: Bytes::from(line.clone()),
    };
    Series::append(&home.store, (0..count).map(piece).collect()).await.unwrap();
    let retracted = Retracted { node: NodeId::Run(first_run()), because: "its input was wrong".to_owned() };
    append(home, owner.into(), vec![retracted.into()]).await;
}

async fn append(home: &TestHome, actor: ActorId, facts: Vec<Fact>) {
    Record::append(&home.store, Batch::new(now(), actor, facts)).await.unwrap();
}

/// One entry for each list.
fn of_one(n: usize, owner: UserId) -> Vec<Fact> {
    let mut facts = people(n, owner);
    facts.extend(run(n));
    facts.extend(after_the_end(n));
    facts.extend(knowledge(n));
    facts.extend(documents(n));
    facts
}

/// A saved view, and the tags with values of a run.
fn documents(n: usize) -> Vec<Fact> {
    let kept = |door: &str, collection: &str, id: String, run: Option<RunId>, body: serde_json::Value| {
        let document = DocumentName { door: door.parse().unwrap(), collection: collection.parse().unwrap(), id };
        let body = serde_json::from_value(body).unwrap();
        Fact::from(Kept { document, project: "home".parse().unwrap(), run, body })
    };
    let state = json!({ "where": "loss < 1" });
    let tags = json!({ "tags": { "stage": "prod" } });
    vec![
        kept("hven", "view", format!("home:view {n}"), None, json!({ "page": "runs", "state": state })),
        kept("mlflow", "run", run_id(n).to_string(), Some(run_id(n)), tags),
    ]
}

fn people(n: usize, owner: UserId) -> Vec<Fact> {
    let token = |user: UserId, noun| -> Fact {
        let token = TokenId::from_u128(id(noun, n));
        let digest = Digest::of(&token.to_bytes());
        TokenIssued { token, user, name: format!("script {n}"), digest, expires: None }.into()
    };
    let role = RoleGranted { project: Scope::Home, user: user_id(n), role: Role::Viewer, may_run_as_server: false };
    vec![
        user::Added { user: user_id(n), name: format!("Person {n}"), email: None }.into(),
        role.into(),
        project::Added { path: format!("astro/p{n}").parse().unwrap() }.into(),
        token(user_id(n), 6),
        token(owner, 7),
    ]
}

fn submitted(run: RunId, handle: usize, name: String) -> Fact {
    let command = vec!["python3".to_owned(), "fit.py".to_owned(), name.clone()];
    let inputs = if run == first_run() { Vec::new() } else { vec![file("first.csv", "made by the first run")] };
    let spec = Spec { inputs, outputs: vec!["out.csv".to_owned()], ..Spec::of_command(command, "/home/tycho") };
    Submitted {
        run,
        handle: Handle { count: handle as u64 },
        project: "astro".parse().unwrap(),
        name: Some(name),
        spec,
        launch: "0123456789abcdef0123456789abcdef".to_owned(),
        cache_key: None,
        purpose: None,
        tolerances: Default::default(),
        absent: None,
        task: None,
    }
    .into()
}

/// A run that is done, and one that has not ended.
fn run(n: usize) -> Vec<Fact> {
    let (done, open) = (run_id(n), open_run(n));
    let runner = RunnerId::from_u128(id(8, 0));
    let attempt = AttemptId { run: done, number: 1 };
    let output = if n == 0 { file("first.csv", "made by the first run") } else { file("out.csv", &format!("out {n}")) };
    let result = AttemptResult {
        started: Some(now()),
        ended: Some(now()),
        wall_s: 1.25,
        outputs: vec![output],
        ..AttemptResult::without_process(Outcome::Done)
    };
    let params = BTreeMap::from([("seed".to_owned(), json!(n))]);
    let part = PartSealed {
        attempt,
        stream: Stream::Metrics.as_str().to_owned(),
        part: 0,
        from: 0,
        to: 10,
        rows: 1,
        object: Digest::of(format!("points {n}").as_bytes()),
        object_bytes: 10,
        summary: vec![MetricSummary::of_point(&point("loss"))],
    };
    vec![
        submitted(done, 2 * n, format!("fit{n}")),
        Started { attempt, runner }.into(),
        ParamsLogged { run: done, of: Origin::Given, params }.into(),
        part.into(),
        Finished { run: done, attempt: Some(1), result }.into(),
        submitted(open, 2 * n + 1, format!("open{n}")),
        Started { attempt: AttemptId { run: open, number: 1 }, runner }.into(),
    ]
}

/// The statements of people about a run that is done.
fn after_the_end(n: usize) -> Vec<Fact> {
    let run = run_id(n);
    let tags = |name: String| [name.parse().unwrap()].into();
    let message = Aside::new("a line".to_owned(), "is no number".to_owned(), b"nothing");
    let reproduced = Reproduced {
        run: first_run(),
        again: Some(run),
        level: Level::SameBytes,
        because: None,
        comparison: None,
        counts: Counts::default(),
        metrics_compared: Some(0),
        metrics: Vec::new(),
        printed: None,
        surroundings: Vec::new(),
    };
    vec![
        Tagged { run, added: tags(format!("tag{n}")), removed: Default::default() }.into(),
        Noted { run, text: "worth a look".to_owned() }.into(),
        ParamsAdded { run, params: [("judged".to_owned(), json!(n))].into(), original: None }.into(),
        MetricsAdded { run, points: vec![point("later")], original: None }.into(),
        MessageSetAside { attempt: AttemptId { run, number: 1 }, message }.into(),
        CandidateChosen { run, candidate: "a".to_owned(), because: "it is simple".to_owned() }.into(),
        reproduced.into(),
    ]
}

fn knowledge(n: usize) -> Vec<Fact> {
    let (run, dataset, claim) = (run_id(n), dataset_id(n), claim_id(n));
    let added = VersionAdded {
        dataset,
        project: "astro".parse().unwrap(),
        name: format!("planets{n}").parse().unwrap(),
        version: 1,
        run,
        source: Some(file("planets.csv", &format!("source {n}"))),
        content: file("table.parquet", &format!("table {n}")),
        report: Digest::of(b"{}"),
        rows: 8,
        columns: 4,
        problems: 0,
        checks_failed: 0,
        license: None,
        description: None,
    };
    let part = |name: &str, hold_out| Part {
        name: name.parse().unwrap(),
        rows: 4,
        content: file(&format!("{name}.parquet"), &format!("{name} {n}")),
        hold_out,
    };
    let split = SplitAdded {
        dataset,
        name: "split".parse().unwrap(),
        run,
        method: "random, seed 1".to_owned(),
        parts: vec![part("train", false), part("test", true)],
    };
    let read = HoldOutRead { dataset, part: Some("test".parse().unwrap()), by: Reader::Run(run) };
    let stated = Stated {
        claim,
        project: "astro".parse().unwrap(),
        name: format!("kepler{n}").parse().unwrap(),
        statement: "It holds.".to_owned(),
        test: "loss < 1".to_owned(),
        grammar: 1,
        evidence: vec![Evidence::Step(format!("fit{n}").parse().unwrap()), Evidence::Run(first_run())],
        revision: 1,
    };
    // A claim that was never judged rests on the evidence that a judgement would use.
    let open = ClaimId::from_u128(id(11, n));
    let open = Stated { claim: open, name: format!("open{n}").parse().unwrap(), ..stated.clone() };
    let judged = Judged {
        claim,
        revision: 1,
        verdict: Verdict::Holds,
        because: String::new(),
        test: "loss < 1".to_owned(),
        filled_in: "0.5 < 1".to_owned(),
        evidence: vec![run, first_run()],
        quantities: BTreeMap::new(),
        ledger: Ledger::default(),
    };
    vec![added.into(), split.into(), read.into(), stated.into(), open.into(), judged.into(), publication(n)]
        .into_iter()
        .chain(repair(n))
        .chain(workflow(n))
        .chain(array(n))
        .collect()
}

/// As many tasks as the longest page has.
const TASKS_OF_ARRAY: u64 = 1000;

/// An array that ended.
fn array(n: usize) -> [Fact; 2] {
    let (array, number) = (ArrayId::from_u128(id(13, n)), u32::try_from(n).unwrap() + 1);
    let counts = array::TaskCounts { cancelled: 1, ..array::TaskCounts::default() };
    let ended = array::Ended { array, number, end: array::End::Incomplete, counts, because: None };
    let mut submitted = array_of("home".parse().unwrap(), array, number);
    submitted.axes =
        vec![array::Axis::Range { name: "i".to_owned(), first: 1, step: 1, scale: 0, count: TASKS_OF_ARRAY }];
    submitted.tasks = TASKS_OF_ARRAY;
    [submitted.into(), ended.into()]
}

/// A workflow whose step ended.
fn workflow(n: usize) -> [Fact; 3] {
    let (workflow, number) = (WorkflowId::from_u128(id(12, n)), u32::try_from(n).unwrap() + 1);
    let started = workflow::Started {
        workflow,
        number,
        project: "home".parse().unwrap(),
        folder: "/work".to_owned(),
        manifest: Digest::of(b"manifest"),
        steps: vec![workflow::Step { name: "run.fit".to_owned(), needs: Vec::new() }],
        options: workflow::Options::default(),
        caller: workflow::CallerProcess::default(),
        launch: "none".to_owned(),
    };
    let step = workflow::StepEnded { workflow, number, step: 0, result: workflow::StepResult::default() };
    let ended = workflow::Ended { workflow, number, end: workflow::End::Incomplete, because: None };
    [started.into(), step.into(), ended.into()]
}

/// A repair of the first run that had nothing left to do.
fn repair(n: usize) -> [Fact; 2] {
    let repair = RepairId::from_u128(id(10, n));
    let begun = repair::Started {
        repair,
        number: n as u32 + 1,
        project: "astro".parse().unwrap(),
        of: NodeId::Run(first_run()),
        with: None,
        again: false,
    };
    let (because, failed) = (None, Vec::new());
    let ended = repair::Ended { repair, end: repair::End::Done, steps: 1, done: 1, because, failed };
    [begun.into(), ended.into()]
}

fn publication(n: usize) -> Fact {
    PublicationMade {
        publication: PublicationId::from_u128(id(9, n)),
        project: "astro".parse().unwrap(),
        name: format!("paper{n}").parse().unwrap(),
        version: 1,
        supersedes: None,
        identifier: format!("urn:uuid:019b7e1c-2a00-7000-8000-{n:012x}"),
        title: format!("Planets, number {n}"),
        claims: vec![claim_id(n)],
        evidence: vec![run_id(n)],
        state: Digest::of(&n.to_be_bytes()),
        fingerprint: Digest::of(b"manifest"),
        archive: Digest::of(format!("zip {n}").as_bytes()),
        archive_bytes: 3,
        page: Digest::of(b"page"),
        description: Digest::of(b"description"),
        files: 20,
        bytes: 1000,
        withheld: Vec::new(),
    }
    .into()
}
