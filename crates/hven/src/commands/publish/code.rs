//! Collects the code of a publication.

use std::collections::BTreeMap;

use hven_api::{
    publications::Publish,
    runs::{Code, FileRef},
};
use hven_capture::clone;
use hven_client::Client;

use crate::context::Context;

/// The files of commits. The record contains only the commit ids, so the files come from a local clone if there is one.
pub(super) fn code(
    wanted: &Publish,
    context: &Context,
    client: &Client,
) -> anyhow::Result<BTreeMap<String, Vec<FileRef>>> {
    let mut found = BTreeMap::new();
    for claim in &wanted.claims {
        let name = claim.strip_prefix("claim/").unwrap_or(claim);
        let lineage = client.lineage(&format!("claim/{name}"), wanted.project.as_deref())?;
        for run in lineage.rests_on.into_iter().filter_map(|step| step.node.run) {
            let detail = client.run(&run.id)?;
            let Some(Code::Git { commit, prefix, diff, untracked, .. }) = detail.spec.and_then(|spec| spec.code) else {
                continue;
            };
            let of = clone::RecordedCode {
                commit: &commit,
                prefix: &prefix,
                diff: diff.as_deref(),
                untracked: &untracked,
                notes: &detail.capture_notes,
            };
            let files = clone::files_of(client, &context.cwd, &of)?;
            found.extend(files.map(|files| (run.id, files)));
        }
    }
    Ok(found)
}
