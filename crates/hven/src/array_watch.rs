//! Follows an array: one line of progress, and at the end what became of the tasks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hven_api::arrays::{ArrayDetail, ArrayPoint, ArrayPoints, ArraySummary};
use hven_client::Client;
use hven_core::run::State;
use hven_terminal::{ArrayShown, Extremes, Output, counts_text, exit, is_error_terminal, time_left_text};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::{consts::SIGINT, flag, low_level};

use crate::follow_run::Interrupt;

/// The beginning of the name of an array.
pub const ARRAY: &str = "array/";

/// The pause between two questions to the server: the first, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(30);
const PAUSE_MAX: Duration = Duration::from_millis(500);
/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(30);
/// How many metrics are shown.
const METRICS_MAX: usize = 8;

/// `array/3:10-20` as the array and its tasks; `None` when it names no array.
pub fn array_and_tasks(name: &str) -> Option<(&str, Option<&str>)> {
    name.strip_prefix(ARRAY)?;
    Some(name.split_once(':').map_or((name, None), |(array, tasks)| (array, Some(tasks))))
}

/// Whether a name is that of an array, and not of one of its tasks.
pub fn is_array(name: &str) -> bool {
    matches!(array_and_tasks(name), Some((_, None)))
}

/// Follows an array until it ends or the person leaves, and returns the exit status.
pub fn watch(client: &Arc<Client>, name: &str, interrupt: Interrupt, output: &mut dyn Output) -> anyhow::Result<u8> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let handler = flag::register(SIGINT, Arc::clone(&interrupted))?;
    let status = until_end(client, name, interrupt, &interrupted, output);
    low_level::unregister(handler);
    status
}

fn until_end(
    client: &Arc<Client>,
    name: &str,
    mut interrupt: Interrupt,
    interrupted: &AtomicBool,
    output: &mut dyn Output,
) -> anyhow::Result<u8> {
    let has_bar = is_error_terminal() && !output.owns_stdout();
    let bar = bar(has_bar);
    let (mut pause, mut printed) = (PAUSE_MIN, Instant::now());
    let mut before = None;
    let mut has_cancelled = false;
    loop {
        let detail = client.array(name)?;
        let array = &detail.array;
        if let Some(results) = results(client, array)? {
            bar.finish_and_clear();
            output.reply(&shown(client, detail.clone())?)?;
            if let Some(because) = results.not_there() {
                output.note(&gather_again(array, &because));
            }
            return Ok(status(array, &results, has_cancelled));
        }
        if interrupted.swap(false, Ordering::Relaxed) {
            match interrupt {
                Interrupt::Cancels => {
                    bar.suspend(|| output.note(&format!("cancelling {name}; Ctrl-C again leaves it to itself")));
                    (interrupt, has_cancelled) = (Interrupt::Leaves, true);
                    // A conflict says that the array has just ended.
                    match client.cancel_array(name, None) {
                        Err(error) if error.code() != "conflict" => return Err(error.into()),
                        _ => continue,
                    }
                }
                Interrupt::Leaves => {
                    bar.finish_and_clear();
                    output.note(&format!(
                        "left; {name} goes on: `hven attach {name}` follows it, `hven cancel {name}` ends it"
                    ));
                    return Ok(exit::INTERRUPTED);
                }
            }
        }
        let text = progress_text(&detail);
        bar.set_length(array.tasks);
        let counts = array.counts;
        bar.set_position(counts.done + counts.failed + counts.cancelled);
        bar.set_message(text.clone());
        if !has_bar && !output.owns_stdout() && printed.elapsed() >= LINE_EVERY {
            output.note(&format!("{name}: {text}"));
            printed = Instant::now();
        }
        pause = if before == Some(counts) { PAUSE_MAX.min(pause * 2) } else { PAUSE_MIN.max(pause / 2) };
        before = Some(counts);
        thread::sleep(pause);
    }
}

