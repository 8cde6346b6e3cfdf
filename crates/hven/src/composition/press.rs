//! Connects `hven-publish` to the port `Press` of the use cases.
//!
//! Reading and writing the files may take long, so the work runs on threads for blocking work. The folder and the zip
//! are created in a folder of the home that is emptied at each start. Only the finished zip becomes an object.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use hven_app::ports::{
    Objects as ObjectsPort, Press as PressPort, StoreError,
    objects::{Arrival, ByteStream, Presence},
    press::{ContentFile, Contents, Licence, Licences, PressError, PressedPublication, Unlicensed},
};
use hven_core::Digest;
use hven_publish::{
    Error, Layout, Publication, layout,
    licence::{self, Allowed},
    publication::Withheld,
};
use tokio::{runtime::Handle, task::spawn_blocking};

pub(super) struct Press {
    objects: Arc<dyn ObjectsPort>,
    folder: PathBuf,
}

const FOLDER: &str = "press";
const READ_BYTES: usize = 256 << 10;

impl Press {
    /// Removes unfinished files of a server that was killed.
    pub(super) fn new(home: &Path, objects: Arc<dyn ObjectsPort>) -> io::Result<Self> {
        let folder = home.join(FOLDER);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { objects, folder })
    }

    fn store(&self) -> Store {
        Store { objects: Arc::clone(&self.objects), handle: Handle::current() }
    }

    /// Runs `act` on a thread for blocking work.
    async fn on_blocking_thread<T: Send + 'static>(
        act: impl FnOnce() -> Result<T, PressError> + Send + 'static,
    ) -> Result<T, PressError> {
        match spawn_blocking(act).await {
            Ok(done) => done,
            Err(error) => Err(PressError::Refused(format!("the publication could not be made: {error}"))),
        }
    }
}

#[async_trait]
impl PressPort for Press {
    fn licences(&self, publication: &Publication, unlicensed: Unlicensed) -> Licences {
        let unlicensed = match unlicensed {
            Unlicensed::Refer => licence::Unlicensed::Refer,
            Unlicensed::Include => licence::Unlicensed::Include,
        };
        let found = licence::check(publication, unlicensed);
        let datasets = found.datasets.into_iter().map(|finding| Licence {
            dataset: finding.dataset,
            license: finding.license,
            redistribute: word(finding.terms.redistribute),
            derivatives: word(finding.terms.derivatives),
            commercial: word(finding.terms.commercial),
            attribution: finding.terms.attribution,
            share_alike: finding.terms.share_alike,
            included: finding.included,
            because: finding.because,
        });
        Licences { datasets: datasets.collect(), withheld: found.withheld, warnings: found.warnings }
    }

    async fn contents(&self, publication: Publication) -> Result<Contents, PressError> {
        let store = self.store();
        Self::on_blocking_thread(move || {
            let layout = layout(&publication, &store).map_err(refused)?;
            let withheld = withheld(&publication, &layout);
            let (mut files, mut missing) = (Vec::new(), Vec::new());
            for (path, included) in layout.files {
                let is_there = store.is_there(included.digest)?;
                let needed_by = included.needed_by.into_iter().collect();
                let file = ContentFile { path, digest: included.digest, size: included.size, needed_by };
                if is_there { files.push(file) } else { missing.push(file) }
            }
            Ok(Contents { files, withheld, missing })
        })
        .await
    }

    async fn press(&self, publication: Publication) -> Result<PressedPublication, PressError> {
        let (store, folder) = (self.store(), self.folder.clone());
        Self::on_blocking_thread(move || {
            let io = |what: &'static str| move |source| StoreError::Io { what: what.to_owned(), source };
            fs::create_dir_all(&folder).map_err(io("the folder of the press"))?;
            let place = tempfile::tempdir_in(&folder).map_err(io("the folder of the press"))?;
            let (target, zip) = (place.path().join("publication"), place.path().join("publication.zip"));
            let written = hven_publish::write(&publication, &store, &target, Some(&zip)).map_err(refused)?;
            let page = hven_publish::preview(&publication, &store).map_err(refused)?;
            let description =
                fs::read(target.join(hven_publish::PUBLICATION_FILE)).map_err(io("what the publication says"))?;
            let Some((archive, archive_bytes)) = written.zip else {
                return Err(PressError::Refused("the zip was not made".to_owned()));
            };
            store.keep_file(&zip, archive)?;
            Ok(PressedPublication {
                fingerprint: written.fingerprint,
                archive,
                archive_bytes,
                page: store.keep(page.into_bytes())?,
                description: store.keep(description)?,
                files: written.files,
                bytes: written.bytes,
                withheld: withheld(&publication, &written.layout),
            })
        })
        .await
    }
}

