//! Refuses requests that are impossible in a fresh folder.

use std::collections::HashSet;

use hven_core::{
    object::FileKind,
    staging::{RECIPE_FILE, check_path},
};

use crate::{
    kernel::error::{AppError, AppResult},
    work::submit::submission::RunRequest,
};

/// Refuses requests that are impossible in a fresh folder.
pub(crate) fn check_fresh(submit: &RunRequest) -> AppResult<()> {
    let spec = &submit.spec;
    if !spec.cwd.is_empty() {
        check_path(&spec.cwd).map_err(|why| AppError::invalid(format!("the working directory {:?}", spec.cwd), why))?;
    }
    if spec.recipe.is_some() {
        let unwanted = [
            ("command", !spec.argv.is_empty()),
            ("working directory", !spec.cwd.is_empty()),
            ("code", spec.code.is_some()),
            ("environment", !submit.environment.is_empty()),
            ("secrets", !submit.secrets.is_empty()),
            ("standard input", spec.stdin.is_some()),
            ("process settings", spec.process.is_some()),
        ];
        if let Some((what, _)) = unwanted.into_iter().find(|(_, is_there)| *is_there) {
            return Err(AppError::invalid(
                "a recipe",
                format!("takes no {what}: it gets its arguments and inputs alone"),
            ));
        }
    }
    let inputs = spec.inputs.iter().map(|input| ("input", &input.path));
    let outputs = spec.outputs.iter().map(|output| ("output", output));
    let mut seen = HashSet::new();
    for (noun, path) in inputs.chain(outputs) {
        let what = || format!("the {noun} {path:?}");
        check_path(path).map_err(|why| AppError::invalid(what(), why))?;
        if !seen.insert((noun, path)) {
            return Err(AppError::invalid(what(), "is named twice"));
        }
        if spec.recipe.is_some() && path == RECIPE_FILE {
            return Err(AppError::invalid(what(), "has the name of the file that holds the recipe's arguments"));
        }
    }
    let files: HashSet<&str> =
        spec.inputs.iter().filter(|input| input.kind == FileKind::File).map(|input| input.path.as_str()).collect();
    for input in &spec.inputs {
        let mut above = input.path.match_indices('/').map(|(end, _)| &input.path[..end]);
        if let Some(file) = above.find(|folder| files.contains(folder)) {
            let why = format!("lies in {file}, which is a file and not a folder");
            return Err(AppError::invalid(format!("the input {:?}", input.path), why));
        }
    }
    Ok(())
}
