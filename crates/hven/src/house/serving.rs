//! Serving a home: every port gets its implementation, the services start, the socket opens, and at the end all is put
//! away in the opposite order.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use hven_app::{App, Ports, home_owner, keys::runner_token, recipes::Recipes, services};
use hven_client::{Failure, ServerFile, env};
use hven_compute::{fifo::Fifo, local};
use hven_core::Time;
use hven_record::Home;
use hven_server::{Options, Patience, Server};
use hven_terminal::{ServerLines, Told};
use tokio::{net::TcpListener, signal::unix};

use super::{
    login_pages,
    open::{open_home, write_privately},
    press::Press,
    private_file,
};
use crate::{
    home::{permissions, port},
    open_files, runner_binary,
    server_log::{ServerLog, SharedLog},
};

/// How a home is to be served.
#[derive(Debug)]
pub struct ServeOptions {
    pub home: PathBuf,
    /// 0: any free one.
    pub port: u16,
    pub if_taken: IfTaken,
    /// A command started it in the background.
    pub auto_started: bool,
    /// End after so much idleness; `None`: never.
    pub idle_exit: Option<Duration>,
    /// `sqlite`, or the address of a PostgreSQL database.
    pub database: String,
    /// What the log tells.
    pub log: String,
    /// What this machine has beside cores and memory.
    pub resources: BTreeMap<String, u64>,
    /// Use the home although another machine has not closed it.
    pub take_over: bool,
}

/// What to do when another program has the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfTaken {
    Fail,
    /// Nobody expects the home there: any free one does.
    TakeAnother,
    /// The home was there last, or a setting says that it is there: take a free one, and say so.
    TakeAnotherAndSay,
}

/// Threads of the event loop; blocking work has threads of its own.
const WORKERS: usize = 2;

/// Serves the home until it is told to end. `server.json` is written when it answers.
pub fn serve(options: &ServeOptions) -> anyhow::Result<()> {
    if options.auto_started {
        // A session of its own: closing the terminal does not reach it. It fails when it leads one already.
        let _ = rustix::process::setsid();
    }
    write_privately();
    let remarks = permissions::secure(&options.home)?;
    start_log(options)?;
    log_panics();
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let home = open_home(&options.home, &options.database, options.take_over)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let served = runtime.block_on(serve_home(&home, options));
    runtime.shutdown_timeout(Duration::from_secs(2));
    if served.as_ref().is_err_and(anyhow::Error::is::<Died>) {
        // What is durable stays so; what is half dead is not asked to put itself away.
        return served;
    }
    let closed = home.close().context("the home could not be closed");
    served.and(closed)
}

/// Something without which the server would be half dead has ended. It ends as a whole, so that the next command starts
/// another.
#[derive(Debug)]
struct Died(String);

impl fmt::Display for Died {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server has ended, because something that it needs did: {}; what was acknowledged is durable",
            self.0
        )
    }
}

impl std::error::Error for Died {}

/// How long those who wait for an answer may take to get it when the server dies.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

/// What a panic says goes to the log as well as to the terminal that nobody may see.
fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        before(panic);
    }));
}

fn start_log(options: &ServeOptions) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&options.log)
        .map_err(|e| Failure::new("setting.bad", format!("the setting `log` is {:?}: {e}", options.log)))?;
    // What goes wrong with the log is the log's own affair: the subscriber would say it on the terminal, and panic when
    // that fails, too.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).log_internal_errors(false);
    if options.auto_started {
        builder.with_writer(SharedLog::new(ServerLog::open(&options.home.join("logs")))).init();
    } else {
        builder.with_writer(SharedLog::new(ServerLines)).init();
    }
    Ok(())
}

