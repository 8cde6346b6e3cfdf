//! `hven publish`: claims with all they rest on, made by the server and put into a folder here.

mod args;
mod author;
mod code;
mod make;
mod settings;
mod version_before;

pub use args::PublishArgs;
