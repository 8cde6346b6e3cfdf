//! The nodes of the lineage: each noun declares its own ([`nouns`](crate::nouns)).

use std::{fmt, str::FromStr};

use crate::{Malformed, RunId, as_text::serde_as_text};

macro_rules! export_plain_nodes {
    (($d:tt) $($node:tt)*) => {
        /// Passes the plain nodes with their ids to a macro, `Name(Id) plain;` each.
        #[macro_export]
        macro_rules! for_every_plain_node {
            ($d then:ident) => {
                $d then! { $($node)* }
            };
        }
    };
}

macro_rules! nodes {
    ($(facts $facts:tt nodes { $($name:ident($id:ty) = $noun:literal $number:literal $($plain:ident)?;)* } subjects $subjects:tt)*) => {
        export_plain_nodes! { ($) $($($($name($id) $plain;)?)*)* }

        /// Something that has a lineage, written as its noun and id: `run/ID`, `data/ID`. Nouns declare their nodes
        /// ([`nouns`](crate::nouns)).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum NodeId {
            $($($name($id),)*)*
        }

        impl NodeId {
            /// The words before the `/`.
            pub const NOUNS: &'static [&'static str] = &[$($($noun,)*)*];

            pub const fn noun(self) -> &'static str {
                match self {
                    $($(Self::$name(_) => $noun,)*)*
                }
            }

            /// Its 128 bits; different nodes never have the same id, also if their nouns differ.
            pub const fn id(self) -> u128 {
                match self {
                    $($(Self::$name(id) => id.as_u128(),)*)*
                }
            }

            /// The number of its noun in views.
            pub const fn number(self) -> i64 {
                match self {
                    $($(Self::$name(_) => $number,)*)*
                }
            }

            /// Whether a lineage shows only its name and one line.
            pub const fn is_plain(self) -> bool {
                match self {
                    $($($(Self::$name(_) if !stringify!($plain).is_empty() => true,)?)*)*
                    _ => false,
                }
            }

            /// The node of the noun with that number.
            pub fn of_number(number: i64, id: u128) -> Option<Self> {
                match number {
                    $($($number => Some(Self::$name(<$id>::from_u128(id))),)*)*
                    _ => None,
                }
            }

            /// The node of that noun.
            pub fn of(noun: &str, id: u128) -> Option<Self> {
                match noun {
                    $($($noun => Some(Self::$name(<$id>::from_u128(id))),)*)*
                    _ => None,
                }
            }
        }

        $($(impl From<$id> for NodeId {
            fn from(id: $id) -> Self {
                Self::$name(id)
            }
        })*)*
    };
}
crate::every_noun! { nodes }

impl NodeId {
    /// The forms of a node, for messages: `run/ID, data/ID or claim/ID`.
    fn forms() -> String {
        let forms: Vec<String> = Self::NOUNS.iter().map(|noun| format!("{noun}/ID")).collect();
        match forms.split_last() {
            Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
            _ => forms.concat(),
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{:032x}", self.noun(), self.id())
    }
}
impl FromStr for NodeId {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed =
            || Malformed::Text { noun: "node", text: text.to_owned(), why: format!("it is {}", Self::forms()) };
        let (noun, id) = text.split_once('/').ok_or_else(malformed)?;
        // The ids of all nouns have the same digits.
        let id: RunId = id.parse()?;
        Self::of(noun, id.as_u128()).ok_or_else(malformed)
    }
}
serde_as_text!(NodeId);

impl crate::sample::Sampled for NodeId {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let (id, noun) = (g.id(), g.one_of(Self::NOUNS));
        // A word of the list is the noun of a node.
        Self::of(noun, id).unwrap_or(Self::Run(RunId::from_u128(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClaimId, DatasetId, PublicationId};

    #[test]
    fn nodes_are_read_as_written() {
        let nodes = [
            NodeId::from(RunId::from_u128(1)),
            DatasetId::from_u128(2).into(),
            ClaimId::from_u128(3).into(),
            PublicationId::from_u128(4).into(),
        ];
        for node in nodes {
            assert_eq!(node.to_string().parse(), Ok(node));
            assert_eq!(NodeId::of(node.noun(), node.id()), Some(node));
            assert_eq!(NodeId::of_number(node.number(), node.id()), Some(node));
        }
        assert_eq!(nodes[1].to_string(), "data/00000000000000000000000000000002");
        for bad in ["", "run", "run/7Q2M", "law/00000000000000000000000000000002", "00000000000000000000000000000002"] {
            assert!(bad.parse::<NodeId>().is_err(), "{bad}");
        }
        assert_eq!(NodeId::forms(), "run/ID, data/ID, claim/ID or publication/ID");
    }
}
