//! Checks a submission: everything in it has bounds, and a process can be started with it.

use hven_core::{
    limits,
    object::FileKind,
    params,
    process::ProcessSettings,
    run::{Code, RunFolder},
    seen::RecordedFiles,
    stdin::Stdin,
    surroundings::Tools,
};

use crate::{
    kernel::error::{AppError, AppResult},
    work::submit::{check_fresh_folder, submission::RunRequest},
};

/// A shorter secret would mask large parts of the log.
pub(in crate::work) const SECRET_BYTES_MIN: usize = 4;

pub(in crate::work) fn check(submit: &RunRequest) -> AppResult<()> {
    let spec = &submit.spec;
    let invalid = |what: &str, why: &str| Err(AppError::invalid(what, why));
    if spec.recipe.is_none() && spec.argv.first().is_none_or(String::is_empty) {
        return invalid("the command", "is empty");
    }
    // Each word counts with its end, as a process receives it: many empty words are many bytes, too.
    limits::bytes("the command", spec.argv.iter().map(|word| word.len() + 1).sum(), limits::COMMAND_BYTES_MAX)?;
    match spec.place {
        RunFolder::Here if !spec.cwd.starts_with('/') => {
            return invalid("the working directory", "is not an absolute path");
        }
        RunFolder::Here => {}
        RunFolder::Fresh => check_fresh_folder::check_fresh(submit)?,
    }
    if let Some(name) = &submit.name {
        limits::line("the name", name, limits::NAME_BYTES_MAX)?;
    }
    limits::count("inputs", spec.inputs.len(), limits::FILES_MAX)?;
    limits::count("outputs", spec.outputs.len(), limits::FILES_MAX)?;
    spec.inputs.iter().try_for_each(|input| input.check("an input"))?;
    limits::whole("retries", spec.retries_max.into(), limits::RETRIES_MAX.into())?;
    spec.process.iter().try_for_each(ProcessSettings::check)?;
    stdin(submit)?;
    amounts(submit)?;
    notes(submit)?;
    submit.tools.iter().try_for_each(Tools::check)?;
    submit.seen.iter().try_for_each(RecordedFiles::check)?;
    submit.tolerances.check().map_err(|why| AppError::invalid("a tolerance", why))?;
    texts(submit)?;
    limits::count("tags", submit.tags.len(), limits::TAGS_MAX)?;
    limits::count("parameters", submit.params.len(), limits::PARAMS_MAX)?;
    Ok(params::check(&submit.params)?)
}

fn stdin(submit: &RunRequest) -> AppResult<()> {
    let Some(stdin) = &submit.spec.stdin else { return Ok(()) };
    stdin.check()?;
    match stdin {
        Stdin::File { file, .. } if file.kind == FileKind::Folder => {
            Err(AppError::invalid("what is on standard input", "is a folder"))
        }
        Stdin::Pipe if submit.spec.retries_max > 0 => Err(AppError::invalid(
            "a run that reads a pipe",
            "cannot be tried again, because what came through is gone: hand on a file, or ask for no retries",
        )),
        Stdin::File { .. } | Stdin::Pipe => Ok(()),
    }
}

/// Checks resources and limits.
fn amounts(submit: &RunRequest) -> AppResult<()> {
    let resources = &submit.spec.resources;
    if resources.cpus == 0 {
        return Err(AppError::invalid("cpus", "is 0: a process needs at least one core"));
    }
    limits::whole("cpus", resources.cpus.into(), limits::CPUS_MAX.into())?;
    limits::whole("the memory", resources.memory_bytes, limits::WHOLE_MAX)?;
    limits::count("named resources", resources.named.len(), limits::RESOURCES_MAX)?;
    for (name, amount) in &resources.named {
        let itself = match name.as_str() {
            "cpus" | "cpu" | "cores" => Some("cpus"),
            "memory" | "mem" => Some("memory"),
            _ => None,
        };
        if let Some(itself) = itself {
            return Err(AppError::invalid(
                format!("the named resource {name}"),
                format!("is on no machine: `{itself}` itself says how much is reserved"),
            ));
        }
        limits::line("the name of a resource", name, limits::NAME_BYTES_MAX)?;
        limits::whole(&format!("the resource {name}"), *amount, limits::WHOLE_MAX)?;
    }
    let bounds = &submit.spec.limits;
    if let Some(wall_s) = bounds.wall_s {
        limits::seconds("the time limit", wall_s)?;
        if wall_s == 0.0 {
            return Err(AppError::invalid("the time limit", "is 0: nothing ends so soon"));
        }
    }
    limits::seconds("the grace between TERM and KILL", bounds.grace_s)?;
    for (what, bytes) in [("the memory limit", bounds.memory_bytes), ("the limit of outputs", bounds.output_bytes)] {
        limits::whole(what, bytes.unwrap_or_default(), limits::WHOLE_MAX)?;
    }
    Ok(())
}

