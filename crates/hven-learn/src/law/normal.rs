//! The normal form of a law: merges like terms, moves constants to the front, resolves powers of powers.
//!
//! A search finds redundant forms (`x * sqrt(x) / 2.0 * 4.1`). The normal form is `2.05 * x^1.5`, in which no two parameters
//! have the same effect. A rule that holds only for positive values is applied only if the data are positive.

use super::expression::{Expr, Function, Number, Origin};

/// The known signs of the inputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs<'a> {
    /// For each variable, whether it is positive in every row.
    pub positive: &'a [bool],
}

impl Signs<'_> {
    pub(crate) fn normal(self, expr: &Expr) -> Expr {
        let mut current = self.pass(expr);
        for _ in 0..3 {
            let next = self.pass(&current);
            if next == current {
                break;
            }
            current = next;
        }
        current
    }

    fn pass(self, expr: &Expr) -> Expr {
        match expr {
            Expr::Number(_) | Expr::Variable(_) => expr.clone(),
            Expr::Sum(terms) => Self::sum(terms.iter().map(|t| self.pass(t)).collect()),
            Expr::Product(factors) => self.product(factors.iter().map(|f| self.pass(f)).collect()),
            Expr::Power(base, exponent) => self.power(self.pass(base), *exponent),
            Expr::Call(function, argument) => self.call(*function, self.pass(argument)),
        }
    }

    fn nonnegative(self, expr: &Expr) -> bool {
        match expr {
            Expr::Number(n) => n.value >= 0.0,
            Expr::Variable(i) => self.positive.get(*i).copied().unwrap_or(false),
            Expr::Sum(members) | Expr::Product(members) => members.iter().all(|m| self.nonnegative(m)),
            Expr::Power(base, p) => is_even(*p) || self.nonnegative(base),
            Expr::Call(function, argument) => match function {
                Function::Exp | Function::Acos => true,
                Function::Tanh | Function::Asin | Function::Atan => self.nonnegative(argument),
                _ => false,
            },
        }
    }

    fn sum(terms: Vec<Expr>) -> Expr {
        let mut constant: Option<Number> = None;
        let mut merged: Vec<(Number, Expr)> = Vec::new();
        let mut open: Vec<(Number, Expr)> = terms.into_iter().rev().map(|t| (Number::ONE, t)).collect();
        while let Some((outer, term)) = open.pop() {
            let (inner, rest) = split_coefficient(term);
            let coefficient = outer.times(inner);
            match rest {
                Expr::Number(n) => {
                    let n = n.times(coefficient);
                    constant = Some(constant.map_or(n, |c| c.plus(n)));
                }
                Expr::Sum(inner_terms) => open.extend(inner_terms.into_iter().rev().map(|t| (coefficient, t))),
                rest => match merged.iter_mut().find(|(_, e)| *e == rest) {
                    Some((total, _)) => *total = total.plus(coefficient),
                    None => merged.push((coefficient, rest)),
                },
            }
        }
        merged.retain(|(c, _)| c.value != 0.0);
        merged.sort_by(|(_, a), (_, b)| a.compare(b));
        // Positive terms come first, so that a sum seldom starts with a minus.
        merged.sort_by_key(|(c, _)| c.value < 0.0);
        let mut members: Vec<Expr> = merged.into_iter().map(|(c, e)| with_coefficient(c, e)).collect();
        if let Some(c) = constant.filter(|c| c.value != 0.0) {
            let leads = c.value > 0.0 && members.first().is_some_and(|m| split_coefficient(m.clone()).0.value < 0.0);
            let at = if leads { 0 } else { members.len() };
            members.insert(at, Expr::Number(c));
        }
        match members.len() {
            0 => Expr::exact(0.0),
            1 => members.remove(0),
            _ => Expr::Sum(members),
        }
    }

    fn product(self, factors: Vec<Expr>) -> Expr {
        let mut coefficient = Number::ONE;
        let mut merged: Vec<(Expr, Number)> = Vec::new();
        let mut exponent_of_e: Vec<Expr> = Vec::new();
        let mut open: Vec<Expr> = factors.into_iter().rev().collect();
        while let Some(factor) = open.pop() {
            match factor {
                Expr::Number(n) => coefficient = coefficient.times(n),
                Expr::Product(inner) => open.extend(inner.into_iter().rev()),
                Expr::Call(Function::Exp, argument) => exponent_of_e.push(*argument),
                Expr::Power(base, p) => merge_power(&mut merged, *base, p),
                Expr::Sum(terms) => {
                    let (c, sum) = pull_coefficient(terms);
                    coefficient = coefficient.times(c);
                    merge_power(&mut merged, sum, Number::ONE);
                }
                other => merge_power(&mut merged, other, Number::ONE),
            }
        }
        if !exponent_of_e.is_empty() {
            match self.call(Function::Exp, Self::sum(exponent_of_e)) {
                Expr::Product(parts) => {
                    for part in parts {
                        match part {
                            Expr::Number(n) => coefficient = coefficient.times(n),
                            other => merge_power(&mut merged, other, Number::ONE),
                        }
                    }
                }
                Expr::Number(n) => coefficient = coefficient.times(n),
                other => merge_power(&mut merged, other, Number::ONE),
            }
        }
        let mut members: Vec<Expr> = Vec::new();
        for (base, p) in merged {
            if p.is(0.0) {
                continue;
            }
            members.push(if p.is(1.0) { base } else { Expr::Power(Box::new(base), p) });
        }
        members.sort_by(Expr::compare);
        if coefficient.value == 0.0 {
            return Expr::exact(0.0);
        }
        if members.is_empty() {
            return Expr::Number(coefficient);
        }
        if !coefficient.is(1.0) {
            members.insert(0, Expr::Number(coefficient));
        }
        if members.len() == 1 { members.remove(0) } else { Expr::Product(members) }
    }

    fn power(self, base: Expr, p: Number) -> Expr {
        if p.is(1.0) {
            return base;
        }
        if p.is(0.0) {
            return Expr::exact(1.0);
        }
        match base {
            Expr::Number(n) if n.raised(p).value.is_finite() => Expr::Number(n.raised(p)),
            Expr::Power(inner, q) if is_whole(p) || !is_even(q) || self.nonnegative(&inner) => {
                self.power(*inner, q.times(p))
            }
            Expr::Call(Function::Exp, argument) => {
                self.call(Function::Exp, self.product(vec![Expr::Number(p), *argument]))
            }
            Expr::Sum(terms) => {
                let (c, sum) = pull_coefficient(terms);
                let (c, sum) = if c.value < 0.0 && !is_whole(p) { (negated(c), negate_sum(sum)) } else { (c, sum) };
                if c.is(1.0) || !c.raised(p).value.is_finite() {
                    let sum = if c.is(1.0) { sum } else { self.product(vec![Expr::Number(c), sum]) };
                    return Expr::Power(Box::new(sum), p);
                }
                self.product(vec![Expr::Number(c.raised(p)), Expr::Power(Box::new(sum), p)])
            }
            Expr::Product(factors) => {
                let factors = if is_whole(p) { factors } else { with_sign_in_sum(factors) };
                let (out, within): (Vec<Expr>, Vec<Expr>) =
                    factors.into_iter().partition(|f| is_whole(p) || self.nonnegative(f));
                let mut members: Vec<Expr> = out.into_iter().map(|f| self.power(f, p)).collect();
                match within.len() {
                    0 => {}
                    1 => members.extend(within.into_iter().map(|f| Expr::Power(Box::new(f), p))),
                    _ => members.push(Expr::Power(Box::new(Expr::Product(within)), p)),
                }
                if members.len() == 1 && matches!(members[0], Expr::Power(..)) {
                    return members.remove(0);
                }
                self.product(members)
            }
            other => Expr::Power(Box::new(other), p),
        }
    }

    fn call(self, function: Function, argument: Expr) -> Expr {
        match (function, argument) {
            (f, Expr::Number(n)) if f.value(n.value).is_finite() => {
                Expr::Number(Number { value: f.value(n.value), origin: n.origin })
            }
            (Function::Exp, Expr::Call(Function::Log, inner)) | (Function::Log, Expr::Call(Function::Exp, inner)) => {
                *inner
            }
            (Function::Exp, Expr::Sum(mut terms)) => {
                // exp(c + e) becomes a factor times exp(e), so that there is one constant. Logarithms become powers.
                let mut factors = Vec::new();
                terms.retain(|t| match (t, split_coefficient(t.clone())) {
                    (Expr::Number(n), _) if n.value.exp().is_finite() && n.value.exp() > 0.0 => {
                        factors.push(Expr::Number(Number { value: n.value.exp(), origin: n.origin }));
                        false
                    }
                    (_, (c, Expr::Call(Function::Log, inner))) => {
                        factors.push(self.power(*inner, c));
                        false
                    }
                    _ => true,
                });
                if factors.is_empty() {
                    return Expr::Sum(terms).call(Function::Exp);
                }
                if !terms.is_empty() {
                    factors.push(self.call(Function::Exp, Self::sum(terms)));
                }
                // The remaining exponentials have no constant term, so the recursion ends.
                if factors.iter().any(|f| matches!(f, Expr::Call(Function::Exp, _))) {
                    factors.sort_by(Expr::compare);
                    let numbers: Number = factors.iter().fold(Number::ONE, |all, f| match f {
                        Expr::Number(n) => all.times(*n),
                        _ => all,
                    });
                    factors.retain(|f| !matches!(f, Expr::Number(_)));
                    if !numbers.is(1.0) {
                        factors.insert(0, Expr::Number(numbers));
                    }
                    return if factors.len() == 1 { factors.remove(0) } else { Expr::Product(factors) };
                }
                self.product(factors)
            }
            (Function::Exp, Expr::Product(factors)) => match split_coefficient(Expr::Product(factors)) {
                (c, Expr::Call(Function::Log, inner)) => self.power(*inner, c),
                (c, rest) => with_coefficient(c, rest).call(Function::Exp),
            },
            // Only the number, because the logarithm of a quotient may be taken where those of its parts contradict the units.
            (Function::Log, Expr::Product(factors))
                if factors.iter().all(|f| self.nonnegative(f))
                    && matches!(factors[0], Expr::Number(n) if n.value > 0.0) =>
            {
                let (number, rest) = split_coefficient(Expr::Product(factors));
                Self::sum(vec![self.call(Function::Log, Expr::Number(number)), self.call(Function::Log, rest)])
            }
            (Function::Log, Expr::Power(base, p)) if self.nonnegative(&base) => {
                self.product(vec![Expr::Number(p), self.call(Function::Log, *base)])
            }
            // Odd and even functions: the sign moves out or vanishes.
            (f @ (Function::Sin | Function::Tan | Function::Tanh | Function::Asin | Function::Atan), argument) => {
                match split_coefficient(argument) {
                    (c, rest) if c.value < 0.0 => {
                        self.product(vec![Expr::exact(-1.0), with_coefficient(negated(c), rest).call(f)])
                    }
                    (c, rest) => with_coefficient(c, rest).call(f),
                }
            }
            (Function::Cos, argument) => {
                let (c, rest) = split_coefficient(argument);
                with_coefficient(Number { value: c.value.abs(), ..c }, rest).call(Function::Cos)
            }
            (f, argument) => argument.call(f),
        }
    }
}

