//! `[run.NAME]`: a recipe of Hven, or a command.

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Command, Data, Placed, command, path, placed::check_name, reader::Reader};
use crate::{
    diagnostic::Diagnostic,
    nearest::{nearest, suggestion},
};

/// One `[run.NAME]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub name: String,
    pub work: Work,
    /// The data that it reads.
    pub inputs: Vec<Placed<Input>>,
    /// Paths that it writes, relative to the manifest's folder.
    pub outputs: Vec<Placed<String>>,
    /// The file on its standard input, relative to the manifest's folder; by default standard input is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<Placed<String>>,
    /// Recorded, and inserted into the command.
    pub params: BTreeMap<String, Value>,
    pub resources: RunResources,
    /// Globs of the files that are its code; by default the files that git tracks.
    pub code: Vec<String>,
    /// In input folders, use the targets of links instead of the links.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow_links: bool,
    /// Names of environment variables that are passed to the process and never recorded.
    pub secrets: Vec<String>,
    pub retries: Option<u64>,
    /// The relative difference that numbers may have when it is reproduced.
    pub tolerance: Option<f64>,
    /// The same for single metrics or outputs, by name.
    pub within: BTreeMap<String, f64>,
    pub description: Option<String>,
    /// The position of its name in the manifest.
    #[serde(skip)]
    pub span: Range<usize>,
}

/// The work of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Work {
    Recipe {
        recipe: Placed<String>,
        /// The keys of the recipe itself, in the order of the file.
        settings: Vec<(String, Placed<Value>)>,
    },
    Command(Command),
}

/// Something that a run reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Input {
    /// A dataset: of this manifest if `version` is `None` and the manifest has one of that name, otherwise of the home.
    Dataset { name: String, version: Option<u64>, part: Option<String> },
    /// A file or folder, relative to the manifest's folder.
    Path { path: String },
}

/// The resources that a run reserves, and its limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunResources {
    pub cpus: Option<u64>,
    pub gpus: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub time_s: Option<f64>,
    pub memory_limit_bytes: Option<u64>,
    pub output_limit_bytes: Option<u64>,
    pub grace_s: Option<f64>,
    /// Units of other resources, by name.
    pub named: BTreeMap<String, u64>,
}

pub(super) fn read(name: &str, mut table: Reader<'_, '_>) -> Option<Run> {
    let recipe = table.text("recipe");
    let has_command = table.has("command");
    if recipe.is_some() == has_command {
        let message =
            if has_command { "is a recipe and a command at once" } else { "has neither a recipe nor a command" };
        let message = format!("[{}] {message}", table.path());
        table.problem_with_help(table.span(), message, "write recipe = \"law\", or command = \"python fit.py\"");
        return None;
    }
    let mut inputs = table.texts("input");
    inputs.extend(table.texts("inputs"));
    let inputs = inputs.into_iter().filter_map(|input| read_input(&mut table, input)).collect();
    let resources = table.table("resources").map(resources).unwrap_or_default();
    let retries = table.whole("retries");
    let tolerance = table.value("tolerance").and_then(|value| relative(&mut table, "tolerance", &value));
    let within = table.values("within");
    let within = within.iter().filter_map(|(name, value)| Some((name.clone(), relative(&mut table, name, value)?)));
    let within: BTreeMap<String, f64> = within.collect();
    let description = table.text_alone("description");
    let mut run = Run {
        name: name.to_owned(),
        work: Work::Command(Command { argv: Vec::new() }),
        inputs,
        outputs: Vec::new(),
        stdin: None,
        params: BTreeMap::new(),
        resources,
        code: Vec::new(),
        follow_links: false,
        secrets: Vec::new(),
        retries,
        tolerance,
        within,
        description,
        span: table.span(),
    };
    if let Some((recipe, span)) = recipe {
        let settings = table.rest();
        run.work = Work::Recipe { recipe: Placed { value: recipe, span }, settings };
        return Some(run);
    }
    let argv = read_command(&mut table);
    run.outputs = read_outputs(&mut table);
    run.stdin = table.text("stdin").map(|(file, span)| Placed { value: path::normal(&file), span });
    run.params = read_params(&mut table);
    run.code = table.texts("code").into_iter().map(|glob| glob.value).collect();
    run.follow_links = table.flag("follow_links");
    run.secrets = table.texts("secrets").into_iter().map(|name| name.value).collect();
    if let Some(Placed { value, span }) = argv {
        check_placeholders(&mut table, &value, &span, &run);
        run.work = Work::Command(value);
    }
    table.finish();
    Some(run)
}

