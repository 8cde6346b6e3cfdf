//! `hven claim`: state, judge, list and show claims.

use clap::{Args, Subcommand};
use hven_api::claims::StateClaim;
use hven_terminal::{Output, exit};

use crate::{act::Act, context::Context, list_args::ListArgs};

/// Claims: state what you found, and have it judged
#[derive(Debug, Args)]
pub struct ClaimArgs {
    #[command(subcommand)]
    pub command: ClaimCommand,
}

impl Act for ClaimArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        claim(&self, context, output)
    }
}

#[derive(Debug, Subcommand)]
pub enum ClaimCommand {
    /// State a claim, or change its statement or its test
    State(StateArgs),
    /// Apply the test to the newest evidence and record the verdict
    Judge(JudgeArgs),
    /// List the claims
    Ls(LsArgs),
    /// Show a claim: its verdict, its test with the measured values, earlier attempts
    Show(ShowArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven claim state kepler3 --evidence run.law --test 'abs(exponent - 1.5) < 0.01' \\
      'The square of the period is proportional to the cube of the distance.'

The test is an expression over the metrics and parameters of the evidence: docs/expressions.md.")]
pub struct StateArgs {
    /// The name of the claim, such as kepler3
    pub name: String,
    /// The claimed statement, in a sentence
    pub statement: String,
    /// An expression over the metrics and parameters of the evidence
    #[arg(long, value_name = "EXPRESSION")]
    pub test: String,
    /// A step of the project, such as run.law (its newest run is judged), or a run. May be repeated; with several, the
    /// test names quantities by their step: law.exponent
    #[arg(long, value_name = "STEP|RUN", required = true)]
    pub evidence: Vec<String>,
    /// The project of the claim
    #[arg(long)]
    pub project: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven claim judge kepler3

It exits with 0 when the claim holds, and with 1 when it fails or the result is unknown.")]
pub struct JudgeArgs {
    /// The name, or `claim/NAME`, or an id
    pub claim: String,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
    /// Judge the claim although its evidence rests on something retracted; the value is the reason
    #[arg(long, value_name = "TEXT")]
    pub despite_suspicion: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven claim ls
  hven claim ls kepler --project astro")]
pub struct LsArgs {
    #[command(flatten)]
    pub list: ListArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven claim show kepler3
  hven claim show claim/kepler3 --json")]
pub struct ShowArgs {
    /// The name, or `claim/NAME`, or an id
    pub claim: String,
    /// The project, if several projects have the name
    #[arg(long)]
    pub project: Option<String>,
}

pub fn claim(args: &ClaimArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    match &args.command {
        ClaimCommand::State(args) => {
            let project = context.new_project(args.project.as_ref())?;
            let claim = StateClaim {
                project,
                name: args.name.clone(),
                statement: args.statement.clone(),
                test: args.test.clone(),
                evidence: args.evidence.clone(),
            };
            output.reply(&context.client()?.state_claim(&claim)?)?;
            Ok(exit::OK)
        }
        ClaimCommand::Judge(args) => {
            let despite = args.despite_suspicion.as_deref();
            let client = context.client_of_existing()?;
            let project = args.project.as_deref();
            let claim = context.in_project(project, |project| client.judge_claim(&args.claim, project, despite))?;
            output.reply(&claim)?;
            Ok(if claim.summary.verdict.as_deref() == Some("holds") { exit::OK } else { exit::NOT_WELL })
        }
        ClaimCommand::Ls(args) => {
            output.reply(&context.client_of_existing()?.claims(&args.list.query())?)?;
            Ok(exit::OK)
        }
        ClaimCommand::Show(args) => {
            let (client, project) = (context.client_of_existing()?, args.project.as_deref());
            output.reply(&context.in_project(project, |project| client.claim(&args.claim, project))?)?;
            Ok(exit::OK)
        }
    }
}
