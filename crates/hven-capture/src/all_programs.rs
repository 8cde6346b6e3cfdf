//! All programs that a command starts, including the interpreters of its scripts.

use std::path::{Path, PathBuf};

use hven_core::file_name;

use super::{
    launch::Launch,
    programs::{FoundProgram, StartedPrograms, base, first_line, started},
    python,
};

/// The programs of a command, including the interpreters of its scripts.
pub(super) fn find(launch: &Launch<'_>) -> Vec<FoundProgram> {
    let StartedPrograms { programs: mut found, variables, .. } = started(launch);
    let inner = launch.with_variables(variables.as_ref());
    let of_scripts: Vec<FoundProgram> = found.iter().filter_map(|named| interpreter_of(&named.path, &inner)).collect();
    found.extend(of_scripts);
    if let Some(path) = python::interpreter(launch) {
        let word = path.file_name().map(file_name::to_text).unwrap_or_default();
        found.push(FoundProgram { word, path });
    }
    found
}

/// The interpreter that the first line of a script names. If the line uses `env`, the name is searched for in `PATH`.
fn interpreter_of(script: &Path, launch: &Launch<'_>) -> Option<FoundProgram> {
    let line = first_line(script)?;
    let mut words = line.strip_prefix("#!")?.split_whitespace();
    let first = words.next()?;
    if base(first) != "env" {
        return Some(FoundProgram { word: first.to_owned(), path: PathBuf::from(first) })
            .filter(|named| named.path.is_file());
    }
    let word = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    Some(FoundProgram { word: word.to_owned(), path: launch.which(word)? })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        fs::write(path, text).expect("written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
    }

    fn check(root: &Path, argv: &[&str], wanted: &[(&str, &str)]) {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let environment = BTreeMap::from([("PATH".to_owned(), format!("{}/bin", root.display()))]);
        let launch = Launch { argv: &argv, cwd: &root.join("study"), environment: &environment };
        let mut found = find(&launch);
        found.dedup();
        let wanted: Vec<FoundProgram> = wanted
            .iter()
            .map(|(word, path)| FoundProgram { word: (*word).to_owned(), path: root.join(path) })
            .collect();
        assert_eq!(found, wanted, "{argv:?}");
    }

    #[test]
    fn programs_are_found_after_wrappers_and_in_scripts() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["fit", "nice", "env", "timeout", "uv", "poetry", "make", "lua", "perf", "stat", "flock", "xargs"] {
            program(&root.join("bin").join(name), "");
        }
        program(&root.join("bin/script"), &format!("#!{}/bin/lua -x\n", root.display()));
        program(&root.join("study/run.lua"), "#!/usr/bin/env -S lua -x\n");
        program(&root.join("study/.venv/bin/tool"), "");
        fs::write(root.join("study/data"), "").expect("written");
        let lua = root.join("bin/lua").display().to_string();
        check(root, &["fit", "nice"], &[("fit", "bin/fit")]);
        check(root, &["nice", "-n", "5", "fit"], &[("nice", "bin/nice"), ("fit", "bin/fit")]);
        check(
            root,
            &["env", "A=1", "timeout", "10", "fit"],
            &[("env", "bin/env"), ("timeout", "bin/timeout"), ("fit", "bin/fit")],
        );
        check(root, &["perf", "stat", "-e", "cycles", "fit"], &[("perf", "bin/perf"), ("fit", "bin/fit")]);
        check(root, &["flock", "-w", "5", "lock", "fit"], &[("flock", "bin/flock"), ("fit", "bin/fit")]);
        check(root, &["xargs", "-n", "1", "fit"], &[("xargs", "bin/xargs"), ("fit", "bin/fit")]);
        check(root, &["perf"], &[("perf", "bin/perf")]);
        check(root, &["script"], &[("script", "bin/script"), (lua.as_str(), "bin/lua")]);
        check(root, &["./run.lua"], &[("./run.lua", "study/./run.lua"), ("lua", "bin/lua")]);
        check(root, &["nice", "./data"], &[("nice", "bin/nice")]);
        check(root, &["uv", "sync"], &[("uv", "bin/uv")]);
        let in_environment = ("tool", "study/.venv/bin/tool");
        check(root, &["uv", "run", "--quiet", "tool", "fit"], &[in_environment]);
        check(root, &["uv", "-q", "run", "--with", "x", "tool"], &[in_environment]);
        check(root, &["nice", "uv", "run", "tool"], &[("nice", "bin/nice"), in_environment]);
        check(root, &["poetry", "run", "make", "all"], &[("make", "bin/make")]);
        program(&root.join("other/fit"), "");
        let other = format!("PATH={}/other", root.display());
        check(root, &["env", &other, "fit"], &[("env", "bin/env"), ("fit", "other/fit")]);
        check(root, &["env", "-i", &other, "fit"], &[("env", "bin/env"), ("fit", "other/fit")]);
        check(root, &["nowhere"], &[]);
        check(root, &[], &[]);
        fs::remove_dir_all(root.join("study/.venv")).expect("removed");
        check(root, &["uv", "run", "tool"], &[("uv", "bin/uv")]);
    }
}
