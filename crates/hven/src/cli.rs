//! The command line's grammar. What a command does with it stands in its own file below `commands`.

use clap::{Parser, Subcommand};
use hven_bench::BenchArgs;

use crate::{commands as c, global_args::Global};

/// What stands below the list of commands.
const AFTER_HELP: &str = "\
Examples:
  hven run -- python train.py --lr 0.01     run anything, tracked and repeatable
  hven ps -a                                what ran and what runs
  hven show last                            everything about the newest run
  hven login                                a link to the pages in a browser

RUN is a handle (7Q2M), an id, the beginning of an id (at least 13 digits), or `last`.
`hven COMMAND --help` has more examples. The exit statuses stand in docs/commands.md.";

#[derive(Debug, Parser)]
#[command(
    name = "hven",
    version,
    about = "An AI-for-Science platform in one binary: any command run, watched, recorded and explained.",
    after_help = AFTER_HELP,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a command, tracked: its code, inputs, environment, output, metrics and use
    Run(c::run::RunArgs),
    /// Show a run's output from its beginning and go on as it grows
    Attach(c::attach::AttachArgs),
    /// List runs: those that run and wait, or all
    Ps(c::ps::PsArgs),
    /// Print what a run printed
    Logs(c::logs::LogsArgs),
    /// End runs, with all their processes
    Cancel(c::cancel::CancelArgs),
    /// Run the work of runs again, in their folders, with what lies there today
    Rerun(c::rerun::RerunArgs),
    /// Fetch what a run made: all of it, or files and folders of it
    Get(c::get::GetArgs),
    /// Reproduce runs from what is recorded, and compare what comes out
    Reproduce(c::reproduce::ReproduceArgs),
    /// Show everything about a run
    Show(c::show::ShowArgs),
    /// Tag runs, so that they are found again; or show their tags
    Tag(c::labels::TagArgs),
    /// Write a note on a run, or print it
    Note(c::labels::NoteArgs),
    /// Leave runs out of lists; nothing of them is deleted
    Archive(c::labels::ArchiveArgs),
    /// Take archived runs into lists again
    Unarchive(c::labels::UnarchiveArgs),
    /// Show what a run rests on, down to the raw bytes, and what rests on it
    Why(c::show::WhyArgs),
    /// Draw the lineage of something: a list, a picture, Graphviz, PROV
    Graph(c::graph::GraphArgs),
    /// Say why a run waits, ran here, ended so, or was not repeated
    Explain(c::show::ExplainArgs),
    /// Write a commented hven.toml from what lies in this folder
    Init(c::init::InitArgs),
    /// Datasets: bring tables in, look at them, divide them
    Data(c::data::DataArgs),
    /// Laws: find one in a dataset by symbolic regression
    Law(c::law::LawArgs),
    /// Claims: state what you found, and have it judged
    Claim(c::claim::ClaimArgs),
    /// Take something back: what rests on it turns suspect
    Retract(c::retract::RetractArgs),
    /// Say that something does not depend on what it was made with
    Assert(c::retract::AssertArgs),
    /// Run again what rests on something retracted
    Repair(c::repair::RepairArgs),
    /// Make a publication of claims: a folder and a zip that need no Hven
    Publish(c::publish::PublishArgs),
    /// Publications that were made
    Publication(c::publication::PublicationArgs),
    /// Check every digest of a publication, a folder or a zip; needs no home
    Verify(c::verify::VerifyArgs),
    /// Bring in what another home has written: a publication, or all of it
    Import(c::import::ImportArgs),
    /// Read the facts of the record; or log a metric or parameter of a run
    Log(c::log::LogArgs),
    /// Check that the record is as it was written
    Audit(c::audit::AuditArgs),
    /// Look for what is wrong with the home
    Doctor(c::doctor::DoctorArgs),
    /// Write a backup of the home, also while it is in use
    Backup(c::backup::BackupArgs),
    /// Make a home from a backup
    Restore(c::backup::RestoreArgs),
    /// Write the whole home as plain files that need no Hven
    Export(c::export::ExportArgs),
    /// Erase what should never have been recorded
    Redact(c::redact::RedactArgs),
    /// Remove objects that nothing refers to
    Gc(c::gc::GcArgs),
    /// Show the settings, and where each comes from
    Config(c::config::ConfigArgs),
    /// Serve the home, in the foreground
    Up(c::up::UpArgs),
    /// End the home's server; running tasks go on
    Down(c::up::DownArgs),
    /// Print a link that opens the pages in a browser, once
    Login(c::login::LoginArgs),
    /// Tokens for programs
    Token(c::token::TokenArgs),
    /// Who may do what, in a project or the whole home
    Member(c::member::MemberArgs),
    /// People
    User(c::user::UserArgs),
    /// Print the completion script for a shell
    Completion(c::completion::CompletionArgs),
    /// Measure this Hven on this machine
    Bench(BenchArgs),
    /// Do the work of a recipe in this folder: what the runner calls
    #[command(hide = true)]
    Recipe(c::recipe::RecipeArgs),
    /// Print the OpenAPI document
    #[command(hide = true)]
    Openapi,
}

impl Cli {
    /// A server that another command started in the background: it tells that one what went wrong in JSON.
    pub fn is_started_by_a_command(&self) -> bool {
        matches!(&self.command, Some(Command::Up(up)) if up.auto_started)
    }

    /// Commands that exit with the status of somebody's script.
    pub fn is_the_scripts_own_status(&self) -> bool {
        match &self.command {
            Some(Command::Run(_) | Command::Attach(_)) => true,
            Some(Command::Rerun(rerun)) => rerun.is_followed(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command, path: &str) {
            let path = format!("{path} {}", command.get_name());
            if command.has_subcommands() && command.get_after_help().is_none() {
                command.get_subcommands().for_each(|below| check(below, &path));
            } else if !command.is_hide_set() {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Example"), "`{path}` has no example");
            }
        }
        Cli::command().get_subcommands().for_each(|command| check(command, "hven"));
    }

    #[test]
    fn what_follows_the_command_is_the_scripts() {
        let parse = |words: &[&str]| match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Some(Command::Run(run))) => {
                let text = |word: &std::ffi::OsString| word.to_str().expect("text").to_owned();
                Ok((run.input, run.command.iter().map(text).collect::<Vec<_>>()))
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.kind()),
        };
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let plain = parse(&["hven", "run", "-i", "a", "b", "-i", "c", "--", "x", "--home", "y", "--", "-i"]);
        assert_eq!(plain, Ok((["a", "b", "c"].map(PathBuf::from).to_vec(), words(&["x", "--home", "y", "--", "-i"]))));
        assert_eq!(parse(&["hven", "run", "x", "--json", "-d"]), Ok((vec![], words(&["x", "--json", "-d"]))));
        assert!(parse(&["hven", "run", "--cpu", "2", "--", "x"]).is_err());
    }
}
