//! People, roles and tokens for people.

use std::io;

use hven_api::{
    access::{LoginLink, Member, Token, TokenCreated, User},
    page::Page,
};

use super::{ForPeople, Paper, paper::Field, words};

impl ForPeople for Page<User> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let rows = self.items.iter().map(|user| user_row(user, paper)).collect();
        paper.table(&["NAME", "E-MAIL", "ADDED", "ID"], rows)
    }
}

fn user_row(user: &User, paper: &Paper<'_>) -> Vec<Field> {
    vec![
        name(user).into(),
        user.email.clone().unwrap_or_default().into(),
        words::ago(&user.added, paper.now).into(),
        Field::Dim(user.id.clone()),
    ]
}

fn name(user: &User) -> String {
    user.name.clone().unwrap_or_else(|| "(erased)".to_owned())
}

impl ForPeople for User {
    const SCHEMA: Option<&'static str> = Some("hven.user/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("user {}  {}", name(self), self.id))
    }
}

impl ForPeople for Page<Member> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let rows = self
            .items
            .iter()
            .map(|member| {
                vec![
                    name(&member.user).into(),
                    member.role.as_str().into(),
                    member.project.clone().unwrap_or_else(|| "the whole home".to_owned()).into(),
                    runs(member).into(),
                    Field::Dim(member.user.id.clone()),
                ]
            })
            .collect();
        paper.table(&["NAME", "ROLE", "WHERE", "RUNS", "ID"], rows)
    }
}

/// What of a member runs here: commands only as the server's Unix user.
fn runs(member: &Member) -> &'static str {
    match member.role.as_str() {
        "viewer" => "nothing",
        "owner" if member.project.is_none() => "commands, as the server's user",
        _ if member.may_run_as_server => "commands, as the server's user",
        _ => "recipes only",
    }
}

impl ForPeople for Page<Token> {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return paper.line("no tokens; `hven token create NAME` makes one");
        }
        let rows = self
            .items
            .iter()
            .map(|token| {
                let standing = match (&token.revoked, &token.expires) {
                    (Some(revoked), _) => format!("revoked {}", words::ago(revoked, paper.now)),
                    (None, Some(expires)) => format!("expires {}", words::ago(expires, paper.now)),
                    (None, None) => "valid".to_owned(),
                };
                vec![
                    token.name.as_str().into(),
                    standing.into(),
                    words::ago(&token.issued, paper.now).into(),
                    Field::Dim(token.id.clone()),
                ]
            })
            .collect();
        paper.table(&["NAME", "STANDING", "ISSUED", "ID"], rows)
    }
}

impl ForPeople for TokenCreated {
    const SCHEMA: Option<&'static str> = Some("hven.token_created/1");

    /// The secret stands alone in its line, to be copied.
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.secret)?;
        let remark = format!(
            "token {:?}, id {}: it is shown this once; keep it like a password",
            self.token.name, self.token.id
        );
        let remark = paper.ink.dim(&remark);
        paper.line(&remark)
    }
}

impl ForPeople for LoginLink {
    const SCHEMA: Option<&'static str> = Some("hven.login_link/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.url)?;
        let remark = paper
            .ink
            .dim(&format!("opens Hven in one browser, once; expires {}", words::ago(&self.expires, paper.now)));
        paper.line(&remark)
    }
}