/// −1/(b − a) as 1/(a − b), because a root of a negative number times a negative sum has no plain factors.
fn with_sign_in_sum(mut factors: Vec<Expr>) -> Vec<Expr> {
    let number = factors.iter().position(|f| matches!(f, Expr::Number(n) if n.value < 0.0));
    let sum = factors.iter().position(|f| match f {
        Expr::Sum(_) => true,
        Expr::Power(base, q) => is_whole(*q) && !is_even(*q) && matches!(**base, Expr::Sum(_)),
        _ => false,
    });
    if let (Some(number), Some(sum)) = (number, sum) {
        factors[sum] = match &factors[sum] {
            Expr::Power(base, q) => Expr::Power(Box::new(negate_sum((**base).clone())), *q),
            other => negate_sum(other.clone()),
        };
        if let Expr::Number(n) = factors[number] {
            factors[number] = Expr::Number(negated(n));
        }
    }
    factors
}

fn is_whole(p: Number) -> bool {
    p.origin == Origin::Form && p.value.fract() == 0.0
}

fn is_even(p: Number) -> bool {
    is_whole(p) && p.value % 2.0 == 0.0
}

fn negated(n: Number) -> Number {
    Number { value: -n.value, ..n }
}

fn merge_power(merged: &mut Vec<(Expr, Number)>, base: Expr, p: Number) {
    match merged.iter_mut().find(|(b, _)| *b == base) {
        Some((_, total)) => *total = total.plus(p),
        None => merged.push((base, p)),
    }
}

