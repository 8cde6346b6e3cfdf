//! Other spellings of a law that need fewer symbols or constants.
//!
//! A reduction by symmetry gives `ω⁴ (1 − (v/ω)²)²` where a reader writes `(ω² − v²)²`, and least squares gives
//! `0.67 (x + 1.5) / (1 − 0.33 x)` where `1 + x / (1 − 0.33 x)` needs one constant. The data alone cannot tell such spellings
//! apart, but the shortest description can: without them, a formula that is only nearly right may look simpler than the law.

use super::expression::{Expr, Number, Origin};
use super::normal::{Signs, split_coefficient};

/// The law with denominators within its sums multiplied out, where that makes it shorter.
pub(crate) fn cleared(expr: &Expr, signs: Signs<'_>) -> Expr {
    let mut best = match expr {
        // A factor is changed together with the other factors.
        Expr::Product(members) => Expr::Product(members.iter().map(|m| cleared_within(m, signs)).collect()),
        other => cleared_within(other, signs),
    };
    loop {
        let factors = match &best {
            Expr::Product(factors) => factors.clone(),
            Expr::Power(..) => vec![best.clone()],
            _ => return best,
        };
        let mut shorter: Option<Expr> = None;
        for variable in best.variables() {
            for only in sums_of(&factors, variable) {
                let Some(next) = multiplied_out(&factors, variable, &only, signs) else { continue };
                let next = signs.normal(&next);
                if next.complexity() < shorter.as_ref().unwrap_or(&best).complexity() {
                    shorter = Some(next);
                }
            }
        }
        match shorter {
            Some(next) => best = next,
            None => return best,
        }
    }
}

/// The same for the parts of a law, but not for the whole.
fn cleared_within(expr: &Expr, signs: Signs<'_>) -> Expr {
    match expr {
        Expr::Number(_) | Expr::Variable(_) => expr.clone(),
        Expr::Sum(members) => Expr::Sum(members.iter().map(|m| cleared(m, signs)).collect()),
        Expr::Product(members) => Expr::Product(members.iter().map(|m| cleared_within(m, signs)).collect()),
        Expr::Power(base, p) => match &**base {
            Expr::Sum(_) => Expr::Power(Box::new(cleared_within(base, signs)), *p),
            base => Expr::Power(Box::new(cleared(base, signs)), *p),
        },
        Expr::Call(function, argument) => cleared(argument, signs).call(*function),
    }
}

/// The sets of factors whose sums are multiplied out together: each one, and all.
fn sums_of(factors: &[Expr], variable: usize) -> Vec<Vec<usize>> {
    let has = |k: &usize| as_sum(&factors[*k]).is_some_and(|(terms, _)| least_exponent(terms, variable) < 0.0);
    let all: Vec<usize> = (0..factors.len()).filter(has).collect();
    let mut sets: Vec<Vec<usize>> = all.iter().map(|&k| vec![k]).collect();
    if all.len() > 1 {
        sets.push(all);
    }
    sets
}

fn as_sum(factor: &Expr) -> Option<(&[Expr], f64)> {
    match factor {
        Expr::Sum(terms) => Some((terms, 1.0)),
        Expr::Power(base, p) if p.origin == Origin::Form => match &**base {
            Expr::Sum(terms) => Some((terms, p.value)),
            _ => None,
        },
        _ => None,
    }
}

fn exponent_in(term: &Expr, variable: usize) -> f64 {
    match term {
        Expr::Variable(i) if *i == variable => 1.0,
        Expr::Power(base, p) if p.origin == Origin::Form && **base == Expr::Variable(variable) => p.value,
        Expr::Product(factors) => factors.iter().map(|f| exponent_in(f, variable)).sum(),
        _ => 0.0,
    }
}

fn least_exponent(terms: &[Expr], variable: usize) -> f64 {
    terms.iter().map(|term| exponent_in(term, variable)).fold(f64::INFINITY, f64::min)
}

/// x^p · S^r = x^(p − q r) · (x^q S)^r, where q is the highest power of x below a line in the sum S.
fn multiplied_out(factors: &[Expr], variable: usize, sums: &[usize], signs: Signs<'_>) -> Option<Expr> {
    let x = |p: f64| Expr::Variable(variable).power(p);
    let mut out = Vec::with_capacity(factors.len() + 1);
    for (k, factor) in factors.iter().enumerate() {
        let Some((terms, r)) = as_sum(factor).filter(|_| sums.contains(&k)) else {
            out.push(factor.clone());
            continue;
        };
        if r.fract() != 0.0 && !signs.positive.get(variable).copied().unwrap_or(false) {
            return None;
        }
        let q = -least_exponent(terms, variable);
        let sum = Expr::Sum(terms.iter().map(|term| term.clone().times(x(q))).collect());
        out.push(sum.power(r));
        out.push(x(-q * r));
    }
    Some(Expr::Product(out))
}

