//! Temperatures in °C and °F: their spellings, and the exact conversion to kelvin.
//!
//! A value in °C or °F is a point on a scale with another zero than kelvin's, so it cannot be multiplied. A column of such values
//! is stored in kelvin. A difference of temperatures has units of its own, `delta_degC` and `delta_degF`.

use std::fmt;

/// A temperature scale with another zero than kelvin's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemperatureScale {
    Celsius,
    Fahrenheit,
}

/// Kelvin = (100 · value + offset) · multiplier / (100 · divisor).
struct Line {
    offset: i128,
    multiplier: i128,
    divisor: i128,
}

impl TemperatureScale {
    /// The unit of a difference of temperatures on this scale.
    pub const fn difference(self) -> &'static str {
        match self {
            Self::Celsius => "delta_degC",
            Self::Fahrenheit => "delta_degF",
        }
    }
    /// Its name as the unit of a column.
    pub const fn spelling(self) -> &'static str {
        match self {
            Self::Celsius => "degC",
            Self::Fahrenheit => "degF",
        }
    }
    /// The conversion to kelvin in words.
    pub const fn formula(self) -> &'static str {
        match self {
            Self::Celsius => "°C + 273.15",
            Self::Fahrenheit => "(°F + 459.67) · 5/9",
        }
    }
    const fn line(self) -> Line {
        match self {
            Self::Celsius => Line { offset: 27_315, multiplier: 1, divisor: 1 },
            Self::Fahrenheit => Line { offset: 45_967, multiplier: 5, divisor: 9 },
        }
    }

    /// The value in kelvin: the number nearest to the exact result.
    pub fn kelvin(self, value: f64) -> f64 {
        /// Below, the value changes no digit of the result; above, the offset fits into 128 bits with it.
        const EXPONENT_MIN: i32 = -100;
        let Line { offset, multiplier, divisor } = self.line();
        let bits = value.abs().to_bits();
        let exponent = (bits >> 52) as i32 - 1075;
        if !value.is_finite() || exponent >= 0 {
            // No fraction: beyond 2^53 the offset is at most a rounding.
            let shift = offset as f64 / 100.0;
            return if multiplier == 1 {
                value + shift
            } else {
                (value + shift) / (divisor as f64) * multiplier as f64
            };
        }
        if exponent < EXPONENT_MIN {
            return nearest(offset * multiplier, 100 * divisor);
        }
        let significand = i128::from((bits & ((1 << 52) - 1)) | 1 << 52) * if value < 0.0 { -1 } else { 1 };
        let below = exponent.unsigned_abs();
        let above = (100 * significand + (offset << below)) * multiplier;
        nearest(above, 100 * divisor) * 2_f64.powi(exponent)
    }

    /// The decimal number `significand · 10^exponent` in kelvin, rounded once; `None` when it has too many digits.
    pub fn kelvin_of_decimal(self, significand: i128, exponent: i32) -> Option<f64> {
        let Line { offset, multiplier, divisor } = self.line();
        let power = 10_i128.checked_pow(exponent.unsigned_abs())?;
        let hundredfold = significand.checked_mul(100)?;
        let (above, below) = if exponent >= 0 {
            (hundredfold.checked_mul(power)?.checked_add(offset)?, 1)
        } else {
            (hundredfold.checked_add(offset.checked_mul(power)?)?, power)
        };
        let below = below.checked_mul(100 * divisor).filter(|below| *below < i128::MAX / 4)?;
        Some(nearest(above.checked_mul(multiplier)?, below))
    }

    /// A plain decimal number such as `-12.5` or `1e3` in kelvin, rounded once; `None` for other texts, and for too many digits.
    pub fn kelvin_of_text(self, text: &str) -> Option<f64> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
        let significand = format!("{whole}{decimals}").parse().ok().filter(|_| is_digits)?;
        self.kelvin_of_decimal(significand, exponent.checked_sub(i32::try_from(decimals.len()).ok()?)?)
    }

    /// The decimal number `value · 10^-scale` in kelvin as such a number with `scale + 2` digits after the point at most, exactly.
    /// `None` when it has too many digits, and for °F, where kelvin are no decimal numbers.
    pub fn kelvin_decimal(self, value: i128, scale: u8, wanted_scale: u8) -> Option<i128> {
        if self != Self::Celsius {
            return None;
        }
        let finer = 10_i128.checked_pow(wanted_scale.checked_sub(scale)?.into())?;
        let offset = 27_315_i128.checked_mul(10_i128.checked_pow(wanted_scale.checked_sub(2)?.into())?)?;
        value.checked_mul(finer)?.checked_add(offset)
    }
}

/// As people write it: `°C`.
impl fmt::Display for TemperatureScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Celsius => "°C",
            Self::Fahrenheit => "°F",
        })
    }
}

