//! Which environment variables are recorded with their values, so that people can read them: those that are harmless and
//! say something about the result. All variables reach the process, and all that say something of the work are recorded by
//! keyed digests: see [`hven_core::surroundings`].

use std::collections::BTreeMap;

use hven_core::surroundings::fits;

use crate::env;

/// Names, and beginnings of names (with `*`), whose values are recorded.
pub const RECORDED: &[&str] = &[
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

/// The environment of this process as the task will get it. What is not text cannot be handed on, and is named.
pub fn of_process() -> (BTreeMap<String, String>, Vec<String>) {
    let mut kept = BTreeMap::new();
    let mut left_out = Vec::new();
    for (name, value) in std::env::vars_os() {
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

/// The names among `environment` whose values are recorded; `more` are those that the caller allows, too.
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
    fn only_what_is_allowed_is_recorded() {
        let names = ["PATH", "LC_ALL", "AWS_SECRET_ACCESS_KEY", "MY_SEED", "PYTHONHASHSEED", "PYTHON_KEYRING_PASSWORD"];
        let environment = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        assert_eq!(recorded(&environment, &[]), ["LC_ALL", "PATH", "PYTHONHASHSEED"]);
        assert_eq!(recorded(&environment, &["MY_*".to_owned()]), ["LC_ALL", "MY_SEED", "PATH", "PYTHONHASHSEED"]);
    }
}
