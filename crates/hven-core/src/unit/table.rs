//! The table of all named units.

use std::sync::LazyLock;

use AllowedPrefixes::{All, Binary, Large, No, Small};
use Definition::{As, Base};

use super::{
    Dimension, Rational, Scale,
    added::ADDED,
    atoms::{Atom, Atoms},
    definition::{Definition, Line},
    parse::Parser,
    prefix::AllowedPrefixes,
    scale::{Constant, Generator},
    terms::RECORDED_RULES,
};

const fn measured(constant: Constant, dimension: Dimension) -> Definition {
    Definition::Generator(Generator::Measured(constant), dimension)
}

/// A recorded text keeps its meaning, so no line of this table changes: new units stand in [`ADDED`].
///
/// Symbols · names (a plural with s is accepted, too) · prefixes · definition.
const TABLE: &[Line] = &[
    // The base of the SI. The gram comes below, because prefixes belong to it.
    ("m", "meter metre", All, Base(Dimension::LENGTH)),
    ("s sec", "second", All, Base(Dimension::TIME)),
    ("kg", "", No, Base(Dimension::MASS)),
    ("A", "ampere amp", All, Base(Dimension::CURRENT)),
    ("K", "kelvin Kelvin degK deg_K", All, Base(Dimension::TEMPERATURE)),
    ("mol", "mole", All, Base(Dimension::AMOUNT)),
    ("cd", "candela", All, Base(Dimension::LUMINOUS_INTENSITY)),
    ("g", "gram gramme", All, As("10^-3 kg")),
    // Numbers with a name.
    ("[pi]", "", No, Definition::Generator(Generator::Pi, Dimension::NONE)),
    ("%", "percent", No, As("10^-2")),
    ("‰ [ppth]", "permil permille", No, As("10^-3")),
    ("ppm [ppm] ppmv", "", No, As("10^-6")),
    ("ppb [ppb] ppbv", "", No, As("10^-9")),
    ("[pptr]", "", No, As("10^-12")),
    ("rad", "radian", All, As("1")),
    ("sr", "steradian", All, As("1")),
    ("", "dimensionless unitless", No, As("1")),
    ("ct", "count", No, As("1")),
    ("pix", "pixel", No, As("1")),
    ("", "photon", No, As("1")),
    ("adu", "", No, As("1")),
    ("bit", "bit", Binary, As("1")),
    ("byte By", "byte", Binary, As("8 bit")),
    ("kB", "", No, As("10^3 byte")),
    ("MB", "", No, As("10^6 byte")),
    ("GB", "", No, As("10^9 byte")),
    ("TB", "", No, As("10^12 byte")),
    ("KiB", "", No, As("1024 byte")),
    ("MiB", "", No, As("1048576 byte")),
    ("GiB", "", No, As("1073741824 byte")),
    ("TiB", "", No, As("1024^4 byte")),
    // Angles: a radian is 1.
    (
        "deg °",
        "degree degrees_north degree_north degrees_east degree_east degrees_N degrees_E degree_N degree_E degrees_true",
        No,
        As("[pi]/180"),
    ),
    ("arcmin ′ '", "arcminute", No, As("deg/60")),
    ("arcsec ″ '' asec", "arcsecond", No, As("deg/3600")),
    ("mas", "milliarcsecond", No, As("10^-3 arcsec")),
    ("µas uas", "microarcsecond", No, As("10^-6 arcsec")),
    ("gon", "grade", No, As("0.9 deg")),
    ("turn circ", "turn revolution", No, As("2 [pi]")),
    // Derived units of the SI.
    ("Hz", "hertz Hertz", All, As("1/s")),
    ("N", "newton", All, As("kg m/s^2")),
    ("Pa", "pascal", All, As("N/m^2")),
    ("J", "joule", All, As("N m")),
    ("W", "watt", All, As("J/s")),
    ("C", "coulomb", All, As("A s")),
    ("V", "volt", All, As("W/A")),
    ("F", "farad", All, As("C/V")),
    ("Ω Ohm", "ohm", All, As("V/A")),
    ("S", "siemens", All, As("A/V")),
    ("Wb", "weber", All, As("V s")),
    ("T", "tesla", All, As("Wb/m^2")),
    ("H", "henry henries", All, As("Wb/A")),
    ("lm", "lumen", All, As("cd sr")),
    ("lx", "lux", All, As("lm/m^2")),
    ("Bq", "becquerel", All, As("1/s")),
    ("Gy", "gray", All, As("J/kg")),
    ("Sv", "sievert", All, As("J/kg")),
    ("kat", "katal", All, As("mol/s")),
    // Time. Symbols of two years and one length: Ma, Myr and ly.
    ("min", "minute", No, As("60 s")),
    ("h hr", "hour", No, As("60 min")),
    ("d", "day", No, As("24 h")),
    ("wk", "week", No, As("7 d")),
    ("yr a a_j", "year julian_year annum", Large, As("365.25 d")),
    ("mo mo_j", "month", No, As("30.4375 d")),
    ("a_t", "tropical_year", No, As("365.24219 d")),
    ("a_g", "gregorian_year", No, As("365.2425 d")),
    ("", "century centuries julian_century", No, As("100 yr")),
    // Length, area, volume.
    ("AU au", "astronomical_unit", No, As("149597870700 m")),
    ("[c]", "", No, As("299792458 m/s")),
    ("ly [ly] lyr", "light_year lightyear", Large, As("[c] yr")),
    ("pc", "parsec", All, As("648000 AU/[pi]")),
    ("Å Ao", "angstrom Angstrom ångström", No, As("10^-10 m")),
    ("", "micron", No, As("10^-6 m")),
    ("in [in_i]", "inch inches", No, As("2.54 cm")),
    ("ft [ft_i]", "foot feet", No, As("12 in")),
    ("yd [yd_i]", "yard", No, As("3 ft")),
    ("mi [mi_i]", "mile", No, As("5280 ft")),
    ("nmi [nmi_i]", "nautical_mile", No, As("1852 m")),
    ("kn [kn_i]", "knot", No, As("nmi/h")),
    ("mph", "", No, As("mi/h")),
    ("ha", "hectare", No, As("10^4 m^2")),
    ("", "acre", No, As("4840 yd^2")),
    ("barn b", "barn", All, As("10^-28 m^2")),
    ("L l", "liter litre", All, As("10^-3 m^3")),
    ("cc", "", No, As("cm^3")),
    ("DU", "dobson dobson_unit", No, As("2.6867 10^20 m^-2")),
    ("", "sverdrup", No, As("10^6 m^3/s")),
    ("R_sun Rsun R☉ R⊙ R_☉ R_⊙ solRad", "solar_radius", No, As("6.957 10^8 m")),
    ("R_earth Rearth R⊕ R_⊕ earthRad", "earth_radius", No, As("6378100 m")),
    ("R_jup Rjup RJup R_J jupiterRad", "jupiter_radius", No, As("71492000 m")),
    // Mass. The masses of the Sun and the planets are known only as well as the gravitational constant; GM is known much better
    // (IAU 2015 B3), so they are defined as GM over G and their ratios are exact.
    ("t", "tonne metric_ton", Large, As("1000 kg")),
    ("u amu", "atomic_mass_unit", No, measured(Constant::Dalton, Dimension::MASS)),
    ("Da", "dalton", All, As("u")),
    ("lb [lb_av]", "pound", No, As("0.45359237 kg")),
    ("oz [oz_av]", "ounce", No, As("lb/16")),
    ("ct_m [car_m]", "carat", No, As("0.2 g")),
    ("[m_e] m_e", "electron_mass", No, measured(Constant::ElectronMass, Dimension::MASS)),
    ("[m_p] m_p", "proton_mass", No, measured(Constant::ProtonMass, Dimension::MASS)),
    ("[G]", "", No, measured(Constant::Gravitation, GRAVITATION)),
    ("M_sun Msun M☉ M⊙ M_☉ M_⊙ solMass", "solar_mass", No, As("1.3271244 10^20 m^3/s^2/[G]")),
    ("M_earth Mearth M⊕ M_⊕ earthMass", "earth_mass", No, As("3.986004 10^14 m^3/s^2/[G]")),
    ("M_jup Mjup MJup M_J jupiterMass", "jupiter_mass", No, As("1.2668653 10^17 m^3/s^2/[G]")),
    // Force, pressure, energy, power, flux.
    ("dyn", "dyne", All, As("10^-5 N")),
    ("gf [gf]", "gram_force", No, As("9.80665 10^-3 N")),
    ("kgf kp", "kilogram_force", No, As("9.80665 N")),
    ("lbf [lbf_av]", "pound_force", No, As("9.80665 lb m/s^2")),
    ("[g]", "standard_gravity", No, As("9.80665 m/s^2")),
    ("Gal", "galileo", All, As("cm/s^2")),
    ("bar", "bar", All, As("10^5 Pa")),
    ("atm", "atmosphere", No, As("101325 Pa")),
    ("at [att]", "technical_atmosphere", No, As("98066.5 Pa")),
    ("Torr", "torr", All, As("101325 Pa/760")),
    ("mmHg mm[Hg]", "", No, As("133.322387415 Pa")),
    ("inHg [in_i'Hg]", "", No, As("25.4 mmHg")),
    ("cmH2O cm[H2O]", "", No, As("98.0665 Pa")),
    ("psi [psi]", "", No, As("lbf/in^2")),
    ("erg", "erg", All, As("10^-7 J")),
    ("cal cal_th [cal_th]", "calorie", All, As("4.184 J")),
    ("[Cal]", "", No, As("kcal")),
    ("BTU Btu [Btu_IT]", "", No, As("1055.05585262 J")),
    ("Wh", "watt_hour", All, As("W h")),
    ("Ah", "ampere_hour", All, As("A h")),
    ("[e]", "elementary_charge", No, As("1.602176634 10^-19 C")),
    ("eV", "electronvolt electron_volt", All, As("[e] V")),
    ("E_h Hartree", "hartree", No, measured(Constant::Hartree, ENERGY)),
    ("a_0", "bohr bohr_radius", No, measured(Constant::BohrRadius, Dimension::LENGTH)),
    ("[h]", "planck_constant", No, As("6.62607015 10^-34 J s")),
    ("[k] k_B", "boltzmann_constant", No, As("1.380649 10^-23 J/K")),
    ("[eps_0]", "", No, measured(Constant::ElectricConstant, PERMITTIVITY)),
    ("Ry", "rydberg", No, As("E_h/2")),
    ("hp", "horsepower", No, As("550 ft lbf/s")),
    ("L_sun Lsun L☉ L⊙ L_☉ L_⊙ solLum", "solar_luminosity", No, As("3.828 10^26 W")),
    ("Jy", "jansky janskys", All, As("10^-26 W/m^2/Hz")),
    // Electricity, magnetism, matter, radiation, chemistry.
    ("G", "gauss", All, As("10^-4 T")),
    ("Mx", "maxwell", All, As("10^-8 Wb")),
    ("Oe", "oersted", All, As("10^3 A/m/[pi]/4")),
    ("D", "debye", No, As("10^-21 C m^2/s/[c]")),
    ("P", "poise", All, As("0.1 Pa s")),
    ("St", "stokes", All, As("10^-4 m^2/s")),
    ("Ci", "curie", All, As("37 10^9 Bq")),
    ("R_x", "roentgen röntgen", No, As("2.58 10^-4 C/kg")),
    ("rem", "rem", All, As("10^-2 Sv")),
    ("M", "molar", Small, As("mol/L")),
    ("molal", "", No, As("mol/kg")),
    ("U IU", "enzyme_unit", No, As("µmol/min")),
    ("lmb", "lambert", No, As("10^4 cd/m^2/[pi]")),
];

