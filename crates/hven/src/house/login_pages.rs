//! Takes away the pages that led browsers to login links: at the start, when all links of the server before are dead; when
//! a browser was let in; and when a link has run out.

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

/// How often pages are looked for whose links have run out.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Goes on until the record is closed.
pub(super) async fn tend(app: Arc<App>, home: PathBuf) {
    let mut recorded = fact_feed::recorded(&app);
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

/// Removes all pages: the links end with the server.
pub(super) async fn remove_all(home: &Path) {
    remove_closed(home, HashSet::new).await;
}

/// A page that cannot be removed is tried again at the next look.
async fn remove_closed(home: &Path, open: impl FnOnce() -> HashSet<Digest> + Send + 'static) {
    let home = home.to_owned();
    match spawn_blocking(move || login_page::remove_closed(&home, open)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "pages of login links could not be removed"),
        Err(error) => tracing::warn!(%error, "pages of login links were not looked for"),
    }
}
