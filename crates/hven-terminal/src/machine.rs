//! Human-readable output for the machine: its runners, what is in use, and what was in use over time.

use std::io;

use hven_api::{
    machine::{MachineReport, MachineRunner, UseBin, UseOverTime},
    runs::Resources,
};

use crate::{
    command_result::HumanReadable,
    formats,
    terminal_writer::{Field, TerminalWriter},
};

impl HumanReadable for MachineReport {
    fn write(&self, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
        let capacity = match resources(&self.capacity) {
            text if text.is_empty() => "no runner is attached".to_owned(),
            text => text,
        };
        let in_use = match resources(&self.in_use) {
            text if text.is_empty() => "nothing".to_owned(),
            text => text,
        };
        let mut runs = format!("{} running, {} waiting", self.running, self.waiting);
        if self.tasks_queued > 0 {
            runs = format!("{runs}, {} of arrays", formats::counted(self.tasks_queued, "queued task", "queued tasks"));
        }
        writer.pairs(&[("capacity", Some(capacity)), ("in use", Some(in_use)), ("runs", Some(runs))])?;
        if !self.runners.is_empty() {
            writer.line("")?;
            let header = ["POOL", "HOST", "STATE", "SINCE", "RUNS", "CORES", "MEMORY", "OTHER"];
            let rows = self.runners.iter().map(|runner| row(runner, writer.now)).collect();
            writer.table(&header, rows)?;
        }
        over_time(self, writer)
    }
}

fn row(runner: &MachineRunner, now: jiff::Timestamp) -> Vec<Field> {
    let (has, uses) = (&runner.capacity, &runner.in_use);
    let of = |uses: u64, has: u64, write: fn(u64) -> String| format!("{} of {}", write(uses), write(has));
    let other = has.named.iter().map(|(name, units)| {
        format!("{} {name}", of(uses.named.get(name).copied().unwrap_or(0), *units, |units| units.to_string()))
    });
    let cores = |resources: &Resources| u64::from(resources.cpus.unwrap_or(0));
    let memory = |resources: &Resources| resources.memory_bytes.unwrap_or(0);
    vec![
        runner.pool.clone().into(),
        runner.host.clone().into(),
        Field::State(runner.state.clone()),
        formats::ago(&runner.enrolled, now).into(),
        Field::Number(runner.running.to_string()),
        of(cores(uses), cores(has), |cores| cores.to_string()).into(),
        of(memory(uses), memory(has), formats::bytes).into(),
        other.collect::<Vec<_>>().join(", ").into(),
    ]
}

/// `4 cores, 16 GB, 2 gpu`; empty for nothing.
fn resources(resources: &Resources) -> String {
    let Resources { cpus, memory_bytes, named } = resources;
    let cores = cpus.filter(|&cores| cores > 0).map(|cores| formats::counted(cores.into(), "core", "cores"));
    let memory = memory_bytes.filter(|&bytes| bytes > 0).map(|bytes| format!("{} of memory", formats::bytes(bytes)));
    let named = named.iter().filter(|(_, units)| **units > 0).map(|(name, units)| format!("{units} {name}"));
    cores.into_iter().chain(memory).chain(named).collect::<Vec<_>>().join(", ")
}

fn over_time(machine: &MachineReport, writer: &mut TerminalWriter<'_>) -> io::Result<()> {
    let UseOverTime { since, bin_s, is_cut, bins, .. } = &machine.use_over_time;
    if *is_cut {
        writer.line("\nThe answer reached its limit: earlier use is not shown.")?;
    }
    let since_text = formats::local(since);
    let highest = bins.iter().map(|bin| bin.reserved_cores.max(bin.used_cores)).fold(0.0, f64::max);
    if highest == 0.0 {
        return writer.line(&format!("\nno run used a core since {since_text}"));
    }
    // The capacity is that of now: more may have been in use before.
    let scale = f64::from(machine.capacity.cpus.unwrap_or(0)).max(highest);
    writer.line(&format!(
        "\ncores since {since_text}; a column is {}, and its full height {}",
        column(*bin_s),
        if number(scale) == "1" { "1 core".to_owned() } else { format!("{} cores", number(scale)) }
    ))?;
    let reserved = bins.iter().map(|bin| block(bin.reserved_cores / scale)).collect();
    let used = bins.iter().map(|bin| if is_unmeasured(bin) { '?' } else { block(bin.used_cores / scale) }).collect();
    // The last bin may be shorter: it ends now.
    let length_s =
        |bin: &UseBin| formats::seconds_between(&bin.start, &machine.now).unwrap_or(0.0).clamp(0.0, *bin_s as f64);
    let period_s = bins.iter().map(length_s).sum::<f64>();
    let mean = |of: fn(&UseBin) -> f64| bins.iter().map(|bin| of(bin) * length_s(bin)).sum::<f64>() / period_s;
    let unmeasured = mean(|bin| bin.unmeasured_cores);
    let unknown = if unmeasured > 0.0 {
        let cores = number(unmeasured);
        format!("; the use of {cores} reserved ones is not known: their attempts still run or were lost")
    } else {
        String::new()
    };
    let (mean_reserved, mean_used) = (mean(|bin| bin.reserved_cores), mean(|bin| bin.used_cores));
    writer.pairs(&[
        ("reserved", Some(reserved)),
        ("used", Some(used)),
        ("mean", Some(format!("{} cores reserved, {} used{unknown}", number(mean_reserved), number(mean_used)))),
    ])
}

