//! The handlers. Each extracts its arguments, calls one use case and converts the result. Each noun's file declares its
//! operations with `operations![…]`.

mod all;
mod lists;
mod operations;
mod runner_messages;

pub(crate) use all::{described, served};
pub(crate) use logs::last_event_id;

use operations::Operations;

/// Declares the files of the nouns, and the list of their operations.
macro_rules! nouns {
    ($(mod $noun:ident;)+) => {
        $(mod $noun;)+

        const NOUNS: &[Operations] = &[$($noun::OPERATIONS),+];
    };
}

// The one list of all operations, in the order of the OpenAPI document. A new noun needs a file and a line here.
nouns! {
    mod home;
    mod machine;
    mod proof;
    mod access;
    mod runs;
    mod compared_runs;
    mod external;
    mod labels;
    mod saved_views;
    mod queueing;
    mod stdin;
    mod datasets;
    mod recipes;
    mod reproductions;
    mod metrics;
    mod logs;
    mod files;
    mod claims;
    mod graph;
    mod soundness;
    mod repairs;
    mod workflows;
    mod arrays;
    mod publications;
    mod objects;
    mod record;
    mod events;
    mod runner;
}
