//! The scheduling engine: users and projects share the runners.
//!
//! A state machine without I/O, clock or randomness: [`Engine::on_event`] receives an event and returns actions. Its state
//! can be rebuilt from the record at any time, by sending it every unfinished run again.
//!
//! # The order of runs
//! - A run with a higher priority precedes all runs with a lower one.
//! - Among runs with the same priority, the user who has used least of the runners is first, and of this user's runs those of
//!   the project for which the user has used least. Use decays ([`shares`]). Within a project, the order is that of
//!   submission; a run that is retried keeps its position.
//! - A run that is held, or that waits for the success of another one, is in no queue and delays no other run. A run that has not
//!   started at its deadline ends.
//! - A run above a limit of its user or project waits, and delays no other run.
//!
//! # The place of runs
//! - **The first run in the order is never delayed by a later one.** If no runner has room for it, the engine reserves its
//!   resources on the runner that is nearest to having them, and later runs may use only the rest. So a large run does not
//!   starve behind small ones, and cores do not idle while a run waits for a GPU. After it, the first run of each further
//!   kind of resources is placed or gets a reservation in the same way, in order, until 32 kinds were passed over.
//! - A run that no attached runner could hold even when idle waits until a larger runner attaches
//!   ([`Waiting::TooLarge`]). It delays no other run.
//! - A runner may hold up to `prefetch` attempts more than fit, so that a short attempt does not wait for a round trip to
//!   the server. A run is prefetched only to a runner that could hold it, and only if no other runner could: with several
//!   runners it waits in the queue for the first free one. The runner applies the same rule to the attempts that it holds,
//!   and only the runner starts processes: its processes never exceed its capacity, even if the engine's state is late.
//! - Among several runners with room, the engine takes the one with the least left over, so that large gaps stay whole.
//!
//! # Assumptions
//! Messages may be lost, duplicated and delayed; every event may arrive twice. The driver of the engine guarantees only:
//!
//! - Actions are executed in order: a fact is durable before the actions that depend on it are sent.
//! - After a restart, the driver sends every unfinished run once, oldest first ([`Event::Resumed`] when the last attempt
//!   has no recorded end, else [`Event::Submitted`]), then the cancellations and the runners that are gone, and then all
//!   other events.
//! - `holds` of [`Event::RunnerAttached`] is the current state of the runner, in the order in which it got the attempts;
//!   commands from before the attachment do not reach it any more.
//! - A runner whose process died may be restarted; it attaches with the attempts that it still holds, and reports the lost
//!   ones. [`Event::RunnerGone`] means that a runner never returns. Before this event, the driver ends all processes of the
//!   runner's attempts and sends [`Event::Ended`] for the results that the runner wrote. So no process of an attempt
//!   lives when the attempt is retried.

mod clock;
mod ends;
mod engine;
mod invariants;
mod line;
mod placement;
mod recent_ends;
mod rooms;
mod runners;
mod shares;
mod slots;
mod turns;
mod waiting_queue;

pub use engine::FairShare;

use engine::{Run, Stage};
