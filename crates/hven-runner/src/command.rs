//! Finding a command as a shell would, and saying why one could not be started in words that help.

use std::{
    ffi::OsStr,
    fs,
    io::{self, Read as _},
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use crate::kernel;

/// Where commands are looked for when the environment has no `PATH`.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

const QUOTED: &str = "; the whole text was taken for one word: give the words of the command unquoted";

/// The program that a command names: one with a slash is a path, any other is looked for in `path`.
pub(crate) fn find(command: &str, path: Option<&str>, cwd: &Path) -> Result<PathBuf, String> {
    if command.is_empty() {
        return Err("the command is empty: say what to run after `--`".to_owned());
    }
    if command.contains('/') {
        // Relative to the folder that the process enters first.
        return Ok(PathBuf::from(command));
    }
    let path = path.unwrap_or(PATH_DEFAULT);
    let folders = || path.split(':').map(|folder| cwd.join(folder));
    let mut forbidden = None;
    for candidate in folders().map(|folder| folder.join(command)) {
        if kernel::may_execute(&candidate) && candidate.is_file() {
            return Ok(candidate);
        }
        if forbidden.is_none() && candidate.is_file() {
            forbidden = Some(candidate);
        }
    }
    enter(cwd)?;
    if let Some(file) = forbidden {
        return Err(format!("{} may not be executed: `chmod +x` it", file.display()));
    }
    let hint = if command.contains(char::is_whitespace) {
        QUOTED.to_owned()
    } else if cwd.join(command).is_file() {
        format!("; there is a file of that name in {}: say ./{command}", cwd.display())
    } else {
        did_you_mean(command, folders())
    };
    Err(format!("there is no command {command:?} in PATH ({path}){hint}"))
}

/// Says why a process could not enter a folder.
fn enter(cwd: &Path) -> Result<(), String> {
    let shown = cwd.display();
    match fs::metadata(cwd) {
        Ok(metadata) if !metadata.is_dir() => Err(format!("the working directory {shown} is not a folder")),
        Ok(_) if !kernel::may_execute(cwd) => {
            Err(format!("the working directory {shown} may not be entered: {}", mode_of(cwd)))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("the working directory {shown} does not exist on this machine"))
        }
        Err(error) => Err(format!("the working directory {shown} cannot be entered: {error}")),
    }
}

fn mode_of(path: &Path) -> String {
    match fs::metadata(path) {
        Ok(metadata) => format!("its mode is {:03o}", metadata.permissions().mode() & 0o777),
        Err(error) => error.to_string(),
    }
}

/// Says why starting `program` in `cwd` failed with `error`.
pub(crate) fn explain(error: &io::Error, program: &Path, cwd: &Path, argument_bytes: usize) -> String {
    if let Err(why) = enter(cwd) {
        return why;
    }
    let path = cwd.join(program);
    let shown = path.display();
    match error.raw_os_error() {
        Some(libc::ENOENT) if path.exists() => match interpreter(&path) {
            Some(interpreter) => format!("{shown} asks for the interpreter {interpreter}, which does not exist"),
            None => format!("{shown} asks for a loader or library that this machine does not have"),
        },
        Some(libc::ENOENT | libc::ENOTDIR) => {
            let hint = match (path.file_name().and_then(OsStr::to_str), path.parent()) {
                _ if program.as_os_str().as_bytes().contains(&b' ') => QUOTED.to_owned(),
                (Some(name), Some(folder)) => did_you_mean(name, [folder.to_owned()]),
                _ => String::new(),
            };
            format!("there is no file {shown}{hint}")
        }
        Some(libc::EACCES) if path.is_dir() => format!("{shown} is a folder, not a program"),
        Some(libc::EACCES) => format!("{shown} may not be executed ({}): `chmod +x` it", mode_of(&path)),
        Some(libc::ENOEXEC) => format!("{shown} is not a program that this machine can execute"),
        Some(libc::E2BIG) => {
            format!("the arguments and environment are too long: {argument_bytes} bytes; put lists into a file")
        }
        Some(libc::EAGAIN | libc::ENOMEM) => {
            format!("this machine has no room for another process ({error}): end some, or raise `ulimit -u`")
        }
        _ => format!("{shown} could not be started: {error}"),
    }
}

/// What the first line of a script names.
fn interpreter(path: &Path) -> Option<String> {
    let mut head = [0; 256];
    let length = fs::File::open(path).ok()?.read(&mut head).ok()?;
    let line = head[..length].strip_prefix(b"#!")?.split(|&b| b == b'\n').next()?;
    Some(String::from_utf8_lossy(line).split_ascii_whitespace().next()?.to_owned())
}

fn did_you_mean(wanted: &str, folders: impl IntoIterator<Item = PathBuf>) -> String {
    nearest(wanted, folders).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default()
}

/// The name among the programs of these folders that is most like `wanted`, when one is like it.
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

/// How many letters must be put in, left out, changed or swapped with the next to turn one word into the other.
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
    fn reasons_help() {
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
