//! Reads units: new input by the rules of today, recorded units with the meaning that they had when they were recorded.

use std::str::FromStr;

use super::{
    TemperatureScale, Unit, UnitError,
    doubts::{abbreviation, doubts},
    lookalike,
    parse::{BYTES_MAX, Parser},
    suggest::NEW_RULES,
    table::{ATOMS, RECORDED},
    temperature,
    terms::RECORDED_RULES,
};
use crate::{as_text, diagnostic::Diagnostic};

/// A unit as new input, with what a person should know about its reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitReading {
    /// The unit of the values; kelvin when the text names a temperature scale.
    pub unit: Unit,
    /// Set when the values are in °C or °F: they are converted to kelvin.
    pub temperature: Option<TemperatureScale>,
    /// How the text was read, where another meaning is possible.
    pub notes: Vec<String>,
}

impl Unit {
    /// Parses a unit of new input, in the spelling of UCUM, CF or plain typography.
    ///
    /// # Errors
    /// When the text is no unit, or can be read in two ways, or is a temperature in °C or °F: such values have to be converted, as
    /// [`Unit::read`] says.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let read = Self::read(text)?;
        let Some(scale) = read.temperature else { return Ok(read.unit) };
        let message = format!("{scale} has its zero elsewhere than kelvin, so it is no unit that can be multiplied");
        let help = format!(
            "write the value in kelvin ({}) with the unit `K`; a difference is `{}`",
            scale.formula(),
            scale.difference()
        );
        Err(malformed(text, Diagnostic::new(0..text.len(), message).help(help)))
    }

    /// Reads the unit of a column of new input; a temperature in °C or °F becomes kelvin.
    ///
    /// # Errors
    /// When the text is no unit, or can be read in two ways.
    pub fn read(text: &str) -> Result<UnitReading, UnitError> {
        read(text).map_err(|what| malformed(text, what))
    }

    /// Parses a recorded unit. A text keeps the meaning that it had when it was recorded, also where new input with this text is
    /// refused or read otherwise.
    ///
    /// # Errors
    /// When the text was never a unit.
    pub fn recorded(text: &str) -> Result<Self, UnitError> {
        match Parser::new(text, &RECORDED, &RECORDED_RULES).parse() {
            Ok(mut unit) => {
                unit.text = Some(text.trim().to_owned());
                Ok(unit)
            }
            // New spellings were never recorded with another meaning, which a test of the tables checks.
            Err(_) => Self::parse(text),
        }
    }

    /// Why new input with the text of this unit would be refused, or read as another unit. `None` when it is read alike.
    pub fn is_read_otherwise(&self) -> Option<String> {
        let text = self.to_string();
        match Self::read(&text) {
            Err(error) => Some(error.to_string()),
            Ok(UnitReading { temperature: Some(scale), .. }) => {
                Some(format!("{text} is read as {scale} now, and stored in kelvin"))
            }
            Ok(read) if read.unit != *self => Some(format!("{text} is another unit now: {}", read.unit.dimension())),
            Ok(_) => None,
        }
    }
}

fn malformed(text: &str, what: Diagnostic) -> UnitError {
    UnitError::Malformed { text: text.to_owned(), what }
}

fn read(original: &str) -> Result<UnitReading, Diagnostic> {
    if original.len() > BYTES_MAX {
        return Err(Diagnostic::new(0..0, format!("a unit has at most {BYTES_MAX} bytes")));
    }
    let plain = lookalike::plain(original)?;
    let text = plain.text.as_str();
    let in_original = |what: Diagnostic| Diagnostic { span: plain.original(&what.span), ..what };
    let kelvin = || Unit::recorded("K").map_err(|error| Diagnostic::new(0..original.len(), error.to_string()));
    if let Some(scale) = temperature::scale_of(text) {
        return Ok(UnitReading { unit: kelvin()?, temperature: Some(scale), notes: Vec::new() });
    }
    if temperature::is_degree_kelvin(text) {
        let notes = vec![format!("{:?} is read as kelvin", original.trim())];
        return Ok(UnitReading { unit: kelvin()?, temperature: None, notes });
    }
    let difference = temperature::difference_of(text);
    let text = difference.unwrap_or(text);
    if temperature::is_degree_r(text) {
        let message = format!("`{}` is Rankine's scale or Réaumur's", original.trim());
        let help =
            "write `[degR]` for degrees Rankine, 5/9 of a kelvin each; a value in degrees Réaumur is 4/5 of one in °C";
        return Err(Diagnostic::new(0..original.len(), message).help(help));
    }
    if let Some(refused) = abbreviation(text) {
        return Err(Diagnostic { span: 0..original.len(), ..refused });
    }
    let (mut unit, terms) = Parser::new(text, &ATOMS, &NEW_RULES).parse_terms().map_err(in_original)?;
    let notes = doubts(text, &terms).map_err(in_original)?;
    // A spelling that the record always knew is kept; others are kept plainly.
    let known = Parser::new(original, &RECORDED, &RECORDED_RULES).parse().is_ok_and(|recorded| recorded == unit);
    unit.text = Some(if known { original.trim().to_owned() } else { text.trim().to_owned() });
    Ok(UnitReading { unit, temperature: None, notes })
}

impl FromStr for Unit {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        Self::parse(text)
    }
}
as_text::serialize_as_text!(Unit);

/// From the record: a text keeps its old meaning.
impl<'de> serde::Deserialize<'de> for Unit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::recorded(&text).map_err(serde::de::Error::custom)
    }
}
