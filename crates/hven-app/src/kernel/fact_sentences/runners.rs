//! The sentences of the facts of runners.

use hven_core::recorded::RecordedText;

use crate::kernel::describe_fact::describe_facts;

hven_core::sentences! {
    pub enum RunnerSentence {
        RunnerEnrolled { host: String, pool: String } = "fact.runner.enrolled",
            "a runner on {host} joined pool {pool}";
        RunnerGone { evidence: RecordedText } = "fact.runner.gone",
            "a runner is gone: {evidence}";
    }
}

describe_facts! {
    RunnerSentence:
    hven_core::runner::Enrolled, |p, _| RunnerEnrolled { host: p.host.clone(), pool: p.pool.clone() };
    hven_core::runner::Gone, |p, _| RunnerGone { evidence: RecordedText(p.evidence.clone()) };
}
