//! Reduces a problem in noisy data, where derivatives are unreliable: many reductions are tried, and polynomials measure how well
//! the smaller problems can be predicted.
//!
//! Each step removes one input: it is left out, joined with another one, or removed by a scaling ([`super::symmetry`] explains
//! it) or by the units. A step is kept if the smaller problem is predicted as well. Several chains of steps are followed,
//! because noise may hide a small loss.

use super::dimension::Dimensions;
use super::expression::Expr;
use super::polynomial;
use super::symmetry::by_units;
use super::task::Task;

/// Enough rows to compare reductions; the chosen ones are compared again with more.
const ROWS_QUICK: usize = 200;
const ROWS: usize = 800;
/// By how much less likely, in nats, the target may become by one step.
const LOSS_MAX: f64 = 8.0;
/// How many chains are followed without units, and how many of the smallest problems are returned.
const CHAINS_MAX: usize = 2;
const ENDS_MAX: usize = 2;
const COMPARED_MAX: usize = 10;
const STEPS_MAX: usize = 8;
/// With more inputs, scalings of several inputs at once are not tried, because there are too many.
const SCALED_MAX: usize = 3;
/// The powers of an input that may be divided out of the target.
const PREFACTORS: [f64; 10] = [1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, 1.5, -1.5];
/// The first of them are also tried in scalings.
const PREFACTORS_OF_SCALING: usize = 6;
const POWERS_OF_OTHERS: [f64; 4] = [1.0, -1.0, 2.0, 0.0];

/// Whether a polynomial describes the target nearly exactly, so that its derivatives are reliable.
pub(crate) fn is_smooth(root: &Task) -> bool {
    polynomial::predict(root, ROWS).is_some_and(|prediction| prediction.error < NOISE.start * variance(root))
}

/// Whether the rows have errors, and a polynomial in the reduced problem finds what they leave of the target.
pub(crate) fn is_noisy(root: &Task, reduced: &Task) -> bool {
    polynomial::predict(reduced, ROWS).is_some_and(|prediction| {
        let left = prediction.error / variance(root);
        prediction.settled && NOISE.contains(&left)
    })
}

/// The share of the variance that noise leaves: less may be a rounding error, with more the target is hardly predicted.
const NOISE: std::ops::Range<f64> = 1e-6..0.04;

/// The variance of the target, weighted with the errors of the rows.
fn variance(task: &Task) -> f64 {
    let weight = |size: &f64| 1.0 / (size * size);
    let weighted = |of: &dyn Fn(f64) -> f64| -> f64 {
        task.target.iter().zip(&task.error_sizes).map(|(y, size)| of(*y) * weight(size)).sum()
    };
    let mean = weighted(&|y| y) / weighted(&|_| 1.0);
    weighted(&|y| (y - mean) * (y - mean)) / task.rows().max(1) as f64
}

/// The smallest problems that the task can be reduced to, the best predicted first. The task itself is not among them.
pub(crate) fn smallest(root: &Task, dimensions: Option<&Dimensions>, stop: &impl Fn() -> bool) -> Vec<Task> {
    let Some(error) = polynomial::error(root, ROWS) else { return Vec::new() };
    let mut ends: Vec<(f64, Task)> = Vec::new();
    // Units in terms of one input hide differences to this input, so the other steps also come first.
    let orders: &[bool] = if dimensions.is_some() { &[true, false] } else { &[false] };
    for &units_first in orders {
        let chains = Chains { dimensions, units_first, stop };
        for end in chains.ends(error, root) {
            if !ends.iter().any(|(_, known)| known.has_same_inputs(&end.1)) {
                ends.push(end);
            }
        }
    }
    sort(&mut ends);
    ends.truncate(ENDS_MAX);
    ends.into_iter().map(|(_, task)| task).collect()
}

/// Fewer inputs first, then the smaller error.
fn sort(tasks: &mut [(f64, Task)]) {
    tasks.sort_by(|a, b| a.1.inputs.len().cmp(&b.1.inputs.len()).then(a.0.total_cmp(&b.0)));
}

/// How chains of steps are followed.
struct Chains<'a, Stop> {
    dimensions: Option<&'a Dimensions>,
    units_first: bool,
    stop: &'a Stop,
}

