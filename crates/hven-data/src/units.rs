//! Units in cells, options, metadata and names.

use hven_core::unit::{TemperatureScale, Unit, UnitReading};

/// Parses a unit; the error is for people.
pub(crate) fn parse(text: &str) -> Result<Unit, String> {
    text.parse::<Unit>().map_err(|error| error.to_string())
}

/// Reads the unit of a column; the error is for people.
pub(crate) fn read(text: &str) -> Result<UnitReading, String> {
    Unit::read(text).map_err(|error| error.to_string())
}

/// The temperature scale that a text names.
pub(crate) fn temperature(text: &str) -> Option<TemperatureScale> {
    Unit::read(text).ok()?.temperature
}

/// A note on the unit in a name such as `period [yr]`, `temp (°C)` or `面积（㎡）`, which is offered and not used.
pub(crate) fn note_on_name(name: &str) -> Option<String> {
    let inside = hven_core::unit::in_name(name)?;
    let say = |unit: &str| format!("say unit {name:?} = {unit:?}");
    Some(match Unit::read(inside) {
        Ok(UnitReading { temperature: Some(scale), .. }) => {
            format!(
                "the name {name} seems to hold the unit {scale}; {} to store the column in K",
                say(scale.spelling())
            )
        }
        Ok(read) => match hven_core::unit::temperature_by_letter(inside) {
            Some((scale, charge)) => format!(
                "the name {name} seems to hold a temperature in {scale}: {} to store it in K, or {} if the unit is {charge}",
                say(scale.spelling()),
                say(charge)
            ),
            None => {
                let notes = read.notes.iter().fold(String::new(), |text, note| text + "; " + note);
                format!(
                    "the name {name} seems to hold the unit {inside}{notes}; {} to use it",
                    say(&read.unit.to_string())
                )
            }
        },
        // A word in brackets is no unit; a unit that is refused on purpose is told.
        Err(error) => {
            Unit::recorded(inside).ok()?;
            let what = error.diagnostic().map_or_else(|| error.to_string(), ToString::to_string);
            format!("the name {name} seems to hold the unit {inside}: {what}")
        }
    })
}

/// Whether the text after a number looks like a unit.
pub(crate) fn could_be_unit(text: &[u8]) -> bool {
    const LENGTH_MAX: usize = 24;
    let letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || matches!(byte, b'%' | b'$' | b'\'' | b'"');
    text.len() <= LENGTH_MAX && text.first().is_some_and(letter) && !text.contains(&b' ')
}
