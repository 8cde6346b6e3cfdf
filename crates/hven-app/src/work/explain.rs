//! Explains in sentences why a run is in its place and why it ended in this way.

use hven_core::{
    access::Role,
    capture::{self, Note},
    catalogue::Purpose,
    file_name,
    recorded::{Recorded, RecordedText},
    resources::unit_names_line,
    run::{AttemptResult, Code, State},
    sentence::{Moment, Sentence},
    stdin::Stdin,
    stream::{Source, Stream},
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        facts::FactDescriber,
        sentences::AnswerSentence,
        soundness,
    },
    ports::{
        error::StoreError,
        run::{AttemptView, RunView},
    },
    work::{
        changes::run_changes,
        expectations::{
            run::{Expected, expected},
            sentences::sentences,
        },
        external,
        floor::Work,
        runs::{self, RunDetail},
        staleness,
        surroundings::document,
    },
};

/// One sentence, and its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainLine {
    /// `waits`, `starts`, `takes`, `ends`, `asks`, `place`, `attempt`, `end`, `stderr`, `files` or `cache`.
    pub about: &'static str,
    pub said: Sentence,
}

/// The answer to a question about a run.
#[derive(Clone, Debug)]
pub struct Explained {
    pub run: RunView,
    pub lines: Vec<ExplainLine>,
    pub expected: Expected,
}

pub async fn explain(work: &Work, caller: &Caller, name: &str) -> AppResult<Explained> {
    caller.require_user()?;
    let RunDetail { run, attempts, waiting, capture_notes, .. } = runs::detail(work, caller, name).await?;
    if let Some(deleted) = &run.deleted {
        let by = FactDescriber::default().actor(work, deleted.by).await?;
        let name = by.name.unwrap_or_else(|| by.kind.to_owned());
        let (deleted_time, because) = (Moment(deleted.time), deleted.because.clone());
        let said = AnswerSentence::EndDeleted { name, deleted_time, because }.sentence();
        return Ok(Explained { run, lines: vec![ExplainLine { about: "end", said }], expected: Expected::default() });
    }
    let (found, capture_notes): (Vec<Note>, Vec<Note>) = capture_notes.into_iter().partition(Note::is_of_attempt);
    caller.require(Role::Viewer, &run.project)?;
    let runners = work.ports.views.runners().await?;
    let host = |id| {
        runners
            .iter()
            .find(|r| r.id == id)
            .map_or(AnswerSentence::UnknownPlace, |r| AnswerSentence::Place {
                host: r.host.clone(),
                pool: r.pool.clone(),
            })
            .sentence()
    };
    let mut lines = Vec::new();
    lines.extend(waiting.map(|said| ExplainLine { about: "waits", said }));
    let expected = expected(work, &run).await?;
    lines.extend(sentences(&expected).into_iter().map(|(about, said)| ExplainLine { about, said }));
    for attempt in &attempts {
        lines.extend(attempt_lines(attempt, host(attempt.runner)));
    }
    if let Some(elsewhere) = run.external() {
        let reports = external::sentences::explained(work, &run, elsewhere);
        lines.extend(reports.into_iter().map(|(about, said)| ExplainLine { about, said }));
    }
    if let Some(result) = run.result.as_ref().filter(|_| run.state.is_final()) {
        lines.push(ExplainLine { about: "end", said: end(result, run.state).sentence() });
    }
    // The output of work elsewhere is not known.
    if run.state == State::Failed && run.external().is_none() {
        lines.extend(last_stderr_lines(work, &run).await?);
    }
    lines.extend(found.iter().filter_map(files).map(|said| ExplainLine { about: "files", said: said.sentence() }));
    let cached = match cache(&run, &capture_notes) {
        AnswerSentence::CacheNotAsked if !has_tool_data(work, &run).await? => AnswerSentence::CacheNotLooked,
        kept @ (AnswerSentence::CacheKept | AnswerSentence::CacheKeptRecipe) => {
            reuse_state(work, caller, &run, kept).await?
        }
        cached => cached,
    };
    lines.push(ExplainLine { about: "cache", said: cached.sentence() });
    let changes = run_changes::since_last(work, &run, &capture_notes).await?;
    lines.extend(changes.into_iter().map(|change| ExplainLine { about: "cache", said: change.sentence() }));
    Ok(Explained { run, lines, expected })
}

