//! Facts of every kind, made of values at the ends of what they may hold. The record's tests use this file too.
//!
//! [`Generator::fact`] has an arm for each kind; [`is_generated`] does not compile when one is added without.

use std::collections::BTreeMap;

use hven_core::{
    AttemptId, ClaimId, DatasetId, Digest, Fact, HomeId, PublicationId, RunId, RunnerId, Time, TokenId, UserId,
    access::{Role, RoleGranted, RoleRevoked, Scope, SessionEnded, SessionOpened, TokenIssued, TokenRevoked},
    additions::{MetricsAdded, Original, ParamsAdded},
    capture::{Note, Noted},
    catalogue::{HoldOutRead, Part, Purpose, Reader, SplitAdded, VersionAdded},
    claim::{Counted, Evidence, Judged, Ledger, Stated, Verdict},
    fact::{HomeCreated, ObjectErased, PayloadErased, StreamErased},
    handle::Handle,
    labels::{self, Tag, Tagged},
    law::CandidateChosen,
    name::Name,
    object::{Collected, FileKind, FileRef},
    params::Origin,
    process::{IoClass, IoPriority, ProcessSettings, ResourceLimit},
    project::{self, ProjectPath},
    publication::{Imported, ImportedNode, Made, WithheldFile},
    question::Question,
    reproduction::{
        Counts, Difference, Level, Likeness, MetricComparison, Place, Printed, PrintedComparison, Reproduced, Spot,
        Tolerance, Tolerances,
    },
    resources::Resources,
    run::{
        AttemptEnded, AttemptResult, CancelRequested, Code, Finished, InnerRepository, Limits, LogExtent,
        MetricSummary, MissingOutput, Number, Outcome, ParamsLogged, PartSealed, ProcessStarted, Recipe, Software,
        SoftwareCaptured, Spec, Started, Submitted, Usage,
    },
    runner::{Enrolled, Gone},
    set_aside::{Aside, MessageSetAside},
    soundness::{IndependenceAsserted, Node, Retracted, RunRepaired, SuspicionOverridden},
    stdin::{Stdin, StdinEnd, StdinRead},
    stream::Point,
    user,
};
use serde_json::Value;

/// What [`Generator::fact`] makes: an arm for each kind of fact.
pub(crate) fn is_generated(fact: &Fact) -> bool {
    match fact {
        Fact::HomeCreated(_)
        | Fact::UserAdded(_)
        | Fact::ProjectAdded(_)
        | Fact::RoleGranted(_)
        | Fact::RoleRevoked(_)
        | Fact::TokenIssued(_)
        | Fact::TokenRevoked(_)
        | Fact::SessionOpened(_)
        | Fact::SessionEnded(_)
        | Fact::RunnerEnrolled(_)
        | Fact::RunnerGone(_)
        | Fact::RunSubmitted(_)
        | Fact::RunStarted(_)
        | Fact::RunProcessStarted(_)
        | Fact::RunAttemptEnded(_)
        | Fact::RunCancelRequested(_)
        | Fact::RunFinished(_)
        | Fact::RunParamsLogged(_)
        | Fact::RunCaptureNoted(_)
        | Fact::RunMetricsAdded(_)
        | Fact::RunParamsAdded(_)
        | Fact::RunMessageSetAside(_)
        | Fact::RunSoftwareCaptured(_)
        | Fact::RunPartSealed(_)
        | Fact::RunReproduced(_)
        | Fact::RunTagged(_)
        | Fact::RunNoted(_)
        | Fact::RunArchived(_)
        | Fact::DatasetVersionAdded(_)
        | Fact::DatasetSplitAdded(_)
        | Fact::DatasetHoldOutRead(_)
        | Fact::LawCandidateChosen(_)
        | Fact::ClaimStated(_)
        | Fact::ClaimJudged(_)
        | Fact::NodeRetracted(_)
        | Fact::IndependenceAsserted(_)
        | Fact::SuspicionOverridden(_)
        | Fact::RunRepaired(_)
        | Fact::PublicationMade(_)
        | Fact::CrateImported(_)
        | Fact::ObjectsCollected(_)
        | Fact::PayloadErased(_)
        | Fact::StreamErased(_)
        | Fact::ObjectErased(_) => true,
    }
}

