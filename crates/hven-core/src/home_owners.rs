//! The owners of a home, computed only from its facts.

use std::collections::BTreeSet;

use crate::{
    Fact, UserId,
    access::{Role, Scope},
    envelope::Header,
};

/// The owners of the home after these facts about roles, in the order of the record. The scope of an erased fact is not known:
/// then the user has no role at all, so that no revoked role stays.
pub fn home_owners<'a>(facts: impl IntoIterator<Item = (&'a Header, Option<&'a Fact>)>) -> BTreeSet<UserId> {
    let mut owners = BTreeSet::new();
    for (header, fact) in facts {
        match fact {
            Some(Fact::RoleGranted(granted)) if granted.project == Scope::Home => {
                if granted.role == Role::Owner {
                    owners.insert(granted.user);
                } else {
                    owners.remove(&granted.user);
                }
            }
            Some(Fact::RoleRevoked(revoked)) if revoked.project == Scope::Home => {
                owners.remove(&revoked.user);
            }
            None if matches!(header.kind.as_str(), "role.granted" | "role.revoked") => {
                let user = header.subject.map(UserId::from_u128);
                user.map(|user| owners.remove(&user));
            }
            _ => {}
        }
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ActorId, FactId, Time,
        access::{RoleGranted, RoleRevoked},
    };

    fn scope(path: &str) -> Scope {
        if path.is_empty() { Scope::Home } else { Scope::Project(path.parse().expect("a path")) }
    }

    #[test]
    fn owners_are_counted_as_the_views_do() {
        let (a, b) = (UserId::from_u128(1), UserId::from_u128(2));
        let grant =
            |user, at: &str, role| Fact::from(RoleGranted { project: scope(at), user, role, may_run_as_server: false });
        let revoke = |user, at: &str| Fact::from(RoleRevoked { project: scope(at), user });
        let check = |facts: &[Fact], erased: &[usize], expect: &[UserId]| {
            let header = |fact: &Fact| Header {
                seq: 1,
                id: FactId::from_u128(1),
                kind: fact.kind().to_owned(),
                version: fact.version(),
                time: Time::default(),
                actor: ActorId::SYSTEM,
                subject: fact.subject_bits(),
                key: None,
            };
            let headers: Vec<Header> = facts.iter().map(header).collect();
            let seen =
                facts.iter().enumerate().map(|(i, fact)| (&headers[i], Some(fact).filter(|_| !erased.contains(&i))));
            assert_eq!(home_owners(seen).into_iter().collect::<Vec<_>>(), expect, "{facts:?} without {erased:?}");
        };
        let facts = [grant(a, "", Role::Owner), grant(b, "", Role::Owner), grant(b, "astro", Role::Member)];
        check(&facts, &[], &[a, b]);
        check(&facts, &[0], &[b]);
        check(&facts, &[2], &[a]);
        // Not the previous role: it was revoked.
        let facts = [grant(a, "", Role::Owner), grant(b, "", Role::Owner), grant(b, "", Role::Viewer)];
        check(&facts, &[], &[a]);
        check(&facts, &[2], &[a]);
        let facts = [grant(a, "", Role::Owner), grant(a, "astro", Role::Owner), revoke(a, "astro")];
        check(&facts, &[], &[a]);
        check(&facts, &[2], &[]);
    }
}
