//! Fills in the derived parts of a submission before it is recorded.

use hven_core::{Digest, capture::Note, labels::Tag, run::RunFolder};
use serde_json::Value;

use crate::{
    kernel::error::{AppError, AppResult},
    work::{
        floor::Work,
        submit::{cache_rule_2::cache_key, check::check, submission::RunRequest},
        surroundings::capture,
    },
};

/// Checks a submission and fills in its derived parts. Returns the request, and the key for the cache.
pub(in crate::work) fn prepare(work: &Work, mut submit: RunRequest) -> AppResult<(RunRequest, Option<Digest>)> {
    if let Some(wanted) = submit.recipe.take() {
        submit.spec.recipe = Some(work.recipes.find(wanted)?);
        submit.spec.place = RunFolder::Fresh;
    }
    check(&submit)?;
    complete(&mut submit)?;
    key_notes(work, &mut submit);
    fill_surroundings(work, &mut submit);
    // Programs and modules that were not examined may be anything, so there is no key.
    let is_known = submit.spec.recipe.is_some() || submit.tools.is_some();
    let cache_key = if is_known { cache_key(&submit.spec, &submit.capture_notes) } else { None };
    Ok((submit, cache_key))
}

/// Fills in the surroundings. A recipe has none, because its process gets nothing from its caller.
pub(in crate::work) fn fill_surroundings(work: &Work, submit: &mut RunRequest) {
    let document = submit.spec.recipe.is_none().then(|| capture::capture(&work.keys, submit));
    submit.spec.surroundings = document.as_ref().map(|document| document.digest);
    submit.surroundings = document;
}

/// Replaces the digests of key files, so that they reveal nothing about the content from here on.
pub(in crate::work) fn key_notes(work: &Work, submit: &mut RunRequest) {
    for note in &mut submit.capture_notes {
        if let Note::KeyFile { path, digest } = note {
            *digest = work.keys.keyed(path, *digest);
        }
    }
}

/// Fills in the recorded environment, and refuses secrets that would be recorded elsewhere.
pub(in crate::work) fn complete(submit: &mut RunRequest) -> AppResult<()> {
    let recorded = submit.environment.iter().filter(|(name, _)| submit.record_environment.contains(*name));
    let recorded = recorded.filter(|(name, _)| !submit.secrets.contains_key(*name));
    submit.spec.environment = recorded.map(|(name, value)| (name.clone(), value.clone())).collect();
    submit.spec.secrets = submit.secrets.keys().cloned().collect();
    for (name, value) in &submit.secrets {
        let stands_in = |texts: Vec<&String>| texts.iter().any(|text| text.contains(value.as_str()));
        let params: Vec<String> = submit.params.values().map(Value::to_string).collect();
        let tags: Vec<String> = submit.tags.iter().map(Tag::to_string).collect();
        let places = [
            ("the command", submit.spec.argv.iter().collect()),
            ("a recorded environment variable", submit.spec.environment.values().collect()),
            ("a path or the name", submit.spec.outputs.iter().chain([&submit.spec.cwd]).chain(&submit.name).collect()),
            ("a parameter", params.iter().collect()),
            ("a tag", tags.iter().collect()),
        ];
        let Some((place, _)) = places.into_iter().find(|(_, texts): &(_, Vec<&String>)| stands_in(texts.clone()))
        else {
            continue;
        };
        return Err(AppError::SecretExposed { name: name.clone(), place });
    }
    Ok(())
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn secrets_are_refused_where_they_would_be_recorded() {
        let with_secret = |change: &dyn Fn(&mut RunRequest)| {
            let mut submit = RunRequest::example();
            submit.secrets.insert("KEY".into(), "hunter22".into());
            change(&mut submit);
            check(&submit).and_then(|()| complete(&mut submit)).map(|()| submit)
        };
        let fine = with_secret(&|_| {}).expect("a secret by itself is fine");
        assert_eq!(fine.spec.secrets, ["KEY"]);
        let exposed = |result: AppResult<RunRequest>| matches!(result, Err(AppError::SecretExposed { .. }));
        assert!(exposed(with_secret(&|s| s.spec.argv.push("--key=hunter22".into()))));
        assert!(exposed(with_secret(&|s| drop(s.params.insert("key".into(), "xhunter22x".into())))));
        assert!(exposed(with_secret(&|s| drop(s.environment.insert("TOKEN".into(), "hunter22".into())))));
        let short = with_secret(&|s| drop(s.secrets.insert("PIN".into(), "123".into())));
        assert!(matches!(short, Err(AppError::Invalid { .. })));
    }
}
