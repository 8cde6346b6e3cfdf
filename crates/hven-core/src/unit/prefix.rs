//! The prefixes of units: those of the SI, and the binary ones for bytes.

use super::Scale;

/// A prefix: its symbols (the first one is written), its name, and `base^exponent`.
#[derive(Debug)]
pub(super) struct Prefix {
    pub symbols: &'static [&'static str],
    pub name: &'static str,
    base: u64,
    pub exponent: i16,
}

const fn decimal(symbols: &'static [&'static str], name: &'static str, exponent: i16) -> Prefix {
    Prefix { symbols, name, base: 10, exponent }
}

/// All prefixes; a unit refers to one by its index.
pub(super) static PREFIXES: [Prefix; 28] = [
    decimal(&["Q"], "quetta", 30),
    decimal(&["R"], "ronna", 27),
    decimal(&["Y"], "yotta", 24),
    decimal(&["Z"], "zetta", 21),
    decimal(&["E"], "exa", 18),
    decimal(&["P"], "peta", 15),
    decimal(&["T"], "tera", 12),
    decimal(&["G"], "giga", 9),
    decimal(&["M"], "mega", 6),
    decimal(&["k"], "kilo", 3),
    decimal(&["h"], "hecto", 2),
    decimal(&["da"], "deca", 1),
    decimal(&["d"], "deci", -1),
    decimal(&["c"], "centi", -2),
    decimal(&["m"], "milli", -3),
    decimal(&["µ", "u"], "micro", -6),
    decimal(&["n"], "nano", -9),
    decimal(&["p"], "pico", -12),
    decimal(&["f"], "femto", -15),
    decimal(&["a"], "atto", -18),
    decimal(&["z"], "zepto", -21),
    decimal(&["y"], "yocto", -24),
    decimal(&["r"], "ronto", -27),
    decimal(&["q"], "quecto", -30),
    Prefix { symbols: &["Ki"], name: "kibi", base: 1024, exponent: 1 },
    Prefix { symbols: &["Mi"], name: "mebi", base: 1024, exponent: 2 },
    Prefix { symbols: &["Gi"], name: "gibi", base: 1024, exponent: 3 },
    Prefix { symbols: &["Ti"], name: "tebi", base: 1024, exponent: 4 },
];

/// The prefixes that a unit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AllowedPrefixes {
    No,
    /// All SI prefixes.
    All,
    /// From kilo upward: years, tonnes.
    Large,
    /// From milli downward: molar concentrations.
    Small,
    /// From kilo upward and the binary ones: bytes.
    Binary,
}

impl Prefix {
    pub(super) fn fits(&self, takes: AllowedPrefixes) -> bool {
        match takes {
            AllowedPrefixes::No => false,
            AllowedPrefixes::All => self.base == 10,
            AllowedPrefixes::Large => self.base == 10 && self.exponent >= 3,
            AllowedPrefixes::Small => self.base == 10 && self.exponent <= -3,
            AllowedPrefixes::Binary => self.base == 1024 || self.exponent >= 3,
        }
    }
    /// Never `None`: every prefix of the table is a small power, which a test checks.
    pub(super) fn scale(&self) -> Option<Scale> {
        if self.base == 10 {
            return Scale::decimal(1, self.exponent);
        }
        Scale::decimal(self.base, 0)?.power(self.exponent.into()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_have_scales_and_no_symbol_twice() {
        let mut symbols: Vec<&str> = PREFIXES.iter().flat_map(|prefix| prefix.symbols.iter().copied()).collect();
        let count = symbols.len();
        symbols.sort_unstable();
        symbols.dedup();
        assert_eq!(symbols.len(), count);
        for prefix in &PREFIXES {
            let expect = f64::from(prefix.base as u32).powi(prefix.exponent.into());
            let value = prefix.scale().unwrap().value();
            assert!((value / expect - 1.0).abs() < 1e-15, "{}", prefix.name);
        }
    }
}
