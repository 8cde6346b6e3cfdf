//! The rounding of measured values, recognised from their digits.
//!
//! A table usually gives all values of a column with equally many decimals, or with equally many significant digits. Trailing
//! zeros are lost when a value is read, so the longest values of the column show the number of digits of the others.

/// The share of the values that may have more digits than the others, because they were written in another way.
const ODD_MAX: f64 = 0.1;

/// The step between neighbouring values that each value could have in its table.
pub(crate) fn steps(values: &[f64]) -> Vec<f64> {
    let digits: Vec<(i32, i32)> = values.iter().map(|value| digits(*value)).collect();
    let (significant, with_digits) = usual_most(digits.iter().map(|(significant, _)| *significant).collect());
    let (decimals, with_decimals) = usual_most(digits.iter().map(|(own, power)| (own - 1 - power).max(0)).collect());
    let step = |(own, power): &(i32, i32)| {
        // More values have the full number of digits in the way in which the column is written.
        let step = if with_digits > with_decimals { power + 1 - significant } else { -decimals };
        10f64.powi(step.min(power + 1 - own))
    };
    digits.iter().map(step).collect()
}

/// The largest count without the odd values, and how many values have it.
fn usual_most(mut counts: Vec<i32>) -> (i32, usize) {
    counts.sort_unstable();
    let odd = (ODD_MAX * counts.len() as f64) as usize;
    let most = counts.iter().rev().nth(odd).copied().unwrap_or_default();
    (most, counts.iter().filter(|count| **count == most).count())
}

/// The number of significant digits of the shortest text of a value, and the power of ten of the first one.
fn digits(value: f64) -> (i32, i32) {
    let text = format!("{:e}", value.abs());
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let count = mantissa.bytes().filter(u8::is_ascii_digit).count();
    (i32::try_from(count).unwrap_or(i32::MAX), power.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::steps;

    fn check(values: &[f64], expected: &[f64]) {
        let found = steps(values);
        for (step, wanted) in found.iter().zip(expected) {
            assert!((step / wanted - 1.0).abs() < 1e-9, "{values:?}: {found:?}");
        }
    }

    #[test]
    fn the_step_of_a_value_is_that_of_its_last_digit() {
        // Six significant digits, one of them a lost zero.
        check(&[19.7512, 4.60506, 3.0136, 0.675_641], &[1e-4, 1e-5, 1e-5, 1e-6]);
        // Two decimals, also of values that end with zeros.
        check(&[150.25, 0.05, 30.0, 7.5], &[1e-2, 1e-2, 1e-2, 1e-2]);
        check(&[1200.0, 35.0, 7.0, 23.0, 41.0], &[1.0; 5]);
        // One value that was computed says nothing about the others.
        let mut mixed = vec![1.25; 20];
        mixed[7] = 1.0 / 3.0;
        check(&mixed[..3], &[1e-2; 3]);
        check(&mixed, &[[1e-2; 7].as_slice(), &[1e-16]].concat());
        check(&[1.0 / 3.0, 2.0 / 3.0], &[1e-16, 1e-16]);
    }
}
