//! Reading the record: its facts in words, and whether it is sound.

use std::collections::{BTreeSet, HashMap};

use hven_core::{
    ActorId, ClaimId, DatasetId, Fact, PublicationId, RepairId, RunId,
    access::{Role, Scope},
    envelope::{Envelope, Header},
    handle::Handle,
    labels::{Tag, Tagged},
    project::ProjectPath,
    recorded::Told,
    repair::{End, Ended},
    sentence::Sentence,
};

use crate::{
    kernel::{
        actors::{self, ActorName},
        callers::Caller,
        error::AppResult,
        find::{dataset::reference, publication, run::run_for},
        floor::Kernel,
        sayings::Saying,
    },
    ports::{
        catalogue::DatasetView,
        claims::ClaimView,
        error,
        publications::PublicationView,
        record::{FactQuery, ReadSoFar, Verification},
        repairs::BegunRepair,
    },
};

/// Which facts are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub after: u64,
    pub before: Option<u64>,
    pub newest_first: bool,
    pub kind: Option<String>,
    /// Only those about this run.
    pub run: Option<String>,
    pub limit: usize,
}

/// A fact as people see it.
#[derive(Clone, Debug)]
pub struct FactTold {
    pub envelope: Envelope,
    /// `None` when its payload was erased, or cannot be read.
    pub fact: Option<Fact>,
    /// Why its payload cannot be read, when it cannot.
    pub unreadable: Option<String>,
    pub actor: ActorName,
    pub handle: Option<Handle>,
    /// What happened, in one line.
    pub said: Sentence,
}

pub async fn list(kernel: &Kernel, caller: &Caller, filter: Filter) -> AppResult<Vec<FactTold>> {
    caller.require_user()?;
    let subject = match &filter.run {
        Some(name) => Some(run_for(kernel, caller, name, Role::Viewer).await?.id.as_u128()),
        None => {
            caller.require_home(Role::Viewer)?;
            None
        }
    };
    let query = FactQuery {
        after: filter.after,
        newest_first: filter.newest_first,
        before: filter.before,
        kind: filter.kind,
        subject,
        limit: filter.limit,
    };
    let page = kernel.ports.record.facts(query).await?;
    let mut teller = Teller::default();
    teller.learn(kernel, &page).await?;
    let mut told = Vec::with_capacity(page.len());
    for envelope in page {
        told.push(teller.tell(kernel, envelope).await?);
    }
    Ok(told)
}

pub async fn verify(kernel: &Kernel, caller: &Caller, objects: bool) -> AppResult<Verification> {
    caller.require_home(Role::Viewer)?;
    Ok(kernel.ports.record.verify(objects).await?)
}

/// How far the verification is that reads objects at this moment.
pub fn verifying(kernel: &Kernel, caller: &Caller) -> AppResult<Option<ReadSoFar>> {
    caller.require_home(Role::Viewer)?;
    Ok(kernel.ports.record.verifying())
}

/// Puts facts into words; remembers the names that it looked up.
#[derive(Debug, Default)]
pub struct Teller {
    pub(crate) actors: HashMap<ActorId, ActorName>,
    pub(crate) runs: HashMap<RunId, Option<(Handle, ProjectPath)>>,
    /// Datasets, claims and publications.
    pub(crate) others: HashMap<u128, Option<(Saying, ProjectPath)>>,
}

/// Names that are remembered at most, so that a listener of months stays small.
pub(crate) const NAMES_MAX: usize = 10_000;

impl Teller {
    pub async fn tell(&mut self, kernel: &Kernel, envelope: Envelope) -> AppResult<FactTold> {
        let fact = envelope.readable_fact().map_err(error::StoreError::from)?;
        let unreadable = envelope.unreadable();
        let actor = self.actor(kernel, envelope.header.actor).await?;
        let handle = self.run(kernel, &envelope.header).await?.map(|(handle, _)| handle);
        let about = self.other(kernel, &envelope.header).await?.map(|(noun, _)| noun);
        let said = match (&fact, &unreadable) {
            // Hven itself gives a role to nobody else.
            (Some(Fact::RoleGranted(granted)), _) if envelope.header.actor == ActorId::SYSTEM => {
                Saying::RoleGrantedToOwnUser { role: granted.role.as_str().to_owned(), scope: place(&granted.project) }
            }
            (Some(fact), _) => saying(fact, handle, about.as_ref()),
            (None, Some(why)) => Saying::FactUnreadable { why: why.clone() },
            (None, None) => Saying::FactErased,
        };
        Ok(FactTold { envelope, fact, unreadable, actor, handle, said: said.sentence() })
    }

