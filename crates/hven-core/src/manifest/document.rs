//! A whole manifest: its sections, parsed and resolved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    claim::{self, Claim},
    data::{self, Data},
    map::{self, Map},
    problems::Problems,
    publication::{self, Publication},
    reader::Reader,
    run::{self, Run},
};
use crate::{diagnostic::Diagnostic, project::ProjectPath};

/// The name of the file.
pub const MANIFEST: &str = "hven.toml";

/// The content of a manifest, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    pub project: Project,
    /// Settings for all runs, as written. The settings module validates them.
    pub defaults: BTreeMap<String, String>,
    pub data: Vec<Data>,
    pub runs: Vec<Run>,
    pub maps: Vec<Map>,
    pub claims: Vec<Claim>,
    pub publications: Vec<Publication>,
}

/// `[project]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub name: Option<ProjectPath>,
    pub license: Option<String>,
    pub description: Option<String>,
}

/// The keys of `[defaults]`: the settings that are allowed in a manifest.
const DEFAULTS: [&str; 8] =
    ["cpus", "memory", "time", "memory_limit", "output_limit", "grace", "retries", "env_record"];

impl Manifest {
    /// Parses a manifest; all its problems are reported together.
    pub fn parse(source: &str) -> Result<Self, Problems> {
        let (document, errors) = toml::de::DeTable::parse_recoverable(source);
        let mut problems: Vec<Diagnostic> = errors
            .into_iter()
            .map(|error| {
                Diagnostic::new(error.span().unwrap_or(0..0), format!("this is not TOML: {}", error.message()))
            })
            .collect();
        if !problems.is_empty() {
            // After a syntax error the other values are unreliable; more problems would only confuse.
            return Err(Problems(problems));
        }
        let mut manifest = Self::default();
        let mut root = Reader::new(document.get_ref(), document.span(), source, "", &mut problems);
        if let Some(mut table) = root.table("project") {
            manifest.project = project(&mut table);
            table.finish();
        }
        if let Some(mut table) = root.table("defaults") {
            for key in DEFAULTS {
                if let Some(text) = table.any_as_text(key) {
                    manifest.defaults.insert(key.to_owned(), text);
                }
            }
            table.finish();
        }
        root.sections("data", |name, table| manifest.data.extend(data::read(name, table)));
        root.sections("run", |name, table| manifest.runs.extend(run::read(name, table)));
        root.sections("map", |name, table| manifest.maps.extend(map::read(name, table)));
        root.sections("claim", |name, table| manifest.claims.extend(claim::read(name, table)));
        root.sections("publication", |name, table| manifest.publications.push(publication::read(name, table)));
        root.finish();
        manifest.resolve(&mut problems);
        if problems.is_empty() {
            return Ok(manifest);
        }
        problems.sort_by_key(|problem| problem.span.start);
        problems.dedup();
        Err(Problems(problems))
    }

    /// Resolves the names of other sections in inputs and evidence.
    fn resolve(&mut self, problems: &mut Vec<Diagnostic>) {
        for run in &mut self.runs {
            run.resolve(&self.data, problems);
        }
        for map in &mut self.maps {
            map.resolve(&self.data, problems);
        }
        for claim in &mut self.claims {
            claim.resolve(&self.runs, problems);
        }
        for publication in &mut self.publications {
            publication.resolve(&self.claims, problems);
        }
    }

    pub fn data(&self, name: &str) -> Option<&Data> {
        self.data.iter().find(|data| data.name == name)
    }
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.name == name)
    }
    pub fn map(&self, name: &str) -> Option<&Map> {
        self.maps.iter().find(|map| map.name == name)
    }
    pub fn claim(&self, name: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.name == name)
    }
    pub fn publication(&self, name: &str) -> Option<&Publication> {
        self.publications.iter().find(|publication| publication.name == name)
    }
}

fn project(table: &mut Reader<'_, '_>) -> Project {
    let name = table.text("name").and_then(|(text, span)| {
        text.parse().map_err(|error: crate::Malformed| table.problem(span, error.to_string())).ok()
    });
    Project { name, license: table.license(), description: table.text_alone("description") }
}
