//! Runs that ask for much more than earlier runs of their code used.

use hven_core::{forecast::RUNS_MIN, resources::Resources};

use crate::ports::run::PastRun;

/// A resource that a run asks for, with its use by earlier runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Asked {
    /// The mean number of cores that were busy.
    Cores { asked: u32, used: f64, runs: usize },
    /// The largest memory of all.
    Memory { asked_bytes: u64, used_bytes: u64, runs: usize },
}

/// Less than this part of the cores is busy, and (below) of the memory is used.
const CORES_PART: f64 = 0.5;
const MEMORY_PART: u64 = 4;

/// Those of these resources of which earlier runs used much less; none when the earlier runs are too few.
pub(crate) fn more_than_used(asked: &Resources, past: &[PastRun]) -> Vec<Asked> {
    let mut found = Vec::new();
    let measured = past.iter().filter_map(|run| Some((run.cpu_s?, run.wall_s)));
    let (runs, cpu_s, wall_s) =
        measured.fold((0, 0.0, 0.0), |(runs, cpu, wall), (cpu_s, wall_s)| (runs + 1, cpu + cpu_s, wall + wall_s));
    let used = cpu_s / wall_s;
    // One core is the least that a run can ask for.
    if runs >= RUNS_MIN && asked.cpus > 1 && used < CORES_PART * f64::from(asked.cpus) {
        found.push(Asked::Cores { asked: asked.cpus, used, runs });
    }
    let memory: Vec<u64> = past.iter().filter_map(|run| run.memory_max_bytes).collect();
    if let Some(&used_bytes) = memory.iter().max()
        && memory.len() >= RUNS_MIN
        && used_bytes < asked.memory_bytes / MEMORY_PART
    {
        found.push(Asked::Memory { asked_bytes: asked.memory_bytes, used_bytes, runs: memory.len() });
    }
    found
}

#[cfg(test)]
mod tests {
    use hven_core::run::Spec;

    use super::*;

    fn past(cpu_s: f64, memory_max_bytes: u64) -> PastRun {
        let spec = Spec::of_command(vec!["fit".to_owned()], "/work");
        PastRun { spec, wall_s: 10.0, cpu_s: Some(cpu_s), memory_max_bytes: Some(memory_max_bytes) }
    }

    fn asking(cpus: u32, memory_bytes: u64) -> Resources {
        Resources { cpus, memory_bytes, ..Resources::default() }
    }

    #[test]
    fn resources_that_were_hardly_used_are_named() {
        let four = vec![past(10.0, 100); 4];
        assert_eq!(
            more_than_used(&asking(8, 1000), &four),
            [
                Asked::Cores { asked: 8, used: 1.0, runs: 4 },
                Asked::Memory { asked_bytes: 1000, used_bytes: 100, runs: 4 }
            ]
        );
        assert_eq!(
            more_than_used(&asking(2, 400), &four),
            [],
            "half of the cores and a quarter of the memory are enough"
        );
        assert_eq!(more_than_used(&asking(8, 1000), &four[..3]), []);
        assert_eq!(more_than_used(&asking(1, 0), &vec![past(0.1, 1); 9]), []);
        // The largest memory counts, and the mean of the cores.
        let mut mixed = four;
        mixed.push(past(70.0, 900));
        assert_eq!(more_than_used(&asking(8, 1000), &mixed), [Asked::Cores { asked: 8, used: 2.2, runs: 5 }]);
        let unknown = PastRun { cpu_s: None, memory_max_bytes: None, ..past(0.0, 0) };
        assert_eq!(more_than_used(&asking(8, 1000), &vec![unknown; 9]), []);
        let instant = PastRun { wall_s: 0.0, ..past(0.0, 900) };
        assert_eq!(more_than_used(&asking(8, 1000), &vec![instant; 9]), [], "0 / 0 is no use");
    }
}
