//! The sentences of the facts of runs.

use std::collections::BTreeSet;

use hven_core::{
    labels::{Archived, Noted, Tag, Tagged},
    queueing::{Held, QueueSet},
    recorded::RecordedText,
    run::SoftwareCaptured,
    sentence::{Moment, Sentence, Template},
    set_aside::MessageSetAside,
};

use crate::kernel::{
    describe_fact::{DescribeFact, FactNames, describe_facts},
    sentences::AnswerSentence,
};

hven_core::sentences! {
    pub enum RunSentence {
        RunSubmitted { run: Sentence, command: String } = "fact.run.submitted",
            "{run} was submitted: {command}";
        RunStarted { run: Sentence, attempt: u32 } = "fact.run.started",
            "{run} was given to a runner (attempt {attempt})";
        RunProcessStarted { run: Sentence, attempt: u32 } = "fact.run.process_started",
            "the process of {run} was started (attempt {attempt})";
        RunAttemptEnded { run: Sentence, attempt: u32, because: RecordedText } = "fact.run.attempt_ended",
            "{run}: attempt {attempt} ended and is tried again: {because}";
        RunCancelRequested { run: Sentence } = "fact.run.cancel_requested",
            "the end of {run} was asked for";
        RunFinished { run: Sentence, outcome: RecordedText } = "fact.run.finished",
            "{run} ended: {outcome}";
        RunOpened { run: Sentence, source: String, command: String } = "fact.run.opened",
            "{run}, whose work is done elsewhere, was opened by {source}: {command}";
        RunFilesAdded { run: Sentence, files: usize, names: String } = "fact.run.files_added",
            "{run} got {files} files: {names}";
        RunFellSilent { run: Sentence, heard_time: Moment } = "fact.run.fell_silent",
            "the state of {run} became unknown: its reporter is silent since {heard_time}";
        RunHeardAgain { run: Sentence } = "fact.run.heard_again",
            "the reporter of {run} was heard of again";
        RunClosed { run: Sentence, end: RecordedText } = "fact.run.closed",
            "{run}, whose work is done elsewhere, ended: {end}";
        RunParamsLogged { run: Sentence, names: String } = "fact.run.params_logged",
            "{run} noted {names}";
        RunMetricsAdded { run: Sentence, points: usize, names: String } = "fact.run.metrics_added_after_end",
            "{points} points of {names} were added to {run} after its end";
        RunParamsAdded { run: Sentence, names: String } = "fact.run.params_added_after_end",
            "the parameters {names} were added to {run} after its end";
        RunMessageSetAside { run: Sentence, what: String, why: String } = "fact.run.message_set_aside",
            "a message about {run} was set aside ({what}): {why}";
        RunSoftwareCaptured { run: Sentence, packages: usize } = "fact.run.software_captured",
            "the software of {run} was captured ({packages} packages)";
        RunCaptureNoted { run: Sentence, notes: usize } = "fact.run.capture_noted",
            "links and files were noted that are not recorded with {run} ({notes})";
        RunSystemCaptured { run: Sentence } = "fact.run.system_captured",
            "the software of {run} was captured";
        RunPartSealed { part_bytes: u64, stream: String, run: Sentence } = "fact.run.part_sealed",
            "{part_bytes} bytes of the {stream} of {run} were sealed";
        RunReproduced { run: Sentence, level: Sentence } = "fact.run.reproduced",
            "reproduction of {run}: {level}";
        RunTagged { run: Sentence, tags: String } = "fact.run.tagged",
            "{run} was tagged: {tags}";
        RunUntagged { run: Sentence, tags: String } = "fact.run.untagged",
            "tags of {run} were removed: {tags}";
        RunRetagged { run: Sentence, added: String, removed: String } = "fact.run.retagged",
            "the tags of {run} were changed: {added} added, {removed} removed";
        RunNoted { run: Sentence, note: String } = "fact.run.noted",
            "a note on {run} was written: {note}";
        RunNoteRemoved { run: Sentence } = "fact.run.note_removed",
            "the note on {run} was removed";
        RunQueueSet { run: Sentence, priority: i32 } = "fact.run.queue_set",
            "the priority of {run} was set: {priority}";
        RunQueueSetAfter { run: Sentence, priority: i32, runs: usize } = "fact.run.queue_set_after",
            "it was set how {run} waits: priority {priority}, after other runs ({runs})";
        RunQueueSetBy { run: Sentence, priority: i32, start_by_time: Moment } = "fact.run.queue_set_by",
            "it was set how {run} waits: priority {priority}, to start by {start_by_time}";
        RunQueueSetAll { run: Sentence, priority: i32, runs: usize, start_by_time: Moment } = "fact.run.queue_set_all",
            "it was set how {run} waits: priority {priority}, after other runs ({runs}), to start by {start_by_time}";
        RunHeld { run: Sentence } = "fact.run.held",
            "{run} was held";
        RunReleased { run: Sentence } = "fact.run.released",
            "{run} was released";
        RunArchived { run: Sentence } = "fact.run.archived",
            "{run} was archived";
        RunDeleted { run: Sentence, because: RecordedText } = "fact.run.deleted",
            "{run} was deleted: {because}";
        RunUnarchived { run: Sentence } = "fact.run.unarchived",
            "{run} was taken out of the archive";
    }
}

