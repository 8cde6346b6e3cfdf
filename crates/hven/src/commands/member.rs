//! `hven member`: who may do what.

use clap::{Args, Subcommand};
use hven_api::access::{RemoveMember, SetMember};

use crate::{
    commands::user,
    context::Context,
    exit,
    output::{Done, Output},
};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven member ls
  hven member set jun member --project astro      viewer looks, member also runs, owner also grants and erases
  hven member set jun member --may-run-as-me      lets Jun's commands run as the Unix user of this server
  hven member rm jun --project astro")]
pub struct MemberArgs {
    #[command(subcommand)]
    pub what: MemberCommand,
}

#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// List who has a role
    #[command(after_help = "Example:\n  hven member ls --project astro")]
    Ls {
        /// In this project; in the whole home when nothing is said
        #[arg(long)]
        project: Option<String>,
    },
    /// Give a role, instead of any other there
    #[command(after_help = "\
Examples:
  hven member set jun member --project astro
  hven member set jun member --project astro --may-run-as-me
  hven member set jun member --project astro --may-not-run-as-me

A member looks, logs, cancels and runs what ships with Hven: imports, splits, laws, comparisons. Commands run as the
Unix user of the server: whoever may run commands here can read and change everything that this Unix user can, the
home's own key included. So an owner of the home has to allow it, with --may-run-as-me.")]
    Set {
        /// Name, e-mail address or id
        user: String,
        #[arg(value_parser = ["viewer", "member", "owner"])]
        role: String,
        /// In this project; in the whole home when nothing is said
        #[arg(long)]
        project: Option<String>,
        /// Let their commands run as the Unix user of the server: they can then do all that this user can
        #[arg(long, conflicts_with = "may_not_run_as_me")]
        may_run_as_me: bool,
        /// Take that back; what is not with a runner yet is not started any more, `hven cancel` ends the rest
        #[arg(long)]
        may_not_run_as_me: bool,
    },
    /// Take a role away
    #[command(after_help = "Example:\n  hven member rm jun --project astro")]
    Rm {
        /// Name, e-mail address or id
        user: String,
        /// In this project; in the whole home when nothing is said
        #[arg(long)]
        project: Option<String>,
    },
}

pub fn member(args: MemberArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let place = |project: &Option<String>| project.clone().unwrap_or_else(|| "the whole home".to_owned());
    match args.what {
        MemberCommand::Ls { project } => output.reply(&client.members(project.as_deref())?)?,
        MemberCommand::Set { user, role, project, may_run_as_me, may_not_run_as_me } => {
            let user = user::find(&client, &user)?;
            let may_run_as_server = match (may_run_as_me, may_not_run_as_me) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
            let and = match may_run_as_server {
                Some(true) => "; commands of theirs may run as the Unix user of this server",
                Some(false) => "; no further command of theirs is given to a runner of this server",
                None => "",
            };
            let text = format!("{} is {role} in {}{and}", user::name(&user), place(&project));
            client.set_member(&SetMember { user: user.id, project, role, may_run_as_server })?;
            output.reply(&Done { schema: "hven.member_set/1", text })?;
        }
        MemberCommand::Rm { user, project } => {
            let user = user::find(&client, &user)?;
            let text = format!("{} has no role of their own in {} any more", user::name(&user), place(&project));
            client.remove_member(&RemoveMember { user: user.id, project })?;
            output.reply(&Done { schema: "hven.member_removed/1", text })?;
        }
    }
    Ok(exit::OK)
}
