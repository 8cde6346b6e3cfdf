//! From a listening socket to the last answer of each connection.

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
    connections::{Connections, Place},
    patience::{PatientBody, PatientStream},
};

/// How long open connections may take to end when the server closes.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);
/// How long it waits when no connection can be accepted, and how often that is said.
const PAUSE: Duration = Duration::from_millis(50);
const SAY_INTERVAL: Duration = Duration::from_secs(10);
/// How long a client may be known by a token that has expired.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Serves until the server closes, and then until what was begun is answered.
pub(crate) async fn listen(server: &Server, listener: TcpListener) {
    let connections = Connections::new(server.options.connections_max);
    tokio::select! {
        () = accept(server, &listener, &connections) => {}
        () = forget_dead_tokens(server, &connections) => {}
        () = server.closed() => {}
    }
    drop(listener);
    // Somebody may hold a connection open; everything that was acknowledged is durable.
    let _ = tokio::time::timeout(CLOSE_WITHIN, connections.empty()).await;
}

async fn accept(server: &Server, listener: &TcpListener, connections: &Arc<Connections>) {
    let router = server.router();
    let mut said: Option<Instant> = None;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Both fail only when the client has gone already.
                let (Ok(here), Ok(there)) = (stream.local_addr(), stream.peer_addr()) else { continue };
                let place = connections.enter(here, there).await;
                tokio::spawn(converse(server.clone(), router.clone(), stream, place));
            }
            // This one client went away.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                // No file or memory is left for another: a client that has shown nothing gives way.
                connections.make_room();
                if said.is_none_or(|said| said.elapsed() > SAY_INTERVAL) {
                    tracing::warn!(%error, "no connection can be accepted; trying again");
                    said = Some(Instant::now());
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Looks again at the tokens by which connections are known: when something was recorded that may have ended one, and now
/// and then, because a token expires and an attempt ends without that. Goes on for ever.
async fn forget_dead_tokens(server: &Server, connections: &Connections) {
    let mut recorded = fact_feed::recorded(&server.app);
    let mut look_again = tokio::time::interval(LOOK_AGAIN);
    look_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            fact = recorded.recv() => match fact {
                Ok(fact) if !Admission::may_change_with(&fact.header.kind) => continue,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                // The record is closed: nothing is revoked any more.
                Err(RecvError::Closed) => return std::future::pending().await,
            },
            _ = look_again.tick() => {}
        }
        for token in connections.tokens() {
            // When the store cannot be asked, the clients stay what they are until the next look.
            if let Err(AppError::Unauthenticated) = authentication::authenticate(&server.app, token.text()).await {
                connections.forget(&token);
            }
        }
    }
}

/// Answers one connection until it ends.
async fn converse(server: Server, router: Router, stream: TcpStream, place: Place) {
    // Events are small and wanted at once: without this, the kernel would keep each back for 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection will be slower than it could be");
    }
    let patience = server.options.patience;
    let connection = Arc::clone(&place.0);
    let stream = PatientStream::new(stream, Arc::clone(&connection), patience);
    let service = service_fn(move |request: Request<Incoming>| {
        let connection = Arc::clone(&connection);
        let mut request = request.map(|body| Body::new(PatientBody::new(body, Arc::clone(&connection), patience)));
        request.extensions_mut().insert(Arc::clone(&connection));
        let answering = router.clone().oneshot(request);
        async move {
            let answer = answering.await;
            connection.note_answered();
            answer
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(patience.head);
    let mut conversation = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut closed = pin!(server.closed());
    let mut is_closing = false;
    loop {
        tokio::select! {
            ended = conversation.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = place.0.evicted() => return,
            () = closed.as_mut(), if !is_closing => {
                is_closing = true;
                conversation.as_mut().graceful_shutdown();
            }
        }
    }
}
