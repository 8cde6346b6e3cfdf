//! Remarks: texts of persons about nodes of the lineage, with names by which others find them.

use serde::{Deserialize, Serialize};

use crate::{name::Name, project::ProjectPath, soundness::NodeId, trace::Trace};

crate::id::ids! {
    /// The id of a remark.
    RemarkId
}

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RemarkMade($crate::remark::Made) = "remark.made" version 1, about |p| Some(p.remark.into()),
                trace $crate::remark::trace_of_made;
        }
        nodes { Remark($crate::remark::RemarkId) = "remark" 4 plain; }
        subjects {}
    } };
}
pub(crate) use noun;

/// A person added a remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    pub remark: RemarkId,
    pub project: ProjectPath,
    pub name: Name,
    /// The node that the remark is about.
    pub on: NodeId,
    pub text: String,
}

/// A remark rests on what it is about.
pub(crate) fn trace_of_made(made: &Made) -> Trace {
    Trace { rests_on: vec![made.on], ..Trace::default() }
}

crate::sample::sampled! {
    Made { remark, project, name, on, text }
}
