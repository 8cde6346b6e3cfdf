//! The table of sentences about facts, runs and the lineage.
//!
//! The command line prints them as they are here. The pages show them in the reader's language, by their codes.

use hven_core::{
    claim::Verdict,
    handle::Handle,
    recorded::{self, RecordedText},
    reproduction::{Level, Reproduced},
    sentence::{Bytes, Moment, Seconds, Sentence},
};

hven_core::sentences! {
    /// Sentences that are made for an answer.
    pub enum AnswerSentence {
        // Descriptions of facts.
        FactErased = "fact.erased", "erased";
        FactUnreadable { why: String } = "fact.unreadable", "what it says cannot be read: {why}";
        // Nouns within sentences.
        TheHome = "noun.home", "the home";
        TheProject { path: String } = "noun.project", "project {path}";
        TheRun { handle: String } = "noun.run", "run {handle}";
        TheRunInFolder { run: Sentence, folder: String } = "noun.run_in_folder", "{run} in {folder}";
        ARun = "noun.a_run", "a run";
        TheDataset { dataset: String } = "noun.dataset", "dataset {dataset}";
        ADataset = "noun.a_dataset", "a dataset";
        TheClaim { claim: String } = "noun.claim", "claim {claim}";
        AClaim = "noun.a_claim", "a claim";
        ThePublication { publication: String } = "noun.publication", "publication {publication}";
        APublication = "noun.a_publication", "a publication";
        TheRepair { number: u32 } = "noun.repair", "repair {number}";
        ARepair = "noun.a_repair", "a repair";
        ANode = "noun.a_node", "something";
        VerdictHolds = "verdict.holds", "holds";
        VerdictFails = "verdict.fails", "fails";
        VerdictCannotTell = "verdict.cannot_tell", "cannot tell";
        LevelSameBytes = "level.same_bytes", "the same bytes";
        LevelSameValues = "level.same_values", "the same values of its metrics";
        LevelSameWithin = "level.same_within", "the same within the tolerance";
        LevelNothingToCompare = "level.nothing_to_compare", "nothing to compare";
        LevelDiffers = "level.differs", "it differs";
        LevelCannotRerun = "level.cannot_rerun", "it cannot be run again";
        OneCore = "noun.core", "1 core";
        Cores { count: u64 } = "noun.cores", "{count} cores";
        MemoryBytes { wanted_bytes: Bytes } = "noun.memory", "{wanted_bytes} of memory";
        Units { count: u64, name: String } = "noun.units", "{count} of {name}";
        AvailableCount { count: u64 } = "noun.available", "{count}";
        AvailableMemory { available_bytes: Bytes } = "noun.available_memory", "{available_bytes}";
        Place { host: String, pool: String } = "noun.place", "{host} (pool {pool})";
        UnknownPlace = "noun.unknown_place", "an unknown runner";

        // Reasons why a node is not sound.
        RetractedBecause { name: String, retracted_time: Moment, because: String } = "soundness.retracted_because",
            "retracted by {name} on {retracted_time}: {because}";
        RetractedErased { retracted_time: Moment } = "soundness.retracted_erased", "retracted on {retracted_time}; why was erased";
        SuspectThrough { node: Sentence, name: String, retracted_time: Moment, because: String } = "soundness.suspect_through",
            "suspect: rests on {node}, which was retracted by {name} on {retracted_time}: {because}";
        SuspectErased { node: Sentence, retracted_time: Moment } = "soundness.suspect_erased",
            "suspect: rests on {node}, which was retracted on {retracted_time}; why was erased";
        SuspectHidden = "soundness.suspect_hidden",
            "suspect: rests on something retracted, which you may not see";

        // Reasons why a run waits.
        WaitsNoSpace = "waits.no_space", "It waits because the disk of the home is full; it starts when there is space again.";
        WaitsNoRunner = "waits.no_runner", "It waits because no runner is attached yet; one is being started.";
        WaitsRunnerSilent { pid: u32, host: String, version: String } = "waits.runner_silent",
            "It waits for a runner that is not known to have ended and does not come to this server: process {pid} on {host}, enrolled by Hven {version}. Another one takes its place when it ends; `kill -KILL {pid}` there ends it at once, and what it runs then is lost.";
        WaitsRunnerUnknown = "waits.runner_unknown",
            "It waits for a runner that is not known to have ended and does not come to this server. The file runner.log in its folder, below spool in the home, may say why.";
        WaitsQueue { count: usize } = "waits.queue", "It waits because others are before it: {count}.";
        WaitsShare { name: String } = "waits.share",
            "It waits because the share of {name} is due first: {name} used less of the machine lately.";
        WaitsQueueAndShare { count: usize, name: String } = "waits.queue_and_share",
            "It waits because others are before it: {count}. And the share of {name} is due first.";
        WaitsLimitUser { needed: Sentence, limit: Sentence, in_use: u64 } = "waits.limit_user",
            "It waits because of a limit: it needs {needed}, and one user may have {limit} at the same time. Now in use: {in_use}.";
        WaitsLimitProject { needed: Sentence, limit: Sentence, in_use: u64 } = "waits.limit_project",
            "It waits because of a limit: it needs {needed}, and one project may have {limit} at the same time. Now in use: {in_use}.";
        WaitsLimitNever { needed: Sentence, limit: Sentence } = "waits.limit_never",
            "It waits in vain: it needs {needed}, and a limit of the home allows {limit} at the same time. `hven cancel` ends it; the settings `sharing` of the home set the limits.";
        WaitsHeld { handle: String } = "waits.held", "It is held: `hven release {handle}` lets it start.";
        WaitsAfter { run: String } = "waits.after", "It waits until run {run} has succeeded.";
        WaitsArrayHeld { array: String } =
            "waits.array_held", "{array} is held: `hven release {array}` lets its tasks start.";
        WaitsAfterArray { array: String } = "waits.after_array", "It waits until all tasks of {array} have succeeded.";
        OneRun = "noun.one_run", "1 run";
        Runs { count: u64 } = "noun.runs", "{count} runs";
        WaitsBusy { needed: Sentence, available: Sentence } =
            "waits.busy", "It is next, and waits for {needed} to be free. Free now: {available}.";
        WaitsTooLarge { needed: Sentence, available: Sentence } = "waits.too_large",
            "It waits because no runner is large enough: it needs {needed}, and the largest has {available}.";
        WaitsNotDeclared { needed: Sentence, available: Sentence, resource: String } = "waits.not_declared",
            "It waits because no runner has {needed}: the most is {available}. If this machine has more, write `[runner]` and below it `resources = [\"{resource}=N\"]` into config.toml of the home, and say `hven down` when nothing runs. `hven cancel` ends the run.";
        WaitsPlaced = "waits.placed",
            "It was given to a runner, which starts it as soon as the cores and memory that it asked for are free.";
        WaitsToBeRecorded = "waits.to_be_recorded",
            "The disk of the home is full: when the run has ended, that is recorded as soon as there is space again.";
        WaitsBackoff { until_time: String } = "waits.backoff", "It waits until {until_time} before it is tried again.";

        // Files that tasks of an array found.
        ArrayOtherCode { count: u64, tasks: u64, first: String } = "array.other_code",
            "{count} of {tasks} tasks ran with other code than the array recorded (first: {first})";
        ArrayOtherInputs { count: u64, tasks: u64, first: String } = "array.other_inputs",
            "{count} of {tasks} tasks found other inputs than the array recorded (first: {first})";
        ArrayFilesUnknown { count: u64, tasks: u64, first: String } = "array.files_unknown",
            "{count} of {tasks} tasks may have used other code or inputs than the array recorded (first: {first})";

        // The forecast of a run, from earlier runs.
        ExpectsStart { about_s: Seconds, low_s: Seconds, high_s: Seconds, count: usize } = "expects.start",
            "It starts in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of what is before it.";
        ExpectsLength { about_s: Seconds, low_s: Seconds, high_s: Seconds, count: usize } = "expects.length",
            "It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this code.";
        ExpectsLengthAlike { about_s: Seconds, low_s: Seconds, high_s: Seconds, count: usize } = "expects.length_alike",
            "It takes about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this command with inputs of similar size.";
        ExpectsEnd { about_s: Seconds, low_s: Seconds, high_s: Seconds, count: usize } = "expects.end",
            "It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this code.";
        ExpectsEndAlike { about_s: Seconds, low_s: Seconds, high_s: Seconds, count: usize } = "expects.end_alike",
            "It ends in about {about_s} ({low_s} to {high_s}): an estimate from {count} earlier runs of this command with inputs of similar size.";
        Outlasts { count: usize } = "expects.outlasts",
            "It runs longer than nearly all of {count} earlier runs of this code: when it ends is not known.";
        AsksCores { asked: u32, used: String, count: usize } = "asks.cores",
            "It asks for {asked} cores; {count} earlier runs of this code used {used} on average.";
        AsksMemory { asked_bytes: Bytes, used_bytes: Bytes, count: usize } = "asks.memory",
            "It asks for {asked_bytes} of memory; {count} earlier runs of this code used at most {used_bytes}.";
        ExpectsTooFew { count: usize, needed: usize } = "expects.too_few",
            "How long it takes is not known: {count} earlier runs of this code succeeded, and {needed} are needed.";
        ExpectsCodeUnknown = "expects.code_unknown",
            "How long it takes is not known: the command does not show which code it runs.";
        ExpectsNoRunner = "expects.no_runner", "How long it takes is not known: no runner is attached.";
        ExpectsTooLarge = "expects.too_large", "How long it takes is not known: no runner is large enough.";

        // Where an attempt ran, why it ended in this way, and why the run is or is not run again.
        PlaceFirst { attempt: u32, place: Sentence } =
            "place.first", "Attempt {attempt} went to {place}.";
        PlaceUnits { units: String } = "place.units", "Reserved for it: {units}.";
        AttemptFollowed { attempt: u32, because: RecordedText } =
            "attempt.followed", "Attempt {attempt} was followed by another: {because}.";
        EndDone = "end.done", "It is done: the process ended with status 0 and its outputs are sealed.";
        EndDoneWithoutOutputs = "end.done_without_outputs", "It is done: the process ended with status 0. No outputs were kept.";
        EndCancelled = "end.cancelled", "It was cancelled.";
        EndOther { outcome: RecordedText } = "end.other", "It ended: {outcome}.";
        StderrLine { line: String } = "stderr.line", "{line}";
        StderrNothing = "stderr.nothing", "It printed nothing to stderr.";
        FilesInputChanged { path: String } = "files.input_changed",
            "Its input {path} changed before it started: the recorded bytes are not those that it found.";
        FilesInputChangedWhileItRan { path: String } = "files.input_changed_while_it_ran",
            "Its input {path} changed while it ran: it is not known which bytes it read.";
        FilesCodeChanged { path: String } = "files.code_changed",
            "Its code {path} changed before it started: the recorded code is not what it found.";
        FilesCodeWrittenAgain { path: String } = "files.code_written_again",
            "Its code {path} was written again before it started: whether its bytes changed is not known.";
        FilesInputTouchedWhileItRan { path: String } = "files.input_touched_while_it_ran",
            "Its input {path} was written or touched while it ran: it has the recorded bytes now, and it is not known which bytes it read.";
        FilesCodeChangedBeforeItEnded { path: String } = "files.code_changed_before_it_ended",
            "Its code {path} changed before the run ended: it is not known which code it ran.";
        FilesCodeWrittenBeforeItEnded { path: String } = "files.code_written_before_it_ended",
            "Its code {path} was written again before the run ended: it is not known which code it ran.";
        FilesOutputNotWritten { path: String } = "files.output_not_written",
            "Its output {path} was there before, and it was not written.";
        FilesMoreNotWritten { path: String, files: u64 } = "files.more_not_written",
            "More of its outputs were there before, and they were not written ({files}), such as {path}.";
        FilesOutputShared { path: String, handle: String } = "files.output_shared",
            "Run {handle} ran at the same time and has {path} among its outputs, too: it is not known which of them made it.";
        FilesMoreShared { path: String, runs: u64 } = "files.more_shared",
            "More runs ran at the same time and have outputs of this run among their own ({runs}), such as {path}.";
        FilesMoreChanged { path: String, files: u64 } = "files.more_changed",
            "More of its files changed, or could not be compared ({files}), such as {path}.";
        FilesNotCompared { path: String, why: String } = "files.not_compared",
            "Whether {path} changed is not known: {why}.";
        PlaceElsewhere { source: String } = "place.elsewhere",
            "Its work is done elsewhere; {source} reports it, and Hven cannot stop it.";
        PlaceElsewhereOn { source: String, host: String } = "place.elsewhere_on",
            "Its work is done on {host}; {source} reports it, and Hven cannot stop it.";
        HeardLast { heard_time: Moment } = "place.heard_last", "The last report came at {heard_time}.";
        HeardNever { start_time: Moment } = "place.heard_never",
            "No report has come since the server started at {start_time}.";
        SilentSince { silent_after_s: f64 } = "place.silent",
            "Its state is unknown: no report has come for more than {silent_after_s} s.";
        CacheElsewhere = "cache.elsewhere", "Hven does not start its work, so it is never taken for up to date.";
        CacheErased = "cache.erased", "What it ran was erased, so it is never taken for up to date.";
        CacheKept = "cache.kept",
            "The same command with the same parameters, inputs, code, variables, programs and modules is up to date and is not run again, unless --fresh is given.";
        CacheKeptRecipe = "cache.kept_recipe",
            "The same recipe with the same arguments and inputs is up to date and is not run again, unless --fresh is given.";
        CacheUndeclared = "cache.undeclared",
            "It is run each time, because it does not declare both its inputs (-i) and its outputs (-o).";
        CachePipe = "cache.pipe",
            "It is run each time, because it reads a pipe: what comes through it is known only afterwards.";
        CacheNoCode { why: RecordedText } = "cache.no_code", "It is run each time, because its code was not captured: {why}.";
        CacheCodeUnknown = "cache.code_unknown", "It is run each time, because its code is not in the record.";
        CacheUnknown { why: String } = "cache.unknown", "It is run each time: {why}.";
        CacheOwn = "cache.own", "It is run each time, because it checks another run.";
        CacheNotAsked = "cache.not_asked",
            "What was done before was not asked for it: it was one of many that were submitted at once, or it came with a publication.";
        CacheNotLooked = "cache.not_looked",
            "It is run each time, because whoever submitted it did not say which programs and modules it uses.";
        CacheOlderRule = "cache.older_rule", "It was recorded by the rule of Hven 0.1, which did not look at programs, modules and all variables, so it is never taken for up to date.";
        CacheByOlderRule { run: Sentence } = "cache.by_older_rule", "{run} did the same by the rule of Hven 0.1, which did not look at programs, modules and all variables, so it was not taken for up to date.";
        CacheChanged = "cache.changed", "Its outputs are not used again, because of what was found of its files.";
        CacheLastChanged { run: Sentence } = "cache.last_changed", "{run} did the same, and its outputs are not used again, because of what was found of its files.";
        EndDeleted { name: String, deleted_time: Moment, because: String } = "end.deleted",
            "{name} deleted it on {deleted_time}: {because}. Where it ran and how it ended was erased.";
        CacheNotSucceeded = "cache.not_succeeded", "It did not succeed, so it answers for no other run: the same work is run again.";
        CacheNotDone = "cache.not_done", "It is not done yet, so it answers for no other run.";
        CacheUnsound { why: Sentence } = "cache.unsound", "It answers for no other run, and the same work is run again. It is {why}.";
        CacheOutputsGone = "cache.outputs_gone", "Not all of its outputs are in the store any more, so the same work is run again.";
        CacheDiffers { run: Sentence, what: Sentence } = "cache.differs", "It is not the same as {run}: {what}.";
        CacheSame { run: Sentence } = "cache.same", "Nothing that is recorded tells it from {run}.";

        // Differences from an earlier run.
        ChangedErased { run: Sentence } = "changed.erased", "what {run} ran was erased";
        ChangedWork = "changed.work", "it does other work now";
        ChangedRecipe { version: u32, before: u32 } =
            "changed.recipe", "the recipe is now version {version}, and was {before}";
        ChangedArgument { name: String } = "changed.argument", "{name} changed";
        ChangedCommand = "changed.command", "the command changed";
        ChangedPlace = "changed.place", "it runs in a folder of another kind";
        ChangedPlaceWithin = "changed.place_within", "it runs in another part of its fresh folder";
        ChangedInput { path: String } = "changed.input", "{path} changed";
        ChangedInputNew { path: String } = "changed.input_new", "{path} is a new input";
        ChangedInputGone { path: String } = "changed.input_gone", "{path} is no input any more";
        ChangedStdin = "changed.stdin", "what is on standard input changed";
        ChangedInputsOrder = "changed.inputs_order", "the order of the inputs changed";
        ChangedOutputs = "changed.outputs", "it makes other outputs";
        ChangedOutputsOrder = "changed.outputs_order", "the order of the outputs changed";
        ChangedParam { name: String } = "changed.param", "the parameter {name} changed";
        ChangedParamValue { name: String, before: String, value: String } = "changed.param_value",
            "the parameter {name} changed from {before} to {value}";
        ChangedParamNew { name: String } = "changed.param_new", "the parameter {name} is given now";
        ChangedParamGone { name: String } = "changed.param_gone", "the parameter {name} is not given any more";
        ChangedCode = "changed.code", "the code changed";
        ChangedCodeFiles { paths: String } = "changed.code_files", "the code changed: {paths}";
        ChangedCommit { before: String, commit: String } =
            "changed.commit", "the code changed: commit {before} became {commit}";
        ChangedKeyFile { path: String } = "changed.key_file", "the file of keys {path} changed";
        ChangedVariable { name: String } = "changed.variable", "the environment variable {name} changed";
        ChangedVariableValue { name: String, before: String, value: String } = "changed.variable_value",
            "the environment variable {name} changed from {before} to {value}";
        ChangedVariableNew { name: String } = "changed.variable_new", "the environment variable {name} is set now";
        ChangedVariableGone { name: String } =
            "changed.variable_gone", "the environment variable {name} is not set any more";
        ChangedSecret { name: String } = "changed.secret", "the secret {name} has another value";
        ChangedSecrets = "changed.secrets", "it is given other secrets";
        ChangedProgram { word: String, path: String } = "changed.program", "the program {word} changed: {path}";
        ChangedProgramPlace { word: String, before: String, path: String } = "changed.program_place",
            "the program {word} is another: {path} instead of {before}";
        ChangedProgramNew { word: String, path: String } =
            "changed.program_new", "the program {word} is found now: {path}";
        ChangedProgramGone { word: String } = "changed.program_gone", "the program {word} is not found any more";
        ChangedFile { path: String } = "changed.file",
            "the file {path}, which the command or a variable names, changed (if the run writes it, declare it with -o)";
        ChangedFileNew { path: String } =
            "changed.file_new", "the file {path} counts now: the command or a variable names it (if the run writes it, declare it with -o)";
        ChangedFileGone { path: String } =
            "changed.file_gone", "the file {path} does not count any more: it is not there, or not named";
        ChangedFolder { path: String, name: String } = "changed.folder", "files in the folder {path} of {name} changed";
        ChangedFolderNew { path: String, name: String } =
            "changed.folder_new", "the folder {path} of {name} is looked in now";
        ChangedFolderGone { path: String, name: String } =
            "changed.folder_gone", "the folder {path} of {name} is not there any more, or not looked in";
        ChangedPackage { name: String, before: String, version: String } =
            "changed.package", "the package {name} was {before} and is {version}";
        ChangedPackageNew { name: String, version: String } =
            "changed.package_new", "the package {name} {version} is installed now";
        ChangedPackageGone { name: String } =
            "changed.package_gone", "the package {name} is not installed any more";
        ChangedInstallation { path: String } =
            "changed.installation", "packages or modules in {path} changed, in the same versions";
        ChangedHomeKey = "changed.home_key", "the home has another key, so values of variables cannot be compared";
        ChangedNotRecorded { run: Sentence } =
            "changed.not_recorded", "which variables, programs and modules {run} had was not recorded";
        ChangedNotLooked =
            "changed.not_looked", "of one of the two it is not known which programs and modules it used";
        ChangedUnread = "changed.unread", "variables, programs or modules changed; which of them cannot be read any more";
        ChangedMore { count: usize } = "changed.more", "and {count} more";

        // Steps of a lineage.
        StepRun { run: Sentence } = "step.run", "{run}";
        StepRunThrough { run: Sentence, path: String } = "step.run_through", "{run}, through {path}";
        StepUnfinished { run: Sentence } = "step.unfinished", "{run} (not done)";
        StepUnfinishedThrough { run: Sentence, path: String } =
            "step.unfinished_through", "{run} (not done), through {path}";
        StepRaw { path: String } = "step.raw", "{path}, not known to be made by a recorded run";
        StepRawBytes = "step.raw_bytes", "bytes that are not known to be made by a recorded run";
        StepCommit { commit: String } = "step.commit", "code: git commit {commit}";
        StepCommitChanged { commit: String } =
            "step.commit_changed", "code: git commit {commit} with uncommitted changes";
        StepFolder { count: u64 } = "step.folder", "code of its folder, files: {count}";
        StepNoCode { why: RecordedText } = "step.no_code", "code: not captured ({why})";
        StepNamedRun { run: Sentence, name: String } = "step.named_run", "{run} ({name})";
        StepDataset { dataset: String, rows: u64 } = "step.dataset", "dataset {dataset}, {rows} rows";
        StepDatasetOfOneRow { dataset: String } = "step.dataset_of_one_row", "dataset {dataset}, 1 row";
        StepClaim { claim: String, verdict: Sentence } = "step.claim", "claim {claim}: {verdict}";
        StepClaimUnjudged { claim: String } = "step.claim_unjudged", "claim {claim}, not judged";
        StepPublication { publication: String, title: String } =
            "step.publication", "publication {publication}: {title}";
        StepHiddenNode = "step.hidden_node", "something that you may not see";
        StepHidden = "step.hidden", "a run that you may not see";
    }
}

impl AnswerSentence {
    /// A run by its handle, within a sentence.
    pub fn run(handle: Option<Handle>) -> Sentence {
        match handle {
            Some(handle) => Self::TheRun { handle: handle.to_string() },
            None => Self::ARun,
        }
        .sentence()
    }
}

impl From<&Reproduced> for AnswerSentence {
    fn from(reproduced: &Reproduced) -> Self {
        match reproduced.level {
            // Metrics have no bytes.
            Level::SameBytes if reproduced.outputs_compared() == Some(0) => Self::LevelSameValues,
            Level::SameBytes => Self::LevelSameBytes,
            Level::SameWithin => Self::LevelSameWithin,
            Level::NothingToCompare => Self::LevelNothingToCompare,
            Level::Differs => Self::LevelDiffers,
            Level::CannotRerun => Self::LevelCannotRerun,
        }
    }
}

impl From<Verdict> for AnswerSentence {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Holds => Self::VerdictHolds,
            Verdict::Fails => Self::VerdictFails,
            Verdict::CannotTell => Self::VerdictCannotTell,
        }
    }
}

/// The sentence of a recorded text, if it is one of the sentences that Hven records.
pub fn recorded_sentence(text: &str) -> Option<Sentence> {
    recorded::recognise(text)
}