/// Splits a term into a coefficient and the rest; a bare number is the rest, with coefficient one.
pub(crate) fn split_coefficient(expr: Expr) -> (Number, Expr) {
    match expr {
        Expr::Product(mut factors) => match factors.first() {
            Some(Expr::Number(n)) => {
                let n = *n;
                factors.remove(0);
                let rest = if factors.len() == 1 { factors.remove(0) } else { Expr::Product(factors) };
                (n, rest)
            }
            _ => (Number::ONE, Expr::Product(factors)),
        },
        other => (Number::ONE, other),
    }
}

pub(crate) fn with_coefficient(c: Number, rest: Expr) -> Expr {
    if c.is(1.0) {
        return rest;
    }
    match rest {
        Expr::Number(n) => Expr::Number(n.times(c)),
        Expr::Product(mut factors) => {
            factors.insert(0, Expr::Number(c));
            Expr::Product(factors)
        }
        other => Expr::Product(vec![Expr::Number(c), other]),
    }
}

/// A sum as a coefficient and a sum in which one term has coefficient 1: the choice that leaves the fewest numbers.
fn pull_coefficient(terms: Vec<Expr>) -> (Number, Expr) {
    let split: Vec<(Number, Expr)> = terms
        .into_iter()
        .map(|t| match t {
            Expr::Number(n) => (n, Expr::exact(1.0)),
            other => split_coefficient(other),
        })
        .collect();
    let plain = |n: Number| (n.value.abs() - 1.0).abs() < 1e-9;
    let mut best = (usize::MAX, Number::ONE);
    for (c, _) in &split {
        let c = Number { value: c.value.abs(), ..*c };
        let left = split.iter().filter(|(d, _)| !plain(Number { value: d.value / c.value, ..*d })).count();
        if left < best.0 {
            best = (left, c);
        }
    }
    // A sum of negative terms only becomes the negative of a sum of positive ones.
    let sign = if split.iter().all(|(c, _)| c.value < 0.0) { -1.0 } else { 1.0 };
    let by = Number { value: sign * best.1.value, ..best.1 };
    if by.is(1.0) || by.value == 0.0 || !by.value.is_finite() {
        return (Number::ONE, Expr::Sum(split.into_iter().map(|(c, e)| with_coefficient(c, e)).collect()));
    }
    let mut pulled = false;
    let terms = split
        .into_iter()
        .map(|(c, e)| {
            // One term's parameter moves out; another term whose quotient is ±1 keeps no parameter only if it belongs to the form.
            let size = by.value.abs();
            let same = (c.value.abs() - size).abs() <= 1e-12 * size && (!pulled || c.origin == Origin::Form);
            let quotient = if same {
                pulled = true;
                Number::exact(c.value.signum() * by.value.signum())
            } else {
                Number { value: c.value / by.value, origin: c.origin.max(by.origin) }
            };
            with_coefficient(quotient, e)
        })
        .collect();
    (by, Expr::Sum(terms))
}

fn negate_sum(sum: Expr) -> Expr {
    match sum {
        Expr::Sum(terms) => Expr::Sum(
            terms
                .into_iter()
                .map(|t| match t {
                    Expr::Number(n) => Expr::Number(negated(n)),
                    other => {
                        let (c, rest) = split_coefficient(other);
                        with_coefficient(negated(c), rest)
                    }
                })
                .collect(),
        ),
        other => other,
    }
}