describe_facts! {
    RunSentence:
    hven_core::run::Submitted, |p, names| RunSubmitted { run: names.run(), command: command_line(&p.spec.words()) };
    hven_core::run::Started, |p, names| RunStarted { run: names.run(), attempt: p.attempt.number };
    hven_core::run::ProcessStarted, |p, names| RunProcessStarted { run: names.run(), attempt: p.attempt.number };
    hven_core::run::AttemptEnded, |p, names| RunAttemptEnded { run: names.run(), attempt: p.attempt.number, because: RecordedText(p.retry_because.clone()) };
    hven_core::run::CancelRequested, |_, names| RunCancelRequested { run: names.run() };
    hven_core::run::Deleted, |p, names| RunDeleted { run: names.run(), because: RecordedText(p.because.clone()) };
    hven_core::run::Finished, |p, names| RunFinished { run: names.run(), outcome: RecordedText(p.result.outcome.to_string()) };
    hven_core::run::Opened, |p, names| RunOpened { run: names.run(), source: p.external.source.clone(), command: command_line(&p.external.words()) };
    hven_core::run::FilesAdded, |p, names| RunFilesAdded { run: names.run(), files: p.files.len(), names: listed(p.files.iter().map(|file| file.path.as_str())) };
    hven_core::run::FellSilent, |p, names| RunFellSilent { run: names.run(), heard_time: Moment(p.heard) };
    hven_core::run::HeardAgain, |_, names| RunHeardAgain { run: names.run() };
    hven_core::run::Closed, |p, names| RunClosed { run: names.run(), end: RecordedText(p.end.recorded().to_string()) };
    hven_core::run::ParamsLogged, |p, names| RunParamsLogged { run: names.run(), names: listed(p.params.keys().map(String::as_str)) };
    hven_core::additions::MetricsAdded, |p, names| RunMetricsAdded { run: names.run(), points: p.points.len(), names: listed(p.summaries().iter().map(|line| line.key.as_str())) };
    hven_core::additions::ParamsAdded, |p, names| RunParamsAdded { run: names.run(), names: listed(p.params.keys().map(String::as_str)) };
    hven_core::capture::Noted, |p, names| RunCaptureNoted { run: names.run(), notes: p.notes.len() };
    hven_core::run::PartSealed, |p, names| RunPartSealed { part_bytes: p.to.saturating_sub(p.from), stream: p.stream.clone(), run: names.run() };
    hven_core::reproduction::Reproduced, |p, names| RunReproduced { run: names.run(), level: AnswerSentence::from(p).sentence() };
}

impl DescribeFact for MessageSetAside {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let why = match self.message.count() {
            1 => self.message.why.clone(),
            more => format!("{more} {}", self.message.why),
        };
        RunSentence::RunMessageSetAside { run: names.run(), what: self.message.what.clone(), why }.sentence()
    }
}

impl DescribeFact for SoftwareCaptured {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        match (&self.software.interpreter, self.software.packages.len()) {
            (Some(_), packages) => RunSentence::RunSoftwareCaptured { run: names.run(), packages },
            (None, _) => RunSentence::RunSystemCaptured { run: names.run() },
        }
        .sentence()
    }
}

