//! The free resources of the runner, and what each attempt with a process has of them.

use std::collections::BTreeMap;

use hven_core::resources::{ResourceUnit, ResourceUnits, Resources, UnitNames, unit_variable};

/// The free resources: amounts, and the units of resources whose units have names, in the order of their declaration.
#[derive(Debug)]
pub(crate) struct FreeResources {
    amounts: Resources,
    units: BTreeMap<String, BTreeMap<usize, String>>,
}

/// The resources of an attempt until its end.
#[derive(Debug)]
pub(crate) struct Grant {
    amounts: Resources,
    units: BTreeMap<String, BTreeMap<usize, String>>,
}

impl FreeResources {
    pub(crate) fn all(capacity: Resources, units: &ResourceUnits) -> Self {
        let named = |(resource, units): (&String, &Vec<ResourceUnit>)| {
            let names = units.iter().map(|unit| unit.name.clone());
            (resource.clone(), names.enumerate().collect())
        };
        Self { amounts: capacity, units: units.iter().map(named).collect() }
    }

    pub(crate) const fn amounts(&self) -> &Resources {
        &self.amounts
    }

    /// Reserves amounts for an attempt that has no process yet.
    pub(crate) fn reserve(&mut self, wanted: &Resources) {
        self.amounts.take(wanted);
    }

    pub(crate) fn release(&mut self, wanted: &Resources) {
        self.amounts.give_back(wanted);
    }

    /// Takes what an attempt wants; the caller has checked that it fits. Of named units it gets the first free ones.
    pub(crate) fn grant(&mut self, wanted: Resources) -> Grant {
        self.amounts.take(&wanted);
        let mut units = BTreeMap::new();
        for (resource, &count) in &wanted.named {
            let Some(free) = self.units.get_mut(resource) else { continue };
            let granted = (0..count).map_while(|_| free.pop_first()).collect();
            units.insert(resource.clone(), granted);
        }
        Grant { amounts: wanted, units }
    }

    pub(crate) fn give_back(&mut self, grant: Grant) {
        self.amounts.give_back(&grant.amounts);
        for (resource, mut units) in grant.units {
            self.units.entry(resource).or_default().append(&mut units);
        }
    }
}

impl Grant {
    pub(crate) fn none() -> Self {
        Self { amounts: Resources::none(), units: BTreeMap::new() }
    }

    pub(crate) fn unit_names(&self) -> UnitNames {
        let names = |(resource, units): (&String, &BTreeMap<usize, String>)| {
            (resource.clone(), units.values().cloned().collect())
        };
        self.units.iter().filter(|(_, units)| !units.is_empty()).map(names).collect()
    }

    /// The variables that tell a process which units it has: `HVEN_RESOURCE_SPECTROMETER=b`. CUDA reads its own variables for
    /// GPUs. It numbers them by speed unless it is told to number them by their place on the bus, as NVML does (CUDA C++
    /// Programming Guide, "CUDA Environment Variables").
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.unit_names().into_iter().flat_map(|(resource, names)| {
            let names = names.join(",");
            let of_cuda = if resource == "gpu" {
                vec![
                    ("CUDA_DEVICE_ORDER".to_owned(), "PCI_BUS_ID".to_owned()),
                    ("CUDA_VISIBLE_DEVICES".to_owned(), names.clone()),
                ]
            } else {
                Vec::new()
            };
            of_cuda.into_iter().chain([(unit_variable(&resource), names)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free() -> FreeResources {
        let units = |names: &[&str]| -> Vec<ResourceUnit> {
            names.iter().map(|name| ResourceUnit { name: (*name).to_owned(), model: None }).collect()
        };
        let named = [("gpu".to_owned(), 3), ("licence.matlab".to_owned(), 2), ("spectrometer".to_owned(), 2)];
        let capacity = Resources { cpus: 4, memory_bytes: 0, named: named.into() };
        let units = [("gpu".to_owned(), units(&["0", "2", "3"])), ("spectrometer".to_owned(), units(&["b", "a"]))];
        FreeResources::all(capacity, &units.into())
    }

    fn want(named: &[(&str, u64)]) -> Resources {
        let named = named.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Resources { cpus: 1, memory_bytes: 0, named }
    }

    fn variables(grant: &Grant) -> Vec<String> {
        grant.variables().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn each_unit_is_with_one_attempt_at_a_time() {
        let mut free = free();
        let first = free.grant(want(&[("gpu", 2), ("licence.matlab", 1)]));
        assert_eq!(
            variables(&first),
            ["CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_VISIBLE_DEVICES=0,2", "HVEN_RESOURCE_GPU=0,2"]
        );
        let second = free.grant(want(&[("gpu", 1), ("spectrometer", 1)]));
        assert_eq!(
            variables(&second),
            [
                "CUDA_DEVICE_ORDER=PCI_BUS_ID",
                "CUDA_VISIBLE_DEVICES=3",
                "HVEN_RESOURCE_GPU=3",
                "HVEN_RESOURCE_SPECTROMETER=b"
            ]
        );
        free.give_back(first);
        let third = free.grant(want(&[("gpu", 1)]));
        assert_eq!(third.unit_names()["gpu"], ["0"]);
        let none = free.grant(want(&[]));
        assert!(none.unit_names().is_empty() && variables(&none).is_empty());
        for grant in [second, third, none, Grant::none()] {
            free.give_back(grant);
        }
        assert_eq!(free.amounts(), super::tests::free().amounts());
        assert_eq!(free.grant(want(&[("gpu", 3)])).unit_names()["gpu"], ["0", "2", "3"]);
    }
}
