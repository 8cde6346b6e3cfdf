//! Starts all services, and notices when one ends.

use std::{collections::HashMap, sync::Arc, time::Duration};

use hven_core::{RunId, soundness::NodeId};
use tokio::task::{Id, JoinSet};

use crate::{
    app::App,
    catalogue::{array_results::GatherExecutor, result_follower::ResultExecutor},
    kernel::{error::AppResult, floor::Kernel, follower::Executor},
    knowledge::repair::follower::RepairExecutor,
    services::{driver, followers, keeper, reporter_watch, sealer},
    work::{
        arrays::executor::{self as arrays, ArrayExecutor},
        floor::Work,
        resume, schedule, usage,
        workflows::executor::{WorkflowExecutor, keep_launches},
    },
};

/// The running services. They end when this is dropped.
#[derive(Debug, Default)]
pub struct Services {
    /// Services that run for as long as the server.
    vital: JoinSet<()>,
    names: HashMap<Id, &'static str>,
    once: JoinSet<()>,
}

impl Services {
    fn run_service(&mut self, name: &'static str, service: impl Future<Output = ()> + Send + 'static) {
        let task = self.vital.spawn(service);
        self.names.insert(task.id(), name);
    }

    /// Starts a follower. It sees every fact from now on.
    fn follow(&mut self, kernel: &Arc<Kernel>, name: &'static str, executor: impl Executor) {
        let (feed, kernel) = (kernel.ports.record.subscribe(), Arc::clone(kernel));
        self.run_service(name, followers::follow(name, executor, feed, followers::PAUSE, move || kernel.now()));
    }

    /// Returns when one of the services has ended, because the server cannot work without it. Returns which one ended,
    /// and how.
    pub async fn ended(&mut self) -> String {
        let (id, how) = match self.vital.join_next_with_id().await {
            Some(Ok((id, ()))) => (id, "ended".to_owned()),
            Some(Err(error)) => (error.id(), format!("ended: {error}")),
            None => std::future::pending().await,
        };
        format!("the {} {how}", self.names.get(&id).unwrap_or(&"service"))
    }
}

/// Resumes unfinished runs and starts all services.
pub async fn spawn(app: &Arc<App>, decided: schedule::Decisions) -> AppResult<Services> {
    let mut services = Services::default();
    let (ended, ends) = sealer::queue();
    services.run_service("driver", driver::run(Arc::clone(&app.work), decided, ended));
    resume::resume(app).await?;
    keep_launches(app).await?;
    arrays::keep_launches(app).await?;
    remove_unused_launches(app).await?;
    services.run_service("driver's clock", driver::tick(Arc::clone(&app.work)));
    services.run_service("sealer", sealer::run(Arc::clone(&app.work), ends));
    services.run_service("keeper of runners", keeper::run(Arc::clone(&app.work)));
    services.run_service("watch on reporters", reporter_watch::run(Arc::clone(&app.work)));
    services.follow(&app.kernel, "settling", ResultExecutor(Arc::clone(&app.catalogue)));
    services.follow(&app.kernel, "repairing", RepairExecutor(Arc::clone(&app.knowledge)));
    services.follow(&app.kernel, "gathering", GatherExecutor(Arc::clone(&app.catalogue)));
    services.follow(&app.kernel, "arrays", ArrayExecutor::new(Arc::clone(&app.work)));
    services.follow(&app.kernel, "workflows", WorkflowExecutor::new(Arc::clone(&app.work)));
    services.once.spawn(load_lineage(Arc::clone(&app.kernel)));
    services.once.spawn(count_past_use(Arc::clone(&app.work)));
    Ok(services)
}

/// Counts the earlier use of the runners, for the order of users. Until then, all users have used nothing.
async fn count_past_use(work: Arc<Work>) {
    if let Err(error) = usage::tell_past_use(&work).await {
        tracing::warn!(%error, "what users used before could not be counted, so the queue ignores it");
    }
}

/// Loads the lineage before the first caller needs it: in a home with a retraction, the first query for soundness reads
/// the whole lineage.
async fn load_lineage(app: Arc<Kernel>) {
    let nobody = NodeId::Run(RunId::from_u128(0));
    if let Err(error) = app.ports.views.soundness(&[nobody]).await {
        tracing::warn!(%error, "what is sound could not be found out");
    }
}

/// Removes what is not needed any more: the environments and secrets of runs that have ended. Called when nothing is
/// being submitted: before the server accepts connections and after it stopped accepting them.
pub async fn remove_unused_launches(app: &Work) -> AppResult<()> {
    Ok(app.ports.launches.retain(&app.schedule.launches(), Duration::ZERO).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_service_is_noticed_even_after_a_panic() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let mut services = Services::default();
            services.run_service("first", std::future::pending());
            services.once.spawn(async {});
            services.run_service("second", async {});
            assert_eq!(services.ended().await, "the second ended");
            services.run_service("third", async { panic!("on purpose") });
            let ended = services.ended().await;
            assert!(ended.starts_with("the third ended: ") && ended.contains("on purpose"), "{ended}");
        });
    }
}
