//! The HTTP edge of Hven: it turns requests into calls of use cases, and their results into answers.
//!
//! A handler extracts its arguments, calls one use case and converts the result. `hven-app` decides what the caller may
//! do. This crate only finds the caller ([`caller`]) and checks that a browser's request comes from a page of this server
//! ([`guard`]). [`connections`] limits the number of connections, [`client_timeouts`] limits the time that the server waits for
//! a client, and [`strict`] refuses unknown fields.

mod answer;
mod caller;
mod client_timeouts;
mod connections;
mod convert;
mod cookie;
mod doors;
mod guard;
mod listen;
mod openapi;
mod routes;
mod serve;
mod server;
mod strict;
mod token;
mod ui;

pub use client_timeouts::ClientTimeouts;
pub use convert::audit::audit;
pub use openapi::document;
pub use serve::serve;
pub use server::{Options, Server};
