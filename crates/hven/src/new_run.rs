//! A new run from its settings to its end: `work` has the settings, `prepare` records code and inputs, `submit` submits the
//! run and follows it. `hven run`, `hven rerun` and the steps of a manifest use it.

mod background_work;
mod caller;
mod capture_notes;
mod end;
mod own_stdin;
mod prepare;
mod put_back;
mod settings;
mod submit;
mod task_environment;
mod work;

pub use background_work::{CodeFiles, start_background_work, wait_for};
pub use caller::Caller;
pub use end::ended;
pub use own_stdin::StdinChoice;
pub use prepare::{Prepared, outline, prepare};
pub use put_back::{Submission, submit_or_put_back};
pub use settings::{RunOptions, RunSettings};
pub use submit::submit;
pub use task_environment::require_secrets;
pub use work::Work;
