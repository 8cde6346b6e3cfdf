//! The preparation of a process: its program, arguments, environment and pipes.

use std::{
    collections::BTreeMap,
    ffi::{CString, NulError},
    fs::File,
    io::{self, PipeReader, PipeWriter, Seek as _},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::ffi::OsStrExt as _,
    },
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use hven_api::{
    runner::{Start, Tracker},
    spool,
};
use hven_core::{
    file_name,
    recorded::Recorded,
    stdin::{StdinEnd, StdinRead},
};

use crate::{
    command, kernel,
    spawn::{Launch, Settings, Spawner, Started},
    stdin_feed::StdinFeed,
};

/// How many times a start is retried while the machine cannot create another process.
const START_TRIES: u32 = 4;

/// The standard input of an attempt.
#[derive(Debug)]
pub(super) enum StdinSource {
    /// The process shares this file description, so its position shows how much the process has read.
    File(File),
    Pipe(StdinFeed),
}

impl StdinSource {
    /// How much the processes have read, after all of them have ended.
    pub(super) fn read(self) -> Option<StdinRead> {
        match self {
            Self::File(mut file) => {
                let (place, size) = (file.stream_position().ok()?, file.metadata().ok()?.len());
                let end = if place < size { StdinEnd::Unread } else { StdinEnd::Whole };
                Some(StdinRead { bytes: place.min(size), end, digest: None, kept: false })
            }
            Self::Pipe(feed) => Some(feed.finish()),
        }
    }
}

/// The program, arguments, environment and folder of a process, in the form that the kernel needs.
pub(crate) struct Prepared {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<CString>,
    pub(super) environment: Vec<CString>,
    pub(super) cwd: CString,
}

/// The other settings of a process.
pub(super) struct SpawnSettings<'a> {
    pub(super) umask: u32,
    pub(super) settings: Option<&'a Settings>,
    pub(super) stdin: Option<BorrowedFd<'a>>,
    pub(super) stdout: BorrowedFd<'a>,
    pub(super) stderr: BorrowedFd<'a>,
}

/// Whether the user set the address of another tracker. The address of this server may come from the run that submitted this one.
fn is_own(start: &Start, tracker: &Tracker, url: &str) -> bool {
    let name = &tracker.address_variable;
    start.secrets.contains_key(name) || start.environment.get(name).is_some_and(|address| address != url)
}

/// The addresses of other trackers that the user set, and that stay as they are, in words.
pub(super) fn own_addresses(start: &Start, url: &str) -> Vec<String> {
    let own = start.trackers.iter().filter(|tracker| is_own(start, tracker, url));
    own.map(|tracker| {
        let name = &tracker.address_variable;
        format!("{name} was set already and stays as it is: what is reported there does not appear in Hven.")
    })
    .collect()
}

pub(super) fn prepare(start: &Start, metrics: &Path, url: &str) -> Result<Prepared, String> {
    let mut environment: BTreeMap<&str, &[u8]> = BTreeMap::new();
    environment.extend(start.environment.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    environment.extend(start.secrets.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let (run, attempt) = (start.attempt.run.to_string(), start.attempt.to_string());
    environment.insert("HVEN_URL", url.as_bytes());
    environment.insert("HVEN_RUN_ID", run.as_bytes());
    environment.insert(spool::ATTEMPT_VARIABLE, attempt.as_bytes());
    environment.insert("HVEN_TOKEN", start.token.as_bytes());
    environment.insert("HVEN_METRICS", metrics.as_os_str().as_bytes());
    for tracker in start.trackers.iter().filter(|tracker| !is_own(start, tracker, url)) {
        environment.insert(&tracker.address_variable, url.as_bytes());
        environment.insert(&tracker.token_variable, tracker.token.as_bytes());
    }
    // Python buffers its output to a pipe, so the log would arrive late and in large blocks.
    environment.entry("PYTHONUNBUFFERED").or_insert(b"1");
    let bad_name = environment.keys().find(|name| name.is_empty() || name.contains('='));
    if let Some(name) = bad_name {
        return Err(Recorded::VariableMisnamed { name: format!("{name:?}") }.to_string());
    }
    let path = start.environment.get("PATH").map(String::as_str);
    let cwd = file_name::to_path(&start.cwd);
    if !cwd.is_absolute() {
        return Err(Recorded::FolderRelative { path: format!("{:?}", start.cwd) }.to_string());
    }
    let command = start.argv.first().map_or("", String::as_str);
    let program = command::find(command, path, &cwd)?;
    let null_byte = |_: NulError| "the command, its folder or its environment contains a null byte".to_owned();
    let arguments = start.argv.iter().map(|word| CString::new(file_name::text_to_bytes(word)));
    let arguments: Result<_, _> = arguments.collect();
    let variable = |(name, value): (&str, &[u8])| CString::new([name.as_bytes(), b"=", value].concat());
    Ok(Prepared {
        program,
        arguments: arguments.map_err(null_byte)?,
        environment: environment.into_iter().map(variable).collect::<Result<_, _>>().map_err(null_byte)?,
        cwd: CString::new(file_name::text_to_bytes(&start.cwd)).map_err(null_byte)?,
    })
}

impl Prepared {
    pub(super) fn spawn(&self, spawner: &Spawner, spawn_settings: &SpawnSettings<'_>) -> Result<Started, String> {
        let shell = [c"/bin/sh".to_owned()];
        let path = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        let program = path(&self.program);
        let mut launch = Launch {
            program: &program,
            arguments: &self.arguments,
            environment: &self.environment,
            cwd: &self.cwd,
            umask: spawn_settings.umask,
            settings: spawn_settings.settings,
            stdin: spawn_settings.stdin,
            stdout: spawn_settings.stdout,
            stderr: spawn_settings.stderr,
        };
        let as_script: Vec<CString>;
        let mut tries = 0;
        loop {
            match spawner.spawn(&launch) {
                Ok(started) => return Ok(started),
                // As in a shell, /bin/sh runs a script that does not name its interpreter in its first line.
                Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) && launch.program == &*program => {
                    let words = self.arguments.iter().skip(1).cloned();
                    as_script = [shell[0].clone(), program.clone()].into_iter().chain(words).collect();
                    (launch.program, launch.arguments) = (&shell[0], &as_script);
                    return spawner.spawn(&launch).map_err(|error| self.explain(&error));
                }
                Err(error)
                    if matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOMEM)) && tries < START_TRIES =>
                {
                    tries += 1;
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(self.explain(&error)),
            }
        }
    }

    fn explain(&self, error: &io::Error) -> String {
        let bytes = |strings: &[CString]| strings.iter().map(|s| s.as_bytes().len()).sum::<usize>();
        let cwd = Path::new(std::ffi::OsStr::from_bytes(self.cwd.as_bytes()));
        command::explain(error, &self.program, cwd, bytes(&self.arguments) + bytes(&self.environment))
    }
}

/// A pipe for standard input, with a writer that does not block.
pub(super) fn pipe_to_feed() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    kernel::set_nonblocking(writer.as_fd())?;
    kernel::hold_one_page(writer.as_fd());
    Ok((reader, writer))
}