async fn serve_home(home: &Home, options: &ServeOptions) -> anyhow::Result<()> {
    let key = private_file::key(&options.home)?;
    // It is there before the first run asks for it, or the server says at once why it cannot be.
    runner_binary::program(&options.home)?;
    let program_of = {
        let home = options.home.clone();
        move || runner_binary::program(&home).map_err(|error| io::Error::other(Told::of(&error).message))
    };
    let files = open_files::raise();
    let runners = local::LocalRunners::new(local::Settings {
        home: options.home.clone(),
        program_of: Arc::new(program_of),
        key_of: Arc::new(move |runner| runner_token(key, runner)),
        resources: options.resources.clone(),
        open_files: Some(files),
    });
    runners.renew_tokens().context("the tokens of runners cannot be written")?;
    let port = Arc::new(home.clone());
    let press = Press::new(&options.home, port.clone()).context("what the press had begun cannot be taken away")?;
    let ports = Ports::of_home(port, Arc::new(runners), Arc::new(press));
    let (app, decided) = App::open(ports, Box::new(Fifo::default()), recipes()?, key, now).await?;
    home_owner::restore_owner(&app).await?;
    if home_owner::needs_token(&app, private_file::token(&options.home).as_deref()).await? {
        private_file::write_token(&options.home, &home_owner::owner_token(&app, &user_name()).await?)?;
    }
    // Runs are taken up before the socket opens: no runner can attach before the engine knows what there is.
    let mut services = services::spawn(&app, decided).await?;
    let (listener, instead_of) = listen(options).await?;
    let address = listener.local_addr()?;
    keep_port(&options.home, address.port());
    let url = format!("http://{address}");
    let server = Server::new(
        Arc::clone(&app),
        Options {
            url: url.clone(),
            home: home.id().to_string(),
            database: database_name(&options.database).to_owned(),
            idle_exit: options.idle_exit,
            connections_max: open_files::connections_max(),
            patience: Patience::default(),
        },
    );
    close_on_signals(server.clone())?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let file = ServerFile { url: url.clone(), pid: std::process::id(), version, instead_of };
    write_server_file(home, &file)?;
    tracing::info!(url, "serving");
    let tending = tokio::spawn(login_pages::tend(Arc::clone(&app), options.home.clone()));
    let served = tokio::select! {
        () = hven_server::serve(server, listener) => Ok(()),
        why = home.died() => Err(Died(why).into()),
        why = services.ended() => Err(Died(why).into()),
    };
    if let Err(error) = &served {
        tracing::error!("{error:#}");
        tokio::time::sleep(LAST_ANSWERS).await;
    }
    remove_server_file(&options.home, &file);
    tending.abort();
    login_pages::remove_all(&options.home).await;
    drop(services);
    if served.is_ok() {
        services::tidy(&app).await?;
    }
    tracing::info!("closed");
    served
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The recipes of this program. Their processes see nothing of whoever asks for them.
fn recipes() -> anyhow::Result<Recipes> {
    let program = std::env::current_exe().context("the path of this program cannot be found")?;
    let own = |name: &str| Some((name.to_owned(), env::value(name)?));
    let environment =
        ["PATH", "HOME"].into_iter().filter_map(own).chain([("LANG".to_owned(), "C.UTF-8".to_owned())]).collect();
    Ok(Recipes { list: hven_recipes::LIST, program, environment })
}

/// The name of the home's own user: that of the Unix user.
fn user_name() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(env::text).unwrap_or_else(|| "owner".to_owned())
}

fn database_name(setting: &str) -> &'static str {
    if setting == "sqlite" { "sqlite" } else { "postgresql" }
}

/// Listens at the port, or at a free one; also answers the port that was expected instead.
async fn listen(options: &ServeOptions) -> anyhow::Result<(TcpListener, Option<u16>)> {
    let wanted = ("127.0.0.1", options.port);
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok((listener, None)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && options.if_taken != IfTaken::Fail => {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port of this machine is free")?;
            tracing::warn!("port {} is taken by another program: a free one is taken instead", options.port);
            let is_expected = options.if_taken == IfTaken::TakeAnotherAndSay;
            Ok((listener, is_expected.then_some(options.port)))
        }
        Err(error) => {
            let failure = Failure::new("server.port", format!("port {} cannot be used: {error}", options.port));
            Err(failure.hint("name another with --port, or 0 for any free one").into())
        }
    }
}

/// Notes the port for the next start. On a full disk the home is served all the same.
fn keep_port(home: &Path, number: u16) {
    if port::kept(home) == Some(number) {
        return;
    }
    if let Err(error) = private_file::try_write(&port::file(home), format!("{number}\n").as_bytes()) {
        tracing::warn!(%error, "the port {number} could not be noted: the next start may take another one");
    }
}

/// TERM and Ctrl-C close the server; what runs goes on.
fn close_on_signals(server: Server) -> anyhow::Result<()> {
    let mut term = unix::signal(unix::SignalKind::terminate())?;
    let mut interrupt = unix::signal(unix::SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        server.close();
    });
    Ok(())
}

const SERVER_FILE: &str = "server.json";

/// Also on a full disk: a server that nobody finds can be told nothing.
fn write_server_file(home: &Home, file: &ServerFile) -> anyhow::Result<()> {
    let (path, text) = (home.path().join(SERVER_FILE), serde_json::to_vec(file)?);
    home.with_reserve(|| private_file::try_write(&path, &text))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Removes the file, unless another server has written its own meanwhile.
fn remove_server_file(home: &Path, file: &ServerFile) {
    if ServerFile::read(home).as_ref() == Some(file) {
        // A file that stays does no harm: its process does not answer.
        let _ = fs::remove_file(home.join(SERVER_FILE));
    }
}
