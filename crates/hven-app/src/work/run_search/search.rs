//! Lists the runs for which a condition holds, in the order of any quantity.
//!
//! The condition is an expression over metrics, parameters and fields of runs. All runs that meet the other conditions of
//! the list are read with the quantities that the condition and the order need, and only the rows of a page completely.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hven_core::{
    AttemptId, RunId,
    expression::{Expression, Truth, Value},
    limits,
};

use super::{
    condition, cursor,
    order::{self, Position, QuantitySort, SortBy},
    quantity::QuantityText,
    value_types, values,
};
use crate::{
    kernel::{
        callers::Caller,
        error::AppResult,
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
    },
    ports::{
        page::Page,
        run::{RunQuery, RunRow},
    },
    work::{
        floor::Work,
        runs::{self, RunFilter},
    },
};

/// A condition, an order and columns of a list of runs, in addition to the conditions of [`RunFilter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSearch {
    /// An expression that must hold: `loss < 0.1 and lr > 1e-4`.
    pub condition: Option<String>,
    /// A name or an expression, with a minus sign for the highest first: `loss`, `-acc`. It has priority over the order of
    /// the filter.
    pub sort: Option<String>,
    /// Names or expressions of which the values are wanted with each run.
    pub columns: Vec<String>,
    /// The metrics that each row of the page has; `None` for the newest ones.
    pub metrics: Option<RowMetrics>,
    /// The names of tags with values that each row of the page has.
    pub tags: Vec<String>,
}

/// The metrics of the rows of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowMetrics {
    All,
    Named(BTreeSet<String>),
}

/// How many columns a list has at most.
const COLUMNS_MAX: usize = 100;

impl RunSearch {
    /// Whether the list is selected and ordered without the values of runs.
    const fn is_plain(&self) -> bool {
        self.condition.is_none() && self.sort.is_none() && self.columns.is_empty()
    }
}

/// A page of runs that fit, and the counts of the whole list.
#[derive(Clone, Debug)]
pub struct FoundRuns {
    pub page: Page<RunRow>,
    /// `None` for a list without condition, columns and order by a quantity.
    pub counts: Option<FoundCounts>,
    /// Of each run of the page, the values of the columns; `None` for a value that the run lacks.
    pub values: Vec<Vec<Option<Value>>>,
    /// The requested tags with values, of the runs of the page that have some.
    pub tag_values: HashMap<RunId, BTreeMap<String, String>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoundCounts {
    /// The runs for which the condition holds.
    pub fit: u64,
    /// The runs for which it cannot be told.
    pub cannot_tell: u64,
}

impl NeedsLabels for FoundRuns {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.page.add_to(wanted);
    }
}

/// The runs that the caller may see, that meet the conditions of the filter, and for which the condition holds.
pub async fn search(work: &Work, caller: &Caller, filter: RunFilter, search: RunSearch) -> AppResult<FoundRuns> {
    caller.require_user()?;
    let (metrics, tags) = (search.metrics.clone(), search.tags.clone());
    if let Some(RowMetrics::Named(names)) = &metrics {
        limits::count("metrics", names.len(), COLUMNS_MAX)?;
    }
    limits::count("tags", tags.len(), COLUMNS_MAX)?;
    let mut found = if search.is_plain() {
        let page = runs::list(work, caller, filter).await?;
        FoundRuns { page, counts: None, values: Vec::new(), tag_values: HashMap::new() }
    } else {
        select(work, caller, filter, search).await?
    };
    if let Some(metrics) = &metrics {
        set_metrics(work, &mut found.page.items, metrics).await?;
    }
    if !tags.is_empty() {
        let ids: Vec<RunId> = found.page.items.iter().map(|run| run.id).collect();
        found.tag_values = work.ports.views.tag_values(&ids).await?;
        found.tag_values.values_mut().for_each(|values| values.retain(|name, _| tags.contains(name)));
    }
    Ok(found)
}

/// Replaces the newest metrics of each row. Those of all rows are read together.
pub(crate) async fn set_metrics(work: &Work, rows: &mut [RunRow], wanted: &RowMetrics) -> AppResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let attempts: Vec<AttemptId> = rows.iter().map(RunRow::last_attempt).collect();
    let mut found = work.ports.series.summaries_of(&attempts).await?;
    for row in rows {
        row.metrics = found.remove(&row.last_attempt()).unwrap_or_default();
        if let RowMetrics::Named(names) = wanted {
            row.metrics.retain(|line| names.contains(&line.key));
        }
    }
    Ok(())
}

