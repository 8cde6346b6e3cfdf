//! `hven bench law`: how many known laws the recipe `law` finds again from their values, beside Operon.
//!
//! A law counts as recovered when it predicts 1,000 unseen rows exactly. Under noise nothing does; there it counts when
//! it has the right form, that is, when it becomes exact once its constants are fitted to rows without noise.

mod operon;
mod outcome;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use hven_client::Failure;
use hven_learn::{
    bench::{KnownLaw, Sampled, known_laws, same_form},
    law::{Candidate, Ending, Law, Options, find},
};
use hven_terminal::{Field, ForPeople, Output, Paper, exit};
use serde::{Deserialize, Serialize};

use self::outcome::Outcome;
use super::machine::{Machine, cores, cpu_time};

const TABLE: &str = "equations.csv";
/// Units of the laws of the Feynman lectures, which the database does not give.
const UNITS: &str = include_str!("law/feynman_units.csv");
const ROWS: usize = 1000;
/// What a law may leave of the variance and still be called exact.
const TOLERANCE: f64 = 1e-9;

#[derive(Debug, Args)]
pub struct LawArgs {
    /// A folder with equations.csv of the AI Feynman database: name, output, formula, variables (name:low:high)
    #[arg(long)]
    pub data: PathBuf,
    /// Only these, such as I.9.18,II.6.11
    #[arg(long, value_delimiter = ',')]
    pub equations: Vec<String>,
    /// How long each search may take
    #[arg(long, default_value_t = 20.0)]
    pub seconds: f64,
    /// Standard deviation of what is added to the target, as a share of its own
    #[arg(long, default_value_t = 0.0)]
    pub noise: f64,
    /// Whether the search knows the units of the columns
    #[arg(long, default_value = "on")]
    pub units: Units,
    /// Seeds of the rows and of the search: each law is looked for once with each
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub seeds: Vec<u64>,
    /// A Python that has pyoperon, to measure Operon on the same rows
    #[arg(long)]
    pub operon: Option<PathBuf>,
    /// Results, a line each: those that are there already are not measured again, new ones are added
    #[arg(long)]
    pub resume: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Units {
    On,
    Off,
}

/// What one search found.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Found {
    tool: String,
    equation: String,
    seed: u64,
    noise: f64,
    units: Units,
    /// How long it was allowed to take.
    limit_s: f64,
    recovered: bool,
    /// On unseen rows without noise.
    r2: f64,
    seconds: f64,
    cpu_s: f64,
    load: f64,
    law: String,
    /// Why it was not recovered.
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct LawMeasured {
    schema: &'static str,
    machine: Machine,
    seconds: f64,
    noise: f64,
    units: Units,
    tools: BTreeMap<String, Count>,
    found: Vec<Found>,
}

#[derive(Debug, Default, Serialize)]
struct Count {
    recovered: usize,
    of: usize,
    /// Of those recovered.
    median_s: f64,
}

impl ForPeople for LawMeasured {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let units = if self.units == Units::On { "with" } else { "without" };
        let Self { seconds, noise, .. } = self;
        let noise = noise * 100.0;
        paper.line(&format!("{seconds} s each, {noise} % noise, {units} units; {}", self.machine.line()))?;
        let rows = self.found.iter().map(|found| {
            let result = if found.recovered { "recovered" } else { found.why.as_deref().unwrap_or("not recovered") };
            vec![
                found.equation.clone().into(),
                found.tool.clone().into(),
                Field::Number(format!("{:.1} s", found.seconds)),
                result.into(),
                Field::Dim(found.law.chars().take(100).collect()),
            ]
        });
        paper.table(&["EQUATION", "TOOL", "TIME", "RESULT", "LAW"], rows.collect())?;
        for (tool, count) in &self.tools {
            let share = 100.0 * count.recovered as f64 / count.of.max(1) as f64;
            let Count { recovered, of, median_s } = count;
            paper.line(&format!("{tool}: {recovered} of {of} recovered ({share:.0} %), median {median_s:.1} s"))?;
        }
        Ok(())
    }
}

