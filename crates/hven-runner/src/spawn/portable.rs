//! With `posix_spawn`, which every system has. The file mode mask belongs to the process and not to the call, so the
//! runner takes on the task's for the length of the call; it gives all its own files their modes explicitly, and files
//! that other threads make in that moment are only ever more private.

use std::{fs::File, io, mem, os::fd::AsRawFd as _, ptr};

use libc::c_int;

use super::{Launch, pointers};
use crate::kernel;

#[cfg(target_os = "linux")]
use libc::{POSIX_SPAWN_SETSID, posix_spawn_file_actions_addchdir_np as addchdir};

/// Of `spawn.h` on macOS (10.15 and later); the crate does not have them.
#[cfg(target_os = "macos")]
const POSIX_SPAWN_SETSID: c_int = 0x0400;
#[cfg(target_os = "macos")]
unsafe extern "C" {
    #[link_name = "posix_spawn_file_actions_addchdir_np"]
    fn addchdir(actions: *mut libc::posix_spawn_file_actions_t, path: *const libc::c_char) -> c_int;
}

/// The highest signal that there is.
fn signals_max() -> c_int {
    #[cfg(target_os = "linux")]
    return libc::SIGRTMAX();
    #[cfg(not(target_os = "linux"))]
    return 31;
}

/// What every start has in common; made once.
pub(crate) struct Spawner {
    attributes: Box<libc::posix_spawnattr_t>,
    null: File,
}

impl std::fmt::Debug for Spawner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spawner").finish_non_exhaustive()
    }
}

/// The libc's convention: zero or an error number.
fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(result)) }
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let null = File::open("/dev/null")?;
        // SAFETY: `attributes` is initialised by the first call, stays where it is (boxed) and is destroyed once, on
        // drop; the signal sets live through the calls that copy them.
        let attributes = unsafe {
            let mut attributes: Box<libc::posix_spawnattr_t> = Box::new(mem::zeroed());
            let pointer = &raw mut *attributes;
            check(libc::posix_spawnattr_init(pointer))?;
            let signal_flags = libc::POSIX_SPAWN_SETSIGDEF | libc::POSIX_SPAWN_SETSIGMASK;
            let flags = POSIX_SPAWN_SETSID as libc::c_short | signal_flags as libc::c_short;
            check(libc::posix_spawnattr_setflags(pointer, flags))?;
            let mut signals: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut signals);
            check(libc::posix_spawnattr_setsigmask(pointer, &raw const signals))?;
            // Each costs a system call in the new process, so only those that are not as they should be: those that
            // Rust or whoever started the runner ignores.
            for signal in 1..=signals_max() {
                let mut action: libc::sigaction = mem::zeroed();
                let is_known = libc::sigaction(signal, ptr::null(), &raw mut action) == 0;
                if is_known && action.sa_sigaction != libc::SIG_DFL {
                    libc::sigaddset(&raw mut signals, signal);
                }
            }
            // Signals 32 and 33 are the libc's own: its functions do not name them, and the new program would find them
            // ignored. A set is an array of words with a bit for each signal.
            #[cfg(target_os = "linux")]
            {
                *(&raw mut signals).cast::<libc::c_ulong>() |= 0b11 << 31;
            }
            check(libc::posix_spawnattr_setsigdefault(pointer, &raw const signals))?;
            attributes
        };
        Ok(Self { attributes, null })
    }

    /// Starts a process and answers its id when its program runs. An error is that of the step that failed: entering
    /// the folder or executing the program.
    pub(crate) fn spawn(&self, launch: &Launch<'_>) -> io::Result<u32> {
        let (arguments, environment) = (pointers(launch.arguments), pointers(launch.environment));
        let mut pid = 0;
        // SAFETY: `actions` is initialised before use and destroyed after; all strings and arrays (ended by a null
        // pointer) outlive the call, which writes to none of them; the descriptors are open.
        let result = unsafe {
            let mut actions: libc::posix_spawn_file_actions_t = mem::zeroed();
            let actions = &raw mut actions;
            check(libc::posix_spawn_file_actions_init(actions))?;
            let prepared = check(libc::posix_spawn_file_actions_adddup2(actions, self.null.as_raw_fd(), 0))
                .and_then(|()| check(libc::posix_spawn_file_actions_adddup2(actions, launch.stdout.as_raw_fd(), 1)))
                .and_then(|()| check(libc::posix_spawn_file_actions_adddup2(actions, launch.stderr.as_raw_fd(), 2)))
                .and_then(|()| check(addchdir(actions, launch.cwd.as_ptr())));
            let result = prepared.and_then(|()| {
                let umask_before = kernel::set_umask(launch.umask);
                let result = libc::posix_spawn(
                    &raw mut pid,
                    launch.program.as_ptr(),
                    actions,
                    &raw const *self.attributes,
                    arguments.as_ptr(),
                    environment.as_ptr(),
                );
                kernel::set_umask(umask_before);
                check(result)
            });
            libc::posix_spawn_file_actions_destroy(actions);
            result
        };
        result.map(|()| pid as u32)
    }
}

impl Drop for Spawner {
    fn drop(&mut self) {
        // SAFETY: initialised in `new`, destroyed here alone.
        unsafe { libc::posix_spawnattr_destroy(&raw mut *self.attributes) };
    }
}
