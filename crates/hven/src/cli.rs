//! The grammar of the command line. The file of each command is in `commands`.

use clap::Parser;

use crate::{commands::Command, global_args::Global};

/// The text below the list of commands.
const AFTER_HELP: &str = "\
Examples:
  hven run -- python train.py --lr 0.01     run anything, tracked and repeatable
  hven ps -a                                recent and active runs
  hven show last                            everything about the newest run
  hven login                                a link to the pages in a browser

RUN is a handle (7Q2M), an id, the beginning of an id (at least 13 digits), or `last`.
`hven COMMAND --help` has more examples. docs/commands.md lists the exit statuses.";

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

impl Cli {
    /// Whether another command started this process as a server in the background. Such a server reports its errors to
    /// that command as JSON.
    pub fn is_started_by_a_command(&self) -> bool {
        matches!(&self.command, Some(Command::Up(up)) if up.auto_started)
    }

    /// Whether the command exits with the exit status of the user's script.
    pub fn has_status_of_script(&self) -> bool {
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
    fn the_grammar_is_valid() {
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
    fn arguments_after_the_command_belong_to_the_script() {
        let parse = |words: &[&str]| match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Some(Command::Run(run))) => {
                let text = |word: &std::ffi::OsString| word.to_str().expect("text").to_owned();
                Ok((run.task.input, run.command.iter().map(text).collect::<Vec<_>>()))
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
