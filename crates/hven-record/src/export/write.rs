//! Exports a home: splits its backup into plain files, and adds files for people.
//!
//! The exporter rebuilds the views of the exported facts in a temporary database in the folder. Therefore the tables show
//! the same state as the facts, while the home stays in use.

use std::{io::Read, path::Path};

use hven_app::ports::record::Head;
use hven_core::{Digest, envelope::Envelope};

use super::{
    ExportError, FORMAT, Manifest, README, SCHEMA, SUMS, Step, WORK, WriteError, describe, documents,
    facts::FactSheet,
    folder::Folder,
    layout::object_path,
    refused,
    streams::{self, Unsealed},
    tables,
};
use crate::{
    backup_format::Label,
    errors::OpenError,
    restore::{self, BackupVisitor, Gaps, NewHome, Refused},
    series::{PartError, StreamId},
    settings::Settings,
};

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    pub head: Head,
    pub objects: u64,
    /// Objects that facts of runs name but that the home had lost.
    pub objects_missing: Vec<Digest>,
    /// The number of streams with unsealed bytes.
    pub unsealed: u64,
    pub files: u64,
    pub bytes: u64,
}

/// Exports a home from its backup to a folder that is empty or does not exist. On failure, it removes the written files.
pub fn export(backup: impl Read, folder: &Path, progress: &mut dyn FnMut(Step)) -> Result<Exported, ExportError> {
    let root = folder.to_owned();
    let mut folder = Folder::take(&root)?;
    let work = folder.path(WORK);
    let new_home = NewHome::begin(&work, &Settings::default())?;
    let sheet = FactSheet::begin(&folder).map_err(|e| WriteError::from(e).at(&root))?;
    let mut writer = ExportWriter {
        root: &root,
        folder: &mut folder,
        new_home,
        sheet: Some(sheet),
        progress,
        label: None,
        facts: 0,
        objects: Vec::new(),
        unsealed: Vec::new(),
    };
    // The manifest lists the objects that the home had lost.
    let found = restore::read(backup, Gaps::Accept, &mut writer).map_err(refused)?;
    writer.end_facts().map_err(refused)?;
    let ExportWriter { new_home: NewHome { mut sql, .. }, label, mut objects, unsealed, .. } = writer;
    // A backup lists objects in the order of the file system, which is different on each.
    objects.sort_unstable();
    let mut write = || {
        streams::write(&mut folder, &mut sql, &unsealed, progress)?;
        let names = tables::write(&mut folder, &mut sql, &objects, progress)?;
        documents::write(&mut folder, &mut sql, &names)
    };
    write().map_err(|e: WriteError| e.at(&root))?;
    drop(sql);
    let mut objects_missing: Vec<Digest> = found.missing.iter().map(|object| object.digest).collect();
    objects_missing.sort_unstable();
    let Some(label) = label else { return Err(ExportError::Home { why: "it has no label".to_owned() }) };
    let mut manifest = Manifest {
        schema: SCHEMA.to_owned(),
        format: FORMAT,
        hven_version: env!("CARGO_PKG_VERSION").to_owned(),
        home: label.home,
        head_seq: found.head.seq,
        head_hash: found.head.hash,
        objects: found.objects,
        objects_missing,
        unsealed: found.segments,
        files: 0,
        bytes: 0,
        sums: Digest::ZERO,
    };
    let io = |e| ExportError::io(&root, e);
    folder.write(README, describe::readme(&manifest).as_bytes()).map_err(io)?;
    let (sums, files, bytes) = folder.sums();
    (manifest.files, manifest.bytes, manifest.sums) = (files, bytes, Digest::of(sums.as_bytes()));
    folder.write(SUMS, sums.as_bytes()).map_err(io)?;
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| io(e.into()))?;
    folder.finish(&text).map_err(io)?;
    Ok(Exported {
        head: found.head,
        objects: found.objects,
        objects_missing: manifest.objects_missing,
        unsealed: found.segments,
        files,
        bytes,
    })
}

/// Writes the parts of a backup into the folder.
struct ExportWriter<'a> {
    root: &'a Path,
    folder: &'a mut Folder,
    new_home: NewHome<'a>,
    /// The table of facts. Facts come first; the table is closed at the first object.
    sheet: Option<FactSheet>,
    progress: &'a mut dyn FnMut(Step),
    label: Option<Label>,
    facts: u64,
    objects: Vec<(Digest, u64)>,
    unsealed: Vec<Unsealed>,
}

impl ExportWriter<'_> {
    fn part(&self, e: PartError) -> Refused {
        Refused::Open(OpenError::io(self.root, e.into()))
    }

    fn end_facts(&mut self) -> Result<(), Refused> {
        let Some(sheet) = self.sheet.take() else { return Ok(()) };
        sheet.end(self.folder).map_err(|e| self.part(e))
    }
}
impl BackupVisitor for ExportWriter<'_> {
    fn label(&mut self, label: &Label) -> Result<(), Refused> {
        self.label = Some(label.clone());
        Ok(())
    }

    fn facts(&mut self, envelopes: &[Envelope]) -> Result<(), Refused> {
        let Some(sheet) = &mut self.sheet else { return Err(Refused::Damaged("facts follow objects".to_owned())) };
        let added = envelopes.iter().try_for_each(|envelope| sheet.add(envelope));
        added.map_err(|e| self.part(e))?;
        self.new_home.facts(envelopes)?;
        self.facts += envelopes.len() as u64;
        let of = self.label.as_ref().map(|label| label.head_seq);
        (self.progress)(Step { what: "facts", done: self.facts, of });
        Ok(())
    }

    fn object(&mut self, wanted: Digest, bytes: &mut dyn Read) -> Result<(), Refused> {
        self.end_facts()?;
        let copied = self.folder.copy(&object_path(&wanted), bytes);
        let (digest, size) = copied.map_err(|e| Refused::Open(OpenError::io(self.root, e)))?;
        if digest != wanted {
            return Err(Refused::Damaged(format!("the object {wanted} has other bytes: those of {digest}")));
        }
        self.objects.push((digest, size));
        (self.progress)(Step { what: "objects", done: self.objects.len() as u64, of: None });
        Ok(())
    }

    fn segment(&mut self, stream: StreamId, from: u64, bytes: &mut dyn Read) -> Result<(), Refused> {
        self.end_facts()?;
        let (attempt, name) = stream;
        let file = format!("unsealed/{}/{}.{name}@{from}", attempt.run, attempt.number);
        self.folder.copy(&file, bytes).map_err(|e| Refused::Open(OpenError::io(self.root, e)))?;
        self.unsealed.push(Unsealed { stream, from, file });
        Ok(())
    }
}