    /// Whether the caller may see a fact: those about runs, datasets, claims and publications with a role in their project, others
    /// with one in the whole home.
    pub(crate) async fn is_visible(&mut self, kernel: &Kernel, caller: &Caller, header: &Header) -> AppResult<bool> {
        if caller.home_role().is_some() {
            return Ok(true);
        }
        let project = match self.run(kernel, header).await? {
            Some((_, project)) => Some(project),
            None => self.other(kernel, header).await?.map(|(_, project)| project),
        };
        Ok(project.is_some_and(|project| caller.may(Role::Viewer, &project)))
    }

    pub async fn actor(&mut self, kernel: &Kernel, id: ActorId) -> AppResult<ActorName> {
        if let Some(known) = self.actors.get(&id) {
            return Ok(known.clone());
        }
        let name = actors::names_of(kernel, [id]).await?.remove(&id).unwrap_or(ActorName::runner(id));
        if self.actors.len() >= NAMES_MAX {
            self.actors.clear();
        }
        self.actors.insert(id, name.clone());
        Ok(name)
    }

    async fn run(&mut self, kernel: &Kernel, header: &Header) -> AppResult<Option<(Handle, ProjectPath)>> {
        match run_meant(header) {
            Some(run) => self.run_by_id(kernel, run).await,
            None => Ok(None),
        }
    }

    /// The dataset, claim or publication that a fact is about.
    async fn other(&mut self, kernel: &Kernel, header: &Header) -> AppResult<Option<(Saying, ProjectPath)>> {
        let Some(subject) = header.subject else { return Ok(None) };
        if let Some(known) = self.others.get(&subject) {
            return Ok(known.clone());
        }
        let of_any_noun = header.kind.starts_with("soundness.");
        let found = if of_any_noun {
            let id = DatasetId::from_u128(subject);
            match kernel.ports.views.dataset(id).await? {
                Some(dataset) => Some(the_dataset(dataset)),
                None => match kernel.ports.views.claim(ClaimId::from_u128(subject)).await? {
                    Some(claim) => Some(the_claim(claim)),
                    None => self.publication(kernel, subject).await?,
                },
            }
        } else if header.kind.starts_with("dataset.") {
            let dataset = kernel.ports.views.dataset(DatasetId::from_u128(subject)).await?;
            dataset.map(the_dataset)
        } else if header.kind.starts_with("claim.") {
            let claim = kernel.ports.views.claim(ClaimId::from_u128(subject)).await?;
            claim.map(the_claim)
        } else if header.kind.starts_with("repair.") {
            let repair = kernel.ports.views.repair(RepairId::from_u128(subject)).await?;
            repair.map(the_repair)
        } else if header.kind.starts_with("publication.") {
            self.publication(kernel, subject).await?
        } else {
            return Ok(None);
        };
        if self.others.len() >= NAMES_MAX {
            self.others.clear();
        }
        self.others.insert(subject, found.clone());
        Ok(found)
    }

    async fn publication(&self, kernel: &Kernel, subject: u128) -> AppResult<Option<(Saying, ProjectPath)>> {
        let found = kernel.ports.views.publication(PublicationId::from_u128(subject)).await?;
        Ok(found.map(the_publication))
    }

    pub(crate) async fn run_by_id(&mut self, kernel: &Kernel, run: RunId) -> AppResult<Option<(Handle, ProjectPath)>> {
        if let Some(known) = self.runs.get(&run) {
            return Ok(known.clone());
        }
        let found = kernel.ports.views.run_names(&[run]).await?.pop();
        let name = found.map(|run| (run.handle, run.project));
        if self.runs.len() >= NAMES_MAX {
            self.runs.clear();
        }
        self.runs.insert(run, name.clone());
        Ok(name)
    }
}

