//! `hven bench lineage`: how long it takes to find all nodes that rest on a node, and all on which it rests, in a large
//! home.
//!
//! The home is generated from facts like those of real work: groups of a few thousand runs that read the outputs of their
//! own group, one chain of ten thousand steps, and a few tables that runs of every group read. The searches use the same
//! port as the server; the server additionally loads names and pages.

use std::{
    io,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_app::ports::{Lineages, Record, soundness::Direction};
use hven_core::{
    ActorId, ClaimId, DatasetId, Digest, Fact, RunId, Time,
    catalogue::VersionAdded,
    claim::{Evidence, Judged, Ledger, Stated, Verdict},
    fact::Batch,
    handle::Handle,
    name::Name,
    object::{FileKind, FileRef},
    project::ProjectPath,
    run::{AttemptResult, Finished, Outcome, Spec, Submitted},
    soundness::{NodeId, Retracted},
};
use hven_record::{Home, Settings};
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit, formats};
use serde::Serialize;

use super::machine::{Machine, Scratch, resident_bytes};

#[derive(Debug, Args)]
pub struct LineageArgs {
    /// How many runs, datasets and claims the home has
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..=10_000_000))]
    pub nodes: u64,
    /// How many edges, roughly
    #[arg(long, default_value_t = 5_000_000)]
    pub edges: u64,
    /// How many searches of each kind
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    pub searches: u32,
    /// Keep the generated home in this folder, or use the one that is there
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

/// Durations of many searches, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Took {
    searches: usize,
    /// How many nodes one search found: the median and the maximum.
    found_median: usize,
    found_max: usize,
    p50_ms: f64,
    p95_ms: f64,
    max_ms: f64,
}

#[derive(Debug, Serialize)]
struct LineageMeasured {
    schema: &'static str,
    machine: Machine,
    build: &'static str,
    nodes: u64,
    edges: u64,
    /// The time to create the home, and the time of the first query, which reads the edges.
    generated_s: f64,
    first_question_s: f64,
    resident_bytes: u64,
    /// For evenly chosen nodes, for tables that every group reads, and for the start of the chain.
    reach: Took,
    reach_of_hubs: Took,
    reach_of_chain: Took,
    why: Took,
    /// The soundness of a page of a hundred runs, after three hubs were retracted.
    soundness_of_100: Took,
    /// The time of the first such query after a retraction.
    after_retraction_ms: f64,
}

impl HumanReadable for LineageMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!(
            "{} nodes, {} edges, {} build; {}",
            self.nodes,
            self.edges,
            self.build,
            self.machine.line()
        ))?;
        let row = |what: &str, took: &Took, aim: &str| {
            vec![
                what.into(),
                Field::Number(took.searches.to_string()),
                Field::Number(took.found_median.to_string()),
                Field::Number(took.found_max.to_string()),
                Field::Number(format!("{:.2} ms", took.p50_ms)),
                Field::Number(format!("{:.2} ms", took.p95_ms)),
                Field::Number(format!("{:.2} ms", took.max_ms)),
                Field::Dim(aim.to_owned()),
            ]
        };
        let rows = vec![
            row("reach of a node", &self.reach, "p95 < 200 ms"),
            row("reach of a hub", &self.reach_of_hubs, "p95 < 200 ms"),
            row("reach of the start of a chain", &self.reach_of_chain, "p95 < 200 ms"),
            row("why", &self.why, "p95 < 50 ms"),
            row("soundness of 100 runs", &self.soundness_of_100, ""),
        ];
        writer.table(&["WHAT", "SEARCHES", "FOUND", "AT MOST", "P50", "P95", "MAX", "AIM"], rows)?;
        writer.pairs(&[
            ("generated in", Some(formats::duration(self.generated_s))),
            ("first question", Some(formats::duration(self.first_question_s))),
            ("after a retraction", Some(format!("{:.1} ms", self.after_retraction_ms))),
            ("resident memory", Some(formats::bytes(self.resident_bytes))),
        ])
    }
}

