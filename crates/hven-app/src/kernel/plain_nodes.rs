//! Plain nodes of the lineage: nodes that are shown with a name and a line only. The file of their noun has their
//! sentences.

use hven_core::{access::Role, project::ProjectPath, sentence::Sentence, soundness::NodeId};

use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        find::only_one::{NameQuery, only_one},
        floor::Kernel,
        sentences::AnswerSentence,
    },
    ports::soundness::PlainNodeView,
};

/// The id of a plain node, with the sentences for such nodes.
pub trait PlainNode {
    /// The node within a sentence: `remark odd`.
    fn called(node: &PlainNodeView) -> Sentence;
    /// The node as a step of a lineage, in one line.
    fn line(node: &PlainNodeView) -> Sentence;
}

macro_rules! plain {
    ($($name:ident($id:ty) plain;)*) => {
        /// The node within a sentence.
        #[allow(clippy::match_single_binding, reason = "there may be no plain nodes")]
        pub(crate) fn called(node: &PlainNodeView) -> Sentence {
            match node.node {
                $(NodeId::$name(_) => <$id as PlainNode>::called(node),)*
                _ => AnswerSentence::ANode.sentence(),
            }
        }

        /// The node as a step of a lineage.
        #[allow(clippy::match_single_binding, reason = "there may be no plain nodes")]
        pub(crate) fn line(node: &PlainNodeView) -> Sentence {
            match node.node {
                $(NodeId::$name(_) => <$id as PlainNode>::line(node),)*
                _ => AnswerSentence::ANode.sentence(),
            }
        }

        /// The nouns that have plain nodes.
        pub(crate) fn nouns() -> impl Iterator<Item = &'static str> {
            const IDS: &[NodeId] = &[$(NodeId::$name(<$id>::from_u128(0))),*];
            IDS.iter().map(|id| id.noun())
        }
    };
}
hven_core::for_every_plain_node! { plain }

/// The plain node of this noun with the name that a person gave.
pub(crate) async fn find(
    kernel: &Kernel,
    caller: &Caller,
    noun: &'static str,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<PlainNodeView> {
    let found = kernel.ports.views.plain_nodes_named(noun, name).await?;
    only_one(caller, &NameQuery { noun, text: name, project, role: Role::Viewer }, found, |node| {
        (node.project.clone(), format!("the one in {}", node.project))
    })
}
