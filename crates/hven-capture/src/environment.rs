//! Selects the environment variables that are recorded with readable values: harmless ones that may affect the result. All
//! variables reach the process, and all that affect the work are recorded by keyed digests: see [`hven_core::surroundings`].

use std::{collections::BTreeMap, path::Path};

use hven_client::env;
use hven_core::surroundings::fits;

/// Names, and prefixes of names (with `*`), whose values are recorded.
const RECORDED: &[&str] = &[
    "PATH",
    "LANG",
    "LC_*",
    "TZ",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "TF_DETERMINISTIC_OPS",
    "XLA_FLAGS",
    "JULIA_NUM_THREADS",
    "VIRTUAL_ENV",
    "CONDA_DEFAULT_ENV",
    "CONDA_PREFIX",
    "PYTHONHASHSEED",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONOPTIMIZE",
    "PYTHONUTF8",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "R_LIBS*",
    "JULIA_PROJECT",
    "LD_LIBRARY_PATH",
];

/// The environment of this process, as the task will receive it, and the names of variables that are not valid text. Those
/// are not passed on.
pub fn of_process() -> (BTreeMap<String, String>, Vec<String>) {
    let mut kept = BTreeMap::new();
    let mut left_out = Vec::new();
    for (name, value) in env::all() {
        match (name.into_string(), value.into_string()) {
            (Ok(name), Ok(value)) => drop(kept.insert(name, value)),
            (Ok(name), Err(_)) | (Err(_), Ok(name)) => left_out.push(name),
            (Err(name), Err(_)) => left_out.push(name.to_string_lossy().into_owned()),
        }
    }
    for name in env::OF_AN_ATTEMPT {
        kept.remove(name);
    }
    (kept, left_out)
}

/// Sets `PWD` as a shell does when it enters a folder. If the folder is the current one, the variable keeps the value from
/// the shell.
pub fn enter(environment: &mut BTreeMap<String, String>, folder: &Path) {
    if std::env::current_dir().is_ok_and(|cwd| cwd == folder) {
        return;
    }
    match folder.to_str() {
        Some(path) => drop(environment.insert(PWD.to_owned(), path.to_owned())),
        // A variable is text. Without it, a shell determines its folder itself.
        None => drop(environment.remove(PWD)),
    }
}

/// The variable in which a shell stores its current folder.
const PWD: &str = "PWD";

/// The names among a run's recorded variables that were recorded on request.
pub fn asked_for<'a>(recorded: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let always = |name: &str| RECORDED.iter().any(|pattern| fits(name, pattern));
    recorded.into_iter().filter(|name| !always(name)).cloned().collect()
}

/// The names in `environment` whose values are recorded; `more` has additional allowed names.
pub fn recorded(environment: &BTreeMap<String, String>, more: &[String]) -> Vec<String> {
    let allowed = |name: &&String| {
        RECORDED.iter().any(|pattern| fits(name, pattern)) || more.iter().any(|pattern| fits(name, pattern))
    };
    environment.keys().filter(allowed).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_allowed_variables_are_recorded() {
        let names = ["PATH", "LC_ALL", "AWS_SECRET_ACCESS_KEY", "MY_SEED", "PYTHONHASHSEED", "PYTHON_KEYRING_PASSWORD"];
        let environment = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        assert_eq!(recorded(&environment, &[]), ["LC_ALL", "PATH", "PYTHONHASHSEED"]);
        let asked = recorded(&environment, &["MY_*".to_owned()]);
        assert_eq!(asked, ["LC_ALL", "MY_SEED", "PATH", "PYTHONHASHSEED"]);
        assert_eq!(asked_for(&asked), ["MY_SEED"]);
    }

    #[test]
    fn entering_another_folder_sets_the_shells_folder() {
        let before = BTreeMap::from([(PWD.to_owned(), "/link/to/here".to_owned())]);
        let entered = |folder: &Path| {
            let mut environment = before.clone();
            enter(&mut environment, folder);
            environment.remove(PWD)
        };
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(entered(&here).as_deref(), Some("/link/to/here"), "as the shell set it");
        assert_eq!(entered(Path::new("/elsewhere")).as_deref(), Some("/elsewhere"));
        let no_text = hven_core::file_name::to_path("/w\u{eff6}rk");
        assert_eq!(entered(&no_text), None);
    }
}
