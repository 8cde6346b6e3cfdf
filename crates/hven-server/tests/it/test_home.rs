//! A home for tests in a temporary folder, with the real record and engine. A test plays the runner if it needs one.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use hven_app::{
    App, Ports, home_owner,
    keys::runner_token,
    ports::{
        Press, RunnerLauncher, StepProcesses,
        launch::RunnerProcess,
        press::{Contents, Licences, PressError, PressedPublication, Unlicensed},
        tables::{TableError, TableSource, Tables},
    },
    recipes::Recipes,
    schedule::Decisions,
    services::{self, Services},
};
use hven_compute::fair_share::FairShare;
use hven_core::{
    RunnerId, Time,
    array::{DraftRefusal, DraftReport, DraftTask},
    publication::description::Publication,
    recipe::{
        Argument, Input, InputKind, Kind, Output, OutputKind, RecipeList, ResultKind, Schema, StartedBy, TARGET, Text,
    },
    workflow::{StepReport, StepTask},
};
use hven_record::{Home, Settings};
use hven_server::{ClientTimeouts, Options, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const KEY: [u8; 32] = [7; 32];
pub(crate) const HOST: &str = "127.0.0.1:7878";

pub(crate) struct TestHome {
    pub server: Server,
    pub app: Arc<App>,
    pub store: Home,
    /// The owner's token.
    pub owner: String,
    _services: Option<Services>,
    launcher: Arc<NoRunners>,
    folder: TempDir,
}

/// Starts no runner: a test plays the runner itself, and decides when it is gone for good.
#[derive(Default)]
struct NoRunners {
    gone: Mutex<Vec<RunnerId>>,
}

impl NoRunners {
    fn has_lost(&self, runner: RunnerId) -> bool {
        self.gone.lock().unwrap().contains(&runner)
    }
}

#[async_trait::async_trait]
impl RunnerLauncher for NoRunners {
    async fn start(&self, _: RunnerId) -> std::io::Result<()> {
        Ok(())
    }
    async fn is_gone(&self, runner: RunnerId) -> Option<String> {
        self.has_lost(runner).then(|| "a test says so".to_owned())
    }
    async fn process(&self, _: RunnerId) -> Option<RunnerProcess> {
        None
    }
    async fn can_return(&self, runner: RunnerId) -> bool {
        !self.has_lost(runner)
    }
    async fn forget(&self, _: RunnerId) -> std::io::Result<()> {
        Ok(())
    }
}

/// Makes no publication: the tests of the binary do that.
struct NoPress;

#[async_trait::async_trait]
impl Press for NoPress {
    fn licences(&self, _: &Publication, _: Unlicensed) -> Licences {
        Licences::default()
    }
    async fn contents(&self, _: Publication) -> Result<Contents, PressError> {
        Ok(Contents::default())
    }
    async fn press(&self, _: Publication) -> Result<PressedPublication, PressError> {
        Err(PressError::Refused("there is no press here".to_owned()))
    }
}

/// It refuses no import and reads no table.
struct AnyTable;

#[async_trait::async_trait]
impl Tables for AnyTable {
    fn check(&self, _: &Value) -> Result<(), String> {
        Ok(())
    }
    async fn look(&self, source: TableSource, arguments: &Value) -> Result<Value, TableError> {
        Ok(serde_json::json!({ "size": source.size, "arguments": arguments }))
    }
}

/// No process carries out a step.
struct NoSteps;

#[async_trait::async_trait]
impl StepProcesses for NoSteps {
    async fn carry_out(&self, _: &StepTask, _: &BTreeMap<String, String>) -> std::io::Result<StepReport> {
        Err(std::io::Error::from(std::io::ErrorKind::NotFound))
    }
    async fn read_draft(
        &self,
        task: &DraftTask,
        environment: Option<&BTreeMap<String, String>>,
    ) -> std::io::Result<DraftReport> {
        let refusal = DraftRefusal::of("folder", format!("{} {:?}", task.draft.folder, environment.map(BTreeMap::len)));
        Ok(DraftReport::refused(vec![refusal]))
    }
}

pub(crate) fn now() -> Time {
    Time::from_micros(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64)
}

impl TestHome {
    pub(crate) async fn new() -> Self {
        Self::within(tempfile::tempdir().unwrap()).await
    }

    /// Like [`TestHome::new`], in a folder of the test.
    pub(crate) async fn within(folder: TempDir) -> Self {
        let (home, decided) = Self::opened(folder).await;
        let services = services::spawn(&home.app, decided).await.unwrap();
        Self { _services: Some(services), ..home }
    }

    /// A home in memory without services, for tests that only read.
    pub(crate) async fn without_services() -> Self {
        Self::opened(hven_testing::memory_folder()).await.0
    }

    async fn opened(folder: TempDir) -> (Self, Decisions) {
        let store = Home::create_or_open(&folder.path().join("home"), Settings::default()).unwrap();
        let launcher = Arc::<NoRunners>::default();
        let (app, decided) = open(&store, Arc::clone(&launcher)).await;
        let owner = home_owner::owner_token(&app, "Tycho").await.unwrap();
        let server = Server::new(Arc::clone(&app), options(&store));
        (Self { server, app, store, owner, _services: None, launcher, folder }, decided)
    }

    /// A second server of the same home, as after a restart.
    pub(crate) async fn served_again(&self) -> Server {
        Server::new(self.reopened().await, options(&self.store))
    }

    /// Like [`TestHome::served_again`], with other limits.
    pub(crate) async fn served_with(&self, connections_max: usize, timeouts: ClientTimeouts) -> Server {
        Server::new(self.reopened().await, Options { connections_max, timeouts, ..options(&self.store) })
    }

    async fn reopened(&self) -> Arc<App> {
        open(&self.store, Arc::clone(&self.launcher)).await.0
    }

    /// The number of environments and secrets that are stored until their runs start.
    pub(crate) fn launches(&self) -> usize {
        let kept = std::fs::read_dir(self.folder.path().join("home/private")).unwrap().flatten();
        kept.filter(|file| file.path().extension().is_some_and(|extension| extension == "json")).count()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.server.router().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, body.to_vec())
    }

    pub(crate) async fn call(&self, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = request(token, method, path, None, &body);
        let (status, bytes) = self.send(request).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        self.call(token, "GET", path, Value::Null).await
    }

    /// Adds a user with a role in a project, and returns a token of the user.
    pub(crate) async fn user(&self, name: &str, project: Option<&str>, role: &str) -> String {
        self.add_user(name, project, role, false).await.1
    }

    /// Like [`TestHome::user`], with the permission to run commands as the server's user. Returns the id and a token.
    pub(crate) async fn add_user(
        &self,
        name: &str,
        project: Option<&str>,
        role: &str,
        may_run: bool,
    ) -> (String, String) {
        let (status, user) = self.call(&self.owner, "POST", "/users", json!({ "name": name })).await;
        assert_eq!(status, StatusCode::CREATED, "{user}");
        let member = json!({ "user": user["id"], "project": project, "role": role, "may_run_as_server": may_run });
        let (status, answer) = self.call(&self.owner, "PUT", "/members", member).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
        let token = json!({ "name": "test", "user": user["id"] });
        let (status, token) = self.call(&self.owner, "POST", "/tokens", token).await;
        assert_eq!(status, StatusCode::CREATED, "{token}");
        (user["id"].as_str().unwrap().to_owned(), token["secret"].as_str().unwrap().to_owned())
    }

    /// Submits `true` in a project, and returns the run's id.
    pub(crate) async fn submit(&self, token: &str, project: &str) -> String {
        let (status, created) = self.call(token, "POST", "/runs", submission(project)).await;
        assert_eq!(status, StatusCode::CREATED, "{created}");
        created["run"]["id"].as_str().unwrap().to_owned()
    }

    /// Attaches a runner with four cores.
    pub(crate) async fn runner(&self) -> Runner<'_> {
        let id = RunnerId::from_u128(0x1234);
        let token = runner_token(KEY, id);
        let attach = json!({
            "runner": id, "pool": "local", "host": "here", "boot_id": "b", "pid": 1, "version": "0",
            "capacity": { "cpus": 4, "memory_bytes": 1 << 30 }, "prefetch": 4, "attempts": [],
            "hands_on_stdin": true,
            "enters_folders": true,
        });
        let (status, attached) = self.call(&token, "POST", "/runner/attach", attach).await;
        assert_eq!(status, StatusCode::OK, "{attached}");
        Runner { home: self, id, token, session: attached["session"].as_str().unwrap().to_owned() }
    }

    /// Makes the runner disappear for good, and waits until that is recorded.
    pub(crate) async fn lose(&self, runner: RunnerId) {
        let mut recorded = hven_app::fact_feed::subscribe(&self.app);
        self.launcher.gone.lock().unwrap().push(runner);
        let gone = async { while recorded.recv().await.unwrap().header.kind != "runner.gone" {} };
        tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
    }

    /// Repeats the request until the answer satisfies the condition. Fails after ten seconds.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1000 {
            let (_, answer) = self.get(&self.owner, path).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{path} is not as wanted: {}", self.get(&self.owner, path).await.1);
    }
}