pub fn lineage(args: &LineageArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let scratch = Scratch::new("lineage").context("the folder of the measurement cannot be created")?;
    let folder = args.keep.clone().unwrap_or_else(|| scratch.path().join("home"));
    let plan = Plan::new(args.nodes, args.edges);
    let is_there = folder.join("FORMAT").exists();
    let home = Home::create_or_open(&folder, Settings::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let start = Instant::now();
    if !is_there {
        output.note("generating the home …");
        runtime.block_on(plan.fill(&home, output))?;
    }
    let generated_s = start.elapsed().as_secs_f64();
    output.note("measuring …");
    let measured = runtime.block_on(measure(&home, &plan, args.searches as usize));
    home.close()?;
    let mut measured = measured?;
    measured.machine = machine;
    measured.generated_s = generated_s;
    output.reply(&measured)?;
    Ok(exit::OK)
}

async fn measure(home: &Home, plan: &Plan, searches: usize) -> anyhow::Result<LineageMeasured> {
    let start = Instant::now();
    let all = home.reach(plan.node(0), Direction::Consequences, 0, 1).await?;
    anyhow::ensure!(all.total > 0, "the home has another lineage than this measurement creates");
    let first_question_s = start.elapsed().as_secs_f64();
    let nodes = plan.nodes as usize;
    // Choose nodes evenly, with a step that has no divisor in common with most sizes.
    let chosen: Vec<NodeId> = (0..searches).map(|n| plan.node(((n * 7_919 + 13) % nodes) as u64)).collect();
    let hubs: Vec<NodeId> = (0..searches.min(50)).map(|n| plan.node(n as u64 % HUBS)).collect();
    let chain = vec![plan.node(HUBS); searches.min(50)];
    let reach = search(home, &chosen, Direction::Consequences).await?;
    let reach_of_hubs = search(home, &hubs, Direction::Consequences).await?;
    let reach_of_chain = search(home, &chain, Direction::Consequences).await?;
    let why = search(home, &chosen, Direction::Sources).await?;
    for hub in [1, 2, 3] {
        let node = plan.node(hub);
        if home.retraction(node).await?.is_none() {
            let fact = Retracted { node, because: "measured".to_owned() }.into();
            Record::append(home, Batch::new(BEGIN, ActorId::SYSTEM, vec![fact])).await?;
        }
    }
    let start = Instant::now();
    home.soundness(&chosen[..1]).await?;
    let after_retraction_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut took = Vec::with_capacity(searches);
    for page in chosen.chunks(100).cycle().take(searches) {
        let start = Instant::now();
        let suspect = home.soundness(page).await?.into_iter().filter(|soundness| !soundness.is_sound()).count();
        took.push((start.elapsed(), suspect));
    }
    Ok(LineageMeasured {
        schema: "hven.bench.lineage/1",
        machine: Machine::now(),
        build: if cfg!(debug_assertions) { "dev" } else { "release" },
        nodes: plan.nodes,
        edges: plan.edges(),
        generated_s: 0.0,
        first_question_s,
        resident_bytes: resident_bytes(std::process::id()).unwrap_or(0),
        reach,
        reach_of_hubs,
        reach_of_chain,
        why,
        soundness_of_100: summary(&took),
        after_retraction_ms,
    })
}

async fn search(home: &Home, nodes: &[NodeId], direction: Direction) -> anyhow::Result<Took> {
    let mut took = Vec::with_capacity(nodes.len());
    for node in nodes {
        let start = Instant::now();
        let found = home.reach(*node, direction, 0, 100).await?;
        took.push((start.elapsed(), found.total));
    }
    Ok(summary(&took))
}

fn summary(took: &[(Duration, usize)]) -> Took {
    let mut times: Vec<f64> = took.iter().map(|(time, _)| time.as_secs_f64() * 1e3).collect();
    let mut found: Vec<usize> = took.iter().map(|(_, found)| *found).collect();
    times.sort_by(f64::total_cmp);
    found.sort_unstable();
    let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)];
    Took {
        searches: times.len(),
        found_median: found[found.len() / 2],
        found_max: found[found.len() - 1],
        p50_ms: at(0.5),
        p95_ms: at(0.95),
        max_ms: times[times.len() - 1],
    }
}

