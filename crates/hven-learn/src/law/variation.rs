//! Small changes of a law: another function, another power, an input more or less.
//!
//! When a search has found a formula that is nearly right, such as x / (1 − 0.53 u²) for x / √(1 − u²), the law is often one
//! change away. All these changes are tried, and the length of the description decides.

use super::expression::{Expr, Function, Number, Origin};
use super::normal::{Signs, split_coefficient};

/// The powers that are tried for a part of a law.
const POWERS: [f64; 7] = [1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0];
const FUNCTIONS: [Function; 6] =
    [Function::Exp, Function::Sin, Function::Cos, Function::Tanh, Function::Log, Function::Asin];

/// All laws that are one change away, in normal form.
pub(crate) fn variations(law: &Expr, signs: Signs<'_>) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    let mut add = |changed: Expr| {
        let changed = signs.normal(&changed);
        if changed != *law && !changed.variables().is_empty() && !found.contains(&changed) {
            found.push(changed);
        }
    };
    let inputs = signs.positive.len();
    each(law, true, &mut |part, outermost, put| {
        for changed in of_part(part, outermost, inputs) {
            add(put(changed));
        }
    });
    found
}

/// Gets a part of a law, whether it is the whole law, and a function that puts another part in its place.
type Visit<'a> = dyn FnMut(&Expr, bool, &dyn Fn(Expr) -> Expr) + 'a;

/// Calls `visit` with each part of a law, whether it is the whole law, and a function that puts another part in its place.
fn each(law: &Expr, outermost: bool, visit: &mut Visit<'_>) {
    visit(law, outermost, &|changed| changed);
    match law {
        Expr::Number(_) | Expr::Variable(_) => {}
        Expr::Sum(members) | Expr::Product(members) => {
            for k in 0..members.len() {
                each(&members[k], false, &mut |part, _, put| {
                    visit(part, false, &|changed| {
                        let mut all = members.clone();
                        all[k] = put(changed);
                        if matches!(law, Expr::Sum(_)) { Expr::Sum(all) } else { Expr::Product(all) }
                    });
                });
            }
        }
        Expr::Power(base, p) => each(base, false, &mut |part, _, put| {
            visit(part, false, &|changed| Expr::Power(Box::new(put(changed)), *p));
        }),
        Expr::Call(function, argument) => each(argument, false, &mut |part, _, put| {
            visit(part, false, &|changed| put(changed).call(*function));
        }),
    }
}

fn of_part(part: &Expr, outermost: bool, inputs: usize) -> Vec<Expr> {
    let mut found = Vec::new();
    match part {
        Expr::Number(_) => {}
        Expr::Variable(i) => {
            found.extend((0..inputs).filter(|k| k != i).map(Expr::Variable));
            found.extend([2.0, 0.5].map(|p| part.clone().power(p)));
        }
        Expr::Power(base, p) if p.origin == Origin::Form => {
            let step = if matches!(**base, Expr::Variable(_)) {
                [p.value - 1.0, p.value + 1.0, p.value]
            } else {
                [p.value; 3]
            };
            let powers = POWERS.into_iter().chain(step).filter(|q| *q != 0.0 && (q - p.value).abs() > 1e-9);
            found.extend(powers.map(|q| (**base).clone().power(q)));
            if !matches!(**base, Expr::Variable(_)) {
                for function in FUNCTIONS {
                    found.push(scaled_call(function, base));
                }
            }
        }
        Expr::Power(..) => {}
        Expr::Sum(terms) => {
            found.extend([-1.0, 0.5, -0.5, 2.0].map(|p| part.clone().power(p)));
            for k in 0..terms.len() {
                let mut fewer = terms.clone();
                fewer.remove(k);
                found.push(Expr::Sum(fewer));
            }
            if !terms.iter().any(|term| matches!(term, Expr::Number(_))) {
                found.push(part.clone().plus(Expr::fitted(0.1)));
            }
            found.extend(with_squared_differences(terms));
        }
        Expr::Product(factors) => {
            for k in 0..factors.len() {
                let mut fewer = factors.clone();
                fewer.remove(k);
                found.push(Expr::Product(fewer));
            }
            if outermost {
                for i in 0..inputs {
                    found.extend([1.0, -1.0].map(|p| part.clone().times(Expr::Variable(i).power(p))));
                }
            }
        }
        Expr::Call(function, argument) => {
            let others = FUNCTIONS.into_iter().filter(|other| other != function);
            found.extend(others.map(|other| scaled_call(other, argument)));
            found.push((**argument).clone());
            // An even function begins with a square.
            let power = if *function == Function::Cos { 2.0 } else { 1.0 };
            for p in [-1.0, -0.5, 0.5, 1.0] {
                let shifted = Expr::fitted(1.0).plus(Expr::fitted(-0.5).times((**argument).clone().power(power)));
                found.push(shifted.power(p));
            }
        }
    }
    if !matches!(part, Expr::Number(_)) && outermost {
        found.push(part.clone().plus(Expr::fitted(0.1)));
        found.push(Expr::fitted(1.0).times(part.clone()));
    }
    found
}

/// A sum in which the squares of two variables and their product become the square of their difference or sum.
fn with_squared_differences(terms: &[Expr]) -> Vec<Expr> {
    let plain: Vec<(Number, Expr)> = terms.iter().map(|term| split_coefficient(term.clone())).collect();
    let variables = Expr::Sum(terms.to_vec()).variables();
    let mut found = Vec::new();
    for (k, &i) in variables.iter().enumerate() {
        for &j in &variables[k + 1..] {
            let square = |i: usize| Expr::Variable(i).power(2.0);
            let product = Expr::Variable(i).times(Expr::Variable(j));
            let joined = [square(i), square(j), product];
            if plain.iter().filter(|(_, rest)| joined.contains(rest)).count() < 2 {
                continue;
            }
            let others =
                || terms.iter().zip(&plain).filter(|(_, (_, rest))| !joined.contains(rest)).map(|(t, _)| t.clone());
            let (x, y) = (Expr::Variable(i), Expr::Variable(j));
            for both in [x.clone().minus(y.clone()), x.plus(y)] {
                found.push(Expr::Sum(others().chain([Expr::fitted(1.0).times(both.power(2.0))]).collect()));
            }
        }
    }
    found
}

/// A number times a function of the argument, whose own number is fitted if it has none.
fn scaled_call(function: Function, argument: &Expr) -> Expr {
    Expr::Number(Number::fitted(1.0)).times(argument.clone().call(function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_one_change_away_is_among_the_variations() {
        let x = |i: usize| Expr::Variable(i);
        let signs = Signs { positive: &[true, true] };
        let with = |p: f64| {
            signs.normal(&x(0).times(Expr::exact(1.0).minus(Expr::fitted(0.5).times(x(1).power(2.0))).power(p)))
        };
        assert!(variations(&with(-1.0), signs).contains(&with(-0.5)));
        let wave = |function: Function| signs.normal(&x(0).times(Expr::fitted(2.0).times(x(1)).call(function)));
        assert!(
            variations(&wave(Function::Sin), signs)
                .contains(&signs.normal(&Expr::fitted(1.0).times(wave(Function::Tanh))))
        );
        assert!(variations(&x(0).times(x(1).power(2.0)), signs).contains(&signs.normal(&x(0).times(x(1)))));
    }
}
