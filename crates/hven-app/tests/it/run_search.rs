//! Lists of runs with a condition and an order by any quantity.

use hven_app::{
    AppError, Caller,
    labels::{self, LabelChange},
    run_search::{
        columns::{self, ColumnOf},
        search::{self, FoundRuns, RunSearch},
    },
    runs::{self, RunFilter},
};
use hven_core::{RunId, access::Role, run::Outcome};
use serde_json::json;

use crate::{
    events::command,
    world::{World, ada, ben},
};

/// A run with these parameters and metrics that has ended.
async fn run(world: &World, params: serde_json::Value, metrics: &[(&str, f64)]) -> RunId {
    let run = world.submit(command("python3 fit.py", Vec::new(), &[])).await;
    let params = serde_json::from_value(params).unwrap();
    runs::log_params(&world.app, &ada(), &run.to_string(), None, params).await.unwrap();
    for (key, value) in metrics {
        world.measures(run, key, *value).await;
    }
    world.ends(run, Outcome::Done, Vec::new()).await;
    run
}

fn filter() -> RunFilter {
    RunFilter { limit: 100, ..RunFilter::default() }
}

fn wanted(condition: &str, sort: &str) -> RunSearch {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    RunSearch { condition: some(condition), sort: some(sort), ..RunSearch::default() }
}

async fn search_as(world: &World, caller: &Caller, condition: &str, sort: &str) -> Result<FoundRuns, AppError> {
    search::search(&world.app, caller, filter(), wanted(condition, sort)).await
}

async fn found(world: &World, condition: &str, sort: &str) -> Vec<RunId> {
    let found = search_as(world, &ada(), condition, sort).await;
    found.unwrap_or_else(|e| panic!("{condition} {sort}: {e}")).page.items.iter().map(|run| run.id).collect()
}

async fn refused(world: &World, condition: &str, sort: &str) -> String {
    match search_as(world, &ada(), condition, sort).await {
        Err(error @ AppError::Invalid { .. }) => error.to_string(),
        other => panic!("{condition} {sort}: {other:?}"),
    }
}

#[tokio::test]
async fn a_condition_selects_runs_and_an_order_sorts_them() {
    let world = World::new().await;
    let a = run(&world, json!({"lr": 0.1, "opt": "adam"}), &[("loss", 0.5), ("val/loss", 3.0)]).await;
    let b = run(&world, json!({"lr": "0.01", "opt": "sgd"}), &[("loss", 0.05)]).await;
    let c = run(&world, json!({"lr": 1e-5, "amp": true}), &[("loss", f64::NAN)]).await;
    let d = run(&world, json!({"opt": "adamw"}), &[("acc", 1.0)]).await;
    let check = async |condition: &str, expect: &[RunId]| {
        assert_eq!(found(&world, condition, "").await, expect, "{condition}");
    };
    check("loss < 0.1", &[b]).await;
    check("loss < 0.1 and lr > 1e-4", &[b]).await;
    check("lr > 1e-4", &[b, a]).await;
    check("params.lr <= 0.01", &[c, b]).await;
    check("lr == '0.01'", &[b]).await;
    check("`val/loss` > 1 or acc == 1", &[d, a]).await;
    check("metrics.`val/loss` between 2 and 4", &[a]).await;
    check("opt ~ 'adam'", &[d, a]).await;
    check("opt in ('sgd', 'adam')", &[b, a]).await;
    check("amp == true", &[c]).await;
    check("loss is missing", &[d, c]).await;
    check("not (loss > 0)", &[]).await;
    check("min.loss > 0.1", &[a]).await;
    check("max.loss / min.loss == 1", &[b, a]).await;
    check("state == 'done' and run.state == 'done'", &[d, c, b, a]).await;
    check("submitted > '2026-01-01' and attempts == 1 and not archived", &[d, c, b, a]).await;
    check("command ~ 'fit.py' and project == 'astro/kepler'", &[d, c, b, a]).await;
    check("1 < 2", &[d, c, b, a]).await;
    let found_runs = search_as(&world, &ada(), "loss < 0.1", "").await.unwrap();
    let counts = found_runs.counts.unwrap();
    assert_eq!((counts.fit, counts.cannot_tell), (1, 2));

    // NaN and missing values are last in both directions, the newest first.
    assert_eq!(found(&world, "", "loss").await, [b, a, d, c]);
    assert_eq!(found(&world, "", "-loss").await, [a, b, d, c]);
    assert_eq!(found(&world, "", "val/loss").await, [a, d, c, b]);
    assert_eq!(found(&world, "", "lr").await, [c, b, a, d]);
    assert_eq!(found(&world, "", "-(loss * 2)").await, [a, b, d, c]);
    assert_eq!(found(&world, "opt is not missing", "-opt").await, [b, d, a]);
    assert_eq!(found(&world, "", "-submitted").await, [d, c, b, a]);
}

