//! Completes the request with data from the previous version and the code, publishes it, and writes the result to a
//! local folder.

use hven_api::publications::Publish;
use hven_client::Client;
use hven_terminal::{Output, exit};

use super::{
    args::PublishArgs,
    code::code,
    previous_version::{LICENCE, keep, previous_version},
    settings::{self, PublishSettings},
};
use crate::{
    act::Act,
    context::Context,
    publication_folder::{PublicationTarget, fetch_publication},
};

impl Act for PublishArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        publish(&self, context, output)
    }
}

fn publish(args: &PublishArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    let client = context.client_of_existing()?;
    let PublishSettings { wanted, license_here, plan, folder, keep_zip } = settings::resolve(args, context)?;
    let wanted = complete(wanted, license_here, context, &client, output)?;
    if plan {
        let plan = client.publication_plan(&wanted)?;
        let is_well = plan.missing.is_empty() && (plan.refusals.is_empty() || wanted.despite_suspicion.is_some());
        output.reply(&plan)?;
        return Ok(if is_well { exit::OK } else { exit::NOT_WELL });
    }
    let published = client.publish(&wanted)?;
    let target = PublicationTarget { folder: folder.as_deref(), keep_zip };
    output.reply(&fetch_publication(&client, published.publication, Some(published.is_new), &target, context)?)?;
    Ok(exit::OK)
}

/// Adds data of the previous version, then the licence of the manifest, and the code.
fn complete(
    mut wanted: Publish,
    license_here: Option<String>,
    context: &Context,
    client: &Client,
    output: &mut dyn Output,
) -> anyhow::Result<Publish> {
    if let Some(before) = previous_version(&mut wanted, context, client)? {
        let kept = keep(&mut wanted, &before, client.me()?.name.as_deref());
        if !kept.is_empty() {
            output.note(&format!("kept from {}: {}", before.summary.reference, kept.join(", ")));
        }
        let other =
            license_here.as_ref().filter(|here| kept.contains(&LICENCE) && wanted.license.as_ref() != Some(*here));
        if let Some(other) = other {
            output.note(&format!("the manifest has the licence {other}: --license {other} uses it"));
        }
    }
    wanted.license = wanted.license.or(license_here);
    wanted.code = code(&wanted, context, client)?;
    Ok(wanted)
}
