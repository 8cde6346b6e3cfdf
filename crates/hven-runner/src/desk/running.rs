//! The desk and its loop: messages, signals, output and time.

use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering, mpsc::SyncSender},
    thread,
    time::{Duration, Instant, SystemTime},
};

use hven_api::{
    runner::{Attach, Command, Held},
    spool,
};
use hven_core::{AttemptId, Time, file_name, resources::Resources, run::Outcome, stream::FRAME_BYTES_MAX};

use super::{
    entries::{Entries, Key, Stage},
    sharing::Sharing,
};
use crate::{
    Options, RunnerError, folder,
    inbox::{Inbox, Message},
    keeping::Keepers,
    kernel::{self, Bell, Poll, Signals, Watched},
    ledger::{Known, Ledger},
    leftovers::{self, Leftover},
    live::Why,
    metrics::Metrics,
    outbox::Outbox,
    patience, push,
    removal::Remover,
    server::{Contact, Server},
    session::Listener,
    spawn::Spawner,
    staging, standing,
    tree::{self, OwnChildren, Place},
    workers::Workers,
};

/// What the poll says of the inbox, of signals, and of the output of an attempt (its key, times two, and which pipe).
const INBOX: u64 = 0;
const SIGNALS: u64 = 1;
/// How many attempts the runner likes to have at hand: as many as end while a message goes to the server and back.
const PREFETCH: u32 = 64;
/// How often it is looked whether there still is a home.
const HOME_INTERVAL: Duration = Duration::from_secs(2);
/// How long a lock that is taken is tried for.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) options: Options,
    home: PathBuf,
    pub(super) contact: Contact,
    pub(super) place: Place,
    pub(super) poll: Poll,
    pub(super) signals: Watched<Signals>,
    inbox: Arc<Inbox>,
    _bell: Watched<Arc<Bell>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) ledger: Ledger,
    pub(super) stagers: Workers<staging::Job>,
    /// The same for attempts whose files are only looked at.
    pub(super) lookers: Workers<staging::Job>,
    /// How many attempts are being staged.
    pub(super) staging: usize,
    pub(super) keepers: Keepers,
    pub(super) remover: Remover,
    pub(super) spawner: Spawner,
    pub(super) children: OwnChildren,
    pub(super) free: Resources,
    pub(super) live_max: usize,
    pub(super) entries: Entries,
    pub(super) sharing: Sharing,
    /// Something has come to wait, or there is more room than before.
    pub(super) is_start_due: bool,
    /// There is no space for what an attempt would say, so none is begun.
    pub(super) waits_for_space: bool,
    /// The spool says which process this is.
    is_noted: bool,
    /// First processes whose attempts go on.
    pub(super) mains: HashMap<u32, Key>,
    /// Processes whose parents ended, and which attempt they belong to.
    pub(super) orphans: HashMap<u32, Key>,
    /// Of attaches, also those of earlier runners on this spool.
    attaches: u64,
    leave_when_idle: bool,
    pub(super) was_told_to_end: bool,
    next_home_look: Instant,
    pub(super) buffer: Vec<u8>,
}

pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Time::from_micros(since.map_or(0, |since| since.as_micros() as i64))
}

