//! Refuses `hven run 7Q2M`: a user who gives the name of a run instead of a command wants to repeat or see that run. Nothing is
//! recorded. If there is a program of that name, it is a command like any other.

use std::ffi::OsString;

use hven_app::ports::views::RunName;
use hven_capture::{Launch, environment};
use hven_client::Failure;

use crate::{context::Context, home};

/// Refuses a command of one word that names a run of this home and no program.
pub(super) fn refuse(command: &[OsString], context: &Context) -> anyhow::Result<()> {
    let [word] = command else { return Ok(()) };
    let Some(word) = word.to_str().filter(|word| may_name_a_run(word)) else { return Ok(()) };
    let (environment, _) = environment::of_process();
    let is_program = Launch { argv: &[], cwd: &context.cwd, environment: &environment }.which(word).is_some();
    if is_program || home::require(&context.home).is_err() {
        return Ok(());
    }
    // Other errors of the server are reported when the run is submitted.
    let Ok(run) = context.client()?.run(word) else { return Ok(()) };
    let handle = run.summary.handle;
    Err(Failure::new("usage", format!("there is no program {word}: that is a run, and hven run takes a command"))
        .hint(format!("`hven rerun {handle}` runs it again; `hven show {handle}` shows it"))
        .into())
}

/// Whether a word has the form of a handle, an id, the beginning of an id, or is `last`.
fn may_name_a_run(word: &str) -> bool {
    matches!(RunName::parse(word), Some(RunName::Id(_) | RunName::Handle(_) | RunName::Prefix(_) | RunName::Last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_may_name_a_run() {
        let check = |word: &str, wanted| assert_eq!(may_name_a_run(word), wanted, "{word}");
        check("7Q2M", true);
        check("7q2m", true);
        check("last", true);
        check("0123456789abc", true);
        check("0123456789abcdef0123456789abcdef", true);
        check("./7Q2M", false);
        check("run.fit", false);
        check("fit.py", false);
        check("ls", false);
    }
}
