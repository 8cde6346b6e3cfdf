//! What all lists have in common.

use hven_api::page::{LIMIT_DEFAULT, LIMIT_MAX, Page};
use hven_app::{AppError, AppResult};

/// How many items a page is to have.
pub(crate) fn limit(asked: Option<usize>) -> AppResult<usize> {
    match asked {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(AppError::Invalid { what: format!("limit={limit}"), why: format!("is not between 1 and {LIMIT_MAX}") })
        }
    }
}

/// A list that is short enough for one page.
pub(crate) fn whole<T>(schema: &str, items: Vec<T>) -> Page<T> {
    Page { schema: schema.to_owned(), items, next: None }
}
