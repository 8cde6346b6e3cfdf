//! Writes human-readable output: tables, pairs of label and value, and colours.
//!
//! This file also makes texts of other people safe: all output passes [`shown`], which permits the colours of [`Colours`] and
//! escapes all other control sequences. So no command can forget it.

use std::{
    fmt::Write as _,
    io::{self, Write},
    sync::OnceLock,
};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, presets};
use hven_core::safe_text::safe_text;
use jiff::Timestamp;

/// Whether the output has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Off,
    On,
}

impl Colours {
    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Off => text.to_owned(),
            Self::On => format!("{0}[{code}m{text}{0}[0m", mark()),
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

/// The marker in front of each colour sequence, until [`shown`] replaces it. It is random for each process, so no
/// recorded text contains it.
fn mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(|| {
        let mut random = [0; 16];
        // Without random bytes, a text could contain the marker and so have a colour, which is harmless.
        let _ = getrandom::fill(&mut random);
        let mut mark = String::from("\x1b");
        for byte in random {
            let _ = write!(mark, "{byte:02x}");
        }
        mark
    })
}

/// The text for a terminal: with the colours of [`Colours`], and everything else escaped.
pub fn shown(text: &str) -> String {
    let mut parts = text.split(mark());
    let mut safe = safe_text(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap_or((part, ""));
        safe.push('\x1b');
        safe.push_str(code);
        safe.push('m');
        safe.push_str(&safe_text(rest));
    }
    safe
}

/// The text for a cell without its colour sequences, and the first colour.
fn uncoloured(text: &str) -> (String, Option<Color>) {
    let mut parts = text.split(mark());
    let mut plain = parts.next().unwrap_or_default().to_owned();
    let mut colour = None;
    for part in parts {
        let (code, rest) = part.split_once('m').unwrap_or((part, ""));
        colour = colour.or(match code {
            "[31" | "[1;31" => Some(Color::Red),
            "[32" => Some(Color::Green),
            "[33" => Some(Color::Yellow),
            "[34" => Some(Color::Blue),
            _ => None,
        });
        plain.push_str(rest);
    }
    (plain, colour)
}

/// The colour of each state.
fn state_colour(state: &str) -> Option<Color> {
    match state {
        "done" | "attached" => Some(Color::Green),
        "failed" | "lost" | "gone" => Some(Color::Red),
        "stopping" | "cancelled" | "silent" | "unknown" => Some(Color::Yellow),
        "running" => Some(Color::Blue),
        _ => None,
    }
}

/// A writer for human-readable output.
pub struct TerminalWriter<'a> {
    out: &'a mut dyn Write,
    pub colours: Colours,
    pub now: Timestamp,
}

impl std::fmt::Debug for TerminalWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerminalWriter").field("colours", &self.colours).field("now", &self.now).finish_non_exhaustive()
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

impl<'a> TerminalWriter<'a> {
    pub fn new(out: &'a mut dyn Write, colours: Colours, now: Timestamp) -> Self {
        Self { out, colours, now }
    }

    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", shown(text.trim_end()))
    }

    /// A heading above a section.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let text = self.colours.bold(text);
        writeln!(self.out, "\n{}", shown(&text))
    }

    /// A table as wide as the terminal, in which long cells are wrapped. Outside of a terminal it is as wide as needed. The
    /// header may hold texts of other people, such as names of columns.
    pub fn table(&mut self, header: &[&str], rows: Vec<Vec<Field>>) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        if self.colours == Colours::Off {
            table.force_no_tty();
        } else {
            table.enforce_styling();
        }
        table.set_header(header.iter().map(|text| Cell::new(printable(text)).add_attribute(Attribute::Dim)));
        for row in rows {
            table.add_row(row.into_iter().map(|field| cell(&field)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        if let Some(first) = table.column_mut(0) {
            // The first column is never wrapped.
            first.set_constraint(ColumnConstraint::ContentWidth);
        }
        for line in table.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Labels and their values, one pair per line. Pairs without a value are left out.
    pub fn pairs(&mut self, pairs: &[(&str, Option<String>)]) -> io::Result<()> {
        let width = pairs.iter().filter(|(_, value)| value.is_some()).map(|(label, _)| label.chars().count()).max();
        for (label, value) in pairs {
            if let Some(value) = value {
                let label = self.colours.dim(&format!("{label:<0$}", width.unwrap_or(0)));
                for (i, line) in value.lines().enumerate() {
                    let lead = if i == 0 { label.clone() } else { " ".repeat(width.unwrap_or(0)) };
                    writeln!(self.out, "{}  {}", shown(&lead), shown(line.trim_end()))?;
                }
            }
        }
        Ok(())
    }
}

fn cell(field: &Field) -> Cell {
    let text = match field {
        Field::Text(text) | Field::Number(text) | Field::State(text) | Field::Dim(text) => text,
    };
    let (plain, colour) = uncoloured(text);
    let cell = Cell::new(safe_text(&plain));
    match field {
        Field::Text(_) => colour.map_or(cell.clone(), |colour| cell.fg(colour)),
        Field::Number(_) => cell.set_alignment(comfy_table::CellAlignment::Right),
        Field::Dim(_) => cell.add_attribute(Attribute::Dim),
        Field::State(_) => state_colour(&plain).map_or(cell.clone(), |colour| cell.fg(colour)),
    }
}

/// A text of other people without control characters, for a place that does not pass [`shown`].
pub fn printable(text: &str) -> String {
    safe_text(text).replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut TerminalWriter<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut TerminalWriter::new(&mut out, Colours::Off, Timestamp::UNIX_EPOCH)).expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn tables_are_plain_text_outside_of_a_terminal() {
        let text = written(|writer| {
            writer.table(
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
    fn pairs_are_aligned_in_columns() {
        let text = written(|writer| {
            writer.pairs(&[("command", Some("a\nb".to_owned())), ("none", None), ("in", Some("/tmp".to_owned()))])
        });
        insta::assert_snapshot!(text, @r"
        command  a
                 b
        in       /tmp
        ");
    }

    #[test]
    fn no_text_controls_the_terminal() {
        let hostile = "a\x1b[31mb\u{9b}2J\u{202e}\r\u{7}";
        let text = written(|writer| {
            writer.line(hostile)?;
            writer.heading(hostile)?;
            writer.pairs(&[("label", Some(hostile.to_owned()))])?;
            let fields = [Field::Text, Field::Number, Field::State, Field::Dim].map(|field| field(hostile.to_owned()));
            writer.table(&["A", hostile, "C", "D"], vec![fields.to_vec()])
        });
        assert_eq!(text.matches(r"a\u{1b}[31mb\u{9b}2J\u{202e}\r\u{7}").count(), 8, "{text}");
        assert_eq!(safe_text(&text), text);
    }

    #[test]
    fn own_colours_pass_and_others_are_escaped() {
        let text = format!("{} \x1b[31mforged", Colours::On.state("done", "done\x1b[1m"));
        assert_eq!(shown(&text), "\x1b[32mdone\\u{1b}[1m\x1b[0m \\u{1b}[31mforged");
        assert_eq!(uncoloured(&Colours::On.red("x")), ("x".to_owned(), Some(Color::Red)));
    }
}
