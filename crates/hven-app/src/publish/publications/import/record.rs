//! Imports a publication: first the points of metrics, then all facts in one batch.

use hven_core::{AttemptId, Fact, RunId, access::Role, handle::Handle, publication::Imported, soundness::Node};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        labelled::{Labelled, label},
        object_rights,
        objects::require_role_somewhere,
        streams,
    },
    ports::run::RunName,
    publish::{
        floor::Publish,
        publications::import::{
            description::description,
            import_plan::ImportContext,
            object_rights::{AllowedContents, leave_unnamed},
            request::{ImportRequest, ImportResult},
        },
    },
};

/// Imports a publication. A second import of the same publication does nothing.
pub async fn import(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    wish: ImportRequest,
) -> AppResult<Labelled<ImportResult>> {
    label(publish, bring_in(publish, caller, key, wish).await?).await
}

async fn bring_in(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    wish: ImportRequest,
) -> AppResult<ImportResult> {
    match &wish.project {
        Some(project) => caller.require(Role::Member, project)?,
        None => require_role_somewhere(caller, Role::Member)?,
    }
    let _alone = publish.publishing_turn.lock().await;
    if let Some(known) = publish.ports.views.imported(wish.fingerprint).await? {
        caller.require(Role::Member, &known.imported.project)?;
        return Ok(ImportResult { import: known, is_new: false, runs: vec![], datasets: vec![], claims: vec![] });
    }
    let named = [wish.fingerprint, wish.description];
    if let Some(digest) = object_rights::unnameable_objects(publish, caller, &named).await?.into_iter().min() {
        return Err(AppError::not_found("object", digest));
    }
    let mut publication = description(publish, &wish).await?;
    let AllowedContents { description, missing } =
        leave_unnamed(publish, caller, &mut publication, wish.description).await?;
    let bringing =
        ImportContext { publish, caller, publication: &publication, project: wish.project.as_ref(), missing };
    let plan = bringing.plan().await?;
    // The points of metrics come first, so that everything is complete as soon as the facts are recorded.
    for run in &plan.runs {
        bringing.metrics(run).await?;
    }
    let (nodes, datasets) = (plan.nodes.clone(), plan.datasets.clone());
    let imported = Imported {
        fingerprint: wish.fingerprint,
        identifier: publication.identifier.clone(),
        version: publication.version,
        title: publication.title.clone(),
        publisher: publication.publisher.name.clone(),
        description,
        project: plan.project.clone(),
        nodes: plan.nodes,
    };
    let runs: Vec<RunId> = plan.runs.iter().map(|run| run.id).collect();
    {
        let mut next_handle = publish.next_handle.lock().await;
        let mut facts: Vec<Fact> = plan.facts;
        for fact in &mut facts {
            if let Fact::RunSubmitted(submitted) = fact {
                submitted.handle = Handle { count: *next_handle };
                *next_handle += 1;
            }
        }
        facts.push(imported.into());
        publish.record(caller.actor(), key, facts).await?;
    }
    let mut views = Vec::with_capacity(runs.len());
    for run in runs {
        streams::seal(publish, AttemptId { run, number: 1 }).await?;
        views.extend(publish.ports.views.runs_named(&RunName::Id(run)).await?);
    }
    let import = publish.ports.views.imported(wish.fingerprint).await?;
    let import = import.ok_or_else(|| AppError::not_found("publication", wish.fingerprint))?;
    let named = |is: fn(&Node) -> bool| {
        let of = nodes.iter().filter(move |came| is(&came.node));
        of.map(|came| came.name.clone()).collect::<Vec<_>>()
    };
    Ok(ImportResult {
        import,
        is_new: true,
        runs: views,
        datasets,
        claims: named(|node| matches!(node, Node::Claim(_))),
    })
}
