//! The result of an attempt as it is recorded: without its declared outputs, a process has not succeeded.

use super::{
    outcome::Outcome,
    result::{AttemptResult, MissingOutput},
};
use crate::recorded;

impl AttemptResult {
    /// The result in the form in which it is recorded. A process that succeeded without making its declared outputs has
    /// failed.
    #[must_use]
    pub fn as_recorded(&self) -> Self {
        let mut result = self.clone();
        result.outcome = self.recorded_outcome();
        // A negative or undefined duration is replaced by 0.
        if !(result.wall_s.is_finite() && result.wall_s >= 0.0) {
            result.wall_s = 0.0;
        }
        result
    }

    /// The outcome that is recorded.
    pub fn recorded_outcome(&self) -> Outcome {
        output_lost(self).unwrap_or_else(|| self.outcome.clone())
    }
}

/// The outcome of an attempt with a missing or incomplete output, if it would have succeeded otherwise.
fn output_lost(result: &AttemptResult) -> Option<Outcome> {
    let mut lost = result.outputs_missing.iter().filter(|missing| !is_kept_link(result, missing));
    let MissingOutput { path, why } = match &result.outcome {
        Outcome::Done => lost.next(),
        Outcome::OutputMissing { path } => lost.find(|missing| missing.path == *path),
        _ => None,
    }?;
    if recorded::recognise(why).is_some_and(|said| said.code == "output.absent") {
        return Some(Outcome::OutputMissing { path: path.clone() });
    }
    let is_below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let output = result.outputs.iter().map(|kept| &kept.path).find(|folder| is_below(folder)).unwrap_or(path);
    Some(Outcome::OutputNotKept { output: output.clone(), path: path.clone(), why: why.clone() })
}

/// Whether only the target of a link is missing. A link in an output folder is kept as a link.
fn is_kept_link(result: &AttemptResult, missing: &MissingOutput) -> bool {
    let is_below = |folder: &str| missing.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let is_link = recorded::recognise(&missing.why)
        .is_some_and(|said| matches!(said.code, "output.entry_link_absent" | "output.entry_link_outside"));
    is_link && result.outputs.iter().any(|kept| is_below(&kept.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Digest,
        object::{FileKind, FileRef},
        recorded::Recorded,
    };

    #[test]
    fn the_outcome_names_the_state_of_each_output() {
        let kept = FileRef { path: "data".to_owned(), digest: Digest::of(b""), size: 0, kind: FileKind::Folder };
        let done = AttemptResult { outputs: vec![kept], ..AttemptResult::without_process(Outcome::Done) };
        let check = |outcome: &Outcome, lost: &[(&str, Recorded)], want: &str| {
            let lost = lost.iter().map(|(path, why)| MissingOutput { path: (*path).to_owned(), why: why.to_string() });
            let result = AttemptResult { outcome: outcome.clone(), outputs_missing: lost.collect(), ..done.clone() };
            assert_eq!(result.recorded_outcome().to_string(), want);
        };
        let pipe = || Recorded::OutputSpecial { what: recorded::RecordedText(Recorded::Pipe.to_string()) };
        let holds = "its output data holds data/ff, which cannot be kept: it is a pipe, not a file or folder";
        check(&Outcome::Done, &[("data/ff", pipe())], holds);
        check(&Outcome::Done, &[("data/link", Recorded::EntryLinkAbsent)], "done");
        check(&Outcome::Done, &[("data/link", Recorded::EntryLinkAbsent), ("data/ff", pipe())], holds);
        let missing = Outcome::OutputMissing { path: "b".to_owned() };
        let absent = ("b", Recorded::OutputAbsent);
        check(&missing, &[("data/ff", pipe()), absent], "its declared output b is missing");
        let special = "its declared output b cannot be kept: it is a pipe, not a file or folder";
        check(&missing, &[("b", pipe())], special);
        check(&Outcome::Failed { exit: 4 }, &[("b", pipe())], "failed with exit status 4");
    }
}
