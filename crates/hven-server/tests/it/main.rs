//! Tests of the HTTP edge from outside: requests and answers, with a real record and the real engine.
#![allow(clippy::unwrap_used)]

mod access;
mod additions_after_end;
mod array_drafts;
mod bad_messages;
mod compared_runs;
mod doors;
mod external_runs;
mod extreme_values;
mod full_disk;
mod fuzz;
mod judgement_after_end;
mod labels;
mod large_home;
mod list_costs;
mod live_events;
mod logs;
mod machine;
mod objects_of_others;
mod openapi_document;
mod permissions;
mod queueing;
mod recipes;
mod record;
mod repairs;
mod request_origins;
mod revocation;
mod runner;
mod runs;
mod slow_clients;
mod staging;
mod stdin;
mod table_look;
mod test_home;
mod thin_handlers;
mod unknown_fields;
