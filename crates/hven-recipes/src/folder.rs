//! The folder of a recipe: its arguments, inputs and outputs.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use hven_core::staging::RECIPE_FILE;
use serde::{Serialize, de::DeserializeOwned};

/// Why a recipe failed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    #[error("there is no recipe {name:?}")]
    Unknown { name: String },
    #[error("the arguments cannot be read: {0}")]
    Arguments(String),
    #[error("{what} is missing in the recipe's folder")]
    Missing { what: String },
    #[error("{path} cannot be written: {source}")]
    Write { path: String, source: io::Error },
    #[error("{0}")]
    Data(#[from] hven_data::Error),
    #[error("{0}")]
    Law(#[from] hven_learn::law::LawError),
}

#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub(crate) fn arguments<T: DeserializeOwned>(&self) -> Result<T, RecipeError> {
        let text = fs::read_to_string(self.at(RECIPE_FILE))
            .map_err(|_| RecipeError::Missing { what: RECIPE_FILE.to_owned() })?;
        serde_json::from_str(&text).map_err(|wrong| RecipeError::Arguments(wrong.to_string()))
    }

    /// A required input.
    pub(crate) fn input(&self, path: &str) -> Result<PathBuf, RecipeError> {
        let full = self.at(path);
        if full.is_file() { Ok(full) } else { Err(RecipeError::Missing { what: path.to_owned() }) }
    }

    /// The input whose name begins with `stem`, with any extension.
    pub(crate) fn input_beginning(&self, stem: &str) -> Result<PathBuf, RecipeError> {
        let missing = || RecipeError::Missing { what: stem.to_owned() };
        let entries = fs::read_dir(&self.root).map_err(|_| missing())?;
        let named = |path: &PathBuf| path.file_stem().is_some_and(|found| found == stem) && path.is_file();
        entries.filter_map(|entry| Some(entry.ok()?.path())).find(named).ok_or_else(missing)
    }

    pub(crate) fn make_folder(&self, path: &str) -> Result<(), RecipeError> {
        fs::create_dir_all(self.at(path)).map_err(|source| RecipeError::Write { path: path.to_owned(), source })
    }

    /// Writes a document.
    pub(crate) fn write_json<T: Serialize + ?Sized>(&self, path: &str, document: &T) -> Result<(), RecipeError> {
        let failed = |wrong| RecipeError::Write { path: path.to_owned(), source: io::Error::other(wrong) };
        self.write(path, &serde_json::to_vec_pretty(document).map_err(failed)?)
    }

    /// Writes a file; the file gets its name only when it is complete.
    pub(crate) fn write(&self, path: &str, text: &[u8]) -> Result<(), RecipeError> {
        let failed = |source| RecipeError::Write { path: path.to_owned(), source };
        let partial = self.at(&format!("{path}.partial"));
        fs::write(&partial, text).map_err(failed)?;
        fs::rename(&partial, self.at(path)).map_err(failed)
    }
}
