//! Tests with random choices: short by default, long in a soak, and repeatable with their seed.

/// Random numbers that are the same for the same seed. SplitMix64, from: Steele, Lea and Flood, "Fast splittable
/// pseudorandom number generators", OOPSLA 2014.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `bound`, excluding `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    /// An index for something of this length.
    pub fn place(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }
}

/// The number of rounds of a test: `HVEN_SOAK_ROUNDS`, or `usual`.
pub fn rounds(usual: u64) -> u64 {
    number("HVEN_SOAK_ROUNDS", usual)
}

/// The seed of random choices: `HVEN_SOAK_SEED`, or `usual`.
pub fn seed(usual: u64) -> u64 {
    number("HVEN_SOAK_SEED", usual)
}

fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|e| panic!("{variable}={text}: {e}")),
        Err(_) => usual,
    }
}
