//! The ledger of a spool: which attempts began, how they ended, and which of those the server has recorded. One file
//! that is only added to, and written anew, with what still counts, when it has become long.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use hven_api::spool::{self, Entry};
use hven_core::{AttemptId, run::AttemptResult};

use crate::{appender::Appender, folder};

/// A ledger that is longer than this, and than ten times what counts of it, is written anew.
const BYTES_MAX: u64 = 1 << 20;

/// Space that is kept for lines to come: what began can also end when the disk is full.
const AHEAD_BYTES: u64 = 256 << 10;

#[derive(Debug)]
pub(crate) struct Ledger {
    spool: PathBuf,
    file: Appender,
    /// How long the ledger was when it held only what counts.
    least_bytes: u64,
}

/// What a ledger says of the attempts that are not forgotten: their results, or that they only began.
pub(crate) type Known = BTreeMap<AttemptId, Option<Box<AttemptResult>>>;

impl Ledger {
    /// Reads the ledger of a spool, and goes on with it.
    pub(crate) fn open(spool: &Path) -> io::Result<(Self, Known)> {
        let path = spool.join(spool::LEDGER);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        // A line without its end was being written when the runner died: what it was to say did not happen.
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
        }
        let mut known = Known::new();
        for line in bytes[..whole].split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(Entry::Begun { attempt }) => drop(known.entry(attempt).or_default()),
                Ok(Entry::Ended { attempt, result }) => drop(known.insert(attempt, Some(result))),
                Ok(Entry::Forgotten { attempt }) => drop(known.remove(&attempt)),
                Err(error) => crate::say(&format!("a line of {} is damaged: {error}", path.display())),
            }
        }
        let file = Appender::new(path).keeping_ahead(AHEAD_BYTES);
        Ok((Self { spool: spool.to_owned(), file, least_bytes: 0 }, known))
    }

    pub(crate) fn begun(&mut self, attempt: AttemptId) -> io::Result<()> {
        self.add(&Entry::Begun { attempt })
    }

    pub(crate) fn ended(&mut self, attempt: AttemptId, result: &AttemptResult) -> io::Result<()> {
        self.add(&Entry::Ended { attempt, result: Box::new(result.clone()) })
    }

    pub(crate) fn forgotten(&mut self, attempt: AttemptId) -> io::Result<()> {
        self.add(&Entry::Forgotten { attempt })
    }

    fn add(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.append(&line)
    }

    pub(crate) const fn is_long(&self) -> bool {
        self.file.bytes() > BYTES_MAX && self.file.bytes() > 10 * self.least_bytes
    }

    /// Writes the ledger anew with what counts of it.
    pub(crate) fn renew<'a>(
        &mut self,
        known: impl Iterator<Item = (AttemptId, Option<&'a AttemptResult>)>,
    ) -> io::Result<()> {
        let mut bytes = Vec::new();
        for (attempt, result) in known {
            let entry = match result {
                Some(result) => Entry::Ended { attempt, result: Box::new(result.clone()) },
                None => Entry::Begun { attempt },
            };
            serde_json::to_writer(&mut bytes, &entry)?;
            bytes.push(b'\n');
        }
        folder::write_file(&self.spool, spool::LEDGER, &bytes)?;
        self.least_bytes = bytes.len() as u64;
        self.file = Appender::new(self.spool.join(spool::LEDGER)).keeping_ahead(AHEAD_BYTES);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hven_core::{RunId, run::Outcome};

    use super::*;

    #[test]
    fn a_ledger_says_again_what_it_was_told() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let attempt = |n: u128| AttemptId { run: RunId::from_u128(n), number: 1 };
        let result = AttemptResult::without_process(Outcome::Failed { exit: 3 });
        let (mut ledger, known) = Ledger::open(dir.path()).expect("a new ledger");
        assert!(known.is_empty());
        for n in 1..=3 {
            ledger.begun(attempt(n)).expect("written");
        }
        ledger.ended(attempt(1), &result).expect("written");
        ledger.ended(attempt(2), &result).expect("written");
        ledger.forgotten(attempt(2)).expect("written");
        let want: Known = [(attempt(1), Some(Box::new(result.clone()))), (attempt(3), None)].into();
        // Torn in the middle of a line, at every place.
        let path = dir.path().join(spool::LEDGER);
        let whole = fs::read(&path).expect("a file");
        let torn = br#"{"ended":{"attempt":"00000000000000000000000000000003.1"}}"#;
        for end in 0..torn.len() {
            fs::write(&path, [&whole[..], &torn[..end]].concat()).expect("written");
            assert_eq!(Ledger::open(dir.path()).expect("opened").1, want, "{end}");
            assert_eq!(fs::read(&path).expect("a file"), whole);
        }
        let (mut ledger, known) = Ledger::open(dir.path()).expect("opened");
        ledger.renew(known.iter().map(|(&attempt, result)| (attempt, result.as_deref()))).expect("written");
        assert_eq!(Ledger::open(dir.path()).expect("opened").1, want);
        ledger.forgotten(attempt(3)).expect("written");
        assert_eq!(Ledger::open(dir.path()).expect("opened").1.len(), 1);
        assert!(!ledger.is_long());
    }
}