/// The length of a column, which is a whole number of minutes.
fn column(bin_s: u64) -> String {
    match bin_s {
        0..3600 => format!("{} min", bin_s / 60),
        3600..86_400 => formats::counted(bin_s / 3600, "hour", "hours"),
        _ => formats::counted(bin_s / 86_400, "day", "days"),
    }
}

/// Whether nothing is known of what the reserved cores of a bin did.
fn is_unmeasured(bin: &UseBin) -> bool {
    bin.unmeasured_cores > 0.99 * bin.reserved_cores && bin.reserved_cores > 0.0
}

/// A block as high as this part of the full height. Any use has a block, and no use a dot.
fn block(part: f64) -> char {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if part <= 0.0 { '·' } else { BLOCKS[((part * 8.0).ceil() as usize).clamp(1, 8) - 1] }
}

/// Three digits at most, and never zero for something.
fn number(cores: f64) -> String {
    match cores {
        cores if cores >= 99.95 || cores.fract() == 0.0 => format!("{cores:.0}"),
        cores if cores >= 9.995 => format!("{cores:.1}"),
        cores if cores >= 0.005 => format!("{cores:.2}"),
        _ => "less than 0.01".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::terminal_writer::Colours;

    fn bin(start: &str, [reserved_cores, used_cores, unmeasured_cores]: [f64; 3]) -> UseBin {
        UseBin {
            start: start.to_owned(),
            running: 1.0,
            reserved_cores,
            used_cores,
            unmeasured_cores,
            reserved_memory_bytes: 0.0,
            reserved_named: BTreeMap::new(),
        }
    }

    fn shown(bins: Vec<UseBin>, cpus: u32) -> String {
        let resources = |cpus, gpus| Resources {
            cpus: Some(cpus),
            memory_bytes: Some(16_000_000_000),
            named: BTreeMap::from([("gpu".to_owned(), gpus)]),
        };
        let idle = Resources { cpus: Some(0), memory_bytes: None, named: BTreeMap::new() };
        let runner = MachineRunner {
            id: "1".to_owned(),
            pool: "local".to_owned(),
            host: "tycho".to_owned(),
            version: "0.2.0".to_owned(),
            state: "attached".to_owned(),
            enrolled: "2026-05-01T09:00:00Z".to_owned(),
            heard: None,
            capacity: resources(cpus, 2),
            in_use: Resources { named: BTreeMap::from([("gpu".to_owned(), 1)]), ..idle.clone() },
            running: 1,
        };
        let report = MachineReport {
            schema: "hven.machine/1".to_owned(),
            now: "2026-05-01T12:00:00Z".to_owned(),
            capacity: if cpus > 0 { resources(cpus, 2) } else { idle.clone() },
            runners: if cpus > 0 { vec![runner] } else { Vec::new() },
            in_use: idle,
            running: 1,
            waiting: 3,
            tasks_queued: 1,
            use_over_time: UseOverTime {
                since: "2026-05-01T10:00:00Z".to_owned(),
                until: "2026-05-01T12:00:00Z".to_owned(),
                bin_s: 1800,
                is_cut: false,
                bins,
            },
        };
        let mut out = Vec::new();
        let now = "2026-05-01T12:00:00Z".parse().expect("a time");
        report.write(&mut TerminalWriter::new(&mut out, Colours::Off, now)).expect("written");
        let text = String::from_utf8(out).expect("UTF-8");
        // The local time depends on the machine of the test.
        text.replace(&formats::local("2026-05-01T10:00:00Z"), "TEN")
    }

    #[test]
    fn use_is_shown_in_blocks_and_what_is_not_known_as_such() {
        let bins = vec![
            bin("2026-05-01T10:00:00Z", [0.0, 0.0, 0.0]),
            bin("2026-05-01T10:30:00Z", [4.0, 0.001, 0.0]),
            bin("2026-05-01T11:00:00Z", [8.0, 6.0, 0.0]),
            bin("2026-05-01T11:30:00Z", [2.0, 0.0, 2.0]),
        ];
        insta::assert_snapshot!(shown(bins, 8), @r"
        capacity  8 cores, 16 GB of memory, 2 gpu
        in use    nothing
        runs      1 running, 3 waiting, 1 queued task of arrays

        POOL   HOST   STATE     SINCE    RUNS  CORES   MEMORY        OTHER
        local  tycho  attached  3 h ago     1  0 of 8  0 B of 16 GB  1 of 2 gpu

        cores since TEN; a column is 30 min, and its full height 8 cores
        reserved  ·▄█▂
        used      ·▁▆?
        mean      3.50 cores reserved, 1.50 used; the use of 0.50 reserved ones is not known: their attempts still run or were lost
        ");
    }

    #[test]
    fn a_machine_without_runner_and_use_says_so() {
        insta::assert_snapshot!(shown(vec![bin("2026-05-01T10:00:00Z", [0.0, 0.0, 0.0])], 0), @r"
        capacity  no runner is attached
        in use    nothing
        runs      1 running, 3 waiting, 1 queued task of arrays

        no run used a core since TEN
        ");
    }
}
