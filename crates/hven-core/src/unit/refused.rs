//! Units that Hven recognises and refuses: a quantity in such a unit is not proportional to an SI unit, or two fields use the
//! name for different units. Each entry has the reason and an alternative.

/// The names of a refused unit, with the reason and advice.
#[derive(Debug)]
pub(super) struct Refused {
    names: &'static [&'static str],
    pub why: &'static str,
    pub advice: &'static str,
}

const LOGARITHMIC: &str = "is logarithmic: a sum of two such numbers is not the sum of two quantities";

pub(super) static REFUSED: [Refused; 16] = [
    Refused {
        names: &[
            "°C",
            "℃",
            "degC",
            "deg_C",
            "degreeC",
            "degree_C",
            "degrees_C",
            "Cel",
            "celsius",
            "Celsius",
            "degree_Celsius",
            "degrees_Celsius",
            "degree_celsius",
            "degrees_celsius",
            "centigrade",
            "oC",
        ],
        why: "has its zero elsewhere than kelvin, so it cannot be multiplied or divided",
        advice: "store kelvin (°C + 273.15) with the unit `K`; a difference of temperatures is in `K` too",
    },
    Refused {
        names: &[
            "°F",
            "℉",
            "degF",
            "deg_F",
            "[degF]",
            "degree_F",
            "degrees_F",
            "fahrenheit",
            "Fahrenheit",
            "degree_Fahrenheit",
            "degrees_Fahrenheit",
        ],
        why: "has its zero elsewhere than kelvin, so it cannot be multiplied or divided",
        advice: "store kelvin ((°F + 459.67) · 5/9) with the unit `K`; a difference of 1 °F is 5/9 K",
    },
    Refused {
        names: &["dB", "decibel", "decibels", "dBm", "dBW", "dBZ", "dBi", "dBA", "Bel", "bel"],
        why: LOGARITHMIC,
        advice: "store the ratio itself (10^(dB/10) for powers) with the unit `1`, or the power in `W`",
    },
    Refused { names: &["Np", "neper"], why: LOGARITHMIC, advice: "store the ratio itself (e^Np) with the unit `1`" },
    Refused {
        names: &["pH", "[pH]"],
        why: LOGARITHMIC,
        advice: "store the activity 10^-pH in `mol/L`, or the pH as a plain number with the unit `1`",
    },
    Refused {
        names: &["mag", "mmag", "magnitude", "magnitudes", "ABmag", "STmag"],
        why: LOGARITHMIC,
        advice: "store the flux, in `Jy` for example, or the magnitude as a plain number with the unit `1`",
    },
    Refused { names: &["dex"], why: LOGARITHMIC, advice: "store the ratio itself (10^dex) with the unit `1`" },
    Refused {
        names: &["B"],
        why: "is bel in UCUM and byte elsewhere",
        advice: "write `byte` (or `kB`, `MB`, `GB`); a bel is logarithmic and refused",
    },
    Refused {
        names: &["mb"],
        why: "is millibarn in physics and millibar in meteorology",
        advice: "write `mbarn` or `mbar`",
    },
    Refused {
        names: &["ppt", "pptv"],
        why: "is parts per thousand in oceanography and parts per trillion in chemistry",
        advice: "write `10^-3` or `10^-12`",
    },
    Refused { names: &["ton", "tons"], why: "is at least three different masses", advice: "write `t` for 1000 kg" },
    Refused {
        names: &["gal", "gallon", "gallons"],
        why: "is a different volume in Britain and in the United States, and Gal is an acceleration",
        advice: "write `L`: 4.54609 L are one British gallon, 3.785411784 L one of the United States",
    },
    Refused {
        names: &["rpm"],
        why: "is turns per minute, and it does not say whether a turn is 1 or 2π",
        advice: "write `1/min`, or `turn/min` for an angular speed",
    },
    Refused {
        names: &["since", "after", "from", "ref"],
        why: "makes it a point in time, not a quantity",
        advice: "import the column as times; for a duration write the unit alone, such as `d`",
    },
    Refused {
        names: &["psu", "PSU", "PSS"],
        why: "is a scale, not a unit: practical salinity is a plain number",
        advice: "write `1`",
    },
    Refused {
        names: &["USD", "EUR", "CNY", "GBP", "JPY", "$", "€", "£", "¥"],
        why: "is money, whose worth changes from day to day",
        advice: "leave the unit away, and name the currency in the column's name",
    },
];

const ABBREVIATED: &str = "is an abbreviation, not a unit";

