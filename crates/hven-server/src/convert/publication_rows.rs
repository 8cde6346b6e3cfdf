//! Converts versions of publications to the rows of a list.

use hven_api::publications as wire;
use hven_app::{
    labelled::Labels,
    ports::publications::PublicationView,
    publications::{PublicationItem, reference},
};
use hven_core::soundness::Soundness;

use super::{actor, sentence, text};

/// A version without the reason why it is suspect.
pub(crate) fn summary(view: &PublicationView, labels: &Labels) -> wire::PublicationSummary {
    of(view, labels.soundness(view.made.publication), labels)
}

/// A version as a list shows it, with the reason why it is suspect.
pub(crate) fn item(item: &PublicationItem, labels: &Labels) -> wire::PublicationSummary {
    wire::PublicationSummary {
        suspicion: item.stands.said.clone().map(sentence),
        ..of(&item.publication, item.stands.soundness, labels)
    }
}

fn of(view: &PublicationView, soundness: Soundness, labels: &Labels) -> wire::PublicationSummary {
    let made = &view.made;
    wire::PublicationSummary {
        id: made.publication.to_string(),
        project: made.project.to_string(),
        name: made.name.to_string(),
        version: made.version,
        reference: reference(view),
        newest: view.newest,
        supersedes: made.supersedes.map(|older| older.to_string()),
        identifier: made.identifier.clone(),
        title: made.title.clone(),
        soundness: soundness.as_str().to_owned(),
        suspicion: None,
        fingerprint: made.fingerprint.to_string(),
        archive: hven_api::runs::FileRef {
            path: made.zip_name(),
            digest: made.archive.to_string(),
            size: made.archive_bytes,
            kind: "file".to_owned(),
        },
        files: made.files,
        bytes: made.bytes,
        published: text(view.time),
        published_by: actor(labels.actor(view.by)),
    }
}
