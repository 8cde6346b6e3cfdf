//! The resources of this machine for its runners: cores, memory, GPUs, and what its owner declared.

use std::{collections::BTreeMap, path::PathBuf, thread::available_parallelism};

use hven_core::resources::{ResourceUnit, ResourceUnits, Resources};

/// The resource that a run asks for to get a GPU.
pub const GPU: &str = "gpu";

/// A resource that the owner of the machine declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// So many equal units.
    Count(u64),
    /// Units with names.
    Units(Vec<String>),
}

/// How the resources of this machine are found.
#[derive(Clone, Debug, Default)]
pub struct MachineSettings {
    pub declared: BTreeMap<String, Declared>,
    /// NVIDIA's management library (NVML), where the system does not find it by itself.
    pub nvml: Option<PathBuf>,
    /// The value of `CUDA_VISIBLE_DEVICES` of this process: other GPUs belong to other programs.
    pub visible_gpus: Option<String>,
}

/// The resources that a runner of this machine gets, in addition to cores and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundResources {
    pub counts: BTreeMap<String, u64>,
    pub units: ResourceUnits,
}

/// A larger number of GPUs is only counted.
const GPUS_MAX: u64 = 1024;

impl FoundResources {
    /// Finds the GPUs of this machine, unless their number is declared, and adds what is declared.
    pub fn find(settings: &MachineSettings) -> Self {
        Self::of(&settings.declared, nvml_gpus(settings))
    }

    fn of(declared: &BTreeMap<String, Declared>, gpus: Vec<ResourceUnit>) -> Self {
        let mut found = Self::default();
        let model_of = |resource: &str, name: &str| {
            let gpu = gpus.iter().find(|gpu| resource == GPU && gpu.name == name);
            gpu.and_then(|gpu| gpu.model.clone())
        };
        for (resource, declared) in declared {
            let names = match declared {
                Declared::Count(count) if resource == GPU && *count <= GPUS_MAX => {
                    (0..*count).map(|index| index.to_string()).collect()
                }
                Declared::Count(count) => {
                    found.counts.insert(resource.clone(), *count);
                    continue;
                }
                Declared::Units(names) => names.clone(),
            };
            let unit = |name: String| ResourceUnit { model: model_of(resource, &name), name };
            found.units.insert(resource.clone(), names.into_iter().map(unit).collect());
        }
        if !declared.contains_key(GPU) && !gpus.is_empty() {
            found.units.insert(GPU.to_owned(), gpus);
        }
        found.units.retain(|_, units| !units.is_empty());
        found
    }

    /// The capacity of a runner of this machine.
    pub fn capacity(&self) -> Resources {
        let units = self.units.iter().map(|(name, units)| (name.clone(), units.len() as u64));
        let cpus = available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX));
        let named = self.counts.clone().into_iter().chain(units).collect();
        Resources { cpus, memory_bytes: memory_bytes(), named }
    }
}

/// The memory of this machine, as its runner computes it.
fn memory_bytes() -> u64 {
    #[cfg(target_os = "linux")]
    {
        let info = rustix::system::sysinfo();
        #[allow(clippy::useless_conversion, reason = "the type depends on the platform")]
        return u64::from(info.totalram).saturating_mul(info.mem_unit.into());
    }
    #[cfg(not(target_os = "linux"))]
    u64::MAX
}

