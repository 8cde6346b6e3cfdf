//! `hven bench engine`: each policy on the same tasks, and the engine alone.

use std::time::Instant;

use hven_terminal::{Output, exit};

use super::{
    alone::alone,
    args::{EngineArgs, PolicyName},
    best_fit::BestFit,
    drf::Drf,
    easy::Easy,
    fifo::Fifo,
    figures::{PolicyFigures, figures},
    hven::{Decisions, HvenEngine},
    measured::EngineMeasured,
    simulator::simulate,
    tables::{read_nodes, read_tasks},
    trace::{Trace, TraceOptions, make_trace},
    workload::Workload,
};
use crate::machine::Machine;

pub fn engine(args: &EngineArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let (nodes, rows) = (read_nodes(&args.nodes)?, read_tasks(&args.tasks)?);
    let EngineArgs { times, load, users, seed, .. } = *args;
    let Trace { workload, rounding, load } = make_trace(&nodes, &rows, &TraceOptions { times, load, users, seed })?;
    let machine = Machine::now();
    output.note("measuring the engine alone …");
    let alone = alone();
    let names = if args.policies.is_empty() { &PolicyName::ALL[..] } else { &args.policies };
    let (mut policies, mut decisions) = (Vec::new(), None);
    for &name in names {
        output.note(&format!("simulating {} tasks with {name:?} …", workload.tasks.len()));
        let (figures, found) = measure(name, &workload)?;
        policies.push(figures);
        decisions = decisions.or(found);
    }
    let users_from = match users {
        None => "the column qos".to_owned(),
        Some(users) => format!("one of {users} invented users, by the shape of the task,"),
    };
    output.reply(&EngineMeasured {
        schema: "hven.bench_engine/1",
        machine,
        nodes: workload.nodes.len(),
        tasks: workload.tasks.len(),
        times,
        users_from,
        rounding,
        load,
        policies,
        decisions,
        alone,
    })?;
    Ok(exit::OK)
}

/// Simulates one policy. Hven's engine also gives the time of its decisions.
fn measure(name: PolicyName, workload: &Workload) -> anyhow::Result<(PolicyFigures, Option<Decisions>)> {
    let start = Instant::now();
    let mut decisions = None;
    let outcome = match name {
        PolicyName::Hven => {
            let mut hven = HvenEngine::new(workload);
            let outcome = simulate(workload, &mut hven)?;
            decisions = Some(hven.decisions());
            outcome
        }
        PolicyName::Fifo => simulate(workload, &mut Fifo::default())?,
        PolicyName::Easy => simulate(workload, &mut Easy::default())?,
        PolicyName::BestFit => simulate(workload, &mut BestFit::default())?,
        PolicyName::Drf => simulate(workload, &mut Drf::new(workload))?,
    };
    Ok((figures(name, workload, &outcome, start.elapsed().as_secs_f64()), decisions))
}