async fn select(work: &Work, caller: &Caller, filter: RunFilter, search: RunSearch) -> AppResult<FoundRuns> {
    let query = runs::query_of(caller, filter)?;
    let condition = search.condition.as_deref().map(|text| condition::parse("the condition", text)).transpose()?;
    let sort = match &search.sort {
        Some(text) => SortBy::Quantity(QuantitySort::parse(text)?),
        None => SortBy::Order(query.order),
    };
    limits::count("columns", search.columns.len(), COLUMNS_MAX)?;
    let columns: Vec<QuantityText> = search.columns.iter().map(|text| QuantityText::new(text)).collect();
    let order_text = search.sort.unwrap_or_else(|| format!("{:?}", query.order));
    let after = query.cursor.as_deref().map(|text| cursor::read(&order_text, text)).transpose()?;
    let values = load(work, &query, condition.as_ref(), &sort, &columns).await?;
    let fits = fits(work, &query, condition.as_ref(), &values).await?;
    let (keys, direction) = order::keys(work, &sort, &query, &values).await?;
    let count = |wanted: Truth| fits.iter().filter(|truth| **truth == wanted).count() as u64;
    let counts = FoundCounts { fit: count(Truth::True), cannot_tell: count(Truth::CannotTell) };
    let runs = &values.table.runs;
    let fitting = keys.into_iter().zip(&fits).enumerate().filter(|(_, (_, truth))| **truth == Truth::True);
    let mut found: Vec<(Position, usize)> =
        fitting.map(|(place, (key, _))| (Position { key, seq: runs[place].0 }, place)).collect();
    if let Some(after) = after {
        found.retain(|(position, _)| direction.compare(position, &after).is_gt());
    }
    let limit = query.limit.clamp(1, PAGE_MAX);
    let more = found.len() > limit;
    if more {
        found.select_nth_unstable_by(limit, |(one, _), (other, _)| direction.compare(one, other));
        found.truncate(limit);
    }
    found.sort_unstable_by(|(one, _), (other, _)| direction.compare(one, other));
    let next = found.last().filter(|_| more).map(|(position, _)| cursor::write(&order_text, position));
    let places: Vec<usize> = found.into_iter().map(|(_, place)| place).collect();
    let mut of_columns = Vec::with_capacity(columns.len());
    for column in &columns {
        of_columns.push(column.find("the column", work, &query, &values).await?.recorded(&values, &places)?);
    }
    let ids: Vec<RunId> = places.iter().map(|place| runs[*place].1.id).collect();
    let items = rows(work, &ids).await?;
    let in_row = |row: usize| of_columns.iter().map(|column| column[row].clone()).collect();
    let values = (0..items.len()).map(in_row).collect();
    Ok(FoundRuns { page: Page { items, next }, counts: Some(counts), values, tag_values: HashMap::new() })
}

const PAGE_MAX: usize = 1000;

/// All runs of a query for which a condition holds, newest first, each with the number of its submission; and for how many
/// it cannot be told.
pub(crate) async fn fitting(
    work: &Work,
    query: &RunQuery,
    condition: Option<&str>,
) -> AppResult<(Vec<(u64, RunRow)>, u64)> {
    let condition = condition.map(|text| condition::parse("the condition", text)).transpose()?;
    let values = load(work, query, condition.as_ref(), &SortBy::Order(query.order), &[]).await?;
    let fits = fits(work, query, condition.as_ref(), &values).await?;
    let cannot_tell = fits.iter().filter(|truth| **truth == Truth::CannotTell).count() as u64;
    let fitting = values.table.runs.into_iter().zip(fits).filter(|(_, fits)| *fits == Truth::True);
    Ok((fitting.map(|(run, _)| run).collect(), cannot_tell))
}

/// Whether a condition holds for each of the loaded runs.
async fn fits(
    work: &Work,
    query: &RunQuery,
    condition: Option<&Expression>,
    values: &values::NamedValues,
) -> AppResult<Vec<Truth>> {
    let Some(condition) = condition else { return Ok(vec![Truth::True; values.table.runs.len()]) };
    let checked = condition::check(work, "the condition", condition, query, values).await?;
    let checked =
        checked.condition().map_err(|wrong| condition::unreadable("the condition", condition.source(), &wrong))?;
    condition::holds(&checked, values)
}

/// Loads the runs with the values of all names in the condition and the order.
async fn load(
    work: &Work,
    query: &RunQuery,
    condition: Option<&Expression>,
    sort: &SortBy,
    columns: &[QuantityText],
) -> AppResult<values::NamedValues> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut uses = HashMap::new();
    let sort = if let SortBy::Quantity(sort) = sort { Some(&sort.quantity) } else { None };
    for quantity in columns.iter().chain(sort) {
        names.extend(quantity.names());
        uses.extend(quantity.uses());
    }
    if let Some(condition) = condition {
        names.extend(condition.names().into_iter().map(str::to_owned));
        uses.extend(value_types::uses(condition.root()));
    }
    values::load(work, query, &names, &uses).await
}

/// The rows of these runs, in this order.
pub(crate) async fn rows(work: &Work, runs: &[RunId]) -> AppResult<Vec<RunRow>> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: HashMap<RunId, RunRow> =
        work.ports.views.run_rows(runs).await?.into_iter().map(|row| (row.id, row)).collect();
    Ok(runs.iter().filter_map(|run| rows.remove(run)).collect())
}

/// The same with all labels of a list.
pub async fn labelled(
    work: &Work,
    caller: &Caller,
    filter: RunFilter,
    wanted: RunSearch,
) -> AppResult<Labelled<FoundRuns>> {
    label(work, search(work, caller, filter, wanted).await?).await
}
