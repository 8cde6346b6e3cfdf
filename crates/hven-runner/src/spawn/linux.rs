//! What `posix_spawn` does, by hand: a process that shares the runner's memory (`CLONE_VM`) while the runner's thread
//! stands still (`CLONE_VFORK`) makes a few system calls and executes the program.
//!
//! The libc's own asks, in the new process, for the action of each of 64 signals, makes a new stack every time, and
//! knows no file mode mask and no limits: it takes several times as long as all that is needed.

use std::{fs::File, io, ptr};

use libc::{c_int, c_void};

use super::{Launch, Orders, Started, block_signals, pointers, signals, unblock_signals};

const STACK_BYTES: usize = 64 * 1024;
/// Below the stack, where nothing may be: more than any page.
const GUARD_BYTES: usize = 64 * 1024;

/// What every start has in common; made once. The stack is for one start at a time: this is not [`Sync`], and a start
/// holds up its thread.
#[derive(Debug)]
pub(crate) struct Spawner {
    null: File,
    signals: Vec<c_int>,
    /// The lowest address of the guard, above which the stack lies.
    memory: *mut c_void,
}

/// In the new process, on its stack and in the runner's memory: it never returns to what called it.
extern "C" fn begin(orders: *mut c_void) -> c_int {
    // SAFETY: `orders` is what `spawn` made; the runner's thread stands still until this process executes or ends.
    unsafe {
        let orders = &mut *orders.cast::<Orders<'_>>();
        if orders.prepare() {
            orders.execute();
        }
        libc::_exit(127)
    }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let null = File::open("/dev/null")?;
        let (protection, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK);
        // SAFETY: a new mapping, of which the upper part is made usable.
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

    /// Starts a process and answers when its program runs. An error is that of the step that failed: entering the folder
    /// or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<Started> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut orders = Orders::new(launch, &arguments, &environment, &self.null, &self.signals);
        let before = block_signals();
        // SAFETY: the stack grows down from the end of its mapping and is used by nobody else: a `Spawner` stays on its
        // thread, which stands still (`CLONE_VFORK`) until the new process has executed or ended. For as long all that
        // `orders` names lives, and the strings and arrays (ended by a null pointer) are only read.
        let pid = unsafe {
            let top = self.memory.byte_add(GUARD_BYTES + STACK_BYTES);
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            libc::clone(begin, top, flags, (&raw mut orders).cast())
        };
        let not_made = io::Error::last_os_error();
        unblock_signals(&before);
        if pid < 0 {
            return Err(not_made);
        }
        // SAFETY: both are read as what another process wrote; the child is ours.
        unsafe {
            match (&raw const orders.error).read_volatile() {
                0 => Ok(Started { pid: pid as u32, refused: (&raw const orders.refused).read_volatile() }),
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
        // SAFETY: mapped in `new`; nothing runs on it outside of `spawn`.
        unsafe { libc::munmap(self.memory, GUARD_BYTES + STACK_BYTES) };
    }
}
