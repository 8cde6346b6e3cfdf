//! `GET /metrics`.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::{Method, header},
    response::{IntoResponse, Response},
    routing::get,
};
use hven_app::{home, machine};
use hven_core::{resources::Resources, run};
use hven_door::{Access, Admitted, DoorState, Refused, Route};

use crate::{families::Families, process, refusal::refuse};

pub(crate) fn routes() -> Vec<Route> {
    vec![Route { method: Method::GET, path: "/metrics", access: Access::Whole, handler: get(metrics) }]
}

/// The figures that the caller may see: the counts of runs are those of the caller's projects.
pub(crate) async fn metrics(State(door): State<DoorState>, who: Admitted) -> Response {
    let state = home::server(&door.app, who.caller()).await;
    let machine = machine::machine(&door.app, who.caller(), machine::MachineRequest::default()).await;
    let (state, machine) = match (state, machine) {
        (Ok(state), Ok(machine)) => (state, machine),
        (Err(error), _) | (_, Err(error)) => return refuse(&Refused::of(&error)),
    };
    let mut families = Families::default();
    families.add(
        "hven_build_info",
        "gauge",
        "The version of Hven.",
        &[(&[("version", env!("CARGO_PKG_VERSION"))], 1.0)],
    );
    let runs: Vec<(&str, f64)> = run::State::ALL
        .iter()
        .map(|state_of| (state_of.as_str(), state.runs.get(state_of).copied().unwrap_or(0) as f64))
        .collect();
    add_by(&mut families, ("hven_runs", "Runs by state, without archived ones."), "state", &runs);
    let queued = &[(&[][..], machine.tasks_queued as f64)];
    families.add("hven_tasks_queued", "gauge", "Tasks of arrays that wait and have no run yet.", queued);
    families.add("hven_facts_total", "counter", "Facts in the record.", &[(&[], state.facts as f64)]);
    let mut runners: BTreeMap<&str, f64> = BTreeMap::from([("attached", 0.0), ("silent", 0.0), ("gone", 0.0)]);
    for runner in &state.runners {
        *runners.entry(runner.state).or_default() += 1.0;
    }
    let runners: Vec<(&str, f64)> = runners.into_iter().collect();
    add_by(&mut families, ("hven_runners", "Runners by state, of the newest hundred."), "state", &runners);
    let (capacity, in_use) = (amounts(&machine.capacity), amounts(&machine.in_use));
    add_resources(&mut families, ("hven_resource_capacity", "Units of all attached runners."), &capacity);
    add_resources(&mut families, ("hven_resource_reserved", "Units that runs have reserved now."), &in_use);
    process::add(&mut families);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (kind, families.into_text()).into_response()
}

fn add_by(families: &mut Families, (name, help): (&str, &str), label: &str, values: &[(&str, f64)]) {
    let labels: Vec<[(&str, &str); 1]> = values.iter().map(|(text, _)| [(label, *text)]).collect();
    let samples: Vec<(&[(&str, &str)], f64)> =
        labels.iter().zip(values).map(|(labels, (_, value))| (labels.as_slice(), *value)).collect();
    families.add(name, "gauge", help, &samples);
}

fn add_resources(families: &mut Families, named: (&str, &str), amounts: &[(String, f64)]) {
    let amounts: Vec<(&str, f64)> = amounts.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
    add_by(families, named, "resource", &amounts);
}

/// Cores, bytes of memory, and the named resources.
fn amounts(resources: &Resources) -> Vec<(String, f64)> {
    let mut amounts = vec![
        ("cpus".to_owned(), f64::from(resources.cpus)),
        ("memory_bytes".to_owned(), resources.memory_bytes as f64),
    ];
    amounts.extend(resources.named.iter().map(|(name, amount)| (name.clone(), *amount as f64)));
    amounts
}
