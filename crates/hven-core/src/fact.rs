//! The index of everything that can happen on Hven.
//!
//! A fact says that something happened; it is never changed. Each kind has a name, a version and a payload type that
//! lives in its noun's file. There are no schema migrations: Hven writes the newest version and reads all. To add a
//! kind, add a line here and a type there.
//!
//! A released payload never changes. To change one, give the old type a name of its own (`…V1`), raise the version, list
//! the old one behind it, `version 2 (1 => noun::ThingV1)`, and write how the old becomes the new: `From<ThingV1> for
//! Thing`. The record keeps the bytes and the version as they were written; only what is read is upgraded. The subject
//! of a kind stays the same in all its versions, because it stands in the header.

use serde::{Deserialize, Serialize};

use crate::{
    ActorId, Malformed, Time, access, additions, capture, catalogue, claim, labels, law, object, project, publication,
    reproduction, run, runner, set_aside, soundness, user,
};

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident($payload:ty) = $kind:literal
        version $version:literal $(($($older:literal => $older_payload:ty),+))?, about $subject:expr;)*) => {
        /// One thing that happened.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $($(#[$doc])* $name($payload),)*
        }

        impl Fact {
            /// Every kind, with its newest version.
            pub const KINDS: &'static [(&'static str, u16)] = &[$(($kind, $version)),*];
            /// Every version of every kind that was ever released.
            pub const VERSIONS: &'static [(&'static str, u16)] =
                &[$($($(($kind, $older),)+)? ($kind, $version)),*];

            /// Whether facts of this kind and version can be read.
            pub fn is_known(kind: &str, version: u16) -> bool {
                Self::VERSIONS.contains(&(kind, version))
            }

            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => $kind,)* }
            }
            pub fn version(&self) -> u16 {
                match self { $(Self::$name(_) => $version,)* }
            }
            /// What the fact is about, as 128 opaque bits: a run, a user, a runner. It stands in the header and stays
            /// when the payload is erased.
            pub fn subject(&self) -> Option<u128> {
                match self { $(Self::$name(payload) => { let about: fn(&$payload) -> Option<u128> = $subject; about(payload) })* }
            }
            /// The payload as the exact bytes that are kept: JSON.
            pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
                let mut bytes = Vec::with_capacity(USUAL_BYTES);
                match self { $(Self::$name(payload) => serde_json::to_writer(&mut bytes, payload),)* }
                    .map(|()| bytes)
                    .map_err(|e| Malformed::Payload { kind: self.kind().to_owned(), version: self.version(), why: e.to_string() })
            }
            /// Reads a payload of any known version; what an older one says is told as the newest would.
            pub fn decode(kind: &str, version: u16, payload: &[u8]) -> Result<Self, Malformed> {
                let malformed = |why: String| Malformed::Payload { kind: kind.to_owned(), version, why };
                let unreadable = |e: serde_json::Error| malformed(e.to_string());
                // Looked at once here, and not for each string by itself.
                let payload = std::str::from_utf8(payload).map_err(|e| malformed(e.to_string()))?;
                match (kind, version) {
                    $(
                        ($kind, $version) => serde_json::from_str(payload).map(Self::$name).map_err(unreadable),
                        $($(($kind, $older) => serde_json::from_str::<$older_payload>(payload)
                            .map(|older| Self::$name(older.into()))
                            .map_err(unreadable),)+)?
                    )*
                    _ => Err(Malformed::UnknownFact { kind: kind.to_owned(), version }),
                }
            }
        }

        $(impl From<$payload> for Fact {
            fn from(payload: $payload) -> Self {
                Self::$name(payload)
            }
        })*
    };
}

// A fact takes as much room as the largest payload, and a batch of facts is moved from thread to thread: the two large ones
// stand behind a pointer.
impl From<run::Submitted> for Fact {
    fn from(payload: run::Submitted) -> Self {
        Self::RunSubmitted(Box::new(payload))
    }
}
impl From<catalogue::VersionAdded> for Fact {
    fn from(payload: catalogue::VersionAdded) -> Self {
        Self::DatasetVersionAdded(Box::new(payload))
    }
}

/// Room for the payload of most facts.
const USUAL_BYTES: usize = 512;

