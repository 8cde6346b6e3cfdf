//! The ledger of a spool records which attempts started, how they ended, and which ends the server has recorded. The
//! runner appends to one file and rewrites it, with the current entries only, when it has become long.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use hven_api::spool::{self, Entry};
use hven_core::{AttemptId, run::AttemptResult};

use crate::{appender::Appender, folder};

/// The runner rewrites a ledger that is longer than this and than ten times its current entries.
const BYTES_MAX: u64 = 1 << 20;

/// Space that is allocated in advance, so that a started attempt can be ended on a full disk.
const AHEAD_BYTES: u64 = 256 << 10;

#[derive(Debug)]
pub(crate) struct Ledger {
    spool: PathBuf,
    file: Appender,
    /// The length of the ledger after its last rewrite.
    least_bytes: u64,
}

/// The attempts in a ledger that are not forgotten: the result of each, or `None` if it only started.
pub(crate) type LedgerContent = BTreeMap<AttemptId, Option<Box<AttemptResult>>>;

impl Ledger {
    /// Reads the ledger of a spool and opens it for more entries.
    pub(crate) fn open(spool: &Path) -> io::Result<(Self, LedgerContent)> {
        let path = spool.join(spool::LEDGER);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        // The runner died while it wrote a line without an end. The action of that line did not happen.
        let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
        if whole < bytes.len() {
            OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
        }
        let mut known = LedgerContent::new();
        for line in bytes[..whole].split(|&b| b == b'\n').filter(|line| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(Entry::Begun { attempt }) => drop(known.entry(attempt).or_default()),
                Ok(Entry::Ended { attempt, result }) => drop(known.insert(attempt, Some(result))),
                Ok(Entry::Forgotten { attempt }) => drop(known.remove(&attempt)),
                Err(error) => crate::log_line(&format!("a line of {} is damaged: {error}", path.display())),
            }
        }
        let file = Appender::new(path).keeping_ahead(AHEAD_BYTES);
        Ok((Self { spool: spool.to_owned(), file, least_bytes: 0 }, known))
    }

    pub(crate) fn record_start(&mut self, attempt: AttemptId) -> io::Result<()> {
        self.add(&Entry::Begun { attempt })
    }

    pub(crate) fn record_end(&mut self, attempt: AttemptId, result: &AttemptResult) -> io::Result<()> {
        self.add(&Entry::Ended { attempt, result: Box::new(result.clone()) })
    }

    pub(crate) fn record_forgotten(&mut self, attempt: AttemptId) -> io::Result<()> {
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

    /// Rewrites the ledger with its current entries.
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
    fn a_ledger_returns_what_was_written() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let attempt = |n: u128| AttemptId { run: RunId::from_u128(n), number: 1 };
        let result = AttemptResult::without_process(Outcome::Failed { exit: 3 });
        let (mut ledger, known) = Ledger::open(dir.path()).expect("a new ledger");
        assert!(known.is_empty());
        for n in 1..=3 {
            ledger.record_start(attempt(n)).expect("written");
        }
        ledger.record_end(attempt(1), &result).expect("written");
        ledger.record_end(attempt(2), &result).expect("written");
        ledger.record_forgotten(attempt(2)).expect("written");
        let want: LedgerContent = [(attempt(1), Some(Box::new(result.clone()))), (attempt(3), None)].into();
        // Tear the last line at every position.
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
        ledger.record_forgotten(attempt(3)).expect("written");
        assert_eq!(Ledger::open(dir.path()).expect("opened").1.len(), 1);
        assert!(!ledger.is_long());
    }
}
