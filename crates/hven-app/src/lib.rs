//! What one can do with Hven.
//!
//! One file per noun holds its use cases; each authorises, decides, appends facts and answers. The world is reached
//! through [`ports`] alone: `cargo check -p hven-app` compiles no SQL, no HTTP and no file format. What goes on by
//! itself (the scheduler's driver, the sealer, the care for runners) is in [`services`].

pub mod access;
pub mod actors;
mod additions;
pub mod admission;
pub mod ancestry;
mod asides;
mod brought;
mod changes;
pub mod claims;
pub mod datasets;
pub mod error;
pub mod explain;
mod fact_names;
pub mod facts;
pub mod files;
pub mod founding;
pub mod graph;
pub mod home;
pub mod imports;
pub mod judge;
pub mod labelled;
pub mod labels;
pub mod laws;
pub mod lineage;
pub mod lineage_answers;
pub mod listening;
pub mod logs;
mod looks;
pub mod lookup;
pub mod metrics;
mod naming;
pub mod objects;
pub mod origins;
pub mod people;
mod permissions;
pub mod ports;
mod printed;
pub mod projects;
pub mod publications;
pub mod recipes;
pub mod redact;
pub mod repair;
pub mod reproduce;
pub mod runners;
pub mod runs;
pub mod sayings;
pub mod schedule;
pub mod services;
pub mod sessions;
pub mod settle;
pub mod soundness;
pub mod splits;
mod stands;
pub mod stdin;
pub mod submit;
pub mod surroundings;
pub mod tokens;
pub mod verdicts;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU64, Ordering},
};

use hven_core::{ActorId, Fact, Time, UserId, fact::Batch};
use tokio::sync::Mutex;

pub use access::Caller;
pub use admission::Admission;
pub use error::{AppError, AppResult};

use ports::record::Appended;

/// The implementations that the binary chose.
#[derive(Clone)]
pub struct Ports {
    pub record: Arc<dyn ports::Record>,
    pub views: Arc<dyn ports::Views>,
    pub series: Arc<dyn ports::Series>,
    pub objects: Arc<dyn ports::Objects>,
    pub launches: Arc<dyn ports::Launches>,
    pub launcher: Arc<dyn ports::RunnerLauncher>,
    pub backup: Arc<dyn ports::Backup>,
    pub press: Arc<dyn ports::Press>,
}

impl Ports {
    /// With one home behind all that is kept.
    pub fn of_home<H>(home: Arc<H>, launcher: Arc<dyn ports::RunnerLauncher>, press: Arc<dyn ports::Press>) -> Self
    where
        H: ports::Record + ports::Views + ports::Series + ports::Objects + ports::Launches + ports::Backup,
    {
        Self {
            record: home.clone(),
            views: home.clone(),
            series: home.clone(),
            objects: home.clone(),
            launches: home.clone(),
            backup: home,
            launcher,
            press,
        }
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports(…)")
    }
}

/// Everything that the use cases share.
#[derive(Debug)]
pub struct App {
    pub ports: Ports,
    pub keys: access::Keys,
    /// The user who stands for the Unix user to whom the home's files belong, once that was looked up.
    own_user: OnceLock<UserId>,
    login_links: sessions::LoginLinks,
    pub schedule: schedule::Schedule,
    pub runners: runners::Links,
    pub recipes: recipes::Recipes,
    listings: recipes::Listings,
    permissions: permissions::Permissions,
    brought: brought::Brought,
    pub(crate) pipes: stdin::Pipes,
    /// How often something was recorded that may change who is let in, or what they may do.
    rights_changes: AtomicU64,
    /// Held from the moment that somebody looks who owns the home until a change of it is recorded.
    pub(crate) members_turn: Mutex<()>,
    /// The count of the next run's handle.
    next_handle: Mutex<u64>,
    /// Held by a call that adds to a run after its end, from its look at how much was added until its fact is recorded.
    additions_turn: Mutex<()>,
    /// Held by a call that changes labels of a run, from its look at them until its facts are recorded.
    labels_turn: Mutex<()>,
    /// Held while a result is taken into the catalogue.
    pub(crate) catalogue_turn: Mutex<()>,
    /// Held while a repair takes a step, so that nothing is made anew twice.
    pub(crate) repair_turn: Mutex<()>,
    /// Held while a publication is made or brought in, so that no version is made twice.
    pub(crate) publishing_turn: Mutex<()>,
    /// Held while the bytes of a stream move from its segment to a part, and while they are erased: in between they
    /// would be looked for where they are no more.
    moving_streams: Mutex<()>,
    clock: fn() -> Time,
}

impl App {
    /// Opens the use cases over a home. Unfinished runs are taken up where they stand; call
    /// [`services::spawn`] next to set things going.
    pub async fn open(
        ports: Ports,
        engine: Box<dyn ports::Engine>,
        recipes: recipes::Recipes,
        key: [u8; 32],
        clock: fn() -> Time,
    ) -> AppResult<(Arc<Self>, schedule::Decided)> {
        let next_handle = ports.views.runs_submitted().await?;
        let keys = access::Keys::new(key);
        for runner in ports.views.runners().await?.iter().filter(|runner| runner.gone.is_some()) {
            keys.revoke_runner(runner.id);
        }
        let (schedule, decided) = schedule::Schedule::new(engine);
        let app = Self {
            ports,
            keys,
            own_user: OnceLock::new(),
            login_links: sessions::LoginLinks::default(),
            schedule,
            runners: runners::Links::default(),
            recipes,
            listings: recipes::Listings::default(),
            permissions: permissions::Permissions::default(),
            brought: brought::Brought::default(),
            pipes: stdin::Pipes::default(),
            rights_changes: AtomicU64::new(0),
            members_turn: Mutex::default(),
            next_handle: Mutex::new(next_handle),
            additions_turn: Mutex::default(),
            labels_turn: Mutex::default(),
            catalogue_turn: Mutex::default(),
            repair_turn: Mutex::default(),
            publishing_turn: Mutex::default(),
            moving_streams: Mutex::default(),
            clock,
        };
        Ok((Arc::new(app), decided))
    }

    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// Records what somebody did.
    pub(crate) async fn record(&self, actor: ActorId, key: Option<String>, facts: Vec<Fact>) -> AppResult<Appended> {
        let changes_rights = facts.iter().any(|fact| Admission::may_change_with(fact.kind()));
        let batch = Batch::new(self.now(), actor, facts).with_key(key);
        let recorded = self.ports.record.append(batch).await;
        if changes_rights {
            self.rights_changes.fetch_add(1, Ordering::Release);
        }
        Ok(recorded?)
    }
}

/// Random bytes from the operating system, which never fails to give them once it is up.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Without randomness no id or token is safe: there is no way to go on.
        panic!("the operating system gives no random bytes: {error}");
    }
    bytes
}
