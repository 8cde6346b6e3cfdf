//! Adds and lists remarks, and describes them in sentences.

use hven_core::{
    access::Role,
    limits,
    name::Name,
    project::ProjectPath,
    remark::{Made, RemarkId},
    sentence::Sentence,
};

use crate::{
    kernel::{
        callers::Caller,
        describe_fact::describe_facts,
        error::{AppError, AppResult},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        plain_nodes::PlainNode,
        random::random,
        soundness,
    },
    knowledge::floor::Knowledge,
    ports::{
        page::{ListFilter, ListQuery, Page},
        remarks::RemarkView,
        soundness::PlainNodeView,
    },
};

hven_core::sentences! {
    pub enum RemarkSentence {
        RemarkMade { remark: String, text: String } = "fact.remark.made", "remark {remark} was made: {text}";
        TheRemark { remark: String } = "noun.remark", "remark {remark}";
        StepRemark { remark: String, text: String } = "step.remark", "remark {remark}: {text}";
    }
}

describe_facts! {
    RemarkSentence:
    Made, |p, _| RemarkMade { remark: p.name.to_string(), text: p.text.clone() };
}

impl PlainNode for RemarkId {
    fn called(node: &PlainNodeView) -> Sentence {
        RemarkSentence::TheRemark { remark: node.name.clone() }.sentence()
    }
    fn line(node: &PlainNodeView) -> Sentence {
        RemarkSentence::StepRemark { remark: node.name.clone(), text: node.title.clone() }.sentence()
    }
}

impl NeedsLabels for RemarkView {
    fn add_to(&self, wanted: &mut NeededLabels) {
        wanted.actor(self.by);
    }
}

/// A remark to add.
#[derive(Clone, Debug)]
pub struct NewRemark {
    pub on: String,
    pub name: Name,
    pub text: String,
    /// The project of the node, if several projects have the name.
    pub project: Option<ProjectPath>,
}

/// Adds a remark in the project of its node.
pub async fn make(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    new: NewRemark,
) -> AppResult<Labelled<RemarkView>> {
    let (shown, on) = soundness::find_named(knowledge, caller, &new.on, new.project.as_ref(), Role::Member).await?;
    let Some((_, project)) = shown.id() else { return Err(AppError::not_found("node", &new.on)) };
    let text = new.text.trim();
    if text.is_empty() {
        return Err(AppError::invalid("the remark", "is empty"));
    }
    limits::lines("the remark", text, limits::TEXT_BYTES_MAX)?;
    let taken = knowledge.ports.views.plain_nodes_named("remark", new.name.as_str()).await?;
    if taken.iter().any(|remark| remark.project == *project) {
        return Err(AppError::Conflict(format!("there is a remark {} in {project} already", new.name)));
    }
    let remark = RemarkId::mint(knowledge.now(), random());
    let made = Made { remark, project: project.clone(), name: new.name, on, text: text.to_owned() };
    let time = knowledge.now();
    knowledge.record(caller.actor(), key, vec![made.clone().into()]).await?;
    label(knowledge, RemarkView { made, time, by: caller.actor() }).await
}

/// The remarks that the caller may see, newest first.
pub async fn rows(knowledge: &Knowledge, caller: &Caller, filter: ListFilter) -> AppResult<Labelled<Page<RemarkView>>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    label(knowledge, knowledge.ports.views.remarks(&query).await?).await
}