const fn whole(exponents: [i16; 7]) -> Dimension {
    let mut fractions = [Rational::ZERO; 7];
    let mut at = 0;
    while at < 7 {
        fractions[at] = Rational::whole(exponents[at]);
        at += 1;
    }
    Dimension::new(fractions)
}

const GRAVITATION: Dimension = whole([3, -1, -2, 0, 0, 0, 0]);
const ENERGY: Dimension = whole([2, 1, -2, 0, 0, 0, 0]);
const PERMITTIVITY: Dimension = whole([-3, -1, 4, 2, 0, 0, 0]);

/// All units of new input, parsed once.
pub(super) static ATOMS: LazyLock<Atoms> = LazyLock::new(|| atoms(TABLE.iter().chain(ADDED)));

/// The units of recorded texts: in the same places, without the units that were added after units were first recorded.
pub(super) static RECORDED: LazyLock<Atoms> = LazyLock::new(|| atoms(TABLE.iter()));

fn atoms<'a>(table: impl Iterator<Item = &'a Line>) -> Atoms {
    let mut atoms = Atoms::default();
    for (symbols, names, takes, is) in table {
        let (scale, dimension) = match is {
            Base(dimension) => (Scale::ONE, *dimension),
            Definition::Generator(generator, dimension) => (Scale::of(*generator), *dimension),
            As(text) => {
                // A test reads every line of the table.
                #[allow(clippy::expect_used)]
                let unit =
                    Parser::new(text, &atoms, &RECORDED_RULES).parse().expect("the table's own definitions are good");
                (unit.scale, unit.dimension)
            }
        };
        let (symbols, names) = (symbols.split_whitespace().collect(), names.split_whitespace().collect());
        atoms.add(Atom { symbols, names, takes: *takes, scale, dimension });
    }
    atoms
}

