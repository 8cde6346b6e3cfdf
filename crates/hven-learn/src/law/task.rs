//! A problem that may have been simplified: fewer inputs, a transformed target, and the way back.
//!
//! Each solver works on a task and does not know how it was derived. [`Task::law`] converts a result to a law over the
//! original inputs.

use hven_core::unit::{Rational, Unit};

use super::dimension::Dimensions;
use super::errors::Errors;
use super::expression::{Expr, Function};
use super::normal::Signs;
use super::tape::evaluate;

/// A transformation of the target, which is undone for a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Transform {
    Inverse,
    Square,
    InverseSquare,
    Root,
    Log,
    Exp,
    Sin,
    Cos,
    Tan,
}

impl Transform {
    pub(crate) const ALL: [Self; 9] = [
        Self::Inverse,
        Self::Square,
        Self::InverseSquare,
        Self::Root,
        Self::Log,
        Self::Exp,
        Self::Sin,
        Self::Cos,
        Self::Tan,
    ];

    fn value(self, y: f64) -> f64 {
        match self {
            Self::Inverse => 1.0 / y,
            Self::Square => y * y,
            Self::InverseSquare => 1.0 / (y * y),
            Self::Root => y.abs().sqrt(),
            Self::Log => y.abs().ln(),
            Self::Exp => y.exp(),
            Self::Sin => y.sin(),
            Self::Cos => y.cos(),
            Self::Tan => y.tan(),
        }
    }

    /// The derivative at `y`, without its sign.
    fn slope(self, y: f64) -> f64 {
        match self {
            Self::Inverse => 1.0 / (y * y),
            Self::Square => 2.0 * y.abs(),
            Self::InverseSquare => 2.0 / y.abs().powi(3),
            Self::Root => 0.5 / y.abs().sqrt(),
            Self::Log => 1.0 / y.abs(),
            Self::Exp => y.exp(),
            Self::Sin => y.cos().abs(),
            Self::Cos => y.sin().abs(),
            Self::Tan => 1.0 / y.cos().powi(2),
        }
    }

    /// The unit of the transformed target.
    fn unit(self, of: &Unit) -> Option<Unit> {
        let power = |above, below| of.power(Rational::new(above, below).ok()?).ok();
        match self {
            Self::Inverse => power(-1, 1),
            Self::Square => power(2, 1),
            Self::InverseSquare => power(-2, 1),
            Self::Root => power(1, 2),
            Self::Log | Self::Exp | Self::Sin | Self::Cos | Self::Tan => (*of == Unit::one()).then(Unit::one),
        }
    }

    /// Whether the transformation is one-to-one on these values, so that no information is lost.
    fn suits(self, target: &[f64]) -> bool {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &y in target {
            low = low.min(y);
            high = high.max(y);
        }
        let half = std::f64::consts::FRAC_PI_2;
        match self {
            Self::Inverse => low > 0.0 || high < 0.0,
            Self::Square | Self::InverseSquare | Self::Root | Self::Log => low > 0.0 || high < 0.0,
            Self::Exp => low > -5.0 && high < 5.0,
            Self::Sin | Self::Tan => low > -half && high < half,
            Self::Cos => low >= 0.0 && high <= 2.0 * half,
        }
    }

    /// The target as a function of the transformed target. `sign` is the target's sign, which the transformation may lose.
    fn undo(self, changed: Expr, sign: f64) -> Expr {
        let plain = match self {
            Self::Inverse => return changed.power(-1.0),
            Self::Square => changed.power(0.5),
            Self::InverseSquare => changed.power(-0.5),
            Self::Root => changed.power(2.0),
            Self::Log => changed.call(Function::Exp),
            Self::Exp => return changed.call(Function::Log),
            Self::Sin => return changed.call(Function::Asin),
            Self::Cos => return changed.call(Function::Acos),
            Self::Tan => return changed.call(Function::Atan),
        };
        if sign < 0.0 { Expr::exact(-1.0).times(plain) } else { plain }
    }
}

