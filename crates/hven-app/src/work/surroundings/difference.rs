//! The differences between two surroundings.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::surroundings::{By, NamedFile, Program, Surroundings, ToolFolder, Tools, depends_on_tools};

/// How an item changed between two surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    New,
    Gone,
    Other,
}

/// One difference between two surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// The digests of values were made with different keys, so they cannot be compared.
    OtherKey,
    Variable {
        name: String,
        how: ChangeKind,
    },
    Secret {
        name: String,
        how: ChangeKind,
    },
    /// For one of the two, the client did not examine programs and modules.
    NotLooked,
    /// The paths of the program before and now. They are equal when only its bytes changed.
    Program {
        word: String,
        before: Option<String>,
        now: Option<String>,
    },
    File {
        path: String,
        how: ChangeKind,
    },
    Folder {
        of: String,
        path: String,
        how: ChangeKind,
    },
    Package {
        name: String,
        before: Option<String>,
        now: Option<String>,
    },
    /// All packages have the same versions, but the files differ.
    Reinstalled {
        path: String,
    },
}

/// All differences, those of variables first.
pub(crate) fn compare(before: &Surroundings, now: &Surroundings) -> Vec<Difference> {
    let mut found = Vec::new();
    let is_comparable = before.key == now.key;
    if !is_comparable {
        found.push(Difference::OtherKey);
    }
    let is_told = |how: ChangeKind| is_comparable || how != ChangeKind::Other;
    for (name, how) in changed(&before.variables, &now.variables) {
        // Whether such a variable counts follows from the differences that are reported below.
        if is_told(how) && (!depends_on_tools(name) || how == ChangeKind::Other) {
            found.push(Difference::Variable { name: name.to_owned(), how });
        }
    }
    for (name, how) in changed(&before.secrets, &now.secrets) {
        if is_told(how) {
            found.push(Difference::Secret { name: name.to_owned(), how });
        }
    }
    match (&before.tools, &now.tools) {
        (Some(before), Some(now)) => compare_tools(before, now, is_comparable, &mut found),
        (None, None) => {}
        _ => found.push(Difference::NotLooked),
    }
    found
}

/// The keys with different values, and how they changed.
fn changed<'a, K: Ord, V: PartialEq>(
    before: &'a BTreeMap<K, V>,
    now: &'a BTreeMap<K, V>,
) -> impl Iterator<Item = (&'a K, ChangeKind)> {
    let names: BTreeSet<&K> = before.keys().chain(now.keys()).collect();
    names.into_iter().filter_map(move |name| match (before.get(name), now.get(name)) {
        (None, _) => Some((name, ChangeKind::New)),
        (_, None) => Some((name, ChangeKind::Gone)),
        (Some(before), Some(now)) => (before != now).then_some((name, ChangeKind::Other)),
    })
}

fn compare_tools(before: &Tools, now: &Tools, can_compare_files: bool, found: &mut Vec<Difference>) {
    let programs = |tools: &Tools| -> BTreeMap<String, Program> {
        tools.programs.iter().map(|program| (program.word.clone(), program.clone())).collect()
    };
    let (old, new) = (programs(before), programs(now));
    for (word, _) in changed(&old, &new) {
        let path = |programs: &BTreeMap<String, Program>| programs.get(word).map(|program| program.path.clone());
        found.push(Difference::Program { word: word.clone(), before: path(&old), now: path(&new) });
    }
    let files = |tools: &Tools| -> BTreeMap<String, NamedFile> {
        tools.files.iter().map(|file| (file.path.clone(), file.clone())).collect()
    };
    for (path, how) in changed(&files(before), &files(now)) {
        if can_compare_files || how != ChangeKind::Other {
            found.push(Difference::File { path: path.clone(), how });
        }
    }
    compare_folders(before, now, found);
}

