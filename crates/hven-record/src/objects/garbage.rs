//! Garbage: objects without any reference.
//!
//! A view counts the objects that facts name. This module adds the objects that listings of folders and descriptions of
//! publications name, by reading these documents.

use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hven_app::ports::{StoreError, StoreResult, objects::Garbage};
use hven_core::{
    Digest, Time,
    references::{Need, Shape},
};

use super::ObjectStore;
use crate::views::Referenced;

/// Younger objects are never garbage, because a fact that names them may follow.
const AGE_MIN: Duration = Duration::from_hours(24);

/// The objects that must stay.
#[derive(Debug, Default)]
pub(super) struct RequiredObjects {
    pub(super) digests: HashSet<Digest>,
    /// The first lost or damaged listing and its error. The names in it are unknown.
    pub(super) unread: Option<(Digest, String)>,
}

impl RequiredObjects {
    /// Returns an error if a listing was unreadable.
    pub(super) fn refuse_unread(&self) -> StoreResult<()> {
        match &self.unread {
            None => Ok(()),
            Some((digest, why)) => Err(StoreError::Damaged {
                what: format!("{digest}, which lists objects that must stay,"),
                why: why.clone(),
            }),
        }
    }
}

/// Objects that were requested after this time stay.
pub(super) fn young() -> SystemTime {
    SystemTime::now().checked_sub(AGE_MIN).unwrap_or(UNIX_EPOCH)
}

impl ObjectStore {
    /// All objects that must stay: those that facts name, and those that their listings and descriptions name, except the
    /// erased objects without a later reference.
    pub(super) fn required(&self, referenced: &[Referenced], erased: &HashSet<Digest>) -> RequiredObjects {
        let mut required =
            RequiredObjects { digests: referenced.iter().map(|object| object.digest).collect(), unread: None };
        let (mut withheld, mut absent) = (HashSet::new(), Vec::new());
        for object in referenced.iter().filter(|object| object.shape != Shape::Bytes) {
            match self.content(&object.digest, object.shape) {
                Ok(Some(content)) => {
                    required.digests.extend(content.members.into_iter().map(|member| member.digest));
                    withheld.extend(content.withheld);
                }
                Ok(None) => absent.push(object),
                Err(why) if required.unread.is_none() => required.unread = Some((object.digest, why)),
                Err(_) => {}
            }
        }
        // The other objects were never uploaded.
        let is_lost = |object: &&&Referenced| match object.need {
            Need::Optional => false,
            Need::UnlessWithheld => !withheld.contains(&object.digest),
            Need::Required => true,
        };
        if required.unread.is_none() {
            required.unread = absent.iter().find(is_lost).map(|object| (object.digest, "it is missing".to_owned()));
        }
        required.digests.retain(|digest| !erased.contains(digest));
        required
    }

    pub(super) fn garbage_blocking(&self, required: &HashSet<Digest>, older_than: Time) -> io::Result<Garbage> {
        let asked = UNIX_EPOCH + Duration::from_micros(older_than.micros().max(0) as u64);
        let before = asked.min(young());
        let mut found: BTreeMap<Digest, u64> = BTreeMap::new();
        let mut look = |digest: Digest, size: u64, leased: SystemTime| -> io::Result<()> {
            if leased < before && !required.contains(&digest) {
                *found.entry(digest).or_insert(0) += size;
            }
            Ok(())
        };
        self.each(&mut look)?;
        self.each_quarantined(&mut look)?;
        let bytes = found.values().sum();
        Ok(Garbage { digests: found.into_keys().collect(), bytes })
    }

    /// Removes unfinished uploads; returns how many bytes they had.
    pub(super) fn remove_unfinished(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for file in fs::read_dir(self.folder().join("tmp"))? {
            let file = file?;
            let Ok(found) = file.metadata() else { continue };
            let age = found.modified().ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > AGE_MIN) {
                fs::remove_file(file.path())?;
                bytes += found.len();
            }
        }
        Ok(bytes)
    }
}
