//! How a noun declares what it adds to the shared types of this crate: in its own file, in a macro `noun`. The list of the
//! nouns is in `lib.rs`.
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
//! - `facts`: the name of each in [`Fact`], its payload (which has a [sample]), kind and version (with the payloads of older
//!   versions, `version 2 (1 => $crate::remark::MadeV1)`), what it is about, who says which [objects] it names, and who says what [trace] it leaves in the lineage.
//! - `nodes`: what of the noun has a lineage: the name in [`Node`], its id, the word before the `/`, and the number under which
//!   views keep the noun: the next that is free, for ever. `plain` follows it when a lineage shows no more of
//!   it than a name and a line. An id that no node has,
//!   and that facts are about, is one of the `subjects`.
//!
//! The macros are called one after the other, each with what those before it have said, and the last hands all of it to
//! the macro that makes [`Fact`], [`Node`] or [`Subject`] of it.
//!
//! [`Fact`]: crate::Fact
//! [sample]: crate::sample::Sampled
//! [objects]: crate::named
//! [trace]: crate::trace
//! [`Node`]: crate::soundness::Node
//! [`Subject`]: crate::subject::Subject

/// Declares the files of the nouns, and the macro `every_noun`, which hands what all of them declare to the macro `$end`.
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

/// Asks the next noun what it declares.
macro_rules! chain {
    ($end:ident {} $($declared:tt)*) => {
        $end! { $($declared)* }
    };
    ($end:ident { $noun:ident $($rest:ident)* } $($declared:tt)*) => {
        $crate::$noun::noun! { $end { $($rest)* } $($declared)* }
    };
}
pub(crate) use chain;
