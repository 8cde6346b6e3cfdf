//! Reader threads with a connection each, so that a long query never delays an append.
//!
//! A thread opens its connection at its first query, so that opening a home stays cheap.

use std::{
    io,
    panic::AssertUnwindSafe,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use hven_app::ports::{StoreError, StoreResult};
use tokio::sync::oneshot;

use crate::{
    sql::{Connection, Database, Purpose, statements_of_this_thread},
    writer::{Shared, WriterHandle},
};

const QUEUE_MAX: usize = 1024;

type Job = Box<dyn FnOnce(&mut StoreResult<&mut Connection>) + Send>;

#[derive(Clone)]
pub(crate) struct Readers {
    queue: async_channel::Sender<Job>,
    writer: WriterHandle,
    shared: Arc<Shared>,
    /// How many statements the readers have run.
    statements: Arc<AtomicU64>,
}

impl Readers {
    pub(crate) fn start(
        home: &Path,
        database: &Database,
        count: usize,
        writer: WriterHandle,
        shared: Arc<Shared>,
    ) -> io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (queue, jobs) = async_channel::bounded::<Job>(QUEUE_MAX);
        let threads = (0..count)
            .map(|i| {
                let (jobs, home, database) = (jobs.clone(), home.to_owned(), database.clone());
                thread::Builder::new().name(format!("record-read-{i}")).spawn(move || work(&jobs, &home, &database))
            })
            .collect::<io::Result<_>>()?;
        Ok((Self { queue, writer, shared, statements: Arc::default() }, threads))
    }

    /// How many statements the readers have run since the home was opened.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Acquire)
    }

    /// Runs a query on a consistent state that contains at least everything that was acknowledged before.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.writer.show(&self.shared).await?;
        let (reply, answer) = oneshot::channel();
        let statements = Arc::clone(&self.statements);
        let counted = move |sql: &mut Connection| {
            let before = statements_of_this_thread();
            let answer = query(sql);
            statements.fetch_add(statements_of_this_thread().wrapping_sub(before), Ordering::Release);
            answer
        };
        self.queue.send(job(counted, reply)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

fn job<T: Send + 'static>(
    query: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    reply: oneshot::Sender<StoreResult<T>>,
) -> Job {
    Box::new(move |connection| {
        let outcome = match connection {
            Ok(sql) => in_transaction(sql, query),
            Err(e) => Err(StoreError::Database(e.to_string())),
        };
        // The caller may have stopped waiting.
        let _ = reply.send(outcome);
    })
}

fn in_transaction<T>(sql: &mut Connection, query: impl FnOnce(&mut Connection) -> StoreResult<T>) -> StoreResult<T> {
    sql.begin_reading()?;
    let outcome = query(sql);
    sql.roll_back()?;
    outcome
}

fn work(jobs: &async_channel::Receiver<Job>, home: &Path, database: &Database) {
    let mut connection: Option<Connection> = None;
    loop {
        let Ok(job) = jobs.recv_blocking() else { return };
        if connection.is_none() {
            match database.connect(home, Purpose::Read) {
                Ok(opened) => connection = Some(opened),
                Err(e) => {
                    job(&mut Err(e.into()));
                    continue;
                }
            }
        }
        if let Some(sql) = &mut connection {
            // After a query that panics, the thread serves other queries with a new connection.
            let done = std::panic::catch_unwind(AssertUnwindSafe(|| job(&mut Ok(sql))));
            // A broken connection is not reused.
            if done.is_err() || !sql.is_usable() {
                connection = None;
            }
        }
    }
}