/// Names that never were units, and for which a similar name would be another unit.
pub(super) static ABBREVIATIONS: [Refused; 31] = [
    Refused { names: &["Ang", "ang", "Angs", "AA"], why: ABBREVIATED, advice: "write `Å` for an ångström" },
    Refused {
        names: &["gpm", "GPM"],
        why: ABBREVIATED,
        advice: "write `[gal_us]/min` for gallons of the United States",
    },
    Refused { names: &["lpm", "LPM", "slpm", "SLPM"], why: ABBREVIATED, advice: "write `L/min`" },
    Refused { names: &["sccm", "SCCM"], why: ABBREVIATED, advice: "write `cm^3/min`" },
    Refused { names: &["ccm", "cbcm"], why: ABBREVIATED, advice: "write `cm^3`" },
    Refused { names: &["sqm", "qm"], why: ABBREVIATED, advice: "write `m^2`" },
    Refused {
        names: &["cbm", "cum", "cumec", "cumecs"],
        why: ABBREVIATED,
        advice: "write `m^3`, or `m^3/s` for a flow",
    },
    Refused { names: &["cfs"], why: ABBREVIATED, advice: "write `ft^3/s`" },
    Refused { names: &["cfm", "CFM"], why: ABBREVIATED, advice: "write `ft^3/min`" },
    Refused { names: &["bpm", "cpm", "dpm", "BPM"], why: ABBREVIATED, advice: "write `1/min`" },
    Refused { names: &["cps", "rps", "fps", "bps", "sps"], why: ABBREVIATED, advice: "write `1/s`, `ft/s` or `bit/s`" },
    Refused { names: &["mps"], why: ABBREVIATED, advice: "write `m/s`" },
    Refused { names: &["kph", "kmh", "kmph", "KPH"], why: ABBREVIATED, advice: "write `km/h`" },
    Refused { names: &["kts", "knts", "KT", "kt_s"], why: ABBREVIATED, advice: "write `kn` for knots" },
    Refused { names: &["mcg"], why: ABBREVIATED, advice: "write `µg`" },
    Refused { names: &["mcL", "mcl"], why: ABBREVIATED, advice: "write `µL`" },
    Refused { names: &["gm", "gms", "gr"], why: ABBREVIATED, advice: "write `g` for gram, `[gr]` for grain" },
    Refused { names: &["kgs", "Kgs", "KG", "Kg", "KGS"], why: ABBREVIATED, advice: "write `kg`" },
    Refused { names: &["lbs", "LBS", "Lbs"], why: ABBREVIATED, advice: "write `lb`" },
    Refused { names: &["hrs", "Hrs", "HRS"], why: ABBREVIATED, advice: "write `h`" },
    Refused { names: &["mins", "Mins"], why: ABBREVIATED, advice: "write `min`" },
    Refused { names: &["secs", "Secs", "SEC", "sek", "Sek"], why: ABBREVIATED, advice: "write `s`" },
    Refused { names: &["yrs", "Yrs", "YR"], why: ABBREVIATED, advice: "write `yr`" },
    Refused { names: &["mt"], why: ABBREVIATED, advice: "write `t` for a tonne, `Mt` for a million tonnes" },
    Refused { names: &["ksi"], why: ABBREVIATED, advice: "write `10^3 psi`" },
    Refused { names: &["µ", "mu"], why: "is a prefix, and was a name of the micrometre", advice: "write `µm`" },
    Refused {
        names: &["mU", "µU", "uU", "kU", "nU"],
        why: "has a prefix, which Hven does not know for `U`",
        advice: "write `10^-3 U` for a thousandth of the enzyme unit, and `10^-3 {IU}` for international units",
    },
    Refused { names: &["osmol", "Osmol"], why: ABBREVIATED, advice: "write `osm`" },
    Refused { names: &["C°", "F°"], why: "has its degree behind the letter", advice: "write `degC` or `degF`" },
    Refused { names: &["\"", "“", "”"], why: "is a second of arc, or an inch", advice: "write `arcsec` or `in`" },
    Refused { names: &["RH", "rh"], why: "is the relative humidity", advice: "write `%`" },
];

/// Why a name is refused; abbreviations only in new input.
pub(super) fn find(name: &str, is_new: bool) -> Option<&'static Refused> {
    let new = ABBREVIATIONS.iter().filter(|_| is_new);
    REFUSED.iter().chain(new).find(|refused| refused.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_uses_valid_units() {
        for refused in REFUSED.iter().chain(&ABBREVIATIONS) {
            for advised in refused.advice.split('`').skip(1).step_by(2) {
                assert!(crate::Unit::read(advised).is_ok(), "{advised}");
            }
            for name in refused.names {
                assert!(name.parse::<crate::Unit>().is_err(), "{name}");
            }
        }
    }
}
