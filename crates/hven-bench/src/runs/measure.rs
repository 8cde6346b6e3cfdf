//! Measures the questions: on a server that has just started, and on one that has answered before.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use clap::Args;
use hven_terminal::{Field, HumanReadable, Output, TerminalWriter, exit};
use serde::Serialize;
use serde_json::Value;

use super::{
    fill::{self, Sizes},
    questions::{Known, QUESTIONS, Question},
};
use crate::{
    http::Connection,
    machine::{Machine, OwnServer, Scratch, median_and_p95, resident_bytes},
    servers::Servers,
};

#[derive(Debug, Args)]
pub struct RunsArgs {
    /// How many runs the home has
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    pub runs: u32,
    /// How many metrics each run has
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    pub metrics: u32,
    /// How many parameters each run has
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub params: u32,
    /// How many of the runs have a metric with many steps
    #[arg(long, default_value_t = 100)]
    pub long_runs: u32,
    /// How many steps it has
    #[arg(long, default_value_t = 1_000_000)]
    pub steps: u32,
    /// How often each question is asked of a server that has answered before
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(5..=10_000))]
    pub repeat: u32,
    /// How often each question is the first of a server that has just started
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub starts: u32,
    /// Keep the home in this folder, or use the home that is there
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    pub home: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct RunsMeasured {
    schema: &'static str,
    machine: Machine,
    runs: u32,
    metrics: u32,
    params: u32,
    long_runs: u32,
    steps: u32,
    /// How long it took to report all runs; absent if the home existed.
    fill_s: Option<f64>,
    questions: Vec<Asked>,
    /// The memory of the server after all questions, and the most that it has had.
    memory_bytes: Option<u64>,
}

/// The answer times of one kind of question, in milliseconds.
#[derive(Debug, Serialize)]
struct Asked {
    name: &'static str,
    /// The first question of a server.
    cold_p50_ms: f64,
    cold_p95_ms: f64,
    warm_p50_ms: f64,
    warm_p95_ms: f64,
    answer_bytes: usize,
}

impl HumanReadable for RunsMeasured {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&self.machine.line())?;
        writer.line(&format!(
            "{} runs, each with {} metrics and {} parameters; {} of them with a metric of {} steps",
            self.runs, self.metrics, self.params, self.long_runs, self.steps
        ))?;
        if let Some(fill_s) = self.fill_s {
            writer.line(&format!("reported in {fill_s:.0} s"))?;
        }
        let ms = |value: f64| Field::Number(format!("{value:.1} ms"));
        let row = |asked: &Asked| {
            vec![
                asked.name.into(),
                ms(asked.cold_p50_ms),
                ms(asked.cold_p95_ms),
                ms(asked.warm_p50_ms),
                ms(asked.warm_p95_ms),
                Field::Number(format!("{:.0} kB", asked.answer_bytes as f64 / 1e3)),
            ]
        };
        writer.table(
            &["QUESTION", "COLD, P50", "COLD, P95", "WARM, P50", "WARM, P95", "ANSWER"],
            self.questions.iter().map(row).collect(),
        )?;
        let memory =
            self.memory_bytes.map_or_else(|| "not known".to_owned(), |bytes| format!("{:.0} MB", bytes as f64 / 1e6));
        writer.line(&format!("memory of the server afterwards: {memory}"))
    }
}

