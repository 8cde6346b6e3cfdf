//! The lineage is the same before and after payloads are erased, and after the views are rebuilt from what remains.

use std::collections::BTreeSet;

use hven_app::ports::{Claims, Lineages, Record, StoreError, record::FactQuery, soundness::Direction};
use hven_core::{
    Digest, Fact,
    array::{ArrayId, Gathered},
    catalogue::Purpose,
    fact::PayloadErased,
    handle::Handle,
    run::{External, FilesAdded, Opened},
    sample::Generator,
    soundness::{NodeId, RunRepaired, Soundness},
    stdin::{StdinEnd, StdinRead},
    subject::Subject,
};
use hven_record::{Home, Settings, export, import, restore};

use crate::{
    facts::{batch, file, run_id, submitted, time},
    lineage::{
        NO_LIMITS, claim_id, dataset_id, imports, independent, is_dataset, is_dataset_of, judged, makes, reads,
        retracted, stated, study,
    },
    publications::{made, publication_id},
    world::{Add, World, assert_views_follow_facts, wait},
};

/// Every kind of fact that leaves a trace in the lineage, and each rule by which edges are drawn.
fn story() -> Vec<Fact> {
    let with = |run: u64, change: &dyn Fn(&mut hven_core::run::Submitted)| {
        let Fact::RunSubmitted(mut submitted) = reads(run, &["table"]) else { panic!("a submission") };
        change(&mut submitted);
        Fact::from(*submitted)
    };
    let splits = Purpose::Split { dataset: dataset_id(0), name: "main".parse().unwrap(), hold_out: None };
    let again = Purpose::Again { of: run_id(2), tolerances: Default::default(), surroundings: Vec::new() };
    let work = Some(Digest::of(b"the same command"));
    let Fact::RunFinished(mut piped) = makes(24, &["from a pipe"]) else { panic!("an end") };
    let (bytes, end, digest) = (3, StdinEnd::Whole, Some(Digest::of(b"law")));
    piped.result.stdin = Some(StdinRead { bytes, end, digest, kept: true });
    let mut facts = study();
    facts.extend([
        // Imports of one file, and datasets with the same bytes.
        imports(20, "raw file"),
        makes(20, &["imported"]),
        is_dataset_of(1, 20, "imported", Some("raw file")),
        is_dataset(2, 20, "table"),
        reads(21, &["raw file", "part", "unknown"]),
        imports(22, "raw file"),
        // A split names its dataset; a check is no source.
        with(23, &|run| run.purpose = Some(splits.clone())),
        makes(23, &["train"]),
        with(25, &|run| run.purpose = Some(again.clone())),
        makes(25, &["law"]),
        reads(24, &[]),
        piped.into(),
        // The same work twice, and once more as a repair.
        with(26, &|run| run.cache_key = work),
        makes(26, &["fit"]),
        with(27, &|run| run.cache_key = work),
        makes(27, &["fit"]),
        reads(28, &["fit", "train"]),
        with(29, &|run| run.cache_key = work),
        RunRepaired { run: run_id(27), by: run_id(29), retracted: run_id(26).into(), replaced_by: None }.into(),
        makes(29, &["fit"]),
        made(0, 1, &[2]),
        // The claim is stated again and judged on other runs.
        judged(0, 1, &[2, 21]),
        stated(0, 2),
        judged(0, 1, &[1]),
        judged(0, 2, &[28]),
        independent(run_id(2), run_id(1)),
        retracted(run_id(1)),
        retracted(run_id(26)),
    ]);
    facts
}

/// A run whose work is done elsewhere.
fn opened(run: u64) -> Fact {
    let external = External {
        source: "instrument".to_owned(),
        command: Vec::new(),
        host: None,
        folder: None,
        started: time(0),
        silent_after_s: 300.0,
        attempt: None,
    };
    let project = "astro".parse().unwrap();
    let handle = Handle { count: run };
    Opened { run: run_id(run), handle, project, name: None, external, parent: None }.into()
}

fn made_elsewhere(run: u64, files: &[&str]) -> Fact {
    FilesAdded { run: run_id(run), files: files.iter().map(|content| file(content, content)).collect() }.into()
}

fn story_nodes() -> Vec<NodeId> {
    let runs = (0..40).map(|n| run_id(n).into());
    let datasets = (0..4).map(|n| dataset_id(n).into());
    runs.chain(datasets).chain([claim_id(0).into(), publication_id(0).into()]).collect()
}

/// All edges (which node rests on which, and whether independence was asserted), and whether the nodes are sound.
type Lineage = (BTreeSet<(NodeId, NodeId, bool)>, Vec<Soundness>);

