//! Programs whose `run` command starts another program in an environment; finds this environment without starting anything.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::super::{folder_search::normalised, launch::Launch};

/// The words before and after `run`, if the program starts others in an environment.
pub(super) fn split_at_run<'a>(base: &str, words: &'a [String]) -> Option<(&'a [String], &'a [String])> {
    let is_one = matches!(
        base,
        "uv" | "rye" | "poetry" | "pipenv" | "pdm" | "hatch" | "pixi" | "conda" | "mamba" | "micromamba"
    );
    let run = words.iter().position(|word| word == "run").filter(|_| is_one)?;
    let (options, words) = (&words[..run], &words[run + 1..]);
    // After another subcommand, `run` is not a command: `uv pip install run`.
    are_options(options).then_some((options, words))
}

/// The environment in which `run` starts a program. `launcher`: the path of the launching program.
pub(super) fn environment_of(
    base: &str,
    options: &[String],
    words: &[String],
    launcher: &Path,
    launch: &Launch<'_>,
) -> Option<PathBuf> {
    let value = |names: &[&str]| option(options, names).or_else(|| option(words, names));
    let folder = normalised(&launch.cwd.join(value(&["--project", "--directory", "-C", "-P"]).unwrap_or_default()));
    let in_project = |place: &str| folder.ancestors().map(|folder| folder.join(place)).find(|found| found.is_dir());
    let activated = || Some(launch.cwd.join(launch.variable("VIRTUAL_ENV")?));
    let found = match base {
        "conda" | "mamba" | "micromamba" => conda_environment(&value, launcher, launch),
        "pixi" => in_project(&format!(".pixi/envs/{}", value(&["-e", "--environment"]).unwrap_or("default"))),
        "uv" if words.iter().any(|word| word == "--active") => activated(),
        "uv" => in_project(launch.variable("UV_PROJECT_ENVIRONMENT").unwrap_or(".venv")),
        "rye" => in_project(".venv"),
        // The others prefer the activated environment to their own.
        _ => activated().filter(|environment| environment.is_dir()).or_else(|| in_project(".venv")),
    };
    found.filter(|environment| environment.join("bin").is_dir())
}

fn conda_environment<'a>(
    value: &dyn Fn(&[&str]) -> Option<&'a str>,
    launcher: &Path,
    launch: &Launch<'_>,
) -> Option<PathBuf> {
    if let Some(prefix) = value(&["-p", "--prefix"]) {
        return Some(launch.cwd.join(prefix));
    }
    let installation = || fs::canonicalize(launcher).ok()?.parent()?.parent().map(Path::to_owned);
    let root = launch.variable("MAMBA_ROOT_PREFIX").map(PathBuf::from).or_else(installation);
    let name = match value(&["-n", "--name"]) {
        None => return launch.variable("CONDA_PREFIX").map(PathBuf::from).or(root),
        Some("base") => return root,
        Some(name) => name,
    };
    let listed = ["CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"].into_iter().filter_map(|name| launch.variable(name));
    let listed = listed.flat_map(|folders| folders.split(':')).map(PathBuf::from);
    let usual = root.map(|root| root.join("envs"));
    let own = launch.variable("HOME").map(|home| Path::new(home).join(".conda/envs"));
    listed.chain(usual).chain(own).map(|folder| folder.join(name)).find(|found| found.is_dir())
}

/// Whether all of these words are options and their values.
fn are_options(words: &[String]) -> bool {
    let mut may_be_value = false;
    words.iter().all(|word| {
        let is_option = word.starts_with('-');
        let is_value = !is_option && may_be_value;
        may_be_value = is_option && !word.contains('=');
        is_option || is_value
    })
}

/// The value of an option, after it or after its `=`. Words after the program belong to that program.
fn option<'a>(words: &'a [String], names: &[&str]) -> Option<&'a str> {
    let mut may_be_value = false;
    for (at, word) in words.iter().enumerate() {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if word == "--" || !(may_be_value || word.starts_with('-')) {
            return None;
        }
        if names.contains(&name) {
            return value.or_else(|| words.get(at + 1).map(String::as_str));
        }
        may_be_value = word.starts_with('-') && value.is_none();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn check(root: &Path, command: &str, variables: &[(&str, &str)], wanted: Option<&str>) {
        let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let place = |path: &str| root.join(path).display().to_string();
        let environment: BTreeMap<String, String> =
            variables.iter().map(|(name, path)| ((*name).to_owned(), place(path))).collect();
        let launch = Launch { argv: &argv, cwd: &root.join("study/part"), environment: &environment };
        let (options, words) = split_at_run(&argv[0], &argv[1..]).expect("it starts something");
        let launcher = root.join("conda/bin").join(&argv[0]);
        let found = environment_of(&argv[0], options, words, &launcher, &launch);
        assert_eq!(found, wanted.map(|path| root.join(path)), "{command}");
    }

    #[test]
    fn each_launcher_uses_its_own_environment() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = &fs::canonicalize(folder.path()).expect("a path");
        for environment in ["study/.venv", "active", "named", "study/.pixi/envs/default", "conda", "conda/envs/fit"] {
            fs::create_dir_all(root.join(environment).join("bin")).expect("made");
        }
        fs::create_dir_all(root.join("study/part")).expect("made");
        fs::create_dir_all(root.join("user/.conda/envs/own/bin")).expect("made");
        fs::write(root.join("conda/bin/conda"), "").expect("written");
        let active = &[("VIRTUAL_ENV", "active")];
        check(root, "uv run fit", &[], Some("study/.venv"));
        check(root, "uv run fit", active, Some("study/.venv"));
        check(root, "uv run --active fit", active, Some("active"));
        check(root, "uv run fit", &[("UV_PROJECT_ENVIRONMENT", "named")], Some("named"));
        check(root, "uv run --project ../other fit", &[], Some("study/.venv"));
        check(root, "poetry run fit", active, Some("active"));
        check(root, "poetry run fit", &[], Some("study/.venv"));
        check(root, "pixi run fit", &[], Some("study/.pixi/envs/default"));
        check(root, "pixi run -e gpu fit", &[], None);
        check(root, "conda run -n fit python -n 5", &[], Some("conda/envs/fit"));
        check(root, "conda run --name=own python", &[("HOME", "user")], Some("user/.conda/envs/own"));
        check(root, "conda run --no-capture-output python fit.py -n 5", &[("CONDA_PREFIX", "active")], Some("active"));
        check(root, "conda run python", &[], Some("conda"));
        check(root, "conda run -n gone python", &[], None);
    }

    #[test]
    fn run_must_be_the_command_of_the_launcher() {
        let is_run = |command: &str| {
            let argv: Vec<String> = command.split(' ').map(str::to_owned).collect();
            split_at_run(&argv[0], &argv[1..]).is_some()
        };
        assert!(is_run("uv run fit") && is_run("uv -q --color never run fit") && is_run("poetry -C study run fit"));
        assert!(!is_run("uv pip install run") && !is_run("uv sync") && !is_run("docker run fit"));
    }
}
