//! Deliberate mistakes, which the simulation must find.

use std::{fmt::Debug, time::Duration};

use hven_app::ports::engine::{Engine, EngineAction, EngineEvent, EngineStanding, SharingRules, WaitReason};
use hven_compute::fair_share::FairShare;
use hven_core::{RunId, Time, resources::Resources};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    None,
    // Mistakes of the engine.
    NeverSendsAgain,
    NeverForgets,
    DoesNotSeeWhatRunnersHold,
    RetriesTooOften,
    NeverRetries,
    CountsCapacityTwice,
    PlacesTwice,
    IgnoresCancellations,
    NeverTicks,
    StartsHeldRuns,
    StartsBeforeOthersSucceed,
    NeverReleases,
    // Mistakes of the server.
    AcceptsStaleAttaches,
    TreatsSilenceAsDeath,
    LeavesProcessesAlive,
    IgnoresLeftovers,
}

impl Mistake {
    pub(super) const ALL: [Self; 16] = [
        Self::NeverSendsAgain,
        Self::NeverForgets,
        Self::DoesNotSeeWhatRunnersHold,
        Self::RetriesTooOften,
        Self::NeverRetries,
        Self::CountsCapacityTwice,
        Self::PlacesTwice,
        Self::IgnoresCancellations,
        Self::NeverTicks,
        Self::StartsHeldRuns,
        Self::StartsBeforeOthersSucceed,
        Self::NeverReleases,
        Self::AcceptsStaleAttaches,
        Self::TreatsSilenceAsDeath,
        Self::LeavesProcessesAlive,
        Self::IgnoresLeftovers,
    ];

    pub(super) fn engine(self, prefetch_window: Option<Duration>) -> Box<dyn Audited> {
        let rules = SharingRules { prefetch_window, ..SharingRules::default() };
        Box::new(Mistaken { engine: FairShare::new(rules), mistake: self })
    }
}

/// An engine whose state can be checked.
pub(super) trait Audited: Engine + Debug {
    fn audit(&self) -> Result<(), String>;
}

#[derive(Debug)]
struct Mistaken {
    engine: FairShare,
    mistake: Mistake,
}

impl Audited for Mistaken {
    fn audit(&self) -> Result<(), String> {
        self.engine.audit()
    }
}

impl Engine for Mistaken {
    fn on_event(&mut self, mut event: EngineEvent, now: Time) -> Vec<EngineAction> {
        match (&mut event, self.mistake) {
            (EngineEvent::RunnerAttached { holds, .. }, Mistake::DoesNotSeeWhatRunnersHold) => holds.clear(),
            (EngineEvent::RunnerAttached { capacity, .. }, Mistake::CountsCapacityTwice) => capacity.cpus *= 2,
            (
                EngineEvent::Submitted { retries_max, .. } | EngineEvent::Resumed { retries_max, .. },
                Mistake::RetriesTooOften,
            ) => {
                *retries_max = retries_max.map(|retries| retries + 1);
            }
            (
                EngineEvent::Submitted { retries_max, .. } | EngineEvent::Resumed { retries_max, .. },
                Mistake::NeverRetries,
            ) => {
                *retries_max = retries_max.map(|_| 0);
            }
            (EngineEvent::Submitted { queueing, .. }, Mistake::StartsHeldRuns) => queueing.held = false,
            (EngineEvent::Submitted { queueing, .. }, Mistake::StartsBeforeOthersSucceed) => queueing.after.clear(),
            (EngineEvent::CancelRequested { .. }, Mistake::IgnoresCancellations)
            | (EngineEvent::QueueingChanged { held: Some(false), .. }, Mistake::NeverReleases)
            | (EngineEvent::Tick, Mistake::NeverTicks) => {
                return Vec::new();
            }
            _ => {}
        }
        let mut actions = self.engine.on_event(event, now);
        match self.mistake {
            Mistake::NeverSendsAgain => actions.retain(|action| !matches!(action, EngineAction::SendAgain { .. })),
            Mistake::NeverForgets => actions.retain(|action| !matches!(action, EngineAction::Forget { .. })),
            Mistake::PlacesTwice => {
                actions.extend(actions.iter().find(|action| matches!(action, EngineAction::Place { .. })).cloned());
            }
            _ => {}
        }
        actions
    }

    fn standing(&self, run: RunId, now: Time) -> Option<EngineStanding> {
        self.engine.standing(run, now)
    }

    fn limit_below(&self, resources: &Resources) -> Option<WaitReason> {
        self.engine.limit_below(resources)
    }

    fn wakes_after(&self, now: Time) -> Option<Duration> {
        self.engine.wakes_after(now)
    }

    fn remembers(&self) -> Duration {
        self.engine.remembers()
    }

    fn load(&self) -> (usize, usize) {
        self.engine.load()
    }
}
