//! States and reads claims. Judging is in [`crate::judge`].

use std::collections::{HashMap, HashSet};

use hven_core::{
    ClaimId, RunId,
    access::Role,
    claim::{Evidence, Stated},
    limits,
    name::Name,
    project::ProjectPath,
};

use crate::{
    kernel::{
        callers::Caller,
        error::{AppError, AppResult},
        evidence,
        find::{claim::find, run::run_for},
        labelled::{Labelled, NeededLabels, NeedsLabels, label},
        origins::{self, Origin},
        projects,
        random::random,
        soundness::{self, ExplainedSoundness},
    },
    knowledge::{claim_test, floor::Knowledge},
    ports::{
        claims::{ClaimView, JudgementView},
        page::{ListFilter, ListQuery, Page},
        reproductions::ReproductionView,
        run::RunView,
    },
};

/// A new claim or statement.
#[derive(Clone, Debug)]
pub struct NewClaim {
    pub project: ProjectPath,
    pub name: Name,
    pub statement: String,
    pub test: String,
    /// Each entry is a step (`run.law`) or any name of a run.
    pub evidence: Vec<String>,
}

/// Whether the verdict is about the present evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimStanding {
    Judged,
    /// Its present statement was never judged.
    NotJudged,
    /// It was judged, and its evidence has a newer run.
    NewerRun,
}

impl ClaimStanding {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NotJudged => "not_judged",
            Self::NewerRun => "newer_run",
        }
    }
}

/// A claim in a list.
#[derive(Clone, Debug)]
pub struct ClaimRow {
    pub claim: ClaimView,
    pub standing: ClaimStanding,
}

impl NeedsLabels for ClaimRow {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.claim.add_to(wanted);
    }
}

/// A claim with its standing, and the runs on which it would be judged now.
#[derive(Clone, Debug)]
pub struct CurrentClaim {
    pub claim: ClaimView,
    pub standing: ClaimStanding,
    pub newest: Vec<RunView>,
}

impl NeedsLabels for CurrentClaim {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.claim.add_to(wanted);
    }
}

#[derive(Clone, Debug)]
pub struct ClaimDetail {
    pub now: CurrentClaim,
    /// Newest first, each with the judged runs that the caller may see.
    pub judgements: Vec<(JudgementView, Vec<RunView>)>,
    pub stands: ExplainedSoundness,
    /// The newest verdicts on the reproduction of the runs that were judged last.
    pub made_again: Vec<(RunView, ReproductionView)>,
    /// The publication with which it was imported.
    pub origin: Option<Origin>,
}

impl NeedsLabels for ClaimDetail {
    fn add_to(&self, wanted: &mut NeededLabels) {
        self.now.add_to(wanted);
        self.now.newest.add_to(wanted);
        for (judgement, runs) in &self.judgements {
            wanted.actor(judgement.by);
            runs.add_to(wanted);
        }
        self.origin.add_to(wanted);
    }
}

const EVIDENCE_MAX: usize = 100;

/// States a claim, or changes its statement. The same statement again changes nothing.
pub async fn state(
    knowledge: &Knowledge,
    caller: &Caller,
    key: Option<String>,
    new: NewClaim,
) -> AppResult<Labelled<CurrentClaim>> {
    caller.require(Role::Member, &new.project)?;
    let statement = new.statement.trim();
    if statement.is_empty() {
        return Err(AppError::invalid("the statement", "is empty"));
    }
    limits::lines("the statement", statement, limits::TEXT_BYTES_MAX)?;
    limits::lines("the test", &new.test, limits::TEXT_BYTES_MAX)?;
    let grammar = claim_test::check(&new.test)?;
    if new.evidence.is_empty() || new.evidence.len() > EVIDENCE_MAX {
        return Err(AppError::invalid("the evidence", "is 1 to 100 runs"));
    }
    let mut evidence = Vec::with_capacity(new.evidence.len());
    for text in &new.evidence {
        let piece = piece_of_evidence(knowledge, caller, text).await?;
        if !evidence.contains(&piece) {
            evidence.push(piece);
        }
    }
    let mut there = knowledge.ports.views.claims_named(&new.name).await?;
    there.retain(|claim| claim.stated.project == new.project);
    let before = there.pop().map(|claim| claim.stated);
    let stated = Stated {
        claim: before.as_ref().map_or_else(|| ClaimId::mint(knowledge.now(), random()), |before| before.claim),
        project: new.project,
        name: new.name,
        statement: statement.to_owned(),
        test: new.test.trim().to_owned(),
        grammar,
        evidence,
        revision: before.as_ref().map_or(1, |before| before.revision),
    };
    let id = stated.claim;
    if before.as_ref() != Some(&stated) {
        let revision = before.map_or(1, |before| before.revision + 1);
        let project = projects::new_project(knowledge, &stated.project).await?;
        let facts = project.into_iter().chain([Stated { revision, ..stated }.into()]).collect();
        knowledge.record(caller.actor(), key, facts).await?;
    }
    let claim = knowledge.ports.views.claim(id).await?.ok_or_else(|| AppError::not_found("claim", id))?;
    label(knowledge, current_claim(knowledge, caller, claim).await?).await
}

