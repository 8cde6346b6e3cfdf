//! `manifest.json`: the list of all files of a publication with their digests.
//!
//! It names every file except itself. Its own BLAKE3 digest is the publication's fingerprint, which fixes every byte.
//! SHA-256 is listed in addition to BLAKE3 because every system and every browser can compute it.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

use hven_core::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::text::put;

/// The value of `format` in `manifest.json`.
pub const FORMAT: &str = "hven.manifest/1";
pub const MANIFEST_FILE: &str = "manifest.json";

/// All files of a publication, by path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    pub files: BTreeMap<String, FileDigests>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDigests {
    pub size: u64,
    pub blake3: Digest,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    pub(crate) fn of(files: BTreeMap<String, FileDigests>) -> Self {
        Self { format: FORMAT.to_owned(), files }
    }

    /// The bytes of `manifest.json`, one file per line, so that people can read and compare it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let lines: Vec<String> = self
            .files
            .iter()
            .map(|(path, file)| {
                let FileDigests { size, blake3, sha256 } = file;
                format!(
                    "    {}: {{ \"size\": {size}, \"blake3\": \"{blake3}\", \"sha256\": \"{sha256}\" }}",
                    quoted(path)
                )
            })
            .collect();
        format!("{{\n  \"format\": {},\n  \"files\": {{\n{}\n  }}\n}}\n", quoted(&self.format), lines.join(",\n"))
            .into_bytes()
    }
}

/// Computes both digests of bytes.
#[derive(Default)]
pub(crate) struct Hasher {
    blake3: blake3::Hasher,
    sha256: Sha256,
    size: u64,
}

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.blake3.update(bytes);
        self.sha256.update(bytes);
        self.size += bytes.len() as u64;
    }

    pub(crate) fn finish(self) -> FileDigests {
        let mut sha256 = String::with_capacity(64);
        self.sha256.finalize().iter().for_each(|byte| put!(sha256, "{byte:02x}"));
        FileDigests { size: self.size, blake3: self.blake3.finalize().into(), sha256 }
    }

    pub(crate) fn of(bytes: &[u8]) -> FileDigests {
        let mut hasher = Self::default();
        hasher.update(bytes);
        hasher.finish()
    }
}

/// Copies bytes and returns their digests.
pub(crate) fn copy(from: &mut dyn Read, to: &mut dyn Write) -> io::Result<FileDigests> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 128 << 10];
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => count,
            Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => continue,
            Err(wrong) => return Err(wrong),
        };
        hasher.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_json_with_a_file_a_line() {
        let files = BTreeMap::from([("a \"b\".csv".to_owned(), Hasher::of(b"abc")), ("c".to_owned(), Hasher::of(b""))]);
        let manifest = Manifest::of(files);
        let text = manifest.to_bytes();
        assert_eq!(serde_json::from_slice::<Manifest>(&text).expect("it is JSON"), manifest);
        let text = String::from_utf8(text).expect("it is text");
        assert!(
            text.contains("\"sha256\": \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\" },\n"),
            "{text}"
        );
    }

    #[test]
    fn digests_are_those_of_the_bytes() {
        let mut copied = Vec::new();
        let digests = copy(&mut &b"Uraniborg"[..], &mut copied).expect("memory");
        assert_eq!((copied.as_slice(), digests.blake3, digests.size), (&b"Uraniborg"[..], Digest::of(b"Uraniborg"), 9));
    }
}
