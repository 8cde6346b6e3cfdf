//! Small fractions: the exponents of units and dimensions.
//!
//! They are small on purpose (a numerator of 16 bits, a denominator of 8): exponents such as 3/2 or 1/3 occur in nature, 1.4999
//! does not, and a dimension of seven of them has 28 bytes and is compared quickly. A larger fraction is an error for the user.

use std::{cmp::Ordering, fmt, str::FromStr};

use super::UnitError;
use crate::as_text::serde_as_text;

/// A fraction in lowest terms; the denominator is positive.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i16,
    denominator: u8,
}

impl Rational {
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A whole number.
    pub const fn whole(number: i16) -> Self {
        Self { numerator: number, denominator: 1 }
    }
    /// `numerator / denominator` in lowest terms; an error when the result is not small, or the denominator is 0.
    pub fn new(numerator: i64, denominator: i64) -> Result<Self, UnitError> {
        let refuse = || UnitError::Exponent { numerator, denominator };
        if denominator == 0 {
            return Err(refuse());
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let sign = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
        let (above, below) = (numerator.unsigned_abs() / common, denominator.unsigned_abs() / common);
        let above = i64::try_from(above).map_err(|_| refuse())? * sign;
        Ok(Self {
            numerator: i16::try_from(above).map_err(|_| refuse())?,
            denominator: u8::try_from(below).map_err(|_| refuse())?,
        })
    }
    pub const fn numerator(self) -> i16 {
        self.numerator
    }
    pub const fn denominator(self) -> u8 {
        self.denominator
    }
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }
    pub const fn is_whole(self) -> bool {
        self.denominator == 1
    }
    pub const fn is_negative(self) -> bool {
        self.numerator < 0
    }
    pub fn to_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }
    /// The small fraction that equals a number, exactly or nearly (1/3 has no exact `f64`).
    pub fn from_f64(number: f64) -> Option<Self> {
        (1..=12).find_map(|denominator| {
            let above = number * f64::from(denominator);
            let whole = above.round();
            let near = (above - whole).abs() <= 4.0 * f64::EPSILON * above.abs() && whole.abs() <= 1e4;
            near.then(|| Self::new(whole as i64, denominator.into()).ok()).flatten()
        })
    }

    pub fn plus(self, other: Self) -> Result<Self, UnitError> {
        let (a, b) = (i64::from(self.denominator), i64::from(other.denominator));
        Self::new(i64::from(self.numerator) * b + i64::from(other.numerator) * a, a * b)
    }
    pub fn minus(self, other: Self) -> Result<Self, UnitError> {
        self.plus(other.negate()?)
    }
    pub fn times(self, other: Self) -> Result<Self, UnitError> {
        Self::new(
            i64::from(self.numerator) * i64::from(other.numerator),
            i64::from(self.denominator) * i64::from(other.denominator),
        )
    }
    pub fn negate(self) -> Result<Self, UnitError> {
        Self::new(-i64::from(self.numerator), self.denominator.into())
    }
    /// The reciprocal; an error for 0.
    pub fn inverse(self) -> Result<Self, UnitError> {
        Self::new(self.denominator.into(), self.numerator.into())
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

impl Default for Rational {
    fn default() -> Self {
        Self::ZERO
    }
}
impl From<i16> for Rational {
    fn from(number: i16) -> Self {
        Self::whole(number)
    }
}
impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i32::from(self.numerator) * i32::from(other.denominator);
        left.cmp(&(i32::from(other.numerator) * i32::from(self.denominator)))
    }
}
impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Decimal where that is short and exact (`1.5`), otherwise a fraction (`1/3`).
impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            2 | 4 | 5 | 8 | 10 => write!(f, "{}", self.to_f64()),
            _ => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}
impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads `3`, `-3/2` and `1.5`.
impl FromStr for Rational {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let refuse = || UnitError::NoFraction(text.to_owned());
        let text = text.trim().replace('−', "-");
        if let Some((above, below)) = text.split_once('/') {
            let above = above.trim().parse().map_err(|_| refuse())?;
            return Self::new(above, below.trim().parse().map_err(|_| refuse())?);
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        if decimals.len() > 6 || !decimals.bytes().all(|b| b.is_ascii_digit()) || whole.is_empty() {
            return Err(refuse());
        }
        let above = format!("{whole}{decimals}").parse().map_err(|_| refuse())?;
        Self::new(above, 10_i64.pow(decimals.len() as u32))
    }
}
serde_as_text!(Rational);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fractions_are_read_and_written() {
        let check = |text: &str, expect: &str| {
            assert_eq!(text.parse::<Rational>().map(|r| r.to_string()), Ok(expect.to_owned()), "{text}");
        };
        check("3", "3");
        check("-1", "-1");
        check("+2", "2");
        check("1.5", "1.5");
        check("3/2", "1.5");
        check("-6/4", "-1.5");
        check("1/3", "1/3");
        check("−2/−3", "2/3");
        check("0.125", "0.125");
        check("-0.5", "-0.5");
        for bad in ["", "x", "1/0", "1/", "1.4999", "40000", "1/300", "1.5.2", "1e3", ".5", "1.2345678"] {
            assert!(bad.parse::<Rational>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_that_is_a_small_fraction_is_found() {
        let check = |number: f64, expect: Option<&str>| {
            assert_eq!(Rational::from_f64(number).map(|r| r.to_string()).as_deref(), expect, "{number}");
        };
        check(1.5, Some("1.5"));
        check(1.0 / 3.0, Some("1/3"));
        check(-2.0, Some("-2"));
        check(0.0, Some("0"));
        check(1.4999, None);
        check(f64::NAN, None);
        check(f64::INFINITY, None);
        check(1e300, None);
    }

    proptest! {
        #[test]
        fn text_round_trips(numerator in any::<i16>(), denominator in 1_u8..) {
            if let Ok(fraction) = Rational::new(numerator.into(), denominator.into()) {
                prop_assert_eq!(fraction.to_string().parse(), Ok(fraction));
            }
        }

        #[test]
        fn sums_and_products_agree_with_floats(a in -50_i64..50, b in 1_i64..9, c in -50_i64..50, d in 1_i64..9) {
            let (x, y) = (Rational::new(a, b).unwrap(), Rational::new(c, d).unwrap());
            prop_assert!((x.plus(y).unwrap().to_f64() - (x.to_f64() + y.to_f64())).abs() < 1e-9);
            prop_assert!((x.times(y).unwrap().to_f64() - x.to_f64() * y.to_f64()).abs() < 1e-9);
            prop_assert_eq!(x.minus(y).unwrap().plus(y), Ok(x));
            prop_assert_eq!(x < y, x.to_f64() < y.to_f64());
        }

        #[test]
        fn arithmetic_never_panics(a in any::<(i16, u8)>(), b in any::<(i16, u8)>()) {
            if let (Ok(x), Ok(y)) = (Rational::new(a.0.into(), a.1.into()), Rational::new(b.0.into(), b.1.into())) {
                let _ = (x.plus(y), x.minus(y), x.times(y), x.inverse(), x.negate());
            }
        }
    }
}
