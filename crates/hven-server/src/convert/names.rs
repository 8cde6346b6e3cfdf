//! Converts the names of actors and runs to wire types.

use hven_api::runs as wire;
use hven_app::{actors::ActorName, ports::views::RunView};

pub(crate) fn actor(name: ActorName) -> wire::Actor {
    wire::Actor { id: name.id.to_string(), kind: name.kind.to_owned(), name: name.name }
}

pub(crate) fn run_name(run: &RunView) -> wire::RunName {
    wire::RunName { id: run.id.to_string(), handle: run.handle.to_string() }
}
