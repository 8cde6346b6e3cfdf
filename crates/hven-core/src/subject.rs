//! The subject of a fact: a run, a user, a runner. Its 128 bits are in the header and stay when the payload is erased.

use crate::soundness::NodeId;

macro_rules! subjects {
    ($(facts $facts:tt nodes { $($node:ident($node_id:ty) = $word:literal $number:literal $($plain:ident)?;)* } subjects { $($other:ident($other_id:ty);)* })*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Subject {
            NodeId(NodeId),
            $($($other($other_id),)*)*
        }

        impl Subject {
            /// The bits in the header: different subjects never have the same bits, also if their nouns differ.
            pub const fn bits(self) -> u128 {
                match self {
                    Self::NodeId(node) => node.id(),
                    $($(Self::$other(id) => id.as_u128(),)*)*
                }
            }
        }

        impl From<NodeId> for Subject {
            fn from(node: NodeId) -> Self {
                Self::NodeId(node)
            }
        }
        $($(impl From<$node_id> for Subject {
            fn from(id: $node_id) -> Self {
                Self::NodeId(NodeId::$node(id))
            }
        })*)*
        $($(impl From<$other_id> for Subject {
            fn from(id: $other_id) -> Self {
                Self::$other(id)
            }
        })*)*
    };
}
crate::every_noun! { subjects }
