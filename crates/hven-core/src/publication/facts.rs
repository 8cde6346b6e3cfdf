//! The facts of publications: creations, and imports from other homes.

use serde::{Deserialize, Serialize};

use crate::{
    ClaimId, Digest, PublicationId, RunId,
    name::Name,
    named_objects::{NamedObject, Need, Shape},
    project::ProjectPath,
    soundness::NodeId,
    trace::Trace,
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            PublicationMade($crate::publication::PublicationMade) = "publication.made" version 1,
                about |p| Some(p.publication.into()), objects $crate::publication::objects_of_made,
                trace $crate::publication::trace_of_made;
            /// A publication from another home was imported, with everything that it rests on.
            CrateImported($crate::publication::Imported) = "crate.imported" version 1,
                about |_| None, objects $crate::publication::objects_of_imported;
        }
        nodes { Publication($crate::PublicationId) = "publication" 3; }
        subjects {}
    } };
}
pub(crate) use noun;

/// A version of a publication was made. It is frozen: its evidence is listed here and never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicationMade {
    /// The id of this version.
    pub publication: PublicationId,
    pub project: ProjectPath,
    pub name: Name,
    /// Counted from 1 within project and name.
    pub version: u32,
    /// The version that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<PublicationId>,
    /// Globally unique and the same for all versions.
    pub identifier: String,
    pub title: String,
    pub claims: Vec<ClaimId>,
    /// The runs with which the claims had been judged.
    pub evidence: Vec<RunId>,
    /// Changes with the content, but not with the time and the version.
    pub state: Digest,
    /// The digest of `manifest.json`, which names all other files.
    pub fingerprint: Digest,
    /// The zip.
    pub archive: Digest,
    pub archive_bytes: u64,
    /// `index.html` with its pictures inside, for display in this home.
    pub page: Digest,
    /// `publication.json`.
    pub description: Digest,
    pub files: u64,
    pub bytes: u64,
    /// Files that are only named by their digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldFile>,
}

impl PublicationMade {
    /// The file name of its zip.
    pub fn zip_name(&self) -> String {
        format!("{}-v{}.zip", self.name, self.version)
    }
}

/// A file that a publication names and does not contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldFile {
    pub path: String,
    pub digest: Digest,
    /// The reason, as text.
    pub because: String,
}

/// A publication from another home was imported: its content was recorded by the facts that are recorded together with this
/// one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The digest of `manifest.json`.
    pub fingerprint: Digest,
    /// The identifier of all versions, as its author chose it.
    pub identifier: String,
    pub version: u32,
    pub title: String,
    /// The name of the person who published it.
    pub publisher: String,
    /// `publication.json`, which contains the times and actors of everything.
    pub description: Digest,
    pub project: ProjectPath,
    /// The imported nodes that were new to this home, with their names in their original home.
    pub nodes: Vec<ImportedNode>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedNode {
    pub node: NodeId,
    /// The handle of a run, the name of a dataset or a claim.
    pub name: String,
}

pub(crate) fn trace_of_made(made: &PublicationMade) -> Trace {
    let claims = made.claims.iter().map(|claim| NodeId::from(*claim));
    let rests_on = claims.chain(made.evidence.iter().map(|run| NodeId::from(*run))).collect();
    Trace { rests_on, ..Trace::default() }
}

pub(crate) fn objects_of_made<'a>(made: &'a PublicationMade, look: &mut dyn FnMut(NamedObject<'a>)) {
    look(NamedObject::bytes(made.archive, Need::Required, "the archive of a publication"));
    look(NamedObject::bytes(made.page, Need::Required, "the page of a publication"));
    look(NamedObject::bytes(made.description, Need::Required, "the description of a publication"));
}

pub(crate) fn objects_of_imported<'a>(imported: &'a Imported, look: &mut dyn FnMut(NamedObject<'a>)) {
    let path = "the description of a publication from elsewhere";
    look(NamedObject { shape: Shape::Description, ..NamedObject::bytes(imported.description, Need::Required, path) });
}

crate::sample::sampled! {
    PublicationMade {
        publication, project, name, version, supersedes, identifier, title, claims, evidence, state, fingerprint, archive,
        archive_bytes, page, description, files, bytes, withheld,
    }
    WithheldFile { path, digest, because }
    Imported { fingerprint, identifier, version, title, publisher, description, project, nodes }
    ImportedNode { node, name }
}
