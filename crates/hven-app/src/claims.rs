//! Claims: stating them, and looking at them. Judging is in [`crate::judge`].

use hven_core::{
    ClaimId,
    access::Role,
    claim::{Evidence, Stated},
    limits,
    name::Name,
    project::ProjectPath,
};

use crate::{
    App, AppError, AppResult, Caller,
    access::{Meant, only_one, run_for},
    judge, lineage,
    ports::{
        claims::{ClaimView, JudgementView},
        reproductions::ReproductionView,
        views::{Filter, ListQuery, Page, RunName, RunView},
    },
    soundness::{self, Stands},
};

/// A claim as somebody states it.
#[derive(Clone, Debug)]
pub struct NewClaim {
    pub project: ProjectPath,
    pub name: Name,
    pub statement: String,
    pub test: String,
    /// Each `run.law`, or a run by any of its names.
    pub evidence: Vec<String>,
}

/// Whether the verdict speaks of what is there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Judged,
    /// As it is stated now it was never judged.
    NotJudged,
    /// It was judged, and a newer run of its evidence is there.
    NewerRun,
}

impl Standing {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Judged => "judged",
            Self::NotJudged => "not_judged",
            Self::NewerRun => "newer_run",
        }
    }
}

/// A claim with its standing, and the runs that would be judged now.
#[derive(Clone, Debug)]
pub struct Standpoint {
    pub claim: ClaimView,
    pub standing: Standing,
    pub newest: Vec<RunView>,
}

#[derive(Clone, Debug)]
pub struct Detail {
    pub now: Standpoint,
    /// Newest first, each with the runs that were looked at, as far as the caller may see them.
    pub judgements: Vec<(JudgementView, Vec<RunView>)>,
    pub stands: Stands,
    /// The newest verdicts on making the runs again that were judged last.
    pub made_again: Vec<(RunView, ReproductionView)>,
}

const EVIDENCE_MAX: usize = 100;

/// States a claim, or states it anew; the same statement again changes nothing.
pub async fn state(app: &App, caller: &Caller, key: Option<String>, new: NewClaim) -> AppResult<Standpoint> {
    caller.require(Role::Member, &new.project)?;
    let statement = new.statement.trim();
    if statement.is_empty() {
        return Err(AppError::invalid("the statement", "is empty"));
    }
    limits::lines("the statement", statement, limits::TEXT_BYTES_MAX)?;
    limits::lines("the test", &new.test, limits::TEXT_BYTES_MAX)?;
    let grammar = judge::check(&new.test)?;
    if new.evidence.is_empty() || new.evidence.len() > EVIDENCE_MAX {
        return Err(AppError::invalid("the evidence", "is 1 to 100 runs"));
    }
    let mut evidence = Vec::with_capacity(new.evidence.len());
    for text in &new.evidence {
        let piece = piece_of_evidence(app, caller, text).await?;
        if !evidence.contains(&piece) {
            evidence.push(piece);
        }
    }
    let mut there = app.ports.views.claims_named(&new.name).await?;
    there.retain(|claim| claim.stated.project == new.project);
    let before = there.pop().map(|claim| claim.stated);
    let stated = Stated {
        claim: before.as_ref().map_or_else(|| ClaimId::mint(app.now(), crate::random()), |before| before.claim),
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
        let project = crate::submit::new_project(app, &stated.project).await?;
        let facts = project.into_iter().chain([Stated { revision, ..stated }.into()]).collect();
        app.record(caller.actor(), key, facts).await?;
    }
    let claim = app.ports.views.claim(id).await?.ok_or_else(|| AppError::not_found("claim", id))?;
    standpoint(app, caller, claim).await
}

async fn piece_of_evidence(app: &App, caller: &Caller, text: &str) -> AppResult<Evidence> {
    match text.parse() {
        Ok(Evidence::Step(step)) => Ok(Evidence::Step(step)),
        // A run by its id, or by another of its names.
        _ => Ok(Evidence::Run(run_for(app, caller, text, Role::Viewer).await?.id)),
    }
}

pub async fn list(app: &App, caller: &Caller, filter: Filter) -> AppResult<Page<Standpoint>> {
    caller.require_user()?;
    let query = ListQuery { scopes: caller.scopes(), filter };
    let page = app.ports.views.claims(&query).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for claim in page.items {
        items.push(standpoint(app, caller, claim).await?);
    }
    Ok(Page { items, next: page.next })
}

pub async fn detail(app: &App, caller: &Caller, name: &str, project: Option<&ProjectPath>) -> AppResult<Detail> {
    let claim = find(app, caller, name, project, Role::Viewer).await?;
    let mut judgements = Vec::new();
    for judgement in app.ports.views.judgements(claim.stated.claim).await? {
        let mut runs = Vec::new();
        for &run in &judgement.judged.evidence {
            let run = app.ports.views.runs_named(&RunName::Id(run)).await?.pop();
            runs.extend(run.filter(|run| caller.may(Role::Viewer, &run.project)));
        }
        judgements.push((judgement, runs));
    }
    let mut made_again = Vec::new();
    for run in judgements.first().iter().flat_map(|(_, runs)| runs) {
        let newest = app.ports.views.reproductions(run.id, 1).await?.pop();
        made_again.extend(newest.map(|newest| (run.clone(), newest)));
    }
    let stands = soundness::stands(app, caller, claim.stated.claim.into()).await?;
    Ok(Detail { now: standpoint(app, caller, claim).await?, judgements, stands, made_again })
}

pub(crate) async fn standpoint(app: &App, caller: &Caller, claim: ClaimView) -> AppResult<Standpoint> {
    let newest = lineage::newest_evidence(app, &claim.stated).await?.into_iter().flatten();
    let newest: Vec<RunView> = newest.filter(|run| caller.may(Role::Viewer, &run.project)).collect();
    let standing = match &claim.judgement {
        None => Standing::NotJudged,
        Some(judgement) if newest.iter().any(|run| !judgement.judged.evidence.contains(&run.id)) => Standing::NewerRun,
        Some(_) => Standing::Judged,
    };
    Ok(Standpoint { claim, standing, newest })
}

/// The claim of that name or id, if the caller has the role in its project. `claim/kepler3` is read too.
pub async fn find(
    app: &App,
    caller: &Caller,
    text: &str,
    project: Option<&ProjectPath>,
    role: Role,
) -> AppResult<ClaimView> {
    caller.require_user()?;
    let text = text.strip_prefix("claim/").unwrap_or(text);
    let found: Vec<ClaimView> = match text.parse::<ClaimId>() {
        Ok(id) => app.ports.views.claim(id).await?.into_iter().collect(),
        Err(_) => {
            let name: Name = text.parse().map_err(|_| AppError::not_found("claim", text))?;
            app.ports.views.claims_named(&name).await?
        }
    };
    only_one(caller, &Meant { noun: "claim", text, project, role }, found, |claim| {
        let at = &claim.stated.project;
        (at.clone(), format!("the one in {at}"))
    })
}
