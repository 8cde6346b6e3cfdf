//! Converts the machine and its use to wire types.

use hven_api::machine as wire;
use hven_app::machine::{Machine, Period, RunnerUse, UseBin};

use super::{spec::resources, text};

pub(crate) fn machine(machine: Machine) -> wire::MachineReport {
    wire::MachineReport {
        schema: "hven.machine/1".to_owned(),
        now: text(machine.now),
        capacity: resources(&machine.capacity),
        in_use: resources(&machine.in_use),
        runners: machine.runners.into_iter().map(runner).collect(),
        running: machine.running,
        waiting: machine.waiting,
        tasks_queued: machine.tasks_queued,
        use_over_time: over_time(machine.period),
    }
}

fn runner(runner: RunnerUse) -> wire::MachineRunner {
    let RunnerUse { runner, running, in_use } = runner;
    wire::MachineRunner {
        id: runner.view.id.to_string(),
        pool: runner.view.pool,
        host: runner.view.host,
        version: runner.view.version,
        state: runner.state.to_owned(),
        enrolled: text(runner.view.enrolled),
        heard: runner.heard.map(text),
        capacity: resources(&runner.view.capacity),
        in_use: resources(&in_use),
        running,
    }
}

fn over_time(period: Period) -> wire::UseOverTime {
    let Period { since, until, bin_minutes, is_cut, bins } = period;
    let bins = bins.into_iter().map(bin).collect();
    wire::UseOverTime { since: text(since), until: text(until), bin_s: bin_minutes.saturating_mul(60), is_cut, bins }
}

fn bin(bin: UseBin) -> wire::UseBin {
    let UseBin { start, levels, named } = bin;
    wire::UseBin {
        start: text(start),
        running: levels.attempts,
        reserved_cores: levels.cores,
        used_cores: levels.used_cores,
        unmeasured_cores: levels.unmeasured_cores,
        reserved_memory_bytes: levels.memory_bytes,
        reserved_named: named,
    }
}
