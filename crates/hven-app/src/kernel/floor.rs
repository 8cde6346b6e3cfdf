//! The lowest floor: the state that every use case shares, for all nouns.
//!
//! The floors above are types that hold this one, so code here cannot call code there. Where the kernel has to ask a
//! higher floor or notify it, it gets a trait object when the home is opened.

use std::sync::{Arc, OnceLock};

use hven_core::{ActorId, Fact, Time, UserId, fact::Batch, recipe::RecipeList};
use tokio::sync::Mutex;

use crate::{
    kernel::{
        admission::Admission,
        error::AppResult,
        keys::Keys,
        known_tokens::KnownTokens,
        login_links::LoginLinks,
        rights::{LiveAttempts, Rights},
        uploads::UploadedObjects,
    },
    ports::{chosen::Ports, record::Appended},
};

/// The state that every use case shares.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) ports: Ports,
    pub keys: Keys,
    pub(super) known_tokens: KnownTokens,
    /// Cache of the user who represents the Unix user who owns the home's files.
    pub(super) own_user: OnceLock<UserId>,
    pub(super) login_links: LoginLinks,
    /// The descriptions of recipes. They determine how the result of a run is used.
    pub(crate) recipe_list: RecipeList,
    pub(crate) uploaded_objects: UploadedObjects,
    pub(crate) rights: Rights,
    /// Which attempts are live. The floor of work implements it.
    pub(super) attempts: Arc<dyn LiveAttempts>,
    /// Held from a check of the home's owners until a change of them is recorded.
    pub(super) members_turn: Mutex<()>,
    /// Held while the bytes of a stream move from its segment to a part, and while they are erased. Otherwise a reader
    /// could look for them in the place that they have just left.
    pub(super) moving_streams: Mutex<()>,
    clock: fn() -> Time,
}

impl Kernel {
    /// Opens the kernel over a home. Tokens of removed runners are not valid.
    pub(crate) async fn open(
        ports: Ports,
        attempts: Arc<dyn LiveAttempts>,
        recipe_list: RecipeList,
        key: [u8; 32],
        clock: fn() -> Time,
    ) -> AppResult<Self> {
        let keys = Keys::new(key);
        for runner in ports.views.runners().await?.iter().filter(|runner| runner.gone.is_some()) {
            keys.revoke_runner(runner.id);
        }
        let known_tokens = KnownTokens::new(ports.record.subscribe());
        Ok(Self {
            ports,
            keys,
            known_tokens,
            own_user: OnceLock::new(),
            login_links: LoginLinks::default(),
            recipe_list,
            uploaded_objects: UploadedObjects::default(),
            rights: Rights::default(),
            attempts,
            members_turn: Mutex::default(),
            moving_streams: Mutex::default(),
            clock,
        })
    }

    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// Records facts of an actor.
    pub(crate) async fn record(&self, actor: ActorId, key: Option<String>, facts: Vec<Fact>) -> AppResult<Appended> {
        let changes_rights = facts.iter().any(|fact| Admission::may_change_with(fact.kind()));
        let batch = Batch::new(self.now(), actor, facts).with_key(key);
        let recorded = self.ports.record.append(batch).await;
        if changes_rights {
            self.rights.count_change();
        }
        Ok(recorded?)
    }
}
