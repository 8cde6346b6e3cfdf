//! The follower that carries out arrays, in a world of faults: every task of every array gets one run, whatever is killed or lost.

use std::collections::{BTreeMap, BTreeSet};

use hven_app::{
    arrays::follower::{ArrayFollower, OPEN_LOW, OPEN_MAX, OpenArray, Proceed, resumed},
    follower::Resumed,
    ports::arrays::OpenTask,
};
use hven_core::{
    Fact, RunId,
    array::{self, ArrayBefore, ArrayId, TaskOf},
    handle::Handle,
    params::Params,
    project::ProjectPath,
    queueing::Priority,
    reproduction::Tolerances,
    run::{Spec, Submitted},
};

use crate::faulty_server::{Counts, Mistake, Server, World, assert_all_worlds_are_right, assert_mistakes_are_found};

const FEED_MAX: usize = 400;
const AGENDA_MAX: usize = 4;
const TURNS: u64 = 600;
const ARRAYS_MAX: usize = 4;
const BATCH: u64 = 500;

#[derive(Clone, Debug, Default)]
struct Array {
    tasks: u64,
    /// The first task without a run.
    next: u64,
    /// The first task that gets none.
    stop_at: u64,
    open: u64,
    ends: u32,
    is_cancelled: bool,
    /// The array that must succeed before.
    after: Option<u128>,
    is_held: bool,
}

struct OpenArrays {
    server: Server<ArrayFollower>,
    arrays: BTreeMap<u128, Array>,
    /// The array of each run.
    runs: Vec<u128>,
    /// The runs that have not ended, by their position.
    unfinished: Vec<usize>,
}

impl World for OpenArrays {
    type Follower = ArrayFollower;
    const KILLED_ONE_IN: u64 = 20;

    fn server(&mut self) -> &mut Server<ArrayFollower> {
        &mut self.server
    }

    fn resumed(&self) -> Resumed<ArrayFollower> {
        let open = self.arrays.iter().filter(|(_, array)| array.ends == 0);
        let open = open.map(|(id, array)| OpenArray {
            array: ArrayId::from_u128(*id),
            has_rule: false,
            after: array.after.into_iter().collect(),
        });
        let runs = self
            .unfinished
            .iter()
            .map(|run| OpenTask { array: ArrayId::from_u128(self.runs[*run]), run: RunId::from_u128(*run as u128) });
        resumed(open, runs)
    }

    fn nothing() -> Resumed<ArrayFollower> {
        resumed([], [])
    }

    fn carry_out(&mut self, Proceed(array): Proceed) {
        let id = array.as_u128();
        loop {
            let array = &self.arrays[&id];
            if array.ends > 0 {
                return;
            }
            let queued = array.stop_at - array.next;
            let before = array.after.map(|before| &self.arrays[&before]);
            if queued > 0 && before.is_some_and(|before| before.ends > 0 && before.is_cancelled) {
                self.server.count("arrays that cannot start");
                let array = self.arrays.get_mut(&id).expect("it is there");
                (array.is_cancelled, array.stop_at) = (true, array.next);
                continue;
            }
            if queued == 0 && array.open == 0 {
                self.server.count("arrays ended");
                self.arrays.get_mut(&id).expect("it is there").ends += 1;
                self.server.record("array.ended", id, None);
                return;
            }
            let waits = array.is_held || before.is_some_and(|before| before.ends == 0);
            if queued == 0 || array.open >= OPEN_LOW || waits {
                return;
            }
            for _ in 0..BATCH.min(OPEN_MAX - array.open).min(queued) {
                self.submit(id);
            }
        }
    }
}

impl OpenArrays {
    fn new(seed: u64, mistake: Mistake) -> Self {
        let server = Server::new(seed, mistake, FEED_MAX, AGENDA_MAX);
        Self { server, arrays: BTreeMap::new(), runs: Vec::new(), unfinished: Vec::new() }
    }

    fn start(&mut self) {
        let id = self.arrays.len() as u128 + 1;
        let tasks = 1 + self.server.dice.below(3) * self.server.dice.below(1200);
        let after =
            (id > 1 && self.server.dice.below(2) == 0).then(|| 1 + u128::from(self.server.dice.below(id as u64 - 1)));
        let is_held = self.server.dice.below(3) == 0;
        self.arrays.insert(id, Array { tasks, next: 0, stop_at: tasks, after, is_held, ..Array::default() });
        let fact = Fact::ArraySubmitted(Box::new(submitted(id, tasks, after)));
        self.server.record("array.submitted", id, Some(fact));
    }