/// Makes values from a seed, those at the ends more often than others.
pub(crate) struct Generator {
    state: u64,
    /// The bytes of the longest text.
    pub(crate) text_bytes_max: usize,
}

/// What breaks readers of text: nothing, what JSON escapes, what has no width, joins, turns or lies outside of the first plane.
const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "\0",
    "\"\\/\u{8}\u{c}\n\r\t",
    "\u{1b}[2J",
    "\u{7f}\u{80}\u{9f}",
    "\u{2028}\u{2029}",
    "\u{feff}",
    "\u{202e}abc\u{202c}",
    "e\u{301}\u{327}",
    "行星 Größe ß ﷽",
    "\u{1F469}\u{200D}\u{1F680}",
    "\u{d7ff}\u{e000}\u{fffd}\u{ffff}\u{10ffff}",
    "NaN",
    "null",
    "{\"a\":1}",
];

const FLOATS: &[f64] =
    &[0.0, -0.0, 1.0, -1.0, 0.1, 1e300, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, 1e21, 9_007_199_254_740_993.0];

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, text_bytes_max: 5000 }
    }

    /// SplitMix64.
    fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
    fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }
    fn flag(&mut self) -> bool {
        self.bits() & 1 == 1
    }
    fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        let at = self.below(of.len());
        of[at].clone()
    }
    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.flag() { Some(make(self)) } else { None }
    }
    fn some<T>(&mut self, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.one_of(&[0, 1, 2, 5]);
        (0..count).map(|_| make(self)).collect()
    }

    fn text(&mut self) -> String {
        match self.below(8) {
            0 => "x".repeat(self.text_bytes_max),
            1 => "\u{10ffff}".repeat(self.text_bytes_max / 4),
            _ => (0..self.below(4)).map(|_| self.one_of(TEXTS)).collect(),
        }
    }
    fn whole(&mut self) -> u64 {
        let any = self.bits();
        self.one_of(&[0, 1, 255, 1 << 32, (1 << 53) - 1, (1 << 53) + 1, i64::MAX as u64, u64::MAX, any])
    }
    fn small(&mut self) -> u32 {
        let any = self.bits() as u32;
        self.one_of(&[0, 1, i32::MAX as u32, u32::MAX, any])
    }
    fn signed(&mut self) -> i64 {
        let any = self.bits() as i64;
        self.one_of(&[0, -1, i64::MIN, i64::MAX, any])
    }
    fn float(&mut self) -> f64 {
        let any = f64::from_bits(self.bits());
        if any.is_finite() && self.flag() { any } else { self.one_of(FLOATS) }
    }
    fn number(&mut self) -> Number {
        let finite = self.float();
        Number(self.one_of(&[finite, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]))
    }
    fn time(&mut self) -> Time {
        let span = (Time::MAX.micros() - Time::MIN.micros()) as u64;
        let any = Time::from_micros(Time::MIN.micros() + (self.bits() % span) as i64);
        self.one_of(&[Time::MIN, Time::MAX, Time::from_micros(0), Time::from_micros(-1), any])
    }
    fn id(&mut self) -> u128 {
        let any = u128::from(self.bits()) << 64 | u128::from(self.bits());
        self.one_of(&[any, any, any, 0, 1, u128::MAX])
    }
    fn digest(&mut self) -> Digest {
        let any = Digest::of(&self.bits().to_le_bytes());
        self.one_of(&[any, any, Digest::ZERO, Digest::from_bytes([0xff; 32])])
    }
    fn name(&mut self) -> Name {
        let long = "n".repeat(hven_core::name::NAME_BYTES_MAX);
        self.one_of(&["a", "_", "行星", "kepler-3_b", &long]).parse().expect("a good name")
    }
    fn tag(&mut self) -> Tag {
        let long = "\u{20000}".repeat(hven_core::limits::TAG_CHARS_MAX);
        self.one_of(&["a", "_", "行星", "paper/fig-2", "lr:0.1", &long]).parse().expect("a good tag")
    }
    fn project(&mut self) -> ProjectPath {
        let long = "p".repeat(project::PATH_BYTES_MAX);
        self.one_of(&["home", "天文/行星", "1/2/3/4/5/6/7/8", "a.b/c-d_e", &long]).parse().expect("a good path")
    }
    fn file(&mut self) -> FileRef {
        let kind = self.one_of(&[FileKind::File, FileKind::Folder]);
        FileRef { path: self.text(), digest: self.digest(), size: self.whole(), kind }
    }
    fn attempt(&mut self) -> AttemptId {
        AttemptId { run: RunId::from_u128(self.id()), number: self.small() }
    }
    fn run(&mut self) -> RunId {
        RunId::from_u128(self.id())
    }
    fn node(&mut self) -> Node {
        let id = self.id();
        let noun = self.one_of(&["run", "data", "claim", "publication"]);
        Node::of(noun, id).expect("a noun")
    }
    fn scope(&mut self) -> Scope {
        if self.flag() { Scope::Home } else { Scope::Project(self.project()) }
    }
    fn texts(&mut self) -> BTreeMap<String, String> {
        self.some(|g| (g.text(), g.text())).into_iter().collect()
    }
    /// JSON nested as deep as it may be.
    fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => self.flag().into(),
            2 => self.whole().into(),
            3 => self.signed().into(),
            4 => self.float().into(),
            5 => self.text().into(),
            6 => (0..self.below(3)).map(|_| self.json(depth - 1)).collect(),
            7 => (0..self.below(3)).map(|_| (self.text(), self.json(depth - 1))).collect(),
            _ => (0..depth).fold(Value::from(1), |inner, _| Value::Array(vec![inner])),
        }
    }
    fn tolerance(&mut self) -> Tolerance {
        Tolerance { relative: self.float().abs(), absolute: self.float().abs() }
    }
    fn tolerances(&mut self) -> Tolerances {
        Tolerances {
            usual: self.maybe(Self::tolerance),
            metrics: self.some(|g| (g.text(), g.tolerance())).into_iter().collect(),
            files: self.some(|g| (g.text(), g.tolerance())).into_iter().collect(),
        }
    }
    fn resources(&mut self) -> Resources {
        let named = self.some(|g| (g.text(), g.whole())).into_iter().collect();
        Resources { cpus: self.small(), memory_bytes: self.whole(), named }
    }
    fn code(&mut self) -> Code {
        match self.below(3) {
            0 => Code::Git {
                commit: self.text(),
                branch: self.maybe(Self::text),
                prefix: self.text(),
                diff: self.maybe(Self::digest),
                untracked: self.some(Self::file),
                inner: self.some(Self::inner_repository),
                digest: self.digest(),
            },
            1 => Code::Folder { listing: self.digest(), files: self.whole(), bytes: self.whole() },
            _ => Code::NotCaptured { why: self.text() },
        }
    }
    fn inner_repository(&mut self) -> InnerRepository {
        InnerRepository {
            path: self.text(),
            commit: self.maybe(Self::text),
            changed: self.maybe(Self::flag),
            is_named: self.flag(),
        }
    }
    fn process(&mut self) -> ProcessSettings {
        let limit = |g: &mut Self| ResourceLimit { soft: g.maybe(Self::whole), hard: g.maybe(Self::whole) };
        ProcessSettings {
            limits: self.maybe(|g| g.some(|g| (g.text(), limit(g))).into_iter().collect()),
            nice: self.signed() as i32,
            io: self.maybe(|g| IoPriority {
                class: g.one_of(&[IoClass::RealTime, IoClass::BestEffort, IoClass::Idle]),
                level: g.bits() as u8,
            }),
            cpus: self.maybe(Self::text),
        }
    }
    fn stdin(&mut self) -> Stdin {
        if self.flag() { Stdin::Pipe } else { Stdin::File { file: self.file(), from: self.whole() } }
    }
    fn spec(&mut self) -> Spec {
        let is_recipe = self.flag();
        Spec {
            argv: self.some(Self::text),
            cwd: self.text(),
            umask: self.small(),
            process: self.maybe(Self::process),
            stdin: self.maybe(Self::stdin),
            environment: self.texts(),
            secrets: self.some(Self::text),
            resources: self.resources(),
            limits: Limits {
                wall_s: self.maybe(Self::float),
                memory_bytes: self.maybe(Self::whole),
                output_bytes: self.maybe(Self::whole),
                grace_s: self.float(),
            },
            inputs: self.some(Self::file),
            outputs: self.some(Self::text),
            code: self.maybe(Self::code),
            surroundings: self.maybe(Self::digest),
            retries_max: self.small(),
            place: if is_recipe { hven_core::run::Place::Fresh } else { hven_core::run::Place::Here },
            recipe: is_recipe.then(|| Recipe {
                name: self.text(),
                version: self.small(),
                arguments: self.json(hven_core::limits::NESTING_MAX),
            }),
        }
    }
    fn purpose(&mut self) -> Purpose {
        match self.below(4) {
            0 => Purpose::Dataset {
                name: self.name(),
                license: self.maybe(Self::text),
                description: self.maybe(Self::text),
                source: self.text(),
            },
            1 => Purpose::Split {
                dataset: DatasetId::from_u128(self.id()),
                name: self.name(),
                hold_out: self.maybe(Self::name),
            },
            2 => Purpose::Again { of: self.run(), tolerances: self.tolerances(), surroundings: self.some(Self::text) },
            _ => Purpose::Compare {
                of: self.run(),
                again: self.run(),
                tolerances: self.tolerances(),
                surroundings: self.some(Self::text),
            },
        }
    }
    fn outcome(&mut self) -> Outcome {
        let signed = self.signed() as i32;
        match self.below(11) {
            0 => Outcome::Done,
            1 => Outcome::Failed { exit: signed },
            2 => Outcome::Killed { signal: signed },
            3 => Outcome::NotStarted { why: self.text() },
            4 => Outcome::TimedOut { limit_s: self.float() },
            5 => Outcome::OutOfMemory { limit_bytes: self.whole() },
            6 => Outcome::OutputTooLarge { limit_bytes: self.whole() },
            7 => Outcome::OutputMissing { path: self.text() },
            8 => Outcome::Cancelled,
            9 => Outcome::OutputNotKept { output: self.text(), path: self.text(), why: self.text() },
            _ => Outcome::Lost { why: self.text() },
        }
    }
    fn result(&mut self) -> AttemptResult {
        AttemptResult {
            outcome: self.outcome(),
            started: self.maybe(Self::time),
            ended: self.maybe(Self::time),
            wall_s: self.float(),
            usage: Usage {
                cpu_user_s: self.float(),
                cpu_system_s: self.float(),
                memory_max_bytes: self.whole(),
                read_bytes: self.whole(),
                written_bytes: self.whole(),
            },
            outputs: self.some(Self::file),
            outputs_missing: self.some(|g| MissingOutput { path: g.text(), why: g.text() }),
            log: LogExtent { bytes: self.whole(), dropped_bytes: self.whole() },
            stdin: self.maybe(|g| StdinRead {
                bytes: g.whole(),
                end: g.one_of(&StdinEnd::ALL),
                digest: g.maybe(Self::digest),
                kept: g.flag(),
            }),
            changed: self.some(Self::note),
        }
    }
    fn spot(&mut self) -> Spot {
        match self.below(11) {
            0 => Spot::File,
            1 => Spot::Byte { offset: self.whole() },
            2 => Spot::Column { column: self.text() },
            3 => Spot::Rows,
            4 => Spot::Cell { row: self.whole(), column: self.text() },
            5 => Spot::Pointer { pointer: self.text() },
            6 => Spot::Word { line: self.whole(), word: self.whole() },
            7 => Spot::Element { path: self.text(), attribute: self.maybe(Self::text) },
            8 => Spot::Pixel { x: self.small(), y: self.small() },
            9 => Spot::Measure { name: self.text() },
            _ => Spot::Metric { key: self.text() },
        }
    }
    fn place(&mut self) -> Place {
        Place {
            spot: self.spot(),
            before: self.maybe(Self::text),
            after: self.maybe(Self::text),
            difference: self.maybe(|g| Difference { absolute: g.number(), relative: g.number() }),
        }
    }
    fn likeness(&mut self) -> Likeness {
        match self.below(3) {
            0 => Likeness::SameBytes,
            1 => Likeness::SameWithin { tolerance: self.tolerance(), largest: self.maybe(Self::place) },
            _ => Likeness::Differs { count: self.whole(), places: self.some(Self::place) },
        }
    }
    fn ledger(&mut self) -> Ledger {
        Ledger {
            runs: self.whole(),
            designs: self.whole(),
            hold_out_reads: self.whole(),
            counted: self.one_of(&Counted::ALL),
            questions: self.some(|g| match g.below(4) {
                0 => Question::Recipe { name: g.text(), of: g.maybe(Self::text) },
                1 => Question::Script { path: g.text() },
                2 => Question::Module { name: g.text() },
                _ => Question::Program { name: g.text() },
            }),
            is_newest: self.flag(),
            hold_outs: self.maybe(Self::whole),
        }
    }

    fn printed(&mut self) -> Printed {
        match self.below(4) {
            0 => Printed::Nothing,
            1 => Printed::Same,
            2 => Printed::Differs { line: self.whole() },
            _ => Printed::NotKnown { why: self.text() },
        }
    }

    fn point(&mut self) -> Point {
        Point { key: self.text(), value: self.number(), step: self.signed(), time_us: self.signed() }
    }
    fn original(&mut self) -> Option<Original> {
        self.maybe(|g| Original { by: g.maybe(Self::text), at: g.time() })
    }
    fn note(&mut self) -> Note {
        let path = self.text();
        match self.below(22) {
            0 => Note::LinkOutside { path, target: self.text() },
            1 => Note::Link { path, target: self.text() },
            2 => Note::KeyFile { path, digest: self.digest() },
            3 => Note::KeyInput { path },
            4 => Note::NotCaptured { path, why: self.text() },
            5 => Note::Folder { path },
            6 => Note::NotSeen { path, why: self.text() },
            7 => Note::ByChange { path },
            8 => Note::InputChanged { path },
            9 => Note::InputChangedWhileItRan { path },
            10 => Note::CodeChanged { path },
            11 => Note::CodeWrittenAgain { path },
            12 => Note::MoreChanged { path, files: self.whole() },
            13 => Note::NotCompared { path, why: self.text() },
            14 => Note::InputTouchedWhileItRan { path },
            15 => Note::CodeChangedBeforeItEnded { path },
            16 => Note::CodeWrittenBeforeItEnded { path },
            17 => Note::OutputNotWritten { path },
            18 => Note::MoreNotWritten { path, files: self.whole() },
            19 => Note::OutputShared { path, handle: self.text() },
            20 => Note::MoreShared { path, runs: self.whole() },
            _ => Note::Special { path, what: self.text() },
        }
    }

    /// A fact of that kind.
    pub(crate) fn fact(&mut self, kind: &str) -> Fact {
        match kind {
            "home.created" => HomeCreated { home: HomeId::from_u128(self.id()), hven_version: self.text() }.into(),
            "user.added" => {
                let email = self.maybe(Self::text);
                user::Added { user: UserId::from_u128(self.id()), name: self.text(), email }.into()
            }
            "project.added" => project::Added { path: self.project() }.into(),
            "role.granted" => RoleGranted {
                project: self.scope(),
                user: UserId::from_u128(self.id()),
                role: self.one_of(&Role::ALL),
                may_run_as_server: self.flag(),
            }
            .into(),
            "role.revoked" => RoleRevoked { project: self.scope(), user: UserId::from_u128(self.id()) }.into(),
            "token.issued" => TokenIssued {
                token: TokenId::from_u128(self.id()),
                user: UserId::from_u128(self.id()),
                name: self.text(),
                digest: self.digest(),
                expires: self.maybe(Self::time),
            }
            .into(),
            "token.revoked" => TokenRevoked { token: TokenId::from_u128(self.id()) }.into(),
            "session.opened" => SessionOpened {
                session: TokenId::from_u128(self.id()),
                user: UserId::from_u128(self.id()),
                opened_by: TokenId::from_u128(self.id()),
                digest: self.digest(),
                expires: self.time(),
            }
            .into(),
            "session.ended" => SessionEnded { session: TokenId::from_u128(self.id()) }.into(),
            "run.capture_noted" => Noted { run: self.run(), notes: self.some(Self::note) }.into(),
            "run.metrics_added_after_end" => {
                let (run, points, original) = (self.run(), self.some(Self::point), self.original());
                MetricsAdded { run, points, original }.into()
            }
            "run.params_added_after_end" => {
                let params = self.some(|g| (g.text(), g.json(hven_core::limits::NESTING_MAX)));
                ParamsAdded { run: self.run(), params: params.into_iter().collect(), original: self.original() }.into()
            }
            "run.message_set_aside" => MessageSetAside {
                attempt: self.attempt(),
                message: Aside {
                    what: self.text(),
                    why: self.text(),
                    bytes: self.whole(),
                    digest: self.digest(),
                    excerpt: self.text(),
                    more: self.whole(),
                },
            }
            .into(),
            "runner.enrolled" => Enrolled {
                runner: RunnerId::from_u128(self.id()),
                pool: self.text(),
                host: self.text(),
                capacity: self.resources(),
                version: self.text(),
            }
            .into(),
            "runner.gone" => Gone { runner: RunnerId::from_u128(self.id()), evidence: self.text() }.into(),
            "run.submitted" => Submitted {
                run: self.run(),
                handle: Handle { count: self.whole() % (1 << 40) },
                project: self.project(),
                name: self.maybe(Self::text),
                spec: self.spec(),
                launch: self.text(),
                cache_key: self.maybe(Self::digest),
                purpose: self.maybe(Self::purpose),
                tolerances: self.tolerances(),
                absent: self.maybe(|g| g.some(Self::digest).into_iter().collect()),
            }
            .into(),
            "run.started" => Started { attempt: self.attempt(), runner: RunnerId::from_u128(self.id()) }.into(),
            "run.process_started" => ProcessStarted { attempt: self.attempt(), at: self.time() }.into(),
            "run.attempt_ended" => {
                AttemptEnded { attempt: self.attempt(), result: self.result(), retry_because: self.text() }.into()
            }
            "run.cancel_requested" => CancelRequested { run: self.run() }.into(),
            "run.finished" => {
                Finished { run: self.run(), attempt: self.maybe(Self::small), result: self.result() }.into()
            }
            "run.params_logged" => {
                let params = self.some(|g| (g.text(), g.json(hven_core::limits::NESTING_MAX)));
                let of = match self.below(3) {
                    0 => Origin::Given,
                    1 => Origin::Attempt(self.small()),
                    _ => Origin::NotKnown,
                };
                ParamsLogged { run: self.run(), of, params: params.into_iter().collect() }.into()
            }
            "run.software_captured" => SoftwareCaptured {
                run: self.run(),
                software: Software {
                    interpreter: self.maybe(Self::text),
                    version: self.maybe(Self::text),
                    packages: self.texts(),
                    platform: self.maybe(Self::text),
                },
            }
            .into(),
            "run.part_sealed" => PartSealed {
                attempt: self.attempt(),
                stream: self.text(),
                part: self.small(),
                from: self.whole(),
                to: self.whole(),
                rows: self.whole(),
                object: self.digest(),
                object_bytes: self.whole(),
                summary: self.some(|g| MetricSummary {
                    key: g.text(),
                    points: g.whole(),
                    last: g.number(),
                    last_step: g.signed(),
                    last_time: g.time(),
                    min: g.maybe(Self::float),
                    max: g.maybe(Self::float),
                }),
            }
            .into(),
            "run.reproduced" => Reproduced {
                run: self.run(),
                again: self.maybe(Self::run),
                level: self.one_of(&Level::ALL),
                because: self.maybe(Self::text),
                comparison: self.maybe(Self::digest),
                counts: Counts { same_bytes: self.whole(), same_within: self.whole(), differs: self.whole() },
                metrics_compared: self.maybe(Self::whole),
                metrics: self.some(|g| MetricComparison { key: g.text(), likeness: g.likeness() }),
                printed: self.maybe(|g| PrintedComparison { stdout: g.printed(), stderr: g.printed() }),
                surroundings: self.some(Self::text),
            }
            .into(),
            "run.tagged" => {
                let (added, removed) = (self.some(Self::tag), self.some(Self::tag));
                let (added, removed) = (added.into_iter().collect(), removed.into_iter().collect());
                Tagged { run: self.run(), added, removed }.into()
            }
            "run.noted" => labels::Noted { run: self.run(), text: self.text() }.into(),
            "run.archived" => labels::Archived { run: self.run(), archived: self.flag() }.into(),
            "dataset.version_added" => VersionAdded {
                dataset: DatasetId::from_u128(self.id()),
                project: self.project(),
                name: self.name(),
                version: self.small(),
                run: self.run(),
                source: self.maybe(Self::file),
                content: self.file(),
                report: self.digest(),
                rows: self.whole(),
                columns: self.small(),
                problems: self.whole(),
                checks_failed: self.small(),
                license: self.maybe(Self::text),
                description: self.maybe(Self::text),
            }
            .into(),
            "dataset.split_added" => SplitAdded {
                dataset: DatasetId::from_u128(self.id()),
                name: self.name(),
                run: self.run(),
                method: self.text(),
                parts: self.some(|g| Part { name: g.name(), rows: g.whole(), content: g.file(), hold_out: g.flag() }),
            }
            .into(),
            "dataset.hold_out_read" => HoldOutRead {
                dataset: DatasetId::from_u128(self.id()),
                part: self.maybe(Self::name),
                by: if self.flag() { Reader::Run(self.run()) } else { Reader::User(UserId::from_u128(self.id())) },
            }
            .into(),
            "law.candidate_chosen" => {
                CandidateChosen { run: self.run(), candidate: self.text(), because: self.text() }.into()
            }
            "claim.stated" => Stated {
                claim: ClaimId::from_u128(self.id()),
                project: self.project(),
                name: self.name(),
                statement: self.text(),
                test: self.text(),
                grammar: self.small(),
                evidence: self.some(|g| if g.flag() { Evidence::Step(g.name()) } else { Evidence::Run(g.run()) }),
                revision: self.small(),
            }
            .into(),
            "claim.judged" => Judged {
                claim: ClaimId::from_u128(self.id()),
                revision: self.small(),
                verdict: self.one_of(&Verdict::ALL),
                because: self.text(),
                test: self.text(),
                filled_in: self.text(),
                evidence: self.some(Self::run),
                quantities: self.some(|g| (g.text(), g.number())).into_iter().collect(),
                ledger: self.ledger(),
            }
            .into(),
            "soundness.retracted" => Retracted { node: self.node(), because: self.text() }.into(),
            "soundness.independence_asserted" => {
                IndependenceAsserted { of: self.node(), on: self.node(), because: self.text() }.into()
            }
            "soundness.suspicion_overridden" => {
                SuspicionOverridden { node: self.node(), by: self.node(), because: self.text() }.into()
            }
            "soundness.run_repaired" => RunRepaired {
                run: self.run(),
                by: self.run(),
                retracted: self.node(),
                replaced_by: self.maybe(Self::node),
            }
            .into(),
            "publication.made" => Made {
                publication: PublicationId::from_u128(self.id()),
                project: self.project(),
                name: self.name(),
                version: self.small(),
                supersedes: self.maybe(|g| PublicationId::from_u128(g.id())),
                identifier: self.text(),
                title: self.text(),
                claims: self.some(|g| ClaimId::from_u128(g.id())),
                evidence: self.some(Self::run),
                state: self.digest(),
                fingerprint: self.digest(),
                archive: self.digest(),
                archive_bytes: self.whole(),
                page: self.digest(),
                description: self.digest(),
                files: self.whole(),
                bytes: self.whole(),
                withheld: self.some(|g| WithheldFile { path: g.text(), digest: g.digest(), because: g.text() }),
            }
            .into(),
            "crate.imported" => Imported {
                fingerprint: self.digest(),
                identifier: self.text(),
                version: self.small(),
                title: self.text(),
                publisher: self.text(),
                description: self.digest(),
                project: self.project(),
                nodes: self.some(|g| ImportedNode { node: g.node(), name: g.text() }),
            }
            .into(),
            "objects.collected" => {
                Collected { digests: self.some(Self::digest), bytes: self.whole(), older_than: self.time() }.into()
            }
            "payload.erased" => PayloadErased { seq: self.whole(), because: self.text() }.into(),
            "stream.erased" => {
                StreamErased { attempt: self.attempt(), stream: self.text(), because: self.text() }.into()
            }
            "object.erased" => ObjectErased { digest: self.digest(), because: self.text() }.into(),
            other => panic!("facts of the kind {other} are not generated: add an arm here"),
        }
    }
}
