//! What `posix_spawn` does, by hand: a process that shares the runner's memory (`CLONE_VM`) while the runner's thread
//! stands still (`CLONE_VFORK`) makes a few system calls and executes the program.
//!
//! The libc's own asks, in the new process, for the action of each of 64 signals, makes a new stack every time, and
//! knows no file mode mask: it takes several times as long as all that is needed.

use std::{fs::File, io, mem, os::fd::AsRawFd as _, ptr};

use libc::{c_char, c_int, c_void};

use super::{Launch, pointers};

const STACK_BYTES: usize = 64 * 1024;
/// Below the stack, where nothing may be: more than any page.
const GUARD_BYTES: usize = 64 * 1024;

/// What every start has in common; made once. The stack is for one start at a time: this is not [`Sync`], and a start
/// holds up its thread.
#[derive(Debug)]
pub(crate) struct Spawner {
    null: File,
    /// Signals whose action is not the default: those that Rust, or whoever started the runner, handles or ignores.
    signals: Vec<c_int>,
    /// The lowest address of the guard, above which the stack lies.
    memory: *mut c_void,
}

/// What the new process is to do, and how it went.
struct Orders<'a> {
    signals: &'a [c_int],
    null: c_int,
    stdout: c_int,
    stderr: c_int,
    umask: libc::mode_t,
    cwd: *const c_char,
    program: *const c_char,
    arguments: *const *mut c_char,
    environment: *const *mut c_char,
    /// Why the program does not run.
    error: c_int,
}

/// An action as the kernel has it: what is to be done, flags, a function of the libc, a set of signals. It needs less
/// room than this. All zeros are the default.
type Action = [libc::c_ulong; 8];

/// Sets the action of a signal, or asks for it. Not by the libc, which keeps signals 32 and 33 for itself, and leaves
/// them ignored in what it starts: the runner, that is, and so all that this would start.
///
/// # Safety
/// Both pointers are null or point to an [`Action`].
unsafe fn act(signal: c_int, new: *const Action, old: *mut Action) -> libc::c_long {
    const SET_BYTES: usize = 8;
    // SAFETY: the caller's word; the kernel reads and writes no more than a part of an `Action`.
    unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, new, old, SET_BYTES) }
}

/// In the new process, on its stack and in the runner's memory: it allocates nothing, locks nothing and never returns
/// to what called it. All signals are blocked until none has a handler of the runner any more.
extern "C" fn begin(orders: *mut c_void) -> c_int {
    // SAFETY: `orders` is what `spawn` made; the runner's thread stands still until this process executes or ends. The
    // calls are plain system calls on values that live there, or here.
    unsafe {
        let orders = orders.cast::<Orders<'_>>();
        let default: Action = [0; 8];
        for signal in (*orders).signals {
            act(*signal, &raw const default, ptr::null_mut());
        }
        let mut none: libc::sigset_t = mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::umask((*orders).umask);
        let is_ready = libc::setsid() >= 0
            && libc::dup2((*orders).null, 0) >= 0
            && libc::dup2((*orders).stdout, 1) >= 0
            && libc::dup2((*orders).stderr, 2) >= 0
            && libc::chdir((*orders).cwd) == 0
            && libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) == 0;
        if is_ready {
            libc::execve((*orders).program, (*orders).arguments.cast(), (*orders).environment.cast());
        }
        (*orders).error = *libc::__errno_location();
        libc::_exit(127)
    }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let null = File::open("/dev/null")?;
        let (protection, flags) = (libc::PROT_NONE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK);
        // SAFETY: a new mapping, of which the upper part is made usable; `action` lives through the call.
        let (memory, signals) = unsafe {
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
            let is_default = |signal: &c_int| {
                let mut action: Action = [0; 8];
                act(*signal, ptr::null(), &raw mut action) != 0 || action[0] == libc::SIG_DFL as libc::c_ulong
            };
            (memory, (1..=libc::SIGRTMAX()).filter(|signal| !is_default(signal)).collect())
        };
        Ok(Self { null, signals, memory })
    }

    /// Starts a process and answers its id when its program runs. An error is that of the step that failed: entering
    /// the folder or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<u32> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut orders = Orders {
            signals: &self.signals,
            null: self.null.as_raw_fd(),
            stdout: launch.stdout.as_raw_fd(),
            stderr: launch.stderr.as_raw_fd(),
            umask: (launch.umask & 0o777) as libc::mode_t,
            cwd: launch.cwd.as_ptr(),
            program: launch.program.as_ptr(),
            arguments: arguments.as_ptr(),
            environment: environment.as_ptr(),
            error: 0,
        };
        // SAFETY: the stack grows down from the end of its mapping and is used by nobody else: a `Spawner` stays on its
        // thread, which stands still (`CLONE_VFORK`) until the new process has executed or ended. For as long all that
        // `orders` names lives, and the strings and arrays (ended by a null pointer) are only read.
        unsafe {
            let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
            libc::sigfillset(&raw mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
            let top = self.memory.byte_add(GUARD_BYTES + STACK_BYTES);
            let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
            let pid = libc::clone(begin, top, flags, (&raw mut orders).cast());
            let refused = io::Error::last_os_error();
            libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut());
            if pid < 0 {
                return Err(refused);
            }
            // Read as what another process wrote.
            match (&raw const orders.error).read_volatile() {
                0 => Ok(pid as u32),
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
