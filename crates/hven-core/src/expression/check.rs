//! Resolves names, and checks types and units.
//!
//! The rules of units: `+`, `-`, comparisons, `min` and `max` need equal dimensions and convert; `*`, `/`, `^` and `sqrt`
//! compute the unit; all other operations need plain numbers or angles. A number without unit cannot be combined with a number
//! that has a unit; 0 alone is 0 in every unit.

use super::{
    Arithmetic, Compare, Context, Expression, Function, Kind, Scope, SyntaxNode, Type,
    common_type::{alike, comparable, converted, plain},
    print,
    scope::found,
    typed::{Aggregate, Sort, Typed, What},
};
use crate::{
    Unit,
    diagnostic::Diagnostic,
    nearest::suggestion,
    unit::{Dimension, Rational, UnitError},
};

type Result<T> = std::result::Result<T, Diagnostic>;

/// An expression with resolved names and consistent units: it can be evaluated.
#[derive(Clone, Debug)]
pub struct Checked {
    pub(super) expression: Expression,
    pub(super) context: Context,
    pub(super) names: Vec<(String, Type)>,
    pub(super) aggregates: Vec<Aggregate>,
    pub(super) root: Typed,
}

impl Checked {
    pub fn expression(&self) -> &Expression {
        &self.expression
    }
    pub fn context(&self) -> Context {
        self.context
    }
    /// The type of its value.
    pub fn type_of(&self) -> &Type {
        &self.root.type_
    }
    /// The names that it needs, in the order in which the columns are passed.
    pub fn names(&self) -> &[(String, Type)] {
        &self.names
    }
    /// Checks that it is a condition: true or false.
    pub fn condition(self) -> Result<Self> {
        if self.root.type_ == Type::Bool {
            return Ok(self);
        }
        let message = format!("a condition is wanted; this is {}", self.root.type_);
        Err(Diagnostic::new(self.root.span, message).help("compare it with something, as in `x < 5`"))
    }
}

impl Expression {
    /// Resolves names and checks types and units.
    pub fn check(&self, scope: &dyn Scope) -> Result<Checked> {
        check(self, scope)
    }
}

fn check(expression: &Expression, scope: &dyn Scope) -> Result<Checked> {
    let context = scope.context();
    let mut checker = Checker { scope, context, names: Vec::new(), aggregates: Vec::new(), in_rows: false };
    let mut root = checker.node(expression.root())?;
    if context == Context::Table && root.any(&|part| matches!(part.what, What::Name(_))) {
        root = checker.for_all_rows(root)?;
    }
    Ok(Checked { expression: expression.clone(), context, names: checker.names, aggregates: checker.aggregates, root })
}

struct Checker<'a> {
    scope: &'a dyn Scope,
    context: Context,
    names: Vec<(String, Type)>,
    aggregates: Vec<Aggregate>,
    /// Whether the current part is inside an aggregate.
    in_rows: bool,
}