/// The sentence for a run that may be reused: only a finished and sound run with its outputs in the store is reused.
async fn reuse_state(work: &Work, caller: &Caller, run: &RunView, kept: AnswerSentence) -> AppResult<AnswerSentence> {
    if !run.state.is_final() {
        return Ok(AnswerSentence::CacheNotDone);
    }
    if run.state != State::Done {
        return Ok(AnswerSentence::CacheNotSucceeded);
    }
    if let Some(why) = soundness::explain(work, caller, run.id.into()).await?.said {
        return Ok(AnswerSentence::CacheUnsound { why });
    }
    Ok(if staleness::has_its_outputs(work, run).await? { kept } else { AnswerSentence::CacheOutputsGone })
}

/// Whether the programs and modules of a run were examined, as far as known.
async fn has_tool_data(work: &Work, run: &RunView) -> AppResult<bool> {
    let Some(spec) = run.spec() else { return Ok(true) };
    Ok(document::of_run(work, spec).await?.is_none_or(|surroundings| surroundings.tools.is_some()))
}

fn attempt_lines(attempt: &AttemptView, place: Sentence) -> Vec<ExplainLine> {
    let number = attempt.id.number;
    let mut lines =
        vec![ExplainLine { about: "place", said: AnswerSentence::PlaceFirst { attempt: number, place }.sentence() }];
    if !attempt.units.is_empty() {
        let units = unit_names_line(&attempt.units);
        lines.push(ExplainLine { about: "place", said: AnswerSentence::PlaceUnits { units }.sentence() });
    }
    if let Some(because) = &attempt.retry_because {
        let said =
            AnswerSentence::AttemptFollowed { attempt: number, because: RecordedText(because.clone()) }.sentence();
        lines.push(ExplainLine { about: "attempt", said });
    }
    lines
}

fn end(result: &AttemptResult, state: State) -> AnswerSentence {
    match state {
        State::Done if result.outputs.is_empty() => AnswerSentence::EndDoneWithoutOutputs,
        State::Done => AnswerSentence::EndDone,
        State::Cancelled => AnswerSentence::EndCancelled,
        _ => AnswerSentence::EndOther { outcome: RecordedText(result.outcome.to_string()) },
    }
}

/// How much of the end of a log is read, and (below) how many lines of it are shown.
const TAIL_BYTES: u64 = 64 << 10;

const LINES_MAX: usize = 10;

const LINE_CHARS_MAX: usize = 300;

/// The last bytes that a run printed to stderr, as far as they are in the end of its log; and whether this end is all of it.
async fn stderr_tail(work: &Work, run: &RunView) -> AppResult<(Vec<u8>, bool)> {
    let attempt = run.last_attempt();
    let extent = work.ports.series.extent(attempt, Stream::Log).await?;
    let from = extent.saturating_sub(TAIL_BYTES);
    let frames = work.ports.series.log(attempt, from, 2 * TAIL_BYTES as usize).await?;
    let stderr = frames.iter().filter(|frame| frame.source == Source::Stderr);
    let printed: Vec<u8> = stderr.flat_map(|frame| frame.bytes.iter().copied()).collect();
    let log = run.result.as_ref().map(|result| result.log).unwrap_or_default();
    Ok((printed, from == 0 && extent >= log.bytes && log.dropped_bytes == 0))
}

/// The last line that a run printed to stderr. `None` when there is none, or when it cannot be read.
pub(crate) async fn last_stderr_line(work: &Work, run: &RunView) -> AppResult<Option<String>> {
    match stderr_tail(work, run).await {
        Err(AppError::Store(StoreError::Damaged { .. })) => Ok(None),
        tail => Ok(last_lines(&tail?.0).pop()),
    }
}

/// The last lines that a run printed to stderr; empty when no attempt ran here.
async fn last_stderr_lines(work: &Work, run: &RunView) -> AppResult<Vec<ExplainLine>> {
    if run.attempts == 0 {
        return Ok(Vec::new());
    }
    let line = |said: Sentence| ExplainLine { about: "stderr", said };
    let (printed, is_whole) = match stderr_tail(work, run).await {
        Err(AppError::Store(error @ StoreError::Damaged { .. })) => {
            return Ok(vec![line(Recorded::PrintedUnreadable { error: error.to_string() }.sentence())]);
        }
        tail => tail?,
    };
    if printed.is_empty() && is_whole {
        return Ok(vec![line(AnswerSentence::StderrNothing.sentence())]);
    }
    let lines = last_lines(&printed);
    Ok(lines.into_iter().map(|text| line(AnswerSentence::StderrLine { line: text }.sentence())).collect())
}

