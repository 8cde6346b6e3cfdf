//! The side of the test: it watches a folder and decides how the disk answers.

use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};

use super::blocks::{Disk, resolved, used};
use crate::left_out;

#[cfg(target_os = "linux")]
use super::{answers, seccomp};

/// A simulated disk below a folder, for the processes that the test starts through this value, until the test ends.
#[derive(Debug)]
pub struct RefusingDisk {
    folder: PathBuf,
    now: Arc<Mutex<Disk>>,
    starts: mpsc::Sender<Start>,
}

/// A command, and the channel for its process.
#[derive(Debug)]
struct Start {
    command: Command,
    started: mpsc::Sender<io::Result<Child>>,
}

impl RefusingDisk {
    /// The folder need not exist. `None` if the system does not support notifications: then the case is skipped.
    pub fn of(case: &str, folder: &Path) -> Option<Self> {
        let watched = watch(resolved(folder));
        watched.inspect_err(|why| left_out(case, 1, &format!("no disk can be made to refuse: {why}"))).ok()
    }

    /// Starts a process on the disk; its child processes use the same disk.
    pub fn start(&self, command: Command) -> io::Result<Child> {
        let (started, child) = mpsc::channel();
        self.starts.send(Start { command, started }).map_err(|_| io::ErrorKind::BrokenPipe)?;
        child.recv().map_err(io::Error::other)?
    }

    /// Sets the writes that the disk allows from now on.
    pub fn be(&self, disk: Disk) {
        *lock(&self.now) = disk;
    }

    /// The size of the existing files, as a quota counts it.
    pub fn used_bytes(&self) -> u64 {
        used(&self.folder)
    }
}

fn lock(now: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    now.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(target_os = "linux")]
fn watch(folder: PathBuf) -> io::Result<RefusingDisk> {
    /// The number of calls that can be answered at the same time.
    const ANSWERERS: u32 = 4;
    let (starts, wanted) = mpsc::channel::<Start>();
    let (questions_sender, questions_receiver) = mpsc::channel();
    // The filter applies to this thread and to the processes that it starts.
    std::thread::Builder::new().name("on-the-disk".to_owned()).spawn(move || {
        let questions = seccomp::ask_before(answers::calls());
        let is_asked = questions.is_ok();
        let _ = questions_sender.send(questions);
        if is_asked {
            for Start { mut command, started } in wanted {
                drop(started.send(command.spawn()));
            }
        }
    })?;
    let questions = Arc::new(questions_receiver.recv().map_err(io::Error::other)??);
    let now = Arc::new(Mutex::new(Disk::Writable));
    for number in 0..ANSWERERS {
        let (questions, now, folder) = (Arc::clone(&questions), Arc::clone(&now), folder.clone());
        std::thread::Builder::new().name(format!("disk-{number}")).spawn(move || {
            while let Some(question) = questions.next() {
                let disk = *lock(&now);
                questions.answer(&question, answers::refusal(disk, &folder, question.call));
            }
        })?;
    }
    Ok(RefusingDisk { folder, now, starts })
}

#[cfg(not(target_os = "linux"))]
fn watch(_folder: PathBuf) -> io::Result<RefusingDisk> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Stdio;

    use super::{super::blocks::BLOCK_BYTES, *};

    #[test]
    fn a_refusing_disk_answers_like_a_real_one() {
        let around = tempfile::tempdir().expect("a folder");
        let folder = around.path().join("disk");
        fs::create_dir(&folder).expect("made");
        let Some(disk) = RefusingDisk::of("a disk that refuses", &folder) else { return };
        let stderr_of = |script: &str| {
            let mut command = Command::new("sh");
            command
                .args(["-c", script])
                .current_dir(&folder)
                .env("LC_ALL", "C")
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            let output = disk.start(command).expect("it starts").wait_with_output().expect("it ends");
            String::from_utf8_lossy(&output.stderr).into_owned()
        };
        assert_eq!(stderr_of("echo one > a; mkdir b; echo two > b/c; mv b/c b/d; rm a; echo three > a"), "");
        assert_eq!(disk.used_bytes(), 2 * BLOCK_BYTES);

        disk.be(Disk::ReadOnly);
        for script in ["echo more >> a", "echo new > e", "mkdir f", "rm a", "mv a g", "chmod 600 a", "ln -s a h"] {
            assert!(stderr_of(script).contains("Read-only file system"), "{script}");
        }
        assert_eq!(
            stderr_of("cat a b/d; ls; mkdir -p b; rm -f nothing; echo well > ../outside"),
            "",
            "all other files are unchanged"
        );

        disk.be(Disk::Quota { bytes: 3 * BLOCK_BYTES });
        assert_eq!(stderr_of("echo more >> a; echo new > e"), "", "one block is free");
        for script in ["cat a > i", "mkdir j", "head -c 5000 /dev/zero >> a"] {
            assert!(stderr_of(script).contains("Disk quota exceeded"), "{script}");
        }
        assert_eq!(
            stderr_of("printf x | dd of=a conv=notrunc status=none; rm b/d; echo new > i"),
            "",
            "space was freed"
        );

        disk.be(Disk::Writable);
        assert_eq!(stderr_of("head -c 100000 /dev/zero > large"), "");
    }
}
