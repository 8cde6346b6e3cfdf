//! `hven user`: the users of the home.

use clap::{Args, Subcommand};
use hven_api::access::{NewUser, User};
use hven_client::{Client, FactQuery};
use hven_terminal::{Output, RemovedUser, Users, exit};

use crate::{act::Act, context::Context, users};

/// Users of the home
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven user add jun --email jun@example.org
  hven user ls
  hven user rm jun")]
pub struct UserArgs {
    #[command(subcommand)]
    pub what: UserCommand,
}

impl Act for UserArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        user(self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List users and their roles
    #[command(after_help = "Example:\n  hven user ls")]
    Ls,
    /// Add a user; `hven member set` gives a role, `hven token create --user` a token
    #[command(after_help = "\
Examples:
  hven user add jun --email jun@example.org          for `hven member set jun …`
  hven user add \"Jun Li\" --email jun@example.org     for `hven member set \"jun li\" …` and `… jun@example.org`")]
    Add {
        /// The full name for commands; case is ignored, and each user has a different name
        name: String,
        /// An e-mail address, as another name for commands; each user has a different one
        #[arg(long)]
        email: Option<String>,
    },
    /// Remove all roles, tokens and sessions of a user, who stays in the record
    #[command(after_help = "\
Example:
  hven user rm jun

Your own user, who owns the files of the home, cannot be removed. Running tasks continue. The name stays in the record, and no
other user can have it: the command prints how to erase it.")]
    Rm {
        /// Name, e-mail address or id
        user: String,
    },
}

pub fn user(args: UserArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match args.what {
        UserCommand::Ls => {
            output.reply(&Users { page: client.users()?, members: client.members_everywhere()?.items })?;
        }
        UserCommand::Add { name, email } => output.reply(&client.add_user(&NewUser { name, email })?)?,
        UserCommand::Rm { user } => output.reply(&remove(&client, &user)?)?,
    }
    Ok(exit::OK)
}

fn remove(client: &Client, named: &str) -> anyhow::Result<RemovedUser> {
    let user = users::find(client, named)?;
    // Searched for before the removal: the caller may remove itself.
    let added_by_fact = if user.name.is_some() { fact_of(client, &user)? } else { None };
    let taken = client.remove_user(&user.id)?;
    Ok(RemovedUser { taken, name: users::name(&user).to_owned(), added_by_fact })
}

/// The number of the fact that added the user. It contains the name and the e-mail address.
fn fact_of(client: &Client, user: &User) -> anyhow::Result<Option<u64>> {
    let mut query = FactQuery { kind: Some("user.added".to_owned()), limit: Some(1000), ..FactQuery::default() };
    loop {
        let page = client.facts(&query)?;
        if let Some(fact) = page.items.iter().find(|fact| fact.subject.as_ref() == Some(&user.id)) {
            return Ok(Some(fact.seq));
        }
        if page.next.is_none() {
            return Ok(None);
        }
        query.cursor = page.next;
    }
}
