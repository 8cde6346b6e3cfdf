//! Garbage: objects that nothing refers to any more.
//!
//! The view counts what facts name. What the listings of folders name is added here, by reading the listings.

use std::{
    collections::HashSet,
    fs, io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hven_app::ports::objects::Garbage;
use hven_core::{Digest, Time, object::Listing};

use super::ObjectStore;

/// Younger objects are never garbage: a fact that names them may be on its way.
const AGE_MIN: Duration = Duration::from_hours(24);
/// A listing is read whole; one of a million files has about 150 MB.
const LISTING_BYTES_MAX: u64 = 1 << 30;

impl ObjectStore {
    /// All objects that must stay: those that facts name, and those that their listings name.
    pub(super) fn kept(&self, referenced: &[(Digest, bool)], erased: &HashSet<Digest>) -> io::Result<HashSet<Digest>> {
        let mut kept: HashSet<Digest> = referenced.iter().map(|(digest, _)| *digest).collect();
        for (digest, _) in referenced.iter().filter(|(_, is_listing)| *is_listing) {
            let Some(bytes) = self.read(digest, LISTING_BYTES_MAX)? else { continue };
            // What cannot be read as a listing names nothing; verification tells that it is damaged.
            if let Ok(listing) = serde_json::from_slice::<Listing>(&bytes) {
                kept.extend(listing.files.iter().map(|file| file.digest));
            }
        }
        kept.retain(|digest| !erased.contains(digest));
        Ok(kept)
    }

    pub(super) fn garbage_blocking(&self, kept: &HashSet<Digest>, older_than: Time) -> io::Result<Garbage> {
        let asked = UNIX_EPOCH + Duration::from_micros(older_than.micros().max(0) as u64);
        let before = asked.min(SystemTime::now().checked_sub(AGE_MIN).unwrap_or(UNIX_EPOCH));
        let mut garbage = Garbage::default();
        self.each(&mut |digest, size, leased| {
            if leased < before && !kept.contains(&digest) {
                garbage.digests.push(digest);
                garbage.bytes += size;
            }
            Ok(())
        })?;
        garbage.digests.sort_unstable();
        Ok(garbage)
    }

    /// Removes objects that nothing refers to at this moment, and uploads that nobody finished.
    pub(super) fn remove_blocking(&self, digests: &[Digest], kept: &HashSet<Digest>) -> io::Result<()> {
        for digest in digests.iter().filter(|digest| !kept.contains(digest)) {
            self.unlink(digest)?;
        }
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
