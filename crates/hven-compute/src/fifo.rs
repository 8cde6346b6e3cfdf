//! First come, first served: the scheduling engine.
//!
//! A state machine without I/O, clock or randomness: [`Engine::on_event`] is told what happened and answers what is to
//! be done. What it knows can be rebuilt from the record at any time, by telling it of every unfinished run again.
//!
//! # Who is next
//! Runs stand in one line in the order in which they were submitted; one that is tried again stands where it stood.
//!
//! - **The first in line is never delayed by one behind it.** When there is no room for it, what it wants is set aside
//!   on the runner that is nearest to having the room, and those behind may use only what is left over. So a large run
//!   cannot starve behind small ones, and cores do not idle while somebody waits for a GPU. Behind it, the first of
//!   each further kind of wants is served or set aside in the same way, in order, until 32 kinds were passed over.
//! - A run that no attached runner could hold even when idle stands aside until a larger one comes
//!   ([`Waiting::TooLarge`]); nobody waits for it.
//! - A runner may hold up to `prefetch` attempts beyond what fits, so that a short one does not wait for a round trip
//!   to the server. Only what the runner could hold is given so, and only where it has no other place to go: with
//!   several runners it waits in line for whichever is free first. The runner starts what it holds by the same rule,
//!   and it alone starts processes: what runs there never exceeds its capacity, also when the engine's picture is
//!   late.
//! - Among several runners with room, the one with the least left over is taken, so that large places stay whole.
//!
//! # What is relied on
//! Messages may be lost, doubled and late; every event may come twice. Only this is asked of whoever drives the engine:
//!
//! - Actions are carried out in order: a fact is durable before what follows it is sent.
//! - After a restart: every unfinished run once, oldest first ([`Event::Resumed`] when its last attempt has no recorded
//!   end, else [`Event::Submitted`]), then the cancellations and the runners that are gone, and only then the others.
//! - `holds` of [`Event::RunnerAttached`] is the runner's newest word, in the order in which it got the attempts;
//!   commands from before the attachment do not reach it any more.
//! - A runner whose process died may be started again; it attaches with what it still holds, and reports what was lost.
//!   [`Event::RunnerGone`] is for one that never comes back. Before it, what the runner's attempts left behind is
//!   ended, and results that it had written are told with [`Event::Ended`]. So an attempt that is tried again is not
//!   still alive somewhere.

mod audit;
mod clock;
mod engine;
mod line;
mod past;
mod placing;
mod runners;
mod seats;

pub use engine::Fifo;

use engine::{Run, Stage};
