//! Dimensions of quantities: the exponents of the seven base quantities of the SI.

use std::fmt;

use super::{Rational, UnitError};

/// The base quantities in the order of their exponents, each with its SI unit.
const BASE: [(&str, &str); 7] = [
    ("length", "m"),
    ("mass", "kg"),
    ("time", "s"),
    ("electric current", "A"),
    ("temperature", "K"),
    ("amount of substance", "mol"),
    ("luminous intensity", "cd"),
];

/// Names of common dimensions, for messages: exponents of m, kg, s, A, K, mol, cd.
const KNOWN: [(&str, [i16; 7]); 30] = [
    ("length", [1, 0, 0, 0, 0, 0, 0]),
    ("mass", [0, 1, 0, 0, 0, 0, 0]),
    ("time", [0, 0, 1, 0, 0, 0, 0]),
    ("electric current", [0, 0, 0, 1, 0, 0, 0]),
    ("temperature", [0, 0, 0, 0, 1, 0, 0]),
    ("amount of substance", [0, 0, 0, 0, 0, 1, 0]),
    ("luminous intensity", [0, 0, 0, 0, 0, 0, 1]),
    ("area", [2, 0, 0, 0, 0, 0, 0]),
    ("volume", [3, 0, 0, 0, 0, 0, 0]),
    ("frequency", [0, 0, -1, 0, 0, 0, 0]),
    ("speed", [1, 0, -1, 0, 0, 0, 0]),
    ("acceleration", [1, 0, -2, 0, 0, 0, 0]),
    ("wave number", [-1, 0, 0, 0, 0, 0, 0]),
    ("density", [-3, 1, 0, 0, 0, 0, 0]),
    ("momentum", [1, 1, -1, 0, 0, 0, 0]),
    ("force", [1, 1, -2, 0, 0, 0, 0]),
    ("energy", [2, 1, -2, 0, 0, 0, 0]),
    ("power", [2, 1, -3, 0, 0, 0, 0]),
    ("pressure", [-1, 1, -2, 0, 0, 0, 0]),
    ("spectral flux density", [0, 1, -2, 0, 0, 0, 0]),
    ("intensity", [0, 1, -3, 0, 0, 0, 0]),
    ("electric charge", [0, 0, 1, 1, 0, 0, 0]),
    ("voltage", [2, 1, -3, -1, 0, 0, 0]),
    ("electric resistance", [2, 1, -3, -2, 0, 0, 0]),
    ("capacitance", [-2, -1, 4, 2, 0, 0, 0]),
    ("magnetic flux density", [0, 1, -2, -1, 0, 0, 0]),
    ("magnetic flux", [2, 1, -2, -1, 0, 0, 0]),
    ("inductance", [2, 1, -2, -2, 0, 0, 0]),
    ("concentration", [-3, 0, 0, 0, 0, 1, 0]),
    ("heat capacity", [2, 1, -2, 0, -1, 0, 0]),
];

/// Exponents of m, kg, s, A, K, mol and cd. Angles have none: a radian is 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Dimension([Rational; 7]);

impl Dimension {
    /// The dimension of a plain number.
    pub const NONE: Self = Self([Rational::ZERO; 7]);
    pub const LENGTH: Self = Self::base(0);
    pub const MASS: Self = Self::base(1);
    pub const TIME: Self = Self::base(2);
    pub const CURRENT: Self = Self::base(3);
    pub const TEMPERATURE: Self = Self::base(4);
    pub const AMOUNT: Self = Self::base(5);
    pub const LUMINOUS_INTENSITY: Self = Self::base(6);

    const fn base(index: usize) -> Self {
        let mut exponents = [Rational::ZERO; 7];
        exponents[index] = Rational::ONE;
        Self(exponents)
    }

    /// From exponents of m, kg, s, A, K, mol and cd.
    pub const fn new(exponents: [Rational; 7]) -> Self {
        Self(exponents)
    }
    /// The exponents of m, kg, s, A, K, mol and cd.
    pub const fn exponents(&self) -> &[Rational; 7] {
        &self.0
    }
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    fn zip(
        &self,
        other: &Self,
        f: impl Fn(Rational, Rational) -> Result<Rational, UnitError>,
    ) -> Result<Self, UnitError> {
        let mut exponents = self.0;
        for (mine, theirs) in exponents.iter_mut().zip(other.0) {
            *mine = f(*mine, theirs)?;
        }
        Ok(Self(exponents))
    }
    pub fn multiply(&self, other: &Self) -> Result<Self, UnitError> {
        self.zip(other, Rational::plus)
    }
    pub fn divide(&self, other: &Self) -> Result<Self, UnitError> {
        self.zip(other, Rational::minus)
    }
    pub fn power(&self, exponent: Rational) -> Result<Self, UnitError> {
        self.zip(self, |mine, _| mine.times(exponent))
    }

    /// The name of a common dimension.
    pub fn name(&self) -> Option<&'static str> {
        if self.is_none() {
            return Some("a plain number");
        }
        KNOWN.iter().find(|(_, exponents)| exponents.map(Rational::whole) == self.0).map(|(name, _)| *name)
    }
}

/// For messages: the name if there is one, and the SI units: `length [m]`, `m^3/s^2`.
impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = super::print::product("", BASE.iter().map(|(_, unit)| (*unit).to_owned()).zip(self.0));
        match self.name() {
            Some(name) if self.is_none() => f.write_str(name),
            Some(name) => write!(f, "{name} [{units}]"),
            None => f.write_str(&units),
        }
    }
}
impl fmt::Debug for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dimension({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_shown_by_name_and_units() {
        let speed = Dimension::LENGTH.divide(&Dimension::TIME).unwrap();
        let check = |dimension: Dimension, expect: &str| assert_eq!(dimension.to_string(), expect);
        check(Dimension::NONE, "a plain number");
        check(Dimension::LENGTH, "length [m]");
        check(speed, "speed [m/s]");
        let kepler = Dimension::TIME.divide(&Dimension::LENGTH.power(Rational::new(3, 2).unwrap()).unwrap()).unwrap();
        check(kepler, "s/m^1.5");
        check(Dimension::LENGTH.power(Rational::new(1, 3).unwrap()).unwrap(), "m^(1/3)");
        check(Dimension::TIME.power(Rational::whole(-3)).unwrap(), "1/s^3");
    }

    #[test]
    fn no_name_occurs_twice() {
        for (at, (name, exponents)) in KNOWN.iter().enumerate() {
            for (other, others) in &KNOWN[at + 1..] {
                assert!(name != other && exponents != others, "{name} {other}");
            }
        }
    }

    #[test]
    fn too_large_an_exponent_is_an_error() {
        let large = Dimension::LENGTH.power(Rational::whole(30_000)).unwrap();
        assert!(large.multiply(&large).is_err());
        assert_eq!(std::mem::size_of::<Dimension>(), 28);
    }
}
