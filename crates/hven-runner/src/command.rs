//! Finds a command as a shell does, and explains why a command could not be started.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Read as _},
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use hven_core::{
    file_name,
    recorded::{Recorded, RecordedText},
};

use crate::kernel;

/// The search path when the environment has no `PATH`.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// The program of a command. A command with a slash is a path; any other command is searched for in `path`.
pub(crate) fn find(command: &str, path: Option<&str>, cwd: &Path) -> Result<PathBuf, String> {
    if command.is_empty() {
        return Err(Recorded::CommandEmpty.to_string());
    }
    let name = file_name::to_path(command);
    if command.contains('/') {
        // It is relative to the working folder, which the process enters first.
        return Ok(name);
    }
    let path = path.unwrap_or(PATH_DEFAULT);
    let folders = || path.split(':').map(|folder| cwd.join(folder));
    let mut forbidden = None;
    for candidate in folders().map(|folder| folder.join(&name)) {
        if kernel::may_execute(&candidate) && candidate.is_file() {
            return Ok(candidate);
        }
        if forbidden.is_none() && candidate.is_file() {
            forbidden = Some(candidate);
        }
    }
    enter(cwd)?;
    if let Some(file) = forbidden {
        return Err(Recorded::ProgramClosed { path: file_name::to_text(&file) }.to_string());
    }
    let hint = if command.contains(char::is_whitespace) {
        Recorded::HintQuoted.to_string()
    } else if cwd.join(&name).is_file() {
        Recorded::HintHere { folder: file_name::to_text(cwd), command: command.to_owned() }.to_string()
    } else {
        did_you_mean(command, folders())
    };
    let (command, path, hint) = (quoted(command), path.to_owned(), RecordedText(hint));
    Err(Recorded::CommandUnknown { command, path, hint }.to_string())
}

/// A name in quotes, for people.
fn quoted(name: &str) -> String {
    if file_name::is_plain(name) { format!("{name:?}") } else { format!("\"{}\"", file_name::shown(name)) }
}

/// Fails with the reason why a process cannot enter a folder.
fn enter(cwd: &Path) -> Result<(), String> {
    let path = file_name::to_text(cwd);
    let why = match fs::metadata(cwd) {
        Ok(metadata) if !metadata.is_dir() => Recorded::FolderNoFolder { path },
        Ok(_) if !kernel::may_execute(cwd) => Recorded::FolderClosed { path, why: RecordedText(mode_of(cwd)) },
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Recorded::FolderAbsent { path },
        Err(error) => Recorded::FolderBroken { path, error: error.to_string() },
    };
    Err(why.to_string())
}

fn mode_of(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(metadata) => Recorded::Mode { mode: format!("{:03o}", metadata.permissions().mode() & 0o777) }.to_string(),
        Err(error) => error.to_string(),
    }
}

/// Explains why starting `program` in `cwd` failed with `error`.
pub(crate) fn explain(error: &io::Error, program: &Path, cwd: &Path, argument_bytes: usize) -> String {
    if let Err(why) = enter(cwd) {
        return why;
    }
    let path = cwd.join(program);
    let shown = file_name::to_text(&path);
    let why = match error.raw_os_error() {
        Some(libc::ENOENT) if path.exists() => match interpreter(&path) {
            Some(interpreter) => Recorded::InterpreterUnknown { path: shown, interpreter },
            None => Recorded::LoaderUnknown { path: shown },
        },
        Some(libc::ENOENT | libc::ENOTDIR) => {
            let hint = match (path.file_name().and_then(OsStr::to_str), path.parent()) {
                _ if program.as_os_str().as_bytes().contains(&b' ') => Recorded::HintQuoted.to_string(),
                (Some(name), Some(folder)) => did_you_mean(name, [folder.to_owned()]),
                _ => String::new(),
            };
            Recorded::FileUnknown { path: shown, hint: RecordedText(hint) }
        }
        Some(libc::EACCES) if path.is_dir() => Recorded::ProgramIsFolder { path: shown },
        Some(libc::EACCES) => Recorded::ProgramClosedMode { path: shown, why: RecordedText(mode_of(&path)) },
        Some(libc::ENOEXEC) => Recorded::ProgramForeign { path: shown },
        Some(libc::E2BIG) => Recorded::ArgumentsTooLong { length_bytes: argument_bytes },
        Some(libc::EAGAIN | libc::ENOMEM) => Recorded::MachineFull { error: error.to_string() },
        _ => Recorded::ProgramBroken { path: shown, error: error.to_string() },
    };
    why.to_string()
}