async fn open(store: &Home, launcher: Arc<NoRunners>) -> (Arc<App>, Decisions) {
    let ports =
        Ports::of_home(Arc::new(store.clone()), launcher, Arc::new(NoPress), Arc::new(NoSteps), Arc::new(AnyTable));
    App::open(ports, Box::new(FairShare::default()), recipes(), KEY, now).await.unwrap()
}

fn options(store: &Home) -> Options {
    Options {
        url: format!("http://{HOST}"),
        home: store.id().to_string(),
        database: "sqlite".to_owned(),
        idle_exit: None,
        connections_max: 256,
        timeouts: ClientTimeouts::default(),
        doors: DOORS,
    }
}

/// The schemas of the recipes in these tests. Their runs are submitted and never started.
const SCHEMAS: &[Schema] = &[
    Schema {
        name: "import",
        arguments: &[
            Argument::new("name", Kind::Text, "", ""),
            Argument::new("license", Kind::Text, "", ""),
            Argument::new("types", Kind::Map(&Kind::Text), "", ""),
            Argument::new("units", Kind::Map(&Kind::Text), "", ""),
            Argument::new("checks", Kind::TEXTS, "", ""),
            Argument::new("nulls", Kind::TEXTS, "", ""),
            Argument::new("delimiter", Kind::Text, "", ""),
        ],
        result: ResultKind::Dataset,
        started_by: StartedBy::Import,
        ..Schema::NEW
    },
    Schema {
        name: "law",
        version: 2,
        summary: Text { en: "Look for a law", zh: "寻找定律" },
        inputs: &[Input {
            key: "table",
            path: "table.parquet",
            kind: InputKind::Table,
            required: true,
            help: Text { en: "The table", zh: "表格" },
        }],
        arguments: &[
            Argument::new(TARGET, Kind::Column, "The column", "列").required(),
            Argument::new("seed", Kind::COUNT, "The seed", "种子").or("0").in_unit("1"),
            Argument::new("inputs", Kind::COLUMNS, "Other columns", "其他列").called("columns"),
        ],
        outputs: &[Output { path: "law.json", kind: OutputKind::File, help: Text { en: "The law", zh: "定律" } }],
        result: ResultKind::Law,
        ..Schema::NEW
    },
];

