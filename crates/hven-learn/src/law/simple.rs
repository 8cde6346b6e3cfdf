//! Proposes the simplest laws: a constant, a proportion, a straight line, a plane.
//!
//! They are cheap and the standard of comparison: without them on the front, any result would look good.

use super::expression::{Expr, Number};
use super::task::Task;

pub(crate) fn propose(task: &Task, offer: &mut impl FnMut(&Expr)) {
    offer(&Expr::fitted(task.target.iter().sum::<f64>() / task.rows().max(1) as f64));
    let inputs = task.inputs.len();
    for i in 0..inputs {
        let slope = slope_through_zero(&task.inputs[i], &task.target);
        let proportion = Expr::fitted(slope).times(Expr::Variable(i));
        offer(&proportion);
        offer(&proportion.plus(Expr::fitted(0.0)));
        if task.positive[i] {
            let power = Expr::Power(Box::new(Expr::Variable(i)), Number::fitted(1.0));
            offer(&Expr::fitted(slope).times(power));
        }
    }
    if (2..=12).contains(&inputs) {
        let terms: Vec<Expr> = (0..inputs).map(|i| Expr::fitted(1.0).times(Expr::Variable(i))).collect();
        offer(&Expr::Sum(terms.clone()));
        offer(&Expr::Sum(terms).plus(Expr::fitted(0.0)));
    }
}

fn slope_through_zero(input: &[f64], target: &[f64]) -> f64 {
    let (mut product, mut square) = (0.0, 0.0);
    for (x, y) in input.iter().zip(target) {
        product += x * y;
        square += x * x;
    }
    if square > 0.0 && product.is_finite() { product / square } else { 1.0 }
}
