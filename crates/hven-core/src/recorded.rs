//! The sentences that Hven records in facts: how something ended, and why.
//!
//! A fact contains such a sentence as English text, written by the scheduling engine, a runner or the command line. This table
//! contains all of them, so that a reader of the record can translate them. A text that is not in the table (an older one, or
//! one of the operating system) stays as it is.

use std::fmt;

use crate::sentence::{self, Kind, Part, Sentence, Value};

crate::sentences! {
    /// Sentences that are recorded as text. Never change a released one: add another.
    pub enum Recorded {
        // Why an attempt was followed by another. First, because these sentences begin with the outcome of the attempt.
        RetryLost { outcome: RecordedText } = "retry.lost", "{outcome}; the work was lost with its runner";
        RetryAsked { outcome: RecordedText, attempt: u32, attempts: u32 } =
            "retry.asked", "{outcome}; attempt {attempt} of {attempts}";

        // How an attempt or a run ended.
        Done = "outcome.done", "done";
        Cancelled = "outcome.cancelled", "cancelled";
        Failed { exit: i32 } = "outcome.failed", "failed with exit status {exit}";
        Killed { signal: i32 } = "outcome.killed", "killed by signal {signal}";
        NotStarted { why: RecordedText } = "outcome.not_started", "not started: {why}";
        TimedOut { limit_s: f64 } = "outcome.timed_out", "stopped after its limit of {limit_s} s";
        OutOfMemory { limit_bytes: u64 } =
            "outcome.out_of_memory", "stopped above its limit of {limit_bytes} bytes of memory";
        OutputTooLarge { limit_bytes: u64 } =
            "outcome.output_too_large", "stopped above its limit of {limit_bytes} bytes of output";
        OutputMissing { path: String } = "outcome.output_missing", "its declared output {path} is missing";
        OutputNotKept { path: String, why: RecordedText } =
            "outcome.output_not_kept", "its declared output {path} cannot be kept: {why}";
        OutputHolds { output: String, path: String, why: RecordedText } =
            "outcome.output_holds", "its output {output} holds {path}, which cannot be kept: {why}";
        Lost { why: RecordedText } = "outcome.lost", "lost: {why}";
        FailedElsewhere = "outcome.failed_elsewhere", "failed";
        LeftOpenElsewhere = "outcome.left_open_elsewhere", "failed: its process ended and left it open";
        FailedElsewhereBecause { why: RecordedText } = "outcome.failed_elsewhere_because", "failed: {why}";

        // Why something was lost, and the evidence that a runner is gone.
        RunnerEnded = "lost.runner_ended",
            "the runner ended before the task did; what was left of the task has been ended";
        EndNotSeen = "lost.end_not_seen", "its end was not seen";
        SpoolElsewhere = "gone.spool_elsewhere", "its spool is not in this home";
        SpoolUnlocked = "gone.spool_unlocked", "its spool is locked by nobody, and it noted no process";
        ProcessEnded { pid: u32 } = "gone.process_ended", "its process {pid} has ended";
        ProcessUnlocked { pid: u32 } = "gone.process_unlocked", "its process {pid} no longer locks its spool";
        MachineRestarted { host: String, pid: u32 } =
            "gone.machine_restarted", "{host} was started again since its process {pid} began";

        // Why no process was started.
        LaunchGone = "start.launch_gone",
            "its environment is gone, as after a restore from a backup: submit it again";
        MayNotRun = "start.may_not_run",
            "whoever submitted it may not have commands run as the Unix user of the server any more";
        AfterUnsuccessful { run: String } = "start.after_unsuccessful",
            "run {run}, after which it was to start, did not succeed";
        AfterArrayUnsuccessful { array: String } = "start.after_array_unsuccessful",
            "{array}, after which it was to start, did not succeed";
        AfterArrayErased { array: String } = "start.after_array_erased",
            "{array}, after which it was to start, was erased, so its end is not known";
        DeadlinePassed { by: String } = "start.deadline_passed", "it was to start by {by}, and had not started then";
        RunnerOlder = "start.runner_older",
            "its runner is of an older Hven, which hands on no standard input: `hven down` when nothing runs ends it";
        RunnerOlderFolder = "start.runner_older_folder",
            "its runner is of an older Hven, which starts nothing in a part of a fresh folder: `hven down` when nothing runs ends it";
        SpoolUnwritable { path: String, error: String } =
            "start.spool_unwritable", "the runner's spool {path} cannot be written: {error}";
        CommandEmpty = "start.command_empty", "the command is empty: say what to run after `--`";
        CommandUnknown { command: String, path: String, hint: RecordedText } =
            "start.command_unknown", "there is no command {command} in PATH ({path}){hint}";
        FileUnknown { path: String, hint: RecordedText } = "start.file_unknown", "there is no file {path}{hint}";
        HintQuoted = "start.hint_quoted",
            "; the whole text was taken for one word: give the words of the command unquoted";
        HintHere { folder: String, command: String } =
            "start.hint_here", "; there is a file of that name in {folder}: say ./{command}";
        HintNear { near: String } = "start.hint_near", "; did you mean {near}?";
        FolderNoFolder { path: String } = "start.folder_no_folder", "the working directory {path} is not a folder";
        FolderAbsent { path: String } =
            "start.folder_absent", "the working directory {path} does not exist on this machine";
        FolderRelative { path: String } =
            "start.folder_relative", "the working directory {path} is not an absolute path";
        FolderClosed { path: String, why: RecordedText } =
            "start.folder_closed", "the working directory {path} may not be entered: {why}";
        FolderBroken { path: String, error: String } =
            "start.folder_broken", "the working directory {path} cannot be entered: {error}";
        Mode { mode: String } = "start.mode", "its mode is {mode}";
        InterpreterUnknown { path: String, interpreter: String } =
            "start.interpreter_unknown", "{path} asks for the interpreter {interpreter}, which does not exist";
        LoaderUnknown { path: String } =
            "start.loader_unknown", "{path} asks for a loader or library that this machine does not have";
        ProgramIsFolder { path: String } = "start.program_is_folder", "{path} is a folder, not a program";
        ProgramClosed { path: String } = "start.program_closed", "{path} may not be executed: `chmod +x` it";
        ProgramClosedMode { path: String, why: RecordedText } =
            "start.program_closed_mode", "{path} may not be executed ({why}): `chmod +x` it";
        ProgramForeign { path: String } =
            "start.program_foreign", "{path} is not a program that this machine can execute";
        ArgumentsTooLong { length_bytes: usize } = "start.arguments_too_long",
            "the arguments and environment are too long: {length_bytes} bytes; put lists into a file";
        MachineFull { error: String } = "start.machine_full",
            "this machine has no room for another process ({error}): end some, or raise `ulimit -u`";
        ProgramBroken { path: String, error: String } =
            "start.program_broken", "{path} could not be started: {error}";
        VariableMisnamed { name: String } =
            "start.variable_misnamed", "{name} cannot be the name of an environment variable";
        NoPipe { error: String } = "start.no_pipe", "no pipe for its output: {error}";

        // Why an output was not kept.
        OutputAbsent = "output.absent", "the command ended, but this was not there";
        OutputUnreadable { error: String } = "output.unreadable", "it cannot be read: {error}";
        OutputFolderUnreadable { path: String, error: String } =
            "output.folder_unreadable", "its folder {path} cannot be read: {error}";
        OutputsTooLarge { sum_bytes: u64, limit_bytes: u64 } =
            "output.too_large", "all outputs have {sum_bytes} bytes, more than the limit of {limit_bytes}";
        OutputTooMany { files: usize } =
            "output.too_many", "it holds more than {files} files: let the task make an archive";
        OutputSpecial { what: RecordedText } = "output.special", "it is {what}, not a file or folder";
        Pipe = "output.pipe", "a pipe";
        Socket = "output.socket", "a socket";
        Device = "output.device", "a device";
        Special = "output.something", "something special";
        EntryMisnamed = "output.entry_misnamed", "its name is not UTF-8";
        EntryLinkToFolder = "output.entry_link_to_folder", "it is a link to a folder";
        EntryHome = "output.entry_home", "it is Hven's own home";
        EntryLinkAbsent = "output.entry_link_absent", "it is a link to what does not exist";
        EntryLinkBroken { error: String } = "output.entry_link_broken", "it is a link that cannot be followed: {error}";
        EntryLinkOutside { target: String, folder: String } =
            "output.entry_link_outside", "it is a link to {target}, outside of {folder}";
        EntriesSkipped { entries: usize } =
            "output.entries_skipped", "{entries} more entries are not files that can be kept";

        // Why code was not captured.
        CodeTooMany { files: usize } = "code.too_many", "the folder has more than {files} files";
        CodeTooLarge { limit_bytes: u64 } = "code.too_large", "the folder's files have more than {limit_bytes} bytes";
        CodeTooManyLinks { links: usize } = "code.too_many_links",
            "the folder has more than {links} links that git does not know: let git ignore those that are no code";
        CodeTooManyRepositories { repositories: usize } = "code.too_many_repositories",
            "the repository holds more than {repositories} others: say in hven.toml what of it is code";

        // Why there was nothing to compare when a run was reproduced.
        NothingDeclared = "compared.nothing_declared", "no outputs and no metrics declared";
        NothingHeld = "compared.nothing_held", "its outputs hold no files, and it logged no metrics";
        NothingCompared =
            "compared.nothing_compared", "nothing was compared, although it was recorded as the same bytes";

        // Why it is not known whether the same was printed.
        PrintedElsewhere = "printed.elsewhere", "a run that came with a publication has no log here";
        PrintedDropped = "printed.dropped", "the middle of a log was not kept";
        PrintedTooLong { limit_bytes: u64 } = "printed.too_long", "a log has more than {limit_bytes} bytes";
        PrintedUnreadable { error: String } = "printed.unreadable", "a log cannot be read: {error}";

        // Why a repair was stopped.
        RepairNotAllowed = "repair.not_allowed",
            "the person who began it may not change anything in its project any more";

        // Why a workflow was stopped.
        WorkflowNotAllowed = "workflow.not_allowed",
            "the person who started it may not carry out its steps any more";
        WorkflowEnvironmentLost = "workflow.environment_lost",
            "its environment is not in this home: backups do not hold environments and secrets";
        WorkflowManifestLost = "workflow.manifest_lost", "its manifest is not in this home any more";

        // Why a claim was judged so.
        TestTrue = "judged.true", "the test is true";
        TestFalse = "judged.false", "the test is false";
    }
}

