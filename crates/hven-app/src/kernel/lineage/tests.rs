//! Tests of the reader over a lineage in memory: cases by hand, and generated lineages that are compared with a naive
//! search.

mod world;

use std::collections::BTreeSet;

use hven_core::{
    UserId,
    access::{Grant, Role, Scope},
    soundness::NodeId,
};

use crate::{
    kernel::{
        ancestry,
        callers::Caller,
        lineage::{
            adjacent::EdgeKind,
            nodes::LineageNode,
            reader::{ReadLineage, read_on},
            why::{self, LineageStepKind},
        },
    },
    ports::soundness::{Direction, WalkLimits},
};
use world::{Event, HIDDEN, SEEN, World, run_id};

const ALL: WalkLimits = WalkLimits { depth_max: None, nodes_max: usize::MAX };

fn caller() -> Caller {
    let scope = Scope::Project(SEEN.parse().expect("a path"));
    let grants = vec![Grant { scope, role: Role::Viewer, may_run_as_server: false }];
    Caller::User { id: UserId::from_u128(1), grants }
}

async fn read(world: &World, from: NodeId, direction: Direction) -> ReadLineage {
    read_on(world, &caller(), &[from], direction, ALL).await.expect("a lineage in memory")
}

/// The steps as text: `1 run A through x`.
async fn steps_in_words(world: &World, from: NodeId, direction: Direction) -> Vec<String> {
    let read = read(world, from, direction).await;
    let steps = ancestry::steps(&read, &caller(), from, &mut false);
    let in_words = |step: ancestry::AncestryStep| {
        let through = step.through.map(|file| format!(" through {}", file.path)).unwrap_or_default();
        let node = match &step.node {
            LineageNode::Run(run) => format!("run {}", run.handle.count),
            LineageNode::Dataset(dataset) => dataset.reference(),
            LineageNode::Claim(claim) => claim.stated.name.to_string(),
            LineageNode::Publication(publication) => publication.made.name.to_string(),
            LineageNode::Plain(node) => node.name.clone(),
            LineageNode::Raw(file) => format!("raw {}", file.path),
            LineageNode::Code(_) => "code".to_owned(),
            LineageNode::Hidden => "hidden".to_owned(),
        };
        format!("{} {node}{through}", step.depth)
    };
    steps.into_iter().map(in_words).collect()
}

#[tokio::test]
async fn the_newest_earlier_maker_of_the_bytes_counts() {
    let mut world = World::default();
    world.run(1, SEEN, &["a"], &["x"]);
    let before = world.run(2, SEEN, &["x"], &["y"]);
    let second = world.run(3, SEEN, &["b"], &["x"]);
    let after = world.run(4, SEEN, &["x"], &["z"]);
    assert_eq!(steps_in_words(&world, before, Direction::Sources).await, ["1 run 1 through x", "2 raw a through a"]);
    assert_eq!(steps_in_words(&world, after, Direction::Sources).await, ["1 run 3 through x", "2 raw b through b"]);
    assert_eq!(steps_in_words(&world, run_id(1).into(), Direction::Consequences).await, ["1 run 2 through x"]);
    assert_eq!(steps_in_words(&world, second, Direction::Consequences).await, ["1 run 4 through x"]);
}

#[tokio::test]
async fn datasets_parts_and_sources_are_distinguished() {
    let mut world = World::default();
    world.run(1, SEEN, &["raw"], &["table"]);
    let data = world.dataset(1, 1, "table", Some("raw"));
    world.run(2, SEEN, &["table"], &["train"]);
    world.part(1, "train");
    let fit = world.run(3, SEEN, &["train"], &["law"]);
    let script = world.run(4, SEEN, &["raw"], &[]);
    world.claim(1, &[3], true);
    world.publication(1, 1, &[3]);
    assert_eq!(
        steps_in_words(&world, fit, Direction::Sources).await,
        [
            "1 planets1@1 through planets1@1.train",
            "1 run 2 through train",
            "2 run 1 through raw",
            "3 raw raw through raw"
        ]
    );
    assert_eq!(steps_in_words(&world, script, Direction::Sources).await[0], "1 planets1@1 through raw");
    assert_eq!(
        steps_in_words(&world, data, Direction::Consequences).await,
        ["1 run 2 through table", "1 run 3 through train", "1 run 4 through raw", "2 kepler1", "2 paper1"]
    );
    let read = read(&world, fit, Direction::Sources).await;
    let links: Vec<EdgeKind> = read.next_to(&caller(), fit).into_iter().map(|neighbour| neighbour.link).collect();
    assert_eq!(links, [EdgeKind::Part, EdgeKind::Made]);
    // From run to run, the dataset between the two is left out.
    let Some(LineageNode::Run(start)) = Some(read.labels.node(&caller(), fit)) else { panic!("a run") };
    let steps = why::steps(&read, &caller(), &start, &mut false);
    let runs: Vec<(u32, u64)> = steps
        .iter()
        .filter_map(|step| match &step.kind {
            LineageStepKind::Run(run) => Some((step.depth, run.handle.count)),
            _ => None,
        })
        .collect();
    assert_eq!(runs, [(1, 2), (2, 1)]);
}

