//! Tests of units: meanings, spellings, refusals, and the laws of their algebra.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;

fn unit(text: &str) -> Unit {
    text.parse().unwrap_or_else(|error: UnitError| panic!("{error}"))
}
fn factor(from: &str, to: &str) -> f64 {
    unit(from).conversion(&unit(to)).unwrap_or_else(|error| panic!("{error}")).factor()
}

#[test]
fn one_meaning_in_many_spellings() {
    let check = |one: &str, others: &[&str]| {
        for other in others {
            assert_eq!(unit(one), unit(other), "{one} and {other}");
            assert_eq!(unit(other).to_string(), *other, "a unit is written as it was read");
        }
    };
    check(
        "m/s",
        &["m s-1", "m.s-1", "m s^-1", "m·s⁻¹", "m*s**-1", "meter/second", "metres per second", "m s−1", "(m)/(s)"],
    );
    check("kg m^2 s^-2", &["J", "N m", "kg.m2/s2", "kg m²/s²", "W s", "N·m", "kg*m**2*s**-2", "joules"]);
    check("yr/AU^1.5", &["yr/AU^(3/2)", "yr AU^-1.5", "a/au^(3/2)", "year.AU^(-3/2)", "365.25 d/AU^1.5"]);
    check("km/s/Mpc", &["km/(s Mpc)", "km.s-1.Mpc-1", "km s^-1 Mpc^-1"]);
    check("1", &["m/m", "rad", "dimensionless", "{cells}", "counts", "s.Hz", "(1)", "10^0"]);
    check("%", &["percent", "10^-2", "0.01", "1/100", "1e-2"]);
    check("10^3 kg", &["t", "Mg", "1000 kg", "10*3.kg", "10³ kg", "1e3kg", "10**3 kg", "1.0E+3 kg"]);
    check("µm", &["μm", "um", "micron", "micrometer", "micrometres", "10^-6 m"]);
    check("Å", &["\u{212b}", "A\u{30a}", "angstrom", "0.1 nm", "Ao"]);
    check("°", &["deg", "degrees", "degrees_north", "degree_east", "60 arcmin", "60'", "3600 arcsec", "3600''", "60′"]);
    check("mas", &["10^-3 arcsec", "milliarcsecond", "1000 µas"]);
    check("L", &["l", "dm3", "litre", "10^-3 m^3", "1000 cc"]);
    check("Ω", &["\u{2126}", "Ohm", "ohm", "V/A"]);
    check("1/s", &["Hz", "s-1", "/s", "Bq", "{counts}/s", "1 per s"]);
    check("kJ/mol", &["10^3 J/mol", "kJ.mol-1", "kilojoules/mole"]);
    check("M_sun", &["Msun", "M☉", "M_⊙", "solMass", "solar_mass"]);
    check("kWh", &["3.6 MJ", "kW h", "3600 kJ"]);
    check("cm[H2O]", &["98.0665 Pa"]);
    check("mm[Hg]", &["mmHg"]);
    check("ft", &["[ft_i]", "foot", "12 inches", "0.3048 m"]);
    check("mM", &["mmol/L", "mol/m3"]);
    check("MiB", &["1024 KiB", "Mibyte", "mebibytes"]);
}

#[test]
fn conflicts_of_symbols_are_decided() {
    let check = |text: &str, same: &str| assert_eq!(unit(text), unit(same), "{text}");
    check("min", "60 s");
    check("cd", "candela");
    check("d", "86400 s");
    check("h", "3600 s");
    check("a", "365.25 d");
    check("Ma", "10^6 yr");
    check("ha", "10^4 m^2");
    check("T", "tesla");
    check("PT", "10^15 tesla");
    check("Pa", "N/m^2");
    check("hPa", "mbar");
    check("kt", "10^6 kg");
    check("pc", "parsec");
    check("dam", "10 m");
    check("mol", "mole");
    check("G", "gauss");
    check("Gg", "10^6 kg");
    check("Gal", "cm/s^2");
    check("as", "10^-18 s");
    check("mas", "milliarcsecond");
    check("nmi", "1852 m");
    check("kat", "mol/s");
    check("Sv", "J/kg");
    check("b", "barn");
    check("u", "Da");
    check("M", "mol/L");
    check("nM", "10^-9 mol/L");
}

