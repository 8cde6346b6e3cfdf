//! Reads units as people write them: UCUM, CF (udunits) and plain typography.
//!
//! `m/s`, `m s-1`, `m.s-1`, `kg m^2 s^-2`, `AU/yr^1.5`, `yr/AU^(3/2)`, `10^3 kg`, `10*3/uL`, `m s⁻¹`, `{cells}/mL`. Slashes are
//! read from left to right as in both standards, so `km/s/Mpc` is km/(s Mpc). Ambiguous texts (`J/kg K`, `m^3/2`) are refused,
//! with both unambiguous spellings.

use std::iter;

use super::{
    Rational, Scale, Unit, UnitError,
    atoms::Atoms,
    refused,
    scale::SIGNIFICAND_MAX,
    temperature,
    terms::{Rules, Separator, Term, Unknown},
};
use crate::diagnostic::Diagnostic;

/// Longer texts are not units.
pub(super) const BYTES_MAX: usize = 500;
const DEPTH_MAX: usize = 16;

const SUPERSCRIPTS: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";

pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    atoms: &'a Atoms,
    rules: &'a Rules,
    /// The separator before the next term, and whether the terms of this group stand below a slash.
    separator: Separator,
    below: bool,
    terms: Vec<Term>,
}

type Result<T> = std::result::Result<T, Diagnostic>;

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, atoms: &'a Atoms, rules: &'a Rules) -> Self {
        Self { text, at: 0, depth: 0, atoms, rules, separator: Separator::Start, below: false, terms: Vec::new() }
    }

    pub(super) fn parse(self) -> Result<Unit> {
        self.parse_terms().map(|(unit, _)| unit)
    }

    /// The unit and its named parts.
    pub(super) fn parse_terms(mut self) -> Result<(Unit, Vec<Term>)> {
        if self.text.len() > BYTES_MAX {
            return Err(Diagnostic::new(0..0, format!("a unit has at most {BYTES_MAX} bytes")));
        }
        self.skip_blanks();
        if self.at == self.text.len() {
            return Err(Diagnostic::new(0..0, "the unit is empty").help("write `1` for a plain number"));
        }
        let unit = self.product()?;
        match self.peek() {
            None => Ok((unit, self.terms)),
            Some(')') => Err(self.wrong(1, "this parenthesis was never opened")),
            Some(other) => Err(self.wrong(other.len_utf8(), format!("`{other}` cannot stand in a unit"))),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }
    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }
    fn wrong(&self, length: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.at..(self.at + length).min(self.text.len()), message)
    }
    fn out_of_range(&self, start: usize) -> impl Fn(UnitError) -> Diagnostic + use<> {
        let span = start..self.at;
        move |error| Diagnostic::new(span.clone(), error.to_string())
    }

    /// Terms with separators, up to a closing parenthesis or the end.
    fn product(&mut self) -> Result<Unit> {
        let start = self.at;
        self.skip_blanks();
        let below = self.below;
        self.separator = Separator::Start;
        // UCUM allows a unit to begin with a slash.
        let mut unit = if matches!(self.peek(), Some('/')) { Unit::one() } else { self.term(true)? };
        let mut divided = false;
        loop {
            let before = self.at;
            let Some(between) = self.between() else { return Ok(unit) };
            self.separator = between;
            self.below = below ^ (between == Separator::Over);
            if between == Separator::Blank && divided {
                let help = "write `J/(kg K)` or `J.K/kg`, as it is meant";
                let message = "this can be read as part of the denominator or not";
                return Err(Diagnostic::new(self.at..self.text.len(), message).help(help));
            }
            divided |= between == Separator::Over;
            let term_start = self.at;
            let only_numbers = unit.factors.is_empty();
            let term = self.term(between != Separator::Blank || only_numbers)?;
            self.below = below;
            if between == Separator::Over && self.text[..before].ends_with(|c: char| c.is_ascii_digit()) {
                self.refuse_ambiguous_fraction(start, before, term_start)?;
            }
            let product = if between == Separator::Over { unit.divide(&term) } else { unit.multiply(&term) };
            unit = product.map_err(self.out_of_range(start))?;
        }
    }

    /// `m^3/2`: an exponent followed by a slash and a plain number.
    fn refuse_ambiguous_fraction(&self, start: usize, slash: usize, number: usize) -> Result<()> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let Some((base, exponent)) = self.text[start..slash].rsplit_once('^') else { return Ok(()) };
        let base_is_name = base.ends_with(|c: char| !c.is_ascii_digit());
        let below = &self.text[number..self.at];
        if !(base_is_name && digits(exponent.trim_start_matches('-')) && digits(below)) {
            return Ok(());
        }
        let message = format!("`^{exponent}/{below}` can be read as a fraction in the exponent or as a division");
        let help = format!("write `^({exponent}/{below})`, or put the number first");
        Err(Diagnostic::new(slash - exponent.len() - 1..self.at, message).help(help))
    }

    /// The separator before the next term; `None` at the end.
    fn between(&mut self) -> Option<Separator> {
        let blank = self.peek().is_some_and(char::is_whitespace);
        self.skip_blanks();
        let sign = match self.peek()? {
            ')' => return None,
            '/' => Separator::Over,
            '.' | '·' | '⋅' | '×' | '*' => Separator::Times,
            _ if self.eat("per ") => return Some(Separator::Over),
            // A number directly before a name, as in `10kg`, is a product, too.
            next => {
                return (blank || is_name_start(next) || next == '(' || next == '{').then_some(Separator::Blank);
            }
        };
        self.at += self.peek().map_or(0, char::len_utf8);
        self.skip_blanks();
        Some(sign)
    }

    fn term(&mut self, number_allowed: bool) -> Result<Unit> {
        let start = self.at;
        let Some(next) = self.peek() else {
            return Err(self.wrong(0, "a unit is missing here"));
        };
        let first = self.terms.len();
        let unit = match next {
            '(' => self.group()?,
            '{' => {
                let end = self.rest().find('}').ok_or_else(|| self.wrong(1, "this brace is never closed"))?;
                self.at += end + 1;
                return Ok(Unit::one());
            }
            '0'..='9' if !number_allowed => {
                return Err(self.wrong(1, "a number stands before the units, not after them"));
            }
            '0'..='9' => {
                let scale = self.number()?;
                Unit::number(scale)
            }
            _ if is_name_start(next) => self.name()?,
            _ => return Err(self.wrong(next.len_utf8(), format!("`{next}` cannot begin a unit"))),
        };
        let name_end = self.at;
        // UCUM writes 10³ as `10*3`.
        let ten_star = unit.coefficient_is_ten() && self.text[start..self.at] == *"10" && self.rest().starts_with('*');
        let exponent = if next.is_ascii_digit() { self.number_exponent(ten_star)? } else { self.exponent()? };
        // UCUM writes what is counted directly behind a unit: `ug/g{creat}`.
        let end = self.at;
        if self.rest().starts_with('{') {
            let length = self.rest().find('}').ok_or_else(|| self.wrong(1, "this brace is never closed"))?;
            self.at += length + 1;
        }
        for term in &mut self.terms[first..] {
            // Only the rules for neighbours need it; the unit itself refuses an exponent that is too large.
            term.exponent = term.exponent.times(exponent.unwrap_or(Rational::ONE)).unwrap_or(term.exponent);
            if term.name.end == name_end {
                term.span.end = end;
            }
        }
        match exponent {
            None => Ok(unit),
            Some(exponent) => unit.power(exponent).map_err(self.out_of_range(start)),
        }
    }

    fn group(&mut self) -> Result<Unit> {
        let open = self.at;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.wrong(1, format!("parentheses may be {DEPTH_MAX} deep")));
        }
        self.at += 1;
        let inner = self.product()?;
        self.skip_blanks();
        if !self.eat(")") {
            return Err(Diagnostic::new(open..open + 1, "this parenthesis is never closed"));
        }
        self.depth -= 1;
        Ok(inner)
    }

    /// Digits, decimals and a power of ten.
    fn number(&mut self) -> Result<Scale> {
        let start = self.at;
        let whole = self.digits();
        let mut decimals = "";
        if self.peek() == Some('.') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            self.at += 1;
            decimals = self.digits();
        }
        let mut exponent = 0_i32;
        let tail = self.rest();
        if let Some(after) = tail.strip_prefix(['e', 'E']) {
            let digits = after.strip_prefix(['-', '+']).unwrap_or(after);
            let count = digits.bytes().take_while(u8::is_ascii_digit).count();
            // `1eV` is a number and a unit.
            if count > 0 {
                let length = after.len() - digits.len() + count;
                exponent = after[..length].parse().unwrap_or(i32::MAX);
                self.at += 1 + length;
            }
        }
        let digits = format!("{whole}{decimals}");
        let trimmed = digits.trim_end_matches('0');
        let exponent = i64::from(exponent) - decimals.len() as i64 + (digits.len() - trimmed.len()) as i64;
        if digits.bytes().all(|b| b == b'0') {
            return Err(Diagnostic::new(start..self.at, "no unit is 0 times as large"));
        }
        let significand = trimmed.trim_start_matches('0').parse().ok().filter(|n| *n <= SIGNIFICAND_MAX);
        let exponent = i16::try_from(exponent).ok().filter(|n| n.abs() <= 400);
        let scale = significand.zip(exponent).and_then(|(significand, exponent)| Scale::decimal(significand, exponent));
        scale.ok_or_else(|| {
            let message = "numbers in units have at most twelve digits and stay within 10^±400";
            Diagnostic::new(start..self.at, message).help("units are taken exactly; convert the values instead")
        })
    }

    fn digits(&mut self) -> &'a str {
        let count = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let digits = &self.rest()[..count];
        self.at += count;
        digits
    }

    fn name(&mut self) -> Result<Unit> {
        let start = self.at;
        let name = &self.rest()[..name_length(self.rest())];
        let length = name.len();
        if name.starts_with('[') && !name.ends_with(']') {
            return Err(self.wrong(1, "this bracket is never closed"));
        }
        self.at += length;
        let plain = plain(name);
        let new = self.rules.is_new;
        let temperature = temperature::scale_of(&plain).filter(|_| new);
        let found = match temperature {
            Some(scale) => self.atoms.find(scale.difference()),
            None => {
                if let Some(refused) = refused::find(&plain, new) {
                    let wrong = Diagnostic::new(start..self.at, format!("`{name}` {}", refused.why));
                    return Err(wrong.help(refused.advice));
                }
                if let Some(refused) = (self.rules.refuse)(&plain, self.text, start..self.at) {
                    return Err(refused);
                }
                self.atoms.find(&plain)
            }
        };
        let Some(factor) = found else {
            let (name, span, separator) = (plain.as_str(), start..self.at, self.separator);
            let unknown = Unknown { text: self.text, name, span, separator, terms: &self.terms, atoms: self.atoms };
            return Err((self.rules.unknown)(&unknown));
        };
        let exponent = Rational::whole(if self.below { -1 } else { 1 });
        let (separator, span) = (self.separator, start..self.at);
        let term = Term { factor: factor.clone(), temperature, separator, exponent, name: span.clone(), span };
        self.terms.push(term);
        Unit::of(factor, self.atoms).map_err(self.out_of_range(start))
    }

    fn number_exponent(&mut self, ten_star: bool) -> Result<Option<Rational>> {
        if ten_star && !self.rest().starts_with("**") {
            let after = &self.rest()[1..];
            if after.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') {
                self.at += 1;
                return self.signed_whole().map(Some);
            }
        }
        let explicit = self.rest().starts_with('^') || self.rest().starts_with("**");
        let raised = self.peek().is_some_and(|c| c == '⁻' || c == '⁺' || SUPERSCRIPTS.contains(c));
        if explicit || raised { self.exponent() } else { Ok(None) }
    }

    /// `^2`, `**2`, `2`, `-1`, `^-1.5`, `^(3/2)`, `²`, `⁻¹`; `None` when there is no exponent.
    fn exponent(&mut self) -> Result<Option<Rational>> {
        let start = self.at;
        if self.eat("^") || self.eat("**") {
            self.skip_blanks();
            if self.eat("(") {
                let end =
                    self.rest().find(')').ok_or_else(|| self.wrong(0, "the exponent's parenthesis is not closed"))?;
                let text = &self.rest()[..end];
                self.at += end + 1;
                return self.rational(text, start).map(Some);
            }
            let sign = usize::from(self.rest().starts_with(['-', '+']));
            let minus = if self.rest().starts_with('−') { '−'.len_utf8() } else { sign };
            let digits = |c: char| c.is_ascii_digit() || c == '.';
            let length = self.rest()[minus..].find(|c| !digits(c)).unwrap_or(self.rest().len() - minus);
            // A dot at the end, as in `s^2.m`, is a multiplication sign.
            let text = self.rest()[..minus + length].trim_end_matches('.');
            self.at += text.len();
            if text.len() <= minus {
                return Err(Diagnostic::new(start..self.at, "an exponent is missing here"));
            }
            return self.rational(text, start).map(Some);
        }
        let rest = self.rest();
        let after_sign = rest.strip_prefix(['-', '+', '−']).unwrap_or(rest);
        if after_sign.starts_with(|c: char| c.is_ascii_digit()) {
            let exponent = self.signed_whole()?;
            if self.rest().starts_with('.') && self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
                let help = format!("write `^{}{}`", &self.text[start..self.at], &self.rest()[..2]);
                return Err(Diagnostic::new(start..self.at + 2, "this can be read in two ways").help(help));
            }
            return Ok(Some(exponent));
        }
        if rest.starts_with('-') {
            let message = "`-` is only the sign of an exponent";
            return Err(self
                .wrong(1, message)
                .help("put a blank or a dot between units: `kg.m`; a substance stands in braces: `mg{N}`"));
        }
        let raised: String = rest.chars().map_while(superscript).collect();
        if raised.is_empty() {
            return Ok(None);
        }
        self.at += rest.chars().take_while(|c| superscript(*c).is_some()).map(char::len_utf8).sum::<usize>();
        self.rational(&raised, start).map(Some)
    }

    fn signed_whole(&mut self) -> Result<Rational> {
        let start = self.at;
        self.at += self.peek().filter(|c| matches!(c, '-' | '+' | '−')).map_or(0, char::len_utf8);
        self.digits();
        self.rational(&self.text[start..self.at], start)
    }

    fn rational(&self, text: &str, start: usize) -> Result<Rational> {
        text.parse::<Rational>().map_err(|error| {
            Diagnostic::new(start..self.at, error.to_string())
                .help("a free exponent acts on a plain number: divide by the unit first, as in `(x / AU)^1.4999`")
        })
    }
}

