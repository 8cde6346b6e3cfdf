//! A quantity that a person names, as an order or as a column of a list: a name, also one with signs that an expression
//! reads as operators, or an expression.

use std::collections::HashMap;

use hven_core::expression::{Checked, Expression, Kind, Type, Value};

use super::{
    condition,
    value_types,
    values::{NamedValues, OwnedColumn},
};
use crate::{
    kernel::error::{AppError, AppResult},
    ports::run::RunQuery,
    work::floor::Work,
};

/// The text of a quantity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct QuantityText {
    text: String,
    /// `None` if the text is no expression; then it is a name.
    expression: Option<Expression>,
}

/// The meaning of a quantity in a list of runs.
#[derive(Debug)]
pub(super) enum FoundQuantity {
    Named(String),
    Computed(Box<Checked>),
}

impl QuantityText {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), expression: Expression::parse(text).ok() }
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// All names that it may need.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let within = self.expression.iter().flat_map(Expression::names).map(str::to_owned);
        std::iter::once(self.text.clone()).chain(within)
    }

    /// The types with which it uses names.
    pub(super) fn uses(&self) -> HashMap<String, Type> {
        self.expression.as_ref().map(|expression| value_types::uses(expression.root())).unwrap_or_default()
    }

    /// Its meaning. The whole text has priority as a name: `val/loss` is no quotient if there is such a metric.
    pub(super) async fn find(
        &self,
        what: &str,
        work: &Work,
        query: &RunQuery,
        values: &NamedValues,
    ) -> AppResult<FoundQuantity> {
        if values.type_of_name(&self.text).is_some() {
            return Ok(FoundQuantity::Named(self.text.clone()));
        }
        let expression = match &self.expression {
            Some(expression) => expression.clone(),
            None => condition::parse(what, &self.text)?,
        };
        let checked = condition::check(work, what, &expression, query, values).await?;
        if let Kind::Name(name) = &expression.root().kind {
            return Ok(FoundQuantity::Named(name.clone()));
        }
        if !checked.type_of().is_number() {
            let why = format!("{} is {}; a name or a number is wanted", self.text, checked.type_of());
            return Err(AppError::invalid(what, why));
        }
        Ok(FoundQuantity::Computed(Box::new(checked)))
    }
}

impl FoundQuantity {
    /// Its values in all runs, in one type.
    pub(super) fn column(&self, values: &NamedValues) -> AppResult<OwnedColumn> {
        match self {
            Self::Named(name) => Ok(values.column(name).unwrap_or(OwnedColumn::Numbers(Vec::new()))),
            Self::Computed(checked) => Ok(OwnedColumn::Numbers(condition::numbers(checked, values)?)),
        }
    }

    /// Its values in the runs at these places, as they were recorded; `None` for a run that lacks it.
    pub(super) fn recorded(&self, values: &NamedValues, places: &[usize]) -> AppResult<Vec<Option<Value>>> {
        match self {
            Self::Named(name) => Ok(places.iter().map(|place| values.recorded(name, *place)).collect()),
            Self::Computed(checked) => {
                let numbers = condition::numbers(checked, values)?;
                let number = |place: &usize| numbers.get(*place).copied().filter(|number| !number.is_nan());
                Ok(places.iter().map(|place| number(place).map(Value::Number)).collect())
            }
        }
    }
}
