//! Arrays: the counts and states of tasks, also of those that have no row; cancelled, run again, gathered, erased and rebuilt.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::ports::{
    Arrays, Lineages, Views,
    arrays::{ArrayTaskCount, TaskQuery, TaskRunQuery, TaskState},
    views::{ListFilter, ListQuery, RunName, RunQuery},
};
use hven_core::{
    Fact,
    access::Scope,
    array::{
        ArrayId, Axis, Cancelled, CountedTasks, End, Ended, Gather, GatherRequested, Gathered, Held, NotGathered,
        OtherFiles, Retried, Stopped, Submitted, TaskCounts, TaskOf, TaskReused, TasksReused,
    },
    capture::Note,
    params::Params,
    queueing::Priority,
    reproduction::Tolerances,
    run::{CancelRequested, Outcome, Spec, State},
    soundness::{NodeId, Retracted, Soundness},
};
use hven_record::Home;
use serde_json::json;

use crate::{
    facts::{batch, finished, process_started, run_id, started, submitted},
    world::{Add, World, assert_sound, assert_views_follow_facts, wait},
};

const ARRAY: ArrayId = ArrayId::from_u128(7);

fn array(tasks: u64) -> Fact {
    Box::new(Submitted {
        array: ARRAY,
        number: 3,
        project: "astro".parse().unwrap(),
        name: None,
        spec: Spec::of_command(vec!["true".to_owned(), "{i}".to_owned()], "/"),
        axes: vec![Axis::Range { name: "i".to_owned(), first: 1, step: 1, scale: 0, count: tasks }],
        tasks,
        launch: "none".to_owned(),
        params: Params::new(),
        tags: BTreeSet::new(),
        notes: Vec::new(),
        comparable: false,
        tolerances: Tolerances::default(),
        fresh: false,
        despite_checks: false,
        despite_suspicion: None,
        priority: Priority::USUAL,
        start_by: None,
        after: BTreeSet::new(),
        after_arrays: BTreeSet::new(),
        stop_when: None,
        gather: Some(Gather { dataset: "results".parse().unwrap(), units: BTreeMap::new() }),
        absent: None,
    })
    .into()
}

/// The run `n` is this task.
fn task(n: u64, task: u64) -> Fact {
    let params = Params::from([("i".to_owned(), json!(task))]);
    let mut run = submitted(n);
    run.task = Some(TaskOf { array: ARRAY, task, params });
    run.into()
}

async fn counts(home: &Home) -> [u64; 5] {
    let TaskCounts { queued, open, done, failed, cancelled } = home.array(ARRAY).await.unwrap().unwrap().counts;
    [queued, open, done, failed, cancelled]
}

async fn ranges(home: &Home, state: TaskState) -> String {
    home.array_ranges(ARRAY, &[state]).await.unwrap().to_string()
}

fn retried(tasks: &str, with_rest: bool) -> Fact {
    Retried { array: ARRAY, number: 3, tasks: tasks.parse().unwrap(), with_rest }.into()
}

fn cancelled(tasks: Option<&str>) -> Fact {
    Cancelled { array: ARRAY, number: 3, tasks: tasks.map(|tasks| tasks.parse().unwrap()) }.into()
}

fn ended(end: End) -> Fact {
    Ended { array: ARRAY, number: 3, end, counts: TaskCounts::default(), because: None }.into()
}

