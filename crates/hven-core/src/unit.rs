//! Units of measurement: read as people write them, exact in algebra, refused where a number would be misleading.
//!
//! A unit is a scale (its exact size), a dimension (the measured quantity) and its spelling. Two units are equal when they have
//! the same meaning, however they are written: `J` is `kg m^2/s^2`, and `rad` is `1`. A scale with another zero point (°C) or a
//! logarithmic one (dB, pH) is not a unit in this sense: a column in °C is converted to kelvin, others are refused with advice.
//!
//! New input is read by [`Unit::read`], which doubts what is probably not meant. A recorded text keeps the meaning that it had:
//! [`Unit::recorded`] reads it, and so does serde.

mod added;
mod atoms;
mod conversion;
mod definition;
mod dimension;
mod doubts;
mod error;
mod lookalike;
mod names;
mod parse;
mod prefix;
mod print;
mod product;
mod rational;
mod read;
mod refused;
mod scale;
mod spelling;
mod suggest;
mod table;
mod temperature;
mod terms;

pub use conversion::Conversion;
pub use dimension::Dimension;
pub use error::UnitError;
pub use names::{in_name, temperature_by_letter};
pub use product::Unit;
pub use rational::Rational;
pub use read::UnitReading;
pub use scale::{Constant, Generator, Scale};
pub use temperature::TemperatureScale;

#[cfg(test)]
mod tests;
