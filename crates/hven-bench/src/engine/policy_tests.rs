//! Workloads for tests of policies, and the rules that every policy keeps.

use anyhow::Context as _;

use super::{
    best_fit::BestFit,
    cluster::Cluster,
    drf::Drf,
    easy::Easy,
    fifo::Fifo,
    hven::HvenEngine,
    policy::{Event, Policy},
    simulator::simulate,
    workload::{Amounts, Kind, Node, Task, Workload},
};

/// Tasks as (submission in s, wants, duration in s, user).
pub(super) fn workload(nodes: &[Amounts], tasks: &[(u64, Amounts, u64, usize)]) -> Workload {
    let nodes = nodes.iter().map(|&capacity| Node { capacity, model: "T4".to_owned() }).collect();
    let mut workload = Workload { nodes, ..Workload::default() };
    for &(submitted_s, wants, runs_s, user) in tasks {
        let found = workload.kinds.iter().position(|kind| kind.wants == wants);
        let kind = found.unwrap_or_else(|| {
            workload.kinds.push(Kind { wants, models: [].into() });
            workload.kinds.len() - 1
        });
        let task = Task { kind, user, submitted_us: submitted_s * 1_000_000, runs_us: runs_s * 1_000_000 };
        workload.tasks.push(task);
        while workload.users.len() <= user {
            workload.users.push(format!("user {}", workload.users.len()));
        }
    }
    workload
}

/// Nodes with these cores, and tasks of one user as (submission in s, cores, duration in s).
pub(super) fn cores(nodes: &[u64], tasks: &[(u64, u64, u64)]) -> Workload {
    let amounts = |cores: u64| Amounts { cores, ..Amounts::default() };
    let nodes: Vec<Amounts> = nodes.iter().map(|&cores| amounts(cores)).collect();
    let tasks: Vec<_> = tasks.iter().map(|&(at_s, cores, runs_s)| (at_s, amounts(cores), runs_s, 0)).collect();
    workload(&nodes, &tasks)
}

/// The starts of the tasks in seconds.
pub(super) fn starts_s(workload: &Workload, policy: &mut dyn Policy) -> Vec<u64> {
    let outcome = simulate(workload, policy).expect("a schedule");
    outcome.starts.iter().map(|(start_us, _)| start_us / 1_000_000).collect()
}

/// A few nodes, and many tasks of some kinds and users that have to wait.
fn random_workload(seed: u64) -> Workload {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut nodes = Vec::new();
    for at in 0..6 {
        let capacity = Amounts { cores: random.u64(4..=16), memory_bytes: random.u64(50..=100), gpus: at % 3 * 2 };
        nodes.push(Node { capacity, model: if at < 4 { "T4" } else { "A10" }.to_owned() });
    }
    let mut kinds: Vec<Kind> = Vec::new();
    while kinds.len() < 12 {
        let wants = Amounts { cores: random.u64(1..=9), memory_bytes: random.u64(0..=60), gpus: random.u64(0..=3) };
        let models = if wants.gpus > 0 && random.bool() { ["A10".to_owned()].into() } else { [].into() };
        let kind = Kind { wants, models };
        if nodes.iter().any(|node| kind.suits(node)) {
            kinds.push(kind);
        }
    }
    let mut tasks: Vec<Task> = Vec::new();
    for _ in 0..300 {
        let (kind, user) = (random.usize(0..kinds.len()), random.usize(0..3));
        let submitted_us = tasks.last().map_or(0, |task| task.submitted_us) + random.u64(0..=2) * 1_000_000;
        tasks.push(Task { kind, user, submitted_us, runs_us: random.u64(0..=20) * 1_000_000 });
    }
    Workload { nodes, kinds, users: ["mira", "jun", "ada"].map(str::to_owned).to_vec(), tasks }
}

/// Checks a schedule from its starts alone: each task after its submission, on a node that suits it, within the capacity.
fn check(workload: &Workload, starts: &[(u64, usize)]) {
    assert_eq!(starts.len(), workload.tasks.len());
    let mut changes = Vec::new();
    for (task, &(start_us, node)) in workload.tasks.iter().zip(starts) {
        assert!(start_us >= task.submitted_us, "{task:?}");
        assert!(workload.kinds[task.kind].suits(&workload.nodes[node]), "{task:?}");
        // An instantaneous task uses nothing.
        if task.runs_us > 0 {
            changes.push((start_us + task.runs_us, false, node, task.kind));
            changes.push((start_us, true, node, task.kind));
        }
    }
    changes.sort_unstable();
    let mut used = vec![Amounts::default(); workload.nodes.len()];
    for (_, starts, node, kind) in changes {
        let wants = &workload.kinds[kind].wants;
        if starts {
            used[node].give_back(wants);
        } else {
            used[node].take(wants);
        }
        assert!(used[node].fit_into(&workload.nodes[node].capacity), "node {node}");
    }
}

#[test]
fn every_policy_keeps_to_the_capacity_and_loses_no_task() {
    for seed in 0..20 {
        let workload = random_workload(seed);
        let policies: [(&str, Box<dyn Policy>); 5] = [
            ("hven", Box::new(HvenEngine::new(&workload))),
            ("fifo", Box::new(Fifo::default())),
            ("easy", Box::new(Easy::default())),
            ("best fit", Box::new(BestFit::default())),
            ("drf", Box::new(Drf::new(&workload))),
        ];
        for (name, mut policy) in policies {
            let outcome = simulate(&workload, policy.as_mut()).with_context(|| format!("{name}, seed {seed}"));
            let outcome = outcome.expect("a schedule");
            check(&workload, &outcome.starts);
            assert!(outcome.waiting_max > 20, "{name}, seed {seed}: the test needs a queue");
        }
    }
}

/// A policy for tests of the simulator: it starts nothing, or everything on the first node.
struct Wrong {
    starts: bool,
}

impl Policy for Wrong {
    fn on_event(&mut self, event: Event, cluster: &mut Cluster<'_>) -> anyhow::Result<()> {
        match event {
            Event::Submitted(task) if self.starts => cluster.start(task, 0),
            _ => Ok(()),
        }
    }
}

#[test]
fn the_simulator_refuses_wrong_policies() {
    let workload = cores(&[4], &[(0, 3, 10), (1, 3, 5)]);
    let wrong = |starts| simulate(&workload, &mut Wrong { starts }).expect_err("refused").to_string();
    assert_eq!(wrong(false), "the policy leaves 2 tasks waiting on idle nodes");
    assert_eq!(wrong(true), "task 1 does not fit on node 0");
}
