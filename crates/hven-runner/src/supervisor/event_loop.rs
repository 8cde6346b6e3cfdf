//! The supervisor's state and its loop: messages, signals, output and deadlines.

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
use hven_core::{AttemptId, Time, file_name, run::Outcome, stream::FRAME_BYTES_MAX};

use super::{
    attempts::{Attempts, Key, Stage},
    shared_outputs::SharedOutputs,
};
use crate::{
    Options, RunnerError, disk_retry, existing_outputs, folder,
    grants::{FreeResources, Grant},
    inbox::{Inbox, Message},
    kernel::{self, Poll, Signals, Waker, Watched},
    ledger::{Ledger, LedgerContent},
    leftovers::{self, Leftover},
    live::StopReason,
    metrics::Metrics,
    outbox::Outbox,
    output_keepers::Keepers,
    push,
    removal::Remover,
    server::{Contact, Server},
    session::Listener,
    spawn::Spawner,
    staging,
    tree::{self, OwnChildren, ProcessScope},
    workers::Workers,
};

// The poll's keys for the inbox and for signals. The keys of an attempt's two output pipes are 2 × key and 2 × key + 1.
const INBOX: u64 = 0;
const SIGNALS: u64 = 1;
/// How many attempts the runner holds in advance: about as many as end during one round trip to the server.
const PREFETCH: u32 = 64;
/// How often the supervisor checks that the home still exists.
const HOME_INTERVAL: Duration = Duration::from_secs(2);
/// How long the runner waits for a lock that another process holds.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Supervisor {
    pub(super) options: Options,
    home: PathBuf,
    pub(super) contact: Contact,
    pub(super) scope: ProcessScope,
    pub(super) poll: Poll,
    pub(super) signals: Watched<Signals>,
    inbox: Arc<Inbox>,
    _waker: Watched<Arc<Waker>>,
    pub(super) outbox: Arc<Outbox>,
    pub(super) ledger: Ledger,
    pub(super) stagers: Workers<staging::StagingJob>,
    /// Workers like the stagers, for attempts whose files are only compared.
    pub(super) checkers: Workers<staging::StagingJob>,
    /// The number of attempts that are being staged.
    pub(super) staging: usize,
    pub(super) keepers: Keepers,
    pub(super) remover: Remover,
    pub(super) spawner: Spawner,
    pub(super) children: OwnChildren,
    pub(super) free: FreeResources,
    pub(super) live_max: usize,
    pub(super) attempts: Attempts,
    pub(super) shared_outputs: SharedOutputs,
    /// An attempt has started to wait, or resources became free.
    pub(super) is_start_due: bool,
    /// The disk has no space for output of attempts, so no attempt starts.
    pub(super) waits_for_space: bool,
    /// The spool names this process as its runner.
    is_noted: bool,
    /// First processes of live attempts.
    pub(super) mains: HashMap<u32, Key>,
    /// Processes whose parents ended, with the attempt that each belongs to.
    pub(super) orphans: HashMap<u32, Key>,
    /// The number of attaches, including those of earlier runners on this spool.
    attaches: u64,
    leave_when_idle: bool,
    pub(super) is_end_requested: bool,
    next_home_check: Instant,
    pub(super) buffer: Vec<u8>,
}

pub(super) fn now() -> Time {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Time::from_micros(since.map_or(0, |since| since.as_micros() as i64))
}

