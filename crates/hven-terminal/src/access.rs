//! People, roles and tokens for people.

use std::io;

use hven_api::{
    access::{LoginLink, Member, Token, TokenCreated, User, UserRemoved},
    page::Page,
};
use hven_core::safe_text::safe_text;
use serde::Serialize;

use crate::{
    paper::{Field, Paper},
    reply::ForPeople,
    shell_line::shell_line,
    words,
};

/// All users; people are also shown the roles of each.
#[derive(Debug, Serialize)]
pub struct Users {
    #[serde(flatten)]
    pub page: Page<User>,
    #[serde(skip)]
    pub members: Vec<Member>,
}

impl ForPeople for Users {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let rows = self.page.items.iter().map(|user| self.row(user, paper)).collect();
        paper.table(&["NAME", "E-MAIL", "ROLES", "ADDED", "ID"], rows)
    }
}

impl Users {
    fn row(&self, user: &User, paper: &Paper<'_>) -> Vec<Field> {
        vec![
            name(user).into(),
            user.email.clone().unwrap_or_default().into(),
            self.roles_of(user).into(),
            words::ago(&user.added, paper.now).into(),
            Field::Dim(user.id.clone()),
        ]
    }

    fn roles_of(&self, user: &User) -> String {
        let own = self.members.iter().filter(|member| member.user.id == user.id);
        let roles: Vec<String> = own.map(|member| format!("{} in {}", member.role, place(member))).collect();
        if roles.is_empty() { "none".to_owned() } else { roles.join(", ") }
    }
}

/// A user as a command takes one: the name as one word of a shell, or the id where the name cannot be typed.
pub fn user_word(user: &User) -> String {
    let typed = user.name.as_ref().filter(|name| !name.starts_with('-') && safe_text(name) == name.as_str());
    shell_line(&[typed.unwrap_or(&user.id)])
}

fn name(user: &User) -> String {
    user.name.clone().unwrap_or_else(|| "(erased)".to_owned())
}

impl ForPeople for User {
    const SCHEMA: Option<&'static str> = Some("hven.user/1");

    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&format!("user {}  {}", name(self), self.id))?;
        let word = user_word(self);
        let next = format!(
            "`hven member set {word} member` gives a role in the whole home, with `--project NAME` in a project; \
             `hven token create laptop --user {word}` gives a token"
        );
        let next = paper.ink.dim(&next);
        paper.line(&next)
    }
}

/// A user who was removed.
#[derive(Debug, Serialize)]
pub struct RemovedUser {
    #[serde(flatten)]
    pub taken: UserRemoved,
    pub name: String,
    /// The fact that has the name and the e-mail address; `None` when they were erased.
    pub added_by_fact: Option<u64>,
}

impl ForPeople for RemovedUser {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let UserRemoved { roles, tokens, sessions, .. } = &self.taken;
        paper.line(&format!(
            "{} has no role, token or browser session any more: {}, {} and {} were taken",
            self.name,
            words::counted(*roles, "role", "roles"),
            words::counted(*tokens, "token", "tokens"),
            words::counted(*sessions, "session", "sessions"),
        ))?;
        let Some(seq) = self.added_by_fact else { return Ok(()) };
        let remark = format!(
            "the name stays in the record: `hven redact --fact {seq} --because REASON` erases name and e-mail \
             address, and others may have them then"
        );
        let remark = paper.ink.dim(&remark);
        paper.line(&remark)
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
                    place(member).into(),
                    runs(member).into(),
                    Field::Dim(member.user.id.clone()),
                ]
            })
            .collect();
        paper.table(&["NAME", "ROLE", "WHERE", "RUNS", "ID"], rows)
    }
}

/// Where a role holds.
fn place(member: &Member) -> &str {
    member.project.as_deref().unwrap_or("the whole home")
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
        let rows = self.items.iter().map(|token| token_row(token, paper)).collect();
        paper.table(&["NAME", "STANDING", "ISSUED", "ID"], rows)
    }
}

fn token_row(token: &Token, paper: &Paper<'_>) -> Vec<Field> {
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
}

/// The tokens of all users; people are shown whose each is.
#[derive(Debug, Serialize)]
pub struct TokensOfAll {
    #[serde(flatten)]
    pub page: Page<Token>,
    #[serde(skip)]
    pub users: Vec<User>,
}

impl ForPeople for TokensOfAll {
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        let of = |token: &Token| self.users.iter().find(|user| user.id == token.user).map(name).unwrap_or_default();
        let rows = self.page.items.iter().map(|token| {
            let mut row = token_row(token, paper);
            row.insert(0, of(token).into());
            row
        });
        let rows = rows.collect();
        paper.table(&["USER", "NAME", "STANDING", "ISSUED", "ID"], rows)
    }
}

impl ForPeople for TokenCreated {
    const SCHEMA: Option<&'static str> = Some("hven.token_created/1");

    /// The secret alone, so that it can go into a file; what is said of it goes beside.
    fn write(&self, paper: &mut Paper<'_>) -> io::Result<()> {
        paper.line(&self.secret)
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
