//! Questions before something is done to several things at once: asked in a terminal, and answered beforehand with `--yes`.

use std::io::{self, BufRead, IsTerminal};

use hven_client::Failure;
use hven_terminal::Output;

/// Whether somebody is there who can be asked: a person at a terminal, and no program that reads JSON.
pub fn can_be_asked(output: &dyn Output) -> bool {
    !output.owns_stdout() && io::stdin().is_terminal()
}

/// Asks; everything but a yes is a no.
pub fn agreed(question: &str) -> io::Result<bool> {
    hven_terminal::ask(&format!("{question} [y/N] "))?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Whether something may be done to so many `things`: to one or none without a question, to several when somebody agrees. Where
/// nobody can be asked, they are refused.
pub fn several(count: usize, things: &str, question: &str, yes: bool, output: &dyn Output) -> anyhow::Result<bool> {
    if count <= 1 || yes {
        return Ok(true);
    }
    if !can_be_asked(output) {
        return Err(Failure::new("usage", format!("{count} {things} fit, and there is no terminal to ask"))
            .hint("say --yes to do it, or narrow the filter")
            .into());
    }
    Ok(agreed(question)?)
}