fn texts(submit: &RunRequest) -> AppResult<()> {
    let spec = &submit.spec;
    let mut environment_bytes = 0;
    for (name, value) in submit.environment.iter().chain(&submit.secrets) {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(AppError::invalid(
                format!("the environment variable {name:?}"),
                "cannot be given to a process",
            ));
        }
        environment_bytes += name.len() + value.len();
    }
    limits::bytes("the environment", environment_bytes, limits::ENVIRONMENT_BYTES_MAX)?;
    limits::count("recorded variables", submit.record_environment.len(), limits::VARIABLES_MAX)?;
    for text in &spec.argv {
        if text.contains('\0') {
            return Err(AppError::invalid(format!("{text:?}"), "has a NUL byte, which no process can be given"));
        }
    }
    spec.outputs.iter().try_for_each(|output| limits::path("an output", output))?;
    limits::path("the working directory", &spec.cwd)?;
    for (name, value) in &submit.secrets {
        if value.len() < SECRET_BYTES_MIN {
            return Err(AppError::invalid(
                format!("the secret {name}"),
                "is shorter than 4 bytes, so it could not be masked in the log without masking much else",
            ));
        }
    }
    Ok(spec.code.iter().try_for_each(Code::check)?)
}

/// Checks the notes of the capture: what it left out or recorded in another way.
fn notes(submit: &RunRequest) -> AppResult<()> {
    limits::count("notes of the capture", submit.capture_notes.len(), limits::NOTES_MAX)?;
    submit.capture_notes.iter().try_for_each(|note| {
        limits::path("the path in a note of the capture", note.path())?;
        note.text()
            .map_or(Ok(()), |said| Ok(limits::bytes("a note of the capture", said.len(), 3 * limits::PATH_BYTES_MAX)?))
    })
}

#[cfg(test)]
mod tests {

    use hven_core::{
        Digest,
        object::FileRef,
        run::{Code, Recipe},
    };
    use serde_json::Value;

    use super::*;

    #[test]
    fn bad_submissions_are_refused() {
        type Change = fn(&mut RunRequest);
        let bad: &[Change] = &[
            |s| s.spec.argv.clear(),
            |s| s.spec.argv[0].clear(),
            |s| s.spec.argv.push("a\0b".into()),
            |s| s.spec.cwd = "relative".into(),
            |s| s.name = Some(String::new()),
            |s| s.spec.limits.wall_s = Some(f64::NAN),
            |s| s.spec.limits.wall_s = Some(0.0),
            |s| s.spec.limits.grace_s = -1.0,
            |s| s.spec.resources.cpus = 0,
            |s| s.spec.resources.named.extend([("cpus".into(), 1)]),
            |s| s.spec.resources.named.extend([("memory".into(), 1)]),
            |s| s.spec.resources.named.extend([("cores".into(), 1)]),
            |s| s.spec.resources.named.extend([("cpu".into(), 1)]),
            |s| s.spec.resources.named.extend([("mem".into(), 1)]),
            |s| drop(s.environment.insert("A=B".into(), "x".into())),
            |s| drop(s.params.insert(String::new(), Value::Null)),
            // Many small values are too many.
            |s| s.spec.argv.extend(vec![String::new(); 128 * 1024]),
            |s| s.record_environment.extend((0..10_001).map(|i| format!("V{i}"))),
        ];
        assert!(check(&RunRequest::example()).is_ok());
        for (i, change) in bad.iter().enumerate() {
            let mut submit = RunRequest::example();
            change(&mut submit);
            assert!(check(&submit).is_err(), "case {i}");
        }
    }

