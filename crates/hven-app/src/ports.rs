//! What the use cases need from the world, as traits. `hven-record` and `hven-compute` implement them; the binary
//! puts the two together. Nothing here knows SQL, HTTP or a file format.

pub mod backup;
pub mod catalogue;
pub mod chosen;
pub mod claims;
pub mod engine;
pub mod error;
pub mod launch;
pub mod objects;
pub mod page;
pub mod people;
pub mod press;
pub mod publications;
pub mod record;
pub mod repairs;
pub mod reproductions;
pub mod run;
pub mod series;
pub mod soundness;
pub mod views;

pub use backup::Backup;
pub use catalogue::Catalogue;
pub use claims::Claims;
pub use engine::Engine;
pub use error::{StoreError, StoreResult};
pub use hven_core::disk::{is_full, is_read_only};
pub use launch::{Launches, RunnerLauncher};
pub use objects::Objects;
pub use press::Press;
pub use publications::Publications;
pub use record::Record;
pub use repairs::Repairs;
pub use reproductions::Reproductions;
pub use series::Series;
pub use soundness::Lineages;
pub use views::Views;
