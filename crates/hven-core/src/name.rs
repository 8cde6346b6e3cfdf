//! The short names that people give to datasets, their parts, steps and claims.

use std::{fmt, str::FromStr};

use crate::{Malformed, as_text::serde_as_text};

/// A name such as `planets` or `kepler3`: letters of any script, digits, `_` and `-`; it begins with a letter or `_`. It
/// contains no `.`, `/` or `@`, so that `planets@2.train` and `claim/kepler3` can be split into their parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 100;

impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let refuse = |why: &str| Malformed::Text { noun: "name", text: text.to_owned(), why: why.to_owned() };
        if text.is_empty() || text.len() > NAME_BYTES_MAX {
            return Err(refuse("it has 1 to 100 bytes"));
        }
        if !text.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(refuse("it begins with a letter or _"));
        }
        if !text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            return Err(refuse("only letters, digits, '_' and '-' may stand in it"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
serde_as_text!(Name);

impl crate::sample::Sampled for Name {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let long = "n".repeat(NAME_BYTES_MAX);
        Self(g.one_of(&["a", "_", "行星", "kepler-3_b", &long]).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["planets", "kepler3", "_x", "行星", "a-b_c"] {
            assert_eq!(good.parse::<Name>().map(|name| name.to_string()), Ok(good.to_owned()));
        }
        let long = "x".repeat(101);
        for bad in ["", "3d", "a.b", "a/b", "a@1", "a b", "-x", "a\0", &long] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
