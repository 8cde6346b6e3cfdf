//! Compares SVG element by element: the trees must be equal, and numbers in attributes and paths within the tolerance.
//!
//! Details that plotting programs generate each time are ignored: comments, `<metadata>` (matplotlib writes the date there), and
//! ids, as long as they are renamed consistently.

use std::{collections::HashMap, fmt::Write, path::Path};

use hven_core::reproduction::Spot;
use roxmltree::{Document, Node, ParsingOptions};

use super::{BytesOnly, differences::Differences, read_text, text};
use crate::parse::number;

/// The limit of elements in a picture.
const NODES_MAX: u32 = 4_000_000;
/// The limit of their nesting.
const DEPTH_MAX: usize = 200;

pub(super) fn compare(before: &Path, after: &Path, differences: &mut Differences) -> Result<(), BytesOnly> {
    let (before, after) = (read_text(before)?, read_text(after)?);
    let (before, after) = (parse(&before)?, parse(&after)?);
    let mut walk =
        TreeComparison { differences, old_to_new: HashMap::new(), new_to_old: HashMap::new(), path: String::new() };
    walk.elements(before.root_element(), after.root_element(), None, 0)
}

fn parse(text: &str) -> Result<Document<'_>, BytesOnly> {
    // Entities are allowed, because some programs declare them; the parser limits their expansion.
    let options = ParsingOptions { allow_dtd: true, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|wrong| format!("it is no XML ({wrong})"))
}

struct TreeComparison<'a> {
    differences: &'a mut Differences,
    /// The new id for each old one, and the reverse.
    old_to_new: HashMap<String, String>,
    new_to_old: HashMap<String, String>,
    path: String,
}

/// The children of an element that are compared: elements except for metadata, and text that is not blank.
fn children<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    let is_blank = |child: &Node<'a, 'input>| child.text().is_none_or(|text| text.trim().is_empty());
    node.children().filter(move |child| {
        (child.is_element() && child.tag_name().name() != "metadata") || (child.is_text() && !is_blank(child))
    })
}

impl TreeComparison<'_> {
    fn elements(
        &mut self,
        before: Node<'_, '_>,
        after: Node<'_, '_>,
        place: Option<usize>,
        depth: usize,
    ) -> Result<(), BytesOnly> {
        if depth > DEPTH_MAX {
            return Err(format!("its elements lie in each other deeper than {DEPTH_MAX}"));
        }
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(before.tag_name().name());
        if let Some(place) = place {
            // Writing to a String cannot fail.
            let _ = write!(self.path, "[{}]", place + 1);
        }
        let done = self.inside(before, after, depth);
        self.path.truncate(length);
        done
    }

    fn inside(&mut self, before: Node<'_, '_>, after: Node<'_, '_>, depth: usize) -> Result<(), BytesOnly> {
        if before.tag_name() != after.tag_name() {
            let spot = self.spot(None);
            self.differences.differs(Some(before.tag_name().name()), Some(after.tag_name().name()), || spot);
            return Ok(());
        }
        self.attributes(before, after);
        let (old, new): (Vec<_>, Vec<_>) = (children(before).collect(), children(after).collect());
        if old.len() != new.len() || old.iter().zip(&new).any(|(old, new)| old.is_element() != new.is_element()) {
            let told = |nodes: &[Node<'_, '_>]| format!("{} parts", nodes.len());
            let spot = self.spot(None);
            self.differences.differs(Some(&told(&old)), Some(&told(&new)), || spot);
            return Ok(());
        }
        for (place, (old, new)) in old.into_iter().zip(new).enumerate() {
            if old.is_element() {
                self.elements(old, new, Some(place), depth + 1)?;
            } else {
                let (old, new) = (old.text().unwrap_or_default(), new.text().unwrap_or_default());
                if old != new {
                    let path = self.path.clone();
                    text::words(old, new, self.differences, &mut |_| Spot::Element {
                        path: path.clone(),
                        attribute: None,
                    });
                }
            }
        }
        Ok(())
    }

    fn spot(&self, attribute: Option<&str>) -> Spot {
        Spot::Element { path: self.path.clone(), attribute: attribute.map(str::to_owned) }
    }

    fn attributes(&mut self, before: Node<'_, '_>, after: Node<'_, '_>) {
        for old in before.attributes() {
            let (name, was) = (old.name(), old.value());
            let new = after.attributes().find(|new| new.name() == name && new.namespace() == old.namespace());
            match new.map(|new| new.value()) {
                None => {
                    let spot = self.spot(Some(name));
                    self.differences.differs(Some(was), None, || spot);
                }
                Some(is) if name == "id" => self.same_id(was, is, name),
                // Compare equal values too: the old id may now name another element.
                Some(is) => self.values(was, is, name),
            }
        }
        for new in after.attributes() {
            let there = before.attributes().any(|old| old.name() == new.name() && old.namespace() == new.namespace());
            if !there {
                let spot = self.spot(Some(new.name()));
                self.differences.differs(None, Some(new.value()), || spot);
            }
        }
    }

    /// Whether an id was renamed consistently.
    fn same_id(&mut self, was: &str, is: &str, attribute: &str) {
        let forward = self.old_to_new.entry(was.to_owned()).or_insert_with(|| is.to_owned()) == is;
        let back = self.new_to_old.entry(is.to_owned()).or_insert_with(|| was.to_owned()) == was;
        if !forward || !back {
            let spot = self.spot(Some(attribute));
            self.differences.differs(Some(was), Some(is), || spot);
        }
    }

    fn values(&mut self, was: &str, is: &str, attribute: &str) {
        if let (Some(was), Some(is)) = (reference(was), reference(is)) {
            self.same_id(was, is, attribute);
            return;
        }
        if was == is {
            return;
        }
        let (old, new) = (pieces(was), pieces(is));
        let is_alike = old.len() == new.len()
            && old.iter().zip(&new).all(|pair| match pair {
                (Piece::Number(..), Piece::Number(..)) => true,
                (old, new) => old == new,
            });
        if !is_alike {
            let spot = self.spot(Some(attribute));
            self.differences.differs(Some(was), Some(is), || spot);
            return;
        }
        for pair in old.iter().zip(&new) {
            if let (Piece::Number(before, old), Piece::Number(after, new)) = pair {
                let path = &self.path;
                let spot = || Spot::Element { path: path.clone(), attribute: Some(attribute.to_owned()) };
                self.differences.numbers(*before, *after, || ((*old).to_owned(), (*new).to_owned()), spot);
            }
        }
    }
}

