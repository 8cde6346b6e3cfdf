//! The lineage of runs, datasets and claims, read from the real views.

use hven_app::{
    ancestry::{self, AncestryStep, LineageNode},
    ports::{Lineages, Record, record::FactQuery},
    redact, repair, soundness,
    submit::RunRequest,
};
use hven_core::{
    ActorId, RunId, Time,
    access::Role,
    fact::{Batch, PayloadErased},
    object::FileRef,
    soundness::Soundness,
};

use crate::{
    events::{command, file},
    world::{KEPLER, World, ada, ben},
};

/// A step in short: `1 run fit through x.csv`.
fn in_words(step: &AncestryStep) -> String {
    let node = match &step.node {
        LineageNode::Run(run) => match run.spec() {
            Some(spec) => format!("run {}", spec.words().join(" ")),
            None => "run that was erased".to_owned(),
        },
        LineageNode::Dataset(dataset) => dataset.reference(),
        LineageNode::Claim(claim) => format!("claim {}", claim.stated.name),
        LineageNode::Publication(publication) => format!("publication {}", publication.made.name),
        LineageNode::Raw(file) => format!("raw {}", file.path),
        LineageNode::Code(_) => "code".to_owned(),
        LineageNode::Hidden => "hidden".to_owned(),
        LineageNode::Plain(_) => "another noun".to_owned(),
    };
    let through = step.through.as_ref().map(|file| format!(" through {}", file.path)).unwrap_or_default();
    format!("{} {node}{through}", step.depth)
}

impl World {
    async fn rests_on(&self, name: &str) -> Vec<String> {
        let found = ancestry::of(&self.app, &ada(), name, None).await.unwrap();
        found.rests_on.iter().map(in_words).filter(|step| !step.ends_with("code")).collect()
    }

    async fn supports(&self, name: &str) -> Vec<String> {
        let found = ancestry::of(&self.app, &ada(), name, None).await.unwrap();
        found.supports.iter().map(in_words).collect()
    }

    /// Redacts the only fact of this kind about the run.
    async fn redacts(&self, kind: &str, run: RunId) {
        let query =
            FactQuery { kind: Some(kind.to_owned()), subject: Some(run.as_u128()), limit: 1, ..FactQuery::default() };
        let seq = self.home.facts(query).await.unwrap()[0].header.seq;
        let because = "a name stood in it".to_owned();
        redact::redact(&self.app, &ada(), redact::Target::Fact(seq), because).await.unwrap();
    }

    /// Erases the submission of a run.
    async fn erases_submission(&self, run: RunId) {
        let kind = Some("run.submitted".to_owned());
        let query = FactQuery { kind, subject: Some(run.as_u128()), limit: 1, ..FactQuery::default() };
        let seq = self.home.facts(query).await.unwrap()[0].header.seq;
        let erased = PayloadErased::new(seq, "a name stood in it");
        self.home.erase(&[seq], Batch::new(Time::from_micros(1), ActorId::SYSTEM, vec![erased.into()])).await.unwrap();
    }

    async fn soundness_of(&self, run: RunId) -> Soundness {
        soundness::of_one(&self.app, run).await.unwrap()
    }
}

#[tokio::test]
async fn a_run_rests_on_the_newest_earlier_maker_of_its_input() {
    let world = World::new().await;
    world.ran("first", &[("a.csv", "a")], &[("x.csv", "x")]).await;
    let before = world.ran("before", &[("x.csv", "x")], &[]).await;
    world.ran("second", &[("b.csv", "b")], &[("copy.csv", "x")]).await;
    let after = world.ran("after", &[("x.csv", "x")], &[]).await;
    world.ran("third", &[("c.csv", "c")], &[("x.csv", "x")]).await;
    let [before, after] = [before, after].map(|run| run.to_string());
    assert_eq!(world.rests_on(&before).await, ["1 run first through x.csv", "2 raw a.csv through a.csv"]);
    assert_eq!(world.rests_on(&after).await, ["1 run second through copy.csv", "2 raw b.csv through b.csv"]);
}

