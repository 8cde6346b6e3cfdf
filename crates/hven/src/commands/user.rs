//! `hven user`: people.

use clap::{Args, Subcommand};
use hven_api::access::{NewUser, User};
use hven_client::Client;

use crate::{context::Context, exit, failure::Failure, output::Output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven user add jun --email jun@example.org
  hven user ls")]
pub struct UserArgs {
    #[command(subcommand)]
    pub what: UserCommand,
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List people
    #[command(after_help = "Example:\n  hven user ls")]
    Ls,
    /// Add a person; `hven member set` gives them a role, `hven token create --user` a token
    #[command(after_help = "\
Examples:
  hven user add jun --email jun@example.org          `hven member set jun …` finds them
  hven user add \"Jun Li\" --email jun@example.org     so do `hven member set \"jun li\" …` and `… jun@example.org`")]
    Add {
        /// What commands call them: the whole name is meant, small and capital letters are alike, and no two users share one
        name: String,
        /// Another way to name them; no two users share one either
        #[arg(long)]
        email: Option<String>,
    },
}

pub fn user(args: UserArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match args.what {
        UserCommand::Ls => output.reply(&client.users()?)?,
        UserCommand::Add { name, email } => output.reply(&client.add_user(&NewUser { name, email })?)?,
    }
    Ok(exit::OK)
}

/// The one user whom a name, an e-mail address or an id means.
pub fn find(client: &Client, named: &str) -> anyhow::Result<User> {
    let users = client.users()?.items;
    let is = |field: &Option<String>| field.as_deref() == Some(named);
    let is_folded = |field: &Option<String>| field.as_deref().is_some_and(|field| folded(field) == folded(named));
    let by_id = |user: &User| user.id == named;
    let by_name = |user: &User| is(&user.name) || is(&user.email);
    let by_folded_name = |user: &User| is_folded(&user.name) || is_folded(&user.email);
    // The nearest counts: homes of older versions have users whose names differ in capital letters alone, or look like ids.
    let ways: [&dyn Fn(&User) -> bool; 3] = [&by_id, &by_name, &by_folded_name];
    for fits in ways {
        let mut fitting = users.iter().filter(|user| fits(user));
        match (fitting.next(), fitting.next()) {
            (Some(user), None) => return Ok(user.clone()),
            (None, _) => {}
            (Some(_), Some(_)) => {
                return Err(Failure::new("run.ambiguous", format!("several users are called {named:?}"))
                    .hint("give the e-mail address or the id: `hven user ls` shows them")
                    .into());
            }
        }
    }
    Err(Failure::new("not_found", format!("there is no user {named:?}"))
        .hint("`hven user ls` lists all by their whole names, `hven user add` adds one")
        .into())
}

/// A name or an address as it is compared.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A user's name, for people.
pub fn name(user: &User) -> &str {
    user.name.as_deref().unwrap_or(&user.id)
}
