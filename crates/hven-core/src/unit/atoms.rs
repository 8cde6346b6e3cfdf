//! The named units: one table, in which each unit is defined by earlier ones.
//!
//! Where fields disagree about a symbol, UCUM decides (`min` is a minute, `cd` a candela, `PT` petatesla, `kt` a kilotonne),
//! except where only one field uses it: `mas` is a milliarcsecond, `u` the atomic mass unit, `M` a mole per litre. A year is
//! the Julian year of 365.25 days, as in astronomy.

use std::collections::HashMap;

use super::{
    Dimension, Scale,
    prefix::{AllowedPrefixes, PREFIXES},
};

/// A named unit.
#[derive(Debug)]
pub(super) struct Atom {
    pub symbols: Vec<&'static str>,
    pub names: Vec<&'static str>,
    pub takes: AllowedPrefixes,
    pub scale: Scale,
    pub dimension: Dimension,
}

/// A named unit, possibly with a prefix, as a factor of a unit.
#[derive(Clone, Debug)]
pub(super) struct Factor {
    /// Its index in the table.
    pub(super) atom: usize,
    /// The index of its prefix.
    pub(super) prefix: Option<usize>,
    /// Its spelling, including the prefix.
    pub(super) name: String,
}

/// All named units, with indices for look-ups.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    pub(super) list: Vec<Atom>,
    pub(super) symbols: HashMap<&'static str, usize>,
    pub(super) names: HashMap<String, usize>,
}

impl Atoms {
    pub(super) fn add(&mut self, atom: Atom) {
        let place = self.list.len();
        for symbol in &atom.symbols {
            self.symbols.insert(symbol, place);
        }
        for name in &atom.names {
            self.names.insert((*name).to_owned(), place);
            self.names.insert(format!("{name}s"), place);
        }
        self.list.push(atom);
    }

    pub(super) fn get(&self, place: usize) -> &Atom {
        &self.list[place]
    }

    /// The unit of a name: a symbol or a full name, alone or after a prefix.
    pub(super) fn find(&self, name: &str) -> Option<Factor> {
        if let Some(&atom) = self.symbols.get(name).or_else(|| self.names.get(name)) {
            return Some(Factor { atom, prefix: None, name: name.to_owned() });
        }
        PREFIXES.iter().enumerate().find_map(|(place, prefix)| {
            let symbol = prefix.symbols.iter().find_map(|symbol| self.symbols.get(name.strip_prefix(symbol)?));
            let full = || self.names.get(name.strip_prefix(prefix.name)?);
            let atom = *symbol.filter(|atom| self.takes(**atom, place)).or_else(full)?;
            self.takes(atom, place).then(|| Factor { atom, prefix: Some(place), name: name.to_owned() })
        })
    }

    fn takes(&self, atom: usize, prefix: usize) -> bool {
        PREFIXES[prefix].fits(self.list[atom].takes)
    }

    /// All possible names for suggestions, plain names before names with a common prefix.
    pub(super) fn all_names(&self) -> impl Iterator<Item = String> {
        let plain =
            self.list.iter().flat_map(|atom| atom.symbols.iter().chain(&atom.names)).map(|name| (*name).to_owned());
        let prefixed = PREFIXES.iter().filter(|prefix| prefix.exponent.abs() <= 9).flat_map(move |prefix| {
            self.list.iter().filter(|atom| prefix.fits(atom.takes)).flat_map(move |atom| {
                let symbol = atom.symbols.first().map(|symbol| format!("{}{symbol}", prefix.symbols[0]));
                let name = atom.names.first().map(|name| format!("{}{name}", prefix.name));
                symbol.into_iter().chain(name)
            })
        });
        plain.chain(prefixed)
    }
}
