//! `hven up` and `hven down`: start and end the server by hand. This is not required: commands start a server by
//! themselves.

use std::time::Duration;

use clap::Args;
use hven_client::{Error, Failure, ServerFile};
use hven_core::quantity::parse_duration;
use hven_terminal::{ActionDone, Output, exit};

use crate::{
    act::Act,
    composition::{self, IfTaken, ServeOptions},
    connect,
    context::Context,
    home, older_server, server_process,
    settings::{Origin, PORT, Settings},
    unresponsive_server,
};

/// Serve the home, in the foreground
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven up                              serves the home until Ctrl-C
  hven --home /data/hven up --port 7000
  hven up --port 7000 --detach         in the background
  hven up --detach --take-over         a home that a lost machine did not close

Other commands start a server by themselves, on the last port of the home; it ends after 15 idle minutes. Tasks continue in both
cases.")]
pub struct UpArgs {
    /// The port on the loopback address; 0: any free port. The home keeps it for the next start
    #[arg(long)]
    pub port: Option<u16>,
    /// Serve in the background until `hven down`
    #[arg(short, long)]
    pub detach: bool,
    /// Use the home although another machine has not closed it; make sure that the other machine does not use it any
    /// more
    #[arg(long)]
    pub take_over: bool,
    /// A command starts the server: it has no terminal, and ends when idle
    #[arg(long, hide = true)]
    pub auto_started: bool,
    /// As `--auto-started`, but the server does not end when idle
    #[arg(long, hide = true, requires = "auto_started")]
    pub stay: bool,
    /// Each flush of the record takes this much longer, as on a slower disk: for measurements
    #[arg(long, hide = true, requires = "auto_started", default_value = "0s", value_parser = parse_duration)]
    pub flush_delay: Duration,
}

impl Act for UpArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        up(&self, context, output)
    }
}

/// End the home's server; running tasks continue
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven down     ends the server after it has written all data; running tasks continue

A server that does not answer gets a signal to end, and is killed after 30 seconds: acknowledged writes are durable.")]
pub struct DownArgs {}

impl Act for DownArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        down(context, output)
    }
}

const END_TIMEOUT: Duration = Duration::from_secs(30);

pub fn up(args: &UpArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let settings = context.settings()?;
    let port = port(args, &settings)?;
    if args.detach {
        return up_in_background(args, context, output);
    }
    if !args.auto_started
        && let Some(server) = context.running()?
    {
        return Err(served_already(context, &server.url));
    }
    let options = serve_options(args, context, &settings, port)?;
    home::ensure(&context.home)?;
    composition::serve(&options)?;
    Ok(exit::OK)
}

/// The wanted port, 0 for any, and its origin.
fn port(args: &UpArgs, settings: &Settings) -> anyhow::Result<(u16, Option<Origin>)> {
    Ok(match args.port {
        Some(port) => (port, Some(Origin::Flag("--port"))),
        None => (settings.port()?.unwrap_or(0), settings.get(PORT).map(|(_, origin)| origin)),
    })
}

fn serve_options(
    args: &UpArgs,
    context: &Context,
    settings: &Settings,
    (port, origin): (u16, Option<Origin>),
) -> anyhow::Result<ServeOptions> {
    Ok(ServeOptions {
        home: context.home.clone(),
        port,
        if_taken: if_taken(origin.as_ref(), args.auto_started),
        auto_started: args.auto_started,
        idle_exit: settings.duration("server.idle_exit")?.filter(|_| args.auto_started && !args.stay),
        database: context.database()?,
        log: settings.text("server.log")?.unwrap_or_default(),
        machine: settings.machine()?,
        sharing: settings.sharing()?,
        take_over: args.take_over,
        flush_delay: args.flush_delay,
    })
}

/// Starts a server that does not end when idle, unless one runs. A server of an older version is replaced.
fn up_in_background(args: &UpArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let server = connect::client_of_persistent_server(&context.home, args.port, args.take_over).server()?;
    if args.port.is_some_and(|port| port != 0 && !server.url.ends_with(&format!(":{port}"))) {
        return Err(served_already(context, &server.url));
    }
    output.reply(&server)?;
    Ok(exit::OK)
}

fn served_already(context: &Context, url: &str) -> anyhow::Error {
    let message = format!("the home {} is served already, at {url}", context.home.display());
    Failure::new("home.locked", message).hint("`hven down` ends that server").into()
}

/// The behaviour when another program uses the port: a server that a command starts must start, unless the user named
/// the port on the command line.
fn if_taken(origin: Option<&Origin>, auto_started: bool) -> IfTaken {
    match origin {
        None | Some(Origin::Default) => IfTaken::TakeAnother,
        Some(Origin::Kept(_)) => IfTaken::TakeAnotherAndReport,
        Some(Origin::Flag(_)) => IfTaken::Fail,
        Some(_) if auto_started => IfTaken::TakeAnotherAndReport,
        Some(_) => IfTaken::Fail,
    }
}

pub fn down(context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let text = match context.running()? {
        Some(server) => shut_down(context, &server)?,
        None => unresponsive_server::end(&context.home)?,
    };
    output.reply(&ActionDone { schema: "hven.down/1", text })?;
    Ok(exit::OK)
}

/// Ends a server that answers; returns a description of what was done.
fn shut_down(context: &Context, server: &ServerFile) -> anyhow::Result<String> {
    if older_server::is_older(server) {
        older_server::end(&context.home, server)?;
    } else {
        match connect::client_of_running(&context.home).shutdown() {
            // On a full disk the server cannot authenticate the request, but it still handles a signal.
            Err(error) if error.code().starts_with("store.") => server_process::send_term(server)?,
            // The Unix user who owns the home may end its server, whatever the token permits.
            Err(error) if is_not_allowed(&error) => {
                if !older_server::serves(&context.home, server) {
                    let message = format!(
                        "the home's own token does not let you end the server, and it is not certain that process {} is \
                         the server",
                        server.pid
                    );
                    let hint =
                        format!("end process {} when it is hven; the next command makes a new token", server.pid);
                    return Err(Failure::new("server.busy", message).hint(hint).into());
                }
                server_process::send_term(server)?;
            }
            // The server answered a moment ago, and has no free connection now.
            Err(error) if error.code() == "server.unreachable" => return unresponsive_server::end(&context.home),
            result => result?,
        }
    }
    if !server_process::wait_until_ended(&context.home, server, END_TIMEOUT) {
        let message = format!("the server (process {}) has not ended after {} s", server.pid, END_TIMEOUT.as_secs());
        return Err(Failure::new("busy", message).hint("logs/server.log in the home has details").into());
    }
    Ok(format!("the server at {} has ended", server.url))
}

/// Whether the home's token is not valid for this request: it was revoked or erased, has expired, its file is gone, or
/// it belongs to a user without this right.
fn is_not_allowed(error: &Error) -> bool {
    error.code().starts_with("access.") || matches!(error, Error::File { .. })
}
