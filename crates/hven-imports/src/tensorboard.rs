//! Event files of TensorBoard, as TensorFlow, PyTorch and others write them.

mod events;
mod frames;
mod protobuf;
mod runs;
mod values;

pub use runs::{End, Finding, Folder, Summed, folders};
pub use values::Hparam;
