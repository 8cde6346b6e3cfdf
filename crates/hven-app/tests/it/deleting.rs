//! Deleting runs: what is erased, what stays, and what is refused.

use std::collections::BTreeSet;

use hven_app::{
    AppError, AppResult, Caller,
    compare_runs::comparison,
    delete_runs::{self, Deletion},
    external::{add_files, close, open, report},
    labels::{self, LabelChange},
    metrics,
    ports::{Lineages, Record, Series, record::FactQuery, run::Archived, series::StreamPiece, soundness::Direction},
    run_search::search::{self, RunSearch},
    runs::{self, RunFilter},
};
use hven_core::{
    Fact, RunId, Time,
    access::Role,
    params::Params,
    run::{ExternalEnd, Number, Outcome, Software, State},
    stream::{Frame, Point, Source, Stream},
};
use serde_json::json;

use crate::{
    events::command,
    world::{KEPLER, World, ada, ben, project},
};

async fn delete(world: &World, caller: &Caller, names: &[&str], because: &str) -> AppResult<Deletion> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    delete_runs::delete(&world.app, caller, &names, because, false).await
}

async fn planned(world: &World, run: RunId) -> Deletion {
    delete_runs::delete(&world.app, &ada(), &[run.to_string()], "", true).await.unwrap()
}

/// A run with a log, a metric, a parameter, a tag and an output, which has ended.
async fn full_run(world: &World, output: &str) -> RunId {
    let run = world.submit(command("python3 train.py", Vec::new(), &["model.bin"])).await;
    let params: Params = serde_json::from_value(json!({ "lr": 0.1 })).unwrap();
    runs::log_params(&world.app, &ada(), &run.to_string(), None, params).await.unwrap();
    let tags = LabelChange { add: BTreeSet::from(["good".parse().unwrap()]), ..LabelChange::default() };
    labels::change_labelled(&world.app, &ada(), &run.to_string(), None, tags).await.unwrap();
    world.measures(run, "loss", 0.5).await;
    let mut log = Vec::new();
    Frame { source: Source::Stdout, time: Time::from_micros(1), bytes: b"a needle\n" }.write(&mut log);
    let attempt = hven_core::AttemptId { run, number: 1 };
    let piece = StreamPiece { attempt, stream: Stream::Log, offset: Some(0), bytes: log.into() };
    Series::append(&*world.home, vec![piece]).await.unwrap();
    world.makes(run, &[("model.bin", output)]).await;
    run
}

fn point(value: f64) -> Point {
    Point { key: "loss".to_owned(), value: Number(value), step: 9, time_us: 1 }
}