impl Checker<'_> {
    /// Where a condition of the whole table is needed, a condition of one row applies to all rows.
    fn for_all_rows(&mut self, root: Typed) -> Result<Typed> {
        if let Some(aggregate) = self.aggregates.first() {
            let message = "a value of a row and a value of the whole table cannot be combined";
            return Err(Diagnostic::new(aggregate.span.clone(), message)
                .help("write the part for every row in `all(…)`, without aggregates"));
        }
        if root.type_ != Type::Bool {
            let message = format!("a check is a condition; this is {} in every row", root.type_);
            return Err(Diagnostic::new(root.span, message).help("compare it with something, as in `x > 0`"));
        }
        let span = root.span.clone();
        let function = Function::All;
        self.aggregates.push(Aggregate {
            function,
            arguments: vec![root],
            parameter: 0.0,
            span: span.clone(),
            type_: Type::Bool,
        });
        Ok(Typed { what: What::Aggregate(0), type_: Type::Bool, span, constant: None })
    }

    fn node(&mut self, node: &SyntaxNode) -> Result<Typed> {
        let span = node.span.clone();
        let mut constant = None;
        let (what, type_) = match &node.kind {
            Kind::Number { value, unit } => {
                constant = Some(*value);
                (What::Number(*value), Type::Number { unit: unit.clone() })
            }
            Kind::Text(text) => (What::Text(text.clone()), Type::Text),
            Kind::Bool(value) => (What::Bool(*value), Type::Bool),
            Kind::Name(name) => self.name(name, node)?,
            Kind::Negate(one) => {
                let one = self.number(one)?;
                constant = one.constant.map(|value| -value);
                let type_ = one.type_.clone();
                (What::Negate(Box::new(one)), type_)
            }
            Kind::Not(one) => (What::Not(Box::new(self.condition(one)?)), Type::Bool),
            Kind::And(parts) => (What::And(self.conditions(parts)?), Type::Bool),
            Kind::Or(parts) => (What::Or(self.conditions(parts)?), Type::Bool),
            Kind::Arithmetic(operator, one, other) => return self.arithmetic(*operator, one, other, node),
            Kind::Compare(operator, one, other) => {
                let (one, other) = (self.node(one)?, self.node(other)?);
                let (one, other) = alike(one, other)?;
                let sort = Sort::of(&one.type_);
                if sort == Sort::Bool && !matches!(operator, Compare::Equal | Compare::NotEqual) {
                    return Err(Diagnostic::new(span, "true and false have no order").help("compare with == or !="));
                }
                (What::Compare(*operator, sort, Box::new(one), Box::new(other)), Type::Bool)
            }
            Kind::Like { text, part, negated } => {
                let (text, part) = (Box::new(self.text(text)?), Box::new(self.text(part)?));
                (What::Like { text, part, negated: *negated }, Type::Bool)
            }
            Kind::In { value, list, negated } => {
                let value = self.node(value)?;
                let mut members = Vec::new();
                for member in list {
                    let member = self.node(member)?;
                    members.push(comparable(&value, member)?);
                }
                (What::In { value: Box::new(value), list: members, negated: *negated }, Type::Bool)
            }
            Kind::Between { value, low, high, negated } => {
                let value = self.node(value)?;
                let sort = Sort::of(&value.type_);
                if sort == Sort::Bool {
                    return Err(Diagnostic::new(value.span, "true and false have no order"));
                }
                let (low, high) = (self.node(low)?, self.node(high)?);
                let (low, high) = (Box::new(comparable(&value, low)?), Box::new(comparable(&value, high)?));
                (What::Between { sort, value: Box::new(value), low, high, negated: *negated }, Type::Bool)
            }
            Kind::IsMissing { value, negated } => {
                (What::IsMissing { value: Box::new(self.node(value)?), negated: *negated }, Type::Bool)
            }
            Kind::Call(function, arguments) if function.is_of_rows(arguments.len()) => {
                return self.aggregate(*function, arguments, node);
            }
            Kind::Call(function, arguments) => return self.call(*function, arguments, node),
        };
        Ok(Typed { what, type_, span, constant })
    }

    fn name(&mut self, name: &str, node: &SyntaxNode) -> Result<(What, Type)> {
        if let Some(place) = self.names.iter().position(|(known, _)| known == name) {
            return Ok((What::Name(place), self.names[place].1.clone()));
        }
        let Some((name, type_)) = found(self.scope, name) else {
            let unknown =
                Diagnostic::new(node.span.clone(), format!("there is no {} `{name}`", self.context.name_noun()));
            let names = self.scope.names();
            let shown: Vec<String> = names.iter().map(|name| print::name(name)).collect();
            return Err(match suggestion(name, names.iter().map(String::as_str)) {
                Some(help) => unknown.help(help),
                None if shown.is_empty() => unknown,
                None if shown.len() <= 12 => unknown.help(format!("there are {}", shown.join(", "))),
                None => unknown.help(format!("there are {}, … ({} in all)", shown[..12].join(", "), shown.len())),
            });
        };
        let place = self.names.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            self.names.push((name, type_.clone()));
            self.names.len() - 1
        });
        Ok((What::Name(place), type_))
    }

    fn number(&mut self, node: &SyntaxNode) -> Result<Typed> {
        let typed = self.node(node)?;
        if typed.type_.is_number() {
            return Ok(typed);
        }
        Err(Diagnostic::new(typed.span, format!("a number is wanted here; this is {}", typed.type_)))
    }
    fn text(&mut self, node: &SyntaxNode) -> Result<Typed> {
        let typed = self.node(node)?;
        if typed.type_ == Type::Text {
            return Ok(typed);
        }
        Err(Diagnostic::new(typed.span, format!("a text is wanted here; this is {}", typed.type_)))
    }
    fn condition(&mut self, node: &SyntaxNode) -> Result<Typed> {
        let typed = self.node(node)?;
        if typed.type_ == Type::Bool {
            return Ok(typed);
        }
        let wrong = Diagnostic::new(typed.span, format!("a condition is wanted here; this is {}", typed.type_));
        Err(wrong.help("compare it with something, as in `x < 5`"))
    }
    fn conditions(&mut self, nodes: &[SyntaxNode]) -> Result<Vec<Typed>> {
        nodes.iter().map(|node| self.condition(node)).collect()
    }

    fn arithmetic(
        &mut self,
        operator: Arithmetic,
        one: &SyntaxNode,
        other: &SyntaxNode,
        node: &SyntaxNode,
    ) -> Result<Typed> {
        let span = node.span.clone();
        let (one, other) = (self.node(one)?, self.node(other)?);
        let constant = one.constant.zip(other.constant).map(|(a, b)| super::operations::arithmetic(operator, a, b));
        let constant = constant.filter(|value| value.is_finite());
        let typed = |what, unit| Typed { what, type_: Type::Number { unit }, span: span.clone(), constant };
        if (&one.type_, &other.type_, operator) == (&Type::Time, &Type::Time, Arithmetic::Subtract) {
            let second = Unit::parse("s").ok();
            return Ok(Typed { constant: None, ..typed(What::TimeSince(Box::new(one), Box::new(other)), second) });
        }
        if one.type_ == Type::Time && matches!(operator, Arithmetic::Add | Arithmetic::Subtract) {
            return time_shifted(one, other, operator, node);
        }
        for side in [&one, &other] {
            if !side.type_.is_number() {
                let message = format!("`{}` goes with numbers; this is {}", operator.as_str(), side.type_);
                return Err(Diagnostic::new(side.span.clone(), message));
            }
        }
        let out_of_range = |error: UnitError| Diagnostic::new(span.clone(), error.to_string());
        let (one, other, unit) = match operator {
            Arithmetic::Add | Arithmetic::Subtract => {
                let (one, other) = alike(one, other)?;
                let unit = one.unit().or(other.unit()).cloned();
                (one, other, unit)
            }
            Arithmetic::Multiply | Arithmetic::Divide => {
                let divide = operator == Arithmetic::Divide;
                let unit = match (one.unit(), other.unit()) {
                    (None, None) => None,
                    (Some(unit), None) => Some(unit.clone()),
                    (None, Some(unit)) if divide => Some(unit.inverse().map_err(out_of_range)?),
                    (None, Some(unit)) => Some(unit.clone()),
                    (Some(a), Some(b)) if divide => Some(a.divide(b).map_err(out_of_range)?),
                    (Some(a), Some(b)) => Some(a.multiply(b).map_err(out_of_range)?),
                };
                // km over m is a plain number; its value is a thousand times the quotient.
                let cancelled = unit.as_ref().is_some_and(Unit::is_dimensionless)
                    && [&one, &other].into_iter().all(|side| side.unit().is_some_and(|unit| !unit.is_dimensionless()));
                if let (true, Some(unit)) = (cancelled, &unit) {
                    let quotient =
                        typed(What::Arithmetic(operator, Box::new(one), Box::new(other)), Some(unit.clone()));
                    return plain(quotient);
                }
                (one, other, unit)
            }
            Arithmetic::Power => power(one, other, &span)?,
        };
        Ok(typed(What::Arithmetic(operator, Box::new(one), Box::new(other)), unit))
    }

    fn call(&mut self, function: Function, arguments: &[SyntaxNode], node: &SyntaxNode) -> Result<Typed> {
        let span = node.span.clone();
        let typed = |arguments, type_| Typed {
            what: What::Call(function, arguments),
            type_,
            span: span.clone(),
            constant: None,
        };
        match function {
            Function::Abs | Function::Round | Function::Floor | Function::Ceil => {
                let one = self.number(&arguments[0])?;
                let type_ = one.type_.clone();
                Ok(typed(vec![one], type_))
            }
            Function::Sqrt => {
                let one = self.number(&arguments[0])?;
                let half = Rational::new(1, 2).map_err(|error| Diagnostic::new(span.clone(), error.to_string()))?;
                let unit = one.unit().map(|unit| unit.power(half)).transpose();
                let unit = unit.map_err(|error| Diagnostic::new(span.clone(), error.to_string()))?;
                Ok(typed(vec![one], Type::Number { unit }))
            }
            Function::Min | Function::Max => self.extreme(arguments, &typed),
            Function::Length => Ok(typed(vec![self.text(&arguments[0])?], Type::NUMBER)),
            Function::Lower => Ok(typed(vec![self.text(&arguments[0])?], Type::Text)),
            Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
                Ok(typed(vec![self.text(&arguments[0])?, self.text(&arguments[1])?], Type::Bool))
            }
            _ => {
                let one = self.number(&arguments[0])?;
                let message = format!("`{}` takes a plain number; this is {}", function.as_str(), one.type_);
                let wrong = Diagnostic::new(one.span.clone(), message);
                let help = one.unit().map(|unit| format!("divide by a unit first, as in `x / 1 [{unit}]`"));
                let one = plain(one).map_err(|_| match help {
                    Some(help) => wrong.help(help),
                    None => wrong,
                })?;
                Ok(typed(vec![one], Type::NUMBER))
            }
        }
    }

    /// `min` and `max` of several values, all in the unit of the first value that has one.
    fn extreme(&mut self, arguments: &[SyntaxNode], typed: &dyn Fn(Vec<Typed>, Type) -> Typed) -> Result<Typed> {
        let mut values = Vec::new();
        for argument in arguments {
            values.push(self.number(argument)?);
        }
        let measure = values.iter().find(|value| value.unit().is_some()).unwrap_or(&values[0]).clone();
        let mut same = Vec::new();
        for value in values {
            same.push(comparable(&measure, value)?);
        }
        Ok(typed(same, measure.type_))
    }

    fn aggregate(&mut self, function: Function, arguments: &[SyntaxNode], node: &SyntaxNode) -> Result<Typed> {
        let span = node.span.clone();
        let name = function.as_str();
        if self.context != Context::Table {
            let wrong = Diagnostic::new(span, format!("`{name}` is of all rows of a table"));
            return Err(match function {
                Function::Min | Function::Max => wrong.help(format!("`{name}` of values wants two or more of them")),
                _ if self.context == Context::Row => wrong.help("this is looked at row by row"),
                _ => wrong.help("a run has single values: metrics and parameters"),
            });
        }
        if self.in_rows {
            let message = format!("`{name}` is of all rows and cannot stand inside of another aggregate");
            return Err(Diagnostic::new(span, message).help("compare the two aggregates with each other"));
        }
        self.in_rows = true;
        let typed = arguments.iter().map(|argument| self.node(argument)).collect::<Result<Vec<_>>>();
        self.in_rows = false;
        let mut arguments = typed?;
        let mut parameter = 0.0;
        let type_ = match function {
            Function::All | Function::Any | Function::Share => {
                let one = &arguments[0];
                if one.type_ != Type::Bool {
                    let message = format!("`{name}` takes a condition; this is {}", one.type_);
                    return Err(
                        Diagnostic::new(one.span.clone(), message).help("compare it with something, as in `x > 0`")
                    );
                }
                if function == Function::Share { Type::NUMBER } else { Type::Bool }
            }
            Function::Count | Function::Nulls | Function::Distinct => Type::NUMBER,
            Function::Unique => Type::Bool,
            _ => {
                if function == Function::Quantile {
                    let place = arguments.remove(1);
                    let in_range = |value: &f64| (0.0..=1.0).contains(value);
                    parameter =
                        place.constant.filter(in_range).filter(|_| place.unit().is_none()).ok_or_else(|| {
                            Diagnostic::new(place.span.clone(), "the place of a quantile is a number from 0 to 1")
                        })?;
                }
                let one = &arguments[0];
                let extreme = matches!(function, Function::Min | Function::Max);
                if !(one.type_.is_number() || (extreme && one.type_ == Type::Time)) {
                    let message = format!("`{name}` takes numbers; this is {}", one.type_);
                    return Err(Diagnostic::new(one.span.clone(), message));
                }
                one.type_.clone()
            }
        };
        self.aggregates.push(Aggregate { function, arguments, parameter, span: span.clone(), type_: type_.clone() });
        Ok(Typed { what: What::Aggregate(self.aggregates.len() - 1), type_, span, constant: None })
    }
}