/// The run that a fact is about.
pub(crate) fn run_meant(header: &Header) -> Option<RunId> {
    let about_runs = ["run.", "stream.", "law.", "soundness."].iter().any(|noun| header.kind.starts_with(noun));
    header.subject.filter(|_| about_runs).map(RunId::from_u128)
}

pub(crate) fn the_publication(publication: PublicationView) -> (Saying, ProjectPath) {
    let said = Saying::ThePublication { publication: publication::reference(&publication) };
    (said, publication.made.project)
}

pub(crate) fn the_repair(repair: BegunRepair) -> (Saying, ProjectPath) {
    (Saying::TheRepair { number: repair.begun.number }, repair.begun.project)
}

pub(crate) fn the_dataset(dataset: DatasetView) -> (Saying, ProjectPath) {
    (Saying::TheDataset { dataset: reference(&dataset) }, dataset.version.project)
}

pub(crate) fn the_claim(claim: ClaimView) -> (Saying, ProjectPath) {
    (Saying::TheClaim { claim: claim.stated.name.to_string() }, claim.stated.project)
}

/// Where a role holds.
fn place(scope: &Scope) -> Sentence {
    match scope {
        Scope::Home => Saying::TheHome.sentence(),
        Scope::Project(path) => Saying::TheProject { path: path.to_string() }.sentence(),
    }
}

