//! The settings of a process as numbers for the system.

use hven_core::process::{Counted, KnownLimit, ProcessSettings, ResourceLimit, read_cpus};
use libc::c_int;

use super::{
    cpus::{CPU_WORDS, Cpus},
    system,
};

#[derive(Debug)]
pub(crate) struct Settings {
    nice: c_int,
    /// In the kernel's form; 0 means no class.
    io: c_int,
    cpus: Cpus,
    /// The processors as text if the caller chose them; otherwise all processors are used.
    chosen_cpus: Option<String>,
    limits: Vec<Limit>,
}

#[derive(Debug)]
struct Limit {
    known: &'static KnownLimit,
    resource: c_int,
    wanted: ResourceLimit,
}

/// Settings that could not be applied as in the caller's shell: one bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RefusedSettings(u32);

impl RefusedSettings {
    const NICE: Self = Self(1 << 31);
    const IO: Self = Self(1 << 30);
    const CPUS: Self = Self(1 << 29);

    /// The limit at this index.
    const fn limit(place: usize) -> Self {
        Self(1 << place)
    }

    const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[cfg(any(not(target_os = "linux"), hven_portable))]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    #[cfg(any(not(target_os = "linux"), hven_portable))]
    pub(crate) const fn of_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl Settings {
    pub(crate) fn of(settings: &ProcessSettings) -> Self {
        let mut cpus: Cpus = [u64::MAX; CPU_WORDS];
        // The server sends only readable lists; an unreadable one would mean all processors.
        let chosen = settings.cpus.as_deref().and_then(|text| Some((text.to_owned(), read_cpus(text)?)));
        if let Some((_, chosen)) = &chosen {
            cpus = [0; CPU_WORDS];
            for cpu in chosen.iter().map(|&cpu| cpu as usize) {
                cpus[cpu / 64] |= 1 << (cpu % 64);
            }
        }
        let limits = settings
            .known_limits()
            .filter_map(|(known, wanted)| Some(Limit { known, resource: resource(known.name)?, wanted }));
        Self {
            nice: settings.nice,
            io: settings.io.map_or(0, |io| (c_int::from(io.class.number()) << 13) | c_int::from(io.level)),
            cpus,
            chosen_cpus: chosen.map(|(text, _)| text),
            limits: limits.collect(),
        }
    }

    /// Applies all settings in the new process and returns those that could not be applied.
    pub(crate) fn apply(&self) -> RefusedSettings {
        let mut refused = RefusedSettings::default();
        if !system::set_nice(self.nice) {
            refused.add(RefusedSettings::NICE);
        }
        // Some systems have no I/O class and refuse to set none.
        if !system::set_io(self.io) && self.io != 0 {
            refused.add(RefusedSettings::IO);
        }
        if !system::set_cpus(&self.cpus) && self.chosen_cpus.is_some() {
            refused.add(RefusedSettings::CPUS);
        }
        for (place, limit) in self.limits.iter().enumerate() {
            if !limit.set() {
                refused.add(RefusedSettings::limit(place));
            }
        }
        refused
    }

    /// Describes the settings that could not be applied, for people. Must run in the runner, whose settings the process has
    /// instead.
    pub(crate) fn notes(&self, refused: RefusedSettings) -> Vec<String> {
        let mut notes = Vec::new();
        for (place, limit) in self.limits.iter().enumerate() {
            if refused.has(RefusedSettings::limit(place)) {
                let wanted = limit.wanted;
                let got = wanted.within(system::limit(limit.resource).unwrap_or_default());
                let in_words = |value| in_words(limit.known.counted, value);
                notes.push(format!(
                    "The limit of the {} is {} in the shell of the command but {} here, because the runner is not allowed \
                     to raise it further.",
                    limit.known.of,
                    in_words(wanted),
                    in_words(got),
                ));
            }
        }
        if refused.has(RefusedSettings::NICE) {
            notes.push(format!(
                "The niceness is {} in the shell of the command but {} here, because the runner is not allowed to \
                 lower it.",
                self.nice,
                system::nice(),
            ));
        }
        if !notes.is_empty() {
            notes.push(
                "The runner has the limits of the shell in which Hven was started. To change them, run `hven down` when \
                 no task runs; the next command starts Hven again."
                    .to_owned(),
            );
        }
        if refused.has(RefusedSettings::IO) {
            let io = "The I/O class of the command's shell is not used, because the runner is not allowed to set it.";
            notes.push(io.to_owned());
        }
        if let Some(cpus) = self.chosen_cpus.as_ref().filter(|_| refused.has(RefusedSettings::CPUS)) {
            notes.push(format!(
                "Not all processors of the command's shell ({cpus}) are used, because the runner may not use some of them."
            ));
        }
        notes
    }
}

/// The system's number of a limit.
#[allow(clippy::unnecessary_cast)] // The type differs between versions of libc.
pub(super) fn resource(name: &str) -> Option<c_int> {
    Some(match name {
        "as" => libc::RLIMIT_AS as c_int,
        "core" => libc::RLIMIT_CORE as c_int,
        "cpu" => libc::RLIMIT_CPU as c_int,
        "data" => libc::RLIMIT_DATA as c_int,
        "fsize" => libc::RLIMIT_FSIZE as c_int,
        "memlock" => libc::RLIMIT_MEMLOCK as c_int,
        "nofile" => libc::RLIMIT_NOFILE as c_int,
        "nproc" => libc::RLIMIT_NPROC as c_int,
        "stack" => libc::RLIMIT_STACK as c_int,
        _ => return None,
    })
}

impl Limit {
    /// Applies the limit, or the nearest allowed one. Returns whether the wanted limit holds.
    fn set(&self) -> bool {
        if system::set_limit(self.resource, self.wanted) {
            return true;
        }
        // Some systems refuse to set a limit to its current value.
        let own = system::limit(self.resource);
        if let Some(own) = own {
            system::set_limit(self.resource, self.wanted.within(own));
        }
        own == Some(self.wanted)
    }
}

/// For example `321 (at most 1024)`.
fn in_words(counted: Counted, ResourceLimit { soft, hard }: ResourceLimit) -> String {
    if soft == hard {
        counted.shown(soft)
    } else {
        format!("{} (at most {})", counted.shown(soft), counted.shown(hard))
    }
}

#[cfg(test)]
mod tests {
    use hven_core::process::{IoClass, IoPriority, LIMITS};