/// Runs until nobody needs this runner any more.
pub fn run(options: Options) -> Result<(), RunnerError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        move |source| RunnerError::File { path, source }
    };
    let kernel = |what| move |source| RunnerError::Kernel { what, source };
    kernel::set_umask(0o077);
    kernel::set_name();
    kernel::fail_on_large_files();
    kernel::close_inherited_on_exec();
    folder::make(&options.spool).map_err(file(&options.spool))?;
    let lock_path = options.spool.join(spool::LOCK);
    let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(file(&lock_path))?;
    if !take(&lock).map_err(file(&lock_path))? {
        return Err(RunnerError::Taken(options.spool));
    }
    let home = options.address.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned);
    let place = Place::here();
    let is_noted = match note_process(&options.spool, &place) {
        // Its lock says that it lives; a full disk keeps no runner from telling what it has.
        Err(error) if patience::may_pass(&error) => false,
        noted => noted.map(|()| true).map_err(file(&options.spool))?,
    };
    let metrics = options.spool.join(spool::METRICS);
    patience::insist(&home, "the runner's start", || folder::make(&metrics)).map_err(file(&metrics))?;
    let ledger = patience::insist(&home, "the runner's start", || Ledger::open(&options.spool));
    let (ledger, known) = ledger.map_err(file(&options.spool.join(spool::LEDGER)))?;

    kernel::become_subreaper().map_err(kernel("to hand over orphans"))?;
    let signals = Signals::block(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP]);
    let signals = signals.map_err(kernel("signals as a file"))?;
    let poll = Poll::new().map_err(kernel("epoll"))?;
    let inbox = Arc::new(Inbox::new().map_err(kernel("eventfd"))?);
    let bell = poll.watch(inbox.bell(), INBOX).map_err(kernel("epoll"))?;
    let signals = poll.watch(signals, SIGNALS).map_err(kernel("epoll"))?;

    let contact = Contact::new(options.runner, options.address.clone(), options.spool.join(spool::TOKEN));
    let outbox = Arc::new(Outbox::default());
    let mut desk = Desk {
        stagers: staging::stagers(contact.clone(), Arc::clone(&inbox), home.clone()),
        lookers: staging::stagers(contact.clone(), Arc::clone(&inbox), home.clone()),
        staging: 0,
        keepers: Keepers::new(contact.clone(), Arc::clone(&inbox), home.clone()),
        remover: Remover::new(&options.spool),
        home,
        contact: contact.clone(),
        place,
        poll,
        signals,
        inbox: Arc::clone(&inbox),
        _bell: bell,
        outbox: Arc::clone(&outbox),
        ledger,
        spawner: Spawner::new().map_err(kernel("new processes"))?,
        children: OwnChildren::open().map_err(kernel("a list of children (CONFIG_PROC_CHILDREN)"))?,
        free: options.capacity.clone(),
        // Two pipes and a log each, for standard input a pipe and a connection, and some for everything else.
        live_max: (kernel::open_files_max().saturating_sub(64) / 5).clamp(1, 4096) as usize,
        entries: Entries::default(),
        sharing: Sharing::default(),
        is_start_due: false,
        waits_for_space: false,
        is_noted,
        mains: HashMap::new(),
        orphans: HashMap::new(),
        attaches: last_attach(&options.spool),
        leave_when_idle: false,
        was_told_to_end: false,
        next_home_look: Instant::now() + HOME_INTERVAL,
        buffer: vec![0; FRAME_BYTES_MAX],
        options,
    };
    desk.take_over(known).map_err(file(&desk.options.spool))?;
    let (runner, ledger) = (desk.options.runner, desk.options.spool.join(spool::LEDGER));
    let listener = Listener { runner, inbox, outbox: Arc::clone(&outbox), server: Server::new(contact.clone()) };
    thread::spawn(move || listener.listen());
    thread::spawn(move || push::push(runner, &ledger, &outbox, Server::new(contact)));
    desk.serve().map_err(kernel("epoll"))?;
    drop(lock);
    Ok(())
}

/// Says in the spool which process is its runner.
fn note_process(dir: &Path, place: &Place) -> io::Result<()> {
    match tree::stat(std::process::id()) {
        Some(own) => folder::write_json(dir, spool::RUNNER, &place.process(&own)),
        None => Ok(()),
    }
}

/// The count of the last attach from a spool. Should its file be lost, the time is higher than any count: counts begin
/// with it and rise by one.
fn last_attach(spool: &Path) -> u64 {
    let written = fs::read(spool.join(spool::ATTACHES)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    written.unwrap_or_else(|| now().micros().unsigned_abs())
}

/// Takes the lock of a spool. A process that the runner before this one was about to start when it died has the lock
/// until its program runs, so it is waited for a little.
pub(super) fn take(lock: &File) -> io::Result<bool> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < deadline => thread::sleep(Duration::from_millis(10)),
            Err(fs::TryLockError::WouldBlock) => return Ok(false),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
}

