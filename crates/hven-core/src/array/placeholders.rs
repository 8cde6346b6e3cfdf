//! Placeholders in the words of an array: `{i}` stands for a value, `{{` and `}}` for braces ([`Command`]).
//!
//! The command is divided into words before values are filled in, so a value never becomes two words, whatever is in it.

use super::axes::value_text;
use crate::{manifest::Command, nearest, params::Params};

/// The first placeholder of these words that stands for no value, in words.
pub fn placeholder_fault(words: &Command, names: &[&str]) -> Option<String> {
    let unknown = words.placeholders().into_iter().find(|name| !names.contains(name))?;
    let meant = match nearest::nearest(unknown, names.iter().copied()).first() {
        Some(near) => format!("is {{{near}}} meant?"),
        None => format!("there are {{{}}}.", names.join("}, {")),
    };
    Some(format!("{{{unknown}}} stands for no value: {meant} `{{{{{unknown}}}}}` writes the braces themselves"))
}

/// The words with these values in place of the placeholders.
pub fn filled(words: &Command, values: &Params) -> Vec<String> {
    words.filled(&|name| values.get(name).map(value_text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn command(words: &[&str]) -> Command {
        Command { argv: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn a_value_is_never_two_words() {
        let hostile = "a b; $(rm -rf /) \"' {i} {{";
        let values: Params =
            [("i".to_owned(), json!(17)), ("t".to_owned(), json!(0.1)), ("x".to_owned(), json!(hostile))].into();
        let words = command(&["--seed={i}", "{i}{t}", "{{i}}", "", "{x}", "awk", "{print $1}"]);
        assert_eq!(placeholder_fault(&words, &["i", "t", "x"]), None);
        assert_eq!(filled(&words, &values), ["--seed=17", "170.1", "{i}", "", hostile, "awk", "{print $1}"]);
    }

    #[test]
    fn an_unknown_placeholder_is_named() {
        let fault = |word: &str| placeholder_fault(&command(&[word]), &["seed", "t"]);
        let near = fault("{sed}").expect("a fault");
        assert_eq!(near, "{sed} stands for no value: is {seed} meant? `{{sed}}` writes the braces themselves");
        let far = fault("{print}").expect("a fault");
        assert_eq!(far, "{print} stands for no value: there are {seed}, {t}. `{{print}}` writes the braces themselves");
        assert_eq!(fault("{{sed}}"), None);
    }
}
