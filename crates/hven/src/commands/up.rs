//! `hven up` and `hven down`: the server, begun and ended by hand. Nobody needs to: commands start one by themselves.

use std::time::Duration;

use clap::Args;
use hven_client::Error;

use crate::{
    connect,
    context::Context,
    exit,
    failure::Failure,
    home,
    house::{self, ServeOptions},
    older_server,
    output::{Done, Output},
    settings::Origin,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven up                              serves the home until Ctrl-C
  hven --home /data/hven up --port 7000
  hven up --detach                     in the background

Other commands start a server by themselves; it ends after 15 idle minutes. Tasks outlive it either way.")]
pub struct UpArgs {
    /// The port to listen on, on the loopback address; 0: any free one
    #[arg(long)]
    pub port: Option<u16>,
    /// Serve in the background until `hven down`
    #[arg(short, long, conflicts_with = "port")]
    pub detach: bool,
    /// Use the home although another machine has not closed it; be sure that it does not use it any more
    #[arg(long, conflicts_with = "detach")]
    pub take_over: bool,
    /// A command started this one: it has no terminal, and ends when idle
    #[arg(long, hide = true)]
    pub auto_started: bool,
    /// As `--auto-started`, but it stays
    #[arg(long, hide = true, requires = "auto_started")]
    pub stay: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven down     ends the server when it has written what it has; running tasks go on")]
pub struct DownArgs {}

const END_TIMEOUT: Duration = Duration::from_secs(30);

pub fn up(args: &UpArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let settings = context.settings()?.with_flag("server.port", args.port);
    if !args.auto_started
        && let Some(server) = context.running()?
    {
        if args.detach {
            // One of an older version is replaced.
            output.reply(&connect::client_that_stays(&context.home).server()?)?;
            return Ok(exit::OK);
        }
        let failure = Failure::new(
            "home.locked",
            format!("the home {} is served already, at {}", context.home.display(), server.url),
        );
        return Err(failure.hint("`hven down` ends that server").into());
    }
    home::ensure(&context.home)?;
    if args.detach {
        output.reply(&connect::client_that_stays(&context.home).server()?)?;
        return Ok(exit::OK);
    }
    let number = settings.text("server.port")?.and_then(|port| port.parse().ok()).unwrap_or(0);
    let nobody_named_it = settings.get("server.port").is_none_or(|(_, origin)| origin == Origin::Default);
    let idle_exit = settings.duration("server.idle_exit")?.filter(|_| args.auto_started && !args.stay);
    house::serve(&ServeOptions {
        home: context.home.clone(),
        port: number,
        // A server that a command starts must start: another program may sit on its port.
        any_port_if_taken: nobody_named_it || args.auto_started,
        auto_started: args.auto_started,
        idle_exit,
        database: context.database()?,
        log: settings.text("server.log")?.unwrap_or_default(),
        take_over: args.take_over,
    })?;
    Ok(exit::OK)
}

pub fn down(context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let Some(server) = context.running()? else {
        output.reply(&Done { schema: "hven.down/1", text: "no server runs".to_owned() })?;
        return Ok(exit::OK);
    };
    if older_server::is_older(&server) {
        older_server::end(&context.home, &server)?;
    } else {
        match connect::client_of_running(&context.home).shutdown() {
            // A server that cannot even look who asks, because its disk is full, still hears a signal.
            Err(error) if error.code().starts_with("store.") => connect::tell_to_end(&server)?,
            // Without a good token the Unix user who owns the home ends its server all the same.
            Err(error) if lacks_token(&error) => {
                if !older_server::serves(&context.home, &server) {
                    let message = format!(
                        "the home's own token opens nothing any more, and it is not certain that process {} is the server",
                        server.pid
                    );
                    let hint =
                        format!("end process {} when it is hven; the next command makes a new token", server.pid);
                    return Err(Failure::new("server.busy", message).hint(hint).into());
                }
                connect::tell_to_end(&server)?;
            }
            told => told?,
        }
    }
    if !connect::wait_until_ended(&context.home, &server, END_TIMEOUT) {
        let message = format!("the server (process {}) has not ended after {} s", server.pid, END_TIMEOUT.as_secs());
        return Err(Failure::new("busy", message).hint("logs/server.log in the home says what it does").into());
    }
    output.reply(&Done { schema: "hven.down/1", text: format!("the server at {} has ended", server.url) })?;
    Ok(exit::OK)
}

/// Whether the home's own token opens nothing: it was revoked, erased or has expired, or its file is gone.
fn lacks_token(error: &Error) -> bool {
    error.code() == "access.unauthenticated" || matches!(error, Error::File { .. })
}
