//! The use cases of Hven.
//!
//! One file per noun holds its use cases. Each use case authorises the caller, decides, appends facts and answers. The
//! nouns stand on floors. Each floor is a type that holds the floor below: [`kernel`] ← [`work`] ← [`catalogue`] ←
//! [`knowledge`] ← [`publish`] ← [`App`]. A use case takes the floor that it needs, so the compiler refuses calls to a
//! higher floor.
//!
//! Use cases reach everything outside through [`ports`] alone: `cargo check -p hven-app` compiles no SQL, no HTTP and
//! no file format. The background work (the driver of the scheduler, the sealer, the keeper of runners) is in
//! [`services`].

mod app;
pub mod catalogue;
pub mod kernel;
pub mod knowledge;
pub mod ports;
pub mod publish;
pub mod services;
pub mod work;

pub use app::App;
pub use catalogue::{datasets, files, imports, object_reads, recipe_results, result_follower, splits};
pub use kernel::{
    actors,
    admission::{self, Admission},
    ancestry, authentication,
    callers::Caller,
    describe_fact,
    error::{self, AppError, AppResult},
    event_listener, fact_feed, fact_sentences, facts, find, follower, follower_agenda, home_owner, keys, labelled,
    lineage, objects, origins, people, projects, redact, sentences, sessions, tokens,
};
pub use knowledge::{claims, judge, laws, repair, soundness};
pub use ports::chosen::Ports;
pub use publish::{graph, lineage_answers, publications, repair_answers};
pub use work::{
    arrays, compare_runs, delete_runs, documents, expectations, explain, external, home, labels, logs, lookup, machine,
    metrics, queueing, recipes, reproduce, run_search, runners, runs, saved_views, schedule, staging, stdin, submit,
    surroundings, usage, verdicts, workflows,
};
