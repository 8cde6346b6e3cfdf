//! Units that are valid and probably not meant: a temperature written as degree and coulomb, an element's symbol that is also a
//! unit, a prefix instead of a unit. They are refused with the spelling to use, or read with a note.
//!
//! These rules hold for new input alone: recorded units keep their meaning. A full name (`coulomb`, `millikelvin`) says exactly
//! what is meant and is never doubted.

use std::ops::Range;

use super::{
    Dimension, Rational,
    atoms::Atoms,
    prefix::PREFIXES,
    table::ATOMS,
    temperature::TemperatureScale,
    terms::{Separator, Term},
};
use crate::diagnostic::Diagnostic;

type Doubt<T> = Result<T, Diagnostic>;

/// Symbols of elements that are also symbols of units.
const ELEMENTS: [&str; 15] = ["C", "N", "P", "S", "K", "H", "F", "V", "W", "U", "Pb", "Mg", "Pt", "Ga", "Ta"];

/// Symbols that are read in one of their meanings, with the note for them.
const NOTED: [(&str, &str); 14] = [
    ("C", "coulomb; a temperature is written `degC` or `K`"),
    ("F", "farad; a temperature is written `degF` or `K`"),
    ("'", "minute of arc; a foot is `ft`, a minute `min`"),
    ("\"", "second of arc; an inch is `in`, a second `s`"),
    ("U", "enzyme unit, 1 µmol/min; international units are written `{IU}`"),
    ("kt", "kilotonne; a knot is `kn`"),
    ("MT", "megatesla; a million tonnes is `Mt`"),
    ("Sv", "sievert; the unit of ocean currents is `sverdrup`"),
    ("kb", "kilobarn; a thousand bits are `10^3 bit`"),
    ("Mb", "megabarn; a million bits are `10^6 bit`"),
    ("Gb", "gigabarn; 10^9 bits are `10^9 bit`"),
    ("au", "astronomical unit; atomic units are written by name, such as `hartree` or `bohr`"),
    ("M", "mole per litre"),
    ("D", "debye; a day is `d`"),
];

struct Doubts<'a> {
    text: &'a str,
    terms: &'a [Term],
    atoms: &'a Atoms,
}

/// Notes on the reading of a text, or why the text is refused.
pub(super) fn doubts(text: &str, terms: &[Term]) -> Doubt<Vec<String>> {
    let doubts = Doubts { text, terms, atoms: &ATOMS };
    doubts.temperatures()?;
    for (before, term) in terms.iter().zip(terms.iter().skip(1)) {
        if matches!(term.separator, Separator::Blank | Separator::Times) {
            doubts.degree_and_letter(before, term)?;
            doubts.element(before, term)?;
        }
        if term.separator == Separator::Blank {
            doubts.percent(before, term)?;
        }
    }
    let mut notes = Vec::new();
    for term in terms {
        doubts.temperature_as_charge(term)?;
        doubts.thousands(term)?;
        doubts.large_prefix(term, &mut notes)?;
        doubts.note(term, &mut notes);
    }
    if let Some(at) = ["10e", "10E"].iter().find_map(|start| text.find(start)) {
        let number: String =
            text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "+-".contains(*c)).collect();
        if let Ok(exponent) = number[3..].parse::<i32>() {
            notes.push(format!("{number} is read as 10^{}", exponent + 1));
        }
    }
    Ok(notes)
}

