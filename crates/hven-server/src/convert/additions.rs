//! Converts additions to ended runs, and messages that were set aside, to wire types.

use hven_api::{
    metrics::{AddedLater, AddedPoint},
    runs::{Actor, SetAside},
};
use hven_app::ports::views::{ADDED_SHOWN, AddedPoints, AdditionView, SetAsideView};
use hven_core::{Time, additions::Added};

use super::{metrics::number, text};

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
        added: text(view.made()),
        seq: addition.seq,
    }
}

/// Only people add to an ended run: users of this home, or of the home where a publication was made.
fn by(view: &AdditionView) -> Actor {
    let kind = if view.addition.original.is_some() { "publication" } else { "user" };
    Actor { id: view.addition.by.to_string(), kind: kind.to_owned(), name: view.made_by().map(str::to_owned) }
}

pub(crate) fn newest(views: &[AdditionView]) -> Vec<AddedLater> {
    views[views.len().saturating_sub(ADDED_SHOWN)..].iter().map(later).collect()
}

pub(crate) fn points(added: &AddedPoints) -> impl Iterator<Item = AddedPoint> {
    added.points.iter().map(|point| AddedPoint {
        step: point.step,
        value: number(point.value),
        time: text(Time::from_micros(point.time_us)),
        by: by(&added.addition),
        added: text(added.addition.made()),
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
