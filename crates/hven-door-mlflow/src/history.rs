//! `/metrics`: all values of a metric.

use axum::{extract::State, response::Response};
use hven_app::{AppError, metrics};
use hven_core::{access::Role, stream::Point};
use hven_door::{Admitted, DoorState};

use crate::{
    answer::{Answer, Fault},
    fields::Fields,
    find_run::{find, parse_id},
    pages::{self, PageWanted},
    run_json::Metric,
};

const PAGE_MAX: usize = 25_000;

/// The values in the order of their steps and times, also those that were logged after the end of the run.
pub(crate) async fn get_history(State(door): State<DoorState>, who: Admitted, fields: Fields) -> Answer<Response> {
    let run = parse_id(&fields.run_id()?)?;
    let key = fields.required("metric_key")?;
    let page = PageWanted::of(&fields, PAGE_MAX, usize::MAX)?;
    let found = metrics::curve(&door.app, who.caller(), &run.to_string(), None, &key, usize::MAX).await;
    let points: Vec<Point> = match found {
        Ok(curve) => curve.points.into_iter().chain(curve.added.into_iter().flat_map(|added| added.points)).collect(),
        Err(AppError::NotFound { noun: "metric", .. }) => {
            // A deleted run has no metrics, and is not found.
            find(&door.app, who.caller(), &run.to_string(), Role::Viewer).await?;
            Vec::new()
        }
        Err(AppError::NotFound { .. }) => return Err(Fault::missing(format!("Run with id={run} not found"))),
        Err(error) => return Err(error.into()),
    };
    let (points, next) = page.cut(points);
    let metrics: Vec<Metric<'_>> = points.iter().map(Metric::of_point).collect();
    pages::written("metrics", &metrics, next.as_deref())
}