async fn listed(world: &World, search: RunSearch) -> Vec<RunId> {
    let filter = RunFilter { limit: 100, archived: Archived::With, all_kinds: true, ..RunFilter::default() };
    let found = search::search(&world.app, &ada(), filter, search).await.unwrap();
    found.page.items.into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn a_deleted_run_has_no_content_and_keeps_its_place() {
    let world = World::new().await;
    let run = full_run(&world, "the weights").await;
    let other = full_run(&world, "others").await;
    let reader = world.ran("python3 test.py", &[("model.bin", "the weights")], &[("score", "1")]).await;
    let handle = world.view(run).await.handle;

    let plan = planned(&world, run).await;
    assert_eq!(world.count("run.deleted").await, 0, "a dry run records nothing");
    assert!(world.view(run).await.spec().is_some());
    let deletion = delete(&world, &ada(), &[&handle.to_string()], "a wrong start").await.unwrap();
    let [deleted] = &deletion.runs[..] else { panic!("{deletion:?}") };
    assert_eq!((deleted.run, deleted.handle, deleted.rests_on_it), (run, handle, 1));
    assert!(deleted.log_bytes > 8 && deleted.facts >= 6, "{deleted:?}");
    // The reader names the weights and the same surroundings, so they stay; the log and the points are garbage.
    assert_eq!(deletion.kept_objects, 2, "{deletion:?}");
    assert_eq!(deletion.freed_objects, 2, "{deletion:?}");
    assert_eq!((plan.kept_objects, plan.runs[0].rests_on_it, plan.runs[0].log_bytes), (2, 1, deleted.log_bytes));

    assert_eq!(listed(&world, RunSearch::default()).await, [reader, other]);
    let lowest =
        RunSearch { sort: Some("loss".to_owned()), condition: Some("loss < 1".to_owned()), ..RunSearch::default() };
    assert_eq!(listed(&world, lowest).await, [other]);
    let name = run.to_string();
    assert_eq!(metrics::summaries(&world.app, &ada(), &name).await.unwrap(), (Vec::new(), Vec::new()));
    assert!(metrics::curve(&world.app, &ada(), &name, None, "loss", 10).await.is_err());
    let detail = runs::labelled_detail(&world.app, &ada(), &name).await.unwrap().of;
    let tombstone = detail.run.deleted.as_ref().expect("it is deleted");
    assert_eq!((tombstone.because.as_str(), tombstone.by), ("a wrong start", ada().actor()));
    assert_eq!((detail.run.project.as_str(), detail.run.state), (KEPLER, State::Done));
    assert_eq!((detail.run.spec(), detail.run.name.as_deref(), detail.metrics.len()), (None, None, 0));
    let reach = world.home.reach(run.into(), Direction::Consequences, 0, 10).await.unwrap();
    assert_eq!(reach.items.iter().map(|found| found.node).collect::<Vec<_>>(), [reader.into()]);
    let compared = comparison::compare(&world.app, &ada(), &[name, other.to_string()], None).await;
    assert!(matches!(compared, Err(AppError::RunDeleted { run: of, .. }) if of == run), "{compared:?}");
    // Nothing of its content is left in the facts about it.
    let query = FactQuery { subject: Some(run.as_u128()), limit: 1000, ..FactQuery::default() };
    for fact in world.home.facts(query).await.unwrap() {
        assert_eq!(fact.payload.is_some(), fact.header.kind == "run.deleted", "{}", fact.header.kind);
    }
    assert!(world.home.verify(true).await.unwrap().broken.is_none());
}

#[tokio::test]
async fn objects_that_only_the_deleted_run_names_become_garbage() {
    let world = World::new().await;
    let run = full_run(&world, "the weights").await;
    let deletion = delete(&world, &ada(), &[&run.to_string()], "no use").await.unwrap();
    // The output, the log, the points and the surroundings.
    assert_eq!((deletion.freed_objects, deletion.kept_objects), (4, 0));
    assert!(deletion.freed_bytes > 11, "{deletion:?}");
}

#[tokio::test]
async fn all_runs_are_deleted_or_none() {
    let world = World::new().await;
    let (one, two) = (full_run(&world, "a").await, full_run(&world, "b").await);
    let waiting = world.submit(command("sleep 9", Vec::new(), &[])).await;
    let names = [one, waiting].map(|run| run.to_string());
    let refused = delete(&world, &ada(), &[&names[0], &names[1]], "x").await.unwrap_err();
    assert!(refused.to_string().contains("has not ended"), "{refused}");
    assert_eq!(world.count("run.deleted").await, 0);
    let none = delete(&world, &ada(), &[&names[0]], " \n").await.unwrap_err();
    assert!(none.to_string().contains("the reason"), "{none}");
    assert!(delete(&world, &ada(), &[], "x").await.is_err());
    assert!(delete(&world, &ada(), &[&names[0], "ZZZZ"], "x").await.is_err());
    // A member may not, a viewer may not, and a stranger does not see them.
    for role in [Role::Viewer, Role::Member] {
        let refused = delete(&world, &ben(role, KEPLER), &[&names[0]], "x").await.unwrap_err();
        assert!(matches!(refused, AppError::Denied), "{refused}");
    }
    let unseen = delete(&world, &ben(Role::Owner, "other"), &[&names[0]], "x").await.unwrap_err();
    assert!(matches!(unseen, AppError::NotFound { .. }), "{unseen}");
    // Both, one of them named twice.
    let both = delete(&world, &ben(Role::Owner, KEPLER), &[&names[0], &two.to_string(), &names[0]], "x").await.unwrap();
    assert_eq!(both.runs.len(), 2);
    assert_eq!(world.count("run.deleted").await, 2);
    let again = delete(&world, &ada(), &[&names[0]], "x").await.unwrap_err();
    assert!(matches!(again, AppError::RunDeleted { .. }), "{again}");
}

#[tokio::test]
async fn a_deleted_run_takes_no_changes() {
    let world = World::new().await;
    let wanted = open::OpenRun {
        id: None,
        project: project(KEPLER),
        name: None,
        source: "python".to_owned(),
        command: Vec::new(),
        host: None,
        folder: None,
        started: None,
        parent: None,
        silent_after_s: None,
        params: Params::new(),
        tags: BTreeSet::new(),
    };
    let run = open::open(&world.app, &ada(), None, wanted).await.unwrap().id;
    let name = run.to_string();
    close::close(&world.app, &ada(), &name, ExternalEnd::Done, None).await.unwrap();
    delete(&world, &ada(), &[&name], "x").await.unwrap();
    let (app, caller) = (&world.app, &ada());
    let refused = [
        metrics::log(app, caller, &name, None, vec![point(1.0)]).await.map(drop),
        metrics::log_unless_archived(app, caller, &name, vec![point(1.0)]).await.map(drop),
        runs::log_params(app, caller, &name, None, serde_json::from_value(json!({ "a": 1 })).unwrap()).await.map(drop),
        runs::set_software(app, caller, &name, Software::default()).await,
        runs::cancel(app, caller, &name, None).await.map(drop),
        labels::change_labelled(
            app,
            caller,
            &name,
            None,
            LabelChange { archived: Some(true), ..LabelChange::default() },
        )
        .await
        .map(drop),
        add_files::add_files(app, caller, &name, None, Vec::new()).await.map(drop),
        close::close(app, caller, &name, ExternalEnd::Done, None).await.map(drop),
        report::heartbeat(app, caller, &name).await.map(drop),
    ];
    for (place, refused) in refused.into_iter().enumerate() {
        assert!(matches!(refused, Err(AppError::RunDeleted { .. })), "{place}: {refused:?}");
    }
}

#[tokio::test]
async fn a_value_that_arrives_meanwhile_is_refused_or_erased() {
    let world = World::new().await;
    for _ in 0..10 {
        let run = full_run(&world, "w").await;
        let name = run.to_string();
        let (caller, names) = (ada(), [name.as_str()]);
        let (deleted, logged) = tokio::join!(
            delete(&world, &caller, &names, "x"),
            metrics::log(&world.app, &caller, &name, None, vec![point(1.0)])
        );
        deleted.unwrap();
        let late = match logged {
            Err(AppError::RunDeleted { .. }) => false,
            other => other.unwrap().added_later,
        };
        let query = FactQuery { subject: Some(run.as_u128()), limit: 1000, ..FactQuery::default() };
        let facts = world.home.facts(query).await.unwrap();
        let kept: Vec<&str> =
            facts.iter().filter(|fact| fact.payload.is_some()).map(|fact| fact.header.kind.as_str()).collect();
        assert_eq!(kept, ["run.deleted"], "late: {late}");
    }
}

#[tokio::test]
async fn the_same_work_is_not_found_again() {
    let world = World::new().await;
    let run = world.ran("python3 fit.py", &[("table", "1")], &[("law", "y")]).await;
    delete(&world, &ada(), &[&run.to_string()], "x").await.unwrap();
    let again = world.ran("python3 fit.py", &[("table", "1")], &[("law", "y")]).await;
    assert_ne!(again, run);
    // Its facts are read back when the home is opened again.
    let world = world.after_a_kill().await;
    assert!(world.view(run).await.deleted.is_some());
    assert_eq!(listed(&world, RunSearch::default()).await, [again]);
    world.ends(world.submit(command("true", Vec::new(), &[])).await, Outcome::Done, Vec::new()).await;
}

#[tokio::test]
async fn the_record_says_who_deleted_a_run_and_why() {
    let world = World::new().await;
    let run = full_run(&world, "w").await;
    delete(&world, &ada(), &[&run.to_string()], "it leaked a name").await.unwrap();
    let query = FactQuery { kind: Some("run.deleted".to_owned()), limit: 10, ..FactQuery::default() };
    let facts = world.home.facts(query).await.unwrap();
    let [fact] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(fact.header.actor, ada().actor());
    match fact.readable_fact().unwrap() {
        Some(Fact::RunDeleted(deleted)) => {
            assert_eq!((deleted.run, deleted.project.as_str()), (run, KEPLER));
            assert_eq!(deleted.because, "it leaked a name");
        }
        other => panic!("{other:?}"),
    }
}