impl Doubts<'_> {
    fn name(&self, term: &Term) -> &str {
        &self.text[term.name.clone()]
    }
    fn is(&self, term: &Term, symbol: &str) -> bool {
        term.factor.prefix.is_none() && term.temperature.is_none() && self.name(term) == symbol
    }
    fn has_dimension(&self, term: &Term, dimension: Dimension) -> bool {
        self.atoms.get(term.factor.atom).dimension == dimension
    }
    /// Whether the term is the unit of this symbol, with any prefix.
    fn is_of(&self, term: &Term, symbol: &str) -> bool {
        self.atoms.symbols.get(symbol) == Some(&term.factor.atom)
    }
    fn is_plain_factor(term: &Term) -> bool {
        term.span == term.name
    }
    /// The text with the span replaced.
    fn with(&self, span: &Range<usize>, new: &str) -> String {
        format!("{}{new}{}", &self.text[..span.start], &self.text[span.end..])
    }
    /// The term's name in words, with its prefix: `millikelvin`.
    fn full_name(&self, term: &Term) -> String {
        let name = self.atoms.get(term.factor.atom).names.first().copied().unwrap_or_default();
        format!("{}{name}", term.factor.prefix.map_or("", |place| PREFIXES[place].name))
    }
    /// The text with the term's full name.
    fn in_full(&self, term: &Term) -> String {
        self.with(&term.name, &self.full_name(term))
    }

    /// °C and °F within a product.
    fn temperatures(&self) -> Doubt<()> {
        let Some(first) = self.terms.iter().find(|term| term.temperature.is_some()) else { return Ok(()) };
        let mut text = self.text.to_owned();
        for term in self.terms.iter().rev() {
            if let Some(scale) = term.temperature {
                text.replace_range(term.name.clone(), difference_in_product(scale));
            }
        }
        let name = self.name(first);
        if let [alone] = self.terms
            && alone.exponent == Rational::ONE
        {
            let message = format!("`{name}` has its zero elsewhere than kelvin, so it cannot be multiplied");
            return Err(Diagnostic::new(first.name.clone(), message).help(SCALED_ADVICE));
        }
        let scale = first.temperature.unwrap_or(TemperatureScale::Celsius);
        Err(in_product(name, first.name.clone(), scale, &text))
    }

    /// `deg C` within a product, and a degree next to another letter.
    fn degree_and_letter(&self, before: &Term, term: &Term) -> Doubt<()> {
        let degree = |term: &Term| self.is_of(term, "deg");
        let span = before.name.start..term.name.end;
        let written = &self.text[span.clone()];
        let (first, letter) = if degree(before) {
            (before, term)
        } else if degree(term) && (self.is(before, "C") || self.is(before, "F")) {
            (term, before)
        } else {
            return Ok(());
        };
        let wrong = |message: String| Diagnostic::new(span.clone(), message);
        let in_place = |new: &str| self.with(&span, new);
        let scale = match self.name(letter) {
            "C" => TemperatureScale::Celsius,
            "F" => TemperatureScale::Fahrenheit,
            "K" => {
                let help = format!("write `{}`", in_place("K"));
                return Err(
                    wrong(format!("`{written}` seems to be kelvin, which is written without a degree")).help(help)
                );
            }
            name @ ("N" | "S" | "W") => {
                let what = self.full_name(letter);
                let message = format!("`{written}` seems to be an angle to a point of the compass; `{name}` is {what}");
                let help =
                    format!("write `{}` for the angle, or `{}`", in_place("deg"), in_place(&format!("deg {what}")));
                return Err(wrong(message).help(help));
            }
            _ => return Ok(()),
        };
        let full = if scale == TemperatureScale::Celsius { "coulomb" } else { "farad" };
        let product = in_place(&format!("{} {full}", self.name(first)));
        if let [_, _] = self.terms
            && letter.exponent == Rational::ONE
            && first.exponent == Rational::ONE
        {
            let message = format!("`{written}` is degree times {full}; a temperature is meant probably");
            let help = format!("write `{}` for a temperature, or `{product}`", scale.spelling());
            return Err(wrong(message).help(help));
        }
        let mut wrong = in_product(written, span.clone(), scale, &in_place(difference_in_product(scale)));
        if let Some(help) = &mut wrong.help {
            *help = format!("{help}; an angle times {full} is `{product}`");
        }
        Err(wrong)
    }

    /// `mg N/L`: an element after a mass or an amount.
    fn element(&self, before: &Term, term: &Term) -> Doubt<()> {
        let name = self.name(term);
        let is_amount = self.has_dimension(before, Dimension::MASS)
            || self.has_dimension(before, Dimension::AMOUNT)
            || ["M", "ppm", "ppb"].iter().any(|symbol| self.is_of(before, symbol));
        // `J/(kg K)` is heat.
        let is_heat = name == "K" && term.exponent.is_negative();
        let plain = Self::is_plain_factor(before) && Self::is_plain_factor(term);
        if !is_amount || is_heat || !plain || !ELEMENTS.contains(&name) {
            return Ok(());
        }
        let mass = self.name(before);
        let span = before.name.start..term.name.end;
        let full = self.full_name(term);
        let substance = self.with(&span, &format!("{mass}{{{name}}}"));
        let product = self.with(&span, &format!("{mass} {full}"));
        let message = format!("`{name}` after `{mass}` seems to name an element, and as a unit it is {full}");
        let mut help = format!("write `{substance}` for the element, or `{product}` for the product");
        let difference = match name {
            "C" if term.exponent.is_negative() => Some(TemperatureScale::Celsius),
            "F" if term.exponent.is_negative() => Some(TemperatureScale::Fahrenheit),
            _ => None,
        };
        if let Some(scale) = difference {
            let instead = self.with(&span, &format!("{mass} {}", difference_in_product(scale)));
            help = format!("write `{instead}` for a difference in {scale}, {}", &help["write ".len()..]);
        }
        Err(Diagnostic::new(span, message).help(help))
    }

    /// `mol%`, `at%`, `%C`: a percentage of something.
    fn percent(&self, before: &Term, term: &Term) -> Doubt<()> {
        let percent = |term: &Term| self.is(term, "%");
        let other = if percent(before) { term } else { before };
        if !(percent(before) || percent(term)) || other.exponent.is_negative() {
            return Ok(());
        }
        let (span, what) = (before.span.start..term.span.end, self.name(other));
        let message = format!("`%` is a plain number, and here it stands next to `{what}`");
        let help = if ["mg", "g", "ug", "µg"].contains(&what) && percent(term) {
            format!("write `{what}/dL` if it is per 100 mL, or `%{{{what}}}` for a percentage")
        } else {
            format!("write `{}` for a percentage of {what}, or `%` alone", self.with(&span, &format!("%{{{what}}}")))
        };
        Err(Diagnostic::new(span, message).help(help))
    }

    /// `C/W`, `mm/C`, `W/mK`: a temperature that would be a charge, or a prefix that would be a metre.
    fn temperature_as_charge(&self, term: &Term) -> Doubt<()> {
        let (name, exponent) = (self.name(term), term.exponent);
        let below = exponent == Rational::whole(-1);
        let others = || self.terms.iter().filter(|other| other.span != term.span);
        let above = |symbol: &str| others().any(|other| !other.exponent.is_negative() && self.is_of(other, symbol));
        let thermal = |other: &Term| {
            other.exponent == Rational::whole(-1)
                && (self.is_of(other, "W")
                    || self.has_dimension(other, Dimension::TIME)
                    || (self.has_dimension(other, Dimension::LENGTH) && !(name == "F" && self.is_of(other, "m"))))
        };
        let (temperature, doubtful) = match name {
            "C" => (
                "K",
                if below { !above("N") && !above("V") } else { exponent == Rational::ONE && others().any(thermal) },
            ),
            "F" => ("delta_degF", below || (exponent == Rational::ONE && others().any(thermal))),
            "mC" => ("m K", below),
            "mK" => ("m K", below && above("W")),
            _ => return Ok(()),
        };
        if !doubtful || (name == "C" && below && self.terms.len() > 1 && self.is_charge_ratio(term)) {
            return Ok(());
        }
        let above_one = term.separator == Separator::Over && temperature.contains(' ');
        let temperature = if above_one { format!("({temperature})") } else { temperature.to_owned() };
        let full = self.full_name(term);
        let message = format!("`{name}` would be {full} here; a difference of temperatures is meant probably");
        let help =
            format!("write `{}`, or `{}` if it is meant", self.with(&term.name, &temperature), self.in_full(term));
        Err(Diagnostic::new(term.name.clone(), message).help(help))
    }

    /// `m3/C` (Hall) and `kg/C` are of electricity.
    fn is_charge_ratio(&self, charge: &Term) -> bool {
        self.terms.iter().all(|other| {
            other.span == charge.span
                || other.exponent == Rational::whole(3) && self.has_dimension(other, Dimension::LENGTH)
                || self.is_of(other, "g")
                || self.is(other, "kg")
        })
    }

    /// `K/uL`: thousands, in laboratories.
    fn thousands(&self, term: &Term) -> Doubt<()> {
        let power = if self.is(term, "K") {
            "10^3"
        } else if self.is(term, "M") {
            "10^6"
        } else {
            return Ok(());
        };
        let litre = |other: &Term| other.exponent.is_negative() && self.is_of(other, "L");
        if term.exponent != Rational::ONE || self.terms.len() != 2 || !self.terms.iter().any(litre) {
            return Ok(());
        }
        let message =
            format!("`{}` would be {} per volume; a count is meant probably", self.text, self.full_name(term));
        let help = format!("write `{}`, or `{}` if it is meant", self.with(&term.name, power), self.in_full(term));
        Err(Diagnostic::new(term.name.clone(), message).help(help))
    }

    /// `RH` is no ronnahenry, and `TN` no teranewton, most of the time.
    fn large_prefix(&self, term: &Term, notes: &mut Vec<String>) -> Doubt<()> {
        let Some(prefix) = term.factor.prefix.map(|place| &PREFIXES[place]) else { return Ok(()) };
        let name = self.name(term);
        let advice = match name {
            "RH" => "write `%` for a relative humidity",
            "PH" => "store the activity in `mol/L`, or the pH as a plain number with the unit `1`",
            "EV" => "write `eV` for electronvolt",
            "EC" => "write `S/m` or `mS/cm` for a conductivity",
            _ => "",
        };
        let full = self.full_name(term);
        if !advice.is_empty() {
            let message = format!("`{name}` would be {full}");
            return Err(Diagnostic::new(term.name.clone(), message)
                .help(format!("{advice}, or `{}` if it is meant", self.in_full(term))));
        }
        let one_letter = name.chars().count() == 2 && prefix.exponent >= 12;
        if one_letter && "ACFHKNSTVPDM".contains(&name[1..]) {
            notes.push(format!("`{name}` is read as {full}"));
        }
        Ok(())
    }

    fn note(&self, term: &Term, notes: &mut Vec<String>) {
        let name = self.name(term);
        let noted = NOTED.iter().find(|(symbol, _)| *symbol == name).map(|(_, note)| (*note).to_owned());
        let by_atom = || match name {
            "mK" if term.exponent.is_negative() => Some("millikelvin".to_owned()),
            "''" => Some(NOTED[3].1.to_owned()),
            _ if self.is_of(term, "eq") => Some("an equivalent, counted as a mole of charges".to_owned()),
            _ => None,
        };
        // `F/m` and `C/m^2` are of electricity beyond doubt only for farad.
        let plain = name == "F" && self.terms.len() > 1 || name == "M" && self.terms.len() == 1;
        if let Some(note) = noted.filter(|_| !plain).or_else(by_atom) {
            let note = format!("`{name}` is read as {note}");
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
}

const SCALED_ADVICE: &str =
    "give the column the unit `degC` or `degF` when its values are in °C or °F: they are stored in kelvin";

fn difference_in_product(scale: TemperatureScale) -> &'static str {
    match scale {
        TemperatureScale::Celsius => "K",
        TemperatureScale::Fahrenheit => "delta_degF",
    }
}

