//! Checks the inputs of a submission: presence, soundness, and held-out data.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    DatasetId, Digest,
    catalogue::Purpose,
    name::Name,
    project::ProjectPath,
    run::{Spec, of_spec},
    soundness::NodeId,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        find::dataset::reference,
        soundness,
    },
    ports::catalogue::DatasetView,
    work::{floor::Work, submit::submission::RunRequest},
};

/// The objects of a run (inputs, code and surroundings) that are not in the store. The others must stay in the store
/// from here on.
pub(crate) async fn absent(work: &Work, spec: &Spec) -> AppResult<BTreeSet<Digest>> {
    let named = of_spec(spec);
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(work.ports.objects.absent(named).await?)
}

/// Refuses inputs that are not sound, unless the caller gives a reason to use them. Returns the unsound nodes.
pub(in crate::work) async fn soundness_of_inputs(
    work: &Work,
    caller: &Caller,
    submit: &RunRequest,
) -> AppResult<Vec<NodeId>> {
    let read = submit.spec.files_read().filter(|file| file.size > 0);
    let digests: Vec<Digest> = read.map(|file| file.digest).collect();
    if digests.is_empty() || !work.ports.views.is_anything_retracted().await? {
        return Ok(Vec::new());
    }
    let imports = matches!(submit.purpose, Some(Purpose::Dataset { .. }));
    let nodes = work.ports.views.sources(&digests, imports).await?;
    soundness::require(work, caller, &nodes, submit.despite_suspicion.as_deref()).await
}

/// The held-out data that the run reads. A dataset that fails its checks is refused, because nothing may be built on
/// it.
pub(super) async fn data_read(work: &Work, submit: &RunRequest) -> AppResult<Vec<(DatasetId, Option<Name>)>> {
    let digests: Vec<Digest> = submit.spec.files_read().map(|file| file.digest).collect();
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    // A run that splits a dataset neither rests on it nor reads its held-out data.
    if matches!(submit.purpose, Some(Purpose::Split { .. })) {
        return Ok(Vec::new());
    }
    let found = work.ports.views.catalogued(&digests).await?;
    // Of versions with the same bytes only the newest counts, because it replaced the checks of the others.
    let mut newest: BTreeMap<(Digest, ProjectPath, Name), DatasetView> = BTreeMap::new();
    for one in &found {
        let Some(dataset) = work.ports.views.dataset(one.dataset).await? else { continue };
        let name = (one.digest, dataset.version.project.clone(), dataset.version.name.clone());
        if newest.get(&name).is_none_or(|other| other.version.version < dataset.version.version) {
            newest.insert(name, dataset);
        }
    }
    let failed = newest.values().find(|dataset| dataset.version.checks_failed > 0);
    if let Some(dataset) = failed.filter(|_| !submit.despite_checks) {
        let failed = dataset.version.checks_failed;
        return Err(AppError::ChecksFailed { dataset: reference(dataset), failed });
    }
    Ok(found.into_iter().filter(|one| one.held_out).map(|one| (one.dataset, one.part)).collect())
}
