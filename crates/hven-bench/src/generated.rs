//! Generates a home with many runs and many more facts, like years of work.

use std::path::Path;

use hven_app::ports::Record;
use hven_core::{
    ActorId, AttemptId, Fact, RunId, RunnerId, Time,
    fact::Batch,
    handle::Handle,
    params::Origin,
    project::ProjectPath,
    run::{AttemptResult, Finished, Outcome, ParamsLogged, Spec, Started, Submitted},
};
use hven_record::{Home, Settings};

/// The time of the first submission.
const BEGIN_US: i64 = 1_767_225_600_000_000;
const BATCH_FACTS: usize = 5000;

/// Creates the home; `facts` are spread evenly over the runs. Facts beyond those of a normal run are logged parameters.
pub fn make(folder: &Path, runs: u64, facts: u64) -> anyhow::Result<()> {
    let home = Home::create_or_open(folder, Settings::default())?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let made = runtime.block_on(fill(&home, runs, facts));
    home.close()?;
    made
}

async fn fill(home: &Home, runs: u64, facts: u64) -> anyhow::Result<()> {
    let params_per_run = (facts / runs.max(1)).saturating_sub(3);
    let mut batch: Vec<Fact> = Vec::with_capacity(BATCH_FACTS);
    for n in 0..runs {
        batch.extend(facts_of_run(n, params_per_run));
        if batch.len() >= BATCH_FACTS || n + 1 == runs {
            let time = Time::from_micros(BEGIN_US + n as i64 * 1_000_000);
            Record::append(home, Batch::new(time, ActorId::SYSTEM, std::mem::take(&mut batch))).await?;
        }
    }
    Ok(())
}

fn facts_of_run(n: u64, params: u64) -> Vec<Fact> {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let at = Time::from_micros(BEGIN_US + n as i64 * 1_000_000);
    let run = RunId::mint(at, random);
    let attempt = AttemptId { run, number: 1 };
    let argv = ["python3", "fit.py", "--seed"].map(str::to_owned).into_iter().chain([n.to_string()]).collect();
    let spec = Spec::of_command(argv, "/home/tycho/observations");
    let submitted = Submitted {
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
    };
    let result = AttemptResult {
        started: Some(at),
        ended: Some(at.plus_micros(700_000)),
        wall_s: 0.7,
        ..AttemptResult::without_process(Outcome::Done)
    };
    let mut facts: Vec<Fact> = Vec::with_capacity(params as usize + 3);
    facts.push(submitted.into());
    facts.push(Started { attempt, runner: RunnerId::from_u128(7) }.into());
    // Repeat the same ten names: a run has ten parameters, even if they were logged often.
    facts.extend((0..params).map(|i| {
        let params = [(format!("p{}", i % 10), serde_json::json!(i))].into();
        Fact::from(ParamsLogged { run, of: Origin::Attempt(1), params })
    }));
    facts.push(Finished { run, attempt: Some(1), result }.into());
    facts
}