/// The paths of outputs.
pub(super) fn read_outputs(table: &mut Reader<'_, '_>) -> Vec<Placed<String>> {
    let mut outputs = Vec::new();
    for Placed { value, span } in table.texts("outputs") {
        match path::check_output(&value) {
            Ok(path) => outputs.push(Placed { value: path, span }),
            Err(why) => table.problem(span, format!("{value:?} cannot be an output: {why}")),
        }
    }
    outputs
}

/// A run has one value of each parameter: with a list it would be unclear whether all or each of them is meant.
fn read_params(table: &mut Reader<'_, '_>) -> BTreeMap<String, Value> {
    let mut params = BTreeMap::new();
    for (name, Placed { value, span }) in table.values("params") {
        if value.is_array() {
            let help = format!(
                "write a step for each value, such as [run.first] with params = {{ {name} = 1 }}; a list that is one value is \
                 a text: {name} = {:?}",
                value.to_string()
            );
            table.problem_with_help(
                span,
                format!("the parameter `{name}` is a list, and a run has one value of each"),
                help,
            );
        }
        params.insert(name, value);
    }
    params
}

pub(super) fn read_command(table: &mut Reader<'_, '_>) -> Option<Placed<Command>> {
    let texts = table.texts("command");
    let span = texts.first()?.span.start..texts.last()?.span.end;
    let argv = match texts.as_slice() {
        // A list of one word has brackets; a line has none.
        [line] if !table.is_list("command") => match command::words(&line.value) {
            Ok(words) => words,
            Err((place, why)) => {
                let help = "quote it, or write command = [\"sh\", \"-c\", \"…\"]";
                table.problem_within(&line.value, &line.span, Diagnostic::new(place, why).help(help));
                return None;
            }
        },
        words => words.iter().map(|word| word.value.clone()).collect(),
    };
    if argv.first().is_none_or(String::is_empty) {
        table.problem(span, "`command` is empty");
        return None;
    }
    Some(Placed { value: Command { argv }, span })
}

/// Every `{name}` of a command is a parameter, or an input by its name.
fn check_placeholders(table: &mut Reader<'_, '_>, command: &Command, span: &Range<usize>, run: &Run) {
    let inputs: Vec<String> = run.inputs.iter().map(|input| input.value.place()).collect();
    let known: Vec<&str> = run.params.keys().chain(&inputs).map(String::as_str).collect();
    for place in command.placeholders() {
        if known.contains(&place) {
            continue;
        }
        let help = suggestion(place, known.iter().copied()).unwrap_or_else(|| {
            format!("write params = {{ {place} = … }}, or `{{{{{place}}}}}` for the letters themselves")
        });
        let message = format!("`{{{place}}}` is neither a parameter nor a dataset that the run reads");
        let source = table.source_of(span);
        let offset = source.find(&format!("{{{place}}}"));
        let place_span = offset.map_or(span.clone(), |at| span.start + at..span.start + at + place.len() + 2);
        table.problem_with_help(place_span, message, help);
    }
}

/// An input as it is written; its meaning is resolved when all sections are read.
pub(super) fn read_input(table: &mut Reader<'_, '_>, input: Placed<String>) -> Option<Placed<Input>> {
    let Placed { value, span } = input;
    let wrong = |why: &str| Diagnostic::new(span.clone(), format!("{value:?} cannot be read: {why}"));
    if value.trim().is_empty() || value.contains('\0') {
        table.problems().push(wrong("it names nothing"));
        return None;
    }
    let name = value.strip_prefix("data.").unwrap_or(&value);
    let Some((name, rest)) = name.split_once('@').filter(|(name, _)| !name.contains('/')) else {
        return Some(Placed { value: Input::Path { path: value }, span });
    };
    let (version, part) = rest.split_once('.').map_or((rest, None), |(version, part)| (version, Some(part.to_owned())));
    let Some(version) = version.parse().ok().filter(|_| check_name(name).is_ok()) else {
        let help = "a file whose name has an @ is written with ./ before it";
        table.problems().push(wrong("a version of a dataset is written name@3").help(help));
        return None;
    };
    Some(Placed { value: Input::Dataset { name: name.to_owned(), version: Some(version), part }, span })
}

/// File extensions that always mean a file.
const FILE_ENDINGS: [&str; 14] =
    ["csv", "tsv", "txt", "dat", "parquet", "json", "jsonl", "xlsx", "fits", "nc", "h5", "npy", "npz", "gz"];

impl Input {
    /// The name by which a command refers to it: `planets`, `planets.train`, or the path.
    pub fn place(&self) -> String {
        match self {
            Self::Dataset { name, part: None, .. } => name.clone(),
            Self::Dataset { name, part: Some(part), .. } => format!("{name}.{part}"),
            Self::Path { path } => path.clone(),
        }
    }

