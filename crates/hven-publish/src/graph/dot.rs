//! A lineage in the language of Graphviz.

use hven_core::safe_text::safe_text;

use crate::text::put;

use super::{EdgeKind, Graph, NodeKind};
use crate::publication::PublishedSoundness;

/// Longer labels are cut: a graph with whole statements in it is unreadable.
const LABEL_CHARS_MAX: usize = 60;

impl Graph {
    /// A directed graph; its arrows point from a dependent node to its source.
    pub fn dot(&self) -> String {
        let mut dot = "digraph lineage {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11];\n".to_owned();
        for node in &self.nodes {
            let shape = match node.kind {
                NodeKind::Publication => "folder",
                NodeKind::Claim => "box, style=\"rounded,bold\"",
                NodeKind::Law => "box, style=rounded",
                NodeKind::Dataset => "cylinder",
                NodeKind::Run => "box",
                NodeKind::File => "note",
                NodeKind::Code => "component",
                NodeKind::Person => "oval",
                NodeKind::Hidden => "box, style=dotted",
            };
            let (colour, word) = match node.standing {
                PublishedSoundness::Sound => ("", String::new()),
                PublishedSoundness::Suspect => (", color=\"#b35900\"", "\\nsuspect".to_owned()),
                PublishedSoundness::Retracted => (", color=\"#b00020\"", "\\nretracted".to_owned()),
            };
            let label = quoted(&cut(&node.label)).trim_end_matches('"').to_owned() + &word + "\"";
            put!(dot, "  {} [label={label}, shape={shape}{colour}];\n", quoted(&node.id));
        }
        for edge in &self.edges {
            let style = match edge.kind {
                EdgeKind::Independent => ", style=dotted",
                EdgeKind::By => ", style=dashed",
                _ => "",
            };
            let through = edge.through.as_ref().map(|path| format!("\n{}", cut(path))).unwrap_or_default();
            let label = quoted(&format!("{}{through}", edge.kind.as_str()));
            put!(dot, "  {} -> {} [label={label}{style}];\n", quoted(&edge.from), quoted(&edge.to));
        }
        dot.push_str("}\n");
        dot
    }
}

pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= LABEL_CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(LABEL_CHARS_MAX - 1).chain(['…']).collect()
}

/// A string of Graphviz: only quotes and backslashes are special, and a line break is written `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in safe_text(text).chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lineage_in_graphviz() {
        insta::assert_snapshot!(super::super::samples::planets().dot(), @r##"
        digraph lineage {
          rankdir=LR;
          node [fontname="sans-serif", fontsize=11];
          "claim/kepler3" [label="claim/kepler3\nsuspect", shape=box, style="rounded,bold", color="#b35900"];
          "run/7Q2M" [label="run/7Q2M", shape=box];
          "planets@1" [label="planets@1\nretracted", shape=cylinder, color="#b00020"];
          "run/ABCD" [label="run/ABCD", shape=box];
          "file/planets.csv" [label="file/planets.csv", shape=note];
          "person/Mira" [label="person/Mira", shape=oval];
          "claim/kepler3" -> "run/7Q2M" [label="rests on"];
          "run/7Q2M" -> "planets@1" [label="used\ndata/planets.parquet"];
          "planets@1" -> "run/ABCD" [label="made by"];
          "run/ABCD" -> "file/planets.csv" [label="used"];
          "run/7Q2M" -> "file/planets.csv" [label="used"];
          "run/7Q2M" -> "person/Mira" [label="by", style=dashed];
          "claim/kepler3" -> "file/planets.csv" [label="said not to depend on", style=dotted];
        }
        "##);
    }

    #[test]
    fn strings_are_escaped() {
        let check = |text: &str, expect: &str| assert_eq!(quoted(text), expect);
        check("a\"b\\", r#""a\"b\\""#);
        check("a\nb\t\u{7}\u{202e}", r#""a\nb \\u{7}\\u{202e}""#);
    }
}
