//! A unit as a product of named units and a number, and its algebra.

use std::hash::{Hash, Hasher};

use super::{
    Dimension, Rational, Scale, UnitError,
    atoms::{Atoms, Factor},
    prefix::PREFIXES,
};

/// A unit of measurement.
#[derive(Clone)]
pub struct Unit {
    /// The text that it was read from; `None` when it was computed.
    pub(super) text: Option<String>,
    /// Its plain number, as in `10^3 kg`.
    pub(super) coefficient: Scale,
    /// Its named factors, for writing, in the order of appearance.
    pub(super) factors: Vec<(Factor, Rational)>,
    pub(super) scale: Scale,
    pub(super) dimension: Dimension,
}

impl Unit {
    /// The unit of plain numbers.
    pub const fn one() -> Self {
        Self { text: None, coefficient: Scale::ONE, factors: Vec::new(), scale: Scale::ONE, dimension: Dimension::NONE }
    }

    pub(super) fn number(coefficient: Scale) -> Self {
        Self { scale: coefficient.clone(), coefficient, ..Self::one() }
    }
    pub(super) fn of(factor: Factor, atoms: &Atoms) -> Result<Self, UnitError> {
        let atom = atoms.get(factor.atom);
        let scale = match factor.prefix.and_then(|place| PREFIXES[place].scale()) {
            None => atom.scale.clone(),
            Some(prefix) => atom.scale.multiply(&prefix)?,
        };
        let dimension = atom.dimension;
        Ok(Self { scale, dimension, factors: vec![(factor, Rational::ONE)], ..Self::one() })
    }
    pub(super) fn coefficient_is_ten(&self) -> bool {
        self.factors.is_empty() && Scale::decimal(10, 0).as_ref() == Some(&self.coefficient)
    }

    /// Its size in coherent SI units.
    pub fn scale(&self) -> &Scale {
        &self.scale
    }
    pub fn dimension(&self) -> &Dimension {
        &self.dimension
    }
    /// Whether it measures a plain number: `1`, `%`, `rad`, `deg`, `km/m`.
    pub fn is_dimensionless(&self) -> bool {
        self.dimension.is_none()
    }
    /// Whether values can be converted between the two units.
    pub fn is_compatible(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }
    pub fn multiply(&self, other: &Self) -> Result<Self, UnitError> {
        let mut factors = self.factors.clone();
        for (factor, exponent) in &other.factors {
            let same =
                |(known, _): &&mut (Factor, Rational)| known.atom == factor.atom && known.prefix == factor.prefix;
            match factors.iter_mut().find(same) {
                Some((_, known)) => *known = known.plus(*exponent)?,
                None => factors.push((factor.clone(), *exponent)),
            }
        }
        factors.retain(|(_, exponent)| !exponent.is_zero());
        Ok(Self {
            text: None,
            coefficient: self.coefficient.multiply(&other.coefficient)?,
            factors,
            scale: self.scale.multiply(&other.scale)?,
            dimension: self.dimension.multiply(&other.dimension)?,
        })
    }
    pub fn power(&self, exponent: Rational) -> Result<Self, UnitError> {
        let powers = self.factors.iter().map(|(factor, mine)| Ok((factor.clone(), mine.times(exponent)?)));
        let mut factors = powers.collect::<Result<Vec<_>, UnitError>>()?;
        factors.retain(|(_, exponent)| !exponent.is_zero());
        Ok(Self {
            text: None,
            coefficient: self.coefficient.power(exponent)?,
            factors,
            scale: self.scale.power(exponent)?,
            dimension: self.dimension.power(exponent)?,
        })
    }
    pub fn divide(&self, other: &Self) -> Result<Self, UnitError> {
        self.multiply(&other.inverse()?)
    }
    pub fn inverse(&self) -> Result<Self, UnitError> {
        self.power(Rational::whole(-1))
    }
}

impl Default for Unit {
    fn default() -> Self {
        Self::one()
    }
}
impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.dimension == other.dimension && self.scale == other.scale
    }
}
impl Eq for Unit {}
impl Hash for Unit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dimension.hash(state);
        self.scale.hash(state);
    }
}
