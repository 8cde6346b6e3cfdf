//! Suggestions for a name that is no unit, and the rules of new input. A suggestion keeps the kind and the size of what was written: short symbols
//! are not corrected letter by letter, because `Nm` is a letter away from `nm`.

use super::{
    atoms::Atoms,
    doubts::{arbitrary, doubts},
    parse::Parser,
    terms::{Rules, Separator, Unknown},
};
use crate::{
    diagnostic::Diagnostic,
    nearest::{nearest, question},
};

/// Symbols that may be the second of two units without a blank between them, as in `Nm` and `kgK`.
const SECOND: [&str; 10] = ["m", "s", "K", "C", "N", "P", "A", "S", "F", "H"];

/// The rules of new input.
pub(super) static NEW_RULES: Rules = Rules { is_new: true, refuse: arbitrary, unknown };

fn unknown(found: &Unknown<'_>) -> Diagnostic {
    let Unknown { text, name, ref span, separator, terms, atoms } = *found;
    let unknown = found.error();
    let with = |new: &str| format!("{}{new}{}", &text[..span.start], &text[span.end..]);
    if let Some((left, right)) = split(name, atoms) {
        let two = if separator == Separator::Over { format!("({left} {right})") } else { format!("{left} {right}") };
        let whole = with(&two);
        // The advice for `mgN/L` is that for `mg N/L`.
        return match Parser::new(&whole, atoms, &NEW_RULES).parse_terms().and_then(|(_, terms)| doubts(&whole, &terms))
        {
            Ok(_) => unknown.help(format!("write `{whole}` for the product of the two")),
            Err(wrong) => Diagnostic {
                message: format!("{}; {}", unknown.message, wrong.message),
                help: wrong.help,
                span: span.clone(),
            },
        };
    }
    let mut alike: Vec<String> = Vec::new();
    let all: Vec<String> = atoms.all_names().collect();
    let lower = name.to_lowercase();
    for known in all.iter().filter(|known| known.to_lowercase() == lower) {
        if !alike.contains(known) {
            alike.push(known.clone());
        }
    }
    // Whole words have few neighbours; symbols have many.
    if name.chars().count() >= 3 {
        let words: Vec<&str> = all.iter().map(String::as_str).filter(|known| known.chars().count() >= 4).collect();
        let start: String = name.chars().take(2).collect();
        let same_start = |known: &&str| known.starts_with(&start);
        alike.extend(nearest(name, words).into_iter().filter(same_start).map(str::to_owned));
    }
    let mut once: Vec<&str> = Vec::new();
    for known in &alike {
        if !once.contains(&known.as_str()) && once.len() < 3 {
            once.push(known);
        }
    }
    let help = question(&once).unwrap_or_else(|| {
        let known = "write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`";
        let before = terms.last().filter(|_| separator == Separator::Blank).map(|before| &text[before.name.clone()]);
        let rest = &text[span.start..];
        let word = &rest[..rest.find(|c: char| c.is_whitespace() || "/.()*{^".contains(c)).unwrap_or(rest.len())];
        match before {
            Some(before) => format!("{known}; if `{word}` is the substance, write `{before}{{{word}}}`"),
            None if name.chars().count() >= 3 => {
                format!("{known}, and what is only counted stands in braces, as in `{{cells}}/mL`")
            }
            None => known.to_owned(),
        }
    });
    unknown.help(help)
}

/// Two units without a blank between them.
fn split<'n>(name: &'n str, atoms: &Atoms) -> Option<(&'n str, &'n str)> {
    SECOND.iter().find_map(|second| {
        let left = name.strip_suffix(second)?;
        let clear = left.chars().any(char::is_uppercase) || left.ends_with('g') || left.ends_with("mol");
        (clear
            && (*second != "s" || left.starts_with(char::is_uppercase) || left.len() > 1)
            && atoms.find(left).is_some())
        .then_some((left, *second))
    })
}
