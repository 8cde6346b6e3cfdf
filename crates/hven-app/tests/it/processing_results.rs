//! Results of runs become versions and splits of the catalogue, each exactly once, also after a kill.

use hven_app::{
    AppError, AppResult, imports,
    ports::Catalogue,
    recipe_results,
    splits::{self, NewSplit},
};
use hven_core::{Digest, RunId, access::Role, run::Outcome};
use serde_json::json;

use crate::{
    events::{file, killed_after},
    kepler::{import, report},
    world::{KEPLER, World, ada, ben},
};

const TABLE: (&str, &str) = ("table.parquet", "table");

async fn process(world: &World, run: RunId) -> AppResult<String> {
    let made = recipe_results::dataset_of_run(&world.app, &ada(), &run.to_string()).await?;
    Ok(made.of.reference())
}

fn code(refused: AppResult<String>) -> &'static str {
    refused.map_err(|refused: AppError| refused.code()).unwrap_err()
}

fn halves(name: &str, hold_out: Option<&str>, seed: u64) -> NewSplit {
    NewSplit {
        name: name.parse().unwrap(),
        method: "random".to_owned(),
        by: None,
        seed,
        parts: [("train", 0.5), ("test", 0.5)].map(|(part, share)| (part.parse().unwrap(), share)).into(),
        hold_out: hold_out.map(|part| part.parse().unwrap()),
        fresh: false,
    }
}

/// Ends a run of the recipe `split`.
async fn divided(world: &World, run: RunId) {
    divided_into(world, run, "1 row").await;
}

async fn divided_into(world: &World, run: RunId, test: &str) {
    let part = |name: &str, rows: u64| json!({ "name": name, "rows": rows });
    let split_report = json!({ "method": "random, seed 1", "parts": [part("train", 2), part("test", 1)] }).to_string();
    let parts =
        [("split.json", split_report.as_str()), ("parts/train.parquet", "2 rows"), ("parts/test.parquet", test)];
    world.makes(run, &parts).await;
}

#[tokio::test]
async fn a_table_becomes_a_version_with_the_numbers_of_its_report() {
    let world = World::new().await;
    let run = world.imports("planets", "a,b").await;
    assert_eq!(code(process(&world, run).await), "not_found", "it goes on");
    world.makes(run, &[TABLE, ("report.json", &report(8, &["true", "false", "cannot tell"]))]).await;
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    assert_eq!(world.count("dataset.version_added").await, 1);
    let version = world.newest_planets().await.version;
    assert_eq!((version.rows, version.columns, version.problems, version.checks_failed), (8, 2, 0, 2));
    assert_eq!((version.run, version.content), (run, file("table.parquet", "table")));
    assert_eq!(version.source, Some(file("planets.csv", "a,b")));
    assert_eq!((version.license.as_deref(), version.project.to_string()), (Some("CC0-1.0"), KEPLER.to_owned()));
}

#[tokio::test]
async fn only_a_different_table_is_a_new_version() {
    let world = World::new().await;
    let first = world.planets("a,b").await;
    // Another source, and the same table with the same report.
    let run = world.imports("planets", "a;b").await;
    let made = [("table.parquet", "table of a,b"), ("report.json", &report(3, &[]))];
    world.makes(run, &made).await;
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    // The same table that fails a check is another.
    let run = world.imports("planets", "a, b").await;
    world.makes(run, &[("table.parquet", "table of a,b"), ("report.json", &report(3, &["false"]))]).await;
    assert_eq!(process(&world, run).await.unwrap(), "planets@2");
    // So does another licence: it is an argument of the recipe, so the import runs again.
    let other =
        imports::TableImport { license: Some("CC-BY-4.0".to_owned()), ..import("planets", file("planets.csv", "a,b")) };
    let started = imports::add(&world.app, &ada(), None, other).await.unwrap().of;
    assert!(!started.up_to_date, "the licence is an argument of the recipe");
    world.makes(started.run.id, &[("table.parquet", "table of a,b"), ("report.json", &report(3, &[]))]).await;
    assert_eq!(process(&world, started.run.id).await.unwrap(), "planets@3");
    assert_eq!(first.version.content, world.newest_planets().await.version.content);
}