    /// The meaning of a text with the datasets of the manifest. `planets` is a dataset when there is `[data.planets]`, and
    /// `planets.train` is a part of it; `planets.csv` is the file. A recipe reads only datasets: a name that is not in the
    /// manifest may be in the home.
    fn resolve(text: &str, all: &[Data], is_recipe: bool, span: &Range<usize>) -> Result<Self, Diagnostic> {
        let wrong = |message: String| Diagnostic::new(span.clone(), message);
        let file = || {
            if !is_recipe {
                return Ok(Self::Path { path: path::normal(text) });
            }
            let help = format!("import it: [data.table] with source = \"{text}\", and then input = \"table\"");
            Err(wrong(format!("a recipe reads datasets; `{text}` is a file")).help(help))
        };
        let is_ending = |part: &str| FILE_ENDINGS.contains(&part);
        let rest = text.strip_prefix("data.").filter(|rest| !is_ending(rest));
        let (name, part) = match rest.unwrap_or(text).split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (rest.unwrap_or(text), None),
        };
        let explicit = rest.is_some();
        if text.contains('/') || check_name(name).is_err() {
            return file();
        }
        let dataset = || Ok(Self::Dataset { name: name.to_owned(), version: None, part: part.map(str::to_owned) });
        let Some(data) = all.iter().find(|data| data.name == name) else {
            if part.is_some_and(is_ending) || !(is_recipe || explicit) {
                return file();
            }
            return match suggestion(name, all.iter().map(|data| data.name.as_str())) {
                Some(help) => Err(wrong(format!("there is no dataset `{name}` in this manifest")).help(help)),
                None => dataset(),
            };
        };
        let Some(part) = part else { return dataset() };
        let parts: Vec<&str> =
            data.split.iter().flat_map(|split| &split.parts).map(|part| part.name.as_str()).collect();
        if parts.contains(&part) {
            return dataset();
        }
        if is_ending(part) || !(explicit || is_recipe) && nearest(part, parts.iter().copied()).is_empty() {
            return file();
        }
        let help = match suggestion(part, parts.iter().copied()) {
            Some(help) => help,
            None if parts.is_empty() => format!("give it parts with [data.{name}.split]"),
            None => format!("there are {}", parts.join(", ")),
        };
        Err(wrong(format!("dataset `{name}` has no part `{part}`")).help(help))
    }
}

impl Run {
    /// Resolves the inputs.
    pub(super) fn resolve(&mut self, all: &[Data], problems: &mut Vec<Diagnostic>) {
        let is_recipe = matches!(self.work, Work::Recipe { .. });
        resolve_inputs(&mut self.inputs, all, is_recipe, problems);
    }
}

/// Resolves the names of datasets in inputs.
pub(super) fn resolve_inputs(
    inputs: &mut [Placed<Input>],
    all: &[Data],
    is_recipe: bool,
    problems: &mut Vec<Diagnostic>,
) {
    for Placed { value, span } in inputs {
        if let Input::Path { path } = value {
            match Input::resolve(path, all, is_recipe, span) {
                Ok(input) => *value = input,
                Err(problem) => problems.push(problem),
            }
        }
    }
}

/// A tolerance: a finite number from 0.
fn relative(table: &mut Reader<'_, '_>, name: &str, Placed { value, span }: &Placed<Value>) -> Option<f64> {
    let number = value.as_f64().filter(|number| number.is_finite() && *number >= 0.0);
    if number.is_none() {
        table.problem(span.clone(), format!("`{name}`: a tolerance is a number from 0, such as 1e-6"));
    }
    number
}

pub(super) fn resources(mut table: Reader<'_, '_>) -> RunResources {
    let named = table.values("named");
    let mut resources = RunResources {
        cpus: table.whole("cpus"),
        gpus: table.whole("gpus"),
        memory_bytes: table.bytes("memory"),
        time_s: table.seconds("time"),
        memory_limit_bytes: table.bytes("memory_limit"),
        output_limit_bytes: table.bytes("output_limit"),
        grace_s: table.seconds("grace"),
        named: BTreeMap::new(),
    };
    for (name, Placed { value, span }) in named {
        if name == "gpu" && resources.gpus.is_some() {
            table.problem(span, "`gpus` and `gpu` say the same: keep one of the two".to_owned());
            continue;
        }
        match value.as_u64() {
            Some(count) => drop(resources.named.insert(name, count)),
            None => table.problem(span, format!("`{name}` is counted in whole numbers")),
        }
    }
    table.finish();
    resources
}
