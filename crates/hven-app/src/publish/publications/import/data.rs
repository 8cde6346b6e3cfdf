//! Turns the datasets of an imported publication into facts of this home.

use hven_core::{
    Digest,
    access::Role,
    catalogue::{Part, SplitAdded, VersionAdded},
    name::Name,
    project::ProjectPath,
    publication::{
        ImportedNode,
        evidence::{Dataset, Run},
    },
};

use crate::{
    kernel::error::AppResult,
    publish::publications::import::{
        import_plan::{ImportContext, ImportPlan, id_conflict},
        object_rights::stand_in,
    },
};

impl<'a> ImportContext<'a> {
    pub(super) async fn dataset(&self, dataset: &Dataset, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        let (Some(id), Some(run)) = (dataset.id, dataset.made_by) else { return Ok(()) };
        if let Some(known) = self.publish.ports.views.dataset(id).await? {
            let original = dataset.content.digest;
            let is_the_same = [original, stand_in(self.publish, original)].contains(&known.version.content.digest)
                && self.caller.may(Role::Viewer, &known.version.project);
            return if is_the_same { Ok(()) } else { Err(id_conflict("a dataset")) };
        }
        let project = self.place(&dataset.project)?;
        let name: Name = dataset.name.parse()?;
        let version = self.version(&project, &name, dataset.version, plan).await?;
        let columns = u32::try_from(dataset.schema.columns.len()).unwrap_or(u32::MAX);
        plan.datasets.push(format!("{name}@{version}"));
        plan.nodes.push(ImportedNode { node: id.into(), name: dataset.reference() });
        let added = VersionAdded {
            dataset: id,
            project,
            name,
            version,
            run,
            source: dataset.source.clone(),
            content: dataset.content.clone(),
            report: dataset.report.unwrap_or_else(|| Digest::of(b"")),
            rows: dataset.rows,
            columns,
            problems: dataset.problems,
            checks_failed: dataset.checks_failed,
            license: dataset.license.clone(),
            description: dataset.description.clone(),
        };
        plan.facts.push(added.into());
        Ok(())
    }

    /// The original number of the version, or the next free number.
    pub(super) async fn version(
        &self,
        project: &ProjectPath,
        name: &Name,
        wanted: u32,
        plan: &mut ImportPlan<'a>,
    ) -> AppResult<u32> {
        let there = self.publish.ports.views.dataset_versions(&[(project.clone(), name.clone())]).await?;
        let newest = there.first().map_or(0, |newest| newest.version.version);
        let given = plan.versions.get(&(project.clone(), name.clone())).copied().unwrap_or(0);
        let version = wanted.max(newest + 1).max(given + 1);
        plan.versions.insert((project.clone(), name.clone()), version);
        Ok(version)
    }

    /// The parts that a run made from a dataset.
    pub(super) async fn split(&self, dataset: &Dataset, run: &Run, plan: &mut ImportPlan<'a>) -> AppResult<()> {
        let parts: Vec<_> = dataset.parts.iter().filter(|part| part.made_by == Some(run.id)).collect();
        let (Some(id), Some(first)) = (dataset.id, parts.first()) else { return Ok(()) };
        if self.publish.ports.views.split_of_run(run.id).await?.is_some() {
            return Ok(());
        }
        let method = first.method.clone();
        let mut imported = Vec::with_capacity(parts.len());
        for part in &parts {
            let (name, content) = (part.name.parse()?, part.content.clone());
            imported.push(Part { name, rows: part.rows, content, hold_out: part.hold_out });
        }
        let name = run.name.as_deref().and_then(|name| name.rsplit(' ').next()).unwrap_or("split");
        let name = name.parse().or_else(|_| "split".parse())?;
        plan.facts.push(SplitAdded { dataset: id, name, run: run.id, method, parts: imported }.into());
        Ok(())
    }
}