#[test]
fn conversions_are_exact_where_they_are() {
    let check = |from: &str, to: &str, expect: f64, exact: bool| {
        let conversion = unit(from).conversion(&unit(to)).unwrap();
        assert_eq!(conversion.factor().to_bits(), expect.to_bits(), "{from} in {to}: {}", conversion.factor());
        assert_eq!((conversion.is_exact(), conversion.is_measured()), (exact, false), "{from} in {to}");
    };
    check("km", "m", 1000.0, true);
    check("m", "km", 0.001, true);
    check("yr", "d", 365.25, true);
    check("yr", "s", 31_557_600.0, true);
    check("AU", "m", 149_597_870_700.0, true);
    check("ly", "m", 9_460_730_472_580_800.0, true);
    check("eV", "J", 1.602_176_634e-19, true);
    check("km/h", "m/s", 1000.0 / 3600.0, true);
    check("deg", "rad", 1_f64.to_radians(), false);
    check("arcsec", "deg", 1.0 / 3600.0, true);
    check("atm", "Torr", 760.0, true);
    check("psi", "Pa", 6_894.757_293_168_362, true);
    check("mile", "km", 1.609_344, true);
    check("pc", "AU", 206_264.806_247_096_36, false);
    check("pc", "m", 3.085_677_581_491_367e16, false);
    check("kcal/mol", "kJ/mol", 4.184, true);
    check("Jy", "W m-2 Hz-1", 1e-26, true);
    check("M_sun", "M_earth", 1.327_124_4e20 / 3.986_004e14, true);
    // Known only by measurement.
    let solar_mass = unit("M_sun").conversion(&unit("kg")).unwrap();
    assert!(solar_mass.is_measured());
    assert!((solar_mass.factor() / 1.988_41e30 - 1.0).abs() < 1e-5, "{}", solar_mass.factor());
    assert!((factor("u", "MeV/[c]^2") / 931.494_103_72 - 1.0).abs() < 1e-10);
    assert!((factor("hartree", "eV") / 27.211_386_245_981 - 1.0).abs() < 1e-11);
    assert!((factor("km/s/Mpc", "1/s") / 3.240_779_289_7e-20 - 1.0).abs() < 1e-10);
    assert!((factor("D", "C m") / 3.335_640_951_98e-30 - 1.0).abs() < 1e-11);
    assert!((factor("Oe", "A/m") / 79.577_471_545_947_67 - 1.0).abs() < 1e-15);
    let conversion = unit("km/h").conversion(&unit("m/s")).unwrap();
    assert_eq!((conversion.apply(18.0), conversion.apply(36.0)), (5.0, 10.0), "whole results stay whole");
    let mut column = [0.3, f64::NAN, f64::INFINITY];
    unit("cm").conversion(&unit("m")).unwrap().apply_all(&mut column);
    assert_eq!(column.map(|value| value.to_string()), ["0.003", "NaN", "inf"]);
}

#[test]
fn computed_units_are_readable() {
    let check = |built: Result<Unit, UnitError>, expect: &str| {
        let built = built.unwrap();
        assert_eq!(built.to_string(), expect);
        assert_eq!(unit(expect), built);
    };
    let half = |n: i64| Rational::new(n, 2).unwrap();
    check(unit("yr").divide(&unit("AU").power(half(3)).unwrap()), "yr/AU^1.5");
    check(unit("AU").power(Rational::new(1, 3).unwrap()), "AU^(1/3)");
    check(unit("km/s").divide(&unit("Mpc")), "km/s/Mpc");
    check(unit("kg").multiply(&unit("m/s^2")), "kg m/s^2");
    check(unit("s").inverse(), "1/s");
    check(unit("m").divide(&unit("m")), "1");
    check(unit("km").divide(&unit("m")), "km/m");
    check(unit("10^3 kg").power(half(4)), "10^6 kg^2");
    check(unit("10^3 kg").power(half(1)), "10^1.5 kg^0.5");
    check(unit("1.5 m").inverse(), "2 3^-1/m");
    check(unit("0.25 m").multiply(&unit("s")), "0.25 m s");
    check(unit("1e-20 m").multiply(&unit("7 s")), "7e-20 m s");
    check(unit("60 s").power(half(-2)), "2^-2 3^-1 5^-1/s");
    check(unit("years").multiply(&unit("yr")), "years^2");
    check(unit("m").power(Rational::whole(i16::MIN)), "m^-32768");
    check(unit("{cells}/mL").multiply(&unit("1")), "1/mL");
    assert_eq!(Unit::one().to_string(), "1");
}

/// The errors of texts that are not units, as a person sees them.
fn messages(texts: &[&str]) -> String {
    let mut messages = String::new();
    for text in texts {
        let error = text.parse::<Unit>().expect_err(text);
        let diagnostic = error.diagnostic().unwrap_or_else(|| panic!("{error}"));
        messages.push_str(&diagnostic.render(text));
        messages.push_str("\n\n");
    }
    messages
}