/// The time of all facts.
const BEGIN: Time = Time::from_micros(1_767_225_600_000_000);
/// Tables that runs of every group read.
const HUBS: u64 = 20;
/// The steps of the chain, which follow the hubs.
const CHAIN: u64 = 10_000;
/// The number of nodes in a group.
const GROUP: u64 = 2_000;
const BATCH_FACTS: usize = 5_000;

/// The structure of the home; each node has a number.
struct Plan {
    nodes: u64,
    chain: u64,
    /// The number of edges to a run, times a thousand.
    inputs_permille: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Run,
    Dataset,
    Claim,
}

impl Plan {
    fn new(nodes: u64, edges: u64) -> Self {
        let chain = CHAIN.min(nodes / 10);
        // A tenth of the nodes are datasets with one edge each, and a twentieth are claims with five.
        let of_runs = edges.saturating_sub(nodes / 10 + nodes / 4);
        Self { nodes, chain, inputs_permille: of_runs * 1000 / (nodes * 85 / 100).max(1) }
    }

    /// The actual number of edges: some runs find too few inputs.
    fn edges(&self) -> u64 {
        let into = |n| match self.kind(n) {
            Kind::Run => self.inputs(n).len(),
            Kind::Dataset => 1,
            Kind::Claim => self.evidence(n).count(),
        };
        (0..self.nodes).map(|n| into(n) as u64).sum()
    }

    /// The runs on which a claim is judged.
    fn evidence(&self, n: u64) -> impl Iterator<Item = u64> {
        (1..=7).map(move |k| n - k).filter(|n| self.kind(*n) == Kind::Run).take(5)
    }

    fn kind(&self, n: u64) -> Kind {
        match n % 20 {
            _ if n < HUBS + self.chain => Kind::Run,
            7 | 17 => Kind::Dataset,
            19 => Kind::Claim,
            _ => Kind::Run,
        }
    }

