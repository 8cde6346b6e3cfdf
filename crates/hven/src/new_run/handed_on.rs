//! What the process of a run gets in its environment.

use std::collections::BTreeMap;

use hven_client::{Failure, env};
use hven_terminal::Output;

use crate::context::Context;

/// What the process gets in its environment.
pub struct HandedOn {
    pub environment: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
}

pub fn handed_on(names: &[String], context: &Context, output: &mut dyn Output) -> anyhow::Result<HandedOn> {
    let (mut environment, left_out) = hven_capture::environment::of_process();
    hven_capture::environment::enter(&mut environment, &context.cwd);
    if !left_out.is_empty() {
        output.note(&format!("not handed on, because they are not UTF-8: {}", left_out.join(" ")));
    }
    let mut secrets = BTreeMap::new();
    for name in names {
        let value = environment.remove(name).ok_or_else(|| unset(name))?;
        secrets.insert(name.clone(), value);
    }
    environment.insert(env::HVEN_HOME.to_owned(), context.home.to_string_lossy().into_owned());
    Ok(HandedOn { environment, secrets })
}

/// Refuses when one of these secrets is not set.
pub fn require_secrets(names: &[String]) -> Result<(), Failure> {
    let (environment, _) = hven_capture::environment::of_process();
    names.iter().find(|name| !environment.contains_key(*name)).map_or(Ok(()), |name| Err(unset(name)))
}

fn unset(name: &str) -> Failure {
    Failure::new("invalid", format!("the secret {name} is not set in your environment"))
        .hint(format!("set it without writing it into the shell's history: read -rs {name} && export {name}"))
}
