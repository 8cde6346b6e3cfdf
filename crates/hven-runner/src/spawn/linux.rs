//! A lean `posix_spawn`: a process that shares the runner's memory (`CLONE_VM`) while the runner's thread is suspended
//! (`CLONE_VFORK`) makes a few system calls and executes the program.
//!
//! The libc's version queries the actions of 64 signals in the new process, allocates a stack each time, and supports
//! neither a file mode mask nor limits. It takes several times as long as the necessary calls.

use std::{fs::File, io, ptr};

use libc::{c_int, c_void};

use super::{ChildSetup, Launch, Started, block_signals, pointers, signals, unblock_signals};

const STACK_BYTES: usize = 64 * 1024;
/// The inaccessible guard below the stack, larger than any page.
const GUARD_BYTES: usize = 64 * 1024;

/// The shared parts of all starts, made once. The stack serves one start at a time: this type is not [`Sync`], and a start
/// suspends its thread.
#[derive(Debug)]
pub(crate) struct Spawner {
    null: File,
    signals: Vec<c_int>,
    /// The lowest address of the guard; the stack lies above it.
    memory: *mut c_void,
}

/// Runs in the new process, on its stack and in the runner's memory. It never returns.
extern "C" fn begin(child_setup: *mut c_void) -> c_int {
    // SAFETY: `child_setup` was made by `spawn`; the runner's thread is suspended until this process executes or ends.
    unsafe {
        let child_setup = &mut *child_setup.cast::<ChildSetup<'_>>();
        if child_setup.prepare() {
            child_setup.execute();
        }
        libc::_exit(127)
    }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let null = File::open("/dev/null")?;
        let (protection, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK);
        // SAFETY: a new mapping; only its upper part becomes accessible.
        let memory = unsafe {
            let memory = libc::mmap(ptr::null_mut(), GUARD_BYTES + STACK_BYTES, protection, flags, -1, 0);
            if memory == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
            let stack = memory.byte_add(GUARD_BYTES);
            if libc::mprotect(stack, STACK_BYTES, libc::PROT_READ | libc::PROT_WRITE) != 0 {
                let error = io::Error::last_os_error();
                libc::munmap(memory, GUARD_BYTES + STACK_BYTES);
                return Err(error);
            }
            memory
        };
        Ok(Self { null, signals: signals::not_default(), memory })
    }

    /// Starts a process and returns when its program runs.
    ///
    /// # Errors
    /// The error of the step that failed: entering the folder or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<Started> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut child_setup = ChildSetup::new(launch, &arguments, &environment, &self.null, &self.signals);
        let before = block_signals();
        // SAFETY: the stack grows down from the end of its mapping, and no other thread uses it: a `Spawner` stays on its
        // thread, which is suspended (`CLONE_VFORK`) until the new process has executed or ended. All memory that `child_setup`
        // points to lives that long, and the strings and arrays (ended by a null pointer) are only read.
        let pid = unsafe {
            let top = self.memory.byte_add(GUARD_BYTES + STACK_BYTES);
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            libc::clone(begin, top, flags, (&raw mut child_setup).cast())
        };
        let not_made = io::Error::last_os_error();
        unblock_signals(&before);
        if pid < 0 {
            return Err(not_made);
        }
        // SAFETY: both are read as values that another process wrote; the process is our child.
        unsafe {
            match (&raw const child_setup.error).read_volatile() {
                0 => Ok(Started { pid: pid as u32, refused: (&raw const child_setup.refused).read_volatile() }),
                error => {
                    libc::waitpid(pid, ptr::null_mut(), 0);
                    Err(io::Error::from_raw_os_error(error))
                }
            }
        }
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        // SAFETY: mapped in `new`; the mapping is used only during `spawn`.
        unsafe { libc::munmap(self.memory, GUARD_BYTES + STACK_BYTES) };
    }
}
