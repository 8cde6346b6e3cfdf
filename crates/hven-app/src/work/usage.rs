//! The use of the runners by users and projects.

use hven_core::{Time, project::ProjectPath};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        engine::EngineEvent,
        queueing::{UseQuery, UseRow},
    },
    work::floor::Work,
};

/// Which use a person asks for.
#[derive(Clone, Debug)]
pub struct UsageRequest {
    pub project: Option<ProjectPath>,
    /// From this time on, and (below) until this one; `None`: until now.
    pub since: Time,
    pub until: Option<Time>,
}

/// The use of the runners by runs that ended between two times, by user and project.
#[derive(Clone, Debug)]
pub struct Usage {
    pub since: Time,
    pub until: Time,
    pub rows: Vec<UseRow>,
}

impl NeedsLabels for Usage {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.rows.iter().for_each(|row| wanted.actor(row.user));
    }
}

/// The use of the runners by the ended runs that the caller may see.
pub async fn usage(work: &Work, caller: &Caller, request: UsageRequest) -> AppResult<Labelled<Usage>> {
    caller.require_user()?;
    let (since, until) = (request.since, request.until.unwrap_or_else(|| work.now()));
    if since >= until {
        return Err(AppError::invalid("the period", format!("is empty: {since} is not before {until}")));
    }
    let query = UseQuery { scopes: caller.scopes(), project: request.project, since, until, period_us: None };
    let rows = work.ports.views.used(&query).await?;
    label(work, Usage { since, until, rows }).await
}

const HOUR_US: i64 = 3_600_000_000;

/// Tells the engine after a start of the server what users used before, hour by hour.
pub(crate) async fn tell_past_use(work: &Work) -> AppResult<()> {
    let now = work.now();
    let remembers_us = i64::try_from(work.schedule.remembers().as_micros()).unwrap_or(i64::MAX);
    let since = Time::from_micros(now.micros().saturating_sub(remembers_us).max(Time::MIN.micros()));
    let scopes = vec![hven_core::access::Scope::Home];
    let query = UseQuery { scopes, project: None, since, until: now, period_us: Some(HOUR_US) };
    for row in work.ports.views.used(&query).await? {
        // The middle of the hour.
        let ended = Time::from_micros(row.period.saturating_mul(HOUR_US).saturating_add(HOUR_US / 2).min(now.micros()));
        let UseRow { user, project, core_s: core_seconds, .. } = row;
        work.schedule.send_event(EngineEvent::UsedBefore { user, project, core_seconds, ended }, now).await;
    }
    Ok(())
}
