//! The application as a whole: opens all floors.

use std::{ops::Deref, sync::Arc};

use hven_core::Time;

use crate::{
    catalogue::floor::Catalogue,
    kernel::{error::AppResult, floor::Kernel},
    knowledge::floor::Knowledge,
    ports::{chosen::Ports, engine::Engine},
    publish::floor::Publish,
    work::{
        floor::Work,
        recipes::Recipes,
        schedule::{Decisions, Schedule},
    },
};

/// All floors. A use case takes the floor that it needs, and `&App` is a reference to each floor.
#[derive(Debug)]
pub struct App {
    publish: Publish,
}

impl App {
    /// Opens the use cases over a home and resumes unfinished runs. Call [`crate::services::spawn`] next to start the
    /// background work.
    pub async fn open(
        ports: Ports,
        engine: Box<dyn Engine>,
        recipes: Recipes,
        key: [u8; 32],
        clock: fn() -> Time,
    ) -> AppResult<(Arc<Self>, Decisions)> {
        let (schedule, decided) = Schedule::new(engine);
        let schedule = Arc::new(schedule);
        let attempts = Arc::<Schedule>::clone(&schedule);
        let kernel = Arc::new(Kernel::open(ports, attempts, recipes.list, key, clock).await?);
        let work = Work::open(kernel, schedule, recipes).await?;
        let publish = Publish::above(Knowledge::above(Catalogue::above(work)));
        Ok((Arc::new(Self { publish }), decided))
    }
}

impl Deref for App {
    type Target = Publish;

    fn deref(&self) -> &Publish {
        &self.publish
    }
}
