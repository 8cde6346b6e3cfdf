//! What was said about a run beside what it measured, outwards.

use hven_api::{
    metrics::{AddedLater, AddedPoint},
    runs::{Actor, SetAside},
};
use hven_app::ports::views::{AddedPoints, AdditionView, SetAsideView};
use hven_core::{Time, additions::Added};

use super::{number, text};

/// How many additions a list shows of each run.
const ADDED_MAX: usize = 8;

pub(crate) fn later(view: &AdditionView) -> AddedLater {
    let addition = &view.addition;
    let (kind, value, step, points) = match &addition.value {
        Added::Metric(line) => ("metric", number(line.last), Some(line.last_step), Some(line.points)),
        Added::Param(value) => ("parameter", value.clone(), None, None),
    };
    AddedLater {
        kind: kind.to_owned(),
        name: addition.name.clone(),
        value,
        step,
        points,
        by: by(view),
        added: text(addition.time),
        seq: addition.seq,
    }
}

/// Only people add to runs that have ended.
fn by(view: &AdditionView) -> Actor {
    Actor { id: view.addition.by.to_string(), kind: "user".to_owned(), name: view.by_name.clone() }
}

pub(crate) fn newest(views: &[AdditionView]) -> Vec<AddedLater> {
    views[views.len().saturating_sub(ADDED_MAX)..].iter().map(later).collect()
}

pub(crate) fn points(added: &AddedPoints) -> impl Iterator<Item = AddedPoint> {
    added.points.iter().map(|point| AddedPoint {
        step: point.step,
        value: number(point.value),
        time: text(Time::from_micros(point.time_us)),
        by: by(&added.addition),
        added: text(added.addition.addition.time),
    })
}

pub(crate) fn set_aside(view: &SetAsideView) -> SetAside {
    let message = &view.message;
    SetAside {
        attempt: view.attempt,
        time: text(view.time),
        what: message.what.clone(),
        why: message.why.clone(),
        bytes: message.bytes,
        digest: message.digest.to_string(),
        excerpt: message.excerpt.clone(),
        count: message.count(),
    }
}
