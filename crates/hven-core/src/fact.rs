//! The index of all facts of Hven.
//!
//! A fact records that something happened; it is never changed. Each kind has a name, a version and a payload type, which are
//! declared in the file of its noun; the list of the nouns is in `lib.rs`, and this file makes [`Fact`] from it. There are no
//! schema migrations: Hven writes the newest version and reads all versions.
//!
//! A released payload never changes. To change a payload, give the old type its own name (`…V1`), increase the version, list
//! the old type after it, `version 2 (1 => $crate::noun::ThingV1)`, and write the conversion: `From<ThingV1> for Thing`. The
//! record keeps the bytes and the version as they were written; a fact is upgraded when it is read. The subject of a kind stays
//! the same in all its versions, because it is in the header.

use crate::{
    ActorId, Malformed, Time, catalogue,
    named_objects::NamedObject,
    run,
    sample::{Generator, Sampled},
    subject::Subject,
    trace::Trace,
};

pub use crate::{
    erasure::{ObjectErased, PayloadErased, StreamErased},
    home::HomeCreated,
};

macro_rules! export {
    (($d:tt) $($fact:tt)*) => {
        /// Passes the names of all facts with their payloads to a macro, `Name(Payload);` each. So code that matches on all
        /// facts need not list them.
        #[macro_export]
        macro_rules! for_every_fact {
            ($d then:ident) => {
                $d then! { $($fact)* }
            };
        }
    };
}

macro_rules! facts {
    ($(facts { $($(#[$doc:meta])* $name:ident($payload:ty) = $kind:literal
        version $version:literal $(($($older:literal => $older_payload:ty),+))?,
        about $subject:expr $(, objects $objects:path)? $(, trace $trace:path)?;)* } nodes $nodes:tt subjects $subjects:tt)*) => {
        /// One recorded event.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $($($(#[$doc])* $name($payload),)*)*
        }

        export! { ($) $($($name($payload);)*)* }

        /// The kinds of facts by their names, so that a misspelt kind does not compile.
            #[allow(non_upper_case_globals, reason = "they have the names of the facts")]
        pub mod kind {
            $($(pub const $name: &str = $kind;)*)*
        }

        impl Fact {
            /// Every kind, with its newest version.
            pub const KINDS: &'static [(&'static str, u16)] = &[$($(($kind, $version),)*)*];
            /// Every version of every kind that was ever released.
            pub const VERSIONS: &'static [(&'static str, u16)] =
                &[$($($($(($kind, $older),)+)? ($kind, $version),)*)*];

            /// Whether facts of this kind and version can be read.
            pub fn is_known(kind: &str, version: u16) -> bool {
                Self::VERSIONS.contains(&(kind, version))
            }

            pub fn kind(&self) -> &'static str {
                match self { $($(Self::$name(_) => $kind,)*)* }
            }
            pub fn version(&self) -> u16 {
                match self { $($(Self::$name(_) => $version,)*)* }
            }
            /// The subject of the fact: a run, a user, a runner.
            pub fn subject(&self) -> Option<Subject> {
                match self {
                    $($(Self::$name(payload) => {
                        let about: fn(&$payload) -> Option<Subject> = $subject;
                        about(payload)
                    })*)*
                }
            }
            /// The subject as it is stored in the header.
            pub fn subject_bits(&self) -> Option<u128> {
                self.subject().map(Subject::bits)
            }
            /// Calls `look` for every object that the fact names, each as often as it is named.
            #[allow(unused_variables, reason = "most facts name no object")]
            pub fn each_object<'a>(&'a self, look: &mut dyn FnMut(NamedObject<'a>)) {
                match self {
                    $($(Self::$name(payload) => { $($objects(payload, look);)? })*)*
                }
            }
            /// Its trace in the lineage; most facts have none.
            #[allow(unused_variables, reason = "most facts have no trace")]
            pub fn trace(&self) -> Trace {
                match self {
                    $($(Self::$name(payload) => {
                        let trace: Option<Trace> = None;
                        $(let trace = Some($trace(payload));)?
                        trace.unwrap_or_default()
                    })*)*
                }
            }
            /// A fact of that kind, made from a seed; `None` when the kind is unknown.
            pub fn sample(kind: &str, generator: &mut Generator) -> Option<Self> {
                match kind {
                    $($($kind => Some(Self::$name(<$payload>::sample(generator))),)*)*
                    _ => None,
                }
            }
            /// The payload as the exact stored bytes: JSON.
            pub fn encode(&self) -> Result<Vec<u8>, Malformed> {
                let mut bytes = Vec::with_capacity(USUAL_BYTES);
                match self { $($(Self::$name(payload) => serde_json::to_writer(&mut bytes, payload),)*)* }
                    .map(|()| bytes)
                    .map_err(|e| Malformed::Payload { kind: self.kind().to_owned(), version: self.version(), why: e.to_string() })
            }
            /// Reads a payload of any known version; an older one is converted to the newest version.
            pub fn decode(kind: &str, version: u16, payload: &[u8]) -> Result<Self, Malformed> {
                let malformed = |why: String| Malformed::Payload { kind: kind.to_owned(), version, why };
                let unreadable = |e: serde_json::Error| malformed(e.to_string());
                // Checked here once for the whole payload, and not for each string.
                let payload = std::str::from_utf8(payload).map_err(|e| malformed(e.to_string()))?;
                match (kind, version) {
                    $($(
                        ($kind, $version) => serde_json::from_str(payload).map(Self::$name).map_err(unreadable),
                        $($(($kind, $older) => serde_json::from_str::<$older_payload>(payload)
                            .map(|older| Self::$name(older.into()))
                            .map_err(unreadable),)+)?
                    )*)*
                    _ => Err(Malformed::UnknownFact { kind: kind.to_owned(), version }),
                }
            }
        }

        $($(impl From<$payload> for Fact {
            fn from(payload: $payload) -> Self {
                Self::$name(payload)
            }
        })*)*
    };
}

