//! Asks for confirmation before an action on several things: in a terminal, or in advance with `--yes`.

use std::io::{self, BufRead, IsTerminal};

use hven_client::Failure;
use hven_terminal::Output;

/// Whether a person can answer: standard input is a terminal, and no program reads the output as JSON.
pub fn has_terminal(output: &dyn Output) -> bool {
    !output.owns_stdout() && io::stdin().is_terminal()
}

/// Asks the question. Every answer except yes counts as no.
pub fn ask_yes_or_no(question: &str) -> io::Result<bool> {
    hven_terminal::write_question(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Whether an action that cannot be undone may go on. It needs a yes; without a terminal the action is refused.
pub fn confirm_irreversible(question: &str, yes: bool, output: &dyn Output) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !has_terminal(output) {
        return Err(Failure::new("usage", "this cannot be undone, and there is no terminal to ask")
            .hint("use --yes to confirm")
            .into());
    }
    Ok(ask_yes_or_no(question)?)
}

/// Whether the action on `count` `things` may go on. One thing or none needs no confirmation. Several need a yes;
/// without a terminal the action is refused.
pub fn confirm_several(
    count: usize,
    things: &str,
    question: &str,
    yes: bool,
    output: &dyn Output,
) -> anyhow::Result<bool> {
    if count <= 1 || yes {
        return Ok(true);
    }
    if !has_terminal(output) {
        return Err(Failure::new("usage", format!("{count} {things} fit, and there is no terminal to ask"))
            .hint("use --yes to confirm, or a narrower filter")
            .into());
    }
    Ok(ask_yes_or_no(question)?)
}
