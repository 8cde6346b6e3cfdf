//! `hven doctor`: looks for what is wrong with a home, and says what to do about it.

use std::{fs, io, os::unix::fs::PermissionsExt, process::Command};

use clap::Args;

use crate::{
    connect,
    context::Context,
    exit,
    failure::{Failure, Told},
    home, house, older_server,
    output::{Check, Doctor, Output, words},
    runner_binary,
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven doctor
  hven down && hven doctor --rebuild     computes every view anew from the facts and compares all columns

Exits with 1 when something is ill; a warning alone is no illness.")]
pub struct DoctorArgs {
    /// Compute the views anew and compare; needs the home for itself
    #[arg(long)]
    pub rebuild: bool,
}

/// Below so much free space it is time to make room.
const FREE_BYTES_LOW: u64 = 1 << 30;
/// Below so much, the next outputs may find no place.
const FREE_BYTES_MIN: u64 = 64 << 20;

pub fn doctor(args: &DoctorArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let running = context.running()?;
    home::require(&context.home)?;
    if let (true, Some(server)) = (args.rebuild, &running) {
        let failure = Failure::new("home.locked", format!("the home is in use by the server at {}", server.url));
        return Err(failure.hint("`hven down` ends it; running tasks go on").into());
    }
    let mut checks = vec![private(context, "token"), private(context, "key"), space(context), runner(), tool("git")];
    match &running {
        Some(server) if older_server::is_older(server) => {
            let what =
                format!("{} is of the older version {}; the next command replaces it", server.url, server.version);
            checks.push(Check::well("server", what));
        }
        Some(server) => checks.push(match connect::client_of_running(&context.home).server() {
            Ok(answer) => Check::well(
                "server",
                format!(
                    "{} answers; version {}, {}",
                    server.url,
                    answer.version,
                    words::counted(answer.facts, "fact", "facts")
                ),
            ),
            Err(error) => {
                let told = Told::of(&error.into());
                Check::ill(
                    "server",
                    told.message,
                    told.hint.unwrap_or_else(|| "see logs/server.log in the home".to_owned()),
                )
            }
        }),
        None => {
            checks.push(Check::well("server", "none runs; the next command starts one"));
            checks.extend(house::examine(&context.home, &context.database()?, args.rebuild)?);
        }
    }
    let healthy = checks.iter().all(|check| check.ok);
    output.reply(&Doctor { schema: "hven.doctor/1", home: context.home.clone(), healthy, checks })?;
    Ok(if healthy { exit::OK } else { exit::NOT_WELL })
}

/// A file of the home that nobody else may read.
fn private(context: &Context, name: &str) -> Check {
    let path = context.home.join(name);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.permissions().mode().trailing_zeros() >= 6 => {
            Check::well(name, "readable by you alone")
        }
        Ok(_) => Check::ill(name, "others may read it", format!("chmod 600 {}", path.display())),
        // A home that was brought in has none of its own yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Check::warning(name, "is not there", "the next server makes a new one")
        }
        Err(error) => Check::ill(name, format!("cannot be looked at: {error}"), "is the home yours?"),
    }
}

fn space(context: &Context) -> Check {
    match rustix::fs::statvfs(&context.home) {
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let found = format!("{} free", words::bytes(free));
            let hint = "`hven gc --dry-run` says what could go";
            match free {
                FREE_BYTES_LOW.. => Check::well("disk", found),
                FREE_BYTES_MIN.. => Check::warning("disk", found, hint),
                _ => Check::ill("disk", found, hint),
            }
        }
        Err(error) => Check::ill("disk", format!("cannot be looked at: {error}"), "is the disk still there?"),
    }
}

fn runner() -> Check {
    match runner_binary::source() {
        Ok(source) => Check::well("runner", source),
        Err(error) => {
            let told = Told::of(&error);
            Check::ill("runner", told.message, told.hint.unwrap_or_default())
        }
    }
}

fn tool(name: &str) -> Check {
    match Command::new(name).arg("--version").output() {
        Ok(output) if output.status.success() => {
            Check::well(name, String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default())
        }
        _ => Check::warning(
            name,
            "cannot be started",
            "without it, code in git repositories is not recorded: install it",
        ),
    }
}
