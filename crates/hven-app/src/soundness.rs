//! What still stands: retracting something, seeing what rests on it, and saying that something does not depend on it.
//!
//! Nothing is deleted. What rests on something retracted is suspect, and nothing new is built on it unless a person says
//! why; making it anew is in [`crate::repair`].

use std::collections::BTreeSet;

use hven_core::{
    Fact, Time,
    access::Role,
    limits,
    project::ProjectPath,
    sentence::{Moment, Sentence},
    soundness::{IndependenceAsserted, Node, Retracted, Soundness, SuspicionOverridden},
};

use crate::{
    App, AppError, AppResult, Caller, ancestry,
    facts::{ActorName, Teller},
    lineage::{Labels, look, look_at},
    ports::soundness::{Direction, IndependenceView, Joined, OverrideView, Reach, Reached, RetractionView},
    publications,
    sayings::Saying,
};

/// Whether something stands, and in words why not.
#[derive(Clone, Debug, Default)]
pub struct Stands {
    pub soundness: Soundness,
    pub said: Option<Sentence>,
}

/// All that is known of whether something stands.
#[derive(Clone, Debug)]
pub struct Detail {
    pub of: ancestry::Node,
    pub stands: Stands,
    /// From what rests on something retracted to that, both included; what the caller may not see is hidden.
    pub way: Vec<ancestry::Node>,
    pub retraction: Option<(RetractionView, ActorName)>,
    pub independences: Vec<Independence>,
    /// What was made of it all the same.
    pub overrides: Vec<Override>,
}

#[derive(Clone, Debug)]
pub struct Independence {
    pub of: ancestry::Node,
    pub on: ancestry::Node,
    pub because: String,
    pub by: ActorName,
    pub time: Time,
}

#[derive(Clone, Debug)]
pub struct Override {
    pub made: ancestry::Node,
    pub because: String,
    pub by: ActorName,
    pub time: Time,
}

/// What rests on something, or what it rests on: one page.
#[derive(Clone, Debug)]
pub struct Told {
    pub of: ancestry::Node,
    pub soundness: Soundness,
    /// Of everything that was found; its items are told below.
    pub counted: Reach,
    pub items: Vec<Item>,
    /// Where the next page begins.
    pub next: Option<usize>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub node: ancestry::Node,
    pub depth: u32,
    pub way: Vec<ancestry::Node>,
    pub soundness: Soundness,
}

const OVERRIDES_SHOWN: usize = 100;

/// Whether each still stands.
pub async fn of(app: &App, nodes: &[Node]) -> AppResult<Vec<Soundness>> {
    Ok(app.ports.views.soundness(nodes).await?)
}

/// Whether one still stands.
pub async fn of_one(app: &App, node: impl Into<Node>) -> AppResult<Soundness> {
    Ok(of(app, &[node.into()]).await?.pop().unwrap_or_default())
}

/// Whether a node still stands, and if not, why.
pub async fn stands(app: &App, caller: &Caller, node: Node) -> AppResult<Stands> {
    let soundness = of_one(app, node).await?;
    let said = if soundness.is_sound() { None } else { Some(why(app, caller, node).await?.sentence()) };
    Ok(Stands { soundness, said })
}

/// Why a node does not stand.
pub(crate) async fn why(app: &App, caller: &Caller, node: Node) -> AppResult<Saying> {
    let way = app.ports.views.cause(node).await?;
    let Some(&retracted) = way.last() else { return Ok(Saying::SuspectHidden) };
    let Some(retraction) = app.ports.views.retraction(retracted).await? else { return Ok(Saying::SuspectHidden) };
    let shown = look_at(app, caller, retracted).await?;
    if matches!(shown, ancestry::Node::Hidden) {
        return Ok(Saying::SuspectHidden);
    }
    let by = Teller::default().actor(app, retraction.by).await?;
    let name = by.name.unwrap_or_else(|| by.kind.to_owned());
    let retracted_time = Moment(retraction.time);
    let node_said = named_in_a_sentence(&shown);
    Ok(match (retraction.because, retracted == node) {
        (Some(because), true) => Saying::RetractedBecause { name, retracted_time, because },
        (None, true) => Saying::RetractedErased { retracted_time },
        (Some(because), false) => Saying::SuspectThrough { node: node_said, name, retracted_time, because },
        (None, false) => Saying::SuspectErased { node: node_said, retracted_time },
    })
}