fn lineage(home: &Home, nodes: &[NodeId]) -> Lineage {
    wait(async {
        let walked = home.walk(nodes, Direction::Sources, NO_LIMITS).await.unwrap();
        let edges = walked.edges.iter().map(|edge| (edge.of, edge.on, edge.is_independent)).collect();
        (edges, home.soundness(nodes).await.unwrap())
    })
}

fn erase(home: &Home, seqs: &[u64]) {
    let erased = seqs.iter().map(|seq| PayloadErased::new(*seq, "a name"));
    wait(Record::erase(home, seqs, batch(erased))).unwrap();
}

/// Makes a home in which the payloads of every third fact of the story are erased.
pub fn make(home: &Home) {
    wait(home.add(batch(story()))).unwrap();
    let last = home.head().seq;
    erase(home, &(2..=last).step_by(3).collect::<Vec<_>>());
}

/// The lineage of such a home is that of the whole story.
pub fn check(home: &Home) {
    let world = World::in_memory();
    let whole = world.open();
    wait(whole.add(batch(story()))).unwrap();
    let nodes = story_nodes();
    assert_eq!(lineage(home, &nodes), lineage(&whole, &nodes));
    whole.close().unwrap();
}

fn kinds_with_a_trace() -> BTreeSet<&'static str> {
    let leaves_trace = |kind: &&str| {
        (0..20).any(|seed| {
            let fact = Fact::sample(kind, &mut Generator::new(seed)).unwrap();
            fact.trace() != Default::default()
        })
    };
    Fact::KINDS.iter().map(|(kind, _)| *kind).filter(leaves_trace).collect()
}

pub fn a_lineage_stays_when_all_payloads_are_erased(world: &World) {
    let home = world.open();
    // Homes of earlier versions hold the story, so later kinds of facts follow it.
    let mut facts = story();
    let tasks = vec![run_id(27), run_id(21)];
    facts.push(Gathered { array: ArrayId::from_u128(1), number: 1, run: run_id(28), tasks }.into());
    facts.extend([opened(35), made_elsewhere(35, &["measured", "table"]), reads(36, &["measured"])]);
    let told: BTreeSet<&str> = facts.iter().map(Fact::kind).collect();
    let untold: Vec<&str> = kinds_with_a_trace().into_iter().filter(|kind| !told.contains(kind)).collect();
    assert!(untold.is_empty(), "the story has no fact of the kinds {untold:?}");
    wait(home.add(batch(facts))).unwrap();
    let (last, nodes) = (home.head().seq, story_nodes());
    let before = lineage(&home, &nodes);
    assert!(before.0.len() > 20, "{before:?}");
    // First the odd facts, then the others: each rule is tried with a maker that was erased and with a reader that was.
    let seqs: Vec<u64> = (1..=last).filter(|seq| seq % 2 == 1).chain((1..=last).filter(|seq| seq % 2 == 0)).collect();
    for seq in seqs {
        erase(&home, &[seq]);
        assert_eq!(lineage(&home, &nodes), before, "after the erasure of fact {seq}");
    }
    assert_views_follow_facts(&home);
    home.rebuild_views(Box::new(|_| ())).unwrap();
    assert_eq!(lineage(&home, &nodes), before);
    // Later facts rest on the erased ones.
    let later = [reads(30, &["imported", "raw file", "law"]), is_dataset(3, 2, "table")];
    wait(home.add(batch(later))).unwrap();
    wait(async {
        let sources = home.direct_sources(run_id(30).into()).await.unwrap();
        assert_eq!(sources, [run_id(2).into(), dataset_id(1).into()]);
        assert!(home.direct_sources(dataset_id(3).into()).await.unwrap().contains(&dataset_id(2).into()));
    });
    assert_views_follow_facts(&home);
    home.close().unwrap();
}

/// The verdict of an earlier judgement does not become the newest one.
pub fn an_erased_judgement_is_not_replaced_by_an_earlier_one(world: &World) {
    let home = world.open();
    let claim = |home: &Home| wait(home.claim(claim_id(0))).unwrap().unwrap();
    wait(home.add(batch(study()))).unwrap();
    assert!(claim(&home).judgement.is_some());
    let newest = wait(home.add(batch([judged(0, 1, &[1])]))).unwrap().facts[0].header.seq;
    erase(&home, &[newest]);
    assert_eq!(claim(&home).judgement, None);
    assert_eq!(wait(home.judgements(claim_id(0))).unwrap().len(), 1, "the earlier one is still listed");
    assert_views_follow_facts(&home);
    wait(home.add(batch([judged(0, 1, &[2])]))).unwrap();
    assert!(claim(&home).judgement.is_some());
    home.close().unwrap();
}

