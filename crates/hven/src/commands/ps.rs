//! `hven ps`: lists runs.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use clap_complete::ArgValueCompleter;
use hven_api::{
    compared_runs::{RunList, columns_in},
    page::LIMIT_MAX,
    runs::{CountedTasksOf, RunSummary},
};
use hven_client::{Client, Failure, RunQuery, TaskQuery};
use hven_terminal::{Output, Runs, exit, formats::counted, write_raw};
use jiff::Timestamp;

use crate::{
    act::Act,
    arg_values::{parse_duration, parse_filter},
    complete,
    context::Context,
    left_out_tasks,
    run_columns::{self, ColumnTitle, plain},
    run_csv,
    run_filter::{earliest, is_recent},
    run_parquet,
    saved_views::{self, ListedRuns},
};

/// Orders that are no quantities.
const ORDERS: [&str; 3] = ["newest", "oldest", "longest"];
const LIMIT_DEFAULT: u16 = 50;

/// List runs: those that run and wait, or all
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  hven ps                               runs that are running or waiting
  hven ps -a --limit 20                 the newest twenty
  hven ps --state failed,lost           runs that went wrong
  hven ps -a --project astro fit.py     words that occur in handle, name, command or project
  hven ps --tag good --tag paper-2      those that have both tags
  hven ps --name fit --since 2d         those of this name of the last two days
  hven ps --archived                    archived runs
  hven ps --tag good --tasks            also tasks of arrays
  hven ps -a --all-kinds                also runs that Hven made for its checks
  hven ps --where 'loss < 0.1 and lr > 1e-4' --sort loss
                                        runs for which this holds, the lowest loss first
  hven ps --where \"state == 'done'\" --sort=-acc --columns acc,loss,lr
                                        the highest acc first, with these values
  hven ps --where 'acc > 0.9' --csv     all of them as CSV, with all parameters and metrics
  hven ps --where 'acc > 0.9' --parquet best.parquet
                                        the same table as Parquet
  hven ps --view 'Best runs'            the runs of a saved view
  hven ps -a --json | jq '.items[].handle'")]
pub struct PsArgs {
    /// Also those that have ended
    #[arg(short, long)]
    pub all: bool,
    /// Only these: waiting, running, stopping, done, failed, cancelled, lost
    #[arg(long, value_delimiter = ',', value_name = "STATE", value_parser = STATES)]
    pub state: Vec<String>,
    /// Only those that have this tag, also those that have ended; with several they have all of them
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "TAG",
        value_parser = parse_filter,
        add = ArgValueCompleter::new(complete::tags)
    )]
    pub tag: Vec<String>,
    /// Only those of this name, also those that have ended
    #[arg(long, value_parser = parse_filter)]
    pub name: Option<String>,
    /// Only those submitted within this time, such as 2d, also those that have ended
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub since: Option<Duration>,
    /// Only archived ones, which other lists leave out
    #[arg(long)]
    pub archived: bool,
    /// Also runs that Hven made for checks of its own: `hven reproduce` reproduces a run and compares
    #[arg(long)]
    pub all_kinds: bool,
    /// Also tasks of arrays; without this, an array is one row
    #[arg(long)]
    pub tasks: bool,
    /// Only this project and those below it
    #[arg(long, value_parser = parse_filter)]
    pub project: Option<String>,
    /// Only those for which this expression over metrics, parameters and fields holds, also those that have ended
    #[arg(long = "where", value_name = "EXPRESSION", value_parser = parse_filter)]
    pub condition: Option<String>,
    /// The order: newest, oldest, longest, or a quantity, the lowest first; with a minus sign (--sort=-acc) the highest
    #[arg(
        long,
        default_value = ORDERS[0],
        value_name = "ORDER",
        value_parser = parse_filter,
        allow_hyphen_values = true,
        add = ArgValueCompleter::new(complete::quantities)
    )]
    pub sort: String,
    /// Show the values of these metrics, parameters, fields or expressions
    #[arg(
        long,
        value_name = "NAME,…",
        value_parser = parse_filter,
        allow_hyphen_values = true,
        add = ArgValueCompleter::new(complete::quantities)
    )]
    pub columns: Option<String>,
    /// Write CSV: without --columns with all parameters and metrics, without --limit all runs
    #[arg(long)]
    pub csv: bool,
    /// Write the same table to a Parquet file
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    pub parquet: Option<PathBuf>,
    /// At most so many: 50, with --csv and --parquet all
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: Option<u16>,
    /// The runs of a saved view, with its order and columns; other arguments narrow it further
    #[arg(
        long,
        value_name = "NAME",
        value_parser = parse_filter,
        add = ArgValueCompleter::new(complete::views)
    )]
    pub view: Option<String>,
    /// Go on where another list ended
    #[arg(long)]
    pub cursor: Option<String>,
    /// Words that must all occur in handle, name, command or project
    pub words: Vec<String>,
}

