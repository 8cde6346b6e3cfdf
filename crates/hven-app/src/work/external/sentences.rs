//! The sentences about work that is done elsewhere.

use hven_core::{
    run::State,
    sentence::{Moment, Sentence},
};

use crate::{
    kernel::sentences::AnswerSentence,
    ports::run::{ExternalWork, RunView},
    work::{external::reporters::LastReport, floor::Work},
};

/// Where the work is done, when it was heard of last, and how it ended. Each sentence says what it is about.
pub(crate) fn explained(work: &Work, run: &RunView, elsewhere: &ExternalWork) -> Vec<(&'static str, Sentence)> {
    let external = &elsewhere.external;
    let source = external.source.clone();
    let place = match external.host.clone() {
        Some(host) => AnswerSentence::PlaceElsewhereOn { source, host },
        None => AnswerSentence::PlaceElsewhere { source },
    };
    let mut lines = vec![("place", place.sentence())];
    if run.state == State::Unknown {
        let silent = AnswerSentence::SilentSince { silent_after_s: external.silent_after_s };
        lines.push(("place", silent.sentence()));
    }
    match work.reporters.last_report(run.id) {
        Some(LastReport::At(time)) => {
            lines.push(("place", AnswerSentence::HeardLast { heard_time: Moment(time) }.sentence()));
        }
        Some(LastReport::NoneSince(start)) => {
            lines.push(("place", AnswerSentence::HeardNever { start_time: Moment(start) }.sentence()));
        }
        None => {}
    }
    if let Some(end) = &elsewhere.end {
        lines.push(("end", end.recorded().sentence()));
    }
    lines
}
