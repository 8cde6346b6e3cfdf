//! The variables that a command gets from `env`.

use std::collections::BTreeMap;

/// The variables that a command gets from `env`. `words`: the words after `env`.
pub(super) fn assigned(words: &[String], environment: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables = environment.clone();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let unset = word.strip_prefix("--unset=").or_else(|| word.strip_prefix("-u").filter(|name| !name.is_empty()));
        match (word.as_str(), unset, word.split_once('=')) {
            ("-i" | "-" | "--ignore-environment", ..) => variables.clear(),
            ("-u" | "--unset", ..) => drop(words.next().and_then(|name| variables.remove(name))),
            ("-C" | "--chdir", ..) => {
                words.next();
            }
            (_, Some(name), _) => drop(variables.remove(name)),
            (option, ..) if option.starts_with('-') => {}
            (.., Some((name, value))) => drop(variables.insert(name.to_owned(), value.to_owned())),
            _ => break,
        }
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_sets_the_variables_of_the_command() {
        let check = |words: &str, wanted: &[(&str, &str)]| {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            let variables = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
            };
            let before = variables(&[("A", "1"), ("B", "2")]);
            assert_eq!(assigned(&words, &before), variables(wanted), "{words:?}");
        };
        check("fit A=3", &[("A", "1"), ("B", "2")]);
        check("A=3 C=x=y fit", &[("A", "3"), ("B", "2"), ("C", "x=y")]);
        check("-i C=4 fit", &[("C", "4")]);
        check("-u A -uB C=4 fit", &[("C", "4")]);
        check("-C study --unset=A -v fit", &[("B", "2")]);
    }
}
