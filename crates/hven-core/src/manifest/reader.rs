//! Reads the tables of a TOML document and collects problems with their positions; unknown keys are problems.

use std::ops::Range;

use serde_json::{Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::placed::{Placed, check_name};
use crate::{diagnostic::Diagnostic, licence, nearest::suggestion, quantity};

/// One table, while it is read.
pub(super) struct Reader<'a, 'p> {
    table: &'a DeTable<'a>,
    span: Range<usize>,
    source: &'a str,
    /// The path of the table, such as `run.law`; empty for the document.
    path: String,
    asked: Vec<&'static str>,
    problems: &'p mut Vec<Diagnostic>,
}

/// A value as it is written in the manifest, so that `0.10` stays `0.10`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    One(String),
    List(Vec<String>),
}

impl Written {
    /// The values of a list with commas.
    pub fn text(self) -> String {
        match self {
            Self::One(text) => text,
            Self::List(texts) => texts.join(","),
        }
    }
}

type Entry<'a> = &'a Spanned<DeValue<'a>>;

impl<'a, 'p> Reader<'a, 'p> {
    pub(super) fn new(
        table: &'a DeTable<'a>,
        span: Range<usize>,
        source: &'a str,
        path: impl Into<String>,
        problems: &'p mut Vec<Diagnostic>,
    ) -> Self {
        Self { table, span, source, path: path.into(), asked: Vec::new(), problems }
    }

