//! Evaluates a law over many rows, and its derivatives by constants and by inputs.
//!
//! The tree is converted once to a list of steps; each step holds a column of values. Derivatives are computed backwards
//! through the list, so all of them together cost about as much as two evaluations.

use super::expression::{Expr, Function, raise};

#[derive(Debug)]
enum Step {
    /// The index of the number among all numbers of the tree.
    Number(usize),
    Variable(usize),
    Sum(Vec<usize>),
    Product(Vec<usize>),
    /// A base, and the index of the exponent among all numbers.
    Power(usize, usize),
    Call(Function, usize),
}

/// The derivatives by the value of each step, and by each exponent (with its index among all numbers), as columns.
type Slopes = (Vec<Vec<f64>>, Vec<(usize, Vec<f64>)>);

/// A law that is prepared for evaluation.
#[derive(Debug)]
pub(crate) struct Tape {
    steps: Vec<Step>,
    numbers: Vec<f64>,
    fitted: Vec<usize>,
    columns: Vec<Vec<f64>>,
}

impl Tape {
    pub(crate) fn new(expr: &Expr) -> Self {
        let mut tape = Self { steps: Vec::new(), numbers: Vec::new(), fitted: Vec::new(), columns: Vec::new() };
        tape.flatten(expr);
        tape.columns = vec![Vec::new(); tape.steps.len()];
        tape
    }

    fn number(&mut self, number: super::expression::Number) -> usize {
        let place = self.numbers.len();
        self.numbers.push(number.value);
        if number.is_fitted() {
            self.fitted.push(place);
        }
        place
    }

    fn flatten(&mut self, expr: &Expr) -> usize {
        let step = match expr {
            Expr::Number(n) => Step::Number(self.number(*n)),
            Expr::Variable(i) => Step::Variable(*i),
            Expr::Sum(members) => Step::Sum(members.iter().map(|m| self.flatten(m)).collect()),
            Expr::Product(members) => Step::Product(members.iter().map(|m| self.flatten(m)).collect()),
            Expr::Power(base, exponent) => {
                let base = self.flatten(base);
                Step::Power(base, self.number(*exponent))
            }
            Expr::Call(function, argument) => Step::Call(*function, self.flatten(argument)),
        };
        self.steps.push(step);
        self.steps.len() - 1
    }

    pub(crate) fn parameters(&self) -> Vec<f64> {
        self.fitted.iter().map(|&p| self.numbers[p]).collect()
    }

    pub(crate) fn set_parameters(&mut self, values: &[f64]) {
        for (&place, value) in self.fitted.iter().zip(values) {
            self.numbers[place] = *value;
        }
    }

    /// The law's value in each of the `rows`.
    pub(crate) fn values(&mut self, inputs: &[Vec<f64>], rows: usize) -> &[f64] {
        for k in 0..self.steps.len() {
            let mut out = std::mem::take(&mut self.columns[k]);
            out.clear();
            out.resize(rows, 0.0);
            match &self.steps[k] {
                Step::Number(p) => out.fill(self.numbers[*p]),
                Step::Variable(i) => out.copy_from_slice(&inputs[*i][..rows]),
                Step::Sum(members) => {
                    for &m in members {
                        out.iter_mut().zip(&self.columns[m]).for_each(|(o, v)| *o += v);
                    }
                }
                Step::Product(members) => {
                    out.fill(1.0);
                    for &m in members {
                        out.iter_mut().zip(&self.columns[m]).for_each(|(o, v)| *o *= v);
                    }
                }
                Step::Power(base, exponent) => {
                    let p = self.numbers[*exponent];
                    out.iter_mut().zip(&self.columns[*base]).for_each(|(o, v)| *o = raise(*v, p));
                }
                Step::Call(function, argument) => {
                    out.iter_mut().zip(&self.columns[*argument]).for_each(|(o, v)| *o = function.value(*v));
                }
            }
            self.columns[k] = out;
        }
        &self.columns[self.steps.len() - 1]
    }

