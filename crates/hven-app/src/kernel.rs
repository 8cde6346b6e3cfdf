//! The kernel: callers and rights, appending, naming and look-up, the lineage, objects and errors.
//! Everything above stands on it, and it knows nothing of what stands above.

pub mod access;
pub mod admission;
pub mod admitting;
pub mod ancestry;
pub mod brought;
pub mod callers;
pub mod documents;
pub mod error;
pub mod evidence;
pub mod facts;
pub mod find;
pub mod floor;
pub mod folders;
pub mod founding;
pub mod keys;
pub mod lineage;
pub mod live;
pub mod login_links;
pub mod naming;
pub mod objects;
pub mod people;
pub mod projects;
pub mod random;
pub mod redact;
pub mod rights;
pub mod sayings;
pub mod sessions;
pub mod soundness;
pub mod streams;
pub mod tokens;
