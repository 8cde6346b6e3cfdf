//! How long the server waits for a client that does not go on: a request that does not come, a body that stands still,
//! an answer that is not read. What goes on, however slowly, is waited for; except a body that is read as a whole before
//! the call begins: its sender's rights are those of the head, so it has to come in time.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

use crate::connections::Connection;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the whole head of a request, from when the connection was opened or the last answer was sent.
    pub head: Duration,
    /// For the next bytes of a body.
    pub body: Duration,
    /// For all of a body that is no upload, besides what its bytes take on a slow line.
    pub whole_body: Duration,
    /// For a stranger that reads nothing of its answer.
    pub unread_by_stranger: Duration,
    /// For a client with a good token that reads nothing: its output may go into a pager that somebody left open.
    pub unread: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            body: Duration::from_secs(30),
            whole_body: Duration::from_mins(1),
            unread_by_stranger: Duration::from_secs(30),
            unread: Duration::from_mins(10),
        }
    }
}

/// Counts the time in which nothing goes on.
#[derive(Debug, Default)]
struct Stall(Option<Pin<Box<Sleep>>>);

impl Stall {
    /// Ready when `limit` has passed since the last [`Self::over`].
    fn poll(&mut self, limit: Duration, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(context)
    }

    fn over(&mut self) {
        self.0 = None;
    }
}

/// A connection whose client has to read.
#[derive(Debug)]
pub(crate) struct PatientStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    patience: Patience,
    unread: Stall,
}

impl PatientStream {
    pub(crate) fn new(stream: TcpStream, connection: Arc<Connection>, patience: Patience) -> Self {
        Self { stream, connection, patience, unread: Stall::default() }
    }

    fn watched<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread.over();
            return written;
        }
        self.connection.note_awaited();
        let Patience { unread, unread_by_stranger, .. } = self.patience;
        let limit = if self.connection.is_known() { unread } else { unread_by_stranger };
        ready!(self.unread.poll(limit, context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }
}

impl AsyncRead for PatientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if read.is_pending() {
            self.connection.note_awaited();
        }
        read
    }
}

impl AsyncWrite for PatientStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watched(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A body that has to come. The connection is told when all of it is there.
#[derive(Debug)]
pub(crate) struct PatientBody {
    body: Incoming,
    connection: Arc<Connection>,
    limit: Duration,
    missing: Stall,
}

impl PatientBody {
    pub(crate) fn new(body: Incoming, connection: Arc<Connection>, patience: Patience) -> Self {
        let new = Self { body, connection, limit: patience.body, missing: Stall::default() };
        new.tell_when_whole();
        new
    }

    fn tell_when_whole(&self) {
        if self.body.is_end_stream() {
            self.connection.note_whole();
        }
    }
}

impl Body for PatientBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.missing.over();
            match frame {
                // The end of a body whose length was not said.
                None => self.connection.note_whole(),
                Some(_) => self.tell_when_whole(),
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(axum::Error::new)));
        }
        let limit = self.limit;
        ready!(self.missing.poll(limit, context));
        let why = format!("no more of it came within {} s", limit.as_secs_f32());
        Poll::Ready(Some(Err(axum::Error::new(io::Error::new(io::ErrorKind::TimedOut, why)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