/// The interpreter that the first line of a script names.
fn interpreter(path: &Path) -> Option<String> {
    let mut head = [0; 256];
    let length = fs::File::open(path).ok()?.read(&mut head).ok()?;
    let line = head[..length].strip_prefix(b"#!")?.split(|&b| b == b'\n').next()?;
    Some(String::from_utf8_lossy(line).split_ascii_whitespace().next()?.to_owned())
}

fn did_you_mean(wanted: &str, folders: impl IntoIterator<Item = PathBuf>) -> String {
    nearest(wanted, folders)
        .map(|near| Recorded::HintNear { near: format!("{near:?}") }.to_string())
        .unwrap_or_default()
}

/// The program in these folders with the most similar name to `wanted`, if one is similar enough.
fn nearest(wanted: &str, folders: impl IntoIterator<Item = PathBuf>) -> Option<String> {
    let length = wanted.chars().count();
    if length < 2 {
        return None;
    }
    let far = (length / 3).clamp(1, 3);
    let mut best: Option<(usize, String)> = None;
    for folder in folders {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let rank = (distance(wanted, &name), name);
            if rank.0 <= far && best.as_ref().is_none_or(|best| rank < *best) && kernel::may_execute(&entry.path()) {
                best = Some(rank);
            }
        }
    }
    best.map(|(_, name)| name)
}

/// The number of insertions, deletions, changes and swaps of neighbours that turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before_last[j - 2] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_swaps_as_one() {
        let check = |a, b, want| assert_eq!(distance(a, b), want, "{a} {b}");
        check("python3", "python3", 0);
        check("pyhton", "python", 1);
        check("pyhton", "python3", 2);
        check("gti", "git", 1);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
    }

    #[test]
    fn reasons_are_helpful() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = |name: &str, text: &str, mode: u32| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
        };
        file("python3", "#!/bin/sh\n", 0o755);
        file("notes", "text", 0o644);
        file("orphan", "#!/opt/none/perl -w\n", 0o755);
        let cwd = folder.path();
        let path = cwd.to_str().expect("a UTF-8 path");
        let why = |command: &str| find(command, Some(path), cwd).expect_err("not found").replace(path, "DIR");
        assert_eq!(why("pyhton"), r#"there is no command "pyhton" in PATH (DIR); did you mean "python3"?"#);
        assert_eq!(why("notes"), "DIR/notes may not be executed: `chmod +x` it");
        assert!(why("python3 fit.py").ends_with("give the words of the command unquoted"));
        assert!(why("").starts_with("the command is empty"));
        let elsewhere = find("notes", Some("/nowhere"), cwd).expect_err("not found");
        assert!(elsewhere.ends_with("say ./notes"), "{elsewhere}");
        let gone = find("python3", Some("relative"), &cwd.join("gone")).expect_err("no such folder");
        assert!(gone.ends_with("gone does not exist on this machine"), "{gone}");
        assert_eq!(find("python3", Some(path), cwd), Ok(cwd.join("python3")));

        let failed = |program: &str, error| {
            explain(&io::Error::from_raw_os_error(error), Path::new(program), cwd, 7).replace(path, "DIR")
        };
        assert_eq!(
            failed("./orphan", libc::ENOENT),
            "DIR/./orphan asks for the interpreter /opt/none/perl, which does not exist"
        );
        assert_eq!(failed("./pyton3", libc::ENOENT), r#"there is no file DIR/./pyton3; did you mean "python3"?"#);
        assert!(failed("./notes", libc::EACCES).contains("(its mode is 644)"));
        assert!(failed("python3", libc::E2BIG).contains("7 bytes"));
    }
}