/// Other spellings with as many constants: a quotient of two sums of the same terms as a constant and a quotient.
pub(crate) fn spellings(expr: &Expr, signs: Signs<'_>) -> Vec<Expr> {
    let Expr::Product(factors) = expr else { return Vec::new() };
    let mut found = Vec::new();
    for (above_at, above) in factors.iter().enumerate() {
        for (below_at, below) in factors.iter().enumerate() {
            let (Expr::Sum(above), Some((below, p))) = (above, as_sum(below)) else { continue };
            if !Number::exact(p).is(-1.0) {
                continue;
            }
            let Some(((n0, n1), (d0, d1), term)) = linear_pair(above, below) else { continue };
            let others: Vec<Expr> =
                (0..factors.len()).filter(|k| *k != above_at && *k != below_at).map(|k| factors[k].clone()).collect();
            let below = Expr::Sum(below.to_vec());
            let fitted = Expr::fitted;
            let quotients = [
                fitted(n1 / d1).plus(fitted(n0 - n1 * d0 / d1).over(below.clone())),
                fitted(n0 / d0).plus(fitted(n1 - n0 * d1 / d0).times(term).over(below)),
            ];
            for quotient in quotients {
                let (number, rest): (Vec<Expr>, Vec<Expr>) =
                    others.iter().cloned().partition(|f| matches!(f, Expr::Number(_)));
                let Expr::Sum(terms) = quotient else { continue };
                // The number before the product goes into the terms, so that each has one constant.
                let terms =
                    terms.into_iter().map(|t| Expr::Product(number.iter().cloned().chain([t]).collect())).collect();
                let inner = signs.normal(&Expr::Sum(terms));
                found.push(signs.normal(&Expr::Product(rest.into_iter().chain([inner]).collect())));
            }
        }
    }
    found
}

/// Two sums n₀ + n₁ t and d₀ + d₁ t of one term t: the numbers and the term.
#[allow(clippy::type_complexity)]
fn linear_pair(above: &[Expr], below: &[Expr]) -> Option<((f64, f64), (f64, f64), Expr)> {
    let split = |terms: &[Expr]| -> Option<(f64, f64, Expr)> {
        let [a, b] = terms else { return None };
        let (number, term) = match (a, b) {
            (Expr::Number(n), term) | (term, Expr::Number(n)) => (n.value, term.clone()),
            _ => return None,
        };
        let (coefficient, rest) = split_coefficient(term);
        Some((number, coefficient.value, rest))
    };
    let ((n0, n1, above), (d0, d1, below)) = (split(above)?, split(below)?);
    (above == below && d0 != 0.0 && d1 != 0.0).then_some(((n0, n1), (d0, d1), above))
}

/// How near to one a fitted number must be to be tried as one.
const NEAR_ONE: f64 = 0.15;

/// The law with one of its fitted numbers replaced: a number near one by one, any other by zero.
pub(crate) fn with_one_constant_fewer(expr: &Expr, signs: Signs<'_>) -> Vec<Expr> {
    let parameters = expr.parameters();
    let mut found = Vec::new();
    for (k, value) in parameters.iter().enumerate() {
        let near = (value.abs() - 1.0).abs() < NEAR_ONE;
        for plain in [near.then(|| value.signum()), Some(0.0)].into_iter().flatten() {
            let mut trial = expr.clone();
            let mut at = 0;
            trial.numbers_mut(&mut |n| {
                if n.is_fitted() {
                    if at == k {
                        *n = Number::exact(plain);
                    }
                    at += 1;
                }
            });
            let trial = signs.normal(&trial);
            if !trial.variables().is_empty() && !found.contains(&trial) {
                found.push(trial);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn x(i: usize) -> Expr {
        Expr::Variable(i)
    }

    fn check(expr: &Expr, expected: &str) {
        let signs = Signs { positive: &[true, true, true, true] };
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(super::super::print::text(&cleared(&signs.normal(expr), signs), &names), expected);
    }

    #[test]
    fn denominators_within_sums_are_multiplied_out() {
        let one_minus = |ratio: Expr| Expr::exact(1.0).minus(ratio);
        let square = |expr: Expr| expr.power(2.0);
        check(&x(0).power(4.0).times(square(one_minus(square(x(1).over(x(0)))))), "(a^2 - b^2)^2");
        check(&x(0).times(x(1)).times(one_minus(x(2).over(x(0).times(x(1))))), "a * b - c");
        let above = x(1).times(x(2)).over(x(0).times(x(3))).plus(Expr::exact(1.0));
        let below = x(1).over(x(0)).plus(Expr::exact(1.0));
        check(&x(3).times(above).over(below), "(a * d + b * c) / (a + b)");
        // No shorter, so it stays.
        check(&x(2).times(one_minus(x(1).over(x(0))).power(-0.5)), "c / sqrt(1 - b / a)");
    }

    #[test]
    fn a_quotient_is_split_into_a_constant_and_a_rest() {
        let signs = Signs { positive: &[true] };
        let law = Expr::fitted(0.7)
            .times(x(0).plus(Expr::fitted(1.5)))
            .over(Expr::exact(1.0).minus(Expr::fitted(0.3).times(x(0))));
        let found = spellings(&signs.normal(&law), signs);
        assert_eq!(found.len(), 2);
        for other in found {
            for value in [0.2, 1.0, 2.5] {
                assert!((other.value(&[value]) / law.value(&[value]) - 1.0).abs() < 1e-12, "{other:?}");
            }
        }
    }

    #[test]
    fn a_number_near_one_is_tried_as_one() {
        let signs = Signs { positive: &[true] };
        let law = Expr::fitted(1.02).times(x(0)).plus(Expr::fitted(0.4));
        let found = with_one_constant_fewer(&law, signs);
        assert!(found.contains(&signs.normal(&x(0).plus(Expr::fitted(0.4)))), "{found:?}");
        assert!(found.contains(&signs.normal(&Expr::fitted(1.02).times(x(0)))), "{found:?}");
    }
}