/// A time plus or minus a duration.
fn time_shifted(time: Typed, by: Typed, operator: Arithmetic, node: &SyntaxNode) -> Result<Typed> {
    let span = node.span.clone();
    let second = Unit::parse("s").map_err(|error| Diagnostic::new(span.clone(), error.to_string()))?;
    let measures_time = by.unit().is_some_and(|unit| *unit.dimension() == Dimension::TIME);
    if !measures_time {
        let message = format!("a time is shifted by a duration; this is {}", by.type_);
        return Err(Diagnostic::new(by.span, message).help("write a duration with its unit, as in `2 [h]`"));
    }
    let by = converted(by, &second)?;
    let sign = if operator == Arithmetic::Subtract { -1.0 } else { 1.0 };
    Ok(Typed { what: What::TimeShifted(Box::new(time), Box::new(by), sign), type_: Type::Time, span, constant: None })
}

/// The unit of a power: if the base has a unit, the exponent must be a literal.
fn power(base: Typed, exponent: Typed, span: &std::ops::Range<usize>) -> Result<(Typed, Typed, Option<Unit>)> {
    let exponent_type = exponent.type_.clone();
    let exponent = plain(exponent).map_err(|wrong| {
        Diagnostic::new(wrong.span, format!("an exponent is a plain number; this is {exponent_type}"))
    })?;
    let Some(unit) = base.unit() else { return Ok((base, exponent, None)) };
    let Some(value) = exponent.constant else {
        let message = format!("a free exponent acts on a plain number; this is {}", base.type_);
        return Err(
            Diagnostic::new(base.span.clone(), message).help(format!("divide by a unit first: `(x / 1 [{unit}])^…`"))
        );
    };
    let fraction = Rational::from_f64(value).ok_or_else(|| {
        let message = format!("a number in {unit} has no power of {value}: its unit would have none");
        Diagnostic::new(span.clone(), message).help(format!("divide by a unit first: `(x / 1 [{unit}])^{value}`"))
    })?;
    let unit = unit.power(fraction).map_err(|error| Diagnostic::new(span.clone(), error.to_string()))?;
    Ok((base, exponent, Some(unit)))
}