facts! {
    /// The home was made: always the first fact.
    HomeCreated(HomeCreated) = "home.created" version 1, about |p| Some(p.home.as_u128());
    UserAdded(user::Added) = "user.added" version 1, about |p| Some(p.user.as_u128());
    ProjectAdded(project::Added) = "project.added" version 1, about |_| None;
    RoleGranted(access::RoleGranted) =
        "role.granted" version 2 (1 => access::RoleGrantedV1), about |p| Some(p.user.as_u128());
    RoleRevoked(access::RoleRevoked) = "role.revoked" version 1, about |p| Some(p.user.as_u128());
    TokenIssued(access::TokenIssued) = "token.issued" version 1, about |p| Some(p.token.as_u128());
    TokenRevoked(access::TokenRevoked) = "token.revoked" version 1, about |p| Some(p.token.as_u128());
    SessionOpened(access::SessionOpened) = "session.opened" version 1, about |p| Some(p.session.as_u128());
    SessionEnded(access::SessionEnded) = "session.ended" version 1, about |p| Some(p.session.as_u128());
    RunnerEnrolled(runner::Enrolled) = "runner.enrolled" version 1, about |p| Some(p.runner.as_u128());
    RunnerGone(runner::Gone) = "runner.gone" version 1, about |p| Some(p.runner.as_u128());
    RunSubmitted(Box<run::Submitted>) =
        "run.submitted" version 2 (1 => run::SubmittedV1), about |p| Some(p.run.as_u128());
    RunStarted(run::Started) = "run.started" version 1, about |p| Some(p.attempt.run.as_u128());
    RunProcessStarted(run::ProcessStarted) =
        "run.process_started" version 1, about |p| Some(p.attempt.run.as_u128());
    RunAttemptEnded(run::AttemptEnded) = "run.attempt_ended" version 1, about |p| Some(p.attempt.run.as_u128());
    RunCancelRequested(run::CancelRequested) = "run.cancel_requested" version 1, about |p| Some(p.run.as_u128());
    RunFinished(run::Finished) = "run.finished" version 1, about |p| Some(p.run.as_u128());
    RunParamsLogged(run::ParamsLogged) =
        "run.params_logged" version 2 (1 => run::ParamsLoggedV1), about |p| Some(p.run.as_u128());
    /// What was left out when code and inputs were taken down, with the submission.
    RunCaptureNoted(capture::Noted) =
        "run.capture_noted" version 2 (1 => capture::NotedV1), about |p| Some(p.run.as_u128());
    RunSoftwareCaptured(run::SoftwareCaptured) = "run.software_captured" version 1, about |p| Some(p.run.as_u128());
    RunPartSealed(run::PartSealed) = "run.part_sealed" version 1, about |p| Some(p.attempt.run.as_u128());
    /// Somebody added to a run that had ended: it is not part of what the run measured.
    RunMetricsAdded(additions::MetricsAdded) =
        "run.metrics_added_after_end" version 1, about |p| Some(p.run.as_u128());
    RunParamsAdded(additions::ParamsAdded) = "run.params_added_after_end" version 1, about |p| Some(p.run.as_u128());
    /// What was said about a run and could not be taken in.
    RunMessageSetAside(set_aside::MessageSetAside) =
        "run.message_set_aside" version 1, about |p| Some(p.attempt.run.as_u128());
    RunReproduced(reproduction::Reproduced) =
        "run.reproduced" version 2 (1 => reproduction::ReproducedV1), about |p| Some(p.run.as_u128());
    RunTagged(labels::Tagged) = "run.tagged" version 1, about |p| Some(p.run.as_u128());
    RunNoted(labels::Noted) = "run.noted" version 1, about |p| Some(p.run.as_u128());
    RunArchived(labels::Archived) = "run.archived" version 1, about |p| Some(p.run.as_u128());
    DatasetVersionAdded(Box<catalogue::VersionAdded>) = "dataset.version_added" version 1, about |p| Some(p.dataset.as_u128());
    DatasetSplitAdded(catalogue::SplitAdded) = "dataset.split_added" version 1, about |p| Some(p.dataset.as_u128());
    DatasetHoldOutRead(catalogue::HoldOutRead) = "dataset.hold_out_read" version 1, about |p| Some(p.dataset.as_u128());
    LawCandidateChosen(law::CandidateChosen) = "law.candidate_chosen" version 1, about |p| Some(p.run.as_u128());
    ClaimStated(claim::Stated) = "claim.stated" version 1, about |p| Some(p.claim.as_u128());
    ClaimJudged(claim::Judged) =
        "claim.judged" version 2 (1 => claim::JudgedV1), about |p| Some(p.claim.as_u128());
    NodeRetracted(soundness::Retracted) = "soundness.retracted" version 1, about |p| Some(p.node.id());
    IndependenceAsserted(soundness::IndependenceAsserted) =
        "soundness.independence_asserted" version 1, about |p| Some(p.of.id());
    SuspicionOverridden(soundness::SuspicionOverridden) =
        "soundness.suspicion_overridden" version 1, about |p| Some(p.node.id());
    RunRepaired(soundness::RunRepaired) = "soundness.run_repaired" version 1, about |p| Some(p.run.as_u128());
    PublicationMade(publication::Made) = "publication.made" version 1, about |p| Some(p.publication.as_u128());
    /// A publication from elsewhere was brought in, with all that it rests on.
    CrateImported(publication::Imported) = "crate.imported" version 1, about |_| None;
    ObjectsCollected(object::Collected) = "objects.collected" version 1, about |_| None;
    /// A payload was erased: the chain still verifies, the views show a tombstone.
    PayloadErased(PayloadErased) = "payload.erased" version 1, about |_| None;
    /// A span of a stream was erased, for what a script should not have printed.
    StreamErased(StreamErased) = "stream.erased" version 1, about |p| Some(p.attempt.run.as_u128());
    /// An object's bytes were erased.
    ObjectErased(ObjectErased) = "object.erased" version 1, about |_| None;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeCreated {
    pub home: crate::HomeId,
    pub hven_version: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PayloadErased {
    /// The sequence number of the fact whose payload is gone.
    pub seq: u64,
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamErased {
    pub attempt: crate::AttemptId,
    pub stream: String,
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectErased {
    pub digest: crate::Digest,
    pub because: String,
}

/// Facts that are to be recorded together, all or none, by one actor.
#[derive(Clone, Debug)]
pub struct Batch {
    pub time: Time,
    pub actor: ActorId,
    /// The same key, actor and batch twice are one: the second is answered with what the first recorded.
    pub key: Option<String>,
    pub facts: Vec<Fact>,
}

impl Batch {
    pub fn new(time: Time, actor: ActorId, facts: Vec<Fact>) -> Self {
        Self { time, actor, key: None, facts }
    }
    #[must_use]
    pub fn with_key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HomeId;

    #[test]
    fn facts_round_trip_and_unknown_ones_are_refused() {
        let fact = Fact::from(HomeCreated { home: HomeId::from_u128(5), hven_version: "0.1.0".to_owned() });
        let bytes = fact.encode().expect("facts encode");
        assert_eq!(Fact::decode(fact.kind(), fact.version(), &bytes), Ok(fact.clone()));
        assert_eq!(fact.subject(), Some(5));
        assert!(matches!(Fact::decode("home.created", 2, &bytes), Err(Malformed::UnknownFact { .. })));
        assert!(matches!(Fact::decode("home.burnt", 1, &bytes), Err(Malformed::UnknownFact { .. })));
        assert!(matches!(Fact::decode("home.created", 1, b"{}"), Err(Malformed::Payload { .. })));
    }

    #[test]
    fn kinds_are_unique() {
        for table in [Fact::KINDS, Fact::VERSIONS] {
            let mut sorted: Vec<_> = table.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), table.len());
        }
    }

    /// As Hven 0.1 wrote it.
    const SUBMITTED_V1: &str = concat!(
        r#"{"run":"00000000000000000000000000000007","handle":"ZY5W","project":"astro","name":null,"#,
        r#""spec":{"argv":["true"],"cwd":"/work","umask":18,"environment":{},"secrets":[],"#,
        r#""resources":{"cpus":1,"memory_bytes":0},"#,
        r#""limits":{"wall_s":null,"memory_bytes":null,"output_bytes":null,"grace_s":10.0},"#,
        r#""inputs":[{"path":"a.csv","digest":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""size":3,"kind":"file"}],"outputs":[],"code":null,"retries_max":0},"#,
        r#""launch":"","cache_key":null}"#,
    );

    /// With nothing compared it was called the same bytes.
    const REPRODUCED_V1: &str = concat!(
        r#"{"run":"00000000000000000000000000000007","again":"00000000000000000000000000000008","level":"same_bytes","#,
        r#""counts":{"same_bytes":0,"same_within":0,"differs":0}}"#,
    );

    /// Runs were counted by their name alone.
    const JUDGED_V1: &str = concat!(
        r#"{"claim":"00000000000000000000000000000007","revision":1,"verdict":"holds","because":"the test is true","#,
        r#""test":"x > 0","filled_in":"1 > 0","evidence":[],"quantities":{},"#,
        r#""ledger":{"runs":2,"designs":0,"hold_out_reads":1}}"#,
    );

    /// One payload, as it was written, of each version that is no longer written, and what is read from it.
    fn older_payloads() -> Vec<(&'static str, u16, &'static str, Fact)> {
        let project = |path: &str| access::Scope::Project(path.parse().expect("a path"));
        let granted = |project, role| {
            Fact::from(access::RoleGranted {
                project,
                user: crate::UserId::from_u128(7),
                role,
                may_run_as_server: false,
            })
        };
        let submitted = |spec| {
            Fact::from(run::Submitted {
                run: crate::RunId::from_u128(7),
                handle: crate::handle::Handle { count: 1 },
                project: "astro".parse().expect("a path"),
                name: None,
                spec,
                launch: String::new(),
                cache_key: None,
                purpose: None,
                tolerances: Default::default(),
                absent: None,
            })
        };
        let input = object::FileRef {
            path: "a.csv".to_owned(),
            digest: crate::Digest::ZERO,
            size: 3,
            kind: object::FileKind::File,
        };
        vec![
            (
                "run.submitted",
                1,
                SUBMITTED_V1,
                submitted(run::Spec { inputs: vec![input], ..run::Spec::of_command(vec!["true".to_owned()], "/work") }),
            ),
            (
                "role.granted",
                1,
                r#"{"project":"home","user":"00000000000000000000000000000007","role":"owner"}"#,
                granted(access::Scope::Home, access::Role::Owner),
            ),
            (
                "role.granted",
                1,
                r#"{"project":{"project":"astro/kepler"},"user":"00000000000000000000000000000007","role":"member"}"#,
                granted(project("astro/kepler"), access::Role::Member),
            ),
            (
                "run.capture_noted",
                1,
                r#"{"run":"00000000000000000000000000000007","notes":[{"kind":"key_input","path":"id_rsa"}]}"#,
                Fact::from(capture::Noted {
                    run: crate::RunId::from_u128(7),
                    notes: vec![capture::Note::KeyInput { path: "id_rsa".to_owned() }],
                }),
            ),
            (
                "run.params_logged",
                1,
                r#"{"run":"00000000000000000000000000000007","params":{"lr":0.1}}"#,
                Fact::from(run::ParamsLogged {
                    run: crate::RunId::from_u128(7),
                    of: crate::params::Origin::NotKnown,
                    params: [("lr".to_owned(), 0.1.into())].into(),
                }),
            ),
            (
                "claim.judged",
                1,
                JUDGED_V1,
                Fact::from(claim::Judged {
                    claim: crate::ClaimId::from_u128(7),
                    revision: 1,
                    verdict: claim::Verdict::Holds,
                    because: "the test is true".to_owned(),
                    test: "x > 0".to_owned(),
                    filled_in: "1 > 0".to_owned(),
                    evidence: Vec::new(),
                    quantities: Default::default(),
                    ledger: claim::Ledger { runs: 2, hold_out_reads: 1, ..claim::Ledger::default() },
                }),
            ),
            (
                "run.reproduced",
                1,
                REPRODUCED_V1,
                Fact::from(reproduction::Reproduced {
                    run: crate::RunId::from_u128(7),
                    again: Some(crate::RunId::from_u128(8)),
                    level: reproduction::Level::NothingToCompare,
                    because: Some(crate::recorded::Recorded::NothingCompared.to_string()),
                    comparison: None,
                    counts: reproduction::Counts::default(),
                    metrics_compared: Some(0),
                    metrics: Vec::new(),
                    printed: None,
                    surroundings: Vec::new(),
                }),
            ),
        ]
    }

    #[test]
    fn every_version_that_was_released_is_read() {
        let older = older_payloads();
        for (kind, version) in Fact::VERSIONS.iter().filter(|version| !Fact::KINDS.contains(version)) {
            assert!(
                older.iter().any(|(k, v, _, _)| (k, v) == (kind, version)),
                "add a payload of {kind} version {version} to older_payloads"
            );
        }
        for (kind, version, payload, expect) in older {
            let read = Fact::decode(kind, version, payload.as_bytes()).expect("an older payload is read");
            assert_eq!(read, expect);
            assert_eq!((read.kind(), read.subject()), (kind, expect.subject()));
            assert!(Fact::is_known(kind, version) && read.version() > version);
            assert!(!Fact::is_known(kind, read.version() + 1) && !Fact::is_known(kind, 0));
        }
    }

    #[test]
    fn versions_count_on_from_one() {
        for (kind, newest) in Fact::KINDS {
            let mut known: Vec<u16> = Fact::VERSIONS.iter().filter(|(k, _)| k == kind).map(|(_, v)| *v).collect();
            known.sort_unstable();
            assert_eq!(known, (1..=*newest).collect::<Vec<_>>(), "{kind}");
        }
    }
}