    #[test]
    fn code_that_a_clone_could_take_for_an_option_is_refused() {
        let of = |commit: &str, prefix: &str, path: &str| {
            let mut submit = RunRequest::example();
            let untracked = vec![FileRef { path: path.into(), ..submit.spec.inputs[0].clone() }];
            submit.spec.code = Some(Code::Git {
                commit: commit.into(),
                branch: Some("main".into()),
                prefix: prefix.into(),
                diff: None,
                untracked,
                inner: Vec::new(),
                digest: Digest::of(b"code"),
            });
            check(&submit).map_err(|error| error.to_string())
        };
        let (commit, option) = ("0123456789abcdef0123456789abcdef01234567", "--output=/home/mira/.ssh/authorized_keys");
        assert_eq!(of(commit, "", "a.py"), Ok(()));
        assert_eq!(of(commit, "study/kepler", "study/kepler/a.py"), Ok(()));
        for (commit, prefix, path, why) in [
            (option, "", "a", "the commit is not the full name of a commit"),
            ("main", "", "a", "the commit is not the full name of a commit"),
            (commit, option, "a", "the place in the repository begins with a dash"),
            (commit, "../other", "a", "the place in the repository is not a relative path"),
            (commit, "/etc", "a", "the place in the repository is not a relative path"),
            (commit, "a\0b", "a", "the place in the repository has a NUL byte"),
            (commit, "", "a\0b", "a file that git does not know has a NUL byte"),
        ] {
            let refused = of(commit, prefix, path).expect_err(why);
            assert!(refused.starts_with(why), "{refused}");
        }
    }

    #[test]
    fn requests_impossible_in_a_fresh_folder_are_refused() {
        type Case<'a> = (&'a dyn Fn(&mut RunRequest), &'a str);
        let fresh = |change: &dyn Fn(&mut RunRequest)| {
            let mut submit = RunRequest::example();
            (submit.spec.place, submit.spec.cwd) = (RunFolder::Fresh, String::new());
            change(&mut submit);
            check(&submit).map_err(|error| error.to_string())
        };
        let input = |path: &str| FileRef { path: path.into(), ..RunRequest::example().spec.inputs.remove(0) };
        let recipe = || Some(Recipe { name: "law".into(), version: 1, arguments: serde_json::json!({}) });
        assert_eq!(fresh(&|_| {}), Ok(()));
        assert_eq!(fresh(&|s| s.spec.cwd = "study/kepler".into()), Ok(()));
        let bad: &[Case<'_>] = &[
            (&|s| s.spec.cwd = "/work".into(), "the working directory \"/work\" is absolute"),
            (&|s| s.spec.cwd = "../work".into(), "the working directory \"../work\" has the part `..`"),
            (&|s| s.spec.inputs.push(input("/a")), "the input \"/a\" is absolute"),
            (&|s| s.spec.inputs.push(input("a/../../b")), "the input \"a/../../b\" has the part `..`"),
            (&|s| s.spec.inputs.push(input("a.csv")), "the input \"a.csv\" is named twice"),
            (
                &|s| s.spec.inputs.push(input("a.csv/deep/b")),
                "the input \"a.csv/deep/b\" lies in a.csv, which is a file",
            ),
            (&|s| s.spec.outputs.push("../out".into()), "the output \"../out\" has the part `..`"),
            (&|s| s.spec.outputs.push("fit.svg".into()), "the output \"fit.svg\" is named twice"),
            (&|s| s.spec.recipe = recipe(), "a recipe takes no command"),
        ];
        for (change, want) in bad {
            let why = fresh(*change).expect_err(want);
            assert!(why.starts_with(want), "{why}");
        }
        let of_recipe = |change: &dyn Fn(&mut RunRequest)| {
            fresh(&|submit| {
                submit.spec.argv.clear();
                submit.spec.code = None;
                submit.environment.clear();
                submit.spec.recipe = recipe();
                change(submit);
            })
        };
        assert_eq!(of_recipe(&|_| {}), Ok(()));
        let environment = of_recipe(&|s| drop(s.environment.insert("A".into(), "b".into())));
        assert!(environment.expect_err("refused").starts_with("a recipe takes no environment"));
        let code = of_recipe(&|s| s.spec.code = RunRequest::example().spec.code);
        assert!(code.expect_err("refused").starts_with("a recipe takes no code"));
        let name = of_recipe(&|s| s.spec.outputs.push("recipe.json".into()));
        assert!(name.expect_err("refused").contains("the file that holds the recipe's arguments"));
    }
}
