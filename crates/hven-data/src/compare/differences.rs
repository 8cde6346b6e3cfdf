//! The result of a comparison so far: the differences above the tolerance, and the largest one within it.

use hven_core::reproduction::{ComparedPlace, Difference, Likeness, PLACES_MAX, Spot, Tolerance};

/// Shown values are cut to this length.
const SHOWN_CHARS_MAX: usize = 100;

#[derive(Debug)]
pub(crate) struct Differences {
    pub tolerance: Tolerance,
    count: u64,
    places: Vec<ComparedPlace>,
    largest: Option<(f64, ComparedPlace)>,
}

impl Differences {
    pub(crate) fn new(tolerance: Tolerance) -> Self {
        Self { tolerance, count: 0, places: Vec::new(), largest: None }
    }

    /// Compares two numbers at the same place; the texts show how they are written.
    pub(crate) fn numbers(
        &mut self,
        before: f64,
        after: f64,
        written: impl FnOnce() -> (String, String),
        spot: impl FnOnce() -> Spot,
    ) {
        if Tolerance::EXACT.agree(before, after) {
            return;
        }
        let difference = Difference::between(before, after);
        let agree = self.tolerance.agree(before, after);
        // If the difference is neither listed nor the new largest one, no text is needed.
        let is_listed = !agree && self.places.len() < PLACES_MAX;
        let is_largest = agree && self.largest.as_ref().is_none_or(|(size, _)| difference.relative.0 > *size);
        self.count += u64::from(!agree);
        if !is_listed && !is_largest {
            return;
        }
        let (before, after) = written();
        let place = ComparedPlace {
            spot: spot(),
            before: Some(shown(&before)),
            after: Some(shown(&after)),
            difference: Some(difference),
        };
        if is_listed {
            self.places.push(place);
        } else {
            self.largest = Some((difference.relative.0, place));
        }
    }

    /// Adds a difference of values that are not both numbers, or of a value that exists only on one side.
    pub(crate) fn differs(&mut self, before: Option<&str>, after: Option<&str>, spot: impl FnOnce() -> Spot) {
        self.count += 1;
        if self.places.len() < PLACES_MAX {
            let place =
                ComparedPlace { spot: spot(), before: before.map(shown), after: after.map(shown), difference: None };
            self.places.push(place);
        }
    }

    /// The final result for files whose bytes differ.
    pub(crate) fn likeness(self) -> Likeness {
        if self.count == 0 {
            Likeness::SameWithin { tolerance: self.tolerance, largest: self.largest.map(|(_, place)| place) }
        } else {
            Likeness::Differs { count: self.count, places: self.places }
        }
    }
}

fn shown(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS_MAX - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_listed_up_to_a_number() {
        let mut differences = Differences::new(Tolerance { relative: 0.01, absolute: 0.0 });
        let mut add = |before: f64, after: f64| {
            let written = || (before.to_string(), after.to_string());
            differences.numbers(before, after, written, || Spot::Rows);
        };
        add(1.0, 1.001);
        add(1.0, 1.005);
        add(1.0, 1.002);
        let largest = differences.largest.as_ref().and_then(|(_, place)| place.after.clone());
        assert_eq!(largest.as_deref(), Some("1.005"));
        for _ in 0..50 {
            differences.differs(Some(&"x".repeat(1000)), None, || Spot::Rows);
        }
        let Likeness::Differs { count, places } = differences.likeness() else { panic!("it differs") };
        assert_eq!((count, places.len()), (50, PLACES_MAX));
        assert_eq!(places[0].before.as_ref().map(|text| text.chars().count()), Some(SHOWN_CHARS_MAX));
    }
}
