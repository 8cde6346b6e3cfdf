//! Sample values made from a seed, preferably extreme ones, which tests write, read back and compare.
//!
//! The payload of a fact has a sample next to its declaration, so a fact without one does not compile. [`Fact::sample`] makes
//! facts of every kind from them.
//!
//! [`Fact::sample`]: crate::Fact::sample

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{Digest, Time, limits::NESTING_MAX};

/// A type whose values can be made from a seed.
pub trait Sampled {
    fn sample(generator: &mut Generator) -> Self;
}

/// Makes values from a seed, preferably extreme ones.
#[derive(Debug)]
pub struct Generator {
    state: u64,
    /// The bytes of the longest text.
    pub text_bytes_max: usize,
}

/// Texts that often break readers: empty, with JSON escapes, zero-width, joining, direction-changing, or outside of the first
/// plane.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "\0",
    "\"\\/\u{8}\u{c}\n\r\t",
    "\u{1b}[2J",
    "\u{7f}\u{80}\u{9f}",
    "\u{2028}\u{2029}",
    "\u{feff}",
    "\u{202e}abc\u{202c}",
    "e\u{301}\u{327}",
    "行星 Größe ß ﷽",
    "\u{1F469}\u{200D}\u{1F680}",
    "\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
    "NaN",
    "null",
    "{\"a\":1}",
];

const FLOATS: &[f64] =
    &[0.0, -0.0, 1.0, -1.0, 0.1, 1e300, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1e21, 9_007_199_254_740_993.0];

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, text_bytes_max: 5000 }
    }

    /// A value of any type that has samples.
    pub fn make<T: Sampled>(&mut self) -> T {
        T::sample(self)
    }
    /// SplitMix64.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
    pub fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }
    pub fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len());
        of[at].clone()
    }
    pub fn id(&mut self) -> u128 {
        let any = u128::from(self.bits()) << 64 | u128::from(self.bits());
        self.one_of(&[any, any, any, 0, 1, u128::MAX])
    }

    fn several<T: Sampled, C: FromIterator<T>>(&mut self) -> C {
        let count = self.one_of(&[0, 1, 2, 5]);
        (0..count).map(|_| self.make()).collect()
    }

    /// JSON with the largest allowed nesting.
    fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => self.make::<bool>().into(),
            2 => self.make::<u64>().into(),
            3 => self.make::<i64>().into(),
            4 => self.make::<f64>().into(),
            5 => self.make::<String>().into(),
            6 => (0..self.below(3)).map(|_| self.json(depth - 1)).collect(),
            7 => (0..self.below(3)).map(|_| (self.make::<String>(), self.json(depth - 1))).collect(),
            _ => (0..depth).fold(Value::from(1), |inner, _| Value::Array(vec![inner])),
        }
    }
}

impl Sampled for bool {
    fn sample(g: &mut Generator) -> Self {
        g.bits() & 1 == 1
    }
}
impl Sampled for u8 {
    fn sample(g: &mut Generator) -> Self {
        g.bits() as u8
    }
}
impl Sampled for u32 {
    fn sample(g: &mut Generator) -> Self {
        let any = g.bits() as u32;
        g.one_of(&[0, 1, i32::MAX as u32, u32::MAX, any])
    }
}
impl Sampled for u64 {
    fn sample(g: &mut Generator) -> Self {
        let any = g.bits();
        g.one_of(&[0, 1, 255, 1 << 32, (1 << 53) - 1, (1 << 53) + 1, i64::MAX as u64, u64::MAX, any])
    }
}
impl Sampled for i32 {
    fn sample(g: &mut Generator) -> Self {
        g.make::<i64>() as i32
    }
}
impl Sampled for i64 {
    fn sample(g: &mut Generator) -> Self {
        let any = g.bits() as i64;
        g.one_of(&[0, -1, i64::MIN, i64::MAX, any])
    }
}
impl Sampled for f64 {
    fn sample(g: &mut Generator) -> Self {
        let any = f64::from_bits(g.bits());
        if any.is_finite() && g.make() { any } else { g.one_of(FLOATS) }
    }
}
impl Sampled for String {
    fn sample(g: &mut Generator) -> Self {
        match g.below(8) {
            0 => "x".repeat(g.text_bytes_max),
            1 => "\u{10ffff}".repeat(g.text_bytes_max / 4),
            _ => (0..g.below(4)).map(|_| g.one_of(TEXTS)).collect(),
        }
    }
}
impl Sampled for Time {
    fn sample(g: &mut Generator) -> Self {
        let span = (Self::MAX.micros() - Self::MIN.micros()) as u64;
        let any = Self::from_micros(Self::MIN.micros() + (g.bits() % span) as i64);
        g.one_of(&[Self::MIN, Self::MAX, Self::from_micros(0), Self::from_micros(-1), any])
    }
}
impl Sampled for Digest {
    fn sample(g: &mut Generator) -> Self {
        let any = Self::of(&g.bits().to_le_bytes());
        g.one_of(&[any, any, Self::ZERO, Self::from_bytes([0xff; 32])])
    }
}
impl Sampled for Value {
    fn sample(g: &mut Generator) -> Self {
        g.json(NESTING_MAX)
    }
}
impl<T: Sampled> Sampled for Box<T> {
    fn sample(g: &mut Generator) -> Self {
        Self::new(g.make())
    }
}
impl<T: Sampled> Sampled for Option<T> {
    fn sample(g: &mut Generator) -> Self {
        if g.make() { Some(g.make()) } else { None }
    }
}
impl<T: Sampled> Sampled for Vec<T> {
    fn sample(g: &mut Generator) -> Self {
        g.several()
    }
}
impl<T: Sampled + Ord> Sampled for BTreeSet<T> {
    fn sample(g: &mut Generator) -> Self {
        g.several()
    }
}
impl<A: Sampled, B: Sampled> Sampled for (A, B) {
    fn sample(g: &mut Generator) -> Self {
        (g.make(), g.make())
    }
}
impl<K: Sampled + Ord, V: Sampled> Sampled for BTreeMap<K, V> {
    fn sample(g: &mut Generator) -> Self {
        g.several()
    }
}

/// Implements samples: for a struct whose fields have them, and for an enum, whose variants are listed.
macro_rules! sampled {
    () => {};
    (enum $name:ident { $($variant:ident $({ $($field:ident),+ $(,)? })? $(($($part:ident),+))?),+ $(,)? } $($rest:tt)*) => {
        impl $crate::sample::Sampled for $name {
            fn sample(g: &mut $crate::sample::Generator) -> Self {
                let variants: &[fn(&mut $crate::sample::Generator) -> Self] = &[$(|_g| {
                    Self::$variant $({ $($field: _g.make()),+ })? $(($({ let $part = _g.make(); $part }),+))?
                }),+];
                variants[g.below(variants.len())](g)
            }
        }
        $crate::sample::sampled! { $($rest)* }
    };
    ($name:ident { $($field:ident),+ $(,)? } $($rest:tt)*) => {
        impl $crate::sample::Sampled for $name {
            fn sample(g: &mut $crate::sample::Generator) -> Self {
                Self { $($field: g.make()),+ }
            }
        }
        $crate::sample::sampled! { $($rest)* }
    };
}
pub(crate) use sampled;
