//! The follower that carries out workflows, in a world of faults. Processes of steps die with their server, also after they
//! submitted a run and before the run is recorded as that of the step.

use std::collections::BTreeMap;

use hven_app::{
    follower::Resumed,
    ports::workflows::{StepProgress, SubmittedRun},
    workflows::{
        follower::{Intent, WorkflowFollower, resumed},
        next_step::{Next, next},
    },
};
use hven_core::{
    RunId,
    workflow::{Step, StepEnd, StepEnded, StepResult, StepSubmitted, WorkflowId},
};

use crate::faulty_server::{Counts, Mistake, Server, World, assert_all_worlds_are_right, assert_mistakes_are_found};

const FEED_MAX: usize = 1;
const AGENDA_MAX: usize = 16;
const TURNS: u64 = 800;
const WORKFLOWS_MAX: usize = 8;

#[derive(Clone, Debug)]
struct Workflow {
    steps: Vec<Step>,
    progress: Vec<StepProgress>,
    /// Whether a person closed it.
    closed: Option<bool>,
    closings: u32,
}

#[derive(Clone, Debug)]
struct Run {
    workflow: u128,
    step: usize,
    /// Whether it succeeded.
    ended: Option<bool>,
    is_cancelled: bool,
}

struct OpenWorkflows {
    server: Server<WorkflowFollower>,
    workflows: BTreeMap<u128, Workflow>,
    runs: BTreeMap<u128, Run>,
    /// The step of each workflow that a process carries out, and the ended run for which the step waited.
    processes: BTreeMap<u128, (usize, Option<u128>)>,
}

impl World for OpenWorkflows {
    type Follower = WorkflowFollower;
    const KILLED_ONE_IN: u64 = 25;

    fn server(&mut self) -> &mut Server<WorkflowFollower> {
        &mut self.server
    }

    fn resumed(&self) -> Resumed<WorkflowFollower> {
        let open = self.workflows.iter().filter(|(_, workflow)| workflow.closed.is_none());
        let open: Vec<WorkflowId> = open.map(|(id, _)| WorkflowId::from_u128(*id)).collect();
        let submitted = self.workflows.iter().flat_map(|(id, workflow)| {
            let runs = workflow.progress.iter().filter_map(|progress| progress.run);
            let unfinished = runs.filter(|run| self.runs[&run.as_u128()].ended.is_none());
            let is_cancelled = workflow.closed == Some(true);
            let workflow = WorkflowId::from_u128(*id);
            unfinished.map(move |run| SubmittedRun { workflow, run, is_cancelled })
        });
        resumed(&open, &submitted.collect::<Vec<_>>())
    }

    fn nothing() -> Resumed<WorkflowFollower> {
        resumed(&[], &[])
    }

    fn carry_out(&mut self, intent: Intent) {
        match intent {
            Intent::Proceed(workflow) => self.proceed(workflow.as_u128()),
            Intent::CancelRuns(workflow) => self.cancel_runs(workflow.as_u128()),
        }
    }

    fn kill(&mut self) {
        self.processes.clear();
        self.server.kill(Self::nothing);
    }
}

impl OpenWorkflows {
    fn new(seed: u64, mistake: Mistake) -> Self {
        Self {
            server: Server::new(seed, mistake, FEED_MAX, AGENDA_MAX),
            workflows: BTreeMap::new(),
            runs: BTreeMap::new(),
            processes: BTreeMap::new(),
        }
    }

    fn start(&mut self) {
        let id = self.workflows.len() as u128 + 1;
        let count = self.server.dice.place(4) + 1;
        let mut steps = Vec::with_capacity(count);
        for position in 0..count {
            let needs = if position > 0 && self.server.dice.below(2) == 0 {
                vec![self.server.dice.place(position) as u32]
            } else {
                Vec::new()
            };
            steps.push(Step { name: format!("run.step-{position}"), needs });
        }
        let progress = vec![StepProgress::default(); count];
        self.workflows.insert(id, Workflow { steps, progress, closed: None, closings: 0 });
        self.server.record("workflow.started", id, None);
    }

