//! The `meta.yaml` of MLflow's folders: a mapping of names to texts, or to a mapping of names to texts.
//!
//! It is read from the events of a parser of YAML, without a tree: names for earlier parts (`&a`, `*a`), with which a small file grows to
//! one that fills the memory, are refused.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// The values of a file by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    texts: BTreeMap<String, String>,
    maps: BTreeMap<String, BTreeMap<String, String>>,
}

impl Meta {
    /// A text that is there and not `null`.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    pub(crate) fn map(&self, name: &str) -> BTreeMap<String, String> {
        self.maps.get(name).cloned().unwrap_or_default()
    }

    /// Reads a file. The error says why it is not the expected mapping.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut meta = Self::default();
        // The names of the mappings around, and whether a name is expected next.
        let mut depth = 0_usize;
        let mut lists = 0_usize;
        let mut outer: Option<String> = None;
        let mut inner: Option<String> = None;
        for event in Parser::new_from_str(text) {
            let (event, _) = event.map_err(|error| format!("it is not YAML: {error}"))?;
            match event {
                Event::Alias(_) => return Err("it has a name for an earlier part (`*name`)".to_owned()),
                Event::SequenceStart(..) => lists += 1,
                Event::SequenceEnd => {
                    lists = lists.saturating_sub(1);
                    if lists == 0 {
                        close(depth, &mut outer, &mut inner);
                    }
                }
                Event::MappingStart(..) => {
                    depth += 1;
                    if depth == 2
                        && lists == 0
                        && let Some(name) = &outer
                    {
                        meta.maps.insert(name.clone(), BTreeMap::new());
                    }
                }
                Event::MappingEnd => {
                    depth = depth.saturating_sub(1);
                    if lists == 0 {
                        close(depth, &mut outer, &mut inner);
                    }
                }
                Event::Scalar(value, style, ..) if lists == 0 => {
                    let is_null = style == ScalarStyle::Plain && matches!(&*value, "" | "null" | "~" | "Null" | "NULL");
                    let value = value.into_owned();
                    match depth {
                        0 => return Err("it is no mapping of names to values".to_owned()),
                        1 => match outer.take() {
                            None => outer = Some(value),
                            Some(name) if !is_null => drop(meta.texts.insert(name, value)),
                            Some(_) => {}
                        },
                        2 => match inner.take() {
                            None => inner = Some(value),
                            Some(name) => {
                                if let Some(map) = outer.as_ref().and_then(|outer| meta.maps.get_mut(outer)) {
                                    map.insert(name, value);
                                }
                            }
                        },
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(meta)
    }
}

/// After a nested value, a name is expected.
fn close(depth: usize, outer: &mut Option<String>, inner: &mut Option<String>) {
    match depth {
        1 => (*outer, *inner) = (None, None),
        2 => *inner = None,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_mlflow_is_read() {
        let text = "artifact_uri: file:///a/b\nend_time: null\nexperiment_id: '5168'\nname: 'outer: x y x\n  y z '\ntags: []\nstatus: 3\n\
                    aliases:\n  best: '1'\nlist:\n- a: b\n  c: d\n- [e, {f: g}]\nlast: 'null'\nlong: |-\n  one\n  two\nempty: {}\n\
                    deep:\n  x:\n    y: z\n  w: v\nend: x\n";
        let meta = Meta::read(text).expect("read");
        for (name, expected) in [
            ("artifact_uri", Some("file:///a/b")),
            ("end_time", None),
            ("experiment_id", Some("5168")),
            ("name", Some("outer: x y x y z ")),
            ("tags", None),
            ("last", Some("null")),
            ("long", Some("one\ntwo")),
            ("end", Some("x")),
        ] {
            assert_eq!(meta.text(name), expected, "{name}");
        }
        assert_eq!(meta.number("status"), Some(3));
        assert_eq!(meta.map("aliases"), BTreeMap::from([("best".to_owned(), "1".to_owned())]));
        assert_eq!(meta.map("deep"), BTreeMap::from([("w".to_owned(), "v".to_owned())]));
        assert!(meta.map("empty").is_empty() && meta.map("none").is_empty());
    }

    #[test]
    fn hostile_files_are_refused() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
        for (text, why) in [
            (bomb, "a name for an earlier part"),
            ("just a text", "no mapping"),
            ("a: [", "not YAML"),
            ("a: 'x", "not YAML"),
        ] {
            assert!(Meta::read(text).is_err_and(|error| error.contains(why)), "{text}: {:?}", Meta::read(text));
        }
        let deep = format!("a: {}", "[".repeat(100_000));
        assert!(Meta::read(&deep).is_err());
        assert_eq!(Meta::read("").expect("empty"), Meta::default());
    }
}
