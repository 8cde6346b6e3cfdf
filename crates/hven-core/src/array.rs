//! Arrays: one command, run once for each combination of values, as one thing.

mod axes;
mod draft;
mod facts;
mod noun;
pub(crate) mod objects;
mod other_files;
mod output_paths;
mod path_patterns;
mod placeholders;
mod stop_rule;
mod tasks;
pub(crate) mod trace;

pub use axes::{Axis, TABLE_ROWS_MAX, TableRows, axes_fault, is_value_name, task_count, value_text, values_of};
pub use draft::{Draft, DraftRefusal, DraftReport, DraftTask};
pub use facts::{
    ArrayBefore, ArrayId, Cancelled, End, Ended, Gather, GatherRequested, Gathered, Held, NotGathered, Retried,
    Stopped, Submitted, TaskCounts, TaskOf, TaskReused, TasksReused,
};
pub(crate) use noun::noun;
pub use other_files::{CountedTasks, FilesFound, OtherFiles};
pub use output_paths::output_fault;
pub use placeholders::{filled, placeholder_fault};
pub use stop_rule::StopRule;
pub use tasks::{TaskRange, TaskRanges};

/// The most tasks of one array.
pub const TASKS_MAX: u64 = 10_000_000;
/// The most axes of one array, and the most values that stand in one axis itself.
pub const AXES_MAX: usize = 32;
pub const LIST_VALUES_MAX: usize = 100_000;
