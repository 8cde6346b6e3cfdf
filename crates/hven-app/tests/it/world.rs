//! A home in memory, and the use cases on it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use hven_app::{
    App, Caller, Ports,
    ports::{
        Record,
        tables::{TableError, TableSource, Tables},
    },
    recipes::Recipes,
    schedule::Decisions,
};
use hven_core::{
    ActorId, Fact, Time, UserId,
    access::{Grant, Role, Scope},
    fact::Batch,
    project::ProjectPath,
    recipe::{Argument, Kind, RecipeList, ResultKind, Schema, StartedBy, TARGET},
    user,
};
use hven_record::{Home, Settings};
use serde_json::Value;

use crate::fakes::{DescriptionsOnly, Disk, Idle, NoRunners, PreparedReports};

/// The project of most tests.
pub const KEPLER: &str = "astro/kepler";
/// The user who owns the home.
pub const ADA: u128 = 1;
/// A user with the rights that a test gives.
pub const BEN: u128 = 2;

/// The microseconds of a clock that advances by one second with each call.
static CLOCK: AtomicI64 = AtomicI64::new(1_767_225_600_000_000);

fn clock() -> Time {
    Time::from_micros(CLOCK.fetch_add(1_000_000, Ordering::Relaxed))
}

pub struct World {
    _folder: tempfile::TempDir,
    pub home: Arc<Home>,
    pub disk: Arc<Disk>,
    pub press: Arc<DescriptionsOnly>,
    pub steps: Arc<PreparedReports>,
    pub app: Arc<App>,
    pub decided: Option<Decisions>,
}

impl World {
    /// A home that Ada owns and in which Ben is known.
    pub async fn new() -> Self {
        let folder = hven_testing::memory_home();
        let home = Arc::new(Home::create_or_open(folder.path(), Settings::default()).unwrap());
        let disk = Arc::new(Disk::of(Arc::clone(&home)));
        let press = Arc::new(DescriptionsOnly::into(Arc::clone(&home)));
        let steps = Arc::default();
        let (app, decided) = open(&home, &disk, &press, &steps, SCHEMAS).await;
        let world = Self { _folder: folder, home, disk, press, steps, app, decided: Some(decided) };
        for (user, name) in [(ADA, "Ada"), (BEN, "Ben")] {
            let added = user::Added { user: UserId::from_u128(user), name: name.to_owned(), email: None };
            world.record([added]).await;
        }
        world
    }

    /// The same home, opened by another process after a kill.
    pub async fn after_a_kill(self) -> Self {
        let (app, decided) = open(&self.home, &self.disk, &self.press, &self.steps, SCHEMAS).await;
        Self { app, decided: Some(decided), ..self }
    }

    /// The same home, opened by a later version of Hven, in which the recipe `split` does other work.
    pub async fn after_an_upgrade(self) -> Self {
        let newer = SCHEMAS.iter().map(|of| Schema { version: of.version + u32::from(of.name == "split"), ..*of });
        let newer = Vec::leak(newer.collect());
        let (app, decided) = open(&self.home, &self.disk, &self.press, &self.steps, newer).await;
        Self { app, decided: Some(decided), ..self }
    }

    /// Records facts that no use case of these tests records, such as the reports of runners.
    pub async fn record(&self, facts: impl IntoIterator<Item = impl Into<Fact>>) {
        let facts = facts.into_iter().map(Into::into).collect();
        self.home.append(Batch::new(clock(), ActorId::from_u128(ADA), facts)).await.unwrap();
    }
}

async fn open(
    home: &Arc<Home>,
    disk: &Arc<Disk>,
    press: &Arc<DescriptionsOnly>,
    steps: &Arc<PreparedReports>,
    schemas: &'static [Schema],
) -> (Arc<App>, Decisions) {
    let press = Arc::<DescriptionsOnly>::clone(press);
    let ports = Ports::of_home(
        Arc::clone(home),
        Arc::new(NoRunners),
        press,
        Arc::<PreparedReports>::clone(steps),
        Arc::new(AnyTable),
    );
    let ports = Ports { record: Arc::<Disk>::clone(disk), ..ports };
    App::open(ports, Box::new(Idle), recipes(schemas), [7; 32], clock).await.unwrap()
}

/// It refuses no import and reads no table.
#[derive(Debug)]
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

/// The recipes that ship with Hven, as far as these use cases read their schemas.
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
        name: "split",
        arguments: &[
            Argument::new("name", Kind::Text, "", "").required(),
            Argument::new("method", Kind::Text, "", "").required(),
            Argument::new("by", Kind::Column, "", ""),
            Argument::new("seed", Kind::COUNT, "", ""),
            Argument::new("parts", Kind::Map(&Kind::Number { min: 0.0, max: 1.0 }), "", "").required(),
            Argument::new("hold_out", Kind::Text, "", ""),
        ],
        result: ResultKind::Parts,
        started_by: StartedBy::Division,
        ..Schema::NEW
    },
    Schema {
        name: "law",
        arguments: &[Argument::new(TARGET, Kind::Column, "", "").required()],
        result: ResultKind::Law,
        ..Schema::NEW
    },
    Schema {
        name: "compare",
        arguments: &[
            Argument::new("tolerance", Kind::Text, "", ""),
            Argument::new("tolerances", Kind::Map(&Kind::Text), "", ""),
        ],
        result: ResultKind::Comparison,
        started_by: StartedBy::Reproduction,
        ..Schema::NEW
    },
];

fn recipes(schemas: &'static [Schema]) -> Recipes {
    Recipes { list: RecipeList(schemas), program: "/usr/bin/hven".into(), environment: BTreeMap::new() }
}

pub fn project(path: &str) -> ProjectPath {
    path.parse().unwrap()
}

/// The owner of the home.
pub fn ada() -> Caller {
    let grant = Grant { scope: Scope::Home, role: Role::Owner, may_run_as_server: true };
    Caller::User { id: UserId::from_u128(ADA), grants: vec![grant] }
}

/// A user who has one role in one project.
pub fn ben(role: Role, path: &str) -> Caller {
    let grant = Grant { scope: Scope::Project(project(path)), role, may_run_as_server: true };
    Caller::User { id: UserId::from_u128(BEN), grants: vec![grant] }
}