fn recipes() -> Recipes {
    Recipes {
        list: RecipeList(SCHEMAS),
        program: "/opt/hven/bin/hven".into(),
        environment: [("LANG".to_owned(), "C.UTF-8".to_owned())].into(),
    }
}

pub(crate) fn submission(project: &str) -> Value {
    json!({ "argv": ["true"], "cwd": "/", "project": project })
}

pub(crate) fn request(token: &str, method: &str, path: &str, key: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header(header::HOST, HOST);
    if !token.is_empty() {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(key) = key {
        request = request.header("Idempotency-Key", key);
    }
    if body.is_null() {
        return request.body(Body::empty()).unwrap();
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

/// A runner that a test plays.
pub(crate) struct Runner<'h> {
    pub home: &'h TestHome,
    pub id: RunnerId,
    pub token: String,
    pub session: String,
}

impl Runner<'_> {
    /// The commands after a number. Waits up to two seconds for one.
    pub(crate) async fn pull(&self, after: u64) -> Vec<Value> {
        let pull = json!({ "runner": self.id, "session": self.session, "after": after, "wait_ms": 2000 });
        let (status, pulled) = self.home.call(&self.token, "POST", "/runner/pull", pull).await;
        assert_eq!(status, StatusCode::OK, "{pulled}");
        pulled["commands"].as_array().unwrap().clone()
    }

    pub(crate) async fn push(&self, events: Value) -> (StatusCode, Value) {
        let push = json!({ "runner": self.id, "session": self.session, "events": events });
        self.home.call(&self.token, "POST", "/runner/push", push).await
    }
}

/// The event for an attempt that ended with status 0.
pub(crate) fn ended_well(attempt: &Value) -> Value {
    json!({ "ended": { "attempt": attempt, "result": {
        "outcome": { "is": "done" }, "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:00:01Z", "wall_s": 1.0,
    }}})
}

pub(crate) const DOORS: &[hven_door::Door] = &[hven_door_mlflow::DOOR, hven_door_prometheus::DOOR];
