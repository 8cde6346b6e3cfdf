//! Units in the names of columns.

use super::TemperatureScale;

/// The pairs of brackets around units, those of East Asia, too.
const BRACKETS: [(char, char); 11] = [
    ('[', ']'),
    ('(', ')'),
    ('{', '}'),
    ('（', '）'),
    ('［', '］'),
    ('｛', '｝'),
    ('【', '】'),
    ('〔', '〕'),
    ('「', '」'),
    ('<', '>'),
    ('＜', '＞'),
];

/// The text in the brackets at the end of a name: `yr` in `period [yr]`, `mm[Hg]` in `pressure (mm[Hg])`.
pub fn in_name(name: &str) -> Option<&str> {
    let name = name.trim();
    let last = name.chars().next_back()?;
    let (open, close) = BRACKETS.iter().find(|(_, close)| *close == last)?;
    let mut depth = 0_usize;
    let start = name.char_indices().rev().find_map(|(at, letter)| {
        if letter == *close {
            depth += 1;
        } else if letter == *open {
            depth -= 1;
        }
        (depth == 0).then_some(at)
    })?;
    let inside = name[start + open.len_utf8()..name.len() - close.len_utf8()].trim();
    (!inside.is_empty() && start > 0).then_some(inside)
}

/// The scale that a single letter stands for most of the time in the name of a column, and the unit that it is otherwise.
pub fn temperature_by_letter(text: &str) -> Option<(TemperatureScale, &'static str)> {
    match text {
        "C" => Some((TemperatureScale::Celsius, "coulomb")),
        "F" => Some((TemperatureScale::Fahrenheit, "farad")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_stand_in_brackets_at_the_end() {
        let check = |name: &str, expect: Option<&str>| assert_eq!(in_name(name), expect, "{name}");
        check("period [yr]", Some("yr"));
        check("面积（㎡）", Some("㎡"));
        check("pressure (mm[Hg])", Some("mm[Hg]"));
        check("flux (W/(m2 sr))", Some("W/(m2 sr)"));
        check("温度【℃】", Some("℃"));
        check("mass (kg) ", Some("kg"));
        for name in ["mass", "(kg)", "mass ()", "kg)", "", "a (b) c", "mass kg]"] {
            check(name, None);
        }
    }
}