    /// The derivative of the law by the value of each step, based on the last call of `values`; and the derivatives by
    /// exponents.
    fn backward(&self, rows: usize) -> Slopes {
        let mut slopes: Vec<Vec<f64>> = vec![vec![0.0; rows]; self.steps.len()];
        let mut by_exponent = Vec::new();
        if let Some(last) = slopes.last_mut() {
            last.fill(1.0);
        }
        for k in (0..self.steps.len()).rev() {
            let outer = std::mem::take(&mut slopes[k]);
            match &self.steps[k] {
                Step::Number(_) | Step::Variable(_) => {}
                Step::Sum(members) => {
                    for &m in members {
                        slopes[m].iter_mut().zip(&outer).for_each(|(s, o)| *s += o);
                    }
                }
                Step::Product(members) => {
                    for (at, &m) in members.iter().enumerate() {
                        for row in 0..rows {
                            let mut others = outer[row];
                            for (other, &n) in members.iter().enumerate() {
                                if other != at {
                                    others *= self.columns[n][row];
                                }
                            }
                            slopes[m][row] += others;
                        }
                    }
                }
                Step::Power(base, exponent) => {
                    let p = self.numbers[*exponent];
                    let values = &self.columns[*base];
                    for row in 0..rows {
                        slopes[*base][row] += outer[row] * p * raise(values[row], p - 1.0);
                    }
                    if self.fitted.contains(exponent) {
                        let column = (0..rows).map(|r| outer[r] * self.columns[k][r] * values[r].ln()).collect();
                        by_exponent.push((*exponent, column));
                    }
                }
                Step::Call(function, argument) => {
                    for row in 0..rows {
                        slopes[*argument][row] +=
                            outer[row] * function.slope(self.columns[*argument][row], self.columns[k][row]);
                    }
                }
            }
            slopes[k] = outer;
        }
        (slopes, by_exponent)
    }

    /// The derivatives by the parameters, one column each, in the order of the parameters.
    pub(crate) fn slopes_by_parameter(&self, rows: usize) -> Vec<Vec<f64>> {
        let (mut slopes, mut by_exponent) = self.backward(rows);
        self.fitted
            .iter()
            .map(|place| {
                if let Some(at) = by_exponent.iter().position(|(p, _)| p == place) {
                    return by_exponent.swap_remove(at).1;
                }
                let step = self.steps.iter().position(|s| matches!(s, Step::Number(p) if p == place));
                step.map_or_else(|| vec![0.0; rows], |k| std::mem::take(&mut slopes[k]))
            })
            .collect()
    }

    /// The derivatives by the inputs, one column each.
    pub(crate) fn slopes_by_input(&self, inputs: usize, rows: usize) -> Vec<Vec<f64>> {
        let (slopes, _) = self.backward(rows);
        let mut out = vec![vec![0.0; rows]; inputs];
        for (step, slope) in self.steps.iter().zip(&slopes) {
            if let Step::Variable(i) = step {
                out[*i].iter_mut().zip(slope).for_each(|(o, s)| *o += s);
            }
        }
        out
    }
}

/// The value of `expr` in each row.
pub(crate) fn evaluate(expr: &Expr, inputs: &[Vec<f64>], rows: usize) -> Vec<f64> {
    let mut tape = Tape::new(expr);
    tape.values(inputs, rows);
    tape.columns.pop().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::expression::{Expr, Function, Number};
    use super::*;

    /// 2.5 · x^1.3 · sin(0.7 y) + 0.3, whose derivatives are compared with differences.
    fn law() -> Expr {
        let wave = Expr::fitted(0.7).times(Expr::Variable(1)).call(Function::Sin);
        let power = Expr::Power(Box::new(Expr::Variable(0)), Number::fitted(1.3));
        Expr::Product(vec![Expr::fitted(2.5), power, wave]).plus(Expr::fitted(0.3))
    }

    #[test]
    fn derivatives_match_differences_of_the_values() {
        let inputs = vec![vec![1.5, 2.0], vec![0.4, 3.0]];
        let expr = law();
        let mut tape = Tape::new(&expr);
        tape.values(&inputs, 2);
        let by_parameter = tape.slopes_by_parameter(2);
        let by_input = tape.slopes_by_input(2, 2);
        let step = 1e-6;
        for (k, column) in by_parameter.iter().enumerate() {
            let shifted = |by: f64| {
                let mut expr = expr.clone();
                let mut values = expr.parameters();
                values[k] += by;
                expr.set_parameters(&values);
                evaluate(&expr, &inputs, 2)
            };
            let (up, down) = (shifted(step), shifted(-step));
            for row in 0..2 {
                let expected = (up[row] - down[row]) / (2.0 * step);
                assert!((column[row] - expected).abs() < 1e-6, "parameter {k}: {} and {expected}", column[row]);
            }
        }
        for (k, column) in by_input.iter().enumerate() {
            let shifted = |by: f64| {
                let mut inputs = inputs.clone();
                inputs[k].iter_mut().for_each(|v| *v += by);
                evaluate(&expr, &inputs, 2)
            };
            let (up, down) = (shifted(step), shifted(-step));
            for row in 0..2 {
                let expected = (up[row] - down[row]) / (2.0 * step);
                assert!((column[row] - expected).abs() < 1e-6, "input {k}: {} and {expected}", column[row]);
            }
        }
    }
}
