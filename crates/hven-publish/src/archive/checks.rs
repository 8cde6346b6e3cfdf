//! Reads a foreign publication with checks: its manifest, the format of its documents, and its files against the manifest.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

use hven_core::Digest;
use serde::Deserialize;

use super::{limits::Limits, source::Source};
use crate::{
    error::{Error, Result},
    manifest::{self, FileDigests, MANIFEST_FILE, Manifest},
    names,
};

/// Copies a file and compares it with its entry in the manifest.
pub(super) fn copy_checked(source: &Source, name: &str, named: &FileDigests, to: &mut dyn Write) -> Result<()> {
    // Reading one byte more than the expected size detects a longer file.
    let wanted = named.size.saturating_add(1);
    let digests = source.read_file(name, &mut |reader| manifest::copy(&mut reader.take(wanted), to))?;
    let tampered = |why: String| Err(Error::Tampered { name: name.to_owned(), why });
    if digests.size != named.size {
        let more = if digests.size > named.size { "more than that".to_owned() } else { digests.size.to_string() };
        return tampered(format!("it should have {} bytes, and has {more}", named.size));
    }
    if digests.blake3 != named.blake3 || digests.sha256 != named.sha256 {
        return tampered(format!("its BLAKE3 digest should be {}, and is {}", named.blake3, digests.blake3));
    }
    Ok(())
}

pub(super) fn read_manifest(source: &Source, limits: &Limits) -> Result<(Manifest, Digest)> {
    let path = source.path();
    let not = |why: String| Error::NotAPublication { path: path.to_owned(), why };
    if !source.has(MANIFEST_FILE) {
        return Err(not(format!("it has no {MANIFEST_FILE}")));
    }
    let mut text = Vec::new();
    source.read_file(MANIFEST_FILE, &mut |reader| {
        reader.take(limits.document_bytes_max.saturating_add(1)).read_to_end(&mut text).map(|_| ())
    })?;
    if text.len() as u64 > limits.document_bytes_max {
        return Err(too_large(path, MANIFEST_FILE, limits));
    }
    check_format(path, &text, manifest::FORMAT)?;
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|wrong| not(format!("{MANIFEST_FILE} cannot be read: {wrong}")))?;
    for name in manifest.files.keys() {
        names::check(name).map_err(|why| Error::UnsafeName { name: name.clone(), why })?;
    }
    let total = manifest.files.values().try_fold(0_u64, |sum, file| sum.checked_add(file.size));
    if total.is_none_or(|total| total > limits.bytes_max) || manifest.files.len() as u64 > limits.files_max {
        let what = format!("its manifest names more than {} files or {} bytes", limits.files_max, limits.bytes_max);
        return Err(Error::TooMuch { path: path.to_owned(), what });
    }
    Ok((manifest, Digest::of(&text)))
}

pub(super) fn too_large(path: &Path, name: &str, limits: &Limits) -> Error {
    let what = format!("{name} has more than {} bytes", limits.document_bytes_max);
    Error::TooMuch { path: PathBuf::from(path), what }
}

/// Checks the format that a document declares: the known one, one of a newer Hven, or another one.
pub(super) fn check_format(path: &Path, text: &[u8], known: &'static str) -> Result<()> {
    #[derive(Deserialize)]
    struct Declared {
        format: String,
    }
    let declared: Declared = serde_json::from_slice(text).map_err(|wrong| Error::NotAPublication {
        path: path.to_owned(),
        why: format!("it names no format: {wrong}"),
    })?;
    let family = known.split('/').next().unwrap_or(known);
    if declared.format == known {
        Ok(())
    } else if declared.format.split('/').next() == Some(family) {
        Err(Error::UnknownFormat { path: path.to_owned(), found: declared.format, known })
    } else {
        Err(Error::NotAPublication { path: path.to_owned(), why: format!("it is of the format {:?}", declared.format) })
    }
}