impl DescribeFact for Tagged {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let of = |tags: &BTreeSet<Tag>| listed(tags.iter().map(Tag::as_str));
        let (run, added, removed) = (names.run(), of(&self.added), of(&self.removed));
        match (self.added.is_empty(), self.removed.is_empty()) {
            (_, true) => RunSentence::RunTagged { run, tags: added },
            (true, false) => RunSentence::RunUntagged { run, tags: removed },
            (false, false) => RunSentence::RunRetagged { run, added, removed },
        }
        .sentence()
    }
}

impl DescribeFact for Noted {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let run = names.run();
        match self.text.as_str() {
            "" => RunSentence::RunNoteRemoved { run },
            text => RunSentence::RunNoted { run, note: first_line(text) },
        }
        .sentence()
    }
}

impl DescribeFact for Archived {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let run = names.run();
        let said = if self.archived { RunSentence::RunArchived { run } } else { RunSentence::RunUnarchived { run } };
        said.sentence()
    }
}

impl DescribeFact for QueueSet {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let (run, priority, runs) = (names.run(), i32::from(self.priority.get()), self.after.len());
        match (runs, self.start_by.map(Moment)) {
            (0, None) => RunSentence::RunQueueSet { run, priority },
            (_, None) => RunSentence::RunQueueSetAfter { run, priority, runs },
            (0, Some(start_by_time)) => RunSentence::RunQueueSetBy { run, priority, start_by_time },
            (_, Some(start_by_time)) => RunSentence::RunQueueSetAll { run, priority, runs, start_by_time },
        }
        .sentence()
    }
}

impl DescribeFact for Held {
    const TEMPLATES: &'static [Template] = RunSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let run = names.run();
        let said = if self.held { RunSentence::RunHeld { run } } else { RunSentence::RunReleased { run } };
        said.sentence()
    }
}

const LINE_CHARS_MAX: usize = 80;

/// The first line of a text, cut at 80 characters. `…` marks a cut.
fn first_line(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line} …"),
        None => line.to_owned(),
    }
}

const LISTED_MAX: usize = 10;

/// The first names; `…` stands for the others.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.take(LISTED_MAX + 1).collect();
    if names.len() > LISTED_MAX {
        names[LISTED_MAX] = "…";
    }
    names.join(", ")
}

const COMMAND_CHARS_MAX: usize = 200;

/// A command as a person would type it, cut at 200 characters.
pub fn command_line(argv: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    let mut line = String::new();
    for argument in argv {
        if !line.is_empty() {
            line.push(' ');
        }
        if !argument.is_empty() && argument.chars().all(plain) {
            line.push_str(argument);
        } else {
            line.push('\'');
            line.push_str(&argument.replace('\'', "'\\''"));
            line.push('\'');
        }
    }
    match line.char_indices().nth(COMMAND_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use hven_core::{ActorId, RunId};

    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let line = |argv: &[&str]| command_line(&argv.iter().map(|&a| a.to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["python3", "fit.py", "--lr", "0.1"]), "python3 fit.py --lr 0.1");
        assert_eq!(line(&["sh", "-c", "echo it's"]), r"sh -c 'echo it'\''s'");
        assert_eq!(line(&["x", ""]), "x ''");
        assert_eq!(line(&["é".repeat(300).as_str()]).chars().count(), 201);
    }

    #[test]
    fn a_note_is_described_by_its_first_line() {
        assert_eq!(first_line("the baseline\n"), "the baseline");
        assert_eq!(first_line("\n  the baseline\r\nof the paper"), "the baseline …");
        assert_eq!(first_line(&"é".repeat(81)).chars().count(), 81);
    }

    #[test]
    fn added_and_removed_tags_have_different_sentences() {
        let said = |added: &[&str], removed: &[&str]| {
            let tags = |names: &[&str]| names.iter().map(|name| name.parse().expect("a tag")).collect();
            let fact = Tagged { run: RunId::from_u128(1), added: tags(added), removed: tags(removed) };
            fact.describe(&FactNames { actor: ActorId::SYSTEM, run: None, about: None }).to_string()
        };
        assert_eq!(said(&["good", "b"], &[]), "a run was tagged: b, good");
        assert_eq!(said(&[], &["good"]), "tags of a run were removed: good");
        assert_eq!(said(&["good"], &["bad"]), "the tags of a run were changed: good added, bad removed");
    }
}