    fn close(&mut self, id: u128, by_person: bool) {
        let workflow = self.workflows.get_mut(&id).expect("it is there");
        workflow.closed = Some(by_person);
        workflow.closings += 1;
        self.server.record(if by_person { "workflow.cancelled" } else { "workflow.ended" }, id, None);
    }

    fn end_step(&mut self, id: u128, step: usize, end: StepEnd) {
        let result = StepResult { end, ..StepResult::default() };
        let progress = &mut self.workflows.get_mut(&id).expect("it is there").progress[step];
        // The first end counts.
        progress.result.get_or_insert_with(|| result.clone());
        let ended = StepEnded { workflow: WorkflowId::from_u128(id), number: 1, step: step as u32, result };
        self.server.record("workflow.step_ended", id, Some(ended.into()));
    }

    fn proceed(&mut self, id: u128) {
        loop {
            let workflow = &self.workflows[&id];
            if workflow.closed.is_some() || self.processes.contains_key(&id) {
                return;
            }
            match next(&workflow.steps, &workflow.progress) {
                Next::End(_) => {
                    self.server.count("workflows ended");
                    return self.close(id, false);
                }
                Next::Block { step, .. } => {
                    self.server.count("steps blocked");
                    self.end_step(id, step, StepEnd::Blocked);
                }
                Next::Await { run, .. } if self.runs[&run.as_u128()].ended.is_none() => return,
                Next::Await { step, run } => {
                    self.processes.insert(id, (step, Some(run.as_u128())));
                    return;
                }
                Next::CarryOut { step } => {
                    self.processes.insert(id, (step, None));
                    return;
                }
            }
        }
    }

    fn cancel_runs(&mut self, id: u128) {
        let runs: Vec<u128> =
            self.workflows[&id].progress.iter().filter_map(|step| step.run).map(RunId::as_u128).collect();
        for run in runs {
            let run = self.runs.get_mut(&run).expect("it is there");
            if run.ended.is_none() {
                self.server.count("runs cancelled");
                run.is_cancelled = true;
            }
        }
    }

    /// The process of a step makes progress. `is_killed`: the server dies before it records the report.
    fn process(&mut self, id: u128, is_killed: bool) {
        let Some((step, after)) = self.processes.remove(&id) else { return };
        if let Some(run) = after {
            let end = if self.runs[&run].ended == Some(true) { StepEnd::Done } else { StepEnd::Failed };
            return self.end_step(id, step, end);
        }
        if self.server.dice.below(3) == 0 {
            return self.end_step(id, step, StepEnd::UpToDate);
        }
        let acts_twice = self.server.mistake == Mistake::ActsTwice;
        let earlier = self.runs.iter().find(|(_, run)| (run.workflow, run.step) == (id, step));
        let run = match earlier.filter(|_| !acts_twice) {
            Some((run, _)) => *run,
            None => {
                let run = self.runs.len() as u128 + 1;
                self.runs.insert(run, Run { workflow: id, step, ended: None, is_cancelled: false });
                run
            }
        };
        if is_killed {
            self.server.count("kills after a submission");
            return self.kill();
        }
        self.workflows.get_mut(&id).expect("it is there").progress[step].run = Some(RunId::from_u128(run));
        let (workflow, run) = (WorkflowId::from_u128(id), RunId::from_u128(run));
        let submitted = StepSubmitted { workflow, number: 1, step: step as u32, run, because: Vec::new() };
        self.server.record("workflow.step_submitted", id, Some(submitted.into()));
    }

    fn unfinished(&self) -> Vec<u128> {
        self.runs.iter().filter(|(_, run)| run.ended.is_none()).map(|(id, _)| *id).collect()
    }

    fn end(&mut self, run: u128, well: bool) {
        self.runs.get_mut(&run).expect("it is there").ended = Some(well);
        self.server.record("run.finished", run, None);
    }