pub fn tasks_of_an_array_are_counted_by_their_states(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([array(1_000_000)])).await.unwrap();
        assert_eq!(counts(&home).await, [1_000_000, 0, 0, 0, 0]);
        assert_eq!(home.array_next(ARRAY, 3).await.unwrap(), [1, 2, 3]);
        home.add(batch([task(0, 1), task(1, 2), task(2, 3), task(3, 4)])).await.unwrap();
        home.add(batch([Fact::from(started(0, 1)), process_started(0, 1).into()])).await.unwrap();
        home.add(batch([Fact::from(started(1, 1)), finished(1, Outcome::Done).into()])).await.unwrap();
        home.add(batch([Fact::from(finished(2, Outcome::Failed { exit: 3 }))])).await.unwrap();
        home.add(batch([Fact::from(finished(3, Outcome::Cancelled))])).await.unwrap();
        let reused = TasksReused { array: ARRAY, number: 3, tasks: vec![TaskReused { task: 5, run: run_id(1) }] };
        home.add(batch([Fact::from(reused)])).await.unwrap();
        assert_eq!(counts(&home).await, [999_995, 1, 2, 1, 1]);
        let view = home.array_numbered(3).await.unwrap().unwrap();
        assert_eq!((view.running, view.ended.is_none()), (1, true));
        // Some tasks are cancelled before they have a run; the next ones leave them out.
        home.add(batch([cancelled(Some("7-9,4"))])).await.unwrap();
        assert_eq!(counts(&home).await, [999_992, 1, 2, 1, 4]);
        assert_eq!(home.array_next(ARRAY, 4).await.unwrap(), [6, 10, 11, 12]);
        // The row of a task has its run; a list of runs leaves tasks out.
        let rows = home.array_tasks(ARRAY, &TaskQuery { state: None, from: 2, limit: 3 }).await.unwrap();
        let shown: Vec<_> = rows.iter().map(|row| (row.task, row.state, row.run.as_ref().map(|run| run.id))).collect();
        assert_eq!(
            shown,
            [
                (2, TaskState::Done, Some(run_id(1))),
                (3, TaskState::Failed, Some(run_id(2))),
                (4, TaskState::Cancelled, Some(run_id(3))),
            ]
        );
        assert_eq!(rows[1].run.as_ref().unwrap().params, Params::from([("i".to_owned(), json!(3))]));
        let listed = RunQuery { scopes: vec![Scope::Home], limit: 10, ..RunQuery::default() };
        assert_eq!(home.runs(&listed).await.unwrap().items.len(), 0);
        let all = RunQuery { with_tasks: true, ..listed };
        assert_eq!(home.runs(&all).await.unwrap().items.len(), 4);
        let named = home.runs_named(&RunName::Task { array: 3, task: 2 }).await.unwrap();
        assert_eq!(named.iter().map(|run| run.id).collect::<Vec<_>>(), [run_id(1)]);
        assert_eq!(home.task_of(run_id(2)).await.unwrap(), Some((ARRAY, 3, 3)));
        // A grid counts tasks with and without rows.
        let grid = home.array_grid(ARRAY, 10).await.unwrap();
        assert_eq!(grid.len(), 10);
        let first = &grid[0];
        assert_eq!((first.running, first.counts.done, first.counts.cancelled), (1, 2, 4));
        let all: u64 = grid.iter().map(|cell| cell.counts.queued).sum();
        assert_eq!(all, 999_992);
        let page = ListQuery { scopes: vec![Scope::Home], filter: ListFilter { limit: 5, ..ListFilter::default() } };
        assert_eq!(home.array_page(&page, true).await.unwrap().items.len(), 1);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}

