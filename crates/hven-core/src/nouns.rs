//! The macros with which each noun adds its facts and nodes to the shared types of this crate. Each noun's file declares them
//! in a macro `noun`. The list of the nouns is in `lib.rs`.
//!
//! ```ignore
//! macro_rules! noun {
//!     ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
//!         facts {
//!             RemarkMade($crate::remark::Made) = "remark.made" version 1, about |p| Some(p.remark.into()),
//!                 objects $crate::remark::objects_of_made, trace $crate::remark::trace_of_made;
//!         }
//!         nodes { Remark($crate::remark::RemarkId) = "remark" 4 plain; }
//!         subjects {}
//!     } };
//! }
//! pub(crate) use noun;
//! ```
//!
//! - `facts`: for each fact its name in [`Fact`], its payload type (which needs a [sample]), its kind and version (with the
//!   payload types of older versions, `version 2 (1 => $crate::remark::MadeV1)`), its subject, the function that lists its
//!   [objects], and the function that gives its [trace] in the lineage.
//! - `nodes`: the things of the noun that have a lineage: the name in [`NodeId`], the id type, the word before the `/`, and the
//!   number of the noun in views: the next free number, which never changes. `plain` follows when a lineage shows only its name
//!   and one line. An id that is the subject of facts but not a node is one of the `subjects`.
//!
//! The macros are called one after the other. Each adds its declarations to the previous ones, and the last passes all of them
//! to the macro that makes [`Fact`], [`NodeId`] or [`Subject`].
//!
//! [`Fact`]: crate::Fact
//! [sample]: crate::sample::Sampled
//! [objects]: crate::named_objects
//! [trace]: crate::trace
//! [`NodeId`]: crate::soundness::NodeId
//! [`Subject`]: crate::subject::Subject

/// Declares the modules of the nouns, and the macro `every_noun`, which passes the declarations of all nouns to the macro
/// `$end`.
macro_rules! declare {
    (($d:tt) $(mod $noun:ident;)+) => {
        $(pub mod $noun;)+

        macro_rules! every_noun {
            ($d end:ident) => {
                $crate::nouns::chain! { $d end { $($noun)+ } }
            };
        }
        pub(crate) use every_noun;
    };
}
pub(crate) use declare;

/// Calls the macro of the next noun, which adds its declarations.
macro_rules! chain {
    ($end:ident {} $($declared:tt)*) => {
        $end! { $($declared)* }
    };
    ($end:ident { $noun:ident $($rest:ident)* } $($declared:tt)*) => {
        $crate::$noun::noun! { $end { $($rest)* } $($declared)* }
    };
}
pub(crate) use chain;