#[tokio::test]
async fn a_misspelt_name_is_refused_with_the_right_one() {
    let world = World::new().await;
    // Where there is no run, each name may be that of a run to come.
    assert_eq!(found(&world, "loss < 1", "-acc").await, []);
    run(&world, json!({"lr": 0.1, "opt": "adam"}), &[("loss", 0.5)]).await;
    insta::assert_snapshot!(refused(&world, "los < 1", "").await, @r"
    the condition cannot be read: 
    there is no metric or parameter `los`
      los < 1
      ^^^
    help: is `loss` meant?
    ");
    insta::assert_snapshot!(refused(&world, "loss < ", "").await, @r"
    the condition cannot be read: 
    the expression ends where a value is wanted
      loss <
             ^
    ");
    insta::assert_snapshot!(refused(&world, "opt > 3", "").await, @r"
    the condition cannot be read: 
    a text cannot be compared with a number without unit
      opt > 3
      ^^^^^^^
    help: write '3' with quotes for the text
    ");
    insta::assert_snapshot!(refused(&world, "loss + 1", "").await, @r"
    the condition cannot be read: 
    a condition is wanted; this is a number without unit
      loss + 1
      ^^^^^^^^
    help: compare it with something, as in `x < 5`
    ");
    insta::assert_snapshot!(refused(&world, "params.lrr > 3", "").await, @r"
    the condition cannot be read: 
    there is no metric or parameter `params.lrr`
      params.lrr > 3
      ^^^^^^^^^^
    help: is `params.lr` or `params.opt` meant?
    ");
    insta::assert_snapshot!(refused(&world, "run.stat == 'done'", "").await, @r"
    the condition cannot be read: 
    there is no metric or parameter `run.stat`
      run.stat == 'done'
      ^^^^^^^^
    help: is `run.state` meant?
    ");
    insta::assert_snapshot!(refused(&world, "", "-acc").await, @r"
    the order cannot be read: 
    there is no metric or parameter `acc`
      acc
      ^^^
    help: there are loss, lr, opt, state, name, project, handle, command, recipe, tags, submitted, started, … (19 in all)
    ");
    insta::assert_snapshot!(refused(&world, "", "acc@1").await, @r"
    the order cannot be read: 
    `@` cannot stand here
      acc@1
         ^
    help: a name with other signs than letters, digits, `_` and `.` stands in backticks
    ");
    insta::assert_snapshot!(refused(&world, "mean(loss) < 1", "").await, @r"
    the condition cannot be read: 
    `mean` is of all rows of a table
      mean(loss) < 1
      ^^^^^^^^^^
    help: a run has single values: metrics and parameters
    ");
    // A name that only runs have which the other conditions leave out is known.
    let filter = RunFilter { words: vec!["nothing".to_owned()], ..filter() };
    let none = search::search(&world.app, &ada(), filter, wanted("loss < 1", "")).await.unwrap();
    assert!(none.page.items.is_empty());
    let long = format!("loss < 1{}", " or loss < 1".repeat(330));
    assert_eq!(found(&world, &long, "").await.len(), 1);
    let deep = format!("{}loss < 1{}", "(".repeat(5000), ")".repeat(5000));
    assert!(refused(&world, &deep, "").await.contains("cannot be read"));
    let large = format!("loss < {}", "1".repeat(20_000));
    assert!(refused(&world, &large, "").await.contains("cannot be read"));
}

#[tokio::test]
async fn a_field_has_priority_over_a_metric_and_both_over_a_parameter() {
    let world = World::new().await;
    let a = run(&world, json!({"lr": 5.0, "state": "warm"}), &[("lr", 1.0)]).await;
    let b = run(&world, json!({"lr": 5.0}), &[("wall_s", 77.0), ("min.x", 2.0)]).await;
    assert_eq!(found(&world, "lr == 1", "").await, [a]);
    assert_eq!(found(&world, "lr == 5", "").await, [b]);
    assert_eq!(found(&world, "params.lr == 5", "").await, [b, a]);
    // One run with such a name changes nothing for the others.
    assert_eq!(found(&world, "state == 'done'", "").await, [b, a]);
    assert_eq!(found(&world, "params.state == 'warm'", "").await, [a]);
    assert_eq!(found(&world, "run.state == 'done'", "").await, [b, a]);
    assert_eq!(found(&world, "metrics.wall_s == 77", "").await, [b]);
    assert_eq!(found(&world, "wall_s is missing", "").await, [b, a]);
    // No metric is named `x`, so the whole name counts.
    assert_eq!(found(&world, "min.x == 2", "").await, [b]);
    assert_eq!(found(&world, "", "-metrics.wall_s").await, [b, a]);
}

#[tokio::test]
async fn pages_follow_each_other_while_runs_are_added() {
    let world = World::new().await;
    let mut runs = Vec::new();
    for n in 0..7 {
        let metrics = [("loss", f64::from(n % 3))];
        runs.push(run(&world, json!({"name": format!("n{n}-é'\"")}), if n < 6 { &metrics } else { &[] }).await);
    }
    for (condition, sort) in [("", "loss"), ("", "-loss"), ("", "-params.name"), ("attempts == 1", ""), ("", "wall_s")]
    {
        let whole = found(&world, condition, sort).await;
        let (mut pages, mut cursor) = (Vec::new(), None);
        for page in 0.. {
            let filter = RunFilter { limit: 2, cursor: cursor.clone(), ..filter() };
            let part = search::search(&world.app, &ada(), filter, wanted(condition, sort)).await.unwrap().page;
            pages.extend(part.items.iter().map(|run| run.id));
            cursor = part.next;
            if cursor.is_none() {
                break;
            }
            // It would be in a page before.
            if page == 1 && sort == "loss" {
                run(&world, json!({}), &[("loss", -1.0)]).await;
            }
        }
        assert_eq!(pages, whole, "{condition} {sort}");
    }
    let filter = RunFilter { cursor: Some("4c".to_owned()), ..filter() };
    let foreign = search::search(&world.app, &ada(), filter, wanted("", "loss")).await;
    assert!(foreign.is_err_and(|e| e.to_string().contains("cursor")));
}

#[tokio::test]
async fn a_condition_shows_nothing_of_other_projects() {
    let world = World::new().await;
    let kepler = run(&world, json!({"secret": 1}), &[("loss", 0.5)]).await;
    let stranger = ben(Role::Owner, "other");
    let none = search_as(&world, &stranger, "secret == 1", "loss").await.unwrap();
    assert!(none.page.items.is_empty());
    let viewer = ben(Role::Viewer, "astro/kepler");
    let seen = search_as(&world, &viewer, "secret == 1", "loss").await.unwrap();
    assert_eq!(seen.page.items[0].id, kepler);
    assert!(columns::columns(&world.app, &stranger, None).await.unwrap().columns.is_empty());
    let names = columns::columns(&world.app, &viewer, None).await.unwrap();
    let shown: Vec<(&str, ColumnOf, u64)> =
        names.columns.iter().map(|column| (column.name.as_str(), column.of, column.range.runs)).collect();
    assert_eq!(shown, [("loss", ColumnOf::Metric, 1), ("secret", ColumnOf::Param, 1)]);
}

#[tokio::test]
async fn archived_runs_tags_and_columns_are_found() {
    let world = World::new().await;
    let a = run(&world, json!({"lr": "0.10", "layers": [64, 2]}), &[("loss", f64::INFINITY)]).await;
    let b = run(&world, json!({"lr": 3}), &[]).await;
    let change = |tags: &[&str], archived| LabelChange {
        add: tags.iter().map(|tag| tag.parse().unwrap()).collect(),
        archived,
        ..LabelChange::default()
    };
    labels::change_labelled(&world.app, &ada(), &a.to_string(), None, change(&["good", "paper-2"], None))
        .await
        .unwrap();
    assert_eq!(found(&world, "tags ~ 'paper'", "").await, [a]);
    assert_eq!(found(&world, "tags == ''", "").await, [b]);
    let search = RunSearch {
        columns: ["lr", "loss", "layers", "lr * 2", "tags", "missing_name"].map(str::to_owned).into(),
        ..RunSearch::default()
    };
    let refused = search::search(&world.app, &ada(), filter(), search.clone()).await;
    assert!(refused.is_err_and(|e| e.to_string().contains("missing_name")));
    let search = RunSearch { columns: search.columns[..5].to_vec(), ..search };
    let values = search::search(&world.app, &ada(), filter(), search).await.unwrap().values;
    insta::assert_snapshot!(serde_json::to_string(&values).unwrap(), @r#"[[3.0,null,null,6.0,""],["0.10",null,"[64,2]",0.2,"good,paper-2"]]"#);
    labels::change_labelled(&world.app, &ada(), &a.to_string(), None, change(&[], Some(true))).await.unwrap();
    assert_eq!(found(&world, "tags ~ 'paper'", "").await, []);
    let filter = RunFilter { archived: hven_app::ports::views::Archived::With, ..filter() };
    let with = search::search(&world.app, &ada(), filter, wanted("archived", "")).await.unwrap();
    assert_eq!(with.page.items.iter().map(|run| run.id).collect::<Vec<_>>(), [a]);
}
