//! Deleted runs: nothing of them is in lists and counts, their objects become garbage, and the lineage keeps their place.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
};

use hven_app::ports::{
    Documents, Lineages, Objects, Quantities, Record, Series, Views,
    documents::DocumentQuery,
    page::{ListFilter, ListQuery},
    quantities::Quantity,
    record::FactQuery,
    run::{Archived, RunName, RunQuery, RunView},
    soundness::Direction,
};
use hven_core::{
    Digest, Fact,
    access::Scope,
    document::{DocumentName, Kept},
    fact::{Batch, PayloadErased},
    labels::{Noted, Tagged},
    params::{Origin, Params},
    run::{Deleted, Number, Outcome, ParamsLogged, State},
    stream::{Point, Stream},
};
use hven_record::Home;
use serde_json::json;

use crate::{
    facts::{batch, file, finished, run_id, started, submitted, time},
    folders::{grow_old, object_path},
    streams::{LOG, log_of},
    world::{Add, World, assert_views_follow_facts, wait},
};

/// The points of a metric, as a stream has them.
fn points() -> Vec<u8> {
    let point = Point { key: "loss".to_owned(), value: Number(0.5), step: 0, time_us: 1 };
    format!("{}\n", serde_json::to_string(&point).unwrap()).into_bytes()
}

/// A run with an output, a parameter, a metric, a log, a tag, a note and a document. It ends well.
async fn full_run(home: &Home, n: u64, output: &str) {
    let attempt = started(n, 1).attempt;
    let digest = home.put(output.to_owned().into()).await.unwrap();
    assert_eq!(digest, Digest::of(output.as_bytes()));
    home.add(batch([Fact::from(submitted(n)), started(n, 1).into()])).await.unwrap();
    let params: Params = BTreeMap::from([("lr".to_owned(), json!(0.1))]);
    let document = Kept {
        document: DocumentName {
            door: "mlflow".parse().unwrap(),
            collection: "run".parse().unwrap(),
            id: run_id(n).to_string(),
        },
        project: submitted(n).project,
        run: Some(run_id(n)),
        body: serde_json::from_value(json!({ "tags": { "stage": "prod" } })).unwrap(),
    };
    home.add(batch([
        Fact::from(ParamsLogged { run: run_id(n), of: Origin::Given, params }),
        Tagged { run: run_id(n), added: BTreeSet::from(["good".parse().unwrap()]), removed: BTreeSet::new() }.into(),
        Noted { run: run_id(n), text: "a note".to_owned() }.into(),
        document.into(),
    ]))
    .await
    .unwrap();
    home.add_bytes(attempt, LOG, Some(0), &log_of(0..100)).await.unwrap();
    home.add_bytes(attempt, Stream::MetricsApi, None, &points()).await.unwrap();
    let mut end = finished(n, Outcome::Done);
    end.result.outputs = vec![file("model.bin", output)];
    home.add(batch([end])).await.unwrap();
    assert!(home.seal_all(attempt).await > 0);
}

/// Deletes a run as the use case does: the payloads of all facts about it are erased with the fact of its deletion.
async fn delete(home: &Home, n: u64) {
    let query = FactQuery { subject: Some(run_id(n).as_u128()), limit: 1000, ..FactQuery::default() };
    let seqs: Vec<u64> = home.facts(query).await.unwrap().iter().map(|fact| fact.header.seq).collect();
    assert!(seqs.len() > 6, "all facts about the run have it as subject: {seqs:?}");
    let deleted = Deleted {
        run: run_id(n),
        project: submitted(n).project,
        state: State::Done,
        because: "a wrong start".to_owned(),
    };
    let mut facts: Vec<Fact> = vec![deleted.into()];
    facts.extend(seqs.iter().map(|seq| Fact::from(PayloadErased::new(*seq, "a wrong start"))));
    Record::erase(home, &seqs, Batch::new(time(5), hven_core::ActorId::from_u128(78), facts)).await.unwrap();
}

async fn listed(home: &Home, archived: Archived) -> Vec<u64> {
    let query = RunQuery { scopes: vec![Scope::Home], archived, all_kinds: true, limit: 100, ..RunQuery::default() };
    home.runs(&query).await.unwrap().items.into_iter().map(|row| row.handle.count).collect()
}

async fn view(home: &Home, name: RunName) -> RunView {
    home.runs_named(&name).await.unwrap().pop().expect("the run is still found")
}