pub fn law(args: &LawArgs, output: &mut dyn Output) -> anyhow::Result<u8> {
    let laws = wanted(args)?;
    let machine = Machine::now();
    let mut known = match &args.resume {
        Some(path) => Results::open(path)?,
        None => Results::default(),
    };
    if let Some(python) = &args.operon {
        operon::check(python)?;
    }
    let tools: &[&str] = if args.operon.is_some() { &["hven", "operon"] } else { &["hven"] };
    let mut found = Vec::new();
    for &seed in &args.seeds {
        for law in &laws {
            for tool in tools {
                if let Some(before) = known.look(tool, law, seed, args) {
                    found.push(before.clone());
                    continue;
                }
                output.note(&format!("{} with {tool}, seed {seed} …", law.name));
                let now = measure(tool, law, seed, args)?;
                known.add(&now)?;
                found.push(now);
            }
        }
    }
    output.reply(&LawMeasured {
        schema: "hven.bench_law/1",
        machine,
        seconds: args.seconds,
        noise: args.noise,
        units: args.units,
        tools: tools.iter().map(|&tool| (tool.to_owned(), count(&found, tool))).collect(),
        found,
    })?;
    Ok(exit::OK)
}

fn wanted(args: &LawArgs) -> anyhow::Result<Vec<KnownLaw>> {
    let path = args.data.join(TABLE);
    let text = fs::read_to_string(&path).map_err(|wrong| {
        Failure::new("invalid", format!("{} cannot be read: {wrong}", path.display()))
            .hint("--data names a folder with equations.csv of the AI Feynman database")
    })?;
    let mut laws = known_laws(&text, Some(UNITS))
        .map_err(|wrong| Failure::new("invalid", format!("{} cannot be read: {wrong}", path.display())))?;
    if let Some(unknown) = args.equations.iter().find(|name| !laws.iter().any(|law| law.name == **name)) {
        return Err(Failure::new("invalid", format!("there is no equation {unknown} in {}", path.display())).into());
    }
    laws.retain(|law| args.equations.is_empty() || args.equations.contains(&law.name));
    if args.units == Units::On
        && let Some(without) = laws.iter().find(|law| !law.has_units())
    {
        return Err(Failure::new("invalid", format!("the units of {} are not known", without.name))
            .hint("--units off measures without them")
            .into());
    }
    let limit = Duration::try_from_secs_f64(args.seconds).is_ok_and(|limit| !limit.is_zero());
    if !limit || !(0.0..1e3).contains(&args.noise) {
        return Err(Failure::new("invalid", "--seconds is a time above 0, --noise a share from 0 on").into());
    }
    Ok(laws)
}

fn count(found: &[Found], tool: &str) -> Count {
    let all: Vec<&Found> = found.iter().filter(|one| one.tool == tool).collect();
    let mut times: Vec<f64> = all.iter().filter(|one| one.recovered).map(|one| one.seconds).collect();
    times.sort_by(f64::total_cmp);
    Count { recovered: times.len(), of: all.len(), median_s: times.get(times.len() / 2).copied().unwrap_or_default() }
}

