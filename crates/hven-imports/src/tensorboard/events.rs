//! The events of a file: messages of the kinds `Event` and `Summary` (tensorflow/core/util/event.proto, framework/summary.proto).

use super::{
    protobuf::Fields,
    values::{Tensor, tensor},
};

/// The parts of an event that are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Event {
    /// Seconds since 1970.
    pub(super) wall_time: f64,
    pub(super) step: i64,
    pub(super) summaries: Vec<Summary>,
    /// It has the graph of a model.
    pub(super) has_graph: bool,
    /// A part of it was no message of this kind.
    pub(super) is_faulty: bool,
}

/// One value of a summary.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Summary {
    pub(super) tag: String,
    /// Which plugin shows it, and the plugin's own bytes.
    pub(super) plugin: String,
    pub(super) plugin_content: Vec<u8>,
    pub(super) content: Content,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Content {
    #[default]
    Nothing,
    Scalar(f32),
    /// The bytes of a PNG or another format.
    Image(Vec<u8>),
    Tensor(Tensor),
    Histogram,
    Audio,
}

pub(super) fn event(message: &[u8]) -> Event {
    let mut event = Event::default();
    let mut fields = Fields::of(message);
    for (number, value) in fields.by_ref() {
        match number {
            1 => event.wall_time = value.double(),
            2 => event.step = value.int(),
            4 | 9 => event.has_graph = true,
            5 => {
                let mut values = Fields::of(value.bytes());
                for (number, value) in values.by_ref() {
                    if number == 1 {
                        event.summaries.push(summary(value.bytes(), &mut event.is_faulty));
                    }
                }
                event.is_faulty |= values.is_faulty();
            }
            _ => {}
        }
    }
    event.is_faulty |= fields.is_faulty();
    event
}

fn summary(message: &[u8], is_faulty: &mut bool) -> Summary {
    let mut summary = Summary::default();
    let mut fields = Fields::of(message);
    for (number, value) in fields.by_ref() {
        match number {
            1 => summary.tag = value.text(),
            2 => summary.content = Content::Scalar(value.float()),
            4 => {
                let bytes = Fields::of(value.bytes()).filter(|(number, _)| *number == 4).last();
                summary.content = Content::Image(bytes.map(|(_, value)| value.bytes().to_vec()).unwrap_or_default());
            }
            3 | 5 => summary.content = Content::Histogram,
            6 => summary.content = Content::Audio,
            8 => summary.content = Content::Tensor(tensor(value.bytes())),
            9 => {
                for (number, value) in Fields::of(value.bytes()) {
                    if number == 1 {
                        for (number, value) in Fields::of(value.bytes()) {
                            match number {
                                1 => summary.plugin = value.text(),
                                2 => summary.plugin_content = value.bytes().to_vec(),
                                _ => {}
                            }
                        }
                    }
                }
            }
            _ => {}
        }
    }
    *is_faulty |= fields.is_faulty();
    summary
}
