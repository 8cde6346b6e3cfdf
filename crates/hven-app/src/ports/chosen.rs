//! The implementations of the ports.

use std::sync::Arc;

use crate::ports::{backup, launch, objects, press, record, series, step_processes, tables, views};

/// The implementations that the binary chose.
#[derive(Clone)]
pub struct Ports {
    pub record: Arc<dyn record::Record>,
    pub views: Arc<dyn views::Views>,
    pub series: Arc<dyn series::Series>,
    pub objects: Arc<dyn objects::Objects>,
    pub launches: Arc<dyn launch::Launches>,
    pub launcher: Arc<dyn launch::RunnerLauncher>,
    pub backup: Arc<dyn backup::Backup>,
    pub press: Arc<dyn press::Press>,
    pub step_processes: Arc<dyn step_processes::StepProcesses>,
    pub tables: Arc<dyn tables::Tables>,
}

impl Ports {
    /// Uses one home for everything that is stored.
    pub fn of_home<H>(
        home: Arc<H>,
        launcher: Arc<dyn launch::RunnerLauncher>,
        press: Arc<dyn press::Press>,
        step_processes: Arc<dyn step_processes::StepProcesses>,
        tables: Arc<dyn tables::Tables>,
    ) -> Self
    where
        H: record::Record + views::Views + series::Series + objects::Objects + launch::Launches + backup::Backup,
    {
        Self {
            record: home.clone(),
            views: home.clone(),
            series: home.clone(),
            objects: home.clone(),
            launches: home.clone(),
            backup: home,
            launcher,
            press,
            step_processes,
            tables,
        }
    }
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ports(…)")
    }
}
