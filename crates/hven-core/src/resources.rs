//! Resources that a task requests and that a runner has: cores, memory and named resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An amount of each kind of resource. Cores are whole numbers; memory is in bytes; names such as `gpu` or `licence.matlab`
/// count units.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resources {
    pub cpus: u32,
    #[serde(default)]
    pub memory_bytes: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub named: BTreeMap<String, u64>,
}

/// One unit of a resource whose units have names, such as a GPU with its index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceUnit {
    pub name: String,
    /// Its kind, such as the model of a GPU, when this is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// The units of the resources whose units have names. All others are only counted.
pub type ResourceUnits = BTreeMap<String, Vec<ResourceUnit>>;

/// The names of the units that an attempt has, of each such resource.
pub type UnitNames = BTreeMap<String, Vec<String>>;

/// `gpu 0, 1; spectrometer b`
pub fn unit_names_line(units: &UnitNames) -> String {
    let parts: Vec<String> = units.iter().map(|(name, units)| format!("{name} {}", units.join(", "))).collect();
    parts.join("; ")
}

/// The variable that tells a process which units of a resource it has: `HVEN_RESOURCE_LICENCE_MATLAB` for `licence.matlab`.
pub fn unit_variable(resource: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("HVEN_RESOURCE_{}", resource.chars().map(letter).collect::<String>())
}

impl Default for Resources {
    /// The resources of a task without a request: one core, and no reserved memory.
    fn default() -> Self {
        Self { cpus: 1, memory_bytes: 0, named: BTreeMap::new() }
    }
}

/// The first kind of resource with too little available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// `cpus`, `memory` or the name.
    pub resource: String,
    pub wanted: u64,
    pub available: u64,
}

impl Resources {
    pub fn none() -> Self {
        Self { cpus: 0, memory_bytes: 0, named: BTreeMap::new() }
    }

    /// The shortage if `wanted` is taken from `self`; `None` when there is enough.
    pub fn shortage(&self, wanted: &Self) -> Option<Shortage> {
        let short = |resource: &str, wanted: u64, available: u64| {
            (wanted > available).then(|| Shortage { resource: resource.to_owned(), wanted, available })
        };
        short("cpus", wanted.cpus.into(), self.cpus.into())
            .or_else(|| short("memory", wanted.memory_bytes, self.memory_bytes))
            .or_else(|| {
                wanted.named.iter().find_map(|(name, &n)| short(name, n, self.named.get(name).copied().unwrap_or(0)))
            })
    }

    /// Subtracts `part`; the caller has checked that it fits.
    pub fn take(&mut self, part: &Self) {
        self.cpus = self.cpus.saturating_sub(part.cpus);
        self.memory_bytes = self.memory_bytes.saturating_sub(part.memory_bytes);
        for (name, n) in &part.named {
            if let Some(have) = self.named.get_mut(name) {
                *have = have.saturating_sub(*n);
            }
        }
    }

    pub fn give_back(&mut self, part: &Self) {
        self.cpus += part.cpus;
        self.memory_bytes += part.memory_bytes;
        for (name, n) in &part.named {
            *self.named.entry(name.clone()).or_default() += n;
        }
    }
}

crate::sample::sampled! {
    Resources { cpus, memory_bytes, named }
    ResourceUnit { name, model }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(cpus: u32, memory_bytes: u64, gpus: u64) -> Resources {
        Resources { cpus, memory_bytes, named: [("gpu".to_owned(), gpus)].into() }
    }

    #[test]
    fn names_of_variables_are_plain() {
        assert_eq!(unit_variable("licence.matlab"), "HVEN_RESOURCE_LICENCE_MATLAB");
        assert_eq!(unit_variable("Lötofen-2"), "HVEN_RESOURCE_L_TOFEN_2");
    }

    #[test]
    fn a_shortage_names_the_resource() {
        let have = resources(2, 100, 1);
        assert_eq!(have.shortage(&resources(2, 100, 1)), None);
        let short = |wanted: &Resources| have.shortage(wanted).map(|s| (s.resource, s.wanted, s.available));
        assert_eq!(short(&resources(3, 0, 0)), Some(("cpus".into(), 3, 2)));
        assert_eq!(short(&resources(1, 101, 0)), Some(("memory".into(), 101, 100)));
        assert_eq!(short(&resources(1, 0, 2)), Some(("gpu".into(), 2, 1)));
        let fpga = Resources { named: [("fpga".to_owned(), 1)].into(), ..Resources::default() };
        assert_eq!(short(&fpga), Some(("fpga".into(), 1, 0)));
    }

    #[test]
    fn taking_and_giving_back_is_the_identity() {
        let mut have = resources(4, 100, 2);
        let part = resources(3, 60, 2);
        have.take(&part);
        assert_eq!(have, resources(1, 40, 0));
        have.give_back(&part);
        assert_eq!(have, resources(4, 100, 2));
    }
}
