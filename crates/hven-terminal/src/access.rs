//! Human-readable output for people, roles and tokens.

use std::io;

use hven_api::{
    access::{LoginLink, Member, Token, TokenCreated, User, UserRemoved},
    page::Page,
};
use hven_core::safe_text::safe_text;
use serde::Serialize;

use crate::{
    command_result::HumanReadable,
    formats,
    shell_line::shell_line,
    terminal_writer::{Field, TerminalWriter},
};

/// All users. The table also shows the roles of each user.
#[derive(Debug, Serialize)]
pub struct Users {
    #[serde(flatten)]
    pub page: Page<User>,
    #[serde(skip)]
    pub members: Vec<Member>,
}

impl HumanReadable for Users {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let rows = self.page.items.iter().map(|user| self.row(user, writer)).collect();
        writer.table(&["NAME", "E-MAIL", "ROLES", "ADDED", "ID"], rows)
    }
}

impl Users {
    fn row(&self, user: &User, writer: &TerminalWriter<'_>) -> Vec<Field> {
        vec![
            name(user).into(),
            user.email.clone().unwrap_or_default().into(),
            self.roles_of(user).into(),
            formats::ago(&user.added, writer.now).into(),
            Field::Dim(user.id.clone()),
        ]
    }

    fn roles_of(&self, user: &User) -> String {
        let own = self.members.iter().filter(|member| member.user.id == user.id);
        let roles: Vec<String> = own.map(|member| format!("{} in {}", member.role, place(member))).collect();
        if roles.is_empty() { "none".to_owned() } else { roles.join(", ") }
    }
}

/// A user as an argument of a command: the name as one word of the shell, or the id if the name cannot be typed.
pub fn user_word(user: &User) -> String {
    let typed = user.name.as_ref().filter(|name| !name.starts_with('-') && safe_text(name) == name.as_str());
    shell_line(&[typed.unwrap_or(&user.id)])
}

fn name(user: &User) -> String {
    user.name.clone().unwrap_or_else(|| "(erased)".to_owned())
}

impl HumanReadable for User {
    const SCHEMA: Option<&'static str> = Some("hven.user/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&format!("user {}  {}", name(self), self.id))?;
        let word = user_word(self);
        let next = format!(
            "`hven member set {word} member` gives a role in the whole home, with `--project NAME` in a project; \
             `hven token create laptop --user {word}` gives a token"
        );
        let next = writer.colours.dim(&next);
        writer.line(&next)
    }
}

/// A user who was removed.
#[derive(Debug, Serialize)]
pub struct RemovedUser {
    #[serde(flatten)]
    pub taken: UserRemoved,
    pub name: String,
    /// The fact that contains the name and the e-mail address; `None` after they were erased.
    pub added_by_fact: Option<u64>,
}

impl HumanReadable for RemovedUser {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let UserRemoved { roles, tokens, sessions, .. } = &self.taken;
        writer.line(&format!(
            "{} has no role, token or browser session any more: {}, {} and {} were taken",
            self.name,
            formats::counted(*roles, "role", "roles"),
            formats::counted(*tokens, "token", "tokens"),
            formats::counted(*sessions, "session", "sessions"),
        ))?;
        let Some(seq) = self.added_by_fact else { return Ok(()) };
        let remark = format!(
            "the name stays in the record: `hven redact --fact {seq} --because REASON` erases name and e-mail \
             address, and others may have them then"
        );
        let remark = writer.colours.dim(&remark);
        writer.line(&remark)
    }
}

impl HumanReadable for Page<Member> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
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
        writer.table(&["NAME", "ROLE", "WHERE", "RUNS", "ID"], rows)
    }
}

/// The scope of a role.
fn place(member: &Member) -> &str {
    member.project.as_deref().unwrap_or("the whole home")
}

/// The kinds of runs that a member may start. Commands run as the server's Unix user.
fn runs(member: &Member) -> &'static str {
    match member.role.as_str() {
        "viewer" => "nothing",
        "owner" if member.project.is_none() => "commands, as the server's user",
        _ if member.may_run_as_server => "commands, as the server's user",
        _ => "recipes only",
    }
}

impl HumanReadable for Page<Token> {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        if self.items.is_empty() {
            return writer.line("no tokens; `hven token create NAME` makes one");
        }
        let rows = self.items.iter().map(|token| token_row(token, writer)).collect();
        writer.table(&["NAME", "STANDING", "ISSUED", "ID"], rows)
    }
}

fn token_row(token: &Token, writer: &TerminalWriter<'_>) -> Vec<Field> {
    let standing = match (&token.revoked, &token.expires) {
        (Some(revoked), _) => format!("revoked {}", formats::ago(revoked, writer.now)),
        (None, Some(expires)) => format!("expires {}", formats::ago(expires, writer.now)),
        (None, None) => "valid".to_owned(),
    };
    vec![
        token.name.as_str().into(),
        standing.into(),
        formats::ago(&token.issued, writer.now).into(),
        Field::Dim(token.id.clone()),
    ]
}

/// The tokens of all users. The table shows the user of each token.
#[derive(Debug, Serialize)]
pub struct TokensOfAll {
    #[serde(flatten)]
    pub page: Page<Token>,
    #[serde(skip)]
    pub users: Vec<User>,
}

impl HumanReadable for TokensOfAll {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let of = |token: &Token| self.users.iter().find(|user| user.id == token.user).map(name).unwrap_or_default();
        let rows = self.page.items.iter().map(|token| {
            let mut row = token_row(token, writer);
            row.insert(0, of(token).into());
            row
        });
        let rows = rows.collect();
        writer.table(&["USER", "NAME", "STANDING", "ISSUED", "ID"], rows)
    }
}

impl HumanReadable for TokenCreated {
    const SCHEMA: Option<&'static str> = Some("hven.token_created/1");

    /// Writes only the secret, so that it can be redirected to a file. Remarks go to standard error.
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&self.secret)
    }
}

impl HumanReadable for LoginLink {
    const SCHEMA: Option<&'static str> = Some("hven.login_link/1");

    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        writer.line(&self.url)?;
        let remark = writer
            .colours
            .dim(&format!("opens Hven in one browser, once; expires {}", formats::ago(&self.expires, writer.now)));
        writer.line(&remark)
    }
}
