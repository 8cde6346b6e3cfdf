//! What happens, as it happens: server-sent events of facts, and of streams that grew.
//!
//! A fact's event has its number as id, so a browser that lost the connection goes on where it stopped.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        Sse,
        sse::{Event, KeepAlive},
    },
};
use futures::{Stream, StreamExt};
use hven_api::facts as wire;
use hven_app::{
    App, AppResult,
    event_listener::{self, EventListener, HeardFacts, ListenerChannels, while_admitted},
    ports::series::StreamGrowth,
};
use serde::Deserialize;
use tokio::sync::{broadcast::error::RecvError, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Admitted,
    convert,
    routes::last_event_id,
};

super::operations::operations![events];

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only what is about this run.
    run: Option<String>,
    /// Begin after this fact instead of with what happens next.
    after: Option<u64>,
}

/// `event: fact` (its id is the fact's number) and `event: grown`. Goes on after `Last-Event-ID`.
#[utoipa::path(get, path = "/events", tag = "record", params(Wanted),
    responses((status = 200, content_type = "text/event-stream", body = wire::Fact)))]
pub(crate) async fn events(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let after = last_event_id(&headers).or(wanted.after);
    let begun = event_listener::start(&server.app, admission.clone(), wanted.run.as_deref(), after).await?;
    let (listening, live) = begun;
    let (sender, receiver) = mpsc::channel(64);
    let open = server.activity.open_stream();
    // What waits to be read is not sent any more either.
    let kernel = Arc::clone(&server.app.kernel);
    let events = while_admitted(kernel, admission, listening.run(), ReceiverStream::new(receiver));
    let listener = Listener { server, listening, sender };
    tokio::spawn(async move {
        let _open = open;
        listener.listen(live).await;
    });
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

struct Listener {
    server: Server,
    listening: EventListener,
    sender: mpsc::Sender<Event>,
}

/// Why listening ended, when nothing went wrong.
struct Over;

impl Listener {
    async fn listen(mut self, live: ListenerChannels) {
        let ListenerChannels { mut recorded, mut grown } = live;
        let app = Arc::clone(&self.server.app);
        // A first comment opens the stream at once, also when nothing happens for a while.
        if self.sender.send(Event::default().comment("listening")).await.is_err() {
            return;
        }
        loop {
            match self.catch_up(&app).await {
                Ok(None) => {}
                Ok(Some(Over)) => return,
                Err(error) => return tracing::warn!(%error, "a listener was let go"),
            }
            tokio::select! {
                fact = recorded.recv() => match fact {
                    // What it is, is read from the record: a listener that lagged reads there too.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                growth = grown.recv() => match growth {
                    Ok(growth) => {
                        if self.send_growth(&app, growth).await.unwrap_or(Some(Over)).is_some() {
                            return;
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = self.sender.closed() => return,
                () = self.server.closed() => return,
            }
        }
    }

    /// Sends every fact after the last one.
    async fn catch_up(&mut self, app: &App) -> AppResult<Option<Over>> {
        loop {
            let HeardFacts { facts, is_more, is_over } = self.listening.next(app).await?;
            for told in facts {
                let fact = convert::facts::fact(told);
                let event = Event::default().event("fact").id(fact.seq.to_string());
                let Ok(event) = event.json_data(fact) else { continue };
                if self.sender.send(event).await.is_err() {
                    return Ok(Some(Over));
                }
            }
            if is_over {
                return Ok(Some(Over));
            }
            if !is_more {
                return Ok(None);
            }
        }
    }

    async fn send_growth(&mut self, app: &App, growth: StreamGrowth) -> AppResult<Option<Over>> {
        if !self.listening.is_for(app, &growth).await? {
            return Ok(None);
        }
        let stream = match growth.stream {
            hven_core::stream::Stream::MetricsApi => "metrics",
            other => other.as_str(),
        };
        let data = wire::Grown {
            run: growth.attempt.run.to_string(),
            attempt: growth.attempt.number,
            stream: stream.to_owned(),
            extent: growth.extent,
        };
        let Ok(event) = Event::default().event("grown").json_data(data) else { return Ok(None) };
        // A hint that finds no room is dropped: the next one says as much.
        match self.sender.try_send(event) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(None),
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(Some(Over)),
        }
    }
}
