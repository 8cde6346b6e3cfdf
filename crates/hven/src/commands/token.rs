//! `hven token`: access tokens for programs.

use clap::{Args, Subcommand};
use hven_api::access::{NewToken, Token};
use hven_client::{Client, Failure};
use hven_core::TokenId;
use hven_terminal::{ActionDone, Output, TokensOfAll, exit, shell_line};

use crate::{act::Act, context::Context, users};

/// Tokens for programs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven token create nightly --days 90
  hven token ls
  hven token revoke nightly
  hven token ls --all                 as an owner of the home: tokens of all users
  hven token ls --of hedda
  hven token revoke laptop --of hedda")]
pub struct TokenArgs {
    #[command(subcommand)]
    pub what: TokenCommand,
}

impl Act for TokenArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        token(self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// List your tokens; an owner of the home can list those of other users
    #[command(after_help = "Examples:\n  hven token ls\n  hven token ls --of hedda\n  hven token ls --all")]
    Ls {
        /// The user of the token, if not you: name, e-mail address or id
        #[arg(long, visible_alias = "user", value_name = "USER")]
        of: Option<String>,
        /// List the tokens of all users
        #[arg(long, conflicts_with = "of")]
        all: bool,
    },
    /// Create a token; its secret is shown only once
    #[command(after_help = "\
Example:
  token=$(hven token create nightly --days 90 --json | jq -r .secret)
  curl -H \"Authorization: Bearer $token\" http://127.0.0.1:7878/api/v1/runs

`hven up --detach` prints the address. Programs send the token in each request. The command line uses the token in the home and
refuses another one in HVEN_TOKEN: docs/security.md describes what a person with a token, and without the home, can do.")]
    Create {
        /// The name of the token, such as its purpose
        name: String,
        /// Days until it expires, at most 36,500 [default: it never expires]
        #[arg(long)]
        days: Option<u32>,
        /// The user of the token, if not you: name, e-mail address or id
        #[arg(long, visible_alias = "of")]
        user: Option<String>,
    },
    /// Revoke a token: one of yours, or, as an owner of the home, any token
    #[command(after_help = "\
Examples:
  hven token revoke nightly
  hven token revoke laptop --of hedda
  hven token revoke 0199c0ffee00700080000000000000aa     any token, by its id")]
    Revoke {
        /// Its id, or its name if it is yours or --of names its user
        token: String,
        /// The user of the token, if not you: name, e-mail address or id
        #[arg(long, visible_alias = "user", value_name = "USER")]
        of: Option<String>,
    },
}

pub fn token(args: TokenArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    match args.what {
        TokenCommand::Ls { all: true, .. } => {
            output.reply(&TokensOfAll { page: client.tokens_of_all()?, users: client.users()?.items })?;
        }
        TokenCommand::Ls { of: None, .. } => output.reply(&client.tokens()?)?,
        TokenCommand::Ls { of: Some(of), .. } => output.reply(&client.tokens_of(&users::find(&client, &of)?.id)?)?,
        TokenCommand::Create { name, days, user } => {
            let user = user.map(|user| users::find(&client, &user).map(|user| user.id)).transpose()?;
            let created = client.create_token(&NewToken { name, user, days })?;
            output.reply(&created)?;
            let Token { name, id, .. } = &created.token;
            output.note(&format!("token {name:?}, id {id}: it is shown only once; keep it like a password"));
        }
        TokenCommand::Revoke { token, of } => {
            let (id, named) = find(&client, &token, of.as_deref())?;
            client.revoke_token(&id)?;
            let text = format!("token {named:?} is revoked");
            output.reply(&ActionDone { schema: "hven.token_revoked/1", text })?;
        }
    }
    Ok(exit::OK)
}

/// The id of the only token with this name or id, and its name for messages.
fn find(client: &Client, token: &str, of: Option<&str>) -> anyhow::Result<(String, String)> {
    let all = match of {
        None => client.tokens()?.items,
        Some(of) => client.tokens_of(&users::find(client, of)?.id)?.items,
    };
    let lists = match of {
        None => "hven token ls".to_owned(),
        Some(of) => shell_line(&["hven", "token", "ls", "--of", of]),
    };
    let fits: Vec<&Token> = all.iter().filter(|t| t.id == token || (t.name == token && t.revoked.is_none())).collect();
    match fits.as_slice() {
        [one] => Ok((one.id.clone(), one.name.clone())),
        // The token may belong to another user: the server checks whether it exists and whether the caller may revoke
        // it.
        [] if of.is_none() && token.parse::<TokenId>().is_ok() => Ok((token.to_owned(), token.to_owned())),
        [] => {
            let failure = Failure::new("not_found", format!("there is no valid token {token:?}"));
            let hint = match of {
                None => format!("`{lists}` lists yours, `{lists} --of USER` those of another user"),
                Some(_) => format!("`{lists}` lists theirs"),
            };
            Err(failure.hint(hint).into())
        }
        several => {
            let failure = Failure::new("run.ambiguous", format!("{} tokens have the name {token:?}", several.len()));
            Err(failure.hint(format!("give the id: `{lists}` shows it")).into())
        }
    }
}