impl Act for PsArgs {
    fn act(self, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
        ps(self, context, output)
    }
}

const STATES: [&str; 8] = ["waiting", "running", "stopping", "done", "failed", "cancelled", "lost", "unknown"];

pub fn ps(mut args: PsArgs, context: &Context, output: &mut dyn Output) -> anyhow::Result<u8> {
    if args.csv && output.owns_stdout() {
        let message = "--csv and --json are two forms of one answer";
        return Err(Failure::new("usage", message).hint("give one of them").into());
    }
    let client = context.client_of_existing()?;
    let mut archived = None;
    if let Some(name) = args.view.take() {
        let view = ListedRuns::of(&saved_views::find(&client, &name)?)?;
        if !view.page_only.is_empty() {
            output.note(&format!("the page also shows {} of this view", view.page_only.join(", ")));
        }
        archived = view.archived;
        args = within(view, args);
    }
    let archived = args.archived.then_some("only").or(archived);
    let hint = hint(&args);
    // A list without conditions also has workflows and repairs; with `--all` also workflows that ended.
    let lists_others =
        !has_conditions(&args) && !args.archived && args.columns.is_none() && !args.csv && args.parquet.is_none();
    let project = args.project.clone();
    let limit = args.limit.unwrap_or(LIMIT_DEFAULT);
    let mut states = args.state;
    let by_quantity = !ORDERS.contains(&args.sort.as_str());
    let has_filter = !args.tag.is_empty() || args.name.is_some() || args.since.is_some();
    let has_filter = has_filter || args.condition.is_some() || by_quantity;
    if states.is_empty() && !args.all && !args.archived && !has_filter {
        states = ["running", "waiting", "stopping", "unknown"].map(str::to_owned).to_vec();
    }
    // The server finds words; this command compares the whole name.
    let words: Vec<String> = args.words.into_iter().chain(args.name.clone()).collect();
    let filter = ListFilter {
        name: args.name,
        earliest: args.since.map(|since| earliest(Timestamp::now(), since)),
        newest_first: args.sort == ORDERS[0],
    };
    let mut query = RunQuery {
        project: args.project,
        states,
        all_kinds: args.all_kinds,
        with_tasks: args.tasks,
        tags: args.tag,
        archived,
        words: (!words.is_empty()).then(|| words.join(" ")),
        condition: args.condition,
        sort: Some(args.sort),
        columns: args.columns.into_iter().collect(),
        limit: Some(limit.into()),
        cursor: args.cursor,
    };
    if args.csv || args.parquet.is_some() {
        let (list, titles) = whole_table(&filter, query, args.limit, &client)?;
        return match args.parquet {
            Some(path) => run_parquet::write(&list, &titles, &path, context, output),
            None => {
                let names: Vec<String> = titles.into_iter().map(|title| title.name).collect();
                write_raw(&run_csv::write(&list, &names)?).map(|()| exit::OK)
            }
        };
    }
    let left_out = !lists_others && !query.with_tasks && query.cursor.is_none() && query.condition.is_none();
    let page = filter.page(query.clone(), &client)?;
    let (mut workflows, mut repairs, mut arrays) = (Vec::new(), Vec::new(), Vec::new());
    if lists_others {
        let at_most = if args.all { limit.into() } else { LISTED_MAX };
        workflows = client.workflows(!args.all, project.as_deref(), at_most)?.items;
        arrays = client.arrays(!args.all, project.as_deref(), at_most)?.items;
        repairs = client.repairs(true, project.as_deref(), LISTED_MAX)?.items;
    }
    let unknown = page.counted.map_or(0, |counted| counted.cannot_tell);
    let columns = query.columns.iter().flat_map(|columns| columns_in(columns)).map(|text| plain(&text)).collect();
    output.reply(&Runs { page, columns, repairs, workflows, arrays, hint })?;
    if unknown > 0 {
        let runs = counted(unknown, "run", "runs");
        output.note(&format!("for {runs} it cannot be told: a value is missing or not a number"));
    }
    if left_out {
        query.columns.clear();
        let since = filter.earliest.map(|time| time.to_string());
        let name = filter.name.as_deref();
        let tasks = TaskQuery { runs: &query, name, since: since.as_deref(), own: false };
        let advice = |first: &CountedTasksOf| {
            format!("--tasks lists them, `hven show {} --tasks` those of one array", first.array)
        };
        left_out_tasks::note(&tasks, &client, advice, output)?;
    }
    Ok(exit::OK)
}

