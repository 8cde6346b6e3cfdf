//! Some quantities of all runs of a list, for callers that select by conditions of their own.

use hven_core::{RunId, access::Role};

use super::search::rows;
use crate::{
    kernel::{callers::Caller, error::AppResult},
    ports::{
        quantities::{Quantity, QuantityTable},
        run::RunRow,
    },
    work::{
        floor::Work,
        runs::{self, RunFilter},
    },
};

/// The runs of a list with the values of these quantities, whatever the filter says of order, cursor and limit. The rows have no
/// parameters, metrics, additions and tags.
pub async fn table(
    work: &Work,
    caller: &Caller,
    filter: RunFilter,
    quantities: &[Quantity],
) -> AppResult<QuantityTable> {
    caller.require_reader()?;
    Ok(work.ports.views.quantity_table(&runs::query_of(caller, filter)?, quantities, false).await?)
}

/// The rows of those of these runs that the caller may see, in this order.
pub async fn visible_rows(work: &Work, caller: &Caller, runs: &[RunId]) -> AppResult<Vec<RunRow>> {
    let mut rows = rows(work, runs).await?;
    rows.retain(|row| caller.may(Role::Viewer, &row.project));
    Ok(rows)
}
