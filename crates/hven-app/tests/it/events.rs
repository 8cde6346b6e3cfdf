//! Short names for events in a home: files exist, runs are submitted and end.

use hven_app::{
    ports::{
        Objects, Series, Views,
        run::{RunName, RunView},
        series::StreamPiece,
    },
    recipes::RecipeRequest,
    submit::{self, RunRequest, SubmitOutcome},
};
use hven_core::{
    AttemptId, Fact, RunId, RunnerId, Time,
    object::{FileKind, FileRef},
    run::{AttemptResult, Code, Finished, Number, Outcome, RunFolder, Spec, Started},
    stream::{Point, Stream},
};
use serde_json::Value;

use crate::world::{KEPLER, World, ada, project};

/// A reference to a file with this text. Its bytes need not be in the store.
pub fn file(path: &str, text: &str) -> FileRef {
    FileRef {
        path: path.to_owned(),
        digest: hven_core::Digest::of(text.as_bytes()),
        size: text.len() as u64,
        kind: FileKind::File,
    }
}

/// A command in the folder of the caller. Its code is not recorded.
pub fn command(words: &str, inputs: Vec<FileRef>, outputs: &[&str]) -> RunRequest {
    let argv = words.split(' ').map(str::to_owned).collect();
    let code = Some(Code::NotCaptured { why: "the folder is too large".to_owned() });
    let outputs = outputs.iter().map(|path| (*path).to_owned()).collect();
    let spec = Spec { inputs, outputs, code, ..Spec::of_command(argv, "/home/tycho/uraniborg") };
    RunRequest::of(project(KEPLER), spec)
}

/// A recipe in a fresh folder.
pub fn recipe(name: &str, arguments: Value, inputs: Vec<FileRef>, outputs: &[&str]) -> RunRequest {
    let outputs = outputs.iter().map(|path| (*path).to_owned()).collect();
    let spec = Spec { inputs, outputs, place: RunFolder::Fresh, ..Spec::of_command(Vec::new(), "") };
    let wanted = RecipeRequest { name: name.to_owned(), arguments };
    RunRequest { name: Some(name.to_owned()), recipe: Some(wanted), ..RunRequest::of(project(KEPLER), spec) }
}

/// Polls the future at most this many times and then drops it, like a kill of its process.
pub async fn killed_after<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

impl World {
    /// A file whose bytes are in the store.
    pub async fn put(&self, path: &str, text: &str) -> FileRef {
        self.home.put(text.to_owned().into()).await.unwrap();
        file(path, text)
    }

    /// Submits new work.
    pub async fn submit(&self, wanted: RunRequest) -> RunId {
        match submit::submit(&self.app, &ada(), None, wanted).await.unwrap() {
            SubmitOutcome::New(RunName::Id(run), ..) => run,
            other => panic!("not a new run: {other:?}"),
        }
    }

    /// A runner reports the end of a run and its outputs.
    pub async fn ends(&self, run: RunId, outcome: Outcome, outputs: Vec<FileRef>) {
        let attempt = AttemptId { run, number: 1 };
        let result = AttemptResult {
            outputs,
            wall_s: 2.0,
            ended: Some(Time::from_micros(1_767_225_600_000_000)),
            ..AttemptResult::without_process(outcome)
        };
        let facts: [Fact; 2] = [
            Started { attempt, runner: RunnerId::from_u128(9) }.into(),
            Finished { run, attempt: Some(1), result }.into(),
        ];
        self.record(facts).await;
    }

    /// The run is done and made files with these texts.
    pub async fn makes(&self, run: RunId, files: &[(&str, &str)]) {
        let mut outputs = Vec::new();
        for (path, text) in files {
            outputs.push(self.put(path, text).await);
        }
        self.ends(run, Outcome::Done, outputs).await;
    }

    /// A command that reads files and makes others, from its submission to its end.
    pub async fn ran(&self, words: &str, reads: &[(&str, &str)], makes: &[(&str, &str)]) -> RunId {
        let mut inputs = Vec::new();
        for (path, text) in reads {
            inputs.push(self.put(path, text).await);
        }
        let outputs: Vec<&str> = makes.iter().map(|(path, _)| *path).collect();
        let run = self.submit(command(words, inputs, &outputs)).await;
        self.makes(run, makes).await;
        run
    }

    /// The run measures a quantity.
    pub async fn measures(&self, run: RunId, key: &str, value: f64) {
        let point = Point { key: key.to_owned(), value: Number(value), step: 0, time_us: 1 };
        let bytes = format!("{}\n", serde_json::to_string(&point).unwrap()).into();
        let attempt = AttemptId { run, number: 1 };
        let piece = StreamPiece { attempt, stream: Stream::MetricsApi, offset: None, bytes };
        Series::append(&*self.home, vec![piece]).await.unwrap();
    }

    pub async fn view(&self, run: RunId) -> RunView {
        self.home.runs_named(&RunName::Id(run)).await.unwrap().pop().unwrap()
    }

    /// How many facts of a kind there are.
    pub async fn count(&self, kind: &str) -> usize {
        use hven_app::ports::{Record, record::FactQuery};
        let query = FactQuery { kind: Some(kind.to_owned()), limit: 1000, ..FactQuery::default() };
        self.home.facts(query).await.unwrap().len()
    }
}
