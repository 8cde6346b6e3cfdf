//! The one line at the end of `hven run`.

use hven_api::runs::RunDetail;

use crate::{
    metric_line::metric_line,
    paper::{Ink, printable},
    run_notes::in_one_line,
    words,
};

/// The one line at the end of `hven run`.
pub fn finished_line(run: &RunDetail, ink: Ink) -> String {
    let summary = &run.summary;
    let outcome = summary.outcome.clone().unwrap_or_else(|| summary.state.clone());
    let ended = match summary.wall_s {
        Some(wall_s) if summary.state == "done" => format!("{outcome} in {}", words::duration(wall_s)),
        Some(wall_s) if wall_s > 0.0 => ended_after(run, &outcome, wall_s),
        _ => outcome,
    };
    let mut parts = vec![
        format!("run {}", summary.handle),
        summary.project.clone(),
        ink.state(&summary.state, &in_one_line(&ended)),
    ];
    if let Some(shown) = summary.metrics.first() {
        parts.push(printable(&metric_line(shown)));
    }
    if summary.outputs > 0 {
        parts.push(words::counted(summary.outputs.into(), "output", "outputs"));
    }
    if summary.set_aside_total > 0 {
        parts.push(format!("{} set aside", words::counted(summary.set_aside_total, "message", "messages")));
    }
    parts.push(run.url.clone());
    let (first, rest) = parts.split_at(2);
    format!("{}  {}", first.join("  "), rest.join("   "))
}

/// How it ended, and how long it had run. At its time limit that is said already; the reason for which an output was not kept
/// came after the process.
fn ended_after(run: &RunDetail, outcome: &str, wall_s: f64) -> String {
    let wall = words::duration(wall_s);
    match run.outcome_detail.as_ref().map(|detail| detail.kind.as_str()) {
        Some("timed_out") => outcome.to_owned(),
        Some("output_missing" | "output_not_kept") => format!("{outcome}; the command took {wall}"),
        _ => format!("{outcome} after {wall}"),
    }
}