    fn node(&self, n: u64) -> NodeId {
        let id = 0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n);
        match self.kind(n) {
            Kind::Run => RunId::from_u128(id).into(),
            Kind::Dataset => DatasetId::from_u128(id).into(),
            Kind::Claim => ClaimId::from_u128(id).into(),
        }
    }

    async fn fill(&self, home: &Home, output: &mut dyn Output) -> anyhow::Result<()> {
        let mut facts: Vec<Fact> = Vec::with_capacity(BATCH_FACTS + 2);
        for n in 0..self.nodes {
            self.facts(n, &mut facts)?;
            if facts.len() >= BATCH_FACTS || n + 1 == self.nodes {
                Record::append(home, Batch::new(BEGIN, ActorId::SYSTEM, std::mem::take(&mut facts))).await?;
            }
            if n % 100_000 == 99_999 {
                output.note(&format!("{} nodes", n + 1));
            }
        }
        Ok(())
    }

    fn facts(&self, n: u64, facts: &mut Vec<Fact>) -> anyhow::Result<()> {
        let name = || format!("n{n}").parse::<Name>();
        let run_of = |n: u64| RunId::from_u128(self.node(n).id());
        match self.kind(n) {
            Kind::Run => {
                let mut inputs: Vec<u64> = self.inputs(n);
                inputs.sort_unstable();
                inputs.dedup();
                let spec = Spec { inputs: inputs.into_iter().map(made).collect(), ..spec() };
                facts.push(submitted(run_of(n), n, spec).into());
                let result = AttemptResult {
                    outputs: vec![made(n)],
                    wall_s: 0.7,
                    ..AttemptResult::without_process(Outcome::Done)
                };
                facts.push(Finished { run: run_of(n), attempt: None, result }.into());
            }
            // The previous run wrote its bytes.
            Kind::Dataset => {
                facts.push(version(DatasetId::from_u128(self.node(n).id()), n, run_of(n - 1), name()?).into());
            }
            Kind::Claim => {
                let claim = ClaimId::from_u128(self.node(n).id());
                let evidence: Vec<RunId> = self.evidence(n).map(run_of).collect();
                facts.push(stated(claim, evidence[0], name()?).into());
                facts.push(judged(claim, evidence).into());
            }
        }
        Ok(())
    }

    /// The inputs of a run: mostly new nodes of its group, some older nodes of the group, and rarely a hub.
    fn inputs(&self, n: u64) -> Vec<u64> {
        if n < HUBS + 1 {
            return Vec::new();
        }
        if n < HUBS + self.chain {
            return vec![n - 1];
        }
        let group = (n / GROUP * GROUP).max(HUBS + self.chain);
        let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
        let mut below = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end.max(1)
        };
        let count = self.inputs_permille / 1000 + u64::from(below(1000) < self.inputs_permille % 1000);
        let mut inputs = Vec::with_capacity(count as usize);
        while inputs.len() < count as usize {
            let input = match below(100) {
                0..3 => below(HUBS),
                3..50 if n > group => n - 1 - below((n - group).min(100)),
                _ if n > group => group + below(n - group),
                // The first nodes of a group can read only hubs.
                _ => below(HUBS),
            };
            // A run cannot read a claim, which has no bytes; it reads a dataset by its bytes.
            if self.kind(input) == Kind::Claim || inputs.contains(&input) {
                if n - group < 20 {
                    break;
                }
                continue;
            }
            inputs.push(input);
        }
        inputs
    }
}

/// The bytes of a run's output or of a dataset.
fn made(n: u64) -> FileRef {
    let digest = Digest::of(&n.to_be_bytes());
    FileRef { path: format!("{n}.csv"), digest, size: 1000, kind: FileKind::File }
}

fn spec() -> Spec {
    Spec::of_command(vec!["fit".to_owned()], "/home/tycho/observations")
}

fn submitted(run: RunId, n: u64, spec: Spec) -> Submitted {
    Submitted {
        run,
        handle: Handle { count: n },
        project: ProjectPath::home(),
        name: None,
        spec,
        launch: "0123456789abcdef0123456789abcdef".to_owned(),
        cache_key: None,
        purpose: None,
        tolerances: Default::default(),
        absent: None,
        task: None,
    }
}

fn version(dataset: DatasetId, n: u64, run: RunId, name: Name) -> VersionAdded {
    VersionAdded {
        dataset,
        project: ProjectPath::home(),
        name,
        version: 1,
        run,
        source: None,
        content: made(n),
        report: Digest::of(b"{}"),
        rows: 8,
        columns: 4,
        problems: 0,
        checks_failed: 0,
        license: None,
        description: None,
    }
}

fn stated(claim: ClaimId, run: RunId, name: Name) -> Stated {
    Stated {
        claim,
        project: ProjectPath::home(),
        name,
        statement: "It holds.".to_owned(),
        test: "x > 0".to_owned(),
        grammar: 1,
        evidence: vec![Evidence::Run(run)],
        revision: 1,
    }
}

fn judged(claim: ClaimId, evidence: Vec<RunId>) -> Judged {
    Judged {
        claim,
        revision: 1,
        verdict: Verdict::Holds,
        because: String::new(),
        test: "x > 0".to_owned(),
        filled_in: "1 > 0".to_owned(),
        evidence,
        quantities: Default::default(),
        ledger: Ledger::default(),
    }
}
