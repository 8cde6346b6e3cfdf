//! The interfaces of the use cases to everything outside, as traits. `hven-record` and `hven-compute` implement them,
//! and the binary connects them. No trait here knows SQL, HTTP or a file format.

pub mod backup;
pub mod chosen;
pub mod engine;
pub mod error;
pub mod fact_feed;
pub mod launch;
pub mod objects;
pub mod page;
pub mod people;
pub mod press;
pub mod record;
pub mod recorded;
pub mod run;
pub mod series;
pub mod step_processes;
pub mod tables;
pub mod views;

pub use backup::Backup;
pub use engine::Engine;
pub use error::{StoreError, StoreResult};
pub use hven_core::disk::{is_full, is_read_only};
pub use launch::{Launches, RunnerLauncher};
pub use objects::Objects;
pub use press::Press;
pub use record::Record;
pub use series::Series;
pub use step_processes::StepProcesses;
pub use views::Views;

/// Declares the read ports of the nouns, one file each, and the port that combines them.
macro_rules! readers {
    ($(mod $module:ident: $reader:ident;)+) => {
        $(pub mod $module;
        pub use $module::$reader;)+

        /// The read ports of all nouns.
        pub trait Readers: $($reader +)+ Send + Sync + 'static {}
        impl<R: $($reader +)+ Send + Sync + 'static> Readers for R {}
    };
}

// The list of all read ports. A new noun adds a file and a line here.
readers! {
    mod arrays: Arrays;
    mod catalogue: Catalogue;
    mod claims: Claims;
    mod machine: Machines;
    mod publications: Publications;
    mod quantities: Quantities;
    mod queueing: Queues;
    mod repairs: Repairs;
    mod reproductions: Reproductions;
    mod soundness: Lineages;
    mod workflows: Workflows;
}