async fn piece_of_evidence(knowledge: &Knowledge, caller: &Caller, text: &str) -> AppResult<Evidence> {
    match text.parse() {
        Ok(Evidence::Step(step)) => Ok(Evidence::Step(step)),
        // A run by its id or another name.
        _ => Ok(Evidence::Run(run_for(knowledge, caller, text, Role::Viewer).await?.id)),
    }
}

/// The claims that the caller may see.
pub async fn list(knowledge: &Knowledge, caller: &Caller, filter: ListFilter) -> AppResult<Page<ClaimRow>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    let page = knowledge.ports.views.claims(&query).await?;
    Ok(Page { items: with_standing(knowledge, caller, page.items).await?, next: page.next })
}

/// The same with all labels of a list.
pub async fn rows(knowledge: &Knowledge, caller: &Caller, filter: ListFilter) -> AppResult<Labelled<Page<ClaimRow>>> {
    label(knowledge, list(knowledge, caller, filter).await?).await
}

/// Claims with their standing. A thousand claims take as many look-ups as one.
async fn with_standing(knowledge: &Knowledge, caller: &Caller, claims: Vec<ClaimView>) -> AppResult<Vec<ClaimRow>> {
    let judged: Vec<&Stated> =
        claims.iter().filter(|claim| claim.judgement.is_some()).map(|claim| &claim.stated).collect();
    let mut newest = evidence::newest_named(knowledge, &judged).await?.into_iter();
    let mut standing = |claim: &ClaimView| {
        let Some(judgement) = &claim.judgement else { return ClaimStanding::NotJudged };
        let newest = newest.next().unwrap_or_default().into_iter().flatten();
        let mut seen = newest.filter(|run| caller.may(Role::Viewer, &run.project));
        if seen.any(|run| !judgement.judged.evidence.contains(&run.id)) {
            ClaimStanding::NewerRun
        } else {
            ClaimStanding::Judged
        }
    };
    Ok(claims.into_iter().map(|claim| ClaimRow { standing: standing(&claim), claim }).collect())
}

/// Everything about one claim.
pub async fn detail(
    knowledge: &Knowledge,
    caller: &Caller,
    name: &str,
    project: Option<&ProjectPath>,
) -> AppResult<Labelled<ClaimDetail>> {
    let claim = find(knowledge, caller, name, project, Role::Viewer).await?;
    let found = knowledge.ports.views.judgements(claim.stated.claim).await?;
    let evidence: HashSet<RunId> =
        found.iter().flat_map(|judgement| judgement.judged.evidence.iter().copied()).collect();
    let evidence: Vec<RunId> = evidence.into_iter().collect();
    let runs = knowledge.ports.views.runs_by_id(&evidence).await?.into_iter();
    let runs = runs.filter(|run| caller.may(Role::Viewer, &run.project)).map(|run| (run.id, run));
    let runs: HashMap<RunId, RunView> = runs.collect();
    let judged_on = |judgement: &JudgementView| -> Vec<RunView> {
        judgement.judged.evidence.iter().filter_map(|run| runs.get(run).cloned()).collect()
    };
    let judgements: Vec<_> = found
        .into_iter()
        .map(|judgement| {
            let runs = judged_on(&judgement);
            (judgement, runs)
        })
        .collect();
    let mut made_again = Vec::new();
    for run in judgements.first().iter().flat_map(|(_, runs)| runs) {
        let newest = knowledge.ports.views.reproductions(run.id, 1).await?.pop();
        made_again.extend(newest.map(|newest| (run.clone(), newest)));
    }
    let stands = soundness::explain(knowledge, caller, claim.stated.claim.into()).await?;
    let origin = origins::origin(knowledge, claim.stated.claim).await?;
    let now = current_claim(knowledge, caller, claim).await?;
    label(knowledge, ClaimDetail { now, judgements, stands, made_again, origin }).await
}

pub(crate) async fn current_claim(knowledge: &Knowledge, caller: &Caller, claim: ClaimView) -> AppResult<CurrentClaim> {
    let newest = evidence::newest_evidence(knowledge, &claim.stated).await?.into_iter().flatten();
    let newest: Vec<RunView> = newest.filter(|run| caller.may(Role::Viewer, &run.project)).collect();
    let standing = match &claim.judgement {
        None => ClaimStanding::NotJudged,
        Some(judgement) if newest.iter().any(|run| !judgement.judged.evidence.contains(&run.id)) => {
            ClaimStanding::NewerRun
        }
        Some(_) => ClaimStanding::Judged,
    };
    Ok(CurrentClaim { claim, standing, newest })
}
