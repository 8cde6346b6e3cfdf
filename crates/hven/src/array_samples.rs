//! Samples between bounds, as values of an array.

use hven_client::Failure;
use hven_core::manifest::Written;
use serde_json::Value;

use crate::array_values::{GivenValues, Values};

/// How samples are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Sampling {
    /// Latin hypercube: each of the values has one point in each of its equal parts (McKay, Beckman and Conover 1979)
    #[default]
    Latin,
    /// Independent points
    Random,
}

/// A value that is sampled between bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    name: String,
    low: f64,
    high: f64,
    is_whole: bool,
    is_log: bool,
}

/// Reads the bounds of a name: `0..1`, `2..10:int` (whole numbers), `1e-4..1e-1:log` (equal ratios).
pub fn sampled(GivenValues { name, values, shown }: &GivenValues) -> Result<Sampled, Failure> {
    let hint = "bounds are written as x=0..1, depth=2..10:int for whole numbers, or lr=1e-4..1e-1:log for equal ratios";
    let wrong = |why: &str| Failure::new("usage", format!("{shown} {why}")).hint(hint);
    let Written::One(bounds) = values else { return Err(wrong("has a list instead of bounds")) };
    let mut parts = bounds.split(':');
    let bounds = parts.next().unwrap_or_default();
    let (mut is_whole, mut is_log) = (false, false);
    for part in parts {
        match part {
            "int" => is_whole = true,
            "log" => is_log = true,
            other => return Err(wrong(&format!("ends with :{other}, which is neither :int nor :log"))),
        }
    }
    let (low, high) = bounds.split_once("..").ok_or_else(|| wrong("has no bounds"))?;
    if is_whole && [low, high].iter().any(|bound| bound.trim().parse::<i64>().is_err()) {
        return Err(wrong("has bounds that are no whole numbers"));
    }
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let (Some(low), Some(high)) = (number(low), number(high)) else {
        return Err(wrong("has bounds that are no numbers"));
    };
    if low >= high {
        return Err(wrong("has a lower bound that is not below the upper one"));
    }
    if is_log && low <= 0.0 {
        return Err(wrong("has a bound without a logarithm"));
    }
    Ok(Sampled { name: name.clone(), low, high, is_whole, is_log })
}

/// Draws points. The same seed gives the same points on every machine.
pub fn draw(values: &[Sampled], count: u32, sampling: Sampling, seed: u64) -> Values {
    let mut random = fastrand::Rng::with_seed(seed);
    let n = f64::from(count.max(1));
    let columns: Vec<Vec<f64>> = values
        .iter()
        .map(|_| match sampling {
            Sampling::Random => (0..count).map(|_| random.f64()).collect(),
            Sampling::Latin => {
                let mut parts: Vec<u32> = (0..count).collect();
                random.shuffle(&mut parts);
                parts.into_iter().map(|part| (f64::from(part) + random.f64()) / n).collect()
            }
        })
        .collect();
    let rows =
        (0..count as usize).map(|row| values.iter().zip(&columns).map(|(of, column)| of.at(column[row])).collect());
    let kind = match sampling {
        Sampling::Latin => "Latin hypercube",
        Sampling::Random => "random points",
    };
    Values::Rows {
        names: values.iter().map(|of| of.name.clone()).collect(),
        rows: rows.collect(),
        origin: format!("{kind}, seed {seed}"),
    }
}

impl Sampled {
    /// The value at this share of the way from the lower to the upper bound.
    fn at(&self, share: f64) -> Value {
        let Self { low, high, is_whole, is_log, .. } = *self;
        if is_whole && !is_log {
            // Each whole number has the same share.
            let number = (low + share * (high - low + 1.0)).floor().min(high);
            return Value::from(number as i64);
        }
        let number =
            if is_log { (low.ln() + share * (high.ln() - low.ln())).exp() } else { low + share * (high - low) };
        let number = number.clamp(low, high);
        if is_whole { Value::from(number.round() as i64) } else { Value::from(number) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> GivenValues {
        GivenValues::of_option("--sample", text).expect(text)
    }

    #[test]
    fn wrong_bounds_are_refused() {
        for bad in ["lr=1", "lr=2..1", "lr=0..1:log", "lr=a..b", "n=0.5..2:int", "n=1..2:even"] {
            assert!(sampled(&given(bad)).is_err(), "{bad}");
        }
        assert!(GivenValues::of_option("--sample", "lr").is_err());
    }

    #[test]
    fn samples_lie_within_their_bounds_and_are_repeatable() {
        let of: Vec<Sampled> = ["lr=1e-4..1e-1:log", "depth=2..4:int", "x=-1..0.5", "y=0..1"]
            .iter()
            .map(|text| sampled(&given(text)).expect(text))
            .collect();
        let first = draw(&of, 30, Sampling::Latin, 7);
        assert_eq!(first, draw(&of, 30, Sampling::Latin, 7));
        assert_ne!(first, draw(&of, 30, Sampling::Latin, 8));
        let Values::Rows { rows, .. } = first else { panic!("rows") };
        let column = |at: usize| rows.iter().map(|row| row[at].as_f64().expect("a number")).collect::<Vec<_>>();
        assert!(column(0).iter().all(|lr| (1e-4..=1e-1).contains(lr)));
        let depths = column(1);
        assert!((2..=4).all(|depth| depths.iter().filter(|found| **found as i64 == depth).count() == 10));
        assert!(
            column(3).iter().filter(|y| y.fract() != 0.0).count() > 25,
            "bounds without a point are real numbers, too"
        );
        // One point in each of thirty equal parts.
        let mut parts: Vec<u32> = column(2).iter().map(|x| ((x + 1.0) / 1.5 * 30.0) as u32).collect();
        parts.sort_unstable();
        assert_eq!(parts, (0..30).collect::<Vec<_>>());
    }
}
