//! Serves HTTP on a listening socket until the server closes.

use std::time::Duration;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use hven_api::PREFIX;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{Server, answer::BODY_BYTES_MAX, doors, guard, listen::listen, routes, ui};

impl Server {
    /// The router of all paths that this server answers, without a socket.
    pub fn router(&self) -> Router {
        let api = Router::new().nest(PREFIX, routes::served());
        api.with_state(self.clone())
            .merge(doors::router(self))
            .merge(ui::router(self.clone()))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .layer(middleware::from_fn_with_state(self.clone(), guard::check))
            .layer(CatchPanicLayer::new())
    }
}

/// Serves until [`Server::close`] is called and all started requests are answered.
pub async fn serve(server: Server, listener: TcpListener) {
    if let Some(idle_exit) = server.options.idle_exit {
        tokio::spawn(close_when_idle(server.clone(), idle_exit));
    }
    listen(&server, listener).await;
}

async fn close_when_idle(server: Server, idle_exit: Duration) {
    let check_interval = (idle_exit / 10).clamp(Duration::from_millis(100), Duration::from_secs(10));
    loop {
        tokio::time::sleep(check_interval).await;
        let idle = server.activity.idle_for(server.app.now());
        if !server.app.is_busy() && idle.is_some_and(|idle| idle >= idle_exit) {
            tracing::info!("no requests for a while and nothing runs: closing");
            return server.close();
        }
    }
}
