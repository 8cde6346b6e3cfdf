//! The parts that all lists share: filters, limits and pages.

use hven_api::page::{LIMIT_DEFAULT, LIMIT_MAX, Page};
use hven_app::{
    AppError, AppResult,
    labelled::{Labelled, Labels},
    ports::views,
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::convert;

/// A filter for a list, and the page to return.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Only entries of this project and of those below it.
    pub(super) project: Option<String>,
    /// Words that all occur in the name, the description or the project.
    pub(super) q: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

impl Filter {
    pub(super) fn read(self) -> AppResult<views::ListFilter> {
        Ok(views::ListFilter {
            project: self.project.as_deref().map(convert::parsed).transpose()?,
            words: words(self.q.as_deref()),
            cursor: self.cursor,
            limit: limit(self.limit)?,
        })
    }
}

/// The words of a search text.
pub(super) fn words(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

/// The number of items on a page.
pub(crate) fn limit(asked: Option<usize>) -> AppResult<usize> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(AppError::Invalid { what: format!("limit={limit}"), why: format!("is not between 1 and {LIMIT_MAX}") })
        }
    }
}

/// Whether a list of work that ends leaves out the ended work: `state=running`.
pub(super) fn is_running_only(state: Option<&str>) -> AppResult<bool> {
    match state {
        None => Ok(false),
        Some("running") => Ok(true),
        Some(other) => Err(AppError::Invalid { what: format!("state={other}"), why: "is not running".to_owned() }),
    }
}

/// A page of rows, each converted with `convert`.
pub(crate) fn page<Row, T>(
    schema: &str,
    rows: Labelled<views::Page<Row>>,
    convert: impl Fn(&Row, &Labels) -> T,
) -> Page<T> {
    let Labelled { of: views::Page { items, next }, labels } = rows;
    let items = items.iter().map(|row| convert(row, &labels)).collect();
    Page { schema: schema.to_owned(), items, next }
}

/// A list that is short enough for one page.
pub(crate) fn whole<T>(schema: &str, items: Vec<T>) -> Page<T> {
    Page { schema: schema.to_owned(), items, next: None }
}
