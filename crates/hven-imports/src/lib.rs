//! Reads the stores of other trackers: the databases, folders and servers of MLflow, and the event files of TensorBoard.
//!
//! A store is foreign: everything in it may be damaged or made to harm. Readers have bounds, never follow a path out of the store, and
//! return what they could read together with [`Faults`], the list of what they could not.

#![allow(unreachable_pub, reason = "`pub` marks the items that a module offers to the others")]

mod artifacts;
mod error;
mod faults;
pub mod mlflow;
mod run_ids;
pub mod tensorboard;

pub use artifacts::{Artifact, ArtifactBytes, ArtifactPlaces};
pub use error::Error;
pub use faults::{Fault, Faults, NO_PLACE};
pub use run_ids::{derived_id, run_id};

pub type Result<T> = std::result::Result<T, Error>;
