//! The real program against a server made of threads that speaks the runner's protocol, loses and doubles messages,
//! goes away and comes back elsewhere. Nothing here waits for a time: every test waits for what must happen, with a
//! deadline that only a broken runner reaches.

mod ending;
mod faults;
mod full_disk;
mod house;
mod impostor;
mod logs;
mod metrics;
mod outputs;
mod refused;
mod seen;
mod server;
mod settings;
mod staging;
mod starting;
mod stdin;
