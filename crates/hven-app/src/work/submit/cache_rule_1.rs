//! The first rule for the same work, from Hven 0.1. It compared only the recorded environment, so its results are not
//! reused as up to date. It still finds the run that did the same work as far as this rule can tell. People see this
//! run in explanations, and repairs use the rule to recognise work that a person repeated by hand.

use hven_core::{
    Digest,
    capture::{self, Note},
    run::Spec,
    stdin::Stdin,
};

use crate::work::recipes;

/// Variables that depend on the place of work. The rule ignored them.
const PLACE_VARIABLES: &[&str] = &["PATH", "PWD", "LANG", "TZ"];

/// The key that two runs share if they do the same work by this rule.
pub(crate) fn key(spec: &Spec, notes: &[Note]) -> Option<Digest> {
    if spec.inputs.is_empty() || spec.outputs.is_empty() || !capture::is_comparable(notes) {
        return None;
    }
    if let Some(recipe) = &spec.recipe {
        return recipes::cache_key(recipe, &spec.inputs, &spec.outputs);
    }
    let code = spec.code.as_ref()?.digest()?;
    let inputs: Vec<_> = spec.inputs.iter().map(|input| (&input.path, input.digest)).collect();
    let environment: Vec<_> =
        spec.environment.iter().filter(|(name, _)| !PLACE_VARIABLES.contains(&name.as_str())).collect();
    let mut parts = serde_json::json!({
        "grammar": 1,
        "argv": spec.argv,
        "inputs": inputs,
        "outputs": spec.outputs,
        "code": code,
        "environment": environment,
        "secrets": spec.secrets,
    });
    if !spec.place.is_here() {
        parts["place"] = serde_json::json!("fresh");
        // No run of Hven 0.1 ran in a subfolder of its fresh folder.
        if !spec.cwd.is_empty() {
            parts["within"] = serde_json::json!(spec.cwd);
        }
    }
    let left_out = capture::compared(notes);
    if !left_out.is_empty() {
        parts["left_out"] = serde_json::json!(left_out);
    }
    // No run of Hven 0.1 had anything on its standard input.
    match &spec.stdin {
        Some(Stdin::Pipe) => return None,
        Some(Stdin::File { file, .. }) => parts["stdin"] = serde_json::json!(file.digest),
        None => {}
    }
    Some(Digest::of(parts.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hven_core::{
        object::{FileKind, FileRef},
        run::{Code, RunFolder},
    };

    use super::*;

    #[test]
    fn keys_never_change() {
        // Homes hold keys of this rule.
        let input = FileRef { path: "a.csv".into(), digest: Digest::of(b"a"), size: 1, kind: FileKind::File };
        let spec = Spec {
            inputs: vec![input],
            outputs: vec!["fit.svg".into()],
            code: Some(Code::Folder { listing: Digest::of(b"code"), files: 1, bytes: 4 }),
            environment: BTreeMap::from([("OMP_NUM_THREADS".into(), "2".into()), ("PATH".into(), "/bin".into())]),
            ..Spec::of_command(vec!["python3".into(), "fit.py".into()], "/work")
        };
        let found = key(&spec, &[]).map(|key| key.to_string());
        assert_eq!(found.as_deref(), Some("8c08c9ddde0cbb245ddeb7ae23c94eda7115a1777209b83ae76909458bb81a10"));
        let fresh = |cwd: &str| key(&Spec { place: RunFolder::Fresh, cwd: cwd.into(), ..spec.clone() }, &[]);
        assert_ne!(fresh(""), fresh("study"), "another place in the folder is other work");
    }
}
