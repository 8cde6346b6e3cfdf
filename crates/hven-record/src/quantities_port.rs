//! The read port of the quantities of runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use async_trait::async_trait;
use hven_app::ports::{
    Quantities, StoreResult,
    quantities::{MetricValues, Quantity, QuantityColumn, QuantityNames, QuantityTable},
    views::{RunQuery, RunRow},
};
use hven_core::{AttemptId, RunId, handle::Handle, run::MetricSummary};

use crate::{
    home::Home,
    views::{quantity_tables, queries, tag_values},
};

#[async_trait]
impl Quantities for Home {
    async fn quantity_table(
        &self,
        query: &RunQuery,
        quantities: &[Quantity],
        with_tags: bool,
    ) -> StoreResult<QuantityTable> {
        let (query, asked) = (query.clone(), quantities.to_vec());
        let metrics: Vec<(usize, &str)> = metrics_among(quantities).collect();
        // Before the table, so that a stream that is sealed meanwhile is in the table.
        let live = if metrics.is_empty() { HashSet::new() } else { self.runs_with_live_points() };
        let read = move |sql: &mut _| quantity_tables::table(sql, &query, &asked, with_tags);
        let mut table = self.inner.readers.read(read).await?;
        let places: Vec<(usize, AttemptId)> = table
            .runs
            .iter()
            .enumerate()
            .filter(|(_, (_, run))| live.contains(&run.id))
            .map(|(place, (_, run))| (place, run.last_attempt()))
            .collect();
        if places.is_empty() {
            return Ok(table);
        }
        let attempts: Vec<AttemptId> = places.iter().map(|(_, attempt)| *attempt).collect();
        let summaries = self.summaries_of_many(&attempts, &live).await?;
        for (place, attempt) in places {
            let lines = summaries.get(&attempt).map(Vec::as_slice).unwrap_or_default();
            for (column, name) in &metrics {
                if let QuantityColumn::Metrics(values) = &mut table.columns[*column] {
                    values[place] = lines.iter().find(|line| line.key == *name).map(values_of);
                }
            }
        }
        Ok(table)
    }

    async fn has_quantities(&self, query: &RunQuery, quantities: &[Quantity]) -> StoreResult<Vec<bool>> {
        let (asked, runs) = (quantities.to_vec(), query.clone());
        let live = self.runs_with_live_points();
        let find = move |sql: &mut _| {
            let has = asked.iter().map(|quantity| Ok(quantity_tables::has(sql, &runs, quantity)?));
            has.collect::<StoreResult<Vec<bool>>>()
        };
        let mut has = self.inner.readers.read(find).await?;
        let unknown: Vec<(usize, &str)> = metrics_among(quantities).filter(|(place, _)| !has[*place]).collect();
        if unknown.is_empty() || live.is_empty() {
            return Ok(has);
        }
        let (query, of) = (query.clone(), live.clone());
        let find = move |sql: &mut _| Ok(quantity_tables::attempts_among(sql, &query, &of)?);
        let attempts = self.inner.readers.read(find).await?;
        let summaries = self.summaries_of_many(&attempts, &live).await?;
        let names: HashSet<&str> = summaries.values().flatten().map(|line| line.key.as_str()).collect();
        for (place, name) in unknown {
            has[place] = names.contains(name);
        }
        Ok(has)
    }

    async fn quantity_names(&self, query: &RunQuery, runs_max: usize) -> StoreResult<QuantityNames> {
        let query = query.clone();
        let live = self.runs_with_live_points();
        let of = live.clone();
        let read = move |sql: &mut _| quantity_tables::names(sql, &query, runs_max, &of);
        let (mut names, rows) = self.inner.readers.read(read).await?;
        let attempts: Vec<AttemptId> =
            rows.iter().filter(|run| live.contains(&run.id)).map(RunRow::last_attempt).collect();
        for lines in self.summaries_of_many(&attempts, &live).await?.into_values() {
            quantity_tables::add_metrics(&mut names, lines);
        }
        Ok(names)
    }

    async fn tag_values(&self, runs: &[RunId]) -> StoreResult<HashMap<RunId, BTreeMap<String, String>>> {
        let runs = runs.to_vec();
        self.inner.readers.read(move |sql| Ok(tag_values::of_runs(sql, &runs)?)).await
    }

    async fn run_rows(&self, runs: &[RunId]) -> StoreResult<Vec<RunRow>> {
        let runs = runs.to_vec();
        let live = self.runs_with_live_points();
        let mut rows = self.inner.readers.read(move |sql| Ok(queries::rows_of(sql, &runs)?)).await?;
        self.add_live_summaries(&mut rows, &live).await?;
        Ok(rows)
    }

    async fn runs_with_handles(&self, handles: &[Handle]) -> StoreResult<Vec<(Handle, RunId)>> {
        let handles = handles.to_vec();
        self.inner.readers.read(move |sql| Ok(quantity_tables::with_handles(sql, &handles)?)).await
    }
}

/// The metrics among some quantities, with their places.
fn metrics_among(quantities: &[Quantity]) -> impl Iterator<Item = (usize, &str)> {
    quantities.iter().enumerate().filter_map(|(place, quantity)| match quantity {
        Quantity::Metric(name) => Some((place, name.as_str())),
        Quantity::Param(_) | Quantity::Tag(_) => None,
    })
}

fn values_of(line: &MetricSummary) -> MetricValues {
    MetricValues { last: line.last.0, low: line.min, high: line.max }
}