/// The arguments that list the runs of a view for which the given arguments hold, too.
fn within(view: ListedRuns, args: PsArgs) -> PsArgs {
    let condition = match (view.condition, args.condition) {
        (Some(one), Some(other)) => Some(format!("({one}) and ({other})")),
        (one, other) => one.or(other),
    };
    let columns = (!view.columns.is_empty()).then(|| view.columns.join(","));
    PsArgs {
        // The page lists ended runs, too.
        all: true,
        words: view.words.into_iter().chain(args.words).collect(),
        condition,
        state: if args.state.is_empty() { view.states } else { args.state },
        project: args.project.or(view.project),
        tag: view.tags.into_iter().chain(args.tag).collect(),
        all_kinds: args.all_kinds || view.all_kinds,
        sort: if args.sort == ORDERS[0] { view.sort.unwrap_or(args.sort) } else { args.sort },
        columns: args.columns.or(columns),
        ..args
    }
}

/// The most columns that the server gives with a list.
const COLUMNS_MAX: usize = 100;

/// All runs that fit, with the titles of their columns; without a choice of columns all metrics, parameters and tags.
fn whole_table(
    filter: &ListFilter,
    mut query: RunQuery,
    limit: Option<u16>,
    client: &Client,
) -> anyhow::Result<(RunList, Vec<ColumnTitle>)> {
    let known = client.run_columns(query.project.as_deref())?;
    if query.columns.is_empty() {
        let columns = &known.columns;
        if columns.len() > COLUMNS_MAX {
            let message = format!(
                "the runs have {} metrics, parameters and tags, and a table has {COLUMNS_MAX} at most",
                columns.len()
            );
            return Err(Failure::new("usage", message).hint("name some of them with --columns").into());
        }
        query.columns = columns.iter().map(|column| column.expression.clone()).collect();
    }
    let titles = run_columns::titles(&query.columns, &known);
    query.limit = Some(limit.map_or(LIMIT_MAX, usize::from));
    let mut list = filter.page(query.clone(), client)?;
    while limit.is_none()
        && let Some(cursor) = list.next.take()
    {
        query.cursor = Some(cursor);
        let more = filter.page(query.clone(), client)?;
        list.items.extend(more.items);
        list.values.extend(more.values);
        list.next = more.next;
    }
    Ok((list, titles))
}

/// Conditions for runs that this command checks after the server has searched.
struct ListFilter {
    name: Option<String>,
    earliest: Option<Timestamp>,
    newest_first: bool,
}

