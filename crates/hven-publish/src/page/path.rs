//! The path from each claim down to raw bytes.

use std::collections::BTreeSet;

use hven_core::Digest;

use super::{Page, both, chinese, heading, link};
use crate::{
    graph::{Edge, EdgeKind, Node, NodeKind},
    lineage::{code_node, work_in_words},
    publication::Standing,
    text::{escape, put},
    write::LINEAGE_FILE,
};

/// So many steps are shown; `prov.json` has all.
const STEPS_MAX: usize = 1000;
const DEPTH_MAX: usize = 40;

pub(super) fn section(html: &mut String, page: &Page<'_>) {
    heading(html, "path", "What each claim rests on", "各论断的依据");
    let mut walk = Walk { page, seen: BTreeSet::new(), steps: 0 };
    html.push_str("<div class=\"path\"><ul>\n");
    for claim in page.graph.nodes.iter().filter(|node| node.kind == NodeKind::Claim) {
        walk.step(html, claim, None, 0);
    }
    html.push_str("</ul></div>\n");
    let told = both("The same as a picture", "以图表示");
    put!(
        html,
        "<details><summary>{told}</summary><figure class=\"drawn wide\"><img src=\"{}\" alt=\"lineage / 依据关系\" loading=\"lazy\"></figure></details>\n",
        page.picture(LINEAGE_FILE)
    );
}

struct Walk<'a> {
    page: &'a Page<'a>,
    seen: BTreeSet<&'a str>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn step(&mut self, html: &mut String, node: &'a Node, edge: Option<&Edge>, depth: usize) {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return;
        }
        let how = edge.map(|edge| edge_words(edge.kind)).unwrap_or_default();
        put!(html, "<li><span class=\"kind\">{how} {}</span> {}", kind_words(node.kind), self.label(node));
        html.push_str(&standing(node.standing));
        let below: Vec<&'a Edge> = self.page.graph.resting().filter(|edge| edge.from == node.id).collect();
        let is_new = self.seen.insert(&node.id);
        if !is_new && !below.is_empty() {
            put!(html, " <span class=\"soft small\">{}</span>", both("(as above)", "（同上）"));
        } else if !below.is_empty() && depth < DEPTH_MAX {
            html.push_str("\n<ul>\n");
            for edge in below {
                if let Some(next) = self.page.graph.node(&edge.to) {
                    self.step(html, next, Some(edge), depth + 1);
                }
            }
            html.push_str("</ul>\n");
        }
        html.push_str("</li>\n");
    }

    /// The name of a node, as a link to its bytes where they are here.
    fn label(&self, node: &Node) -> String {
        let digest = node.attributes.get("digest").and_then(|text| text.parse::<Digest>().ok());
        match (node.kind, digest.and_then(|digest| self.page.layout.place(digest))) {
            (_, Some(place)) => link(place, &node.label),
            (NodeKind::Run, None) => {
                let anchor = node.id.replacen("run/", "run-", 1);
                format!("<a href=\"#{}\">{}</a>", crate::names::url(&anchor), self.shown(node))
            }
            (NodeKind::File | NodeKind::Dataset, None) => {
                let digest = digest.map(|digest| digest.to_string()).unwrap_or_default();
                let only = both("only by its digest", "仅以摘要引用");
                format!("{} <span class=\"digest\">{only} {digest}</span>", escape(&node.label))
            }
            _ => self.shown(node),
        }
    }

    /// The name of a node, in both languages where Hven gave it.
    fn shown(&self, node: &Node) -> String {
        let runs = &self.page.publication.runs;
        let zh = match node.kind {
            NodeKind::Run => runs.iter().find(|run| node.id == format!("run/{}", run.handle)).map(|run| {
                let name = run.name.clone().or_else(|| chinese::work(&run.work));
                format!("{}（{}）", run.handle, name.unwrap_or_else(|| work_in_words(&run.work)))
            }),
            NodeKind::Code => {
                let run = runs
                    .iter()
                    .find(|run| run.code.as_ref().is_some_and(|code| node.id == code_node(code, &run.handle)));
                run.and_then(|run| run.code.as_ref()).map(chinese::code)
            }
            _ => None,
        };
        zh.map_or_else(|| escape(&node.label), |zh| both(&escape(&node.label), &escape(&zh)))
    }
}

fn standing(of: Standing) -> String {
    match of {
        Standing::Sound => String::new(),
        Standing::Suspect => format!(" <strong class=\"suspect\">⚠ {}</strong>", both("suspect", "存疑")),
        Standing::Retracted => format!(" <strong class=\"retracted\">⚠ {}</strong>", both("retracted", "已撤回")),
    }
}

fn edge_words(kind: EdgeKind) -> String {
    match kind {
        EdgeKind::Used => both("← used", "← 使用了"),
        EdgeKind::MadeBy => both("← made by", "← 产生自"),
        EdgeKind::RestsOn => both("← rests on", "← 依据"),
        EdgeKind::DerivedFrom => both("← derived from", "← 派生自"),
        EdgeKind::By => both("by", "由"),
        EdgeKind::Independent => both("said not to depend on", "据称不依赖于"),
    }
}

fn kind_words(kind: NodeKind) -> String {
    match kind {
        NodeKind::Publication => both("publication", "出版物"),
        NodeKind::Claim => both("claim", "论断"),
        NodeKind::Law => both("law", "定律"),
        NodeKind::Dataset => both("dataset", "数据集"),
        NodeKind::Run => both("run", "运行"),
        NodeKind::File => both("file", "文件"),
        NodeKind::Code => both("code", "代码"),
        NodeKind::Person => both("person", "人员"),
        NodeKind::Hidden => both("not shown", "不予显示"),
    }
}
