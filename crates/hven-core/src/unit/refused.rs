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

pub(super) fn find(name: &str) -> Option<&'static Refused> {
    REFUSED.iter().find(|refused| refused.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_uses_valid_units() {
        for refused in &REFUSED {
            for advised in refused.advice.split('`').skip(1).step_by(2) {
                assert!(advised.parse::<crate::Unit>().is_ok(), "{advised}");
            }
            for name in refused.names {
                assert!(name.parse::<crate::Unit>().is_err(), "{name}");
            }
        }
    }
}
