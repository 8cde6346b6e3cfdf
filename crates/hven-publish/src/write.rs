//! Writes a publication: a folder, and a zip of it.
//!
//! Both are written under a temporary name next to their target and renamed when they are complete, so a kill leaves no
//! partial result under the final names. The next try removes the temporary files of a killed one. The same publication
//! gives the same bytes: this file uses no clock and no random numbers.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use hven_core::Digest;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{
    citation,
    error::{AtPath, Error, Result},
    graph::Graph,
    law_check,
    layout::{self, Layout},
    lineage::{self, LINEAGE_FILE},
    manifest::{self, FileDigests, Hasher, MANIFEST_FILE, Manifest},
    names,
    objects::Objects,
    page::{self, PageInput},
    plot::ToSvg,
    publication::{FORMAT, Publication},
    rerun, ro_crate, software,
};

pub const PUBLICATION_FILE: &str = "publication.json";
/// Larger pictures are not included in a preview.
const PREVIEW_PICTURE_BYTES_MAX: u64 = 2 << 20;

/// The result of writing a publication.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenPublication {
    /// The BLAKE3 digest of `manifest.json`, which names all other files: it fixes every byte.
    pub fingerprint: Digest,
    pub files: u64,
    pub bytes: u64,
    /// Digest and size of the zip, if one was requested.
    pub zip: Option<(Digest, u64)>,
    /// The path of each object, and the withheld objects.
    pub layout: Layout,
}

/// Writes a publication into a new folder and, if requested, a new zip. Neither may exist already.
pub fn write(
    publication: &Publication,
    objects: &dyn Objects,
    folder: &Path,
    zip: Option<&Path>,
) -> Result<WrittenPublication> {
    for target in [Some(folder), zip].into_iter().flatten() {
        if target.symlink_metadata().is_ok() {
            return Err(Error::Exists { path: target.to_owned() });
        }
    }
    let layout = layout::layout(publication, objects)?;
    let partial = partial(folder)?;
    if partial.symlink_metadata().is_ok() {
        fs::remove_dir_all(&partial).at(&partial)?;
    }
    let mut done = RemoveOnDrop(vec![partial.clone()]);
    let manifest = fill(publication, &layout, objects, &partial)?;
    let manifest_bytes = manifest.to_bytes();
    let zip_digest = match zip {
        None => None,
        Some(zip) => {
            let partial_zip = self::partial(zip)?;
            done.0.push(partial_zip.clone());
            let digest = pack(&partial, &manifest, &partial_zip)?;
            fs::rename(&partial_zip, zip).at(zip)?;
            // If the folder cannot be renamed, the zip is removed, too.
            done.0.push(zip.to_owned());
            Some(digest)
        }
    };
    fs::rename(&partial, folder).at(folder)?;
    done.0.clear();
    sync_parent(folder)?;
    let files = manifest.files.len() as u64 + 1;
    let bytes = manifest.files.values().map(|file| file.size).sum::<u64>() + manifest_bytes.len() as u64;
    Ok(WrittenPublication { fingerprint: Digest::of(&manifest_bytes), files, bytes, zip: zip_digest, layout })
}

/// The page alone, with its pictures inside, for a view without other files.
pub fn preview(publication: &Publication, objects: &dyn Objects) -> Result<String> {
    let layout = layout::layout(publication, objects)?;
    let graph = lineage::graph(publication, &layout.listings);
    let plots = plots(publication);
    let mut inside = BTreeMap::from([(LINEAGE_FILE.to_owned(), graph.picture())]);
    inside.extend(plots.iter().flatten().cloned());
    let mut inside: BTreeMap<String, String> =
        inside.into_iter().map(|(path, svg)| (path.clone(), page::data_url(&path, svg.as_bytes()))).collect();
    for (path, included) in page::pictures_of(&layout).filter(|(_, file)| file.size <= PREVIEW_PICTURE_BYTES_MAX) {
        let mut bytes = Vec::new();
        let unreadable = |source| Error::ObjectUnreadable { digest: included.digest, path: path.clone(), source };
        let mut reader = layout::open(objects, included.digest, path, || path.clone())?;
        reader.read_to_end(&mut bytes).map_err(unreadable)?;
        drop(reader);
        inside.insert(path.clone(), page::data_url(path, &bytes));
    }
    let paths = paths_of(&plots);
    Ok(page::html(&PageInput { publication, layout: &layout, graph: &graph, plots: &paths, inside }))
}

