//! With `fork`, which every system has. The new process has a copy of the runner's memory and none of its other threads, so
//! until its program runs it makes plain system calls alone. It tells the runner how that went through a pipe, which closes
//! by itself when the program runs.

use std::{
    fs::File,
    io::{self, PipeWriter, Read as _},
    os::fd::AsRawFd as _,
    ptr,
};

use libc::c_int;

use super::{Launch, Orders, Refused, Started, block_signals, pointers, signals, unblock_signals};

/// What every start has in common; made once.
#[derive(Debug)]
pub(crate) struct Spawner {
    null: File,
    signals: Vec<c_int>,
}

/// In the new process: tells which settings it does not have, and then, if the program does not run, why.
fn begin(orders: &mut Orders<'_>, report: &PipeWriter) -> ! {
    let tell = |number: u32| {
        let bytes = number.to_ne_bytes();
        // SAFETY: a few bytes that live through the call, to a pipe that is open.
        unsafe { libc::write(report.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    };
    // SAFETY: this is the new process, and what the orders point to was copied with all memory.
    unsafe {
        let is_ready = orders.prepare();
        tell(orders.refused.bits());
        if is_ready {
            orders.execute();
        }
        tell(orders.error as u32);
        libc::_exit(127)
    }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { null: File::open("/dev/null")?, signals: signals::not_default() })
    }

    /// Starts a process and answers when its program runs. An error is that of the step that failed: entering the folder
    /// or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<Started> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut orders = Orders::new(launch, &arguments, &environment, &self.null, &self.signals);
        let (mut report, writer) = io::pipe()?;
        let before = block_signals();
        // SAFETY: the new process does no more than `begin` says.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            begin(&mut orders, &writer);
        }
        let not_made = io::Error::last_os_error();
        unblock_signals(&before);
        drop(writer);
        if pid < 0 {
            return Err(not_made);
        }
        let mut told = Vec::with_capacity(8);
        report.read_to_end(&mut told)?;
        let number = |place: usize| told.get(place..place + 4)?.try_into().ok().map(u32::from_ne_bytes);
        match (number(0), number(4)) {
            (Some(refused), None) => Ok(Started { pid: pid as u32, refused: Refused::of_bits(refused) }),
            (_, error) => {
                // SAFETY: the child is ours.
                unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
                Err(error
                    .map_or_else(|| io::ErrorKind::UnexpectedEof.into(), |e| io::Error::from_raw_os_error(e as c_int)))
            }
        }
    }
}
