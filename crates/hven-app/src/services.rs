//! What goes on by itself while a server runs.

pub mod cataloguer;
pub mod driver;
pub mod keeper;
pub mod sealer;

use std::{sync::Arc, time::Duration};

use hven_core::{RunId, soundness::Node};
use tokio::task::JoinSet;

use crate::{App, AppResult, schedule};

/// Takes up the unfinished runs and starts all services. They end when the set is dropped.
pub async fn spawn(app: &Arc<App>, decided: schedule::Decided) -> AppResult<JoinSet<()>> {
    let mut services = JoinSet::new();
    let (ended, ends) = sealer::queue();
    services.spawn(driver::run(Arc::clone(app), decided, ended));
    schedule::resume(app).await?;
    tidy(app).await?;
    services.spawn(driver::tick(Arc::clone(app)));
    services.spawn(sealer::run(Arc::clone(app), ends));
    services.spawn(keeper::run(Arc::clone(app)));
    services.spawn(cataloguer::run(Arc::clone(app)));
    services.spawn(know_the_lineage(Arc::clone(app)));
    Ok(services)
}

/// In a home in which something was retracted, the whole lineage is read for the first question about what is sound: here,
/// before anybody waits for it.
async fn know_the_lineage(app: Arc<App>) {
    let nobody = Node::Run(RunId::from_u128(0));
    if let Err(error) = app.ports.views.soundness(&[nobody]).await {
        tracing::warn!(%error, "what is sound could not be found out");
    }
}

/// What was done before may go: the environments and secrets of runs that have ended. Called when nothing is being
/// submitted: before the doors open and after they are closed.
pub async fn tidy(app: &App) -> AppResult<()> {
    Ok(app.ports.launches.retain(&app.schedule.launches(), Duration::ZERO).await?)
}