pub fn runs(args: &RunsArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    let machine = Machine::now();
    let scratch = Scratch::new("runs").context("the folder of the measurement cannot be created")?;
    let home = args.home.clone().unwrap_or_else(|| scratch.path().join("home"));
    let sizes = Sizes {
        runs: args.runs,
        metrics: args.metrics,
        params: args.params,
        long_runs: args.long_runs.min(args.runs),
        steps: args.steps,
    };
    let exists = home.join("FORMAT").exists();
    let mut fill_s = None;
    if !exists {
        output.note("reporting the runs …");
        let start = Instant::now();
        let server = OwnServer::start(&home, servers)?;
        let (address, token) = address(&home)?;
        fill::fill(&address, &token, &home, &sizes)?;
        drop(server);
        fill_s = Some(start.elapsed().as_secs_f64());
    }
    output.note("asking …");
    let server = OwnServer::start(&home, servers)?;
    let (ids, cursor) = all_runs(&home)?;
    let known = Known { sizes, runs: &ids, cursor: cursor.as_deref() };
    let mut warm = Vec::new();
    for question in QUESTIONS {
        warm.push(warm_times(&home, question, &known, args.repeat)?);
    }
    let memory_bytes = resident_bytes(server.pid());
    drop(server);
    let mut asked = Vec::new();
    for (question, (warm, answer_bytes)) in QUESTIONS.iter().zip(warm) {
        let cold = (0..args.starts).map(|number| {
            let _server = OwnServer::start(&home, servers)?;
            // The connection of the client that started it is not the first question.
            let mut connection = connect(&home)?;
            Ok(ask(&mut connection, question, &known, number)?.0)
        });
        let (cold_p50, cold_p95) = median_and_p95(cold.collect::<anyhow::Result<_>>()?);
        let (warm_p50, warm_p95) = median_and_p95(warm);
        asked.push(Asked {
            name: question.name,
            cold_p50_ms: cold_p50 * 1e3,
            cold_p95_ms: cold_p95 * 1e3,
            warm_p50_ms: warm_p50 * 1e3,
            warm_p95_ms: warm_p95 * 1e3,
            answer_bytes,
        });
    }
    output.reply(&RunsMeasured {
        schema: "hven.bench_runs/1",
        machine,
        runs: args.runs,
        metrics: args.metrics,
        params: args.params,
        long_runs: sizes.long_runs,
        steps: args.steps,
        fill_s,
        questions: asked,
        memory_bytes,
    })?;
    Ok(exit::OK)
}

/// The address of the running server, and the token of the home's owner.
fn address(home: &Path) -> anyhow::Result<(String, String)> {
    let file = hven_client::ServerFile::read(home).context("the server has written no address")?;
    let token = fs::read_to_string(home.join("token")).context("the token of the home cannot be read")?;
    Ok((file.url.trim_start_matches("http://").to_owned(), token.trim().to_owned()))
}

fn connect(home: &Path) -> anyhow::Result<Connection> {
    let (address, token) = address(home)?;
    Connection::open(&address, Some(&token))
}

/// The ids of all runs, the oldest first, and a cursor in the middle of the list.
fn all_runs(home: &Path) -> anyhow::Result<(Vec<String>, Option<String>)> {
    let mut connection = connect(home)?;
    let (mut ids, mut cursors) = (Vec::new(), Vec::<String>::new());
    loop {
        let after = cursors.last().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = connection.call("GET", &format!("/api/v1/runs?project=bench&limit=1000{after}"), &Value::Null)?;
        let runs = page["items"].as_array().context("the list has no runs")?;
        ids.extend(runs.iter().filter_map(|run| run["id"].as_str()).map(str::to_owned));
        match page["next"].as_str() {
            Some(cursor) => cursors.push(cursor.to_owned()),
            None => break,
        }
    }
    ids.reverse();
    let middle = cursors.len() / 2;
    Ok((ids, cursors.into_iter().nth(middle)))
}

fn warm_times(
    home: &Path,
    question: &Question,
    known: &Known<'_>,
    repeat: u32,
) -> anyhow::Result<(Vec<Duration>, usize)> {
    let mut connection = connect(home)?;
    // The first question of its kind is not measured.
    let (_, answer_bytes) = ask(&mut connection, question, known, repeat)?;
    let times = (0..repeat).map(|number| Ok(ask(&mut connection, question, known, number)?.0));
    Ok((times.collect::<anyhow::Result<_>>()?, answer_bytes))
}

/// The time until the answer is read, and its length in bytes.
fn ask(
    connection: &mut Connection,
    question: &Question,
    known: &Known<'_>,
    number: u32,
) -> anyhow::Result<(Duration, usize)> {
    let path = format!("/api/v1/{}", (question.path)(known, number));
    let start = Instant::now();
    let answer = connection.get(&path).with_context(|| question.name)?;
    Ok((start.elapsed(), answer.len()))
}
