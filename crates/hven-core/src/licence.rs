//! The forms in which a licence can be named so that readers can look it up: an SPDX identifier or an expression of several, a
//! `LicenseRef` name, or the place of its text. The rights that a licence gives are computed elsewhere.

use crate::{
    Malformed,
    nearest::{nearest, question},
};

/// The identifiers of SPDX (<https://spdx.org/licenses/>), from the list `spdx-license-ids` 3.0.23, which is CC0-1.0.
const IDS: &str = include_str!("licence/ids.txt");
/// Identifiers that SPDX has deprecated, and that are still in use.
const OLD_IDS: &str = include_str!("licence/old_ids.txt");
/// Words that mean "no licence": redistribution is not allowed.
const NOT_FREE: &[&str] = &["proprietary", "none", "all rights reserved"];
/// Names and extensions of files that contain a licence.
const FILE_NAMES: &[&str] = &["license", "licence", "copying"];
const FILE_ENDINGS: &[&str] = &["txt", "md", "rst", "pdf", "html"];
const SUGGESTIONS_MAX: usize = 3;

/// The form in which a licence is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceForm {
    /// By SPDX identifiers, or names such as `LicenseRef-Institute`.
    Expression,
    /// A word that means that nothing is allowed.
    NotFree,
    /// By the file or the address of its text.
    Elsewhere,
}

/// Determines the form of a licence; refuses a text that cannot be looked up.
pub fn form(text: &str) -> Result<LicenceForm, Malformed> {
    let text = text.trim();
    if is_not_free(text) {
        return Ok(LicenceForm::NotFree);
    }
    if is_address(text) || is_file(text) {
        return Ok(LicenceForm::Elsewhere);
    }
    let Err(unknown) = expression(text) else { return Ok(LicenceForm::Expression) };
    let forms = "it is an SPDX identifier such as CC-BY-4.0, several of them with AND or OR, LicenseRef-NAME for one of your \
                 own, or the file or the address of its text";
    let help = question(&suggestions(unknown));
    let why = [Some(forms.to_owned()), help].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Err(Malformed::Text { noun: "licence", text: text.to_owned(), why })
}

/// A note for readers about a licence that is named only by its text.
pub fn note(text: &str) -> Option<String> {
    let is_elsewhere = matches!(form(text), Ok(LicenceForm::Elsewhere));
    is_elsewhere.then(|| format!("the licence is named by its text, {text}: what it allows is not known"))
}

/// Whether a text means that nothing is allowed.
pub fn is_not_free(text: &str) -> bool {
    NOT_FREE.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The identifier in SPDX spelling, when a text is exactly one identifier.
pub fn spdx_id(text: &str) -> Option<&'static str> {
    IDS.lines().chain(OLD_IDS.lines()).find(|id| id.eq_ignore_ascii_case(text))
}

/// Whether it is the address of a text.
pub fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.contains('.') && !text.contains(char::is_whitespace))
}

fn is_file(text: &str) -> bool {
    let name = text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
    let is_text = !stem.is_empty() && FILE_ENDINGS.contains(&ending);
    let mut after = FILE_NAMES.iter().filter_map(|known| stem.strip_prefix(*known));
    let is_named = ending.is_empty() && after.any(|rest| rest.is_empty() || rest.starts_with('-'));
    !text.contains(char::is_whitespace) && (is_text || is_named)
}

/// Whether it is an SPDX expression: `MIT OR (Apache-2.0 AND CC-BY-4.0)`. The error is the part that may be a misspelt
/// identifier.
fn expression(text: &str) -> Result<(), &str> {
    let (mut depth, mut wants_id) = (0_usize, true);
    let mut words = words(text).into_iter().peekable();
    while let Some(word) = words.next() {
        let operator = word.to_ascii_uppercase();
        match (operator.as_str(), wants_id) {
            ("(", true) => depth += 1,
            (")", false) if depth > 0 => depth -= 1,
            ("AND" | "OR", false) => wants_id = true,
            ("WITH", false) if words.peek().is_some_and(|next| is_word(next) && !is_operator(next)) => {
                words.next();
            }
            (_, true) if is_id(word) => wants_id = false,
            _ if is_operator(word) => return Err(""),
            (_, true) if words.peek().is_none_or(|next| is_operator(next)) => return Err(word),
            _ => return Err(text),
        }
    }
    if depth == 0 && !wants_id { Ok(()) } else { Err("") }
}

