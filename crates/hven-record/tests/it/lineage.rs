//! Lineage and soundness: examples, and generated lineages that are compared with an exhaustive search.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::ports::{
    Catalogue, Claims, Lineages, Views,
    catalogue::DatasetView,
    claims::Tries,
    soundness::{Direction, Joined, WalkLimits},
    views::{RunName, RunQuery},
};
use hven_core::{
    ClaimId, DatasetId, Digest, Fact,
    access::Scope,
    catalogue::{Part, Purpose, SplitAdded, VersionAdded},
    claim::{Evidence, Judged, Ledger, Stated, Verdict},
    fact::PayloadErased,
    name::Name,
    project::ProjectPath,
    question::Question,
    run::Outcome,
    soundness::{IndependenceAsserted, NodeId, Retracted, RunRepaired, Soundness, SuspicionOverridden},
};
use hven_record::Home;

use crate::{
    facts::{batch, file, finished, run_id, submitted},
    world::{Add, World, assert_views_follow_facts, wait},
};

pub fn dataset_id(n: u64) -> DatasetId {
    DatasetId::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub fn claim_id(n: u64) -> ClaimId {
    ClaimId::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + u128::from(n))
}

pub fn reads(run: u64, contents: &[&str]) -> Fact {
    let mut submitted = submitted(run);
    submitted.spec.inputs = contents.iter().map(|content| file(&format!("in/{content}"), content)).collect();
    submitted.into()
}

pub fn makes(run: u64, contents: &[&str]) -> Fact {
    let mut finished = finished(run, Outcome::Done);
    finished.result.outputs = contents.iter().map(|content| file(&format!("out/{content}"), content)).collect();
    finished.into()
}

pub fn is_dataset(dataset: u64, run: u64, content: &str) -> Fact {
    is_dataset_of(dataset, run, content, None)
}

pub fn is_dataset_of(dataset: u64, run: u64, content: &str, source: Option<&str>) -> Fact {
    VersionAdded {
        dataset: dataset_id(dataset),
        project: "astro/exoplanets".parse().unwrap(),
        name: format!("planets{dataset}").parse().unwrap(),
        version: 1,
        run: run_id(run),
        source: source.map(|source| file("planets.csv", source)),
        content: file("table.parquet", content),
        report: Digest::of(b"{}"),
        rows: 8,
        columns: 4,
        problems: 0,
        checks_failed: 0,
        license: None,
        description: None,
    }
    .into()
}

pub fn stated(claim: u64, revision: u32) -> Fact {
    Stated {
        claim: claim_id(claim),
        project: "astro/exoplanets".parse().unwrap(),
        name: format!("kepler{claim}").parse().unwrap(),
        statement: "It holds.".to_owned(),
        test: "x > 0".to_owned(),
        grammar: 1,
        evidence: vec![Evidence::Run(run_id(0))],
        revision,
    }
    .into()
}

pub fn judged(claim: u64, revision: u32, runs: &[u64]) -> Fact {
    Judged {
        claim: claim_id(claim),
        revision,
        verdict: Verdict::Holds,
        because: String::new(),
        test: "x > 0".to_owned(),
        filled_in: "1 > 0".to_owned(),
        evidence: runs.iter().map(|run| run_id(*run)).collect(),
        quantities: BTreeMap::new(),
        ledger: Ledger::default(),
    }
    .into()
}

pub fn retracted(node: impl Into<NodeId>) -> Fact {
    Retracted { node: node.into(), because: "unit error in row 5".to_owned() }.into()
}

pub fn independent(of: impl Into<NodeId>, on: impl Into<NodeId>) -> Fact {
    IndependenceAsserted { of: of.into(), on: on.into(), because: "it reads the names alone".to_owned() }.into()
}

pub async fn soundness(home: &Home, nodes: &[NodeId]) -> Vec<&'static str> {
    home.soundness(nodes).await.unwrap().into_iter().map(Soundness::as_str).collect()
}

async fn reached(home: &Home, node: NodeId, direction: Direction) -> Vec<NodeId> {
    home.reach(node, direction, 0, 1000).await.unwrap().items.into_iter().map(|found| found.node).collect()
}