impl<Stop: Fn() -> bool> Chains<'_, Stop> {
    /// The last problem of each chain, with its error.
    fn ends(&self, error: f64, root: &Task) -> Vec<(f64, Task)> {
        let chains_max = if self.dimensions.is_some() { 1 } else { CHAINS_MAX };
        let mut ends: Vec<(f64, Task)> = Vec::new();
        let mut open: Vec<(f64, Task)> = vec![(error, root.clone())];
        for _ in 0..STEPS_MAX {
            let mut next: Vec<(f64, Task)> = Vec::new();
            for (error, task) in &open {
                if (self.stop)() {
                    return ends;
                }
                let smaller = self.steps(*error, task, chains_max);
                if smaller.is_empty() && task.meanings != root.meanings {
                    ends.push((*error, task.clone()));
                }
                for one in smaller {
                    if !next.iter().any(|(_, known)| known.has_same_inputs(&one.1)) {
                        next.push(one);
                    }
                }
            }
            sort(&mut next);
            next.truncate(chains_max);
            if next.is_empty() {
                break;
            }
            open = next;
        }
        ends
    }

    /// The best problems with fewer inputs that are predicted as well, with their errors.
    fn steps(&self, error: f64, task: &Task, most: usize) -> Vec<(f64, Task)> {
        if task.inputs.len() < 2 {
            return Vec::new();
        }
        let by_units = self.dimensions.map_or_else(Vec::new, |d| by_units(task, d));
        let as_good = |tasks: Vec<Task>| {
            let predicted = |next: Task| Some((polynomial::error(&next, ROWS)?, next));
            let mut kept: Vec<(f64, Task)> = tasks
                .into_iter()
                .filter(|next| self.allows(next))
                .filter_map(predicted)
                .filter(|(after, _)| nats_lost(*after, error, task.rows().min(ROWS)) < LOSS_MAX)
                .collect();
            sort(&mut kept);
            kept
        };
        let mut kept = if self.units_first { as_good(by_units.clone()) } else { Vec::new() };
        if kept.is_empty() {
            kept = as_good(self.single_steps(error, task));
        }
        if kept.is_empty() && !self.units_first {
            kept = as_good(by_units);
        }
        let mut different: Vec<(f64, Task)> = Vec::new();
        for one in kept {
            if different.len() < most && !different.iter().any(|(_, known)| known.has_same_inputs(&one.1)) {
                different.push(one);
            }
        }
        different
    }

    /// The problems with one input fewer that are predicted as well in some of the rows.
    fn single_steps(&self, error: f64, task: &Task) -> Vec<Task> {
        let rows = task.rows().min(ROWS_QUICK);
        let part = task.rows_only(&(0..rows).collect::<Vec<_>>());
        let before = polynomial::error(&part, ROWS_QUICK).unwrap_or(error);
        let mut compared: Vec<(f64, Step)> = Vec::new();
        for step in proposals(task) {
            if (self.stop)() {
                break;
            }
            let Some(next) = step.apply(&part).filter(|next| self.allows(next)) else { continue };
            if let Some(after) = polynomial::error(&next, ROWS_QUICK)
                && nats_lost(after, before, rows) < LOSS_MAX
            {
                compared.push((after, step));
            }
        }
        compared.sort_by(|a, b| a.0.total_cmp(&b.0));
        compared.truncate(COMPARED_MAX);
        compared.into_iter().filter_map(|(_, step)| step.apply(task)).collect()
    }

    fn allows(&self, task: &Task) -> bool {
        self.dimensions.is_none_or(|d| task.dimensions(d).is_some())
    }
}

/// By how much less likely a target is, in nats, if its squared errors are larger.
fn nats_lost(after: f64, before: f64, rows: usize) -> f64 {
    0.5 * rows as f64 * (after / before).ln()
}

/// A step to a smaller problem: the target may be divided, and there are fewer inputs.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    by: Option<Expr>,
    inputs: Vec<Expr>,
}

impl Step {
    fn over(inputs: Vec<Expr>) -> Self {
        Self { by: None, inputs }
    }

    fn apply(&self, task: &Task) -> Option<Task> {
        match &self.by {
            Some(by) => task.divided(by)?.over(&self.inputs),
            None => task.over(&self.inputs),
        }
    }
}

/// All tried steps to a problem with one input fewer.
fn proposals(task: &Task) -> Vec<Step> {
    let inputs = task.inputs.len();
    let mut found = Vec::new();
    for i in 0..inputs {
        let others: Vec<Expr> = (0..inputs).filter(|&k| k != i).map(Expr::Variable).collect();
        found.push(Step::over(others.clone()));
        if task.positive[i] {
            let prefactor = |p: &f64| Step { by: Some(Expr::Variable(i).power(*p)), inputs: others.clone() };
            found.extend(PREFACTORS.iter().map(prefactor));
        }
    }
    for i in 0..inputs {
        for j in 0..i {
            for joined in joined(task, i, j) {
                let mut all: Vec<Expr> = (0..inputs).filter(|&k| k != i && k != j).map(Expr::Variable).collect();
                all.push(joined);
                found.push(Step::over(all));
            }
        }
    }
    if inputs <= SCALED_MAX {
        for pivot in (0..inputs).filter(|&i| task.positive[i]) {
            found.extend(scaled(inputs, pivot));
        }
    }
    found
}

