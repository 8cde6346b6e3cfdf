//! The recorded software of a run: in words, and as `requirements.txt` next to its script.

use hven_core::run::Software;

use crate::{
    evidence::{Run, Work},
    names,
    text::{counted, put},
};

/// The path of the list of a run's packages; `None` if none were recorded, or the run was a recipe of Hven.
pub(crate) fn requirements_path(run: &Run) -> Option<String> {
    let is_command = matches!(run.work, Work::Command { .. });
    let has_packages = run.software.as_ref().is_some_and(|software| !software.packages.is_empty());
    (is_command && has_packages).then(|| format!("runs/{}/requirements.txt", names::portable_name(&run.handle)))
}

/// The packages in the format of `pip`. They were installed; the run did not necessarily use all of them.
pub(crate) fn requirements(run: &Run) -> Option<String> {
    requirements_path(run)?;
    let software = run.software.as_ref()?;
    let about = [format!("Installed when run {} ran", run.handle), base(software)];
    let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
    let mut text = format!("# {}\n", on_one_line(&about.join("; ")));
    for (name, version) in &software.packages {
        let is_plain = |word: &str| {
            !word.is_empty()
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '!'))
        };
        if is_plain(name) && is_plain(version) && !name.starts_with('-') {
            put!(text, "{name}=={version}\n");
        } else {
            put!(text, "# {}\n", on_one_line(&format!("{name} {version}")));
        }
    }
    Some(text)
}

/// A sentence for people, without escapes.
pub(crate) fn in_words(run: &Run) -> String {
    let Some(software) = &run.software else { return "What software it ran with is not known.".to_owned() };
    let base = base(software);
    let with = if base.is_empty() { String::new() } else { format!(" with {base}") };
    match software.packages.len() as u64 {
        0 => format!("It ran{with}; no packages were recorded."),
        count => format!("It ran{with}; {} installed.", counted(count, "package was", "packages were")),
    }
}

/// `python3 3.11.2, Linux x86_64`.
fn base(software: &Software) -> String {
    let interpreter = [&software.interpreter, &software.version].into_iter().flatten().cloned().collect::<Vec<_>>();
    let parts = [Some(interpreter.join(" ")).filter(|text| !text.is_empty()), software.platform.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A text on one line, so that it cannot end a comment.
fn on_one_line(text: &str) -> String {
    hven_core::safe_text::safe_text(&text.replace(['\n', '\r', '\t'], " ")).into_owned()
}