pub fn imports(run: u64, source: &str) -> Fact {
    let mut submitted = submitted(run);
    submitted.spec.inputs = vec![file("source.csv", source)];
    let name = "planets".parse().unwrap();
    let source = "planets.csv".to_owned();
    submitted.purpose = Some(Purpose::Dataset { name, license: None, description: None, source });
    submitted.into()
}

pub fn versions_of_many_names_are_loaded_at_once(world: &World) {
    let home = world.open();
    let version = |dataset: u64, name: &str, version: u32| {
        let Fact::DatasetVersionAdded(added) = is_dataset(dataset, 0, "table") else { panic!("a version") };
        Fact::from(VersionAdded { name: name.parse().unwrap(), version, ..*added })
    };
    let name = |name: &str| -> (ProjectPath, Name) { ("astro/exoplanets".parse().unwrap(), name.parse().unwrap()) };
    wait(async {
        home.add(batch([reads(0, &[]), makes(0, &["table"])])).await.unwrap();
        home.add(batch([version(0, "moons", 1), version(1, "planets", 1), version(2, "moons", 2)])).await.unwrap();
        // Ask for more names than one statement allows; most of them are unknown.
        let unknown = (0..450).map(|n| name(&format!("unknown{n}")));
        let names: Vec<_> = [name("planets")].into_iter().chain(unknown).chain([name("moons")]).collect();
        let found = home.dataset_versions(&names).await.unwrap();
        let found: Vec<String> = found.iter().map(DatasetView::reference).collect();
        assert_eq!(found, ["planets@1", "moons@2", "moons@1"]);
        assert_eq!(home.dataset_versions(&[]).await.unwrap(), []);
        assert_eq!(home.dataset_versions(&[("bio".parse().unwrap(), "moons".parse().unwrap())]).await.unwrap(), []);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// A script that reads the file itself rests on the dataset that was imported from it; a new import does not.
pub fn a_run_that_reads_the_file_rests_on_the_dataset_imported_from_it(world: &World) {
    let home = world.open();
    let [data, again] = [0, 1].map(|n| NodeId::from(dataset_id(n)));
    let [before, after, second, later] = [1, 2, 3, 4].map(|n| NodeId::from(run_id(n)));
    wait(async {
        home.add(batch([reads(1, &["raw"]), imports(0, "raw"), makes(0, &["table"])])).await.unwrap();
        home.add(batch([is_dataset_of(0, 0, "table", Some("raw")), reads(2, &["raw"]), makes(2, &["fit"])]))
            .await
            .unwrap();
        assert_eq!(home.direct_sources(after).await.unwrap(), [data]);
        assert_eq!(home.direct_sources(before).await.unwrap(), [], "the dataset did not exist then");
        home.add(batch([retracted(data)])).await.unwrap();
        assert_eq!(soundness(&home, &[before, after]).await, ["sound", "suspect"]);
        assert_eq!(home.sources(&[Digest::of(b"raw")], false).await.unwrap(), [data]);
        assert_eq!(home.sources(&[Digest::of(b"raw")], true).await.unwrap(), []);
        home.add(batch([imports(3, "raw"), makes(3, &["better"]), is_dataset_of(1, 3, "better", Some("raw"))]))
            .await
            .unwrap();
        home.add(batch([reads(4, &["raw"])])).await.unwrap();
        assert_eq!(soundness(&home, &[second, again, later, after]).await, ["sound", "sound", "sound", "suspect"]);
        assert_eq!(home.direct_sources(later).await.unwrap(), [again]);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// An import, its dataset, a run that reads it, a run that reads the result, and a claim that is judged on this.
pub fn study() -> Vec<Fact> {
    vec![
        reads(0, &["raw"]),
        makes(0, &["table"]),
        is_dataset(0, 0, "table"),
        reads(1, &["table"]),
        makes(1, &["part"]),
        reads(2, &["part"]),
        makes(2, &["law"]),
        stated(0, 1),
        judged(0, 1, &[2]),
        reads(3, &["elsewhere"]),
    ]
}

/// A split of the first dataset; the name of a part is its content. A name with an asterisk is a held-out part.
fn divided(run: u64, name: &str, parts: &[&str]) -> Fact {
    let part = |text: &&str| Part {
        name: text.trim_end_matches('*').parse().unwrap(),
        rows: 4,
        content: file("parts/x.parquet", text.trim_end_matches('*')),
        hold_out: text.ends_with('*'),
    };
    SplitAdded {
        dataset: dataset_id(0),
        name: name.parse().unwrap(),
        run: run_id(run),
        method: "random, seed 1".to_owned(),
        parts: parts.iter().map(part).collect(),
    }
    .into()
}

/// Old homes have versions with several splits, one of which holds a part out.
pub fn a_part_of_another_split_than_the_hold_out_counts_as_held_out(world: &World) {
    let home = world.open();
    wait(async {
        let held_out = async |content: &str| {
            let found = home.catalogued(&[Digest::of(content.as_bytes())]).await.unwrap();
            found.iter().map(|one| one.held_out).collect::<Vec<_>>()
        };
        home.add(batch([submitted(0).into(), is_dataset(0, 0, "table"), divided(1, "main", &["train", "test*"])]))
            .await
            .unwrap();
        assert_eq!((held_out("train").await, held_out("test").await), (vec![false], vec![true]));
        home.add(batch([divided(2, "second", &["a", "b"])])).await.unwrap();
        for (part, expect) in [("train", false), ("test", true), ("a", true), ("b", true), ("table", true)] {
            assert_eq!(held_out(part).await, [expect], "{part}");
        }
        // The same parts again, from a repeated run.
        home.add(batch([divided(3, "main", &["train", "test*"])])).await.unwrap();
        assert_eq!((held_out("train").await, held_out("test").await), (vec![false], vec![true]));
        // A split that replaced an old split holds nothing out.
        home.add(batch([divided(4, "main", &["c", "d"])])).await.unwrap();
        assert_eq!((held_out("a").await, held_out("c").await), (vec![false], vec![false]));
        assert_eq!(held_out("test").await, [true]);
    });
}

pub fn a_node_that_rests_on_a_retracted_node_is_suspect(world: &World) {
    let home = world.open();
    let (data, claim) = (NodeId::from(dataset_id(0)), NodeId::from(claim_id(0)));
    let [import, split, law, other] = [0, 1, 2, 3].map(|n| NodeId::from(run_id(n)));
    let all = [import, data, split, law, claim, other];
    wait(async {
        home.add(batch(study())).await.unwrap();
        assert_eq!(soundness(&home, &all).await, ["sound"; 6]);
        assert_eq!(home.cause(claim).await.unwrap(), []);
        home.add(batch([retracted(data)])).await.unwrap();
        assert_eq!(soundness(&home, &all).await, ["sound", "retracted", "suspect", "suspect", "suspect", "sound"]);
        assert_eq!(reached(&home, data, Direction::Consequences).await, [split, law, claim]);
        assert_eq!(reached(&home, claim, Direction::Sources).await, [law, split, data, import]);
        let far = home.reach(data, Direction::Consequences, 2, 10).await.unwrap();
        assert_eq!((far.total, far.runs, far.claims, far.items.len()), (3, 2, 1, 1));
        assert_eq!((far.items[0].depth, far.items[0].way.as_slice()), (3, [split, law].as_slice()));
        assert_eq!(home.cause(claim).await.unwrap(), [claim, law, split, data]);
        assert_eq!(home.cause(data).await.unwrap(), [data]);
        assert_eq!(home.joined(split, data).await.unwrap(), Joined::Directly);
        assert_eq!(home.joined(claim, data).await.unwrap(), Joined::Indirectly);
        assert_eq!(home.joined(data, claim).await.unwrap(), Joined::Not);
        assert_eq!(home.direct_sources(claim).await.unwrap(), [law]);
        assert_eq!(home.sources(&[Digest::of(b"table"), Digest::of(b"law")], false).await.unwrap(), [data, law]);
        // A later run that reads it is suspect at once, as are the nodes that rest on that run.
        home.add(batch([reads(4, &["part"]), makes(4, &["more"]), reads(5, &["more"])])).await.unwrap();
        assert_eq!(soundness(&home, &[run_id(4).into(), run_id(5).into()]).await, ["suspect"; 2]);
        let view = home.retraction(data).await.unwrap().unwrap();
        assert_eq!(view.because.as_deref(), Some("unit error in row 5"));
    });
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    wait(async { assert_eq!(soundness(&home, &[claim, import]).await, ["suspect", "sound"]) });
    home.close().unwrap();
}

pub fn a_claim_rests_only_on_its_newest_judgement(world: &World) {
    let home = world.open();
    let (data, claim) = (NodeId::from(dataset_id(0)), NodeId::from(claim_id(0)));
    wait(async {
        home.add(batch(study())).await.unwrap();
        home.add(batch([retracted(data)])).await.unwrap();
        assert_eq!(soundness(&home, &[claim]).await, ["suspect"]);
        // Corrected data gives the same bytes, and the same work uses them.
        home.add(batch([
            reads(10, &["raw, corrected"]),
            makes(10, &["table, corrected"]),
            is_dataset(1, 10, "table, corrected"),
            reads(11, &["table, corrected"]),
            makes(11, &["part"]),
            reads(12, &["part"]),
            makes(12, &["law"]),
        ]))
        .await
        .unwrap();
        assert_eq!(soundness(&home, &[run_id(12).into(), run_id(2).into()]).await, ["sound", "suspect"]);
        home.add(batch([judged(0, 1, &[12])])).await.unwrap();
        assert_eq!(soundness(&home, &[claim]).await, ["sound"]);
        home.add(batch([judged(0, 1, &[2, 12])])).await.unwrap();
        assert_eq!(soundness(&home, &[claim]).await, ["suspect"]);
        // Evidence of an earlier statement no longer counts.
        home.add(batch([stated(0, 2)])).await.unwrap();
        home.add(batch([judged(0, 1, &[2])])).await.unwrap();
        assert_eq!(soundness(&home, &[claim]).await, ["sound"]);
        home.add(batch([RunRepaired {
            run: run_id(2),
            by: run_id(12),
            retracted: data,
            replaced_by: Some(dataset_id(1).into()),
        }]))
        .await
        .unwrap();
        assert_eq!(home.repairs(run_id(2)).await.unwrap()[0].repaired.by, run_id(12));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn an_asserted_independence_removes_an_edge(world: &World) {
    let home = world.open();
    let data = NodeId::from(dataset_id(0));
    let [split, law] = [1, 2].map(|n| NodeId::from(run_id(n)));
    wait(async {
        home.add(batch(study())).await.unwrap();
        let asserted = home.add(batch([independent(law, split)])).await.unwrap();
        home.add(batch([retracted(data)])).await.unwrap();
        assert_eq!(soundness(&home, &[split, law, claim_id(0).into()]).await, ["suspect", "sound", "sound"]);
        assert_eq!(reached(&home, data, Direction::Consequences).await, [split]);
        assert_eq!(home.joined(law, split).await.unwrap(), Joined::Directly);
        assert_eq!(home.independences(split).await.unwrap().len(), 1);
        home.add(batch([SuspicionOverridden { node: split, by: law, because: "so".to_owned() }])).await.unwrap();
        assert_eq!(home.overrides(split, 10).await.unwrap()[0].overridden.by, law);
        // An assertion and a retraction stay in force when their reasons are erased.
        let seq = asserted.facts[0].header.seq;
        let erased = PayloadErased::new(seq, "it named a person");
        hven_app::ports::Record::erase(&home, &[seq], batch([erased])).await.unwrap();
        assert_eq!(soundness(&home, &[law, claim_id(0).into()]).await, ["sound"; 2]);
        let independences = home.independences(split).await.unwrap();
        assert_eq!((independences[0].of, independences[0].on, &independences[0].because), (law, split, &None));
        let query = hven_app::ports::record::FactQuery {
            kind: Some("soundness.retracted".to_owned()),
            limit: 1,
            ..Default::default()
        };
        let seq = hven_app::ports::Record::facts(&home, query).await.unwrap()[0].header.seq;
        let erased = PayloadErased::new(seq, "it named a person");
        hven_app::ports::Record::erase(&home, &[seq], batch([erased])).await.unwrap();
        assert_eq!(soundness(&home, &[data, split]).await, ["retracted", "suspect"]);
        assert_eq!(home.retraction(data).await.unwrap().unwrap().because, None);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn datasets_with_the_same_bytes_rest_on_each_other(world: &World) {
    let home = world.open();
    let [one, copy, other] = [0, 1, 2].map(|n| NodeId::from(dataset_id(n)));
    wait(async {
        home.add(batch([
            reads(0, &["raw"]),
            makes(0, &["table"]),
            is_dataset(0, 0, "table"),
            is_dataset(1, 0, "table"),
            is_dataset(2, 0, "another"),
            reads(1, &["table"]),
            reads(2, &[""]),
            makes(0, &[""]),
            reads(3, &[""]),
        ]))
        .await
        .unwrap();
        home.add(batch([retracted(one)])).await.unwrap();
        assert_eq!(soundness(&home, &[one, copy, other]).await, ["retracted", "suspect", "sound"]);
        assert_eq!(soundness(&home, &[run_id(1).into()]).await, ["suspect"]);
        // No node rests on an empty file.
        assert_eq!(reached(&home, run_id(0).into(), Direction::Consequences).await.len(), 4);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// A run that repeats earlier work with the same result rests on the earlier run: an error in one is an error in both.
pub fn a_repeated_run_rests_on_the_first(world: &World) {
    let home = world.open();
    wait(async {
        let run = |n: u64, key: &[u8]| {
            let mut run = submitted(n);
            run.cache_key = Some(Digest::of(key));
            Fact::from(run)
        };
        home.add(batch([
            run(0, b"a"),
            makes(0, &["x"]),
            run(1, b"a"),
            makes(1, &["x"]),
            run(2, b"b"),
            makes(2, &["x"]),
        ]))
        .await
        .unwrap();
        home.add(batch([retracted(run_id(0))])).await.unwrap();
        let repaired = RunRepaired { run: run_id(0), by: run_id(3), retracted: run_id(0).into(), replaced_by: None };
        home.add(batch([run(3, b"a"), repaired.into(), makes(3, &["x"])])).await.unwrap();
        let runs = [0, 1, 2, 3].map(|n| run_id(n).into());
        assert_eq!(soundness(&home, &runs).await, ["retracted", "suspect", "sound", "sound"]);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// A reproduction writes the same bytes, but a later reader rests on the first run.
pub fn no_node_rests_on_a_reproduction(world: &World) {
    let home = world.open();
    wait(async {
        let mut again = submitted(1);
        again.purpose =
            Some(Purpose::Again { of: run_id(0), tolerances: Default::default(), surroundings: Vec::new() });
        home.add(batch([reads(0, &["raw"]), makes(0, &["x"]), again.into(), makes(1, &["x"]), reads(2, &["x"])]))
            .await
            .unwrap();
        assert_eq!(home.direct_sources(run_id(2).into()).await.unwrap(), [run_id(0).into()]);
        assert_eq!(reached(&home, run_id(1).into(), Direction::Consequences).await, []);
        // No node rests on a run that compares results, but that run becomes suspect itself.
        let Fact::RunSubmitted(mut compares) = reads(3, &["x"]) else { panic!("a submission") };
        compares.purpose = Some(Purpose::Compare {
            of: run_id(0),
            again: run_id(1),
            tolerances: Default::default(),
            surroundings: Vec::new(),
        });
        home.add(batch([Fact::from(compares), retracted(run_id(0))])).await.unwrap();
        assert_eq!(reached(&home, run_id(0).into(), Direction::Consequences).await, [run_id(2).into()]);
        assert_eq!(soundness(&home, &[run_id(2).into(), run_id(3).into()]).await, ["suspect", "suspect"]);
        let query = RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() };
        let listed = async |query: &RunQuery| {
            Views::runs(&home, query).await.unwrap().items.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!(listed(&query).await, [run_id(2), run_id(0)], "checks of Hven's own are hidden");
        assert_eq!(listed(&RunQuery { all_kinds: true, ..query }).await, [3, 2, 1, 0].map(run_id));
        assert_eq!(home.runs_named(&RunName::Last).await.unwrap()[0].id, run_id(2));
        assert_eq!(home.run_counts(&[Scope::Home]).await.unwrap().values().sum::<u64>(), 2);
        assert_eq!(home.users_of(&[Digest::of(b"x")], 10).await.unwrap().len(), 1);
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// A run of the same script counts as another try of its question, under any name; a check by Hven does not count.
pub fn tries_of_a_question_are_counted(world: &World) {
    let home = world.open();
    let question = Question::Script { path: "fit.py".to_owned() };
    let project = "astro/exoplanets".parse().unwrap();
    wait(async {
        let mut again = submitted(3);
        again.purpose =
            Some(Purpose::Again { of: run_id(0), tolerances: Default::default(), surroundings: Vec::new() });
        let failed = finished(1, Outcome::Failed { exit: 1 });
        let facts =
            [reads(0, &[]), makes(0, &[]), reads(1, &[]), failed.into(), reads(2, &[]), again.into(), makes(3, &[])];
        home.add(batch(facts)).await.unwrap();
        let tries = async |question: &Question| home.tries(&project, question).await.unwrap();
        assert_eq!(tries(&question).await, Tries { ended: 2, newest: Some(run_id(1)) }, "a failed try counts");
        home.add(batch([makes(2, &[])])).await.unwrap();
        assert_eq!(tries(&question).await, Tries { ended: 3, newest: Some(run_id(2)) });
        let other = Question::Program { name: "make".to_owned() };
        assert_eq!(tries(&other).await, Tries { ended: 0, newest: None });
        let elsewhere = home.tries(&"bio".parse().unwrap(), &question).await.unwrap();
        assert_eq!(elsewhere.ended, 0, "another project counts its own tries");
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// Pseudo-random numbers, which are the same for the same seed.
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

/// The edges that the rules give, computed in the simplest way.
#[derive(Default)]
struct Model {
    nodes: Vec<NodeId>,
    edges: BTreeSet<(NodeId, NodeId)>,
    datasets: BTreeMap<String, NodeId>,
    makers: BTreeMap<String, NodeId>,
    retracted: BTreeSet<NodeId>,
    cut: BTreeSet<(NodeId, NodeId)>,
}

impl Model {
    /// Searches all edges repeatedly until it finds nothing new.
    fn closure(&self, from: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
        let mut found = BTreeSet::new();
        loop {
            let before = found.len();
            for edge @ (source, target) in &self.edges {
                if (from.contains(source) || found.contains(source)) && !self.cut.contains(edge) {
                    found.insert(*target);
                }
            }
            if found.len() == before {
                return found;
            }
        }
    }

    /// The edges that a walk from the node crosses; an independence stops it.
    fn crossed(&self, from: NodeId, direction: Direction) -> BTreeSet<(NodeId, NodeId)> {
        let mut reached = BTreeSet::from([from]);
        loop {
            let near = |(source, target): &(NodeId, NodeId)| match direction {
                Direction::Sources => (*target, *source),
                Direction::Consequences => (*source, *target),
            };
            let crossed: BTreeSet<(NodeId, NodeId)> =
                self.edges.iter().filter(|edge| reached.contains(&near(edge).0)).copied().collect();
            let before = reached.len();
            reached.extend(crossed.iter().map(|edge| near(edge).1));
            if reached.len() == before {
                return crossed;
            }
        }
    }

    fn soundness(&self, node: NodeId, suspect: &BTreeSet<NodeId>) -> Soundness {
        if self.retracted.contains(&node) {
            Soundness::Retracted
        } else if suspect.contains(&node) {
            Soundness::Suspect
        } else {
            Soundness::Sound
        }
    }
}

/// A separate lineage. Its facts are in two batches, so that the second batch extends a loaded graph.
fn generate(seed: u64) -> (Model, [Vec<Fact>; 2]) {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d);
    let mut model = Model::default();
    let mut facts = [Vec::new(), Vec::new()];
    let runs = 4 + numbers.below(36);
    let mut contents: Vec<String> = (0..3).map(|n| format!("{seed} raw {n}")).collect();
    let mut made_runs: Vec<(u64, NodeId)> = Vec::new();
    let mut claims = 0;
    for n in 0..runs {
        let late = usize::from(n * 2 > runs);
        let (id, node) = (seed * 100 + n as u64, NodeId::from(run_id(seed * 100 + n as u64)));
        model.nodes.push(node);
        // Deep chains read the newest content, other runs read any content.
        let count = numbers.below(4);
        let chain = numbers.one_in(2);
        let inputs: BTreeSet<String> = (0..count)
            .map(|_| {
                let from = if chain { contents.len().saturating_sub(3) } else { 0 };
                contents[from + numbers.below(contents.len() - from)].clone()
            })
            .collect();
        for content in &inputs {
            let source = model.datasets.get(content).or_else(|| model.makers.get(content));
            model.edges.extend(source.map(|source| (*source, node)));
        }
        facts[late].push(reads(id, &inputs.iter().map(String::as_str).collect::<Vec<_>>()));
        let outputs: Vec<String> = (0..numbers.below(3))
            .map(|k| {
                // Sometimes a run writes the same bytes as another run.
                if numbers.one_in(8) {
                    contents[numbers.below(contents.len())].clone()
                } else {
                    format!("{seed} {n} {k}")
                }
            })
            .collect();
        facts[late].push(makes(id, &outputs.iter().map(String::as_str).collect::<Vec<_>>()));
        for content in outputs {
            model.makers.insert(content.clone(), node);
            if numbers.one_in(4) {
                let dataset = NodeId::from(dataset_id(seed * 100 + model.nodes.len() as u64));
                facts[late].push(is_dataset(seed * 100 + model.nodes.len() as u64, id, &content));
                model.nodes.push(dataset);
                model.edges.insert((node, dataset));
                if let Some(same) = model.datasets.insert(content.clone(), dataset) {
                    model.edges.extend([(same, dataset), (dataset, same)]);
                }
            }
            contents.push(content);
        }
        made_runs.push((id, node));
        if numbers.one_in(3) {
            let is_restated = claims > 0 && numbers.one_in(3);
            let claim = seed * 100 + if is_restated { numbers.below(claims) } else { claims } as u64;
            let node = NodeId::from(claim_id(claim));
            if !is_restated {
                claims += 1;
                model.nodes.push(node);
                facts[late].push(stated(claim, 1));
            }
            let evidence: Vec<(u64, NodeId)> =
                (0..=numbers.below(3)).map(|_| made_runs[numbers.below(made_runs.len())]).collect();
            model.edges.retain(|(_, target)| *target != node);
            model.edges.extend(evidence.iter().map(|(_, run)| (*run, node)));
            facts[late].push(judged(claim, 1, &evidence.iter().map(|(run, _)| *run).collect::<Vec<_>>()));
        }
        if numbers.one_in(runs / 2) {
            let node = model.nodes[numbers.below(model.nodes.len())];
            if model.retracted.insert(node) {
                facts[late].push(retracted(node));
            }
        }
        if numbers.one_in(4) && !model.edges.is_empty() {
            let edges: Vec<_> = model.edges.iter().copied().collect();
            let (on, of) = edges[numbers.below(edges.len())];
            model.cut.insert((on, of));
            facts[late].push(independent(of, on));
        }
    }
    (model, facts)
}

pub const NO_LIMITS: WalkLimits = WalkLimits { depth_max: None, nodes_max: usize::MAX };

/// A walk stops at its limits, and reports that there is more.
pub fn a_walk_stops_at_its_limits(world: &World) {
    let home = world.open();
    let (data, claim) = (NodeId::from(dataset_id(0)), NodeId::from(claim_id(0)));
    let [import, split, law] = [0, 1, 2].map(|n| NodeId::from(run_id(n)));
    wait(async {
        home.add(batch(study())).await.unwrap();
        let walk = async |depth_max, nodes_max| {
            let walked = home.walk(&[claim], Direction::Sources, WalkLimits { depth_max, nodes_max }).await.unwrap();
            (walked.edges.iter().map(|edge| edge.on).collect::<Vec<_>>(), walked.is_truncated)
        };
        assert_eq!(walk(None, 5).await, (vec![law, split, data, import], false));
        assert_eq!(walk(None, 3).await, (vec![law, split], true));
        assert_eq!(walk(Some(2), 100).await, (vec![law, split], false));
        assert_eq!(walk(Some(0), 100).await, (vec![], false));
        home.add(batch([independent(law, split)])).await.unwrap();
        let walked = home.walk(&[data, split], Direction::Consequences, NO_LIMITS).await.unwrap();
        let edges: Vec<_> = walked.edges.iter().map(|edge| (edge.of, edge.on, edge.is_independent)).collect();
        assert_eq!(edges, [(split, data, false), (law, split, true), (claim, law, false)]);
    });
    home.close().unwrap();
}

fn search_all(world: &World, seeds: u64) {
    let home = world.open();
    let (mut nodes, mut suspects, mut reaches) = (0, 0, 0);
    wait(async {
        for seed in 1..=seeds {
            let (model, parts) = generate(seed);
            for facts in parts {
                home.add(batch(facts)).await.unwrap();
                // Update the graph between the batches.
                home.reach(model.nodes[0], Direction::Consequences, 0, 1).await.unwrap();
            }
            let suspect = model.closure(&model.retracted);
            let found = home.soundness(&model.nodes).await.unwrap();
            for (n, (node, found)) in model.nodes.iter().zip(found).enumerate() {
                assert_eq!(found, model.soundness(*node, &suspect), "seed {seed}, {node}");
                suspects += usize::from(found == Soundness::Suspect);
                if !(n as u64 + seed).is_multiple_of(4) {
                    continue;
                }
                let way = home.cause(*node).await.unwrap();
                assert_eq!(way.is_empty(), found.is_sound(), "seed {seed}, {node}");
                let edges = way.windows(2).map(|pair| (pair[1], pair[0]));
                assert!(edges.into_iter().all(|edge| model.edges.contains(&edge) && !model.cut.contains(&edge)));
            }
            for node in model.nodes.iter().step_by(1 + model.nodes.len() / 4) {
                let mut expect = model.closure(&[*node].into());
                // In a cycle, the closure contains the node itself.
                expect.remove(node);
                let found: BTreeSet<NodeId> =
                    reached(&home, *node, Direction::Consequences).await.into_iter().collect();
                assert_eq!(found, expect, "seed {seed}, {node}");
                reaches += found.len();
                for direction in [Direction::Sources, Direction::Consequences] {
                    let walked = home.walk(&[*node], direction, NO_LIMITS).await.unwrap();
                    let crossed: BTreeSet<(NodeId, NodeId)> =
                        walked.edges.iter().map(|edge| (edge.on, edge.of)).collect();
                    assert_eq!(crossed, model.crossed(*node, direction), "seed {seed}, {direction:?} of {node}");
                    assert_eq!(crossed.len(), walked.edges.len(), "seed {seed}: an edge is crossed once");
                    let cut = walked.edges.iter().filter(|edge| edge.is_independent);
                    assert!(cut.into_iter().all(|edge| model.cut.contains(&(edge.on, edge.of))));
                    assert!(!walked.is_truncated);
                }
            }
            nodes += model.nodes.len();
        }
    });
    assert!(suspects > nodes / 10 && reaches > nodes / 5, "{suspects} of {nodes} suspect, {reaches} reached: too tame");
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

pub fn some_generated_lineages_are_searched_correctly(world: &World) {
    search_all(world, 40);
}

#[test]
fn a_thousand_generated_lineages_are_searched_correctly() {
    search_all(&World::sqlite(), 1000);
}
