//! Converts the origin of imported results to wire types: the publication that they came with.

use hven_api::publications as wire;
use hven_app::{labelled::Labels, origins::Origin, ports::publications::ImportView};

use super::{actor, text};

/// The publication that a node was imported with.
pub(crate) fn origin(origin: &Origin, labels: &Labels) -> wire::Origin {
    origin_of(&origin.import, origin.name.clone(), labels)
}

pub(crate) fn origin_of(view: &ImportView, name: Option<String>, labels: &Labels) -> wire::Origin {
    let imported = &view.imported;
    wire::Origin {
        identifier: imported.identifier.clone(),
        version: imported.version,
        title: imported.title.clone(),
        publisher: imported.publisher.clone(),
        fingerprint: imported.fingerprint.to_string(),
        name,
        imported: text(view.time),
        imported_by: actor(labels.actor(view.by)),
    }
}