/// The id in a value such as `#clip` or `url(#clip)`. A colour such as `#1f77b4` is the same in both files.
fn reference(value: &str) -> Option<&str> {
    let value = value.trim();
    let inner =
        value.strip_prefix("url(").and_then(|rest| rest.strip_suffix(')')).map(|it| it.trim_matches(['"', '\'']));
    let is_colour = |id: &str| matches!(id.len(), 3 | 4 | 6 | 8) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    match inner {
        Some(inner) => inner.strip_prefix('#'),
        None => value.strip_prefix('#').filter(|id| !is_colour(id)),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    /// A sign, a letter, or a word with digits in it, such as a colour.
    Text(&'a str),
    Number(f64, &'a str),
}

/// Splits a value by the grammars of paths, points, transforms and styles, in which spaces and commas only separate.
fn pieces(value: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = value;
    while let Some(first) = rest.chars().next() {
        let end = if first.is_whitespace() || first == ',' {
            rest = &rest[first.len_utf8()..];
            continue;
        } else if first == '#' {
            rest[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(rest.len(), |end| end + 1)
        } else if let Some(scanned) = number::scan(rest.as_bytes(), b'.') {
            let digits = &rest[..scanned.end];
            // The scanned text is also a number for this parser.
            pieces.push(Piece::Number(digits.parse().unwrap_or(f64::NAN), digits));
            rest = &rest[scanned.end..];
            continue;
        } else {
            first.len_utf8()
        };
        pieces.push(Piece::Text(&rest[..end]));
        rest = &rest[end..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_by_their_grammars() {
        let check = |value: &str, expect: &str| {
            let shown = |piece: &Piece<'_>| match piece {
                Piece::Text(text) => (*text).to_owned(),
                Piece::Number(value, _) => format!("<{value}>"),
            };
            assert_eq!(pieces(value).iter().map(shown).collect::<String>(), expect);
        };
        check("M10-5.5L.5 1e3", "M<10><-5.5>L<0.5><1000>");
        check("M 10,-5.5 L 0.5 1e3", "M<10><-5.5>L<0.5><1000>");
        check("#1f77b4", "#1f77b4");
        check("fill: #1f77b4; stroke-width: 1.5", "fill:#1f77b4;stroke-width:<1.5>");
        check("12px", "<12>px");
    }

    #[test]
    fn references_are_not_colours() {
        let check = |value: &str, expect: Option<&str>| assert_eq!(reference(value), expect);
        check("url(#p1234abcd)", Some("p1234abcd"));
        check("url('#clip')", Some("clip"));
        check("#marker", Some("marker"));
        check("#1f77b4", None);
        check("#fff", None);
        check("none", None);
    }
}
