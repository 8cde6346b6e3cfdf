//! The highest floor: publications, and the graph of everything.

use std::{ops::Deref, sync::Arc};

use tokio::sync::Mutex;

use crate::knowledge::floor::Knowledge;

/// The state that use cases about publications share, above knowledge.
#[derive(Debug)]
pub struct Publish {
    pub knowledge: Arc<Knowledge>,
    /// Held while a publication is made or imported, so that no version is made twice.
    pub(super) publishing_turn: Mutex<()>,
}

impl Publish {
    pub(crate) fn above(knowledge: Arc<Knowledge>) -> Self {
        Self { knowledge, publishing_turn: Mutex::default() }
    }
}

impl Deref for Publish {
    type Target = Knowledge;

    fn deref(&self) -> &Knowledge {
        &self.knowledge
    }
}
