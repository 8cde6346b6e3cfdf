//! The permissions of a home. A home contains environments, logs, the key of all tokens, and the program that Hven
//! starts. Other users must not read it. If other users can write to it, they may have changed programs that run with
//! the owner's rights.
//!
//! So a home is closed to other users (mode 0700, files 0600). A home that others could only read is closed when its
//! owner opens it, and this is reported once. A home that others could write to, or that contains files of others, is
//! refused with a hint how to close it: only its owner can know whether it was changed. On a file system without
//! permissions, a warning is reported and the home is used.

use std::{
    fs::{self, DirEntry, Metadata, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use hven_client::{Failure, env};

/// Permission bits of group and others.
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
const WORLD_WRITES: u32 = 0o002;
/// In a folder with this bit, as `/tmp`, users can rename and remove only their own files.
const STICKY: u32 = 0o1000;

/// Sentences for the owner: what was found and changed.
pub type Remarks = Vec<String>;

/// Closes the home to other users, or refuses it when they could write to it. A home that does not exist yet is
/// accepted if no other user can create one in its place.
pub fn secure(home: &Path) -> anyhow::Result<Remarks> {
    secure_in(home, is_container())
}

fn secure_in(home: &Path, in_container: bool) -> anyhow::Result<Remarks> {
    check_parents(home, in_container)?;
    let found = HomeAccess::of(home, in_container).map_err(|error| unreadable(home, &error))?;
    let Some(found) = found else { return Ok(Remarks::new()) };
    match found.verdict() {
        Verdict::Closed => Ok(Remarks::new()),
        Verdict::Modeless => Ok(vec![modeless(home)]),
        Verdict::CouldBeChanged => Err(exposed(home, &found).into()),
        Verdict::CouldBeRead => close(home, &found).map_err(|error| unreadable(home, &error).into()),
    }
}

/// Creates a folder with access for its owner only, whatever the umask and the parent folder are.
pub fn make_private(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    close_if_empty(folder)
}

/// Closes an empty folder. A path that is no folder stays unchanged.
pub fn close_if_empty(folder: &Path) -> io::Result<()> {
    let is_open = fs::metadata(folder).is_ok_and(|found| found.is_dir() && found.mode() & 0o7777 != 0o700);
    // The mode must not depend on the group bit of the parent or on the umask. On a file system without modes this
    // fails, and `secure` reports it.
    if is_open && is_empty(folder)? {
        let _ = fs::set_permissions(folder, Permissions::from_mode(0o700));
    }
    Ok(())
}

/// The access of other users to a home.
#[derive(Clone, Debug, PartialEq, Eq)]
struct HomeAccess {
    mode: u32,
    is_empty: bool,
    /// An entry is open to others, who cannot reach it while the home is closed.
    is_loose: bool,
    /// The first entry that others can write to while they can enter the home, and the id of its owner.
    changeable: Option<(PathBuf, u32)>,
    keeps_modes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Closed,
    CouldBeRead,
    CouldBeChanged,
    /// The file system keeps no permissions.
    Modeless,
}

impl HomeAccess {
    /// Reads the permissions of a home; `None` when there is none. Slow checks run only for an open home.
    fn of(home: &Path, in_container: bool) -> io::Result<Option<Self>> {
        let mode = match fs::metadata(home) {
            Ok(metadata) => metadata.mode() & 0o7777,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_open = mode & OTHERS != 0;
        let mut found = Self { mode, is_empty: false, is_loose: false, changeable: None, keeps_modes: true };
        if !is_open {
            for entry in fs::read_dir(home)? {
                found.is_loose |= is_loose(&entry?);
            }
            return Ok(Some(found));
        }
        found.is_empty = is_empty(home)?;
        found.keeps_modes = keeps_modes(home);
        if found.keeps_modes && mode & 0o011 != 0 {
            let own = own();
            each(home, &mut |entry, metadata| {
                let (uid, mode) = (metadata.uid(), metadata.mode());
                // A task, for instance a container, may change the owner of its folder.
                let is_given_away = uid != own && is_of_task(entry);
                if found.changeable.is_none() && !is_given_away && can_be_changed(uid, own, mode, in_container) {
                    found.changeable = Some((entry.path(), uid));
                }
                Ok(())
            })?;
        }
        Ok(Some(found))
    }

    fn verdict(&self) -> Verdict {
        match self {
            Self { keeps_modes: false, .. } => Verdict::Modeless,
            Self { mode, is_loose: false, .. } if mode & OTHERS == 0 => Verdict::Closed,
            // An empty home has no content that could have been changed.
            Self { is_empty: true, .. } => Verdict::CouldBeRead,
            Self { mode, .. } if mode & OTHERS_WRITE != 0 => Verdict::CouldBeChanged,
            Self { changeable: Some(_), .. } => Verdict::CouldBeChanged,
            _ => Verdict::CouldBeRead,
        }
    }
}

/// The id of the user who opens the home.
fn own() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether another user can write to an entry of a home that others can enter. The owner of the entry always can; root
/// can write to everything anyway. In a container, files of other users come from mounts.
const fn can_be_changed(uid: u32, own: u32, mode: u32, in_container: bool) -> bool {
    let is_open = mode & OTHERS_WRITE != 0;
    if uid == own { is_open } else { !in_container && (uid != 0 || is_open) }
}

/// Removes all rights of others. The home comes first, so that others cannot enter it while its entries are changed.
fn close(home: &Path, found: &HomeAccess) -> io::Result<Remarks> {
    fs::set_permissions(home, Permissions::from_mode(0o700))?;
    let mut changed = 0_u64;
    let own = own();
    each(home, &mut |entry, metadata| {
        let mode = metadata.mode() & 0o7777;
        if metadata.uid() == own && mode & OTHERS != 0 {
            fs::set_permissions(entry.path(), Permissions::from_mode(mode & 0o700))?;
            changed += 1;
        }
        Ok(())
    })?;
    if found.is_empty || (changed == 0 && found.mode & OTHERS == 0) {
        return Ok(Remarks::new());
    }
    let home = home.display();
    Ok(vec![match (found.mode & OTHERS == 0, changed) {
        (true, 1) => format!("one file or folder in the home {home} had rights for others; it is closed to them now"),
        (true, n) => {
            format!("{n} files and folders in the home {home} had rights for others; they are closed to them now")
        }
        (false, changed) => {
            let what = match changed {
                0 => String::new(),
                1 => ", and so is one file or folder in it".to_owned(),
                n => format!(", and so are {n} files and folders in it"),
            };
            format!("the home {home} could be read by others (mode {:04o}); it is closed to them now{what}", found.mode)
        }
    }])
}

/// Folders in which a task works. The task sets the modes there.
const OF_TASKS: [&str; 2] = [hven_api::spool::STAGING, hven_api::spool::WORK];

fn is_of_task(entry: &DirEntry) -> bool {
    OF_TASKS.iter().any(|name| entry.file_name() == *name)
}

/// Calls `act` for every file and folder below a folder. It skips links and does not enter folders of other users.
fn each(folder: &Path, act: &mut dyn FnMut(&DirEntry, &Metadata) -> io::Result<()>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // A running server may have removed it in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !(metadata.is_dir() || metadata.is_file()) {
            continue;
        }
        match act(&entry, &metadata) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            done => done?,
        }
        if metadata.is_dir() && metadata.uid() == own() && !is_of_task(&entry) {
            match each(&entry.path(), act) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

fn is_loose(entry: &DirEntry) -> bool {
    let is_own = |found: &Metadata| found.uid() == own() && (found.is_dir() || found.is_file());
    entry.metadata().is_ok_and(|found| is_own(&found) && found.mode() & OTHERS != 0)
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

/// Whether the file system keeps permissions: a file created with mode 0600 must have that mode.
fn keeps_modes(folder: &Path) -> bool {
    let probe = folder.join(format!(".modes.{}", std::process::id()));
    let made = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&probe);
    let kept = made.and_then(|file| {
        // On some file systems this is an error, on others it has no effect.
        let _ = file.set_permissions(Permissions::from_mode(0o600));
        Ok(file.metadata()?.mode() & OTHERS == 0)
    });
    let _ = fs::remove_file(&probe);
    // On a full or read-only disk no test file can be created: permissions are assumed to work.
    kept.unwrap_or(true)
}

/// Refuses a home that any user could replace by another folder.
fn check_parents(home: &Path, in_container: bool) -> Result<(), Failure> {
    if in_container {
        // A container has one application, and its volumes are often open to all.
        return Ok(());
    }
    let nearest = home.ancestors().find_map(|folder| fs::canonicalize(folder).ok());
    let real = nearest.iter().flat_map(|path| path.ancestors()).skip(usize::from(home.exists()));
    // The path may go through a link, which could be replaced as well.
    for parent in real.chain(home.ancestors().skip(1)) {
        let Ok(metadata) = fs::metadata(parent) else { continue };
        if is_open_to_all(metadata.mode()) && keeps_modes_by_name(parent) {
            let failure = Failure::new(
                "home.exposed",
                format!(
                    "any user can put another folder in the place of the home {}: the folder {} is open to all (mode {:04o})",
                    home.display(),
                    parent.display(),
                    metadata.mode() & 0o7777
                ),
            );
            return Err(failure.hint(format!(
                "`chmod o-w {0}`, or `chmod +t {0}` when it is meant for all; or name another home",
                quoted(parent)
            )));
        }
    }
    Ok(())
}

const fn is_open_to_all(mode: u32) -> bool {
    mode & WORLD_WRITES != 0 && mode & STICKY == 0
}

fn is_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|mark| Path::new(mark).exists())
        || env::raw("KUBERNETES_SERVICE_HOST").is_some()
}

/// File systems that show the same mode for every file. That mode has no meaning.
const MODELESS: &[(u64, &str)] = &[
    (0x4d44, "vfat"),
    (0x2011_bab0, "exFAT"),
    (0x5346_544e, "NTFS"),
    (0x7366_746e, "NTFS"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
];

#[cfg(target_os = "linux")]
fn file_system(path: &Path) -> Option<&'static str> {
    let magic = rustix::fs::statfs(path).ok()?.f_type as u64 & 0xffff_ffff;
    MODELESS.iter().find(|(number, _)| *number == magic).map(|(_, name)| *name)
}

#[cfg(not(target_os = "linux"))]
fn file_system(_: &Path) -> Option<&'static str> {
    let _ = MODELESS;
    None
}

