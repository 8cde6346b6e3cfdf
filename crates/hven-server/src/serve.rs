//! Serving: from a listening socket to the last answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::DefaultBodyLimit, middleware};
use hven_api::PREFIX;
use hven_app::App;
use hven_core::Time;
use tokio::{net::TcpListener, sync::watch};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{Patience, answer::BODY_BYTES_MAX, cookie::SessionCookie, guard, listen::listen, routes, ui};

/// How a server is to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// `http://127.0.0.1:7878`
    pub url: String,
    /// The home's id.
    pub home: String,
    pub database: String,
    /// Close when nothing was asked and nothing ran for so long.
    pub idle_exit: Option<Duration>,
    /// How many connections may be open at once; strangers may hold half of them.
    pub connections_max: usize,
    /// How long clients are waited for.
    pub patience: Patience,
}

/// What all handlers share.
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) options: Arc<Options>,
    pub(crate) cookie: Arc<SessionCookie>,
    pub(crate) started: Time,
    pub(crate) activity: Arc<Activity>,
    /// Turns true when the server closes: streams end then.
    pub(crate) closing: watch::Sender<bool>,
}

/// When somebody last asked for something, and how many streams are open.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    last_us: AtomicI64,
    streams: AtomicUsize,
}

impl Activity {
    pub(crate) fn note(&self, now: Time) {
        self.last_us.store(now.micros(), Ordering::Relaxed);
    }

    /// Counts an open stream until the guard is dropped.
    pub(crate) fn open_stream(self: &Arc<Self>) -> OpenStream {
        self.streams.fetch_add(1, Ordering::Relaxed);
        OpenStream(Arc::clone(self))
    }

    fn idle_for(&self, now: Time) -> Option<Duration> {
        if self.streams.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let idle = now.micros() - self.last_us.load(Ordering::Relaxed);
        Some(Duration::from_micros(u64::try_from(idle).unwrap_or(0)))
    }
}

#[derive(Debug)]
pub(crate) struct OpenStream(Arc<Activity>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Server {
    pub fn new(app: Arc<App>, options: Options) -> Self {
        let started = app.now();
        let activity = Activity::default();
        activity.note(started);
        let (closing, _) = watch::channel(false);
        let cookie = Arc::new(SessionCookie::of_home(&options.home));
        Self { app, options: Arc::new(options), cookie, started, activity: Arc::new(activity), closing }
    }

    /// Begins to close: no new work, streams end, runners leave when idle.
    pub fn close(&self) {
        self.closing.send_replace(true);
        self.app.runners.dismiss();
    }

    /// Returns when the server begins to close.
    pub(crate) async fn closed(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    /// All that this server answers to, without a socket.
    pub fn router(&self) -> Router {
        let api = Router::new().nest(PREFIX, routes::served());
        api.with_state(self.clone())
            .merge(ui::router(self.clone()))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(middleware::from_fn_with_state(self.clone(), guard::check))
            .layer(CatchPanicLayer::new())
    }
}

/// Serves until [`Server::close`] is called, by whomever, and what was begun is answered.
pub async fn serve(server: Server, listener: TcpListener) {
    if let Some(idle_exit) = server.options.idle_exit {
        tokio::spawn(close_when_idle(server.clone(), idle_exit));
    }
    listen(&server, listener).await;
}

async fn close_when_idle(server: Server, idle_exit: Duration) {
    let look_every = (idle_exit / 10).clamp(Duration::from_millis(100), Duration::from_secs(10));
    loop {
        tokio::time::sleep(look_every).await;
        let idle = server.activity.idle_for(server.app.now());
        if server.app.schedule.load() == (0, 0) && idle.is_some_and(|idle| idle >= idle_exit) {
            tracing::info!("nothing was asked for a while and nothing runs: closing");
            return server.close();
        }
    }
}
