//! `hven doctor`: finds problems of a home, and prints what to do about them.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;
use hven_client::Failure;
use hven_record::{Healed, Healing, Holder};
use hven_terminal::{Check, Doctor, ErrorReport, HealedObject, Output, exit, formats};

use crate::{
    act::Act, composition, connect, context::Context, home, older_server, recorded_units, runner_binary, server_process,
};

/// Find problems of the home
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven doctor
  hven down && hven doctor --rebuild     recomputes every view from the facts and compares all columns
  hven down && hven doctor --heal --from hven-2026-05-01.tar

Exits with 1 when there is a problem; warnings alone do not count. While a server uses the home, this command does not check
the record and the objects: `hven audit verify` checks them.")]
pub struct DoctorArgs {
    /// Recompute the views and compare them; requires that no server uses the home
    #[arg(long)]
    pub rebuild: bool,
    /// Restore missing and damaged objects from runners' spools and from the files in the folders of runs; requires
    /// that no server uses the home
    #[arg(long)]
    pub heal: bool,
    /// Also restore them from this backup, export or other home
    #[arg(long, value_name = "PATH", requires = "heal", value_hint = clap::ValueHint::AnyPath)]
    pub from: Option<PathBuf>,
}

impl Act for DoctorArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        doctor(&self, context, output)
    }
}

/// With less free space, the check warns.
const FREE_BYTES_LOW: u64 = 1 << 30;
/// With less free space, the next outputs may not fit.
const FREE_BYTES_MIN: u64 = 64 << 20;

pub fn doctor(args: &DoctorArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let running = context.running()?;
    home::require(&context.home)?;
    if let (true, Some(server)) = (args.rebuild || args.heal, &running) {
        let failure = Failure::new("home.locked", format!("the home is in use by the server at {}", server.url));
        return Err(failure.hint("`hven down` ends it; running tasks go on").into());
    }
    let from = args.from.as_ref().map(|from| context.cwd.join(from));
    if let Some(from) = from.as_ref().filter(|from| !from.exists()) {
        return Err(Failure::new("file.missing", format!("there is no {}", from.display())).into());
    }
    // Another process may hold the home although no server answers.
    let holder = Holder::of(&context.home).filter(|holder| running.is_none() && server_process::is_alive(holder.pid));
    let mut healed = Vec::new();
    let mut checks = vec![
        private(context, "token"),
        private(context, "key"),
        folder(context),
        space(context),
        runner(),
        program(),
        tool("git"),
    ];
    let complete = running.is_none() && holder.is_none();
    if !complete {
        checks.extend(not_checked());
    }
    match (&running, &holder) {
        (Some(server), _) if older_server::is_older(server) => {
            let what =
                format!("{} is of the older version {}; the next command replaces it", server.url, server.version);
            checks.push(Check::ok("server", what));
        }
        (Some(server), _) => checks.push(match connect::client_of_running(&context.home).server() {
            Ok(answer) => Check::ok(
                "server",
                format!(
                    "{} answers; version {}, {}",
                    server.url,
                    answer.version,
                    formats::counted(answer.facts, "fact", "facts")
                ),
            ),
            Err(error) => {
                let report = ErrorReport::of(&error.into());
                Check::problem(
                    "server",
                    report.message,
                    report.hint.unwrap_or_else(|| "see logs/server.log in the home".to_owned()),
                )
            }
        }),
        (None, Some(holder)) if !args.heal && !args.rebuild => checks.push(Check::problem(
            "server",
            format!("process {} has the home, and no server answers there", holder.pid),
            "`hven down` ends a server that does not answer, and waits for another command",
        )),
        (None, _) => {
            checks.push(Check::ok("server", "none runs; the next command starts one"));
            if args.heal {
                let healing = composition::heal(&context.home, &context.database()?, from.as_deref())?;
                checks.push(healing_done(&healing));
                healed = healing.healed.into_iter().map(healed_object).collect();
            }
            checks.extend(composition::examine(&context.home, &context.database()?, args.rebuild)?);
            checks.push(match composition::old_units(&context.home, &context.database()?) {
                Ok(found) => recorded_units::check(&found),
                Err(error) => {
                    Check::warning("units", format!("not checked: {error}"), "solve the other problems first")
                }
            });
        }
    }
    // A caller who may not list the datasets gets no check of their units.
    if running.as_ref().is_some_and(|server| !older_server::is_older(server))
        && let Ok(found) = recorded_units::of_server(&connect::client_of_running(&context.home))
    {
        checks.push(recorded_units::check(&found));
    }
    if hven_record::copies_left(&context.home) {
        checks.push(Check::warning(
            "erasures",
            "copies of erased data are left in unused parts of the home's files",
            "free space for another copy of record.db: then the server removes them by itself",
        ));
    }
    let healthy = checks.iter().all(|check| check.ok);
    output.reply(&Doctor { schema: "hven.doctor/1", home: context.home.clone(), healthy, complete, healed, checks })?;
    Ok(if healthy { exit::OK } else { exit::NOT_WELL })
}

