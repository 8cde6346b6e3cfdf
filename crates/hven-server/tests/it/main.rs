//! The edge, tested from outside: requests in, answers out, over a real record and the real engine.
#![allow(clippy::unwrap_used)]

mod access;
mod after_end;
mod bad_messages;
mod document;
mod house;
mod judging;
mod live;
mod origins;
mod record;
mod runner;
mod runs;
mod staging;