/// Words and brackets; brackets need no spaces around them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            words.extend([&rest[..at], &rest[at..=at]].into_iter().filter(|part| !part.is_empty()));
            rest = &rest[at + 1..];
        }
        words.extend(Some(rest).filter(|part| !part.is_empty()));
    }
    words
}

fn is_operator(word: &str) -> bool {
    ["AND", "OR", "WITH", ")"].iter().any(|operator| operator.eq_ignore_ascii_case(word))
}

fn is_id(word: &str) -> bool {
    let name = word.rsplit_once(':').map_or(word, |(_, name)| name);
    let own = name.strip_prefix("LicenseRef-");
    own.is_some_and(is_word) || spdx_id(word.strip_suffix('+').unwrap_or(word)).is_some()
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))
}

/// Similar identifiers: in another spelling, misspelt, or without the version; then the newest version comes first.
fn suggestions(wanted: &str) -> Vec<&'static str> {
    let wanted = wanted.to_ascii_lowercase().replace([' ', '_'], "-");
    let wanted = wanted.trim_end_matches("-license").trim_end_matches("-licence");
    if let Some(id) = spdx_id(wanted) {
        return vec![id];
    }
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut versions: Vec<&str> = IDS
        .lines()
        .filter(|id| id.to_ascii_lowercase().strip_prefix(wanted).is_some_and(|rest| rest.starts_with('-')))
        .collect();
    versions.sort_by(|a, b| a.len().cmp(&b.len()).then(b.cmp(a)));
    versions.truncate(SUGGESTIONS_MAX);
    if versions.is_empty() { nearest(wanted, IDS.lines()) } else { versions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_that_can_be_looked_up_is_accepted() {
        let check = |text: &str, expect: LicenceForm| assert_eq!(form(text), Ok(expect), "{text}");
        for text in [
            "CC-BY-4.0",
            "cc0-1.0",
            "GPL-2.0",
            "GPL-2.0+",
            "MIT OR Apache-2.0",
            "(MIT OR Apache-2.0) AND CC-BY-4.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "LicenseRef-Institute-2026",
            "DocumentRef-a:LicenseRef-b",
        ] {
            check(text, LicenceForm::Expression);
        }
        for text in ["https://example.org/terms", "LICENSE", "terms/LICENCE.txt", "COPYING", "LICENSE-MIT", "terms.pdf"]
        {
            check(text, LicenceForm::Elsewhere);
            assert!(note(text).is_some_and(|note| note.ends_with("is not known")));
        }
        check("all rights reserved", LicenceForm::NotFree);
        check("Proprietary", LicenceForm::NotFree);
        assert_eq!((note("MIT"), spdx_id("mit"), spdx_id("MIT OR ISC")), (None, Some("MIT"), None));
    }

    #[test]
    fn an_unknown_licence_is_refused_with_the_nearest_identifier() {
        let check = |text: &str, expect: &[&str]| {
            let Err(Malformed::Text { why, .. }) = form(text) else { panic!("{text} was taken") };
            let help = why.rsplit_once("; ").map_or("", |(_, help)| help);
            assert_eq!(help, question(expect).unwrap_or_default(), "{text}");
        };
        check("CC-BY-4", &["CC-BY-4.0"]);
        check("CC BY 4.0", &["CC-BY-4.0"]);
        check("MIT License", &["MIT"]);
        check("CC-BY", &["CC-BY-4.0", "CC-BY-3.0", "CC-BY-2.5"]);
        check("pddl", &["PDDL-1.0"]);
        check("MIT OR Apache-2", &["Apache-2.0"]);
        for nothing in
            ["", "MIT OR", "(MIT", "MIT)", "MIT WITH", "LicenseRef-", "free of charge for everybody", "https://"]
        {
            check(nothing, &[]);
        }
        let refused = form("foo").expect_err("it is no licence").to_string();
        assert!(
            refused.starts_with("\"foo\" is not a licence: it is an SPDX identifier such as CC-BY-4.0"),
            "{refused}"
        );
    }
}