fn in_product(name: &str, span: Range<usize>, scale: TemperatureScale, instead: &str) -> Diagnostic {
    let message = format!("`{name}` has its zero elsewhere than kelvin, so it cannot be multiplied or divided");
    let size = match scale {
        TemperatureScale::Celsius => "a difference of 1 °C is 1 K",
        TemperatureScale::Fahrenheit => "a difference of 1 °F is 5/9 K",
    };
    Diagnostic::new(span, message).help(format!("write `{instead}`: {size}"))
}

/// Units of UCUM that have no size in the SI: the units of one assay cannot be converted to those of another.
pub(super) fn arbitrary(name: &str, text: &str, span: Range<usize>) -> Option<Diagnostic> {
    const BRACKETS: [&str; 12] = [
        "[CFU]",
        "[cfu]",
        "[PFU]",
        "[pfu]",
        "[TCID_50]",
        "[CCID_50]",
        "[EID_50]",
        "[HPF]",
        "[LPF]",
        "[Lf]",
        "[PNU]",
        "[ELU]",
    ];
    let (prefix, unit) = name.find('[').map_or_else(
        || {
            let unit = ["IU", "iu", "Iu", "iU"].iter().find(|unit| name.ends_with(**unit));
            unit.map_or(("", ""), |unit| (&name[..name.len() - unit.len()], &name[name.len() - unit.len()..]))
        },
        |at| (&name[..at], &name[at..]),
    );
    let international = matches!(unit, "IU" | "iu" | "Iu" | "iU" | "[IU]" | "[iU]" | "[iu]");
    if unit.is_empty() || !(international || unit.ends_with("U]") || BRACKETS.contains(&unit)) {
        return None;
    }
    let power = match prefix {
        "" => "",
        "k" => "10^3 ",
        "M" => "10^6 ",
        "m" => "10^-3 ",
        "µ" | "u" => "10^-6 ",
        "n" => "10^-9 ",
        _ => return None,
    };
    let label = if international { "IU" } else { unit.trim_matches(['[', ']']) };
    let mut instead = format!("{power}{{{label}}}");
    if text[..span.start].trim_end().ends_with('/') && !power.is_empty() {
        instead = format!("({instead})");
    }
    let help = format!("write `{}{instead}{}`, a plain count of them", &text[..span.start], &text[span.end..]);
    let message = format!("`{name}` has no size in SI units: it is fixed for each substance");
    Some(Diagnostic::new(span, message).help(help))
}

