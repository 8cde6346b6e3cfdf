//! References to publications, as people write them.

use std::{fmt, str::FromStr};

use crate::{Malformed, as_text::serde_as_text, name::Name};

/// A publication as people write it: `kepler3` (the newest version), `kepler3@2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PublicationRef {
    pub name: Name,
    pub version: Option<u32>,
}

impl FromStr for PublicationRef {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let Some((name, version)) = text.split_once('@') else {
            return Ok(Self { name: text.parse()?, version: None });
        };
        let number = version.parse().ok().filter(|&number: &u32| number > 0);
        let number = number.ok_or_else(|| Malformed::Text {
            noun: "publication",
            text: text.to_owned(),
            why: "what follows @ is the number of a version, from 1".to_owned(),
        })?;
        Ok(Self { name: name.parse()?, version: Some(number) })
    }
}
impl fmt::Display for PublicationRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        self.version.map_or(Ok(()), |version| write!(f, "@{version}"))
    }
}
serde_as_text!(PublicationRef);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_written() {
        for text in ["kepler3", "kepler3@2", "行星@12"] {
            assert_eq!(text.parse::<PublicationRef>().map(|read| read.to_string()), Ok(text.to_owned()));
        }
        for bad in ["", "@1", "a@", "a@0", "a@x", "a b"] {
            assert!(bad.parse::<PublicationRef>().is_err(), "{bad}");
        }
    }
}
