//! Refuses settings that mean nothing, contradict one another, or have no effect on the given file.

use crate::{
    csv::{encoding, skipped::SkippedLines},
    error::{Error, Result},
    options::{ImportOptions, SourceFormat},
};

fn refuse<T>(option: &'static str, why: impl Into<String>) -> Result<T> {
    Err(Error::BadOption { option, why: why.into() })
}

impl ImportOptions {
    /// Refuses settings that are wrong for every source.
    ///
    /// # Errors
    /// The first of them, as [`Error::BadOption`].
    pub fn check(&self) -> Result<()> {
        check(self)
    }
}

/// Refuses settings that are wrong for every file.
///
/// # Errors
/// [`Error::BadOption`].
pub(crate) fn check(options: &ImportOptions) -> Result<()> {
    if let Some(label) = &options.encoding {
        encoding::named(label)?;
    }
    if let Some(decimal) = options.decimal
        && !matches!(decimal, '.' | ',')
    {
        return refuse("decimal", format!("{decimal:?} is neither a point nor a comma"));
    }
    thousands(options)?;
    if let Some(comment) = &options.comment {
        check_comment(comment)?;
    }
    SkippedLines::of(options)?;
    widths(options)?;
    match options.format {
        Some(format @ (SourceFormat::Blanks | SourceFormat::Fixed)) if options.delimiter.is_some() => {
            refuse("delimiter", format!("the format {} has no delimiter: leave one of the two out", format.as_str()))
        }
        Some(SourceFormat::Tsv) if options.delimiter.is_some_and(|delimiter| delimiter != '\t') => {
            refuse("delimiter", "the format tsv has tabs between cells: write the format csv with another delimiter")
        }
        Some(SourceFormat::Fixed) if options.quote.is_some() => {
            refuse("quote", "cells of fixed widths have no quotes around them: leave it out")
        }
        _ if options.units_line == Some(true) && options.header == Some(false) => {
            refuse("units_line", "it is the line below the names, and header = false says that there are no names")
        }
        _ => Ok(()),
    }
}

fn thousands(options: &ImportOptions) -> Result<()> {
    let Some(text) = &options.thousands else { return Ok(()) };
    match separator(text) {
        Err(why) => refuse("thousands", why),
        Ok(Some(letter)) if Some(letter) == options.decimal => {
            refuse("thousands", format!("{letter:?} is also the decimal separator"))
        }
        Ok(_) => Ok(()),
    }
}

/// The separator between thousands; `None` for `none`.
pub(crate) fn separator(text: &str) -> std::result::Result<Option<char>, String> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        _ if text == "none" => Ok(None),
        (Some(letter), None) if !letter.is_alphanumeric() && !letter.is_control() && !"+-\"#".contains(letter) => {
            Ok(Some(letter))
        }
        _ => Err(format!(
            "{text:?} is not a separator between thousands: write one sign, such as . or , or ' or a blank, or none"
        )),
    }
}

fn check_comment(comment: &str) -> Result<()> {
    match comment.chars().next() {
        None => refuse("comment", "it is empty: write how the lines begin, such as #"),
        Some(first) if first.is_alphanumeric() || first.is_whitespace() || matches!(first, '"' | '-' | '+' | '.') => {
            refuse("comment", format!("lines of values may begin with {comment:?}: write a sign such as # or %"))
        }
        Some(_) => Ok(()),
    }
}

fn widths(options: &ImportOptions) -> Result<()> {
    match (&options.widths, options.format) {
        (None, _) => Ok(()),
        (Some(widths), Some(SourceFormat::Fixed)) if widths.is_empty() || widths.contains(&0) => {
            refuse("widths", "each column has a width of at least 1 letter: write them as 8,10,10")
        }
        (Some(_), Some(SourceFormat::Fixed)) => Ok(()),
        (Some(_), _) => {
            refuse("widths", "only the format fixed has widths: say format = fixed as well, or leave them out")
        }
    }
}

/// Refuses settings of text tables for a Parquet file.
///
/// # Errors
/// [`Error::BadOption`].
pub(crate) fn check_parquet(options: &ImportOptions) -> Result<()> {
    if let Some(format) = options.format
        && format != SourceFormat::Parquet
    {
        return refuse("format", format!("the file is a Parquet file, not {}: leave it out", format.as_str()));
    }
    let settings = [
        ("delimiter", options.delimiter.is_some()),
        ("quote", options.quote.is_some()),
        ("header", options.header.is_some()),
        ("units_line", options.units_line.is_some()),
        ("encoding", options.encoding.is_some()),
        ("decimal", options.decimal.is_some()),
        ("thousands", options.thousands.is_some()),
        ("comment", options.comment.is_some()),
        ("skip_lines", options.skip_lines.as_ref().is_some_and(|lines| !lines.is_empty())),
        ("widths", options.widths.is_some()),
    ];
    match settings.into_iter().find(|(_, is_said)| *is_said) {
        Some((option, _)) => refuse(option, "it says how text is read, and the file is a Parquet file: leave it out"),
        None => Ok(()),
    }
}

