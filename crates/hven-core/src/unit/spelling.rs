//! The text of a unit: as it was read, or in the spelling of CF when it was computed.

use std::fmt;

use super::{Unit, atoms::Factor, prefix::PREFIXES, print, table::ATOMS};

/// As it was read, or in the spelling of CF when it was computed: `yr/AU^1.5`. Both forms can be parsed again.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = &self.text {
            return f.write_str(text);
        }
        let number = print::number(&self.coefficient);
        let with = |is_full: &dyn Fn(usize) -> bool| {
            let names = self.factors.iter().enumerate().map(|(at, (factor, exponent))| {
                (if is_full(at) { in_full(factor) } else { factor.name.clone() }, *exponent)
            });
            print::product(&number, names)
        };
        let text = with(&|_| false);
        // `mg N/L` would be doubted: full names are not.
        let is_clear = |text: &String| Self::parse(text).is_ok_and(|read| read == *self);
        if !self.factors.is_empty() && !is_clear(&text) {
            let one = (0..self.factors.len()).rev().map(|wanted| with(&|at| at == wanted));
            if let Some(clear) = one.chain([with(&|_| true)]).find(is_clear) {
                return f.write_str(&clear);
            }
        }
        f.write_str(&text)
    }
}
impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({self})")
    }
}

/// The name in words where there is one: `millikelvin`.
fn in_full(factor: &Factor) -> String {
    match ATOMS.get(factor.atom).names.first() {
        Some(name) => format!("{}{name}", factor.prefix.map_or("", |place| PREFIXES[place].name)),
        None => factor.name.clone(),
    }
}