#[tokio::test]
async fn a_repeated_import_starts_nothing_and_names_the_version() {
    let world = World::new().await;
    world.planets("a,b").await;
    let again = imports::add(&world.app, &ada(), None, import("planets", file("planets.csv", "a,b"))).await.unwrap().of;
    assert!(again.up_to_date && again.unchanged);
    assert_eq!(again.dataset.unwrap().reference(), "planets@1");
    // In another project the result of the same run is a version of its own.
    let elsewhere =
        imports::TableImport { project: "bio".parse().unwrap(), ..import("planets", file("planets.csv", "a,b")) };
    let elsewhere = imports::add(&world.app, &ada(), None, elsewhere).await.unwrap().of;
    assert!(elsewhere.up_to_date && !elsewhere.unchanged);
    let elsewhere = elsewhere.dataset.unwrap().version;
    assert_eq!((elsewhere.project.to_string(), elsewhere.version), ("bio".to_owned(), 1));
    assert_eq!(world.count("run.submitted").await, 1);
}

#[tokio::test]
async fn an_incomplete_result_makes_no_version() {
    let world = World::new().await;
    let run = world.imports("planets", "a").await;
    world.makes(run, &[TABLE]).await;
    assert_eq!(code(process(&world, run).await), "conflict", "there is no report");
    let run = world.imports("planets", "b").await;
    world.makes(run, &[TABLE, ("report.json", "{}")]).await;
    assert_eq!(code(process(&world, run).await), "store.damaged", "the report says nothing");
    let run = world.imports("planets", "c").await;
    world.ends(run, Outcome::Done, vec![file("table.parquet", "table"), file("report.json", "never kept")]).await;
    assert_eq!(code(process(&world, run).await), "not_found", "the bytes of the report are not there");
    let run = world.imports("planets", "d").await;
    world.ends(run, Outcome::Failed { exit: 1 }, vec![]).await;
    assert_eq!(code(process(&world, run).await), "not_found");
    assert_eq!(world.count("dataset.version_added").await, 0);
}