/// `run 7Q2M`, `dataset planets@1`, `claim kepler3`.
fn named_in_a_sentence(node: &ancestry::Node) -> Sentence {
    match node {
        ancestry::Node::Run(run) => Saying::run(Some(run.handle)),
        ancestry::Node::Dataset(dataset) => {
            Saying::TheDataset { dataset: crate::datasets::reference(dataset) }.sentence()
        }
        ancestry::Node::Claim(claim) => Saying::TheClaim { claim: claim.stated.name.to_string() }.sentence(),
        ancestry::Node::Publication(publication) => {
            Saying::ThePublication { publication: publications::reference(publication) }.sentence()
        }
        _ => Saying::ANode.sentence(),
    }
}

/// What a person names: `claim/kepler3`, `planets@1`, a run, `publication/kepler3@2`, or `run/ID`, `data/ID`, `claim/ID`.
pub(crate) async fn named(
    app: &App,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<(ancestry::Node, Node)> {
    caller.require_user()?;
    let shown = ancestry::named(app, caller, name, project).await?;
    let Some((node, place)) = shown.id() else { return Err(AppError::not_found("node", name)) };
    caller.require(role, place)?;
    Ok((shown, node))
}

/// Facts that say which unsound nodes `by` was built on all the same, and why.
pub(crate) fn overridden(nodes: &[Node], by: Node, despite: Option<&str>) -> impl Iterator<Item = Fact> {
    let because = despite.unwrap_or_default().trim();
    nodes.iter().map(move |node| SuspicionOverridden { node: *node, by, because: because.to_owned() }.into())
}

/// Refuses nodes that are not sound, unless a person says why they are built on all the same; answers which they are.
pub async fn require(app: &App, caller: &Caller, nodes: &[Node], despite: Option<&str>) -> AppResult<Vec<Node>> {
    let all = of(app, nodes).await?;
    let unsound: Vec<Node> =
        nodes.iter().zip(all).filter(|(_, soundness)| !soundness.is_sound()).map(|(node, _)| *node).collect();
    let Some(&first) = unsound.first() else { return Ok(unsound) };
    let Some(because) = despite else {
        let what = named_in_a_sentence(&look_at(app, caller, first).await?).text;
        return Err(AppError::Suspect { what, why: why(app, caller, first).await?.to_string() });
    };
    reason("the reason to build on what is suspect", because)?;
    named_person(app, caller).await?;
    Ok(unsound)
}

/// Only somebody with a name answers for what he builds on.
async fn named_person(app: &App, caller: &Caller) -> AppResult<()> {
    let user = caller.require_user()?;
    match app.ports.views.user(user).await?.and_then(|user| user.name) {
        Some(_) => Ok(()),
        None => Err(AppError::Denied),
    }
}

pub(crate) fn reason<'t>(what: &str, text: &'t str) -> AppResult<&'t str> {
    match text.trim() {
        "" => Err(AppError::invalid(what, "is missing: say it in a sentence")),
        text => {
            limits::lines(what, text, limits::TEXT_BYTES_MAX)?;
            Ok(text)
        }
    }
}

/// Takes something back. What rests on it is suspect from here on.
pub async fn retract(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    because: &str,
) -> AppResult<Detail> {
    let (shown, node) = named(app, caller, name, project, Role::Member).await?;
    let because = reason("the reason of a retraction", because)?.to_owned();
    named_person(app, caller).await?;
    if let Some(before) = app.ports.views.retraction(node).await? {
        // Said again by the same person for the same reason, as when the first answer was lost.
        if before.by == caller.actor() && before.because.as_ref() == Some(&because) {
            return told(app, caller, shown, node).await;
        }
        let what = named_in_a_sentence(&shown).text;
        return Err(AppError::RetractedBefore { what, why: why(app, caller, node).await?.to_string() });
    }
    app.record(caller.actor(), key, vec![Retracted { node, because }.into()]).await?;
    told(app, caller, shown, node).await
}

/// What somebody says of an edge.
#[derive(Clone, Debug)]
pub struct NewIndependence {
    pub of: String,
    pub on: String,
    pub project: Option<ProjectPath>,
    pub because: String,
}

