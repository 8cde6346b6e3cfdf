//! The handlers: extract, call one use case, convert.

use axum::{Extension, Router, handler::Handler, routing::MethodRouter};
use pastey::paste;
use utoipa_axum::{PathItemExt, router::OpenApiRouter, routes};

use crate::{Server, events, strict::Declares};

mod access;
mod claims;
mod datasets;
mod files;
mod graph;
mod home;
mod labels;
mod lists;
mod logs;
pub(crate) use logs::last_event_id;
mod metrics;
mod objects;
mod proof;
mod publications;
mod record;
mod reproductions;
mod runner;
mod runs;
mod soundness;
mod stdin;

/// The one list of all operations, made into a router, and into the description of what it serves. A server starts with
/// the first alone: the description takes more time and memory than all else that a start does.
macro_rules! operations {
    ($($module:ident: $($handler:ident),+;)+) => { paste! {
        pub(crate) fn served() -> Router<Server> {
            let router = Router::new();
            $($(let router = serve::<$module::[<__path_ $handler>], _, _>(router, &$module::$handler);)+)+
            router
        }

        pub(crate) fn described() -> OpenApiRouter<Server> {
            OpenApiRouter::new()$($(.routes(routes!($module::$handler)))+)+
        }
    } };
}

/// Serves an operation where its description says.
fn serve<Description: utoipa::Path, H: Handler<T, Server>, T: 'static>(
    router: Router<Server>,
    handler: &H,
) -> Router<Server> {
    let methods = Description::methods();
    let mut methods =
        methods.iter().fold(MethodRouter::new(), |on, method| on.on(method.to_method_filter(), handler.clone()));
    let path = Description::path();
    // A runner may be newer than the server, and say more than that knows.
    if !path.starts_with("/runner/") {
        methods = methods.layer(Extension(Declares::of::<Description>()));
    }
    router.route(&path, methods)
}

operations! {
    home: server, overview, shutdown, backup;
    proof: prove;
    access: me, login_link, users, add_user, remove_user, projects, add_project, members, set_member, remove_member,
        tokens, new_token, revoke_token;
    runs: list, submit, submit_batch, look_up, show, cancel, set_software, log_params, why, explain;
    labels: change, tags;
    stdin: hold, send, next;
    datasets: look_up, list, add, show, table, data, split, made_by_run;
    reproductions: list, begin;
    metrics: summaries, log, points, resources;
    logs: read, follow, raw, search;
    files: list, content;
    claims: list, state, show, judge_claim, law, choose, lineage;
    graph: graph;
    soundness: show, reach, retract, assert_independence, plan, proceed;
    publications: list, publish, plan, show, archive, page, import;
    objects: missing, presence, receive, open, collect;
    record: facts, audit, audit_progress, redact;
    events: events;
    runner: attach, pull, push, staged;
}
