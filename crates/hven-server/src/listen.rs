//! Accepts connections on a listening socket, and serves each one until its last answer.

use std::{
    io,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Body};
use hven_app::{Admission, AppError, authentication, fact_feed};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast::error::RecvError,
    time::MissedTickBehavior,
};
use tower::ServiceExt;

use crate::{
    Server,
    client_timeouts::{TimedBody, TimedStream},
    connections::{ConnectionSlot, Connections},
};

/// The time that open connections have to end when the server closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// The pause after a failed accept, and the shortest time between two log lines about it.
const PAUSE: Duration = Duration::from_millis(50);
const WARN_INTERVAL: Duration = Duration::from_secs(10);
/// The interval at which the tokens of known connections are checked again.
const TOKEN_CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// Serves until the server closes, and then until started requests are answered.
pub(crate) async fn listen(server: &Server, listener: TcpListener) {
    let connections = Connections::new(server.options.connections_max);
    tokio::select! {
        () = accept(server, &listener, &connections) => {}
        () = forget_dead_tokens(server, &connections) => {}
        () = server.closed() => {}
    }
    drop(listener);
    // A client may keep its connection open. All acknowledged changes are durable already.
    let _ = tokio::time::timeout(CLOSE_WITHIN, connections.until_empty()).await;
}

async fn accept(server: &Server, listener: &TcpListener, connections: &Arc<Connections>) {
    let router = server.router();
    let mut last_warning: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Both calls fail only when the client has disconnected already.
                let (Ok(server_address), Ok(client_address)) = (stream.local_addr(), stream.peer_addr()) else {
                    continue;
                };
                let slot = connections.enter(server_address, client_address).await;
                tokio::spawn(serve_connection(server.clone(), router.clone(), stream, slot));
            }
            // Only this client disconnected.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                // No file descriptor or memory is left: evict a client without a valid token.
                connections.make_room();
                if last_warning.is_none_or(|last_warning| last_warning.elapsed() > WARN_INTERVAL) {
                    tracing::warn!(%error, "no connection can be accepted; trying again");
                    last_warning = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Checks the tokens of known connections again: when a recorded fact may have ended one, and at an interval, because an
/// expired token or an ended attempt leaves no such fact. Never returns.
async fn forget_dead_tokens(server: &Server, connections: &Connections) {
    let mut recorded = fact_feed::subscribe(&server.app);
    let mut check_again = tokio::time::interval(TOKEN_CHECK_INTERVAL);
    check_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            fact = recorded.recv() => match fact {
                Ok(fact) if !Admission::may_change_with(&fact.header.kind) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                // The record is closed, so no token is revoked any more.
                Err(RecvError::Closed) => return std::future::pending().await,
            },
            _ = check_again.tick() => {}
        }
        for token in connections.tokens() {
            // If the store cannot be read, the connections keep their state until the next check.
            if let Err(AppError::Unauthenticated) = authentication::authenticate(&server.app, token.text()).await {
                connections.forget(&token);
            }
        }
    }
}

/// Serves one connection until it ends.
async fn serve_connection(server: Server, router: Router, stream: TcpStream, slot: ConnectionSlot) {
    // Events are small and should arrive at once. Without this option, the kernel would delay each one for 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection will be slower than it could be");
    }
    let timeouts = server.options.timeouts;
    let connection = Arc::clone(&slot.0);
    let stream = TimedStream::new(stream, Arc::clone(&connection), timeouts);
    let service = service_fn(move |request: Request<Incoming>| {
        let connection = Arc::clone(&connection);
        let mut request = request.map(|body| Body::new(TimedBody::new(body, Arc::clone(&connection), timeouts)));
        request.extensions_mut().insert(Arc::clone(&connection));
        let answering = router.clone().oneshot(request);
        async move {
            let answer = answering.await;
            connection.note_answered();
            answer
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(timeouts.head);
    let mut http_connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut closed = pin!(server.closed());
    let mut is_closing = false;
    loop {
        tokio::select! {
            ended = http_connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = slot.0.evicted() => return,
            () = closed.as_mut(), if !is_closing => {
                is_closing = true;
                http_connection.as_mut().graceful_shutdown();
            }
        }
    }
}