fn compare_folders(before: &Tools, now: &Tools, found: &mut Vec<Difference>) {
    let packages = |tools: &Tools| {
        let mut packages: BTreeMap<String, String> = BTreeMap::new();
        for (name, version) in tools.folders.iter().flat_map(|folder| &folder.packages) {
            // The first folder of the search path has the package that is used.
            packages.entry(name.clone()).or_insert_with(|| version.clone());
        }
        packages
    };
    let (old, new) = (packages(before), packages(now));
    let mut has_other_packages = false;
    for (name, _) in changed(&old, &new) {
        has_other_packages = true;
        let (before, now) = (old.get(name).cloned(), new.get(name).cloned());
        found.push(Difference::Package { name: name.clone(), before, now });
    }
    let folders = |tools: &Tools| -> BTreeMap<(String, String), ToolFolder> {
        tools.folders.iter().map(|folder| ((folder.of.clone(), folder.path.clone()), folder.clone())).collect()
    };
    let (old, new) = (folders(before), folders(now));
    for (place, how) in changed(&old, &new) {
        let (of, path) = place.clone();
        let has_packages = [&old, &new].iter().filter_map(|all| all.get(place)).any(|folder| folder.by == By::Packages);
        match how {
            // The packages were reported already.
            _ if has_packages && has_other_packages => {}
            ChangeKind::Other if has_packages => found.push(Difference::Reinstalled { path }),
            _ => found.push(Difference::Folder { of, path, how }),
        }
    }
}

