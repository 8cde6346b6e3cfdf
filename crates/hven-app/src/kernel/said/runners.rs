//! The sentences of the facts of runners.

use hven_core::recorded::Told;

use crate::kernel::says::says;

hven_core::sentences! {
    pub enum RunnerSaying {
        RunnerEnrolled { host: String, pool: String } = "fact.runner.enrolled",
            "a runner on {host} joined pool {pool}";
        RunnerGone { evidence: Told } = "fact.runner.gone",
            "a runner is gone: {evidence}";
    }
}

says! {
    RunnerSaying:
    hven_core::runner::Enrolled, |p, _| RunnerEnrolled { host: p.host.clone(), pool: p.pool.clone() };
    hven_core::runner::Gone, |p, _| RunnerGone { evidence: Told(p.evidence.clone()) };
}
