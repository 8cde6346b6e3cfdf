//! The one list of the nouns that have facts. What a noun adds to the shared types of this crate stands in its own file, in
//! a macro `noun`:
//!
//! ```ignore
//! macro_rules! noun {
//!     ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
//!         facts {
//!             RemarkMade($crate::remark::Made) = "remark.made" version 1, about |p| Some(p.remark.into()),
//!                 objects $crate::remark::objects_of_made;
//!         }
//!         nodes { Remark($crate::remark::RemarkId) = "remark" 4; }
//!         subjects {}
//!     } };
//! }
//! pub(crate) use noun;
//! ```
//!
//! - `facts`: the name of each in [`Fact`], its payload (which has a [sample]), kind and version (with the payloads of older
//!   versions, `version 2 (1 => $crate::remark::MadeV1)`), what it is about, and who says which [objects] it names.
//! - `nodes`: what of the noun has a lineage: the name in [`Node`], its id, the word before the `/`, and the number under which
//!   views keep the noun: the next that is free, for ever. An id that no node has,
//!   and that facts are about, is one of the `subjects`.
//!
//! The macros are called one after the other, each with what those before it have said, and the last hands all of it to
//! the macro that makes [`Fact`], [`Node`] or [`Subject`] of it.
//!
//! [`Fact`]: crate::Fact
//! [sample]: crate::sample::Sampled
//! [objects]: crate::named
//! [`Node`]: crate::soundness::Node
//! [`Subject`]: crate::subject::Subject

/// Hands what all nouns declare to the macro `$end`. A new noun is a line here.
macro_rules! nouns {
    ($end:ident) => {
        $crate::nouns::chain! { $end {
            home
            user
            project
            access
            runner
            run
            capture
            additions
            set_aside
            reproduction
            labels
            catalogue
            law
            claim
            soundness
            repair
            publication
            object
            erasure
        } }
    };
}
pub(crate) use nouns;

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
