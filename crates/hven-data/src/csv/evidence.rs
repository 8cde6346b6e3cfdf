//! Counts of the types that the cells of one column could have, with the first cells of each kind.

use std::collections::BTreeMap;

use super::class::{Class, Near};
use crate::{parse::fortran::Exponent, remarks::CellAt};

/// How many cells of each kind are kept as examples.
const EXAMPLES_MAX: u64 = 3;
/// How many characters of an example are kept.
const EXAMPLE_CHARS_MAX: usize = 40;

/// The kinds of cells that notes quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// No number.
    Wrong,
    Unit,
    Overflow,
    TooLarge,
    Float,
    Three,
    OtherFloat,
    OtherThree,
    Grouped,
    Fortran,
    Doubtful,
    Big,
}

/// A cell with its place: the number of its block, and the line within the block from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Example {
    block: usize,
    line: u64,
    text: String,
}

/// Counts of the types that the cells of one column could have.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    pub(super) bools: u64,
    pub(super) ints: u64,
    pub(super) longs: u64,
    pub(super) padded: u64,
    pub(super) bigs: u64,
    pub(super) huge: u64,
    pub(super) floats: u64,
    pub(super) threes: u64,
    pub(super) other_floats: u64,
    pub(super) other_threes: u64,
    pub(super) plain: u64,
    pub(super) nans: u64,
    pub(super) grouped: BTreeMap<(char, Option<char>, bool), u64>,
    pub(super) fortran: u64,
    pub(super) doubtful_exponents: u64,
    pub(super) dates: u64,
    pub(super) moments: u64,
    pub(super) zoned: u64,
    pub(super) with_unit: u64,
    pub(super) too_large: u64,
    pub(super) overflow: u64,
    pub(super) other: u64,
    /// Quoted texts that would be null without quotes.
    pub(super) quoted_nulls: u64,
    /// Cells that mean "no value" and are a spelling of "not a number".
    pub(super) nan_nulls: u64,
    examples: BTreeMap<Kind, Vec<Example>>,
}

impl Evidence {
    /// Counts a cell. Returns the kind of which the cell is one of the first.
    #[inline]
    pub(super) fn count(&mut self, class: Class, quoted: bool) -> Option<Kind> {
        let (counter, kind) = match class {
            Class::Int => {
                self.ints += 1;
                return None;
            }
            Class::Long => {
                self.longs += 1;
                return None;
            }
            Class::Float => (&mut self.floats, Kind::Float),
            Class::Other => (&mut self.other, Kind::Wrong),
            class => return self.count_unusual(class, quoted),
        };
        *counter += 1;
        (*counter <= EXAMPLES_MAX).then_some(kind)
    }

    fn count_unusual(&mut self, class: Class, quoted: bool) -> Option<Kind> {
        let (counter, kind) = match class {
            Class::Int | Class::Long | Class::Float | Class::Other => return None,
            Class::Null => {
                self.quoted_nulls += u64::from(quoted);
                return None;
            }
            Class::Bool => (&mut self.bools, None),
            Class::Padded => (&mut self.padded, None),
            Class::Big => (&mut self.bigs, Some(Kind::Big)),
            Class::Huge => (&mut self.huge, Some(Kind::Big)),
            Class::Plain => (&mut self.plain, None),
            Class::Nan => (&mut self.nans, None),
            Class::Three => (&mut self.threes, Some(Kind::Three)),
            Class::OtherFloat => (&mut self.other_floats, Some(Kind::OtherFloat)),
            Class::OtherThree => (&mut self.other_threes, Some(Kind::OtherThree)),
            Class::Grouped { separator, fraction, is_int } => {
                (self.grouped.entry((separator, fraction, is_int)).or_default(), Some(Kind::Grouped))
            }
            Class::Fortran(Exponent::Sure) => (&mut self.fortran, Some(Kind::Fortran)),
            Class::Fortran(Exponent::Doubtful) => (&mut self.doubtful_exponents, Some(Kind::Doubtful)),
            Class::Date => (&mut self.dates, None),
            Class::Moment { zoned: false } => (&mut self.moments, None),
            Class::Moment { zoned: true } => (&mut self.zoned, None),
            Class::Near(Near::Unit) => (&mut self.with_unit, Some(Kind::Unit)),
            Class::Near(Near::TooLarge) => (&mut self.too_large, Some(Kind::TooLarge)),
            Class::Near(Near::Overflow) => (&mut self.overflow, Some(Kind::Overflow)),
        };
        *counter += 1;
        kind.filter(|_| *counter <= EXAMPLES_MAX)
    }