/// Runs until the server does not need this runner any more.
///
/// # Errors
/// When another runner holds the spool, or when the spool or a service of the kernel is not available.
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
    let scope = ProcessScope::current();
    let is_noted = match note_process(&options.spool, &scope) {
        // The lock proves that the runner lives. A full disk must not keep a runner from reporting its results.
        Err(error) if disk_retry::is_temporary(&error) => false,
        noted => noted.map(|()| true).map_err(file(&options.spool))?,
    };
    let metrics = options.spool.join(spool::METRICS);
    disk_retry::retry_while_full(&home, "the runner's start", || folder::make(&metrics)).map_err(file(&metrics))?;
    let ledger = disk_retry::retry_while_full(&home, "the runner's start", || Ledger::open(&options.spool));
    let (ledger, known) = ledger.map_err(file(&options.spool.join(spool::LEDGER)))?;

    kernel::become_subreaper().map_err(kernel("to hand over orphans"))?;
    let signals = Signals::block(&[libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP]);
    let signals = signals.map_err(kernel("signals as a file"))?;
    let poll = Poll::new().map_err(kernel("epoll"))?;
    let inbox = Arc::new(Inbox::new().map_err(kernel("eventfd"))?);
    let waker = poll.watch(inbox.waker(), INBOX).map_err(kernel("epoll"))?;
    let signals = poll.watch(signals, SIGNALS).map_err(kernel("epoll"))?;

    let contact = Contact::new(options.runner, options.address.clone(), options.spool.join(spool::TOKEN));
    let outbox = Arc::new(Outbox::default());
    let mut supervisor = Supervisor {
        stagers: staging::stagers(contact.clone(), Arc::clone(&inbox), home.clone()),
        checkers: staging::stagers(contact.clone(), Arc::clone(&inbox), home.clone()),
        staging: 0,
        keepers: Keepers::new(contact.clone(), Arc::clone(&inbox), home.clone()),
        remover: Remover::new(&options.spool),
        home,
        contact: contact.clone(),
        scope,
        poll,
        signals,
        inbox: Arc::clone(&inbox),
        _waker: waker,
        outbox: Arc::clone(&outbox),
        ledger,
        spawner: Spawner::new().map_err(kernel("new processes"))?,
        children: OwnChildren::open().map_err(kernel("a list of children (CONFIG_PROC_CHILDREN)"))?,
        free: FreeResources::all(options.capacity.clone(), &options.units),
        // An attempt needs two pipes, a log, and for standard input a pipe and a connection; 64 files are for the rest.
        live_max: (kernel::open_files_max().saturating_sub(64) / 5).clamp(1, 4096) as usize,
        attempts: Attempts::default(),
        shared_outputs: SharedOutputs::default(),
        is_start_due: false,
        waits_for_space: false,
        is_noted,
        mains: HashMap::new(),
        orphans: HashMap::new(),
        attaches: last_attach(&options.spool),
        leave_when_idle: false,
        is_end_requested: false,
        next_home_check: Instant::now() + HOME_INTERVAL,
        buffer: vec![0; FRAME_BYTES_MAX],
        options,
    };
    supervisor.adopt_leftovers(known).map_err(file(&supervisor.options.spool))?;
    let (runner, ledger) = (supervisor.options.runner, supervisor.options.spool.join(spool::LEDGER));
    let listener = Listener { runner, inbox, outbox: Arc::clone(&outbox), server: Server::new(contact.clone()) };
    thread::spawn(move || listener.listen());
    thread::spawn(move || push::push(runner, &ledger, &outbox, Server::new(contact)));
    supervisor.serve().map_err(kernel("epoll"))?;
    drop(lock);
    Ok(())
}

/// Writes to the spool which process is its runner.
fn note_process(dir: &Path, scope: &ProcessScope) -> io::Result<()> {
    match tree::stat(std::process::id()) {
        Some(own) => folder::write_json(dir, spool::RUNNER, &scope.process(&own)),
        None => Ok(()),
    }
}

