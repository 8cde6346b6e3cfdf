//! The system calls that change a file, and the answers of a disk.

use std::{
    ffi::OsString,
    fs::{self, Metadata},
    os::unix::{
        ffi::OsStringExt,
        fs::{FileExt, FileTypeExt},
    },
    path::{Path, PathBuf},
};

use libc::{c_int, c_long};

use super::{BLOCK_BYTES, Disk, in_blocks, resolved, used};

/// A system call that a thread of another process is about to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) thread: u32,
    pub(super) number: c_long,
    pub(super) arguments: [u64; 6],
}

/// The arguments that name the file.
#[derive(Clone, Copy, Debug)]
enum FileArgument {
    /// A descriptor.
    Open(usize),
    /// An open folder, and a path relative to it.
    From(usize, usize),
    /// A path relative to the working directory.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only older calls use this form"))]
    Path(usize),
}

/// The effect on the file.
#[derive(Clone, Copy, Debug)]
enum Effect {
    /// Writes the number of bytes in this argument at the file position.
    Write(usize),
    /// Effect the same at the offset in the other argument.
    WriteAt(usize, usize),
    /// Writes an unknown number of bytes.
    WriteSome,
    /// Allocates or frees space.
    Allocate,
    /// Opens the file with the flags in this argument.
    Open(usize),
    /// Creates a file or folder.
    Make,
    /// Changes an existing file without using more space.
    Change,
}

type WatchedCall = (c_long, FileArgument, Effect);

const CALLS: &[WatchedCall] = &[
    (libc::SYS_write, FileArgument::Open(0), Effect::Write(2)),
    (libc::SYS_pwrite64, FileArgument::Open(0), Effect::WriteAt(2, 3)),
    (libc::SYS_writev, FileArgument::Open(0), Effect::WriteSome),
    (libc::SYS_pwritev, FileArgument::Open(0), Effect::WriteSome),
    (libc::SYS_sendfile, FileArgument::Open(0), Effect::WriteSome),
    (libc::SYS_splice, FileArgument::Open(2), Effect::WriteSome),
    (libc::SYS_copy_file_range, FileArgument::Open(2), Effect::WriteSome),
    (libc::SYS_fallocate, FileArgument::Open(0), Effect::Allocate),
    (libc::SYS_ftruncate, FileArgument::Open(0), Effect::Change),
    (libc::SYS_fchmod, FileArgument::Open(0), Effect::Change),
    (libc::SYS_openat, FileArgument::From(0, 1), Effect::Open(2)),
    (libc::SYS_mkdirat, FileArgument::From(0, 1), Effect::Make),
    (libc::SYS_symlinkat, FileArgument::From(1, 2), Effect::Make),
    (libc::SYS_linkat, FileArgument::From(2, 3), Effect::Make),
    (libc::SYS_unlinkat, FileArgument::From(0, 1), Effect::Change),
    (libc::SYS_renameat, FileArgument::From(0, 1), Effect::Change),
    (libc::SYS_renameat2, FileArgument::From(0, 1), Effect::Change),
    (libc::SYS_fchmodat, FileArgument::From(0, 1), Effect::Change),
];

/// System calls that newer processors do not have.
#[cfg(target_arch = "x86_64")]
const OLDER_CALLS: &[WatchedCall] = &[
    (libc::SYS_open, FileArgument::Path(0), Effect::Open(1)),
    (libc::SYS_mkdir, FileArgument::Path(0), Effect::Make),
    (libc::SYS_symlink, FileArgument::Path(1), Effect::Make),
    (libc::SYS_link, FileArgument::Path(1), Effect::Make),
    (libc::SYS_unlink, FileArgument::Path(0), Effect::Change),
    (libc::SYS_rmdir, FileArgument::Path(0), Effect::Change),
    (libc::SYS_rename, FileArgument::Path(0), Effect::Change),
    (libc::SYS_chmod, FileArgument::Path(0), Effect::Change),
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_CALLS: &[WatchedCall] = &[];

fn watched() -> impl Iterator<Item = &'static WatchedCall> {
    CALLS.iter().chain(OLDER_CALLS)
}

/// The numbers of all system calls that can change a file.
pub(super) fn calls() -> impl Iterator<Item = c_long> {
    watched().map(|(number, ..)| *number)
}

