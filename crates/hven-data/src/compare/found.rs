//! What a comparison has found so far: differences that are too large, and the largest of those that are not.

use hven_core::reproduction::{Difference, Likeness, PLACES_MAX, Place, Spot, Tolerance};

/// What is shown of a value is cut here.
const SHOWN_CHARS_MAX: usize = 100;

#[derive(Debug)]
pub(crate) struct Found {
    pub tolerance: Tolerance,
    count: u64,
    places: Vec<Place>,
    largest: Option<(f64, Place)>,
}

impl Found {
    pub(crate) fn new(tolerance: Tolerance) -> Self {
        Self { tolerance, count: 0, places: Vec::new(), largest: None }
    }

    /// Two numbers at one place, with how they are written.
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
        // Neither listed nor larger than the largest: no text has to be made.
        let is_listed = !agree && self.places.len() < PLACES_MAX;
        let is_largest = agree && self.largest.as_ref().is_none_or(|(size, _)| difference.relative.0 > *size);
        self.count += u64::from(!agree);
        if !is_listed && !is_largest {
            return;
        }
        let (before, after) = written();
        let place = Place {
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

    /// Something that is no number, or that stands on one side alone.
    pub(crate) fn differs(&mut self, before: Option<&str>, after: Option<&str>, spot: impl FnOnce() -> Spot) {
        self.count += 1;
        if self.places.len() < PLACES_MAX {
            let place = Place { spot: spot(), before: before.map(shown), after: after.map(shown), difference: None };
            self.places.push(place);
        }
    }

    /// The bytes differ already: this says whether it matters.
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
        let mut found = Found::new(Tolerance { relative: 0.01, absolute: 0.0 });
        let mut add = |before: f64, after: f64| {
            let written = || (before.to_string(), after.to_string());
            found.numbers(before, after, written, || Spot::Rows);
        };
        add(1.0, 1.001);
        add(1.0, 1.005);
        add(1.0, 1.002);
        let largest = found.largest.as_ref().and_then(|(_, place)| place.after.clone());
        assert_eq!(largest.as_deref(), Some("1.005"));
        for _ in 0..50 {
            found.differs(Some(&"x".repeat(1000)), None, || Spot::Rows);
        }
        let Likeness::Differs { count, places } = found.likeness() else { panic!("it differs") };
        assert_eq!((count, places.len()), (50, PLACES_MAX));
        assert_eq!(places[0].before.as_ref().map(|text| text.chars().count()), Some(SHOWN_CHARS_MAX));
    }
}
