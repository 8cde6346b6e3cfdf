//! Units of measurement: read as people write them, exact in algebra, refused where a number would be misleading.
//!
//! A unit is a scale (its exact size), a dimension (the measured quantity) and its spelling. Two units are equal when they have
//! the same meaning, however they are written: `J` is `kg m^2/s^2`, and `rad` is `1`. A scale with another zero point (°C) or a
//! logarithmic one (dB, pH) is not a unit in this sense; it is refused with advice.

mod atoms;
mod conversion;
mod dimension;
mod error;
mod parse;
mod prefix;
mod print;
mod product;
mod rational;
mod read;
mod refused;
mod scale;
mod table;

pub use conversion::Conversion;
pub use dimension::Dimension;
pub use error::UnitError;
pub use product::Unit;
pub use rational::Rational;
pub use scale::{Constant, Generator, Scale};

#[cfg(test)]
mod tests;
