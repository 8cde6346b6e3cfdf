//! `hven log` has two uses: without a subcommand it reads the facts of the record; `hven log metric` and `hven log
//! param` write to a run, from its script or from outside.

use std::{
    fs::OpenOptions,
    io::Write,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::{Args, Subcommand};
use clap_complete::ArgValueCompleter;
use hven_api::metrics::NewPoint;
use hven_client::{Address, Client, FactQuery, Failure, Fixed, HomeEvent, Patience, env};
use hven_core::Time;
use hven_terminal::{ActionDone, Output, exit};

use crate::{
    act::Act,
    arg_values::{param_value, parse_filter, parse_pair},
    complete,
    context::Context,
};

/// Read the facts of the record, or log a metric or parameter of a run
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  hven log                                    the newest facts
  hven log --run 7Q2M --oldest                the history of one run
  hven log -f                                 new facts as they are recorded
  hven log metric loss=0.1 acc=0.9 --step 3   in a script: points of metrics
  hven log param lr=0.1                       in a script: a parameter

`hven logs RUN` prints the output of a run."
)]
pub struct LogArgs {
    #[command(subcommand)]
    pub write: Option<LogEntry>,
    #[command(flatten)]
    pub read: ReadArgs,
}

impl Act for LogArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        log(self, context, output)
    }
}

#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Only facts about this run
    #[arg(long, value_parser = parse_filter, add = ArgValueCompleter::new(complete::runs))]
    pub run: Option<String>,
    /// Only facts of this kind, such as run.finished
    #[arg(long)]
    pub kind: Option<String>,
    /// Only facts after this number
    #[arg(long, value_name = "SEQ")]
    pub after: Option<u64>,
    /// Show the oldest facts first
    #[arg(long)]
    pub oldest: bool,
    /// The most facts that are shown
    #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Continue where the previous page ended
    #[arg(long)]
    pub cursor: Option<String>,
    /// Show new facts as they are recorded
    #[arg(short, long, conflicts_with_all = ["oldest", "cursor"])]
    pub follow: bool,
}

#[derive(Debug, Subcommand)]
pub enum LogEntry {
    /// Log points of metrics
    Metric(MetricArgs),
    /// Log parameters
    Param(ParamArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven log metric loss=0.1 acc=0.9 --step 3
  hven log metric --run 7Q2M score=0.7

In a script that Hven runs, the run is known. If the server cannot be reached there, the point is written to the file
$HVEN_METRICS and is recorded from it.")]
pub struct MetricArgs {
    /// NAME=VALUE; a value is a number, NaN, Infinity or -Infinity
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_metric)]
    pub points: Vec<(String, f64)>,
    /// The step, a whole number
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub step: i64,
    /// The run; required outside of the script of a run
    #[arg(long, value_parser = parse_filter, add = ArgValueCompleter::new(complete::runs))]
    pub run: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven log param lr=0.1 optimizer=adam
  hven log param --run 7Q2M checked=true")]
pub struct ParamArgs {
    /// NAME=VALUE; a value is JSON, or text
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_pair)]
    pub params: Vec<(String, String)>,
    /// The run; required outside of the script of a run
    #[arg(long, value_parser = parse_filter, add = ArgValueCompleter::new(complete::runs))]
    pub run: Option<String>,
}

fn parse_metric(text: &str) -> Result<(String, f64), String> {
    let (name, value) = parse_pair(text)?;
    let number: f64 = value.parse().map_err(|_| format!("{value:?} is not a number"))?;
    // Infinity is accepted when it is written as a word, not as the result of a number that is too large.
    if number.is_infinite() && value.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(format!("{value:?} is too large: the largest number is 1.8e308"));
    }
    Ok((name, number))
}

/// A value in JSON. Values that are not finite become strings.
fn json_number(x: f64) -> serde_json::Value {
    match x {
        x if x.is_nan() => "NaN".into(),
        f64::INFINITY => "Infinity".into(),
        f64::NEG_INFINITY => "-Infinity".into(),
        x => x.into(),
    }
}

pub fn log(args: LogArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match args.write {
        None => read(args.read, context, output)?,
        Some(LogEntry::Metric(args)) => metric(args, context, output)?,
        Some(LogEntry::Param(args)) => param(args, context, output)?,
    }
    Ok(exit::OK)
}