    /// Holds or releases an array.
    fn hold(&mut self) {
        let count = self.arrays.len() as u64;
        if count == 0 {
            return;
        }
        let id = 1 + u128::from(self.server.dice.below(count));
        let array = self.arrays.get_mut(&id).expect("it is there");
        array.is_held = !array.is_held;
        self.server.record("array.held", id, None);
    }

    fn release_all(&mut self) {
        for id in 1..=self.arrays.len() as u128 {
            let array = self.arrays.get_mut(&id).expect("it is there");
            if std::mem::take(&mut array.is_held) {
                self.server.record("array.held", id, None);
            }
        }
    }

    fn submit(&mut self, id: u128) {
        let run = self.runs.len() as u128;
        self.unfinished.push(self.runs.len());
        self.runs.push(id);
        let array = self.arrays.get_mut(&id).expect("it is there");
        array.next += 1;
        array.open += 1;
        let submitted = Submitted {
            run: RunId::from_u128(run),
            handle: Handle { count: 0 },
            project: ProjectPath::home(),
            name: None,
            spec: Spec::of_command(vec!["true".to_owned()], "/"),
            launch: String::new(),
            cache_key: None,
            purpose: None,
            tolerances: Tolerances::default(),
            absent: None,
            task: Some(TaskOf { array: ArrayId::from_u128(id), task: array.next, params: Params::new() }),
        };
        self.server.record("run.submitted", run, Some(Fact::RunSubmitted(Box::new(submitted))));
    }

    /// Some runs end.
    fn end_runs(&mut self) {
        for run in self.unfinished.split_off(self.unfinished.len().saturating_sub(200)) {
            self.arrays.get_mut(&self.runs[run]).expect("it is there").open -= 1;
            self.server.record("run.finished", run as u128, None);
        }
    }

    fn cancel(&mut self) {
        let open = self.arrays.iter_mut().find(|(_, array)| array.ends == 0 && !array.is_cancelled);
        let Some((id, array)) = open else { return };
        (array.is_cancelled, array.stop_at) = (true, array.next);
        let id = *id;
        self.server.count("arrays cancelled");
        self.server.record("array.cancelled", id, None);
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..TURNS {
            match self.server.dice.below(24) {
                0 if self.arrays.len() < ARRAYS_MAX => self.start(),
                1..=7 => self.end_runs(),
                8 if self.server.dice.below(8) == 0 => self.cancel(),
                11 if self.server.dice.below(4) == 0 => self.hold(),
                9 => self.server.is_full = self.server.dice.below(3) == 0,
                10 if self.server.dice.below(8) == 0 => self.kill(),
                _ => self.turn(true),
            }
        }
        self.server.is_full = false;
        self.release_all();
        loop {
            self.rest();
            if self.unfinished.is_empty() {
                break;
            }
            self.end_runs();
        }
        self.wrong().map_or(Ok(self.server.counts), Err)
    }

    fn wrong(&self) -> Option<String> {
        for (id, array) in &self.arrays {
            let runs = self.runs.iter().filter(|of| *of == id).count() as u64;
            let wanted = if array.is_cancelled { array.next } else { array.tasks };
            if runs != wanted || array.ends != 1 {
                return Some(format!("array {id} has {runs} runs: {array:?}"));
            }
        }
        None
    }
}

fn submitted(id: u128, tasks: u64, after: Option<u128>) -> array::Submitted {
    let before = |id| ArrayBefore { array: ArrayId::from_u128(id), number: 1 };
    array::Submitted {
        array: ArrayId::from_u128(id),
        number: 1,
        project: ProjectPath::home(),
        name: None,
        spec: Spec::of_command(vec!["true".to_owned()], "/"),
        axes: Vec::new(),
        tasks,
        launch: String::new(),
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
        after_arrays: after.map(before).into_iter().collect(),
        stop_when: None,
        gather: None,
        absent: None,
    }
}

fn world(seed: u64, mistake: Mistake) -> Result<Counts, String> {
    OpenArrays::new(seed, mistake).run()
}

#[test]
fn every_array_ends_once_and_each_task_gets_one_run() {
    assert_all_worlds_are_right(
        &[
            "arrays ended",
            "arrays cancelled",
            "arrays that cannot start",
            "kills",
            "kills after the effect",
            "lags",
            "full disk",
        ],
        world,
    );
}

#[test]
fn mistakes_in_followers_of_arrays_are_found() {
    assert_mistakes_are_found(&[Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp], world);
}
