//! Sends the files of runs, one after the other: each is read from the disk, or from the other server, and never held in memory.

use std::{
    collections::BTreeMap,
    io::{self, Seek, Write},
    path::Path,
};

use hven_api::file_ref::FileRef;
use hven_client::{Client, ForeignServer, hash_file, hash_open_file};
use hven_core::limits::FILES_MAX;
use hven_imports::{Artifact, ArtifactBytes};

use super::{
    failed::{Failed, Outcome},
    tally::Tally,
};

/// How many files a run names at once.
const NAMED_AT_ONCE: usize = 100;

/// The files of a run on their way.
pub struct FileSender<'s> {
    /// `None`: files are only counted.
    pub client: Option<&'s Client>,
    /// Where files of the other server come from.
    pub server: Option<&'s ForeignServer>,
    pub tally: &'s Tally,
    pub run: String,
    /// Digests and sizes of the outputs that the run has.
    here: BTreeMap<String, (String, u64)>,
    waiting: Vec<FileRef>,
    /// How many came.
    pub sent: u64,
}

impl<'s> FileSender<'s> {
    /// `looking` is asked which files the run has, if it is here.
    pub fn new(
        client: Option<&'s Client>,
        looking: Option<&'s Client>,
        server: Option<&'s ForeignServer>,
        tally: &'s Tally,
        run: &str,
    ) -> Outcome<Self> {
        let mut here = BTreeMap::new();
        if let Some(client) = looking {
            for file in client.files(run)?.outputs {
                here.insert(file.path, (file.digest, file.size));
            }
        }
        Ok(Self { client, server, tally, run: run.to_owned(), here, waiting: Vec::new(), sent: 0 })
    }

    pub fn has(&self, path: &str) -> bool {
        self.here.contains_key(path)
    }

    /// Sends a file. A fault of the file itself is counted, and the next one can be sent.
    pub fn send(&mut self, artifact: Artifact) -> Outcome<()> {
        let place = format!("{}/{}", self.run, artifact.path);
        if self.here.len() + self.waiting.len() >= FILES_MAX && !self.here.contains_key(&artifact.path) {
            self.tally.fault("files", &place, format!("a run has {FILES_MAX} outputs at most"));
            return Ok(());
        }
        match self.bytes(artifact) {
            Ok(Some(file)) => {
                let mut tally = self.tally.lock();
                tally.content.files += 1;
                tally.content.file_bytes += file.size;
                drop(tally);
                self.sent += 1;
                self.waiting.push(file);
                if self.waiting.len() >= NAMED_AT_ONCE { self.finish() } else { Ok(()) }
            }
            Ok(None) => Ok(()),
            Err(Failed::Here(why)) => {
                self.tally.fault("files", &place, why);
                Ok(())
            }
            Err(everywhere) => Err(everywhere),
        }
    }

    /// Names the files that were sent as outputs of the run.
    pub fn finish(&mut self) -> Outcome<()> {
        let files = std::mem::take(&mut self.waiting);
        for file in &files {
            self.here.insert(file.path.clone(), (file.digest.clone(), file.size));
        }
        if let Some(client) = self.client.filter(|_| !files.is_empty()) {
            client.add_files(&self.run, files)?;
        }
        Ok(())
    }

    /// Sends the bytes of a file; `None` if the run has it.
    fn bytes(&self, artifact: Artifact) -> Outcome<Option<FileRef>> {
        let Artifact { path, bytes } = artifact;
        // A plan reads no file, and knows sizes alone.
        let is_here = |digest: &str, size: u64| {
            self.here.get(&path).is_some_and(|(d, s)| *s == size && (d == digest || self.client.is_none()))
        };
        let (digest, size) = match bytes {
            ArtifactBytes::File(file) => {
                let (digest, size) = self.of_file(&file)?;
                if is_here(&digest, size) {
                    return Ok(None);
                }
                if let Some(client) = self.client
                    && !client.missing(vec![digest.clone()])?.is_empty()
                {
                    client.put_file(&digest, size, &file)?;
                }
                (digest, size)
            }
            ArtifactBytes::Here(bytes) => {
                let digest = blake3::hash(&bytes).to_hex().to_string();
                if is_here(&digest, bytes.len() as u64) {
                    return Ok(None);
                }
                if let Some(client) = self.client {
                    client.put_bytes(&bytes)?;
                }
                (digest, bytes.len() as u64)
            }
            ArtifactBytes::Remote { path: at, query } => {
                let Some(client) = self.client else { return Ok(Some(file_ref(path, String::new(), 0))) };
                let (mut file, size) = self.download(&at, &query)?;
                file.rewind().map_err(unreadable)?;
                let (digest, _) = hash_open_file(&mut file).map_err(unreadable)?;
                if is_here(&digest, size) {
                    return Ok(None);
                }
                if !client.missing(vec![digest.clone()])?.is_empty() {
                    client.put(&digest, &mut file, size)?;
                }
                (digest, size)
            }
        };
        Ok(Some(file_ref(path, digest, size)))
    }

    /// A plan does not read files: their sizes are enough.
    fn of_file(&self, file: &Path) -> Outcome<(String, u64)> {
        let found = match self.client {
            Some(_) => hash_file(file),
            None => std::fs::metadata(file).map(|found| (String::new(), found.len())),
        };
        found.map_err(unreadable)
    }

    fn download(&self, at: &str, query: &[(String, String)]) -> Outcome<(std::fs::File, u64)> {
        let server = self.server.ok_or_else(|| Failed::Here("there is no server to read it from".to_owned()))?;
        let mut file = tempfile::tempfile().map_err(unreadable)?;
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let size = match server.download(at, &query, &mut file) {
            Ok(size) => size,
            Err(hven_client::Error::Api(api)) if !matches!(api.status, 401 | 403) => {
                return Err(Failed::Here(format!("the server does not send it: status {}", api.status)));
            }
            Err(hven_client::Error::Sink(error)) => return Err(Failed::Everywhere(error.into())),
            Err(error) => return Err(Failed::Everywhere(error.into())),
        };
        file.flush().map_err(unreadable)?;
        Ok((file, size))
    }
}

fn file_ref(path: String, digest: String, size: u64) -> FileRef {
    FileRef { path, digest, size, kind: "file".to_owned() }
}

#[allow(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn unreadable(error: io::Error) -> Failed {
    Failed::Here(format!("cannot be read: {error}"))
}
