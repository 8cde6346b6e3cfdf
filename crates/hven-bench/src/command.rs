//! `hven bench`: measures this Hven on this machine, in the same call as the program with which it is compared.

use clap::{Args, Subcommand};
use hven_terminal::Output;

use crate::{
    engine, export, import, law, lineage, log, map, predict, record, runs, servers::Servers, start, tasks, track,
};

/// Measure this Hven on this machine
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven bench record              durable facts per second
  hven bench tasks               10,000 × /bin/true beside a bare spawn-and-wait loop
  hven bench map                 an array of 10,000 tasks, and a million that wait
  hven bench predict --tasks T   durations of the tasks of a trace, from those that ended before
  hven bench track --fasttrackml ~/fml/bin/fml
                                 what a client of MLflow waits for, here and elsewhere
  hven bench runs                lists, searches and curves of 10,000 runs with 1,000 metrics each
  hven bench log                 1 GB of output beside cat into a file
  hven bench import              1 GB of CSV beside DuckDB's COPY
  hven bench law --data feynman  known laws that are found again
  hven bench engine --nodes nodes.csv --tasks tasks.csv
                                 the scheduling engine on the trace of a GPU cluster
  hven bench lineage             what rests on something, among a million nodes
  hven bench export              10,000 runs as plain files, and back
  hven bench start --json
  hven bench tasks --tasks 1000 --against ~/old/hven --rounds 20

Each but law, engine and predict makes a home of its own below the temporary folder (TMPDIR) and removes it again. Numbers mean something only for
a release build on a quiet machine: the load is noted.")]
pub struct BenchArgs {
    #[command(subcommand)]
    pub what: BenchCommand,
}

#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Durable facts, compared with bare writes
    #[command(after_help = "Example:\n  hven bench record --writers 1,64 --facts 100000 --slower-by 4ms")]
    Record(record::RecordArgs),
    /// Many short tasks
    #[command(after_help = "Example:\n  hven bench tasks --tasks 1000")]
    Tasks(tasks::TasksArgs),
    /// The tasks of an array, compared with xargs and schedulers from PyPI; and many that wait
    #[command(after_help = "Example:\n  hven bench map --tasks 1000 --peer ~/hyperqueue/bin/python")]
    Map(map::MapArgs),
    /// How well durations of tasks are predicted, compared with the quantiles of their groups
    #[command(after_help = "Example:\n  hven bench predict --tasks openb_pod_list_default.csv")]
    Predict(predict::PredictArgs),
    /// The waiting times of a client of MLflow, compared with other servers of its protocol
    #[command(after_help = "Example:\n  hven bench track --fasttrackml ~/fml/bin/fml --mlflow ~/mlflow/bin/python")]
    Track(track::TrackArgs),
    /// Lists, searches, comparisons and curves of many runs with many metrics
    #[command(after_help = "Example:\n  hven bench runs --runs 1000 --long-runs 10 --home ~/bench-home")]
    Runs(runs::RunsArgs),
    /// A task that prints much, until its log is sealed in objects
    #[command(after_help = "Example:\n  hven bench log --megabytes 200")]
    Log(log::LogArgs),
    /// Import of a large CSV file, compared with DuckDB
    #[command(after_help = "Example:\n  hven bench import --megabytes 100")]
    Import(import::ImportArgs),
    /// How many known laws the search recovers, compared with Operon
    #[command(
        after_help = "Example:\n  hven bench law --data feynman --operon ~/operon/bin/python --resume laws.jsonl"
    )]
    Law(law::LawArgs),
    /// The scheduling engine on the trace of a GPU cluster, compared with other policies
    ///
    /// The tables are those of Alibaba's cluster-trace-gpu-v2023. All policies get the same tasks, rounded to whole cores and
    /// GPUs, in one simulation with a virtual clock; no process is started.
    #[command(
        after_help = "Example:\n  hven bench engine --nodes openb_node_list_all_node.csv --tasks openb_pod_list_default.csv --load 0.8"
    )]
    Engine(engine::EngineArgs),
    /// All nodes that rest on a node, in a large home
    #[command(after_help = "Example:\n  hven bench lineage --nodes 100000 --edges 500000")]
    Lineage(lineage::LineageArgs),
    /// Export of a home to plain files, and import of these files
    #[command(after_help = "Example:\n  hven bench export --runs 1000 --logged 100")]
    Export(export::ExportArgs),
    /// How soon a server answers, and what `hven run` adds to a command
    #[command(after_help = "Example:\n  hven bench start --repeat 20")]
    Start(start::StartArgs),
}

/// Runs the chosen measurement. `servers` starts and stops the servers of its homes.
pub fn bench(args: &BenchArgs, servers: &dyn Servers, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.what {
        BenchCommand::Record(args) => record::record(args, output),
        BenchCommand::Tasks(args) => tasks::tasks(args, servers, output),
        BenchCommand::Map(args) => map::map(args, servers, output),
        BenchCommand::Predict(args) => predict::predict(args, output),
        BenchCommand::Track(args) => track::track(args, servers, output),
        BenchCommand::Runs(args) => runs::runs(args, servers, output),
        BenchCommand::Log(args) => log::log(args, servers, output),
        BenchCommand::Import(args) => import::import(args, output),
        BenchCommand::Law(args) => law::law(args, output),
        BenchCommand::Engine(args) => engine::engine(args, output),
        BenchCommand::Lineage(args) => lineage::lineage(args, output),
        BenchCommand::Export(args) => export::export(args, output),
        BenchCommand::Start(args) => start::start(args, servers, output),
    }
}
