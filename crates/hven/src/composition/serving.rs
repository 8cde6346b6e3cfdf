//! Serves a home: connects every port to its implementation, starts the services, opens the socket, and at the end
//! closes everything in the reverse order.

use std::{
    fmt, fs, io,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use hven_app::{App, Ports, home_owner, keys::runner_token, recipes::Recipes, services};
use hven_client::{Failure, ServerFile, env};
use hven_compute::{fair_share::FairShare, local};
use hven_core::Time;
use hven_record::Home;
use hven_server::{ClientTimeouts, Options, Server};
use hven_terminal::{ErrorReport, ServerLines};
use tokio::{net::TcpListener, signal::unix};

use super::{
    login_pages,
    open::{open_home, write_privately},
    press::Press,
    private_file,
    serve_options::{IfTaken, ServeOptions},
    step_processes::OwnProgram,
    tables::Importer,
};
use crate::{
    home::{permissions, port},
    open_files, runner_binary,
    server_log::{ServerLog, SharedLog},
};

/// Threads of the event loop. Blocking work has its own threads.
const WORKERS: usize = 2;

/// Serves the home until it is asked to end. `server.json` is written when the server answers.
pub fn serve(options: &ServeOptions) -> anyhow::Result<()> {
    if options.auto_started {
        // With a session of its own, the server survives the end of the terminal. This fails when the process leads a
        // session already.
        let _ = rustix::process::setsid();
    }
    write_privately();
    let remarks = permissions::secure(&options.home)?;
    start_log(options)?;
    log_panics();
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    let home = open_home(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let served = runtime.block_on(serve_home(&home, options));
    runtime.shutdown_timeout(Duration::from_secs(2));
    if served.as_ref().is_err_and(anyhow::Error::is::<Died>) {
        // Durable data is safe. A server with a failed service is not closed in order.
        return served;
    }
    let closed = home.close().context("the home could not be closed");
    served.and(closed)
}

/// A service that the server needs has ended. The whole server ends, so that the next command starts a new one.
#[derive(Debug)]
struct Died(String);

impl fmt::Display for Died {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the server has ended, because a part that it needs ended: {}; acknowledged writes are durable",
            self.0
        )
    }
}

impl std::error::Error for Died {}

/// The time for the last responses when the server ends after a failure.
const LAST_ANSWERS: Duration = Duration::from_millis(200);

/// Writes panics to the log, in addition to the terminal.
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
    // Errors of the log are handled by the log itself. The subscriber would print them to the terminal, and panic when
    // that fails.
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
    // The runner is unpacked before the first run needs it, or the server reports at once why this fails.
    runner_binary::program(&options.home)?;
    let program_of = {
        let home = options.home.clone();
        move || runner_binary::program(&home).map_err(|error| io::Error::other(ErrorReport::of(&error).message))
    };
    let files = open_files::raise();
    let runners = local::LocalRunners::new(local::Settings {
        home: options.home.clone(),
        program_of: Arc::new(program_of),
        key_of: Arc::new(move |runner| runner_token(key, runner)),
        machine: options.machine.clone(),
        open_files: Some(files),
    });
    runners.renew_tokens().context("the tokens of runners cannot be written")?;
    let port = Arc::new(home.clone());
    let press = Press::new(&options.home, port.clone()).context("unfinished publications cannot be removed")?;
    let steps = OwnProgram::new(options.home.clone()).context("the path of this program cannot be found")?;
    let tables = Arc::new(Importer::new());
    let ports = Ports::of_home(port, Arc::new(runners), Arc::new(press), Arc::new(steps), tables);
    let (app, decided) = App::open(ports, Box::new(FairShare::new(options.sharing)), recipes()?, key, now).await?;
    home_owner::restore_owner(&app).await?;
    if home_owner::needs_token(&app, private_file::token(&options.home).as_deref()).await? {
        private_file::write_token(&options.home, &home_owner::owner_token(&app, &user_name()).await?)?;
    }
    // The engine reads its runs before the socket opens: no runner can attach before the engine knows its runs.
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
            timeouts: ClientTimeouts::default(),
            doors: DOORS,
        },
    );
    close_on_signals(server.clone())?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let file = ServerFile { url: url.clone(), pid: std::process::id(), version, instead_of };
    write_server_file(home, &file)?;
    tracing::info!(url, "serving");
    let page_removal = tokio::spawn(login_pages::remove_expired(Arc::clone(&app), options.home.clone()));
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
    page_removal.abort();
    login_pages::remove_all(&options.home).await;
    drop(services);
    if served.is_ok() {
        services::remove_unused_launches(&app).await?;
    }
    tracing::info!("closed");
    served
}

/// The foreign protocols that the server answers. A new door needs a line here.
const DOORS: &[hven_door::Door] = &[hven_door_mlflow::DOOR, hven_door_prometheus::DOOR];

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The recipes of this program. Their processes see no environment of the user who starts them.
fn recipes() -> anyhow::Result<Recipes> {
    let program = std::env::current_exe().context("the path of this program cannot be found")?;
    let own = |name: &str| Some((name.to_owned(), env::value(name)?));
    let environment =
        ["PATH", "HOME"].into_iter().filter_map(own).chain([("LANG".to_owned(), "C.UTF-8".to_owned())]).collect();
    Ok(Recipes { list: hven_recipes::LIST, program, environment })
}

/// The name of the home's owner: the name of the Unix user.
fn user_name() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(env::text).unwrap_or_else(|| "owner".to_owned())
}

fn database_name(setting: &str) -> &'static str {
    if setting == "sqlite" { "sqlite" } else { "postgresql" }
}

/// Listens on the port, or on a free one. In the second case it also returns the port that was expected.
async fn listen(options: &ServeOptions) -> anyhow::Result<(TcpListener, Option<u16>)> {
    let wanted = ("127.0.0.1", options.port);
    match TcpListener::bind(wanted).await {
        Ok(listener) => Ok((listener, None)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && options.if_taken != IfTaken::Fail => {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port of this machine is free")?;
            tracing::warn!("port {} is used by another program: a free one is used instead", options.port);
            let is_expected = options.if_taken == IfTaken::TakeAnotherAndReport;
            Ok((listener, is_expected.then_some(options.port)))
        }
        Err(error) => {
            let failure = Failure::new("server.port", format!("port {} cannot be used: {error}", options.port));
            Err(failure.hint("name another with --port, or 0 for any free one").into())
        }
    }
}

/// Writes the port to its file for the next start. A full disk does not prevent serving.
fn keep_port(home: &Path, number: u16) {
    if port::kept(home) == Some(number) {
        return;
    }
    if let Err(error) = private_file::try_write(&port::file(home), format!("{number}\n").as_bytes()) {
        tracing::warn!(%error, "the port {number} could not be saved: the next start may use another one");
    }
}

/// TERM and Ctrl-C close the server. Running tasks continue.
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

/// Writes `server.json`, also on a full disk: without this file, commands cannot reach the server.
fn write_server_file(home: &Home, file: &ServerFile) -> anyhow::Result<()> {
    let (path, text) = (home.path().join(SERVER_FILE), serde_json::to_vec(file)?);
    home.with_reserve(|| private_file::try_write(&path, &text))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Removes the file, unless another server has replaced it.
fn remove_server_file(home: &Path, file: &ServerFile) {
    if ServerFile::read(home).as_ref() == Some(file) {
        // A remaining file does no harm: its process does not answer.
        let _ = fs::remove_file(home.join(SERVER_FILE));
    }
}