/// Each fact by itself, in a home of its own that is then copied in every way.
#[test]
fn a_lineage_stays_when_one_payload_is_erased() {
    let facts = story();
    for seq in 2..facts.len() as u64 + 2 {
        let world = World::in_memory();
        let home = world.open();
        wait(home.add(batch(facts.clone()))).unwrap();
        let nodes = story_nodes();
        let before = lineage(&home, &nodes);
        erase(&home, &[seq]);
        assert_eq!(lineage(&home, &nodes), before, "after the erasure of fact {seq}");
        assert_views_follow_facts(&home);
        if seq.is_multiple_of(7) {
            let mut backup = Vec::new();
            home.backup(&mut backup).unwrap();
            let exported = world.sibling("exported");
            export(backup.as_slice(), &exported, &mut |_| ()).unwrap();
            import(&exported, &world.sibling("imported"), &Settings::default(), &mut |_| ()).unwrap();
            let imported = Home::open(&world.sibling("imported"), Settings::default()).unwrap();
            let restored = restore(backup.as_slice(), &world.sibling("restored"), Settings::default()).unwrap();
            for again in [imported, restored] {
                assert_eq!(lineage(&again, &nodes), before, "in a copy after the erasure of fact {seq}");
                again.close().unwrap();
            }
        }
        home.close().unwrap();
    }
}

/// Facts of all kinds with values from a seed, whose ids and digests are sometimes those of others.
#[test]
fn any_lineage_stays_when_payloads_are_erased() {
    for seed in 0..hven_testing::rounds(3) {
        let world = World::in_memory();
        let home = world.open();
        let mut generator = Generator::new(seed);
        generator.text_bytes_max = 20;
        let (mut nodes, mut submitted) = (BTreeSet::new(), BTreeSet::new());
        for (kind, _) in [Fact::KINDS; 6].concat() {
            let fact = Fact::sample(kind, &mut generator).unwrap();
            // A run is submitted only once, because ids are unique.
            if ["run.submitted", "run.opened"].contains(&kind) && !submitted.insert(fact.subject_bits()) {
                continue;
            }
            if let Some(Subject::NodeId(node)) = fact.subject() {
                nodes.insert(node);
            }
            match wait(home.add(batch([fact]))) {
                Err(StoreError::Database(why)) if why.contains("UNIQUE constraint failed") => {}
                other => drop(other.unwrap()),
            }
        }
        let nodes: Vec<NodeId> = nodes.into_iter().collect();
        let before = lineage(&home, &nodes);
        let query = FactQuery { limit: 10_000, ..FactQuery::default() };
        let all = wait(home.facts(query)).unwrap();
        let erasable = all.iter().map(|envelope| &envelope.header).filter(|header| header.kind != "payload.erased");
        let mut seqs: Vec<u64> = erasable.map(|header| header.seq).collect();
        while !seqs.is_empty() {
            let some: Vec<u64> =
                (0..seqs.len().min(60)).map(|_| seqs.swap_remove(generator.below(seqs.len()))).collect();
            erase(&home, &some);
            assert_eq!(lineage(&home, &nodes), before, "seed {seed}, after the erasure of {some:?}");
        }
        assert_views_follow_facts(&home);
        home.close().unwrap();
    }
}

/// Of a submission neither a text nor a digest that says something of a text is kept.
#[test]
fn a_trace_holds_no_text() {
    let world = World::in_memory();
    let home = world.open();
    let mut run = submitted(1);
    run.spec.argv.push("hunter2".to_owned());
    run.spec.inputs = ["known", "unknown"].map(|content| crate::facts::file("hunter2.csv", content)).into();
    let key = Digest::of(b"a key that is made from hunter2");
    run.cache_key = Some(key);
    wait(home.add(batch([reads(0, &[]), makes(0, &["known"]), run.into()]))).unwrap();
    erase(&home, &[4]);
    let last = FactQuery { limit: 1, newest_first: true, ..FactQuery::default() };
    let envelope = wait(home.facts(last)).unwrap().remove(0);
    assert_eq!((envelope.header.kind.as_str(), envelope.header.version), ("payload.erased", 2));
    let payload = String::from_utf8(envelope.payload.unwrap().bytes).unwrap();
    let known = Digest::of(b"known");
    assert_eq!(payload, format!(r#"{{"seq":4,"because":"a name","trace":{{"reads":["{known}"]}}}}"#));
    home.close().unwrap();
}