async fn check_deleted(home: &Home) {
    for archived in [Archived::Without, Archived::With] {
        assert_eq!(listed(home, archived).await, [1]);
    }
    assert!(listed(home, Archived::Only).await.is_empty());
    assert_eq!(home.run_counts(&[Scope::Home]).await.unwrap(), BTreeMap::from([(State::Done, 1)]));
    let query = RunQuery { scopes: vec![Scope::Home], archived: Archived::With, ..RunQuery::default() };
    let names = home.quantity_names(&query, 100).await.unwrap();
    let counts =
        [&names.metrics, &names.params, &names.tags].map(|of| of.values().map(|range| range.runs).sum::<u64>());
    assert_eq!((names.runs, counts), (1, [1, 1, 1]));
    let filter = ListFilter { limit: 10, ..ListFilter::default() };
    let tags = home.tags(&ListQuery { scopes: vec![Scope::Home], filter }).await.unwrap();
    assert_eq!(tags.items.iter().map(|tag| tag.runs).collect::<Vec<_>>(), [1]);
    let attempt = started(0, 1).attempt;
    assert_eq!(home.tag_values(&[run_id(0)]).await.unwrap(), HashMap::new());
    assert_eq!(home.summaries(attempt).await.unwrap(), []);
    assert_eq!(home.points(attempt, "loss").await.unwrap(), []);
    assert_eq!(home.log(attempt, 0, usize::MAX).await.unwrap(), []);
    assert_eq!(home.attempts_with_logs(&[run_id(0), run_id(1)]).await.unwrap(), [started(1, 1).attempt]);
    let documents = DocumentQuery {
        door: "mlflow".parse().unwrap(),
        collection: "run".parse().unwrap(),
        scopes: vec![Scope::Home],
        projects: None,
        prefix: None,
    };
    let documents = home.documents(&documents).await.unwrap();
    assert_eq!(documents.iter().map(|view| view.kept.run).collect::<Vec<_>>(), [Some(run_id(1))]);
    // Its names find it: the handle is not used again.
    for name in [RunName::Id(run_id(0)), RunName::Handle(submitted(0).handle)] {
        let run = view(home, name).await;
        let deleted = run.deleted.as_ref().expect("it is deleted");
        assert_eq!((deleted.because.as_str(), deleted.time), ("a wrong start", time(5)));
        assert_eq!(deleted.by, hven_core::ActorId::from_u128(78));
        assert_eq!((run.project.clone(), run.state), (submitted(0).project, State::Done));
        assert_eq!((run.id, run.handle), (run_id(0), submitted(0).handle));
        assert_eq!((run.name.clone(), run.spec().is_some(), run.params.len(), run.tags.len()), (None, false, 0, 0));
        assert_eq!((run.note, run.result.map(|result| result.outputs)), (None, None));
    }
    assert!(view(home, RunName::Id(run_id(1))).await.deleted.is_none());
    // The other run read the output of the deleted one.
    let reach = home.reach(run_id(0).into(), Direction::Consequences, 0, 10).await.unwrap();
    assert_eq!(reach.items.iter().map(|found| found.node).collect::<Vec<_>>(), [run_id(1).into()]);
}

pub fn a_deleted_run_leaves_lists_and_keeps_its_place(world: &World) {
    let home = world.open();
    wait(async {
        full_run(&home, 0, "the weights").await;
        let mut next = submitted(1);
        next.spec.inputs = vec![file("model.bin", "the weights")];
        full_run(&home, 2, "others").await;
        delete(&home, 2).await;
        home.add(batch([next])).await.unwrap();
    });
    // The run that reads the output has content of its own.
    wait(async {
        let attempt = started(1, 1).attempt;
        home.add(batch([started(1, 1)])).await.unwrap();
        home.add_bytes(attempt, LOG, Some(0), &log_of(0..5)).await.unwrap();
        home.add_bytes(attempt, Stream::MetricsApi, None, &points()).await.unwrap();
        let params: Params = BTreeMap::from([("lr".to_owned(), json!(0.2))]);
        let document = Kept {
            document: DocumentName {
                door: "mlflow".parse().unwrap(),
                collection: "run".parse().unwrap(),
                id: run_id(1).to_string(),
            },
            project: submitted(1).project,
            run: Some(run_id(1)),
            body: serde_json::from_value(json!({ "tags": { "stage": "old" } })).unwrap(),
        };
        home.add(batch([
            Fact::from(ParamsLogged { run: run_id(1), of: Origin::Given, params }),
            Tagged { run: run_id(1), added: BTreeSet::from(["good".parse().unwrap()]), removed: BTreeSet::new() }
                .into(),
            document.into(),
            finished(1, Outcome::Done).into(),
        ]))
        .await
        .unwrap();
        assert_eq!(listed(&home, Archived::With).await, [1, 0]);
        let has = [Quantity::Metric("loss".to_owned()), Quantity::Tag("stage".to_owned())];
        let query = RunQuery { scopes: vec![Scope::Home], ..RunQuery::default() };
        assert_eq!(home.has_quantities(&query, &has).await.unwrap(), [true, true]);
        delete(&home, 0).await;
        check_deleted(&home).await;
    });
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    wait(check_deleted(&home));
    home.close().unwrap();
    let home = world.open();
    wait(check_deleted(&home));
    home.close().unwrap();
}

