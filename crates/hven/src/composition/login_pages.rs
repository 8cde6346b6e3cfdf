//! Removes the pages that lead browsers to login links: at the start, when all links of the previous server are
//! invalid; when a browser has logged in; and when a link has expired.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hven_app::{App, fact_feed, sessions};
use hven_core::Digest;
use tokio::{
    sync::broadcast::error::RecvError,
    task::spawn_blocking,
    time::{MissedTickBehavior, interval},
};

use crate::login_page;

/// How often pages of expired links are searched for.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Runs until the record is closed.
pub(super) async fn remove_expired(app: Arc<App>, home: PathBuf) {
    let mut recorded = fact_feed::subscribe(&app);
    let mut look_again = interval(LOOK_AGAIN);
    look_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            fact = recorded.recv() => match fact {
                Ok(fact) if fact.header.kind != "session.opened" => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            _ = look_again.tick() => {}
        }
        let app = Arc::clone(&app);
        remove_closed(&home, move || sessions::open_links(&app)).await;
    }
}

/// Removes all pages: the links are invalid after the server has ended.
pub(super) async fn remove_all(home: &Path) {
    remove_closed(home, HashSet::new).await;
}

/// Removes the pages of invalid links. A page that cannot be removed is tried again later.
async fn remove_closed(home: &Path, open: impl FnOnce() -> HashSet<Digest> + Send + 'static) {
    let home = home.to_owned();
    match spawn_blocking(move || login_page::remove_closed(&home, open)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "pages of login links could not be removed"),
        Err(error) => tracing::warn!(%error, "pages of login links were not looked for"),
    }
}
