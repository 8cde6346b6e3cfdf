//! Splits a source into words, numbers, texts and operators.

use std::ops::Range;

use super::{Arithmetic, Compare};
use crate::{Unit, diagnostic::Diagnostic, unit::UnitError};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number {
        value: f64,
        unit: Option<Unit>,
    },
    Text(String),
    Name(String),
    Word(Word),
    Arithmetic(Arithmetic),
    Compare(Compare),
    /// `~`, or `!~`.
    Like {
        negated: bool,
    },
    Open,
    Close,
    Comma,
}

/// Keywords, case-insensitive. A name that is a keyword is written in backticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    And,
    Or,
    Not,
    In,
    Between,
    Is,
    Missing,
    True,
    False,
}

impl Word {
    pub(super) fn find(text: &str) -> Option<Self> {
        Some(match text.to_ascii_lowercase().as_str() {
            "and" => Self::And,
            "or" => Self::Or,
            "not" => Self::Not,
            "in" => Self::In,
            "between" => Self::Between,
            "is" => Self::Is,
            "missing" | "null" => Self::Missing,
            "true" => Self::True,
            "false" => Self::False,
            _ => return None,
        })
    }
}

pub(super) type Spanned = (Token, Range<usize>);
type Result<T> = std::result::Result<T, Diagnostic>;

/// How the units in a source are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Units {
    /// As in new input.
    New,
    /// With the meaning that they had when they were recorded.
    Recorded,
}

