//! Several runs side by side.

use hven_app::{
    compare_runs::{
        comparison::{self, Comparison},
        curves,
        influence::Measure,
    },
    runs,
};
use hven_core::{RunId, access::Role, run::Outcome};
use serde_json::json;

use crate::{
    events::command,
    world::{World, ada, ben},
};

async fn run(world: &World, words: &str, params: serde_json::Value, loss: &[f64]) -> RunId {
    let run = world.submit(command(words, Vec::new(), &[])).await;
    let params = serde_json::from_value(params).unwrap();
    runs::log_params(&world.app, &ada(), &run.to_string(), None, params).await.unwrap();
    for value in loss {
        world.measures(run, "loss", *value).await;
    }
    world.ends(run, Outcome::Done, Vec::new()).await;
    run
}

async fn compared(world: &World, runs: &[RunId], metric: Option<&str>) -> Comparison {
    let names: Vec<String> = runs.iter().map(ToString::to_string).collect();
    comparison::compare(&world.app, &ada(), &names, metric).await.unwrap()
}

#[tokio::test]
async fn parameters_metrics_and_work_are_compared() {
    let world = World::new().await;
    let a = run(&world, "python3 fit.py", json!({"lr": 0.1, "epochs": 10, "note": null}), &[0.5]).await;
    let b = run(&world, "python3 fit.py --fast", json!({"lr": "0.1", "epochs": 10}), &[]).await;
    let found = compared(&world, &[b, a, b], None).await;
    assert_eq!(
        found.runs.iter().map(|run| run.id).collect::<Vec<_>>(),
        [b, a],
        "in the order of the request, each once"
    );
    let params: Vec<(&str, bool)> = found.params.rows.iter().map(|row| (row.name.as_str(), row.differs)).collect();
    assert_eq!(params, [("lr", true), ("note", true), ("epochs", false)]);
    assert_eq!(found.params.rows[1].values, [None, Some(json!(null))]);
    assert_eq!(found.metrics.len(), 1);
    assert_eq!(found.metrics[0].summaries[0], None);
    assert_eq!(found.metrics[0].summaries[1].as_ref().map(|line| line.last.0), Some(0.5));
    let command = found.work.rows.iter().find(|row| row.name == "command").unwrap();
    assert_eq!(command.values, [Some(json!("python3 fit.py --fast")), Some(json!("python3 fit.py"))]);
    assert_eq!(found.code.group, [None, None], "its code was not captured");
    let changes: Vec<String> = found.changes.iter().map(ToString::to_string).collect();
    assert!(changes.iter().any(|change| change.contains("command")), "{changes:?}");
    let alone = compared(&world, &[a], None).await;
    assert!(alone.params.rows.iter().all(|row| !row.differs) && alone.changes.is_empty());
}

#[tokio::test]
async fn the_relation_to_a_metric_names_its_runs() {
    let world = World::new().await;
    let mut runs = Vec::new();
    for n in 0..6_u32 {
        let opt = if n % 2 == 0 { "adam" } else { "sgd" };
        let params = json!({"lr": 10_f64.powi(-(n as i32)), "opt": opt, "seed": format!("s{n}"), "epochs": 10});
        runs.push(run(&world, "python3 fit.py", params, &[f64::from(n)]).await);
    }
    let found = compared(&world, &runs, Some("loss")).await.influence.unwrap();
    assert_eq!(found.runs, 6);
    assert_eq!((found.measured[0].name.as_str(), found.measured[0].measure), ("lr", Measure::RankCorrelation(-1.0)));
    assert_eq!(found.measured[1].name, "opt");
    let reasons: Vec<(&str, &str)> =
        found.not_measured.iter().map(|param| (param.name.as_str(), param.because.as_str())).collect();
    assert_eq!(reasons, [("seed", "all_different"), ("epochs", "same_value")]);
    let few = compared(&world, &runs[..2], Some("loss")).await.influence.unwrap();
    assert!(few.measured.is_empty());
    let names = [runs[0].to_string()];
    let unknown = comparison::compare(&world.app, &ada(), &names, Some("acc")).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no metric \"acc\"");
}

#[tokio::test]
async fn runs_of_other_projects_do_not_exist() {
    let world = World::new().await;
    let a = run(&world, "python3 fit.py", json!({}), &[0.5]).await;
    let handle = world.view(a).await.handle.to_string();
    let stranger = ben(Role::Owner, "other");
    let compare = async |name: &str| {
        let found = comparison::compare(&world.app, &stranger, &[name.to_owned()], None).await;
        found.unwrap_err().to_string().replace(name, "RUN")
    };
    let absent = compare("ZZZZZ").await;
    assert_eq!(compare(&handle).await, absent);
    assert_eq!(compare(&a.to_string()).await, absent);
    assert!(curves::curves(&world.app, &stranger, std::slice::from_ref(&handle), "loss", 10).await.is_err());
    let viewer = ben(Role::Viewer, "astro");
    let seen = curves::curves(&world.app, &viewer, &[handle.clone(), "last".to_owned()], "loss", 10).await.unwrap();
    assert_eq!((seen.curves.len(), seen.curves[0].points.len()), (1, 1));
    let without = curves::curves(&world.app, &viewer, &[handle], "acc", 10).await.unwrap();
    assert_eq!((without.curves.len(), without.without.len()), (0, 1));
    let many: Vec<String> = (0..201).map(|_| "last".to_owned()).collect();
    assert!(comparison::compare(&world.app, &ada(), &many, None).await.is_err());
    assert!(comparison::compare(&world.app, &ada(), &[], None).await.is_err());
}