/// So many rows tell whether two inputs are the same.
const ROWS_COMPARED: usize = 20;
/// The largest share of the sum of squares that rows with the other sign may have, if noise gave them this sign.
const OTHER_SIGN_MAX: f64 = 0.01;

#[derive(Debug, Clone)]
enum Change {
    /// The target was divided by this expression over the original inputs.
    Divided(Expr),
    Transformed(Transform, f64),
}

#[derive(Debug, Clone)]
pub(crate) struct Task {
    /// Each input as an expression over the original ones.
    pub meanings: Vec<Expr>,
    pub inputs: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    pub positive: Vec<bool>,
    /// The size of the error of the target in each row, relative to the others.
    pub error_sizes: Vec<f64>,
    /// The original target, and how much the present one changes with it.
    original: Vec<f64>,
    slopes: Vec<f64>,
    changes: Vec<Change>,
}

impl Task {
    pub(crate) fn root(inputs: Vec<Vec<f64>>, target: Vec<f64>) -> Self {
        let meanings = (0..inputs.len()).map(Expr::Variable).collect();
        let positive = inputs.iter().map(|c| c.iter().all(|v| *v > 0.0)).collect();
        let rows = target.len();
        let original = target.clone();
        let (error_sizes, slopes) = (vec![1.0; rows], vec![1.0; rows]);
        Self { meanings, inputs, target, positive, error_sizes, original, slopes, changes: Vec::new() }
    }

    /// The task with the sizes of its errors, if those of the original target are such.
    pub(crate) fn with_errors(mut self, errors: Errors) -> Self {
        let size = |y: f64| if errors == Errors::Equal { 1.0 } else { y.abs() };
        self.error_sizes = self.original.iter().zip(&self.slopes).map(|(y, slope)| size(*y) * slope).collect();
        let usual = self.error_sizes.iter().map(|s| s.ln()).sum::<f64>() / self.rows().max(1) as f64;
        let usual = usual.exp();
        if usual.is_finite() && usual > 0.0 {
            self.error_sizes.iter_mut().for_each(|s| *s = (*s / usual).max(1e-9));
        } else {
            self.error_sizes.fill(1.0);
        }
        self
    }

    pub(crate) fn rows(&self) -> usize {
        self.target.len()
    }

    /// Whether each input is one of the other task, its inverse or its negative.
    pub(crate) fn has_same_inputs(&self, other: &Self) -> bool {
        let rows = self.rows().min(ROWS_COMPARED);
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (a.abs() + b.abs());
        let alike = |a: &[f64], b: &[f64]| {
            let all = |same: &dyn Fn(f64, f64) -> bool| a[..rows].iter().zip(b).all(|(a, b)| same(*a, *b));
            all(&near) || all(&|a, b| near(a, -b)) || all(&|a, b| near(a, 1.0 / b))
        };
        self.inputs.len() == other.inputs.len()
            && self.inputs.iter().all(|own| other.inputs.iter().any(|input| alike(own, input)))
    }