#[tokio::test]
async fn a_run_does_not_rest_on_a_later_run_that_made_the_same_bytes() {
    let world = World::new().await;
    // The reader starts first, and the maker of the same bytes ends later.
    let reader = world.submit(command("reader", vec![world.put("x.csv", "x").await], &[])).await;
    world.ran("maker", &[("a.csv", "a")], &[("x.csv", "x")]).await;
    world.makes(reader, &[]).await;
    assert_eq!(world.rests_on(&reader.to_string()).await, ["1 raw x.csv through x.csv"]);
}

#[tokio::test]
async fn a_cycle_of_bytes_is_walked_once_in_order_of_time() {
    let world = World::new().await;
    let first = world.ran("there", &[("x", "x")], &[("y", "y")]).await;
    let second = world.ran("back", &[("y", "y")], &[("x", "x")]).await;
    let third = world.ran("there again", &[("x", "x")], &[("y", "y")]).await;
    assert_eq!(
        world.rests_on(&third.to_string()).await,
        ["1 run back through x", "2 run there through y", "3 raw x through x"]
    );
    assert_eq!(world.supports(&first.to_string()).await, ["1 run back through y", "2 run there again through x"]);
    // A run that reads its own output is no source of itself.
    let itself = world.ran("in place", &[("z", "z")], &[("z", "z")]).await;
    assert_eq!(world.rests_on(&itself.to_string()).await, ["1 raw z through z"]);
    soundness::retract(&world.app, &ada(), None, &second.to_string(), None, "it was wrong").await.unwrap();
    let fates = [world.soundness_of(first).await, world.soundness_of(second).await, world.soundness_of(third).await];
    assert_eq!(fates, [Soundness::Sound, Soundness::Retracted, Soundness::Suspect], "what was before is not touched");
}

#[tokio::test]
async fn bytes_outside_the_store_are_a_source_by_their_digest() {
    let world = World::new().await;
    let missing = file("/data/large.h5", "too large to keep");
    let run = world.submit(command("fit", vec![missing], &["fit.json"])).await;
    world.makes(run, &[("fit.json", "1")]).await;
    let reader = world.ran("plot", &[("fit.json", "1")], &[]).await;
    let rests_on = ["1 run fit through fit.json", "2 raw /data/large.h5 through /data/large.h5"];
    assert_eq!(world.rests_on(&reader.to_string()).await, rests_on);
}

#[tokio::test]
async fn empty_files_connect_nothing() {
    let world = World::new().await;
    world.ran("maker", &[("a", "a")], &[("log.txt", "")]).await;
    let reader = world.ran("reader", &[("empty.txt", "")], &[]).await;
    assert_eq!(world.rests_on(&reader.to_string()).await, ["1 raw empty.txt through empty.txt"]);
}

#[tokio::test]
async fn a_run_with_an_erased_submission_remains_a_source() {
    let world = World::new().await;
    let run = world.ran("fit", &[("x", "x")], &[("y", "y")]).await;
    let reader = world.ran("plot", &[("y", "y")], &[("z", "z")]).await;
    world.erases_submission(run).await;
    assert_eq!(world.rests_on(&reader.to_string()).await, ["1 run that was erased through y"]);
    soundness::retract(&world.app, &ada(), None, &run.to_string(), None, "it was wrong").await.unwrap();
    assert_eq!(world.soundness_of(reader).await, Soundness::Suspect);
    // The repair names the work that a person has to do.
    let request = repair::RepairRequest { of: run.to_string(), with: None, project: None };
    let plan = repair::find_steps::plan(&world.app, &ada(), &request).await.unwrap();
    assert_eq!(plan.steps[0].progress, repair::StepProgress::ByHand);
    assert_eq!(plan.steps[0].because.as_deref(), Some("what it ran was erased from the record"));
}