/// What happened, in one line.
fn saying(fact: &Fact, handle: Option<Handle>, about: Option<&Saying>) -> Saying {
    let run = || Saying::run(handle);
    let dataset = || about.unwrap_or(&Saying::ADataset).sentence();
    let claim = || about.unwrap_or(&Saying::AClaim).sentence();
    let repair = || about.unwrap_or(&Saying::ARepair).sentence();
    let node = || match (about, handle) {
        (Some(about), _) => about.sentence(),
        (None, Some(handle)) => Saying::run(Some(handle)),
        (None, None) => Saying::ANode.sentence(),
    };
    match fact {
        Fact::HomeCreated(p) => Saying::HomeCreated { version: p.hven_version.clone() },
        Fact::UserAdded(p) => Saying::UserAdded { name: p.name.clone() },
        Fact::ProjectAdded(p) => Saying::ProjectAdded { path: p.path.to_string() },
        Fact::RoleGranted(p) => {
            let (role, scope) = (p.role.as_str().to_owned(), place(&p.project));
            if p.may_run_as_server {
                Saying::RoleGrantedToRun { role, scope }
            } else {
                Saying::RoleGranted { role, scope }
            }
        }
        Fact::RoleRevoked(p) => Saying::RoleRevoked { scope: place(&p.project) },
        Fact::TokenIssued(p) => Saying::TokenIssued { name: format!("{:?}", p.name) },
        Fact::TokenRevoked(_) => Saying::TokenRevoked,
        Fact::SessionOpened(_) => Saying::SessionOpened,
        Fact::SessionEnded(_) => Saying::SessionEnded,
        Fact::RunnerEnrolled(p) => Saying::RunnerEnrolled { host: p.host.clone(), pool: p.pool.clone() },
        Fact::RunnerGone(p) => Saying::RunnerGone { evidence: Told(p.evidence.clone()) },
        Fact::RunSubmitted(p) => Saying::RunSubmitted { run: run(), command: command_line(&p.spec.words()) },
        Fact::RunStarted(p) => Saying::RunStarted { run: run(), attempt: p.attempt.number },
        Fact::RunProcessStarted(p) => Saying::RunProcessStarted { run: run(), attempt: p.attempt.number },
        Fact::RunAttemptEnded(p) => {
            Saying::RunAttemptEnded { run: run(), attempt: p.attempt.number, because: Told(p.retry_because.clone()) }
        }
        Fact::RunCancelRequested(_) => Saying::RunCancelRequested { run: run() },
        Fact::RunFinished(p) => Saying::RunFinished { run: run(), outcome: Told(p.result.outcome.to_string()) },
        Fact::RunParamsLogged(p) => {
            Saying::RunParamsLogged { run: run(), names: listed(p.params.keys().map(String::as_str)) }
        }
        Fact::RunMetricsAdded(p) => {
            let names = listed(p.summaries().iter().map(|line| line.key.as_str()));
            Saying::RunMetricsAdded { run: run(), points: p.points.len(), names }
        }
        Fact::RunParamsAdded(p) => {
            Saying::RunParamsAdded { run: run(), names: listed(p.params.keys().map(String::as_str)) }
        }
        Fact::RunMessageSetAside(p) => Saying::RunMessageSetAside {
            run: run(),
            what: p.message.what.clone(),
            why: match p.message.count() {
                1 => p.message.why.clone(),
                more => format!("{more} {}", p.message.why),
            },
        },
        Fact::RunCaptureNoted(p) => Saying::RunCaptureNoted { run: run(), notes: p.notes.len() },
        Fact::RunSoftwareCaptured(p) => match (&p.software.interpreter, p.software.packages.len()) {
            (Some(_), packages) => Saying::RunSoftwareCaptured { run: run(), packages },
            (None, _) => Saying::RunSystemCaptured { run: run() },
        },
        Fact::RunPartSealed(p) => {
            Saying::RunPartSealed { part_bytes: p.to.saturating_sub(p.from), stream: p.stream.clone(), run: run() }
        }
        Fact::DatasetVersionAdded(p) => Saying::DatasetAdded {
            dataset: format!("{}@{}", p.name, p.version),
            rows: p.rows,
            columns: p.columns,
            problems: p.problems,
        },
        Fact::DatasetSplitAdded(p) => Saying::DatasetSplit {
            dataset: dataset(),
            split: p.name.to_string(),
            parts: p.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", "),
        },
        Fact::DatasetHoldOutRead(_) => Saying::HoldOutRead { dataset: dataset() },
        Fact::LawCandidateChosen(p) => Saying::CandidateChosen { run: run(), candidate: p.candidate.clone() },
        Fact::RunReproduced(p) => Saying::RunReproduced { run: run(), level: Saying::from(p).sentence() },
        Fact::RunTagged(p) => tagged(p, run()),
        Fact::RunNoted(p) if p.text.is_empty() => Saying::RunNoteRemoved { run: run() },
        Fact::RunNoted(p) => Saying::RunNoted { run: run(), note: first_line(&p.text) },
        Fact::RunArchived(p) if p.archived => Saying::RunArchived { run: run() },
        Fact::RunArchived(_) => Saying::RunUnarchived { run: run() },
        Fact::ClaimStated(p) => Saying::ClaimStated { claim: p.name.to_string(), statement: p.statement.clone() },
        Fact::ClaimJudged(p) => Saying::ClaimJudged {
            claim: claim(),
            verdict: Saying::from(p.verdict).sentence(),
            filled_in: p.filled_in.clone(),
        },
        Fact::NodeRetracted(p) => Saying::NodeRetracted { node: node(), because: p.because.clone() },
        Fact::IndependenceAsserted(p) => Saying::IndependenceAsserted { node: node(), because: p.because.clone() },
        Fact::SuspicionOverridden(p) => Saying::SuspicionOverridden { node: node(), because: p.because.clone() },
        Fact::RunRepaired(_) => Saying::RunRepaired { run: run() },
        Fact::RepairBegun(_) => Saying::RepairBegun { repair: repair() },
        Fact::RepairEnded(p) => repair_ended(p, repair()),
        Fact::RepairCancelled(_) => Saying::RepairCancelled { repair: repair() },
        Fact::PublicationMade(p) => {
            Saying::PublicationMade { publication: format!("{}@{}", p.name, p.version), title: p.title.clone() }
        }
        Fact::CrateImported(p) => {
            Saying::CrateImported { title: p.title.clone(), version: p.version, publisher: p.publisher.clone() }
        }
        Fact::ObjectsCollected(p) => Saying::ObjectsCollected { count: p.digests.len() },
        Fact::PayloadErased(p) => Saying::PayloadErased { seq: p.seq, because: p.because.clone() },
        Fact::StreamErased(p) => {
            Saying::StreamErased { stream: p.stream.clone(), run: run(), because: p.because.clone() }
        }
        Fact::ObjectErased(p) => Saying::ObjectErased { because: p.because.clone() },
    }
}

