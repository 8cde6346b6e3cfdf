//! Imports a publication: first the points of metrics, then all facts in one batch.

use hven_core::{AttemptId, Fact, RunId, access::Role, handle::Handle, publication::Imported, soundness::NodeId};

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
            object_rights::{AllowedContents, hide_unnameable},
            request::{ImportRequest, ImportResult},
        },
    },
};

/// Imports a publication. A second import of the same publication does nothing.
pub async fn import(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    request: ImportRequest,
) -> AppResult<Labelled<ImportResult>> {
    label(publish, import_publication(publish, caller, key, request).await?).await
}

async fn import_publication(
    publish: &Publish,
    caller: &Caller,
    key: Option<String>,
    request: ImportRequest,
) -> AppResult<ImportResult> {
    match &request.project {
        Some(project) => caller.require(Role::Member, project)?,
        None => require_role_somewhere(caller, Role::Member)?,
    }
    let _alone = publish.publishing_turn.lock().await;
    if let Some(known) = publish.ports.views.imported(request.fingerprint).await? {
        caller.require(Role::Member, &known.imported.project)?;
        return Ok(ImportResult { import: known, is_new: false, runs: vec![], datasets: vec![], claims: vec![] });
    }
    let named = [request.fingerprint, request.description];
    if let Some(digest) = object_rights::unnameable_objects(publish, caller, &named).await?.into_iter().min() {
        return Err(AppError::not_found("object", digest));
    }
    let mut publication = description(publish, &request).await?;
    let AllowedContents { description, missing } =
        hide_unnameable(publish, caller, &mut publication, request.description).await?;
    let context =
        ImportContext { publish, caller, publication: &publication, project: request.project.as_ref(), missing };
    let plan = context.plan().await?;
    // The points of metrics come first, so that everything is complete as soon as the facts are recorded.
    for run in &plan.runs {
        context.metrics(run).await?;
    }
    let (nodes, datasets) = (plan.nodes.clone(), plan.datasets.clone());
    let imported = Imported {
        fingerprint: request.fingerprint,
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
    let import = publish.ports.views.imported(request.fingerprint).await?;
    let import = import.ok_or_else(|| AppError::not_found("publication", request.fingerprint))?;
    let named = |is: fn(&NodeId) -> bool| {
        let of = nodes.iter().filter(move |came| is(&came.node));
        of.map(|came| came.name.clone()).collect::<Vec<_>>()
    };
    Ok(ImportResult {
        import,
        is_new: true,
        runs: views,
        datasets,
        claims: named(|node| matches!(node, NodeId::Claim(_))),
    })
}
