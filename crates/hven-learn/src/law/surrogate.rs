//! A smooth surrogate of an unknown law, which has derivatives that scattered rows do not have.
//!
//! Gaussian-kernel regression on standardised inputs; width and noise are those with the best prediction of held-out rows. Its
//! derivatives reveal the symmetries of the law (see `symmetry`); the surrogate is never a result.

use nalgebra::{DMatrix, DVector};

use super::fit::dot;

const WIDTHS: [f64; 5] = [0.7, 1.4, 2.8, 5.6, 11.0];
const NOISES: [f64; 3] = [1e-11, 1e-7, 1e-3];
/// More rows improve it, at cubic cost.
const ROWS_MAX: usize = 600;
/// How many rows determine width and noise.
const ROWS_QUICK: usize = 250;
const ROWS_LEFT_OUT: usize = 150;

#[derive(Debug)]
pub(crate) struct Surrogate {
    points: Vec<Vec<f64>>,
    weights: Vec<f64>,
    width: f64,
    scales: Vec<(f64, f64)>,
    target_scale: (f64, f64),
    /// The root mean square error on held-out rows, in units of the target's standard deviation.
    pub error: f64,
}

pub(crate) fn standard(column: &[f64]) -> (f64, f64) {
    let rows = column.len().max(1) as f64;
    let mean = column.iter().sum::<f64>() / rows;
    let deviation = (column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / rows).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

pub(crate) fn kernel(a: &[f64], b: &[f64], width: f64) -> f64 {
    let square: f64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
    (-0.5 * square / (width * width)).exp()
}

impl Surrogate {
    /// Rows must be in random order, because the last ones are held out to measure the error.
    pub(crate) fn new(inputs: &[Vec<f64>], target: &[f64]) -> Option<Self> {
        let data = Standardised::new(inputs, target)?;
        let (width, noise, error) = data.choose()?;
        let fitted = (data.points.len() - data.left_out()).min(ROWS_MAX);
        let weights = solve(&data.points[..fitted], &data.values[..fitted], width, noise)
            .or_else(|| solve(&data.points[..fitted], &data.values[..fitted], width, noise.max(1e-9) * 100.0))?;
        let left = data.points.len() - data.left_out();
        let better = data.error(&weights, &data.points[..fitted], width, left);
        Some(Self {
            weights,
            width,
            scales: data.scales.clone(),
            target_scale: data.target_scale,
            error: better.min(error),
            points: data.points.into_iter().take(fitted).collect(),
        })
    }

    /// Only the error, from fewer rows.
    pub(crate) fn quick(inputs: &[Vec<f64>], target: &[f64]) -> Option<f64> {
        Standardised::new(inputs, target)?.choose().map(|(_, _, error)| error)
    }

    /// The derivatives by the inputs at the fitted rows, one column for each input.
    pub(crate) fn slopes(&self) -> Vec<Vec<f64>> {
        let inputs = self.scales.len();
        let mut out = vec![vec![0.0; self.points.len()]; inputs];
        let per_width = 1.0 / (self.width * self.width);
        for (row, at) in self.points.iter().enumerate() {
            for (p, w) in self.points.iter().zip(&self.weights) {
                let k = w * kernel(p, at, self.width) * per_width;
                for i in 0..inputs {
                    out[i][row] += k * (p[i] - at[i]);
                }
            }
        }
        for (column, (_, scale)) in out.iter_mut().zip(&self.scales) {
            for slope in column {
                *slope *= self.target_scale.1 / scale;
            }
        }
        out
    }

    /// How many rows were fitted: the first ones.
    pub(crate) fn rows(&self) -> usize {
        self.points.len()
    }
}

/// Inputs and target with mean 0 and deviation 1, row by row.
struct Standardised {
    points: Vec<Vec<f64>>,
    values: Vec<f64>,
    scales: Vec<(f64, f64)>,
    target_scale: (f64, f64),
}

impl Standardised {
    fn new(inputs: &[Vec<f64>], target: &[f64]) -> Option<Self> {
        let rows = target.len().min(ROWS_MAX + ROWS_LEFT_OUT);
        if rows < 40 || inputs.is_empty() {
            return None;
        }
        let scales: Vec<(f64, f64)> = inputs.iter().map(|c| standard(c)).collect();
        let target_scale = standard(target);
        let point = |row: usize| inputs.iter().zip(&scales).map(|(c, (m, s))| (c[row] - m) / s).collect::<Vec<f64>>();
        Some(Self {
            points: (0..rows).map(point).collect(),
            values: target[..rows].iter().map(|y| (y - target_scale.0) / target_scale.1).collect(),
            scales,
            target_scale,
        })
    }

    fn left_out(&self) -> usize {
        (self.points.len() / 4).min(ROWS_LEFT_OUT)
    }

    /// The best width and noise, and their error.
    fn choose(&self) -> Option<(f64, f64, f64)> {
        let left = self.points.len() - self.left_out();
        let fitted = left.min(ROWS_QUICK);
        let root = (self.scales.len() as f64).sqrt();
        let mut best: Option<(f64, f64, f64)> = None;
        for noise in NOISES {
            for width in WIDTHS.map(|w| w * root) {
                let Some(weights) = solve(&self.points[..fitted], &self.values[..fitted], width, noise) else {
                    continue;
                };
                let error = self.error(&weights, &self.points[..fitted], width, left);
                if best.is_none_or(|b| error < b.2) {
                    best = Some((width, noise, error));
                }
            }
            // If almost no noise is clearly best, more noise is worse.
            if best.is_some_and(|b| b.2 < 1e-3) {
                break;
            }
        }
        best
    }

    /// The root mean square error from row `left` on.
    fn error(&self, weights: &[f64], points: &[Vec<f64>], width: f64, left: usize) -> f64 {
        let value = |at: &[f64]| points.iter().zip(weights).map(|(p, w)| w * kernel(p, at, width)).sum::<f64>();
        let square: f64 = (left..self.points.len()).map(|r| (value(&self.points[r]) - self.values[r]).powi(2)).sum();
        (square / (self.points.len() - left) as f64).sqrt()
    }
}

fn solve(points: &[Vec<f64>], values: &[f64], width: f64, noise: f64) -> Option<Vec<f64>> {
    let size = points.len();
    let mut matrix = DMatrix::zeros(size, size);
    for i in 0..size {
        matrix[(i, i)] = 1.0 + noise;
        for j in 0..i {
            let k = kernel(&points[i], &points[j], width);
            matrix[(i, j)] = k;
            matrix[(j, i)] = k;
        }
    }
    let right = DVector::from_column_slice(values);
    let weights = matrix.cholesky()?.solve(&right);
    let weights: Vec<f64> = weights.iter().copied().collect();
    dot(&weights, &weights).is_finite().then_some(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_close_to_the_true_ones() {
        let mut random = fastrand::Rng::with_seed(3);
        let x: Vec<f64> = (0..300).map(|_| 1.0 + 2.0 * random.f64()).collect();
        let z: Vec<f64> = (0..300).map(|_| random.f64()).collect();
        let y: Vec<f64> = x.iter().zip(&z).map(|(x, z)| x * x + (3.0 * z).sin()).collect();
        let surrogate = Surrogate::new(&[x.clone(), z.clone()], &y).unwrap();
        assert!(surrogate.error < 1e-3, "{}", surrogate.error);
        let slopes = surrogate.slopes();
        for row in 0..surrogate.rows() {
            assert!((slopes[0][row] - 2.0 * x[row]).abs() < 0.05);
            assert!((slopes[1][row] - 3.0 * (3.0 * z[row]).cos()).abs() < 0.1);
        }
    }
}