#[cfg(test)]
mod tests {
    use super::super::prefix::PREFIXES;
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn the_table_is_valid_and_no_name_occurs_twice() {
        let mut seen = HashMap::new();
        assert_eq!(ATOMS.list.len(), TABLE.len() + ADDED.len());
        for (place, atom) in ATOMS.list.iter().enumerate() {
            for name in atom.symbols.iter().chain(&atom.names) {
                if let Some(before) = seen.insert(*name, place) {
                    assert_eq!(before, place, "{name} stands twice");
                }
                let value = atom.scale.value();
                assert!(value.is_normal() && value > 0.0, "{name}");
            }
        }
    }

    #[test]
    fn no_two_prefixes_make_the_same_name() {
        // `dat` could be da·t or d·at: each name with a prefix has only one reading.
        for (place, prefix) in PREFIXES.iter().enumerate() {
            for atom in ATOMS.list.iter().filter(|atom| prefix.fits(atom.takes)) {
                for symbol in &atom.symbols {
                    let name = format!("{}{symbol}", prefix.symbols[0]);
                    let found = ATOMS.find(&name).unwrap_or_else(|| panic!("{name}"));
                    let taken = ATOMS.symbols.contains_key(name.as_str()) || ATOMS.names.contains_key(&name);
                    assert!(taken || found.prefix == Some(place), "{name} has two readings");
                }
            }
        }
    }
    #[test]
    fn added_units_were_no_units_before() {
        for name in ADDED.iter().flat_map(|line| line.0.split_whitespace().chain(line.1.split_whitespace())) {
            let found = RECORDED.find(name);
            assert!(found.is_none(), "{name} was {found:?}");
            for prefix in PREFIXES.iter().flat_map(|prefix| prefix.symbols) {
                let name = format!("{prefix}{name}");
                let same =
                    |before: &super::super::atoms::Factor| ATOMS.find(&name).is_some_and(|now| now.atom == before.atom);
                assert!(RECORDED.find(&name).as_ref().is_none_or(same), "{name}");
            }
        }
    }
}
