//! The handlers: extract, call one use case, convert.

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Server, events};

mod access;
mod claims;
mod datasets;
mod files;
mod graph;
mod home;
mod lists;
mod logs;
pub(crate) use logs::last_event_id;
mod metrics;
mod objects;
mod publications;
mod record;
mod reproductions;
mod runner;
mod runs;
mod soundness;

pub(crate) fn all() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(home::server))
        .routes(routes!(home::overview))
        .routes(routes!(home::shutdown))
        .routes(routes!(home::backup))
        .routes(routes!(access::me))
        .routes(routes!(access::login_link))
        .routes(routes!(access::users, access::add_user))
        .routes(routes!(access::projects, access::add_project))
        .routes(routes!(access::members, access::set_member, access::remove_member))
        .routes(routes!(access::tokens, access::new_token))
        .routes(routes!(access::revoke_token))
        .routes(routes!(runs::list, runs::submit))
        .routes(routes!(runs::submit_batch))
        .routes(routes!(runs::look_up))
        .routes(routes!(datasets::look_up))
        .routes(routes!(runs::show))
        .routes(routes!(runs::cancel))
        .routes(routes!(runs::set_software))
        .routes(routes!(runs::log_params))
        .routes(routes!(reproductions::list, reproductions::begin))
        .routes(routes!(runs::why))
        .routes(routes!(runs::explain))
        .routes(routes!(metrics::summaries, metrics::log))
        .routes(routes!(metrics::points))
        .routes(routes!(metrics::resources))
        .routes(routes!(logs::read))
        .routes(routes!(logs::follow))
        .routes(routes!(logs::raw))
        .routes(routes!(logs::search))
        .routes(routes!(files::list))
        .routes(routes!(files::content))
        .routes(routes!(datasets::list, datasets::add))
        .routes(routes!(datasets::show))
        .routes(routes!(datasets::table))
        .routes(routes!(datasets::data))
        .routes(routes!(datasets::split))
        .routes(routes!(datasets::made_by_run))
        .routes(routes!(claims::list, claims::state))
        .routes(routes!(claims::show))
        .routes(routes!(claims::judge_claim))
        .routes(routes!(claims::law))
        .routes(routes!(claims::choose))
        .routes(routes!(claims::lineage))
        .routes(routes!(graph::graph))
        .routes(routes!(soundness::show))
        .routes(routes!(soundness::reach))
        .routes(routes!(soundness::retract))
        .routes(routes!(soundness::assert_independence))
        .routes(routes!(soundness::plan, soundness::proceed))
        .routes(routes!(publications::list, publications::publish))
        .routes(routes!(publications::plan))
        .routes(routes!(publications::show))
        .routes(routes!(publications::archive))
        .routes(routes!(publications::page))
        .routes(routes!(publications::import))
        .routes(routes!(objects::missing))
        .routes(routes!(objects::presence, objects::receive, objects::open))
        .routes(routes!(objects::collect))
        .routes(routes!(record::facts))
        .routes(routes!(record::audit))
        .routes(routes!(record::redact))
        .routes(routes!(events::events))
        .routes(routes!(runner::attach))
        .routes(routes!(runner::pull))
        .routes(routes!(runner::push))
        .routes(routes!(runner::staged))
}