/// Raw data, a run that cleans it, one that fits the result, and one that plots the fit.
async fn chain(world: &World) -> [RunId; 3] {
    let clean = world.ran("clean", &[("raw.csv", "raw")], &[("clean.csv", "clean")]).await;
    let fit = world.ran("fit", &[("clean.csv", "clean")], &[("fit.json", "fit")]).await;
    let plot = world.ran("plot", &[("fit.json", "fit")], &[]).await;
    [clean, fit, plot]
}

#[tokio::test]
async fn dependents_of_a_retracted_node_stay_suspect_when_payloads_are_redacted() {
    for kind in ["run.submitted", "run.finished"] {
        for redacted in 0..3 {
            let world = World::new().await;
            let runs = chain(&world).await;
            world.redacts(kind, runs[redacted]).await;
            for rebuilds in [false, true] {
                if rebuilds {
                    world.home.rebuild_views(Box::new(|_| ())).unwrap();
                }
                let sources = world.home.direct_sources(runs[2].into()).await.unwrap();
                assert_eq!(sources, [runs[1].into()], "{kind} of run {redacted}, rebuilt: {rebuilds}");
            }
            soundness::retract(&world.app, &ada(), None, &runs[0].to_string(), None, "it was wrong").await.unwrap();
            let fates = [world.soundness_of(runs[1]).await, world.soundness_of(runs[2]).await];
            assert_eq!(fates, [Soundness::Suspect; 2], "{kind} of run {redacted}");
            // The retraction itself stays when its reason is redacted.
            world.redacts("soundness.retracted", runs[0]).await;
            let fates = [world.soundness_of(runs[0]).await, world.soundness_of(runs[2]).await];
            assert_eq!(fates, [Soundness::Retracted, Soundness::Suspect], "{kind} of run {redacted}");
        }
    }
}

#[tokio::test]
async fn the_lineage_is_traced_past_redacted_runs() {
    let world = World::new().await;
    let runs = chain(&world).await;
    let [clean, _, plot] = runs.map(|run| run.to_string());
    world.redacts("run.submitted", runs[1]).await;
    let sources = ["1 run that was erased through fit.json", "2 run clean", "3 raw raw.csv through raw.csv"];
    assert_eq!(world.rests_on(&plot).await, sources);
    assert_eq!(world.supports(&clean).await, ["1 run that was erased", "2 run plot through fit.json"]);

    let world = World::new().await;
    let runs = chain(&world).await;
    let [clean, fit, _] = runs.map(|run| run.to_string());
    world.redacts("run.finished", runs[0]).await;
    // It read a file that no known run made, but it is not raw: the outputs of its source were erased.
    assert_eq!(world.rests_on(&fit).await, ["1 run clean", "2 raw raw.csv through raw.csv"]);
    assert_eq!(world.supports(&clean).await, ["1 run fit", "2 run plot through fit.json"]);
}

#[tokio::test]
async fn the_lineage_is_traced_past_a_redacted_dataset() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    world.law(&planets, 1.5).await;
    world.claims("kepler3", "exponent > 1", &["run.law"]).await;
    let query = FactQuery { kind: Some("dataset.version_added".to_owned()), limit: 1, ..FactQuery::default() };
    let target = redact::Target::Fact(world.home.facts(query).await.unwrap()[0].header.seq);
    redact::redact(&world.app, &ada(), target, "a name".to_owned()).await.unwrap();
    let path = ["1 run recipe law", "2 run recipe import", "3 raw source.csv through source.csv"];
    assert_eq!(world.rests_on("claim/kepler3").await, path);
}

