//! Refuses a folder that cannot be a home, or is no home yet.

use std::{fs, io, os::unix::fs::MetadataExt, path::Path};

use hven_client::Failure;

use crate::settings::Origin;

/// Refuses a home of another user: files in a home are executed and read with the caller's rights.
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

/// Refuses when there is no home yet, for commands that need an existing home.
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
    fn a_file_is_no_home_and_a_missing_folder_may_become_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        assert!(check_owner(&file, &Origin::Default).is_err());
        assert!(check_owner(&folder.path().join("new"), &Origin::Default).is_ok());
        assert!(require(folder.path()).is_err());
    }
}
