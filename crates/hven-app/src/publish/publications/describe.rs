//! Descriptions of single items in a publication, without paths of the machine.

use std::collections::BTreeMap;

use hven_core::{
    RunId,
    expression::name_in_formula,
    object::{FileKind, FileRef},
    publication::{
        description::Person,
        evidence::{Law, Plot, Quantity, StdinFrom},
    },
    run::{Number, Software},
    stdin::{NO_PATH, Stdin},
};
use serde_json::Value;

use crate::{knowledge::laws, ports::run::RunView, work::stdin};

/// Variables of the machine, not of the work. They mean nothing elsewhere, and may reveal the owner of the machine.
const OF_THE_MACHINE: [&str; 7] = ["PATH", "HOME", "PWD", "USER", "LOGNAME", "TMPDIR", "VIRTUAL_ENV"];

/// The units of metrics, which recipes note in the parameter `units`.
pub(super) fn units(parameters: &BTreeMap<String, Value>) -> BTreeMap<String, String> {
    let units = parameters.get("units").and_then(Value::as_object);
    let text = |(name, unit): (&String, &Value)| Some((name.clone(), unit.as_str()?.to_owned()));
    units.into_iter().flatten().filter_map(text).collect()
}

/// Whether a variable is about the work and not about the machine. Paths on the machine are private.
pub(super) fn is_about_work((name, value): &(&String, &String)) -> bool {
    !OF_THE_MACHINE.contains(&name.as_str()) && !value.starts_with('/') && !value.contains(":/")
}

/// The standard input of the run. It becomes one of the inputs, unless it is one already.
pub(super) fn stdin_from(run: &RunView, inputs: &mut Vec<FileRef>) -> Option<StdinFrom> {
    let from = match run.spec()?.stdin.as_ref()? {
        Stdin::File { from, .. } => *from,
        Stdin::Pipe => 0,
    };
    let Some(file) = stdin::file_of(run) else {
        let bytes = run.result.as_ref()?.stdin?.bytes;
        return (bytes > 0).then_some(StdinFrom::Lost { bytes });
    };
    let same = inputs.iter().find(|input| input.digest == file.digest && input.kind == FileKind::File);
    if let Some(same) = same {
        return Some(StdinFrom::Input { path: same.path.clone() });
    }
    let is_taken = |path: &str| inputs.iter().any(|input| input.path == path);
    // A part of a file is not the whole file, and a path on that machine means nothing elsewhere.
    let has_name = from == 0 && file.path != NO_PATH && !file.path.starts_with('/') && !is_taken(&file.path);
    let mut path = if has_name { file.path.clone() } else { "stdin".to_owned() };
    while is_taken(&path) {
        path.push('_');
    }
    inputs.push(FileRef { path: path.clone(), ..file });
    Some(StdinFrom::Input { path })
}

/// A file with its name only, if its path is a path on the machine.
pub(super) fn without_folder(file: FileRef) -> FileRef {
    let path = match file.path.rsplit_once('/') {
        Some((_, name)) if file.path.starts_with(['/', '~']) || file.path.contains("..") => name.to_owned(),
        _ => file.path,
    };
    FileRef { path, ..file }
}

/// The software without the path of the interpreter, which may reveal the owner of the machine.
pub(super) fn without_path(software: &Software) -> Software {
    let interpreter = software.interpreter.as_ref().map(|text| match text.split_once(" (/") {
        Some((name, _)) => name.to_owned(),
        None => text.rsplit('/').next().unwrap_or_default().to_owned(),
    });
    Software { interpreter, ..software.clone() }
}

/// The law in its selected form; `None` when its document is not that of a law.
pub(super) fn law(run: RunId, detail: &laws::LawDetail, chosen_by: Option<Person>) -> Option<Law> {
    let document = &detail.law;
    let front = document.get("front")?.as_array()?;
    let chosen = front.iter().find(|of| of.get("id").and_then(Value::as_str) == Some(detail.chosen()))?;
    let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
    let number = |of: &Value, name: &str| of.get(name).and_then(Value::as_f64).map(Number);
    let target = text(document, "target")?;
    let notes = document.get("notes").and_then(Value::as_array).into_iter().flatten();
    let is_by_rule = text(document, "chosen").as_deref() == Some(detail.chosen());
    let quantity = |of: &Value| {
        Some(Quantity {
            name: text(of, "name")?,
            value: number(of, "value")?,
            low: number(of, "low"),
            high: number(of, "high"),
            unit: text(of, "unit"),
        })
    };
    let because = match &detail.choice {
        Some(choice) => choice.chosen.because.clone(),
        None => text(document, "reason").unwrap_or_default(),
    };
    Some(Law {
        run,
        inputs: document
            .get("inputs")?
            .as_array()?
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
        display: format!("{} = {}", name_in_formula(&target), text(chosen, "display")?),
        text: text(chosen, "text")?,
        complexity: chosen.get("complexity").and_then(Value::as_u64).unwrap_or_default(),
        r2: number(chosen, "r2"),
        r2_holdout: number(chosen, "r2_holdout"),
        // The quantities belong to the rule's candidate.
        quantities: document
            .get("quantities")
            .and_then(Value::as_array)
            .filter(|_| is_by_rule)
            .into_iter()
            .flatten()
            .filter_map(quantity)
            .collect(),
        because,
        chosen_by,
        candidate: detail.choice.as_ref().map(|choice| choice.chosen.candidate.clone()),
        candidates: front.len() as u64,
        plots: detail.plots.iter().filter_map(|(name, spec)| Plot::of_vega_lite(name, spec)).collect(),
        notes: notes.filter_map(|note| note.as_str().map(str::to_owned)).collect(),
        target,
    })
}

#[cfg(test)]
mod tests {
    use hven_core::Digest;

    use super::*;

    #[test]
    fn software_is_described_without_its_path() {
        let check = |text: &str, expect: &str| {
            let software = Software { interpreter: Some(text.to_owned()), ..Software::default() };
            assert_eq!(without_path(&software).interpreter.as_deref(), Some(expect));
        };
        check("Python (/home/mira/.venv/bin/python)", "Python");
        check("/home/mira/bin/python3", "python3");
        check("python3", "python3");
    }

    #[test]
    fn descriptions_contain_no_paths_of_the_machine() {
        let check = |name: &str, value: &str, expect: bool| {
            assert_eq!(is_about_work(&(&name.to_owned(), &value.to_owned())), expect, "{name}={value}");
        };
        check("LANG", "C.UTF-8", true);
        check("TZ", "Europe/Copenhagen", true);
        check("PATH", "bin", false);
        check("PYTHONPATH", "/home/mira/lib", false);
        check("MODULES", "a:/opt/b", false);
        let path = |path: &str| {
            let file = FileRef { path: path.to_owned(), digest: Digest::of(b""), size: 0, kind: Default::default() };
            without_folder(file).path
        };
        assert_eq!(path("data/planets.csv"), "data/planets.csv");
        assert_eq!(path("/home/mira/planets.csv"), "planets.csv");
        assert_eq!(path("../planets.csv"), "planets.csv");
    }

    #[test]
    fn units_are_texts() {
        let parameters = BTreeMap::from([("units".to_owned(), serde_json::json!({ "factor": "yr", "n": 1 }))]);
        assert_eq!(units(&parameters), BTreeMap::from([("factor".to_owned(), "yr".to_owned())]));
        assert!(units(&BTreeMap::new()).is_empty());
    }
}
