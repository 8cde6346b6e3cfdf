//! Shows the plan of a repair, or starts the repair and watches it.
//!
//! The server does the repair. This command starts and watches it; when the command is killed, the repair continues.

use hven_api::soundness::Repair;
use hven_client::Failure;
use hven_terminal::{Output, RepairDetached, exit};

use super::{
    args::RepairArgs,
    settings::{self, RepairAction, RepairSettings},
};
use crate::{act::Act, context::Context, repair_watch};

impl Act for RepairArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        repair(settings::resolve(self, context)?, context, output)
    }
}

fn repair(settings: RepairSettings, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let RepairSettings { of, with, project, action } = settings;
    if action == RepairAction::Plan {
        let plan =
            context.in_project(project.as_deref(), |project| client.repair_plan(&of, with.as_deref(), project))?;
        output.reply(&plan)?;
        return Ok(exit::OK);
    }
    let mut wanted = Repair { of, with, project: None, again: true };
    let plan = context.in_project(project.as_deref(), |project| {
        wanted.project = project.map(str::to_owned);
        client.repair(&wanted)
    })?;
    let repair =
        plan.repair.ok_or_else(|| Failure::new("internal", "the server did not return the repair that it started"))?;
    if action == RepairAction::Detach {
        output.reply(&RepairDetached(&repair))?;
        return Ok(exit::OK);
    }
    repair_watch::watch(&client, &repair.id, output)
}
