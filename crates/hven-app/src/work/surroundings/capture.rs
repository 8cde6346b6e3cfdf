//! Captures the surroundings of a run when it is submitted.

use std::{borrow::Cow, collections::BTreeMap};

use hven_core::{
    Digest,
    surroundings::{
        SCHEMA, SEARCH_PATH, Surroundings, Tools, counts, depends_on_tools, normalised_search_path, only_repeats,
    },
};

use crate::{
    kernel::keys::Keys,
    work::{submit::submission::RunRequest, surroundings::document::SurroundingsDocument},
};

/// The surroundings of a submission whose environment, secrets and tools are complete.
pub(crate) fn capture(keys: &Keys, submit: &RunRequest) -> SurroundingsDocument {
    let tools = submit.tools.clone().map(|tools| with_keyed_files(keys, tools));
    let is_found = |name: &str| tools.as_ref().is_none_or(|tools| tools.require_variable(name));
    let is_counted = |name: &str| counts(name) || (depends_on_tools(name) && is_found(name));
    let is_said = |name: &str| !submit.secrets.contains_key(name) && !only_repeats(name, &submit.environment);
    let variables = submit.environment.iter().filter(|(name, _)| is_counted(name) && is_said(name));
    SurroundingsDocument::of(Surroundings {
        schema: SCHEMA.to_owned(),
        key: keys.keyed("", Digest::of(b"")),
        variables: keyed_values(keys, "variable", variables.map(|(name, value)| (name, relevant_part(name, value)))),
        secrets: keyed_values(keys, "secret", submit.secrets.iter().map(|(name, value)| (name, value.into()))),
        tools,
    })
}

/// The part of a variable's value that counts.
fn relevant_part<'a>(name: &str, value: &'a str) -> Cow<'a, str> {
    if name == SEARCH_PATH { normalised_search_path(value).into() } else { value.into() }
}

fn keyed_values<'a>(
    keys: &Keys,
    kind: &str,
    values: impl Iterator<Item = (&'a String, Cow<'a, str>)>,
) -> BTreeMap<String, Digest> {
    values.map(|(name, value)| (name.clone(), keyed(keys, kind, name, value.as_bytes()))).collect()
}

/// A digest that changes with a value and reveals nothing about it. It includes the kind and the name, so that two
/// names with the same value have different digests.
fn keyed(keys: &Keys, kind: &str, name: &str, value: &[u8]) -> Digest {
    keys.keyed(&format!("{kind} {name}"), Digest::of(value))
}

/// A command may name a key file. The digest of its bytes is keyed, like those of key files that are left out of code.
fn with_keyed_files(keys: &Keys, mut tools: Tools) -> Tools {
    for file in &mut tools.files {
        file.digest = keyed(keys, "file", &file.path, file.digest.as_bytes());
    }
    tools
}

#[cfg(test)]
mod tests {
    use hven_core::{
        project::ProjectPath,
        run::Spec,
        surroundings::{NamedFile, Program},
    };

    use super::*;

    fn submit(environment: &[(&str, &str)], secrets: &[(&str, &str)], programs: &[&str]) -> RunRequest {
        let owned = |texts: &[(&str, &str)]| texts.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let program = |word: &&str| Program {
            word: (*word).to_owned(),
            path: format!("/usr/bin/{word}"),
            digest: Digest::of(word.as_bytes()),
        };
        RunRequest {
            environment: owned(environment),
            secrets: owned(secrets),
            tools: Some(Tools { programs: programs.iter().map(program).collect(), ..Tools::default() }),
            ..RunRequest::of(ProjectPath::home(), Spec::of_command(vec!["fit".to_owned()], "/work"))
        }
    }

    fn digest(submit: &RunRequest) -> Digest {
        capture(&Keys::new([7; 32]), submit).digest
    }

    #[test]
    fn only_relevant_variables_change_the_surroundings() {
        let base = digest(&submit(&[("SEED", "1"), ("TERM", "xterm"), ("PATH", "/bin")], &[], &["fit"]));
        assert_eq!(digest(&submit(&[("SEED", "1"), ("PWD", "/x"), ("PATH", "/usr/bin")], &[], &["fit"])), base);
        for other in [&[("SEED", "2")][..], &[], &[("SEED", "1"), ("TZ", "UTC")], &[("SEEDS", "1")]] {
            assert_ne!(digest(&submit(other, &[], &["fit"])), base, "{other:?}");
        }
        let elsewhere = digest(&submit(&[("SEED", "1"), ("PATH", "/bin")], &[], &["sh"]));
        let of_sh = |more: &[(&str, &str)]| digest(&submit(&[&[("SEED", "1")], more].concat(), &[], &["sh"]));
        assert_ne!(of_sh(&[("PATH", "/usr/bin")]), elsewhere, "sh looks there");
        assert_eq!(of_sh(&[("PATH", "/home/m/.vscode-server/bin:/bin:/bin/")]), elsewhere, "and finds the same");
        assert_eq!(of_sh(&[("PATH", "/bin"), ("VIRTUAL_ENV", "/v"), ("MAKEFLAGS", "-j4")]), elsewhere);
        let by_make = |flags: &str| digest(&submit(&[("MAKEFLAGS", flags)], &[], &["make"]));
        assert_ne!(by_make("-k"), by_make(""));
        let named_twice = submit(&[("USER", "mira"), ("USERNAME", "mira")], &[], &["fit"]);
        assert_eq!(digest(&named_twice), digest(&submit(&[("USER", "mira")], &[], &["fit"])));
    }

    #[test]
    fn surroundings_contain_no_values() {
        let document = capture(
            &Keys::new([7; 32]),
            &submit(&[("TOKEN", "hunter22"), ("KEY", "again")], &[("KEY", "s3cret!")], &["fit"]),
        );
        let text = String::from_utf8(document.bytes.to_vec()).expect("JSON");
        for value in ["hunter22", "s3cret!"] {
            assert!(!text.contains(value) && !text.contains(&Digest::of(value.as_bytes()).to_string()), "{text}");
        }
        let said = &document.surroundings;
        assert_eq!((said.variables.len(), said.secrets.len()), (1, 1), "a secret is no variable");
        let other = capture(&Keys::new([8; 32]), &submit(&[("TOKEN", "hunter22")], &[("KEY", "s3cret!")], &["fit"]));
        assert_ne!(other.surroundings.key, said.key);
        assert_ne!(other.surroundings.variables, said.variables, "another home's key");
    }

    #[test]
    fn secrets_count_by_their_values() {
        let of = |value: &str| digest(&submit(&[], &[("KEY", value)], &["fit"]));
        assert_eq!(of("first"), of("first"));
        assert_ne!(of("first"), of("other"));
    }

    #[test]
    fn named_files_are_keyed() {
        let mut with_file = submit(&[], &[], &["fit"]);
        let plain = Digest::of(b"-----BEGIN KEY-----");
        let tools = with_file.tools.as_mut().expect("they are there");
        tools.files.push(NamedFile { path: "/home/mira/id".to_owned(), digest: plain });
        let document = capture(&Keys::new([7; 32]), &with_file);
        assert!(!String::from_utf8_lossy(&document.bytes).contains(&plain.to_string()));
    }
}
