//! Accepts the attach message of a runner, new or known, with its attempts.

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hven_core::{
    AttemptId, limits,
    resources::{ResourceUnits, Resources},
    runner::Enrolled,
    stream::Stream,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        random::random,
    },
    ports::{engine::EngineEvent, people::RunnerView},
    work::{
        floor::Work,
        permissions,
        runners::{extent::Extent, links::RunnerLink},
    },
};

/// The attach message of a runner.
#[derive(Clone, Debug)]
pub struct Attach {
    /// Higher with each attach of a runner; 0 when the runner does not count.
    pub count: u64,
    pub pool: String,
    pub host: String,
    pub version: String,
    pub capacity: Resources,
    /// The units of the resources whose units have names.
    pub units: ResourceUnits,
    pub prefetch: u32,
    pub hands_on_stdin: bool,
    /// It can start processes in subfolders of fresh folders.
    pub enters_folders: bool,
    pub holds: Vec<AttemptId>,
}

/// The answer to [`attach`].
#[derive(Debug)]
pub struct Attached {
    pub session: String,
    pub extents: Vec<Extent>,
}

/// Accepts the attach message of a runner, new or known, with its attempts.
pub async fn attach(work: &Work, caller: &Caller, attach: Attach) -> AppResult<Attached> {
    let runner = caller.require_runner()?;
    for (what, text) in [("the pool", &attach.pool), ("the host", &attach.host), ("the version", &attach.version)] {
        limits::lines(what, text, limits::NAME_BYTES_MAX)?;
    }
    let known = work.ports.views.runners().await?.into_iter().find(|view| view.id == runner);
    let enrolled = Enrolled {
        runner,
        pool: attach.pool,
        host: attach.host,
        capacity: attach.capacity.clone(),
        version: attach.version,
        units: attach.units,
    };
    match known {
        Some(view) if view.gone.is_some() => return Err(AppError::Unauthenticated),
        Some(view) if is_unchanged(&view, &enrolled) => {}
        // A process that was started again on an old spool may have other resources or another version.
        _ => {
            work.record(runner.into(), None, vec![enrolled.into()]).await?;
        }
    }
    let mut counts = work.runners.counts.lock().await;
    let last = counts.entry(runner).or_default();
    if attach.count > 0 && attach.count <= *last {
        // This message was on its way while a later one was accepted, so its attempts are out of date.
        return Err(AppError::StaleSession(format!("attach {} (the last was {last})", attach.count)));
    }
    *last = attach.count.max(*last);
    let mut extents = Vec::new();
    for &attempt in &attach.holds {
        for stream in Stream::ALL {
            let bytes = work.ports.series.extent(attempt, stream).await?;
            extents.push(Extent { attempt, stream, bytes });
        }
    }
    let now = work.now();
    let session = URL_SAFE_NO_PAD.encode(random::<12>());
    let link = RunnerLink {
        session: session.clone(),
        next_number: 1,
        commands: VecDeque::new(),
        arrived: Arc::default(),
        heard: now,
        leave_when_idle: false,
        hands_on_stdin: attach.hands_on_stdin,
        enters_folders: attach.enters_folders,
    };
    work.runners.attached().insert(runner, link);
    work.runners.forget_silent(runner);
    let event = EngineEvent::RunnerAttached {
        runner,
        capacity: attach.capacity,
        prefetch: attach.prefetch,
        holds: attach.holds,
    };
    work.schedule.send_event(event, now).await;
    drop(counts);
    // The permission to run these attempts may have been revoked while the runner was away.
    permissions::withdraw(work, |with| with == runner).await;
    Ok(Attached { session, extents })
}

fn is_unchanged(view: &RunnerView, now: &Enrolled) -> bool {
    let RunnerView { pool, host, capacity, version, units, .. } = view;
    (pool, host, capacity, version, units) == (&now.pool, &now.host, &now.capacity, &now.version, &now.units)
}