fn paths_of(plots: &[Vec<(String, String)>]) -> Vec<Vec<String>> {
    plots.iter().map(|of_law| of_law.iter().map(|(path, _)| path.clone()).collect()).collect()
}

/// Removes unfinished files when it is dropped. Errors are ignored: the caller already gets the first error.
struct RemoveOnDrop(Vec<PathBuf>);
impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// `.NAME.partial` in the same folder: the temporary name of an unfinished file or folder.
pub fn partial(target: &Path) -> Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| Error::Invalid { why: format!("{} has no name", target.display()) })?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".partial");
    Ok(target.with_file_name(hidden))
}

fn sync_parent(path: &Path) -> Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).at(parent)
}

/// Writes all files into an empty folder; the manifest is the last.
fn fill(publication: &Publication, layout: &Layout, objects: &dyn Objects, folder: &Path) -> Result<Manifest> {
    let mut writer = FolderWriter { folder, files: BTreeMap::new() };
    fs::create_dir_all(folder).at(folder)?;
    for (path, included) in &layout.files {
        writer.copy(path, included, objects)?;
    }
    let graph = lineage::graph(publication, &layout.listings);
    for (path, bytes) in documents(publication, layout, &graph)? {
        writer.put(&path, &bytes)?;
    }
    let metadata = ro_crate::metadata(publication, layout, &writer.files);
    writer.put(ro_crate::METADATA_FILE, &pretty(&metadata)?)?;
    let manifest = Manifest::of(writer.files);
    let path = folder.join(MANIFEST_FILE);
    let mut file = File::create_new(&path).at(&path)?;
    file.write_all(&manifest.to_bytes()).and_then(|()| file.sync_all()).at(&path)?;
    Ok(manifest)
}

/// All files except objects, metadata and manifest.
fn documents(publication: &Publication, layout: &Layout, graph: &Graph) -> Result<Vec<(String, Vec<u8>)>> {
    let mut published = publication.clone();
    FORMAT.clone_into(&mut published.format);
    published.withheld.clone_from(&layout.withheld);
    let plots = plots(publication);
    let paths = paths_of(&plots);
    let page = page::html(&PageInput { publication, layout, graph, plots: &paths, inside: BTreeMap::new() });
    let mut documents = vec![
        (PUBLICATION_FILE.to_owned(), pretty(&published)?),
        ("prov.json".to_owned(), pretty(&graph.prov())?),
        ("datacite.json".to_owned(), pretty(&citation::datacite(publication))?),
        ("CITATION.cff".to_owned(), citation::cff(publication).into_bytes()),
        ("README.md".to_owned(), rerun::readme(publication, layout).into_bytes()),
        (LINEAGE_FILE.to_owned(), graph.picture().into_bytes()),
        ("index.html".to_owned(), page.into_bytes()),
    ];
    documents.extend(plots.into_iter().flatten().map(|(path, svg)| (path, svg.into_bytes())));
    for run in &publication.runs {
        if let (Some(path), Some(script)) = (rerun::script_path(run), rerun::script(run, layout)) {
            documents.push((path, script));
        }
        if let (Some(path), Some(packages)) = (software::requirements_path(run), software::requirements(run)) {
            documents.push((path, packages.into_bytes()));
        }
    }
    if let Some(script) = law_check::script(publication, layout) {
        documents.push((law_check::SCRIPT_FILE.to_owned(), script.as_bytes().to_vec()));
    }
    Ok(documents)
}