fn last_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LINES_MAX)..];
    last.iter()
        .map(|line| match line.char_indices().nth(LINE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => (*line).to_owned(),
        })
        .collect()
}

/// The sentence for a note on the recorded files of a process.
fn files(note: &Note) -> Option<AnswerSentence> {
    let path = file_name::shown(note.path()).into_owned();
    Some(match note {
        Note::InputChanged { .. } => AnswerSentence::FilesInputChanged { path },
        Note::InputChangedWhileItRan { .. } => AnswerSentence::FilesInputChangedWhileItRan { path },
        Note::CodeChanged { .. } => AnswerSentence::FilesCodeChanged { path },
        Note::CodeWrittenAgain { .. } => AnswerSentence::FilesCodeWrittenAgain { path },
        Note::InputTouchedWhileItRan { .. } => AnswerSentence::FilesInputTouchedWhileItRan { path },
        Note::CodeChangedBeforeItEnded { .. } => AnswerSentence::FilesCodeChangedBeforeItEnded { path },
        Note::CodeWrittenBeforeItEnded { .. } => AnswerSentence::FilesCodeWrittenBeforeItEnded { path },
        Note::OutputNotWritten { .. } => AnswerSentence::FilesOutputNotWritten { path },
        Note::MoreNotWritten { files, .. } => AnswerSentence::FilesMoreNotWritten { path, files: *files },
        Note::OutputShared { handle, .. } => AnswerSentence::FilesOutputShared { path, handle: handle.clone() },
        Note::MoreShared { runs, .. } => AnswerSentence::FilesMoreShared { path, runs: *runs },
        Note::MoreChanged { files, .. } => AnswerSentence::FilesMoreChanged { path, files: *files },
        Note::NotCompared { why, .. } => AnswerSentence::FilesNotCompared { path, why: why.clone() },
        Note::LinkOutside { .. }
        | Note::Link { .. }
        | Note::KeyFile { .. }
        | Note::KeyInput { .. }
        | Note::Special { .. }
        | Note::NotCaptured { .. }
        | Note::NotSeen { .. }
        | Note::ByChange { .. }
        | Note::Folder { .. } => return None,
    })
}

fn cache(run: &RunView, notes: &[Note]) -> AnswerSentence {
    let is_changed = run.result.as_ref().is_some_and(|result| !result.changed.is_empty());
    match (run.spec(), run.cache_key) {
        (None, _) if run.external().is_some() => AnswerSentence::CacheElsewhere,
        (None, _) => AnswerSentence::CacheErased,
        (Some(_), Some(_)) if is_changed => AnswerSentence::CacheChanged,
        (Some(spec), Some(_)) if spec.recipe.is_some() => AnswerSentence::CacheKeptRecipe,
        (Some(spec), Some(_)) if spec.surroundings.is_none() => AnswerSentence::CacheOlderRule,
        (Some(_), Some(_)) => AnswerSentence::CacheKept,
        (Some(spec), None) if spec.stdin == Some(Stdin::Pipe) => AnswerSentence::CachePipe,
        (Some(_), None) if run.purpose.as_ref().and_then(Purpose::own_kind).is_some() => AnswerSentence::CacheOwn,
        (Some(spec), None) if spec.inputs.is_empty() || spec.outputs.is_empty() => AnswerSentence::CacheUndeclared,
        (Some(spec), None) => match (&spec.code, capture::first_unknown(notes)) {
            (Some(Code::NotCaptured { why }), _) => AnswerSentence::CacheNoCode { why: RecordedText(why.clone()) },
            (None, _) if spec.recipe.is_none() => AnswerSentence::CacheCodeUnknown,
            (_, Some(note)) => AnswerSentence::CacheUnknown { why: note.text().unwrap_or_default() },
            _ => AnswerSentence::CacheNotAsked,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown_and_long_ones_are_cut() {
        assert_eq!(last_lines(b""), Vec::<String>::new());
        assert_eq!(last_lines(b"Traceback\n\n  in fit\r\nValueError: x\n"), ["Traceback", "  in fit", "ValueError: x"]);
        let many = (0..50).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
        let lines = last_lines(many.as_bytes());
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, "40", "49"));
        assert_eq!(last_lines("é".repeat(400).as_bytes())[0].chars().count(), LINE_CHARS_MAX + 1);
    }
}
