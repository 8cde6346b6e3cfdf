//! A problem that may have been simplified: fewer inputs, a transformed target, and the way back.
//!
//! Each solver works on a task and does not know how it was derived. [`Task::law`] converts a result to a law over the
//! original inputs.

use hven_core::unit::{Rational, Unit};

use super::dimension::Dimensions;
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
    changes: Vec<Change>,
}

impl Task {
    pub(crate) fn root(inputs: Vec<Vec<f64>>, target: Vec<f64>) -> Self {
        let meanings = (0..inputs.len()).map(Expr::Variable).collect();
        let positive = inputs.iter().map(|c| c.iter().all(|v| *v > 0.0)).collect();
        Self { meanings, inputs, target, positive, changes: Vec::new() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.target.len()
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
            changes: self.changes.clone(),
        })
    }

    /// The task with a transformed target; `None` if that would lose information.
    pub(crate) fn transformed(&self, transform: Transform) -> Option<Self> {
        if !transform.suits(&self.target) {
            return None;
        }
        let target: Vec<f64> = self.target.iter().map(|&y| transform.value(y)).collect();
        if !target.iter().all(|v| v.is_finite()) {
            return None;
        }
        let sign = if self.target.iter().all(|y| *y < 0.0) { -1.0 } else { 1.0 };
        let mut next = self.clone();
        next.target = target;
        next.changes.push(Change::Transformed(transform, sign));
        Some(next)
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
            changes: self.changes.clone(),
        }
    }
}