/// The number nearest to a quotient; `below` is positive and has at most 126 bits.
fn nearest(above: i128, below: i128) -> f64 {
    let (mut whole, mut rest) =
        (above.unsigned_abs() / below.unsigned_abs(), above.unsigned_abs() % below.unsigned_abs());
    let mut shift = 0;
    // 64 bits are more than a number has; what remains only decides a tie.
    while rest != 0 && whole < 1 << 64 && shift < 1000 {
        (whole, rest, shift) = (whole * 2, rest * 2, shift + 1);
        if rest >= below.unsigned_abs() {
            (whole, rest) = (whole + 1, rest - below.unsigned_abs());
        }
    }
    let magnitude = (whole | u128::from(rest != 0)) as f64 * 2_f64.powi(-shift);
    if above < 0 { -magnitude } else { magnitude }
}

const DEGREES: [&str; 5] = ["degrees", "degree", "degs", "deg", "°"];
const CELSIUS: [&str; 10] =
    ["celsius", "celcius", "celsuis", "celius", "centigrade", "cel", "摄氏度", "攝氏度", "摄氏", "セルシウス度"];
const FAHRENHEIT: [&str; 6] = ["fahrenheit", "farenheit", "fahrenheit", "fahr", "华氏度", "華氏度"];
const KELVIN: [&str; 3] = ["kelvins", "kelvin", "k"];

/// Without the signs that people put between the words of `deg. C` or `degrees_Celsius`, in lower case.
fn words(text: &str) -> String {
    let inner = |letter: &char| !matches!(letter, ' ' | '_' | '-' | '.' | '(' | ')' | '[' | ']');
    text.chars().filter(inner).flat_map(char::to_lowercase).collect()
}

/// The text after the word for a degree in `degrees Celsius`; the small raised letter o of typewriters counts, too.
fn after_degree(text: &str) -> Option<String> {
    let words = words(text);
    let trimmed = text.trim_start_matches(['(', '[', ' ', '^']);
    let raised = trimmed.strip_prefix('o').filter(|rest| rest.trim_start().starts_with(['C', 'F', 'K']));
    let rest = DEGREES.iter().find_map(|degree| words.strip_prefix(degree));
    rest.map(str::to_owned).or_else(|| raised.map(self::words))
}

/// The scale that a whole text names: `°C`, `deg C`, `degrees Celsius`, `[degF]` …
pub(super) fn scale_of(text: &str) -> Option<TemperatureScale> {
    let words = words(text);
    let named = |words: &str| {
        let words = DEGREES[..4].iter().find_map(|degree| words.strip_suffix(degree)).unwrap_or(words);
        let is = |names: &[&str]| names.contains(&words);
        is(&CELSIUS).then_some(TemperatureScale::Celsius).or(is(&FAHRENHEIT).then_some(TemperatureScale::Fahrenheit))
    };
    named(&words).or_else(|| match after_degree(text)?.as_str() {
        "c" => Some(TemperatureScale::Celsius),
        "f" => Some(TemperatureScale::Fahrenheit),
        rest => named(rest),
    })
}

/// Whether a whole text is kelvin, written with a degree: `°K`, `degrees Kelvin`.
pub(super) fn is_degree_kelvin(text: &str) -> bool {
    after_degree(text).is_some_and(|rest| KELVIN.contains(&rest.as_str()))
}

/// Whether a whole text names Rankine's scale, or Réaumur's by the same letter.
pub(super) fn is_degree_r(text: &str) -> bool {
    text != "[degR]" && after_degree(text).is_some_and(|rest| matches!(rest.as_str(), "r" | "ra" | "re" | "ré"))
}

