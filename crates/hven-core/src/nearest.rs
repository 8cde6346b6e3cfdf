//! Suggestions for a misspelt name: the most similar known names.

/// How many suggestions a message may contain.
const SUGGESTIONS_MAX: usize = 3;

/// The names most similar to `wanted`, best first: the same letters in another case, then names a few letters away. None when
/// no name is similar: a bad suggestion is worse than none.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = wanted.to_lowercase();
    let length = wanted.chars().count();
    let far_max = match length {
        0..=1 => 0,
        2..=4 => 1,
        5..=8 => 2,
        _ => 3,
    };
    let mut alike: Vec<(usize, &str)> = known
        .into_iter()
        .filter(|name| *name != wanted && name.chars().count().abs_diff(length) <= far_max)
        .filter_map(|name| {
            let lowered = name.to_lowercase();
            // A difference in case costs less than any other letter.
            let far = if lowered == lower { 0 } else { 2 * strsim::osa_distance(&lowered, &lower) };
            let beginning = usize::from(lowered.chars().next() != lower.chars().next());
            (far <= 2 * far_max).then_some((far + beginning, name))
        })
        .collect();
    // The sort is stable: equally similar names keep the order of the caller.
    alike.sort_by_key(|(far, _)| *far);
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in alike {
        if names.len() < SUGGESTIONS_MAX && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `is `a` or `b` meant?`, when a name is similar.
pub fn suggestion<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    question(&nearest(wanted, known))
}

/// The question for given suggestions.
pub(crate) fn question(names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(format!("is {one} meant?")),
        [rest @ .., last] => Some(format!("is {} or {last} meant?", rest.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions() {
        let known = ["period", "semi_major_axis", "name", "mass", "Mass"];
        let check = |wanted: &str, expect: &[&str]| assert_eq!(nearest(wanted, known), expect, "{wanted}");
        check("perod", &["period"]);
        check("PERIOD", &["period"]);
        check("semimajor_axis", &["semi_major_axis"]);
        check("mas", &["mass", "Mass"]);
        check("velocity", &[]);
        check("", &[]);
        assert_eq!(suggestion("mas", known).as_deref(), Some("is `mass` or `Mass` meant?"));
        assert_eq!(suggestion("zzz", known), None);
    }
}
