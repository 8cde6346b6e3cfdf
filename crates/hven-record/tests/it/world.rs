//! A home in a folder of its own, with helpers for tests.

use std::{collections::BTreeSet, path::PathBuf};

use hven_app::ports::{
    Record, Series, StoreError, StoreResult, Views,
    record::Appended,
    series::StreamPiece,
    views::{RunName, RunQuery},
};
use hven_core::{AttemptId, RunId, access::Scope, fact::Batch, stream::Stream};
use hven_record::{Database, Home, Settings};

pub struct World {
    folder: tempfile::TempDir,
    pub settings: Settings,
}

impl World {
    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), settings: Settings::default() }
    }
    /// On files that lie in memory.
    pub fn in_memory() -> Self {
        Self { folder: hven_testing::memory_folder(), settings: Settings::default() }
    }
    pub fn postgresql(url: &str, schema: &str) -> Self {
        let database = Database::Postgres { url: url.to_owned(), schema: schema.to_owned() };
        Self { folder: tempfile::tempdir().unwrap(), settings: Settings { database, ..Settings::default() } }
    }
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }
    /// A folder next to the home.
    pub fn sibling(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    pub fn open(&self) -> Home {
        Home::create_or_open(&self.path(), self.settings.clone()).unwrap()
    }
    /// Settings for another home, separate from this one.
    pub fn other_settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        if let Database::Postgres { schema, .. } = &mut settings.database {
            schema.push_str("_other");
        }
        settings
    }
}

/// Runs async code to completion on a small runtime.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

/// Helpers for the two kinds of appends.
pub trait Add {
    async fn add(&self, batch: Batch) -> StoreResult<Appended>;
    async fn add_bytes(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> StoreResult<u64>;
    /// Seals streams, records the parts, and removes the sealed bytes from the segments.
    async fn seal_all(&self, attempt: AttemptId) -> usize;
}

impl Add for Home {
    async fn add(&self, batch: Batch) -> StoreResult<Appended> {
        Record::append(self, batch).await
    }
    async fn add_bytes(
        &self,
        attempt: AttemptId,
        stream: Stream,
        offset: Option<u64>,
        bytes: &[u8],
    ) -> StoreResult<u64> {
        let piece = StreamPiece { attempt, stream, offset, bytes: bytes.to_vec().into() };
        Ok(Series::append(self, vec![piece]).await?[0])
    }
    async fn seal_all(&self, attempt: AttemptId) -> usize {
        let parts = self.seal(attempt).await.unwrap();
        if !parts.is_empty() {
            self.add(crate::facts::batch(parts.clone())).await.unwrap();
            self.sealed(&parts).await.unwrap();
        }
        parts.len()
    }
}

pub fn assert_views_follow_facts(home: &Home) {
    let comparison = home.check_views(&mut |_| ()).unwrap();
    assert_eq!(comparison.differences, []);
    assert_eq!(comparison.facts, home.head().seq);
    assert_loaded_alike(home);
}

/// Checks that requests for many things return the same as requests for each of them.
fn assert_loaded_alike(home: &Home) {
    wait(async {
        let query = RunQuery { scopes: vec![Scope::Home], all_kinds: true, limit: 1000, ..RunQuery::default() };
        // A record of another program may hold two runs with the same id.
        let runs: BTreeSet<RunId> = home.runs(&query).await.unwrap().items.into_iter().map(|row| row.id).collect();
        let runs: Vec<RunId> = runs.into_iter().collect();
        let runs = &runs[..runs.len().min(50)];
        let mut together = home.runs_by_id(runs).await.unwrap();
        let mut alone = Vec::new();
        for &run in runs {
            alone.extend(home.runs_named(&RunName::Id(run)).await.unwrap());
        }
        together.sort_by_key(|run| run.id);
        alone.sort_by_key(|run| run.id);
        // As text: a metric may be NaN, which is not equal to itself.
        assert!(format!("{together:?}") == format!("{alone:?}"), "{together:?}\n{alone:?}");
    });
}

pub fn assert_sound(home: &Home) {
    assert_sound_but_for_objects(home);
    assert_eq!(damaged_objects(home), []);
}

/// Each object that verification finds missing or damaged, with the reason.
pub fn damaged_objects(home: &Home) -> Vec<(hven_core::Digest, String)> {
    let found = wait(home.verify(true)).unwrap().objects;
    found.damaged.into_iter().map(|object| (object.digest, object.why)).collect()
}

/// For facts that name objects which the test did not store.
pub fn assert_sound_but_for_objects(home: &Home) {
    let found = wait(home.verify(false)).unwrap();
    assert_eq!((found.broken, found.unreadable), (None, Vec::new()));
    assert_eq!((found.facts, found.head), (home.head().seq, home.head().hash));
}

pub fn is_full<T>(outcome: &StoreResult<T>) -> bool {
    matches!(outcome, Err(StoreError::Full { .. }))
}