fn measure(tool: &str, law: &KnownLaw, seed: u64, args: &LawArgs) -> anyhow::Result<Found> {
    let train = law.sample(ROWS, seed, args.noise);
    // Other rows for any two seeds.
    let unseen = law.sample(ROWS, seed ^ (1 << 40), 0.0);
    let load = Machine::now().load;
    let outcome = match tool {
        "hven" => by_hven(law, &train, &unseen, seed, args),
        _ => {
            let python = args.operon.as_deref().context("no Python with pyoperon is named")?;
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

/// When a tool that is told the unseen rows may stop: with noise never.
fn exactness(args: &LawArgs) -> f64 {
    if args.noise > 0.0 { -1.0 } else { TOLERANCE }
}

fn by_hven(law: &KnownLaw, train: &Sampled, unseen: &Sampled, seed: u64, args: &LawArgs) -> Outcome {
    let problem = law.problem(train, args.units == Units::On);
    let options = Options {
        seed,
        threads: cores(),
        time_limit: Some(Duration::from_secs_f64(args.seconds)),
        // Intervals do not change which law is found.
        bootstrap: 0,
        ..Options::default()
    };
    let begun = Instant::now();
    let cpu = || cpu_time(std::process::id()).unwrap_or_default();
    let cpu_before = cpu();
    let found = find(&problem, &options, &mut |_| {}, &AtomicBool::new(false));
    let (seconds, cpu_s) = (begun.elapsed().as_secs_f64(), cpu().saturating_sub(cpu_before).as_secs_f64());
    let none = |why: String| Outcome { law: String::new(), tree: None, r2: f64::NAN, seconds, cpu_s, why: Some(why) };
    match found {
        Err(wrong) => none(wrong.to_string()),
        Ok(found) => match found.chosen() {
            None => none("no law at all".to_owned()),
            Some(chosen) => {
                let r2 = r2(chosen, unseen);
                let why = why_not(&found, r2, unseen);
                Outcome { law: chosen.display.clone(), tree: Some(chosen.tree.clone()), r2, seconds, cpu_s, why }
            }
        },
    }
}

/// Why a search that did not find the law did not.
fn why_not(found: &Law, r2: f64, unseen: &Sampled) -> Option<String> {
    let on_front = found.front.iter().any(|candidate| same_form(&candidate.tree, unseen, TOLERANCE));
    let r2_text = format!("R² {r2:.6}");
    Some(match found.ending {
        _ if on_front => format!("found, but another was chosen: {r2_text}"),
        Ending::Time => format!("time was over: {r2_text}"),
        Ending::Budget => format!("the evaluations were spent: {r2_text}"),
        Ending::Exact => return None,
    })
}

fn r2(candidate: &Candidate, rows: &Sampled) -> f64 {
    let mean = rows.target.iter().sum::<f64>() / rows.target.len() as f64;
    let predicted = candidate.evaluate(&rows.inputs);
    let left: f64 = predicted.iter().zip(&rows.target).map(|(p, y)| (p - y) * (p - y)).sum();
    1.0 - left / rows.target.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>()
}

/// Results of this and earlier calls, a line each.
#[derive(Debug, Default)]
struct Results {
    path: Option<PathBuf>,
    found: Vec<Found>,
}

impl Results {
    fn open(path: &Path) -> anyhow::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => String::new(),
            Err(wrong) => return Err(wrong).with_context(|| format!("{} cannot be read", path.display())),
        };
        // The last line may be cut; what it told is measured again.
        let found = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !text.is_empty() && !text.ends_with('\n') {
            append(path, "\n")?;
        }
        Ok(Self { path: Some(path.to_owned()), found })
    }

    fn look(&self, tool: &str, law: &KnownLaw, seed: u64, args: &LawArgs) -> Option<&Found> {
        let same = |a: f64, b: f64| a.total_cmp(&b).is_eq();
        self.found.iter().find(|one| {
            one.tool == tool
                && one.equation == law.name
                && one.seed == seed
                && one.units == args.units
                && same(one.noise, args.noise)
                && same(one.limit_s, args.seconds)
        })
    }

    fn add(&mut self, found: &Found) -> anyhow::Result<()> {
        match &self.path {
            Some(path) => append(path, &format!("{}\n", serde_json::to_string(found)?)),
            None => Ok(()),
        }
    }
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let open = fs::OpenOptions::new().create(true).append(true).open(path);
    open.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(resume: Option<PathBuf>, data: &Path) -> LawArgs {
        LawArgs {
            data: data.to_owned(),
            equations: Vec::new(),
            seconds: 20.0,
            noise: 0.0,
            units: Units::On,
            seeds: vec![1],
            operon: None,
            resume,
        }
    }

    fn folder_with(table: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(TABLE), format!("name,output,formula,variables\n{table}")).expect("a table");
        folder
    }

    #[test]
    fn what_was_measured_is_not_measured_again() {
        let folder = folder_with("I.12.5,F,q2*Ef,q2:1:5 Ef:1:5\n");
        let path = folder.path().join("results.jsonl");
        let args = args(Some(path.clone()), folder.path());
        let law = &wanted(&args).expect("a law")[0];
        let found = measure("hven", law, 1, &args).expect("a result");
        assert!(found.recovered, "{found:?}");
        let mut results = Results::open(&path).expect("no file yet");
        assert!(results.look("hven", law, 1, &args).is_none());
        results.add(&found).expect("a line");
        append(&path, "{\"tool\":\"hv").expect("a line that is cut");
        let again = Results::open(&path).expect("a file");
        assert_eq!(again.look("hven", law, 1, &args).map(|f| f.law.as_str()), Some(found.law.as_str()));
        for other in [again.look("hven", law, 2, &args), again.look("operon", law, 1, &args)] {
            assert!(other.is_none());
        }
        assert!(fs::read_to_string(&path).expect("a file").ends_with('\n'));
    }

    #[test]
    fn what_cannot_be_measured_is_said() {
        let folder = folder_with("none,y,2*x,x:1:5\n");
        let empty = tempfile::tempdir().expect("a folder");
        let told = |args: &LawArgs| wanted(args).expect_err("an error").to_string();
        assert!(told(&args(None, empty.path())).contains("equations.csv cannot be read"));
        assert_eq!(told(&args(None, folder.path())), "the units of none are not known");
        let mut unknown = args(None, folder.path());
        unknown.equations = vec!["II.1".to_owned()];
        assert!(told(&unknown).starts_with("there is no equation II.1"));
        let mut without = args(None, folder.path());
        without.units = Units::Off;
        assert_eq!(wanted(&without).expect("a law").len(), 1);
        without.seconds = f64::NAN;
        assert!(told(&without).contains("--seconds"));
    }
}