    pub(crate) fn signs(&self) -> Signs<'_> {
        Signs { positive: &self.positive }
    }

    /// Converts `found`, an expression over this task's inputs, to a law over the original inputs.
    pub(crate) fn law(&self, found: &Expr) -> Expr {
        let mut law = found.substitute(&self.meanings);
        for change in self.changes.iter().rev() {
            law = match change {
                Change::Divided(by) => law.times(by.clone()),
                Change::Transformed(transform, sign) => transform.undo(law, *sign),
            };
        }
        law
    }

    /// The task with the target divided by `by`, an expression over this task's inputs; `None` if a quotient is not finite.
    pub(crate) fn divided(&self, by: &Expr) -> Option<Self> {
        let divisor = evaluate(by, &self.inputs, self.rows());
        let target: Vec<f64> = self.target.iter().zip(&divisor).map(|(y, d)| y / d).collect();
        if !target.iter().all(|v| v.is_finite()) {
            return None;
        }
        let mut next = self.clone();
        next.target = target;
        next.slopes.iter_mut().zip(&divisor).for_each(|(s, d)| *s /= d.abs());
        next.error_sizes.iter_mut().zip(&divisor).for_each(|(s, d)| *s /= d.abs());
        next.changes.push(Change::Divided(by.substitute(&self.meanings)));
        Some(next)
    }

    /// The task over other inputs, each an expression over the present ones.
    pub(crate) fn over(&self, inputs: &[Expr]) -> Option<Self> {
        let columns: Vec<Vec<f64>> = inputs.iter().map(|e| evaluate(e, &self.inputs, self.rows())).collect();
        if !columns.iter().flatten().all(|v| v.is_finite()) {
            return None;
        }
        Some(Self {
            meanings: inputs.iter().map(|e| self.signs().normal(&e.substitute(&self.meanings))).collect(),
            positive: columns.iter().map(|c| c.iter().all(|v| *v > 0.0)).collect(),
            inputs: columns,
            target: self.target.clone(),
            error_sizes: self.error_sizes.clone(),
            original: self.original.clone(),
            slopes: self.slopes.clone(),
            changes: self.changes.clone(),
        })
    }

    /// The task with a transformed target; `None` if that would lose information.
    ///
    /// Noise can change the sign of small values. If a few rows have another sign than all others for this reason, they are
    /// left out, because they have no root and no logarithm.
    pub(crate) fn transformed(&self, transform: Transform) -> Option<Self> {
        if !transform.suits(&self.target) {
            let signed = !matches!(transform, Transform::Exp | Transform::Sin | Transform::Cos | Transform::Tan);
            let rows = self.rows_of_main_sign().filter(|rows| signed && rows.len() < self.rows())?;
            return self.rows_only(&rows).transformed(transform);
        }
        let target: Vec<f64> = self.target.iter().map(|&y| transform.value(y)).collect();
        if !target.iter().all(|v| v.is_finite()) {
            return None;
        }
        let sign = if self.target.iter().all(|y| *y < 0.0) { -1.0 } else { 1.0 };
        let mut next = self.clone();
        next.target = target;
        for (row, &y) in self.target.iter().enumerate() {
            next.slopes[row] *= transform.slope(y);
            next.error_sizes[row] *= transform.slope(y);
        }
        next.changes.push(Change::Transformed(transform, sign));
        Some(next)
    }

    /// The rows with the sign that nearly all large values have; `None` if both signs are usual.
    pub(crate) fn rows_of_main_sign(&self) -> Option<Vec<usize>> {
        let squares = |sign: f64| self.target.iter().filter(|y| **y * sign > 0.0).map(|y| y * y).sum::<f64>();
        let sign = if squares(1.0) >= squares(-1.0) { 1.0 } else { -1.0 };
        if squares(-sign) > OTHER_SIGN_MAX * squares(sign) {
            return None;
        }
        Some((0..self.rows()).filter(|&row| self.target[row] * sign > 0.0).collect())
    }

    /// The units of this task's inputs and target, derived from the original ones. `None` if the transformed target has no unit
    /// (the logarithm of a length), or if an input contradicts the units.
    pub(crate) fn dimensions(&self, original: &Dimensions) -> Option<Dimensions> {
        let mut target = original.target.clone();
        for change in &self.changes {
            target = match change {
                Change::Divided(by) => target.divide(&original.unit(by)?).ok()?,
                Change::Transformed(transform, _) => transform.unit(&target)?,
            };
        }
        Some(Dimensions { inputs: self.meanings.iter().map(|m| original.unit(m)).collect::<Option<_>>()?, target })
    }

    /// The task with only these rows.
    pub(crate) fn rows_only(&self, rows: &[usize]) -> Self {
        let pick = |column: &Vec<f64>| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
        Self {
            meanings: self.meanings.clone(),
            inputs: self.inputs.iter().map(pick).collect(),
            target: pick(&self.target),
            positive: self.positive.clone(),
            error_sizes: pick(&self.error_sizes),
            original: pick(&self.original),
            slopes: pick(&self.slopes),
            changes: self.changes.clone(),
        }
    }
}