/// The unit of a difference that a whole text names: `Δ°C`, `delta degF`, `delta K`.
pub(super) fn difference_of(text: &str) -> Option<&'static str> {
    let rest = text.trim_start_matches(['(', '[']).trim_start();
    let rest = ["delta", "Delta", "DELTA", "Δ", "∆", "δ"].iter().find_map(|delta| rest.strip_prefix(delta))?;
    let rest = rest.trim_start_matches([' ', '_', '-']);
    match scale_of(rest) {
        Some(scale) => Some(scale.difference()),
        None => (rest == "K" || is_degree_kelvin(rest)).then_some("K"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings() {
        let celsius = [
            "°C",
            "degC",
            "deg C",
            "deg. C",
            "Deg C",
            "DEG C",
            "DEGC",
            "deg_C",
            "degrees C",
            "degree C",
            "degree_C",
            "degrees_C",
            "° C",
            "°c",
            "degc",
            "oC",
            "o C",
            "Cel",
            "celsius",
            "Celsius",
            "celcius",
            "CELSIUS",
            "degree_Celsius",
            "degrees Celsius",
            "deg Celsius",
            "degree centigrade",
            "°Celsius",
            "(°C)",
            "[degC]",
            "degree (C)",
            "Celsius degrees",
            "摄氏度",
            "deg-C",
            "degs C",
            "°C.",
        ];
        for text in celsius {
            assert_eq!(scale_of(text), Some(TemperatureScale::Celsius), "{text}");
        }
        for text in ["°F", "degF", "deg F", "[degF]", "degrees Fahrenheit", "deg. F", "fahrenheit", "° F", "farenheit"]
        {
            assert_eq!(scale_of(text), Some(TemperatureScale::Fahrenheit), "{text}");
        }
        for text in ["C", "c", "F", "K", "deg", "°", "degC/m", "m degC", "", "oc", "OC", "cc", "deg cm", "C deg"] {
            assert_eq!(scale_of(text), None, "{text}");
        }
        for text in ["deg K", "°K", "degrees Kelvin", "degree_K", "° K"] {
            assert!(is_degree_kelvin(text), "{text}");
        }
        for (text, unit) in
            [("Δ°C", "delta_degC"), ("delta degF", "delta_degF"), ("ΔK", "K"), ("delta_degC", "delta_degC")]
        {
            assert_eq!(difference_of(text), Some(unit), "{text}");
        }
    }

    #[test]
    fn values_in_kelvin_are_the_nearest_numbers() {
        use TemperatureScale::{Celsius, Fahrenheit};
        let check = |scale: TemperatureScale, significand, exponent, expect: f64| {
            assert_eq!(scale.kelvin_of_decimal(significand, exponent), Some(expect), "{significand}e{exponent}");
        };
        check(Celsius, 112, -1, 284.35);
        check(Celsius, -27_314, -2, 0.01);
        check(Celsius, -27_315, -2, 0.0);
        check(Celsius, 1, 3, 1273.15);
        check(Celsius, 3_660_000_000_000_000_142, -17, 309.75);
        check(Fahrenheit, 32, 0, 273.15);
        check(Fahrenheit, -45_967, -2, 0.0);
        check(Fahrenheit, 986, -1, 310.15);
        check(Fahrenheit, 100, 0, 310.927_777_777_777_8);
        assert_eq!(Celsius.kelvin_of_decimal(1, -40), None);
        assert_eq!(Celsius.kelvin_of_text("-40.05"), Some(233.1));
        assert_eq!((Celsius.kelvin_of_text("2e1"), Celsius.kelvin_of_text("+.5")), (Some(293.15), Some(273.65)));
        for text in ["", ".", "x", "1.-5", "1e99", "--1"] {
            assert_eq!(Celsius.kelvin_of_text(text), None, "{text}");
        }
        assert_eq!(Celsius.kelvin(11.2).to_bits(), 284.35_f64.to_bits());
        assert_eq!(Celsius.kelvin(1e300).to_bits(), 1e300_f64.to_bits());
        for zero in [1e-300, -0.0] {
            assert_eq!(Celsius.kelvin(zero).to_bits(), 273.15_f64.to_bits());
        }
        assert!(Celsius.kelvin(f64::NAN).is_nan());
        assert!(Fahrenheit.kelvin(f64::INFINITY).is_infinite());
        assert_eq!(Celsius.kelvin_decimal(-400, 1, 2), Some(23_315));
        assert_eq!(Fahrenheit.kelvin_decimal(-400, 1, 2), None);
    }

    proptest! {
        #[test]
        fn kelvin_are_nearest_to_the_exact_sum(value in -1e6..1e6_f64) {
            // An error-free sum, and the rest of 273.15 that a number of 64 bits cannot hold.
            let high = value + 273.15;
            let part = high - value;
            let low = (value - (high - part)) + (273.15 - part) + 2.273_736_754_432_320_6e-14;
            prop_assert_eq!(TemperatureScale::Celsius.kelvin(value).to_bits(), (high + low).to_bits());
        }

        #[test]
        fn decimal_numbers_are_read_like_their_sum(hundredths in -1_000_000_i64..1_000_000) {
            let sum: f64 = format!("{}e-2", hundredths + 27_315).parse().unwrap();
            let kelvin = TemperatureScale::Celsius.kelvin_of_decimal(hundredths.into(), -2).unwrap();
            prop_assert_eq!(kelvin.to_bits(), sum.to_bits());
            let kelvin = TemperatureScale::Fahrenheit.kelvin_of_decimal(hundredths.into(), -2).unwrap();
            let expect = (hundredths + 45_967) as f64 / 180.0;
            prop_assert!((kelvin - expect).abs() <= f64::EPSILON * expect.abs());
        }
    }
}