fn read(args: ReadArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<()> {
    let client = context.client_of_existing()?;
    if args.follow {
        for event in client.events(args.run.as_deref(), args.after, Patience(Duration::from_mins(2))) {
            if let HomeEvent::Fact(fact) = event?
                && args.kind.as_ref().is_none_or(|kind| *kind == fact.kind)
            {
                output.reply(fact.as_ref())?;
            }
        }
        return Ok(());
    }
    let page = client.facts(&FactQuery {
        after: args.after,
        newest_first: !args.oldest,
        kind: args.kind,
        run: args.run,
        limit: Some(args.limit.into()),
        cursor: args.cursor,
        ..FactQuery::default()
    })?;
    output.reply(&page)
}

/// The run to which a metric or parameter is written.
struct Target {
    client: Client,
    run: String,
    /// In a task: the file for the values when the server cannot be reached.
    file: Option<PathBuf>,
}

/// The named run, or the run whose script calls this command.
fn target(named: Option<String>, context: &Context) -> anyhow::Result<Target> {
    if let Some(run) = named {
        return Ok(Target { client: context.client_of_existing()?, run, file: None });
    }
    let file = env::text(env::HVEN_METRICS).map(PathBuf::from);
    match (env::text(env::HVEN_URL), env::text(env::HVEN_TOKEN), env::text(env::HVEN_RUN_ID)) {
        (Some(url), Some(token), Some(run)) => {
            let address = Address::of_token(url.trim_end_matches('/'), token);
            // With the file as fallback, a script does not wait long for the server.
            let patience = Patience(if file.is_some() { Duration::from_millis(300) } else { Duration::from_secs(10) });
            Ok(Target { client: Client::new(Fixed(address)).with_patience(patience), run, file })
        }
        _ => Err(Failure::new("usage", "no run is named, and this is not the script of one")
            .hint("name it: `hven log metric --run RUN …`; `hven ps -a` lists the runs")
            .into()),
    }
}

impl Target {
    /// Reports what was logged. `sent` tells whether the run had ended. When the server cannot be reached, writes the
    /// lines to the file of the run instead.
    fn finish(
        &self,
        sent: hven_client::Result<bool>,
        lines: &[serde_json::Value],
        what: &str,
        output: &mut dyn Output,
    ) -> anyhow::Result<()> {
        let away = matches!(&sent, Err(error) if Client::may_pass(error));
        let mut added_later = false;
        match (&self.file, away) {
            (Some(file), true) => {
                let mut text = String::new();
                for line in lines {
                    text.push_str(&line.to_string());
                    text.push('\n');
                }
                // A single write to a file opened for appending: lines of several processes do not mix.
                let written = OpenOptions::new()
                    .append(true)
                    .create(true)
                    .open(file)
                    .and_then(|mut f| f.write_all(text.as_bytes()));
                written.map_err(|error| {
                    Failure::new(
                        "file.unwritable",
                        format!("the server cannot be reached, and {} cannot be written: {error}", file.display()),
                    )
                })?;
                output.note("the server cannot be reached: written to $HVEN_METRICS instead");
            }
            _ => added_later = sent?,
        }
        let later = if added_later { "; the run had ended: this is shown as added later" } else { "" };
        // In the log of a script this message would be noise: the metrics of the run show the values.
        if output.owns_stdout() || self.file.is_none() {
            output.reply(&ActionDone { schema: "hven.logged/1", text: format!("run {}: {what}{later}", self.run) })?;
        }
        Ok(())
    }
}

fn metric(args: MetricArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<()> {
    let target = target(args.run, context)?;
    // With its time, a point that is sent twice because a response was lost counts once.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)).to_string();
    let point = |(key, value): &(String, f64)| NewPoint {
        key: key.clone(),
        value: json_number(*value),
        step: args.step,
        time: Some(time.clone()),
    };
    let sent = target.client.log_metrics(&target.run, args.points.iter().map(point).collect());
    let sent = sent.map(|logged| logged.added_later);
    let lines: Vec<_> = args
        .points
        .iter()
        .map(|(key, value)| serde_json::json!({ "key": key, "value": json_number(*value), "step": args.step }))
        .collect();
    let names: Vec<&str> = args.points.iter().map(|(name, _)| name.as_str()).collect();
    target.finish(sent, &lines, &format!("logged {} at step {}", names.join(", "), args.step), output)
}

fn param(args: ParamArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<()> {
    let target = target(args.run, context)?;
    let params: std::collections::BTreeMap<_, _> =
        args.params.iter().map(|(name, value)| (name.clone(), param_value(value))).collect();
    let line = serde_json::json!({ "param": params });
    let names: Vec<&str> = args.params.iter().map(|(name, _)| name.as_str()).collect();
    let sent = target.client.log_params(&target.run, params);
    target.finish(sent, &[line], &format!("logged {}", names.join(", ")), output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_numbers_of_every_kind() {
        assert_eq!(parse_metric("loss=0.1"), Ok(("loss".to_owned(), 0.1)));
        assert_eq!(parse_metric("loss=-Infinity"), Ok(("loss".to_owned(), f64::NEG_INFINITY)));
        assert!(parse_metric("loss=nan").is_ok_and(|(_, value)| value.is_nan()));
        assert!(parse_metric("loss=low").is_err());
        for overflow in ["loss=1e400", "loss=-1e400"] {
            assert!(parse_metric(overflow).is_err_and(|why| why.contains("too large")), "{overflow}");
        }
        assert_eq!(parse_metric("loss=1e-400"), Ok(("loss".to_owned(), 0.0)));
        assert!(parse_metric("=1").is_err());
        assert_eq!(json_number(f64::INFINITY), serde_json::json!("Infinity"));
        assert_eq!(json_number(0.5), serde_json::json!(0.5));
    }
}