/// Abbreviations that would be read as products: `a.u.`, `arb. units`, `at%`.
pub(super) fn abbreviation(text: &str) -> Option<Diagnostic> {
    let lower = text.trim().trim_matches(['(', ')', '[', ']']).to_lowercase();
    let compact: String = lower.chars().filter(|c| !matches!(c, ' ' | '.' | '_' | '-')).collect();
    let dotted = lower.contains('.') || lower.contains(' ');
    let (why, help) = match compact.as_str() {
        "au" | "arbu" | "arbunit" | "arbunits" | "arbitraryunit" | "arbitraryunits" if dotted || compact != "au" => (
            "is arbitrary units, or atomic units of any quantity",
            "write `1` for arbitrary units, `AU` for the astronomical unit, or the atomic unit by name: `hartree`, `bohr`, `m_e`",
        ),
        "iu" if dotted => {
            ("has no size in SI units: it is fixed for each substance", "write `{IU}`, a plain count of them")
        }
        "du" | "eu" | "mu" | "ru" | "su" | "pu" | "tu" if lower.contains('.') => {
            ("is an abbreviation, not a unit", "write the unit without dots, or `1` for a plain number")
        }
        "am" | "pm" if lower.contains('.') => ("is a time of day", "import the column as times"),
        "at%" | "wt%" | "mol%" | "vol%" | "mass%" | "w%" | "v%" | "%wt" | "%vol" | "%mol" | "%at" => {
            let help = format!("write `%{{{}}}` for this percentage, or `%` alone", compact.trim_matches('%'));
            let message = format!("`{}` is a percentage of something", text.trim());
            return Some(Diagnostic::new(0..text.len(), message).help(help));
        }
        _ => return None,
    };
    Some(Diagnostic::new(0..text.len(), format!("`{}` {why}", text.trim())).help(help))
}
