//! The values of names in a list of runs: which quantity each name means, its type, and its columns.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hven_core::{
    Time,
    expression::{Column, Truth, Type, Value},
};

use super::{
    fields::RunField,
    names::{Meaning, Part, meanings},
    value_types::{as_type, of_param},
};
use crate::{
    kernel::error::AppResult,
    ports::{
        quantities::{MetricValues, ParamValue, Quantity, QuantityColumn, QuantityRange, QuantityTable},
        run::{Archived, RunQuery},
    },
    work::floor::Work,
};

/// Runs, and what names mean in them.
#[derive(Debug)]
pub(crate) struct NamedValues {
    pub(crate) table: QuantityTable,
    /// The place of each quantity among the columns.
    places: BTreeMap<Quantity, usize>,
    meant: BTreeMap<String, (Meaning, Type)>,
}

/// All runs in the project that the caller may see: a name exists if one of them has it, whatever else a list leaves out.
pub(super) fn wide(query: &RunQuery) -> RunQuery {
    RunQuery {
        scopes: query.scopes.clone(),
        project: query.project.clone(),
        all_kinds: true,
        with_tasks: true,
        archived: Archived::With,
        limit: 1,
        ..RunQuery::default()
    }
}

/// Loads the runs of a query, and all values that these names may mean. `uses`: the types with which an expression uses
/// names.
pub(super) async fn load(
    work: &Work,
    query: &RunQuery,
    names: &BTreeSet<String>,
    uses: &HashMap<String, Type>,
) -> AppResult<NamedValues> {
    let all: Vec<(&String, Vec<Meaning>)> = names.iter().map(|name| (name, meanings(name))).collect();
    let each = || all.iter().flat_map(|(_, meanings)| meanings);
    let quantities: Vec<Quantity> = each().flat_map(Meaning::quantities).collect::<BTreeSet<_>>().into_iter().collect();
    let with_tags = each().any(|meaning| *meaning == Meaning::Field(RunField::Tags));
    let views = &work.ports.views;
    let table = views.quantity_table(query, &quantities, with_tags).await?;
    let mut exists: BTreeMap<&Quantity, bool> =
        quantities.iter().zip(&table.columns).map(|(quantity, column)| (quantity, has_value(column))).collect();
    // A quantity that none of these runs has may exist in others.
    let absent: Vec<Quantity> = exists.iter().filter(|(_, has)| !**has).map(|(of, _)| (*of).clone()).collect();
    if !absent.is_empty() {
        let has = views.has_quantities(&wide(query), &absent).await?;
        for (quantity, has) in quantities.iter().filter(|of| absent.contains(of)).zip(has) {
            exists.insert(quantity, has);
        }
    }
    let is_known = |meaning: &Meaning| match meaning {
        Meaning::Field(_) => true,
        meaning => meaning.quantities().iter().any(|quantity| exists.get(quantity) == Some(&true)),
    };
    let places: BTreeMap<Quantity, usize> = quantities.iter().cloned().zip(0..).collect();
    let mut values = NamedValues { table, places, meant: BTreeMap::new() };
    for (name, meanings) in &all {
        let Some(meaning) = meanings.iter().find(|meaning| is_known(meaning)) else { continue };
        let type_ = values.type_of(meaning, uses.get(*name));
        values.meant.insert((*name).clone(), (meaning.clone(), type_));
    }
    // Where no run exists, each name is that of a quantity to come.
    if values.meant.len() < all.len()
        && values.table.runs.is_empty()
        && views.runs(&wide(query)).await?.items.is_empty()
    {
        for (name, meanings) in all {
            let type_ = uses.get(name).cloned().unwrap_or(Type::NUMBER);
            values.meant.entry(name.clone()).or_insert_with(|| (meanings[0].clone(), type_));
        }
    }
    Ok(values)
}

fn has_value(column: &QuantityColumn) -> bool {
    match column {
        QuantityColumn::Metrics(values) => values.iter().any(Option::is_some),
        QuantityColumn::Params(values) => values.iter().any(Option::is_some),
    }
}

/// A column of values, which the evaluator borrows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum OwnedColumn {
    /// NaN for a missing value.
    Numbers(Vec<f64>),
    Texts(Vec<Option<String>>),
    Bools(Vec<Truth>),
    Times(Vec<Option<Time>>),
}

/// A column whose texts are borrowed.
pub(super) enum BorrowedColumn<'a> {
    Texts(Vec<Option<&'a str>>),
    Other(&'a OwnedColumn),
}

impl OwnedColumn {
    pub(super) fn borrowed(&self) -> BorrowedColumn<'_> {
        match self {
            Self::Texts(texts) => BorrowedColumn::Texts(texts.iter().map(Option::as_deref).collect()),
            other => BorrowedColumn::Other(other),
        }
    }
}

impl BorrowedColumn<'_> {
    pub(super) fn column(&self) -> Column<'_> {
        match self {
            Self::Texts(texts) => Column::Texts(texts),
            Self::Other(OwnedColumn::Numbers(numbers)) => Column::Numbers(numbers),
            Self::Other(OwnedColumn::Bools(bools)) => Column::Bools(bools),
            Self::Other(OwnedColumn::Times(times)) => Column::Times(times),
            Self::Other(OwnedColumn::Texts(_)) => Column::Texts(&[]),
        }
    }
}

