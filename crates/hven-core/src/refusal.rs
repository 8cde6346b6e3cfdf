//! The table of all refusals: for each a code for programs, an HTTP status and an exit status.
//!
//! Use cases return a refusal of this table, the server answers its code and HTTP status, and a command exits with its exit
//! status. Each code has a section in `docs/errors.md`; `scripts/check_book.py` compares the two.

macro_rules! refusals {
    ($($name:ident = $code:literal, http $http:literal, exit $exit:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal {
            $($name,)+
        }

        impl Refusal {
            /// In the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Stable, such as `store.full`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
            /// The HTTP status of an answer with this refusal.
            pub const fn http(self) -> u16 {
                match self { $(Self::$name => $http,)+ }
            }
            /// The exit status of a command that gets this refusal: those of `sysexits.h`.
            pub const fn exit(self) -> u8 {
                match self { $(Self::$name => $exit,)+ }
            }
            pub fn of_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }
        }
    };
}

refusals! {
    Unauthenticated = "access.unauthenticated", http 401, exit 77;
    Denied = "access.denied", http 403, exit 77;
    NotAllowedAsOwner = "run.not_allowed_as_owner", http 403, exit 77;
    NotFound = "not_found", http 404, exit 66;
    Ambiguous = "run.ambiguous", http 409, exit 64;
    Invalid = "invalid", http 422, exit 65;
    Conflict = "conflict", http 409, exit 75;
    RunDeleted = "run.deleted", http 409, exit 65;
    NeverFits = "run.never_fits", http 422, exit 65;
    SecretExposed = "secret.exposed", http 422, exit 65;
    ChecksFailed = "data.checks_failed", http 422, exit 65;
    Suspect = "soundness.suspect", http 422, exit 65;
    RetractedBefore = "soundness.retracted_before", http 409, exit 75;
    StaleSession = "runner.stale_session", http 409, exit 75;
    Busy = "busy", http 503, exit 75;
    KeyReused = "idempotency.key_reused", http 422, exit 65;
    StreamGap = "stream.gap", http 409, exit 75;
    WrongDigest = "object.wrong_digest", http 422, exit 65;
    ObjectMissing = "object.missing", http 409, exit 74;
    StoreFull = "store.full", http 507, exit 74;
    StoreReadOnly = "store.read_only", http 507, exit 74;
    StoreDamaged = "store.damaged", http 500, exit 74;
    StoreFailed = "store.failed", http 500, exit 74;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_table_once() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::of_code(refusal.code()), Some(*refusal));
            assert!((400..600).contains(&refusal.http()), "{refusal:?}");
        }
        assert_eq!(Refusal::of_code("not_foun"), None);
    }
}
