//! Puts the outputs of a run in place again: each is there whole or not at all, and links that lead out are not made.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Component, Path},
};

use anyhow::Context as _;
use hven_api::runs::{FileRef, RunDetail};
use hven_client::Client;
use hven_core::{links::Tree, object::Listing};

use crate::{context::Context, failure::Failure, output::Output, partial};

/// Puts the outputs of a run in place; answers how many files were written.
pub fn restore_outputs(
    client: &Client,
    run: &RunDetail,
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<u64> {
    let mut restored = 0;
    for file in &run.output_files {
        restored += restore(client, &context.cwd, file, output).with_context(|| {
            format!("the output {} of run {} cannot be put in place", file.path, run.summary.handle)
        })?;
    }
    Ok(restored)
}

/// Puts an output in place where it is missing or differs; answers how many files were written.
fn restore(client: &Client, cwd: &Path, file: &FileRef, output: &mut dyn Output) -> anyhow::Result<u64> {
    let path = cwd.join(&file.path);
    if file.kind != "folder" {
        return restore_file(client, &path, &file.digest, false).map(u64::from);
    }
    let mut bytes = Vec::new();
    client.object(&file.digest, &mut bytes)?;
    let listing: Listing = serde_json::from_slice(&bytes)?;
    let mut restored = 0;
    for listed in &listing.files {
        let relative = within(&listed.path)?;
        restored +=
            u64::from(restore_file(client, &path.join(relative), &listed.digest.to_string(), listed.executable)?);
    }
    // Last of all, so that no file is written through one.
    let tree = Tree::of(&listing);
    for link in &listing.links {
        let relative = within(&link.path)?;
        if tree.lead(link).stays_within() {
            restored += u64::from(restore_link(&path.join(relative), Path::new(&link.target))?);
        } else {
            let name = path.join(relative);
            output.note(&format!(
                "not put back: {} was a link to {}, outside of its folder",
                name.display(),
                link.target
            ));
        }
    }
    Ok(restored)
}

fn within(path: &str) -> anyhow::Result<&Path> {
    let relative = Path::new(path);
    if relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(relative);
    }
    Err(Failure::new("store.damaged", format!("the listing names {path:?}, outside of its folder")).into())
}

/// Puts a link in place of a file or link there; a folder there stays.
fn restore_link(path: &Path, target: &Path) -> anyhow::Result<bool> {
    if fs::read_link(path).is_ok_and(|found| found == target) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = folder.join(format!(".{name}.{}.partial", std::process::id()));
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    symlink(target, &partial)?;
    fs::rename(&partial, path).inspect_err(|_| drop(fs::remove_file(&partial)))?;
    Ok(true)
}

fn restore_file(client: &Client, path: &Path, digest: &str, executable: bool) -> anyhow::Result<bool> {
    if hven_client::hash_file(path).is_ok_and(|(found, _)| found == digest) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = folder.join(format!(".{name}.{}.partial", std::process::id()));
    let write = || -> anyhow::Result<()> {
        let mut file = partial::create(&partial, 0o666)?;
        client.object(digest, &mut file)?;
        if executable {
            let mode = file.metadata()?.permissions().mode();
            file.set_permissions(fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))?;
        }
        drop(file);
        let (found, _) = hven_client::hash_file(&partial)?;
        if found != digest {
            return Err(Failure::new("store.damaged", format!("the kept bytes of {} are damaged", path.display()))
                .hint("`hven audit verify` says what else is; --fresh runs it again")
                .into());
        }
        fs::rename(&partial, path)?;
        Ok(())
    };
    write().inspect_err(|_| drop(fs::remove_file(&partial)))?;
    Ok(true)
}
