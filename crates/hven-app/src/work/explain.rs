//! Why a run is where it is, and why it ended as it did: in sentences.

use hven_core::{
    access::Role,
    capture::{self, Note},
    catalogue::Purpose,
    file_name,
    recorded::{Recorded, Told},
    run::{AttemptResult, Code, State},
    sentence::Sentence,
    stdin::Stdin,
    stream::{Source, Stream},
};

use crate::{
    kernel::{callers::Caller, error::AppResult, sayings::Saying, soundness},
    ports::{
        error::StoreError,
        run::{AttemptView, RunView},
    },
    work::{
        changes::since,
        floor::Work,
        runs::{self, Detail},
        staleness,
        surroundings::document,
    },
};

/// One sentence, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `waits`, `place`, `attempt`, `end`, `stderr`, `files` or `cache`.
    pub about: &'static str,
    pub said: Sentence,
}

pub async fn explain(work: &Work, caller: &Caller, name: &str) -> AppResult<(RunView, Vec<Line>)> {
    caller.require_user()?;
    let Detail { run, attempts, waiting, capture_notes, .. } = runs::detail(work, caller, name).await?;
    let (found, capture_notes): (Vec<Note>, Vec<Note>) = capture_notes.into_iter().partition(Note::is_of_attempt);
    caller.require(Role::Viewer, &run.project)?;
    let runners = work.ports.views.runners().await?;
    let host = |id| {
        runners
            .iter()
            .find(|r| r.id == id)
            .map_or(Saying::UnknownPlace, |r| Saying::Place { host: r.host.clone(), pool: r.pool.clone() })
            .sentence()
    };
    let mut lines = Vec::new();
    lines.extend(waiting.map(|said| Line { about: "waits", said }));
    for attempt in &attempts {
        lines.extend(attempt_lines(attempt, host(attempt.runner)));
    }
    if let Some(result) = run.result.as_ref().filter(|_| run.state.is_final()) {
        lines.push(Line { about: "end", said: end(result, run.state).sentence() });
    }
    if run.state == State::Failed {
        lines.extend(last_words(work, &run).await?);
    }
    lines.extend(found.iter().filter_map(files).map(|said| Line { about: "files", said: said.sentence() }));
    let cached = match cache(&run, &capture_notes) {
        Saying::CacheNotAsked if !is_looked_at(work, &run).await? => Saying::CacheNotLooked,
        kept @ (Saying::CacheKept | Saying::CacheKeptRecipe) => still_kept(work, caller, &run, kept).await?,
        cached => cached,
    };
    lines.push(Line { about: "cache", said: cached.sentence() });
    let changes = since::since_last(work, &run, &capture_notes).await?;
    lines.extend(changes.into_iter().map(|change| Line { about: "cache", said: change.sentence() }));
    Ok((run, lines))
}

/// What is said of a run that could answer for others: only one that is done, sound and has its outputs does.
async fn still_kept(work: &Work, caller: &Caller, run: &RunView, kept: Saying) -> AppResult<Saying> {
    if !run.state.is_final() {
        return Ok(Saying::CacheNotDone);
    }
    if run.state != State::Done {
        return Ok(Saying::CacheNotSucceeded);
    }
    if let Some(why) = soundness::stands(work, caller, run.id.into()).await?.said {
        return Ok(Saying::CacheUnsound { why });
    }
    Ok(if staleness::has_its_outputs(work, run).await? { kept } else { Saying::CacheOutputsGone })
}

/// Whether somebody looked at the programs and modules of a run, as far as it is known.
async fn is_looked_at(work: &Work, run: &RunView) -> AppResult<bool> {
    let Some(spec) = &run.spec else { return Ok(true) };
    Ok(document::of_run(work, spec).await?.is_none_or(|surroundings| surroundings.tools.is_some()))
}

fn attempt_lines(attempt: &AttemptView, place: Sentence) -> Vec<Line> {
    let number = attempt.id.number;
    let mut lines = vec![Line { about: "place", said: Saying::PlaceFirst { attempt: number, place }.sentence() }];
    if let Some(because) = &attempt.retry_because {
        let said = Saying::AttemptFollowed { attempt: number, because: Told(because.clone()) }.sentence();
        lines.push(Line { about: "attempt", said });
    }
    lines
}

fn end(result: &AttemptResult, state: State) -> Saying {
    match state {
        State::Done if result.outputs.is_empty() => Saying::EndDoneWithoutOutputs,
        State::Done => Saying::EndDone,
        State::Cancelled => Saying::EndCancelled,
        _ => Saying::EndOther { outcome: Told(result.outcome.to_string()) },
    }
}

/// How much of the end of a log is looked at, and how much of it is told.
const TAIL_BYTES: u64 = 64 << 10;

const LINES_MAX: usize = 10;

const LINE_CHARS_MAX: usize = 300;

