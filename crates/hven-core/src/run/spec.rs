//! The specification of a run, and its limits.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::{
    Digest,
    object::FileRef,
    process::ProcessSettings,
    resources::Resources,
    staging::{Recipe, RunFolder},
    stdin::Stdin,
};

/// The recorded specification of a run. The full environment and the values of secrets are not in it: they reach the runner
/// separately and are deleted when the run is forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Empty for a recipe.
    pub argv: Vec<String>,
    /// For a run in a fresh folder, whose path is not known in advance, the subfolder in it; empty for the folder itself. Its
    /// inputs are relative to the fresh folder, its outputs to this folder.
    pub cwd: String,
    /// The file mode mask of the process.
    pub umask: u32,
    /// Other settings from the submitting shell; `None` when none were given: then those of the runner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stdin>,
    /// Only the variables that an allow-list names.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The names of the injected secrets.
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub limits: Limits,
    /// Files that it reads; for a fresh folder they are copied into it first.
    #[serde(default)]
    pub inputs: Vec<FileRef>,
    /// Paths that are sealed when the process has ended, relative to the folder where it runs.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub code: Option<Code>,
    /// Its surroundings, as an object: [`crate::surroundings::Surroundings`]. Recipes, and runs of older versions, have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<Digest>,
    /// How many more attempts are made when one fails for a reason that a new attempt may avoid.
    #[serde(default)]
    pub retries_max: u32,
    #[serde(default, skip_serializing_if = "RunFolder::is_here")]
    pub place: RunFolder,
    /// Set for a recipe instead of a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

impl Spec {
    /// A command in a folder with defaults: the usual mask, limits and resources, no inputs, no outputs.
    pub fn of_command(argv: Vec<String>, cwd: impl Into<String>) -> Self {
        Self {
            argv,
            cwd: cwd.into(),
            umask: 0o022,
            process: None,
            stdin: None,
            environment: BTreeMap::new(),
            secrets: Vec::new(),
            resources: Resources::default(),
            limits: Limits::default(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            code: None,
            surroundings: None,
            retries_max: 0,
            place: RunFolder::default(),
            recipe: None,
        }
    }

    /// The command word by word, for people; for a recipe the name of the recipe.
    pub fn words(&self) -> Cow<'_, [String]> {
        match &self.recipe {
            None => Cow::Borrowed(&self.argv),
            Some(recipe) => Cow::Owned(vec!["recipe".to_owned(), recipe.name.clone()]),
        }
    }

    /// The files that it reads: its inputs, and the file on its standard input.
    pub fn files_read(&self) -> impl Iterator<Item = &FileRef> {
        self.inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }

    /// How many more attempts are made when one fails. `None`: not even an attempt that Hven lost is repeated, because the
    /// bytes that it read are gone.
    pub fn retries(&self) -> Option<u32> {
        (self.stdin != Some(Stdin::Pipe)).then_some(self.retries_max)
    }

    /// The files that its runner fetches before the process is started: the content of a fresh folder, and the file on standard
    /// input. The other files stay at their paths.
    pub fn files_fetched(&self) -> impl Iterator<Item = &FileRef> {
        let inputs: &[FileRef] = if self.place.is_here() { &[] } else { &self.inputs };
        inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }
}

/// Limits that end a run when it exceeds them. `None` means no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub wall_s: Option<f64>,
    pub memory_bytes: Option<u64>,
    /// The total size of all outputs.
    pub output_bytes: Option<u64>,
    /// How long a process may clean up between TERM and KILL.
    pub grace_s: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall_s: None, memory_bytes: None, output_bytes: None, grace_s: 10.0 }
    }
}

crate::sample::sampled! {
    Limits { wall_s, memory_bytes, output_bytes, grace_s }
}

impl crate::sample::Sampled for Spec {
    fn sample(g: &mut crate::sample::Generator) -> Self {
        let recipe: Option<Recipe> = g.make();
        Self {
            argv: g.make(),
            cwd: g.make(),
            umask: g.make(),
            process: g.make(),
            stdin: g.make(),
            environment: g.make(),
            secrets: g.make(),
            resources: g.make(),
            limits: g.make(),
            inputs: g.make(),
            outputs: g.make(),
            code: g.make(),
            surroundings: g.make(),
            retries_max: g.make(),
            place: if recipe.is_some() { RunFolder::Fresh } else { RunFolder::Here },
            recipe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_reads_a_pipe_is_never_retried() {
        let spec = |stdin| Spec { stdin, retries_max: 2, ..Spec::of_command(vec!["sort".into()], "/") };
        assert_eq!((spec(None).retries(), spec(Some(Stdin::Pipe)).retries()), (Some(2), None));
    }
}
