//! Runs a search of one tool for one law, and decides whether it recovered the law.
//!
//! A law counts as recovered when it predicts 1,000 unseen rows exactly. Under noise nothing does; there it counts when
//! it has the right form, that is, when it becomes exact once its constants are fitted to rows without noise.

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use hven_learn::{
    bench::{KnownLaw, Sampled, same_form},
    law::{Candidate, Ending, Law, Options, find},
};

use super::{
    args::{LawArgs, Units},
    measured::Found,
    operon,
    outcome::Outcome,
};
use crate::machine::{Machine, cores, cpu_time};

const ROWS: usize = 1000;

/// The part of the variance that an exact law may leave unexplained.
const TOLERANCE: f64 = 1e-9;

pub(super) fn measure(tool: &str, law: &KnownLaw, seed: u64, args: &LawArgs) -> anyhow::Result<Found> {
    let train = law.sample(ROWS, seed, args.noise);
    // Use other rows than any training set.
    let unseen = law.sample(ROWS, seed ^ (1 << 40), 0.0);
    let load = Machine::now().load;
    let outcome = match tool {
        "hven" => by_hven(law, &train, &unseen, seed, args),
        _ => {
            let python = args.operon.as_deref().context("--operon is missing")?;
            let question = operon::Question { law, train: &train, unseen: &unseen, seed };
            operon::ask(python, &question, args.seconds, exactness(args))?
        }
    };
    let right_form = || outcome.tree.as_ref().is_some_and(|tree| same_form(tree, &unseen, TOLERANCE));
    let recovered = if args.noise > 0.0 { right_form() } else { outcome.r2 > 1.0 - TOLERANCE };
    let why = (!recovered).then(|| outcome.why.unwrap_or_else(|| format!("another form: R² {:.6}", outcome.r2)));
    Ok(Found {
        tool: tool.to_owned(),
        equation: law.name.clone(),
        seed,
        noise: args.noise,
        units: args.units,
        limit_s: args.seconds,
        recovered,
        r2: outcome.r2,
        seconds: outcome.seconds,
        cpu_s: outcome.cpu_s,
        load,
        law: outcome.law,
        why,
    })
}

/// The error at which a tool that gets the unseen rows may stop; with noise it never stops early.
fn exactness(args: &LawArgs) -> f64 {
    if args.noise > 0.0 { -1.0 } else { TOLERANCE }
}

/// The options of a search: intervals do not affect which law is found.
pub(super) fn options(seed: u64, seconds: f64) -> Options {
    Options {
        seed,
        threads: cores(),
        time_limit: Some(Duration::from_secs_f64(seconds)),
        bootstrap: 0,
        ..Options::default()
    }
}

fn by_hven(law: &KnownLaw, train: &Sampled, unseen: &Sampled, seed: u64, args: &LawArgs) -> Outcome {
    let problem = law.problem(train, args.units == Units::On);
    let options = options(seed, args.seconds);
    let start = Instant::now();
    let cpu = || cpu_time(std::process::id()).unwrap_or_default();
    let cpu_before = cpu();
    let found = find(&problem, &options, &mut |_| {}, &AtomicBool::new(false));
    let (seconds, cpu_s) = (start.elapsed().as_secs_f64(), cpu().saturating_sub(cpu_before).as_secs_f64());
    let none = |why: String| Outcome { law: String::new(), tree: None, r2: f64::NAN, seconds, cpu_s, why: Some(why) };
    match found {
        Err(wrong) => none(wrong.to_string()),
        Ok(found) => match found.chosen() {
            None => none("no law".to_owned()),
            Some(chosen) => {
                let r2 = r2(chosen, unseen);
                let why = why_not(&found, r2, unseen);
                Outcome { law: chosen.display.clone(), tree: Some(chosen.tree.clone()), r2, seconds, cpu_s, why }
            }
        },
    }
}

/// The reason why a search did not find the law.
fn why_not(found: &Law, r2: f64, unseen: &Sampled) -> Option<String> {
    let on_front = found.front.iter().any(|candidate| same_form(&candidate.tree, unseen, TOLERANCE));
    let r2_text = format!("R² {r2:.6}");
    Some(match found.ending {
        _ if on_front => format!("found, but another was chosen: {r2_text}"),
        Ending::Time => format!("the time limit was reached: {r2_text}"),
        Ending::Budget => format!("the limit of evaluations was reached: {r2_text}"),
        Ending::Exact => return None,
    })
}

pub(super) fn r2(candidate: &Candidate, rows: &Sampled) -> f64 {
    let mean = rows.target.iter().sum::<f64>() / rows.target.len() as f64;
    let predicted = candidate.evaluate(&rows.inputs);
    let left: f64 = predicted.iter().zip(&rows.target).map(|(p, y)| (p - y) * (p - y)).sum();
    1.0 - left / rows.target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>()
}
