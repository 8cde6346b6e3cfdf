//! What a submission reads: whether it is there, is sound, and is held out.

use std::collections::{BTreeMap, BTreeSet};

use hven_core::{
    DatasetId, Digest,
    catalogue::Purpose,
    name::Name,
    project::ProjectPath,
    run::{Spec, of_spec},
    soundness::Node,
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

/// Those of the objects that a run names, as inputs, code and surroundings, that are not in the store. The others must stay from here on.
pub(crate) async fn absent(work: &Work, spec: &Spec) -> AppResult<BTreeSet<Digest>> {
    let named = of_spec(spec);
    if named.is_empty() {
        return Ok(BTreeSet::new());
    }
    Ok(work.ports.objects.absent(named).await?)
}

/// Refuses what would rest on something that is not sound, unless a person says why it is run all the same; answers which
/// nodes that concerns.
pub(super) async fn soundness_of_inputs(work: &Work, caller: &Caller, submit: &RunRequest) -> AppResult<Vec<Node>> {
    let read = submit.spec.files_read().filter(|file| file.size > 0);
    let digests: Vec<Digest> = read.map(|file| file.digest).collect();
    if digests.is_empty() || !work.ports.views.is_anything_retracted().await? {
        return Ok(Vec::new());
    }
    let imports = matches!(submit.purpose, Some(Purpose::Dataset { .. }));
    let nodes = work.ports.views.sources(&digests, imports).await?;
    soundness::require(work, caller, &nodes, submit.despite_suspicion.as_deref()).await
}

/// What the run reads of what datasets hold out. A dataset that does not meet its checks is refused: what rests on it
/// would rest on nothing.
pub(super) async fn data_read(work: &Work, submit: &RunRequest) -> AppResult<Vec<(DatasetId, Option<Name>)>> {
    let digests: Vec<Digest> = submit.spec.files_read().map(|file| file.digest).collect();
    if digests.is_empty() {
        return Ok(Vec::new());
    }
    // Dividing a dataset is neither resting on it nor reading what is held out of it.
    if matches!(submit.purpose, Some(Purpose::Split { .. })) {
        return Ok(Vec::new());
    }
    let found = work.ports.views.catalogued(&digests).await?;
    // Of versions with the same bytes the newest counts: the checks of the others were replaced.
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
