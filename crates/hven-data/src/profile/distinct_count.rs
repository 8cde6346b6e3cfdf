//! Estimates the number of different values of a large column, by HyperLogLog in 16 kB. The typical error is 0.6 to 0.9 %.
//! `examples/sketches.rs` measures it.

use datasketches::hll::{HllSketch, HllType};

/// 2^14 registers.
const LOG_REGISTERS: u8 = 14;

#[derive(Debug)]
pub(super) struct DistinctCount(HllSketch);

impl DistinctCount {
    pub(super) fn new() -> Self {
        // Sizes from 4 to 21 are valid.
        #[expect(clippy::expect_used, reason = "the size is a valid constant")]
        Self(HllSketch::new(LOG_REGISTERS, HllType::Hll8).expect("a valid size"))
    }

    /// Adds a value, or a hash of it.
    pub(super) fn add(&mut self, value: u64) {
        self.0.update(value);
    }

    /// The estimate depends on the values alone, not on their order.
    pub(super) fn estimate(&self) -> u64 {
        self.0.composite_estimate().round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_near_in_any_order() {
        for count in [10_u64, 1000, 40_000, 100_000, 2_000_000] {
            let of = |values: &mut dyn Iterator<Item = u64>| {
                let mut sketch = DistinctCount::new();
                for value in values {
                    sketch.add(value);
                    sketch.add(value);
                }
                sketch.estimate()
            };
            let estimate = of(&mut (0..count));
            assert!((estimate as f64 / count as f64 - 1.0).abs() < 0.025, "{count}: {estimate}");
            assert_eq!(of(&mut (0..count).rev()), estimate, "{count}");
        }
    }
}
