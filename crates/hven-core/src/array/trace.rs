//! The trace of a gathered table: the run that imports it rests on the runs whose results are in the table.

use super::facts::Gathered;
use crate::trace::Trace;

pub(crate) fn of_gathered(gathered: &Gathered) -> Trace {
    Trace { rests_on: gathered.tasks.iter().map(|run| (*run).into()).collect(), ..Trace::default() }
}
