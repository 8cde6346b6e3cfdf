//! Which calls change a file, and what a disk says to them.

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

/// A call that a thread of another process is about to make.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) thread: u32,
    pub(super) number: c_long,
    pub(super) arguments: [u64; 6],
}

/// Which of its arguments say what file it is about.
#[derive(Clone, Copy, Debug)]
enum Names {
    /// A descriptor.
    Open(usize),
    /// An open folder, and a path from there.
    From(usize, usize),
    /// A path from the working directory.
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "only older calls name a file so"))]
    Path(usize),
}

/// What it does to the file.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// Writes as many bytes as this argument says, where the file stands.
    Write(usize),
    /// The same, at the place that the other argument says.
    WriteAt(usize, usize),
    /// Writes as many bytes as it finds.
    WriteSome,
    /// Takes space, or gives it back.
    Allocate,
    /// Opens it with the flags in this argument.
    Open(usize),
    /// Makes something new.
    Make,
    /// Changes what is there, and takes no space for it.
    Change,
}

type Watched = (c_long, Names, Does);

const CALLS: &[Watched] = &[
    (libc::SYS_write, Names::Open(0), Does::Write(2)),
    (libc::SYS_pwrite64, Names::Open(0), Does::WriteAt(2, 3)),
    (libc::SYS_writev, Names::Open(0), Does::WriteSome),
    (libc::SYS_pwritev, Names::Open(0), Does::WriteSome),
    (libc::SYS_sendfile, Names::Open(0), Does::WriteSome),
    (libc::SYS_splice, Names::Open(2), Does::WriteSome),
    (libc::SYS_copy_file_range, Names::Open(2), Does::WriteSome),
    (libc::SYS_fallocate, Names::Open(0), Does::Allocate),
    (libc::SYS_ftruncate, Names::Open(0), Does::Change),
    (libc::SYS_fchmod, Names::Open(0), Does::Change),
    (libc::SYS_openat, Names::From(0, 1), Does::Open(2)),
    (libc::SYS_mkdirat, Names::From(0, 1), Does::Make),
    (libc::SYS_symlinkat, Names::From(1, 2), Does::Make),
    (libc::SYS_linkat, Names::From(2, 3), Does::Make),
    (libc::SYS_unlinkat, Names::From(0, 1), Does::Change),
    (libc::SYS_renameat, Names::From(0, 1), Does::Change),
    (libc::SYS_renameat2, Names::From(0, 1), Does::Change),
    (libc::SYS_fchmodat, Names::From(0, 1), Does::Change),
];

/// Calls that newer processors do not have.
#[cfg(target_arch = "x86_64")]
const OLDER_CALLS: &[Watched] = &[
    (libc::SYS_open, Names::Path(0), Does::Open(1)),
    (libc::SYS_mkdir, Names::Path(0), Does::Make),
    (libc::SYS_symlink, Names::Path(1), Does::Make),
    (libc::SYS_link, Names::Path(1), Does::Make),
    (libc::SYS_unlink, Names::Path(0), Does::Change),
    (libc::SYS_rmdir, Names::Path(0), Does::Change),
    (libc::SYS_rename, Names::Path(0), Does::Change),
    (libc::SYS_chmod, Names::Path(0), Does::Change),
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_CALLS: &[Watched] = &[];

fn watched() -> impl Iterator<Item = &'static Watched> {
    CALLS.iter().chain(OLDER_CALLS)
}

/// The numbers of all calls that can change a file.
pub(super) fn calls() -> impl Iterator<Item = c_long> {
    watched().map(|(number, ..)| *number)
}

/// The error that the call is answered with; `None` when it is carried out.
pub(super) fn refusal(disk: Disk, folder: &Path, call: Call) -> Option<c_int> {
    if disk == Disk::Writable {
        return None;
    }
    let &(_, names, does) = watched().find(|(number, ..)| *number == call.number)?;
    let path = call.path(names).filter(|path| path.starts_with(folder))?;
    let found = match names {
        Names::Open(at) => fs::metadata(call.descriptor(at)),
        Names::From(..) | Names::Path(_) => fs::symlink_metadata(path),
    };
    let found = found.ok();
    if !call.changes(does, found.as_ref()) {
        return None;
    }
    match disk {
        Disk::Writable => None,
        Disk::ReadOnly => Some(libc::EROFS),
        Disk::Quota { bytes } => {
            let more = call.takes(names, does, found.as_ref());
            (more > 0 && used(folder) + more > bytes).then_some(libc::EDQUOT)
        }
    }
}

