//! SPDX expressions: `MIT OR Apache-2.0`, `CC-BY-4.0 AND ODbL-1.0`, with parentheses and `WITH`.

use super::{table, terms::Terms};

/// Deeper parentheses are not read.
const DEPTH_MAX: usize = 20;

/// The terms of a licence, by its SPDX id or expression. `OR` takes the licence that allows most; `AND` takes what all of
/// them allow.
pub fn terms_of(license: &str) -> Terms {
    let spaced = license.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    // A text without operators may be one of Hven's own names, such as `all rights reserved`.
    if !words.iter().any(|word| is(word, "AND") || is(word, "OR") || is(word, "WITH") || *word == "(") {
        return table::of_id(license.trim());
    }
    let mut reader = Reader { words: &words, at: 0, depth: 0 };
    match reader.either() {
        Some(terms) if reader.at == words.len() => terms,
        _ => Terms::UNKNOWN,
    }
}

fn is(word: &str, operator: &str) -> bool {
    word.eq_ignore_ascii_case(operator)
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn take(&mut self, operator: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| is(word, operator));
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Option<Terms> {
        let mut best = self.both()?;
        while self.take("OR") {
            let other = self.both()?;
            if freedom(&other) > freedom(&best) {
                best = other;
            }
        }
        Some(best)
    }

    fn both(&mut self) -> Option<Terms> {
        let mut all = self.one()?;
        while self.take("AND") {
            let other = self.one()?;
            all = Terms {
                redistribute: all.redistribute.min(other.redistribute),
                derivatives: all.derivatives.min(other.derivatives),
                commercial: all.commercial.min(other.commercial),
                attribution: all.attribution || other.attribution,
                share_alike: all.share_alike || other.share_alike,
            };
        }
        Some(all)
    }

    fn one(&mut self) -> Option<Terms> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > DEPTH_MAX {
                return None;
            }
            let inner = self.either()?;
            self.depth -= 1;
            return self.take(")").then_some(inner);
        }
        let id = self.words.get(self.at)?;
        if ["AND", "OR", "WITH", ")"].iter().any(|operator| is(id, operator)) {
            return None;
        }
        self.at += 1;
        // An exception only adds permissions.
        if self.take("WITH") {
            self.words.get(self.at)?;
            self.at += 1;
        }
        Some(table::of_id(id))
    }
}

/// A larger value allows more.
fn freedom(terms: &Terms) -> impl Ord {
    (terms.redistribute, terms.derivatives, terms.commercial, !terms.share_alike, !terms.attribution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_combine_the_terms_of_their_ids() {
        let check = |license: &str, as_if: &str| assert_eq!(terms_of(license), table::of_id(as_if), "{license}");
        check("CC-BY-4.0", "CC-BY-4.0");
        check("GPL-3.0-only OR MIT", "MIT");
        check("CC0-1.0 AND CC-BY-SA-4.0", "CC-BY-SA-4.0");
        check("(CC-BY-NC-4.0 OR CC-BY-SA-4.0) AND MIT", "CC-BY-SA-4.0");
        check("Apache-2.0 WITH LLVM-exception", "Apache-2.0");
        check("MIT AND something-else", "something-else");
        check("all rights reserved", "proprietary");
        check("All Rights Reserved", "proprietary");
        for bad in ["", "MIT OR", "AND MIT", "(MIT", "MIT )", "()", "MIT MIT OR X", &"(".repeat(1000)] {
            assert_eq!(terms_of(bad), Terms::UNKNOWN, "{bad}");
        }
    }
}