/// The ways in which two inputs may enter as one.
fn joined(task: &Task, i: usize, j: usize) -> Vec<Expr> {
    let (x, y) = (|| Expr::Variable(j), || Expr::Variable(i));
    let mut all = vec![x().times(y()), x().plus(y()), x().minus(y())];
    for (above, below, positive) in [(x(), y(), task.positive[i]), (y(), x(), task.positive[j])] {
        if positive {
            all.push(above.over(below));
            if task.positive[i] != task.positive[j] {
                continue;
            }
            break;
        }
    }
    if task.positive[i] && task.positive[j] {
        all.push(x().times(y().power(2.0)));
        all.push(x().power(2.0).times(y()));
        all.push(x().power(2.0).over(y()));
        all.push(x().over(y().power(2.0)));
        all.push(x().power(-1.0).plus(y().power(-1.0)));
        all.push(x().power(-1.0).minus(y().power(-1.0)));
    }
    all.push(x().power(2.0).plus(y().power(2.0)));
    all.push(x().power(2.0).minus(y().power(2.0)));
    all
}

/// The target and the other inputs in units of powers of one input.
fn scaled(inputs: usize, pivot: usize) -> Vec<Step> {
    let others: Vec<usize> = (0..inputs).filter(|&k| k != pivot).collect();
    let choices = POWERS_OF_OTHERS.len();
    let mut found = Vec::new();
    for code in 0..choices.pow(others.len() as u32) {
        let power = |k: usize| POWERS_OF_OTHERS[code / choices.pow(k as u32) % choices];
        // Without any power there is only a prefactor, which is tried anyway.
        if (0..others.len()).all(|k| power(k) == 0.0) {
            continue;
        }
        let scaled = |(k, &i): (usize, &usize)| match power(k) {
            0.0 => Expr::Variable(i),
            p => Expr::Variable(i).times(Expr::Variable(pivot).power(-p)),
        };
        let inputs: Vec<Expr> = others.iter().enumerate().map(scaled).collect();
        found.push(Step::over(inputs.clone()));
        let divided = |p: &f64| Step { by: Some(Expr::Variable(pivot).power(*p)), inputs: inputs.clone() };
        found.extend(PREFACTORS[..PREFACTORS_OF_SCALING].iter().map(divided));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::normal;

    /// The text of the inputs that remain of a law of three inputs with 2 % noise, and whether the noise is recognised.
    fn remaining(law: impl Fn(f64, f64, f64) -> f64) -> (Vec<String>, bool) {
        let mut random = fastrand::Rng::with_seed(4);
        let inputs: Vec<Vec<f64>> = (0..3).map(|_| (0..600).map(|_| 1.0 + 2.0 * random.f64()).collect()).collect();
        let clean: Vec<f64> = (0..600).map(|r| law(inputs[0][r], inputs[1][r], inputs[2][r])).collect();
        let mean = clean.iter().sum::<f64>() / 600.0;
        let deviation = (clean.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 600.0).sqrt();
        let target = clean.iter().map(|y| y + 0.02 * deviation * normal(&mut random)).collect();
        let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        let root = Task::root(inputs, target);
        let found = smallest(&root, None, &|| false);
        let end = found.first().unwrap_or(&root);
        let inputs = end.meanings.iter().map(|meaning| super::super::print::text(meaning, &names)).collect();
        (inputs, is_noisy(&root, end))
    }

    #[test]
    fn noisy_data_are_reduced_to_one_input() {
        let bell = remaining(|a, b, c| (-0.5 * ((b - c) / a).powi(2)).exp() / a);
        assert!(bell.0.len() == 1 && bell.1, "{bell:?}");
        let factor = remaining(|a, b, c| a * a / (1.0 + b * c).sqrt());
        assert_eq!(factor, (vec!["b * c".to_owned()], true));
    }

    #[test]
    fn inputs_that_do_not_join_stay() {
        let (apart, _) = remaining(|a, b, c| a * b.sin() + c.powi(3) / a);
        assert!(apart.len() > 1, "{apart:?}");
    }
}
