//! The exact size of a unit.
//!
//! A scale is a product of powers of primes, of π and of measured constants of nature, with small fractions as exponents. So
//! products, quotients, powers and *roots* are exact, equality is exact (a degree is π/180, `AU^1.5` has no decimal expansion),
//! and a measured constant cancels if it is on both sides: a solar mass is 332946 Earth masses, whatever the value of the
//! gravitational constant is. Only [`Scale::value`] rounds.

use super::{Rational, UnitError};

/// A factor of scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generator {
    Prime(u64),
    Pi,
    Measured(Constant),
}

/// Constants that are measured, not defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constant {
    Gravitation,
    Dalton,
    ElectronMass,
    ProtonMass,
    BohrRadius,
    Hartree,
    ElectricConstant,
}

impl Constant {
    /// The value in SI units, from CODATA 2022.
    pub const fn value(self) -> f64 {
        match self {
            Self::Gravitation => 6.674_30e-11,
            Self::Dalton => 1.660_539_068_92e-27,
            Self::ElectronMass => 9.109_383_713_9e-31,
            Self::ProtonMass => 1.672_621_925_95e-27,
            Self::BohrRadius => 5.291_772_105_44e-11,
            Self::Hartree => 4.359_744_722_206_0e-18,
            Self::ElectricConstant => 8.854_187_818_8e-12,
        }
    }
}

/// Numbers in units have at most twelve digits: they are exact, and factors of larger numbers cannot be found quickly.
pub(super) const SIGNIFICAND_MAX: u64 = 999_999_999_999;

/// A positive number: factors in ascending order, with nonzero exponents.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Scale(Vec<(Generator, Rational)>);

impl Scale {
    pub const ONE: Self = Self(Vec::new());

    pub fn of(generator: Generator) -> Self {
        Self(vec![(generator, Rational::ONE)])
    }

    /// `significand · 10^exponent`; `None` when the significand is 0 or has more than twelve digits.
    pub fn decimal(significand: u64, exponent: i16) -> Option<Self> {
        let mut rest = significand;
        let mut factors: Vec<(u64, i64)> = vec![(2, exponent.into()), (5, exponent.into())];
        if rest == 0 || rest > SIGNIFICAND_MAX {
            return None;
        }
        let mut take = |prime: u64, rest: &mut u64| {
            while rest.is_multiple_of(prime) {
                *rest /= prime;
                match factors.iter_mut().find(|(known, _)| *known == prime) {
                    Some((_, count)) => *count += 1,
                    None => factors.push((prime, 1)),
                }
            }
        };
        for prime in [2, 3, 5] {
            take(prime, &mut rest);
        }
        // All other primes are 1 or 5 modulo 6.
        let (mut prime, mut step) = (7, 4);
        while prime * prime <= rest {
            take(prime, &mut rest);
            (prime, step) = (prime + step, 6 - step);
        }
        if rest > 1 {
            take(rest, &mut rest.clone());
        }
        factors.sort_unstable();
        let generators = factors.into_iter().filter(|(_, count)| *count != 0);
        generators
            .map(|(prime, count)| Some((Generator::Prime(prime), Rational::new(count, 1).ok()?)))
            .collect::<Option<_>>()
            .map(Self)
    }

