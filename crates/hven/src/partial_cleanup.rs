//! Removes incomplete files. A file is written under another name until it is complete. A signal that ends this process
//! removes the current one. A file of a process that is gone is removed by the next process that writes to the folder.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{partial_file, server_process::is_alive};

/// The file that is being written now: one at a time.
static NOW: Mutex<Option<PathBuf>> = Mutex::new(None);

fn now() -> MutexGuard<'static, Option<PathBuf>> {
    NOW.lock().unwrap_or_else(PoisonError::into_inner)
}

const BEGINS: &str = ".hven-";
const ENDS: &str = ".partial";

/// The temporary name of a file in a folder. It does not contain the final name, which may already have the maximum
/// length.
pub fn path_in(folder: &Path) -> PathBuf {
    folder.join(format!("{BEGINS}{}{ENDS}", std::process::id()))
}

/// Creates the file. It is locked, so that a process on another machine does not take it for abandoned.
pub fn create(path: &Path, mode: u32) -> io::Result<File> {
    // A signal that arrives now waits for this lock, and then finds the file.
    let mut now = now();
    let file = partial_file::create(path, mode)?;
    // A file system without locks is hardly shared by several machines.
    let _ = file.try_lock();
    *now = Some(path.to_owned());
    Ok(file)
}

/// Marks the file as finished: it was renamed or removed.
pub fn finished() {
    *now() = None;
}

/// From now on, Ctrl-C, TERM and the end of the terminal remove the file that is being written, and then end this
/// process as usual. A signal that is ignored, as after `nohup`, stays ignored.
pub fn remove_on_signal() -> io::Result<()> {
    let ignored = ignored();
    let handled = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| (ignored >> (signal - 1)) & 1 == 0);
    let mut signals = Signals::new(handled)?;
    thread::spawn(move || {
        for signal in &mut signals {
            // The lock is kept, so that no other file is started.
            let now = now();
            if let Some(path) = now.as_deref() {
                let _ = fs::remove_file(path);
            }
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// The signals that this process ignores, one bit for each. Without `/proc` they are unknown, and none counts as
/// ignored.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// Removes the incomplete files of processes that are gone. A file that cannot be checked or removed stays.
pub fn remove_left_behind(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(BEGINS)?.strip_suffix(ENDS));
        let pid: Option<u32> = number.and_then(|number| number.parse().ok());
        let path = entry.path();
        if pid.is_some_and(|pid| !is_alive(pid)) && !is_being_written(&path) {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Whether a process has locked the file, on this machine or another one.
fn is_being_written(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
    is_file && File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_incomplete_file_of_an_ended_process_is_removed() {
        let place = tempfile::tempdir().expect("a folder");
        let mut child = Command::new("true").spawn().expect("there is true");
        let gone = child.id();
        child.wait().expect("it ends");
        let path = |pid: u32| place.path().join(format!("{BEGINS}{pid}{ENDS}"));
        let names = [path(gone), path(std::process::id()), place.path().join(".hven-notes.partial")];
        for name in &names {
            fs::write(name, "1").expect("written");
        }
        let is_there = || names.each_ref().map(|name| name.exists());
        let locked = File::open(&names[0]).expect("it is there");
        locked.try_lock().expect("it is free");
        remove_left_behind(place.path());
        assert_eq!(is_there(), [true; 3], "another machine may write to it");
        drop(locked);
        remove_left_behind(place.path());
        assert_eq!(is_there(), [false, true, true]);
        remove_left_behind(&place.path().join("none"));
    }

    #[test]
    fn ignored_signals_are_known() {
        // Rust ignores SIGPIPE at program start, and tests install no handlers for other signals.
        if Path::new("/proc/self/status").exists() {
            assert_eq!((ignored() >> (signal_hook::consts::SIGPIPE - 1)) & 1, 1);
            assert_eq!((ignored() >> (signal_hook::consts::SIGUSR1 - 1)) & 1, 0);
        }
    }
}
