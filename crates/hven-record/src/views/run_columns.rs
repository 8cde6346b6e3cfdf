//! Columns of the rows of runs, for each kind of work.

use hven_core::{handle::Handle, run::State};

use super::{Changes, Seen, pending::PendingChanges, run_rows, run_state::state_to_int};
use crate::sql::SqlResult;

/// The project of a run whose submission was erased, with the name of its real project: only an owner of the whole home
/// can see such runs.
pub(crate) const ERASED_PROJECT: &str = "_erased";
/// The longest command in a row, in characters.
const COMMAND_CHARS_MAX: usize = 200;

/// The number of the handle of a new run. Handles are numbered in the order of submission, so an erased one can be computed.
pub(super) fn handle_of(handle: Option<Handle>, seen: &Seen<'_>, changes: &mut Changes<'_>) -> SqlResult<u64> {
    if let Some(handle) = handle {
        return Ok(handle.count);
    }
    run_rows::write(changes)?;
    let before = "SELECT COUNT(*) FROM runs WHERE seq < ?1";
    Ok(changes.sql.first(before, &[seen.seq().into()], |row| row.uint(0))?.unwrap_or(0))
}

/// The text in which the words of a search are looked up.
pub(super) fn search_text(handle: u64, name: Option<&str>, command: &str, project: &str) -> String {
    format!("{}\n{}\n{command}\n{project}", Handle { count: handle }, name.unwrap_or_default()).to_lowercase()
}

/// The command as one line, similar to the syntax of a shell.
pub(super) fn command_line(words: &[String]) -> String {
    let mut line = String::new();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            line.push(' ');
        }
        if word.is_empty() || word.contains(char::is_whitespace) {
            line.push('\'');
            line.extend(word.chars().map(|c| if c.is_control() { ' ' } else { c }));
            line.push('\'');
        } else {
            line.extend(word.chars().filter(|c| !c.is_control()));
        }
        if line.len() > 4 * COMMAND_CHARS_MAX {
            break;
        }
    }
    if let Some((end, _)) = line.char_indices().nth(COMMAND_CHARS_MAX) {
        line.truncate(end);
    }
    line
}

pub(super) fn count(pending: &mut PendingChanges, project: &str, state: State, by: i64) {
    *pending.run_counts.entry((project.to_owned(), state_to_int(state))).or_default() += by;
}
