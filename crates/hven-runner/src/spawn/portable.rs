//! Starts processes with `fork`, which every system has. The new process has a copy of the runner's memory but only one
//! thread, so until its program runs it makes only plain system calls. It reports to the runner through a pipe, which the
//! kernel closes when the program runs.

use std::{
    fs::File,
    io::{self, PipeWriter, Read as _},
    os::fd::AsRawFd as _,
    ptr,
};

use libc::c_int;

use super::{ChildSetup, Launch, RefusedSettings, Started, block_signals, pointers, signals, unblock_signals};

/// The shared parts of all starts, made once.
#[derive(Debug)]
pub(crate) struct Spawner {
    null: File,
    signals: Vec<c_int>,
}

/// Runs in the new process: reports the settings that could not be applied and, if the program does not run, the error.
fn begin(child_setup: &mut ChildSetup<'_>, report: &PipeWriter) -> ! {
    let report = |number: u32| {
        let bytes = number.to_ne_bytes();
        // SAFETY: a few bytes that live through the call, written to an open pipe.
        unsafe { libc::write(report.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    };
    // SAFETY: this is the new process, and the memory that the orders point to was copied with it.
    unsafe {
        let is_ready = child_setup.prepare();
        report(child_setup.refused.bits());
        if is_ready {
            child_setup.execute();
        }
        report(child_setup.error as u32);
        libc::_exit(127)
    }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { null: File::open("/dev/null")?, signals: signals::not_default() })
    }

    /// Starts a process and returns when its program runs.
    ///
    /// # Errors
    /// The error of the step that failed: entering the folder or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<Started> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut child_setup = ChildSetup::new(launch, &arguments, &environment, &self.null, &self.signals);
        let (mut report, writer) = io::pipe()?;
        let before = block_signals();
        // SAFETY: the new process only calls `begin`.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            begin(&mut child_setup, &writer);
        }
        let not_made = io::Error::last_os_error();
        unblock_signals(&before);
        drop(writer);
        if pid < 0 {
            return Err(not_made);
        }
        let mut report_bytes = Vec::with_capacity(8);
        report.read_to_end(&mut report_bytes)?;
        let number = |place: usize| report_bytes.get(place..place + 4)?.try_into().ok().map(u32::from_ne_bytes);
        match (number(0), number(4)) {
            (Some(refused), None) => Ok(Started { pid: pid as u32, refused: RefusedSettings::of_bits(refused) }),
            (_, error) => {
                // SAFETY: the process is our child.
                unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
                Err(error
                    .map_or_else(|| io::ErrorKind::UnexpectedEof.into(), |e| io::Error::from_raw_os_error(e as c_int)))
            }
        }
    }
}