pub(super) fn tokens(source: &str, units: Units) -> Result<Vec<Spanned>> {
    let mut lexer = Lexer { source, at: 0, units };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks();
        let start = lexer.at;
        match lexer.token()? {
            None => return Ok(tokens),
            Some(token) => tokens.push((token, start..lexer.at)),
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    units: Units,
}

/// Operators, a longer one before any prefix of it; typographic ones are accepted, too.
const SIGNS: [(&str, Token); 27] = [
    ("==", Token::Compare(Compare::Equal)),
    ("!=", Token::Compare(Compare::NotEqual)),
    ("<>", Token::Compare(Compare::NotEqual)),
    ("<=", Token::Compare(Compare::LessOrEqual)),
    (">=", Token::Compare(Compare::GreaterOrEqual)),
    ("!~", Token::Like { negated: true }),
    ("**", Token::Arithmetic(Arithmetic::Power)),
    ("=", Token::Compare(Compare::Equal)),
    ("<", Token::Compare(Compare::Less)),
    (">", Token::Compare(Compare::Greater)),
    ("≠", Token::Compare(Compare::NotEqual)),
    ("≤", Token::Compare(Compare::LessOrEqual)),
    ("≥", Token::Compare(Compare::GreaterOrEqual)),
    ("~", Token::Like { negated: false }),
    ("+", Token::Arithmetic(Arithmetic::Add)),
    ("-", Token::Arithmetic(Arithmetic::Subtract)),
    ("−", Token::Arithmetic(Arithmetic::Subtract)),
    ("*", Token::Arithmetic(Arithmetic::Multiply)),
    ("×", Token::Arithmetic(Arithmetic::Multiply)),
    ("·", Token::Arithmetic(Arithmetic::Multiply)),
    ("/", Token::Arithmetic(Arithmetic::Divide)),
    ("÷", Token::Arithmetic(Arithmetic::Divide)),
    ("^", Token::Arithmetic(Arithmetic::Power)),
    ("(", Token::Open),
    (")", Token::Close),
    (",", Token::Comma),
    ("&&", Token::Word(Word::And)),
];

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }
    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }
    fn wrong(&self, start: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(start..self.at, message)
    }

    fn token(&mut self) -> Result<Option<Token>> {
        let start = self.at;
        let rest = self.rest();
        let Some(next) = rest.chars().next() else { return Ok(None) };
        let second = rest[next.len_utf8()..].chars().next();
        match next {
            '0'..='9' => return self.number().map(Some),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => return self.number().map(Some),
            '\'' | '"' => return self.quoted(next).map(|text| Some(Token::Text(text))),
            '`' => {}
            _ if is_name_start(next) => {}
            _ => {
                if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
                    if let Token::Word(_) = token {
                        return Err(Diagnostic::new(start..start + sign.len(), format!("`{sign}` is written `and`")));
                    }
                    self.at += sign.len();
                    return Ok(Some(token.clone()));
                }
                return Err(self.strange(next));
            }
        }
        let name = self.name()?;
        let quoted = self.source[start..self.at].contains('`');
        Ok(Some(match Word::find(&name).filter(|_| !quoted) {
            Some(word) => Token::Word(word),
            None => Token::Name(name),
        }))
    }

    fn strange(&self, letter: char) -> Diagnostic {
        let strange = Diagnostic::new(self.at..self.at + letter.len_utf8(), format!("`{letter}` cannot stand here"));
        match letter {
            '|' => strange.help("write `or`"),
            '&' => strange.help("write `and`"),
            '!' => strange.help("write `not`"),
            '[' => strange.help("only a number is given a unit, as in `5 [km]`; lists stand in parentheses"),
            '%' => strange.help("write `5 [%]` for a percentage"),
            '“' | '”' | '‘' | '’' | '„' => strange.help("write ' or \" around a text"),
            _ => strange.help("a name with other signs than letters, digits, `_` and `.` stands in backticks"),
        }
    }

    /// A number, with its unit in brackets if it has one.
    fn number(&mut self) -> Result<Token> {
        let start = self.at;
        self.digits();
        if self.rest().starts_with('.') {
            self.at += 1;
            self.digits();
        }
        if self.rest().starts_with(['e', 'E']) {
            let after = &self.rest()[1..];
            let sign = usize::from(after.starts_with(['-', '+']));
            if after[sign..].starts_with(|c: char| c.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        let text = &self.source[start..self.at];
        let number_end = self.at;
        if self.rest().starts_with(is_name_start) {
            let letters: usize = self.rest().chars().take_while(|c| is_name_start(*c)).map(char::len_utf8).sum();
            let word = &self.rest()[..letters];
            let help = match word.parse::<Unit>() {
                Ok(_) => format!("write the unit in brackets: `{text} [{word}]`"),
                Err(_) => {
                    "put a sign between a number and a name; a name with a digit first stands in backticks".to_owned()
                }
            };
            self.at += letters;
            return Err(self.wrong(start, format!("`{text}{word}` is neither a number nor a name")).help(help));
        }
        let value: f64 = text.parse().map_err(|_| Diagnostic::new(start..number_end, "this is not a number"))?;
        if !value.is_finite() {
            return Err(Diagnostic::new(start..number_end, "this number is too large"));
        }
        let before_unit = self.at;
        self.skip_blanks();
        if self.rest().starts_with('[') {
            let unit = self.unit(text)?;
            return Ok(Token::Number { value, unit: Some(unit) });
        }
        self.at = before_unit;
        Ok(Token::Number { value, unit: None })
    }

    fn digits(&mut self) {
        self.at += self.rest().bytes().take_while(u8::is_ascii_digit).count();
    }

    /// The text in brackets after a number; a unit may contain brackets itself, as in `mm[Hg]`.
    fn unit(&mut self, number: &str) -> Result<Unit> {
        let open = self.at;
        let mut depth = 0_usize;
        let end = self.rest().char_indices().find(|(_, letter)| {
            depth = match letter {
                '[' => depth + 1,
                ']' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        let Some((length, _)) = end else {
            return Err(Diagnostic::new(open..open + 1, "this bracket is never closed"));
        };
        let text = &self.rest()[1..length];
        let wrong = |error: UnitError| match error.diagnostic() {
            Some(what) => what.clone().shifted(open + 1),
            None => Diagnostic::new(open..open + length, error.to_string()),
        };
        let unit = if self.units == Units::Recorded {
            Unit::recorded(text).map_err(wrong)?
        } else {
            let read = Unit::read(text).map_err(wrong)?;
            if let Some(scale) = read.temperature {
                // The sign before a number is not known to be a part of it.
                let before = self.source[..open].trim_end().trim_end_matches(number).trim_end();
                let kelvin = scale.kelvin_of_text(number).filter(|_| !before.ends_with(['-', '−']));
                let kelvin = kelvin
                    .map_or_else(|| format!("the value in kelvin ({})", scale.formula()), |k| format!("`{k} [K]`"));
                let message = format!("a temperature in {scale} has its zero elsewhere than kelvin");
                let help = format!("write {kelvin}; a difference is `{number} [{}]`", scale.difference());
                return Err(Diagnostic::new(open + 1..open + length, message).help(help));
            }
            read.unit
        };
        self.at += length + 1;
        Ok(unit)
    }

    /// The text between quotes; the quote itself is written twice.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let open = self.at;
        let mut text = String::new();
        self.at += quote.len_utf8();
        loop {
            let Some(length) = self.rest().find(quote) else {
                let what = if quote == '`' { "name" } else { "text" };
                return Err(Diagnostic::new(open..open + 1, format!("this {what} has no {quote} at its end")));
            };
            text.push_str(&self.rest()[..length]);
            self.at += length + quote.len_utf8();
            if !self.rest().starts_with(quote) {
                return Ok(text);
            }
            text.push(quote);
            self.at += quote.len_utf8();
        }
    }

    /// Parts separated by dots; each may be in backticks. In a name of several parts, a part in backticks that could be
    /// read otherwise keeps them.
    fn name(&mut self) -> Result<String> {
        let start = self.at;
        let mut parts = self.parts()?;
        let name = match parts.as_mut_slice() {
            [(only, _)] => std::mem::take(only),
            parts => {
                let written =
                    parts.iter().map(|(part, quoted)| if *quoted { part_in_name(part) } else { part.clone() });
                written.collect::<Vec<_>>().join(".")
            }
        };
        if name.is_empty() {
            return Err(self.wrong(start, "a name has one letter at least"));
        }
        Ok(name)
    }

    /// The parts of a name, and whether each is in backticks.
    fn parts(&mut self) -> Result<Vec<(String, bool)>> {
        let mut parts = Vec::new();
        loop {
            if self.rest().starts_with('`') {
                parts.push((self.quoted('`')?, true));
            } else {
                let length = self.rest().find(|c| !is_name_part(c)).unwrap_or(self.rest().len());
                parts.push((self.source[self.at..self.at + length].to_owned(), false));
                self.at += length;
            }
            let more =
                self.rest().strip_prefix('.').is_some_and(|after| after.starts_with(|c| c == '`' || is_name_part(c)));
            if !more {
                return Ok(parts);
            }
            self.at += 1;
        }
    }
}

/// A part of a name such as `exponent.x`: in backticks if it has a dot or a backtick itself, or the name of a bound.
/// Without them `exponent.x.high` would be the value of a column `x.high`, and the upper bound of `exponent.x`.
pub fn part_in_name(part: &str) -> String {
    if part.contains(['.', '`']) || matches!(part, "low" | "high") { in_backticks(part) } else { part.to_owned() }
}

/// Backticks around a name, and each backtick in it twice.
pub(super) fn in_backticks(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A name without the backticks of its parts.
pub fn without_backticks(name: &str) -> String {
    let mut lexer = Lexer { source: name, at: 0, units: Units::Recorded };
    match lexer.parts() {
        Ok(parts) if lexer.at == name.len() => parts.into_iter().map(|(part, _)| part).collect::<Vec<_>>().join("."),
        _ => name.to_owned(),
    }
}

fn is_name_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}
fn is_name_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Whether a name needs no backticks.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(is_name_start)
        && name.split('.').all(|part| !part.is_empty() && part.chars().all(is_name_part))
        && Word::find(name).is_none()
}