/// Refuses the format Parquet for text.
///
/// # Errors
/// [`Error::BadOption`].
pub(crate) fn check_text(options: &ImportOptions) -> Result<()> {
    if options.format == Some(SourceFormat::Parquet) {
        return refuse(
            "format",
            "the file is text, not a Parquet file: say csv, tsv, blanks or fixed, or leave it out",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_the_next_step() {
        let said = |options: ImportOptions| match check(&options) {
            Err(error) => error.to_string(),
            Ok(()) => "taken".to_owned(),
        };
        let new = ImportOptions::default;
        let thousands = |text: &str| said(ImportOptions { thousands: Some(text.to_owned()), ..new() });
        for good in ["none", ".", ",", "'", " ", "\u{a0}", "\u{202f}", "_"] {
            assert_eq!(thousands(good), "taken", "{good:?}");
        }
        for bad in ["", "0", "e", "..", "\n", "-"] {
            assert!(thousands(bad).contains("or none"), "{bad:?}");
        }
        let encoding = |text: &str| said(ImportOptions { encoding: Some(text.to_owned()), ..new() });
        for good in ["utf-8", "latin-1", "GB18030", "shift_jis", "windows-1251", "utf-16le", "Big5"] {
            assert_eq!(encoding(good), "taken", "{good:?}");
        }
        assert!(encoding("nonsense").contains("such as utf-8"));
        let comment = |text: &str| said(ImportOptions { comment: Some(text.to_owned()), ..new() });
        assert_eq!(comment("//"), "taken");
        assert!(comment("").contains("empty") && comment("1").contains("such as #"));
        let widths = |widths: &[u32], format| said(ImportOptions { widths: Some(widths.to_vec()), format, ..new() });
        assert_eq!(widths(&[3, 4], Some(SourceFormat::Fixed)), "taken");
        assert!(widths(&[3, 0], Some(SourceFormat::Fixed)).contains("at least 1"));
        assert!(widths(&[3], None).contains("say format = fixed"));
        assert!(widths(&[3], Some(SourceFormat::Csv)).contains("only the format fixed"));
        let format = |format, delimiter, quote| said(ImportOptions { format: Some(format), delimiter, quote, ..new() });
        assert!(format(SourceFormat::Blanks, Some(','), None).contains("no delimiter"));
        assert!(format(SourceFormat::Tsv, Some(','), None).contains("tabs"));
        assert_eq!(format(SourceFormat::Tsv, Some('\t'), None), "taken");
        assert!(format(SourceFormat::Fixed, None, Some('"')).contains("no quotes"));
        let decimal = ImportOptions { decimal: Some(','), thousands: Some(",".to_owned()), ..new() };
        assert!(said(decimal).contains("also the decimal"));
        assert!(said(ImportOptions { decimal: Some(';'), ..new() }).contains("neither"));
        let skip = |lines: &[&str]| {
            said(ImportOptions { skip_lines: Some(lines.iter().map(|line| (*line).to_owned()).collect()), ..new() })
        };
        assert_eq!(skip(&["3", "10-14"]), "taken");
        for bad in ["0", "x", "5-3", "-2", ""] {
            assert!(skip(&[bad]).contains("10-14"), "{bad:?}");
        }
        let no_names = ImportOptions { header: Some(false), units_line: Some(true), ..new() };
        assert!(said(no_names).contains("no names"));
    }

    #[test]
    fn settings_without_effect_are_refused() {
        let new = ImportOptions::default;
        let said = |options: ImportOptions| check_parquet(&options).map_err(|error| error.to_string());
        for options in [
            ImportOptions { delimiter: Some(';'), ..new() },
            ImportOptions { encoding: Some("utf-8".to_owned()), ..new() },
            ImportOptions { thousands: Some("none".to_owned()), ..new() },
            ImportOptions { skip_lines: Some(vec!["3".to_owned()]), ..new() },
        ] {
            assert!(said(options).expect_err("refused").contains("Parquet"));
        }
        let csv = ImportOptions { format: Some(SourceFormat::Csv), ..new() };
        assert!(said(csv).expect_err("refused").contains("not csv"));
        let parquet = ImportOptions { format: Some(SourceFormat::Parquet), nulls: Some(Vec::new()), ..new() };
        assert_eq!(said(parquet.clone()), Ok(()));
        assert!(check_text(&parquet).is_err() && check_text(&new()).is_ok());
    }
}
