//! Conversion of values to another unit of the same dimension.

use super::{Scale, Unit, UnitError};

/// The conversion of values from one unit to another: multiplication by an exact factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    scale: Scale,
    factor: f64,
    /// Set when both are whole numbers that an `f64` can represent: multiplying and dividing by them has smaller rounding
    /// errors.
    quotient: Option<(f64, f64)>,
}

impl Unit {
    /// The conversion of values in this unit to `to`.
    pub fn conversion(&self, to: &Self) -> Result<Conversion, UnitError> {
        Conversion::between(self, to)
    }
}

impl Conversion {
    /// From one unit to the other; an error when they measure different quantities.
    pub fn between(from: &Unit, to: &Unit) -> Result<Self, UnitError> {
        if from.dimension != to.dimension {
            return Err(UnitError::Incompatible {
                from: from.to_string(),
                to: to.to_string(),
                from_dimension: from.dimension.to_string(),
                to_dimension: to.dimension.to_string(),
            });
        }
        let scale = from.scale.divide(&to.scale)?;
        let factor = scale.value();
        if !factor.is_normal() {
            return Err(UnitError::Range { from: from.to_string(), to: to.to_string() });
        }
        Ok(Self { quotient: scale.quotient().map(|(above, below)| (above as f64, below as f64)), scale, factor })
    }

    /// The value of 1 in the other unit, rounded to an `f64`.
    pub fn factor(&self) -> f64 {
        self.factor
    }
    /// The value of 1 in the other unit, without rounding.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }
    pub fn is_identity(&self) -> bool {
        self.scale.is_one()
    }
    /// Whether the factor is a quotient of whole numbers: without roots, π and measured constants.
    pub fn is_exact(&self) -> bool {
        self.scale.is_rational()
    }
    /// Whether the factor is known only by measurement.
    pub fn is_measured(&self) -> bool {
        self.scale.is_measured()
    }

    /// Converts a value to the other unit.
    #[inline]
    pub fn apply(&self, value: f64) -> f64 {
        match self.quotient {
            Some((above, 1.0)) => value * above,
            Some((1.0, below)) => value / below,
            Some((above, below)) if (value * above).is_finite() => value * above / below,
            _ => value * self.factor,
        }
    }
    /// Converts all values of a column in place.
    pub fn apply_all(&self, values: &mut [f64]) {
        if !self.is_identity() {
            for value in values {
                *value = self.apply(*value);
            }
        }
    }
}
