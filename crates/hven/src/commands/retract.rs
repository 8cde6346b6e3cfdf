//! `hven retract` and `hven assert`: retract an item, and declare that an item does not depend on another one.

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::soundness::{AssertIndependence, Reach, Retract};
use hven_client::{Client, ReachQuery};
use hven_terminal::{Output, exit};

use crate::{act::Act, complete, confirm, context::Context};

/// Retract an item: everything that rests on it becomes suspect
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven retract planets@1 --plan                                 shows what rests on it, changes nothing
  hven retract planets@1 --because 'unit error in row 5'
  hven retract 7Q2M --because 'the disk was faulty' --yes

Nothing is deleted. Everything that rests on the item becomes suspect, and new work can use it only with a stated reason.
`hven repair` runs it again. It exits with 1 when you answer no.")]
pub struct RetractArgs {
    /// A run (handle, id, `last`), a dataset (`planets@1`) or a claim (`claim/kepler3`)
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// The reason
    #[arg(long, value_name = "TEXT", required_unless_present = "plan")]
    pub because: Option<String>,
    /// Only show what rests on it
    #[arg(long)]
    pub plan: bool,
    /// Retract without asking; required when there is no terminal
    #[arg(short, long)]
    pub yes: bool,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
    /// The most items that are shown
    #[arg(short = 'n', long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// With --plan: continue where the previous page ended
    #[arg(long, requires = "plan")]
    pub cursor: Option<String>,
}

impl Act for RetractArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        retract(&self, context, output)
    }
}

/// Declare that an item does not depend on something that it was made with
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven assert 7Q2M --independent-of planets@1 --because 'it reads only the names, which are right'

The declaration is recorded under your name. From then on, no suspicion passes along that edge of the lineage. The edge must
exist: `hven why` shows the path.")]
pub struct AssertArgs {
    /// The item that does not depend on it: a run, a dataset or a claim
    #[arg(add = ArgValueCompleter::new(complete::runs))]
    pub of: String,
    /// The item on which it does not depend, although it was made with it
    #[arg(long, value_name = "NODE")]
    pub independent_of: String,
    /// The reason
    #[arg(long, value_name = "TEXT")]
    pub because: String,
    /// The project, if several projects have the names
    #[arg(long)]
    pub project: Option<String>,
}

impl Act for AssertArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        assert(&self, context, output)
    }
}

pub fn retract(args: &RetractArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let of = context.run_name(&args.of)?;
    let Some(because) = args.because.as_ref().filter(|_| !args.plan) else {
        output.reply(&reach(&client, args, &of, context)?)?;
        return Ok(exit::OK);
    };
    // JSON output is a single document: only people see the affected items first.
    if !output.owns_stdout() {
        let reach = reach(&client, args, &of, context)?;
        output.reply(&reach)?;
        let question = format!("Retract {}, so that all of this becomes suspect?", args.of);
        if !args.yes && confirm::has_terminal(output) && !confirm::ask_yes_or_no(&question)? {
            output.note("nothing was done");
            return Ok(exit::NOT_WELL);
        }
    }
    let wanted = |project: Option<&str>| Retract {
        of: of.clone(),
        project: project.map(str::to_owned),
        because: because.clone(),
    };
    output.reply(&context.in_project(args.project.as_deref(), |project| client.retract(&wanted(project)))?)?;
    Ok(exit::OK)
}

fn reach(client: &Client, args: &RetractArgs, of: &str, context: &Context) -> anyhow::Result<Reach> {
    let (limit, cursor) = (args.limit.into(), args.cursor.as_deref());
    context.in_project(args.project.as_deref(), |project| {
        client.reach(&ReachQuery { of, project, sources: false, limit, cursor })
    })
}

pub fn assert(args: &AssertArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let mut wanted = AssertIndependence {
        of: context.run_name(&args.of)?,
        on: context.run_name(&args.independent_of)?,
        project: None,
        because: args.because.clone(),
    };
    let asserted = context.in_project(args.project.as_deref(), |project| {
        wanted.project = project.map(str::to_owned);
        client.assert_independence(&wanted)
    })?;
    output.reply(&asserted)?;
    Ok(exit::OK)
}
