//! `hven bench track`: the waiting times of a client of MLflow, compared with other servers of the same protocol and with the disk.

mod load;
mod measure;
mod peers;

pub use measure::{TrackArgs, track};
