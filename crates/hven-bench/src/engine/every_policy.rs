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

/// How many tasks the engine alone gets.
const ALONE_TASKS: usize = 200_000;

pub fn engine(args: &EngineArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let measured = measured(args, ALONE_TASKS, &mut |what| output.note(what))?;
    output.reply(&measured)?;
    Ok(exit::OK)
}

fn measured(args: &EngineArgs, alone_tasks: usize, note: &mut dyn FnMut(&str)) -> anyhow::Result<EngineMeasured> {
    let (nodes, rows) = (read_nodes(&args.nodes)?, read_tasks(&args.tasks)?);
    let EngineArgs { times, load, users, seed, .. } = *args;
    let Trace { workload, rounding, load } = make_trace(&nodes, &rows, &TraceOptions { times, load, users, seed })?;
    let machine = Machine::now();
    note("measuring the engine alone …");
    let alone = alone(alone_tasks);
    let names = if args.policies.is_empty() { &PolicyName::ALL[..] } else { &args.policies };
    let (mut policies, mut decisions) = (Vec::new(), None);
    for &name in names {
        note(&format!("simulating {} tasks with {name:?} …", workload.tasks.len()));
        let (figures, found) = measure(name, &workload)?;
        policies.push(figures);
        decisions = decisions.or(found);
    }
    let users_from = match users {
        None => "the column qos".to_owned(),
        Some(users) => format!("one of {users} invented users, by the shape of the task,"),
    };
    Ok(EngineMeasured {
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
    })
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{super::tables::table, *};

    fn args(nodes: PathBuf, tasks: PathBuf, policies: Vec<PolicyName>) -> EngineArgs {
        EngineArgs { nodes, tasks, times: 2, load: None, users: None, seed: 1, policies }
    }

    #[test]
    fn every_policy_is_measured_on_the_same_tasks() {
        let folder = tempfile::tempdir().expect("a folder");
        let nodes = table(&folder, "nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn,4000,1024,1,T4\n");
        let rows = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n\
                    a,3500,10,1,460,T4,LS,Running,0,10,0\nb,1000,10,1,1000,,BE,Failed,1,21,1\nc,1000,10,0,0,,BE,Pending,3,9,\n";
        let tasks = table(&folder, "tasks.csv", rows);
        let found = measured(&args(nodes.clone(), tasks.clone(), Vec::new()), 500, &mut |_| {}).expect("figures");
        assert_eq!((found.tasks, found.nodes, found.alone.tasks), (4, 1, 500));
        let names: Vec<PolicyName> = found.policies.iter().map(|figures| figures.policy).collect();
        assert_eq!(names, PolicyName::ALL);
        // Tasks of 10, 20, 20 and 10 s are submitted at 0, 0, 1 and 1 s, and the node runs one after the other: they wait for 0, 10,
        // 29 and 49 s. Hven starts the last one before the third, because the user of the second used more: 0, 10, 39 and 29 s.
        let waits: Vec<u64> = found.policies.iter().map(|figures| (figures.mean_wait_s * 4.0).round() as u64).collect();
        assert_eq!(waits, [78, 88, 88, 88, 88]);
        assert_eq!(found.decisions.as_ref().map(|decisions| decisions.events >= 8), Some(true));
        let json = serde_json::to_value(&found).expect("JSON");
        assert_eq!((&json["schema"], &json["rounding"]["gpu_parts"]), (&"hven.bench_engine/1".into(), &1.into()));
        let only = measured(&args(nodes.clone(), tasks, vec![PolicyName::Fifo]), 500, &mut |_| {}).expect("figures");
        assert!(only.policies.len() == 1 && only.decisions.is_none());
        let none = args(nodes, folder.path().join("none.csv"), Vec::new());
        let wrong = measured(&none, 500, &mut |_| {}).expect_err("no table").to_string();
        assert!(wrong.contains("none.csv cannot be read"), "{wrong}");
    }
}
