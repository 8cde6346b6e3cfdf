//! The recipes that a program knows.

use super::schema::{ResultKind, Schema, StartedBy};
use crate::run::Recipe;

/// The recipes that a program knows, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RecipeList(pub &'static [Schema]);

impl RecipeList {
    pub fn iter(self) -> impl Iterator<Item = &'static Schema> {
        self.0.iter()
    }

    pub fn find(self, name: &str) -> Option<&'static Schema> {
        self.iter().find(|schema| schema.name == name)
    }

    /// The first recipe that is started so.
    pub fn started_by(self, starter: StartedBy) -> Option<&'static Schema> {
        self.iter().find(|schema| schema.started_by == starter)
    }

    /// The recipes that people start.
    pub fn for_people(self) -> impl Iterator<Item = &'static Schema> {
        self.iter().filter(|schema| schema.started_by == StartedBy::People)
    }

    /// What is done with the result of a recipe that was run, also by another version of it. `None` when the recipe is not
    /// known here.
    pub fn result_of(self, recipe: &str) -> Option<ResultKind> {
        self.find(recipe).map(|schema| schema.result)
    }

    /// Why a name is that of no recipe, in words that follow it.
    pub fn why_unknown(self) -> String {
        let names: Vec<&str> = self.iter().map(|schema| schema.name).collect();
        match names[..] {
            [] => "is not known: this Hven has no recipes".to_owned(),
            _ => format!("is not known: there are {}", names.join(", ")),
        }
    }
}
