//! What people's output is written on: tables, pairs of label and value, and colours where they are wanted.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, presets};
use jiff::Timestamp;

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Plain,
    Coloured,
}

impl Ink {
    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }
    /// A state or an outcome, in its colour.
    pub fn state(self, state: &str, text: &str) -> String {
        match state_colour(state) {
            Some(Color::Green) => self.wrap("32", text),
            Some(Color::Red) => self.wrap("31", text),
            Some(Color::Yellow) => self.wrap("33", text),
            Some(Color::Blue) => self.wrap("34", text),
            _ => text.to_owned(),
        }
    }
}

/// The one place that says which colour a state has.
fn state_colour(state: &str) -> Option<Color> {
    match state {
        "done" | "attached" => Some(Color::Green),
        "failed" | "lost" | "gone" => Some(Color::Red),
        "stopping" | "cancelled" | "silent" => Some(Color::Yellow),
        "running" => Some(Color::Blue),
        _ => None,
    }
}

/// A place to write for people.
pub struct Paper<'a> {
    out: &'a mut dyn Write,
    pub ink: Ink,
    pub now: Timestamp,
}

impl std::fmt::Debug for Paper<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper").field("ink", &self.ink).field("now", &self.now).finish_non_exhaustive()
    }
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub enum Field {
    Text(String),
    /// Aligned to the right.
    Number(String),
    State(String),
    Dim(String),
}

impl<T: Into<String>> From<T> for Field {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> Paper<'a> {
    pub fn new(out: &'a mut dyn Write, ink: Ink, now: Timestamp) -> Self {
        Self { out, ink, now }
    }

    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", text.trim_end())
    }

    /// A heading above a part.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.ink.bold(text);
        writeln!(self.out, "\n{text}")
    }

    /// A table as wide as the terminal; cells that do not fit are wrapped. Not in a terminal, as wide as it needs.
    pub fn table(&mut self, header: &[&str], rows: Vec<Vec<Field>>) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if self.ink == Ink::Plain {
            table.force_no_tty();
        } else {
            table.enforce_styling();
        }
        table.set_header(header.iter().map(|text| Cell::new(text).add_attribute(Attribute::Dim)));
        for row in rows {
            table.add_row(row.into_iter().map(cell));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some(first) = table.column_mut(0) {
            // What a row is about stays in one piece.
            first.set_constraint(ColumnConstraint::ContentWidth);
        }
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Labels and their values, one pair in a line; pairs without a value are left out.
    pub fn pairs(&mut self, pairs: &[(&str, Option<String>)]) -> io::Result<()> {
        let width = pairs.iter().filter(|(_, value)| value.is_some()).map(|(label, _)| label.chars().count()).max();
        for (label, value) in pairs {
            if let Some(value) = value {
                let label = self.ink.dim(&format!("{label:<0$}", width.unwrap_or(0)));
                for (i, line) in value.lines().enumerate() {
                    let lead = if i == 0 { label.clone() } else { " ".repeat(width.unwrap_or(0)) };
                    writeln!(self.out, "{lead}  {}", line.trim_end())?;
                }
            }
        }
        Ok(())
    }
}

fn cell(field: Field) -> Cell {
    match field {
        Field::Text(text) => Cell::new(printable(&text)),
        Field::Number(text) => Cell::new(text).set_alignment(comfy_table::CellAlignment::Right),
        Field::Dim(text) => Cell::new(printable(&text)).add_attribute(Attribute::Dim),
        Field::State(text) => match state_colour(&text) {
            Some(colour) => Cell::new(text).fg(colour),
            None => Cell::new(text),
        },
    }
}

/// Text that others wrote, without what would steer a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Paper<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Paper::new(&mut out, Ink::Plain, Timestamp::UNIX_EPOCH)).expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn tables_are_plain_text_outside_of_a_terminal() {
        let text = written(|paper| {
            paper.table(
                &["RUN", "STATE", "TIME"],
                vec![
                    vec!["7Q2M".into(), Field::State("done".to_owned()), Field::Number("41 s".to_owned())],
                    vec!["8R3N".into(), Field::State("running".to_owned()), Field::Number("2 min 05 s".to_owned())],
                ],
            )
        });
        insta::assert_snapshot!(text, @r"
        RUN   STATE    TIME
        7Q2M  done           41 s
        8R3N  running  2 min 05 s
        ");
    }

    #[test]
    fn pairs_stand_in_columns() {
        let text = written(|paper| {
            paper.pairs(&[("command", Some("a\nb".to_owned())), ("none", None), ("in", Some("/tmp".to_owned()))])
        });
        insta::assert_snapshot!(text, @r"
        command  a
                 b
        in       /tmp
        ");
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("a\x1b[31mb"), "a\u{fffd}[31mb");
    }
}
