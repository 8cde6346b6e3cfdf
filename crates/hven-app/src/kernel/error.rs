//! The refusals of use cases. The table of [`hven_core::refusal`] gives the code and the statuses of each case.

use hven_core::{
    Malformed, RunId,
    disk::{is_full, is_read_only},
    handle::Handle,
    recipe::WrongArgument,
    refusal::Refusal,
};

use crate::ports::{error::StoreError, press::PressError, run::PREFIX_DIGITS_MIN};

/// The reason why a use case refused or failed. Its text names what happened and the thing that is affected.
/// [`AppError::hint`] names the next step.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// No token, or an unknown one. Both cases look the same, so that a caller cannot guess anything from the answer.
    #[error("this needs a valid token")]
    Unauthenticated,
    #[error("this token may not do that")]
    Denied,
    /// A command on the server's own runner can do everything that the runner's Unix user can do.
    #[error("your commands may not run here: they would run as the Unix user of the server, who owns this home")]
    MayNotRunAsServer,
    /// The thing does not exist, or the caller may not know of it.
    #[error("there is no {noun} {name:?}")]
    NotFound { noun: &'static str, name: String },
    #[error("{name:?} fits several: {candidates}")]
    Ambiguous { name: String, candidates: String },
    #[error("{what} {why}")]
    Invalid { what: String, why: String },
    #[error("{0}")]
    Conflict(String),
    /// A deleted run has no content: it takes no changes, and cannot be compared.
    #[error("run {handle} was deleted")]
    RunDeleted { run: RunId, handle: Handle },
    /// The version of a dataset already has a split that conflicts with this one.
    #[error("{why}")]
    Divided { why: String, advice: &'static str },
    /// No runner could ever start it: it wants more than the largest has, or than a limit of the home allows.
    #[error("{why}")]
    NeverFits { why: String, advice: String },
    /// A value that is given as a secret also appears in a place that is recorded.
    #[error("the value of the secret {name} also stands in {place}, where it would be recorded")]
    SecretExposed { name: String, place: &'static str },
    /// The dataset failed checks, so nothing may be built on it.
    #[error("{dataset} fails {failed} of its checks")]
    ChecksFailed { dataset: String, failed: u32 },
    /// The node is not sound, so results that are built on it would be suspect too.
    #[error("{what} is not sound; {why}")]
    Suspect { what: String, why: String },
    #[error("{what} was retracted before: {why}")]
    RetractedBefore { what: String, why: String },
    /// Bytes that facts name are not in the store.
    #[error("the bytes of {path} ({digest}) are not in the store; on them rests {needed_by}")]
    ObjectMissing { digest: String, path: String, needed_by: String },
    #[error("this runner has attached again: session {0:?} is over")]
    StaleSession(String),
    #[error("too much at once: {0}")]
    Busy(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub type AppResult<T> = Result<T, AppError>;

impl AppError {
    /// The row in the table of codes and statuses. A case without a row does not compile.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Unauthenticated => Refusal::Unauthenticated,
            Self::Denied => Refusal::Denied,
            Self::MayNotRunAsServer => Refusal::NotAllowedAsOwner,
            Self::NotFound { .. } => Refusal::NotFound,
            Self::Ambiguous { .. } => Refusal::Ambiguous,
            Self::Invalid { .. }
            | Self::Store(
                StoreError::NotReadBack { .. }
                | StoreError::Malformed(Malformed::Text { .. } | Malformed::Bound { .. }),
            ) => Refusal::Invalid,
            Self::Conflict(_) | Self::Divided { .. } => Refusal::Conflict,
            Self::RunDeleted { .. } => Refusal::RunDeleted,
            Self::NeverFits { .. } => Refusal::NeverFits,
            Self::SecretExposed { .. } => Refusal::SecretExposed,
            Self::ChecksFailed { .. } => Refusal::ChecksFailed,
            Self::Suspect { .. } => Refusal::Suspect,
            Self::RetractedBefore { .. } => Refusal::RetractedBefore,
            Self::ObjectMissing { .. } => Refusal::ObjectMissing,
            Self::StaleSession(_) => Refusal::StaleSession,
            Self::Busy(_) | Self::Store(StoreError::Closed | StoreError::Moving { .. }) => Refusal::Busy,
            Self::Store(StoreError::KeyReused { .. }) => Refusal::KeyReused,
            Self::Store(StoreError::Gap { .. }) => Refusal::StreamGap,
            Self::Store(StoreError::WrongDigest(_)) => Refusal::WrongDigest,
            Self::Store(StoreError::Full { .. }) => Refusal::StoreFull,
            Self::Store(StoreError::Io { source, .. }) if is_full(source.kind()) => Refusal::StoreFull,
            Self::Store(StoreError::Io { source, .. }) if is_read_only(source.kind()) => Refusal::StoreReadOnly,
            Self::Store(StoreError::Damaged { .. } | StoreError::Malformed(_)) => Refusal::StoreDamaged,
            Self::Store(StoreError::Io { .. } | StoreError::Database(_)) => Refusal::StoreFailed,
        }
    }

    pub fn code(&self) -> &'static str {
        self.refusal().code()
    }

    /// The next step for a person.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::MayNotRunAsServer => "ask an owner of the home: `hven member set NAME member --project PROJECT \
                                        --may-run-as-me` allows it; imports, splits, laws and comparisons need no \
                                        permission"
                .to_owned(),
            Self::NotFound { noun: "run", name } if is_short_beginning(name) => format!(
                "the beginning of an id has at least {PREFIX_DIGITS_MIN} digits; `hven ps -a` lists the runs that you can see"
            ),
            Self::NotFound { noun: "run", .. } => "`hven ps -a` lists the runs that you can see".to_owned(),
            Self::NotFound { noun: "dataset", .. } => "`hven data ls` lists the datasets that you can see".to_owned(),
            Self::NotFound { noun: "run or dataset", .. } => {
                "`hven ps -a` lists the runs that you can see, `hven data ls` the datasets".to_owned()
            }
            Self::NotFound { noun: "claim", .. } => "`hven claim ls` lists the claims that you can see".to_owned(),
            Self::NotFound { noun: "recipe", .. } => "`hven recipe list` lists the recipes".to_owned(),
            Self::NotFound { noun: "repair", .. } => "`hven ps` lists the repairs that go on".to_owned(),
            Self::NotFound { noun: "array" | "task", .. } => "`hven ps` lists the running arrays".to_owned(),
            Self::NotFound { noun: "workflow", .. } => "`hven ps` lists the running workflows".to_owned(),
            Self::NotFound { noun: "publication", .. } => {
                "`hven publication ls` lists the publications that you can see".to_owned()
            }
            Self::ObjectMissing { .. } => {
                "take the object from a backup, or reproduce the run that made it: `hven reproduce RUN`".to_owned()
            }
            Self::RunDeleted { handle, .. } => format!("`hven show {handle}` says who deleted it, when and why"),
            Self::Ambiguous { .. } => "say which with --project, or by its handle or more digits of its id".to_owned(),
            Self::Divided { advice, .. } => (*advice).to_owned(),
            Self::NeverFits { advice, .. } => advice.clone(),
            Self::SecretExposed { .. } => {
                "let the program read the variable itself, instead of writing its value into the command".to_owned()
            }
            Self::ChecksFailed { dataset, .. } => format!(
                "`hven data show {dataset}` says which; mend the data, or run it all the same with --despite-checks"
            ),
            Self::Suspect { .. } => {
                "`hven repair` runs again what rests on something retracted; to build on it all the \
                                     same, say why with --despite-suspicion"
                    .to_owned()
            }
            Self::RetractedBefore { .. } => "`hven repair` runs again what rests on it".to_owned(),
            Self::Busy(_) | Self::Store(StoreError::Moving { .. }) => "try again in a moment".to_owned(),
            _ if self.refusal() == Refusal::StoreFull => {
                "make room on the disk of the home, or in its quota (`hven gc --dry-run` says what could go); nothing \
                 was half-written"
                    .to_owned()
            }
            _ if self.refusal() == Refusal::StoreReadOnly => {
                "the disk of the home can only be read now, and the system's log may say why; when it can be written \
                 again, everything goes on by itself"
                    .to_owned()
            }
            Self::Store(StoreError::Damaged { .. }) => {
                "`hven audit verify` says what is damaged; `hven doctor --heal --from BACKUP` takes objects from a backup"
                    .to_owned()
            }
            Self::Store(StoreError::KeyReused { .. }) => "use a new Idempotency-Key for each new request".to_owned(),
            _ => return None,
        })
    }

    pub fn invalid(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid { what: what.into(), why: why.into() }
    }
    pub(crate) fn not_found(noun: &'static str, name: impl std::fmt::Display) -> Self {
        Self::NotFound { noun, name: name.to_string() }
    }
}

/// Whether an unknown name looks like the beginning of an id that is too short to be used as one.
fn is_short_beginning(name: &str) -> bool {
    /// Handles are shorter.
    const DIGITS_MIN: usize = 6;
    (DIGITS_MIN..PREFIX_DIGITS_MIN).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl From<PressError> for AppError {
    fn from(error: PressError) -> Self {
        match error {
            PressError::Missing { digest, path, needed_by } => {
                Self::ObjectMissing { digest: digest.to_string(), path, needed_by }
            }
            PressError::Refused(why) => Self::Conflict(why),
            PressError::Store(error) => Self::Store(error),
        }
    }
}

impl From<WrongArgument> for AppError {
    fn from(wrong: WrongArgument) -> Self {
        let WrongArgument { recipe, argument, why } = wrong;
        Self::invalid(format!("the argument `{argument}` of the recipe {recipe}"), why)
    }
}

impl From<Malformed> for AppError {
    /// The caller sent something that cannot be read. Unreadable content of the record is a [`StoreError`] instead.
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::Text { noun, text, why } => {
                Self::invalid(format!("the {noun} {text:?}"), format!("is refused: {why}"))
            }
            Malformed::Bound { what, why } => Self::invalid(what, why),
            other => Self::invalid(other.to_string(), ""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn write_errors_are_classified_by_their_cause() {
        let check = |kind: std::io::ErrorKind, code: &str, http| {
            let error = AppError::from(StoreError::Io { what: "the journal".to_owned(), source: kind.into() });
            assert_eq!((error.code(), error.refusal().http()), (code, http), "{error}");
            assert_eq!(error.hint().is_some(), code != "store.failed", "{error}");
        };
        check(std::io::ErrorKind::StorageFull, "store.full", 507);
        check(std::io::ErrorKind::QuotaExceeded, "store.full", 507);
        check(std::io::ErrorKind::ReadOnlyFilesystem, "store.read_only", 507);
        check(std::io::ErrorKind::PermissionDenied, "store.failed", 500);
    }
}