impl Desk {
    fn serve(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        loop {
            let deadline = self.entries.deadline(self.next_home_look);
            self.poll.wait(deadline.saturating_duration_since(Instant::now()), &mut ready)?;
            let now = now();
            for &key in &ready {
                match key {
                    INBOX => self.hear(now),
                    SIGNALS => self.signalled(now),
                    key => self.read(key / 2, now),
                }
            }
            self.tend(now);
            if std::mem::take(&mut self.is_start_due) {
                self.start_waiting(now);
            }
            if self.entries.is_empty() && (self.leave_when_idle || self.was_told_to_end) {
                return Ok(());
            }
        }
    }

    /// Takes over what an earlier runner left in the spool.
    fn take_over(&mut self, known: Known) -> io::Result<()> {
        let (at, now) = (Instant::now(), now());
        for Leftover { attempt, dir, stage } in leftovers::find(&self.options.spool, known, &self.place)? {
            self.outbox.open(attempt, Arc::clone(&dir));
            let metrics = self.metrics_file(attempt);
            match stage {
                leftovers::Stage::Ended(result) => {
                    self.tell_logged(attempt, leftovers::logged(metrics, &dir, now));
                    self.tell_written(attempt, leftovers::written(&dir));
                    let is_sent = !dir.join(spool::OUTPUTS).exists();
                    let key = self.entries.enter(attempt, dir, Stage::Coming);
                    self.report(key, result.into(), is_sent);
                }
                leftovers::Stage::Exited(mut exit) => {
                    // Which of its parameters the server has is not known: they are read again.
                    let metrics = Metrics::resume(metrics, &dir).ok();
                    let key = self.entries.enter(attempt, dir, Stage::Coming);
                    let places = standing::places(&file_name::to_path(&exit.cwd), &exit.outputs);
                    self.sharing.begin(key, attempt, String::new(), places);
                    exit.result.changed.extend(self.sharing.ended(key));
                    self.keep(key, *exit, metrics, Resources::none());
                }
                leftovers::Stage::Staged => {
                    // It never began, so the server may give it to anybody once more.
                    self.remover.discard(&dir)?;
                    self.outbox.forget(attempt);
                }
                leftovers::Stage::Unfinished(remains) => {
                    self.entries.enter(attempt, dir, Stage::Remains { remains, next: at });
                }
            }
        }
        Ok(())
    }

    pub(super) fn metrics_file(&self, attempt: AttemptId) -> PathBuf {
        self.options.spool.join(spool::METRICS).join(attempt.to_string())
    }

    /// What other threads say.
    fn hear(&mut self, now: Time) {
        for message in self.inbox.take() {
            match message {
                Message::Commands(commands) => {
                    for command in commands {
                        self.obey(command, now);
                    }
                }
                Message::Introduce(reply) => self.introduce(&reply),
                Message::Leave(leave) => self.leave_when_idle = leave,
                Message::Staged { attempt, result } => self.staged(attempt, result, now),
                Message::Kept { attempt, kept } => self.kept(attempt, *kept),
                Message::Sent { attempt } => self.sent(attempt),
                Message::Measured { attempt, bytes } => self.measured(attempt, bytes, now),
            }
        }
    }