fn superscript(letter: char) -> Option<char> {
    match letter {
        '⁻' => Some('-'),
        '⁺' => Some('+'),
        _ => SUPERSCRIPTS.chars().position(|c| c == letter).and_then(|digit| char::from_digit(digit as u32, 10)),
    }
}

fn is_name_start(letter: char) -> bool {
    letter.is_alphabetic() && letter != 'ⁿ' || "_[%‰°′″'\"℃℉☉⊙⊕$€£¥".contains(letter)
}

/// How many bytes at the start of the text are one name.
fn name_length(text: &str) -> usize {
    let single = text.chars().take_while(|c| matches!(c, '\'' | '′' | '″' | '%' | '‰' | '"')).map(char::len_utf8);
    let single: usize = single.sum();
    if single > 0 {
        return single;
    }
    let mut in_brackets = false;
    let before = iter::once(' ').chain(text.chars());
    let end = text.char_indices().zip(before).find(|((_, letter), before)| {
        if in_brackets {
            in_brackets = *letter != ']';
            return false;
        }
        in_brackets = *letter == '[';
        // A digit is part of a name only after an underscore, as in `a_0`, or in the formula of water.
        let digit = letter.is_ascii_digit() && (*before == '_' || (*before == 'H' && text.starts_with("cmH2O")));
        let combining = *letter == '\u{30a}';
        !(digit || combining || is_name_start(*letter)) || matches!(letter, '%' | '\'' | '"')
    });
    end.map_or(text.len(), |((at, _), _)| at)
}

/// One spelling for letters that look the same.
fn plain(name: &str) -> String {
    name.replace("A\u{30a}", "Å")
        .chars()
        .map(|letter| match letter {
            '\u{3bc}' => 'µ',
            '\u{2126}' => 'Ω',
            '\u{212b}' => 'Å',
            other => other,
        })
        .collect()
}
