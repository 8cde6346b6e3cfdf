//! Patterns of paths with placeholders: the characters of values, and the names in a path.

use super::axes::{Axis, TableRows, value_text};

/// The characters that values have, and whether all have the same length.
#[derive(Default)]
pub(super) struct Signs {
    ascii: u128,
    has_others: bool,
    length: Option<usize>,
    pub(super) lengths_differ: bool,
    /// A value has a slash, or only points.
    pub(super) is_path: bool,
}

impl Signs {
    fn add(&mut self, text: &str) {
        for sign in text.chars() {
            match u32::from(sign) {
                code @ 0..=127 => self.ascii |= 1 << code,
                _ => self.has_others = true,
            }
        }
        let length = text.chars().count();
        self.lengths_differ |= self.length.is_some_and(|known| known != length);
        self.length = Some(length);
        self.is_path |= text.contains('/') || text.chars().all(|sign| sign == '.');
    }

    pub(super) fn may_have(&self, sign: char) -> bool {
        match u32::from(sign) {
            code @ 0..=127 => self.ascii & (1 << code) != 0,
            _ => self.has_others,
        }
    }

    /// The signs of the values of this name in an axis.
    pub(super) fn of(axis: &Axis, name: &str, tables: &dyn TableRows) -> Self {
        let mut signs = Self::default();
        match axis {
            Axis::Range { .. } => {
                signs.add("-0123456789.e");
                signs.lengths_differ = true;
            }
            Axis::List { values, .. } => values.iter().for_each(|value| signs.add(&value_text(value))),
            Axis::Table { names, object, rows, .. } => {
                let column = names.iter().position(|column| column == name);
                for at in 0..*rows {
                    let row = tables.row(object, at).unwrap_or_default();
                    let value = column.and_then(|column| row.get(column));
                    if let Some(value) = value {
                        signs.add(&value_text(value));
                    }
                }
            }
            Axis::Zip { axes } => {
                let part = axes.iter().find(|axis| axis.names().contains(&name));
                return part.map(|axis| Self::of(axis, name, tables)).unwrap_or_default();
            }
        }
        signs
    }
}

/// A name with placeholders in it.
#[derive(Default)]
pub(super) struct NamePattern {
    /// The texts before the first value and behind the last one: the same without values.
    pub(super) begin: String,
    end: String,
    pub(super) has_values: bool,
}

impl NamePattern {
    pub(super) fn add_value(&mut self) {
        self.has_values = true;
        self.end.clear();
    }

    pub(super) fn add_text(&mut self, text: &str) {
        self.end.push_str(text);
        if !self.has_values {
            self.begin.push_str(text);
        }
    }

    pub(super) fn may_equal(&self, other: &Self) -> bool {
        if !self.has_values && !other.has_values {
            return self.begin == other.begin;
        }
        let is_either = |fits: &dyn Fn(&Self, &Self) -> bool| fits(self, other) || fits(other, self);
        is_either(&|a, b| a.begin.starts_with(&b.begin)) && is_either(&|a, b| a.end.ends_with(&b.end))
    }
}

/// A path without `.` and `..`, with a slash at its end.
pub(super) fn clean(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|before| *before != "..") => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}/", names.join("/"))
}
