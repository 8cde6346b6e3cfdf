//! `hven member`: the roles of users.

use clap::{Args, Subcommand};
use hven_api::{
    access::{Member, RemoveMember, SetMember},
    page::Page,
};
use hven_client::Client;
use hven_core::{access::Scope, nearest::suggestion, project::ProjectPath};
use hven_terminal::{ActionDone, Output, exit};

use crate::{act::Act, context::Context, users};

/// Roles of users, in a project or in the whole home
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven member ls                                  the roles in the home and in projects
  hven member set jun member --project astro      a viewer reads, a member also runs, an owner also grants roles and erases
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
    /// List the roles of users, in the whole home and in projects
    #[command(after_help = "Examples:\n  hven member ls\n  hven member ls --project astro")]
    Ls {
        /// The members of this project, including those of the projects above it and of the home, whose roles also
        /// apply here
        #[arg(long)]
        project: Option<String>,
    },
    /// Give a user a role; it replaces the user's previous role there
    #[command(after_help = "\
Examples:
  hven member set jun member --project astro
  hven member set jun member --project astro --may-run-as-me
  hven member set jun member --project astro --may-not-run-as-me

A member may read, log, cancel, and run the recipes of Hven: imports, splits, laws, comparisons. Commands run as the Unix
user of the server: a user who may run commands can read and change everything that this Unix user can, including the key
of the home. So an owner of the home has to allow it, with --may-run-as-me.")]
    Set {
        /// Name, e-mail address or id
        user: String,
        /// The role
        #[arg(value_parser = ["viewer", "member", "owner"])]
        role: String,
        /// In this project [default: in the whole home]
        #[arg(long)]
        project: Option<String>,
        /// Let the commands of the user run as the Unix user of the server; they can then do everything that this Unix
        /// user can
        #[arg(long, conflicts_with = "may_not_run_as_me")]
        may_run_as_me: bool,
        /// Withdraw this permission; attempts that no runner has yet are not started, `hven cancel` ends the others
        #[arg(long)]
        may_not_run_as_me: bool,
    },
    /// Remove a role
    #[command(after_help = "Example:\n  hven member rm jun --project astro")]
    Rm {
        /// Name, e-mail address or id
        user: String,
        /// In this project [default: in the whole home]
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
                Some(true) => "; their commands may run as the Unix user of this server",
                Some(false) => "; this server starts no further command of theirs",
                None => "",
            };
            let text = format!("{} is {role} in {}{and}", users::name(&user), place(&project));
            let note = project.as_deref().map(|project| note_if_unknown(&client, project)).transpose()?.flatten();
            client.set_member(&SetMember { user: user.id, project, role, may_run_as_server })?;
            if let Some(note) = note {
                output.note(&note);
            }
            output.reply(&ActionDone { schema: "hven.member_set/1", text })?;
        }
        MemberCommand::Rm { user, project } => {
            let user = users::find(&client, &user)?;
            let text = format!("{} has no role of their own in {} any more", users::name(&user), place(&project));
            client.remove_member(&RemoveMember { user: user.id, project })?;
            output.reply(&ActionDone { schema: "hven.member_removed/1", text })?;
        }
    }
    Ok(exit::OK)
}

/// The members whose roles apply to a project: of the project itself, and of the projects above it and the home, as far
/// as the caller may see them.
fn members_in(client: &Client, project: &str) -> anyhow::Result<Page<Member>> {
    // This request comes first: it fails when the caller may not see the members.
    client.members(Some(project))?;
    let project: ProjectPath = project.parse()?;
    let mut members = client.members_everywhere()?;
    members.items.retain(|member| covers(member.project.as_deref(), &project));
    Ok(members)
}

/// Whether a role in `place` applies to a project; `None` is the whole home.
fn covers(place: Option<&str>, project: &ProjectPath) -> bool {
    let scope = match place.map(str::parse::<ProjectPath>) {
        None => Scope::Home,
        Some(Ok(place)) => Scope::Project(place),
        Some(Err(_)) => return false,
    };
    scope.covers(project)
}

/// A note for a project that does not exist yet and has no projects below it: its name may be misspelt.
fn note_if_unknown(client: &Client, project: &str) -> anyhow::Result<Option<String>> {
    let known = client.projects()?.items;
    let known: Vec<&str> = known.iter().map(|known| known.path.as_str()).collect();
    Ok(unknown(project, &known))
}

fn unknown(project: &str, known: &[&str]) -> Option<String> {
    let mut below = known.iter().filter_map(|known| known.strip_prefix(project));
    if below.any(|rest| rest.is_empty() || rest.starts_with('/')) {
        return None;
    }
    let meant = suggestion(project, known.iter().copied()).map(|meant| format!("; {meant}")).unwrap_or_default();
    Some(format!("there is no project {project} yet: the role applies as soon as it exists{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_applies_to_projects_below_its_project() {
        let project: ProjectPath = "astro/pend".parse().expect("a project");
        let check = |place, wanted| assert_eq!(covers(place, &project), wanted, "{place:?}");
        check(None, true);
        check(Some("astro"), true);
        check(Some("astro/pend"), true);
        check(Some("astro/pend/deep"), false);
        check(Some("ast"), false);
    }

    #[test]
    fn an_unknown_project_is_reported() {
        let known = ["astro/pend", "home"];
        assert_eq!(unknown("astro", &known), None);
        assert_eq!(unknown("home", &known), None);
        let note = unknown("hoem", &known).expect("a note");
        assert_eq!(note, "there is no project hoem yet: the role applies as soon as it exists; is `home` meant?");
        assert!(unknown("chemistry", &known).is_some_and(|note| note.ends_with("it exists")));
    }
}
