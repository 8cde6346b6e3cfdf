//! The lineage of each claim as a nested list, down to raw bytes.

use std::collections::BTreeSet;

use hven_core::Digest;
use maud::{Markup, Render, html};

use super::{
    chinese,
    elements::{heading, link},
    input::PageInput,
    language::both,
};
use crate::{
    graph::{Edge, EdgeKind, LineageNode, NodeKind},
    lineage::{LINEAGE_FILE, code_node, work_in_words},
    names,
    publication::PublishedSoundness,
};

/// At most so many steps are shown; `prov.json` has all.
const STEPS_MAX: usize = 1000;
const DEPTH_MAX: usize = 40;

pub(super) fn section(page: &PageInput<'_>) -> Markup {
    let mut walk = Walk { page, seen: BTreeSet::new(), steps: 0 };
    html! {
        (heading("path", "Evidence of each claim", "各论断的依据"))
        div class="path" {
            ul {
                @for claim in page.graph.nodes.iter().filter(|node| node.kind == NodeKind::Claim) {
                    (walk.step(claim, None, 0))
                }
            }
        }
        details {
            summary { (both("As a picture", "以图表示")) }
            figure class="drawn wide" {
                img src=(page.picture(LINEAGE_FILE)) alt="lineage / 依据关系" loading="lazy";
            }
        }
    }
}

struct Walk<'a> {
    page: &'a PageInput<'a>,
    seen: BTreeSet<&'a str>,
    steps: usize,
}

impl<'a> Walk<'a> {
    fn step(&mut self, node: &'a LineageNode, edge: Option<&Edge>, depth: usize) -> Markup {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return Markup::default();
        }
        let how = edge.map(|edge| edge_words(edge.kind)).unwrap_or_default();
        let below: Vec<&'a Edge> = self.page.graph.resting().filter(|edge| edge.from == node.id).collect();
        let is_new = self.seen.insert(&node.id);
        html! {
            li {
                span class="kind" { (how) " " (kind_words(node.kind)) } " " (self.label(node)) (standing(node.standing))
                @if !is_new && !below.is_empty() {
                    " " span class="soft small" { (both("(as above)", "（同上）")) }
                } @else if !below.is_empty() && depth < DEPTH_MAX {
                    ul {
                        @for edge in below {
                            @if let Some(next) = self.page.graph.node(&edge.to) {
                                (self.step(next, Some(edge), depth + 1))
                            }
                        }
                    }
                }
            }
        }
    }

    /// The name of a node, as a link to its bytes if they are included.
    fn label(&self, node: &LineageNode) -> Markup {
        let digest = node.attributes.get("digest").and_then(|text| text.parse::<Digest>().ok());
        match (node.kind, digest.and_then(|digest| self.page.layout.path_of(digest))) {
            (_, Some(place)) => link(place, &node.label),
            (NodeKind::Run, None) => {
                let anchor = node.id.replacen("run/", "run-", 1);
                html! { a href={ "#" (names::url(&anchor)) } { (self.shown(node)) } }
            }
            (NodeKind::File | NodeKind::Dataset, None) => html! {
                (node.label) " "
                span class="digest" {
                    (both("only by its digest", "仅以摘要引用")) " "
                    @if let Some(digest) = digest { (digest) }
                }
            },
            _ => self.shown(node),
        }
    }

    /// The name of a node, in both languages if Hven made it.
    fn shown(&self, node: &LineageNode) -> Markup {
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
        zh.map_or_else(|| node.label.render(), |zh| both(&node.label, zh))
    }
}

fn standing(of: PublishedSoundness) -> Markup {
    let (class, word) = match of {
        PublishedSoundness::Sound => return Markup::default(),
        PublishedSoundness::Suspect => ("suspect", both("suspect", "存疑")),
        PublishedSoundness::Retracted => ("retracted", both("retracted", "已撤回")),
    };
    html! { " " strong class=(class) { "⚠ " (word) } }
}

fn edge_words(kind: EdgeKind) -> Markup {
    match kind {
        EdgeKind::Used => both("← used", "← 使用了"),
        EdgeKind::MadeBy => both("← made by", "← 产生自"),
        EdgeKind::RestsOn => both("← rests on", "← 依据"),
        EdgeKind::DerivedFrom => both("← derived from", "← 派生自"),
        EdgeKind::By => both("by", "由"),
        EdgeKind::Independent => both("said not to depend on", "据称不依赖于"),
    }
}

fn kind_words(kind: NodeKind) -> Markup {
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
