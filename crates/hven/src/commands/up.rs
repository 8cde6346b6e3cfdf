//! `hven up` and `hven down`: the server, begun and ended by hand. Nobody needs to: commands start one by themselves.

use std::time::Duration;

use clap::Args;
use hven_client::{Error, Failure, ServerFile};
use hven_terminal::{Done, Output, exit};

use crate::{
    act::Act,
    connect,
    context::Context,
    home,
    house::{self, IfTaken, ServeOptions},
    older_server, server_process,
    settings::{Origin, PORT, RESOURCES, Settings},
    silent_server,
};

/// Serve the home, in the foreground
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven up                              serves the home until Ctrl-C
  hven --home /data/hven up --port 7000
  hven up --port 7000 --detach         in the background
  hven up --detach --take-over         a home that another machine, gone for good, did not close

Other commands start a server by themselves, at the port that the home had last; it ends after 15 idle minutes. Tasks outlive it
either way.")]
pub struct UpArgs {
    /// The port to listen on, on the loopback address; 0: any free one. The home keeps it for the next start
    #[arg(long)]
    pub port: Option<u16>,
    /// Serve in the background until `hven down`
    #[arg(short, long)]
    pub detach: bool,
    /// Use the home although another machine has not closed it; be sure that it does not use it any more
    #[arg(long)]
    pub take_over: bool,
    /// A command started this one: it has no terminal, and ends when idle
    #[arg(long, hide = true)]
    pub auto_started: bool,
    /// As `--auto-started`, but it stays
    #[arg(long, hide = true, requires = "auto_started")]
    pub stay: bool,
}

impl Act for UpArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        up(&self, context, output)
    }
}

/// End the home's server; running tasks go on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven down     ends the server when it has written what it has; running tasks go on

A server that does not answer is told to end by a signal, and is killed after 30 seconds: what was acknowledged is durable.")]
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
    house::serve(&options)?;
    Ok(exit::OK)
}

/// The port that is wanted, 0 for any, and where it is said.
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
        resources: settings.counts(RESOURCES)?.unwrap_or_default(),
        take_over: args.take_over,
    })
}

/// Starts a server that stays, unless one runs. One of an older version is replaced.
fn up_in_background(args: &UpArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let server = connect::client_that_stays(&context.home, args.port, args.take_over).server()?;
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

/// What becomes of a start whose port another program has: a server that a command starts must start, unless the person
/// named the port just now.
fn if_taken(origin: Option<&Origin>, auto_started: bool) -> IfTaken {
    match origin {
        None | Some(Origin::Default) => IfTaken::TakeAnother,
        Some(Origin::Kept(_)) => IfTaken::TakeAnotherAndSay,
        Some(Origin::Flag(_)) => IfTaken::Fail,
        Some(_) if auto_started => IfTaken::TakeAnotherAndSay,
        Some(_) => IfTaken::Fail,
    }
}

pub fn down(context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let text = match context.running()? {
        Some(server) => end_in_order(context, &server)?,
        None => silent_server::end(&context.home)?,
    };
    output.reply(&Done { schema: "hven.down/1", text })?;
    Ok(exit::OK)
}

/// Ends a server that answers; says what was done.
fn end_in_order(context: &Context, server: &ServerFile) -> anyhow::Result<String> {
    if older_server::is_older(server) {
        older_server::end(&context.home, server)?;
    } else {
        match connect::client_of_running(&context.home).shutdown() {
            // A server that cannot even look who asks, because its disk is full, still hears a signal.
            Err(error) if error.code().starts_with("store.") => server_process::tell_to_end(server)?,
            // Whatever the token may do, the Unix user who owns the home ends its server all the same.
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
                server_process::tell_to_end(server)?;
            }
            // It answered a moment ago, and has no place for another client now.
            Err(error) if error.code() == "server.unreachable" => return silent_server::end(&context.home),
            told => told?,
        }
    }
    if !server_process::wait_until_ended(&context.home, server, END_TIMEOUT) {
        let message = format!("the server (process {}) has not ended after {} s", server.pid, END_TIMEOUT.as_secs());
        return Err(Failure::new("busy", message).hint("logs/server.log in the home says what it does").into());
    }
    Ok(format!("the server at {} has ended", server.url))
}

/// Whether the home's own token does not open that: it was revoked, erased or has expired, its file is gone, or it is that of
/// somebody who may not.
fn is_not_allowed(error: &Error) -> bool {
    error.code().starts_with("access.") || matches!(error, Error::File { .. })
}
