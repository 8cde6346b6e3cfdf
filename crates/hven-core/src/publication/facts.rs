//! The facts of publications: which were made, and which were brought in from elsewhere.

use serde::{Deserialize, Serialize};

use crate::{
    ClaimId, Digest, PublicationId, RunId,
    name::Name,
    named::{Named, Need, Shape},
    project::ProjectPath,
    soundness::Node,
    trace::Trace,
};

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            PublicationMade($crate::publication::Made) = "publication.made" version 1,
                about |p| Some(p.publication.into()), objects $crate::publication::objects_of_made,
                trace $crate::publication::trace_of_made;
            /// A publication from elsewhere was brought in, with all that it rests on.
            CrateImported($crate::publication::Imported) = "crate.imported" version 1,
                about |_| None, objects $crate::publication::objects_of_imported;
        }
        nodes { Publication($crate::PublicationId) = "publication" 3; }
        subjects {}
    } };
}
pub(crate) use noun;

/// A version of a publication was made. It is frozen: what it rests on stands here and never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Of this version alone.
    pub publication: PublicationId,
    pub project: ProjectPath,
    pub name: Name,
    /// Counted from 1 within project and name.
    pub version: u32,
    /// The version that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<PublicationId>,
    /// Unique in the world and the same for all versions.
    pub identifier: String,
    pub title: String,
    pub claims: Vec<ClaimId>,
    /// The runs on which the claims had been judged.
    pub evidence: Vec<RunId>,
    /// Changes when anything that it says changes, but not with the time and the version.
    pub state: Digest,
    /// The digest of `manifest.json`, which names all other files.
    pub fingerprint: Digest,
    /// The zip.
    pub archive: Digest,
    pub archive_bytes: u64,
    /// `index.html` with its pictures inside, to be looked at here.
    pub page: Digest,
    /// `publication.json`.
    pub description: Digest,
    pub files: u64,
    pub bytes: u64,
    /// What is only named by its digest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<WithheldFile>,
}

impl Made {
    /// What its zip is called.
    pub fn zip_name(&self) -> String {
        format!("{}-v{}.zip", self.name, self.version)
    }
}

/// A file that a publication names and does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldFile {
    pub path: String,
    pub digest: Digest,
    /// In words.
    pub because: String,
}

/// A publication from elsewhere was brought in: what it holds was recorded by the facts that go with this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The digest of `manifest.json`.
    pub fingerprint: Digest,
    /// As its maker named it, for all versions.
    pub identifier: String,
    pub version: u32,
    pub title: String,
    /// Who published it, by name.
    pub publisher: String,
    /// `publication.json`, which says when and by whom everything was done.
    pub description: Digest,
    pub project: ProjectPath,
    /// What came in with it and was not here before, and how its home calls each.
    pub nodes: Vec<ImportedNode>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportedNode {
    pub node: Node,
    /// A run by its handle there, a dataset or a claim by its name.
    pub name: String,
}

pub(crate) fn trace_of_made(made: &Made) -> Trace {
    let claims = made.claims.iter().map(|claim| Node::from(*claim));
    let rests_on = claims.chain(made.evidence.iter().map(|run| Node::from(*run))).collect();
    Trace { rests_on, ..Trace::default() }
}

pub(crate) fn objects_of_made<'a>(made: &'a Made, look: &mut dyn FnMut(Named<'a>)) {
    look(Named::bytes(made.archive, Need::Required, "the archive of a publication"));
    look(Named::bytes(made.page, Need::Required, "the page of a publication"));
    look(Named::bytes(made.description, Need::Required, "the description of a publication"));
}

pub(crate) fn objects_of_imported<'a>(imported: &'a Imported, look: &mut dyn FnMut(Named<'a>)) {
    let path = "the description of a publication from elsewhere";
    look(Named { shape: Shape::Description, ..Named::bytes(imported.description, Need::Required, path) });
}

crate::sample::sampled! {
    Made {
        publication, project, name, version, supersedes, identifier, title, claims, evidence, state, fingerprint, archive,
        archive_bytes, page, description, files, bytes, withheld,
    }
    WithheldFile { path, digest, because }
    Imported { fingerprint, identifier, version, title, publisher, description, project, nodes }
    ImportedNode { node, name }
}
