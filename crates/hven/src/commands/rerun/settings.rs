//! What `hven rerun` comes to: which runs are meant, how they are started, and what is said of each that no record has.

use std::path::PathBuf;

use hven_client::Failure;

use super::{args::RerunArgs, states::STATES};
use crate::run_filter::RunFilter;

/// Which runs are run again, and how.
#[derive(Debug)]
pub(super) struct RerunSettings {
    pub(super) which: Which,
    pub(super) anew: Anew,
    /// Several are run without asking.
    pub(super) yes: bool,
    pub(super) detach: bool,
    /// Only says which would be tried.
    pub(super) dry_run: bool,
}

/// Which runs are meant.
#[derive(Debug)]
pub(super) enum Which {
    /// As a person names them.
    Named(Vec<String>),
    /// Those of the caller that ended in one of these states and fit.
    Fitting { states: Vec<String>, filter: RunFilter },
}

/// What is not recorded of a run, and is said when it is run again.
#[derive(Clone, Debug)]
pub(super) struct Anew {
    pub(super) follow_links: bool,
    pub(super) include_key_files: Vec<PathBuf>,
    pub(super) despite_checks: bool,
    pub(super) despite_suspicion: Option<String>,
}

/// Refuses to run everything again that the caller ever ran.
pub(super) fn resolve(args: RerunArgs) -> Result<RerunSettings, Failure> {
    let RerunArgs { runs, state, filter, detach, dry_run, yes, follow_links, include_key_file, .. } = args;
    let which = if !runs.is_empty() {
        Which::Named(runs)
    } else if state.is_empty() && filter.is_empty() {
        return Err(Failure::new("usage", "it is not said which runs")
            .hint("name them, as in `hven rerun 7Q2M`, or say --state, --project, --name, --tag or --since"));
    } else {
        let states = if state.is_empty() { STATES.map(str::to_owned).to_vec() } else { state };
        Which::Fitting { states, filter }
    };
    let anew = Anew {
        follow_links,
        include_key_files: include_key_file,
        despite_checks: args.despite_checks,
        despite_suspicion: args.despite_suspicion,
    };
    Ok(RerunSettings { which, anew, yes, detach, dry_run })
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
        assert!(matches!(&named.which, Which::Named(runs) if runs == &["7Q2M", "last"]), "{named:?}");
        let check = |words: &[&str], wanted: &[&str]| {
            let settings = resolved(words).expect("a filter");
            assert!(matches!(&settings.which, Which::Fitting { states, .. } if states == wanted), "{settings:?}");
        };
        check(&["--state", "failed,lost"], &["failed", "lost"]);
        check(&["--project", "astro"], &STATES);
    }
}