    /// Counts a cell that means "no value", as its text says it.
    #[cold]
    pub(super) fn count_null(&mut self, cell: &[u8]) {
        self.nan_nulls += u64::from(crate::parse::spellings::is_nan(crate::parse::trim(cell)));
    }

    #[cold]
    pub(super) fn keep(&mut self, kind: Kind, block: usize, line: u64, cell: &[u8]) {
        let text = crate::parse::shown(crate::parse::trim(cell)).chars().take(EXAMPLE_CHARS_MAX).collect();
        self.examples.entry(kind).or_default().push(Example { block, line, text });
    }

    /// Adds the counts of another part of the file; the order does not matter.
    pub(super) fn add(&mut self, other: &Self) {
        self.bools += other.bools;
        self.ints += other.ints;
        self.longs += other.longs;
        self.padded += other.padded;
        self.bigs += other.bigs;
        self.huge += other.huge;
        self.floats += other.floats;
        self.threes += other.threes;
        self.other_floats += other.other_floats;
        self.other_threes += other.other_threes;
        self.plain += other.plain;
        self.nans += other.nans;
        for (form, count) in &other.grouped {
            *self.grouped.entry(*form).or_default() += count;
        }
        self.fortran += other.fortran;
        self.doubtful_exponents += other.doubtful_exponents;
        self.dates += other.dates;
        self.moments += other.moments;
        self.zoned += other.zoned;
        self.with_unit += other.with_unit;
        self.too_large += other.too_large;
        self.overflow += other.overflow;
        self.other += other.other;
        self.quoted_nulls += other.quoted_nulls;
        self.nan_nulls += other.nan_nulls;
        for (kind, theirs) in &other.examples {
            let mine = self.examples.entry(*kind).or_default();
            mine.extend(theirs.iter().cloned());
            mine.sort();
            mine.truncate(EXAMPLES_MAX as usize);
        }
    }

    /// The first cells of these kinds, in the order of the file. `lines` are the first lines of the blocks.
    pub(super) fn cells(&self, kinds: &[Kind], lines: &[u64]) -> Vec<CellAt> {
        let mut examples: Vec<&Example> = kinds.iter().filter_map(|kind| self.examples.get(kind)).flatten().collect();
        examples.sort();
        let line = |example: &Example| lines.get(example.block).map_or(0, |first| first + example.line - 1);
        let cells = examples.into_iter().map(|example| CellAt { line: line(example), text: example.text.clone() });
        cells.take(EXAMPLES_MAX as usize).collect()
    }

    pub(super) fn others(&self) -> u64 {
        self.other
    }

    pub(super) fn has_values(&self) -> bool {
        self.numbers_in_any_form() + self.dates + self.moments + self.zoned > 0
    }

    pub(super) fn numbers_in_any_form(&self) -> u64 {
        let grouped: u64 = self.grouped.values().sum();
        let whole = self.ints + self.longs + self.padded + self.bigs + self.huge;
        let fractions = self.floats + self.threes + self.other_floats + self.other_threes + self.plain + self.fortran;
        whole + fractions + grouped
    }

    /// How many cells show for certain that this sign stands before fractions, because it does, or because the other one
    /// stands between thousands.
    pub(super) fn fractions_with(&self, sign: char, first: u8) -> u64 {
        let plain = if char::from(first) == sign { self.floats } else { self.other_floats };
        let grouped = self.grouped.iter().filter(|((separator, fraction, _), _)| match fraction {
            Some(fraction) => *fraction == sign,
            None => matches!(separator, '.' | ',') && *separator != sign,
        });
        plain + grouped.map(|(_, count)| count).sum::<u64>()
    }
    pub(super) fn has_exponents(&self) -> bool {
        self.fortran > 0
    }
}
