//! The journal's files: created with zeros, and reused when their content is durable elsewhere.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::HEAD_BYTES;

/// A spare file is created only if this many times its size is free.
const SPARE_IF_FREE_TIMES: u64 = 4;

/// The folder with the journal's files.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

/// A prepared file that becomes the next one.
#[derive(Debug, Default)]
pub(crate) struct Spare {
    /// Its size, if it exists and is ready.
    pub(crate) size: Option<u64>,
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(crate) fn path(&self, number: u64) -> PathBuf {
        self.0.join(format!("{number:08}.journal"))
    }

    fn spare_path(&self) -> PathBuf {
        self.0.join("spare")
    }

    /// The numbers of the existing files, in ascending order.
    pub(crate) fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".journal"));
            numbers.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// The next file: the spare one if it is large enough, else a new one.
    pub(super) fn start(&self, number: u64, size: u64, wanted: u64, spare: &mut Spare) -> io::Result<File> {
        let path = self.path(number);
        if spare.size.is_some_and(|size| size >= wanted) {
            fs::rename(self.spare_path(), &path)?;
            spare.size = None;
        } else {
            make_zeroed(&path, size)?;
        }
        self.sync()?;
        File::options().read(true).write(true).open(path)
    }

    /// Creates the spare file unless it exists.
    pub(crate) fn prepare_spare(&self, size: u64, spare: &std::sync::Mutex<Spare>) -> io::Result<()> {
        let lock = || spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if lock().size.is_some_and(|have| have >= size) {
            return Ok(());
        }
        // Leave the last space to new content; then the next file is created only when it is needed.
        let disk = rustix::fs::statvfs(&self.0)?;
        if disk.f_bavail * disk.f_frsize < SPARE_IF_FREE_TIMES * size {
            return Ok(());
        }
        // Create it under another name, because the writer may take the spare at any moment.
        let making = self.0.join("making");
        make_zeroed(&making, size)?;
        let mut spare = lock();
        fs::rename(&making, self.spare_path())?;
        spare.size = Some(size);
        Ok(())
    }

    /// Removes the files up to this number; one of them may become the spare.
    pub(crate) fn retire_up_to(&self, number: u64, spare: &std::sync::Mutex<Spare>) -> io::Result<()> {
        for old in self.numbers()?.into_iter().filter(|old| *old <= number) {
            let path = self.path(old);
            let size = fs::metadata(&path)?.len();
            let mut spare = spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if spare.size.is_none_or(|have| have < size) {
                let file = File::options().write(true).open(&path)?;
                write_zeros(&file, HEAD_BYTES as u64)?;
                file.sync_data()?;
                fs::rename(&path, self.spare_path())?;
                spare.size = Some(size);
            } else {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    pub(super) fn remove_up_to(&self, number: u64, scrub: bool) -> io::Result<()> {
        for old in self.numbers()?.into_iter().filter(|old| *old <= number) {
            if scrub {
                overwrite(&self.path(old))?;
            }
            fs::remove_file(self.path(old))?;
        }
        Ok(())
    }

    pub(super) fn rename(&self, from: u64, to: u64) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))?;
        self.sync()
    }
}

impl Spare {
    /// Overwrites and removes the spare, which may contain earlier frames of the journal.
    pub(super) fn scrub(&mut self, folder: &Folder) -> io::Result<()> {
        if self.size.take().is_some() {
            overwrite(&folder.spare_path())?;
            fs::remove_file(folder.spare_path())?;
        }
        Ok(())
    }

    /// Finds the spare of an earlier server.
    pub(crate) fn find(folder: &Folder) -> Self {
        let _ = fs::remove_file(folder.0.join("making"));
        Self { size: fs::metadata(folder.spare_path()).ok().map(|found| found.len()) }
    }
}

/// Creates a file of zeros, so that later writes need no more space or metadata. On failure, no file remains.
fn make_zeroed(path: &Path, size: u64) -> io::Result<()> {
    let make = || {
        let file = File::options().write(true).create(true).truncate(true).open(path)?;
        write_zeros(&file, size)?;
        file.sync_all()
    };
    make().inspect_err(|_| drop(fs::remove_file(path)))
}

fn overwrite(path: &Path) -> io::Result<()> {
    let file = File::options().write(true).open(path)?;
    write_zeros(&file, file.metadata()?.len())?;
    file.sync_data()
}

pub(super) fn write_zeros(file: &File, size: u64) -> io::Result<()> {
    let zeros = vec![0_u8; size.min(1 << 20) as usize];
    let mut at = 0;
    while at < size {
        let n = (size - at).min(zeros.len() as u64);
        file.write_all_at(&zeros[..n as usize], at)?;
        at += n;
    }
    Ok(())
}
