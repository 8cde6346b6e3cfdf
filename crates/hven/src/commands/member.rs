//! `hven member`: who may do what.

use clap::{Args, Subcommand};
use hven_api::{
    access::{Member, RemoveMember, SetMember},
    page::Page,
};
use hven_client::Client;
use hven_core::{access::Scope, nearest::is_meant, project::ProjectPath};
use hven_terminal::{Done, Output, exit};

use crate::{act::Act, context::Context, users};

/// Who may do what, in a project or the whole home
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven member ls                                  who has which role, here and in projects
  hven member set jun member --project astro      viewer looks, member also runs, owner also grants and erases
  hven member set jun member --may-run-as-me      lets Jun's commands run as the Unix user of this server
  hven member rm jun --project astro")]
pub struct MemberArgs {
    #[command(subcommand)]
    pub what: MemberCommand,
}

impl Act for MemberArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        member(self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// List who has a role: in the whole home, and in projects
    #[command(after_help = "Examples:\n  hven member ls\n  hven member ls --project astro")]
    Ls {
        /// In this project: its own members, and those of wider places, whose roles hold in it too
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
        MemberCommand::Ls { project: None } => output.reply(&client.members_everywhere()?)?,
        MemberCommand::Ls { project: Some(project) } => output.reply(&members_in(&client, &project)?)?,
        MemberCommand::Set { user, role, project, may_run_as_me, may_not_run_as_me } => {
            let user = users::find(&client, &user)?;
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
            let text = format!("{} is {role} in {}{and}", users::name(&user), place(&project));
            let said = project.as_deref().map(|project| said_if_unknown(&client, project)).transpose()?.flatten();
            client.set_member(&SetMember { user: user.id, project, role, may_run_as_server })?;
            if let Some(said) = said {
                output.note(&said);
            }
            output.reply(&Done { schema: "hven.member_set/1", text })?;
        }
        MemberCommand::Rm { user, project } => {
            let user = users::find(&client, &user)?;
            let text = format!("{} has no role of their own in {} any more", users::name(&user), place(&project));
            client.remove_member(&RemoveMember { user: user.id, project })?;
            output.reply(&Done { schema: "hven.member_removed/1", text })?;
        }
    }
    Ok(exit::OK)
}

/// Those whose role holds in a project, in the project itself and in the wider places that the caller may look at.
fn members_in(client: &Client, project: &str) -> anyhow::Result<Page<Member>> {
    // Asked for first, because it is refused where the caller may not look.
    client.members(Some(project))?;
    let project: ProjectPath = project.parse()?;
    let mut members = client.members_everywhere()?;
    members.items.retain(|member| covers(member.project.as_deref(), &project));
    Ok(members)
}

/// Whether a role in a place holds in a project; without a name the place is the whole home.
fn covers(place: Option<&str>, project: &ProjectPath) -> bool {
    let scope = match place.map(str::parse::<ProjectPath>) {
        None => Scope::Home,
        Some(Ok(place)) => Scope::Project(place),
        Some(Err(_)) => return false,
    };
    scope.covers(project)
}

/// What to say of a project in which nothing lies yet, nor in any below it: it may be misspelt.
fn said_if_unknown(client: &Client, project: &str) -> anyhow::Result<Option<String>> {
    let known = client.projects()?.items;
    let known: Vec<&str> = known.iter().map(|known| known.path.as_str()).collect();
    Ok(unknown(project, &known))
}

fn unknown(project: &str, known: &[&str]) -> Option<String> {
    let mut below = known.iter().filter_map(|known| known.strip_prefix(project));
    if below.any(|rest| rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let meant = is_meant(project, known.iter().copied()).map(|meant| format!("; {meant}")).unwrap_or_default();
    Some(format!("there is no project {project} yet: the role holds as soon as there is one{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_holds_below_its_place() {
        let project: ProjectPath = "astro/pend".parse().expect("a project");
        let check = |place, wanted| assert_eq!(covers(place, &project), wanted, "{place:?}");
        check(None, true);
        check(Some("astro"), true);
        check(Some("astro/pend"), true);
        check(Some("astro/pend/deep"), false);
        check(Some("ast"), false);
    }

    #[test]
    fn a_project_that_is_not_there_is_said() {
        let known = ["astro/pend", "home"];
        assert_eq!(unknown("astro", &known), None);
        assert_eq!(unknown("home", &known), None);
        let said = unknown("hoem", &known).expect("it is not there");
        assert_eq!(said, "there is no project hoem yet: the role holds as soon as there is one; is `home` meant?");
        assert!(unknown("chemistry", &known).is_some_and(|said| said.ends_with("there is one")));
    }
}
