//! Remarks: texts of persons about nodes of the lineage, with names by which others find them.

use serde::{Deserialize, Serialize};

use crate::{name::Name, project::ProjectPath, soundness::Node};

crate::id::ids! {
    /// The id of a remark.
    RemarkId
}

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RemarkMade($crate::remark::Made) = "remark.made" version 1, about |p| Some(p.remark.into());
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
    pub on: Node,
    pub text: String,
}

crate::sample::sampled! {
    Made { remark, project, name, on, text }
}
