//! `hven user`: people.

use clap::{Args, Subcommand};
use hven_api::access::{NewUser, User};
use hven_client::Client;

use crate::{context::Context, exit, failure::Failure, output::Output};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven user add \"Jun Li\" --email jun@example.org
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
    #[command(after_help = "Example:\n  hven user add \"Jun Li\" --email jun@example.org")]
    Add {
        name: String,
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
    let mut fits = users.into_iter().filter(|user| user.id == named || is(&user.name) || is(&user.email));
    match (fits.next(), fits.next()) {
        (Some(user), None) => Ok(user),
        (None, _) => Err(Failure::new("not_found", format!("there is no user {named:?}"))
            .hint("`hven user ls` lists all, `hven user add` adds one")
            .into()),
        (Some(_), Some(_)) => Err(Failure::new("run.ambiguous", format!("several users are called {named:?}"))
            .hint("give the e-mail address or the id: `hven user ls` shows them")
            .into()),
    }
}

/// A user's name, for people.
pub fn name(user: &User) -> &str {
    user.name.as_deref().unwrap_or(&user.id)
}
