//! Pages of lists. A token says how many entries the pages before had.

use axum::{
    Json,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, Serializer as _, ser::SerializeMap as _};
use serde_json::{Map, Value};

use crate::{
    answer::{Answer, Fault},
    fields::Fields,
};

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageWanted {
    from: usize,
    length: usize,
}

impl PageWanted {
    /// The page of a request. `usual` entries by default, at most `most`.
    pub(crate) fn of(fields: &Fields, usual: usize, most: usize) -> Answer<Self> {
        let length = match fields.int("max_results")? {
            None | Some(0) => usual,
            Some(length) => match usize::try_from(length) {
                Ok(length) if length <= most => length,
                _ => {
                    let why = format!(
                        "Invalid value {length} for parameter 'max_results' supplied. It must be at most {most}"
                    );
                    return Err(Fault::invalid(why));
                }
            },
        };
        let from = match fields.text("page_token")?.filter(|token| !token.is_empty()) {
            None => 0,
            Some(token) => read(&token).ok_or_else(|| Fault::invalid(format!("Invalid page token '{token}'")))?,
        };
        Ok(Self { from, length })
    }

    /// The entries of the page, and the token of the next page if there is one.
    pub(crate) fn cut<T>(self, all: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.from.saturating_add(self.length);
        let next = (all.len() > end).then(|| write(end));
        (all.into_iter().skip(self.from).take(self.length).collect(), next)
    }
}

/// The answer with a page of a long list, which is written without an intermediate copy. A list without entries is left out.
pub(crate) fn written<T: Serialize>(field: &str, entries: &[T], next: Option<&str>) -> Answer<Response> {
    let mut body = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut body);
    let mut write = || {
        let mut object = serializer.serialize_map(None)?;
        if !entries.is_empty() {
            object.serialize_entry(field, entries)?;
        }
        if let Some(next) = next {
            object.serialize_entry("next_page_token", next)?;
        }
        object.end()
    };
    write().map_err(|error: serde_json::Error| Fault::invalid(error.to_string()))?;
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// The answer with a page of a list. A list without entries is left out.
pub(crate) fn answer(field: &str, entries: Vec<Value>, next: Option<String>) -> Json<Value> {
    let mut answer = Map::new();
    if !entries.is_empty() {
        answer.insert(field.to_owned(), entries.into());
    }
    if let Some(next) = next {
        answer.insert("next_page_token".to_owned(), next.into());
    }
    Json(answer.into())
}

fn write(from: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("from:{from}"))
}

fn read(token: &str) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("from:")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let first = PageWanted { from: 0, length: 2 };
        let (page, next) = first.cut(vec![1, 2, 3]);
        assert_eq!(page, [1, 2]);
        let from = read(&next.expect("there is more")).expect("a token");
        assert_eq!(PageWanted { from, length: 2 }.cut(vec![1, 2, 3]), (vec![3], None));
        assert_eq!(read("x"), None);
    }
}