/// The error for the call; `None` if the system executes it.
pub(super) fn refusal(disk: Disk, folder: &Path, call: Call) -> Option<c_int> {
    if disk == Disk::Writable {
        return None;
    }
    let &(_, file_argument, effect) = watched().find(|(number, ..)| *number == call.number)?;
    let path = call.path(file_argument).filter(|path| path.starts_with(folder))?;
    let found = match file_argument {
        FileArgument::Open(at) => fs::metadata(call.descriptor(at)),
        FileArgument::From(..) | FileArgument::Path(_) => fs::symlink_metadata(path),
    };
    let found = found.ok();
    if !call.changes(effect, found.as_ref()) {
        return None;
    }
    match disk {
        Disk::Writable => None,
        Disk::ReadOnly => Some(libc::EROFS),
        Disk::Quota { bytes } => {
            let more = call.takes(file_argument, effect, found.as_ref());
            (more > 0 && used(folder) + more > bytes).then_some(libc::EDQUOT)
        }
    }
}

impl Call {
    /// The path of an open file, through `/proc` of its process.
    fn descriptor(&self, at: usize) -> PathBuf {
        self.shown("fd", at)
    }

    fn shown(&self, what: &str, at: usize) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{what}/{}", self.thread, self.number_in(at)))
    }

    /// An argument as a small number: the upper half has no meaning.
    fn number_in(&self, at: usize) -> c_int {
        self.arguments[at] as c_int
    }

    fn path(&self, file_argument: FileArgument) -> Option<PathBuf> {
        match file_argument {
            FileArgument::Open(at) => fs::read_link(self.descriptor(at)).ok(),
            FileArgument::From(folder, name) if self.number_in(folder) != libc::AT_FDCWD => {
                self.named(&self.descriptor(folder), name)
            }
            FileArgument::From(_, name) | FileArgument::Path(name) => {
                self.named(Path::new(&format!("/proc/{}/cwd", self.thread)), name)
            }
        }
    }

    /// A path relative to a folder; an absolute path replaces the folder.
    fn named(&self, from: &Path, name: usize) -> Option<PathBuf> {
        let name = OsString::from_vec(self.text(self.arguments[name])?);
        Some(resolved(&fs::read_link(from).ok()?.join(name)))
    }

    /// The zero-terminated text at an address of the process.
    fn text(&self, address: u64) -> Option<Vec<u8>> {
        let memory = fs::File::open(format!("/proc/{}/mem", self.thread)).ok()?;
        let mut bytes = vec![0; libc::PATH_MAX as usize];
        let read = memory.read_at(&mut bytes, address).ok()?;
        let end = bytes[..read].iter().position(|byte| *byte == 0)?;
        bytes.truncate(end);
        Some(bytes)
    }

    /// Whether the call would change the disk. Pipes, sockets and devices are not on a disk.
    fn changes(&self, effect: Effect, found: Option<&Metadata>) -> bool {
        let kind = found.map(Metadata::file_type);
        if kind.is_some_and(|kind| kind.is_fifo() || kind.is_socket() || kind.is_char_device()) {
            return matches!(effect, Effect::Change);
        }
        match effect {
            Effect::Open(flags) => {
                let flags = self.number_in(flags);
                let writes = libc::O_WRONLY | libc::O_RDWR | libc::O_TRUNC;
                flags & writes != 0 || (found.is_none() && flags & libc::O_CREAT != 0)
            }
            // The system itself answers for an existing or missing file.
            Effect::Make => found.is_none(),
            Effect::Write(_) | Effect::WriteAt(..) | Effect::WriteSome | Effect::Allocate | Effect::Change => {
                found.is_some()
            }
        }
    }

    /// How much more space the file would need.
    fn takes(&self, file_argument: FileArgument, effect: Effect, found: Option<&Metadata>) -> u64 {
        let Some(size) = found.map(Metadata::len) else {
            // An empty file needs no block, but a folder does.
            return if matches!(effect, Effect::Make) { BLOCK_BYTES } else { 0 };
        };
        let end = match (effect, file_argument) {
            (Effect::Write(length), FileArgument::Open(at)) => self.place(at, size) + self.arguments[length],
            (Effect::WriteAt(length, place), _) => self.arguments[place] + self.arguments[length],
            // At least one byte.
            (Effect::WriteSome, FileArgument::Open(at)) => self.place(at, size) + 1,
            (Effect::Allocate, _) if self.number_in(1) & libc::FALLOC_FL_KEEP_SIZE == 0 => {
                self.arguments[2] + self.arguments[3]
            }
            _ => size,
        };
        in_blocks(end).saturating_sub(in_blocks(size))
    }

    /// The position at which the next byte is written to an open file of this size.
    fn place(&self, at: usize, size: u64) -> u64 {
        let text = fs::read_to_string(self.shown("fdinfo", at)).unwrap_or_default();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let flags = field("flags:").and_then(|flags| c_int::from_str_radix(flags, 8).ok());
        if flags.is_some_and(|flags| flags & libc::O_APPEND != 0) {
            return size;
        }
        field("pos:").and_then(|place| place.parse().ok()).unwrap_or(size)
    }
}
