//! Units of measurement: read as people write them, exact in algebra, refused where a number would lie.
//!
//! A unit is a scale (how large, exactly), a dimension (what it measures) and the way it is written. Two units are
//! equal when they mean the same, however they are written: `J` is `kg m^2/s^2`, and `rad` is `1`. What has its zero
//! elsewhere (°C) or is logarithmic (dB, pH) is no unit in this sense; it is refused with advice.

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
