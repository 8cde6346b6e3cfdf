//! `hven publish`: the server makes a publication of claims and everything that they rest on, and the command writes it
//! to a local folder.

mod args;
mod author;
mod code;
mod make;
mod previous_version;
mod settings;

pub use args::PublishArgs;