const fn word(allowed: Allowed) -> &'static str {
    match allowed {
        Allowed::Yes => "yes",
        Allowed::No => "no",
        Allowed::Unknown => "unknown",
    }
}

/// The files that the publication names only by their digest, each with a path from the publication.
fn withheld(publication: &Publication, layout: &Layout) -> Vec<(String, Digest, Withheld)> {
    let of_data = publication.datasets.iter().flat_map(|dataset| {
        let name = dataset.reference();
        let source = dataset.source.iter().map(|file| (file.path.clone(), file.digest)).collect::<Vec<_>>();
        let parts = dataset.parts.iter().map(|part| (format!("{name}.{}", part.name), part.content.digest));
        let report = dataset.report.map(|digest| (format!("{name}, report"), digest));
        source
            .into_iter()
            .chain([(name.clone(), dataset.content.digest)])
            .chain(parts.collect::<Vec<_>>())
            .chain(report)
    });
    let of_runs = publication.runs.iter().flat_map(|run| {
        run.outputs.iter().chain(&run.code_files).chain(&run.inputs).map(|file| (file.path.clone(), file.digest))
    });
    let in_folders = layout.listings.values().flat_map(|listing| &listing.files);
    let in_folders = in_folders.map(|file| (file.path.clone(), file.digest));
    let named: Vec<(String, Digest)> = of_data.chain(of_runs).chain(in_folders).collect();
    let path = |digest: &Digest| {
        let found = named.iter().find(|(_, one)| one == digest);
        found.map_or_else(|| digest.to_string(), |(path, _)| path.clone())
    };
    let mut all: Vec<_> = layout.withheld.iter().map(|(digest, why)| (path(digest), *digest, why.clone())).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn refused(error: Error) -> PressError {
    match error {
        Error::ObjectMissing { digest, path, needed_by } => PressError::Missing { digest, path, needed_by },
        Error::Io { path, source } => StoreError::Io { what: path.display().to_string(), source }.into(),
        Error::ObjectUnreadable { path, source, .. } => StoreError::Io { what: path, source }.into(),
        Error::ObjectDamaged { path, digest, found } => {
            let why = format!("its bytes should have the digest {digest}, and have {found}");
            StoreError::Damaged { what: path, why }.into()
        }
        Error::Listing { path, why, .. } => StoreError::Damaged { what: path, why }.into(),
        other => PressError::Refused(other.to_string()),
    }
}

/// Blocking access to the objects.
struct Store {
    objects: Arc<dyn ObjectsPort>,
    handle: Handle,
}

impl Store {
    fn is_there(&self, digest: Digest) -> Result<bool, StoreError> {
        Ok(matches!(self.handle.block_on(self.objects.presence(digest))?, Presence::Whole { .. }))
    }

    fn keep(&self, bytes: Vec<u8>) -> Result<Digest, StoreError> {
        self.handle.block_on(self.objects.put(bytes.into()))
    }

    fn keep_file(&self, path: &Path, digest: Digest) -> Result<(), StoreError> {
        let offset = match self.handle.block_on(self.objects.presence(digest))? {
            Presence::Whole { .. } => return Ok(()),
            // A server that was killed stored this part. The whole object is hashed at the end.
            Presence::Partial { received } => received,
            Presence::Absent | Presence::Damaged => 0,
        };
        let failed = |source| StoreError::Io { what: path.display().to_string(), source };
        let mut file = fs::File::open(path).map_err(failed)?;
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let pieces = std::iter::from_fn(move || {
            let mut piece = vec![0; READ_BYTES];
            match file.read(&mut piece) {
                Ok(0) => None,
                Ok(read) => {
                    piece.truncate(read);
                    Some(Ok(piece.into()))
                }
                Err(error) => Some(Err(error)),
            }
        });
        let stream: ByteStream = Box::pin(futures::stream::iter(pieces));
        self.handle.block_on(self.objects.receive(digest, Arrival::rest(offset), stream)).map(drop)
    }
}

impl hven_publish::Objects for Store {
    fn open(&self, digest: Digest) -> io::Result<Box<dyn Read + '_>> {
        let opened = self.handle.block_on(self.objects.open(digest, 0)).map_err(io::Error::other)?;
        let (_, stream) = opened.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Opened { stream, handle: &self.handle, rest: Default::default() }))
    }
}

/// An object that is read in parts.
struct Opened<'s> {
    stream: ByteStream,
    handle: &'s Handle,
    rest: bytes::Bytes,
}

impl Read for Opened<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        use futures::StreamExt;
        while self.rest.is_empty() {
            match self.handle.block_on(self.stream.next()) {
                Some(piece) => self.rest = piece?,
                None => return Ok(0),
            }
        }
        let count = target.len().min(self.rest.len());
        target[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}