impl NamedValues {
    /// The type of a known name.
    pub(super) fn type_of_name(&self, name: &str) -> Option<&Type> {
        self.meant.get(name).map(|(_, type_)| type_)
    }

    fn metrics(&self, name: &str) -> &[Option<MetricValues>] {
        let place = self.places.get(&Quantity::Metric(name.to_owned()));
        match place.and_then(|place| self.table.columns.get(*place)) {
            Some(QuantityColumn::Metrics(values)) => values,
            _ => &[],
        }
    }

    fn params(&self, name: &str) -> &[Option<ParamValue>] {
        self.recorded_values(&Quantity::Param(name.to_owned()))
    }

    fn tags(&self, name: &str) -> &[Option<ParamValue>] {
        self.recorded_values(&Quantity::Tag(name.to_owned()))
    }

    fn recorded_values(&self, quantity: &Quantity) -> &[Option<ParamValue>] {
        let place = self.places.get(quantity);
        match place.and_then(|place| self.table.columns.get(*place)) {
            Some(QuantityColumn::Params(values)) => values,
            _ => &[],
        }
    }

    fn type_of(&self, meaning: &Meaning, used: Option<&Type>) -> Type {
        let of_values = |values: &[Option<ParamValue>], is_metric: bool| {
            let mut range = QuantityRange::default();
            values.iter().flatten().for_each(|value| range.add(value));
            of_param(&range, is_metric, used)
        };
        match meaning {
            Meaning::Field(field) => field.type_of(),
            Meaning::Metric(..) => Type::NUMBER,
            Meaning::Param(name) => of_values(self.params(name), false),
            Meaning::Tag(name) => of_values(self.tags(name), false),
            Meaning::MetricOrParam(name) => {
                of_values(self.params(name), self.metrics(name).iter().any(Option::is_some))
            }
        }
    }

    /// The value of a meaning in the run at a place.
    fn value(&self, meaning: &Meaning, type_: &Type, place: usize) -> Option<Value> {
        let of = |values: &[Option<ParamValue>]| as_type(values.get(place)?.as_ref()?, type_);
        match meaning {
            Meaning::Field(field) => field.value(&self.table.runs[place].1),
            Meaning::Metric(name, part) => {
                let values = self.metrics(name).get(place)?.as_ref()?;
                let number = match part {
                    Part::Last => values.last,
                    Part::Low => values.low?,
                    Part::High => values.high?,
                };
                Some(Value::Number(number))
            }
            Meaning::Param(name) => of(self.params(name)),
            Meaning::Tag(name) => of(self.tags(name)),
            Meaning::MetricOrParam(name) => match self.metrics(name).get(place) {
                Some(Some(values)) if type_.is_number() => Some(Value::Number(values.last)),
                // A run that has the metric has no other value of that name.
                Some(Some(_)) => None,
                _ => of(self.params(name)),
            },
        }
    }

    /// The value of a name in the run at a place, as it was recorded, whatever its type in other runs is.
    pub(super) fn recorded(&self, name: &str, place: usize) -> Option<Value> {
        let (meaning, type_) = self.meant.get(name)?;
        let of = |values: &[Option<ParamValue>]| match values.get(place)?.as_ref()? {
            ParamValue::Number(number) => Some(Value::Number(*number)),
            ParamValue::Bool(yes) => Some(Value::Bool(*yes)),
            ParamValue::Text(text) => Some(Value::Text(text.clone())),
            ParamValue::Null => None,
        };
        match meaning {
            Meaning::Field(_) | Meaning::Metric(..) => self.value(meaning, type_, place),
            Meaning::Param(name) => of(self.params(name)),
            Meaning::Tag(name) => of(self.tags(name)),
            Meaning::MetricOrParam(name) => self
                .value(&Meaning::Metric(name.clone(), Part::Last), &Type::NUMBER, place)
                .or_else(|| of(self.params(name))),
        }
    }

    /// The values of a name in all runs; `None` if it is not known.
    pub(super) fn column(&self, name: &str) -> Option<OwnedColumn> {
        let (meaning, type_) = self.meant.get(name)?;
        let values = (0..self.table.runs.len()).map(|place| self.value(meaning, type_, place));
        Some(match type_ {
            Type::Number { .. } => OwnedColumn::Numbers(
                values.map(|value| if let Some(Value::Number(number)) = value { number } else { f64::NAN }).collect(),
            ),
            Type::Text => OwnedColumn::Texts(
                values.map(|value| if let Some(Value::Text(text)) = value { Some(text) } else { None }).collect(),
            ),
            Type::Bool => OwnedColumn::Bools(
                values
                    .map(|value| if let Some(Value::Bool(yes)) = value { Truth::of(yes) } else { Truth::CannotTell })
                    .collect(),
            ),
            Type::Time => OwnedColumn::Times(
                values.map(|value| if let Some(Value::Time(time)) = value { Some(time) } else { None }).collect(),
            ),
        })
    }
}
