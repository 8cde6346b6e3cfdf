//! Garbage: objects that nothing refers to any more.
//!
//! The view counts what facts name. What the listings of folders and the descriptions of publications name is added here,
//! by reading them.

use std::{
    collections::HashSet,
    fs, io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hven_app::ports::objects::Garbage;
use hven_core::{Digest, Time, references::Shape};

use super::ObjectStore;
use crate::views::Referenced;

/// Younger objects are never garbage: a fact that names them may be on its way.
const AGE_MIN: Duration = Duration::from_hours(24);

impl ObjectStore {
    /// All objects that must stay: those that facts name, and those that their listings and descriptions name. When one
    /// of these is lost or damaged, it is not known what it names: its digest and what is wrong with it.
    pub(super) fn kept(
        &self,
        referenced: &[Referenced],
        erased: &HashSet<Digest>,
    ) -> Result<HashSet<Digest>, (Digest, String)> {
        let mut kept: HashSet<Digest> = referenced.iter().map(|object| object.digest).collect();
        for object in referenced.iter().filter(|object| object.shape != Shape::Bytes) {
            let content = self.content(&object.digest, object.shape).map_err(|why| (object.digest, why))?;
            match content {
                Some(content) => kept.extend(content.members.into_iter().map(|member| member.digest)),
                None if object.is_required => return Err((object.digest, "it is missing".to_owned())),
                // It never was brought.
                None => {}
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