/// A text that may be one of those in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedText(pub String);

impl fmt::Display for RecordedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Part for RecordedText {
    const KIND: Kind = Kind::Sentence;
    fn value(&self) -> Value {
        recognise(&self.0).map_or_else(|| Value::Plain(self.0.clone().into()), Value::Sentence)
    }
}

/// The sentence of a recorded text; `None` when the text is not in the table.
pub fn recognise(text: &str) -> Option<Sentence> {
    sentence::recognise(Recorded::TEMPLATES, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Outcome;

    fn code_of(text: &str) -> Option<&'static str> {
        recognise(text).map(|sentence| sentence.code)
    }

    #[test]
    fn every_template_is_recognised() {
        for template in Recorded::TEMPLATES {
            let mut text = template.text.to_owned();
            for (name, kind) in template.parts {
                let value = if *kind == Kind::Number { "7" } else { "/a/b c" };
                text = text.replace(&format!("{{{name}}}"), value);
            }
            assert_eq!(code_of(&text), Some(template.code), "{text}");
        }
    }

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<_> = Recorded::TEMPLATES.iter().map(|template| template.code).collect();
        codes.sort_unstable();
        let all = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn a_reason_within_a_reason_is_found() {
        let lost = Outcome::Lost { why: Recorded::ProcessEnded { pid: 4 }.to_string() };
        let retry =
            recognise(&Recorded::RetryLost { outcome: RecordedText(lost.to_string()) }.to_string()).expect("ours");
        assert_eq!(retry.code, "retry.lost");
        let Some((_, Value::Sentence(outcome))) = retry.values.first() else { panic!("{retry:?}") };
        assert_eq!(outcome.code, "outcome.lost");
        let Some((_, Value::Sentence(why))) = outcome.values.first() else { panic!("{outcome:?}") };
        assert_eq!((why.code, &why.values), ("gone.process_ended", &vec![("pid", Value::Plain(4.into()))]));
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", "because of rain", "lost", "failed with exit status none", "Done"] {
            assert_eq!(code_of(text), None, "{text}");
        }
    }
}