#[tokio::test]
async fn the_submission_of_an_unfinished_run_is_not_redacted() {
    let world = World::new().await;
    let run = world.submit(command("fit", vec![], &["fit.json"])).await;
    let query = FactQuery { kind: Some("run.submitted".to_owned()), limit: 1, ..FactQuery::default() };
    let target = redact::Target::Fact(world.home.facts(query).await.unwrap()[0].header.seq);
    let refused = redact::redact(&world.app, &ada(), target, "a name".to_owned()).await.unwrap_err();
    assert!(refused.to_string().contains("has not ended"), "{refused}");
    world.makes(run, &[("fit.json", "1")]).await;
    world.redacts("run.submitted", run).await;
}

#[tokio::test]
async fn a_claim_is_traced_to_the_raw_bytes_and_the_bytes_to_the_claim() {
    let world = World::new().await;
    let planets = world.planets("a,b").await;
    world.law(&planets, 1.5).await;
    world.claims("kepler3", "exponent > 1", &["run.law"]).await;
    let path = [
        "1 run recipe law",
        "2 planets@1 through data.parquet",
        "3 run recipe import through table.parquet",
        "4 raw planets.csv through source.csv",
    ];
    let rests_on = world.rests_on("claim/kepler3").await;
    assert_eq!(rests_on.len(), path.len(), "{rests_on:?}");
    assert_eq!(rests_on[0], path[0]);
    world.judges("kepler3").await;
    assert_eq!(world.rests_on("claim/kepler3").await, rests_on, "judged or not");
    let supports = world.supports("planets@1").await;
    assert_eq!(supports, ["1 run recipe law through data.parquet", "2 claim kepler3"]);
}

#[tokio::test]
async fn a_walk_ends_at_a_project_that_the_caller_cannot_see() {
    let world = World::new().await;
    world.ran("seen", &[("a", "a")], &[("x", "x")]).await;
    let input: FileRef = file("x", "x");
    let hidden = RunRequest { project: "bio/cells".parse().unwrap(), ..command("hidden", vec![input], &["y"]) };
    let hidden = world.submit(hidden).await;
    world.makes(hidden, &[("y", "y")]).await;
    let last = world.ran("last", &[("y", "y")], &[]).await.to_string();
    let seen = ancestry::of(&world.app, &ben(Role::Viewer, KEPLER), &last, None).await.unwrap();
    let steps: Vec<String> = seen.rests_on.iter().map(in_words).filter(|step| !step.ends_with("code")).collect();
    assert_eq!(steps, ["1 hidden through y"]);
    assert_eq!(world.rests_on(&last).await.len(), 3, "a viewer of everything gets all steps");
    let stranger = ancestry::of(&world.app, &ben(Role::Owner, "bio"), &last, None).await.unwrap_err();
    assert_eq!(stranger.code(), "not_found");
}

#[tokio::test]
async fn an_independence_cuts_one_edge_and_names_its_author() {
    let world = World::new().await;
    let first = world.ran("first", &[("a", "a")], &[("x", "x")]).await;
    let second = world.ran("second", &[("x", "x")], &[("y", "y")]).await;
    let third = world.ran("third", &[("y", "y")], &[]).await;
    soundness::retract(&world.app, &ada(), None, &first.to_string(), None, "it was wrong").await.unwrap();
    let assert = async |of: RunId, on: RunId| {
        let new = soundness::NewIndependence {
            of: of.to_string(),
            on: on.to_string(),
            project: None,
            because: "it reads the header alone".to_owned(),
        };
        soundness::assert_independence(&world.app, &ada(), None, new).await.map_err(|refused| refused.to_string())
    };
    assert!(assert(third, first).await.unwrap_err().contains("but not directly"));
    assert!(assert(first, second).await.unwrap_err().contains("would close a circle"));
    assert!(assert(first, first).await.unwrap_err().contains("independent of itself"));
    let detail = assert(second, first).await.unwrap();
    assert_eq!(detail.independences[0].by.name.as_deref(), Some("Ada"));
    let fates = [world.soundness_of(second).await, world.soundness_of(third).await];
    assert_eq!(fates, [Soundness::Sound, Soundness::Sound]);
}