/// The last lines that a run printed to stderr; none when it was tried elsewhere or never.
async fn last_words(work: &Work, run: &RunView) -> AppResult<Vec<Line>> {
    if run.attempts == 0 {
        return Ok(Vec::new());
    }
    let line = |said: Sentence| Line { about: "stderr", said };
    let attempt = run.last_attempt();
    let extent = work.ports.series.extent(attempt, Stream::Log).await?;
    let from = extent.saturating_sub(TAIL_BYTES);
    let frames = match work.ports.series.log(attempt, from, 2 * TAIL_BYTES as usize).await {
        Err(error @ StoreError::Damaged { .. }) => {
            return Ok(vec![line(Recorded::PrintedUnreadable { error: error.to_string() }.sentence())]);
        }
        frames => frames?,
    };
    let stderr = frames.iter().filter(|frame| frame.source == Source::Stderr);
    let printed: Vec<u8> = stderr.flat_map(|frame| frame.bytes.iter().copied()).collect();
    let log = run.result.as_ref().map(|result| result.log).unwrap_or_default();
    let is_whole = from == 0 && extent >= log.bytes && log.dropped_bytes == 0;
    if printed.is_empty() && is_whole {
        return Ok(vec![line(Saying::StderrNothing.sentence())]);
    }
    let lines = last_lines(&printed);
    Ok(lines.into_iter().map(|text| line(Saying::StderrLine { line: text }.sentence())).collect())
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

/// What a process found of the files that are recorded.
fn files(note: &Note) -> Option<Saying> {
    let path = file_name::shown(note.path()).into_owned();
    Some(match note {
        Note::InputChanged { .. } => Saying::FilesInputChanged { path },
        Note::InputChangedWhileItRan { .. } => Saying::FilesInputChangedWhileItRan { path },
        Note::CodeChanged { .. } => Saying::FilesCodeChanged { path },
        Note::CodeWrittenAgain { .. } => Saying::FilesCodeWrittenAgain { path },
        Note::InputTouchedWhileItRan { .. } => Saying::FilesInputTouchedWhileItRan { path },
        Note::CodeChangedBeforeItEnded { .. } => Saying::FilesCodeChangedBeforeItEnded { path },
        Note::CodeWrittenBeforeItEnded { .. } => Saying::FilesCodeWrittenBeforeItEnded { path },
        Note::OutputNotWritten { .. } => Saying::FilesOutputNotWritten { path },
        Note::MoreNotWritten { files, .. } => Saying::FilesMoreNotWritten { path, files: *files },
        Note::OutputShared { handle, .. } => Saying::FilesOutputShared { path, handle: handle.clone() },
        Note::MoreShared { runs, .. } => Saying::FilesMoreShared { path, runs: *runs },
        Note::MoreChanged { files, .. } => Saying::FilesMoreChanged { path, files: *files },
        Note::NotCompared { why, .. } => Saying::FilesNotCompared { path, why: why.clone() },
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

fn cache(run: &RunView, notes: &[Note]) -> Saying {
    let is_changed = run.result.as_ref().is_some_and(|result| !result.changed.is_empty());
    match (&run.spec, run.cache_key) {
        (None, _) => Saying::CacheErased,
        (Some(_), Some(_)) if is_changed => Saying::CacheChanged,
        (Some(spec), Some(_)) if spec.recipe.is_some() => Saying::CacheKeptRecipe,
        (Some(spec), Some(_)) if spec.surroundings.is_none() => Saying::CacheOlderRule,
        (Some(_), Some(_)) => Saying::CacheKept,
        (Some(spec), None) if spec.stdin == Some(Stdin::Pipe) => Saying::CachePipe,
        (Some(_), None) if run.purpose.as_ref().and_then(Purpose::own_kind).is_some() => Saying::CacheOwn,
        (Some(spec), None) if spec.inputs.is_empty() || spec.outputs.is_empty() => Saying::CacheUndeclared,
        (Some(spec), None) => match (&spec.code, capture::what_is_unknown(notes)) {
            (Some(Code::NotCaptured { why }), _) => Saying::CacheNoCode { why: Told(why.clone()) },
            (None, _) if spec.recipe.is_none() => Saying::CacheCodeUnknown,
            (_, Some(note)) => Saying::CacheUnknown { why: note.said().unwrap_or_default() },
            _ => Saying::CacheNotAsked,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_told_and_long_ones_cut() {
        assert_eq!(last_lines(b""), Vec::<String>::new());
        assert_eq!(last_lines(b"Traceback\n\n  in fit\r\nValueError: x\n"), ["Traceback", "  in fit", "ValueError: x"]);
        let many = (0..50).map(|line| line.to_string()).collect::<Vec<_>>().join("\n");
        let lines = last_lines(many.as_bytes());
        assert_eq!((lines.len(), lines[0].as_str(), lines[9].as_str()), (10, "40", "49"));
        assert_eq!(last_lines("é".repeat(400).as_bytes())[0].chars().count(), LINE_CHARS_MAX + 1);
    }
}