crate::every_noun! { facts }

// Every fact has the size of the largest payload, and a batch of facts is moved between threads: so the two large payloads are
// behind a pointer.
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

/// Enough space for the payload of most facts.
const USUAL_BYTES: usize = 512;

/// Facts that one actor records together: all or none.
#[derive(Clone, Debug)]
pub struct Batch {
    pub time: Time,
    pub actor: ActorId,
    /// The same batch with the same key and actor is recorded once: the second time the answer is the recorded result of the
    /// first.
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
    use crate::{HomeId, access, capture, claim, object, reproduction};

    #[test]
    fn facts_round_trip_and_unknown_ones_are_refused() {
        let fact = Fact::from(HomeCreated { home: HomeId::from_u128(5), hven_version: "0.1.0".to_owned() });
        let bytes = fact.encode().expect("facts encode");
        assert_eq!(Fact::decode(fact.kind(), fact.version(), &bytes), Ok(fact.clone()));
        assert_eq!(fact.subject(), Some(Subject::Home(HomeId::from_u128(5))));
        assert_eq!(fact.subject_bits(), Some(5));
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

    /// Without any comparison the level was `same_bytes`.
    const REPRODUCED_V1: &str = concat!(
        r#"{"run":"00000000000000000000000000000007","again":"00000000000000000000000000000008","level":"same_bytes","#,
        r#""counts":{"same_bytes":0,"same_within":0,"differs":0}}"#,
    );

    /// Runs were counted only by their name.
    const JUDGED_V1: &str = concat!(
        r#"{"claim":"00000000000000000000000000000007","revision":1,"verdict":"holds","because":"the test is true","#,
        r#""test":"x > 0","filled_in":"1 > 0","evidence":[],"quantities":{},"#,
        r#""ledger":{"runs":2,"designs":0,"hold_out_reads":1}}"#,
    );

    /// For each version that is no longer written: one payload as it was written, and the fact that is read from it.
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
                task: None,
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
                "payload.erased",
                1,
                r#"{"seq":7,"because":"a name"}"#,
                Fact::from(PayloadErased { seq: 7, because: "a name".to_owned(), trace: None }),
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
    fn every_released_version_can_be_read() {
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
