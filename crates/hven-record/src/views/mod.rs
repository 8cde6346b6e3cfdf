//! Views: tables derived from facts, one noun per file.
//!
//! A view declares the kinds of facts that it reads and its tables, and applies facts to the tables. It never reads a clock,
//! a row id, another view or the order of a map, so the same facts always give the same tables. When the version of a view
//! changes, only that view is rebuilt. A view receives an erased fact without its payload: the data from the header and the trace in
//! the lineage remain, and the rest becomes a tombstone.

mod added_files;
mod apply;
mod attempt_use;
mod changed_run;
pub(crate) mod conditions;
mod external_runs;
pub(crate) mod metric_values;
pub(crate) mod param_values;
mod pending;
pub(crate) mod plain;
mod read_back;
mod run_columns;
mod run_edges;
pub(crate) mod run_state;
pub(crate) mod use_changes;
mod view;

pub(crate) mod past_runs;
pub(crate) mod quantity_tables;
pub(crate) mod queries;
pub(crate) mod run_rows;
pub(crate) mod run_views;

pub(crate) use apply::apply;
pub(crate) use changed_run::ChangedRun;
pub(crate) use objects::{Referenced, erased_objects, has_parts, reference_counts, referenced, sealed_to, to_be_gone};
pub(crate) use view::{
    Changes, Edges, Partition, Place, PlainNodes, Seen, Table, View, create_tables, drop_tables, kinds,
};

/// Declares the modules of the views, and their list.
macro_rules! views {
    ($(mod $module:ident: $view:ident,)+) => {
        $(pub(crate) mod $module;)+

        pub(crate) const ALL: [&dyn View; [$(stringify!($module)),+].len()] = [$(&$module::$view),+];
    };
}

// The only list of all views. A new view needs a file and a line here.
views! {
    mod runs: Runs,
    mod params: Params,
    mod additions: Additions,
    mod capture_notes: CaptureNotes,
    mod labels: Labels,
    mod documents: Documents,
    mod tag_values: TagValues,
    mod files: Files,
    mod objects: Objects,
    mod users: Users,
    mod access: Access,
    mod projects: Projects,
    mod runners: Runners,
    mod datasets: Datasets,
    mod claims: Claims,
    mod reproductions: Reproductions,
    mod publications: Publications,
    mod queueing: Queueing,
    mod lineage: Lineage,
    mod soundness: Soundness,
    mod repairs: Repairs,
    mod workflows: Workflows,
    mod arrays: Arrays,
}
