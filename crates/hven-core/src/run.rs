//! Runs: their specifications, their attempts, and how they ended.

mod code;
mod external;
mod facts;
mod metric_summary;
mod noun;
pub(crate) mod objects;
mod outcome;
mod recorded_result;
mod result;
mod spec;
pub(crate) mod trace;

pub use crate::{
    number::Number,
    staging::{Recipe, RunFolder},
};
pub use code::{Code, InnerRepository, Software};
pub use external::{
    Closed, External, ExternalEnd, FellSilent, FilesAdded, HeardAgain, Opened, SILENT_AFTER_S, SILENT_AFTER_S_MAX,
    SILENT_AFTER_S_MIN,
};
pub use facts::{
    AttemptEnded, CancelRequested, Deleted, Finished, ParamsLogged, ParamsLoggedV1, PartSealed, ProcessStarted,
    SoftwareCaptured, Started, Submitted, SubmittedV1,
};
pub use metric_summary::MetricSummary;
pub(crate) use noun::noun;
pub use objects::of_spec;
pub use outcome::{HVEN_FAILED, Outcome, State};
pub use result::{AttemptResult, LogExtent, MissingOutput, Usage};
pub use spec::{Limits, Spec};
