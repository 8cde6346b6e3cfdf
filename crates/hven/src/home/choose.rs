//! Chooses the home of a command: from the flag, the variable, a `.hven` folder above the working directory, or the
//! default.

use std::path::PathBuf;

use hven_client::{Failure, env};

use crate::settings::Origin;

/// The folder that is searched for in the working directory and the folders above it.
pub const FOLDER: &str = ".hven";

/// The inputs for the choice of the home.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    pub flag: Option<PathBuf>,
    pub hven_home: Option<PathBuf>,
    pub cwd: PathBuf,
    pub xdg_data_home: Option<PathBuf>,
    pub user_home: Option<PathBuf>,
}

impl Surroundings {
    pub fn of_process(flag: Option<PathBuf>) -> anyhow::Result<Self> {
        let cwd = std::env::current_dir().map_err(|e| {
            Failure::new("file.unreadable", format!("the working directory was removed or cannot be read: {e}"))
        })?;
        Ok(Self {
            flag,
            hven_home: env::path(env::HVEN_HOME),
            cwd,
            xdg_data_home: env::path("XDG_DATA_HOME").filter(|path| path.is_absolute()),
            user_home: env::path("HOME").filter(|path| path.is_absolute()),
        })
    }
}

/// Chooses the home: `--home`, `HVEN_HOME`, the nearest `.hven` folder, or the user's data folder. It need not exist.
pub fn choose(around: &Surroundings) -> anyhow::Result<(PathBuf, Origin)> {
    if let Some(path) = &around.flag {
        return Ok((around.cwd.join(path), Origin::Flag("--home")));
    }
    if let Some(path) = &around.hven_home {
        return Ok((around.cwd.join(path), Origin::Env(env::HVEN_HOME)));
    }
    for folder in around.cwd.ancestors() {
        let path = folder.join(FOLDER);
        if path.is_dir() {
            return Ok((path, Origin::Found));
        }
    }
    let data = around.xdg_data_home.clone().or_else(|| Some(around.user_home.as_ref()?.join(".local/share")));
    match data {
        Some(data) => Ok((data.join("hven"), Origin::Default)),
        None => Err(Failure::new("home.not_found", "no home is named, and neither HOME nor XDG_DATA_HOME is set")
            .hint("name a folder: `hven --home DIR …` or HVEN_HOME")
            .into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_home_is_chosen_by_rule() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let cwd = root.join("study/deep");
        fs::create_dir_all(&cwd).expect("made");
        let mut around = Surroundings { cwd: cwd.clone(), user_home: Some(root.to_owned()), ..Surroundings::default() };
        let check = |around: &Surroundings, wanted: PathBuf, origin: Origin| {
            assert_eq!(choose(around).expect("a home"), (wanted, origin));
        };
        check(&around, root.join(".local/share/hven"), Origin::Default);
        around.xdg_data_home = Some(root.join("data"));
        check(&around, root.join("data/hven"), Origin::Default);
        fs::create_dir(root.join("study/.hven")).expect("made");
        check(&around, root.join("study/.hven"), Origin::Found);
        around.hven_home = Some(root.join("other"));
        check(&around, root.join("other"), Origin::Env("HVEN_HOME"));
        around.flag = Some("here".into());
        check(&around, cwd.join("here"), Origin::Flag("--home"));
        assert!(choose(&Surroundings::default()).is_err());
    }
}