fn keeps_modes_by_name(path: &Path) -> bool {
    file_system(path).is_none()
}

fn modeless(home: &Path) -> String {
    let kind = file_system(home).map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "the file system of the home {}{kind} keeps no permissions: every user with access to it can read your record, \
         logs and tokens, and can change programs that run with your rights; put the home on another disk with --home",
        home.display()
    )
}

fn exposed(home: &Path, found: &HomeAccess) -> Failure {
    let closes = || format!("`chmod -R go-w {}` closes it", quoted(home));
    let (what, hint) = match &found.changeable {
        Some((path, uid)) if found.mode & OTHERS_WRITE == 0 && *uid != own() => (
            format!("to {}, which is part of the home and belongs to another user ({uid})", path.display()),
            format!(
                "if you put it here yourself, `chown -hR {} {}` as root makes it yours; if not, remove it, because \
                 another user who has it open could still write to it",
                own(),
                quoted(home)
            ),
        ),
        Some((path, _)) if found.mode & OTHERS_WRITE == 0 => {
            (format!("to {}, which is part of the home", path.display()), closes())
        }
        _ => (format!("to the home {} (mode {:04o})", home.display(), found.mode), closes()),
    };
    let message =
        format!("others can write {what}: they may have changed the record, and programs that run with your rights");
    // A home without a record has nothing to verify.
    let then = if home.join("FORMAT").exists() {
        "; then `hven audit verify` says whether the record is as it was written"
    } else {
        ""
    };
    Failure::new("home.exposed", message).hint(format!("{hint}{then}"))
}

