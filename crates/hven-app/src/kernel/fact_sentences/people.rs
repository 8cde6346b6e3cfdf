//! The sentences of the facts of users, projects, roles, tokens and sessions.

use hven_core::{
    ActorId,
    access::Scope,
    sentence::{Sentence, Template},
};

use crate::kernel::{
    describe_fact::{DescribeFact, FactNames, describe_facts},
    sentences::AnswerSentence,
};

hven_core::sentences! {
    pub enum PeopleSentence {
        UserAdded { name: String } = "fact.user.added",
            "user {name} was added";
        ProjectAdded { path: String } = "fact.project.added",
            "project {path} was made";
        RoleGranted { role: String, scope: Sentence } = "fact.role.granted",
            "the role {role} in {scope} was granted";
        RoleGrantedToRun { role: String, scope: Sentence } = "fact.role.granted_to_run",
            "the role {role} in {scope} was granted; commands may run as the Unix user of the server";
        RoleGrantedToOwnUser { role: String, scope: Sentence } = "fact.role.granted_to_own_user",
            "the role {role} in {scope} was granted to the user who stands for the Unix user who owns its files";
        RoleRevoked { scope: Sentence } = "fact.role.revoked",
            "the role in {scope} was revoked";
        TokenIssued { name: String } = "fact.token.issued",
            "token {name} was issued";
        TokenRevoked = "fact.token.revoked",
            "a token was revoked";
        SessionOpened = "fact.session.opened",
            "a browser was let in";
        SessionEnded = "fact.session.ended",
            "a browser logged out";
    }
}

describe_facts! {
    PeopleSentence:
    hven_core::user::Added, |p, _| UserAdded { name: p.name.clone() };
    hven_core::project::Added, |p, _| ProjectAdded { path: p.path.to_string() };
    hven_core::access::RoleRevoked, |p, _| RoleRevoked { scope: place(&p.project) };
    hven_core::access::TokenIssued, |p, _| TokenIssued { name: format!("{:?}", p.name) };
    hven_core::access::TokenRevoked, |_, _| TokenRevoked;
    hven_core::access::SessionOpened, |_, _| SessionOpened;
    hven_core::access::SessionEnded, |_, _| SessionEnded;
}

impl DescribeFact for hven_core::access::RoleGranted {
    const TEMPLATES: &'static [Template] = PeopleSentence::TEMPLATES;
    fn describe(&self, names: &FactNames<'_>) -> Sentence {
        let (role, scope) = (self.role.as_str().to_owned(), place(&self.project));
        match self.may_run_as_server {
            // Hven itself grants a role only to the user who owns the home's files.
            _ if names.actor == ActorId::SYSTEM => PeopleSentence::RoleGrantedToOwnUser { role, scope },
            true => PeopleSentence::RoleGrantedToRun { role, scope },
            false => PeopleSentence::RoleGranted { role, scope },
        }
        .sentence()
    }
}

/// The scope of a role.
fn place(scope: &Scope) -> Sentence {
    match scope {
        Scope::Home => AnswerSentence::TheHome.sentence(),
        Scope::Project(path) => AnswerSentence::TheProject { path: path.to_string() }.sentence(),
    }
}
