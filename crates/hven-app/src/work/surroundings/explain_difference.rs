//! The differences of surroundings that may explain why a reproduction had another result.

use hven_core::{
    file_name,
    recipe::{RecipeList, StartedBy},
    reproduction::{Level, Reproduced},
    run::{Code, Recipe, Spec},
};

use crate::{
    kernel::error::AppResult,
    ports::run::{RunName, RunView},
    work::{
        floor::Work,
        surroundings::{
            clock,
            difference::{compare, difference_lines},
            document::of_run,
        },
        verdicts,
    },
};

/// The largest number of lines about surroundings in a verdict.
const LISTED_MAX: usize = 20;

const NOT_RECORDED: &str =
    "variables of the first run were not recorded; `hven run --env-record NAME` records one with its value";

/// Adds the likely causes to the verdict when a result differs or is missing.
pub(crate) async fn add_causes(work: &Work, verdict: Reproduced) -> AppResult<Reproduced> {
    let Some(again) = verdict.again.filter(|_| matches!(verdict.level, Level::Differs | Level::CannotRerun)) else {
        return Ok(verdict);
    };
    let run =
        async |id| -> AppResult<Option<RunView>> { Ok(work.ports.views.runs_named(&RunName::Id(id)).await?.pop()) };
    let (Some(before), Some(again)) = (run(verdict.run).await?, run(again).await?) else { return Ok(verdict) };
    let mut surroundings = verdict.surroundings.clone();
    let compared = verdicts::comparison(work, &verdict).await?;
    surroundings.extend(compared.and_then(|compared| clock::own_times(&compared, span(&before), span(&again))));
    if let (Some(old), Some(new)) = (before.spec(), again.spec())
        && old.recipe.is_none()
    {
        let lines = match (of_run(work, old).await?, of_run(work, new).await?) {
            (Some(old), Some(new)) => difference_lines(&compare(&old, &new)),
            _ => vec![NOT_RECORDED.to_owned()],
        };
        for line in lines {
            // Installed packages are compared in two ways, and each line is added once.
            if !surroundings.contains(&line) {
                surroundings.push(line);
            }
        }
    }
    let recipes = before.spec().zip(again.spec());
    if let Some(line) =
        recipes.and_then(|(old, new)| recipe_changed(work.recipes.list, old.recipe.as_ref()?, new.recipe.as_ref()?))
    {
        surroundings.insert(0, line);
    }
    // This line comes first, because only the first lines are kept.
    let is_laid_out = again.spec().is_some_and(|spec| !spec.cwd.is_empty());
    if let Some(line) = before.spec().filter(|_| !is_laid_out).and_then(code_above) {
        surroundings.insert(0, line);
    }
    surroundings.truncate(LISTED_MAX);
    Ok(Reproduced { surroundings, ..verdict })
}

/// The line for a recipe that is newer than the first run.
fn recipe_changed(recipes: RecipeList, old: &Recipe, new: &Recipe) -> Option<String> {
    let reads_tables = recipes.find(&old.name).is_some_and(|schema| schema.started_by == StartedBy::Import);
    let what = if reads_tables { "the reader of tables".to_owned() } else { format!("the recipe {}", old.name) };
    let (before, now) = (old.version, new.version);
    (before != now).then(|| format!("{what} changed: version {before} then, {now} now"))
}

/// The line for code above the run's folder, which a fresh folder does not have.
fn code_above(spec: &Spec) -> Option<String> {
    match &spec.code {
        Some(Code::Git { prefix, .. }) if !prefix.is_empty() => Some(format!(
            "code above the folder {} of its repository: what the run read of it then is not in the fresh folder",
            file_name::shown(prefix)
        )),
        _ => None,
    }
}

/// The line for a fresh folder that has only a part of the code above the run's folder; `files` are missing.
pub(crate) fn code_above_lacking(prefix: &str, files: u64) -> String {
    format!(
        "code above the folder {} of its repository: {files} of its files or repositories are not in the fresh folder",
        file_name::shown(prefix)
    )
}

/// The time span in which the process of a run ran.
fn span(run: &RunView) -> Option<clock::Span> {
    let result = run.result.as_ref()?;
    Some(clock::Span { from: result.started?, to: result.ended? })
}

#[cfg(test)]
mod tests {
    use hven_core::{Digest, recipe::Schema};

    use super::*;

    #[test]
    fn a_newer_recipe_is_named() {
        const SCHEMAS: &[Schema] = &[
            Schema { name: "table", version: 2, started_by: StartedBy::Import, ..Schema::NEW },
            Schema { name: "law", version: 3, ..Schema::NEW },
        ];
        let changed = |name: &str, before, now| {
            let recipe = |version| Recipe { name: name.to_owned(), version, arguments: serde_json::json!({}) };
            recipe_changed(RecipeList(SCHEMAS), &recipe(before), &recipe(now))
        };
        assert_eq!(changed("law", 2, 2), None);
        assert_eq!(changed("law", 1, 3).as_deref(), Some("the recipe law changed: version 1 then, 3 now"));
        assert_eq!(changed("table", 1, 2).as_deref(), Some("the reader of tables changed: version 1 then, 2 now"));
    }

    #[test]
    fn code_above_the_folder_is_missing_in_a_fresh_folder() {
        let of = |prefix: &str| {
            let code = Code::Git {
                commit: "0".repeat(40),
                branch: None,
                prefix: prefix.to_owned(),
                diff: None,
                untracked: Vec::new(),
                inner: Vec::new(),
                digest: Digest::ZERO,
            };
            code_above(&Spec { code: Some(code), ..Spec::of_command(vec!["fit".to_owned()], "/work") })
        };
        assert_eq!(of(""), None);
        assert!(of("study").is_some_and(|line| line.starts_with("code above the folder study of its repository: ")));
    }
}
