//! `[run.NAME]` with a command: like `hven run -- COMMAND` in the manifest's folder, with what the manifest declares.

use std::path::PathBuf;

use hven_api::runs::{Place, RunDetail, SubmitRun};
use hven_capture::files::recorded_path;
use hven_core::{
    file_name,
    manifest::{Input, StepId},
};
use hven_terminal::{Json, Output, StepState, found_otherwise, result_line};

use crate::{
    hands::{Hands, StepCommand, Submission},
    recipe_run::table,
    step_words::{path_of, words},
    study::{Study, Went, missing},
    table_path,
    why_again::{run_again, told},
};

pub fn work<H: Hands>(study: &Study<'_, H>, name: &str, output: &mut dyn Output) -> anyhow::Result<Went> {
    let (submit, rest) = prepared(study, name, output)?;
    let created = match study.hands.submit(&submit, output)? {
        Submission::Begun(created) => created,
        Submission::DoneBefore { run, restored } => {
            let text = format!("{}{restored}", found(&run, &submit));
            return Ok(Went { page: Some(run.url), ..Went::new(StepState::UpToDate, text) });
        }
    };
    if let Some(why) = run_again(&created, &study.folder) {
        output.note(&format!("run.{name}: {why}"));
    }
    let watched = study.hands.finish(&created.run.id, &format!("run.{name}"), &submit, rest, output)?;
    let page = Some(watched.run.url.clone());
    let notes = found_otherwise(&watched.run);
    if !watched.is_done() {
        // Its last lines have the notes.
        watched.tell_lines(output);
        return Ok(Went { page, notes, ..Went::new(StepState::Failed, watched.outcome()) });
    }
    for note in &notes {
        output.note(&format!("run.{name}: {note}"));
    }
    Ok(Went { page, notes, ..Went::new(StepState::Done, result_line(&watched.run)) })
}

pub fn look<H: Hands>(study: &mut Study<'_, H>, name: &str) -> anyhow::Result<Went> {
    let (submit, _) = prepared(study, name, &mut Json)?;
    let looked = study.client.look_up(&submit)?;
    match looked.run {
        Some(run) if looked.up_to_date => {
            let run = study.client.run(&run.id)?;
            study.made.extend(run.output_files.iter().map(|file| (file.path.clone(), file.clone())));
            Ok(Went { page: Some(run.url.clone()), ..Went::new(StepState::UpToDate, found(&run, &submit)) })
        }
        _ => Ok(Went::new(StepState::WouldRun, told(&looked.because, &study.folder))),
    }
}

/// The run that did the same before; where that was, when it was in another folder.
fn found(run: &RunDetail, submit: &SubmitRun) -> String {
    let elsewhere = run.spec.as_ref().filter(|spec| spec.place == Place::Here && spec.cwd != submit.cwd);
    match elsewhere {
        Some(spec) => format!("{}   in {}", result_line(run), file_name::shown(&spec.cwd)),
        None => result_line(run),
    }
}

fn prepared<H: Hands>(
    study: &Study<'_, H>,
    name: &str,
    output: &mut dyn Output,
) -> anyhow::Result<(SubmitRun, H::Rest)> {
    let run = study.manifest.run(name).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let words = words(run).ok_or_else(|| missing(&StepId::Run(name.to_owned())))?;
    let cwd = &study.folder;
    let made = |input: &Input| study.made.get(&recorded_path(cwd, &cwd.join(path_of(input))));
    let mut inputs = Vec::with_capacity(run.inputs.len());
    for input in &run.inputs {
        // It would be put in place before the step begins.
        if made(&input.value).is_some() && !cwd.join(path_of(&input.value)).exists() {
            continue;
        }
        if let Input::Dataset { name, version, part } = &input.value {
            fetch(study, name, *version, part.as_deref())?;
        }
        inputs.push(PathBuf::from(path_of(&input.value)));
    }
    let command = StepCommand { run, words, inputs, project: study.project.as_ref(), wanted: &study.wanted };
    let (mut submit, rest) = study.hands.prepare(command, output)?;
    let inputs = &mut submit.inputs;
    for (place, input) in run.inputs.iter().enumerate() {
        let Some(made) = made(&input.value) else { continue };
        match inputs.iter_mut().find(|file| file.path == made.path) {
            Some(file) => made.clone_into(file),
            None => inputs.insert(place.min(inputs.len()), made.clone()),
        }
    }
    Ok((submit, rest))
}

/// Puts a table where the command can read it: at [`path_of`] the input, which is the same whatever the version.
fn fetch<H: Hands>(study: &Study<'_, H>, name: &str, version: Option<u64>, part: Option<&str>) -> anyhow::Result<()> {
    let named = study.dataset_name(name, version, part);
    let shown = part.map_or_else(|| name.to_owned(), |part| format!("{name}.{part}"));
    let file = table(&study.client, &named, study.project.as_deref(), &table_path::path_of(&shown))?;
    study.hands.put_table(&shown, &file)
}
