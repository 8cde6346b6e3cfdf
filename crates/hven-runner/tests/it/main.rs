//! The real program against a test server of threads that speaks the runner's protocol, loses and duplicates messages,
//! disappears and returns at another address. The tests do not wait for fixed times: each waits for an event, with a
//! deadline that only a broken runner reaches.

mod ending;
mod fake_server;
mod faults;
mod file_check;
mod full_disk;
mod impostor;
mod logs;
mod metrics;
mod outputs;
mod refused;
mod settings;
mod setup;
mod staging;
mod starting;
mod stdin;