#[tokio::test]
async fn a_full_disk_postpones_a_version_and_loses_nothing() {
    let world = World::new().await;
    let run = world.imports("planets", "a,b").await;
    world.makes(run, &[TABLE, ("report.json", &report(3, &[]))]).await;
    world.disk.fill(true);
    assert_eq!(code(process(&world, run).await), "store.full");
    let waits: Vec<RunId> = world.home.runs_to_settle().await.unwrap().into_iter().map(|one| one.run).collect();
    assert_eq!(waits, [run]);
    world.disk.fill(false);
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    assert_eq!((world.count("dataset.version_added").await, world.home.runs_to_settle().await.unwrap()), (1, vec![]));
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_one_version_or_none() {
    let mut world = World::new().await;
    let run = world.imports("planets", "a,b").await;
    world.makes(run, &[TABLE, ("report.json", &report(3, &[]))]).await;
    let mut kills = 0;
    loop {
        let processed = killed_after(kills, process(&world, run)).await;
        assert!(world.count("dataset.version_added").await <= 1, "after {kills} polls");
        if let Some(processed) = processed {
            assert_eq!(processed.unwrap(), "planets@1");
            break;
        }
        world = world.after_a_kill().await;
        kills += 1;
    }
    assert!(kills >= 3, "it was killed on its way");
    assert_eq!(world.count("dataset.version_added").await, 1);
}

#[tokio::test]
async fn two_results_at_once_get_two_numbers() {
    let world = World::new().await;
    let (first, second) = (world.imports("planets", "a").await, world.imports("planets", "b").await);
    for (run, table) in [(first, "1"), (second, "2")] {
        world.makes(run, &[("table.parquet", table), ("report.json", &report(3, &[]))]).await;
    }
    let (left, right) = tokio::join!(process(&world, first), process(&world, second));
    let mut versions = [left.unwrap(), right.unwrap()];
    versions.sort_unstable();
    assert_eq!(versions, ["planets@1", "planets@2"]);
}

#[tokio::test]
async fn parts_become_a_split_once_and_held_out_data_stays_held_out() {
    let world = World::new().await;
    let dataset = world.planets("a,b").await.version.dataset;
    let add = async |split| splits::add(&world.app, &ada(), None, "planets@1", None, split).await;
    let run = add(halves("split", Some("test"), 1)).await.unwrap().of.run.id;
    divided(&world, run).await;
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    assert_eq!(process(&world, run).await.unwrap(), "planets@1");
    assert_eq!(world.count("dataset.split_added").await, 1);
    let split = world.home.splits(dataset).await.unwrap().remove(0);
    let parts: Vec<_> = split.parts.iter().map(|part| (part.name.as_str(), part.rows, part.hold_out)).collect();
    assert_eq!((split.run, split.method.as_str()), (run, "random, seed 1"));
    assert_eq!(parts, [("train", 2, false), ("test", 1, true)]);
    // The same split again is done already. Another one could contain rows that this one holds out.
    assert!(add(halves("split", Some("test"), 1)).await.unwrap().of.up_to_date);
    for other in [halves("split", Some("test"), 2), halves("second", None, 2)] {
        assert!(matches!(add(other).await.unwrap_err(), AppError::Divided { .. }));
    }
}

#[tokio::test]
async fn a_recorded_split_keeps_its_parts_when_the_recipe_has_a_new_version() {
    let world = World::new().await;
    world.planets("a,b").await;
    let split = async |world: &World, fresh: bool| {
        let split = NewSplit { fresh, ..halves("split", None, 1) };
        splits::add(&world.app, &ada(), None, "planets@1", None, split).await.unwrap().of
    };
    let run = split(&world, false).await.run.id;
    divided(&world, run).await;
    process(&world, run).await.unwrap();
    let world = world.after_an_upgrade().await;
    let again = split(&world, false).await;
    assert!(again.up_to_date && again.unchanged && again.run.id == run);
    // A new run that makes the same parts is accepted, and one that makes other parts is not.
    let same = split(&world, true).await.run.id;
    divided(&world, same).await;
    assert!(process(&world, same).await.is_ok());
    let other = split(&world, true).await.run.id;
    divided_into(&world, other, "another row").await;
    let refused = process(&world, other).await.unwrap_err();
    let why = "this version makes other parts from the same settings";
    assert!(matches!(&refused, AppError::Divided { why: said, .. } if said.contains(why)), "{refused}");
}

#[tokio::test]
async fn the_second_of_two_parallel_splits_is_refused() {
    let world = World::new().await;
    world.planets("a,b").await;
    let add = async |split| splits::add(&world.app, &ada(), None, "planets@1", None, split).await.unwrap().of.run.id;
    let (first, second) = (add(halves("one", Some("test"), 1)).await, add(halves("two", Some("test"), 2)).await);
    divided(&world, first).await;
    divided(&world, second).await;
    assert!(process(&world, first).await.is_ok());
    let refused = process(&world, second).await.unwrap_err();
    assert!(matches!(&refused, AppError::Divided { why, .. } if why.contains("its split one")), "{refused}");
    assert_eq!(world.count("dataset.split_added").await, 1);
}

#[tokio::test]
async fn a_result_is_shown_only_to_users_who_see_its_run() {
    let world = World::new().await;
    let run = world.imports("planets", "a,b").await;
    world.makes(run, &[TABLE, ("report.json", &report(3, &[]))]).await;
    let name = run.to_string();
    let stranger = recipe_results::dataset_of_run(&world.app, &ben(Role::Owner, "bio"), &name).await;
    assert_eq!(stranger.unwrap_err().code(), "not_found");
    assert_eq!(world.count("dataset.version_added").await, 0, "a stranger's question takes nothing in");
    let seen = recipe_results::dataset_of_run(&world.app, &ben(Role::Viewer, KEPLER), &name).await.unwrap().of;
    assert_eq!(
        (seen.reference(), seen.version.report),
        ("planets@1".to_owned(), Digest::of(report(3, &[]).as_bytes()))
    );
}