    use super::*;

    #[test]
    fn settings_become_numbers() {
        let limit = ResourceLimit { soft: Some(321), hard: None };
        let settings = Settings::of(&ProcessSettings {
            limits: Some([("nofile".to_owned(), limit), ("sofa".to_owned(), limit)].into()),
            nice: 7,
            io: Some(IoPriority { class: IoClass::BestEffort, level: 4 }),
            cpus: Some("0-1,65".to_owned()),
        });
        assert_eq!((settings.nice, settings.io), (7, (2 << 13) | 4));
        assert_eq!(settings.cpus[..3], [0b11, 0b10, 0]);
        assert_eq!(settings.limits.len(), LIMITS.len(), "a limit that is not named is unlimited and is applied, too");
        let wanted = |name| settings.limits.iter().find(|limit| limit.known.name == name).map(|limit| limit.wanted);
        assert_eq!((wanted("nofile"), wanted("stack")), (Some(limit), Some(ResourceLimit::default())));
        let usual = Settings::of(&ProcessSettings::default());
        assert_eq!((usual.nice, usual.io, usual.cpus[0]), (0, 0, u64::MAX));
        assert!(usual.limits.is_empty(), "the runner's limits stay");
    }

    #[test]
    fn settings_that_cannot_be_applied_are_described() {
        let limit = ResourceLimit { soft: Some(1), hard: None };
        let settings = Settings::of(&ProcessSettings {
            limits: Some([("nofile".to_owned(), limit)].into()),
            cpus: Some("4000".to_owned()),
            ..ProcessSettings::default()
        });
        assert!(settings.notes(RefusedSettings::default()).is_empty());
        let place = settings.limits.iter().position(|limit| limit.known.name == "nofile").expect("it is a limit");
        let mut refused = RefusedSettings::limit(place);
        refused.add(RefusedSettings::CPUS);
        let notes = settings.notes(refused);
        assert_eq!(notes.len(), 3, "{notes:?}");
        let begin = "The limit of the open files is 1 (at most unlimited) in the shell of the command but 1";
        assert!(notes[0].starts_with(begin), "{notes:?}");
        assert!(notes[2].contains("(4000)"), "{notes:?}");
    }
}