    pub fn generators(&self) -> &[(Generator, Rational)] {
        &self.0
    }
    pub fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    pub fn multiply(&self, other: &Self) -> Result<Self, UnitError> {
        let mut product = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut left, mut right) = (self.0.as_slice(), other.0.as_slice());
        while let (Some((mine, exponent)), Some((theirs, others))) = (left.first(), right.first()) {
            match mine.cmp(theirs) {
                std::cmp::Ordering::Less => {
                    product.push(left[0]);
                    left = &left[1..];
                }
                std::cmp::Ordering::Greater => {
                    product.push(right[0]);
                    right = &right[1..];
                }
                std::cmp::Ordering::Equal => {
                    let sum = exponent.plus(*others)?;
                    if !sum.is_zero() {
                        product.push((*mine, sum));
                    }
                    (left, right) = (&left[1..], &right[1..]);
                }
            }
        }
        product.extend_from_slice(left);
        product.extend_from_slice(right);
        Ok(Self(product))
    }
    pub fn power(&self, exponent: Rational) -> Result<Self, UnitError> {
        if exponent.is_zero() {
            return Ok(Self::ONE);
        }
        self.0
            .iter()
            .map(|(generator, mine)| Ok((*generator, mine.times(exponent)?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }
    pub fn divide(&self, other: &Self) -> Result<Self, UnitError> {
        self.multiply(&other.power(Rational::whole(-1))?)
    }

    /// Whether it is a quotient of whole numbers: without roots, π and measured constants.
    pub fn is_rational(&self) -> bool {
        self.0.iter().all(|(generator, exponent)| matches!(generator, Generator::Prime(_)) && exponent.is_whole())
    }
    /// Whether a part of it is known only by measurement.
    pub fn is_measured(&self) -> bool {
        self.0.iter().any(|(generator, _)| matches!(generator, Generator::Measured(_)))
    }

    /// Numerator and denominator, when both are whole numbers that an `f64` can represent exactly.
    pub fn quotient(&self) -> Option<(u64, u64)> {
        let (mut above, mut below) = (1_u64, 1_u64);
        for (generator, exponent) in &self.0 {
            let (Generator::Prime(prime), true) = (generator, exponent.is_whole()) else { return None };
            let side = if exponent.is_negative() { &mut below } else { &mut above };
            let power = prime.checked_pow(exponent.numerator().unsigned_abs().into())?;
            *side = side.checked_mul(power).filter(|product| *product <= 1 << 53)?;
        }
        Some((above, below))
    }

    /// The nearest `f64`, for whole exponents without measured constants; otherwise exact to about the last digit.
    pub fn value(&self) -> f64 {
        let mut product = Double::ONE;
        let mut roots = 1.0;
        for (generator, exponent) in &self.0 {
            let base = match generator {
                Generator::Prime(prime) => Double::whole(*prime),
                Generator::Pi => Double::PI,
                Generator::Measured(constant) => Double { high: constant.value(), low: 0.0 },
            };
            // The whole part of an exponent is exact; a root is rounded once.
            let whole = exponent.numerator().div_euclid(exponent.denominator().into());
            let rest = exponent.to_f64() - f64::from(whole);
            product = product.times(base.power(whole));
            if rest != 0.0 {
                roots *= if (rest - 0.5).abs() < f64::EPSILON { base.high.sqrt() } else { base.high.powf(rest) };
            }
        }
        product.high * roots
    }
}

/// A number as the unevaluated sum of two numbers, with about 106 bits.
#[derive(Clone, Copy, Debug)]
struct Double {
    high: f64,
    low: f64,
}

impl Double {
    const ONE: Self = Self { high: 1.0, low: 0.0 };
    const PI: Self = Self { high: std::f64::consts::PI, low: 1.224_646_799_147_353_2e-16 };

    fn whole(number: u64) -> Self {
        let high = number as f64;
        Self { high, low: (i128::from(number) - high as i128) as f64 }
    }
    fn sum(high: f64, low: f64) -> Self {
        let total = high + low;
        // Beyond the range of numbers there is no correction, and inf − inf would be NaN.
        if total.is_finite() { Self { high: total, low: low - (total - high) } } else { Self { high: total, low: 0.0 } }
    }
    fn times(self, other: Self) -> Self {
        let high = self.high * other.high;
        if !high.is_finite() {
            return Self { high, low: 0.0 };
        }
        let error = self.high.mul_add(other.high, -high);
        Self::sum(high, error + (self.high * other.low + self.low * other.high))
    }
    fn inverse(self) -> Self {
        let first = 1.0 / self.high;
        if !first.is_normal() {
            return Self { high: first, low: 0.0 };
        }
        let rest = (-first).mul_add(self.high, 1.0) - first * self.low;
        Self::sum(first, rest / self.high)
    }
    fn power(self, exponent: i16) -> Self {
        let mut product = Self::ONE;
        let (mut square, mut left) = (self, exponent.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                product = product.times(square);
            }
            left >>= 1;
            if left > 0 {
                square = square.times(square);
            }
        }
        if exponent < 0 { product.inverse() } else { product }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_the_nearest_numbers() {
        let check = |significand: u64, exponent: i16, expect: f64| {
            assert_eq!(Scale::decimal(significand, exponent).unwrap().value().to_bits(), expect.to_bits(), "{expect}");
        };
        check(1, 0, 1.0);
        check(1, 3, 1e3);
        check(1, -3, 1e-3);
        check(1, -24, 1e-24);
        check(1, 30, 1e30);
        check(1_602_176_634, -28, 1.602_176_634e-19);
        check(149_597_870_700, 0, 149_597_870_700.0);
        check(999_999_999_989, 0, 999_999_999_989.0);
        check(1, 400, f64::INFINITY);
        assert_eq!(Scale::decimal(0, 0), None);
        assert_eq!(Scale::decimal(1_000_000_000_000, 0), None);
        let root = Scale::decimal(2, 0).unwrap().power(Rational::new(1, 2).unwrap()).unwrap();
        assert_eq!(root.value().to_bits(), 2_f64.sqrt().to_bits());
        let degree = Scale::of(Generator::Pi).divide(&Scale::decimal(180, 0).unwrap()).unwrap();
        assert_eq!(degree.value().to_bits(), 1_f64.to_radians().to_bits());
    }

    #[test]
    fn kinds_of_scales() {
        let thousandth = Scale::decimal(1, -3).unwrap();
        assert!(thousandth.is_rational() && !thousandth.is_measured());
        assert_eq!(thousandth.quotient(), Some((1, 1000)));
        assert_eq!(Scale::of(Generator::Pi).quotient(), None);
        assert_eq!(Scale::decimal(1, 30).unwrap().quotient(), None);
        assert!(Scale::of(Generator::Measured(Constant::Dalton)).is_measured());
    }

    proptest! {
        #[test]
        fn decimal_numbers_are_factorised(significand in 1..=SIGNIFICAND_MAX, exponent in -20_i16..20) {
            let scale = Scale::decimal(significand, exponent).unwrap();
            let expect: f64 = format!("{significand}e{exponent}").parse().unwrap();
            prop_assert_eq!(scale.value().to_bits(), expect.to_bits());
            prop_assert!(scale.generators().is_sorted_by(|a, b| a.0 < b.0));
        }

        #[test]
        fn roots_undo_powers(significand in 1_u64..100_000, n in 1_i64..8, d in 1_i64..8) {
            let scale = Scale::decimal(significand, 0).unwrap();
            let power = Rational::new(n, d).unwrap();
            prop_assert_eq!(scale.power(power).unwrap().power(power.inverse().unwrap()), Ok(scale.clone()));
        }
    }
}
