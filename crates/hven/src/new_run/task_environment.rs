//! The environment of the process of a run.

use std::collections::BTreeMap;

use hven_client::{Failure, env};
use hven_terminal::Output;

use crate::context::Context;

/// The variables of the process of a run. The values of `secrets` are never recorded.
pub struct TaskEnvironment {
    pub environment: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
}

/// The environment of this process, with the variables `names` as secrets.
pub fn task_environment(
    names: &[String],
    context: &Context,
    output: &mut dyn Output,
) -> anyhow::Result<TaskEnvironment> {
    let (mut environment, left_out) = hven_capture::environment::of_process();
    hven_capture::environment::enter(&mut environment, &context.cwd);
    if !left_out.is_empty() {
        output.note(&format!("not passed on, because they are not UTF-8: {}", left_out.join(" ")));
    }
    let mut secrets = BTreeMap::new();
    for name in names {
        let value = environment.remove(name).ok_or_else(|| unset(name))?;
        secrets.insert(name.clone(), value);
    }
    environment.insert(env::HVEN_HOME.to_owned(), context.home.to_string_lossy().into_owned());
    Ok(TaskEnvironment { environment, secrets })
}

/// An error if one of these secrets is not set.
pub fn require_secrets(names: &[String]) -> Result<(), Failure> {
    let (environment, _) = hven_capture::environment::of_process();
    names.iter().find(|name| !environment.contains_key(*name)).map_or(Ok(()), |name| Err(unset(name)))
}

fn unset(name: &str) -> Failure {
    Failure::new("invalid", format!("the secret {name} is not set in your environment"))
        .hint(format!("set it without writing it into the shell's history: read -rs {name} && export {name}"))
}
