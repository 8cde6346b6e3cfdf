//! Commands: a line as in a shell, or a list of words, with `{name}` for parameters and inputs.
//!
//! A line is split into words as a shell does it, but no shell runs it: nothing is expanded, so nothing depends on the files in
//! the folder. Syntax that only a shell understands is refused; it is not passed on literally.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The words of a command, with placeholders for values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// As written, with `{name}` in them.
    pub argv: Vec<String>,
}

/// A piece of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

impl Command {
    /// Splits a line into words. The error says what is wrong where.
    pub fn of_line(line: &str) -> Result<Self, String> {
        match words(line) {
            Ok(argv) => Ok(Self { argv }),
            Err((at, why)) => Err(format!("{why} (at {:?})", &line[at.start..])),
        }
    }
    /// The names of the placeholders, each once.
    pub fn placeholders(&self) -> Vec<&str> {
        let mut places = Vec::new();
        for piece in self.argv.iter().flat_map(|word| pieces(word)) {
            if let Piece::Placeholder(name) = piece
                && !places.contains(&name)
            {
                places.push(name);
            }
        }
        places
    }
    /// The words with values in place of the placeholders. A placeholder without a value stays as it is.
    pub fn filled(&self, value_of: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let fill = |piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Placeholder(name) => value_of(name).unwrap_or_else(|| format!("{{{name}}}")),
        };
        self.argv.iter().map(|word| pieces(word).into_iter().map(fill).collect()).collect()
    }
}

/// Splits a word at its placeholders. `{{` and `}}` are the braces themselves; braces around anything that is not a name are
/// literal.
pub(crate) fn pieces(word: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(next) = word[at..].find(['{', '}']).map(|found| at + found) {
        let brace = &word[next..=next];
        if word[next + 1..].starts_with(brace) {
            pieces.push(Piece::Text(&word[from..=next]));
            (from, at) = (next + 2, next + 2);
            continue;
        }
        let name = word[next..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(name, _)| name);
        match name.filter(|name| is_placeholder(name)) {
            Some(name) => {
                pieces.extend([Piece::Text(&word[from..next]), Piece::Placeholder(name)]);
                at = next + name.len() + 2;
                from = at;
            }
            None => at = next + 1,
        }
    }
    pieces.push(Piece::Text(&word[from..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

fn is_placeholder(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// An error in a line, with its position.
pub(super) type Wrong = (Range<usize>, String);

/// Splits a line into words: separated by spaces, with quotes as in a shell.
pub(super) fn words(line: &str) -> Result<Vec<String>, Wrong> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next() {
                        None => return Err((at..at + 1, format!("this {letter} is never closed"))),
                        Some((_, next)) if next == letter => break,
                        Some((_, '\\')) if letter == '"' => match letters.next() {
                            Some((_, next @ ('"' | '\\' | '$' | '`'))) => word.push(next),
                            Some((_, next)) => word.extend(['\\', next]),
                            None => {}
                        },
                        Some((_, next)) => word.push(next),
                    }
                }
            }
            '\\' => match letters.next() {
                Some((_, next)) => word.get_or_insert_default().push(next),
                None => return Err((at..at + 1, "nothing follows this \\".to_owned())),
            },
            letter if letter.is_whitespace() => words.extend(word.take()),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' => {
                return Err((
                    at..at + letter.len_utf8(),
                    format!("`{letter}` means something to a shell, and none runs this line"),
                ));
            }
            '~' | '#' if word.is_none() => {
                return Err((at..at + 1, format!("`{letter}` means something to a shell, and none runs this line")));
            }
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_into_words() {
        let check = |line: &str, expect: &[&str]| assert_eq!(words(line).unwrap(), expect, "{line}");
        check("python train.py --lr {lr}", &["python", "train.py", "--lr", "{lr}"]);
        check("  a  b\tc\n", &["a", "b", "c"]);
        check(r#"a 'b c' "d \"e\" $f" g\ h"#, &["a", "b c", "d \"e\" $f", "g h"]);
        check("--x='a b'c ''", &["--x=a bc", ""]);
        check("a~b c#d", &["a~b", "c#d"]);
        let wrong = |line: &str, place: Range<usize>| assert_eq!(words(line).unwrap_err().0, place, "{line}");
        wrong("a | b", 2..3);
        wrong("cat x > y", 6..7);
        wrong("echo $HOME", 5..6);
        wrong("ls *.csv", 3..4);
        wrong("ls ~/x", 3..4);
        wrong("a 'b", 2..3);
        wrong("a \\", 2..3);
    }

    #[test]
    fn placeholders_are_filled() {
        let command = Command { argv: words("'{a}/{b}.txt' --x={a} {{a}} 'awk {print}' '{ a }' {no} '{'").unwrap() };
        assert_eq!(command.placeholders(), ["a", "b", "print", "no"]);
        let filled = command.filled(&|name| (name.len() == 1).then(|| name.to_uppercase()));
        assert_eq!(filled, ["A/B.txt", "--x=A", "{a}", "awk {print}", "{ a }", "{no}", "{"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(line in "[a-z{}'\"\\\\ $é]{0,20}") {
            if let Ok(argv) = words(&line) {
                let command = Command { argv };
                command.placeholders();
                command.filled(&|_| None);
            }
        }
    }
}
