//! Metrics and parameters of runs by name: as lists need them, live, sealed, erased and rebuilt.

use std::collections::BTreeMap;

use hven_app::ports::{
    Quantities, Record, Series,
    quantities::{MetricValues, ParamValue, Quantity, QuantityColumn},
    views::RunQuery,
};
use hven_core::{
    AttemptId, Fact,
    access::Scope,
    document::{DocumentName, Kept, Removed},
    fact::PayloadErased,
    params::{Origin, Params},
    run::{AttemptEnded, Outcome, ParamsLogged},
    stream::Stream,
};
use hven_record::Home;
use serde_json::json;

use crate::{
    facts::{batch, finished, result, run_id, started, submitted},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

fn all() -> RunQuery {
    RunQuery { scopes: vec![Scope::Home], ..RunQuery::default() }
}

/// The values of a quantity, by the numbers of the handles, the newest first.
async fn column(home: &Home, quantity: Quantity) -> Vec<(u64, String)> {
    let table = home.quantity_table(&all(), &[quantity], false).await.unwrap();
    let handles = table.runs.iter().map(|(_, run)| run.handle.count);
    // As text: NaN equals nothing.
    let shown: Vec<String> = match &table.columns[0] {
        QuantityColumn::Metrics(values) => values.iter().map(|value| metric(value.as_ref())).collect(),
        QuantityColumn::Params(values) => {
            values.iter().map(|value| value.as_ref().map_or("-".to_owned(), param)).collect()
        }
    };
    handles.zip(shown).collect()
}

async fn has(home: &Home, quantities: &[Quantity]) -> Vec<bool> {
    home.has_quantities(&all(), quantities).await.unwrap()
}

fn metric(value: Option<&MetricValues>) -> String {
    let bound = |bound: Option<f64>| bound.map_or("-".to_owned(), |bound| bound.to_string());
    value.map_or("-".to_owned(), |of| format!("{} {} {}", of.last, bound(of.low), bound(of.high)))
}

fn param(value: &ParamValue) -> String {
    match value {
        ParamValue::Number(number) => number.to_string(),
        ParamValue::Bool(yes) => yes.to_string(),
        ParamValue::Text(text) => format!("{text:?}"),
        ParamValue::Null => "null".to_owned(),
    }
}

async fn loss(home: &Home) -> Vec<(u64, String)> {
    column(home, Quantity::Metric("loss".to_owned())).await
}

async fn param_of(home: &Home, name: &str) -> Vec<(u64, String)> {
    column(home, Quantity::Param(name.to_owned())).await
}

fn lines(of: &[(i64, &str)]) -> Vec<u8> {
    let line =
        |(step, value): &(i64, &str)| format!("{{\"k\":\"loss\",\"v\":{value},\"s\":{step},\"t\":{}}}\n", step + 1);
    of.iter().map(line).collect::<String>().into_bytes()
}

fn expect(of: &[(u64, &str)]) -> Vec<(u64, String)> {
    of.iter().map(|(run, value)| (*run, (*value).to_owned())).collect()
}

fn attempt(run: u64, number: u32) -> AttemptId {
    AttemptId { run: run_id(run), number }
}

fn logged(run: u64, of: Origin, params: serde_json::Value) -> Fact {
    let params: Params = serde_json::from_value(params).unwrap();
    ParamsLogged { run: run_id(run), of, params }.into()
}

pub fn metrics_are_the_same_live_and_sealed(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([submitted(0), submitted(1), submitted(2)])).await.unwrap();
        home.add(batch([started(0, 1), started(1, 1)])).await.unwrap();
        home.add_bytes(attempt(0, 1), Stream::Metrics, Some(0), &lines(&[(0, "2"), (1, "\"NaN\"")])).await.unwrap();
        home.add_bytes(attempt(1, 1), Stream::Metrics, Some(0), &lines(&[(5, "\"-Infinity\"")])).await.unwrap();
        let both = expect(&[(2, "-"), (1, "-inf - -"), (0, "NaN 2 2")]);
        assert_eq!(loss(&home).await, both);
        assert_eq!(
            has(&home, &[Quantity::Metric("loss".to_owned()), Quantity::Param("loss".to_owned())]).await,
            [true, false]
        );
        assert_eq!(home.seal_all(attempt(0, 1)).await, 1);
        assert_eq!(home.seal_all(attempt(1, 1)).await, 1);
        assert_eq!(loss(&home).await, both);
        assert_eq!(
            has(&home, &[Quantity::Metric("loss".to_owned()), Quantity::Metric("acc".to_owned())]).await,
            [true, false]
        );
        // A second part, an older point of the other stream, and a live end behind both.
        home.add_bytes(attempt(0, 1), Stream::MetricsApi, None, &lines(&[(0, "9")])).await.unwrap();
        assert_eq!(home.seal_all(attempt(0, 1)).await, 1);
        assert_eq!(loss(&home).await[2].1, "NaN 2 9");
        home.add_bytes(attempt(0, 1), Stream::MetricsApi, None, &lines(&[(7, "0.5")])).await.unwrap();
        assert_eq!(loss(&home).await[2].1, "0.5 0.5 9");
        assert_eq!(home.seal_all(attempt(0, 1)).await, 1);
        assert_eq!(loss(&home).await[2].1, "0.5 0.5 9");
        let names = home.quantity_names(&all(), 10).await.unwrap();
        assert_eq!((names.runs, names.truncated, names.metrics["loss"].runs), (3, false, 2));
        assert_eq!((names.metrics["loss"].low, names.metrics["loss"].high), (Some(0.5), Some(0.5)));
        assert!(home.quantity_names(&all(), 2).await.unwrap().truncated);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn only_the_last_attempt_counts(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([submitted(0)])).await.unwrap();
        home.add(batch([Fact::from(started(0, 1)), logged(0, Origin::Attempt(1), json!({"lr": 1, "seed": 3}))]))
            .await
            .unwrap();
        home.add_bytes(attempt(0, 1), Stream::Metrics, Some(0), &lines(&[(9, "4")])).await.unwrap();
        assert_eq!(loss(&home).await, expect(&[(0, "4 4 4")]));
        assert_eq!(param_of(&home, "lr").await, expect(&[(0, "1")]));
        home.seal_all(attempt(0, 1)).await;
        let result = result(Outcome::Lost { why: "the machine died".to_owned() });
        let ended = AttemptEnded { attempt: attempt(0, 1), result, retry_because: "it was lost".to_owned() };
        home.add(batch([Fact::from(ended), started(0, 2).into()])).await.unwrap();
        assert_eq!(loss(&home).await, expect(&[(0, "-")]));
        assert_eq!(param_of(&home, "lr").await, expect(&[(0, "-")]));
        home.add(batch([logged(0, Origin::Attempt(2), json!({"lr": "0.1"}))])).await.unwrap();
        home.add_bytes(attempt(0, 2), Stream::Metrics, Some(0), &lines(&[(1, "3")])).await.unwrap();
        home.seal_all(attempt(0, 2)).await;
        assert_eq!(loss(&home).await, expect(&[(0, "3 3 3")]));
        assert_eq!(param_of(&home, "lr").await, expect(&[(0, "\"0.1\"")]));
        assert_eq!(param_of(&home, "seed").await, expect(&[(0, "-")]));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn parameters_have_their_types_and_are_erased(world: &World) {
    let home = world.open();
    let long = "x".repeat(5000);
    wait(async {
        let given = json!({"n": 7, "t": "adam", "b": true, "z": null, "l": [1, 2], "long": long, "a/b 😀`": 1e308});
        home.add(batch([Fact::from(submitted(0)), logged(0, Origin::Given, given)])).await.unwrap();
        let last = home.head().seq;
        home.add(batch([submitted(1)])).await.unwrap();
        home.add(batch([logged(1, Origin::Given, json!({"n": 8}))])).await.unwrap();
        for (name, shown) in [
            ("n", "7"),
            ("t", "\"adam\""),
            ("b", "true"),
            ("z", "null"),
            ("l", "\"[1,2]\""),
            ("a/b 😀`", &1e308.to_string()),
            ("long", &format!("{long:?}")),
        ] {
            assert_eq!(param_of(&home, name).await[1].1, shown, "{name}");
        }
        // A later value of the same name has priority.
        home.add(batch([Fact::from(started(0, 1)), logged(0, Origin::Attempt(1), json!({"n": 9}))])).await.unwrap();
        assert_eq!(param_of(&home, "n").await, expect(&[(1, "8"), (0, "9")]));
        home.add(batch([finished(0, Outcome::Done)])).await.unwrap();
        Record::erase(&home, &[last], batch([PayloadErased::new(last, "a name")])).await.unwrap();
        assert_eq!(param_of(&home, "t").await, expect(&[(1, "-"), (0, "-")]));
        assert_eq!(param_of(&home, "n").await, expect(&[(1, "8"), (0, "9")]));
        assert_eq!(has(&home, &[Quantity::Param("t".to_owned())]).await, [false]);
    });
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    wait(async {
        assert_eq!(param_of(&home, "n").await, expect(&[(1, "8"), (0, "9")]));
    });
    home.close().unwrap();
}

/// The tags that another program set are those of its newest document about the run, and are gone with it.
pub fn tags_of_other_programs_follow_their_documents(world: &World) {
    let home = world.open();
    let kept = |run: u64, id: &str, tags: serde_json::Value| {
        Fact::from(Kept {
            document: document(id),
            project: "home".parse().unwrap(),
            run: Some(run_id(run)),
            body: serde_json::from_value(json!({ "tags": tags })).unwrap(),
        })
    };
    let tag = async |name: &str| column(&home, Quantity::Tag(name.to_owned())).await;
    wait(async {
        home.add(batch([submitted(0), submitted(1)])).await.unwrap();
        let (first, second) = (run_id(0).to_string(), run_id(1).to_string());
        let of_first = kept(0, &first, json!({ "stage": "old", "fold": "3", "odd": 7 }));
        home.add(batch([of_first, kept(1, &second, json!({ "stage": "prod" }))])).await.unwrap();
        // A document about the run that is not that of the run has no tags of it.
        home.add(batch([kept(0, "model", json!({ "stage": "model" }))])).await.unwrap();
        assert_eq!(tag("stage").await, expect(&[(1, "\"prod\""), (0, "\"old\"")]));
        home.add(batch([kept(0, &first, json!({ "stage": "new" }))])).await.unwrap();
        let last = home.head().seq;
        assert_eq!(tag("stage").await, expect(&[(1, "\"prod\""), (0, "\"new\"")]));
        assert_eq!(tag("fold").await, expect(&[(1, "-"), (0, "-")]));
        let all = home.tag_values(&[run_id(0), run_id(1)]).await.unwrap();
        assert_eq!(all[&run_id(0)], BTreeMap::from([("stage".to_owned(), "new".to_owned())]));
        assert_eq!(has(&home, &["stage", "fold"].map(|name| Quantity::Tag(name.to_owned()))).await, [true, false]);
        // Earlier tags are not shown again.
        Record::erase(&home, &[last], batch([PayloadErased::new(last, "a name")])).await.unwrap();
        assert_eq!(tag("stage").await, expect(&[(1, "\"prod\""), (0, "-")]));
        let removed = Removed { document: document(&second), project: "home".parse().unwrap(), run: Some(run_id(1)) };
        home.add(batch([removed])).await.unwrap();
        assert_eq!(tag("stage").await, expect(&[(1, "-"), (0, "-")]));
        home.add(batch([kept(1, &second, json!({ "stage": "again" }))])).await.unwrap();
    });
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    wait(async {
        assert_eq!(tag("stage").await, expect(&[(1, "\"again\""), (0, "-")]));
    });
    home.close().unwrap();
}

fn document(id: &str) -> DocumentName {
    DocumentName { door: "mlflow".parse().unwrap(), collection: "run".parse().unwrap(), id: id.to_owned() }
}

/// The table of values follows a part that is sealed again without the erased text.
pub fn a_part_that_is_sealed_again_changes_the_values(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([submitted(0)])).await.unwrap();
        home.add(batch([started(0, 1)])).await.unwrap();
        home.add_bytes(attempt(0, 1), Stream::Metrics, Some(0), &lines(&[(0, "1"), (1, "12345")])).await.unwrap();
        home.seal_all(attempt(0, 1)).await;
        home.add_bytes(attempt(0, 1), Stream::Metrics, None, &lines(&[(2, "2")])).await.unwrap();
        home.seal_all(attempt(0, 1)).await;
        assert_eq!(loss(&home).await, expect(&[(0, "2 1 12345")]));
        let (parts, found) = Series::erase(&home, attempt(0, 1), Stream::Metrics, b"12345").await.unwrap();
        assert_eq!(found, 1);
        home.add(batch(parts)).await.unwrap();
        assert_eq!(loss(&home).await, expect(&[(0, "2 1 2")]));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn many_names_in_one_run_are_found(world: &World) {
    let home = world.open();
    wait(async {
        let mut facts: Vec<Fact> = vec![submitted(0).into()];
        let params: BTreeMap<String, usize> = (0..1000).map(|n| (format!("p{n}"), n)).collect();
        facts.push(logged(0, Origin::Given, json!(params)));
        home.add(batch(facts)).await.unwrap();
        home.add(batch([started(0, 1)])).await.unwrap();
        let points: Vec<String> =
            (0..20_000).map(|n| format!("{{\"k\":\"m/{n}\",\"v\":{n},\"s\":0,\"t\":1}}\n")).collect();
        let points = points.concat();
        home.add_bytes(attempt(0, 1), Stream::Metrics, Some(0), points.as_bytes()).await.unwrap();
        let of = |name: &str| column(&home, Quantity::Metric(name.to_owned()));
        assert_eq!(of("m/19999").await, expect(&[(0, "19999 19999 19999")]));
        home.seal_all(attempt(0, 1)).await;
        assert_eq!(of("m/19999").await, expect(&[(0, "19999 19999 19999")]));
        assert_eq!(of("m/20000").await, expect(&[(0, "-")]));
        assert_eq!(param_of(&home, "p999").await, expect(&[(0, "999")]));
        let names = home.quantity_names(&all(), 10).await.unwrap();
        assert_eq!((names.metrics.len(), names.params.len()), (20_000, 1000));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}
