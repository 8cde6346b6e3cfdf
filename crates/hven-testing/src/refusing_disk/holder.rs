//! The test's end: it watches a folder, and says what the disk does.

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

/// The disk below a folder, as those processes find it that are started with this value. They find it so until the test ends.
#[derive(Debug)]
pub struct RefusingDisk {
    folder: PathBuf,
    now: Arc<Mutex<Disk>>,
    starts: mpsc::Sender<Start>,
}

/// A command, and who waits for its process.
#[derive(Debug)]
struct Start {
    command: Command,
    started: mpsc::Sender<io::Result<Child>>,
}

impl RefusingDisk {
    /// The folder need not be there yet. `None` where the system asks nobody: the case is left out then.
    pub fn of(case: &str, folder: &Path) -> Option<Self> {
        let watched = watch(resolved(folder));
        watched.inspect_err(|why| left_out(case, 1, &format!("no disk can be made to refuse: {why}"))).ok()
    }

    /// Starts a process that finds the disk like this, as do all that it starts.
    pub fn start(&self, command: Command) -> io::Result<Child> {
        let (started, child) = mpsc::channel();
        self.starts.send(Start { command, started }).map_err(|_| io::ErrorKind::BrokenPipe)?;
        child.recv().map_err(io::Error::other)?
    }

    /// What it lets be written from now on.
    pub fn be(&self, disk: Disk) {
        *lock(&self.now) = disk;
    }

    /// What the files have that are there, as a quota counts it.
    pub fn used_bytes(&self) -> u64 {
        used(&self.folder)
    }
}

fn lock(now: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    now.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(target_os = "linux")]
fn watch(folder: PathBuf) -> io::Result<RefusingDisk> {
    /// So many calls can be answered at once.
    const ANSWERERS: u32 = 4;
    let (starts, wanted) = mpsc::channel::<Start>();
    let (tell, told) = mpsc::channel();
    // What is asked of the system holds for this thread and for the processes that it starts.
    std::thread::Builder::new().name("on-the-disk".to_owned()).spawn(move || {
        let questions = seccomp::ask_before(answers::calls());
        let is_asked = questions.is_ok();
        let _ = tell.send(questions);
        if is_asked {
            for Start { mut command, started } in wanted {
                drop(started.send(command.spawn()));
            }
        }
    })?;
    let questions = Arc::new(told.recv().map_err(io::Error::other)??);
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
    fn it_says_what_such_a_disk_says() {
        let around = tempfile::tempdir().expect("a folder");
        let folder = around.path().join("disk");
        fs::create_dir(&folder).expect("made");
        let Some(disk) = RefusingDisk::of("a disk that refuses", &folder) else { return };
        let said = |script: &str| {
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
        assert_eq!(said("echo one > a; mkdir b; echo two > b/c; mv b/c b/d; rm a; echo three > a"), "");
        assert_eq!(disk.used_bytes(), 2 * BLOCK_BYTES);

        disk.be(Disk::ReadOnly);
        for script in ["echo more >> a", "echo new > e", "mkdir f", "rm a", "mv a g", "chmod 600 a", "ln -s a h"] {
            assert!(said(script).contains("Read-only file system"), "{script}");
        }
        assert_eq!(
            said("cat a b/d; ls; mkdir -p b; rm -f nothing; echo well > ../beside"),
            "",
            "the rest is as before"
        );

        disk.be(Disk::Quota { bytes: 3 * BLOCK_BYTES });
        assert_eq!(said("echo more >> a; echo new > e"), "", "there is a block left");
        for script in ["cat a > i", "mkdir j", "head -c 5000 /dev/zero >> a"] {
            assert!(said(script).contains("Disk quota exceeded"), "{script}");
        }
        assert_eq!(said("printf x | dd of=a conv=notrunc status=none; rm b/d; echo new > i"), "", "room was made");

        disk.be(Disk::Writable);
        assert_eq!(said("head -c 100000 /dev/zero > large"), "");
    }
}
