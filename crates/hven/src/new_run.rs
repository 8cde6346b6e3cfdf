//! A new run, from what is to be done to its end: `work` says what it is, `prepare` takes it down, `submit` hands it over and
//! follows it. `hven run`, `hven rerun` and the steps of a manifest go this way.

mod afterwork;
mod caller;
mod end;
mod found_notes;
mod handed_on;
mod own_stdin;
mod prepare;
mod put_back;
mod settings;
mod submit;
mod work;

pub use afterwork::{CodeFiles, afterwork, wait_for};
pub use caller::Caller;
pub use end::ended;
pub use handed_on::require_secrets;
pub use own_stdin::StdinChoice;
pub use prepare::{Prepared, prepare};
pub use put_back::{Submission, submit_or_put_back};
pub use settings::{RunSettings, Said};
pub use submit::submit;
pub use work::Work;
