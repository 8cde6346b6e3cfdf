//! The edge of Hven: HTTP in, use cases, HTTP out.
//!
//! A handler extracts, calls one use case and converts. What may be done is decided in `hven-app`; here it is only
//! found out who calls ([`caller`]) and whether the request comes from a page of ours ([`guard`]).

mod answer;
mod caller;
mod convert;
mod events;
mod guard;
mod openapi;
mod routes;
mod serve;
mod ui;

pub use convert::audit::audit;
pub use openapi::document;
pub use serve::{Options, Server, serve};
