//! Retracting something, seeing what rests on it, and saying that something does not depend on it.
//!
//! Nothing is deleted. What rests on something retracted is suspect, and nothing new is built on it unless a person says
//! why; making it anew is in [`crate::knowledge::repair`].

use hven_core::{
    Time,
    access::Role,
    project::ProjectPath,
    soundness::{IndependenceAsserted, Node, Retracted, Soundness},
};

use crate::{
    kernel::{
        actors::ActorName,
        ancestry,
        callers::Caller,
        error::{AppError, AppResult},
        facts::Teller,
        soundness::{Stands, look, named, named_in_a_sentence, named_person, reason, stands, why},
    },
    knowledge::floor::Knowledge,
    ports::soundness::{IndependenceView, Joined, OverrideView, Reach, RetractionView},
};

pub use crate::kernel::soundness::{of, of_one, require};

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

/// Takes something back. What rests on it is suspect from here on.
pub async fn retract(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    name: &str,
    project: Option<&ProjectPath>,
    because: &str,
) -> AppResult<Detail> {
    let (shown, node) = named(knowledge, caller, name, project, Role::Member).await?;
    let because = reason("the reason of a retraction", because)?.to_owned();
    named_person(knowledge, caller).await?;
    if let Some(before) = knowledge.ports.views.retraction(node).await? {
        // Said again by the same person for the same reason, as when the first answer was lost.
        if before.by == caller.actor() && before.because.as_ref() == Some(&because) {
            return told(knowledge, caller, shown, node).await;
        }
        let what = named_in_a_sentence(&shown).text;
        return Err(AppError::RetractedBefore { what, why: why(knowledge, caller, node).await?.to_string() });
    }
    knowledge.record(caller.actor(), key, vec![Retracted { node, because }.into()]).await?;
    told(knowledge, caller, shown, node).await
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
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    new: NewIndependence,
) -> AppResult<Detail> {
    let project = new.project.as_ref();
    let (shown, of) = named(knowledge, caller, &new.of, project, Role::Member).await?;
    let (other, on) = named(knowledge, caller, &new.on, project, Role::Viewer).await?;
    let because = reason("the reason of an independence", &new.because)?.to_owned();
    named_person(knowledge, caller).await?;
    let (left, right) = (named_in_a_sentence(&shown).text, named_in_a_sentence(&other).text);
    let refused = |why: String| Err(AppError::Conflict(why));
    if of == on {
        return refused(format!("{left} cannot be independent of itself"));
    }
    match knowledge.ports.views.joined(of, on).await? {
        Joined::Directly => {}
        Joined::Indirectly => {
            return refused(format!(
                "{left} rests on {right}, but not directly: say it of the step of the way at which the dependence ends \
                 (`hven why` shows the way)"
            ));
        }
        Joined::Not if knowledge.ports.views.joined(on, of).await? != Joined::Not => {
            return refused(format!("it is {right} that rests on {left}: the assertion would close a circle"));
        }
        Joined::Not => return refused(format!("{left} does not rest on {right}: there is nothing to assert")),
    }
    knowledge.record(caller.actor(), key, vec![IndependenceAsserted { of, on, because }.into()]).await?;
    told(knowledge, caller, shown, of).await
}

/// All that is known of whether something stands.
pub async fn detail(
    knowledge: &Knowledge,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Detail> {
    let (shown, node) = named(knowledge, caller, name, project, Role::Viewer).await?;
    told(knowledge, caller, shown, node).await
}

async fn told(knowledge: &Knowledge, caller: &Caller, of: ancestry::Node, node: Node) -> AppResult<Detail> {
    let mut teller = Teller::default();
    let stands = stands(knowledge, caller, node).await?;
    let mut way = Vec::new();
    if !stands.soundness.is_sound() {
        for node in knowledge.ports.views.cause(node).await? {
            way.push(look(knowledge, caller, node).await?);
        }
    }
    let retraction = match knowledge.ports.views.retraction(node).await? {
        Some(view) => {
            let by = teller.actor(knowledge, view.by).await?;
            Some((view, by))
        }
        None => None,
    };
    let mut independences = Vec::new();
    for IndependenceView { asserted, time, by } in knowledge.ports.views.independences(node).await? {
        independences.push(Independence {
            of: look(knowledge, caller, asserted.of).await?,
            on: look(knowledge, caller, asserted.on).await?,
            because: asserted.because,
            by: teller.actor(knowledge, by).await?,
            time,
        });
    }
    let mut overrides = Vec::new();
    for OverrideView { overridden, time, by } in knowledge.ports.views.overrides(node, OVERRIDES_SHOWN).await? {
        overrides.push(Override {
            made: look(knowledge, caller, overridden.by).await?,
            because: overridden.because,
            by: teller.actor(knowledge, by).await?,
            time,
        });
    }
    Ok(Detail { of, stands, way, retraction, independences, overrides })
}