/// Records that `of` does not depend on `on`, although it was made with it.
pub async fn assert_independence(
    app: &App,
    caller: &Caller,
    key: Option<String>,
    new: NewIndependence,
) -> AppResult<Detail> {
    let project = new.project.as_ref();
    let (shown, of) = named(app, caller, &new.of, project, Role::Member).await?;
    let (other, on) = named(app, caller, &new.on, project, Role::Viewer).await?;
    let because = reason("the reason of an independence", &new.because)?.to_owned();
    named_person(app, caller).await?;
    let (left, right) = (named_in_a_sentence(&shown).text, named_in_a_sentence(&other).text);
    let refused = |why: String| Err(AppError::Conflict(why));
    if of == on {
        return refused(format!("{left} cannot be independent of itself"));
    }
    match app.ports.views.joined(of, on).await? {
        Joined::Directly => {}
        Joined::Indirectly => {
            return refused(format!(
                "{left} rests on {right}, but not directly: say it of the step of the way at which the dependence ends \
                 (`hven why` shows the way)"
            ));
        }
        Joined::Not if app.ports.views.joined(on, of).await? != Joined::Not => {
            return refused(format!("it is {right} that rests on {left}: the assertion would close a circle"));
        }
        Joined::Not => return refused(format!("{left} does not rest on {right}: there is nothing to assert")),
    }
    app.record(caller.actor(), key, vec![IndependenceAsserted { of, on, because }.into()]).await?;
    told(app, caller, shown, of).await
}

/// All that is known of whether something stands.
pub async fn detail(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Detail> {
    let (shown, node) = named(app, caller, name, project, Role::Viewer).await?;
    told(app, caller, shown, node).await
}

async fn told(app: &App, caller: &Caller, of: ancestry::Node, node: Node) -> AppResult<Detail> {
    let mut teller = Teller::default();
    let stands = stands(app, caller, node).await?;
    let way = if stands.soundness.is_sound() { Vec::new() } else { app.ports.views.cause(node).await? };
    let way = look(app, caller, &way).await?;
    let retraction = match app.ports.views.retraction(node).await? {
        Some(view) => {
            let by = teller.actor(app, view.by).await?;
            Some((view, by))
        }
        None => None,
    };
    let asserted = app.ports.views.independences(node).await?;
    let ends: Vec<Node> = asserted.iter().flat_map(|view| [view.asserted.of, view.asserted.on]).collect();
    let mut ends = look(app, caller, &ends).await?.into_iter();
    let mut independences = Vec::with_capacity(asserted.len());
    for IndependenceView { asserted, time, by } in asserted {
        let (Some(of), Some(on)) = (ends.next(), ends.next()) else { break };
        independences.push(Independence { of, on, because: asserted.because, by: teller.actor(app, by).await?, time });
    }
    let overridden = app.ports.views.overrides(node, OVERRIDES_SHOWN).await?;
    let made: Vec<Node> = overridden.iter().map(|view| view.overridden.by).collect();
    let made = look(app, caller, &made).await?;
    let mut overrides = Vec::with_capacity(overridden.len());
    for (OverrideView { overridden, time, by }, made) in overridden.into_iter().zip(made) {
        overrides.push(Override { made, because: overridden.because, by: teller.actor(app, by).await?, time });
    }
    Ok(Detail { of, stands, way, retraction, independences, overrides })
}

/// One page of what rests on something, or of what it rests on, nearest first.
pub async fn reach(
    app: &App,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
    direction: Direction,
    from: usize,
    limit: usize,
) -> AppResult<Told> {
    let (shown, node) = named(app, caller, name, project, Role::Viewer).await?;
    let soundness = of_one(app, node).await?;
    let mut counted = app.ports.views.reach(node, direction, from, limit).await?;
    let found = std::mem::take(&mut counted.items);
    let told: BTreeSet<Node> = found.iter().flat_map(|one| one.way.iter().copied().chain([one.node])).collect();
    let mut labels = Labels::default();
    labels.load(app, &told.into_iter().collect::<Vec<_>>()).await?;
    let item = |found: Reached| Item {
        node: labels.node(caller, found.node),
        depth: found.depth,
        way: found.way.into_iter().map(|node| labels.node(caller, node)).collect(),
        soundness: found.soundness,
    };
    let items: Vec<Item> = found.into_iter().map(item).collect();
    let next = Some(from + items.len()).filter(|next| *next < counted.total && !items.is_empty());
    Ok(Told { of: shown, soundness, counted, items, next })
}
