//! What is to be run, and the limits that end it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::{
    Digest,
    object::FileRef,
    process::ProcessSettings,
    resources::Resources,
    staging::{Place, Recipe},
    stdin::Stdin,
};

/// What is to be run, as it is recorded. The full environment and the secrets' values are not here: they go to the
/// runner by another way and are gone when the run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Empty for a recipe.
    pub argv: Vec<String>,
    /// For a run in a fresh folder, whose place nobody knows before, the place within that; empty for the folder itself.
    /// Its inputs are named from the fresh folder, its outputs from here.
    pub cwd: String,
    /// The file mode mask of the process.
    pub umask: u32,
    /// What else the process has from the shell that asked for it; `None` when nobody said: as the runner has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessSettings>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Stdin>,
    /// Only the variables that an allow-list names.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The names of the secrets that are injected.
    #[serde(default)]
    pub secrets: Vec<String>,
    #[serde(default)]
    pub resources: Resources,
    #[serde(default)]
    pub limits: Limits,
    /// Files that it reads; in a fresh folder they are put there first.
    #[serde(default)]
    pub inputs: Vec<FileRef>,
    /// Paths that are sealed when the process has ended, relative to the folder that it runs in.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub code: Option<Code>,
    /// What else it has around it, as an object: [`crate::surroundings::Surroundings`]. Recipes, and runs of older versions,
    /// have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surroundings: Option<Digest>,
    /// How many more attempts are made when one fails for a reason that a new attempt may cure.
    #[serde(default)]
    pub retries_max: u32,
    #[serde(default, skip_serializing_if = "Place::is_here")]
    pub place: Place,
    /// Set when it is a recipe that is run, and not a command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
}

impl Spec {
    /// A command in a folder, with nothing else said: the usual mask, limits and resources, no inputs, no outputs.
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
            place: Place::default(),
            recipe: None,
        }
    }

    /// The command word by word, as people are shown it; that of a recipe names the recipe.
    pub fn words(&self) -> Cow<'_, [String]> {
        match &self.recipe {
            None => Cow::Borrowed(&self.argv),
            Some(recipe) => Cow::Owned(vec!["recipe".to_owned(), recipe.name.clone()]),
        }
    }

    /// The files that it reads: its inputs, and what is on its standard input.
    pub fn files_read(&self) -> impl Iterator<Item = &FileRef> {
        self.inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }

    /// How many more attempts are made when one fails. `None`: not even one that Hven lost is made again, because what it
    /// read is gone.
    pub fn retries(&self) -> Option<u32> {
        (self.stdin != Some(Stdin::Pipe)).then_some(self.retries_max)
    }

    /// Those of them that its runner fetches before the process is started: what a fresh folder holds, and what is on
    /// standard input. The others lie where they are.
    pub fn files_fetched(&self) -> impl Iterator<Item = &FileRef> {
        let inputs: &[FileRef] = if self.place.is_here() { &[] } else { &self.inputs };
        inputs.iter().chain(self.stdin.iter().filter_map(Stdin::file))
    }
}

/// Limits that end a run when it passes them. `None` is no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    pub wall_s: Option<f64>,
    pub memory_bytes: Option<u64>,
    /// The sum of the sizes of all outputs.
    pub output_bytes: Option<u64>,
    /// How long a process may tidy up between TERM and KILL.
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
            place: if recipe.is_some() { Place::Fresh } else { Place::Here },
            recipe,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_a_pipe_is_never_tried_again() {
        let spec = |stdin| Spec { stdin, retries_max: 2, ..Spec::of_command(vec!["sort".into()], "/") };
        assert_eq!((spec(None).retries(), spec(Some(Stdin::Pipe)).retries()), (Some(2), None));
    }
}