/// The results of an array that has ended.
enum Results {
    /// They are not gathered, or their dataset is there.
    Ready,
    /// They could not be written to a table.
    NotGathered,
    /// The run with this handle did not make a dataset of the table.
    NotImported(String),
}

/// The results of an array that is over: it has ended, and its dataset is there or cannot be made. `None` while it goes on.
fn results(client: &Client, array: &ArraySummary) -> anyhow::Result<Option<Results>> {
    if array.state == "running" {
        return Ok(None);
    }
    if array.gathers.is_none() {
        return Ok(Some(Results::Ready));
    }
    if array.not_gathered.is_some() {
        return Ok(Some(Results::NotGathered));
    }
    let Some(run) = &array.gathered_by else { return Ok(None) };
    let state = client.run(&run.id)?.summary.state;
    Ok(match State::parse(&state) {
        Some(State::Done) => client.dataset_of_run(&run.id)?.map(|_| Results::Ready),
        Some(state) if state.is_final() => Some(Results::NotImported(run.handle.clone())),
        _ => None,
    })
}

impl Results {
    /// Why there is no dataset, as the rest of a sentence; `None` if nothing is missing.
    fn not_there(&self) -> Option<String> {
        match self {
            Self::Ready => None,
            Self::NotGathered => Some(String::new()),
            Self::NotImported(run) => Some(format!(": `hven explain {run}` says why its import failed")),
        }
    }
}

/// The next step for results that were not gathered.
fn gather_again(array: &ArraySummary, because: &str) -> String {
    let name = &array.name;
    format!(
        "the results of {name} were not gathered{because}; `hven gather {name}` tries again, also with other --unit or --name"
    )
}

fn progress_text(ArrayDetail { array, left, waits, .. }: &ArrayDetail) -> String {
    let counts = counts_text(array);
    if let Some(waits) = waits {
        return format!("{counts}; {}", waits.text);
    }
    match left {
        _ if array.state != "running" => format!("{counts}; gathering"),
        Some(left) => format!("{counts}; {} left", time_left_text(left)),
        None => counts,
    }
}

fn status(array: &ArraySummary, results: &Results, has_cancelled: bool) -> u8 {
    match (array.state.as_str(), results) {
        ("done", Results::Ready) => exit::OK,
        _ if has_cancelled => exit::INTERRUPTED,
        _ => exit::NOT_WELL,
    }
}

/// The array with its failures and the extremes of its metrics.
pub fn shown(client: &Client, detail: ArrayDetail) -> anyhow::Result<ArrayShown> {
    let name = detail.array.name.clone();
    let failures = if detail.array.counts.failed > 0 { Some(client.array_failures(&name)?) } else { None };
    let mut extremes = Vec::new();
    if detail.array.counts.done > 0 {
        let first = client.array_points(&name, None)?;
        let metrics: Vec<String> = first.metrics.iter().take(METRICS_MAX).cloned().collect();
        for metric in metrics {
            let is_first = first.metric.as_ref() == Some(&metric);
            let found = if is_first { first.clone() } else { client.array_points(&name, Some(&metric))? };
            extremes.push(extremes_of(metric, &found));
        }
    }
    Ok(ArrayShown { detail, failures, extremes })
}

fn extremes_of(metric: String, ArrayPoints { points, tasks, truncated, .. }: &ArrayPoints) -> Extremes {
    let numbers: Vec<(f64, &ArrayPoint)> =
        points.iter().filter_map(|point| Some((point.value.as_f64()?, point))).collect();
    let lowest = numbers.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let highest = numbers.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    Extremes {
        metric,
        lowest: lowest.map(|(_, point)| (*point).clone()),
        highest: highest.map(|(_, point)| (*point).clone()),
        tasks: numbers.len(),
        not_finite: points.len() - numbers.len(),
        not_logged: tasks.saturating_sub(points.len() as u64),
        truncated: *truncated,
    }
}

fn bar(is_shown: bool) -> ProgressBar {
    let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    let style = ProgressStyle::with_template("{bar:20}  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("█▉▊▋▌▍▎▏░"));
    bar
}
