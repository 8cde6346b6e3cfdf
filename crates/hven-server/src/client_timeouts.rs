//! Time limits for a client that stops: one that sends no request, stops in the middle of a body, or does not read its
//! answer. A client that makes progress, however slow, is not cut off. The exception is a body that is read as a whole
//! before the call starts: the caller's permissions are checked at the head of the request, so the body must arrive
//! within a limit.

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
pub struct ClientTimeouts {
    /// For the whole head of a request, since the connection was opened or the last answer was sent.
    pub head: Duration,
    /// For the next bytes of a body.
    pub body: Duration,
    /// For a whole body that is not an upload, in addition to the time that its bytes take on a slow line.
    pub whole_body: Duration,
    /// For a connection without a valid token that does not read its answer.
    pub unread_by_stranger: Duration,
    /// For a client with a valid token that does not read its answer: its output may go into a pager that a person left
    /// open.
    pub unread: Duration,
}

impl Default for ClientTimeouts {
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

/// Measures the time without progress.
#[derive(Debug, Default)]
struct Stall(Option<Pin<Box<Sleep>>>);

impl Stall {
    /// Ready when `limit` has passed since the last [`Self::over`].
    fn poll(&mut self, limit: Duration, context: &mut Context<'_>) -> Poll<()> {
        self.0.get_or_insert_with(|| Box::pin(sleep(limit))).as_mut().poll(context)
    }

    fn reset(&mut self) {
        self.0 = None;
    }
}

/// A connection with a time limit on reading by the client.
#[derive(Debug)]
pub(crate) struct TimedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    timeouts: ClientTimeouts,
    unread: Stall,
}

impl TimedStream {
    pub(crate) fn new(stream: TcpStream, connection: Arc<Connection>, timeouts: ClientTimeouts) -> Self {
        Self { stream, connection, timeouts, unread: Stall::default() }
    }

    fn limit_wait<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.unread.reset();
            return written;
        }
        self.connection.note_awaited();
        let ClientTimeouts { unread, unread_by_stranger, .. } = self.timeouts;
        let limit = if self.connection.is_known() { unread } else { unread_by_stranger };
        ready!(self.unread.poll(limit, context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }
}

impl AsyncRead for TimedStream {
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

impl AsyncWrite for TimedStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit_wait(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.limit_wait(written, context)
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

/// A body with a time limit on each next part. It notes on the connection when all of it has arrived.
#[derive(Debug)]
pub(crate) struct TimedBody {
    body: Incoming,
    connection: Arc<Connection>,
    limit: Duration,
    missing: Stall,
}

impl TimedBody {
    pub(crate) fn new(body: Incoming, connection: Arc<Connection>, timeouts: ClientTimeouts) -> Self {
        let new = Self { body, connection, limit: timeouts.body, missing: Stall::default() };
        new.note_if_whole();
        new
    }

    fn note_if_whole(&self) {
        if self.body.is_end_stream() {
            self.connection.note_whole();
        }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.missing.reset();
            match frame {
                // The end of a body whose length was not declared.
                None => self.connection.note_whole(),
                Some(_) => self.note_if_whole(),
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