/// How the server ended a repair.
fn repair_ended(ended: &Ended, repair: Sentence) -> Saying {
    let because = ended.because.clone().unwrap_or_default();
    match ended.end {
        End::Done => Saying::RepairDone { repair, steps: ended.steps },
        End::Incomplete => {
            Saying::RepairIncomplete { repair, steps: ended.steps, left: ended.steps.saturating_sub(ended.done) }
        }
        End::Stopped => Saying::RepairStopped { repair, because: Told(because) },
    }
}

/// What happened to the tags of a run.
fn tagged(tagged: &Tagged, run: Sentence) -> Saying {
    let names = |tags: &BTreeSet<Tag>| listed(tags.iter().map(Tag::as_str));
    let (added, removed) = (names(&tagged.added), names(&tagged.removed));
    match (tagged.added.is_empty(), tagged.removed.is_empty()) {
        (_, true) => Saying::RunTagged { run, tags: added },
        (true, false) => Saying::RunUntagged { run, tags: removed },
        (false, false) => Saying::RunRetagged { run, added, removed },
    }
}

const LINE_CHARS_MAX: usize = 80;

/// The first line that says something, cut at 80 characters; `…` says that there is more.
fn first_line(text: &str) -> String {
    let text = text.trim();
    let line = text.lines().next().unwrap_or_default().trim_end();
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.len() < text.len() => format!("{line} …"),
        None => line.to_owned(),
    }
}

const LISTED_MAX: usize = 10;

/// The first names, and that there are more.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.take(LISTED_MAX + 1).collect();
    if names.len() > LISTED_MAX {
        names[LISTED_MAX] = "…";
    }
    names.join(", ")
}

const COMMAND_CHARS_MAX: usize = 200;

/// A command as one would type it, cut at 200 characters.
pub fn command_line(argv: &[String]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,@%+".contains(c);
    let mut line = String::new();
    for argument in argv {
        if !line.is_empty() {
            line.push(' ');
        }
        if !argument.is_empty() && argument.chars().all(plain) {
            line.push_str(argument);
        } else {
            line.push('\'');
            line.push_str(&argument.replace('\'', "'\\''"));
            line.push('\'');
        }
    }
    match line.char_indices().nth(COMMAND_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_typed() {
        let line = |argv: &[&str]| command_line(&argv.iter().map(|&a| a.to_owned()).collect::<Vec<_>>());
        assert_eq!(line(&["python3", "fit.py", "--lr", "0.1"]), "python3 fit.py --lr 0.1");
        assert_eq!(line(&["sh", "-c", "echo it's"]), r"sh -c 'echo it'\''s'");
        assert_eq!(line(&["x", ""]), "x ''");
        assert_eq!(line(&["é".repeat(300).as_str()]).chars().count(), 201);
    }

    #[test]
    fn a_note_is_told_by_its_first_line() {
        assert_eq!(first_line("the baseline\n"), "the baseline");
        assert_eq!(first_line("\n  the baseline\r\nof the paper"), "the baseline …");
        assert_eq!(first_line(&"é".repeat(81)).chars().count(), 81);
    }

    #[test]
    fn what_happened_to_tags_is_told_apart() {
        let said = |added: &[&str], removed: &[&str]| {
            let tags = |names: &[&str]| names.iter().map(|name| name.parse().expect("a tag")).collect();
            let fact = Tagged { run: RunId::from_u128(1), added: tags(added), removed: tags(removed) };
            saying(&fact.into(), None, None).sentence().to_string()
        };
        assert_eq!(said(&["good", "b"], &[]), "a run was tagged: b, good");
        assert_eq!(said(&[], &["good"]), "tags of a run were removed: good");
        assert_eq!(said(&["good"], &["bad"]), "the tags of a run were changed: good added, bad removed");
    }
}
