//! An array from its values and its command to its preview or its submission: for `hven map`, and for drafts that a person writes
//! in the pages.

use std::{collections::BTreeMap, ffi::OsString, sync::Arc};

use hven_api::{
    arrays::{ArrayDetail, ArrayPreview, Axis, Gather, SubmitArray},
    runs::SubmitRun,
};
use hven_capture::Apart;
use hven_client::{Client, Failure};
use hven_core::{
    array::{output_fault, placeholder_fault},
    file_name,
    manifest::Command,
    nearest::suggestion,
};
use hven_terminal::Output;

use crate::{
    array_outputs,
    array_values::{self, LocalRows, Values},
    context::Context,
    new_run::{StdinChoice, Work, outline, prepare},
    task_args::TaskArgs,
};

/// An array whose texts are read.
#[derive(Debug)]
pub struct NewArray {
    pub command: Command,
    /// Values that vary together, each.
    pub values: Vec<Vec<Values>>,
    pub stop_when: Option<String>,
    pub gather: Option<Gather>,
}

impl NewArray {
    /// Checks what the server checks too, before anything is recorded or sent: the values, the words of the command, and the
    /// outputs; and that there is such a program.
    pub fn check(&self, task: &TaskArgs, context: &Context) -> Result<(), ArrayFault> {
        let axes = axes(&self.values, None).map_err(|error| ArrayFault::Values(error.to_string()))?;
        let axes = array_values::domain(&axes);
        if let Some(fault) = hven_core::array::axes_fault(&axes) {
            return Err(ArrayFault::Values(fault));
        }
        let names: Vec<&str> = self.values.iter().flatten().flat_map(Values::names).collect();
        if let Some(fault) = placeholder_fault(&self.command, &names) {
            return Err(ArrayFault::Command(fault));
        }
        if let Some(fault) = self.program_fault(context) {
            return Err(ArrayFault::Command(fault));
        }
        let outputs = outputs(task);
        let fault = placeholder_fault(&Command { argv: outputs.clone() }, &names);
        let fault = fault.or_else(|| output_fault(&outputs, &axes, &LocalRows::of(&self.values)));
        fault.map_or(Ok(()), |fault| Err(ArrayFault::Outputs(fault)))
    }

    /// Remarks on units that can only be those of metrics, whose names are known when tasks have ended: where the name of a value
    /// may be meant.
    pub fn units_for_metrics(&self) -> Vec<String> {
        let values: Vec<&str> = self.values.iter().flatten().flat_map(Values::names).collect();
        let units = self.gather.iter().flat_map(|gather| gather.units.keys());
        let remark = |name: &String| {
            let near = suggestion(name, values.iter().copied()).filter(|_| !values.contains(&name.as_str()))?;
            Some(format!("--unit {name} gives the unit of a metric, as no value has this name; {near}"))
        };
        units.filter_map(remark).collect()
    }

    /// Whether no task could start, because there is no such program. A program that is a value is looked for by each task.
    fn program_fault(&self, context: &Context) -> Option<String> {
        let program = Command { argv: self.command.argv.first().into_iter().cloned().collect() };
        if !program.placeholders().is_empty() {
            return None;
        }
        let argv = program.filled(&|_| None);
        let (environment, _) = hven_capture::environment::of_process();
        let launch = hven_capture::Launch { argv: &argv, cwd: &context.cwd, environment: &environment };
        let [name] = argv.as_slice() else { return None };
        launch.which(name).is_none().then(|| {
            let place = if name.contains('/') { "" } else { " in PATH" };
            format!("there is no program {}{place}, so no task could start", file_name::shown(name))
        })
    }

    /// The effect that a submission would have, after the same checks. Inputs are not read, and nothing is recorded.
    pub fn preview(
        &self,
        task: &TaskArgs,
        context: &Context,
        client: &Client,
        output: &mut dyn Output,
    ) -> anyhow::Result<ArrayPreview> {
        let work = self.work(task, context)?;
        // Earlier runs of the same code are found by its place in the repository.
        let code = hven_capture::code(&context.cwd, &Apart::default(), work.capture_limits).code;
        let task = SubmitRun { code, ..outline(work, context, client, output)? };
        let axes = axes(&self.values, Some(client))?;
        let stop_when = self.stop_when.clone();
        Ok(client.preview_array(&SubmitArray { task, axes, stop_when, gather: self.gather.clone() })?)
    }