fn unreadable(home: &Path, error: &io::Error) -> Failure {
    Failure::new("home.refused", format!("the permissions of the home {} cannot be set: {error}", home.display()))
        .hint("is it yours, and on a disk that can be written? --home names another")
}

/// A path, quoted for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("it is there").mode() & 0o7777
    }

    fn home(mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        fs::create_dir_all(home.join("bin/abc")).expect("made");
        for (file, mode) in [("record.db", 0o644), ("bin/abc/hven-runner", 0o755)] {
            fs::write(home.join(file), file).expect("written");
            chmod(&home.join(file), mode);
        }
        for part in ["bin", "bin/abc"] {
            chmod(&home.join(part), 0o755);
        }
        chmod(&home, mode);
        (folder, home)
    }

    #[test]
    fn a_home_that_others_could_read_is_closed_and_this_is_reported_once() {
        let (_folder, home) = home(0o2755);
        fs::create_dir_all(home.join("spool/r/a/staging")).expect("made");
        fs::write(home.join("spool/r/a/staging/input.csv"), "1").expect("written");
        chmod(&home.join("spool/r/a/staging/input.csv"), 0o644);
        std::os::unix::fs::symlink("/etc/passwd", home.join("config.toml")).expect("linked");
        let passwd = mode(Path::new("/etc/passwd"));
        let remarks = secure(&home).expect("closed");
        assert!(
            remarks.len() == 1 && remarks[0].contains("mode 2755") && remarks[0].contains("files and folders"),
            "{remarks:?}"
        );
        for (part, wanted) in [("", 0o700), ("record.db", 0o600), ("bin", 0o700), ("bin/abc/hven-runner", 0o700)] {
            assert_eq!(mode(&home.join(part)), wanted, "{part}");
        }
        assert_eq!(mode(&home.join("spool/r/a/staging/input.csv")), 0o644, "a task's own folder");
        assert_eq!(mode(Path::new("/etc/passwd")), passwd, "links are left alone");
        assert_eq!(secure(&home).expect("closed"), Remarks::new());
    }

    #[test]
    fn open_files_in_a_closed_home_are_closed() {
        let (_folder, home) = home(0o700);
        let remarks = secure(&home).expect("closed").remove(0);
        assert!(remarks.contains("in the home") && remarks.contains("had rights for others"), "{remarks}");
        assert_eq!(mode(&home.join("record.db")), 0o600);
        assert_eq!(secure(&home).expect("closed"), Remarks::new());
    }

    #[test]
    fn a_home_that_others_could_change_is_refused() {
        for open in [0o775, 0o777, 0o1777, 0o2775, 0o702, 0o720] {
            let (_folder, home) = home(open);
            let error = secure(&home).expect_err("refused");
            let report = hven_terminal::ErrorReport::of(&error);
            assert_eq!(report.code, "home.exposed", "{open:o}");
            assert!(report.hint.is_some_and(|hint| hint.contains("chmod -R go-w")));
            assert_eq!(mode(&home), open, "nothing was changed");
            chmod(&home, open & !0o022);
            secure(&home).expect("the owner closed it");
            assert_eq!(mode(&home) & OTHERS, 0);
        }
        let (_folder, home) = home(0o755);
        chmod(&home.join("bin/abc"), 0o775);
        let report = hven_terminal::ErrorReport::of(&secure(&home).expect_err("refused"));
        assert!(report.message.contains("bin/abc"), "{}", report.message);
    }

    #[test]
    fn an_empty_folder_is_closed_without_a_remark() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        fs::create_dir(&home).expect("made");
        chmod(&home, 0o2775);
        assert_eq!(secure(&home).expect("closed"), Remarks::new());
        assert_eq!(mode(&home), 0o700);
        chmod(folder.path(), 0o2775);
        make_private(&folder.path().join("other")).expect("made");
        assert_eq!(mode(&folder.path().join("other")), 0o700);
    }

    #[test]
    fn a_home_in_a_folder_that_is_open_to_all_is_refused_except_in_a_container() {
        let (folder, home) = home(0o700);
        for (open, is_refused) in [(0o777, true), (0o1777, false), (0o755, false), (0o775, false)] {
            chmod(folder.path(), open);
            for home in [&home, &folder.path().join("new"), &folder.path().join("not/yet")] {
                assert_eq!(secure_in(home, false).is_err(), is_refused, "{open:o} {}", home.display());
                assert!(secure_in(home, true).is_ok(), "{open:o} {}", home.display());
            }
        }
    }

    #[test]
    fn an_entry_of_a_home_can_be_changed_by_its_owner_and_by_users_with_write_permission() {
        let check = |uid, mode, in_container, wanted| {
            assert_eq!(can_be_changed(uid, 1000, mode, in_container), wanted, "{uid} {mode:o} {in_container}");
        };
        check(1000, 0o644, false, false);
        check(1000, 0o664, false, true);
        check(1000, 0o664, true, true);
        check(1001, 0o600, false, true);
        check(1001, 0o644, true, false);
        check(0, 0o644, false, false);
        check(0, 0o666, false, true);
    }

    #[test]
    fn a_home_with_a_file_of_another_user_is_refused() {
        const NOBODY: u32 = 65534;
        let (_folder, home) = home(0o755);
        let settings = home.join("config.toml");
        fs::write(&settings, "").expect("written");
        chmod(&settings, 0o644);
        if std::os::unix::fs::chown(&settings, Some(NOBODY), None).is_err() {
            hven_testing::left_out("a file of another user in a home", 1, "only root can give files away");
            return;
        }
        let report = hven_terminal::ErrorReport::of(&secure_in(&home, false).expect_err("refused"));
        assert_eq!(report.code, "home.exposed");
        assert!(report.message.contains("config.toml, which is part of the home and belongs to another user (65534)"));
        assert!(report.hint.is_some_and(|hint| hint.contains("chown -hR") && hint.contains("remove it")));
        assert_eq!(mode(&home), 0o755, "nothing was changed");
        fs::remove_file(&settings).expect("removed");
        fs::create_dir_all(home.join("spool/r/a/work")).expect("made");
        std::os::unix::fs::chown(home.join("spool/r/a/work"), Some(NOBODY), None).expect("as before");
        assert_eq!(secure_in(&home, false).expect("closed").len(), 1);
        assert_eq!(mode(&home), 0o700);
    }

    #[test]
    fn a_file_system_without_permissions_is_named_and_not_refused() {
        let found =
            |keeps_modes| HomeAccess { mode: 0o777, is_empty: false, is_loose: true, changeable: None, keeps_modes };
        assert_eq!(found(false).verdict(), Verdict::Modeless);
        assert_eq!(found(true).verdict(), Verdict::CouldBeChanged);
        assert!(modeless(Path::new("/mnt/usb/home")).contains("keeps no permissions"));
    }
}