impl Call {
    /// The file itself, as the system shows it for a descriptor of that process.
    fn descriptor(&self, at: usize) -> PathBuf {
        self.shown("fd", at)
    }

    fn shown(&self, what: &str, at: usize) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{what}/{}", self.thread, self.number_in(at)))
    }

    /// An argument that is a small number: what stands in its upper half means nothing.
    fn number_in(&self, at: usize) -> c_int {
        self.arguments[at] as c_int
    }

    fn path(&self, names: Names) -> Option<PathBuf> {
        match names {
            Names::Open(at) => fs::read_link(self.descriptor(at)).ok(),
            Names::From(folder, name) if self.number_in(folder) != libc::AT_FDCWD => {
                self.named(&self.descriptor(folder), name)
            }
            Names::From(_, name) | Names::Path(name) => {
                self.named(Path::new(&format!("/proc/{}/cwd", self.thread)), name)
            }
        }
    }

    /// A path from a folder; one from the root takes its place.
    fn named(&self, from: &Path, name: usize) -> Option<PathBuf> {
        let name = OsString::from_vec(self.text(self.arguments[name])?);
        Some(resolved(&fs::read_link(from).ok()?.join(name)))
    }

    /// The text at an address of that process, up to its end.
    fn text(&self, address: u64) -> Option<Vec<u8>> {
        let memory = fs::File::open(format!("/proc/{}/mem", self.thread)).ok()?;
        let mut bytes = vec![0; libc::PATH_MAX as usize];
        let read = memory.read_at(&mut bytes, address).ok()?;
        let end = bytes[..read].iter().position(|byte| *byte == 0)?;
        bytes.truncate(end);
        Some(bytes)
    }

    /// Whether something on the disk would be another than before. Pipes, sockets and devices are on no disk.
    fn changes(&self, does: Does, found: Option<&Metadata>) -> bool {
        let kind = found.map(Metadata::file_type);
        if kind.is_some_and(|kind| kind.is_fifo() || kind.is_socket() || kind.is_char_device()) {
            return matches!(does, Does::Change);
        }
        match does {
            Does::Open(flags) => {
                let flags = self.number_in(flags);
                let writes = libc::O_WRONLY | libc::O_RDWR | libc::O_TRUNC;
                flags & writes != 0 || (found.is_none() && flags & libc::O_CREAT != 0)
            }
            // What is there already, or is not there, is answered by the system.
            Does::Make => found.is_none(),
            Does::Write(_) | Does::WriteAt(..) | Does::WriteSome | Does::Allocate | Does::Change => found.is_some(),
        }
    }

    /// How much more space the file would take.
    fn takes(&self, names: Names, does: Does, found: Option<&Metadata>) -> u64 {
        let Some(size) = found.map(Metadata::len) else {
            // An empty file takes no block, a folder does.
            return if matches!(does, Does::Make) { BLOCK_BYTES } else { 0 };
        };
        let end = match (does, names) {
            (Does::Write(length), Names::Open(at)) => self.place(at, size) + self.arguments[length],
            (Does::WriteAt(length, place), _) => self.arguments[place] + self.arguments[length],
            // One byte at least.
            (Does::WriteSome, Names::Open(at)) => self.place(at, size) + 1,
            (Does::Allocate, _) if self.number_in(1) & libc::FALLOC_FL_KEEP_SIZE == 0 => {
                self.arguments[2] + self.arguments[3]
            }
            _ => size,
        };
        in_blocks(end).saturating_sub(in_blocks(size))
    }

    /// Where the next byte goes that is written to an open file of this size.
    fn place(&self, at: usize, size: u64) -> u64 {
        let said = fs::read_to_string(self.shown("fdinfo", at)).unwrap_or_default();
        let field = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let flags = field("flags:").and_then(|flags| c_int::from_str_radix(flags, 8).ok());
        if flags.is_some_and(|flags| flags & libc::O_APPEND != 0) {
            return size;
        }
        field("pos:").and_then(|place| place.parse().ok()).unwrap_or(size)
    }
}