/// The differences between a run and its reproduction, in lines.
pub(super) fn difference_lines(differences: &[Difference]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut unset = Vec::new();
    let shown = |text: &Option<String>| text.as_deref().unwrap_or("absent").to_owned();
    for difference in differences {
        match difference {
            Difference::OtherKey => {
                lines.push("the values of variables cannot be compared: the home had another key then".to_owned());
            }
            Difference::Variable { name, how: ChangeKind::Gone } => unset.push(name.as_str()),
            Difference::Variable { name, how: ChangeKind::New } => {
                lines.push(format!("variable {name}: not set then, set now"));
            }
            Difference::Variable { name, how: ChangeKind::Other } => {
                lines.push(format!("variable {name}: another value now"));
            }
            Difference::Secret { name, how: ChangeKind::Other } => {
                lines.push(format!("secret {name}: another value now"));
            }
            Difference::Secret { name, .. } => lines.push(format!("secret {name}: given to one of the two runs alone")),
            Difference::NotLooked => lines.push("programs and modules: not looked at, then or now".to_owned()),
            Difference::Program { word, before: Some(before), now: Some(now) } if before == now => {
                lines.push(format!("program {word} ({now}): other bytes now"));
            }
            Difference::Program { word, before: Some(before), now: Some(now) } => {
                lines.push(format!("program {word}: {before} then, {now} now"));
            }
            // A reproduction names the programs in its own folder in another way.
            Difference::Program { .. } => {}
            Difference::File { path, how } if path.starts_with('/') => lines.push(match how {
                ChangeKind::New => format!("file {path}: named now, and not then"),
                ChangeKind::Gone => format!("file {path}: not there now, or not named"),
                ChangeKind::Other => format!("file {path}: other bytes now"),
            }),
            Difference::File { .. } => {}
            Difference::Folder { of, path, how } => lines.push(match how {
                ChangeKind::New => format!("folder {path} of {of}: looked in now, and not then"),
                ChangeKind::Gone => format!("folder {path} of {of}: not there now, or not looked in"),
                ChangeKind::Other => format!("folder {path} of {of}: other files now"),
            }),
            Difference::Package { name, before, now } => {
                lines.push(format!("{name}: {} then, {} now", shown(before), shown(now)));
            }
            Difference::Reinstalled { path } => {
                lines.push(format!("packages in {path}: the same versions, and not the same files"));
            }
        }
    }
    if !unset.is_empty() {
        let line = format!(
            "variables that were set then and are not now, because their values are not recorded: {}; \
             `hven run --env-record NAME` records one",
            unset.join(", ")
        );
        lines.insert(0, line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use hven_core::{Digest, surroundings::SCHEMA};

    use super::*;

    fn folder(of: &str, bytes: &[u8], packages: &[(&str, &str)]) -> ToolFolder {
        let by = if packages.is_empty() { By::Content } else { By::Packages };
        let packages = packages.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        ToolFolder { of: of.to_owned(), path: format!("/lib/{of}"), digest: Digest::of(bytes), by, packages }
    }

    fn surroundings() -> Surroundings {
        let program = |word: &str| Program {
            word: word.to_owned(),
            path: format!("/usr/bin/{word}"),
            digest: Digest::of(word.as_bytes()),
        };
        Surroundings {
            schema: SCHEMA.to_owned(),
            key: Digest::ZERO,
            variables: BTreeMap::from([("SEED".to_owned(), Digest::of(b"1")), ("HOME".to_owned(), Digest::of(b"/h"))]),
            secrets: BTreeMap::new(),
            tools: Some(Tools {
                programs: vec![program("python3")],
                files: vec![NamedFile { path: "/opt/fit.py".to_owned(), digest: Digest::of(b"fit") }],
                folders: vec![folder("PYTHONPATH", b"1", &[]), folder("python3", b"2", &[("numpy", "1.26.4")])],
            }),
        }
    }

    fn check(change: impl Fn(&mut Surroundings, &mut Tools), differences: &[Difference], lines: &[&str]) {
        let (before, mut now) = (surroundings(), surroundings());
        let mut tools = now.tools.take().expect("they are there");
        change(&mut now, &mut tools);
        now.tools = Some(tools);
        let found = compare(&before, &now);
        assert_eq!(found, differences);
        assert_eq!(difference_lines(&found), lines);
    }

    #[test]
    fn each_difference_is_named() {
        let text = str::to_owned;
        check(|_, _| {}, &[], &[]);
        check(
            |now, _| _ = now.variables.insert(text("SEED"), Digest::of(b"2")),
            &[Difference::Variable { name: text("SEED"), how: ChangeKind::Other }],
            &["variable SEED: another value now"],
        );
        check(
            |now, _| now.variables.clear(),
            &[
                Difference::Variable { name: text("HOME"), how: ChangeKind::Gone },
                Difference::Variable { name: text("SEED"), how: ChangeKind::Gone },
            ],
            &["variables that were set then and are not now, because their values are not recorded: HOME, SEED; \
               `hven run --env-record NAME` records one"],
        );
        check(
            |_, tools| tools.programs[0].digest = Digest::of(b"newer"),
            &[Difference::Program {
                word: text("python3"),
                before: Some(text("/usr/bin/python3")),
                now: Some(text("/usr/bin/python3")),
            }],
            &["program python3 (/usr/bin/python3): other bytes now"],
        );
        check(
            |_, tools| tools.files[0].digest = Digest::of(b"other"),
            &[Difference::File { path: text("/opt/fit.py"), how: ChangeKind::Other }],
            &["file /opt/fit.py: other bytes now"],
        );
        check(
            |_, tools| tools.folders[0].digest = Digest::of(b"other"),
            &[Difference::Folder { of: text("PYTHONPATH"), path: text("/lib/PYTHONPATH"), how: ChangeKind::Other }],
            &["folder /lib/PYTHONPATH of PYTHONPATH: other files now"],
        );
        check(
            |_, tools| tools.folders[1] = folder("python3", b"3", &[("numpy", "2.0.0")]),
            &[Difference::Package { name: text("numpy"), before: Some(text("1.26.4")), now: Some(text("2.0.0")) }],
            &["numpy: 1.26.4 then, 2.0.0 now"],
        );
        check(
            |_, tools| tools.folders[1].digest = Digest::of(b"3"),
            &[Difference::Reinstalled { path: text("/lib/python3") }],
            &["packages in /lib/python3: the same versions, and not the same files"],
        );
    }

    #[test]
    fn values_of_another_key_are_not_compared() {
        check(
            |now, _| {
                now.key = Digest::of(b"another");
                now.variables.insert("SEED".to_owned(), Digest::of(b"keyed otherwise"));
                now.variables.insert("TZ".to_owned(), Digest::of(b"keyed otherwise"));
            },
            &[Difference::OtherKey, Difference::Variable { name: "TZ".to_owned(), how: ChangeKind::New }],
            &[
                "the values of variables cannot be compared: the home had another key then",
                "variable TZ: not set then, set now",
            ],
        );
    }

    #[test]
    fn missing_tool_data_is_reported() {
        let before = surroundings();
        let now = Surroundings { tools: None, ..surroundings() };
        assert_eq!(compare(&before, &now), [Difference::NotLooked]);
        assert_eq!(compare(&now, &now), []);
    }
}