/// For each law its pictures, with their paths.
fn plots(publication: &Publication) -> Vec<Vec<(String, String)>> {
    let laws = publication.laws.iter().enumerate();
    laws.map(|(number, law)| {
        let plots = law.plots.iter().enumerate();
        plots
            .map(|(at, plot)| {
                let name = names::portable_name(&format!("law-{}-{}-{}", number + 1, at + 1, plot.name));
                (format!("plots/{name}.svg"), plot.svg())
            })
            .collect()
    })
    .collect()
}

fn pretty<T: serde::Serialize>(document: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|wrong| Error::Invalid { why: wrong.to_string() })?;
    bytes.push(b'\n');
    Ok(bytes)
}

struct FolderWriter<'a> {
    folder: &'a Path,
    files: BTreeMap<String, FileDigests>,
}

impl FolderWriter<'_> {
    fn create(&self, path: &str) -> Result<(PathBuf, File)> {
        let full = self.folder.join(path);
        if let Some(parent) = full.parent() {
            fs::create_dir_all(parent).at(parent)?;
        }
        // A taken name would be an error in the layout.
        let file = File::create_new(&full).at(&full)?;
        Ok((full, file))
    }

    fn copy(&mut self, path: &str, included: &layout::IncludedFile, objects: &dyn Objects) -> Result<()> {
        let digest = included.digest;
        let needed_by = || included.needed_by.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut reader = layout::open(objects, digest, path, needed_by)?;
        let (full, file) = self.create(path)?;
        let mut target = BufWriter::new(file);
        let digests = manifest::copy(&mut reader, &mut target).map_err(|source| Error::ObjectUnreadable {
            digest,
            path: path.to_owned(),
            source,
        })?;
        target.flush().at(&full)?;
        if digests.blake3 != digest {
            return Err(Error::ObjectDamaged { digest, path: path.to_owned(), found: digests.blake3 });
        }
        self.files.insert(path.to_owned(), digests);
        Ok(())
    }

    fn put(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let (full, mut file) = self.create(path)?;
        file.write_all(bytes).at(&full)?;
        self.files.insert(path.to_owned(), Hasher::of(bytes));
        Ok(())
    }
}

/// Extensions of files that are already compressed.
const COMPRESSED: &[&str] = &["parquet", "png", "jpg", "jpeg", "webp", "gif", "zip", "gz", "zst", "xz", "bz2", "onnx"];

/// Packs the folder. All entries have the same time and mode, and they are sorted by name.
fn pack(folder: &Path, manifest: &Manifest, target: &Path) -> Result<(Digest, u64)> {
    // A file of a killed try is removed, not overwritten: it may be a link.
    match fs::remove_file(target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error).at(target),
        _ => {}
    }
    let file = File::create_new(target).at(target)?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    let failed = |wrong: zip::result::ZipError| Error::Io { path: target.to_owned(), source: io::Error::other(wrong) };
    let names = manifest.files.iter().map(|(path, file)| (path.as_str(), file.size)).chain([(MANIFEST_FILE, 0)]);
    for (path, size) in names {
        let ending = path.rsplit('.').next().unwrap_or_default().to_lowercase();
        let method =
            if COMPRESSED.contains(&ending.as_str()) { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644)
            .large_file(size >= u64::from(u32::MAX));
        zip.start_file(path, options).map_err(failed)?;
        let full = folder.join(path);
        let mut source = File::open(&full).at(&full)?;
        io::copy(&mut source, &mut zip).at(target)?;
    }
    let file = zip.finish().map_err(failed)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error).at(target)?;
    file.sync_all().at(target)?;
    let mut source = File::open(target).at(target)?;
    let digests = manifest::copy(&mut source, &mut io::sink()).at(target)?;
    Ok((digests.blake3, digests.size))
}
