//! The edge of Hven: HTTP in, use cases, HTTP out.
//!
//! A handler extracts, calls one use case and converts. What may be done is decided in `hven-app`; here it is only
//! found out who calls ([`caller`]) and whether the request comes from a page of ours ([`guard`]). How many may be
//! connected, and how long the server waits for a client, is said in [`connections`] and [`patience`]; how unknown fields are
//! refused, in [`strict`].

mod answer;
mod caller;
mod connections;
mod convert;
mod cookie;
mod guard;
mod listen;
mod openapi;
mod patience;
mod routes;
mod serve;
mod server;
mod strict;
mod token;
mod ui;

pub use convert::audit::audit;
pub use openapi::document;
pub use patience::Patience;
pub use serve::serve;
pub use server::{Options, Server};
