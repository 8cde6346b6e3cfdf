//! What happens, as it happens: server-sent events of facts, and of streams that grew.
//!
//! A fact's event has its number as id, so a browser that lost the connection goes on where it stopped. A reader that
//! is too slow for the live channel is not cut off: it reads on from the record, at its own pace.

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
    Admission, App, AppResult, Caller,
    facts::Teller,
    find::run::run_for,
    ports::{
        record::{FactQuery, Recorded},
        series::Grown,
    },
};
use hven_core::{RunId, access::Role};
use serde::Deserialize;
use tokio::sync::{
    broadcast::{self, error::RecvError},
    mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use crate::{
    Server,
    answer::{Answer, Query},
    caller::Admitted,
    convert,
    routes::last_event_id,
};

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
    admission.caller.require_user()?;
    let run = match &wanted.run {
        Some(name) => Some(run_for(&server.app, &admission.caller, name, Role::Viewer).await?.id),
        None => None,
    };
    let (sender, receiver) = mpsc::channel(64);
    let open = server.activity.open_stream();
    // Subscribed before the head is read: nothing falls between the two.
    let recorded = server.app.ports.record.subscribe();
    let grown = server.app.ports.series.subscribe();
    let after = last_event_id(&headers).or(wanted.after).unwrap_or_else(|| server.app.ports.record.head().seq);
    // What waits to be read is not sent any more either.
    let events = while_admitted(Arc::clone(&server.app), admission.clone(), run, ReceiverStream::new(receiver));
    let listener = Listener { server, admission, run, after, teller: Teller::default(), sender };
    tokio::spawn(async move {
        let _open = open;
        listener.listen(recorded, grown).await;
    });
    Ok(Sse::new(events.map(Ok)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// Passes events on until they are not for their caller any more: the token was revoked or has expired, or the role in the
/// run's project (the last role, when they are about all) was taken away.
pub(crate) fn while_admitted(
    app: Arc<App>,
    admission: Admission,
    run: Option<RunId>,
    events: ReceiverStream<Event>,
) -> impl Stream<Item = Event> + Send {
    let kernel = Arc::clone(&app.kernel);
    admission.pass_on(kernel, events, move |caller| may_stay(Arc::clone(&app), caller, run))
}

async fn may_stay(app: Arc<App>, caller: Caller, run: Option<RunId>) -> AppResult<()> {
    match run {
        Some(run) => run_for(&app, &caller, &run.to_string(), Role::Viewer).await.map(drop),
        None => caller.require_user().map(drop),
    }
}

struct Listener {
    server: Server,
    admission: Admission,
    run: Option<RunId>,
    /// The last fact that was sent or passed over.
    after: u64,
    teller: Teller,
    sender: mpsc::Sender<Event>,
}

/// Why listening ended, when nothing went wrong.
struct Over;

impl Listener {
    async fn listen(mut self, mut recorded: broadcast::Receiver<Arc<Recorded>>, mut grown: broadcast::Receiver<Grown>) {
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
        const PAGE: usize = 256;
        while app.ports.record.head().seq > self.after {
            let subject = self.run.map(RunId::as_u128);
            let query = FactQuery { after: self.after, subject, limit: PAGE, ..FactQuery::default() };
            let head = app.ports.record.head().seq;
            let page = app.ports.record.facts(query).await?;
            let whole = page.len() < PAGE;
            for envelope in page {
                self.after = envelope.header.seq;
                if Admission::may_change_with(&envelope.header.kind) && self.admission.renew(app).await.is_err() {
                    return Ok(Some(Over));
                }
                if !self.teller.is_visible(app, &self.admission.caller, &envelope.header).await? {
                    continue;
                }
                let fact = convert::fact(self.teller.tell(app, envelope).await?);
                let event = Event::default().event("fact").id(fact.seq.to_string());
                let Ok(event) = event.json_data(fact) else { continue };
                if self.sender.send(event).await.is_err() {
                    return Ok(Some(Over));
                }
            }
            if whole {
                self.after = self.after.max(head);
            }
        }
        Ok(None)
    }

    async fn send_growth(&mut self, app: &App, growth: Grown) -> AppResult<Option<Over>> {
        if self.run.is_some_and(|run| run != growth.attempt.run) {
            return Ok(None);
        }
        let found = self.teller.run_by_id(app, growth.attempt.run).await?;
        if !found.is_some_and(|(_, project)| self.admission.caller.may(Role::Viewer, &project)) {
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
