//! A live stream of server-sent events: new facts, and streams that grew.
//!
//! The event of a fact has the fact's number as its id, so a browser that lost its connection continues where it stopped.

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
pub(crate) struct EventFilter {
    /// Only events of this run.
    run: Option<String>,
    /// Start after this fact instead of with the next new one.
    after: Option<u64>,
}

/// `event: fact` (its id is the fact's number) and `event: grown`. Continues after `Last-Event-ID`.
#[utoipa::path(get, path = "/events", tag = "record", params(EventFilter),
    responses((status = 200, content_type = "text/event-stream", body = wire::Fact)))]
pub(crate) async fn events(
    State(server): State<Server>,
    Admitted(admission): Admitted,
    headers: HeaderMap,
    Query(wanted): Query<EventFilter>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let after = last_event_id(&headers).or(wanted.after);
    let started = event_listener::start(&server.app, admission.clone(), wanted.run.as_deref(), after).await?;
    let (listening, live) = started;
    let (sender, receiver) = mpsc::channel(64);
    let open = server.activity.open_stream();
    // Events that wait in the channel are not sent either once the admission has ended.
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

/// The listener ended without an error.
struct Ended;

impl Listener {
    async fn listen(mut self, live: ListenerChannels) {
        let ListenerChannels { mut recorded, mut grown } = live;
        let app = Arc::clone(&self.server.app);
        // A first comment opens the stream at once, even if there is no event for a while.
        if self.sender.send(Event::default().comment("listening")).await.is_err() {
            return;
        }
        loop {
            match self.catch_up(&app).await {
                Ok(None) => {}
                Ok(Some(Ended)) => return,
                Err(error) => return tracing::warn!(%error, "a live stream was ended"),
            }
            tokio::select! {
                fact = recorded.recv() => match fact {
                    // The loop reads the fact from the record, also when the listener lagged behind.
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                growth = grown.recv() => match growth {
                    Ok(growth) => {
                        if self.send_growth(&app, growth).await.unwrap_or(Some(Ended)).is_some() {
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

    /// Sends every fact after the last one that was sent.
    async fn catch_up(&mut self, app: &App) -> AppResult<Option<Ended>> {
        loop {
            let HeardFacts { facts, is_more, is_over } = self.listening.next(app).await?;
            for fact in facts {
                let fact = convert::facts::fact(fact);
                let event = Event::default().event("fact").id(fact.seq.to_string());
                let Ok(event) = event.json_data(fact) else { continue };
                if self.sender.send(event).await.is_err() {
                    return Ok(Some(Ended));
                }
            }
            if is_over {
                return Ok(Some(Ended));
            }
            if !is_more {
                return Ok(None);
            }
        }
    }

    async fn send_growth(&mut self, app: &App, growth: StreamGrowth) -> AppResult<Option<Ended>> {
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
        // A growth event is dropped when the channel is full. The next one contains the same information.
        match self.sender.try_send(event) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(None),
            Err(mpsc::error::TrySendError::Closed(_)) => Ok(Some(Ended)),
        }
    }
}
