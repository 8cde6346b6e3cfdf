//! The second rule for the same work. The first is in `cache_rule_1.rs`.

use hven_core::{
    Digest,
    capture::{self, Note},
    run::Spec,
    stdin::Stdin,
};

use crate::work::recipes;

/// The key that two runs share if they do the same work: the same command, input bytes, code bytes, outputs and
/// surroundings. A run has a key only if it declares inputs *and* outputs, and if all of these are known.
///
/// This is the second rule. The first is in `submit/cache_rule_1.rs`.
pub fn cache_key(spec: &Spec, notes: &[Note]) -> Option<Digest> {
    if spec.inputs.is_empty() || spec.outputs.is_empty() || !capture::is_comparable(notes) {
        return None;
    }
    if let Some(recipe) = &spec.recipe {
        return recipes::cache_key(recipe, &spec.inputs, &spec.outputs);
    }
    let code = spec.code.as_ref()?.digest()?;
    let surroundings = spec.surroundings?;
    let inputs: Vec<_> = spec.inputs.iter().map(|input| (&input.path, input.digest)).collect();
    let mut parts = serde_json::json!({
        "grammar": 2,
        "argv": spec.argv,
        "inputs": inputs,
        "outputs": spec.outputs,
        "code": code,
        "surroundings": surroundings,
    });
    match &spec.stdin {
        // The bytes of a pipe are known only afterwards.
        Some(Stdin::Pipe) => return None,
        Some(Stdin::File { file, .. }) => parts["stdin"] = serde_json::json!(file.digest),
        None => {}
    }
    if !spec.place.is_here() {
        // A fresh folder has no other files, so its work is not the same as in the caller's folder.
        parts["place"] = serde_json::json!("fresh");
        if !spec.cwd.is_empty() {
            parts["within"] = serde_json::json!(spec.cwd);
        }
    }
    let left_out = capture::compared(notes);
    if !left_out.is_empty() {
        parts["left_out"] = serde_json::json!(left_out);
    }
    Some(Digest::of(parts.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hven_core::{
        object::FileRef,
        run::{Code, RunFolder},
    };

    use super::*;
    use crate::work::submit::submission::RunRequest;

    #[test]
    fn the_cache_key_depends_on_the_work() {
        let base = cache_key(&RunRequest::example().spec, &[]);
        assert!(base.is_some());
        let changed = |change: &dyn Fn(&mut Spec)| {
            let mut spec = RunRequest::example().spec;
            change(&mut spec);
            cache_key(&spec, &[])
        };
        assert_eq!(changed(&|spec| spec.cwd = "/elsewhere".into()), base);
        assert_eq!(changed(&|spec| spec.limits.wall_s = Some(5.0)), base);
        assert_ne!(changed(&|spec| spec.argv.push("--x".into())), base);
        assert_ne!(changed(&|spec| spec.inputs[0].digest = Digest::of(b"b")), base);
        assert_ne!(changed(&|spec| spec.outputs.push("more".into())), base);
        let fresh = |cwd: &str| changed(&|spec| (spec.place, spec.cwd) = (RunFolder::Fresh, cwd.to_owned()));
        assert_ne!(fresh(""), base);
        assert_ne!(fresh(""), fresh("study"));
        assert_ne!(changed(&|spec| spec.surroundings = Some(Digest::of(b"others"))), base);
        assert_eq!(changed(&|spec| spec.surroundings = None), None);
        let recorded = |spec: &mut Spec| drop(spec.environment.insert("OMP_NUM_THREADS".into(), "2".into()));
        assert_eq!(changed(&recorded), base, "to record a value that is the same is no other work");
        let on_stdin = |bytes: &[u8]| {
            let file = FileRef { digest: Digest::of(bytes), ..RunRequest::example().spec.inputs.remove(0) };
            changed(&|spec| spec.stdin = Some(Stdin::File { file: file.clone(), from: 0 }))
        };
        assert_ne!(on_stdin(b"1"), base);
        assert_ne!(on_stdin(b"1"), on_stdin(b"2"));
        assert_eq!(changed(&|spec| spec.stdin = Some(Stdin::Pipe)), None);
        assert_eq!(changed(&|spec| spec.outputs.clear()), None);
        assert_eq!(changed(&|spec| spec.code = Some(Code::NotCaptured { why: "large".into() })), None);
    }

    #[test]
    fn notes_of_the_capture_change_the_key() {
        let spec = RunRequest::example().spec;
        let key_file = |digest: &[u8]| Note::KeyFile { path: ".env".into(), digest: Digest::of(digest) };
        let with = |notes: &[Note]| cache_key(&spec, notes);
        assert_ne!(with(&[key_file(b"1")]), with(&[]));
        assert_ne!(with(&[key_file(b"1")]), with(&[key_file(b"2")]));
        let special = Note::Special { path: "x".into(), what: "a socket".into() };
        assert_eq!(with(&[special]), with(&[]));
        assert_eq!(with(&[Note::LinkOutside { path: "x".into(), target: "/y".into() }]), None);
    }

    #[test]
    fn keys_never_change() {
        // Homes hold keys: the same work must have the same key in every later version.
        let mut spec = RunRequest::example().spec;
        spec.environment = BTreeMap::from([("OMP_NUM_THREADS".into(), "2".into()), ("PATH".into(), "/bin".into())]);
        let key = cache_key(&spec, &[]).map(|key| key.to_string());
        assert_eq!(key.as_deref(), Some("3c42a4beb4afcbeab0ae306b5c6b84595dfc0fac2512aa74f6444a73368df612"));
    }
}
