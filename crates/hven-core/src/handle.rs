//! Short handles such as `7Q2M`, which people read, say and type instead of 32 digits.
//!
//! The home counts its runs and writes each count in Crockford's base 32 (no I, L, O, U), after a fixed permutation, so that
//! neighbours do not look similar. Four letters name the first million, five the next 32 million, and so on.

use std::{fmt, str::FromStr};

use crate::{Malformed, as_text::serde_as_text};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTERS_MIN: u32 = 4;
const LETTERS_MAX: u32 = 12;

/// The short name of a run in its home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    /// The number of the run in this home, counted from 0.
    pub count: u64,
}

/// How many handles have at most `letters` letters.
const fn capacity(letters: u32) -> u64 {
    1 << (5 * letters)
}

const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const SHIFT: u64 = 0x5851_f42d_4c95_7f2d;

/// A bijection on the numbers below `2^bits`: multiplication by an odd constant, a shift (so that the first handle is not
/// `0000`), then a fold of the upper half.
const fn permute(n: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let mixed = n.wrapping_mul(FACTOR).wrapping_add(SHIFT) & mask;
    mixed ^ (mixed >> (bits - bits / 2))
}

const fn permute_back(n: u64, bits: u32) -> u64 {
    let mask = (1 << bits) - 1;
    let mixed = n ^ (n >> (bits - bits / 2));
    // The inverse of an odd number modulo a power of two, by Newton's iteration: each step doubles the correct bits.
    let mut inverse = FACTOR;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(FACTOR.wrapping_mul(inverse)));
        step += 1;
    }
    mixed.wrapping_sub(SHIFT).wrapping_mul(inverse) & mask
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = LETTERS_MIN;
        while letters < LETTERS_MAX && self.count >= capacity(letters) {
            letters += 1;
        }
        let value = permute(self.count, 5 * letters);
        for place in (0..letters).rev() {
            let digit = ALPHABET[(value >> (5 * place) & 31) as usize];
            fmt::Write::write_char(f, digit as char)?;
        }
        Ok(())
    }
}

impl FromStr for Handle {
    type Err = Malformed;
    /// Reads a handle as people type it: case-insensitive, with I and L for 1, O for 0.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = |why: &str| Malformed::Text { noun: "handle", text: text.to_owned(), why: why.to_owned() };
        let letters = u32::try_from(text.len()).unwrap_or(u32::MAX);
        if !(LETTERS_MIN..=LETTERS_MAX).contains(&letters) {
            return Err(malformed("it has 4 to 12 letters"));
        }
        let mut value = 0_u64;
        for byte in text.bytes() {
            let letter = match byte.to_ascii_uppercase() {
                b'I' | b'L' => b'1',
                b'O' => b'0',
                other => other,
            };
            let digit = ALPHABET.iter().position(|&a| a == letter);
            let digit = digit.ok_or_else(|| malformed("it has letters and digits only, without U"))?;
            value = value << 5 | digit as u64;
        }
        let count = permute_back(value, 5 * letters);
        if letters > LETTERS_MIN && count < capacity(letters - 1) {
            return Err(malformed("no run has that many letters in its handle"));
        }
        Ok(Self { count })
    }
}

serde_as_text!(Handle);

impl crate::sample::Sampled for Handle {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        Self { count: g.make::<u64>() % (1 << 40) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_handles_differ_and_have_four_letters() {
        let all: HashSet<String> = (0..20_000).map(|count| Handle { count }.to_string()).collect();
        assert_eq!(all.len(), 20_000);
        assert!(all.iter().all(|h| h.len() == 4));
        assert_eq!(Handle { count: 1 << 20 }.to_string().len(), 5);
    }

    #[test]
    fn handles_are_read_as_people_type_them() {
        let handle = (0..1000).map(|count| Handle { count }).find(|h| h.to_string().contains(['0', '1']));
        let handle = handle.expect("some handle has a 0 or a 1");
        let typed = handle.to_string().to_lowercase().replace('0', "o").replace('1', "l");
        assert_eq!(typed.parse(), Ok(handle));
        assert!("7Q2".parse::<Handle>().is_err());
        assert!("7Q2U".parse::<Handle>().is_err());
    }

    proptest! {
        #[test]
        fn handles_round_trip(count in 0_u64..1 << 59) {
            prop_assert_eq!(Handle { count }.to_string().parse(), Ok(Handle { count }));
        }
    }
}
