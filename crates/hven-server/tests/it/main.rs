//! The edge, tested from outside: requests in, answers out, over a real record and the real engine.
#![allow(clippy::unwrap_used)]

mod access;
mod after_end;
mod bad_messages;
mod bounds;
mod document;
mod full_disk;
mod fuzz;
mod house;
mod judging;
mod labels;
mod large_home;
mod lists;
mod live;
mod logs;
mod objects_of_others;
mod origins;
mod permissions;
mod recipes;
mod record;
mod repairs;
mod revoked;
mod runner;
mod runs;
mod slow;
mod staging;
mod stdin;
mod thin;
mod unknown_fields;