/// The GPUs that NVIDIA's driver names, without those that are hidden from this process. Their indices are those of
/// `nvidia-smi`. Without a driver there are none.
#[cfg(target_os = "linux")]
fn nvml_gpus(settings: &MachineSettings) -> Vec<ResourceUnit> {
    use nvml_wrapper::{Nvml, error::NvmlError};

    let found = || -> Result<Vec<ResourceUnit>, NvmlError> {
        let nvml = match &settings.nvml {
            Some(path) => Nvml::builder().lib_path(path.as_os_str()).init()?,
            None => Nvml::init()?,
        };
        let unit = |index| {
            let model = nvml.device_by_index(index).and_then(|device| device.name()).ok();
            ResourceUnit { name: index.to_string(), model }
        };
        Ok((0..nvml.device_count()?).map(unit).collect())
    };
    match found() {
        Ok(gpus) => visible(gpus, settings.visible_gpus.as_deref()),
        Err(error) => {
            match &settings.nvml {
                Some(path) => tracing::warn!(path = %path.display(), %error, "NVML cannot be used: no GPU is found"),
                None => tracing::debug!(%error, "no NVML: no GPU is found"),
            }
            Vec::new()
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn nvml_gpus(_: &MachineSettings) -> Vec<ResourceUnit> {
    Vec::new()
}

/// The GPUs that `CUDA_VISIBLE_DEVICES` names by their indices, in its order. As for CUDA, those behind the first wrong one do not
/// count. Names that are no indices, such as UUIDs, hide nothing here.
#[cfg(any(target_os = "linux", test))]
fn visible(gpus: Vec<ResourceUnit>, shown: Option<&str>) -> Vec<ResourceUnit> {
    let Some(shown) = shown else { return gpus };
    let names: Vec<&str> = shown.split(',').map(str::trim).collect();
    if names.iter().any(|name| !name.is_empty() && name.parse::<i64>().is_err()) {
        return gpus;
    }
    let unit = |name: &&str| gpus.iter().find(|gpu| gpu.name == **name).cloned();
    names.iter().map_while(unit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gpu(index: u32) -> ResourceUnit {
        ResourceUnit { name: index.to_string(), model: Some("NVIDIA H200".to_owned()) }
    }

    fn names(units: &[ResourceUnit]) -> Vec<&str> {
        units.iter().map(|unit| unit.name.as_str()).collect()
    }

    #[test]
    fn declared_resources_come_before_found_ones() {
        let of = |declared: &[(&str, Declared)]| {
            let declared = declared.iter().map(|(name, declared)| ((*name).to_owned(), declared.clone())).collect();
            FoundResources::of(&declared, vec![gpu(0), gpu(1)])
        };
        let units = |listed: &[&str]| Declared::Units(listed.iter().map(|name| (*name).to_owned()).collect());
        let found = of(&[("licence.matlab", Declared::Count(5)), ("spectrometer", units(&["a", "b"]))]);
        assert_eq!(found.counts, [("licence.matlab".to_owned(), 5)].into());
        assert_eq!(found.units["gpu"], [gpu(0), gpu(1)]);
        assert_eq!(names(&found.units["spectrometer"]), ["a", "b"]);
        let capacity = found.capacity();
        assert!(capacity.cpus > 0 && capacity.memory_bytes > 1 << 20);
        let named: Vec<(&str, u64)> = capacity.named.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        assert_eq!(named, [("gpu", 2), ("licence.matlab", 5), ("spectrometer", 2)]);
        // Only the second GPU is for Hven, and its model is known.
        assert_eq!(of(&[("gpu", units(&["1"]))]).units["gpu"], [gpu(1)]);
        let three = of(&[("gpu", Declared::Count(3))]).units.remove("gpu").expect("declared");
        assert_eq!((names(&three), three[2].model.as_ref()), (vec!["0", "1", "2"], None));
        assert_eq!(of(&[("gpu", Declared::Count(0))]), FoundResources::default());
        assert_eq!(of(&[("gpu", Declared::Count(1 << 20))]).counts["gpu"], 1 << 20);
    }

    #[test]
    fn hidden_gpus_are_not_used() {
        let all = || (0..4).map(gpu).collect::<Vec<_>>();
        let check = |shown: Option<&str>, expect: &[&str]| {
            assert_eq!(names(&visible(all(), shown)), expect, "{shown:?}");
        };
        check(None, &["0", "1", "2", "3"]);
        check(Some("2, 0"), &["2", "0"]);
        check(Some(""), &[]);
        check(Some("1,-1,2"), &["1"]);
        check(Some("1,9,2"), &["1"]);
        check(Some("GPU-8932f937-d72c-4106-c12f-20bd9faed9f6"), &["0", "1", "2", "3"]);
    }
}
