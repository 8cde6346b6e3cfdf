//! The facts of arrays ([`nouns`](crate::nouns)).

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            ArraySubmitted(Box<$crate::array::Submitted>) = "array.submitted" version 1, about |p| Some(p.array.into()),
                objects $crate::array::objects::of_submitted;
            ArrayCancelled($crate::array::Cancelled) = "array.cancelled" version 1, about |p| Some(p.array.into());
            ArrayHeld($crate::array::Held) = "array.held" version 1, about |p| Some(p.array.into());
            ArrayStopped($crate::array::Stopped) = "array.stopped" version 1, about |p| Some(p.array.into());
            ArrayRetried($crate::array::Retried) = "array.retried" version 1, about |p| Some(p.array.into());
            ArrayTasksReused($crate::array::TasksReused) = "array.tasks_reused" version 1, about |p| Some(p.array.into());
            ArrayEnded($crate::array::Ended) = "array.ended" version 1, about |p| Some(p.array.into());
            ArrayGatherRequested($crate::array::GatherRequested) = "array.gather_requested" version 1, about |p| Some(p.array.into());
            ArrayGathered($crate::array::Gathered) = "array.gathered" version 1, about |p| Some(p.run.into()),
                trace $crate::array::trace::of_gathered;
            ArrayNotGathered($crate::array::NotGathered) = "array.not_gathered" version 1, about |p| Some(p.array.into());
        }
        nodes {}
        subjects { Array($crate::array::ArrayId); }
    } };
}
pub(crate) use noun;
