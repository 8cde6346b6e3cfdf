//! Exit statuses of the commands. The numbers come from `sysexits.h`, because scripts hardly ever use these themselves.
//! The statuses for refusals of a server are in the table of [`hven_core::refusal`]. The statuses of other errors are in
//! this file.
//!
//! `hven run`, `hven attach` and `hven rerun` of one run exit with the status of the script. They exit with
//! [`HVEN_FAILED`] when Hven itself fails, or when the run fails although its script did not.

use hven_core::refusal::Refusal;

/// Success.
pub const OK: u8 = 0;
/// The result of a check is bad: the record is damaged, or a check failed. Or the command did not do all its work: the
/// user answered no, or a link was not made.
pub const NOT_WELL: u8 = 1;
/// A run was reproduced, but it declares nothing that could be compared.
pub const NOTHING_COMPARED: u8 = 3;
/// The command line is wrong, or a name is ambiguous.
pub const USAGE: u8 = 64;
/// An argument is refused: a bad value, or bytes with another digest.
pub const INVALID: u8 = 65;
/// The run, project, user, file or home does not exist.
pub const NOT_FOUND: u8 = 66;
/// No server answers, and none could be started.
pub const UNREACHABLE: u8 = 69;
/// An internal error of Hven.
pub const INTERNAL: u8 = 70;
/// Reading or writing failed: the disk is full or read-only, or the record is damaged.
pub const STORE: u8 = 74;
/// The present state does not permit the action: a home in use, a run that has ended. It may work later.
pub const CONFLICT: u8 = 75;
/// Not permitted: a wrong token, a role without the permission, or a folder of another user.
pub const REFUSED: u8 = 77;
/// A setting is wrong.
pub const SETTING: u8 = 78;
/// For `hven run`, `hven attach` and `hven rerun`: the script did not fail, but Hven did, or the run because of its
/// outputs.
pub const HVEN_FAILED: u8 = 125;
/// A run was cancelled, or the user pressed Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// The beginnings of error codes of the command line and of servers of other versions. The first match counts.
const TABLE: &[(&str, u8)] = &[
    ("usage", USAGE),
    ("access.", REFUSED),
    ("publication.", INVALID),
    ("manifest.missing", NOT_FOUND),
    ("manifest.invalid", INVALID),
    ("runner.missing", UNREACHABLE),
    ("store.", STORE),
    ("home.not_found", NOT_FOUND),
    ("home.foreign", REFUSED),
    ("home.refused", REFUSED),
    ("home.exposed", REFUSED),
    ("home.locked", CONFLICT),
    ("home.newer", CONFLICT),
    ("home.exists", CONFLICT),
    ("home.read_only", STORE),
    ("home.damaged", STORE),
    ("backup.", STORE),
    ("export.damaged", STORE),
    ("export.", CONFLICT),
    ("setting.", SETTING),
    ("file.missing", NOT_FOUND),
    ("file.changed", CONFLICT),
    ("file.special", INVALID),
    ("file.", STORE),
    ("server.", UNREACHABLE),
    ("http.401", REFUSED),
    ("http.403", REFUSED),
    ("http.404", NOT_FOUND),
    ("http.409", CONFLICT),
    ("http.4", INVALID),
];

/// The exit status for an error code.
pub fn of_code(code: &str) -> u8 {
    let by_beginning = || TABLE.iter().find(|(beginning, _)| code.starts_with(beginning)).map(|(_, status)| *status);
    Refusal::of_code(code).map(Refusal::exit).or_else(by_beginning).unwrap_or(INTERNAL)
}

/// The script's own status as an exit status of this process.
pub fn of_script(status: i32) -> u8 {
    u8::try_from(status).unwrap_or(HVEN_FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_their_status() {
        let check = |code, wanted| assert_eq!(of_code(code), wanted, "{code}");
        check("not_found", NOT_FOUND);
        check("home.foreign", REFUSED);
        check("home.locked", CONFLICT);
        check("server.unreachable", UNREACHABLE);
        check("store.full", STORE);
        check("access.denied", REFUSED);
        check("http.404", NOT_FOUND);
        check("http.418", INVALID);
        check("what.ever", INTERNAL);
        check("store.later", STORE);
        check("invalid", INVALID);
        check("run.ambiguous", USAGE);
        assert_eq!(of_script(3), 3);
        assert_eq!(of_script(-1), HVEN_FAILED);
        assert_eq!(of_script(hven_core::run::HVEN_FAILED), HVEN_FAILED);
    }
}
