//! The settings of `hven rerun`: which runs, how they are started, and the options that the record does not contain.

use std::path::PathBuf;

use hven_client::Failure;

use super::{args::RerunArgs, final_states::FINAL_STATES};
use crate::run_filter::RunFilter;

/// Which runs are repeated, and how.
#[derive(Debug)]
pub(super) struct RerunSettings {
    pub(super) selection: RerunSelection,
    pub(super) options: RerunOptions,
    /// Several runs are repeated without a question.
    pub(super) yes: bool,
    pub(super) detach: bool,
    /// Only list the runs that would be repeated.
    pub(super) dry_run: bool,
}

/// The selection of runs.
#[derive(Debug)]
pub(super) enum RerunSelection {
    /// As the user named them.
    Named(Vec<String>),
    /// Matching runs of the caller that ended in one of these states.
    Fitting { states: Vec<String>, filter: RunFilter },
}

/// Options of a repeated run that the record does not contain.
#[derive(Clone, Debug)]
pub(super) struct RerunOptions {
    pub(super) follow_links: bool,
    pub(super) include_key_files: Vec<PathBuf>,
    pub(super) despite_checks: bool,
    pub(super) despite_suspicion: Option<String>,
}

/// Resolves the settings. Refuses a request without any selection, which would repeat all runs of the caller.
pub(super) fn resolve(args: RerunArgs) -> Result<RerunSettings, Failure> {
    let RerunArgs { runs, state, filter, detach, dry_run, yes, follow_links, include_key_file, .. } = args;
    let selection = if !runs.is_empty() {
        RerunSelection::Named(runs)
    } else if state.is_empty() && filter.is_empty() {
        return Err(Failure::new("usage", "no runs are selected")
            .hint("name them, as in `hven rerun 7Q2M`, or use --state, --project, --name, --tag or --since"));
    } else {
        let states = if state.is_empty() { FINAL_STATES.map(str::to_owned).to_vec() } else { state };
        RerunSelection::Fitting { states, filter }
    };
    let options = RerunOptions {
        follow_links,
        include_key_files: include_key_file,
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion,
    };
    Ok(RerunSettings { selection, options, yes, detach, dry_run })
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};

    use super::*;

    fn resolved(words: &[&str]) -> Result<RerunSettings, Failure> {
        let command = RerunArgs::augment_args(clap::Command::new("rerun").no_binary_name(true));
        let matches = command.try_get_matches_from(words).expect("the grammar takes it");
        resolve(RerunArgs::from_arg_matches(&matches).expect("typed"))
    }

    #[test]
    fn runs_are_named_or_fit_a_filter() {
        assert_eq!(resolved(&["-d"]).map(drop).map_err(|failure| failure.code), Err("usage"));
        let named = resolved(&["7Q2M", "last"]).expect("two runs");
        assert!(matches!(&named.selection, RerunSelection::Named(runs) if runs == &["7Q2M", "last"]), "{named:?}");
        let check = |words: &[&str], wanted: &[&str]| {
            let settings = resolved(words).expect("a filter");
            assert!(
                matches!(&settings.selection, RerunSelection::Fitting { states, .. } if states == wanted),
                "{settings:?}"
            );
        };
        check(&["--state", "failed,lost"], &["failed", "lost"]);
        check(&["--project", "astro"], &FINAL_STATES);
    }
}
