//! The lowest floor: what every use case shares, whichever noun it is about.
//!
//! The floors above are types that hold this one, so what stands here cannot call what stands there. Where something above
//! has to be known or has to react, it is given to the kernel as a trait object when the house is opened.

use std::sync::{Arc, OnceLock};

use hven_core::{ActorId, Fact, Time, UserId, fact::Batch, recipe::RecipeList};
use tokio::sync::Mutex;

use crate::{
    kernel::{
        admission::Admission,
        error::AppResult,
        keys::Keys,
        login_links::LoginLinks,
        rights::{LiveAttempts, Rights},
        uploads::UploadedObjects,
    },
    ports::{chosen::Ports, record::Appended},
};

/// What every use case shares.
#[derive(Debug)]
pub struct Kernel {
    pub(crate) ports: Ports,
    pub keys: Keys,
    /// The user who stands for the Unix user to whom the home's files belong, once that was looked up.
    pub(super) own_user: OnceLock<UserId>,
    pub(super) login_links: LoginLinks,
    /// What recipes say of themselves: it tells what is done with the result of a run.
    pub(crate) recipe_list: RecipeList,
    pub(crate) uploaded_objects: UploadedObjects,
    pub(crate) rights: Rights,
    /// Which attempts go on, as the floor above knows it.
    pub(super) attempts: Arc<dyn LiveAttempts>,
    /// Held from the moment that somebody looks who owns the home until a change of it is recorded.
    pub(super) members_turn: Mutex<()>,
    /// Held while the bytes of a stream move from its segment to a part, and while they are erased: in between they
    /// would be looked for where they are no more.
    pub(super) moving_streams: Mutex<()>,
    clock: fn() -> Time,
}

impl Kernel {
    /// Opens the kernel over a home. The tokens of runners that are gone open nothing.
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
        Ok(Self {
            ports,
            keys,
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

    /// Records what somebody did.
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