    pub(super) fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problems.push(Diagnostic::new(span, message));
    }
    pub(super) fn problem_with_help(
        &mut self,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.problems.push(Diagnostic::new(span, message).help(help));
    }
    /// A problem within a text: its position in the manifest is known when the manifest contains the text literally.
    pub(super) fn problem_within(&mut self, text: &str, span: &Range<usize>, what: Diagnostic) {
        let written = self.source.get(span.clone()).unwrap_or_default();
        let placed = match written.find(text) {
            Some(quote) => what.shifted(span.start + quote),
            None => Diagnostic { span: span.clone(), ..what },
        };
        self.problems.push(placed);
    }
    pub(super) fn problems(&mut self) -> &mut Vec<Diagnostic> {
        self.problems
    }
    /// The text of the manifest at a position.
    pub(super) fn source_of(&self, span: &Range<usize>) -> &'a str {
        self.source.get(span.clone()).unwrap_or_default()
    }
    pub(super) fn is_list(&self, key: &str) -> bool {
        self.find(key).is_some_and(|value| value.get_ref().is_array())
    }
    /// The position of the table's name.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    fn find(&self, key: &str) -> Option<Entry<'a>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }
    fn get(&mut self, key: &'static str) -> Option<Entry<'a>> {
        self.asked.push(key);
        self.find(key)
    }
    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }
    /// The keys in the order of the file, with their positions.
    pub(super) fn keys(&self) -> Vec<(&'a str, Range<usize>)> {
        let mut keys: Vec<_> = self.table.keys().map(|key| (key.get_ref().as_ref(), key.span())).collect();
        keys.sort_by_key(|(_, span)| span.start);
        keys
    }

    fn wrong_kind(&mut self, key: &str, value: Entry<'_>, wanted: &str) {
        let found = kind(value.get_ref());
        self.problem(value.span(), format!("`{key}` is {wanted}; this is {found}"));
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<(String, Range<usize>)> {
        let value = self.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(key, value, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.problem(value.span(), format!("`{key}` is empty"));
            return None;
        }
        Some((text.to_owned(), value.span()))
    }
    pub(super) fn text_alone(&mut self, key: &'static str) -> Option<String> {
        self.text(key).map(|(text, _)| text)
    }
    /// A licence that can be looked up.
    pub(super) fn license(&mut self) -> Option<String> {
        let (text, span) = self.text("license")?;
        match licence::form(&text) {
            Ok(_) => Some(text),
            Err(refused) => {
                self.problem(span, refused.to_string());
                None
            }
        }
    }
    /// A required text.
    pub(super) fn wanted_text(&mut self, key: &'static str, help: &str) -> Option<(String, Range<usize>)> {
        if !self.has(key) {
            self.asked.push(key);
            let message = format!("[{}] has no `{key}`", self.path);
            self.problem_with_help(self.span(), message, help);
            return None;
        }
        self.text(key)
    }
    /// A text or a list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<Placed<String>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        if let Some(text) = value.get_ref().as_str() {
            return vec![Placed { value: text.to_owned(), span: value.span() }];
        }
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_kind(key, value, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Placed { value: text.to_owned(), span: item.span() }),
                None => self.wrong_kind(key, item, "a list of texts"),
            }
        }
        texts
    }
    /// `true` or `false`; `false` by default.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.get(key) else { return false };
        match value.get_ref().as_bool() {
            Some(flag) => flag,
            None => {
                self.wrong_kind(key, value, "true or false");
                false
            }
        }
    }
    pub(super) fn whole(&mut self, key: &'static str) -> Option<u64> {
        let value = self.get(key)?;
        let number = value.get_ref().as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        if number.is_none() {
            self.wrong_kind(key, value, "a whole number, not negative");
        }
        number
    }
    /// A size such as `8GiB`, or a number of bytes.
    pub(super) fn bytes(&mut self, key: &'static str) -> Option<u64> {
        self.quantity(key, "a size such as \"8GiB\"", quantity::parse_bytes)
    }
    /// A duration such as `2h`, in seconds, or a number of seconds.
    pub(super) fn seconds(&mut self, key: &'static str) -> Option<f64> {
        let parse = |text: &str| quantity::parse_duration(text).map(|duration| duration.as_secs_f64());
        self.quantity(key, "a duration such as \"2h\"", parse)
    }
    fn quantity<T>(&mut self, key: &'static str, wanted: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            _ => {
                self.wrong_kind(key, value, wanted);
                return None;
            }
        };
        parse(&text).map_err(|why| self.problem(value.span(), format!("`{key}`: {why}"))).ok()
    }
    pub(super) fn any_as_text(&mut self, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(_) => {
                self.wrong_kind(key, value, "a text, a number or a list");
                None
            }
            // A list is the value of a flag that is given several times.
            DeValue::Array(items) => {
                Some(items.iter().map(|item| plain_text(item.get_ref())).collect::<Vec<_>>().join(","))
            }
            other => Some(plain_text(other)),
        }
    }
    /// A value of any type, as JSON.
    pub(super) fn value(&mut self, key: &'static str) -> Option<Placed<Value>> {
        let value = self.get(key)?;
        match json(value.get_ref()) {
            Ok(json) => Some(Placed { value: json, span: value.span() }),
            Err(why) => {
                self.problem(value.span(), format!("`{key}` {why}"));
                None
            }
        }
    }
    /// A table of values, each as JSON.
    pub(super) fn values(&mut self, key: &'static str) -> Vec<(String, Placed<Value>)> {
        let Some(table) = self.table(key) else { return Vec::new() };
        let mut values = Vec::new();
        for (name, value) in in_order(table.table) {
            match json(value.get_ref()) {
                Ok(json) => values.push((name.to_owned(), Placed { value: json, span: value.span() })),
                Err(why) => table.problems.push(Diagnostic::new(value.span(), format!("`{name}` {why}"))),
            }
        }
        values
    }
    /// A table of values as they are written: single ones, or lists.
    pub(super) fn written(&mut self, key: &'static str) -> Vec<(String, Written)> {
        let Some(mut table) = self.table(key) else { return Vec::new() };
        let mut values = Vec::new();
        for (name, value) in in_order(table.table) {
            let list = value.get_ref().as_array();
            let texts =
                list.map_or_else(|| vec![written_text(value)], |items| items.iter().map(written_text).collect());
            let texts: Option<Vec<String>> = texts.into_iter().collect();
            match &texts {
                Some(texts) if texts.is_empty() => table.problem(value.span(), format!("`{name}` has no values")),
                Some(_) => {}
                None => table.wrong_kind(name, value, "a text, a number, or a list of them"),
            }
            // The name counts also with wrong values, so that they are reported once.
            let mut texts = texts.unwrap_or_default();
            let written = if list.is_none() && texts.len() == 1 {
                Written::One(texts.swap_remove(0))
            } else {
                Written::List(texts)
            };
            values.push((name.to_owned(), written));
        }
        values
    }
    /// All keys that were not read yet, as JSON: the keys of a recipe itself.
    pub(super) fn rest(&mut self) -> Vec<(String, Placed<Value>)> {
        let mut values = Vec::new();
        for (name, value) in in_order(self.table) {
            if self.asked.contains(&name) {
                continue;
            }
            match json(value.get_ref()) {
                Ok(json) => values.push((name.to_owned(), Placed { value: json, span: value.span() })),
                Err(why) => self.problem(value.span(), format!("`{name}` {why}")),
            }
        }
        values
    }

    pub(super) fn table(&mut self, key: &'static str) -> Option<Reader<'a, '_>> {
        let value = self.get(key)?;
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        let span = self.table.keys().find(|name| name.get_ref() == key).map_or(value.span(), Spanned::span);
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_kind(key, value, "a table");
            return None;
        };
        Some(Reader::new(table, span, self.source, path, self.problems))
    }
    /// The tables of a section, each with its own name, in the order of the file.
    pub(super) fn sections(&mut self, key: &'static str, mut each: impl FnMut(&str, Reader<'_, '_>)) {
        let Some(mut section) = self.table(key) else { return };
        for (name, span) in section.keys() {
            if let Err(why) = check_name(name) {
                section.problem(span.clone(), format!("{name:?} cannot be the name of a step: {why}"));
            }
            let Some(value) = section.find(name) else { continue };
            match value.get_ref().as_table() {
                Some(table) => {
                    let path = format!("{key}.{name}");
                    each(name, Reader::new(table, span, section.source, path, section.problems));
                }
                None => {
                    let message = format!("[{key}.NAME] is a table; `{name}` is {}", kind(value.get_ref()));
                    section.problem_with_help(span, message, format!("begin with a line [{key}.{name}]"));
                }
            }
        }
    }

    /// Reports every key that was not read.
    pub(super) fn finish(mut self) {
        for (name, span) in self.keys() {
            if self.asked.contains(&name) {
                continue;
            }
            let message = match self.path.as_str() {
                "" => format!("there is no section or key `{name}`"),
                path => format!("[{path}] has no key `{name}`"),
            };
            let help = suggestion(name, self.asked.iter().copied());
            let mut known = self.asked.clone();
            known.dedup();
            let help = help.unwrap_or_else(|| format!("there are {}", known.join(", ")));
            self.problem_with_help(span, message, help);
        }
    }
}

/// The entries of a table in the order of the file.
fn in_order<'a>(table: &'a DeTable<'a>) -> Vec<(&'a str, Entry<'a>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter().map(|(name, value)| (name.get_ref().as_ref(), value)).collect()
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn plain_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => String::new(),
    }
}

/// A text, a number or a truth value as it is written.
fn written_text(value: Entry<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Integer(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A value as JSON. Times become texts; numbers that JSON cannot represent are refused.
fn json(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            Value::Number(parsed.map_err(|_| "is a whole number of more than 64 bits")?.into())
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(parsed.ok_or("is not a finite number")?)
        }
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(time) => Value::String(time.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| json(item.get_ref())).collect::<Result<_, String>>()?)
        }
        DeValue::Table(table) => {
            let entries = table.iter().map(|(name, value)| Ok((name.get_ref().to_string(), json(value.get_ref())?)));
            Value::Object(entries.collect::<Result<_, String>>()?)
        }
    })
}