#[tokio::test]
async fn labels_are_loaded_once_for_all_nodes() {
    let mut world = World::default();
    world.run(0, SEEN, &["0"], &["1"]);
    for n in 1..200_u64 {
        let (reads, makes) = (n.to_string(), (n + 1).to_string());
        world.run(n, SEEN, &[&reads], &[&makes]);
    }
    for (from, direction) in [(199, Direction::Sources), (0, Direction::Consequences)] {
        world.asked.lock().expect("no test has failed").clear();
        assert!(steps_in_words(&world, run_id(from).into(), direction).await.len() >= 199);
        assert_eq!(*world.asked.lock().expect("no test has failed"), ["walk", "label"], "{direction:?}");
    }
}

#[tokio::test]
async fn an_unjudged_claim_rests_on_the_runs_it_would_be_judged_on() {
    let mut world = World::default();
    world.run(1, SEEN, &["a"], &["x"]);
    world.run(2, SEEN, &["x"], &[]);
    let claim = world.claim(1, &[2], false);
    assert_eq!(
        steps_in_words(&world, claim, Direction::Sources).await,
        ["1 run 2", "2 run 1 through x", "3 raw a through a"]
    );
}

#[tokio::test]
async fn folders_are_replaced_by_their_files() {
    let mut world = World::default();
    world.folder("/in", &["x", "new"]);
    world.folder("/out", &["p", "q"]);
    world.run(1, SEEN, &["a"], &["x"]);
    world.run(2, SEEN, &["b"], &["x"]);
    let reads = world.run(3, SEEN, &["/in"], &["/out"]);
    // A run that made the same file later is no source.
    world.run(4, SEEN, &["c"], &["x"]);
    world.run(5, SEEN, &["q"], &[]);
    assert_eq!(
        steps_in_words(&world, reads, Direction::Sources).await,
        ["1 run 2 through x", "1 raw /in/new through /in/new", "1 raw /in through /in", "2 raw b through b"]
    );
    assert_eq!(steps_in_words(&world, reads, Direction::Consequences).await, ["1 run 5 through q"]);
    // A run made the file itself, so its reader rests on that run.
    world.run(6, SEEN, &["d"], &["p"]);
    world.run(7, SEEN, &["p"], &[]);
    assert_eq!(steps_in_words(&world, reads, Direction::Consequences).await, ["1 run 5 through q"]);
}

#[tokio::test]
async fn a_walk_stops_at_hidden_nodes() {
    let mut world = World::default();
    world.run(1, SEEN, &["a"], &["x"]);
    world.run(2, HIDDEN, &["x"], &["y"]);
    let last = world.run(3, SEEN, &["y"], &[]);
    assert_eq!(steps_in_words(&world, last, Direction::Sources).await, ["1 hidden through y"]);
    assert_eq!(steps_in_words(&world, run_id(1).into(), Direction::Consequences).await, ["1 hidden through x"]);
}

#[tokio::test]
async fn a_truncated_walk_is_marked() {
    let mut world = World::default();
    world.run(1, SEEN, &["a"], &["x"]);
    world.run(2, SEEN, &["x"], &["y"]);
    let last = world.run(3, SEEN, &["y"], &[]);
    for (nodes_max, is_truncated) in [(2, true), (3, false)] {
        let limits = WalkLimits { depth_max: None, nodes_max };
        let read = read_on(&world, &caller(), &[last], Direction::Sources, limits).await.expect("a lineage");
        assert_eq!(read.is_truncated, is_truncated, "{nodes_max}");
    }
    // A node that was not reached is not reported as hidden.
    let data = world.dataset(1, 3, "z", None);
    let limits = WalkLimits { depth_max: None, nodes_max: 1 };
    let read = read_on(&world, &caller(), &[data], Direction::Sources, limits).await.expect("a lineage");
    assert!(read.is_truncated && read.next_to(&caller(), data).is_empty());
}