    fn introduce(&mut self, reply: &SyncSender<Attach>) {
        self.attaches += 1;
        if let Err(error) = folder::write_json(&self.options.spool, spool::ATTACHES, &self.attaches) {
            // The next runner may count lower for a while, is refused, and counts on.
            crate::say(&format!("the count of attaches is not written: {error}"));
        }
        let attach = Attach {
            runner: self.options.runner,
            count: self.attaches,
            pool: self.options.pool.clone(),
            host: self.place.host.clone(),
            boot_id: self.place.boot_id.clone(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capacity: self.options.capacity.clone(),
            prefetch: PREFETCH,
            hands_on_stdin: true,
            enters_folders: true,
            attempts: self
                .entries
                .iter()
                .filter(|entry| !entry.is_unwanted)
                .map(|entry| Held {
                    attempt: entry.attempt,
                    started: !matches!(
                        entry.stage,
                        Stage::Waiting(_) | Stage::Staging { .. } | Stage::WaitingForLedger(..)
                    ),
                    finished: matches!(entry.stage, Stage::Ended(_) | Stage::Uploading(_)),
                })
                .collect(),
        };
        // It fails when the asking thread has ended, and then there is nobody to tell.
        let _ = reply.send(attach);
    }

    fn obey(&mut self, command: Command, now: Time) {
        match command {
            Command::Start(start) => {
                let attempt = start.attempt;
                if self.entries.knows(attempt) {
                    return;
                }
                let dir: Arc<Path> = spool::attempt_dir(&self.options.spool, attempt).into();
                self.outbox.open(attempt, Arc::clone(&dir));
                self.entries.enter(attempt, dir, Stage::Waiting(start));
                self.is_start_due = true;
            }
            Command::Stop { attempt } => {
                let Some(key) = self.entries.key_of(attempt) else { return };
                let orphans = self.orphans_of(key);
                match self.entries.stage(key) {
                    Some(Stage::Waiting(_)) => self.end_without_process(key, Outcome::Cancelled),
                    Some(Stage::WaitingForLedger(..)) => {
                        self.let_go(key);
                        self.end_without_process(key, Outcome::Cancelled);
                    }
                    Some(Stage::Live(live)) => live.stop(Why::Cancelled, Instant::now(), now, &orphans),
                    Some(Stage::Staging { stop, .. } | Stage::Keeping { stop, .. }) => {
                        stop.store(true, Ordering::Relaxed);
                    }
                    _ => {}
                }
            }
            Command::Withdraw { attempt, why } => {
                let Some(key) = self.entries.key_of(attempt) else { return };
                let Some(entry) = self.entries.get(key) else { return };
                match &entry.stage {
                    Stage::Waiting(_) => self.end_without_process(key, Outcome::NotStarted { why }),
                    Stage::WaitingForLedger(..) => {
                        self.let_go(key);
                        self.end_without_process(key, Outcome::NotStarted { why });
                    }
                    Stage::Staging { stop, .. } => {
                        stop.store(true, Ordering::Relaxed);
                        entry.withdrawn = Some(why);
                    }
                    _ => {}
                }
            }
            Command::Forget { attempt } => {
                let Some(key) = self.entries.key_of(attempt) else { return };
                let orphans = self.orphans_of(key);
                let Some(entry) = self.entries.get(key) else { return };
                entry.is_unwanted = true;
                match &mut entry.stage {
                    Stage::Waiting(_) | Stage::Ended(_) | Stage::Uploading(_) => self.drop_entry(key),
                    Stage::Live(live) => live.stop(Why::Cancelled, Instant::now(), now, &orphans),
                    Stage::Staging { stop, .. } | Stage::Keeping { stop, .. } => stop.store(true, Ordering::Relaxed),
                    Stage::WaitingForLedger(..) => {
                        self.let_go(key);
                        self.drop_entry(key);
                    }
                    Stage::Remains { .. } | Stage::Coming => {}
                }
            }
        }
    }

    /// What is due by time.
    pub(super) fn tend(&mut self, now: Time) {
        let at = Instant::now();
        for key in self.entries.due(at) {
            match self.entries.stage(key) {
                Some(Stage::Live(_)) => self.tend_live(key, at, now),
                Some(Stage::Remains { .. }) => self.tend_remains(key, at, now),
                _ => {}
            }
        }
        if at >= self.next_home_look {
            self.next_home_look = at + HOME_INTERVAL;
            self.write_unwritten();
            self.is_noted = self.is_noted || note_process(&self.options.spool, &self.place).is_ok();
            self.launch_waiting_for_ledger(now);
            self.stagers.nudge();
            self.lookers.nudge();
            self.keepers.nudge();
            self.remover.nudge();
            self.is_start_due |= self.waits_for_space;
            if !self.home.exists() && !self.entries.is_any_alive() {
                // Nobody is there to be told anything, ever.
                self.entries = Entries::default();
                self.leave_when_idle = true;
            }
        }
    }
}