fn all_grow_old(world: &World) {
    for folder in fs::read_dir(world.path().join("objects")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let name = file.unwrap().path();
            let digits: Vec<&str> = name.iter().rev().take(2).map(|part| part.to_str().unwrap()).collect();
            if let Ok(digest) = format!("{}{}", digits[1], digits[0]).parse() {
                grow_old(world, &digest);
            }
        }
    }
}

pub fn objects_of_a_deleted_run_become_garbage(world: &World) {
    let home = world.open();
    wait(async {
        full_run(&home, 0, "the weights").await;
        full_run(&home, 1, "shared").await;
        let mut next = submitted(2);
        next.spec.inputs = vec![file("x", "shared")];
        home.add(batch([next])).await.unwrap();
        let own = |text: &str| HashMap::from([(Digest::of(text.as_bytes()), 1)]);
        let alone = home.needed_only_by(own("the weights")).await.unwrap();
        assert_eq!((alone.freed.digests, alone.freed.bytes), (vec![Digest::of(b"the weights")], 11));
        assert_eq!(alone.kept.digests, []);
        // Another run names it, too.
        let shared = home.needed_only_by(own("shared")).await.unwrap();
        assert_eq!((shared.freed.digests, shared.kept.digests), (vec![], vec![Digest::of(b"shared")]));
        assert_eq!(shared.kept.bytes, 6);
        assert_eq!(home.garbage(time(1 << 40)).await.unwrap().digests, []);
        delete(&home, 0).await;
        delete(&home, 1).await;
        // The output, and the parts of the log and of the points, which are the same of both runs.
        assert_eq!(home.garbage(time(1 << 40)).await.unwrap().digests, [], "they are young");
        all_grow_old(world);
        let garbage = home.garbage(time(1 << 40)).await.unwrap();
        assert!(garbage.digests.contains(&Digest::of(b"the weights")), "{garbage:?}");
        assert!(!garbage.digests.contains(&Digest::of(b"shared")), "{garbage:?}");
        assert_eq!(garbage.digests.len(), 3, "{garbage:?}");
        let gone = home.remove(&garbage.digests).await.unwrap();
        assert_eq!((gone.digests.len(), gone.bytes), (3, garbage.bytes));
        assert!(!object_path(world, &Digest::of(b"the weights")).exists());
        assert_eq!(home.remove(&garbage.digests).await.unwrap().bytes, 0, "nothing is freed twice");
    });
    home.close().unwrap();
}

pub fn attempts_with_logs_are_found_live_and_sealed(world: &World) {
    let home = world.open();
    wait(async {
        for n in 0..4 {
            home.add(batch([Fact::from(submitted(n)), started(n, 1).into()])).await.unwrap();
        }
        home.add(batch([started(1, 2)])).await.unwrap();
        let all: Vec<_> = (0..4).map(run_id).collect();
        assert_eq!(home.attempts_with_logs(&all).await.unwrap(), []);
        let with = [started(0, 1), started(1, 1), started(1, 2), started(2, 1)].map(|start| start.attempt);
        for attempt in with {
            home.add_bytes(attempt, LOG, Some(0), &log_of(0..3)).await.unwrap();
        }
        // Points alone are no log.
        home.add_bytes(started(3, 1).attempt, Stream::MetricsApi, None, &points()).await.unwrap();
        let found = async || {
            let mut found = home.attempts_with_logs(&all).await.unwrap();
            found.sort_unstable();
            found
        };
        assert_eq!(found().await, with);
        home.seal_all(with[1]).await;
        home.seal_all(with[3]).await;
        assert_eq!(found().await, with);
        // A log that is sealed and goes on is found once.
        home.add_bytes(with[3], LOG, None, &log_of(3..5)).await.unwrap();
        assert_eq!(found().await, with);
        assert_eq!(home.attempts_with_logs(&[run_id(2)]).await.unwrap(), [with[3]]);
    });
    home.close().unwrap();
    let home = world.open();
    assert_eq!(wait(home.attempts_with_logs(&[run_id(0)])).unwrap(), [started(0, 1).attempt]);
    home.close().unwrap();
}