/// The sources of a node, found by a naive search through all events.
fn naive_sources(world: &World, of: NodeId) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    for (at, event) in world.history.iter().enumerate() {
        match event {
            Event::Read { run, digests } if *run == of => {
                let before = || world.history[..at].iter().rev();
                for digest in digests {
                    let dataset = before().find_map(|event| match event {
                        Event::Dataset { dataset, content, .. } if content == digest => Some(*dataset),
                        _ => None,
                    });
                    let maker = before().find_map(|event| match event {
                        Event::Made { run, digests } if digests.contains(digest) => Some(*run),
                        _ => None,
                    });
                    let imported = before().find_map(|event| match event {
                        Event::Dataset { dataset, source, .. } if source.as_ref() == Some(digest) => Some(*dataset),
                        _ => None,
                    });
                    found.extend(dataset.or(maker).into_iter().chain(imported));
                }
            }
            Event::Dataset { dataset, run, .. } if *dataset == of => drop(found.insert(*run)),
            Event::Held { of: held, on } if *held == of => found.extend(on),
            _ => {}
        }
    }
    found
}

/// Adds neighbours until there are no new ones. The search does not go on behind hidden nodes.
fn closure(from: NodeId, edges: &BTreeSet<(NodeId, NodeId)>, is_seen: impl Fn(NodeId) -> bool) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for (near, far) in edges {
            if (*near == from || found.contains(near)) && is_seen(*far) {
                found.insert(*far);
            }
        }
        if found.len() == before {
            found.remove(&from);
            return found;
        }
    }
}

/// Pseudo-random numbers from a seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

fn generate(seed: u64) -> (World, Vec<NodeId>) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
    let mut world = World::default();
    let mut contents: Vec<String> = (0..3).map(|n| format!("raw {n}")).collect();
    let (mut nodes, mut seen_runs) = (Vec::new(), Vec::new());
    for n in 0..4 + numbers.below(26) as u64 {
        let count = numbers.below(4);
        let reads: BTreeSet<String> = (0..count).map(|_| contents[numbers.below(contents.len())].clone()).collect();
        let is_new = |numbers: &mut Numbers| !numbers.one_in(3);
        let makes: BTreeSet<String> = (0..numbers.below(3))
            .map(|k| {
                if is_new(&mut numbers) { format!("{n} {k}") } else { contents[numbers.below(contents.len())].clone() }
            })
            .filter(|made| !reads.contains(made))
            .collect();
        let project = if numbers.one_in(8) { HIDDEN } else { SEEN };
        let (reads, makes): (Vec<String>, Vec<String>) = (reads.into_iter().collect(), makes.into_iter().collect());
        let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
        let made: Vec<&str> = makes.iter().map(String::as_str).collect();
        nodes.push(world.run(n, project, &reads, &made));
        if project == SEEN {
            seen_runs.push(n);
        }
        contents.extend(makes.iter().cloned());
        if let Some(content) = makes.first().filter(|_| numbers.one_in(2)) {
            let source = reads.first().copied().filter(|_| numbers.one_in(2));
            nodes.push(world.dataset(n, n, content, source));
        }
        if !seen_runs.is_empty() && numbers.one_in(4) {
            let evidence = [seen_runs[numbers.below(seen_runs.len())]];
            nodes.push(world.claim(n, &evidence, true));
            if numbers.one_in(2) {
                nodes.push(world.publication(n, n, &evidence));
            }
        }
    }
    (world, nodes)
}

#[tokio::test]
async fn generated_lineages_are_read_correctly() {
    let mut steps = 0;
    for seed in 0..300 {
        let (world, nodes) = generate(seed);
        let hidden = HIDDEN.parse().expect("a path");
        let is_seen = |id: NodeId| match id {
            NodeId::Run(run) => world.known.runs.get(&run).is_some_and(|run| run.project != hidden),
            _ => true,
        };
        let up: BTreeSet<(NodeId, NodeId)> =
            nodes.iter().flat_map(|of| naive_sources(&world, *of).into_iter().map(|on| (*of, on))).collect();
        let down: BTreeSet<(NodeId, NodeId)> = up.iter().map(|(of, on)| (*on, *of)).collect();
        for node in nodes.iter().copied().filter(|node| is_seen(*node)) {
            for (direction, edges) in [(Direction::Sources, &up), (Direction::Consequences, &down)] {
                let read = read(&world, node, direction).await;
                let found = ancestry::steps(&read, &caller(), node, &mut false);
                let found: BTreeSet<NodeId> = found.iter().filter_map(|step| Some(step.node.id()?.0)).collect();
                assert_eq!(found, closure(node, edges, is_seen), "seed {seed}, {direction:?} of {node}");
                steps += found.len();
            }
        }
    }
    assert!(steps > 10_000, "{steps} steps: too tame");
}

#[tokio::test]
async fn empty_files_connect_nothing() {
    let mut world = World::default();
    world.run(1, SEEN, &["a"], &["", "x"]);
    let reads = world.run(2, SEEN, &["x", ""], &[]);
    let said = steps_in_words(&world, reads, Direction::Sources).await;
    assert_eq!(said, ["1 run 1 through x", "1 raw  through ", "2 raw a through a"]);
}
