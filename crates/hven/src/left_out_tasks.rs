//! Tasks of arrays that a list of runs leaves out, as a note: how many they are, and what to type to see or change them.

use hven_api::runs::{CountedTasks, CountedTasksOf};
use hven_client::{Client, TaskQuery};
use hven_terminal::{Output, formats::counted};

/// How many arrays a note names.
const NAMED_MAX: usize = 3;

/// Says how many tasks of arrays meet the conditions of a list. `advice` gets the name of the first array.
pub fn note(
    wanted: &TaskQuery<'_>,
    client: &Client,
    advice: impl Fn(&CountedTasksOf) -> String,
    output: &mut dyn Output,
) -> hven_client::Result<()> {
    if let Some(text) = text(&client.count_tasks(wanted)?, advice) {
        output.note(&text);
    }
    Ok(())
}

fn text(
    CountedTasks { tasks, truncated, arrays, .. }: &CountedTasks,
    advice: impl Fn(&CountedTasksOf) -> String,
) -> Option<String> {
    let first = arrays.first()?;
    let number = if *truncated { format!("more than {tasks} tasks") } else { counted(*tasks, "task", "tasks") };
    let fit = if *tasks == 1 { "fits" } else { "fit" };
    let named: Vec<String> = arrays
        .iter()
        .take(NAMED_MAX)
        .map(|of| if of.tasks == 1 { of.first.clone() } else { format!("{} of {}", of.tasks, of.array) })
        .collect();
    let more = if arrays.len() > NAMED_MAX { ", …" } else { "" };
    let is_are = if *tasks == 1 { "is" } else { "are" };
    Some(format!(
        "{number} of arrays {fit}, too, and {is_are} left out ({}{more}): {}",
        named.join(", "),
        advice(first)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn left_out_tasks_are_named() {
        let of = |array: &str, tasks: u64, first: u64| CountedTasksOf {
            array: array.to_owned(),
            tasks,
            first: format!("{array}:{first}"),
        };
        let check = |arrays: &[CountedTasksOf], truncated: bool, expect: Option<&str>| {
            let tasks = arrays.iter().map(|of| of.tasks).sum();
            let counted = CountedTasks { schema: String::new(), tasks, truncated, arrays: arrays.to_vec() };
            assert_eq!(text(&counted, |first| format!("see {}", first.array)).as_deref(), expect);
        };
        check(&[], false, None);
        check(
            &[of("array/3", 1, 17)],
            false,
            Some("1 task of arrays fits, too, and is left out (array/3:17): see array/3"),
        );
        let several = [of("array/4", 12, 1), of("array/3", 1, 2), of("array/2", 5, 1), of("array/1", 1, 1)];
        let expect = "more than 19 tasks of arrays fit, too, and are left out (12 of array/4, array/3:2, 5 of array/2, …): see array/4";
        check(&several, true, Some(expect));
    }
}