#[test]
fn unknown_units_get_suggestions() {
    assert_snapshot!(messages(&["yer", "KM", "km/sek", "kg Nm", "furlong/fortnight"]), @r"
    `yer` is not a unit that Hven knows
      yer
      ^^^
    help: is `year` meant?

    `KM` is not a unit that Hven knows
      KM
      ^^
    help: is `km` meant?

    `sek` is an abbreviation, not a unit
      km/sek
         ^^^
    help: write `s`

    `Nm` is not a unit that Hven knows; `N` after `kg` seems to name an element, and as a unit it is newton
      kg Nm
         ^^
    help: write `kg{N} m` for the element, or `kg newton m` for the product

    `furlong` is not a unit that Hven knows
      furlong/fortnight
      ^^^^^^^
    help: write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`, and what is only counted stands in braces, as in `{cells}/mL`
    ");
}

#[test]
fn misleading_units_are_refused_with_advice() {
    assert_snapshot!(messages(&["°C", "W/m^2/degF", "dB", "pH", "mag", "10 mb", "days since 1970-01-01", "B/s"]), @r"
    °C has its zero elsewhere than kelvin, so it is no unit that can be multiplied
      °C
      ^^
    help: write the value in kelvin (°C + 273.15) with the unit `K`; a difference is `delta_degC`

    `degF` has its zero elsewhere than kelvin, so it cannot be multiplied or divided
      W/m^2/degF
            ^^^^
    help: write `W/m^2/delta_degF`: a difference of 1 °F is 5/9 K

    `dB` is logarithmic: a sum of two such numbers is not the sum of two quantities
      dB
      ^^
    help: store the ratio itself (10^(dB/10) for powers) with the unit `1`, or the power in `W`

    `pH` is logarithmic: a sum of two such numbers is not the sum of two quantities
      pH
      ^^
    help: store the activity 10^-pH in `mol/L`, or the pH as a plain number with the unit `1`

    `mag` is logarithmic: a sum of two such numbers is not the sum of two quantities
      mag
      ^^^
    help: store the flux, in `Jy` for example, or the magnitude as a plain number with the unit `1`

    `mb` is millibarn in physics and millibar in meteorology
      10 mb
         ^^
    help: write `mbarn` or `mbar`

    `since` makes it a point in time, not a quantity
      days since 1970-01-01
           ^^^^^
    help: import the column as times; for a duration write the unit alone, such as `d`

    `B` is bel in UCUM and byte elsewhere
      B/s
      ^
    help: write `byte` (or `kB`, `MB`, `GB`); a bel is logarithmic and refused
    ");
}

#[test]
fn ambiguous_units_are_refused() {
    assert_snapshot!(messages(&["J/kg K", "m^3/2", "AU1.5", "kg-m"]), @r"
    this can be read as part of the denominator or not
      J/kg K
           ^
    help: write `J/(kg K)` or `J.K/kg`, as it is meant

    `^3/2` can be read as a fraction in the exponent or as a division
      m^3/2
       ^^^^
    help: write `^(3/2)`, or put the number first

    this can be read in two ways
      AU1.5
        ^^^
    help: write `^1.5`

    `-` is only the sign of an exponent
      kg-m
        ^
    help: put a blank or a dot between units: `kg.m`; a substance stands in braces: `mg{N}`
    ");
}

#[test]
fn malformed_units_are_refused_with_their_position() {
    assert_snapshot!(messages(&["", "m/", "m^", "(m/s", "m)", "m^1.4999", "0 m", "1234567890123 m", "m 3", "m # s", "mm[Hg", "{x", "m^40000"]), @r"
    the unit is empty

      ^
    help: write `1` for a plain number

    a unit is missing here
      m/
        ^

    an exponent is missing here
      m^
       ^

    this parenthesis is never closed
      (m/s
      ^

    this parenthesis was never opened
      m)
       ^

    the exponent 14999/10000 of a unit is no small fraction: at most ±32767, over 1 to 255
      m^1.4999
       ^^^^^^^
    help: a free exponent acts on a plain number: divide by the unit first, as in `(x / AU)^1.4999`

    no unit is 0 times as large
      0 m
      ^

    numbers in units have at most twelve digits and stay within 10^±400
      1234567890123 m
      ^^^^^^^^^^^^^
    help: units are taken exactly; convert the values instead

    a number stands before the units, not after them
      m 3
        ^

    `#` cannot begin a unit
      m # s
        ^

    `mm[Hg` is not a unit that Hven knows
      mm[Hg
      ^^^^^
    help: is `mmHg` or `mm[Hg]` meant?

    this brace is never closed
      {x
      ^

    the exponent 40000/1 of a unit is no small fraction: at most ±32767, over 1 to 255
      m^40000
       ^^^^^^
    help: a free exponent acts on a plain number: divide by the unit first, as in `(x / AU)^1.4999`
    ");
}

#[test]
fn deep_and_long_texts_are_refused() {
    assert!("(".repeat(100_000).parse::<Unit>().is_err());
    assert!("(".repeat(300).parse::<Unit>().is_err());
    assert!("m".repeat(100_000).parse::<Unit>().is_err());
}

#[test]
fn different_quantities_are_not_converted() {
    assert_snapshot!(unit("m").conversion(&unit("s")).unwrap_err(), @"m cannot be converted to s: one measures length [m], the other time [s]");
    assert_snapshot!(unit("km/s").conversion(&unit("yr/AU^1.5")).unwrap_err(), @"km/s cannot be converted to yr/AU^1.5: one measures speed [m/s], the other s/m^1.5");
    assert!(matches!(unit("Qm^20").conversion(&unit("quectometer^20")), Err(UnitError::Range { .. })));
}

#[test]
fn units_are_text_in_json() {
    let unit = unit("yr/AU^1.5");
    let json = serde_json::to_string(&unit).unwrap();
    assert_eq!(json, r#""yr/AU^1.5""#);
    assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), unit);
    assert!(serde_json::from_str::<Unit>(r#""furlongs""#).is_err());
}

#[test]
fn powers_out_of_range_are_errors() {
    let large = unit("m^32767");
    assert!(large.multiply(&unit("m")).is_err());
    assert!(large.power(Rational::whole(2)).is_err());
    assert!(unit("Qm").power(Rational::whole(2000)).is_err());
}

const NAMES: [&str; 40] = [
    "m",
    "km",
    "s",
    "kg",
    "g",
    "A",
    "K",
    "mol",
    "cd",
    "yr",
    "AU",
    "Mpc",
    "eV",
    "u",
    "deg",
    "rad",
    "%",
    "J",
    "N",
    "Pa",
    "hPa",
    "L",
    "Jy",
    "G",
    "Å",
    "M_sun",
    "M_earth",
    "R_sun",
    "min",
    "h",
    "d",
    "1",
    "µm",
    "kilometers",
    "[c]",
    "mm[Hg]",
    "ppm",
    "kcal",
    "1.5",
    "10^3",
];

/// Pieces of texts that are nearly units.
const PIECES: [&str; 48] = [
    "m", "kg", "mg", "C", "F", "K", "N", "deg", "°", "degC", "º", " ", " ", ".", "/", "/", "·", "^2", "-1", "²", "⁻¹",
    "^{-1}", "(", ")", "%", "mol", "L", "u", "U", "a", "IU", "[", "]", "{x}", "$", "10", "*3", "10^3", "㎡", "㎏", "Δ",
    "delta_", "mK", "W", "s", "'", "\u{212a}", "e3",
];

prop_compose! {
    fn small_fractions()(n in -6_i64..=6, d in 1_i64..=4) -> Rational { Rational::new(n, d).unwrap() }
}
prop_compose! {
    /// A product of up to four named units with small powers.
    fn units()(parts in prop::collection::vec((prop::sample::select(&NAMES[..]), small_fractions()), 0..5)) -> Unit {
        parts.into_iter().fold(Unit::one(), |product, (name, power)| {
            product.multiply(&unit(name).power(power).unwrap()).unwrap()
        })
    }
}

/// The reading of a text as new input, for tables of tests.
fn reading(text: &str) -> String {
    match Unit::read(text) {
        Err(UnitError::Malformed { what, .. }) => format!("refused: {what}"),
        Err(error) => format!("refused: {error}"),
        Ok(read) => {
            let scale = read.temperature.map_or(String::new(), |scale| format!(" from {scale}"));
            let notes = read.notes.iter().fold(String::new(), |text, note| text + "; " + note);
            format!("{}{scale}{notes}", read.unit)
        }
    }
}
fn readings(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{text} → {}\n", reading(text))).collect::<Vec<_>>().concat()
}

#[test]
fn temperatures_in_any_spelling() {
    let celsius = [
        "deg C",
        "degrees C",
        "degree_C",
        "degree_Celsius",
        "° C",
        "deg. C",
        "oC",
        "ºC",
        "˚C",
        "ᵒC",
        "°c",
        "℃",
        "degC",
        "Cel",
        "Celsius",
        "DEGC",
        "celcius",
        "$^{\\circ}$C",
        "^oC",
        "∘C",
        "&deg;C",
        "Â°C",
        "degC.",
        "°\u{a0}C",
        "deg.C",
        "摄氏度",
        "degree (C)",
        "（℃）",
    ];
    for text in celsius {
        assert_eq!(reading(text), "K from °C", "{text}");
    }
    for text in ["℉", "[degF]", "deg F", "degF", "°F", "degrees Fahrenheit", "º F"] {
        assert_eq!(reading(text), "K from °F", "{text}");
    }
    assert_snapshot!(readings(&[
        "deg K",
        "°K",
        "degrees_Kelvin",
        "degK",
        "delta_degC",
        "delta_degF",
        "Δ°C",
        "Δ degF",
        "[degR]",
        "degR",
        "W/(m2 degC)",
        "W/(m2 delta_degC)",
        "W/(m2 deg C)",
        "W m-2 deg C-1",
        "J/(kg °C)",
        "degF-1",
        "Btu/(h ft2 °F)",
        "10 degC",
        "0.1 °C",
        "deg*C",
        "C deg",
        "C°",
        "degC d",
    ]), @r#"
    deg K → K; "deg K" is read as kelvin
    °K → K; "°K" is read as kelvin
    degrees_Kelvin → K; "degrees_Kelvin" is read as kelvin
    degK → K; "degK" is read as kelvin
    delta_degC → delta_degC
    delta_degF → delta_degF
    Δ°C → delta_degC
    Δ degF → delta_degF
    [degR] → [degR]
    degR → refused: `degR` is Rankine's scale or Réaumur's; write `[degR]` for degrees Rankine, 5/9 of a kelvin each; a value in degrees Réaumur is 4/5 of one in °C
    W/(m2 degC) → refused: `degC` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `W/(m2 K)`: a difference of 1 °C is 1 K
    W/(m2 delta_degC) → W/(m2 delta_degC)
    W/(m2 deg C) → refused: `deg C` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `W/(m2 K)`: a difference of 1 °C is 1 K; an angle times coulomb is `W/(m2 deg coulomb)`
    W m-2 deg C-1 → refused: `deg C` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `W m-2 K-1`: a difference of 1 °C is 1 K; an angle times coulomb is `W m-2 deg coulomb-1`
    J/(kg °C) → refused: `°C` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `J/(kg K)`: a difference of 1 °C is 1 K
    degF-1 → refused: `degF` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `delta_degF-1`: a difference of 1 °F is 5/9 K
    Btu/(h ft2 °F) → refused: `°F` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `Btu/(h ft2 delta_degF)`: a difference of 1 °F is 5/9 K
    10 degC → refused: `degC` has its zero elsewhere than kelvin, so it cannot be multiplied; give the column the unit `degC` or `degF` when its values are in °C or °F: they are stored in kelvin
    0.1 °C → refused: `°C` has its zero elsewhere than kelvin, so it cannot be multiplied; give the column the unit `degC` or `degF` when its values are in °C or °F: they are stored in kelvin
    deg*C → refused: `deg*C` is degree times coulomb; a temperature is meant probably; write `degC` for a temperature, or `deg coulomb`
    C deg → refused: `C deg` is degree times coulomb; a temperature is meant probably; write `degC` for a temperature, or `deg coulomb`
    C° → refused: `C°` has its degree behind the letter; write `degC` or `degF`
    degC d → refused: `degC` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `K d`: a difference of 1 °C is 1 K
    "#);
}

#[test]
fn nothing_is_a_charge_or_a_prefix_by_accident() {
    assert_snapshot!(readings(&[
        "C",
        "F",
        "mC",
        "coulomb",
        "C/W",
        "mm/C",
        "C/m2",
        "C/kg",
        "C/s",
        "J/C",
        "N/C",
        "m3/C",
        "1/C",
        "W/(m2 C)",
        "W/mC",
        "W/mK",
        "mW/mK",
        "1/mK",
        "W/(m K)",
        "W/millikelvin",
        "pF/m",
        "BTU/(lb F)",
        "mg C/m3",
        "mg N/L",
        "umol C kg-1",
        "kg N/ha",
        "mg.N/L",
        "mgN/L",
        "gC/m2/d",
        "mg-N/L",
        "J/(kg K)",
        "J kg-1 K-1",
        "J/(mol C)",
        "mmol K/L",
        "mg Pb/L",
        "µM P",
        "mg CaCO3/L",
        "mg U/L",
        "deg N",
        "degrees W",
        "deg",
        "at%",
        "mol%",
        "wt%",
        "%C",
        "mg%",
        "%{vol}",
        "% m-1",
        "a.u",
        "a.u.",
        "arb. units",
        "au",
        "AU",
        "A.U.",
        "IU",
        "mIU/L",
        "[IU]/L",
        "u[IU]/mL",
        "[arb'U]/mL",
        "U/L",
        "mU/L",
        "K/uL",
        "M/uL",
        "10e3/uL",
        "10*3/ul",
        "10^3/uL",
        "x10^9/L",
        "RH",
        "%RH",
        "EC",
        "PA",
        "kt",
        "Sv",
        "MT",
        "'",
        "\"",
        "Mb",
    ]), @r#"
    C → C; `C` is read as coulomb; a temperature is written `degC` or `K`
    F → F; `F` is read as farad; a temperature is written `degF` or `K`
    mC → mC
    coulomb → coulomb
    C/W → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `K/W`, or `coulomb/W` if it is meant
    mm/C → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `mm/K`, or `mm/coulomb` if it is meant
    C/m2 → C/m2; `C` is read as coulomb; a temperature is written `degC` or `K`
    C/kg → C/kg; `C` is read as coulomb; a temperature is written `degC` or `K`
    C/s → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `K/s`, or `coulomb/s` if it is meant
    J/C → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `J/K`, or `J/coulomb` if it is meant
    N/C → N/C; `C` is read as coulomb; a temperature is written `degC` or `K`
    m3/C → m3/C; `C` is read as coulomb; a temperature is written `degC` or `K`
    1/C → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `1/K`, or `1/coulomb` if it is meant
    W/(m2 C) → refused: `C` would be coulomb here; a difference of temperatures is meant probably; write `W/(m2 K)`, or `W/(m2 coulomb)` if it is meant
    W/mC → refused: `mC` would be millicoulomb here; a difference of temperatures is meant probably; write `W/(m K)`, or `W/millicoulomb` if it is meant
    W/mK → refused: `mK` would be millikelvin here; a difference of temperatures is meant probably; write `W/(m K)`, or `W/millikelvin` if it is meant
    mW/mK → refused: `mK` would be millikelvin here; a difference of temperatures is meant probably; write `mW/(m K)`, or `mW/millikelvin` if it is meant
    1/mK → 1/mK; `mK` is read as millikelvin
    W/(m K) → W/(m K)
    W/millikelvin → W/millikelvin
    pF/m → pF/m
    BTU/(lb F) → refused: `F` after `lb` seems to name an element, and as a unit it is farad; write `BTU/(lb delta_degF)` for a difference in °F, `BTU/(lb{F})` for the element, or `BTU/(lb farad)` for the product
    mg C/m3 → refused: `C` after `mg` seems to name an element, and as a unit it is coulomb; write `mg{C}/m3` for the element, or `mg coulomb/m3` for the product
    mg N/L → refused: `N` after `mg` seems to name an element, and as a unit it is newton; write `mg{N}/L` for the element, or `mg newton/L` for the product
    umol C kg-1 → refused: `C` after `umol` seems to name an element, and as a unit it is coulomb; write `umol{C} kg-1` for the element, or `umol coulomb kg-1` for the product
    kg N/ha → refused: `N` after `kg` seems to name an element, and as a unit it is newton; write `kg{N}/ha` for the element, or `kg newton/ha` for the product
    mg.N/L → refused: `N` after `mg` seems to name an element, and as a unit it is newton; write `mg{N}/L` for the element, or `mg newton/L` for the product
    mgN/L → refused: `mgN` is not a unit that Hven knows; `N` after `mg` seems to name an element, and as a unit it is newton; write `mg{N}/L` for the element, or `mg newton/L` for the product
    gC/m2/d → refused: `gC` is not a unit that Hven knows; `C` after `g` seems to name an element, and as a unit it is coulomb; write `g{C}/m2/d` for the element, or `g coulomb/m2/d` for the product
    mg-N/L → refused: `-` is only the sign of an exponent; put a blank or a dot between units: `kg.m`; a substance stands in braces: `mg{N}`
    J/(kg K) → J/(kg K)
    J kg-1 K-1 → J kg-1 K-1
    J/(mol C) → refused: `C` after `mol` seems to name an element, and as a unit it is coulomb; write `J/(mol K)` for a difference in °C, `J/(mol{C})` for the element, or `J/(mol coulomb)` for the product
    mmol K/L → refused: `K` after `mmol` seems to name an element, and as a unit it is kelvin; write `mmol{K}/L` for the element, or `mmol kelvin/L` for the product
    mg Pb/L → refused: `Pb` after `mg` seems to name an element, and as a unit it is petabarn; write `mg{Pb}/L` for the element, or `mg petabarn/L` for the product
    µM P → refused: `P` after `µM` seems to name an element, and as a unit it is poise; write `µM{P}` for the element, or `µM poise` for the product
    mg CaCO3/L → refused: `CaCO` is not a unit that Hven knows; write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`; if `CaCO3` is the substance, write `mg{CaCO3}`
    mg U/L → refused: `U` after `mg` seems to name an element, and as a unit it is enzyme_unit; write `mg{U}/L` for the element, or `mg enzyme_unit/L` for the product
    deg N → refused: `deg N` seems to be an angle to a point of the compass; `N` is newton; write `deg` for the angle, or `deg newton`
    degrees W → refused: `degrees W` seems to be an angle to a point of the compass; `W` is watt; write `deg` for the angle, or `deg watt`
    deg → deg
    at% → refused: `at%` is a percentage of something; write `%{at}` for this percentage, or `%` alone
    mol% → refused: `mol%` is a percentage of something; write `%{mol}` for this percentage, or `%` alone
    wt% → refused: `wt%` is a percentage of something; write `%{wt}` for this percentage, or `%` alone
    %C → refused: `%` is a plain number, and here it stands next to `C`; write `%{C}` for a percentage of C, or `%` alone
    mg% → refused: `%` is a plain number, and here it stands next to `mg`; write `mg/dL` if it is per 100 mL, or `%{mg}` for a percentage
    %{vol} → %{vol}
    % m-1 → % m-1
    a.u → refused: `a.u` is arbitrary units, or atomic units of any quantity; write `1` for arbitrary units, `AU` for the astronomical unit, or the atomic unit by name: `hartree`, `bohr`, `m_e`
    a.u. → refused: `a.u.` is arbitrary units, or atomic units of any quantity; write `1` for arbitrary units, `AU` for the astronomical unit, or the atomic unit by name: `hartree`, `bohr`, `m_e`
    arb. units → refused: `arb. units` is arbitrary units, or atomic units of any quantity; write `1` for arbitrary units, `AU` for the astronomical unit, or the atomic unit by name: `hartree`, `bohr`, `m_e`
    au → au; `au` is read as astronomical unit; atomic units are written by name, such as `hartree` or `bohr`
    AU → AU
    A.U. → refused: `A.U.` is arbitrary units, or atomic units of any quantity; write `1` for arbitrary units, `AU` for the astronomical unit, or the atomic unit by name: `hartree`, `bohr`, `m_e`
    IU → refused: `IU` has no size in SI units: it is fixed for each substance; write `{IU}`, a plain count of them
    mIU/L → refused: `mIU` has no size in SI units: it is fixed for each substance; write `10^-3 {IU}/L`, a plain count of them
    [IU]/L → refused: `[IU]` has no size in SI units: it is fixed for each substance; write `{IU}/L`, a plain count of them
    u[IU]/mL → refused: `u[IU]` has no size in SI units: it is fixed for each substance; write `10^-6 {IU}/mL`, a plain count of them
    [arb'U]/mL → refused: `[arb'U]` has no size in SI units: it is fixed for each substance; write `{arb'U}/mL`, a plain count of them
    U/L → U/L; `U` is read as enzyme unit, 1 µmol/min; international units are written `{IU}`
    mU/L → refused: `mU` has a prefix, which Hven does not know for `U`; write `10^-3 U` for a thousandth of the enzyme unit, and `10^-3 {IU}` for international units
    K/uL → refused: `K/uL` would be kelvin per volume; a count is meant probably; write `10^3/uL`, or `kelvin/uL` if it is meant
    M/uL → refused: `M/uL` would be molar per volume; a count is meant probably; write `10^6/uL`, or `molar/uL` if it is meant
    10e3/uL → 10e3/uL; 10e3 is read as 10^4
    10*3/ul → 10*3/ul
    10^3/uL → 10^3/uL
    x10^9/L → 10^9/L
    RH → refused: `RH` is the relative humidity; write `%`
    %RH → refused: `RH` is the relative humidity; write `%`
    EC → refused: `EC` would be exacoulomb; write `S/m` or `mS/cm` for a conductivity, or `exacoulomb` if it is meant
    PA → PA; `PA` is read as petaampere
    kt → kt; `kt` is read as kilotonne; a knot is `kn`
    Sv → Sv; `Sv` is read as sievert; the unit of ocean currents is `sverdrup`
    MT → MT; `MT` is read as megatesla; a million tonnes is `Mt`
    ' → '; `'` is read as minute of arc; a foot is `ft`, a minute `min`
    " → refused: `"` is a second of arc, or an inch; write `arcsec` or `in`
    Mb → Mb; `Mb` is read as megabarn; a million bits are `10^6 bit`
    "#);
}

#[test]
fn codes_of_clinics_and_letters_of_keyboards() {
    let check = |text: &str, same: &str| {
        let read = Unit::read(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((read.unit, read.temperature), (unit(same), None), "{text}");
    };
    check("meq/L", "mmol/L");
    check("mEq/L", "mmol/L");
    check("mOsm/kg", "mmol/kg");
    check("m[H2O]", "9806.65 Pa");
    check("mm[H2O]", "9.80665 Pa");
    check("{RBC}/uL", "1/µL");
    check("mL/min/{1.73_m2}", "mL/min");
    check("ug/g{creat}", "µg/g");
    check("%{vol}", "%");
    check("10*3/ul", "10^9/L");
    check("10*-3.mol", "mmol");
    check("[gal_us]", "3.785411784 L");
    check("[oz_tr]", "31.1034768 g");
    check("㎡", "m^2");
    check("㎥/s", "m^3/s");
    check("㎍/㎥", "µg/m^3");
    check("㏄", "cm^3");
    check("㎐", "Hz");
    check("㎾", "kW");
    check("㎞/h", "km/h");
    check("％", "%");
    check("ｍ／ｓ", "m/s");
    check("m s–1", "m/s");
    check("kg∙m•s⁻²", "N");
    check("m∕s", "m/s");
    check("J⁄kg", "J/kg");
    check("cm$^2$", "cm^2");
    check("m·s^{-1}", "m/s");
    check("ℓ", "L");
    check("\u{212a}", "K");
    check("W m\u{2212}2", "W/m^2");
    check("5º", "5 deg");
    // Complaints about others: differences are converted by their size alone, and no prefix goes before a scale.
    let rise = unit("delta_degC").conversion(&unit("delta_degF")).unwrap();
    assert_eq!(rise.apply(12.3).to_bits(), 22.14_f64.to_bits());
    for text in ["m°C", "mCel", "millidegree_Celsius", "lg(re mg.m-3)", "days since 2000-01-01"] {
        assert!(Unit::read(text).is_err(), "{text}");
    }
    assert_eq!(unit("㎡").to_string(), "m2", "the record holds plain letters");
    assert_snapshot!(readings(&[
        "Ang",
        "erg/s/cm2/Ang",
        "ℎ",
        "㏗",
        "㏂",
        "㎡2",
        "\u{fffd}C",
        "m\\foo",
        "KM",
        "Kg",
        "Nm",
        "kN m",
        "J/kgK",
        "gpm",
        "kph",
        "lpm",
        "cells/mL",
        "mg{",
        "Celsius/m",
        "furlongs",
        "^",
        "m^{2",
        "[foo]",
        "mU",
    ]), @r"
    Ang → refused: `Ang` is an abbreviation, not a unit; write `Å` for an ångström
    erg/s/cm2/Ang → refused: `Ang` is an abbreviation, not a unit; write `Å` for an ångström
    ℎ → refused: `ℎ` is Planck's constant in one letter; write `h` for hours, or `[h]` for the constant
    ㏗ → refused: `㏗` is logarithmic; store the activity in `mol/L`, or the pH with the unit `1`
    ㏂ → refused: `㏂` is no unit; write the unit in plain letters
    ㎡2 → refused: `㎡` cannot stand here in a unit; write the unit plainly, such as `kg m^2 s^-2`
    �C → refused: `�` stands for a letter that was lost; read the file with its own encoding
    m\foo → refused: `\foo` is typesetting that Hven does not know; write the unit plainly, such as `kg m^2 s^-2`
    KM → refused: `KM` is not a unit that Hven knows; is `km` meant?
    Kg → refused: `Kg` is an abbreviation, not a unit; write `kg`
    Nm → refused: `Nm` is not a unit that Hven knows; write `N m` for the product of the two
    kN m → kN m
    J/kgK → refused: `kgK` is not a unit that Hven knows; write `J/(kg K)` for the product of the two
    gpm → refused: `gpm` is an abbreviation, not a unit; write `[gal_us]/min` for gallons of the United States
    kph → refused: `kph` is an abbreviation, not a unit; write `km/h`
    lpm → refused: `lpm` is an abbreviation, not a unit; write `L/min`
    cells/mL → refused: `cells` is not a unit that Hven knows; write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`, and what is only counted stands in braces, as in `{cells}/mL`
    mg{ → refused: this brace is never closed
    Celsius/m → refused: `Celsius` has its zero elsewhere than kelvin, so it cannot be multiplied or divided; write `K/m`: a difference of 1 °C is 1 K
    furlongs → refused: `furlongs` is not a unit that Hven knows; write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`, and what is only counted stands in braces, as in `{cells}/mL`
    ^ → refused: `^` cannot begin a unit
    m^{2 → refused: the exponent's parenthesis is not closed
    [foo] → refused: `[foo]` is not a unit that Hven knows; write it with units that Hven knows, as in `0.3048 m`; a plain number has the unit `1`, and what is only counted stands in braces, as in `{cells}/mL`
    mU → refused: `mU` has a prefix, which Hven does not know for `U`; write `10^-3 U` for a thousandth of the enzyme unit, and `10^-3 {IU}` for international units
    ");
}

#[test]
fn recorded_units_keep_their_meaning() {
    let check = |text: &str, meant: &str| {
        let recorded = Unit::recorded(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(recorded, unit(meant), "{text}");
        assert_eq!(recorded.to_string(), text);
        let json = format!("{text:?}");
        assert_eq!(serde_json::from_str::<Unit>(&json).unwrap(), recorded, "{text}");
        assert_eq!(serde_json::to_string(&recorded).unwrap(), json);
        assert!(recorded.is_read_otherwise().is_some(), "{text}");
    };
    check("deg C", "degree coulomb");
    check("deg K", "kelvin degree");
    check("IU", "µmol/min");
    check("a.u", "year dalton");
    check("mg N/L", "mg newton/L");
    check("W/mK", "W/millikelvin");
    check("at%", "10^-2 technical_atmosphere");
    check("C/W", "coulomb/W");
    for text in ["m/s", "C", "kt", "K", "µm", "mg newton/L", "delta_degC", "m2"] {
        assert_eq!(Unit::recorded(text).unwrap().is_read_otherwise(), None, "{text}");
    }
    assert_eq!(Unit::recorded("delta_degF").unwrap(), unit("5 K/9"), "units of later versions are read, too");
    assert!(Unit::recorded("°C").is_err() && Unit::recorded("furlong").is_err());
}

#[test]
fn computed_units_avoid_what_would_be_doubted() {
    let product = |a: &str, b: &str| unit(a).multiply(&unit(b)).unwrap();
    assert_eq!(product("mg/L", "N").to_string(), "mg newton/L");
    assert_eq!(product("deg", "C").to_string(), "deg coulomb");
    assert_eq!(unit("W").divide(&unit("mK")).unwrap().to_string(), "W/millikelvin");
}

/// Every spelling in the help of a refusal is a unit itself.
#[test]
fn advice_is_readable() {
    let refused = [
        "W/(m2 degC)",
        "W m-2 deg C-1",
        "deg*C",
        "C/W",
        "mm/C",
        "W/mK",
        "W/mC",
        "mg C/m3",
        "mg N/L",
        "umol C kg-1",
        "J/(kg C)",
        "mol%",
        "mg%",
        "IU",
        "mIU/L",
        "K/uL",
        "deg N",
        "RH",
        "Nm",
        "J/kgK",
        "a.u.",
        "at%",
        "10 degC",
        "Ang",
        "[arb'U]/mL",
    ];
    for text in refused {
        let error = Unit::read(text).expect_err(text);
        let help =
            error.diagnostic().and_then(|what| what.help.clone()).unwrap_or_else(|| panic!("{text} has no help"));
        let advised: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
        assert!(!advised.is_empty(), "{text}: {help}");
        for advised in advised {
            Unit::read(advised).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}

proptest! {
    #[test]
    fn written_units_can_be_parsed(built in units()) {
        let text = built.to_string();
        let read: Unit = text.parse().map_err(|error: UnitError| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(&read, &built);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn products_are_associative_and_commutative(a in units(), b in units(), c in units()) {
        let product = |x: &Unit, y: &Unit| x.multiply(y).unwrap();
        prop_assert_eq!(product(&product(&a, &b), &c), product(&a, &product(&b, &c)));
        prop_assert_eq!(product(&a, &b), product(&b, &a));
        prop_assert_eq!(product(&a, &Unit::one()), a.clone());
    }

    #[test]
    fn every_unit_has_an_inverse(a in units(), b in units()) {
        prop_assert_eq!(a.multiply(&a.inverse().unwrap()).unwrap(), Unit::one());
        prop_assert_eq!(a.divide(&b).unwrap().multiply(&b).unwrap(), a.clone());
        prop_assert_eq!(a.inverse().unwrap().inverse().unwrap(), a);
    }

    #[test]
    fn powers_follow_their_laws(a in units(), b in units(), x in small_fractions(), y in small_fractions()) {
        let power = |unit: &Unit, exponent| unit.power(exponent).unwrap();
        let times = |one: &Unit, other: &Unit| one.multiply(other).unwrap();
        prop_assert_eq!(times(&power(&a, x), &power(&a, y)), power(&a, x.plus(y).unwrap()));
        prop_assert_eq!(power(&times(&a, &b), x), times(&power(&a, x), &power(&b, x)));
        prop_assert_eq!(power(&power(&a, x), y), power(&a, x.times(y).unwrap()));
        prop_assert_eq!(power(&a, Rational::ZERO), Unit::one());
        prop_assert_eq!(power(&a, Rational::ONE), a);
    }

    #[test]
    fn conversion_there_and_back_is_the_same_value(a in units(), number in -1e6..1e6, k in 1_u64..10_000) {
        let scaled = a.multiply(&unit(&format!("{k}"))).unwrap();
        let (Ok(there), Ok(back)) = (a.conversion(&scaled), scaled.conversion(&a)) else { return Ok(()) };
        let returned = back.apply(there.apply(number));
        prop_assert!((returned - number).abs() <= 4.0 * f64::EPSILON * number.abs(), "{number} {returned}");
        prop_assert!((there.factor() * back.factor() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn conversions_compose(number in -1e3..1e3, names in prop::sample::select(vec![
        ["km", "mile", "AU"], ["yr", "s", "wk"], ["eV", "kcal", "erg"], ["deg", "arcsec", "rad"], ["M_sun", "g", "u"],
        ["hPa", "atm", "psi"], ["km/h", "knot", "[c]"],
    ])) {
        let [a, b, c] = names.map(unit);
        let direct = a.conversion(&c).unwrap().apply(number);
        let by_way = b.conversion(&c).unwrap().apply(a.conversion(&b).unwrap().apply(number));
        prop_assert!((direct - by_way).abs() <= 8.0 * f64::EPSILON * direct.abs());
    }

    #[test]
    fn reading_never_panics(text in "[a-zA-Z0-9 ./*^()µ°'\\[\\]{}⁻²+−-]{0,30}") {
        if let Ok(unit) = text.parse::<Unit>() {
            prop_assert_eq!(unit.to_string().parse::<Unit>(), Ok(unit.clone()));
            // Also without its original spelling.
            if let Ok(built) = unit.multiply(&Unit::one()) {
                prop_assert_eq!(built.to_string().parse::<Unit>(), Ok(built));
            }
        }
    }

    #[test]
    fn reading_any_text_never_panics(text in "\\PC{0,20}") {
        let _ = text.parse::<Unit>().map_err(|error| error.diagnostic().map(|d| d.render(&text)));
    }

    #[test]
    fn new_input_never_changes_a_recorded_meaning(parts in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..7)) {
        let text = parts.concat();
        let Ok(read) = Unit::read(&text) else { return Ok(()) };
        let recorded = Unit::recorded(&read.unit.to_string());
        prop_assert_eq!(recorded.as_ref(), Ok(&read.unit), "{}", text);
        if read.temperature.is_none() && let Ok(before) = Unit::recorded(&text) && !temperature::is_degree_kelvin(&text) {
            prop_assert_eq!(before, read.unit, "{}", text);
        }
    }
}
