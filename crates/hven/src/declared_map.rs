//! `hven map NAME`: the array that `[map.NAME]` of the manifest describes.

use std::{path::PathBuf, time::Duration};

use clap::ValueEnum as _;
use hven_client::Failure;
use hven_core::{
    manifest::{Command, Input, MANIFEST, Map, Placed, Written},
    nearest::suggestion,
};
use hven_steps::manifest_file::ManifestFile;

use crate::{array_samples::Sampling, array_values::GivenValues, context::Context, map_args::MapArgs};

/// A command line, completed by the manifest.
#[derive(Debug)]
pub struct DeclaredMap {
    pub args: MapArgs,
    pub command: Command,
    pub over: Vec<GivenValues>,
    pub sample: Vec<GivenValues>,
    /// With the manifest's folder as the working folder.
    pub context: Context,
}

/// The array of the manifest that a command line names. `None` when it has values of its own or several words: then its words are
/// the command.
pub fn with_manifest(args: &MapArgs, context: &Context) -> anyhow::Result<Option<DeclaredMap>> {
    let has_values = !(args.over.is_empty() && args.over_rows.is_empty() && args.sample.is_empty());
    let [name] = args.command.as_slice() else { return Ok(None) };
    let Some(name) = name.to_str().filter(|name| !has_values && !name.contains(char::is_whitespace)) else {
        return Ok(None);
    };
    let Some(file) = ManifestFile::here(&context.cwd)? else { return Ok(None) };
    let manifest = file.manifest()?;
    let Some(map) = manifest.map(name) else {
        if manifest.maps.is_empty() {
            return Ok(None);
        }
        let names: Vec<&str> = manifest.maps.iter().map(|map| map.name.as_str()).collect();
        let help = suggestion(name, names.iter().copied()).unwrap_or_else(|| format!("there are {}", names.join(", ")));
        let message = format!("{name} has no values, and {} has no [map.{name}]", file.shown);
        return Err(Failure::new("not_found", message).hint(help).into());
    };
    let given = |key: &str, name: &str, values: &Written| GivenValues {
        name: name.to_owned(),
        values: values.clone(),
        shown: format!("map.{}.{key}.{name} in {MANIFEST}", map.name),
    };
    let over = map.over.iter().map(|(name, values)| given("over", name, values));
    let sample = map.sample.iter().map(|(name, bounds)| given("sample", name, &Written::One(bounds.clone())));
    Ok(Some(DeclaredMap {
        args: merged(args, map),
        command: map.command.clone(),
        over: over.collect(),
        sample: sample.collect(),
        context: context.in_folder(file.folder().to_owned()),
    }))
}

/// The value of a flag comes first; the rest is from the manifest.
fn merged(args: &MapArgs, map: &Map) -> MapArgs {
    let mut args = args.clone();
    args.over_rows.clone_from(&map.over_rows);
    fill(&mut args.zip, || map.zip.clone());
    args.samples = args.samples.or(map.samples.map(count));
    let design = map.design.as_ref().and_then(|design| Sampling::from_str(&design.value, false).ok());
    args.design = args.design.or(design);
    args.seed = args.seed.or(map.seed);
    args.gather = args.gather.or_else(|| map.gather.clone());
    fill(&mut args.unit, || map.units.clone().into_iter().collect());
    args.stop_when = args.stop_when.or_else(|| map.stop_when.clone());
    let (task, resources) = (&mut args.task, &map.resources);
    fill(&mut task.input, || map.inputs.iter().map(|Placed { value, .. }| PathBuf::from(input_text(value))).collect());
    fill(&mut task.output, || map.outputs.iter().map(|Placed { value, .. }| PathBuf::from(value)).collect());
    fill(&mut task.secret, || map.secrets.clone());
    fill(&mut task.after, || map.after.clone());
    task.hold |= map.hold;
    let gpus = resources.gpus.map(|gpus| ("gpu".to_owned(), gpus));
    fill(&mut task.resource, || resources.named.clone().into_iter().chain(gpus).collect());
    task.stdin = task.stdin.take().or_else(|| map.stdin.as_ref().map(PathBuf::from));
    task.cpus = task.cpus.or(resources.cpus.map(count));
    task.memory = task.memory.or(resources.memory_bytes);
    task.memory_limit = task.memory_limit.or(resources.memory_limit_bytes);
    task.output_limit = task.output_limit.or(resources.output_limit_bytes);
    task.time = task.time.or(resources.time_s.map(seconds));
    task.grace = task.grace.or(resources.grace_s.map(seconds));
    task.retries = task.retries.or(map.retries.map(count));
    args
}

fn fill<T>(list: &mut Vec<T>, from_manifest: impl FnOnce() -> Vec<T>) {
    if list.is_empty() {
        *list = from_manifest();
    }
}

/// A larger number than any limit allows is refused as such a number.
fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

/// An input in the form of `--input`.
fn input_text(input: &Input) -> String {
    match input {
        Input::Path { path } => path.clone(),
        Input::Dataset { name, version, part } => {
            let version = version.map(|version| format!("@{version}")).unwrap_or_default();
            let part = part.as_ref().map(|part| format!(".{part}")).unwrap_or_default();
            format!("dataset:{name}{version}{part}")
        }
    }
}