/// The checks that only the server can do while it uses the home.
fn not_checked() -> [Check; 2] {
    let hint =
        "`hven audit verify` checks them while the server runs; `hven down`, then `hven doctor`, checks everything";
    [
        Check::warning("record", "not checked, because the home is in use: facts and their links", hint),
        Check::warning("objects", "not checked, because the home is in use: missing and damaged ones", hint),
    ]
}

fn healed_object(Healed { digest, what, from }: Healed) -> HealedObject {
    HealedObject { digest: digest.to_string(), what, from }
}

fn healing_done(healing: &Healing) -> Check {
    let healed = formats::counted(healing.healed.len() as u64, "object", "objects");
    match (&healing.unreadable, healing.left.len() as u64) {
        (Some(why), _) => Check::problem("healing", format!("{healed} healed; {why}"), "take another backup"),
        (None, 0) => Check::ok("healing", format!("{healed} healed, none is left")),
        (None, left) => Check::problem(
            "healing",
            format!("{healed} healed, {left} left: their bytes were found nowhere"),
            "name an older backup with --from; or reproduce the run that made them: `hven reproduce RUN`",
        ),
    }
}

/// A file of the home that only its owner may read.
fn private(context: &Context, name: &str) -> Check {
    let path = context.home.join(name);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.permissions().mode().trailing_zeros() >= 6 => Check::ok(name, "readable by you alone"),
        Ok(_) => Check::problem(name, "others may read it", format!("chmod 600 {}", path.display())),
        // An imported home has no such files yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Check::warning(name, "is not there", "the next server makes a new one")
        }
        Err(error) => Check::problem(name, format!("cannot be looked at: {error}"), "is the home yours?"),
    }
}

/// The home itself. It was closed or refused before this check, so only a file system without permissions is left.
fn folder(context: &Context) -> Check {
    match home::permissions::secure(&context.home) {
        Ok(remarks) if remarks.is_empty() => Check::ok("home", "open to you alone"),
        Ok(remarks) => Check::warning("home", remarks.join("; "), "a disk with permissions is safer"),
        Err(error) => {
            let report = ErrorReport::of(&error);
            Check::problem("home", report.message, report.hint.unwrap_or_default())
        }
    }
}

fn space(context: &Context) -> Check {
    if let Some(error) = home::refuses_writes(&context.home) {
        let hint = "free space on it or in its quota, and check that it can be written to; the system's log may have more details";
        return Check::problem("disk", format!("the home cannot be written to: {error}"), hint);
    }
    match rustix::fs::statvfs(&context.home) {
        Ok(stat) if stat.f_blocks == 0 => {
            Check::warning("disk", "its file system does not say how much is free", "check that there is enough")
        }
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let found = format!("{} free", formats::bytes(free));
            let hint = "`hven gc --dry-run` lists what can be removed";
            match free {
                FREE_BYTES_LOW.. => Check::ok("disk", found),
                FREE_BYTES_MIN.. => Check::warning("disk", found, hint),
                _ => Check::problem("disk", found, hint),
            }
        }
        Err(error) => Check::problem("disk", format!("cannot be looked at: {error}"), "is the disk still there?"),
    }
}

fn runner() -> Check {
    match runner_binary::source() {
        Ok(source) => Check::ok("runner", source),
        Err(error) => {
            let report = ErrorReport::of(&error);
            Check::problem("runner", report.message, report.hint.unwrap_or_default())
        }
    }
}

/// The program of Hven, which starts servers and recipes by its path.
fn program() -> Check {
    let is_open = |path: &Path| fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o022 != 0);
    let Ok(path) = std::env::current_exe() else {
        return Check::warning("program", "its own path is unknown", "start it by its path");
    };
    match [Some(path.as_path()), path.parent()].into_iter().flatten().find(|path| is_open(path)) {
        None => Check::ok("program", path.display().to_string()),
        Some(open) => Check::warning(
            "program",
            format!("others can write to {}, so they can change what you start", open.display()),
            format!("chmod go-w {}", open.display()),
        ),
    }
}

fn tool(name: &str) -> Check {
    match Command::new(name).arg("--version").output() {
        Ok(output) if output.status.success() => {
            Check::ok(name, String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default())
        }
        _ => Check::warning(
            name,
            "cannot be started",
            "without it, code in git repositories is not recorded: install it",
        ),
    }
}