impl ListFilter {
    /// A page with as many runs as the query wants. Its cursor is at the last run that was checked, so the next page skips none.
    fn page(&self, mut query: RunQuery, client: &Client) -> hven_client::Result<RunList> {
        let mut page = client.runs(&query)?;
        let wanted = query.limit.unwrap_or(page.items.len());
        self.apply(&mut page);
        while page.items.len() < wanted
            && let Some(cursor) = page.next.take()
        {
            (query.cursor, query.limit) = (Some(cursor), Some(wanted - page.items.len()));
            let mut more = client.runs(&query)?;
            self.apply(&mut more);
            page.items.append(&mut more.items);
            page.values.append(&mut more.values);
            page.next = more.next;
        }
        Ok(page)
    }

    /// Removes the runs that do not fit. If the newest come first, there are only older runs after one that is too old.
    fn apply(&self, page: &mut RunList) {
        if self.newest_first && page.items.last().is_some_and(|run| !is_recent(run, self.earliest)) {
            page.next = None;
        }
        let is_named = |run: &RunSummary| self.name.as_ref().is_none_or(|name| run.name.as_ref() == Some(name));
        let fits: Vec<bool> = page.items.iter().map(|run| is_named(run) && is_recent(run, self.earliest)).collect();
        let mut places = fits.iter();
        page.items.retain(|_| places.next() == Some(&true));
        let mut places = fits.iter();
        page.values.retain(|_| places.next() == Some(&true));
    }
}

/// The maximum number of workflows, and of repairs, that are listed.
const LISTED_MAX: usize = 100;

/// Whether the arguments select some of the runs. A project does not count.
fn has_conditions(args: &PsArgs) -> bool {
    !args.state.is_empty()
        || !args.tag.is_empty()
        || !args.words.is_empty()
        || args.name.is_some()
        || args.since.is_some()
        || args.cursor.is_some()
        || args.condition.is_some()
        || !ORDERS.contains(&args.sort.as_str())
}

/// A hint for an empty list: commands that show more. It does not repeat the arguments.
fn hint(args: &PsArgs) -> &'static str {
    let has_conditions = has_conditions(args) || args.project.is_some();
    if args.archived && !has_conditions {
        "no run is archived; `hven archive RUN` archives one"
    } else if has_conditions {
        "no run fits; `hven ps -a` without more lists all, `hven ps --archived` those that are archived"
    } else if args.all {
        "no runs here; `hven run -- COMMAND` makes one, `hven ps --archived` lists those that are archived"
    } else {
        "no run waits or goes on; `hven ps -a` lists all, `hven run -- COMMAND` makes one"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_filtered_by_their_whole_name_and_their_age() {
        let run = |name: Option<&str>, submitted: &str| -> RunSummary {
            serde_json::from_value(serde_json::json!({
                "id": "0", "handle": "7Q2M", "project": "home", "name": name, "command": "true",
                "submitted_by": {"id": "me", "kind": "user", "name": null}, "submitted": submitted, "state": "done",
                "attempts": 1, "started": null, "ended": null, "wall_s": null, "outcome": null, "outputs": 0,
                "cpu_s": null, "memory_max_bytes": null, "params": {}, "metrics": [],
            }))
            .expect("a run")
        };
        let (new, old) = ("2026-05-02T12:00:00Z", "2026-05-01T12:00:00Z");
        let check = |filter: &ListFilter, wanted: usize, has_next: bool| {
            let items = vec![run(Some("fit"), new), run(Some("fit 2"), new), run(None, new), run(Some("fit"), old)];
            let values = (0..items.len()).map(|place| vec![place.into()]).collect();
            let next = Some("0".to_owned());
            let mut page = RunList { schema: "hven.runs/1".to_owned(), items, next, counted: None, values };
            filter.apply(&mut page);
            assert_eq!((page.items.len(), page.next.is_some()), (wanted, has_next));
            assert_eq!(page.values.len(), wanted);
        };
        let noon = "2026-05-02T00:00:00Z".parse().ok();
        let name = || Some("fit".to_owned());
        check(&ListFilter { name: None, earliest: None, newest_first: true }, 4, true);
        check(&ListFilter { name: name(), earliest: None, newest_first: true }, 2, true);
        check(&ListFilter { name: name(), earliest: noon, newest_first: true }, 1, false);
        check(&ListFilter { name: None, earliest: noon, newest_first: false }, 3, true);
    }
}
