//! Decides whether a batch is the same request as an earlier batch with the same idempotency key.
//!
//! A client that repeats a call because it got no answer gets the first answer. A client that uses the key for another
//! request gets an error instead of the answer to the first request. The values that the server generates on every call
//! (ids, handles, launches, the fact that a project is new), and the content that it finds in its store, are not compared.

use hven_core::{Fact, additions::MetricsAdded, run::External};

/// An item of `before` has no fact if its payload was erased.
pub(super) fn is_same_request<'a>(
    mut before: impl Iterator<Item = (&'a str, Option<&'a Fact>)>,
    mut now: impl Iterator<Item = &'a Fact>,
) -> bool {
    let first_before = first_request(&mut before, |(kind, _)| is_project(kind));
    let first_new = first_request(&mut now, |fact| is_project(fact.kind()));
    let (Some((kind, first)), Some(requested)) = (first_before, first_new) else { return true };
    if kind != requested.kind() || !first.is_none_or(|first| is_equal(first, requested)) {
        return false;
    }
    // In a batch of runs, compare each run.
    let is_run = |kind: &str| kind == "run.submitted";
    let mut before = before.filter(|(kind, _)| is_run(kind));
    let mut now = now.filter(|fact| is_run(fact.kind()));
    loop {
        match (before.next(), now.next()) {
            (None, None) => return true,
            (Some((_, None)), Some(_)) => {}
            (Some((_, Some(before))), Some(now)) if is_equal(before, now) => {}
            _ => return false,
        }
    }
}

fn is_project(kind: &str) -> bool {
    kind == "project.added"
}

/// The requested fact. Only the first call records a new project; the project is the request if there is no other fact.
fn first_request<T>(all: &mut impl Iterator<Item = T>, is_project: impl Fn(&T) -> bool) -> Option<T> {
    let mut project = None;
    for one in all {
        if !is_project(&one) {
            return Some(one);
        }
        project = Some(one);
    }
    project
}

fn is_equal(before: &Fact, now: &Fact) -> bool {
    match (before, now) {
        (Fact::RunSubmitted(a), Fact::RunSubmitted(b)) => {
            (&a.project, &a.name, &a.spec) == (&b.project, &b.name, &b.spec)
        }
        (Fact::RunOpened(a), Fact::RunOpened(b)) => {
            // Work without a time of its start begins with the call.
            let external = External { started: a.external.started, ..b.external.clone() };
            (&a.project, &a.name, &a.external, a.parent) == (&b.project, &b.name, &external, b.parent)
        }
        (Fact::ClaimStated(a), Fact::ClaimStated(b)) => {
            (&a.project, &a.name, &a.statement, &a.test) == (&b.project, &b.name, &b.statement, &b.test)
        }
        (Fact::UserAdded(a), Fact::UserAdded(b)) => (&a.name, &a.email) == (&b.name, &b.email),
        (Fact::TokenIssued(a), Fact::TokenIssued(b)) => (a.user, &a.name) == (b.user, &b.name),
        (Fact::ClaimJudged(a), Fact::ClaimJudged(b)) => a.claim == b.claim,
        (Fact::RunReproduced(a), Fact::RunReproduced(b)) => a.run == b.run,
        (Fact::RunMetricsAdded(a), Fact::RunMetricsAdded(b)) => {
            // A point without a time gets the time of the call.
            let points_of = |added: &MetricsAdded| {
                let points = added.points.iter();
                points.map(|point| (point.key.clone(), point.step, point.value.0.to_bits())).collect::<Vec<_>>()
            };
            a.run == b.run && points_of(a) == points_of(b)
        }
        // Another attempt may have started between the calls.
        (Fact::RunParamsLogged(a), Fact::RunParamsLogged(b)) => (a.run, &a.params) == (b.run, &b.params),
        (
            Fact::ProjectAdded(_)
            | Fact::RoleGranted(_)
            | Fact::RoleRevoked(_)
            | Fact::TokenRevoked(_)
            | Fact::RunCancelRequested(_)
            | Fact::RunParamsLogged(_)
            | Fact::RunParamsAdded(_)
            | Fact::RunFilesAdded(_)
            | Fact::RunTagged(_)
            | Fact::RunNoted(_)
            | Fact::RunArchived(_)
            | Fact::RunDeleted(_)
            | Fact::RunQueueSet(_)
            | Fact::RunHeld(_)
            | Fact::LawCandidateChosen(_)
            | Fact::NodeRetracted(_)
            | Fact::IndependenceAsserted(_),
            _,
        ) => before == now,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use hven_core::{
        RunId,
        additions::ParamsAdded,
        labels::Noted,
        law::CandidateChosen,
        project,
        run::{CancelRequested, Number},
        soundness::IndependenceAsserted,
        stream::Point,
    };

    use super::*;

    fn check(before: &[Fact], now: &[Fact], wanted: bool) {
        let recorded = before.iter().map(|fact| (fact.kind(), Some(fact)));
        assert_eq!(is_same_request(recorded, now.iter()), wanted, "{before:?} {now:?}");
    }

    #[test]
    fn another_request_differs_from_the_same_one() {
        let run = RunId::from_u128(1);
        let other = RunId::from_u128(2);
        let metric = |value, time_us| {
            let points = vec![Point { key: "acc".to_owned(), value: Number(value), step: 1, time_us }];
            Fact::from(MetricsAdded { run, points, original: None })
        };
        check(&[metric(0.7, 1)], &[metric(0.7, 2)], true);
        check(&[metric(f64::NAN, 1)], &[metric(f64::NAN, 2)], true);
        check(&[metric(0.7, 1)], &[metric(0.9, 1)], false);
        let params = |value: i64| {
            let params = [("lr".to_owned(), value.into())].into();
            Fact::from(ParamsAdded { run, params, original: None })
        };
        check(&[params(1)], &[params(1)], true);
        check(&[params(1)], &[params(2)], false);
        let note_if_full = |text: &str| Fact::from(Noted { run, text: text.to_owned() });
        check(&[note_if_full("good")], &[note_if_full("good")], true);
        check(&[note_if_full("good")], &[note_if_full("bad")], false);
        let chosen = |candidate: &str| {
            let candidate = candidate.to_owned();
            Fact::from(CandidateChosen { run, candidate, because: "simpler".to_owned() })
        };
        check(&[chosen("a")], &[chosen("a")], true);
        check(&[chosen("a")], &[chosen("b")], false);
        let independent = |on: RunId| {
            Fact::from(IndependenceAsserted { of: run.into(), on: on.into(), because: "it only reads".to_owned() })
        };
        check(&[independent(other)], &[independent(other)], true);
        check(&[independent(other)], &[independent(run)], false);
    }

    #[test]
    fn a_new_project_counts_if_nothing_else_is_requested() {
        let project = |path: &str| Fact::from(project::Added { path: path.parse().expect("a path") });
        let cancelled = Fact::from(CancelRequested { run: RunId::from_u128(1) });
        check(&[project("a")], &[project("a")], true);
        check(&[project("a")], &[project("b")], false);
        check(&[project("a"), cancelled.clone()], std::slice::from_ref(&cancelled), true);
        check(&[project("a")], &[project("a"), cancelled], false);
    }
}
