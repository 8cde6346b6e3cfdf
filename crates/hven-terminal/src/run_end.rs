//! The last line of `hven run`.

use hven_api::runs::RunDetail;

use crate::{
    formats,
    metric_line::metric_line,
    run_notes::in_one_line,
    terminal_writer::{Colours, printable},
};

/// The last line of `hven run`.
pub fn finished_line(run: &RunDetail, colours: Colours) -> String {
    let summary = &run.summary;
    let outcome = summary.outcome.clone().unwrap_or_else(|| summary.state.clone());
    let ended = match summary.wall_s {
        Some(wall_s) if summary.state == "done" => format!("{outcome} in {}", formats::duration(wall_s)),
        Some(wall_s) if wall_s > 0.0 => ended_after(run, &outcome, wall_s),
        _ => outcome,
    };
    let mut parts = vec![
        format!("run {}", summary.handle),
        summary.project.clone(),
        colours.state(&summary.state, &in_one_line(&ended)),
    ];
    if let Some(shown) = summary.metrics.first() {
        parts.push(printable(&metric_line(shown)));
    }
    if summary.outputs > 0 {
        parts.push(formats::counted(summary.outputs.into(), "output", "outputs"));
    }
    if summary.set_aside_total > 0 {
        parts.push(format!("{} set aside", formats::counted(summary.set_aside_total, "message", "messages")));
    }
    parts.push(run.url.clone());
    let (first, rest) = parts.split_at(2);
    format!("{}  {}", first.join("  "), rest.join("   "))
}

/// The outcome and the running time. The outcome of a timeout contains the time already. A missing or lost output was
/// noticed after the end of the process, so its line names the time of the command.
fn ended_after(run: &RunDetail, outcome: &str, wall_s: f64) -> String {
    let wall = formats::duration(wall_s);
    match run.outcome_detail.as_ref().map(|detail| detail.kind.as_str()) {
        Some("timed_out") => outcome.to_owned(),
        Some("output_missing" | "output_not_kept") => format!("{outcome}; the command took {wall}"),
        _ => format!("{outcome} after {wall}"),
    }
}