    fn step(&mut self) {
        match self.server.dice.below(16) {
            0 if self.workflows.len() < WORKFLOWS_MAX => self.start(),
            1..4 => {
                let unfinished = self.unfinished();
                if !unfinished.is_empty() {
                    let run = unfinished[self.server.dice.place(unfinished.len())];
                    let well = self.server.dice.below(5) > 0 && !self.runs[&run].is_cancelled;
                    self.end(run, well);
                }
            }
            4..7 => {
                let ids: Vec<u128> = self.processes.keys().copied().collect();
                if !ids.is_empty() && !self.server.is_full {
                    let id = ids[self.server.dice.place(ids.len())];
                    let is_killed = self.server.dice.below(6) == 0;
                    self.process(id, is_killed);
                }
            }
            7 if self.server.dice.below(40) == 0 => self.kill(),
            8 if self.server.dice.below(4) == 0 => self.server.is_full = !self.server.is_full,
            9 if self.server.dice.below(4) == 0 => {
                let open = self.workflows.iter().filter(|(_, workflow)| workflow.closed.is_none());
                let open: Vec<u128> = open.map(|(id, _)| *id).collect();
                if !open.is_empty() {
                    let id = open[self.server.dice.place(open.len())];
                    self.server.count("workflows cancelled");
                    self.close(id, true);
                }
            }
            _ => self.turn(true),
        }
    }

    /// Lets all processes and runs end.
    fn come_to_rest(&mut self) {
        self.server.is_full = false;
        loop {
            self.rest();
            if let Some(id) = self.processes.keys().next().copied() {
                self.process(id, false);
            } else if let Some(run) = self.unfinished().first().copied() {
                self.end(run, true);
            } else {
                return;
            }
        }
    }

    fn wrong(&mut self) -> Option<String> {
        self.server.is_full = false;
        self.rest();
        // Checked before the runs end: the runs of a cancelled workflow are cancelled.
        let is_left = |workflow: &Workflow, run: &RunId| {
            let run = &self.runs[&run.as_u128()];
            workflow.closed == Some(true) && run.ended.is_none() && !run.is_cancelled
        };
        let left = self.workflows.iter().find(|(_, workflow)| {
            workflow.progress.iter().filter_map(|progress| progress.run).any(|run| is_left(workflow, &run))
        });
        if let Some((id, workflow)) = left {
            return Some(format!("a run of the cancelled workflow {id} goes on: {workflow:?}"));
        }
        self.come_to_rest();
        for (id, workflow) in &self.workflows {
            let is_complete = workflow.progress.iter().all(|progress| progress.result.is_some());
            if workflow.closings != 1 || (workflow.closed == Some(false) && !is_complete) {
                return Some(format!("workflow {id} did not end as it should: {workflow:?}"));
            }
            for step in 0..workflow.steps.len() {
                let runs = self.runs.values().filter(|run| (run.workflow, run.step) == (*id, step)).count();
                if runs > 1 {
                    return Some(format!("step {step} of workflow {id} submitted {runs} runs"));
                }
            }
        }
        None
    }

    fn run(mut self) -> Result<Counts, String> {
        for _ in 0..TURNS {
            self.step();
        }
        self.wrong().map_or(Ok(self.server.counts), Err)
    }
}

fn run(seed: u64, mistake: Mistake) -> Result<Counts, String> {
    OpenWorkflows::new(seed, mistake).run()
}

#[test]
fn every_workflow_ends_once_and_each_step_submits_one_run() {
    let happens = [
        "kills",
        "kills after a submission",
        "lags",
        "full disk",
        "workflows ended",
        "workflows cancelled",
        "steps blocked",
        "runs cancelled",
    ];
    assert_all_worlds_are_right(&happens, run);
}

#[test]
fn mistakes_in_followers_of_workflows_are_found() {
    assert_mistakes_are_found(&[Mistake::BeginsEmpty, Mistake::IgnoresLag, Mistake::GivesUp, Mistake::ActsTwice], run);
}
