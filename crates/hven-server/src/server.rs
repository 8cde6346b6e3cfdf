//! The state that all handlers share: the use cases, the options, and whether the server is idle or closing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hven_app::App;
use hven_core::Time;
use hven_door::Door;
use tokio::sync::watch;

use crate::{ClientTimeouts, cookie::SessionCookie};

/// The options of a server.
#[derive(Clone, Debug)]
pub struct Options {
    /// `http://127.0.0.1:7878`
    pub url: String,
    /// The home's id.
    pub home: String,
    pub database: String,
    /// Close after this time without requests and runs.
    pub idle_exit: Option<Duration>,
    /// The limit on open connections. Clients without a valid token may hold half of them.
    pub connections_max: usize,
    /// The time limits for slow clients.
    pub timeouts: ClientTimeouts,
    /// The foreign protocols that it answers.
    pub doors: &'static [Door],
}

/// The state that all handlers share. A clone shares it too.
#[derive(Clone, Debug)]
pub struct Server {
    pub(crate) app: Arc<App>,
    pub(crate) options: Arc<Options>,
    pub(crate) cookie: Arc<SessionCookie>,
    pub(crate) started: Time,
    pub(crate) activity: Arc<Activity>,
    /// Becomes true when the server closes; streams end then.
    pub(crate) closing: watch::Sender<bool>,
}

/// The time of the last request, and the number of open streams.
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

    pub(crate) fn idle_for(&self, now: Time) -> Option<Duration> {
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

    /// Starts to close: the server takes no new work, streams end, and idle runners leave.
    pub fn close(&self) {
        self.closing.send_replace(true);
        self.app.runners.dismiss();
    }

    /// Waits until the server starts to close.
    pub(crate) async fn closed(&self) {
        // `self` owns the sender, so waiting cannot fail.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }
}
