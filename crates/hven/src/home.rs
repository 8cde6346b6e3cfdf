//! Which home a command speaks to, and the rules by which a folder may be one.

pub mod permissions;
pub mod port;

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use hven_client::{Failure, env};
use hven_core::disk::is_full;

use crate::settings::Origin;

/// The folder that is looked for from the working directory upward.
pub const FOLDER: &str = ".hven";

/// What the choice of the home depends on.
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
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cwd = std::env::current_dir().map_err(|e| {
            Failure::new("file.unreadable", format!("the working directory is gone or closed to you: {e}"))
        })?;
        Ok(Self {
            flag,
            hven_home: path(env::HVEN_HOME),
            cwd,
            xdg_data_home: path("XDG_DATA_HOME").filter(|path| path.is_absolute()),
            user_home: path("HOME").filter(|path| path.is_absolute()),
        })
    }
}

/// Chooses the home: `--home`, `HVEN_HOME`, `.hven` upward, the user's data folder. It need not exist yet.
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

/// Refuses a home that belongs to somebody else: what lies in it is run and read with your rights.
pub fn check_owner(home: &Path, origin: &Origin) -> anyhow::Result<()> {
    let metadata = match fs::metadata(home) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            let failure =
                Failure::new("home.refused", format!("the home {} cannot be looked at: {error}", home.display()));
            return Err(failure.hint("name another with --home").into());
        }
    };
    if !metadata.is_dir() {
        let failure = Failure::new("home.not_found", format!("{} is not a folder, so it is no home", home.display()));
        return Err(failure.hint("name another with --home").into());
    }
    if metadata.uid() != rustix::process::getuid().as_raw() {
        let failure =
            Failure::new("home.foreign", format!("the home {} ({origin}) belongs to another user", home.display()));
        return Err(failure.hint("use one of your own: `hven --home DIR …` or HVEN_HOME").into());
    }
    Ok(())
}

/// Makes the home's folder, for its owner only, when it is not there.
pub fn ensure(home: &Path) -> anyhow::Result<()> {
    permissions::make_private(home).map_err(|error| {
        Failure::new(unwritten(&error), format!("the home {} cannot be made: {error}", home.display()))
            .hint("name another place with --home or HVEN_HOME")
            .into()
    })
}

/// The code of an error of writing to a home, or to where it would be made.
pub fn unwritten(error: &io::Error) -> &'static str {
    if is_full(error.kind()) { "store.full" } else { "home.read_only" }
}

/// Why nothing can be written to a home; `None` when it can. It is tried with a file without a name: of a full quota, and of
/// a disk that the system made read-only, what the disk has free says nothing.
pub fn refuses_writes(home: &Path) -> Option<io::Error> {
    const BYTES: usize = 64 << 10;
    let write = |mut file: fs::File| file.write_all(&vec![0; BYTES]).and_then(|()| file.sync_data());
    tempfile::tempfile_in(home).and_then(write).err()
}

/// Refuses when there is no home yet, for commands that have no use for a new one.
pub fn require(home: &Path) -> anyhow::Result<()> {
    if home.join("FORMAT").exists() {
        return Ok(());
    }
    Err(Failure::new("home.not_found", format!("there is no home at {}", home.display()))
        .hint("`hven run -- COMMAND` makes one; `--home DIR` names another")
        .into())
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_file_is_no_home_and_nothing_may_become_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(check_owner(&file, &Origin::Default).is_err());
        assert!(check_owner(&folder.path().join("new"), &Origin::Default).is_ok());
        assert!(require(folder.path()).is_err());
    }
}
