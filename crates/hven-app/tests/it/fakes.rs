//! Implementations of ports for tests: no runners, publications without an archive, and a disk that a test can declare full.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use hven_app::ports::{
    Engine, Objects, Press, Record, RunnerLauncher, StepProcesses, StoreError, StoreResult,
    engine::{EngineAction, EngineEvent, EngineStanding, WaitReason},
    fact_feed::FactFeed,
    launch::RunnerProcess,
    press::{Contents, Licences, PressError, PressedPublication, Unlicensed},
    record::{Appended, FactQuery, Head, ReadSoFar, Verification},
};
use hven_core::{
    Digest, RunId, RunnerId, Time,
    array::{DraftReport, DraftTask},
    envelope::Envelope,
    fact::Batch,
    publication::description::{Publication, Withheld},
    resources::Resources,
    workflow::{StepReport, StepTask},
};
use hven_record::Home;
use serde_json::json;

/// An engine that decides nothing: each run waits until the test ends it.
pub struct Idle;

impl Engine for Idle {
    fn on_event(&mut self, _event: EngineEvent, _now: Time) -> Vec<EngineAction> {
        Vec::new()
    }
    fn standing(&self, _run: RunId, _now: Time) -> Option<EngineStanding> {
        None
    }
    fn wakes_after(&self, _now: Time) -> Option<Duration> {
        None
    }
    fn remembers(&self) -> Duration {
        Duration::ZERO
    }

    fn limit_below(&self, _: &Resources) -> Option<WaitReason> {
        None
    }

    fn load(&self) -> (usize, usize) {
        (0, 0)
    }
}

/// A launcher that starts no runner.
pub struct NoRunners;

#[async_trait]
impl RunnerLauncher for NoRunners {
    async fn start(&self, _runner: RunnerId) -> std::io::Result<()> {
        Ok(())
    }
    async fn is_gone(&self, _runner: RunnerId) -> Option<String> {
        None
    }
    async fn process(&self, _runner: RunnerId) -> Option<RunnerProcess> {
        None
    }
    async fn can_return(&self, _runner: RunnerId) -> bool {
        false
    }
    async fn forget(&self, _runner: RunnerId) -> std::io::Result<()> {
        Ok(())
    }
}

/// The record of a home whose disk is full for as long as the test declares it.
pub struct Disk {
    home: Arc<Home>,
    is_full: AtomicBool,
}

impl Disk {
    pub fn of(home: Arc<Home>) -> Self {
        Self { home, is_full: AtomicBool::new(false) }
    }

    pub fn fill(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Release);
    }

    fn refuse_if_full(&self) -> StoreResult<()> {
        if self.has_room() { Ok(()) } else { Err(StoreError::Full { what: "what is to be recorded".to_owned() }) }
    }
}

#[async_trait]
impl Record for Disk {
    async fn append(&self, batch: Batch) -> StoreResult<Appended> {
        self.refuse_if_full()?;
        self.home.append(batch).await
    }
    async fn erase(&self, seqs: &[u64], batch: Batch) -> StoreResult<Appended> {
        self.refuse_if_full()?;
        self.home.erase(seqs, batch).await
    }
    fn copies_left(&self) -> bool {
        Record::copies_left(&*self.home)
    }
    async fn facts(&self, query: FactQuery) -> StoreResult<Vec<Envelope>> {
        self.home.facts(query).await
    }
    fn head(&self) -> Head {
        self.home.head()
    }
    fn has_room(&self) -> bool {
        !self.is_full.load(Ordering::Acquire)
    }
    fn subscribe(&self) -> FactFeed {
        Record::subscribe(&*self.home)
    }
    async fn verify(&self, objects: bool) -> StoreResult<Verification> {
        self.home.verify(objects).await
    }
    fn verifying(&self) -> Option<ReadSoFar> {
        self.home.verifying()
    }
}

/// A press that stores the description and the manifest of a publication, and writes no folder.
pub struct DescriptionsOnly {
    objects: Arc<Home>,
    /// Objects that the licences do not allow to share.
    pub withheld: Mutex<BTreeMap<Digest, Withheld>>,
    /// The publication that was made last.
    pub made: Mutex<Option<(Publication, PressedPublication)>>,
}

impl DescriptionsOnly {
    pub fn into(objects: Arc<Home>) -> Self {
        Self { objects, withheld: Mutex::default(), made: Mutex::default() }
    }
}

#[async_trait]
impl Press for DescriptionsOnly {
    fn licences(&self, _publication: &Publication, _unlicensed: Unlicensed) -> Licences {
        Licences { withheld: self.withheld.lock().unwrap().clone(), ..Licences::default() }
    }
    async fn contents(&self, _publication: Publication) -> Result<Contents, PressError> {
        Ok(Contents::default())
    }
    async fn press(&self, publication: Publication) -> Result<PressedPublication, PressError> {
        let said = serde_json::to_vec(&publication).unwrap();
        let description = self.objects.put(said.into()).await?;
        let manifest = json!({ "files": { "publication.json": { "blake3": description } } });
        let fingerprint = self.objects.put(manifest.to_string().into()).await?;
        let pressed = PressedPublication {
            fingerprint,
            archive: fingerprint,
            archive_bytes: 0,
            page: description,
            description,
            files: 1,
            bytes: 0,
            withheld: Vec::new(),
        };
        *self.made.lock().unwrap() = Some((publication, pressed.clone()));
        Ok(pressed)
    }
}

/// Carries out steps with the reports that a test prepared, and keeps the tasks.
#[derive(Default)]
pub struct PreparedReports {
    reports: Mutex<BTreeMap<String, VecDeque<std::io::Result<StepReport>>>>,
    /// The tasks with the environments of their processes, in order.
    pub tasks: Mutex<Vec<(StepTask, BTreeMap<String, String>)>>,
}

impl PreparedReports {
    /// The next process of this step gives this report.
    pub fn prepare(&self, step: &str, report: std::io::Result<StepReport>) {
        self.reports.lock().unwrap().entry(step.to_owned()).or_default().push_back(report);
    }

    fn next(&self, step: &str) -> Option<std::io::Result<StepReport>> {
        self.reports.lock().unwrap().get_mut(step)?.pop_front()
    }
}

#[async_trait]
impl StepProcesses for PreparedReports {
    async fn carry_out(&self, task: &StepTask, environment: &BTreeMap<String, String>) -> std::io::Result<StepReport> {
        self.tasks.lock().unwrap().push((task.clone(), environment.clone()));
        loop {
            if let Some(report) = self.next(&task.step) {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    async fn read_draft(&self, _: &DraftTask, _: Option<&BTreeMap<String, String>>) -> std::io::Result<DraftReport> {
        Err(std::io::Error::from(std::io::ErrorKind::NotFound))
    }
}
