//! Converts reproductions between the wire and the domain.

use std::collections::BTreeMap;

use hven_api::{reproductions as wire, runs::RunName};
use hven_app::{
    AppResult,
    labelled::{Labelled, Labels},
    ports::{reproductions::ReproductionView, views::RunView},
    reproduce::{CodeAbove, ReproduceRequest, ReproduceStart},
    verdicts::ReproductionVerdict,
};
use hven_core::{
    RunId,
    reproduction::{Printed, PrintedComparison, Tolerance, Tolerances},
};

use super::{actor, code::software_in, files::file_in, recorded_sentence, run_name, text, tools::tools_in};

pub(crate) fn request(wire: wire::Reproduce) -> AppResult<ReproduceRequest> {
    Ok(ReproduceRequest {
        tolerances: tolerances_in(wire.tolerances),
        code: wire.code.into_iter().map(file_in).collect::<AppResult<_>>()?,
        above: CodeAbove {
            files: wire.code_above.into_iter().map(file_in).collect::<AppResult<_>>()?,
            left_out: wire.code_above_left_out,
        },
        secrets: wire.secrets,
        software: wire.software.map(software_in),
        tools: wire.tools.map(tools_in).transpose()?,
    })
}

pub(crate) fn tolerances_in(wire: wire::Tolerances) -> Tolerances {
    let one = |wire::Tolerance { relative, absolute }| Tolerance { relative, absolute };
    let named =
        |all: BTreeMap<String, wire::Tolerance>| all.into_iter().map(|(name, wire)| (name, one(wire))).collect();
    Tolerances { usual: wire.tolerance.map(one), metrics: named(wire.metrics), files: named(wire.files) }
}

pub(crate) fn tolerances(tolerances: &Tolerances) -> wire::Tolerances {
    let one = |&Tolerance { relative, absolute }: &Tolerance| wire::Tolerance { relative, absolute };
    let named = |all: &BTreeMap<String, Tolerance>| all.iter().map(|(name, own)| (name.clone(), one(own))).collect();
    wire::Tolerances {
        tolerance: tolerances.usual.as_ref().map(one),
        metrics: named(&tolerances.metrics),
        files: named(&tolerances.files),
    }
}

pub(crate) fn started(shown: &Labelled<ReproduceStart>) -> wire::Reproducing {
    let Labelled { of: started, labels } = shown;
    let (again, verdict) = match started {
        ReproduceStart::Running(run) => (Some(run_name(run)), None),
        ReproduceStart::Cannot(verdict) => (None, Some(reproduction(verdict, labels))),
    };
    wire::Reproducing { schema: "hven.reproducing/1".to_owned(), again, verdict }
}

pub(crate) fn reproduction(verdict: &ReproductionVerdict, labels: &Labels) -> wire::Reproduction {
    let ReproductionVerdict { view, comparison } = verdict;
    let found = &view.reproduced;
    wire::Reproduction {
        schema: "hven.reproduction/1".to_owned(),
        run: name(found.run, labels),
        again: found.again.map(|again| name(again, labels)),
        level: found.level.as_str().to_owned(),
        because_said: found.because.as_deref().and_then(recorded_sentence),
        because: found.because.clone(),
        same_bytes: found.counts.same_bytes,
        same_within: found.counts.same_within,
        differs: found.counts.differs,
        outputs_compared: found.outputs_compared(),
        metrics_compared: found.metrics_compared,
        printed: found.printed.as_ref().map(printed),
        comparison: serde_json::to_value(comparison).unwrap_or_default(),
        metrics: serde_json::to_value(&found.metrics).unwrap_or_default(),
        surroundings: found.surroundings.clone(),
        judged: text(view.time),
        judged_by: actor(labels.actor(view.by)),
    }
}

/// The newest verdict, as the page of a run or a claim shows it.
pub(crate) fn made_again(run: &RunView, view: &ReproductionView) -> wire::MadeAgain {
    let found = &view.reproduced;
    wire::MadeAgain {
        run: run_name(run),
        level: found.level.as_str().to_owned(),
        because_said: found.because.as_deref().and_then(recorded_sentence),
        because: found.because.clone(),
        outputs_compared: found.outputs_compared(),
        metrics_compared: found.metrics_compared,
        printed: found.printed.as_ref().map(printed),
        judged: text(view.time),
    }
}

fn printed(compared: &PrintedComparison) -> wire::Printed {
    let text = |of: &Printed| {
        let (line, why) = match of {
            Printed::Nothing | Printed::Same => (None, None),
            Printed::Differs { line } => (Some(*line), None),
            Printed::NotKnown { why } => (None, Some(why.clone())),
        };
        wire::PrintedText {
            is: of.as_str().to_owned(),
            line,
            why_said: why.as_deref().and_then(recorded_sentence),
            why,
        }
    };
    wire::Printed { stdout: text(&compared.stdout), stderr: text(&compared.stderr), said: compared.to_string() }
}

fn name(run: RunId, labels: &Labels) -> RunName {
    let handle = labels.handle(run).map(|handle| handle.to_string());
    RunName { id: run.to_string(), handle: handle.unwrap_or_default() }
}
