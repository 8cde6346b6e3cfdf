//! Garbage: objects that nothing refers to any more.
//!
//! The view counts what facts name. What the listings of folders and the descriptions of publications name is added here,
//! by reading them.

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

/// Younger objects are never garbage: a fact that names them may be on its way.
const AGE_MIN: Duration = Duration::from_hours(24);

/// Objects that must stay.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) digests: HashSet<Digest>,
    /// The first list that is lost or damaged, and what is wrong with it. It is not known what that one names.
    pub(super) unread: Option<(Digest, String)>,
}

impl Kept {
    /// Refuses while it is not known what a list names.
    pub(super) fn refuse_unread(&self) -> StoreResult<()> {
        match &self.unread {
            None => Ok(()),
            Some((digest, why)) => Err(StoreError::Damaged {
                what: format!("{digest}, which says what other objects must stay,"),
                why: why.clone(),
            }),
        }
    }
}

/// Objects that somebody asked for since this moment stay.
pub(super) fn young() -> SystemTime {
    SystemTime::now().checked_sub(AGE_MIN).unwrap_or(UNIX_EPOCH)
}

impl ObjectStore {
    /// All objects that must stay: those that facts name, and those that their listings and descriptions name, but for
    /// those that were erased and not named since.
    pub(super) fn kept(&self, referenced: &[Referenced], erased: &HashSet<Digest>) -> Kept {
        let mut kept = Kept { digests: referenced.iter().map(|object| object.digest).collect(), unread: None };
        let (mut withheld, mut absent) = (HashSet::new(), Vec::new());
        for object in referenced.iter().filter(|object| object.shape != Shape::Bytes) {
            match self.content(&object.digest, object.shape) {
                Ok(Some(content)) => {
                    kept.digests.extend(content.members.into_iter().map(|member| member.digest));
                    withheld.extend(content.withheld);
                }
                Ok(None) => absent.push(object),
                Err(why) if kept.unread.is_none() => kept.unread = Some((object.digest, why)),
                Err(_) => {}
            }
        }
        // Others never were brought.
        let is_lost = |object: &&&Referenced| match object.need {
            Need::Optional => false,
            Need::UnlessWithheld => !withheld.contains(&object.digest),
            Need::Required => true,
        };
        if kept.unread.is_none() {
            kept.unread = absent.iter().find(is_lost).map(|object| (object.digest, "it is missing".to_owned()));
        }
        kept.digests.retain(|digest| !erased.contains(digest));
        kept
    }

    pub(super) fn garbage_blocking(&self, kept: &HashSet<Digest>, older_than: Time) -> io::Result<Garbage> {
        let asked = UNIX_EPOCH + Duration::from_micros(older_than.micros().max(0) as u64);
        let before = asked.min(young());
        let mut found: BTreeMap<Digest, u64> = BTreeMap::new();
        let mut look = |digest: Digest, size: u64, leased: SystemTime| -> io::Result<()> {
            if leased < before && !kept.contains(&digest) {
                *found.entry(digest).or_insert(0) += size;
            }
            Ok(())
        };
        self.each(&mut look)?;
        self.each_aside(&mut look)?;
        let bytes = found.values().sum();
        Ok(Garbage { digests: found.into_keys().collect(), bytes })
    }

    /// Removes uploads that nobody finished.
    pub(super) fn remove_unfinished(&self) -> io::Result<()> {
        for file in fs::read_dir(self.folder().join("tmp"))? {
            let file = file?;
            let age = file.metadata().and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
            if age.is_some_and(|age| age > AGE_MIN) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }
}
