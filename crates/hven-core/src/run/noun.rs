//! The facts of runs, and their node in the lineage ([`nouns`](crate::nouns)).

macro_rules! noun {
    ($($before:tt)*) => { $crate::nouns::chain! { $($before)*
        facts {
            RunSubmitted(Box<$crate::run::Submitted>) = "run.submitted"
                version 2 (1 => $crate::run::SubmittedV1), about |p| Some(p.run.into()), objects $crate::run::objects::of_submitted,
                trace $crate::run::trace::of_submitted;
            RunStarted($crate::run::Started) = "run.started" version 1, about |p| Some(p.attempt.run.into());
            RunProcessStarted($crate::run::ProcessStarted) = "run.process_started" version 1,
                about |p| Some(p.attempt.run.into());
            RunAttemptEnded($crate::run::AttemptEnded) = "run.attempt_ended" version 1,
                about |p| Some(p.attempt.run.into()), objects $crate::run::objects::of_attempt_ended;
            RunCancelRequested($crate::run::CancelRequested) = "run.cancel_requested" version 1, about |p| Some(p.run.into());
            RunFinished($crate::run::Finished) = "run.finished" version 1,
                about |p| Some(p.run.into()), objects $crate::run::objects::of_finished,
                trace $crate::run::trace::of_finished;
            RunParamsLogged($crate::run::ParamsLogged) = "run.params_logged"
                version 2 (1 => $crate::run::ParamsLoggedV1), about |p| Some(p.run.into());
            RunSoftwareCaptured($crate::run::SoftwareCaptured) = "run.software_captured" version 1, about |p| Some(p.run.into());
            RunPartSealed($crate::run::PartSealed) = "run.part_sealed" version 1,
                about |p| Some(p.attempt.run.into()), objects $crate::run::objects::of_part_sealed;
            RunOpened($crate::run::Opened) = "run.opened" version 1, about |p| Some(p.run.into());
            RunFilesAdded($crate::run::FilesAdded) = "run.files_added" version 1, about |p| Some(p.run.into()),
                objects $crate::run::objects::of_files_added, trace $crate::run::trace::of_files_added;
            RunFellSilent($crate::run::FellSilent) = "run.fell_silent" version 1, about |p| Some(p.run.into());
            RunHeardAgain($crate::run::HeardAgain) = "run.heard_again" version 1, about |p| Some(p.run.into());
            RunClosed($crate::run::Closed) = "run.closed" version 1, about |p| Some(p.run.into());
            /// A run was deleted: the payloads of its other facts are erased. This one stays.
            RunDeleted($crate::run::Deleted) = "run.deleted" version 1, about |p| Some(p.run.into());
        }
        nodes { Run($crate::RunId) = "run" 0; }
        subjects {}
    } };
}
pub(crate) use noun;
