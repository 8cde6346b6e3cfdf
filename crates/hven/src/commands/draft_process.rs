//! `hven draft-process`: reads a draft of an array and submits it. The server starts this command; people use `hven map`.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use hven_core::{
    array::{Draft, DraftRefusal, DraftReport, DraftTask, StopRule},
    file_name,
    name::Name,
    project::ProjectPath,
    queueing::Priority,
};
use hven_terminal::{Output, exit};

use crate::{
    act::Act,
    arg_values::{parse_bytes, parse_resource},
    array_values::{self, GivenValues},
    connect,
    context::Context,
    new_array::{self, ArrayFault, NewArray},
    process_report::{Silent, read_task, write_report},
    task_args::{TaskArgs, named_twice},
};

/// Read a draft of an array: reads a task from standard input and writes a report to standard output
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct DraftProcessArgs {}

impl Act for DraftProcessArgs {
    fn act(self, context: &Context, _: &mut dyn Output) -> anyhow::Result<u8> {
        let task: DraftTask = read_task()?;
        let context = context.in_folder(file_name::to_path(&task.draft.folder));
        context.check_home()?;
        write_report(report(&task, &context))?;
        Ok(exit::OK)
    }
}

fn report(task: &DraftTask, context: &Context) -> DraftReport {
    let (array, args) = match read(&task.draft, &task.secrets, context) {
        Ok(read) => read,
        Err(refusals) => return DraftReport::refused(refusals),
    };
    // The server that started this process is the only one that waits for its report.
    let client = connect::client_of_running(&context.home);
    let done = match &task.submit {
        None => array.preview(&args, context, &client, &mut Silent).and_then(|preview| {
            Ok(DraftReport { preview: Some(serde_json::to_value(preview)?), ..DraftReport::default() })
        }),
        Some(key) => {
            let client = Arc::new(client.with_key_prefix(key.as_str()));
            let submitted = array.submit(&args, context, &client, &mut Silent);
            submitted.map(|submitted| DraftReport { array: Some(submitted.array.name), ..DraftReport::default() })
        }
    };
    done.unwrap_or_else(|error| DraftReport::refused(vec![DraftRefusal::of("array", format!("{error:#}"))]))
}

/// The array of a draft, or everything that is wrong with its texts.
fn read(draft: &Draft, secrets: &[String], context: &Context) -> Result<(NewArray, TaskArgs), Vec<DraftRefusal>> {
    let mut refusals = Refusals::default();
    let command = refusals.take("command", new_array::divided(&draft.command));
    let mut values = Vec::new();
    for (at, over) in draft.over.iter().enumerate() {
        let read = match GivenValues::of_text(over) {
            Some(given) => array_values::over(&given, &context.cwd).map_err(|error| error.to_string()),
            None => Err(format!("{over} names no value: write i=1..10")),
        };
        match read {
            Ok(read) => values.push(read),
            Err(why) => refusals.0.push(DraftRefusal::at("over", at, why)),
        }
    }
    let resource = (draft.resources.iter().enumerate()).filter_map(|(at, text)| {
        parse_resource(text).map_err(|why| refusals.0.push(DraftRefusal::at("resources", at, why))).ok()
    });
    let resource: Vec<(String, u64)> = resource.collect();
    if let Some(name) = named_twice(&resource) {
        refusals.0.push(DraftRefusal::of("resources", format!("{name} is given twice")));
    }
    for (at, input) in draft.inputs.iter().enumerate() {
        let is_file = !input.starts_with("dataset:");
        if is_file && let Err(error) = context.cwd.join(input).symlink_metadata() {
            let why = format!("the input {} cannot be read: {error}", file_name::shown(input));
            refusals.0.push(DraftRefusal::at("inputs", at, why));
        }
    }
    refusals.check::<ProjectPath>("project", &draft.project);
    refusals.check::<Name>("gather", &draft.gather);
    if let Some(rule) = said(&draft.stop_when) {
        refusals.take("stop_when", StopRule::parse(rule));
    }
    let cpus = said(&draft.cpus).and_then(|text| {
        let whole = text.parse::<u32>().ok().filter(|count| *count > 0);
        refusals.take("cpus", whole.ok_or("it is a whole number of cores"))
    });
    let memory = said(&draft.memory).and_then(|text| refusals.take("memory", parse_bytes(text)));
    let priority = said(&draft.priority).and_then(|text| refusals.take("priority", text.parse::<Priority>()));
    if values.is_empty() && draft.over.is_empty() {
        refusals.0.push(DraftRefusal::of("values", "the command has no values"));
    }
    let Some(command) = command.filter(|_| refusals.0.is_empty()) else { return Err(refusals.0) };

    let groups = array_values::zip_groups(&draft.zip);
    let zipped =
        refusals.take("zip", array_values::zipped(values, &groups).map_err(|error| without_option(&error.to_string())));
    let Some(values) = zipped else { return Err(refusals.0) };
    let owned = |text: &str| said(text).map(str::to_owned);
    let args = TaskArgs {
        input: draft.inputs.iter().map(PathBuf::from).collect(),
        output: draft.outputs.iter().map(PathBuf::from).collect(),
        name: owned(&draft.name),
        project: owned(&draft.project),
        cpus,
        memory,
        resource,
        priority,
        secret: secrets.to_vec(),
        ..TaskArgs::default()
    };
    let gather = new_array::gather(said(&draft.gather), &[]);
    let array = NewArray { command, values, stop_when: owned(&draft.stop_when), gather };
    match array.check(&args, context) {
        Ok(()) => Ok((array, args)),
        Err(ArrayFault::Values(why)) => Err(vec![DraftRefusal::of("values", why)]),
        Err(ArrayFault::Command(why)) => Err(vec![DraftRefusal::of("command", why)]),
        Err(ArrayFault::Outputs(why)) => Err(vec![DraftRefusal::of("outputs", why)]),
    }
}

/// The text without spaces around it, if it is not empty.
fn said(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// A message without the name of the option: a form has none.
fn without_option(message: &str) -> String {
    message.strip_prefix("--zip ").unwrap_or(message).to_owned()
}

#[derive(Default)]
struct Refusals(Vec<DraftRefusal>);

impl Refusals {
    fn take<T, E: ToString>(&mut self, field: &str, read: Result<T, E>) -> Option<T> {
        read.map_err(|why| self.0.push(DraftRefusal::of(field, why.to_string()))).ok()
    }

    fn check<T: std::str::FromStr<Err: ToString>>(&mut self, field: &str, text: &str) {
        if let Some(text) = said(text) {
            self.take(field, text.parse::<T>());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_not_named_in_a_form() {
        assert_eq!(without_option("--zip i names one value"), "i names one value");
        assert_eq!(without_option("the range i=1..2..0 has a step of 0"), "the range i=1..2..0 has a step of 0");
    }

    #[test]
    fn an_empty_text_says_nothing() {
        assert_eq!((said(" "), said(" a ")), (None, Some("a")));
    }
}