    /// Records code, inputs and environment, and submits it.
    pub fn submit(
        &self,
        task: &TaskArgs,
        context: &Context,
        client: &Arc<Client>,
        output: &mut dyn Output,
    ) -> anyhow::Result<ArrayDetail> {
        let work =
            Work { not_code: array_outputs::existing(&context.cwd, &outputs(task)), ..self.work(task, context)? };
        let prepared = prepare(work, context, client, output)?;
        // All code is sent before the tasks start.
        prepared.code_files.send(client);
        let axes = axes(&self.values, Some(client))?;
        let (stop_when, gather) = (self.stop_when.clone(), self.gather.clone());
        Ok(client.submit_array(&SubmitArray { task: prepared.submit, axes, stop_when, gather })?)
    }

    fn work(&self, task: &TaskArgs, context: &Context) -> anyhow::Result<Work> {
        let stdin = match task.stdin.as_deref() {
            Some(_) => StdinChoice::of(task.stdin.as_deref(), true)?,
            None => StdinChoice::Nothing,
        };
        let argv: Vec<OsString> = self.command.argv.iter().map(|word| file_name::from_text(word)).collect();
        task.work(&argv, stdin, context)
    }
}

/// A fault of an array whose texts are read.
#[derive(Debug)]
pub enum ArrayFault {
    Values(String),
    Command(String),
    Outputs(String),
}

impl From<ArrayFault> for Failure {
    fn from(fault: ArrayFault) -> Self {
        let (ArrayFault::Values(why) | ArrayFault::Command(why) | ArrayFault::Outputs(why)) = fault;
        Self::new("invalid", why)
    }
}

/// Divides a text into the words of a command, as a shell does it.
pub fn divided(line: &str) -> Result<Command, Failure> {
    let command = Command::of_line(line)
        .map_err(|why| Failure::new("usage", format!("the command cannot be divided into words: {why}")))?;
    if command.argv.is_empty() {
        return Err(Failure::new("usage", "the command is empty"));
    }
    Ok(command)
}

/// The names that the words of the command, the outputs and the name of the runs use.
pub fn placeholders(command: &Command, task: &TaskArgs) -> Vec<String> {
    let words = command.argv.iter().cloned().chain(outputs(task)).chain(task.name.clone());
    Command { argv: words.collect() }.placeholders().into_iter().map(str::to_owned).collect()
}

/// The dataset of the results, with the units of its columns.
pub fn gather(dataset: Option<&str>, units: &[(String, String)]) -> Option<Gather> {
    let units: BTreeMap<String, String> = units.iter().cloned().collect();
    dataset.map(|dataset| Gather { dataset: dataset.to_owned(), units })
}

fn outputs(task: &TaskArgs) -> Vec<String> {
    task.output.iter().map(file_name::to_text).collect()
}

fn axes(values: &[Vec<Values>], client: Option<&Client>) -> anyhow::Result<Vec<Axis>> {
    values.iter().map(|parts| axis(parts, client)).collect()
}

/// Values that vary together, as the server takes them. Rows are uploaded if there is a client.
fn axis(parts: &[Values], client: Option<&Client>) -> anyhow::Result<Axis> {
    let mut axes: Vec<Axis> = Vec::with_capacity(parts.len());
    for part in parts {
        axes.push(match part {
            Values::Ready(axis) => axis.clone(),
            Values::Rows { names, rows, origin } => {
                array_values::check_rows(names, rows.len())?;
                let object = match client {
                    None => String::new(),
                    Some(client) => {
                        let mut lines = Vec::new();
                        for row in rows {
                            serde_json::to_writer(&mut lines, row)?;
                            lines.push(b'\n');
                        }
                        client.put_bytes(&lines)?
                    }
                };
                Axis::Table { names: names.clone(), object, rows: rows.len() as u64, origin: origin.clone() }
            }
        });
    }
    Ok(if axes.len() == 1 { axes.swap_remove(0) } else { Axis::Zip { axes } })
}
