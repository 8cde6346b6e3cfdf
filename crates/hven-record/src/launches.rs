//! The private parts of launches: one file each, readable by its owner only, outside the record and its backups.

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use hven_app::ports::{Launches, StoreError, StoreResult, launch::Launch};

use crate::{errors::io_error, home::Home};

/// The path for a name; `None` if the name is not valid as part of a path.
fn path_of(folder: &Path, name: &str) -> Option<PathBuf> {
    let good = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
    good.then(|| folder.join(format!("{name}.json")))
}

fn keep(folder: &Path, launch: &Launch) -> io::Result<String> {
    // The name is a digest under a key that never leaves this folder, so that equal launches share a file and the name reveals
    // nothing about the content.
    let mut key = [0_u8; 32];
    let key_path = folder.join("names.key");
    match fs::read(&key_path) {
        Ok(bytes) if bytes.len() == 32 => key.copy_from_slice(&bytes),
        _ => {
            getrandom::fill(&mut key)?;
            write_private(&key_path, &key)?;
        }
    }
    let bytes = serde_json::to_vec(launch)?;
    let digest = blake3::keyed_hash(&key, &bytes).to_hex();
    let name = digest[..32].to_owned();
    let path = folder.join(format!("{name}.json"));
    match File::options().write(true).open(&path) {
        // The launch is used again, so its file must outlive the clean-up until the new run is recorded.
        Ok(file) => file.set_modified(SystemTime::now())?,
        Err(_) => write_private(&path, &bytes)?,
    }
    Ok(name)
}

/// Writes a file atomically, readable by its owner only.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut random = [0_u8; 8];
    getrandom::fill(&mut random)?;
    let new = path.with_extension(format!("{:016x}.new", u64::from_le_bytes(random)));
    let write = || {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&new, path)
    };
    write().inspect_err(|_| drop(fs::remove_file(&new)))
}

fn retain(folder: &Path, names: &[String], age_min: Duration) -> io::Result<()> {
    let wanted: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_launch = path.extension().is_some_and(|extension| extension == "json");
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let age = fs::metadata(&path)?.modified()?.elapsed().unwrap_or_default();
        if is_launch && !wanted.contains(name) && age >= age_min {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

impl Home {
    async fn with_private<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let folder = self.inner.path.join("private");
        let outcome = tokio::task::spawn_blocking(move || work(&folder)).await.map_err(|_| StoreError::Closed)?;
        outcome.map_err(|e| io_error("the private part of a launch", e))
    }
}

#[async_trait]
impl Launches for Home {
    async fn keep(&self, launch: Launch) -> StoreResult<String> {
        self.inner.shared.reserve.refuse_if_low("the private part of a launch")?;
        self.inner.shared.reserve.note(self.with_private(move |folder| keep(folder, &launch)).await)
    }

    async fn get(&self, name: &str) -> StoreResult<Option<Launch>> {
        let name = name.to_owned();
        self.with_private(move |folder| {
            let Some(path) = path_of(folder, &name) else { return Ok(None) };
            match fs::read(path) {
                Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(e) => Err(e),
            }
        })
        .await
    }

    async fn discard(&self, name: &str) -> StoreResult<()> {
        let name = name.to_owned();
        self.with_private(move |folder| match path_of(folder, &name).map(fs::remove_file) {
            Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        })
        .await
    }

    async fn retain(&self, names: &[String], age_min: Duration) -> StoreResult<()> {
        let names = names.to_vec();
        self.with_private(move |folder| retain(folder, &names, age_min)).await
    }
}