pub fn tasks_of_an_array_are_cancelled_and_run_again(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([array(10), task(0, 1), task(1, 2), task(2, 3)])).await.unwrap();
        home.add(batch([Fact::from(finished(0, Outcome::Failed { exit: 1 }))])).await.unwrap();
        home.add(batch([cancelled(None)])).await.unwrap();
        assert_eq!(counts(&home).await, [0, 2, 0, 1, 7]);
        assert_eq!(home.array_runs_to_cancel(ARRAY).await.unwrap(), [run_id(1), run_id(2)]);
        home.add(batch([Fact::from(CancelRequested { run: run_id(1) })])).await.unwrap();
        assert_eq!(home.array_runs_to_cancel(ARRAY).await.unwrap(), [run_id(2)]);
        home.add(batch([finished(1, Outcome::Cancelled), finished(2, Outcome::Done)])).await.unwrap();
        home.add(batch([ended(End::Incomplete)])).await.unwrap();
        assert_eq!(counts(&home).await, [0, 0, 1, 1, 8]);
        assert!(home.arrays_open().await.unwrap().is_empty());
        assert_eq!(home.arrays_to_gather().await.unwrap(), [ARRAY]);
        assert_eq!(
            (ranges(&home, TaskState::Failed).await, ranges(&home, TaskState::Cancelled).await),
            ("1".to_owned(), "2".to_owned())
        );
        // Only those that failed.
        home.add(batch([retried("1", false)])).await.unwrap();
        assert_eq!(counts(&home).await, [1, 0, 1, 0, 8]);
        assert_eq!(home.array_next(ARRAY, 9).await.unwrap(), [1]);
        assert_eq!(home.arrays_open().await.unwrap().len(), 1);
        home.add(batch([task(3, 1), finished(3, Outcome::Done).into()])).await.unwrap();
        // Then all others.
        home.add(batch([retried("2", true)])).await.unwrap();
        assert_eq!(home.array_next(ARRAY, 9).await.unwrap(), [2, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(counts(&home).await, [8, 0, 2, 0, 0]);
        // The rule of the array ends only tasks that wait.
        home.add(batch([task(4, 2), task(5, 4)])).await.unwrap();
        home.add(batch([Fact::from(started(4, 1)), process_started(4, 1).into()])).await.unwrap();
        let stopped = Stopped { array: ARRAY, number: 3, rule: "failed > 3".to_owned() };
        home.add(batch([Fact::from(stopped)])).await.unwrap();
        assert_eq!(home.array_runs_to_cancel(ARRAY).await.unwrap(), [run_id(5)]);
        assert_eq!(home.array(ARRAY).await.unwrap().unwrap().stopped.as_deref(), Some("failed > 3"));
        assert_eq!(counts(&home).await, [0, 2, 2, 0, 6]);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}

pub fn tasks_that_found_other_files_are_counted(world: &World) {
    let home = world.open();
    let changed = |n: u64, notes: &[Note]| {
        let mut run = finished(n, Outcome::Done);
        run.result.changed = notes.to_vec();
        Fact::from(run)
    };
    let path = || "sim.py".to_owned();
    let files = async || home.array(ARRAY).await.unwrap().unwrap().other_files;
    wait(async {
        home.add(batch([array(5), task(0, 1), task(1, 2), task(2, 3), task(3, 4)])).await.unwrap();
        assert_eq!(files().await, OtherFiles::default());
        let code = [Note::CodeChanged { path: path() }];
        let both = [Note::CodeChanged { path: path() }, Note::InputChanged { path: path() }];
        let not_known = [Note::CodeChangedBeforeItEnded { path: path() }];
        home.add(batch([changed(0, &[]), changed(1, &both), changed(2, &code), changed(3, &not_known)])).await.unwrap();
        let counted = |count, first| Some(CountedTasks { count, first });
        let all = OtherFiles { code: counted(2, 2), inputs: counted(1, 2), unknown: counted(1, 4) };
        assert_eq!(files().await, all);
        // The newest run of a task counts.
        home.add(batch([task(4, 2), changed(4, &[])])).await.unwrap();
        assert_eq!(files().await, OtherFiles { code: counted(1, 3), inputs: None, ..all });
        // Tasks that lists leave out are counted by array.
        let query = TaskRunQuery {
            runs: RunQuery { scopes: vec![Scope::Home], states: vec![State::Done], ..RunQuery::default() },
            ..TaskRunQuery::default()
        };
        let found = home.array_task_counts(&query).await.unwrap();
        assert_eq!(found, [ArrayTaskCount { array: 3, tasks: 4, first: 1 }]);
        let none = TaskRunQuery { name: Some("fit".to_owned()), ..query };
        assert!(home.array_task_counts(&none).await.unwrap().is_empty());
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}

pub fn results_are_gathered_on_request(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([array(1), task(0, 1), finished(0, Outcome::Done).into(), ended(End::Done)])).await.unwrap();
        let refused = NotGathered { array: ARRAY, number: 3, because: "the unit of x is given".to_owned() };
        home.add(batch([Fact::from(refused)])).await.unwrap();
        assert!(home.arrays_to_gather().await.unwrap().is_empty());
        let gather =
            Gather { dataset: "other".parse().unwrap(), units: BTreeMap::from([("i".to_owned(), "s".to_owned())]) };
        let requested = GatherRequested { array: ARRAY, number: 3, gather: gather.clone() };
        home.add(batch([Fact::from(requested)])).await.unwrap();
        assert_eq!(home.arrays_to_gather().await.unwrap(), [ARRAY]);
        let view = home.array(ARRAY).await.unwrap().unwrap();
        assert_eq!((view.gather, view.not_gathered), (Some(gather), None));
        assert!(view.gather_requested.is_some());
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}

pub fn an_array_is_held_and_released(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([array(10), task(0, 1)])).await.unwrap();
        let held = async || home.array(ARRAY).await.unwrap().unwrap().held;
        assert!(!held().await);
        let hold = |held| Fact::from(Held { array: ARRAY, number: 3, held });
        home.add(batch([Fact::from(started(0, 1)), process_started(0, 1).into()])).await.unwrap();
        home.add(batch([hold(true)])).await.unwrap();
        assert!(held().await);
        assert!(home.arrays_open().await.unwrap()[0].held);
        home.add(batch([hold(false)])).await.unwrap();
        assert!(!held().await);
        assert_eq!(counts(&home).await, [9, 1, 0, 0, 0]);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}

pub fn a_gathered_table_rests_on_the_tasks(world: &World) {
    let home = world.open();
    wait(async {
        home.add(batch([array(2), task(0, 1), task(1, 2)])).await.unwrap();
        home.add(batch([finished(0, Outcome::Done), finished(1, Outcome::Done)])).await.unwrap();
        home.add(batch([ended(End::Done), submitted(2).into()])).await.unwrap();
        let gathered = Gathered { array: ARRAY, number: 3, run: run_id(2), tasks: vec![run_id(0), run_id(1)] };
        home.add(batch([Fact::from(gathered)])).await.unwrap();
        assert!(home.arrays_to_gather().await.unwrap().is_empty());
        assert_eq!(home.array(ARRAY).await.unwrap().unwrap().gathered_by, Some(run_id(2)));
        let retracted = Retracted { node: run_id(1).into(), because: "a wrong seed".to_owned() };
        home.add(batch([Fact::from(retracted)])).await.unwrap();
        let import: NodeId = run_id(2).into();
        assert_eq!(home.soundness(&[import]).await.unwrap(), [Soundness::Suspect]);
    });
    assert_sound(&home);
    assert_views_follow_facts(&home);
}
