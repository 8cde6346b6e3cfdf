//! `hven token`: access tokens for programs.

use clap::{Args, Subcommand};
use hven_api::access::NewToken;

use crate::{
    commands::user,
    context::Context,
    exit,
    failure::Failure,
    output::{Done, Output},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven token create nightly --days 90
  hven token ls
  hven token revoke nightly")]
pub struct TokenArgs {
    #[command(subcommand)]
    pub what: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List your tokens
    #[command(after_help = "Example:\n  hven token ls")]
    Ls,
    /// Make a token; its secret is shown this once
    #[command(after_help = "Example:\n  export HVEN_TOKEN=$(hven token create nightly --json | jq -r .secret)")]
    Create {
        /// What it is for
        name: String,
        /// Days until it expires, at most 36,500; never when nothing is said
        #[arg(long)]
        days: Option<u32>,
        /// Whose, when not yours: name, e-mail address or id
        #[arg(long)]
        user: Option<String>,
    },
    /// Make a token worthless
    #[command(after_help = "Example:\n  hven token revoke nightly")]
    Revoke {
        /// Its name or id
        token: String,
    },
}

pub fn token(args: TokenArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match args.what {
        TokenCommand::Ls => output.reply(&client.tokens()?)?,
        TokenCommand::Create { name, days, user } => {
            let user = user.map(|user| user::find(&client, &user).map(|user| user.id)).transpose()?;
            output.reply(&client.create_token(&NewToken { name, user, days })?)?;
        }
        TokenCommand::Revoke { token } => {
            let all = client.tokens()?.items;
            let fits: Vec<_> =
                all.iter().filter(|t| t.id == token || (t.name == token && t.revoked.is_none())).collect();
            let found = match fits.as_slice() {
                [one] => one,
                [] => {
                    let failure = Failure::new("not_found", format!("there is no valid token {token:?}"));
                    return Err(failure.hint("`hven token ls` lists yours").into());
                }
                several => {
                    let failure =
                        Failure::new("run.ambiguous", format!("{} tokens have the name {token:?}", several.len()));
                    return Err(failure.hint("give the id: `hven token ls` shows it").into());
                }
            };
            client.revoke_token(&found.id)?;
            output.reply(&Done {
                schema: "hven.token_revoked/1",
                text: format!("token {:?} is worthless now", found.name),
            })?;
        }
    }
    Ok(exit::OK)
}
