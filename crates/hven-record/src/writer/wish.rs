//! Whether a batch is the same wish as one that came before with the same idempotency key.
//!
//! Who repeats a call whose answer was lost gets the first answer. Who uses the key for something else is told so, and not
//! answered with what was done for another. What the server mints at every try (ids, handles, launches, the fact that a
//! project is new) is not compared.

use hven_core::Fact;

/// `before` has nothing where a payload was erased.
pub(super) fn is_the_same<'a>(
    before: impl Iterator<Item = (&'a str, Option<&'a Fact>)>,
    now: impl Iterator<Item = &'a Fact>,
) -> bool {
    let mut before = before.filter(|(kind, _)| is_wished(kind));
    let mut now = now.filter(|fact| is_wished(fact.kind()));
    let (Some((kind, first)), Some(wished)) = (before.next(), now.next()) else { return true };
    if kind != wished.kind() || !first.is_none_or(|first| says_the_same(first, wished)) {
        return false;
    }
    // Of a batch of runs each one counts.
    let is_run = |kind: &str| kind == "run.submitted";
    let mut before = before.filter(|(kind, _)| is_run(kind));
    let mut now = now.filter(|fact| is_run(fact.kind()));
    loop {
        match (before.next(), now.next()) {
            (None, None) => return true,
            (Some((_, None)), Some(_)) => {}
            (Some((_, Some(before))), Some(now)) if says_the_same(before, now) => {}
            _ => return false,
        }
    }
}

/// That a project is new is recorded by the first try alone.
fn is_wished(kind: &str) -> bool {
    kind != "project.added"
}

fn says_the_same(before: &Fact, now: &Fact) -> bool {
    match (before, now) {
        (Fact::RunSubmitted(a), Fact::RunSubmitted(b)) => {
            (&a.project, &a.name, &a.spec) == (&b.project, &b.name, &b.spec)
        }
        (Fact::ClaimStated(a), Fact::ClaimStated(b)) => {
            (&a.project, &a.name, &a.statement, &a.test) == (&b.project, &b.name, &b.statement, &b.test)
        }
        (Fact::UserAdded(a), Fact::UserAdded(b)) => (&a.name, &a.email) == (&b.name, &b.email),
        (Fact::TokenIssued(a), Fact::TokenIssued(b)) => (a.user, &a.name) == (b.user, &b.name),
        (
            Fact::RoleGranted(_)
            | Fact::RoleRevoked(_)
            | Fact::TokenRevoked(_)
            | Fact::RunCancelRequested(_)
            | Fact::RunParamsLogged(_)
            | Fact::NodeRetracted(_),
            _,
        ) => before == now,
        _ => true,
    }
}