/// The count of the last attach from a spool. If its file is lost, the current time is higher than any earlier count:
/// counts start with the time and rise by one.
fn last_attach(spool: &Path) -> u64 {
    let written = fs::read(spool.join(spool::ATTACHES)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    written.unwrap_or_else(|| now().micros().unsigned_abs())
}

/// Takes the lock of a spool. If an earlier runner died while it started a process, that child holds the lock until it
/// executes its program, so this function retries for a short time.
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

impl Supervisor {
    fn serve(&mut self) -> io::Result<()> {
        let mut ready = Vec::new();
        loop {
            let deadline = self.attempts.deadline(self.next_home_check);
            self.poll.wait(deadline.saturating_duration_since(Instant::now()), &mut ready)?;
            let now = now();
            for &key in &ready {
                match key {
                    INBOX => self.handle_messages(now),
                    SIGNALS => self.handle_signals(now),
                    key => self.read(key / 2, now),
                }
            }
            self.run_due_work(now);
            if std::mem::take(&mut self.is_start_due) {
                self.start_waiting(now);
            }
            if self.attempts.is_empty() && (self.leave_when_idle || self.is_end_requested) {
                return Ok(());
            }
        }
    }

    /// Takes over the attempts that an earlier runner left in the spool.
    fn adopt_leftovers(&mut self, known: LedgerContent) -> io::Result<()> {
        let (at, now) = (Instant::now(), now());
        for Leftover { attempt, dir, stage } in leftovers::find(&self.options.spool, known, &self.scope)? {
            self.outbox.open(attempt, Arc::clone(&dir));
            let metrics = self.metrics_file(attempt);
            match stage {
                leftovers::LeftoverStage::Ended(result) => {
                    self.report_logged(attempt, leftovers::logged(metrics, &dir, now));
                    self.report_written(attempt, leftovers::written(&dir));
                    let is_sent = !dir.join(spool::OUTPUTS).exists();
                    let key = self.attempts.enter(attempt, dir, Stage::InTransition);
                    self.report(key, result.into(), is_sent);
                }
                leftovers::LeftoverStage::Exited(mut exit) => {
                    // The server may lack some of the parameters, so the runner reads them again.
                    let metrics = Metrics::resume(metrics, &dir).ok();
                    let key = self.attempts.enter(attempt, dir, Stage::InTransition);
                    let places = existing_outputs::output_paths(&file_name::to_path(&exit.cwd), &exit.outputs);
                    self.shared_outputs.begin(key, attempt, String::new(), places);
                    exit.result.changed.extend(self.shared_outputs.ended(key));
                    self.keep(key, *exit, metrics, Grant::none());
                }
                leftovers::LeftoverStage::Staged => {
                    // The attempt never started, so the server may assign it to any runner again.
                    self.remover.discard(&dir)?;
                    self.outbox.forget(attempt);
                }
                leftovers::LeftoverStage::Unfinished(lost_processes) => {
                    self.attempts.enter(attempt, dir, Stage::LostProcesses { lost_processes, next: at });
                }
            }
        }
        Ok(())
    }

    pub(super) fn metrics_file(&self, attempt: AttemptId) -> PathBuf {
        self.options.spool.join(spool::METRICS).join(attempt.to_string())
    }

    /// Handles the messages of the other threads.
    fn handle_messages(&mut self, now: Time) {
        for message in self.inbox.take() {
            match message {
                Message::Commands(commands) => {
                    for command in commands {
                        self.handle_command(command, now);
                    }
                }
                Message::AttachRequest(reply) => self.answer_attach(&reply),
                Message::Leave(leave) => self.leave_when_idle = leave,
                Message::Staged { attempt, result } => self.staged(attempt, result, now),
                Message::KeptOutputs { attempt, kept } => self.kept(attempt, *kept),
                Message::Sent { attempt } => self.sent(attempt),
                Message::Measured { attempt, bytes } => self.measured(attempt, bytes, now),
            }
        }
    }

    fn answer_attach(&mut self, reply: &SyncSender<Attach>) {
        self.attaches += 1;
        if let Err(error) = folder::write_json(&self.options.spool, spool::ATTACHES, &self.attaches) {
            // The next runner may send a lower count for a while; the server refuses it, and the runner counts on.
            crate::log_line(&format!("the count of attaches is not written: {error}"));
        }
        let attach = Attach {
            runner: self.options.runner,
            count: self.attaches,
            pool: self.options.pool.clone(),
            host: self.scope.host.clone(),
            boot_id: self.scope.boot_id.clone(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capacity: self.options.capacity.clone(),
            units: self.options.units.clone(),
            prefetch: PREFETCH,
            hands_on_stdin: true,
            enters_folders: true,
            attempts: self
                .attempts
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
        // The send fails only when the asking thread has ended, and then no thread waits for the answer.
        let _ = reply.send(attach);
    }

    fn handle_command(&mut self, command: Command, now: Time) {
        match command {
            Command::Start(start) => {
                let attempt = start.attempt;
                if self.attempts.knows(attempt) {
                    return;
                }
                let dir: Arc<Path> = spool::attempt_dir(&self.options.spool, attempt).into();
                self.outbox.open(attempt, Arc::clone(&dir));
                self.attempts.enter(attempt, dir, Stage::Waiting(start));
                self.is_start_due = true;
            }
            Command::Stop { attempt } => {
                let Some(key) = self.attempts.key_of(attempt) else { return };
                let orphans = self.orphans_of(key);
                match self.attempts.stage(key) {
                    Some(Stage::Waiting(_)) => self.end_without_process(key, Outcome::Cancelled),
                    Some(Stage::WaitingForLedger(..)) => {
                        self.release_resources(key);
                        self.end_without_process(key, Outcome::Cancelled);
                    }
                    Some(Stage::Live(live)) => live.stop(StopReason::Cancelled, Instant::now(), now, &orphans),
                    Some(Stage::Staging { stop, .. } | Stage::Keeping { stop, .. }) => {
                        stop.store(true, Ordering::Relaxed);
                    }
                    _ => {}
                }
            }
            Command::Withdraw { attempt, why } => {
                let Some(key) = self.attempts.key_of(attempt) else { return };
                let Some(entry) = self.attempts.get(key) else { return };
                match &entry.stage {
                    Stage::Waiting(_) => self.end_without_process(key, Outcome::NotStarted { why }),
                    Stage::WaitingForLedger(..) => {
                        self.release_resources(key);
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
                let Some(key) = self.attempts.key_of(attempt) else { return };
                let orphans = self.orphans_of(key);
                let Some(entry) = self.attempts.get(key) else { return };
                entry.is_unwanted = true;
                match &mut entry.stage {
                    Stage::Waiting(_) | Stage::Ended(_) | Stage::Uploading(_) => self.drop_entry(key),
                    Stage::Live(live) => live.stop(StopReason::Cancelled, Instant::now(), now, &orphans),
                    Stage::Staging { stop, .. } | Stage::Keeping { stop, .. } => stop.store(true, Ordering::Relaxed),
                    Stage::WaitingForLedger(..) => {
                        self.release_resources(key);
                        self.drop_entry(key);
                    }
                    Stage::LostProcesses { .. } | Stage::InTransition => {}
                }
            }
        }
    }

    /// Does all work whose deadline has passed.
    pub(super) fn run_due_work(&mut self, now: Time) {
        let at = Instant::now();
        for key in self.attempts.due(at) {
            match self.attempts.stage(key) {
                Some(Stage::Live(_)) => self.check_live(key, at, now),
                Some(Stage::LostProcesses { .. }) => self.check_lost_processes(key, at, now),
                _ => {}
            }
        }
        if at >= self.next_home_check {
            self.next_home_check = at + HOME_INTERVAL;
            self.write_unwritten();
            self.is_noted = self.is_noted || note_process(&self.options.spool, &self.scope).is_ok();
            self.launch_waiting_for_ledger(now);
            self.stagers.retry_threads();
            self.checkers.retry_threads();
            self.keepers.retry_threads();
            self.remover.retry_threads();
            self.is_start_due |= self.waits_for_space;
            if !self.home.exists() && !self.attempts.is_any_alive() {
                // Without a home there is no server to report to.
                self.attempts = Attempts::default();
                self.leave_when_idle = true;
            }
        }
    }
}
