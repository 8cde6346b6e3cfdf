//! `[map.NAME]`: a command that runs once for each combination of values.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Command, Data, Placed,
    reader::{Reader, Written},
    run::{self, Input, RunResources},
};
use crate::{diagnostic::Diagnostic, nearest::suggestion};

/// One `[map.NAME]`. `hven map NAME` submits it as an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    pub name: String,
    /// Its words are templates.
    pub command: Command,
    /// The values of each name, as written: a range, a list, or `@FILE`.
    pub over: Vec<(String, Written)>,
    /// Tables with a value in each column, or datasets.
    pub over_rows: Vec<String>,
    /// Names whose values go together, separated by commas.
    pub zip: Vec<String>,
    /// The bounds of sampled values.
    pub sample: Vec<(String, String)>,
    pub samples: Option<u64>,
    /// `latin` or `random`.
    pub design: Option<Placed<String>>,
    pub seed: Option<u64>,
    pub inputs: Vec<Placed<Input>>,
    /// Templates of paths, relative to the manifest's folder.
    pub outputs: Vec<Placed<String>>,
    pub stdin: Option<String>,
    pub gather: Option<String>,
    /// The units of values and metrics in the gathered dataset.
    pub units: BTreeMap<String, String>,
    pub stop_when: Option<String>,
    pub resources: RunResources,
    pub secrets: Vec<String>,
    pub retries: Option<u64>,
    /// The runs and arrays that must succeed before.
    pub after: Vec<String>,
    /// It does not start until it is released.
    pub hold: bool,
    pub description: Option<String>,
    /// The position of its name in the manifest.
    pub span: Range<usize>,
}

pub(super) fn read(name: &str, mut table: Reader<'_, '_>) -> Option<Map> {
    let command = if table.has("command") {
        run::read_command(&mut table)
    } else {
        table.wanted_text("command", "write command = \"python sim.py --seed {i}\"");
        None
    };
    let mut inputs = table.texts("input");
    inputs.extend(table.texts("inputs"));
    let zip = table.texts("zip");
    let map = Map {
        name: name.to_owned(),
        command: command.as_ref().map_or_else(|| Command { argv: Vec::new() }, |placed| placed.value.clone()),
        over: table.written("over"),
        over_rows: table.texts("over_rows").into_iter().map(|rows| rows.value).collect(),
        zip: zip.iter().map(|names| names.value.clone()).collect(),
        sample: table.written("sample").into_iter().map(|(name, bounds)| (name, bounds.text())).collect(),
        samples: table.whole("samples"),
        design: table.text("design").map(|(value, span)| Placed { value, span }),
        seed: table.whole("seed"),
        inputs: inputs.into_iter().filter_map(|input| run::read_input(&mut table, input)).collect(),
        outputs: run::read_outputs(&mut table),
        stdin: table.text_alone("stdin"),
        gather: table.text_alone("gather"),
        units: table.written("units").into_iter().map(|(name, unit)| (name, unit.text())).collect(),
        stop_when: table.text_alone("stop_when"),
        resources: table.table("resources").map(run::resources).unwrap_or_default(),
        secrets: table.texts("secrets").into_iter().map(|name| name.value).collect(),
        retries: table.whole("retries"),
        after: table.texts("after").into_iter().map(|name| name.value).collect(),
        hold: table.flag("hold"),
        description: table.text_alone("description"),
        span: table.span(),
    };
    if let Some(design) = &map.design
        && !["latin", "random"].contains(&design.value.as_str())
    {
        table.problem(design.span.clone(), format!("`design` is latin or random, not {:?}", design.value));
    }
    if map.over.is_empty() && map.over_rows.is_empty() && map.sample.is_empty() {
        let message = format!("[{}] has no values", table.path());
        table.problem_with_help(table.span(), message, "write over = { i = \"1..10\" }");
    }
    if !map.sample.is_empty() && map.samples.is_none() {
        let message = format!("[{}] does not say how many samples are drawn", table.path());
        table.problem_with_help(table.span(), message, "write samples = 50");
    }
    for names in &zip {
        check_zip(&mut table, &map, names);
    }
    if let Some(Placed { span, .. }) = &command {
        check_placeholders(&mut table, &map, span);
    }
    table.finish();
    command.map(|_| map)
}

/// Names that go together are several and have values.
fn check_zip(table: &mut Reader<'_, '_>, map: &Map, Placed { value, span }: &Placed<String>) {
    let names: Vec<&str> = value.split(',').map(str::trim).collect();
    if let [name] = names.as_slice() {
        let message = format!("`zip` has names that go together in one text, and {name:?} is one name");
        let others: Vec<&str> = map.zip.iter().map(String::as_str).collect();
        return table.problem_with_help(span.clone(), message, format!("write zip = [\"{}\"]", others.join(",")));
    }
    let known = names_with_values(map);
    if let Some(name) = names.iter().find(|name| map.over_rows.is_empty() && !known.contains(name)) {
        let message = format!("`zip` names `{name}`, which has no values");
        table.problem(span.clone(), message);
    }
}

fn names_with_values(map: &Map) -> Vec<&str> {
    let (over, sample) = (map.over.iter().map(|(name, _)| name), map.sample.iter().map(|(name, _)| name));
    over.chain(sample).map(String::as_str).collect()
}

/// Every `{name}` has values. The columns of a table are known only when the array is submitted.
fn check_placeholders(table: &mut Reader<'_, '_>, map: &Map, span: &Range<usize>) {
    if !map.over_rows.is_empty() {
        return;
    }
    let known = names_with_values(map);
    let mut problems = Vec::new();
    let mut check = |command: &Command, span: &Range<usize>| {
        for place in command.placeholders().into_iter().filter(|place| !known.contains(place)) {
            let help = suggestion(place, known.iter().copied()).unwrap_or_else(|| {
                format!("write over = {{ {place} = … }}, or `{{{{{place}}}}}` for the letters themselves")
            });
            problems.push(Diagnostic::new(span.clone(), format!("`{{{place}}}` has no values")).help(help));
        }
    };
    check(&map.command, span);
    for output in &map.outputs {
        check(&Command { argv: vec![output.value.clone()] }, &output.span);
    }
    table.problems().append(&mut problems);
}

impl Map {
    /// Resolves the inputs.
    pub(super) fn resolve(&mut self, all: &[Data], problems: &mut Vec<Diagnostic>) {
        run::resolve_inputs(&mut self.inputs, all, false, problems);
    }
}
