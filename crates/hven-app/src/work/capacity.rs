//! Refuses work that no runner could ever start.

use hven_core::resources::{Resources, Shortage};

use crate::{
    kernel::error::{AppError, AppResult},
    ports::engine::WaitReason,
    work::{
        floor::Work,
        waiting::{available, limit_of, needed},
    },
};

/// Requires that a known runner could hold these resources when idle, or that a runner of this machine could. While no
/// capacity is known, nothing is refused.
pub(in crate::work) async fn require(work: &Work, wanted: &Resources) -> AppResult<()> {
    if let Some(WaitReason::Limit { resource, wanted, limit, .. }) = work.schedule.limit_below(wanted) {
        let (needed, limit) = (limit_of(&resource, wanted), limit_of(&resource, limit));
        return Err(AppError::NeverFits {
            why: format!("it needs {needed}, and a limit of the home allows {limit} at the same time"),
            advice: "the settings `sharing` in config.toml of the home set the limits".to_owned(),
        });
    }
    if Resources::default().shortage(wanted).is_none() {
        return Ok(());
    }
    let runners = work.ports.views.runners().await?.into_iter().filter(|runner| runner.gone.is_none());
    let own = work.ports.launcher.capacity().await;
    let capacities: Vec<Resources> = runners.map(|runner| runner.capacity).chain(own).collect();
    if capacities.is_empty() || capacities.iter().any(|capacity| capacity.shortage(wanted).is_none()) {
        return Ok(());
    }
    Err(refusal(wanted, &capacities))
}

fn refusal(wanted: &Resources, capacities: &[Resources]) -> AppError {
    if let Some(shortage) = shortage_everywhere(wanted, capacities) {
        return never_fits(&shortage);
    }
    // Each wish could be met, but all of them on no runner.
    let wishes = sentence_of_all(wanted);
    AppError::NeverFits {
        why: format!("no runner has all of it together: {wishes}"),
        advice: "`hven machine` shows what each runner has".to_owned(),
    }
}

fn never_fits(shortage: &Shortage) -> AppError {
    let (needed, available) = (needed(shortage), available(shortage));
    match shortage.resource.as_str() {
        "cpus" | "memory" => AppError::NeverFits {
            why: format!("no runner is large enough: it needs {needed}, and the largest has {available}"),
            advice: "ask for less with --cpus or --memory".to_owned(),
        },
        name => AppError::NeverFits {
            why: format!("no runner has {needed}: the most is {available}"),
            advice: format!(
                "if this machine has more, write `[resources]` and below it `{} = {}` into config.toml of the home, and say \
                 `hven down` when nothing runs",
                toml_key(name),
                shortage.wanted
            ),
        },
    }
}

/// A wish that no runner meets, even alone, with the most that there is.
fn shortage_everywhere(wanted: &Resources, capacities: &[Resources]) -> Option<Shortage> {
    let mut most = Resources::none();
    for capacity in capacities {
        most.cpus = most.cpus.max(capacity.cpus);
        most.memory_bytes = most.memory_bytes.max(capacity.memory_bytes);
        for (name, count) in &capacity.named {
            let entry = most.named.entry(name.clone()).or_default();
            *entry = (*entry).max(*count);
        }
    }
    most.shortage(wanted)
}

fn sentence_of_all(wanted: &Resources) -> String {
    let wish =
        |resource: &str, wanted| needed(&Shortage { resource: resource.to_owned(), wanted, available: 0 }).to_string();
    let mut wishes = vec![wish("cpus", wanted.cpus.into())];
    if wanted.memory_bytes > 0 {
        wishes.push(wish("memory", wanted.memory_bytes));
    }
    wishes.extend(wanted.named.iter().map(|(name, count)| wish(name, *count)));
    wishes.join(", ")
}

/// A name as a key in a TOML file: with a dot or another special letter it stands in quotes.
fn toml_key(name: &str) -> String {
    let is_bare = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_bare { name.to_owned() } else { format!("{name:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resources(cpus: u32, memory_bytes: u64, named: &[(&str, u64)]) -> Resources {
        let named = named.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        Resources { cpus, memory_bytes, named }
    }

    #[test]
    fn a_refusal_says_what_would_fit() {
        let capacities = [resources(2, 8 << 30, &[("gpu", 1)]), resources(8, 4 << 30, &[("licence.matlab", 3)])];
        let why = |wanted: &Resources| {
            let refused = refusal(wanted, &capacities);
            (refused.to_string(), refused.hint().unwrap_or_default())
        };
        let (cores, advice) = why(&resources(9, 0, &[]));
        assert_eq!(cores, "no runner is large enough: it needs 9 cores, and the largest has 8");
        assert_eq!(advice, "ask for less with --cpus or --memory");
        let (memory, _) = why(&resources(1, 9 << 30, &[]));
        assert_eq!(memory, "no runner is large enough: it needs 9.7 GB of memory, and the largest has 8.6 GB");
        let (gpus, advice) = why(&resources(1, 0, &[("gpu", 2)]));
        assert_eq!(gpus, "no runner has 2 of gpu: the most is 1");
        assert!(advice.contains("`gpu = 2`"), "{advice}");
        let (unknown, advice) = why(&resources(1, 0, &[("licence.idl", 1)]));
        assert_eq!(unknown, "no runner has 1 of licence.idl: the most is 0");
        assert!(advice.contains("`\"licence.idl\" = 1`"), "{advice}");
        let (together, _) = why(&resources(4, 0, &[("gpu", 1)]));
        assert_eq!(together, "no runner has all of it together: 4 cores, 1 of gpu");
    }
}
