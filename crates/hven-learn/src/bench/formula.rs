//! Parses the formulas of the benchmark, which are in Python's notation, to laws that can be evaluated.
//!
//! A formula may contain whole and half powers, and knows `pi`, `sqrt`, `exp`, `log`, `sin`, `cos`, `tan`,
//! `tanh`, `arcsin`, `arccos` and `arctan`.

use crate::law::{Expr, Function, Number};

/// The formula as an expression over `names`.
pub(crate) fn parse(text: &str, names: &[String]) -> Result<Expr, String> {
    let mut parser = Parser { rest: text.trim(), names };
    let expr = parser.sum()?;
    if parser.rest.is_empty() { Ok(expr) } else { Err(format!("what does {:?} mean in {text:?}?", parser.rest)) }
}

/// The law of another program, whose numbers were fitted: all numbers except exponents become parameters.
///
/// # Errors
/// The position and kind of a syntax error, for people.
pub fn law_of_text(text: &str, names: &[String]) -> Result<Expr, String> {
    let mut law = parse(text, names)?;
    free_numbers(&mut law);
    Ok(law)
}

fn free_numbers(expr: &mut Expr) {
    match expr {
        Expr::Number(number) => *number = Number::fitted(number.value),
        Expr::Variable(_) => {}
        Expr::Sum(members) | Expr::Product(members) => members.iter_mut().for_each(free_numbers),
        Expr::Power(base, _) => free_numbers(base),
        Expr::Call(_, argument) => free_numbers(argument),
    }
}

struct Parser<'a> {
    rest: &'a str,
    names: &'a [String],
}

impl Parser<'_> {
    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Result<Expr, String> {
        let mut terms = vec![self.product()?];
        loop {
            if self.take("+") {
                terms.push(self.product()?);
            } else if self.take("-") {
                terms.push(Expr::Product(vec![Expr::exact(-1.0), self.product()?]));
            } else {
                return Ok(if terms.len() == 1 { terms.remove(0) } else { Expr::Sum(terms) });
            }
        }
    }

    fn product(&mut self) -> Result<Expr, String> {
        let mut factors = vec![self.signed()?];
        loop {
            if !self.rest.starts_with("**") && self.take("*") {
                factors.push(self.signed()?);
            } else if self.take("/") {
                factors.push(self.signed()?.power(-1.0));
            } else {
                return Ok(if factors.len() == 1 { factors.remove(0) } else { Expr::Product(factors) });
            }
        }
    }

    fn signed(&mut self) -> Result<Expr, String> {
        if self.take("-") {
            return Ok(match self.signed()? {
                Expr::Number(number) => Expr::exact(-number.value),
                other => Expr::Product(vec![Expr::exact(-1.0), other]),
            });
        }
        let base = self.atom()?;
        if !self.take("**") && !self.take("^") {
            return Ok(base);
        }
        match self.signed()? {
            Expr::Number(exponent) => Ok(Expr::Power(Box::new(base), exponent)),
            _ => Err(format!("an exponent must be a number, before {:?}", self.rest)),
        }
    }

    fn argument(&mut self, of: &str) -> Result<Expr, String> {
        if !self.take("(") {
            return Err(format!("a ( is missing after {of:?}"));
        }
        let argument = self.sum()?;
        if self.take(")") { Ok(argument) } else { Err(format!("a ) is missing before {:?}", self.rest)) }
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.take("(") {
            let inner = self.sum()?;
            return if self.take(")") { Ok(inner) } else { Err(format!("a ) is missing before {:?}", self.rest)) };
        }
        let numeric = length_of_number(self.rest);
        if numeric > 0 {
            let (digits, rest) = self.rest.split_at(numeric);
            let value: f64 = digits.parse().map_err(|e| format!("{digits:?} is not a number: {e}"))?;
            self.rest = rest.trim_start();
            return Ok(Expr::Number(Number::exact(value)));
        }
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        if let Some(i) = self.names.iter().position(|n| n == word) {
            return Ok(Expr::Variable(i));
        }
        if word == "pi" {
            return Ok(Expr::exact(std::f64::consts::PI));
        }
        let function = match word {
            "sqrt" => None,
            "square" => return Ok(self.argument(word)?.power(2.0)),
            "arcsin" => Some(Function::Asin),
            "arccos" => Some(Function::Acos),
            "arctan" => Some(Function::Atan),
            other => match Function::ALL.into_iter().find(|f| f.name() == other) {
                Some(f) => Some(f),
                None => return Err(format!("{other:?} is neither a variable nor a function, before {:?}", self.rest)),
            },
        };
        let argument = self.argument(word)?;
        Ok(function.map_or_else(|| argument.clone().power(0.5), |f| argument.clone().call(f)))
    }
}

/// The length in bytes of a number at the start, such as `2`, `0.5` or `1.5e-3`.
fn length_of_number(text: &str) -> usize {
    let digits = |from: usize| text[from..].bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let mantissa = digits(0);
    let rest = &text[mantissa..];
    if mantissa == 0 || !rest.starts_with(['e', 'E']) {
        return mantissa;
    }
    let sign = usize::from(rest[1..].starts_with(['-', '+']));
    match digits(mantissa + 1 + sign) {
        0 => mantissa,
        exponent => mantissa + 1 + sign + exponent,
    }
}

#[cfg(test)]
mod tests {
    use super::{law_of_text, parse};

    fn check(text: &str, expected: f64) {
        let names = ["x".to_owned(), "y_1".to_owned()];
        let value = parse(text, &names).unwrap().value(&[2.0, 3.0]);
        assert!((value - expected).abs() < 1e-12, "{text}: {value}");
    }

    #[test]
    fn formulas_have_the_same_value_as_in_python() {
        check("1/2*x*y_1**2", 9.0);
        check("-x**2", -4.0);
        check("exp(-(x/2)**2/2)/sqrt(2*pi)", (-0.5f64).exp() / (2.0 * std::f64::consts::PI).sqrt());
        check("1/(1/x+x/y_1)", 1.0 / (0.5 + 2.0 / 3.0));
        check("x - y_1 - 1", -2.0);
        check("(x/(2*pi))*y_1", 2.0 / (2.0 * std::f64::consts::PI) * 3.0);
        check("arcsin(x/4)", 0.5f64.asin());
    }

    #[test]
    fn a_law_of_another_program_can_be_fitted_again() {
        let names = ["x".to_owned(), "y_1".to_owned()];
        let law = law_of_text("(0.5 + ((-1.5e-1) * (square(x) * (y_1 ^ 2))))", &names).unwrap();
        assert!((law.value(&[2.0, 3.0]) - (0.5 - 0.15 * 36.0)).abs() < 1e-12);
        assert_eq!(law.parameters().len(), 2);
    }

    #[test]
    fn errors_in_formulas_are_explained() {
        for text in ["x +", "foo(x)", "x ** y_1", "(x", "x 3"] {
            assert!(parse(text, &["x".to_owned(), "y_1".to_owned()]).is_err(), "{text}");
        }
    }
}
