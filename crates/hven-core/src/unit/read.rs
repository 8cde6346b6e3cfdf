//! Parses units.

use std::str::FromStr;

use super::{Unit, UnitError, parse::Parser, table::ATOMS};
use crate::as_text::serde_as_text;

impl Unit {
    /// Parses a unit in the spelling of UCUM or CF.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let mut unit =
            Parser::new(text, &ATOMS).parse().map_err(|what| UnitError::Malformed { text: text.to_owned(), what })?;
        unit.text = Some(text.trim().to_owned());
        Ok(unit)
    }
}
impl FromStr for Unit {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::parse(text)
    }
}
serde_as_text!(Unit);
